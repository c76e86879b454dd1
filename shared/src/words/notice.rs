//! Notices to the owner of a connector, and the mail of each.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ConnectorId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The provider refuses the token, or a permission or policy was removed.
    OwnerMustAct,
    /// A token expires soon.
    TokenExpiring,
    /// No day has become complete for several days.
    NoNewData,
    /// The provider announces the shutdown of an address that Pairmeter uses.
    ApiEnding,
    /// Fields that came every day have been missing for several days.
    FieldsGone,
}

impl NoticeKind {
    pub const ALL: [NoticeKind; 5] = [
        NoticeKind::OwnerMustAct,
        NoticeKind::TokenExpiring,
        NoticeKind::NoNewData,
        NoticeKind::ApiEnding,
        NoticeKind::FieldsGone,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            NoticeKind::OwnerMustAct => "owner_must_act",
            NoticeKind::TokenExpiring => "token_expiring",
            NoticeKind::NoNewData => "no_new_data",
            NoticeKind::ApiEnding => "api_ending",
            NoticeKind::FieldsGone => "fields_gone",
        }
    }
}

/// Sent once: two notices with the same connector, kind and code are the same notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    pub id: String,
    pub connector: ConnectorId,
    pub kind: NoticeKind,
    /// Stable code of what happened.
    pub code: String,
    /// What happened, and what to do.
    pub detail: String,
    pub since: DateTime<Utc>,
    /// When a person was sent a message about it; null until then.
    #[serde(default)]
    pub told_at: Option<DateTime<Utc>>,
}

impl Notice {
    pub fn new(connector: &ConnectorId, kind: NoticeKind, code: &str, detail: String, since: DateTime<Utc>) -> Self {
        let id = format!("{}{code}", Self::prefix(connector, kind));
        Self { id, connector: connector.clone(), kind, code: code.to_owned(), detail, since, told_at: None }
    }

    /// The ID prefix of a connector's notices of one kind.
    pub fn prefix(connector: &ConnectorId, kind: NoticeKind) -> String {
        format!("{connector}.{}.", kind.as_str())
    }
}

/// One message to people: plain text, never a token or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line of printable ASCII below 100 characters, because it may become a text message.
    pub subject: String,
    pub text: String,
}
