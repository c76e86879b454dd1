//! Open and dismissed notices.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Failure;
use super::store::{Durability, Store};
use crate::ports::{NoticeStore, Result};
use crate::words::{ConnectorId, Delivery, Notice, NoticeKind};

/// Stores the open notices.
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
            let kind = Notice::prefix(&notice.connector, notice.kind);
            db.prepare_cached(
                "DELETE FROM notices WHERE connector = ?1 AND substr(id, 1, length(?2)) = ?2 AND id != ?3",
            )?
            .execute(params![notice.connector.0, kind, notice.id])?;
            Ok(opened == 1)
        };
        self.store.write(Durability::Now, open).await
    }

    async fn list(&self) -> Result<Vec<Notice>> {
        let list = |db: &Transaction<'_>| {
            let mut notices = db
                .prepare_cached("SELECT body, told_at FROM notices WHERE NOT dismissed")?
                .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?)))?
                .map(|row| {
                    let (body, told_at) = row?;
                    let notice: Notice = serde_json::from_str(&body).map_err(Failure::unreadable("notice"))?;
                    Ok(Notice { told_at: told_at.and_then(DateTime::from_timestamp_millis), ..notice })
                })
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

    async fn mark_told(&self, id: &str, at: DateTime<Utc>) -> Result<()> {
        let id = id.to_owned();
        let mark = move |db: &Transaction<'_>| {
            let at = at.timestamp_millis();
            match db.execute("UPDATE notices SET told_at = ?2 WHERE id = ?1", params![id, at])? {
                0 => Err(Failure::NotFound),
                _ => Ok(()),
            }
        };
        self.store.write(Durability::Now, mark).await
    }

    async fn close(&self, connector: &ConnectorId, kinds: &[NoticeKind]) -> Result<()> {
        let (connector, kinds) = (connector.clone(), kinds.to_vec());
        let close = move |db: &Transaction<'_>| {
            for kind in kinds {
                let prefix = Notice::prefix(&connector, kind);
                db.prepare_cached("DELETE FROM notices WHERE connector = ?1 AND substr(id, 1, length(?2)) = ?2")?
                    .execute(params![connector.0, prefix])?;
            }
            Ok(())
        };
        self.store.write(Durability::Soon, close).await
    }

    async fn record_delivery(&self, delivery: &Delivery) -> Result<()> {
        let body = serde_json::to_string(delivery).map_err(Failure::unreadable("delivery"))?;
        let record = move |db: &Transaction<'_>| {
            db.execute("INSERT OR REPLACE INTO mail_delivery (only_row, body) VALUES (1, ?1)", [body])?;
            Ok(())
        };
        self.store.write(Durability::Soon, record).await
    }

    async fn delivery(&self) -> Result<Option<Delivery>> {
        let read = |db: &Transaction<'_>| {
            let body: Option<String> =
                db.query_row("SELECT body FROM mail_delivery", [], |row| row.get(0)).optional()?;
            body.map(|body| serde_json::from_str(&body).map_err(Failure::unreadable("delivery"))).transpose()
        };
        self.store.read(read).await
    }
}
