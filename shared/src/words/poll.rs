//! One poll as a message in the queue: IDs, never a token.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ConnectorId, Day};

/// Requests a poll of one connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollJob {
    pub connector: ConnectorId,
    /// Fetch these days again, inclusive, regardless of the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<(Day, Day)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<Backfill>,
    /// A later run of the day: fetches only reports that were not available before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_late: bool,
    /// Fetch no reports of several days, because the previous run could not finish one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_day_by_day: bool,
    /// Two jobs with the same key are one job.
    pub key: String,
    /// ID of the request or schedule that caused it. Logs, events and the ledger carry it on.
    pub correlation_id: String,
}

/// Also fetch history, newest day first, down to the provider's floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    /// This backfill has fetched the days from this one on already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Day>,
}

impl PollJob {
    /// The scheduled poll: at most one a day per connector.
    pub fn daily(connector: &ConnectorId, day: Day) -> Self {
        Self::new(connector, format!("{connector}.{day}"))
    }

    /// The scheduled poll later on the day, if a report was not available.
    pub fn pending(connector: &ConnectorId, at: DateTime<Utc>) -> Self {
        Self { is_late: true, ..Self::new(connector, format!("{connector}.{}", at.format("%Y-%m-%dT%H"))) }
    }

    pub fn backfill(connector: &ConnectorId, before: Option<Day>) -> Self {
        let mark = before.map_or("start".to_owned(), |day| day.to_string());
        Self { backfill: Some(Backfill { before }), ..Self::new(connector, format!("{connector}.backfill.{mark}")) }
    }

    /// Resumes a backfill that was interrupted or never started; at most once a day.
    pub fn resumed(connector: &ConnectorId, day: Day) -> Self {
        Self { backfill: Some(Backfill::default()), ..Self::new(connector, format!("{connector}.resumed.{day}")) }
    }

    /// A poll that a person requested.
    pub fn requested(connector: &ConnectorId, days: Option<(Day, Day)>, request_id: &str) -> Self {
        Self { days, ..Self::new(connector, format!("{connector}.{request_id}")) }.caused_by(request_id)
    }

    /// The days that a poll ran out of time for.
    pub fn rest(&self, (first, last): (Day, Day)) -> Self {
        let key = format!("{}.rest.{first}.{last}", self.connector);
        let days = Some((first, last));
        Self { days, correlation_id: self.correlation_id.clone(), ..Self::new(&self.connector, key) }
    }

    /// The key differs, because a run that stored nothing leaves the same days.
    pub fn day_by_day(self) -> Self {
        Self { is_day_by_day: true, key: format!("{}.day-by-day", self.key), ..self }
    }

    pub fn caused_by(self, correlation_id: &str) -> Self {
        Self { correlation_id: correlation_id.to_owned(), ..self }
    }

    fn new(connector: &ConnectorId, key: String) -> Self {
        let connector = connector.clone();
        Self {
            connector,
            days: None,
            backfill: None,
            is_late: false,
            is_day_by_day: false,
            correlation_id: key.clone(),
            key,
        }
    }
}
