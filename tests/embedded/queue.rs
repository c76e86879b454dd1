//! The queue's worker side: hidden jobs, retries, dead letters.

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

struct World {
    queue: Queue,
    clock: FixedClock,
    _folder: tempfile::TempDir,
}

impl World {
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
async fn jobs_are_received_in_the_order_in_which_they_became_visible() {
    let world = World::new();
    let first = world.send(1).await;
    world.send(2).await;
    let delivery = world.receive().await.unwrap();
    assert_eq!(delivery.job, first);
    let later = hour(1);
    world.queue.retry(&delivery.receipt, later, "busy").await.unwrap();
    world.pass(MINUTE);
    world.send(3).await;
    world.clock.set(later);
    let mut order = Vec::new();
    while let Some(delivery) = world.receive().await {
        order.push(delivery.job.connector);
    }
    assert_eq!(order, [id(2), id(3), id(1)]);
}

#[tokio::test]
async fn a_job_is_hidden_while_it_is_worked_on_and_back_when_the_worker_was_killed() {
    let world = World::new();
    let job = world.send(1).await;
    let killed = world.receive().await.unwrap();
    assert_eq!(world.receive().await, None);
    world.pass(MINUTE / 2);
    world.queue.hold(&killed.receipt, MINUTE).await.unwrap();
    world.pass(MINUTE / 2);
    assert_eq!(world.receive().await, None, "held");
    world.pass(MINUTE / 2);
    let again = world.receive().await.unwrap();
    assert_eq!((again.job, again.attempt), (job, 2));

    // The first worker was only slow; its receipt settles nothing any more.
    world.queue.done(&killed.receipt).await.unwrap();
    world.pass(MINUTE);
    assert_eq!(world.receive().await.unwrap().attempt, 3);
}

#[tokio::test]
async fn a_finished_job_is_remembered_for_a_week_and_not_longer() {
    let world = World::new();
    world.send(1).await;
    let delivery = world.receive().await.unwrap();
    world.send(1).await;
    assert_eq!(world.receive().await, None, "in flight");
    world.queue.done(&delivery.receipt).await.unwrap();
    world.pass(REMEMBERED_FOR - MINUTE);
    world.send(1).await;
    assert_eq!(world.receive().await, None, "done");
    world.pass(MINUTE);
    world.send(1).await;
    assert_eq!(world.receive().await.unwrap().attempt, 1);
}

#[tokio::test]
async fn a_job_that_keeps_failing_is_a_dead_letter_and_can_be_redriven() {
    let world = World::new();
    let job = world.send(1).await;
    for attempt in 1..=MAX_ATTEMPTS {
        let delivery = world.receive().await.unwrap();
        assert_eq!(delivery.attempt, attempt);
        let at = world.clock.now() + MINUTE;
        let retried = world.queue.retry(&delivery.receipt, at, "unreadable").await;
        let expected = if attempt < MAX_ATTEMPTS { Retried::Later } else { Retried::Buried };
        assert_eq!(retried.unwrap(), expected);
        assert_eq!(world.receive().await, None, "not before its time");
        world.pass(MINUTE);
    }
    assert_eq!(world.receive().await, None);
    let dead = world.queue.dead().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (dead[0].key.as_str(), dead[0].attempts, dead[0].reason.as_str()),
        (job.key.as_str(), MAX_ATTEMPTS, "unreadable")
    );

    world.queue.redrive(&job.key).await.unwrap();
    assert_eq!(world.queue.dead().await.unwrap(), []);
    let delivery = world.receive().await.unwrap();
    assert_eq!((delivery.job, delivery.attempt), (job.clone(), 1));
    let twice = world.queue.redrive(&job.key).await;
    assert!(matches!(twice, Err(StoreError::NotFound)), "{twice:?}");
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_a_dead_letter() {
    let world = World::new();
    world.send(1).await;
    world.send(2).await;
    for _ in 0..MAX_ATTEMPTS {
        let killer = world.receive().await.unwrap();
        assert_eq!(killer.job.connector, id(1));
        let good = world.receive().await.unwrap();
        world.queue.retry(&good.receipt, world.clock.now() + MINUTE, "").await.unwrap();
        world.pass(MINUTE);
    }
    assert_eq!(world.receive().await, None);
    let dead = world.queue.dead().await.unwrap();
    assert!(dead.iter().any(|dead| dead.reason.contains("killed")), "{dead:?}");
}

#[tokio::test]
async fn a_buried_job_starts_anew_when_it_is_sent_again() {
    let world = World::new();
    world.send(1).await;
    let delivery = world.receive().await.unwrap();
    world.queue.bury(&delivery.receipt, "no such connector").await.unwrap();
    world.pass(MINUTE);
    assert_eq!(world.receive().await, None);
    world.send(1).await;
    assert_eq!(world.receive().await.unwrap().attempt, 1);
    assert_eq!(world.queue.dead().await.unwrap(), []);
}

#[tokio::test]
async fn of_many_workers_each_job_goes_to_one() {
    let world = World::new();
    for number in 0..20 {
        world.send(number).await;
    }
    let take = || async {
        let mut taken = Vec::new();
        while let Some(delivery) = world.receive().await {
            taken.push(delivery.job.connector);
        }
        taken
    };
    let (a, b, c) = tokio::join!(take(), take(), take());
    let mut taken = [a, b, c].concat();
    taken.sort();
    assert_eq!(taken, (0..20).map(id).collect::<Vec<_>>());
}
