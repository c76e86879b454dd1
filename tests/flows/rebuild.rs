//! Rebuild: the archive alone gives the same segments.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use shared::words::{Connector, Dataset, SegmentHead, SegmentState};

use crate::sandbox_world::{TOKEN, World, day, organization, small};

fn checksums(heads: &[SegmentHead]) -> Vec<(shared::words::Day, Dataset, Option<u64>, u64)> {
    let stored = heads.iter().filter(|head| head.has_content());
    stored.map(|head| (head.day, head.dataset, head.checksum, head.rows)).collect()
}

async fn rebuild(world: &World, connector: &Connector) -> shared::handlers::rebuild::Rebuilt {
    let rebuilt = world.app.rebuild().run(&connector.id, &()).await.unwrap();
    assert_eq!(rebuilt.failed, [""; 0]);
    rebuilt
}

#[tokio::test]
async fn a_rebuild_changes_nothing_and_restores_removed_segments() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let before = world.ledger(&connector).await;
    assert_eq!(rebuild(&world, &connector).await.changed, 0);
    assert_eq!(checksums(&world.ledger(&connector).await), checksums(&before));

    world.app.segments.remove(&connector.id).await.unwrap();
    assert!(world.ledger(&connector).await.is_empty());
    let rebuilt = rebuild(&world, &connector).await;
    assert_eq!(rebuilt.changed, checksums(&before).len() as u64);
    assert_eq!(checksums(&world.ledger(&connector).await), checksums(&before));
}

/// By then, the archive has single days, two 28-day reports and the seats of several days.
#[tokio::test]
async fn a_rebuild_after_several_days_of_polls_changes_nothing() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    for now in ["2026-11-21T06:00:00Z", "2026-11-22T06:00:00Z", "2026-11-23T06:00:00Z", "2026-12-03T06:00:00Z"] {
        world.move_to(now);
        world.poll(&connector).await;
    }
    let before = world.ledger(&connector).await;
    rebuild(&world, &connector).await;
    let after = world.ledger(&connector).await;
    for (got, expected) in after.iter().zip(&before) {
        let what = format!("{} of {}", expected.dataset, expected.day);
        assert_eq!(
            (got.checksum, got.rows, got.revision),
            (expected.checksum, expected.rows, expected.revision),
            "{what}"
        );
    }
    assert!(
        world
            .revisions(&connector)
            .await
            .iter()
            .all(|revision| revision.at < crate::sandbox_world::time("2026-12-03T06:00:00Z"))
    );
}

#[tokio::test]
async fn a_rebuild_keeps_a_day_without_people_incomplete() {
    let world = World::at("2026-11-21T20:30:00Z").await;
    let connector = world.saved_before(organization("octo-late"), TOKEN).await;
    world.poll_days(&connector, "2026-11-18", "2026-11-20").await;
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-20").await, Some(SegmentState::Pending));
    rebuild(&world, &connector).await;
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-20").await, Some(SegmentState::Pending));
    assert_eq!(world.head(&connector, Dataset::Activity, "2026-11-19").await.unwrap().state, SegmentState::Provisional);
}

/// Runs `future` for this many wakes. Returns its result if it finished.
async fn advance<T>(wakes: usize, mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    let mut left = wakes;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// With this poll, the day leaves the trailing window, so the poll's result stays.
#[tokio::test]
async fn a_concurrent_rebuild_never_undoes_a_poll() {
    const FIRST: &str = "2026-11-18T06:00:00Z";
    const THEN: &str = "2026-11-20T06:00:00Z";
    let polled_before = async || {
        let world = World::with(sandbox::Options { users: 60, ..small(FIRST) }).await;
        let connector = world.saved_before(organization("octo-revised"), TOKEN).await;
        world.poll_days(&connector, "2026-11-16", "2026-11-16").await;
        world.move_to(THEN);
        (world, connector)
    };
    let (world, connector) = polled_before().await;
    let before = checksums(&world.ledger(&connector).await);
    world.poll_days(&connector, "2026-11-16", "2026-11-16").await;
    let expected = checksums(&world.ledger(&connector).await);
    assert_ne!(expected, before, "the day was restated");
    for wakes in (0..60).step_by(3) {
        for rebuild_first in [true, false] {
            let (world, connector) = polled_before().await;
            let mut polling = pin!(world.poll_days(&connector, "2026-11-16", "2026-11-16"));
            let mut rebuilding = pin!(rebuild(&world, &connector));
            if rebuild_first {
                let rebuilt = advance(wakes, rebuilding.as_mut()).await;
                polling.await;
                if rebuilt.is_none() {
                    rebuilding.await;
                }
            } else {
                let polled = advance(wakes, polling.as_mut()).await;
                world.move_to("2026-11-20T06:01:00Z");
                rebuilding.await;
                if polled.is_none() {
                    polling.await;
                }
            }
            let found = checksums(&world.ledger(&connector).await);
            assert_eq!(found, expected, "after {wakes} wakes, the rebuild first: {rebuild_first}");
        }
    }
}

/// Pairmeter was down while the day was restated.
#[tokio::test]
async fn a_rebuild_keeps_a_day_provisional_if_it_may_be_restated() {
    let polled_before = async || {
        let world = World::with(sandbox::Options { users: 60, ..small("2026-11-18T06:00:00Z") }).await;
        let connector = world.saved_before(organization("octo-revised"), TOKEN).await;
        world.poll_days(&connector, "2026-11-14", "2026-11-17").await;
        world.move_to("2026-11-22T06:00:00Z");
        (world, connector)
    };
    let on_the_16th = async |world: &World, connector: &Connector| {
        let head = world.head(connector, Dataset::Activity, "2026-11-16").await.unwrap();
        (head.state, head.checksum)
    };
    let (world, connector) = polled_before().await;
    let before = on_the_16th(&world, &connector).await;
    assert_eq!(before.0, SegmentState::Provisional);
    world.poll(&connector).await;
    let expected = on_the_16th(&world, &connector).await;
    assert!(expected.0 == SegmentState::Final && expected.1 != before.1, "the day was restated");

    let (world, connector) = polled_before().await;
    rebuild(&world, &connector).await;
    assert_eq!(on_the_16th(&world, &connector).await, before);
    world.poll(&connector).await;
    assert_eq!(on_the_16th(&world, &connector).await, expected);
    // A final day stays final.
    rebuild(&world, &connector).await;
    assert_eq!(on_the_16th(&world, &connector).await, expected);
}

#[tokio::test]
async fn a_damaged_archive_file_is_reported_and_stored_rows_stay() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll_days(&connector, "2026-11-11", "2026-11-12").await;
    let before = world.ledger(&connector).await;
    let damaged =
        super::twice::files(world.folder.path()).into_iter().find(|path| path.ends_with("users-1-day/2026-11-12.zst"));
    let path = damaged.expect("the archive has the report");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    bytes.truncate(middle + middle / 2);
    std::fs::write(&path, bytes).unwrap();
    let rebuilt = world.app.rebuild().run(&connector.id, &()).await.unwrap();
    assert_eq!(rebuilt.failed.len(), 1);
    assert!(rebuilt.failed[0].starts_with("users-1-day of 2026-11-12: "), "{}", rebuilt.failed[0]);
    assert_eq!(checksums(&world.ledger(&connector).await), checksums(&before));
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-11").await, Some(SegmentState::Final));
    assert_eq!(day("2026-11-12").to_string(), "2026-11-12");
}
