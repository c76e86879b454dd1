//! What handlers may touch: small, object-safe traits that promise outcomes, not mechanics.
//!
//! A handler takes only the ports it uses; that list is its IAM policy. The laws in `tests/contract` hold for every
//! adapter.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::error::StoreError;
use crate::segment::Segment;
use crate::words::{
    ArchiveKey, Connector, ConnectorId, Credential, Dataset, Days, Delivery, Directory, Event, Lane, Links, Mail,
    Notice, NoticeKind, PollJob, Revision, SegmentHead,
};

pub type Result<T> = std::result::Result<T, StoreError>;

/// Saved connectors.
#[async_trait]
pub trait ConnectorStore: Send + Sync {
    /// Refuses, as `Conflict`, an id that is taken and a second connector for one provider's account.
    async fn create(&self, connector: &Connector) -> Result<()>;

    async fn get(&self, id: &ConnectorId) -> Result<Connector>;

    /// Pages in order of id; `after` is the last id of the page before. A page is empty only behind the last one.
    async fn list(&self, after: Option<&ConnectorId>) -> Result<Vec<Connector>>;

    /// Writes if the stored version is still `connector.version`, and stores the next one; `Conflict` otherwise,
    /// also when it was removed meanwhile.
    async fn update(&self, connector: &Connector) -> Result<Connector>;

    /// Removing twice is fine.
    async fn remove(&self, id: &ConnectorId) -> Result<()>;
}

/// What becomes of a segment.
#[derive(Clone, Debug)]
pub struct SegmentWrite {
    /// `revision` is the store's to set; the rest is stored as it is.
    pub head: SegmentHead,
    /// New rows. `None` keeps the rows, checksums, sources and totals that are stored and writes the state alone.
    pub content: Option<Segment>,
    /// Writes the rows also where equal ones are stored already: that repairs a damaged copy.
    pub repairs: bool,
    /// The revision that the writer read before it derived these rows, 0 where nothing was stored. Where another one is
    /// stored by then, nothing is written, however late the fetch was.
    pub seen: Option<u32>,
}

/// What `replace` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The rows changed; this is their new revision.
    Revised(u32),
    /// The same rows were there already, or only the state was written.
    Unchanged,
    /// A later fetch, or a revision that the writer has not seen, is stored already; nothing was written.
    Stale,
}

/// What `replace` did, and the head that is stored afterwards.
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

/// Segments and their ledger.
#[async_trait]
pub trait SegmentStore: Send + Sync {
    /// Replaces one (dataset, day) as a whole: readers see the old rows or the new ones, never a mixture, also when the
    /// writer dies half way. Bumps the revision when the rows change (their order and encoding do not count), and logs
    /// the totals that differ. Writing the same twice equals once; a write fetched earlier than what is stored changes
    /// nothing, nor does one that has seen another revision. `NotFound`, and nothing is written, where the connector does
    /// not exist: it was removed during the poll.
    async fn replace(&self, id: &ConnectorId, write: SegmentWrite) -> Result<Written>;

    /// What is stored for `days`, in order of day. Days without rows are left out: a measured zero differs from no data.
    fn range<'a>(&'a self, id: &'a ConnectorId, dataset: Dataset, days: Days) -> BoxStream<'a, Result<StoredSegment>>;

    /// The heads of one dataset in `days`, in order of day, also of days without rows. What they cost does not grow with
    /// the rows.
    async fn heads(&self, id: &ConnectorId, dataset: Dataset, days: Days) -> Result<Vec<SegmentHead>>;

    /// All heads, in order of day and, within a day, of [`Dataset::ALL`].
    async fn ledger(&self, id: &ConnectorId) -> Result<Vec<SegmentHead>>;

    /// The revision log, newest first.
    async fn revisions(&self, id: &ConnectorId) -> Result<Vec<Revision>>;

    /// Removes segments, ledger and revision log. Removing twice is fine.
    async fn remove(&self, id: &ConnectorId) -> Result<()>;
}

/// Who the people of each connector are, and what an operator says about them.
#[async_trait]
pub trait Identities: Send + Sync {
    /// As it was written last; `NotFound` before the first write.
    async fn directory(&self, id: &ConnectorId) -> Result<Directory>;

    /// The same without its people and machines, for less.
    async fn directory_head(&self, id: &ConnectorId) -> Result<Directory> {
        let (people, machines) = Default::default();
        Ok(Directory { people, machines, ..self.directory(id).await? })
    }

    /// Replaces it as a whole if the stored version is still `directory.version`, and stores the next one; `Conflict`
    /// otherwise. `NotFound`, and nothing is written, where the connector does not exist. What it costs grows with what
    /// differs, not with the number of people.
    async fn put_directory(&self, id: &ConnectorId, directory: &Directory) -> Result<()>;

    /// Removes the connector's directory. Removing twice is fine.
    async fn remove_directory(&self, id: &ConnectorId) -> Result<()>;

