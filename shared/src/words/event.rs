//! Events for other systems: facts about connectors, never a token, a person's name or an address.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, Connector, ConnectorId, ConnectorState, PollOutcome};

/// One event. Delivered at least once, unordered, and possibly just before the change is committed.
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

/// The account that an event is about.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EventAccount {
    pub id: ConnectorId,
    pub provider: String,
    pub account: Account,
}

impl From<&Connector> for EventAccount {
    fn from(connector: &Connector) -> Self {
        Self { id: connector.id.clone(), provider: connector.provider.clone(), account: connector.account.clone() }
    }
}

/// A poll has finished, successfully or not.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PollFinished {
    pub connector: EventAccount,
    pub at: DateTime<Utc>,
    pub outcome: PollOutcome,
    /// Why the outcome is not `ok`, e.g. `rate_limited`.
    pub code: Option<String>,
    /// Requested days.
    pub days: u64,
    /// Stored rows.
    pub rows: u64,
    /// Days without a report yet.
    pub pending: u64,
    /// ID of the request or schedule that caused it. The log and the ledger contain it too.
    pub correlation_id: String,
}

/// A connector works again, fails, waits for its owner, or was paused.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ConnectorStateChanged {
    pub connector: EventAccount,
    pub at: DateTime<Utc>,
    pub before: ConnectorState,
    pub after: ConnectorState,
    /// What to do, if the owner must act.
    pub detail: Option<String>,
    pub correlation_id: String,
}

/// A token expires soon. Sent once per threshold.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TokenExpiring {
    pub connector: EventAccount,
    pub at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// Whole days until the expiry; negative afterward.
    pub days_left: i64,
    /// The threshold that was reached, in days.
    pub threshold: i64,
    pub correlation_id: String,
}
