//! From the records of the reports to rows: pure, day by day, in the order in which the records come.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use parquet::errors::ParquetError;

use crate::error::ProviderError;
use crate::providers::fields::{NewFields, read_record};
use crate::providers::records::{Broken, Records, Refused};
use crate::providers::{Mapped, Mapper, Report};
use crate::segment::{Activity, Breakdown, PullRequests, Row, Seat, Table};
use crate::words::{Account, Dataset, Day, Level};

use super::rows::{Metrics, add, break_down, engaged, pull_requests};
use super::wire::{DayRecord, KNOWN_BUT_UNREAD, SeatsPage};

/// Maps a batch.
pub(super) struct Days {
    account: String,
    /// Days that are built at once.
    at_once: usize,
    report: Option<Report>,
    records: Records,
    /// Records of this report that could be read.
    place: u64,
    days: BTreeMap<Day, DayRows>,
    ids: Ids,
    /// Slugs of teams, by id.
    team_names: HashMap<u32, Box<str>>,
    new_fields: NewFields,
    mapped: Mapped,
}

/// Ids as small numbers: a person comes once a day and once a team.
#[derive(Default)]
struct Ids {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Ids {
    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(id.into());
        self.numbers.insert(id.into(), number);
        number
    }

    fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

/// What is known of one day so far.
#[derive(Default)]
struct DayRows {
    tables: BTreeMap<Dataset, Table>,
    /// People who have a row already; shards overlap.
    people: HashSet<u32>,
    repositories: HashSet<u32>,
    /// People who hold a seat; the same mapper may see the people's report of that day.
    holders: HashSet<u32>,
    /// (person, team), sorted before the first person's row.
    memberships: Vec<(u32, u32)>,
    memberships_sorted: bool,
    teams: BTreeMap<u32, Metrics>,
    /// Sums over people, for what the account's own record does not carry.
    engaged: Option<i64>,
    micro_credits: Option<i64>,
    account: Option<Metrics>,
}

impl DayRows {
    fn push<R: Row>(&mut self, row: &R) -> Result<(), ParquetError> {
        self.tables.entry(R::DATASET).or_insert_with(Table::of::<R>).push(row)
    }

    /// The teams of a person, as of this day.
    fn teams_of(&mut self, person: u32) -> &[(u32, u32)] {
        if !self.memberships_sorted {
            self.memberships.sort_unstable();
            self.memberships.dedup();
            self.memberships_sorted = true;
        }
        let from = self.memberships.partition_point(|(member, _)| *member < person);
        let count = self.memberships[from..].partition_point(|(member, _)| *member == person);
        &self.memberships[from..from + count]
    }
}

impl Days {
    pub(super) fn new(account: &Account, at_once: usize) -> Self {
        Self {
            account: account.slug.clone(),
            at_once,
            report: None,
            records: Records::default(),
            place: 0,
            days: BTreeMap::new(),
            ids: Ids::default(),
            team_names: HashMap::new(),
            new_fields: NewFields::beside(KNOWN_BUT_UNREAD),
            mapped: Mapped::default(),
        }
    }

    fn record(&mut self, bytes: &[u8]) -> Result<(), Refused<Failure>> {
        let Some(report) = &self.report else {
            return Ok(());
        };
        let (name, days) = (report.name, report.days);
        if name == "seats" {
            // People and teams come with dozens of fields of their own; what is new in them is not about Copilot.
            let page = read_record(bytes, &NewFields::beside(&[])).map_err(|error| self.refused(bytes, &error))?;
            return self.seats(days.from(), &page).map_err(|error| Refused::Other(Failure::Provider(error)));
        }
        let record = read_record::<DayRecord<'_>>(bytes, &self.new_fields);
        let record = record.map_err(|error| self.refused(bytes, &error))?;
        self.place += 1;
        match &record.day_totals {
            Some(day_totals) => day_totals.iter().try_for_each(|record| self.day_record(record)),
            None => self.day_record(&record),
        }
        .map_err(|error| Refused::Other(Failure::Provider(error)))
    }

    /// Broken syntax may only mean that a record is longer than its line; a wrong type is the provider's.
    fn refused(&mut self, bytes: &[u8], error: &serde_json::Error) -> Refused<Failure> {
        if !error.is_data() {
            return Refused::Syntax;
        }
        self.place += 1;
        // Read once more with the path in sight: the message itself would repeat the value.
        let json = &mut serde_json::Deserializer::from_slice(bytes);
        let at = match serde_path_to_error::deserialize::<_, DayRecord<'_>>(json) {
            Err(error) => error.path().to_string(),
            Ok(_) => ".".to_owned(),
        };
        Refused::Other(Failure::Provider(self.malformed(&format!("the field {at} has an unexpected type"))))
    }

