//! Segments: heads in their connector's partition, rows in parts that each have a partition of their own.
//!
//! A write first writes the parts under a unique name, then switches the head to them if the head has not changed
//! since it was read. The head is also the journal of orphaned parts: those of a write in progress, and those that a
//! switch has replaced. The next writer sets an expiry on old orphaned parts, and DynamoDB's time to live removes
//! them free of charge; a reader that still uses them has a day. So rows are written once, and a writer that dies at
//! any point leaves the old rows in place and no parts behind.

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Duration, Utc};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::connectors::Connectors;
use super::error::Failure;
use super::table::{EXPIRES_AT, Item, MAX_READS, PK, SK, Sort, Table, key, number, random_name, read, text};
use crate::adapters::succession::next_head;
use crate::clock::Clock;
use crate::ports::{self, Replaced, SegmentStore, SegmentWrite, StoredSegment, Written};
use crate::segment::Segment;
use crate::words::{ConnectorId, Dataset, Day, Days, Revision, SegmentHead};

/// An item may have 400 KB, keys and names included.
const PART_BYTES: usize = 390_000;
/// Maximum bytes per batch of a range: more than one part and less than the 16 MB of a request.
const BATCH_BYTES: usize = 4 << 20;
/// Concurrent batches of a range.
const AT_ONCE: usize = 4;
/// No write takes this long: a Lambda invocation ends after 15 minutes.
const ABANDONED_AFTER: Duration = Duration::hours(1);
/// How long replaced rows stay for readers that still use them.
const KEPT_FOR: Duration = Duration::days(1);

/// Stores segments and their ledger.
#[derive(Clone)]
pub struct Segments {
    table: Table,
    connectors: Connectors,
    clock: Arc<dyn Clock>,
}

/// The parts that one write has written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Rows {
    /// Unique ID of the write.
    write: String,
    parts: usize,
    size_bytes: usize,
}

/// Parts that no head points to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OrphanedParts {
    rows: Rows,
    since: DateTime<Utc>,
    /// True after a switch has replaced the parts. Otherwise their writer may still be running.
    replaced: bool,
}

/// A head item.
#[derive(Clone, Debug, Default)]
struct Stored {
    /// 0 if the item does not exist yet.
    version: u64,
    /// `None` during the first write.
    head: Option<SegmentHead>,
    rows: Option<Rows>,
    orphaned: Vec<OrphanedParts>,
}

impl Segments {
    pub(super) fn new(table: Table, connectors: Connectors, clock: Arc<dyn Clock>) -> Self {
        Self { table, connectors, clock }
    }

    async fn stored(&self, id: &ConnectorId, sort: &str) -> Result<Stored, Failure> {
        let item = self.table.get(&id.0, sort).await?;
        item.map_or_else(|| Ok(Stored::default()), |item| Stored::from_item(&item))
    }

    /// Replaces the head `read` with `next`. Returns `Conflict` if the head has changed, `NotFound` if the connector
    /// is gone.
    async fn switch(
        &self,
        id: &ConnectorId,
        sort: &str,
        read: &Stored,
        next: Stored,
        revision: Option<&Revision>,
    ) -> Result<Stored, Failure> {
        let HeadWrite { next, item, condition, values } = HeadWrite::after(read, next, id, sort)?;
        let mut writes = vec![self.table.put_in_transaction(item, condition, values)?];
        writes.push(self.connectors.exists_in_transaction(id)?);
        if let Some(revision) = revision {
            let log = revision_item(id, revision, next.version)?;
            writes.push(self.table.put_in_transaction(log, "attribute_not_exists(pk)", Item::new())?);
        }
        match self.table.transact(writes).await {
            // The condition that failed decides whether a retry makes sense.
            Err(Failure::Conflict) => self.connectors.read(id).await.and(Err(Failure::Conflict)),
            switched => switched.map(|()| next),
        }
    }

    /// Writes only the journal of orphaned parts, which readers ignore. Returns `Conflict` if the head has changed.
    async fn write_journal(&self, id: &ConnectorId, sort: &str, read: &Stored, next: Stored) -> Result<(), Failure> {
        let HeadWrite { item, condition, values, .. } = HeadWrite::after(read, next, id, sort)?;
        self.table.put_if(item, condition, values).await
    }

    /// The connector was removed while its rows were written: expires the parts and removes the announcement.
    async fn abandon(&self, id: &ConnectorId, sort: &str, own: &Rows) -> Result<(), Failure> {
        for part in 0..own.parts {
            self.expire(part_key(id, own, part), self.clock.now() + KEPT_FOR).await?;
        }
        let stored = self.stored(id, sort).await?;
        if stored.head.is_none() && stored.version > 0 {
            self.table.delete_all(vec![key(&id.0, sort)]).await?;
        }
        Ok(())
    }

