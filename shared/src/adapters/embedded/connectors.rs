//! Connectors as JSON rows. SQLite's constraints refuse duplicates.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};

use super::error::Failure;
use super::store::{Durability, Store};
use crate::ports::{ConnectorStore, Result};
use crate::words::{Connector, ConnectorId};

const PAGE: u32 = 100;

/// Stores the saved connectors.
#[derive(Clone)]
pub struct Connectors {
    store: Store,
}

impl Connectors {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ConnectorStore for Connectors {
    async fn create(&self, connector: &Connector) -> Result<()> {
        let connector = connector.clone();
        let create = move |db: &rusqlite::Transaction<'_>| {
            db.prepare_cached(
                "INSERT INTO connectors (id, provider, place, version, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                connector.id.0,
                connector.provider,
                connector.unique_key(),
                connector.version,
                to_body(&connector)?,
            ])?;
            Ok(())
        };
        self.store.write(Durability::Now, create).await
    }

    async fn get(&self, id: &ConnectorId) -> Result<Connector> {
        let id = id.clone();
        let get = move |db: &rusqlite::Transaction<'_>| {
            let body: Option<String> = db
                .prepare_cached("SELECT body FROM connectors WHERE id = ?1")?
                .query_row([&id.0], |row| row.get(0))
                .optional()?;
            from_body(&body.ok_or(Failure::NotFound)?)
        };
        self.store.read(get).await
    }

    async fn list(&self, after: Option<&ConnectorId>) -> Result<Vec<Connector>> {
        // The empty text sorts before every ID.
        let after = after.map(|id| id.0.clone()).unwrap_or_default();
        let list = move |db: &rusqlite::Transaction<'_>| {
            db.prepare_cached("SELECT body FROM connectors WHERE id > ?1 ORDER BY id LIMIT ?2")?
                .query_map(params![after, PAGE], |row| row.get::<_, String>(0))?
                .map(|body| from_body(&body?))
                .collect()
        };
        self.store.read(list).await
    }

    async fn update(&self, connector: &Connector) -> Result<Connector> {
        let mut next = connector.clone();
        next.version += 1;
        let update = move |db: &rusqlite::Transaction<'_>| {
            let changed = db
                .prepare_cached(
                    "UPDATE connectors
                     SET provider = ?3, place = ?4, version = ?5, body = ?6
                     WHERE id = ?1 AND version = ?2",
                )?
                .execute(params![
                    next.id.0,
                    next.version - 1,
                    next.provider,
                    next.unique_key(),
                    next.version,
                    to_body(&next)?,
                ])?;
            match changed {
                1 => Ok(next),
                _ => Err(Failure::Conflict),
            }
        };
        self.store.write(Durability::Now, update).await
    }

    async fn remove(&self, id: &ConnectorId) -> Result<()> {
        let id = id.clone();
        let remove = move |db: &rusqlite::Transaction<'_>| {
            db.execute("DELETE FROM connectors WHERE id = ?1", [&id.0])?;
            Ok(())
        };
        self.store.write(Durability::Now, remove).await
    }
}

fn to_body(connector: &Connector) -> std::result::Result<String, Failure> {
    serde_json::to_string(connector).map_err(Failure::unreadable("connector"))
}

fn from_body(body: &str) -> std::result::Result<Connector, Failure> {
    serde_json::from_str(body).map_err(Failure::unreadable("connector"))
}
