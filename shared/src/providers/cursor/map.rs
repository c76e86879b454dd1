//! Maps Cursor's pages to rows. People are joined by their lowercase e-mail address, the only name that all endpoints
//! share: `userId` is a number in one endpoint and text in another.

use chrono::DateTime;

use crate::error::ProviderError;
use crate::providers::Report;
use crate::providers::fields::{Cents, Id, NewFields};
use crate::providers::pages::{ListingPage, Reading, Rows};
use crate::providers::tally::{Bill, Holder, OfDay, Tally, Tokens, Who, plus};
use crate::words::{Account, Dataset, Day, Level};

use super::kinds::{Charge, charge};
use super::reports::{COMMITS, EDITS, EVENTS, EXTENSIONS, GROUPS, MEMBERS, SPEND, TABS};
use super::wire::{
    Commit, CommitsPage, EditsPage, Event, EventsPage, ExtensionDay, ExtensionsPage, Group, GroupMember, GroupsPage,
    KNOWN_BUT_UNREAD, Member, MembersPage, SpendPage, UsagePage, UserDay,
};

/// The sums of a batch.
#[derive(Default)]
pub(super) struct CursorReader(Tally);

impl Reading for CursorReader {
    const KNOWN: &'static [&'static str] = KNOWN_BUT_UNREAD;

    fn page(&mut self, report: &Report, page: &ListingPage<'_>) -> Result<u64, ProviderError> {
        let Self(tally) = self;
        tally.cover(report);
        Ok(match report {
            report if MEMBERS.is(report) => {
                members(report, page.list("teamMembers", page.read::<MembersPage<'_>>()?.teamMembers)?, tally)
            }
            report if SPEND.is(report) => spend(report, page.read()?, tally),
            report if GROUPS.is(report) => {
                groups(report, page.list("groups", page.read::<GroupsPage<'_>>()?.groups)?, tally)
            }
            report if EDITS.is(report) || TABS.is(report) => edits(&page.read()?, tally),
            report if COMMITS.is(report) => commits(page.list("items", page.read::<CommitsPage<'_>>()?.items)?, tally),
            report if EXTENSIONS.is(report) => {
                extensions(page.list("data", page.read::<ExtensionsPage<'_>>()?.data)?, tally)
            }
            report if EVENTS.is(report) => {
                events(report, page.list("usageEvents", page.read::<EventsPage<'_>>()?.usageEvents)?, page.new, tally)
            }
            _ => usage(page.list("data", page.read::<UsagePage<'_>>()?.data)?, tally),
        })
    }

    fn rows(&mut self, account: &Account, to: &mut dyn Rows) {
        // Cursor keeps events for less time than usage. If a day has requests but no event, its events are gone and
        // its cost is unknown.
        for of_day in self.0.days().filter(|of_day| of_day.lacks_details()) {
            of_day.is_unknown(Dataset::ModelUsage);
            of_day.is_unknown(Dataset::Cost);
        }
        self.0.rows(account, to);
    }
}

fn at_millis(millis: i64) -> Option<Day> {
    DateTime::from_timestamp_millis(millis).map(|at| at.date_naive())
}

fn at(time: &str) -> Option<Day> {
    time.get(..10)?.parse().ok()
}

/// By e-mail; by ID if there is none.
fn person(email: Option<&str>, id: Option<&Id<'_>>) -> Who {
    match (email.filter(|email| !email.is_empty()), id) {
        (None, Some(id)) => Who::new(Level::User, &*id.0),
        (email, _) => Who::by_email(email),
    }
}

fn members(report: &Report, members: Vec<Member<'_>>, tally: &mut Tally) -> u64 {
    for member in members.iter().filter(|member| member.isRemoved != Some(true)) {
        let who = person(member.email.as_deref(), member.id.as_ref());
        let holder = Holder {
            name: member.name.as_deref().map(str::to_owned),
            email: member.email.as_deref().map(str::to_lowercase),
            role: member.role.as_deref().map(str::to_owned),
            ..Holder::default()
        };
        tally.day(report.days.last()).holds(&who.subject, holder);
    }
    members.len() as u64
}

fn spend(report: &Report, page: SpendPage<'_>, tally: &mut Tally) -> u64 {
    let spend = page.teamMemberSpend.as_deref().unwrap_or_default();
    for spend in spend {
        let who = person(spend.email.as_deref(), spend.userId.as_ref());
        // Former members are still in the cycle's bill, but are not members.
        let day = tally.day(report.days.last());
        if !day.is_holder(&who.subject) {
            continue;
        }
        let cycle_included = match (spend.overallSpendCents.0, spend.spendCents.0) {
            (Some(overall), Some(metered)) => Cents(Some(overall - metered)),
            _ => Cents(None),
        };
        let cycle = Holder {
            cycle_started_at: page.subscriptionCycleStart,
            cycle_metered: spend.spendCents,
            cycle_included,
            ..Holder::default()
        };
        day.holds(&who.subject, cycle);
    }
    spend.len() as u64
}

/// Groups are known as of today. People who joined after the day or left before it are omitted if Cursor names the
/// date.
fn groups(report: &Report, groups: Vec<Group<'_>>, tally: &mut Tally) -> u64 {
    for group in &groups {
        let Some(id) = &group.id else { continue };
        let team = Who::new(Level::Team, &*id.0);
        tally.named_throughout(&team, group.name.as_deref().unwrap_or_default());
        group_members(report, group, &team, tally);
        for spent in group.dailySpend.iter().flatten() {
            if let Some(day) = spent.date.filter(|day| report.days.contains(*day)) {
                tally.day(day).amount_of(&team, &Bill::on("metered"), spent.spendCents);
            }
        }
    }
    groups.len() as u64
}

fn group_members(report: &Report, group: &Group<'_>, team: &Who, tally: &mut Tally) {
    let current = group.currentMembers.iter().flatten().map(|member| (member, true));
    let former = group.formerMembers.iter().flatten().map(|member| (member, false));
    for (member, is_current) in current.chain(former) {
        let was_in = |day: Day| {
            let GroupMember { joinedAt, leftAt, .. } = member;
            let joined = joinedAt.as_deref().and_then(at).is_none_or(|joined| joined <= day);
            let stayed = leftAt.as_deref().and_then(at).map_or(is_current, |left| day <= left);
            joined && stayed
        };
        let who = person(member.email.as_deref(), member.userId.as_ref());
        for day in report.days.iter().filter(|day| was_in(*day)) {
            tally.day(day).joins(&who, &team.subject);
        }
    }
}

fn usage(days: Vec<UserDay<'_>>, tally: &mut Tally) -> u64 {
    for row in &days {
        let Some(day) = row.day.or_else(|| at_millis(row.date?)) else { continue };
        let who = person(row.email.as_deref(), row.userId.as_ref());
        tally.named(day, &who, None, row.email.as_deref());
        user_day(day, row, &who, tally);
    }
    days.len() as u64
}

fn user_day(day: Day, row: &UserDay<'_>, who: &Who, tally: &mut Tally) {
    let of_day = tally.day(day);
    let interactions = [row.agentRequests, row.composerRequests, row.chatRequests, row.cmdkUsages];
    let interactions = interactions.into_iter().fold(None, plus);
    let activity = of_day.activity(who);
    activity.active = row.isActive.map(i64::from);
    activity.completions_suggested = row.totalTabsShown;
    activity.completions_accepted = row.totalTabsAccepted;
    activity.lines_accepted = row.acceptedLinesAdded;
    activity.lines_added = row.totalLinesAdded;
    activity.lines_deleted = row.totalLinesDeleted;
    activity.ai_lines_added = row.acceptedLinesAdded;
    activity.chat_turns = row.chatRequests;
    activity.agent_requests = plus(row.agentRequests, row.composerRequests);
    activity.edits_accepted = row.totalAccepts;
    activity.edits_rejected = row.totalRejects;
    of_day.has_details(plus(row.subscriptionIncludedReqs, row.usageBasedReqs));
    if let Some(version) = row.clientVersion.as_deref() {
        of_day.split(who, "client", &format!("Cursor {version}"), |counts| {
            counts.interactions = plus(counts.interactions, interactions);
        });
    }
    if row.totalTabsShown.unwrap_or(0) + row.totalTabsAccepted.unwrap_or(0) > 0 {
        of_day.split(who, "editor", "cursor", |counts| {
            counts.completions_suggested = plus(counts.completions_suggested, row.totalTabsShown);
            counts.completions_accepted = plus(counts.completions_accepted, row.totalTabsAccepted);
        });
    }
}

/// Events have no ID, so a day is summed anew from all of its events. Events of other days belong to other reports.
fn events(report: &Report, events: Vec<Event<'_>>, new: &NewFields, tally: &mut Tally) -> u64 {
    for event in &events {
        let millis = event.timestamp.as_ref().and_then(|at| at.0.parse().ok());
        let Some(day) = millis.and_then(at_millis).filter(|day| report.days.contains(*day)) else { continue };
        let who = match &event.serviceAccountId {
            Some(id) => Who::new(Level::ServiceAccount, &*id.0),
            None => Who::by_email(event.userEmail.as_deref()),
        };
        tally.named(day, &who, event.serviceAccountName.as_deref(), event.userEmail.as_deref());
        let of_day = tally.day(day);
        let model = event.model.as_deref().unwrap_or("unknown");
        of_day.tokens(&who, model, surface(event), &tokens(event));
        amounts(event, &who, model, new, of_day);
        of_day.split(&who, "model", model, |counts| counts.requests = plus(counts.requests, Some(1)));
    }
    events.len() as u64
}

/// `chargedCents` is also set on usage that the plan includes, and is absent on some events. The list price of a call
/// that is counted by tokens, before discounts and fees, is a separate amount.
fn amounts(event: &Event<'_>, who: &Who, model: &str, new: &NewFields, of_day: &mut OfDay) {
    let on = |basis| Bill { model: Some(model.to_owned()), ..Bill::on(basis) };
    let (charge, unknown) = charge([event.kind.as_deref(), event.kindLabel.as_deref()], event.isChargeable);
    if let Some(kind) = unknown {
        new.record_unknown_value("kind", kind);
    }
    let cents = if charge == Charge::NotCharged { Cents(Some(0)) } else { event.chargedCents };
    of_day.amount(who, &on(charge.basis()), cents);
    if let Some(usage) = &event.tokenUsage {
        of_day.amount(who, &on("list"), usage.totalCents);
    }
}

fn surface(event: &Event<'_>) -> &'static str {
    match (&event.cloudAgentId, event.isHeadless) {
        (Some(_), _) => "cloud_agent",
        (None, Some(true)) => "headless",
        _ => "editor",
    }
}

fn tokens(event: &Event<'_>) -> Tokens {
    let usage = event.tokenUsage.as_ref();
    Tokens {
        requests: Some(1),
        uncached: usage.and_then(|usage| usage.inputTokens),
        cache_read: usage.and_then(|usage| usage.cacheReadTokens),
        cache_write: usage.and_then(|usage| usage.cacheWriteTokens),
        out: usage.and_then(|usage| usage.outputTokens),
    }
}

/// Proposals of agents and completions; together they are the lines that Cursor suggested.
fn edits(page: &EditsPage<'_>, tally: &mut Tally) -> u64 {
    let mut records = 0;
    for (email, days) in &page.data.0 {
        for edits in days.iter().flatten() {
            records += 1;
            let Some(day) = edits.event_date else { continue };
            let who = Who::by_email(Some(email));
            tally.named(day, &who, None, Some(email));
            let activity = tally.day(day).activity(&who);
            let suggested = edits.total_lines_suggested.or(edits.suggested_lines);
            activity.lines_suggested = plus(activity.lines_suggested, suggested);
        }
    }
    records
}

/// The five most frequent extensions of a day, for the whole team.
fn extensions(days: Vec<ExtensionDay<'_>>, tally: &mut Tally) -> u64 {
    for row in &days {
        let (Some(day), Some(extension)) = (row.event_date, row.file_extension.as_deref()) else { continue };
        tally.day(day).split_of(&Who::account(), "language", extension, |counts| {
            counts.generations = plus(counts.generations, plus(row.total_accepts, row.total_rejects));
            counts.acceptances = plus(counts.acceptances, row.total_accepts);
            counts.lines_suggested = plus(counts.lines_suggested, row.total_lines_suggested);
            counts.lines_added = plus(counts.lines_added, row.total_lines_accepted);
        });
    }
    days.len() as u64
}

/// Commits with lines by Cursor. Names of repositories and messages are not read.
fn commits(commits: Vec<Commit<'_>>, tally: &mut Tally) -> u64 {
    for commit in &commits {
        let Commit { tabLinesAdded, composerLinesAdded, .. } = commit;
        let by_ai = plus(*tabLinesAdded, *composerLinesAdded).unwrap_or(0);
        let Some(day) = commit.commitTs.as_deref().or(commit.createdAt.as_deref()).and_then(at) else { continue };
        let who = person(commit.userEmail.as_deref(), commit.userId.as_ref());
        tally.named(day, &who, None, commit.userEmail.as_deref());
        let activity = tally.day(day).activity(&who);
        activity.commits = plus(activity.commits, Some(i64::from(by_ai > 0)));
    }
    commits.len() as u64
}
