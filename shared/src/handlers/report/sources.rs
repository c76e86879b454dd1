//! What reports read: connectors, stored days, and who the people are.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use super::scope;
use crate::clock::Clock;
use crate::error::{Error, StoreError};
use crate::identities::{Persons, catch_up};
use crate::ports::{ConnectorStore, Identities, SegmentStore};
use crate::providers::identity_key;
use crate::query::{Answer, Engine, Query, Viewer};
use crate::words::{Connector, ConnectorId, Directory, Links};

/// Directories that are read at once.
pub(crate) const DIRECTORIES_AT_ONCE: usize = 8;

/// The ports of a report.
#[derive(Clone)]
pub struct Sources {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub identities: Arc<dyn Identities>,
    pub clock: Arc<dyn Clock>,
}

/// The connectors that a question is about.
pub(crate) struct Scope {
    pub(crate) connectors: Vec<Connector>,
    /// Everybody, of all connectors: who a person is does not depend on the question. Empty where it needs no people.
    pub(crate) persons: Persons,
}

impl Scope {
    /// Whether people of one connector may be in teams of another one, or of the mapping file.
    pub(crate) fn has_foreign_teams(&self) -> bool {
        let with_teams = self.persons.directories.iter().filter(|(_, directory)| !directory.teams.is_empty());
        let is_elsewhere = |(id, _): (&ConnectorId, &Directory)| self.connectors.iter().any(|asked| asked.id != *id);
        !self.persons.mapped_teams().is_empty() || with_teams.clone().any(is_elsewhere)
    }
}

impl Sources {
    /// The connectors alone.
    pub(crate) async fn accounts(&self, connector: Option<&str>, provider: Option<&str>) -> Result<Scope, Error> {
        let connectors = scope::connectors(&*self.connectors, connector, provider).await?;
        Ok(Scope { connectors, persons: Persons::default() })
    }

    /// The connectors, and everybody's persons.
    pub(crate) async fn people(&self, connector: Option<&str>, provider: Option<&str>) -> Result<Scope, Error> {
        // Says so where the one that is asked for does not exist.
        let asked = scope::connectors(&*self.connectors, connector, provider).await?;
        let all = match (connector, provider) {
            (None, None) => asked.clone(),
            _ => scope::connectors(&*self.connectors, None, None).await?,
        };
        let links = self.identities.links().await?;
        Ok(Scope { connectors: asked, persons: self.persons(&all, &links).await? })
    }

    /// Everybody whom these connectors know, with the operator's links.
    pub(crate) async fn persons(&self, connectors: &[Connector], links: &Links) -> Result<Persons, Error> {
        let read: Vec<_> = connectors.iter().map(|connector| self.directory(connector).boxed()).collect();
        let directories = stream::iter(read).buffered(DIRECTORIES_AT_ONCE).try_collect().await?;
        Ok(Persons::of(directories, identity_key, links))
    }

    /// Before the first poll that keeps one, it is made from the stored rows.
    async fn directory<'a>(&self, connector: &'a Connector) -> Result<(&'a Connector, Directory), StoreError> {
        let directory = match self.identities.directory(&connector.id).await {
            Err(StoreError::NotFound) => {
                let mut directory = Directory::default();
                let heads = self.segments.ledger(&connector.id).await?;
                catch_up(&mut directory, &*self.segments, &connector.id, &heads, connector.team_sync).await?;
                directory
            }
            known => known?,
        };
        Ok((connector, directory))
    }

    pub(crate) fn engine<'a>(&'a self, scope: &'a Scope) -> Engine<'a> {
        Engine { segments: &*self.segments, connectors: &scope.connectors, persons: &scope.persons }
    }

    pub(crate) async fn answer<'a>(&'a self, scope: &'a Scope, query: &Query) -> Result<Answer<'a>, Error> {
        self.engine(scope).run(query, &Viewer::of_everything()).await
    }
}

#[cfg(test)]
impl Sources {
    pub(crate) fn of(memory: Arc<crate::query::memory::Memory>) -> Self {
        let clock = crate::query::memory::clock();
        Self { connectors: memory.clone(), segments: memory.clone(), identities: memory, clock }
    }
}