    fn malformed(&self, what: &str) -> ProviderError {
        let name = self.report.as_ref().map_or("report", |report| report.name);
        ProviderError::Malformed { detail: format!("{name}: record {}: {what}", self.place) }
    }

    fn failed(&self, failure: Failure) -> ProviderError {
        let name = self.report.as_ref().map_or("report", |report| report.name);
        let broken = match failure {
            Failure::Provider(error) => return error,
            Failure::Broken(broken) => broken,
        };
        match broken {
            // A file that ends too soon was most likely cut on its way.
            Broken::CutShort(_) => ProviderError::Unavailable { detail: format!("{name}: {broken}") },
            _ => ProviderError::Malformed { detail: format!("{name}: {broken}") },
        }
    }

    fn day_record(&mut self, record: &DayRecord<'_>) -> Result<(), ProviderError> {
        let Some(report) = &self.report else {
            return Ok(());
        };
        let (name, days) = (report.name, report.days);
        let day = record.day.unwrap_or(days.from());
        if !days.contains(day) {
            return Ok(());
        }
        self.mapped.records += 1;
        let written = match name {
            "user-teams-1-day" => {
                let (Some(user), Some(team)) = (&record.user_id, &record.team_id) else {
                    return Err(self.malformed("a membership without user_id or team_id"));
                };
                let (user, team) = (self.ids.number(&user.0), self.ids.number(&team.0));
                if let Some(slug) = &record.slug {
                    self.team_names.entry(team).or_insert_with(|| slug.as_ref().into());
                }
                let rows = self.days.entry(day).or_default();
                rows.memberships.push((user, team));
                rows.memberships_sorted = false;
                Ok(())
            }
            "users-1-day" | "users-28-day" => {
                let Some(user) = &record.user_id else {
                    return Err(self.malformed("a person without user_id"));
                };
                let number = self.ids.number(&user.0);
                self.person(day, number, &user.0, record)
            }
            "repos-1-day" => {
                let Some(id) = &record.repo_id else {
                    return Err(self.malformed("a repository without repo_id"));
                };
                let number = self.ids.number(&id.0);
                self.repository(day, number, &id.0, record)
            }
            _ => self.account(day, record),
        };
        written.map_err(encoding)
    }

    fn person(&mut self, day: Day, number: u32, subject: &str, record: &DayRecord<'_>) -> Result<(), ParquetError> {
        let rows = self.days.entry(day).or_default();
        if !rows.people.insert(number) {
            self.mapped.duplicates += 1;
            return Ok(());
        }
        let mut metrics = Metrics::of(record);
        metrics.active = Some(1);
        metrics.engaged = engaged(record);
        add(&mut rows.engaged, metrics.engaged);
        add(&mut rows.micro_credits, metrics.micro_credits);
        let teams: Vec<u32> = rows.teams_of(number).iter().map(|(_, team)| *team).collect();
        for team in &teams {
            rows.teams.entry(*team).or_default().add(&metrics);
        }
        let mut ids: Vec<&str> = teams.iter().map(|team| self.ids.text(*team)).collect();
        ids.sort_unstable_by_key(|id| (id.len(), *id));
        let ids = ids.join(",");
        let mut row = metrics.row(Level::User, subject, record.user_login.as_deref());
        row.teams = (!ids.is_empty()).then_some(ids.as_str());
        rows.push(&row)?;
        break_down(Level::User, subject, record, |row| rows.push(row))
    }

    fn repository(&mut self, day: Day, number: u32, subject: &str, record: &DayRecord<'_>) -> Result<(), ParquetError> {
        let rows = self.days.entry(day).or_default();
        if !rows.repositories.insert(number) {
            self.mapped.duplicates += 1;
            return Ok(());
        }
        let name = match (&record.repo_owner_name, &record.repo_name) {
            (Some(owner), Some(name)) => Some(format!("{owner}/{name}")),
            (None, Some(name)) => Some(name.to_string()),
            (_, None) => None,
        };
        let totals = record.pull_requests.unwrap_or_default();
        rows.push(&pull_requests(Level::Repository, subject, name.as_deref(), &totals))
    }

