//! One unit of polling, as it travels through the queue: ids, never a token.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ConnectorId, Day};

/// Asks for one connector to be polled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollJob {
    pub connector: ConnectorId,
    /// Re-fetch these days, inclusive, whatever the ledger says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<(Day, Day)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<Backfill>,
    /// Later on the day again: what was not there yet, and nothing that was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_late: bool,
    /// No report of several days is asked for: the run before this one could not finish one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_day_by_day: bool,
    /// Two jobs with the same key are one job.
    pub key: String,
    /// What led to it: a request's id or a schedule's. Logs, events and the ledger carry it on.
    pub correlation_id: String,
}

/// Also fetch history, newest day first, down to the provider's floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    /// Days from here on were already asked for in this backfill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Day>,
}

impl PollJob {
    /// What the schedule asks for: at most one a day for each connector.
    pub fn daily(connector: &ConnectorId, day: Day) -> Self {
        Self::new(connector, format!("{connector}.{day}"))
    }

    /// What the schedule asks for again, later on the day, where a report was not there yet.
    pub fn pending(connector: &ConnectorId, at: DateTime<Utc>) -> Self {
        Self { is_late: true, ..Self::new(connector, format!("{connector}.{}", at.format("%Y-%m-%dT%H"))) }
    }

    pub fn backfill(connector: &ConnectorId, before: Option<Day>) -> Self {
        let mark = before.map_or("start".to_owned(), |day| day.to_string());
        Self { backfill: Some(Backfill { before }), ..Self::new(connector, format!("{connector}.backfill.{mark}")) }
    }

    /// A backfill that was cut off, or never came, is taken up again; at most once a day.
    pub fn resumed(connector: &ConnectorId, day: Day) -> Self {
        Self { backfill: Some(Backfill::default()), ..Self::new(connector, format!("{connector}.resumed.{day}")) }
    }

    /// What a person asked for.
    pub fn requested(connector: &ConnectorId, days: Option<(Day, Day)>, request_id: &str) -> Self {
        Self { days, ..Self::new(connector, format!("{connector}.{request_id}")) }.led_to_by(request_id)
    }

    /// What a poll that ran out of time leaves to the next one.
    pub fn rest(&self, (first, last): (Day, Day)) -> Self {
        let key = format!("{}.rest.{first}.{last}", self.connector);
        let days = Some((first, last));
        Self { days, correlation_id: self.correlation_id.clone(), ..Self::new(&self.connector, key) }
    }

    /// The key differs: a run that stored nothing leaves the same days.
    pub fn day_by_day(self) -> Self {
        Self { is_day_by_day: true, key: format!("{}.day-by-day", self.key), ..self }
    }

    pub fn led_to_by(self, correlation_id: &str) -> Self {
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