    /// Announces the parts in the head, then writes them. Returns `None` if the head has changed since it was read.
    async fn write_rows(
        &self,
        id: &ConnectorId,
        sort: &str,
        stored: &Stored,
        segment: &Segment,
    ) -> Result<Option<Rows>, Failure> {
        let parts = segment.bytes.len().div_ceil(PART_BYTES);
        let rows = Rows { write: random_name()?, parts, size_bytes: segment.bytes.len() };
        let mut announced = stored.clone();
        announced.orphaned.push(OrphanedParts { rows: rows.clone(), since: self.clock.now(), replaced: false });
        match self.write_journal(id, sort, stored, announced).await {
            Err(Failure::Conflict) => return Ok(None),
            announced => announced?,
        }
        let part = |(number, start): (usize, usize)| {
            let end = segment.bytes.len().min(start + PART_BYTES);
            let mut item = part_key(id, &rows, number);
            item.insert("bytes".to_owned(), AttributeValue::B(Blob::new(&segment.bytes[start..end])));
            item
        };
        let parts = (0..segment.bytes.len()).step_by(PART_BYTES).enumerate().map(part);
        self.table.put_all(parts.collect()).await?;
        Ok(Some(rows))
    }

    /// Sets an expiry on orphaned parts and removes them from the journal. The next write repeats what fails here.
    async fn sweep(&self, id: &ConnectorId, sort: &str, stored: &Stored) -> Result<(), Failure> {
        let now = self.clock.now();
        let is_over = |parts: &OrphanedParts| parts.replaced || now - parts.since > ABANDONED_AFTER;
        let (over, left): (Vec<_>, Vec<_>) = stored.orphaned.iter().cloned().partition(is_over);
        if over.is_empty() {
            return Ok(());
        }
        let parts = over.iter().flat_map(|parts| (0..parts.rows.parts).map(|part| part_key(id, &parts.rows, part)));
        for part in parts {
            self.expire(part, now + KEPT_FOR).await?;
        }
        match self.write_journal(id, sort, stored, Stored { orphaned: left, ..stored.clone() }).await {
            Err(Failure::Conflict) => Ok(()),
            swept => swept,
        }
    }

    async fn expire(&self, part: Item, at: DateTime<Utc>) -> Result<(), Failure> {
        let end = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name())
            .set_key(Some(part))
            .update_expression(format!("SET {EXPIRES_AT} = :at"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":at", number(at.timestamp()));
        match end.send().await {
            // The part was never written.
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            ended => ended.map(|_| ()).map_err(Failure::service("dynamodb:UpdateItem")),
        }
    }

    /// The head items of one dataset in `days`, ordered by day.
    async fn between(&self, id: &ConnectorId, dataset: Dataset, days: Days) -> Result<Vec<Stored>, Failure> {
        if days.is_empty() {
            return Ok(Vec::new());
        }
        let between = Sort::Between(head_sort(dataset, days.from()), head_sort(dataset, days.last()));
        let items = self.table.all(&id.0, between, false);
        items.map(|item| Stored::from_item(&item?)).try_collect().await
    }

    /// The segments of the given heads, in their order.
    async fn load(&self, id: &ConnectorId, batch: Vec<(SegmentHead, Rows)>) -> Result<Vec<StoredSegment>, Failure> {
        let parts = batch.iter().flat_map(|(_, rows)| (0..rows.parts).map(move |part| part_key(id, rows, part)));
        let keys: Vec<Item> = parts.collect();
        let mut found = by_key(self.get_parts(&keys, false).await?);
        // An eventually consistent read may miss a new part; missing parts are read again consistently.
        let missing = keys.into_iter().filter(|key| !found.contains_key(&name(key)));
        let missing: Vec<Item> = missing.collect();
        if !missing.is_empty() {
            found.extend(by_key(self.get_parts(&missing, true).await?));
        }
        batch.into_iter().map(|(head, rows)| assemble(id, head, &rows, &found)).collect()
    }

    async fn get_parts(&self, keys: &[Item], consistent: bool) -> Result<Vec<Item>, Failure> {
        let mut items = Vec::with_capacity(keys.len());
        for keys in keys.chunks(MAX_READS) {
            items.extend(self.table.get_all(keys.to_vec(), consistent).await?);
        }
        Ok(items)
    }
}

