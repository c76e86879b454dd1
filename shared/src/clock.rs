//! Reads the time. No other file does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::words::Day;

/// The current time. Tests move it forward.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    /// Returns when this clock shows `wait` later than at the call.
    async fn sleep(&self, wait: Duration);

    fn today(&self) -> Day {
        self.now().date_naive()
    }
}

/// The machine's clock.
pub struct WallClock;

#[async_trait]
impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

/// A clock that stands still until a test moves it. A sleep moves it at once. Clones share one time.
#[derive(Clone)]
pub struct FixedClock(Arc<Mutex<DateTime<Utc>>>);

impl FixedClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Ignores an earlier time, because clocks do not run backward.
    pub fn set(&self, now: DateTime<Utc>) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *current = now.max(*current);
    }
}

#[async_trait]
impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sleep(&self, wait: Duration) {
        let until = self.now() + wait;
        // Shorter sleeps of other tasks finish first.
        tokio::task::yield_now().await;
        self.set(until);
    }
}
