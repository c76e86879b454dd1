//! What other systems may hear of: facts about connectors, never a token, a person's name or an address.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, Connector, ConnectorId, ConnectorState, PollOutcome};

/// One fact. It is told at least once, in no order, and now and then just before it comes true.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    PollFinished(PollFinished),
    ConnectorStateChanged(ConnectorStateChanged),
    TokenExpiring(TokenExpiring),
}

impl Event {
    /// The name that subscribers filter by.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::PollFinished(_) => "PollFinished",
            Event::ConnectorStateChanged(_) => "ConnectorStateChanged",
            Event::TokenExpiring(_) => "TokenExpiring",
        }
    }
}

/// Whom a fact is about.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Metered {
    pub id: ConnectorId,
    pub provider: String,
    pub account: Account,
}

impl From<&Connector> for Metered {
    fn from(connector: &Connector) -> Self {
        Self { id: connector.id.clone(), provider: connector.provider.clone(), account: connector.account.clone() }
    }
}

/// A poll has come to its end, well or not.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PollFinished {
    pub connector: Metered,
    pub at: DateTime<Utc>,
    pub outcome: PollOutcome,
    /// Why it was not `ok`, e.g. `rate_limited`.
    pub code: Option<String>,
    /// Days that were asked for.
    pub days: u64,
    /// Rows that were stored.
    pub rows: u64,
    /// Days without a report yet.
    pub pending: u64,
    /// The request or the schedule that led to it; the log and the ledger have it too.
    pub correlation_id: String,
}

/// A connector works again, fails, waits for its owner, or was paused.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ConnectorStateChanged {
    pub connector: Metered,
    pub at: DateTime<Utc>,
    pub before: ConnectorState,
    pub after: ConnectorState,
    /// What to do, where something must be done.
    pub detail: Option<String>,
    pub correlation_id: String,
}

/// A token ends soon. Told once for each threshold.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TokenExpiring {
    pub connector: Metered,
    pub at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Whole days until then; negative once it is over.
    pub days_left: i64,
    /// The threshold that was passed, in days.
    pub threshold: i64,
    pub correlation_id: String,
}
