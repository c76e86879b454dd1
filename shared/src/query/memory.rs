//! Stores in memory: what the tests of the report handlers read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::DateTime;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use crate::clock::FixedClock;
use crate::error::StoreError;
use crate::identities::catch_up;
use crate::ports::{ConnectorStore, Identities, Replaced, Result, SegmentStore, SegmentWrite, StoredSegment, Written};
use crate::segment::{Row, Table};
use crate::words::*;

/// Connectors and segments; only links are written through the ports.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    connectors: BTreeMap<ConnectorId, Connector>,
    segments: BTreeMap<(ConnectorId, Dataset, Day), StoredSegment>,
    links: Arc<Mutex<Links>>,
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Saturday, 21 November 2026, 07:00 UTC.
pub(crate) fn clock() -> Arc<FixedClock> {
    let now = DateTime::parse_from_rfc3339("2026-11-21T07:00:00Z").unwrap();
    Arc::new(FixedClock::at(now.to_utc()))
}

impl Memory {
    pub(crate) fn connector(mut self, id: &str, provider: &str) -> Self {
        let json = serde_json::json!({"id": id, "name": id, "provider": provider, "state": "active",
            "account": {"kind": "organization", "slug": "octo"}, "token": {"kind": "token"}, "notify": true,
            "freshness": {}, "created_at": "2026-11-01T00:00:00Z", "version": 1});
        let connector: Connector = serde_json::from_value(json).unwrap();
        self.connectors.insert(connector.id.clone(), connector);
        self
    }

    pub(crate) fn rows<R: Row>(self, id: &str, on: &str, rows: &[R]) -> Self {
        self.state(id, on, rows, SegmentState::Final)
    }

    pub(crate) fn state<R: Row>(mut self, id: &str, on: &str, rows: &[R], state: SegmentState) -> Self {
        let mut table = Table::of::<R>();
        rows.iter().for_each(|row| table.push(row).unwrap());
        let segment = table.finish().unwrap();
        let head = SegmentHead {
            dataset: R::DATASET,
            day: day(on),
            state,
            revision: u32::from(segment.rows > 0),
            rows: segment.rows,
            sources: Vec::new(),
            checksum: None,
            rows_checksum: None,
            fetched_at: DateTime::UNIX_EPOCH,
            totals: segment.totals.clone(),
            account: segment.account.clone(),
            correlation_id: String::new(),
        };
        let key = (ConnectorId(id.to_owned()), R::DATASET, day(on));
        self.segments.insert(key, StoredSegment { head, segment });
        self
    }

    /// A segment without rows is a measured zero.
    pub(crate) fn even_empty(mut self) -> Self {
        self.segments.values_mut().for_each(|stored| stored.head.revision = 1);
        self
    }

    pub(crate) fn revised(mut self, id: &str, dataset: Dataset, on: &str, revision: u32) -> Self {
        let key = (ConnectorId(id.to_owned()), dataset, day(on));
        self.segments.entry(key).and_modify(|stored| stored.head.revision = revision);
        self
    }

    pub(crate) fn links(mut self, links: Links) -> Self {
        self.links = Arc::new(Mutex::new(links));
        self
    }

    fn of<'a>(&'a self, id: &'a ConnectorId) -> impl Iterator<Item = &'a StoredSegment> + Send {
        let all = self.segments.iter().filter(move |((owner, ..), _)| owner == id);
        all.map(|(_, stored)| stored)
    }
}

#[async_trait]
impl ConnectorStore for Memory {
    async fn create(&self, _: &Connector) -> Result<()> {
        Err(StoreError::Conflict)
    }

    async fn get(&self, id: &ConnectorId) -> Result<Connector> {
        self.connectors.get(id).cloned().ok_or(StoreError::NotFound)
    }

    /// One per page, so that a caller that reads only the first page fails its test.
    async fn list(&self, after: Option<&ConnectorId>) -> Result<Vec<Connector>> {
        let mut all = self.connectors.values();
        let next = all.find(|one| after.is_none_or(|after| one.id > *after));
        Ok(next.cloned().into_iter().collect())
    }

    async fn update(&self, _: &Connector) -> Result<Connector> {
        Err(StoreError::Conflict)
    }

    async fn remove(&self, _: &ConnectorId) -> Result<()> {
        Err(StoreError::Conflict)
    }
}

#[async_trait]
impl SegmentStore for Memory {
    async fn replace(&self, _: &ConnectorId, write: SegmentWrite) -> Result<Written> {
        Ok(Written { replaced: Replaced::Stale, head: write.head })
    }

    fn range<'a>(&'a self, id: &'a ConnectorId, dataset: Dataset, days: Days) -> BoxStream<'a, Result<StoredSegment>> {
        let asked = self.of(id).filter(move |stored| {
            let head = &stored.head;
            head.dataset == dataset && days.contains(head.day) && head.has_content()
        });
        stream::iter(asked.cloned().map(Ok)).boxed()
    }

    async fn heads(&self, id: &ConnectorId, dataset: Dataset, days: Days) -> Result<Vec<SegmentHead>> {
        let heads = self.of(id).map(|stored| &stored.head);
        Ok(heads.filter(|head| head.dataset == dataset && days.contains(head.day)).cloned().collect())
    }

    async fn ledger(&self, id: &ConnectorId) -> Result<Vec<SegmentHead>> {
        Ok(self.of(id).map(|stored| stored.head.clone()).collect())
    }

    async fn revisions(&self, _: &ConnectorId) -> Result<Vec<Revision>> {
        Ok(Vec::new())
    }

    async fn remove(&self, _: &ConnectorId) -> Result<()> {
        Err(StoreError::Conflict)
    }
}

#[async_trait]
impl Identities for Memory {
    async fn directory(&self, id: &ConnectorId) -> Result<Directory> {
        let mut directory = Directory { version: 1, ..Directory::default() };
        let heads: Vec<SegmentHead> = self.of(id).map(|stored| stored.head.clone()).collect();
        catch_up(&mut directory, self, id, &heads, TeamSync::Daily).await?;
        Ok(directory)
    }

    async fn put_directory(&self, _: &ConnectorId, _: &Directory) -> Result<()> {
        Err(StoreError::Conflict)
    }

    async fn remove_directory(&self, _: &ConnectorId) -> Result<()> {
        Err(StoreError::Conflict)
    }

    async fn links(&self) -> Result<Links> {
        Ok(self.links.lock().unwrap().clone())
    }

    async fn put_links(&self, links: &Links) -> Result<()> {
        let mut stored = self.links.lock().unwrap();
        if stored.version != links.version {
            return Err(StoreError::Conflict);
        }
        *stored = Links { version: links.version + 1, ..links.clone() };
        Ok(())
    }
}
