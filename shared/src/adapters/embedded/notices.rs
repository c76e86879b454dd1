//! Open notices, and those that somebody has dismissed.

use async_trait::async_trait;
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::store::{Durability, Store};
use crate::ports::{NoticeStore, Result};
use crate::words::{ConnectorId, Notice};

/// What people still have to be told.
#[derive(Clone)]
pub struct Notices {
    store: Store,
}

impl Notices {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl NoticeStore for Notices {
    async fn open(&self, notice: &Notice) -> Result<bool> {
        let notice = notice.clone();
        let open = move |db: &Transaction<'_>| {
            let body = serde_json::to_string(&notice).map_err(Failure::unreadable("notice"))?;
            let opened = db.execute(
                "INSERT INTO notices (id, connector, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO NOTHING",
                params![notice.id, notice.connector.0, body],
            )?;
            Ok(opened == 1)
        };
        self.store.write(Durability::Now, open).await
    }

    async fn list(&self) -> Result<Vec<Notice>> {
        let list = |db: &Transaction<'_>| {
            let mut notices = db
                .prepare_cached("SELECT body FROM notices WHERE NOT dismissed")?
                .query_map([], |row| row.get::<_, String>(0))?
                .map(|body| serde_json::from_str(&body?).map_err(Failure::unreadable("notice")))
                .collect::<std::result::Result<Vec<Notice>, Failure>>()?;
            notices.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
            Ok(notices)
        };
        self.store.read(list).await
    }

    async fn dismiss(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        let dismiss =
            move |db: &Transaction<'_>| match db.execute("UPDATE notices SET dismissed = 1 WHERE id = ?1", [&id])? {
                0 => Err(Failure::NotFound),
                _ => Ok(()),
            };
        self.store.write(Durability::Now, dismiss).await
    }

    async fn close(&self, connector: &ConnectorId) -> Result<()> {
        let connector = connector.clone();
        let close = move |db: &Transaction<'_>| {
            db.execute("DELETE FROM notices WHERE connector = ?1", [&connector.0])?;
            Ok(())
        };
        self.store.write(Durability::Soon, close).await
    }
}
