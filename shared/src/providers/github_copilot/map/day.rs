//! The rows of one day, from all reports about it.

use std::collections::BTreeMap;

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use parquet::errors::ParquetError;

use crate::error::ProviderError;
use crate::providers::merge::{AccountRecord, Grant, OwnIds, own_record};
use crate::segment::{Activity, Breakdown, Cost, Plain, PullRequests, Row, Seat, Segment, Table};
use crate::words::{Account, Dataset, Day, Level};

use super::super::ENTERPRISE;
use super::super::addresses::Address;
use super::super::credits::{Charges, CreditsPage, estimated, value};
use super::super::rows::{Metrics, Splits, add, break_down, engaged, pull_requests};
use super::super::wire::{DayRecord, PullRequestTotals};
use super::Ids;

/// The records of one day so far. `providers/merge.rs` has the rules for several records about one subject.
#[derive(Default)]
pub(super) struct DayRows {
    tables: BTreeMap<Dataset, Table>,
    /// Days that are built at the same time.
    at_once: usize,
    /// People with a row, with the checksum of their first record.
    people: HashMap<u32, u64>,
    /// People with several different records.
    repeated: HashSet<u32>,
    repositories: BTreeMap<u32, Repository>,
    /// Seats by holder; the same mapper may read the people's report of that day.
    grants: BTreeMap<u32, Vec<Grant>>,
    /// E-mail address of each person, from the lists of addresses.
    addresses: HashMap<u32, Address>,
    /// Seats without a holder.
    unassigned: Vec<Grant>,
    /// Sorted before the first person's row is written.
    memberships: Vec<Membership>,
    memberships_sorted: bool,
    /// Slugs of teams.
    team_names: BTreeMap<u32, Box<str>>,
    teams: BTreeMap<u32, Metrics>,
    /// Sums over people, for numbers that the account's own record lacks.
    engaged: Option<i64>,
    micro_credits: Option<i64>,
    /// Value of people's credits in millionths of a dollar, rounded per person.
    micro_amount: Option<i64>,
    charges: Charges,
    own_ids: OwnIds,
    account_records: Vec<AccountRecord<AccountRows>>,
    account: Option<AccountRows>,
}

/// Person, team and the person's login.
pub(super) type Membership = (u32, u32, u32);

#[derive(Default)]
struct Repository {
    name: Option<String>,
    totals: PullRequestTotals,
}

/// The content of a record about the whole account.
#[derive(PartialEq)]
struct AccountRows {
    metrics: Metrics,
    pull_requests: Option<PullRequestTotals>,
    splits: Splits,
}

impl DayRows {
    /// Creates a segment of the dataset for the day, with or without rows.
    pub(super) fn open(&mut self, dataset: Dataset, at_once: usize) {
        self.at_once = at_once;
        let table = match dataset {
            Dataset::Activity => Table::of::<Activity>,
            Dataset::Breakdown => Table::of::<Breakdown>,
            Dataset::PullRequests => Table::of::<PullRequests>,
            Dataset::Seats => Table::of::<Seat>,
            Dataset::Cost => Table::of::<Cost>,
            Dataset::ModelUsage => return,
        };
        self.tables.entry(dataset).or_insert_with(|| table().sharing_memory_with(at_once));
    }

    fn push<R: Row>(&mut self, row: &R) -> Result<(), ParquetError> {
        self.tables.entry(R::DATASET).or_insert_with(Table::of::<R>).push(row)
    }

    fn own_ids(&mut self, record: &DayRecord<'_>) {
        self.own_ids.add(record.organization(), record.enterprise());
    }

    pub(super) fn membership(&mut self, membership: Membership, record: &DayRecord<'_>) {
        self.own_ids(record);
        self.memberships.push(membership);
        self.memberships_sorted = false;
        if let Some(slug) = record.slug.as_deref() {
            let known = self.team_names.entry(membership.1).or_default();
            if **known < *slug {
                *known = slug.into();
            }
        }
    }

