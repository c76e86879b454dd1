//! One unit of polling, as it travels through the queue: ids, never a token.

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
    /// Two jobs with the same key are one job. Also the correlation id of everything the job does.
    pub key: String,
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
        Self { connector: connector.clone(), days: None, backfill: None, key: format!("{connector}.{day}") }
    }

    pub fn backfill(connector: &ConnectorId, before: Option<Day>) -> Self {
        let mark = before.map_or("start".to_owned(), |day| day.to_string());
        Self {
            connector: connector.clone(),
            days: None,
            backfill: Some(Backfill { before }),
            key: format!("{connector}.backfill.{mark}"),
        }
    }

    /// A backfill that was cut off, or never came, is taken up again; at most once a day.
    pub fn resumed(connector: &ConnectorId, day: Day) -> Self {
        Self { key: format!("{connector}.resumed.{day}"), ..Self::backfill(connector, None) }
    }

    /// What a person asked for.
    pub fn requested(connector: &ConnectorId, days: Option<(Day, Day)>, request_id: &str) -> Self {
        Self { connector: connector.clone(), days, backfill: None, key: format!("{connector}.{request_id}") }
    }
}
