//! The queue's worker side: hidden jobs, retries and dead letters.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use shared::adapters::embedded::{Delivery, MAX_ATTEMPTS, Queue, REMEMBERED_FOR, Retried, Store};
use shared::clock::{Clock, FixedClock};
use shared::error::StoreError;
use shared::ports::PollQueue;
use shared::words::PollJob;

use crate::contract::samples::{day, hour, id};

const MINUTE: Duration = Duration::from_secs(60);

struct QueueFixture {
    queue: Queue,
    clock: FixedClock,
    _folder: tempfile::TempDir,
}

impl QueueFixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(hour(0));
        let store = Store::open(folder.path()).unwrap();
        Self { queue: store.queue(Arc::new(clock.clone())), clock, _folder: folder }
    }

    async fn send(&self, number: usize) -> PollJob {
        let job = PollJob::daily(&id(number), day(19));
        self.queue.send(std::slice::from_ref(&job)).await.unwrap();
        job
    }

    async fn receive(&self) -> Option<Delivery> {
        self.queue.receive(MINUTE).await.unwrap()
    }

    fn pass(&self, time: Duration) -> DateTime<Utc> {
        self.clock.set(self.clock.now() + time);
        self.clock.now()
    }
}

#[tokio::test]
async fn jobs_are_received_in_the_order_of_their_visibility() {
    let fixture = QueueFixture::new();
    let first = fixture.send(1).await;
    fixture.send(2).await;
    let delivery = fixture.receive().await.unwrap();
    assert_eq!(delivery.job, first);
    let later = hour(1);
    fixture.queue.retry(&delivery.receipt, later, "busy").await.unwrap();
    fixture.pass(MINUTE);
    fixture.send(3).await;
    fixture.clock.set(later);
    let mut order = Vec::new();
    while let Some(delivery) = fixture.receive().await {
        order.push(delivery.job.connector);
    }
    assert_eq!(order, [id(2), id(3), id(1)]);
}

#[tokio::test]
async fn a_job_is_hidden_while_it_runs_and_returns_if_the_worker_dies() {
    let fixture = QueueFixture::new();
    let job = fixture.send(1).await;
    let killed = fixture.receive().await.unwrap();
    assert_eq!(fixture.receive().await, None);
    fixture.pass(MINUTE / 2);
    fixture.queue.extend(&killed.receipt, MINUTE).await.unwrap();
    fixture.pass(MINUTE / 2);
    assert_eq!(fixture.receive().await, None, "held");
    fixture.pass(MINUTE / 2);
    let again = fixture.receive().await.unwrap();
    assert_eq!((again.job, again.attempt), (job, 2));

    // The first worker was only slow; its receipt settles nothing.
    fixture.queue.done(&killed.receipt).await.unwrap();
    fixture.pass(MINUTE);
    assert_eq!(fixture.receive().await.unwrap().attempt, 3);
}

#[tokio::test]
async fn a_finished_job_is_remembered_for_one_week() {
    let fixture = QueueFixture::new();
    fixture.send(1).await;
    let delivery = fixture.receive().await.unwrap();
    fixture.send(1).await;
    assert_eq!(fixture.receive().await, None, "in flight");
    fixture.queue.done(&delivery.receipt).await.unwrap();
    fixture.pass(REMEMBERED_FOR - MINUTE);
    fixture.send(1).await;
    assert_eq!(fixture.receive().await, None, "done");
    fixture.pass(MINUTE);
    fixture.send(1).await;
    assert_eq!(fixture.receive().await.unwrap().attempt, 1);
}

#[tokio::test]
async fn a_job_that_keeps_failing_becomes_a_dead_letter_for_redrive() {
    let fixture = QueueFixture::new();
    let job = fixture.send(1).await;
    for attempt in 1..=MAX_ATTEMPTS {
        let delivery = fixture.receive().await.unwrap();
        assert_eq!(delivery.attempt, attempt);
        let at = fixture.clock.now() + MINUTE;
        let retried = fixture.queue.retry(&delivery.receipt, at, "unreadable").await;
        let expected = if attempt < MAX_ATTEMPTS { Retried::Later } else { Retried::Buried };
        assert_eq!(retried.unwrap(), expected);
        assert_eq!(fixture.receive().await, None, "not before its time");
        fixture.pass(MINUTE);
    }
    assert_eq!(fixture.receive().await, None);
    let dead = fixture.queue.dead().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (dead[0].key.as_str(), dead[0].attempts, dead[0].reason.as_str()),
        (job.key.as_str(), MAX_ATTEMPTS, "unreadable")
    );

    fixture.queue.redrive(&job.key).await.unwrap();
    assert_eq!(fixture.queue.dead().await.unwrap(), []);
    let delivery = fixture.receive().await.unwrap();
    assert_eq!((delivery.job, delivery.attempt), (job.clone(), 1));
    let twice = fixture.queue.redrive(&job.key).await;
    assert!(matches!(twice, Err(StoreError::NotFound)), "{twice:?}");
}

#[tokio::test]
async fn a_job_that_crashes_its_workers_becomes_a_dead_letter() {
    let fixture = QueueFixture::new();
    fixture.send(1).await;
    fixture.send(2).await;
    for _ in 0..MAX_ATTEMPTS {
        let killer = fixture.receive().await.unwrap();
        assert_eq!(killer.job.connector, id(1));
        let good = fixture.receive().await.unwrap();
        fixture.queue.retry(&good.receipt, fixture.clock.now() + MINUTE, "").await.unwrap();
        fixture.pass(MINUTE);
    }
    assert_eq!(fixture.receive().await, None);
    let dead = fixture.queue.dead().await.unwrap();
    assert!(dead.iter().any(|dead| dead.reason.contains("crashed")), "{dead:?}");
}

#[tokio::test]
async fn a_buried_job_starts_anew_when_it_is_sent_again() {
    let fixture = QueueFixture::new();
    fixture.send(1).await;
    let delivery = fixture.receive().await.unwrap();
    fixture.queue.bury(&delivery.receipt, "no such connector").await.unwrap();
    fixture.pass(MINUTE);
    assert_eq!(fixture.receive().await, None);
    fixture.send(1).await;
    assert_eq!(fixture.receive().await.unwrap().attempt, 1);
    assert_eq!(fixture.queue.dead().await.unwrap(), []);
}

#[tokio::test]
async fn each_job_goes_to_one_of_many_workers() {
    let fixture = QueueFixture::new();
    for number in 0..20 {
        fixture.send(number).await;
    }
    let take = || async {
        let mut taken = Vec::new();
        while let Some(delivery) = fixture.receive().await {
            taken.push(delivery.job.connector);
        }
        taken
    };
    let (a, b, c) = tokio::join!(take(), take(), take());
    let mut taken = [a, b, c].concat();
    taken.sort();
    assert_eq!(taken, (0..20).map(id).collect::<Vec<_>>());
}
