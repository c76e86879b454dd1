//! The ports of the handlers: small, object-safe traits that promise outcomes, not mechanics.
//!
//! A handler takes only the ports it uses; that list is its IAM policy. Every adapter obeys the laws in
//! `tests/contract`.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::error::StoreError;
use crate::segment::Segment;
use crate::words::{
    ArchiveKey, Connector, ConnectorId, Credential, Dataset, Days, Delivery, Directory, Event, Links, Mail, Notice,
    NoticeKind, PollJob, RateLimit, Revision, SegmentHead,
};

pub type Result<T> = std::result::Result<T, StoreError>;

/// Stores connectors.
#[async_trait]
pub trait ConnectorStore: Send + Sync {
    /// Returns `Conflict` if the ID is taken or the account is connected already.
    async fn create(&self, connector: &Connector) -> Result<()>;

    async fn get(&self, id: &ConnectorId) -> Result<Connector>;

    /// Pages ordered by ID. `after` is the last ID of the previous page. Only the page after the last one is empty.
    async fn list(&self, after: Option<&ConnectorId>) -> Result<Vec<Connector>>;

    /// Writes if the stored version is still `connector.version`, and increments it. Otherwise, and if the connector
    /// was removed, returns `Conflict`.
    async fn update(&self, connector: &Connector) -> Result<Connector>;

    /// Idempotent.
    async fn remove(&self, id: &ConnectorId) -> Result<()>;
}

/// A change of a segment.
#[derive(Clone, Debug)]
pub struct SegmentWrite {
    /// The store sets `revision`; it stores the rest unchanged.
    pub head: SegmentHead,
    /// New rows. `None` keeps the stored rows, checksums, sources and totals, and writes only the state.
    pub content: Option<Segment>,
    /// Writes the rows even if equal rows are stored. This repairs a damaged copy.
    pub repairs: bool,
    /// The revision that the writer read before it derived these rows; 0 if nothing was stored. If the stored
    /// revision differs, nothing is written, however late the fetch was.
    pub seen: Option<u32>,
}

/// The outcome of `replace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The rows changed; this is their new revision.
    Revised(u32),
    /// The same rows were stored already, or only the state was written.
    Unchanged,
    /// A later fetch, or a revision that the writer has not seen, is stored already. Nothing was written.
    Stale,
}

/// The outcome of `replace`, and the head that is stored afterward.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub replaced: Replaced,
    pub head: SegmentHead,
}

/// A segment and its head.
#[derive(Clone, Debug)]
pub struct StoredSegment {
    pub head: SegmentHead,
    pub segment: Segment,
}

/// Stores segments and their ledger.
#[async_trait]
pub trait SegmentStore: Send + Sync {
    /// Replaces one (dataset, day) as a whole. Readers see the old rows or the new rows, never a mixture, even if the
    /// writer dies halfway. Increments the revision if the rows change (order and encoding do not matter), and logs
    /// the totals that differ. Idempotent. A write with an earlier fetch than the stored one changes nothing, and
    /// neither does a write that has seen another revision. Returns `NotFound` and writes nothing if the connector
    /// does not exist: it was removed during the poll.
    async fn replace(&self, id: &ConnectorId, write: SegmentWrite) -> Result<Written>;

    /// The segments of `days`, ordered by day. Days without rows are omitted: a measured zero differs from no data.
    fn range<'a>(&'a self, id: &'a ConnectorId, dataset: Dataset, days: Days) -> BoxStream<'a, Result<StoredSegment>>;

    /// The heads of one dataset in `days`, ordered by day, including days without rows. The cost does not depend on
    /// the number of rows.
    async fn heads(&self, id: &ConnectorId, dataset: Dataset, days: Days) -> Result<Vec<SegmentHead>>;

    /// All heads, ordered by day and, within a day, by [`Dataset::ALL`].
    async fn ledger(&self, id: &ConnectorId) -> Result<Vec<SegmentHead>>;

    /// The revision log, newest first.
    async fn revisions(&self, id: &ConnectorId) -> Result<Vec<Revision>>;

    /// Removes segments, ledger and revision log. Idempotent.
    async fn remove(&self, id: &ConnectorId) -> Result<()>;
}

/// Stores the people of each connector, and an operator's links between them.
#[async_trait]
pub trait Identities: Send + Sync {
    /// The directory as last written; `NotFound` before the first write.
    async fn directory(&self, id: &ConnectorId) -> Result<Directory>;

    /// The directory without its people and machines, which is cheaper.
    async fn directory_head(&self, id: &ConnectorId) -> Result<Directory> {
        let (people, machines) = Default::default();
        Ok(Directory { people, machines, ..self.directory(id).await? })
    }

    /// Replaces the directory if the stored version is still `directory.version`, and increments it. Otherwise
    /// returns `Conflict`. Returns `NotFound` and writes nothing if the connector does not exist. The cost grows with
    /// the changes, not with the number of people.
    async fn put_directory(&self, id: &ConnectorId, directory: &Directory) -> Result<()>;

