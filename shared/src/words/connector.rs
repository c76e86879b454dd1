//! One saved account and credential: the unit of polling, isolation and permission.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Account, ConnectorId, Day};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorState {
    Active,
    Paused,
    /// The last poll failed; waiting or an operator can resolve it.
    Failing,
    /// Token, permission or policy: only the owner can resolve it.
    OwnerMustAct,
}

/// Facts about the credential that are not secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenFacts {
    /// `classic_pat`, `fine_grained_pat`, `installation_token`, ...
    pub kind: String,
    /// Null if the provider names no expiry, or could not be reached.
    pub expires_at: Option<DateTime<Utc>>,
    /// Null if this kind has no scopes.
    pub scopes: Option<Vec<String>>,
}

/// Rotation history of the credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialHistory {
    /// When it was saved or last rotated; null for connectors that were saved before this field existed.
    pub since: Option<DateTime<Utc>>,
    /// Number of rotations. A poll compares it to notice a rotation during its run.
    pub rotations: u32,
    /// The credential before it is kept until the next successful poll.
    pub previous_is_kept: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollOutcome {
    Ok,
    /// Some data was stored, some was not.
    Partial,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastPoll {
    pub at: DateTime<Utc>,
    pub outcome: PollOutcome,
    pub code: Option<String>,
    pub detail: Option<String>,
    /// Optional reports, or parts of them, that are missing from the stored days, and why. Mostly lists of names.
    #[serde(default)]
    pub left_out: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Freshness {
    /// Every day up to this one is stored or known to have no data.
    #[schema(value_type = Option<String>, format = Date)]
    pub complete_through: Option<Day>,
}

/// Which teams a person counts for. `daily`: the teams of each day. `once`: on all days the teams of the
/// latest day when the setting applies first; later changes at the provider do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeamSync {
    #[default]
    Daily,
    Once,
}

/// A connector as stored. A change requires the version that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connector {
    pub id: ConnectorId,
    pub name: String,
    pub provider: String,
    pub account: Account,
    /// A base URL other than the provider's own, e.g. `https://api.SUBDOMAIN.ghe.com`.
    pub api_url: Option<String>,
    pub state: ConnectorState,
    pub state_detail: Option<String>,
    pub token: TokenFacts,
    #[serde(default, rename = "custody")]
    pub credential_history: CredentialHistory,
    /// Send notices about this connector.
    pub notify: bool,
    #[serde(default)]
    pub team_sync: TeamSync,
    pub last_poll: Option<LastPoll>,
    pub freshness: Freshness,
    pub created_at: DateTime<Utc>,
    pub version: u64,
}

impl Connector {
    /// [`Account::unique_key`] of its account.
    pub fn unique_key(&self) -> String {
        self.account.unique_key(self.api_url.as_deref())
    }

    /// When the credential was saved or last rotated.
    pub fn credential_since(&self) -> DateTime<Utc> {
        self.credential_history.since.unwrap_or(self.created_at)
    }
}
