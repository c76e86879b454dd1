//! What reports read: connectors, stored days, and who the people are.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use super::last_persons::{LastPersons, Origin};
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
    pub last_persons: Arc<LastPersons>,
}

/// The connectors that a question is about.
pub(crate) struct Scope {
    pub(crate) connectors: Vec<Connector>,
    /// The people of all connectors, because a person does not depend on the query. Empty if the query needs no people.
    pub(crate) persons: Arc<Persons>,
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
        Ok(Scope { connectors, persons: Arc::default() })
    }

    /// The connectors, and the persons of all connectors.
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

    /// All people of these connectors, with the operator's links.
    async fn persons(&self, connectors: &[Connector], links: &Links) -> Result<Arc<Persons>, Error> {
        let read: Vec<_> = connectors.iter().map(|connector| self.head(connector).boxed()).collect();
        let heads: Vec<_> = stream::iter(read).buffered(DIRECTORIES_AT_ONCE).try_collect().await?;
        let origin = Origin::of(connectors.iter().zip(&heads), links);
        let mut last = self.last_persons.0.lock().await;
        if let Some((made_from, persons)) = &*last
            && origin.as_ref() == Some(made_from)
        {
            return Ok(persons.clone());
        }
        // Two at a time would need twice the memory.
        *last = None;
        let directories = self.directories(connectors).await?;
        let origin = Origin::of(directories.iter().map(|(connector, directory)| (*connector, directory)), links);
        let persons = Arc::new(Persons::of(directories, identity_key, links));
        *last = origin.map(|origin| (origin, persons.clone()));
        Ok(persons)
    }

    /// The empty directory, which has no version, where none is stored.
    async fn head(&self, connector: &Connector) -> Result<Directory, StoreError> {
        match self.identities.directory_head(&connector.id).await {
            Err(StoreError::NotFound) => Ok(Directory::default()),
            head => head,
        }
    }

    /// What each of these connectors knows of people.
    async fn directories<'a>(&self, connectors: &'a [Connector]) -> Result<Vec<(&'a Connector, Directory)>, Error> {
        let read: Vec<_> = connectors.iter().map(|connector| self.directory(connector).boxed()).collect();
        Ok(stream::iter(read).buffered(DIRECTORIES_AT_ONCE).try_collect().await?)
    }

    /// Before the first poll that keeps one, it is made from the stored rows; likewise where the kept one is outdated.
    async fn directory<'a>(&self, connector: &'a Connector) -> Result<(&'a Connector, Directory), StoreError> {
        let kept = match self.identities.directory(&connector.id).await {
            Err(StoreError::NotFound) => Directory::default(),
            kept => kept?,
        };
        if kept.team_sync == Some(connector.team_sync) {
            return Ok((connector, kept));
        }
        let mut directory = Directory::default();
        let heads = self.segments.ledger(&connector.id).await?;
        catch_up(&mut directory, &*self.segments, &connector.id, &heads, connector.team_sync).await?;
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
        let (connectors, segments) = (memory.clone(), memory.clone());
        Self { connectors, segments, identities: memory, clock, last_persons: Arc::default() }
    }
}
