//! One account and one credential, saved: the unit of polling, isolation and permission.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Account, ConnectorId, Day};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorState {
    Active,
    Paused,
    /// The last poll did not do its work, and waiting or we can mend it.
    Failing,
    /// Token, permission or policy: only the owner can mend it.
    OwnerMustAct,
}

/// What is known about the credential without being secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenFacts {
    /// `classic_pat`, `fine_grained_pat`, `installation_token`, ...
    pub kind: String,
    /// Null: the provider names no end, or could not be asked.
    pub expires_at: Option<DateTime<Utc>>,
    /// Null: this kind has no scopes.
    pub scopes: Option<Vec<String>>,
}

/// What became of the credential in our hands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custody {
    /// When it was saved or last rotated; null for connectors that are older than this memory.
    pub since: Option<DateTime<Utc>>,
    /// How often it was rotated: a poll sees by it that it began with another one.
    pub rotations: u32,
    /// The credential before it is kept until the next good poll.
    pub previous_is_kept: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollOutcome {
    Ok,
    /// Something was stored, something was not.
    Partial,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastPoll {
    pub at: DateTime<Utc>,
    pub outcome: PollOutcome,
    pub code: Option<String>,
    pub detail: Option<String>,
    /// Optional reports, and parts of them, that the days are stored without, and why: lists of names, mostly.
    #[serde(default)]
    pub left_out: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Freshness {
    /// Every day up to this one is stored or known to hold nothing.
    #[schema(value_type = Option<String>, format = Date)]
    pub complete_through: Option<Day>,
}

/// Which teams a person counts for. `daily`: those of each day, as of that day. `once`: on all days those that are known
/// first; changes of teams at the provider do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeamSync {
    #[default]
    Daily,
    Once,
}

/// As it is stored. Whoever changes it must hold the version it was read at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connector {
    pub id: ConnectorId,
    pub name: String,
    pub provider: String,
    pub account: Account,
    /// Another base than the provider's own, e.g. `https://api.SUBDOMAIN.ghe.com`.
    pub api_url: Option<String>,
    pub state: ConnectorState,
    pub state_detail: Option<String>,
    pub token: TokenFacts,
    #[serde(default)]
    pub custody: Custody,
    /// Tell people about this connector.
    pub notify: bool,
    #[serde(default)]
    pub team_sync: TeamSync,
    pub last_poll: Option<LastPoll>,
    pub freshness: Freshness,
    pub created_at: DateTime<Utc>,
    pub version: u64,
}

impl Connector {
    /// [`Account::place`] of its account.
    pub fn place(&self) -> String {
        self.account.place(self.api_url.as_deref())
    }

    /// When the credential was saved or last rotated.
    pub fn credential_since(&self) -> DateTime<Utc> {
        self.custody.since.unwrap_or(self.created_at)
    }
}
