//! Saves a connection: verified again, secret first, connector second, then its history.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::{NoContext, Timestamp, Uuid};

use super::report;
use super::verify::{Connection, Verify};
use crate::clock::Clock;
use crate::error::{Error, StoreError};
use crate::ports::{ConnectorStore, PollQueue, SecretStore};
use crate::providers;
use crate::words::{
    Account, Connector, ConnectorId, ConnectorState, Credential, CredentialHistory, Freshness, PollJob, TeamSync,
    TokenFacts, Verdict, Verification,
};

const MAX_NAME: usize = 100;

/// A connection and its name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnector {
    /// Unique among connectors. If omitted, the account's slug, with the provider's name if the slug is taken.
    #[serde(default)]
    pub name: Option<String>,
    pub provider: String,
    pub account: Account,
    /// `{"kind": "token", "token": "..."}`; the kinds and fields of each provider are in `GET /v1/providers`.
    #[schema(value_type = Object)]
    pub credential: Credential,
    #[serde(default)]
    pub api_url: Option<String>,
    /// Send mails about this connector; default true.
    #[serde(default)]
    pub notify: Option<bool>,
    /// Default `daily`.
    #[serde(default)]
    pub team_sync: TeamSync,
}

#[derive(Clone)]
pub struct Save {
    pub verify: Verify,
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub queue: Arc<dyn PollQueue>,
    pub clock: Arc<dyn Clock>,
}

impl Save {
    /// The connector and the verification that let it in. A connector that exists is always usable: its secret is
    /// stored before it, and is taken back when it cannot be created.
    pub async fn run(&self, new: NewConnector, request_id: &str) -> Result<(Connector, Verification), Error> {
        let connection = Connection {
            provider: new.provider,
            account: new.account,
            credential: new.credential,
            api_url: new.api_url,
        };
        // A body that is wrong is refused by its field, before the store or the provider is asked.
        self.verify.validate(&connection)?;
        let name = free_name(&*self.connectors, new.name.as_deref(), &connection.provider, &connection.account).await?;
        let verification = self.verify.run(&connection).await?;
        if verification.verdict != Verdict::Valid {
            return Err(Error::Unverified(Box::new(verification)));
        }
        let now = self.clock.now();
        let Connection { provider, account, api_url, credential } = connection;
        let connector = Connector {
            token: verification.token.clone(),
            notify: new.notify.unwrap_or(true),
            team_sync: new.team_sync,
            ..new_connector(name, provider, account, api_url, now)
        };
        create(&*self.connectors, &*self.secrets, &connector, &credential).await?;
        self.queue.send(&[PollJob::backfill(&connector.id, None).caused_by(request_id)]).await?;
        tracing::info!(connector = %connector.id, provider = connector.provider, "connected");
        Ok((connector, verification))
    }
}

/// A connector as it begins.
pub(super) fn new_connector(
    name: String,
    provider: String,
    account: Account,
    api_url: Option<String>,
    now: DateTime<Utc>,
) -> Connector {
    let about = providers::find(&provider).map(|provider| provider.about());
    let api_url = about.map_or(api_url.clone(), |about| about.elsewhere(api_url));
    Connector {
        id: ConnectorId(Uuid::new_v7(timestamp(now)).simple().to_string()),
        name,
        provider,
        account,
        api_url,
        state: ConnectorState::Active,
        state_detail: None,
        token: TokenFacts::default(),
        credential_history: CredentialHistory { since: Some(now), ..CredentialHistory::default() },
        notify: true,
        team_sync: TeamSync::default(),
        last_poll: None,
        freshness: Freshness::default(),
        created_at: now,
        version: 1,
    }
}

/// The secret first, the connector second; the secret is taken back when the connector cannot be created.
pub(super) async fn create(
    connectors: &dyn ConnectorStore,
    secrets: &dyn SecretStore,
    connector: &Connector,
    credential: &Credential,
) -> Result<(), Error> {
    secrets.put(&connector.id, credential).await?;
    let Err(error) = connectors.create(connector).await else {
        return Ok(());
    };
    secrets.remove(&connector.id).await?;
    Err(match error {
        StoreError::Conflict => Error::Conflict {
            why: format!(
                "{} {} is connected already; rotate its credential instead of connecting it twice",
                connector.account.kind, connector.account.slug
            ),
        },
        other => other.into(),
    })
}

/// The name for a new connector: the wanted one if no other connector has it, else one made of the account's.
///
/// Two connectors that are saved in the same moment may still get one name: it is a label, and ids are what counts.
pub(super) async fn free_name(
    connectors: &dyn ConnectorStore,
    wanted: Option<&str>,
    provider: &str,
    account: &Account,
) -> Result<String, Error> {
    let name = validate_name(wanted.unwrap_or(&account.slug))?;
    let others = report::connectors(connectors, None, None).await?;
    if wanted.is_some() {
        return unless_taken(name, &others);
    }
    let provider = providers::find(provider).map_or(provider, |provider| provider.about().name);
    let candidates = std::iter::once(name.clone())
        .chain(std::iter::once(format!("{name} ({provider})")))
        .chain((2..).map(|number| format!("{name} ({provider} {number})")));
    let mut free = candidates.filter(|candidate| with_name(candidate, &others).is_none());
    Ok(free.next().unwrap_or(name))
}

/// The name, if none of these connectors has it. In a chart two equal names cannot be told apart.
pub(super) fn unless_taken(name: String, others: &[Connector]) -> Result<String, Error> {
    match with_name(&name, others) {
        None => Ok(name),
        Some(other) => Err(Error::Conflict {
            why: format!("a connector with the name {} exists already; choose another name", other.name),
        }),
    }
}

fn with_name<'a>(name: &str, connectors: &'a [Connector]) -> Option<&'a Connector> {
    connectors.iter().find(|connector| connector.name.to_lowercase() == name.to_lowercase())
}

pub(super) fn validate_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("1 to {MAX_NAME} characters, without control characters")));
    }
    Ok(name.to_owned())
}

fn timestamp(now: DateTime<Utc>) -> Timestamp {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos())
}
