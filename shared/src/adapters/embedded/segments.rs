//! Segments: heads and bodies in two tables, replaced in one transaction.

use std::hash::Hasher;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Failure;
use super::store::{Durability, Store};
use crate::adapters::succession::next_head;
use crate::ports::{Replaced, Result, SegmentStore, SegmentWrite, StoredSegment, Written};
use crate::segment::Segment;
use crate::words::{ConnectorId, Dataset, Day, Days, Revision, SegmentHead};

/// Bytes per page of a range. Two pages are in memory at once, each with at most one additional segment.
const PAGE_BYTES: usize = 2 << 20;

/// Stores segments and their ledger.
#[derive(Clone)]
pub struct Segments {
    store: Store,
}

impl Segments {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl SegmentStore for Segments {
    async fn replace(&self, id: &ConnectorId, write: SegmentWrite) -> Result<Written> {
        let id = id.clone();
        let replace = move |db: &Transaction<'_>| {
            if !db.prepare_cached("SELECT 1 FROM connectors WHERE id = ?1")?.exists([&id.0])? {
                return Err(Failure::NotFound);
            }
            let stored = head(db, &id, write.head.dataset, write.head.day)?;
            let next = next_head(stored.as_ref(), &write);
            if next.replaced == Replaced::Stale {
                return Ok(Written { replaced: next.replaced, head: next.head });
            }
            put_head(db, &id, &next.head)?;
            if let Some(segment) = write.content.as_ref().filter(|_| next.stores_rows) {
                put_body(db, &id, &next.head, &segment.bytes)?;
            }
            if let Some(revision) = &next.revision {
                log(db, &id, revision)?;
            }
            Ok(Written { replaced: next.replaced, head: next.head })
        };
        self.store.write(Durability::Soon, replace).await
    }

    fn range<'a>(&'a self, id: &'a ConnectorId, dataset: Dataset, days: Days) -> BoxStream<'a, Result<StoredSegment>> {
        let page_from = move |from: Day| {
            let (store, id) = (self.store.clone(), id.clone());
            let rest = Days::new(from, days.until());
            async move { store.read(move |db| page(db, &id, dataset, rest)).await }
        };
        let segments = async_stream::try_stream! {
            let mut next = Some(tokio::spawn(page_from(days.from())));
            while let Some(reading) = next.take() {
                let page = reading.await.map_err(|_| Failure::Stopped)??;
                // Reads the next page while the caller processes this one.
                next = page.rest.map(|from| tokio::spawn(page_from(from)));
                for segment in page.segments {
                    yield segment;
                }
            }
        };
        segments.boxed()
    }

    async fn heads(&self, id: &ConnectorId, dataset: Dataset, days: Days) -> Result<Vec<SegmentHead>> {
        let id = id.clone();
        let heads = move |db: &Transaction<'_>| {
            db.prepare_cached(
                "SELECT body FROM heads WHERE connector = ?1 AND dataset = ?2 AND day >= ?3 AND day < ?4 ORDER BY day",
            )?
            .query_map(params![id.0, dataset.as_str(), days.from().to_string(), days.until().to_string()], |row| {
                row.get::<_, String>(0)
            })?
            .map(|body| from_body(&body?))
            .collect()
        };
        self.store.read(heads).await
    }

    async fn ledger(&self, id: &ConnectorId) -> Result<Vec<SegmentHead>> {
        let id = id.clone();
        let ledger = move |db: &Transaction<'_>| {
            let mut heads = db
                .prepare_cached("SELECT body FROM heads WHERE connector = ?1")?
                .query_map([&id.0], |row| row.get::<_, String>(0))?
                .map(|body| from_body(&body?))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            heads.sort_unstable_by_key(|head| (head.day, head.dataset));
            Ok(heads)
        };
        self.store.read(ledger).await
    }

    async fn revisions(&self, id: &ConnectorId) -> Result<Vec<Revision>> {
        let id = id.clone();
        let revisions = move |db: &Transaction<'_>| {
            db.prepare_cached("SELECT body FROM revisions WHERE connector = ?1 ORDER BY id DESC")?
                .query_map([&id.0], |row| row.get::<_, String>(0))?
                .map(|body| serde_json::from_str(&body?).map_err(Failure::unreadable("revision")))
                .collect()
        };
        self.store.read(revisions).await
    }

    async fn remove(&self, id: &ConnectorId) -> Result<()> {
        let id = id.clone();
        let remove = move |db: &Transaction<'_>| {
            for table in ["heads", "bodies", "revisions"] {
                db.execute(&format!("DELETE FROM {table} WHERE connector = ?1"), [&id.0])?;
            }
            Ok(())
        };
        self.store.write(Durability::Now, remove).await
    }
}