#[async_trait]
impl SegmentStore for Segments {
    async fn replace(&self, id: &ConnectorId, write: SegmentWrite) -> ports::Result<Written> {
        let sort = head_sort(write.head.dataset, write.head.day);
        let mut own: Option<Rows> = None;
        loop {
            let stored = self.stored(id, &sort).await?;
            let next = next_head(stored.head.as_ref(), &write);
            if next.replaced == Replaced::Stale {
                return Ok(Written { replaced: next.replaced, head: next.head });
            }
            if let (true, None, Some(segment)) = (next.stores_rows, &own, &write.content) {
                own = self.write_rows(id, &sort, &stored, segment).await?;
                continue;
            }
            let mut switched = Stored { head: Some(next.head.clone()), ..stored.clone() };
            if let (true, Some(own)) = (next.stores_rows, &own) {
                switched.orphaned.retain(|parts| parts.rows != *own);
                if let Some(old) = switched.rows.replace(own.clone()) {
                    switched.orphaned.push(OrphanedParts { rows: old, since: self.clock.now(), replaced: true });
                }
            }
            match self.switch(id, &sort, &stored, switched, next.revision.as_ref()).await {
                Err(Failure::Conflict) => {}
                Err(Failure::NotFound) => {
                    if let Some(own) = &own {
                        self.abandon(id, &sort, own).await?;
                    }
                    return Err(Failure::NotFound.into());
                }
                switched => {
                    self.sweep(id, &sort, &switched?).await?;
                    return Ok(Written { replaced: next.replaced, head: next.head });
                }
            }
        }
    }

    fn range<'a>(
        &'a self,
        id: &'a ConnectorId,
        dataset: Dataset,
        days: Days,
    ) -> BoxStream<'a, ports::Result<StoredSegment>> {
        let segments = async_stream::try_stream! {
            let mut batches = Vec::new();
            let mut batch = Batch::default();
            for stored in self.between(id, dataset, days).await? {
                if let (Some(head), Some(rows)) = (stored.head, stored.rows) {
                    batches.extend(batch.push(head, rows));
                }
            }
            batches.push(batch.segments);
            let mut loaded = stream::iter(batches).map(|batch| self.load(id, batch)).buffered(AT_ONCE);
            while let Some(segments) = loaded.try_next().await? {
                for segment in segments {
                    yield segment;
                }
            }
        };
        segments.boxed()
    }

    async fn heads(&self, id: &ConnectorId, dataset: Dataset, days: Days) -> ports::Result<Vec<SegmentHead>> {
        let stored = self.between(id, dataset, days).await?;
        Ok(stored.into_iter().filter_map(|stored| stored.head).collect())
    }

    async fn ledger(&self, id: &ConnectorId) -> ports::Result<Vec<SegmentHead>> {
        let mut items = self.table.all(&id.0, Sort::Prefix(HEAD), false);
        let mut heads = Vec::new();
        while let Some(item) = items.try_next().await? {
            heads.extend(Stored::from_item(&item)?.head);
        }
        heads.sort_unstable_by_key(|head| (head.day, head.dataset));
        Ok(heads)
    }

    async fn revisions(&self, id: &ConnectorId) -> ports::Result<Vec<Revision>> {
        let mut items = self.table.all(&id.0, Sort::Prefix(REVISION), true);
        let mut revisions = Vec::new();
        while let Some(item) = items.try_next().await? {
            let body = read(&item, "body").unwrap_or_default();
            revisions.push(serde_json::from_str(body).map_err(Failure::unreadable("revision"))?);
        }
        Ok(revisions)
    }

    async fn remove(&self, id: &ConnectorId) -> ports::Result<()> {
        let mut items = self.table.all(&id.0, Sort::After(" "), false);
        while let Some(item) = items.try_next().await? {
            let sort = read(&item, SK).unwrap_or_default().to_owned();
            let mut keys = Vec::new();
            if sort.starts_with(HEAD) {
                let stored = Stored::from_item(&item)?;
                let rows = stored.rows.iter().chain(stored.orphaned.iter().map(|parts| &parts.rows));
                keys.extend(rows.flat_map(|rows| (0..rows.parts).map(|part| part_key(id, rows, part))));
            }
            // Heads are removed last, so that a removal that was interrupted finds the parts again.
            self.table.delete_all(keys).await?;
            self.table.delete_all(vec![key(&id.0, &sort)]).await?;
        }
        Ok(())
    }
}

const HEAD: &str = "head#";
const REVISION: &str = "revision#";

fn head_sort(dataset: Dataset, day: Day) -> String {
    format!("{HEAD}{dataset}#{day}")
}

fn part_key(id: &ConnectorId, rows: &Rows, part: usize) -> Item {
    key(&format!("part#{id}#{}", rows.write), &format!("{part:04}"))
}

/// A conditional write of a head item.
struct HeadWrite {
    next: Stored,
    item: Item,
    condition: &'static str,
    values: Item,
}

impl HeadWrite {
    fn after(read: &Stored, mut next: Stored, id: &ConnectorId, sort: &str) -> Result<Self, Failure> {
        next.version = read.version + 1;
        let (condition, values) = match read.version {
            0 => ("attribute_not_exists(pk)", Item::new()),
            version => ("version = :read_at", Item::from([(":read_at".to_owned(), number(version))])),
        };
        Ok(Self { item: next.to_item(id, sort)?, next, condition, values })
    }
}

