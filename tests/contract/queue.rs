//! The laws of poll queues.

use async_trait::async_trait;
use shared::ports::PollQueue;
use shared::words::PollJob;

use super::samples::{day, id};

/// A queue with its receiving end, which the port leaves to the runtime.
#[async_trait]
pub(super) trait Inbox: Send + Sync {
    fn queue(&self) -> &dyn PollQueue;

    /// Receives and settles all jobs that have arrived.
    async fn arrived(&self) -> Vec<PollJob>;
}

pub(super) async fn every_job_arrives_as_it_was_sent(inbox: &dyn Inbox) {
    // More than one batch of any known queue.
    let mut sent: Vec<PollJob> = (0..25).map(|n| PollJob::daily(&id(n), day(1))).collect();
    sent.push(PollJob::backfill(&id(1), Some(day(0))));
    sent.push(PollJob::requested(&id(1), Some((day(0), day(3))), "r-1"));
    inbox.queue().send(&sent).await.unwrap();
    let mut arrived = inbox.arrived().await;
    sent.sort_by(|a, b| a.key.cmp(&b.key));
    arrived.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(arrived, sent);
}

pub(super) async fn a_job_that_is_sent_again_arrives_once(inbox: &dyn Inbox) {
    let job = PollJob::daily(&id(1), day(1));
    inbox.queue().send(&[job.clone(), job.clone()]).await.unwrap();
    inbox.queue().send(std::slice::from_ref(&job)).await.unwrap();
    assert_eq!(inbox.arrived().await, std::slice::from_ref(&job));
    inbox.queue().send(&[job]).await.unwrap();
    assert_eq!(inbox.arrived().await, []);
}

pub(super) async fn sending_nothing_is_fine(inbox: &dyn Inbox) {
    inbox.queue().send(&[]).await.unwrap();
    assert_eq!(inbox.arrived().await, []);
}
