//! Maps OpenAI's pages to rows: people, owners of keys, usage by model, and cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::ProviderError;
use crate::providers::Report;
use crate::providers::fields::{Id, Micro, Text, record};
use crate::providers::merge::{better_role, earliest};
use crate::providers::pages::{ListingPage, Reading, Rows, add};
use crate::providers::series::day_of;
use crate::providers::tally::Charged;
use crate::segment::{Activity, Cost, ModelUsage, Seat};
use crate::words::{Account, Day, Level};

use super::{COMPLETIONS, COSTS, KEYS, MEMBERS};

record! {
    BucketsPage<'a> {
        data: Option<Vec<Bucket<'a>>>,
    }
}

record! {
    Bucket<'a> {
        start_time: Option<i64>,
        results: Option<Vec<Group<'a>>>,
    }
}

record! {
    /// One group of a bucket of usage or costs.
    Group<'a> {
        input_tokens: Option<i64>,
        input_cached_tokens: Option<i64>,
        input_cache_write_tokens: Option<i64>,
        input_uncached_tokens: Option<i64>,
        output_tokens: Option<i64>,
        num_model_requests: Option<i64>,
        user_id: Option<Id<'a>>,
        api_key_id: Option<Id<'a>>,
        project_id: Option<Id<'a>>,
        model: Option<Id<'a>>,
        line_item: Option<Id<'a>>,
        amount: Option<Amount<'a>>,
    }
}

record! {
    Amount<'a> {
        value: Micro,
        currency: Text<'a>,
    }
}

record! {
    UsersPage<'a> {
        data: Option<Vec<Member<'a>>>,
    }
}

record! {
    Member<'a> {
        id: Option<Id<'a>>,
        name: Text<'a>,
        email: Option<Id<'a>>,
        role: Text<'a>,
        added_at: Option<i64>,
        is_service_account: Option<bool>,
    }
}

record! {
    /// Projects, or the keys of a project.
    KeysPage<'a> {
        data: Option<Vec<Key<'a>>>,
    }
}

record! {
    Key<'a> {
        object: Text<'a>,
        id: Option<Id<'a>>,
        name: Text<'a>,
        owner: Option<Owner<'a>>,
    }
}

record! {
    Owner<'a> {
        user: Option<Member<'a>>,
        service_account: Option<Member<'a>>,
    }
}

const A_PROJECT: &str = "organization.project";

/// The IDs of the projects on a page; `None` if it is not such a page.
pub(super) fn projects(body: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Projects {
        data: Vec<Project>,
    }
    #[derive(Deserialize)]
    struct Project {
        id: String,
    }
    let page: Projects = crate::providers::json::from_slice(body).ok()?;
    // An ID is part of a path.
    let is_plain = |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    Some(page.data.into_iter().map(|project| project.id).filter(|id| is_plain(id)).collect())
}

/// The subject of usage or cost. A user with the empty ID is unattributed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    level: Level,
    id: String,
}

impl Subject {
    fn new(level: Level, id: impl Into<String>) -> Self {
        Self { level, id: id.into() }
    }
}

#[derive(Clone, Default)]
struct SubjectName {
    name: Option<String>,
    email: Option<String>,
}

#[derive(Clone, Copy, Default)]
struct Tokens {
    requests: Option<i64>,
    uncached: Option<i64>,
    cache_read: Option<i64>,
    cache_write: Option<i64>,
    out: Option<i64>,
}

impl Tokens {
    fn of(group: &Group<'_>) -> Self {
        let parts = [group.input_cached_tokens, group.input_cache_write_tokens].into_iter().flatten().sum::<i64>();
        Self {
            requests: group.num_model_requests,
            // `input_tokens` includes tokens that were read from a cache or written to one.
            uncached: group.input_uncached_tokens.or(group.input_tokens.map(|all| all - parts)),
            cache_read: group.input_cached_tokens,
            cache_write: group.input_cache_write_tokens,
            out: group.output_tokens,
        }
    }

