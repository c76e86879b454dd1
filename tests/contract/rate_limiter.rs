//! What everybody who keeps the pace of requests promises.

use std::time::Duration;

use futures_util::future::join_all;
use shared::ports::RateLimiter;
use shared::words::RateLimit;

const PATIENCE: Duration = Duration::from_secs(65);

fn limit(name: &str) -> RateLimit {
    RateLimit { name: name.to_owned(), requests: 20, within: Duration::from_secs(60) }
}

pub(super) async fn of_many_who_book_at_once_no_more_go_than_a_minute_allows(pace: &dyn RateLimiter) {
    let limit = limit("team");
    let waits = join_all((0..30).map(|_| pace.reserve(&limit, PATIENCE))).await;
    let waits: Vec<Duration> = waits.into_iter().map(Result::unwrap).collect();
    let at_once = waits.iter().filter(|wait| **wait < Duration::from_secs(50)).count();
    assert_eq!(at_once, 20, "{waits:?}");
}

pub(super) async fn a_turn_beyond_the_patience_is_not_booked(pace: &dyn RateLimiter) {
    let limit = limit("team");
    for _ in 0..20 {
        assert!(pace.reserve(&limit, PATIENCE).await.unwrap() < Duration::from_secs(1));
    }
    for _ in 0..3 {
        let wait = pace.reserve(&limit, Duration::from_secs(3)).await.unwrap();
        assert!(wait > Duration::from_secs(50) && wait < Duration::from_secs(64), "{wait:?}");
    }
}

pub(super) async fn lanes_are_apart_and_a_block_is_for_all_requests_of_one(pace: &dyn RateLimiter) {
    let block = pace.refused(&limit("team"), Some(Duration::from_secs(30))).await.unwrap();
    assert!(block > Duration::from_secs(25), "{block:?}");
    assert!(pace.blocked_for(&limit("team")).await.unwrap() > Duration::from_secs(25));
    assert_eq!(pace.blocked_for(&limit("other")).await.unwrap(), Duration::ZERO);
    let wait = pace.reserve(&limit("team"), PATIENCE).await.unwrap();
    assert!(wait > Duration::from_secs(25), "{wait:?}");
    assert!(pace.reserve(&limit("other"), PATIENCE).await.unwrap() < Duration::from_secs(1));
}