    /// The memberships of a person on this day, in order of team.
    fn memberships_of(&mut self, person: u32) -> &[Membership] {
        self.sort_memberships();
        let from = self.memberships.partition_point(|(member, ..)| *member < person);
        let count = self.memberships[from..].partition_point(|(member, ..)| *member == person);
        &self.memberships[from..from + count]
    }

    fn sort_memberships(&mut self) {
        if !self.memberships_sorted {
            self.memberships.sort_unstable();
            self.memberships.dedup();
            self.memberships_sorted = true;
        }
    }

    /// Returns false if the person has a row already.
    pub(super) fn person(
        &mut self,
        ids: &Ids,
        number: u32,
        checksum: u64,
        record: &DayRecord<'_>,
    ) -> Result<bool, ParquetError> {
        self.own_ids(record);
        let is_new = match self.people.get(&number) {
            Some(known) if *known == checksum => return Ok(false),
            Some(_) => {
                self.repeated.insert(number);
                false
            }
            None => {
                self.people.insert(number, checksum);
                true
            }
        };
        let mut metrics = Metrics::of(record);
        metrics.active = Some(1);
        metrics.engaged = engaged(record);
        self.count(number, &metrics);
        let subject = ids.text(number);
        let teams = list_of(ids, self.memberships_of(number));
        let mut row = metrics.row(Level::User, subject, record.user_login.as_deref());
        row.teams = (!teams.is_empty()).then_some(teams.as_str());
        self.push(&row)?;
        if let Some(micro_credits) = metrics.micro_credits.filter(|_| self.tables.contains_key(&Dataset::Cost)) {
            self.push(&estimated(Level::User, subject, record.user_login.as_deref(), micro_credits))?;
        }
        break_down(record, |dimension, value, counts| {
            self.push(&Breakdown { level: Level::User, subject, dimension, value, ..counts })
        })?;
        Ok(is_new)
    }

    /// Counts a person for their teams and for the account.
    fn count(&mut self, person: u32, metrics: &Metrics) {
        add(&mut self.engaged, metrics.engaged);
        add(&mut self.micro_credits, metrics.micro_credits);
        add(&mut self.micro_amount, metrics.micro_credits.map(value));
        let mut teams: Vec<u32> = self.memberships_of(person).iter().map(|(_, team, _)| *team).collect();
        teams.dedup();
        for team in teams {
            self.teams.entry(team).or_default().add(metrics);
        }
    }

