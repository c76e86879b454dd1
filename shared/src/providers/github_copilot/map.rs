//! Maps the records of the reports to rows: pure, day by day, for any order of the records.

mod day;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use parquet::errors::ParquetError;

use crate::error::ProviderError;
use crate::providers::fields::{NewFields, read_record};
use crate::providers::json::Repair;
use crate::providers::merge::Grant;
use crate::providers::records::{Broken, Records, Refused};
use crate::providers::{Mapped, Mapper, Report};
use crate::words::{Account, Day};

use super::addresses::{AddressPage, address};
use super::credits::{self, CreditsPage};
use super::identities::{IDENTITIES, VERIFIED_EMAILS};
use super::reports::{CREDITS, SEATS};
use super::wire::{Assignee, DayRecord, KNOWN_BUT_UNREAD, SeatRecord, SeatsPage};
use day::DayRows;

/// Maps a batch.
pub(super) struct DayMapper {
    account: Account,
    /// Days that are built at the same time.
    at_once: usize,
    report: Option<Report>,
    records: Records,
    /// Number of records of this report that were read.
    place: u64,
    days: BTreeMap<Day, DayRows>,
    ids: Ids,
    new_fields: NewFields,
    new_credit_fields: NewFields,
    mapped: Mapped,
}

/// IDs and logins as small numbers, because a person appears once per day and once per team. A person, a team, a repository
/// and a login with the same text share a number, and are never looked up together.
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

    fn known(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

impl DayMapper {
    pub(super) fn new(account: &Account, at_once: usize) -> Self {
        Self {
            account: account.clone(),
            at_once,
            report: None,
            records: Records::default(),
            place: 0,
            days: BTreeMap::new(),
            ids: Ids::default(),
            new_fields: NewFields::beside(KNOWN_BUT_UNREAD),
            new_credit_fields: NewFields::beside(credits::KNOWN_BUT_UNREAD),
            mapped: Mapped::default(),
        }
    }

    fn record(&mut self, bytes: &[u8]) -> Result<(), Refused<Failure>> {
        let Some(report) = &self.report else {
            return Ok(());
        };
        let (name, days) = (report.name, report.days);
        let repair = Repair::new();
        if matches!(name, IDENTITIES | VERIFIED_EMAILS) {
            let new = NewFields::beside(&[]);
            let page = read_record(bytes, &repair, &new).map_err(|error| self.refused(&new, &error))?;
            return self.addresses(days.from(), &page).map_err(|error| Refused::Other(Failure::Provider(error)));
        }
        if name == SEATS {
            // People and teams have dozens of fields of their own; new ones are not about Copilot.
            let new = NewFields::beside(&[]);
            let page = read_record(bytes, &repair, &new).map_err(|error| self.refused(&new, &error))?;
            return self.seats(days.from(), &page).map_err(|error| Refused::Other(Failure::Provider(error)));
        }
        if name == CREDITS {
            let page = read_record(bytes, &repair, &self.new_credit_fields);
            let page = page.map_err(|error| self.refused(&self.new_credit_fields, &error))?;
            return self.credits(days.from(), &page).map_err(|error| Refused::Other(Failure::Provider(error)));
        }
        let record = read_record::<DayRecord<'_>>(bytes, &repair, &self.new_fields);
        let record = match record {
            Ok(record) => record,
            Err(error) => return Err(self.refused(&self.new_fields, &error)),
        };
        self.place += 1;
        match &record.day_totals {
            Some(days) => days.iter().try_for_each(|of_day| self.day_record(of_day, &record, bytes)),
            None => self.day_record(&record, &record, bytes),
        }
        .map_err(|error| Refused::Other(Failure::Provider(error)))
    }

    /// A syntax error may only mean that a record is longer than its line; a wrong type is the provider's fault.
    fn refused(&self, new: &NewFields, error: &serde_json::Error) -> Refused<Failure> {
        if !error.is_data() {
            return Refused::Syntax;
        }
        let name = self.report.as_ref().map_or("report", |report| report.name);
        let why = format!("{name}: record {}: {}", self.place + 1, new.failure("the record"));
        Refused::Other(Failure::Provider(ProviderError::Malformed { detail: why }))
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
            // A file that ends too early was most likely truncated in transit.
            Broken::CutShort(_) => ProviderError::Unavailable { detail: format!("{name}: {broken}") },
            _ => ProviderError::Malformed { detail: format!("{name}: {broken}") },
        }
    }

    fn day_record(
        &mut self,
        record: &DayRecord<'_>,
        around: &DayRecord<'_>,
        bytes: &[u8],
    ) -> Result<(), ProviderError> {
        let Some(report) = &self.report else {
            return Ok(());
        };
        let (name, days) = (report.name, report.days);
        let day = record.day.unwrap_or(days.from());
        if !days.contains(day) {
            return Ok(());
        }
        self.mapped.records += 1;
        let is_new = match name {
            "user-teams-1-day" => {
                let (Some(user), Some(team)) = (&record.user_id, &record.team_id) else {
                    return Err(self.malformed("a membership without user_id or team_id"));
                };
                let (user, team) = (self.ids.number(&user.0), self.ids.number(&team.0));
                let login = self.ids.number(record.user_login.as_deref().unwrap_or_default());
                self.days.entry(day).or_default().membership((user, team, login), record);
                true
            }
            "users-1-day" | "users-28-day" => {
                let Some(user) = &record.user_id else {
                    return Err(self.malformed("a person without user_id"));
                };
                let number = self.ids.number(&user.0);
                let checksum = twox_hash::XxHash3_64::oneshot(bytes);
                let rows = self.days.entry(day).or_default();
                rows.person(&self.ids, number, checksum, record).map_err(encoding)?
            }
            "repos-1-day" => {
                let Some(id) = &record.repo_id else {
                    return Err(self.malformed("a repository without repo_id"));
                };
                let number = self.ids.number(&id.0);
                self.days.entry(day).or_default().repository(number, record)
            }
            _ => {
                self.days.entry(day).or_default().account_record(record, around);
                true
            }
        };
        self.mapped.duplicates += u64::from(!is_new);
        Ok(())
    }

    fn credits(&mut self, day: Day, page: &CreditsPage<'_>) -> Result<(), ProviderError> {
        self.mapped.records += self.days.entry(day).or_default().credits(page, day)?;
        Ok(())
    }

    fn addresses(&mut self, day: Day, page: &AddressPage<'_>) -> Result<(), ProviderError> {
        let is_of_identities = self.report.as_ref().is_some_and(|report| report.name == IDENTITIES);
        let listed: Option<Vec<_>> = match is_of_identities {
            true => page.identities().map(Iterator::collect),
            false => page.verified().map(Iterator::collect),
        };
        let Some(listed) = listed else { return Err(self.malformed("a page without people")) };
        for (user, address) in listed {
            self.mapped.records += 1;
            let number = self.ids.number(&user.0);
            self.days.entry(day).or_default().address(number, address);
        }
        Ok(())
    }

    fn seats(&mut self, day: Day, page: &SeatsPage<'_>) -> Result<(), ProviderError> {
        let Some(seats) = &page.seats else { return Err(self.malformed("a page without seats")) };
        for seat in seats {
            self.mapped.records += 1;
            let holder = seat.assignee.as_ref().filter(|assignee| is_person(assignee));
            let id = holder.and_then(|holder| holder.id.as_ref());
            let number = id.map(|id| self.ids.number(&id.0));
            let is_new = self.days.entry(day).or_default().seat(number, grant(seat, holder));
            self.mapped.duplicates += u64::from(!is_new);
        }
        Ok(())
    }
}