    fn add(&mut self, more: &Self) {
        add(&mut self.requests, more.requests);
        add(&mut self.uncached, more.uncached);
        add(&mut self.cache_read, more.cache_read);
        add(&mut self.cache_write, more.cache_write);
        add(&mut self.out, more.out);
    }

    fn row<'a>(
        &self,
        level: Level,
        subject: &'a str,
        named: &'a SubjectName,
        model: Option<&'a str>,
    ) -> ModelUsage<'a> {
        ModelUsage {
            level,
            subject,
            name: named.name.as_deref(),
            email: named.email.as_deref(),
            model,
            surface: Some("completions"),
            requests: self.requests,
            tokens_in_uncached: self.uncached,
            tokens_cache_read: self.cache_read,
            tokens_cache_write: self.cache_write,
            tokens_out: self.out,
        }
    }
}

/// Line item, project, currency.
type CostKey = (Option<String>, Option<String>, Option<String>);
/// The same, and the key.
type CostsOfDay = BTreeMap<(CostKey, Option<String>), Charged>;
/// User, key, model.
type UsageKey = (Option<String>, Option<String>, Option<String>);

/// The sums of a batch.
#[derive(Default)]
pub(super) struct OpenAiReader {
    people: BTreeMap<Subject, SubjectName>,
    service_accounts: BTreeSet<String>,
    /// The owner of each key.
    owners: BTreeMap<String, Subject>,
    keys: BTreeMap<String, SubjectName>,
    projects: BTreeMap<String, String>,
    usage: BTreeMap<Day, BTreeMap<UsageKey, Tokens>>,
    costs: BTreeMap<Day, CostsOfDay>,
    /// By day of the listing and by ID.
    members: BTreeMap<(Day, String), MemberRow>,
}

#[derive(Default)]
struct MemberRow {
    named: SubjectName,
    role: Option<String>,
    added_at: Option<i64>,
    is_service_account: bool,
}

fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn id(id: Option<Id<'_>>) -> Option<String> {
    text(id.as_ref().map(|id| id.0.as_ref()))
}

impl SubjectName {
    fn of(member: &Member<'_>) -> Self {
        let email = text(member.email.as_deref()).map(|email| email.to_lowercase());
        Self { name: text(member.name.as_deref()), email }
    }
}

impl SubjectName {
    fn merge(&mut self, other: SubjectName) {
        self.name = other.name.max(self.name.take());
        self.email = other.email.max(self.email.take());
    }
}

impl MemberRow {
    /// A person who is listed twice holds one license; see [`crate::providers::merge`].
    fn merge(&mut self, other: MemberRow) {
        self.named.merge(other.named);
        self.role = better_role(other.role, self.role.take());
        self.added_at = earliest(other.added_at, self.added_at);
        self.is_service_account |= other.is_service_account;
    }
}

impl OpenAiReader {
    fn member(&mut self, member: Member<'_>, level: Level) -> Option<Subject> {
        let named = SubjectName::of(&member);
        let level = if member.is_service_account == Some(true) { Level::ServiceAccount } else { level };
        let id = id(member.id)?;
        if level == Level::ServiceAccount {
            self.service_accounts.insert(id.clone());
        }
        let subject = Subject::new(level, id);
        let known = self.people.entry(subject.clone()).or_default();
        known.merge(named);
        Some(subject)
    }

    /// The subject for a user ID and a key ID.
    fn subject(&self, user: Option<&str>, key: Option<&str>) -> Subject {
        match (user, key) {
            (Some(user), _) if self.service_accounts.contains(user) => Subject::new(Level::ServiceAccount, user),
            (Some(user), _) => Subject::new(Level::User, user),
            (None, Some(key)) => self.owners.get(key).cloned().unwrap_or_else(|| Subject::new(Level::ApiKey, key)),
            (None, None) => Subject::new(Level::User, ""),
        }
    }

    fn named(&self, subject: &Subject) -> SubjectName {
        let known = if subject.level == Level::ApiKey { self.keys.get(&subject.id) } else { self.people.get(subject) };
        known.cloned().unwrap_or_default()
    }