    /// Returns false if the repository has a row already.
    pub(super) fn repository(&mut self, number: u32, record: &DayRecord<'_>) -> bool {
        let name = match (&record.repo_owner_name, &record.repo_name) {
            (Some(owner), Some(name)) => Some(format!("{owner}/{name}")),
            (None, Some(name)) => Some(name.to_string()),
            (_, None) => None,
        };
        let totals = record.pull_requests.unwrap_or_default();
        match self.repositories.entry(number) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(Repository { name, totals });
                true
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.name = name.max(known.name.take());
                if totals.order() > known.totals.order() {
                    known.totals = totals;
                }
                false
            }
        }
    }

    /// A record about the whole account; `around` is its wrapper.
    pub(super) fn account_record(&mut self, record: &DayRecord<'_>, around: &DayRecord<'_>) {
        let mut metrics = Metrics::of(record);
        metrics.active = record.daily_active_users;
        let mut splits = Splits::new();
        // Nothing is written, so this cannot fail.
        let _ = break_down(record, |dimension, value, counts| {
            splits.push((dimension, value.to_owned(), counts));
            Ok(())
        });
        splits.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let rows = AccountRows { metrics, pull_requests: record.pull_requests, splits };
        self.account_records.push(record.of_account(around, rows));
    }

    /// Chooses the account's record after all were read. Returns the number of omitted records.
    pub(super) fn choose_account(&mut self, account: &Account, report: &str, day: Day) -> Result<u64, ProviderError> {
        let records = std::mem::take(&mut self.account_records);
        let count = records.len() as u64;
        if let Some(own) = own_record(records, &self.own_ids, account.kind == ENTERPRISE, report, day)? {
            self.account = Some(own);
        }
        Ok(count.saturating_sub(1))
    }

    /// Adds a page of the account's charges. Returns the number of its items.
    pub(super) fn credits(&mut self, page: &CreditsPage<'_>, day: Day) -> Result<u64, ProviderError> {
        self.charges.add(page, day)
    }

    /// Adds one of a person's addresses.
    pub(super) fn address(&mut self, person: u32, address: Address) {
        match self.addresses.entry(person) {
            Entry::Vacant(place) => drop(place.insert(address)),
            Entry::Occupied(mut known) if address < *known.get() => drop(known.insert(address)),
            Entry::Occupied(_) => {}
        }
    }

    /// Returns false if the person has a seat already.
    pub(super) fn seat(&mut self, holder: Option<u32>, grant: Grant) -> bool {
        let Some(holder) = holder else {
            self.unassigned.push(grant);
            return true;
        };
        let grants = self.grants.entry(holder).or_default();
        grants.push(grant);
        grants.len() == 1
    }

    pub(super) fn finish(mut self, ids: &Ids, account: &Account) -> Result<BTreeMap<Dataset, Segment>, ParquetError> {
        self.merge_people(ids)?;
        self.members(ids)?;
        for (team, metrics) in in_order(ids, std::mem::take(&mut self.teams)) {
            let name = self.team_names.get(&team).cloned();
            self.push(&metrics.row(Level::Team, ids.text(team), name.as_deref()))?;
        }
        for (number, repository) in in_order(ids, std::mem::take(&mut self.repositories)) {
            let Repository { name, totals } = &repository;
            self.push(&pull_requests(Level::Repository, ids.text(number), name.as_deref(), totals))?;
        }
        if let Some(rows) = self.account.take() {
            self.account_rows(rows, &account.slug)?;
        }
        self.cost_rows(&account.slug)?;
        for (holder, grants) in in_order(ids, std::mem::take(&mut self.grants)) {
            let grant = Grant::merged(&grants);
            let known = self.addresses.remove(&holder).map(|address| address.email);
            let grant = Grant { email: grant.email.clone().or(known), ..grant };
            self.push(&seat(ids.text(holder), &grant))?;
        }
        // A seat without a holder is billed too.
        for grant in std::mem::take(&mut self.unassigned) {
            self.push(&seat("", &grant))?;
        }
        self.tables.into_iter().map(|(dataset, table)| Ok((dataset, table.finish()?))).collect()
    }

    /// Who is in a team and has no figures. The order of rows does not depend on the numbers.
    fn members(&mut self, ids: &Ids) -> Result<(), ParquetError> {
        if !self.tables.contains_key(&Dataset::Activity) {
            return Ok(());
        }
        self.sort_memberships();
        let memberships = std::mem::take(&mut self.memberships);
        let of_each = memberships.chunk_by(|one, other| one.0 == other.0);
        let mut idle: Vec<&[Membership]> = of_each.filter(|own| !self.people.contains_key(&own[0].0)).collect();
        idle.sort_unstable_by_key(|own| (ids.text(own[0].0).len(), ids.text(own[0].0)));
        for own in idle {
            let (subject, teams) = (ids.text(own[0].0), list_of(ids, own));
            let name = own.iter().map(|(.., login)| ids.text(*login)).max().filter(|login| !login.is_empty());
            self.push(&Activity { level: Level::Member, subject, name, teams: Some(&teams), ..Activity::default() })?;
        }
        Ok(())
    }

    fn account_rows(&mut self, rows: AccountRows, slug: &str) -> Result<(), ParquetError> {
        let AccountRows { mut metrics, pull_requests: totals, splits } = rows;
        metrics.engaged = self.engaged;
        metrics.micro_credits = self.micro_credits;
        self.push(&metrics.row(Level::Organization, slug, Some(slug)))?;
        if let Some(totals) = &totals {
            self.push(&pull_requests(Level::Organization, slug, Some(slug), totals))?;
        }
        for (dimension, value, counts) in &splits {
            self.push(&Breakdown { level: Level::Organization, subject: slug, dimension, value, ..*counts })?;
        }
        Ok(())
    }

    /// The charges of the whole account, and the value of its people's credits.
    fn cost_rows(&mut self, slug: &str) -> Result<(), ParquetError> {
        if !self.tables.contains_key(&Dataset::Cost) {
            return Ok(());
        }
        let charges = std::mem::take(&mut self.charges);
        charges.rows(slug).try_for_each(|row| self.push(&row))?;
        let (Some(micro_credits), Some(micro_amount)) = (self.micro_credits, self.micro_amount) else { return Ok(()) };
        let whole = estimated(Level::Organization, slug, Some(slug), micro_credits);
        self.push(&Cost { micro_amount: Some(micro_amount), ..whole })
    }

    /// Writes the rows of people with several records again, and counts them again. This is rare, so the figures of
    /// all people are not kept in memory for it.
    fn merge_people(&mut self, ids: &Ids) -> Result<(), ParquetError> {
        if self.repeated.is_empty() {
            return Ok(());
        }
        let repeated: HashSet<&str> = self.repeated.iter().map(|number| ids.text(*number)).collect();
        (self.engaged, self.micro_credits, self.micro_amount) = (None, None, None);
        self.teams.clear();
        if let Some(table) = self.tables.remove(&Dataset::Activity) {
            let mut merged = Table::of::<Activity>().sharing_memory_with(self.at_once);
            each_merged(table, &repeated, |row: &Plain<Activity<'static>>| {
                if let Some(person) = row.named_text("subject").and_then(|subject| ids.known(subject)) {
                    self.count(person, &Metrics::stored(row));
                }
                merged.push(row)
            })?;
            self.tables.insert(Dataset::Activity, merged);
        }
        if let Some(table) = self.tables.remove(&Dataset::Breakdown) {
            let mut merged = Table::of::<Breakdown>().sharing_memory_with(self.at_once);
            each_merged(table, &repeated, |row: &Plain<Breakdown<'static>>| merged.push(row))?;
            self.tables.insert(Dataset::Breakdown, merged);
        }
        if let Some(table) = self.tables.remove(&Dataset::Cost) {
            let mut merged = Table::of::<Cost>().sharing_memory_with(self.at_once);
            each_merged(table, &repeated, |row: &Plain<Cost<'static>>| merged.push(row))?;
            self.tables.insert(Dataset::Cost, merged);
        }
        Ok(())
    }
}