fn head(
    db: &Transaction<'_>,
    id: &ConnectorId,
    dataset: Dataset,
    day: Day,
) -> std::result::Result<Option<SegmentHead>, Failure> {
    let body: Option<String> = db
        .prepare_cached("SELECT body FROM heads WHERE connector = ?1 AND dataset = ?2 AND day = ?3")?
        .query_row(params![id.0, dataset.as_str(), day.to_string()], |row| row.get(0))
        .optional()?;
    body.map(|body| from_body(&body)).transpose()
}

fn put_head(db: &Transaction<'_>, id: &ConnectorId, head: &SegmentHead) -> std::result::Result<(), Failure> {
    let body = serde_json::to_string(head).map_err(Failure::unreadable("ledger line"))?;
    db.prepare_cached(
        "INSERT INTO heads (connector, dataset, day, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET body = excluded.body",
    )?
    .execute(params![id.0, head.dataset.as_str(), head.day.to_string(), body])?;
    Ok(())
}

fn put_body(
    db: &Transaction<'_>,
    id: &ConnectorId,
    head: &SegmentHead,
    bytes: &[u8],
) -> std::result::Result<(), Failure> {
    db.prepare_cached(
        "INSERT INTO bodies (connector, dataset, day, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
    )?
    .execute(params![id.0, head.dataset.as_str(), head.day.to_string(), bytes])?;
    Ok(())
}

fn log(db: &Transaction<'_>, id: &ConnectorId, revision: &Revision) -> std::result::Result<(), Failure> {
    let body = serde_json::to_string(revision).map_err(Failure::unreadable("revision"))?;
    db.prepare_cached("INSERT INTO revisions (connector, body) VALUES (?1, ?2)")?.execute(params![id.0, body])?;
    Ok(())
}

fn from_body(body: &str) -> std::result::Result<SegmentHead, Failure> {
    serde_json::from_str(body).map_err(Failure::unreadable("ledger line"))
}

/// A part of a range.
struct SegmentPage {
    segments: Vec<StoredSegment>,
    /// The day to continue from; `None` after the last page.
    rest: Option<Day>,
}

fn page(
    db: &Transaction<'_>,
    id: &ConnectorId,
    dataset: Dataset,
    days: Days,
) -> std::result::Result<SegmentPage, Failure> {
    // One statement reads head and body, so both have the same revision.
    let mut statement = db.prepare_cached(
        "SELECT heads.body, bodies.bytes FROM heads JOIN bodies USING (connector, dataset, day)
         WHERE connector = ?1 AND dataset = ?2 AND day >= ?3 AND day < ?4 ORDER BY day",
    )?;
    let mut rows =
        statement.query(params![id.0, dataset.as_str(), days.from().to_string(), days.until().to_string()])?;
    let mut segments: Vec<StoredSegment> = Vec::new();
    let mut size_bytes = 0;
    while let Some(row) = rows.next()? {
        let head = from_body(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        if size_bytes >= PAGE_BYTES {
            let rest = Some(head.day);
            return Ok(SegmentPage { segments, rest });
        }
        size_bytes += bytes.len();
        segments.push(stored(head, Bytes::copy_from_slice(bytes))?);
    }
    let rest = None;
    Ok(SegmentPage { segments, rest })
}

/// Checks our checksum, because SQLite does not checksum its pages.
fn stored(head: SegmentHead, bytes: Bytes) -> std::result::Result<StoredSegment, Failure> {
    let mut hasher = twox_hash::XxHash3_64::new();
    hasher.write(&bytes);
    let checksum = hasher.finish();
    if head.checksum != Some(checksum) {
        return Err(Failure::Refused(format!(
            "the stored {} of {} is damaged; poll that day again, or run `pairmeter rebuild`",
            head.dataset, head.day
        )));
    }
    let (rows, rows_checksum) = (head.rows, head.rows_checksum);
    let (totals, account) = (head.totals.clone(), head.account.clone());
    let segment = Segment { bytes, rows, checksum, rows_checksum, totals, account };
    Ok(StoredSegment { head, segment })
}