impl Stored {
    fn to_item(&self, id: &ConnectorId, sort: &str) -> Result<Item, Failure> {
        let mut item = key(&id.0, sort);
        item.insert("version".to_owned(), number(self.version));
        let mut insert = |name: &str, json: serde_json::Result<String>| {
            item.insert(name.to_owned(), text(&json.map_err(Failure::unreadable("ledger line"))?));
            Ok::<_, Failure>(())
        };
        if let Some(head) = &self.head {
            insert("body", serde_json::to_string(head))?;
        }
        if let Some(rows) = &self.rows {
            insert("rows", serde_json::to_string(rows))?;
        }
        if !self.orphaned.is_empty() {
            insert("debris", serde_json::to_string(&self.orphaned))?;
        }
        Ok(item)
    }

    fn from_item(item: &Item) -> Result<Self, Failure> {
        fn json<T: for<'a> Deserialize<'a>>(item: &Item, name: &str) -> Result<Option<T>, Failure> {
            let read = read(item, name).map(serde_json::from_str);
            read.transpose().map_err(Failure::unreadable("ledger line"))
        }
        Ok(Self {
            version: read(item, "version").and_then(|version| version.parse().ok()).unwrap_or_default(),
            head: json(item, "body")?,
            rows: json(item, "rows")?,
            orphaned: json(item, "debris")?.unwrap_or_default(),
        })
    }
}

/// Revisions sort by time; the version keeps two revisions of the same moment apart.
fn revision_item(id: &ConnectorId, revision: &Revision, version: u64) -> Result<Item, Failure> {
    let at = revision.at.format("%Y-%m-%dT%H:%M:%S%.9fZ");
    let sort = format!("{REVISION}{at}#{}#{}#{version}", revision.day, revision.dataset);
    let body = serde_json::to_string(revision).map_err(Failure::unreadable("revision"))?;
    let mut item = key(&id.0, &sort);
    item.insert("body".to_owned(), text(&body));
    Ok(item)
}

/// Segments that are read in one request.
#[derive(Default)]
struct Batch {
    segments: Vec<(SegmentHead, Rows)>,
    parts: usize,
    size_bytes: usize,
}

impl Batch {
    /// Returns the full batch if these rows do not fit in it.
    fn push(&mut self, head: SegmentHead, rows: Rows) -> Option<Vec<(SegmentHead, Rows)>> {
        let is_full = self.parts + rows.parts > MAX_READS || self.size_bytes + rows.size_bytes > BATCH_BYTES;
        let full = (is_full && !self.segments.is_empty()).then(|| std::mem::take(self).segments);
        self.parts += rows.parts;
        self.size_bytes += rows.size_bytes;
        self.segments.push((head, rows));
        full
    }
}

type PartName = (String, String);

fn name(item: &Item) -> PartName {
    let read = |name| read(item, name).unwrap_or_default().to_owned();
    (read(PK), read(SK))
}

fn by_key(items: Vec<Item>) -> HashMap<PartName, Bytes> {
    let bytes = |mut item: Item| {
        let name = name(&item);
        match item.remove("bytes") {
            Some(AttributeValue::B(blob)) => Some((name, Bytes::from(blob.into_inner()))),
            _ => None,
        }
    };
    items.into_iter().filter_map(bytes).collect()
}

fn assemble(
    id: &ConnectorId,
    head: SegmentHead,
    rows: &Rows,
    parts: &HashMap<PartName, Bytes>,
) -> Result<StoredSegment, Failure> {
    let found = (0..rows.parts).filter_map(|part| parts.get(&name(&part_key(id, rows, part))));
    let bytes = match rows.parts {
        1 => found.into_iter().next().cloned().unwrap_or_default(),
        _ => {
            let mut whole = BytesMut::with_capacity(rows.size_bytes);
            found.for_each(|part| whole.extend_from_slice(part));
            whole.freeze()
        }
    };
    let mut hasher = twox_hash::XxHash3_64::new();
    hasher.write(&bytes);
    let checksum = hasher.finish();
    if head.checksum != Some(checksum) {
        return Err(Failure::Damaged(format!(
            "the stored {} of {} is damaged; fetch that day again: POST /v1/connectors/{id}/poll with from and to",
            head.dataset, head.day
        )));
    }
    let (rows, rows_checksum) = (head.rows, head.rows_checksum);
    let (totals, account) = (head.totals.clone(), head.account.clone());
    let segment = Segment { bytes, rows, checksum, rows_checksum, totals, account };
    Ok(StoredSegment { head, segment })
}
