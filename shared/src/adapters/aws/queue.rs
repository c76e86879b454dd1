//! Poll jobs as events on the bus; a rule forwards them to the SQS queue. A table remembers the keys that were sent.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::error::Failure;
use super::store::Store;
use super::table::{EXPIRES_AT, Item, MAX_READS, PK, Table, number, read, text};
use crate::clock::Clock;
use crate::ports::{self, PollQueue};
use crate::words::PollJob;

/// The `source` of all Pairmeter events; rules match on it.
pub(super) const SOURCE: &str = "pairmeter";
pub(super) const POLL_REQUESTED: &str = "PollRequested";

/// How long a job's key is refused after it was sent. Daily keys contain their day, so a replayed schedule is
/// covered.
pub const REMEMBERED_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Concurrent batches.
const AT_ONCE: usize = 8;

/// The longest visibility timeout of SQS:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
const LONGEST_DELAY: Duration = Duration::from_secs(12 * 60 * 60 - 60);

/// Sends poll jobs.
#[derive(Clone)]
pub struct Queue {
    store: Store,
    sent: Table,
    clock: Arc<dyn Clock>,
}

impl Queue {
    pub(super) fn new(store: Store, sent: Table, clock: Arc<dyn Clock>) -> Self {
        Self { store, sent, clock }
    }

    /// Makes a received message visible again after `delay` instead of the queue's own timeout.
    pub async fn put_off(&self, receipt: &str, delay: Duration) -> ports::Result<()> {
        let seconds = i32::try_from(delay.min(LONGEST_DELAY).as_secs()).unwrap_or(i32::MAX);
        let put_off = self.store.sqs().change_message_visibility().queue_url(&self.store.settings().queue_url);
        let put_off = put_off.receipt_handle(receipt).visibility_timeout(seconds).send().await;
        put_off.map_err(Failure::service("sqs:ChangeMessageVisibility"))?;
        Ok(())
    }

    /// Returns the `keys` that were sent before. Items outlive their expiry by up to two days, so their time is
    /// compared.
    async fn already_sent(&self, keys: &[&str]) -> Result<HashSet<String>, Failure> {
        let now = self.clock.now().timestamp();
        let keys = keys.iter().map(|key| Item::from([(PK.to_owned(), text(key))])).collect();
        let items = self.sent.get_all(keys, true).await?;
        let is_remembered =
            |item: &Item| read(item, EXPIRES_AT).and_then(|at| at.parse().ok()).is_some_and(|at: i64| at > now);
        let remembered = items.iter().filter(|item| is_remembered(item));
        Ok(remembered.filter_map(|item| read(item, PK).map(str::to_owned)).collect())
    }

    async fn send_batch(&self, jobs: &[PollJob]) -> Result<(), Failure> {
        let keys: BTreeSet<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
        let sent_before = self.already_sent(&Vec::from_iter(keys)).await?;
        let mut new = HashSet::new();
        let jobs: Vec<&PollJob> =
            jobs.iter().filter(|job| !sent_before.contains(&job.key) && new.insert(job.key.as_str())).collect();
        let mut details = Vec::with_capacity(jobs.len());
        for job in &jobs {
            details.push((POLL_REQUESTED, serde_json::to_string(job).map_err(Failure::unreadable("job"))?));
        }
        super::events::put(&self.store, details).await?;
        // Sends first, marks second: a crash in between may send a job twice, which is harmless, but never loses one.
        let until = self.clock.now().timestamp() + i64::try_from(REMEMBERED_FOR.as_secs()).unwrap_or(i64::MAX);
        let mark =
            |job: &&PollJob| Item::from([(PK.to_owned(), text(&job.key)), (EXPIRES_AT.to_owned(), number(until))]);
        self.sent.put_all(jobs.iter().map(mark).collect()).await
    }
}

#[async_trait]
impl PollQueue for Queue {
    async fn send(&self, jobs: &[PollJob]) -> ports::Result<()> {
        let mut batches = Vec::new();
        for batch in jobs.chunks(MAX_READS) {
            batches.push(self.send_batch(batch));
        }
        Ok(stream::iter(batches).buffer_unordered(AT_ONCE).try_collect::<()>().await?)
    }
}