    fn buckets(&mut self, page: &ListingPage<'_>, is_costs: bool) -> Result<u64, ProviderError> {
        let read: BucketsPage<'_> = page.read()?;
        let mut records = 0;
        for bucket in page.list("data", read.data)? {
            let day = bucket.start_time.and_then(day_of).ok_or_else(|| page.malformed("a bucket without its start"))?;
            if !is_costs {
                // A day without requests is a measured zero.
                self.usage.entry(day).or_default();
            }
            for group in page.list("results", bucket.results)? {
                records += 1;
                let tokens = Tokens::of(&group);
                let amount = group.amount.unwrap_or_default();
                let (user, key, project) = (id(group.user_id), id(group.api_key_id), id(group.project_id));
                if is_costs {
                    let currency = text(amount.currency.as_deref()).map(|currency| currency.to_uppercase());
                    let of = ((text(group.line_item.as_deref()), project, currency), key);
                    self.costs.entry(day).or_default().entry(of).or_default().add(amount.value.0);
                } else {
                    let of = (user, key, text(group.model.as_deref()));
                    self.usage.entry(day).or_default().entry(of).or_default().add(&tokens);
                }
            }
        }
        Ok(records)
    }

    fn users(&mut self, page: &ListingPage<'_>, snapshot_of: Option<Day>) -> Result<u64, ProviderError> {
        let read: UsersPage<'_> = page.read()?;
        let members = page.list("data", read.data)?;
        let records = members.len() as u64;
        for member in members {
            match snapshot_of {
                None => {
                    self.member(member, Level::User);
                }
                Some(day) => {
                    let (named, role, added_at) =
                        (SubjectName::of(&member), text(member.role.as_deref()), member.added_at);
                    let is_service_account = member.is_service_account == Some(true);
                    let id = id(member.id).ok_or_else(|| page.malformed("a member without id"))?;
                    let row = MemberRow { named, role, added_at, is_service_account };
                    self.members.entry((day, id)).or_default().merge(row);
                }
            }
        }
        Ok(records)
    }

    fn keys(&mut self, page: &ListingPage<'_>) -> Result<u64, ProviderError> {
        let read: KeysPage<'_> = page.read()?;
        let items = page.list("data", read.data)?;
        let records = items.len() as u64;
        for item in items {
            let Some(own) = id(item.id) else { continue };
            let name = text(item.name.as_deref());
            if item.object.as_deref() == Some(A_PROJECT) {
                self.projects.insert(own, name.unwrap_or_default());
                continue;
            }
            self.keys.insert(own.clone(), SubjectName { name, email: None });
            let owner = item.owner.unwrap_or_default();
            let owner = match (owner.user, owner.service_account) {
                (Some(user), _) => self.member(user, Level::User),
                (None, Some(account)) => self.member(account, Level::ServiceAccount),
                (None, None) => None,
            };
            if let Some(owner) = owner {
                self.owners.insert(own, owner);
            }
        }
        Ok(records)
    }

    fn usage_rows(&self, account: &str, day: Day, groups: &BTreeMap<UsageKey, Tokens>, to: &mut dyn Rows) {
        let unnamed = SubjectName::default();
        let mut by_model: BTreeMap<Option<&str>, Tokens> = BTreeMap::new();
        let mut by_subject: BTreeMap<Subject, BTreeMap<Option<&str>, Tokens>> = BTreeMap::new();
        for ((user, key, model), tokens) in groups {
            by_model.entry(model.as_deref()).or_default().add(tokens);
            let subject = self.subject(user.as_deref(), key.as_deref());
            by_subject.entry(subject).or_default().entry(model.as_deref()).or_default().add(tokens);
        }
        for (model, tokens) in by_model {
            to.model_usage(day, &tokens.row(Level::Organization, account, &unnamed, model));
        }
        let (mut people, mut nameless) = (0, false);
        for (subject, models) in &by_subject {
            let named = self.named(subject);
            let mut requests = None;
            for (model, tokens) in models {
                add(&mut requests, tokens.requests);
                to.model_usage(day, &tokens.row(subject.level, &subject.id, &named, *model));
            }
            let is_active = requests.is_some_and(|requests| requests > 0);
            if subject.id.is_empty() {
                nameless |= is_active;
                continue;
            }
            people += i64::from(is_active && subject.level == Level::User);
            let row = Activity {
                level: subject.level,
                subject: &subject.id,
                name: named.name.as_deref(),
                email: named.email.as_deref(),
                active: requests.map(|_| i64::from(is_active)),
                ..Activity::default()
            };
            to.activity(day, &row);
        }
        // The number of people behind unattributed requests is unknown.
        let active = Some(people).filter(|people| *people > 0 || !nameless);
        let whole = Activity { subject: account, active, ..Activity::default() };
        to.activity(day, &whole);
    }

