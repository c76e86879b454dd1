//! Everything behind a queue may run twice or concurrently; the history is the same.

use std::time::Duration;

use shared::adapters::embedded::Store;
use shared::handlers::fan_out::Round;
use shared::words::{Connector, Dataset, PollJob, PollOutcome, SegmentHead};

use crate::sandbox_world::{TOKEN, World, day, organization, small, time};

async fn tiny() -> World {
    World::with(sandbox::Options { users: 8, days: 30, ..small("2026-11-21T06:00:00Z") }).await
}

/// The history after an undisturbed poll.
async fn undisturbed() -> Vec<SegmentHead> {
    let world = tiny().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    world.ledger(&connector).await
}

/// Reads every body, so that one that does not match its head is found.
async fn assert_readable(world: &World, connector: &Connector) {
    for head in world.ledger(connector).await.iter().filter(|head| head.has_content()) {
        let rows = crate::rows::stored(&world.app, &connector.id, head.dataset, head.day).await.unwrap();
        assert_eq!(rows.len() as u64, head.rows, "{} of {}", head.dataset, head.day);
    }
}

#[tokio::test]
async fn two_concurrent_polls_leave_the_same_history_as_one() {
    let expected = undisturbed().await;
    let world = tiny().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let job = PollJob::backfill(&connector.id, None);
    let daily = PollJob::daily(&connector.id, day("2026-11-21"));
    let (here, there) = (world.app.poll(), world.another_app().poll());
    let (first, second) = tokio::join!(here.run(&daily, &()), there.run(&daily, &()));
    assert_eq!((first.unwrap().outcome, second.unwrap().outcome), (PollOutcome::Ok, PollOutcome::Ok));
    assert_eq!(world.ledger(&connector).await, expected);
    assert!(world.revisions(&connector).await.is_empty());
    assert_readable(&world, &connector).await;
    assert_ne!(job.key, daily.key);
}

pub(super) fn files(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn a_redelivered_message_changes_nothing() {
    let world = tiny().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let job = PollJob::requested(&connector.id, Some((day("2026-11-15"), day("2026-11-20"))), "r");
    world.app.poll().run(&job, &()).await.unwrap();
    let once = world.ledger(&connector).await;
    let polled = world.app.poll().run(&job, &()).await.unwrap();
    assert!(polled.stored.is_empty(), "no segment changes: {:?}", polled.stored);
    assert_eq!(world.ledger(&connector).await, once);
    assert!(world.revisions(&connector).await.is_empty());
}

#[tokio::test]
async fn a_schedule_that_fires_twice_requests_one_poll() {
    let world = tiny().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    for _ in 0..2 {
        world.app.fan_out().run(Round::Daily, time("2026-11-21T06:00:00Z"), "schedule").await.unwrap();
    }
    let job = world.queue.receive(Duration::from_secs(60)).await.unwrap().unwrap().job;
    assert_eq!(job, PollJob::daily(&connector.id, day("2026-11-21")).caused_by("schedule"));
    assert!(world.queue.receive(Duration::from_secs(60)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_poll_of_a_removed_or_paused_connector_does_nothing() {
    let world = tiny().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let change = shared::handlers::connectors::Change { paused: Some(true), ..Default::default() };
    world.app.connectors().change(&connector.id, &change, "r").await.unwrap();
    let seen = world.sandbox.requests().len();
    assert_eq!(world.poll(&connector).await.days, 0);
    assert_eq!(world.connector(&connector).await.last_poll, None);
    world.app.connectors().remove(&connector.id, false).await.unwrap();
    assert_eq!(world.poll(&connector).await.days, 0);
    assert_eq!(world.requests_since(seen), [""; 0]);
}

#[tokio::test]
async fn a_reopened_folder_has_all_data() {
    let world = tiny().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    world.poll(&connector).await;
    let before = world.ledger(&connector).await;
    let again = Store::open(world.folder.path()).unwrap();
    let heads = shared::ports::SegmentStore::ledger(&again.segments(), &connector.id).await.unwrap();
    assert_eq!(heads, before);
    assert!(heads.iter().any(|head| head.dataset == Dataset::Seats));
}