/// IDs of teams, separated by commas.
fn list_of(ids: &Ids, memberships: &[Membership]) -> String {
    let mut teams: Vec<&str> = memberships.iter().map(|(_, team, _)| ids.text(*team)).collect();
    teams.sort_unstable_by_key(|id| (id.len(), *id));
    teams.dedup();
    teams.join(",")
}

/// Sorted by ID, because the numbers depend on earlier records.
fn in_order<T>(ids: &Ids, by_number: BTreeMap<u32, T>) -> Vec<(u32, T)> {
    let mut ordered: Vec<(u32, T)> = by_number.into_iter().collect();
    ordered.sort_by_key(|(number, _)| (ids.text(*number).len(), ids.text(*number)));
    ordered
}

fn each_merged<R: Row>(
    table: Table,
    repeated: &HashSet<&str>,
    each: impl FnMut(&Plain<R>) -> Result<(), ParquetError>,
) -> Result<(), ParquetError> {
    let merged = table.finish()?.merged(|subject| repeated.contains(subject));
    merged.map_err(|error| ParquetError::External(Box::new(error)))?.iter().try_for_each(each)
}

fn seat<'a>(subject: &'a str, grant: &'a Grant) -> Seat<'a> {
    Seat {
        level: Level::User,
        subject,
        name: grant.name.as_deref(),
        email: grant.email.as_deref(),
        plan: grant.plan.as_deref(),
        assigned_at: grant.assigned_at,
        last_activity_at: grant.last_activity_at,
        last_activity_in: grant.last_activity_in.as_deref(),
        assigning_team: grant.assigning_team.as_deref(),
        pending_cancellation: grant.pending_cancellation.as_deref(),
        ..Seat::default()
    }
}