/// A seat may be assigned to a team, as its `type` says. In older answers, a team has a slug and no login.
fn is_person(assignee: &Assignee<'_>) -> bool {
    match assignee.kind.as_deref() {
        Some(kind) => !matches!(kind, "Team" | "Organization" | "Enterprise"),
        None => assignee.login.is_some() || assignee.slug.is_none(),
    }
}

fn grant(seat: &SeatRecord<'_>, holder: Option<&Assignee<'_>>) -> Grant {
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
    // A seat of a team counts as assigned by that team.
    let team = seat.assignee.as_ref().filter(|_| holder.is_none());
    let team = team.and_then(|team| text(&team.slug).or_else(|| text(&team.name)).or_else(|| text(&team.login)));
    let by = seat.assigning_team.as_ref().and_then(|team| text(&team.slug).or_else(|| text(&team.name)));
    Grant {
        name: holder.and_then(|holder| text(&holder.login)),
        email: holder.and_then(|holder| address(&holder.email)),
        plan: text(&seat.plan_type),
        assigned_at: millis(seat.created_at.as_deref()),
        last_activity_at: millis(seat.last_activity_at.as_deref()),
        last_activity_in: text(&seat.last_activity_editor),
        assigning_team: by.or(team),
        pending_cancellation: text(&seat.pending_cancellation_date),
    }
}

fn millis(time: Option<&str>) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(time?).ok().map(|time| time.timestamp_millis())
}

fn encoding(error: ParquetError) -> ProviderError {
    ProviderError::Malformed { detail: format!("a segment could not be encoded: {error}") }
}

/// A failure of a record, or of the file's framing.
enum Failure {
    Provider(ProviderError),
    Broken(Broken),
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Failure::Broken(broken)
    }
}

impl Mapper for DayMapper {
    fn begin(&mut self, report: &Report) {
        for day in report.days.iter() {
            let rows = self.days.entry(day).or_default();
            report.feeds.iter().for_each(|dataset| rows.open(*dataset, self.at_once));
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

    fn end_report(&mut self) -> Result<(), ProviderError> {
        let Some(report) = &self.report else { return Ok(()) };
        for (day, rows) in &mut self.days {
            self.mapped.duplicates += rows.choose_account(&self.account, report.name, *day)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Mapped, ProviderError> {
        for (day, rows) in std::mem::take(&mut self.days) {
            let segments = rows.finish(&self.ids, &self.account).map_err(encoding)?;
            self.mapped.segments.extend(segments.into_iter().map(|(dataset, segment)| ((dataset, day), segment)));
        }
        self.mapped.rounded = self.new_fields.rounded.get() + self.new_credit_fields.rounded.get();
        self.mapped.unknown_fields = self.new_fields.into_counts();
        self.mapped.unknown_fields.extend(self.new_credit_fields.into_counts());
        Ok(self.mapped)
    }
}
