//! Something a person must be told.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ConnectorId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The provider refuses the token, or a permission or policy is gone.
    OwnerMustAct,
    /// A token ends soon.
    TokenExpiring,
    /// Polls have failed for days.
    PollFailing,
}

/// Told once: two notices with the same connector, kind and code are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    pub id: String,
    pub connector: ConnectorId,
    pub kind: NoticeKind,
    /// Stable: what happened.
    pub code: String,
    /// What happened, and what to do.
    pub detail: String,
    pub since: DateTime<Utc>,
}

/// One message to people: plain text, never a token or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line, printable ASCII, below 100 characters: it may become a text message.
    pub subject: String,
    pub text: String,
}

impl Notice {
    pub fn new(connector: &ConnectorId, kind: NoticeKind, code: &str, detail: String, since: DateTime<Utc>) -> Self {
        let id = format!("{connector}.{code}");
        Self { id, connector: connector.clone(), kind, code: code.to_owned(), detail, since }
    }
}