    fn cost_rows(&self, account: &str, day: Day, groups: &CostsOfDay, to: &mut dyn Rows) {
        let mut whole: BTreeMap<&CostKey, Charged> = BTreeMap::new();
        let mut by_subject: BTreeMap<(Subject, &CostKey), Charged> = BTreeMap::new();
        for ((of, key), charged) in groups {
            whole.entry(of).or_default().absorb(charged);
            let subject = self.subject(None, key.as_deref());
            by_subject.entry((subject, of)).or_default().absorb(charged);
        }
        let mut row = |level, subject: &str, named: &SubjectName, of: &CostKey, charged: Charged| {
            let (line_item, project, currency) = of;
            let project =
                project.as_ref().map(|id| self.projects.get(id).filter(|name| !name.is_empty()).unwrap_or(id));
            let row = Cost {
                level,
                subject,
                name: named.name.as_deref(),
                email: named.email.as_deref(),
                basis: "billed",
                model: None,
                line_item: line_item.as_deref(),
                project: project.map(String::as_str),
                currency: currency.as_deref(),
                micro_amount: charged.sum,
                unpriced: charged.unpriced(),
                micro_credits: None,
            };
            to.cost(day, &row);
        };
        for (of, charged) in whole {
            row(Level::Organization, account, &SubjectName::default(), of, charged);
        }
        for ((subject, of), charged) in by_subject {
            row(subject.level, &subject.id, &self.named(&subject), of, charged);
        }
    }
}

impl Reading for OpenAiReader {
    const KNOWN: &'static [&'static str] = &[
        "api_key_last_used_at",
        "archived_at",
        "batch",
        "created_at",
        "end_time",
        "first_id",
        "has_more",
        "input_audio_tokens",
        "input_cached_audio_tokens",
        "input_cached_image_tokens",
        "input_cached_text_tokens",
        "input_image_tokens",
        "input_text_tokens",
        "is_scim_managed",
        "last_id",
        "last_used_at",
        "next_page",
        "object",
        "output_audio_tokens",
        "output_image_tokens",
        "output_text_tokens",
        "owner_project_access",
        "quantity",
        "quantity_unit",
        "redacted_value",
        "service_tier",
        "status",
        "type",
    ];

    fn page(&mut self, report: &Report, page: &ListingPage<'_>) -> Result<u64, ProviderError> {
        if COMPLETIONS.is(report) || COSTS.is(report) {
            self.buckets(page, COSTS.is(report))
        } else if KEYS.is(report) {
            self.keys(page)
        } else {
            self.users(page, MEMBERS.is(report).then(|| report.days.last()))
        }
    }

    fn rows(&mut self, account: &Account, to: &mut dyn Rows) {
        for (day, groups) in &self.usage {
            self.usage_rows(&account.slug, *day, groups, to);
        }
        for (day, groups) in &self.costs {
            self.cost_rows(&account.slug, *day, groups, to);
        }
        for ((day, id), member) in &self.members {
            let row = Seat {
                level: if member.is_service_account { Level::ServiceAccount } else { Level::User },
                subject: id,
                name: member.named.name.as_deref(),
                email: member.named.email.as_deref(),
                role: member.role.as_deref(),
                assigned_at: member.added_at.and_then(|second| second.checked_mul(1000)),
                ..Seat::default()
            };
            to.seat(*day, &row);
        }
    }
}