    /// As they were written last; none before the first write.
    async fn links(&self) -> Result<Links>;

    /// Replaces them as a whole if the stored version is still `links.version`, and stores the next one; `Conflict`
    /// otherwise.
    async fn put_links(&self, links: &Links) -> Result<()>;
}

/// Credentials. Errors never contain a value.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Replaces what was there, at once, and keeps it as the previous one.
    async fn put(&self, id: &ConnectorId, credential: &Credential) -> Result<()>;

    async fn get(&self, id: &ConnectorId) -> Result<Credential>;

    /// What the last `put` replaced; `NotFound` where it replaced nothing, or where that was forgotten.
    async fn previous(&self, id: &ConnectorId) -> Result<Credential>;

    /// Afterwards `previous` says `NotFound`. Forgetting twice is fine.
    async fn forget_previous(&self, id: &ConnectorId) -> Result<()>;

    /// Afterwards `get` and `previous` say `NotFound`. Removing twice is fine.
    async fn remove(&self, id: &ConnectorId) -> Result<()>;
}

/// The raw bytes of every report, compressed.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Starts an object; nothing is visible, and what was there stays, until it is committed.
    async fn create(&self, key: &ArchiveKey) -> Result<Box<dyn ArchiveUpload>>;

    async fn open<'a>(&'a self, key: &ArchiveKey) -> Result<BoxStream<'a, Result<Bytes>>>;

    /// Every key under `prefix` with the time of its commit, in order of key.
    async fn list(&self, prefix: &str) -> Result<Vec<(ArchiveKey, chrono::DateTime<chrono::Utc>)>>;

    /// Removes everything under `prefix`, which ends in a slash or else also means its namesakes. Removing twice is fine.
    async fn remove(&self, prefix: &str) -> Result<()>;
}

/// An object being written; dropped without `commit` it leaves no trace.
#[async_trait]
pub trait ArchiveUpload: Send {
    async fn write(&mut self, bytes: Bytes) -> Result<()>;

    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Where jobs wait.
#[async_trait]
pub trait PollQueue: Send + Sync {
    /// Every job arrives at least once. A key that was sent before, and is still remembered, is not sent again.
    async fn send(&self, jobs: &[PollJob]) -> Result<()>;
}

/// What people still have to be told, and what they have dismissed.
#[async_trait]
pub trait NoticeStore: Send + Sync {
    /// True when it was neither open nor dismissed before. What is stored stays as it is; but a connector has one notice of
    /// a kind, so another of the same kind, open or dismissed, gives way.
    async fn open(&self, notice: &Notice) -> Result<bool>;

    /// Open notices, oldest first.
    async fn list(&self) -> Result<Vec<Notice>>;

    /// Hides it, and keeps it from being opened again until it is closed; `NotFound` for one that was never opened.
    /// Dismissing twice is fine.
    async fn dismiss(&self, id: &str) -> Result<()>;

    /// Somebody was told; `NotFound` for one that was closed meanwhile.
    async fn mark_told(&self, id: &str, at: chrono::DateTime<chrono::Utc>) -> Result<()>;

    /// What the connector's notices of these kinds speak of is over: they are gone and may be opened anew.
    async fn close(&self, connector: &ConnectorId, kinds: &[NoticeKind]) -> Result<()>;

    /// Replaces what was known about the delivery of mails.
    async fn record_delivery(&self, delivery: &Delivery) -> Result<()>;

    /// What was recorded last; nothing before the first record.
    async fn delivery(&self) -> Result<Option<Delivery>>;
}

/// Turns that all requests under one limit share, from all workers.
#[async_trait]
pub trait Pace: Send + Sync {
    /// Books the next free turn of the lane if it comes within `patience`, and says how long it is until then. No
    /// stretch of the lane's length ever holds more turns than the lane allows.
    async fn book(&self, lane: &Lane, patience: std::time::Duration) -> Result<std::time::Duration>;

    /// The provider refused a request for the lane's sake: blocks all requests for `named`, or, where the provider named
    /// no wait, for a stretch of the lane, after which the lane allows fewer and recovers slowly. Turns that were booked
    /// for this time are taken back. Says how long the lane is blocked.
    async fn refused(&self, lane: &Lane, named: Option<std::time::Duration>) -> Result<std::time::Duration>;

    /// For how long the lane is blocked; zero if it is not.
    async fn blocked(&self, lane: &Lane) -> Result<std::time::Duration>;
}

/// Whoever else wants to know.
#[async_trait]
pub trait Events: Send + Sync {
    /// Every event arrives at least once at each listener.
    async fn publish(&self, events: &[Event]) -> Result<()>;
}

/// The way to people.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// One call, one message to every recipient; an error means that it may not have left.
    async fn send(&self, mail: &Mail) -> Result<()>;

    /// Whether messages reach people; sends nothing.
    async fn delivery(&self, now: chrono::DateTime<chrono::Utc>) -> Result<Delivery>;
}
