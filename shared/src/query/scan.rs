//! Folding many segments: one reader feeds a few threads, each folds its share, and the shares are merged.

use std::num::NonZero;
use std::thread::available_parallelism;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::StoreError;
use crate::ports::StoredSegment;

/// More threads than this wait for the store, not for each other.
const MAX_WORKERS: usize = 4;
/// Segments that wait in front of one worker: enough to hide the store's latency, few enough to hold in memory.
const AHEAD: usize = 2;

/// What a worker keeps of the segments that it saw.
pub(super) trait Share: Send + Sized + 'static {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError>;

    /// Takes in another worker's share; days reach the workers in turns, so neither is the earlier one.
    fn merge(&mut self, other: Self);
}

/// Folds a whole range; each worker begins with `start()`.
pub(super) async fn scan<S: Share>(
    mut segments: BoxStream<'_, Result<StoredSegment, StoreError>>,
    start: impl Fn() -> S,
) -> Result<S, StoreError> {
    let limit = available_parallelism().map_or(1, NonZero::get);
    let mut workers: Vec<Worker<S>> = Vec::new();
    let mut turn = 0;
    while let Some(stored) = segments.next().await {
        let stored = stored?;
        if workers.len() < limit.min(MAX_WORKERS) {
            workers.push(Worker::start(start()));
            turn = workers.len() - 1;
        }
        // A closed channel means that the worker has failed; joining it says how.
        if workers[turn].segments.send(stored).await.is_err() {
            break;
        }
        turn = (turn + 1) % workers.len();
    }
    let mut result: Option<S> = None;
    for worker in workers {
        drop(worker.segments);
        let share = worker.share.await;
        let share = share.map_err(|panic| StoreError::Unavailable(Box::new(panic)))??;
        match &mut result {
            Some(result) => result.merge(share),
            None => result = Some(share),
        }
    }
    Ok(result.unwrap_or_else(start))
}

struct Worker<S> {
    segments: mpsc::Sender<StoredSegment>,
    share: JoinHandle<Result<S, StoreError>>,
}

impl<S: Share> Worker<S> {
    fn start(mut own: S) -> Self {
        let (segments, mut waiting) = mpsc::channel::<StoredSegment>(AHEAD);
        let share = spawn_blocking(move || {
            while let Some(stored) = waiting.blocking_recv() {
                own.add(&stored)?;
            }
            Ok(own)
        });
        Self { segments, share }
    }
}
