//! Reads and changes saved connectors: list, rename, pause, poll, remove.

use std::sync::Arc;

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::report;
use super::save::{unless_taken, validate_name};
use crate::clock::Clock;
use crate::error::{Error, StoreError};
use crate::ports::{Archive, ConnectorStore, Events, Identities, NoticeStore, PollQueue, SecretStore, SegmentStore};
use crate::words::{
    ArchiveKey, Connector, ConnectorId, ConnectorState, ConnectorStateChanged, Day, Event, NoticeKind, PollJob,
    PollOutcome, TeamSync,
};

/// The fields to change; omitted fields stay as they are.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub paused: Option<bool>,
    #[serde(default)]
    pub notify: Option<bool>,
    /// Applies immediately, to all stored days.
    #[serde(default)]
    pub team_sync: Option<TeamSync>,
}

/// Days to fetch again, inclusive.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DaysAgain {
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
}

#[derive(Clone)]
pub struct Connectors {
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub identities: Arc<dyn Identities>,
    pub archive: Arc<dyn Archive>,
    pub notices: Arc<dyn NoticeStore>,
    pub queue: Arc<dyn PollQueue>,
    pub events: Arc<dyn Events>,
    pub clock: Arc<dyn Clock>,
}

impl Connectors {
    /// One page, in order of id, and where the next one starts.
    pub async fn list(&self, after: Option<&ConnectorId>) -> Result<(Vec<Connector>, Option<ConnectorId>), Error> {
        // Every id is assigned when a connector is saved; any other text would silently skip connectors.
        if after.is_some_and(|id| Uuid::try_parse(&id.0).is_err()) {
            return Err(Error::invalid("cursor", "does not belong to this list; start without a cursor"));
        }
        let page = self.connectors.list(after).await?;
        let next = page.last().map(|connector| connector.id.clone());
        let more = match &next {
            Some(last) => !self.connectors.list(Some(last)).await?.is_empty(),
            None => false,
        };
        Ok((page, next.filter(|_| more)))
    }

    pub async fn get(&self, id: &ConnectorId) -> Result<Connector, Error> {
        self.connectors.get(id).await.map_err(|error| match error {
            StoreError::NotFound => Error::not_found(format!("connector {id}")),
            other => other.into(),
        })
    }

    pub async fn change(&self, id: &ConnectorId, change: &Change, request_id: &str) -> Result<Connector, Error> {
        let name = match change.name.as_deref().map(validate_name).transpose()? {
            Some(name) => {
                let mut others = report::connectors(&*self.connectors, None, None).await?;
                others.retain(|other| other.id != *id);
                Some(unless_taken(name, &others)?)
            }
            None => None,
        };
        loop {
            let mut connector = self.get(id).await?;
            let before = connector.state;
            if let Some(name) = &name {
                connector.name.clone_from(name);
            }
            if let Some(notify) = change.notify {
                connector.notify = notify;
            }
            connector.team_sync = change.team_sync.unwrap_or(connector.team_sync);
            match (change.paused, connector.state) {
                (Some(true), _) => {
                    connector.state = ConnectorState::Paused;
                    connector.state_detail = None;
                }
                (Some(false), ConnectorState::Paused) => {
                    // What was wrong before the pause still is, until a poll says otherwise.
                    let failed = connector.last_poll.as_ref().filter(|poll| poll.outcome == PollOutcome::Failed);
                    connector.state_detail = failed.and_then(|poll| poll.detail.clone());
                    connector.state = if failed.is_some() { ConnectorState::Failing } else { ConnectorState::Active };
                }
                _ => {}
            }
            // The event is published before the change is stored: a crash in between publishes it twice, and never
            // loses it.
            self.tell(&connector, before, request_id).await?;
            match self.connectors.update(&connector).await {
                Err(StoreError::Conflict) => {}
                updated => return Ok(updated?),
            }
        }
    }

    async fn tell(&self, connector: &Connector, before: ConnectorState, request_id: &str) -> Result<(), Error> {
        if connector.state == before {
            return Ok(());
        }
        let changed = ConnectorStateChanged {
            connector: connector.into(),
            at: self.clock.now(),
            before,
            after: connector.state,
            detail: connector.state_detail.clone(),
            correlation_id: request_id.to_owned(),
        };
        Ok(self.events.publish(&[Event::ConnectorStateChanged(changed)]).await?)
    }

    /// Asks for a poll; also how a connector whose owner had to act becomes active again.
    pub async fn poll(&self, id: &ConnectorId, days: &DaysAgain, request_id: &str) -> Result<(), Error> {
        let connector = self.get(id).await?;
        if connector.state == ConnectorState::Paused {
            return Err(Error::Conflict { why: format!("{} is paused; resume it first", connector.name) });
        }
        let days = match (days.from, days.to) {
            (None, None) => None,
            (Some(from), _) if from >= self.clock.today() => {
                return Err(Error::invalid("from", "must be a past day; providers report a day after it ends"));
            }
            (Some(from), Some(to)) if from <= to => Some((from, to)),
            (Some(_), Some(_)) => return Err(Error::invalid("to", "must not be before `from`")),
            (None, Some(_)) => return Err(Error::invalid("from", "requires `to`")),
            (Some(_), None) => return Err(Error::invalid("to", "requires `from`")),
        };
        Ok(self.queue.send(&[PollJob::requested(id, days, request_id)]).await?)
    }

    /// Connector first, secret second: what exists is always usable. Names and addresses go as well; `purge` also removes
    /// the history.
    pub async fn remove(&self, id: &ConnectorId, purge: bool) -> Result<(), Error> {
        let connector = match self.get(id).await {
            // Removed before, without its history; or not to the end.
            Err(error @ Error::NotFound { .. }) => {
                self.identities.remove_directory(id).await?;
                if !purge {
                    return Err(error);
                }
                return Ok(self.segments.remove(id).await?);
            }
            connector => connector?,
        };
        self.connectors.remove(id).await?;
        self.secrets.remove(id).await?;
        self.identities.remove_directory(id).await?;
        self.notices.close(id, &NoticeKind::ALL).await?;
        if purge {
            self.segments.remove(id).await?;
            self.archive.remove(&ArchiveKey::prefix(&connector)).await?;
        }
        tracing::info!(connector = %id, purge, "removed");
        Ok(())
    }
}