    /// Removes the connector's directory. Idempotent.
    async fn remove_directory(&self, id: &ConnectorId) -> Result<()>;

    /// The links as last written; empty before the first write.
    async fn links(&self) -> Result<Links>;

    /// Replaces the links if the stored version is still `links.version`, and increments it. Otherwise returns
    /// `Conflict`.
    async fn put_links(&self, links: &Links) -> Result<()>;
}

/// Stores credentials. Errors never contain a value.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Replaces the credential atomically, and keeps the old one as the previous credential.
    async fn put(&self, id: &ConnectorId, credential: &Credential) -> Result<()>;

    async fn get(&self, id: &ConnectorId) -> Result<Credential>;

    /// The credential that the last `put` replaced; `NotFound` if it replaced none, or if the previous one was
    /// forgotten.
    async fn previous(&self, id: &ConnectorId) -> Result<Credential>;

    /// `previous` returns `NotFound` afterward. Idempotent.
    async fn forget_previous(&self, id: &ConnectorId) -> Result<()>;

    /// `get` and `previous` return `NotFound` afterward. Idempotent.
    async fn remove(&self, id: &ConnectorId) -> Result<()>;
}

/// Stores the raw bytes of every report, compressed.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Starts an object. Until it is committed it is invisible, and an existing object stays.
    async fn create(&self, key: &ArchiveKey) -> Result<Box<dyn ArchiveUpload>>;

    async fn open<'a>(&'a self, key: &ArchiveKey) -> Result<BoxStream<'a, Result<Bytes>>>;

    /// All keys under `prefix` with the time of their commit, ordered by key.
    async fn list(&self, prefix: &str) -> Result<Vec<(ArchiveKey, chrono::DateTime<chrono::Utc>)>>;

    /// Removes all objects under `prefix`. Without a trailing slash, longer names match too. Idempotent.
    async fn remove(&self, prefix: &str) -> Result<()>;
}

/// An object being written. Dropped without `commit`, it leaves no trace.
#[async_trait]
pub trait ArchiveUpload: Send {
    async fn write(&mut self, bytes: Bytes) -> Result<()>;

    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Sends poll jobs.
#[async_trait]
pub trait PollQueue: Send + Sync {
    /// Every job arrives at least once. A key that was sent before and is still remembered is not sent again.
    async fn send(&self, jobs: &[PollJob]) -> Result<()>;
}

/// Stores notices for people, and which of them are dismissed.
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// Returns true if the notice was neither open nor dismissed. A stored notice stays unchanged. A connector has
    /// one notice per kind, so another notice of the same kind, open or dismissed, is replaced.
    async fn open(&self, notice: &Notice) -> Result<bool>;

    /// Open notices, oldest first.
    async fn list(&self) -> Result<Vec<Notice>>;

    /// Hides the notice and keeps it from opening again until it is closed. Returns `NotFound` if it was never
    /// opened. Idempotent.
    async fn dismiss(&self, id: &str) -> Result<()>;

    /// Records that a person was sent the notice; `NotFound` if it was closed meanwhile.
    async fn mark_told(&self, id: &str, at: chrono::DateTime<chrono::Utc>) -> Result<()>;

    /// Removes the connector's notices of these kinds, because their cause is resolved. They may be opened anew.
    async fn close(&self, connector: &ConnectorId, kinds: &[NoticeKind]) -> Result<()>;

    /// Replaces the recorded delivery state of mails.
    async fn record_delivery(&self, delivery: &Delivery) -> Result<()>;

    /// The last recorded delivery state; `None` before the first record.
    async fn delivery(&self) -> Result<Option<Delivery>>;
}

/// A rate limiter shared by all workers whose requests count against the same limit.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Reserves the next free moment if it is within `patience`, and returns the time until then. No period of the
    /// limit's length ever holds more reservations than the limit allows.
    async fn reserve(&self, limit: &RateLimit, patience: std::time::Duration) -> Result<std::time::Duration>;

    /// The provider refused a request because of the limit. Blocks all requests for `named`. If the provider named no
    /// wait, blocks them for one period; afterward the limit allows fewer requests and recovers slowly. Cancels the
    /// reservations within the block. Returns the block's length.
    async fn refused(&self, limit: &RateLimit, named: Option<std::time::Duration>) -> Result<std::time::Duration>;

    /// How long the limit is blocked; zero if it is not.
    async fn blocked_for(&self, limit: &RateLimit) -> Result<std::time::Duration>;
}

/// Publishes domain events to external subscribers.
#[async_trait]
pub trait Events: Send + Sync {
    /// Every event arrives at least once at each subscriber.
    async fn publish(&self, events: &[Event]) -> Result<()>;
}

/// Sends messages to people.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// One call sends one message to every recipient. After an error, the message may not have been sent.
    async fn send(&self, mail: &Mail) -> Result<()>;

    /// Whether messages reach people. Sends nothing.
    async fn delivery(&self, now: chrono::DateTime<chrono::Utc>) -> Result<Delivery>;
}
