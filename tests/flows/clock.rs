//! Special times: midnight, and February 29.

use shared::words::{Dataset, PollOutcome, SegmentState};

use crate::oracle::Oracle;
use crate::rows::{self, assert_same};
use crate::sandbox_world::{TOKEN, World, day, organization};

#[tokio::test]
async fn a_leap_day_is_polled_like_any_other_day() {
    let world = World::at("2028-03-01T06:00:00Z").await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!((polled.outcome, polled.days), (PollOutcome::Ok, 28));
    let heads = world.ledger(&connector).await;
    let activity: Vec<String> =
        heads.iter().filter(|head| head.dataset == Dataset::Activity).map(|head| head.day.to_string()).collect();
    assert_eq!((activity[0].as_str(), activity[27].as_str()), ("2028-02-02", "2028-02-29"));
    let expected = Oracle::new(&world.sandbox.url(), &connector.account).activity(day("2028-02-29")).await;
    let got = rows::stored(&world.app, &connector.id, Dataset::Activity, day("2028-02-29")).await.unwrap();
    assert_same("29 February", &got, &expected);
}

#[tokio::test]
async fn on_a_leap_day_verify_and_poll_use_the_right_yesterday() {
    let world = World::at("2028-02-29T06:00:00Z").await;
    let preview = world.verify(organization("octo"), TOKEN).await.preview.unwrap();
    assert_eq!((preview.from, preview.to), (day("2028-02-15"), day("2028-02-28")));
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll_days(&connector, "2028-02-27", "2028-02-29").await;
    assert_eq!(world.head(&connector, Dataset::Activity, "2028-02-29").await, None, "today is never fetched");
    assert_eq!(world.state(&connector, Dataset::Activity, "2028-02-28").await, Some(SegmentState::Provisional));
}

#[tokio::test]
async fn just_after_midnight_only_yesterday_is_pending() {
    let world = World::at("2026-11-21T00:00:30Z").await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-20").await, Some(SegmentState::Pending));
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-19").await, Some(SegmentState::Provisional));
    assert_eq!(world.head(&connector, Dataset::Activity, "2026-11-21").await, None);
    // One second before midnight, the day and the window are different.
    let world = World::at("2026-11-20T23:59:59Z").await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    assert_eq!(world.head(&connector, Dataset::Activity, "2026-11-20").await, None);
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-19").await, Some(SegmentState::Provisional));
}