    fn account(&mut self, day: Day, record: &DayRecord<'_>) -> Result<(), ParquetError> {
        let rows = self.days.entry(day).or_default();
        if rows.account.is_some() {
            self.mapped.duplicates += 1;
            return Ok(());
        }
        let mut metrics = Metrics::of(record);
        metrics.active = record.daily_active_users;
        rows.account = Some(metrics);
        if let Some(totals) = &record.pull_requests {
            rows.push(&pull_requests(Level::Organization, &self.account, Some(&self.account), totals))?;
        }
        break_down(Level::Organization, &self.account, record, |row| rows.push(row))
    }

    fn seats(&mut self, day: Day, page: &SeatsPage<'_>) -> Result<(), ProviderError> {
        let Some(seats) = &page.seats else { return Err(self.malformed("a page without seats")) };
        for seat in seats {
            self.mapped.records += 1;
            let rows = self.days.entry(day).or_default();
            let holder = seat.assignee.as_ref();
            let id = holder.and_then(|holder| holder.id.as_ref()).map(|id| id.0.as_ref());
            // An enterprise lists a person once for each organization that granted a seat, and bills one.
            if let Some(id) = id
                && !rows.holders.insert(self.ids.number(id))
            {
                self.mapped.duplicates += 1;
                continue;
            }
            let team = seat.assigning_team.as_ref();
            let row = Seat {
                level: Level::User,
                // A seat that nobody holds yet is paid for all the same.
                subject: id.unwrap_or_default(),
                name: holder.and_then(|holder| holder.login.as_deref()),
                email: holder.and_then(|holder| holder.email.as_deref()),
                plan: seat.plan_type.as_deref(),
                role: None,
                assigned_at: millis(seat.created_at.as_deref()),
                last_activity_at: millis(seat.last_activity_at.as_deref()),
                last_activity_in: seat.last_activity_editor.as_deref(),
                assigning_team: team.and_then(|team| team.slug.as_deref().or(team.name.as_deref())),
                pending_cancellation: seat.pending_cancellation_date.as_deref(),
                ..Seat::default()
            };
            rows.push(&row).map_err(encoding)?;
        }
        Ok(())
    }
}

fn millis(time: Option<&str>) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(time?).ok().map(|time| time.timestamp_millis())
}

fn encoding(error: ParquetError) -> ProviderError {
    ProviderError::Malformed { detail: format!("a segment could not be encoded: {error}") }
}

/// A record's own failure, or the framing's.
enum Failure {
    Provider(ProviderError),
    Broken(Broken),
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Failure::Broken(broken)
    }
}

impl Mapper for Days {
    fn begin(&mut self, report: &Report) {
        for day in report.days.iter() {
            let rows = self.days.entry(day).or_default();
            for dataset in report.feeds {
                let table = match dataset {
                    Dataset::Activity => Table::of::<Activity>,
                    Dataset::Breakdown => Table::of::<Breakdown>,
                    Dataset::PullRequests => Table::of::<PullRequests>,
                    Dataset::Seats => Table::of::<Seat>,
                    Dataset::Cost | Dataset::ModelUsage => continue,
                };
                rows.tables.entry(*dataset).or_insert_with(|| table().among(self.at_once));
            }
        }
        self.records = Records::default();
        self.place = 0;
        self.report = Some(report.clone());
    }

    fn read(&mut self, piece: &[u8]) -> Result<(), ProviderError> {
        let mut records = std::mem::take(&mut self.records);
        let read = records.read(piece, &mut |bytes| self.record(bytes));
        self.records = records;
        read.map_err(|failure| self.failed(failure))
    }

    fn end_body(&mut self) -> Result<(), ProviderError> {
        let mut records = std::mem::take(&mut self.records);
        let read = records.end(&mut |bytes| self.record(bytes));
        self.records = records;
        read.map_err(|failure| self.failed(failure))
    }

    fn finish(mut self: Box<Self>) -> Result<Mapped, ProviderError> {
        for (day, mut rows) in std::mem::take(&mut self.days) {
            for (team, metrics) in std::mem::take(&mut rows.teams) {
                let name = self.team_names.get(&team).map(AsRef::as_ref);
                rows.push(&metrics.row(Level::Team, self.ids.text(team), name)).map_err(encoding)?;
            }
            if let Some(mut metrics) = rows.account.take() {
                metrics.engaged = rows.engaged;
                metrics.micro_credits = rows.micro_credits;
                let row = metrics.row(Level::Organization, &self.account, Some(&self.account));
                rows.push(&row).map_err(encoding)?;
            }
            for (dataset, table) in rows.tables {
                self.mapped.segments.insert((dataset, day), table.finish().map_err(encoding)?);
            }
        }
        self.mapped.unknown_fields = self.new_fields.into_counts();
        Ok(self.mapped)
    }
}
