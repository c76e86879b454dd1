//! The time: the one file that reads it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::words::Day;

/// Tells the time. Tests move it, only forwards.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    /// Returns when this clock is `wait` later than it is at the call.
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

/// A clock that stands still until it is moved, or until somebody sleeps by it: it is later at once. Clones share one time.
#[derive(Clone)]
pub struct FixedClock(Arc<Mutex<DateTime<Utc>>>);

impl FixedClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// An earlier time than now is ignored: clocks do not run backwards.
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
        // Others who sleep for less come first.
        tokio::task::yield_now().await;
        self.set(until);
    }
}
