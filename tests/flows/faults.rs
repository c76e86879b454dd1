//! Broken files: the day fails with a reason, or is repaired; no partial data is served, and earlier data stays.

use std::time::Duration;

use shared::error::{Error, ProviderError};
use shared::words::{Connector, ConnectorState, Dataset, PollOutcome, SegmentState};

use crate::rows;
use crate::sandbox_world::{TOKEN, World, day, organization};

const ON: &str = "2026-11-12";

/// Polls one day of an account with broken files, of which nothing may be stored. Returns the reason.
async fn failed_day(world: &World, word: &str) -> (Connector, String) {
    let connector = world.saved_before(organization(&format!("octo-{word}")), TOKEN).await;
    let polled = world.poll_days(&connector, ON, ON).await;
    assert!(polled.failure.is_some(), "{word} is a failure");
    let Some(SegmentState::Failed(reason)) = world.state(&connector, Dataset::Activity, ON).await else {
        panic!("{word}: the day is failed");
    };
    for dataset in [Dataset::Activity, Dataset::Breakdown] {
        assert_eq!(rows::stored(&world.app, &connector.id, dataset, day(ON)).await, None, "{word}: no half {dataset}");
    }
    let kept = world.app.archive.list("").await.unwrap();
    assert!(
        kept.iter().all(|(key, _)| key.account != format!("organization/octo-{word}") || key.report != "users-1-day"),
        "{word}: no half file in the archive"
    );
    (connector, reason)
}

#[tokio::test]
async fn a_malformed_line_fails_its_day_with_report_and_position() {
    let world = World::new().await;
    let (connector, reason) = failed_day(&world, "malformed").await;
    assert!(reason.starts_with("users-1-day: ") && reason.contains("record "), "{reason}");
    assert!(!reason.contains("2026-"), "the content stays out: {reason}");
    let after = world.connector(&connector).await;
    assert_eq!(after.last_poll.unwrap().code.as_deref(), Some("provider_malformed"));
    // Pull requests do not come from the broken report.
    assert_eq!(world.state(&connector, Dataset::PullRequests, ON).await, Some(SegmentState::Final));
}

#[tokio::test]
async fn a_truncated_file_fails_its_day() {
    let world = World::new().await;
    for word in ["cut", "cutline"] {
        let (connector, reason) = failed_day(&world, word).await;
        assert!(reason.contains("-1-day: "), "{word}: {reason}");
        assert_eq!(world.connector(&connector).await.last_poll.unwrap().code.as_deref(), Some("provider_unavailable"));
    }
}

#[tokio::test]
async fn a_missing_shard_fails_its_day() {
    let world = World::new().await;
    let (_, reason) = failed_day(&world, "gone").await;
    assert!(reason.contains("users-1-day: file 2 of 2 answered 404"), "{reason}");
}

#[tokio::test]
async fn a_link_to_a_foreign_or_private_host_is_never_followed() {
    let world = World::new().await;
    for (word, host) in [("foreign", "evil.example"), ("private", "169.254.169.254")] {
        let (connector, reason) = failed_day(&world, word).await;
        assert!(reason.contains("a request was not sent"), "{word}: {reason}");
        assert!(word == "private" || reason.contains(host), "{word}: {reason}");
        assert_eq!(world.connector(&connector).await.last_poll.unwrap().code.as_deref(), Some("provider_malformed"));
    }
}

#[tokio::test]
async fn a_download_that_hangs_fails_its_day_in_time() {
    let mut world = World::new().await;
    world.app.http = world.app.http.within(Duration::from_secs(3));
    let (_, reason) = failed_day(&world, "hangdownload").await;
    assert!(reason.contains(" in time"), "{reason}");
}

#[tokio::test]
async fn an_expired_link_is_renewed_once_and_the_day_is_complete() {
    let world = World::new().await;
    let connector = world.save(organization("octo-expired"), TOKEN).await.unwrap();
    let polled = world.poll_days(&connector, ON, ON).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    let oracle = crate::oracle::Oracle::new(&world.sandbox.url(), &connector.account);
    let got = rows::stored(&world.app, &connector.id, Dataset::Activity, day(ON)).await.unwrap();
    rows::assert_same("activity", &got, &oracle.activity(day(ON)).await);
}

#[tokio::test]
async fn stored_rows_survive_a_failure_until_the_next_good_poll() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll_days(&connector, "2026-11-18", "2026-11-20").await;
    let before = world.head(&connector, Dataset::Activity, "2026-11-20").await.unwrap();
    let rows_before = rows::stored(&world.app, &connector.id, Dataset::Activity, day("2026-11-20")).await.unwrap();

    // The same account behind a network without answers.
    let mut broken = world.app.clone();
    broken.http = world.app.http.within(Duration::ZERO);
    let job = shared::words::PollJob::requested(&connector.id, Some((day("2026-11-18"), day("2026-11-20"))), "again");
    let polled = broken.poll().run(&job, &()).await.unwrap();
    assert_eq!(polled.outcome, PollOutcome::Failed);
    assert!(matches!(polled.failure, Some(Error::Provider(ProviderError::Unavailable { .. }))));
    let head = world.head(&connector, Dataset::Activity, "2026-11-20").await.unwrap();
    assert_eq!(head, before, "the poll failed, the day did not");
    let rows_after = rows::stored(&world.app, &connector.id, Dataset::Activity, day("2026-11-20")).await.unwrap();
    assert_eq!(rows_after, rows_before);
    assert_eq!(world.connector(&connector).await.state, ConnectorState::Failing);

    world.poll_days(&connector, "2026-11-18", "2026-11-20").await;
    let mended = world.head(&connector, Dataset::Activity, "2026-11-20").await.unwrap();
    assert_eq!((mended.state, mended.revision), (SegmentState::Provisional, before.revision));
    assert_eq!(world.connector(&connector).await.state, ConnectorState::Active);
    assert!(world.revisions(&connector).await.is_empty(), "a failure is no revision");
}
