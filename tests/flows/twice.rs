//! Whatever stands behind a queue may run twice, at once, or be killed half way; the history is the same.

use std::time::Duration;

use shared::adapters::embedded::Store;
use shared::handlers::fan_out::Round;
use shared::words::{Connector, Dataset, PollJob, PollOutcome, SegmentHead};

use crate::sandbox_world::{TOKEN, World, day, organization, small, time};

/// Enough days for a 28-day report, and three datasets of each.
const FROM: &str = "2026-11-13";
const TO: &str = "2026-11-20";

async fn tiny() -> World {
    World::with(shared::sandbox::Options { users: 8, days: 30, ..small("2026-11-21T06:00:00Z") }).await
}

/// What an undisturbed poll leaves behind.
async fn undisturbed() -> Vec<SegmentHead> {
    let world = tiny().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    world.ledger(&connector).await
}

/// Reads every body, so that one that does not fit its head is found.
async fn assert_readable(world: &World, connector: &Connector) {
    for head in world.ledger(connector).await.iter().filter(|head| head.has_content()) {
        let rows = crate::rows::stored(&world.app, &connector.id, head.dataset, head.day).await.unwrap();
        assert_eq!(rows.len() as u64, head.rows, "{} of {}", head.dataset, head.day);
    }
}

#[tokio::test]
async fn two_pollers_at_once_leave_what_one_leaves() {
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

/// Aborting drops the poll between any two of its steps; what has reached the store stays, as after `kill -9`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_killed_at_any_moment_is_made_up_for_by_the_next() {
    let quiet = tiny().await;
    let connector = quiet.saved_before(organization("octo"), TOKEN).await;
    quiet.poll_days(&connector, FROM, TO).await;
    let expected = quiet.ledger(&connector).await;
    let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut killed = 0;
    for round in 0..12u64 {
        let world = tiny().await;
        let connector = world.saved_before(organization("octo"), TOKEN).await;
        let job = PollJob::requested(&connector.id, Some((day(FROM), day(TO))), "killed");
        for _ in 0..2 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round | 1);
            let poll = world.another_app().poll();
            let again = job.clone();
            let task = tokio::spawn(async move { poll.run(&again, &()).await.map(|polled| polled.outcome) });
            tokio::time::sleep(Duration::from_millis(random >> 33 & 0xFF)).await;
            task.abort();
            killed += usize::from(task.await.is_err());
            // What is there now is whole, however little it is.
            assert_readable(&world, &connector).await;
        }
        let polled = world.poll_days(&connector, FROM, TO).await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
        let ledger = world.ledger(&connector).await;
        assert_eq!(figures(&ledger), figures(&expected), "round {round}");
        assert!(world.revisions(&connector).await.is_empty(), "round {round}");
        assert_readable(&world, &connector).await;
        let folder = world.folder.path().display().to_string();
        for path in files(world.folder.path()) {
            let name = path.strip_prefix(&folder).unwrap();
            // The sweep takes what a dead process left there; no listing meets it before.
            let is_swept = name.starts_with("/archive/.partial/");
            let is_known = name.ends_with(".zst") || name.starts_with("/pairmeter.db") || name == "/lock";
            assert!(is_known || is_swept, "round {round}: what is {name}?");
        }
    }
    assert!(killed > 10, "{killed} polls were killed before their end");
}

/// Sources may name the single or the 28-day report, whichever was read last.
fn figures(heads: &[SegmentHead]) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let figures =
        |head: &SegmentHead| (head.day, head.dataset, head.state.clone(), head.revision, head.rows, head.checksum);
    heads.iter().map(figures).collect()
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
async fn the_same_message_delivered_twice_equals_once() {
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
async fn a_schedule_that_fires_twice_asks_once() {
    let world = tiny().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    for _ in 0..2 {
        world.app.fan_out().run(Round::Daily, time("2026-11-21T06:00:00Z"), "schedule").await.unwrap();
    }
    let job = world.queue.receive(Duration::from_secs(60)).await.unwrap().unwrap().job;
    assert_eq!(job, PollJob::daily(&connector.id, day("2026-11-21")).led_to_by("schedule"));
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
async fn a_folder_opened_anew_has_everything() {
    let world = tiny().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    world.poll(&connector).await;
    let before = world.ledger(&connector).await;
    let again = Store::open(world.folder.path()).unwrap();
    let heads = shared::ports::SegmentStore::ledger(&again.segments(), &connector.id).await.unwrap();
    assert_eq!(heads, before);
    assert!(heads.iter().any(|head| head.dataset == Dataset::Seats));
}
