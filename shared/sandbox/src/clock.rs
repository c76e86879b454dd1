//! The sandbox's clock: it stands still, or runs from a given time, and never reads the time of day.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use tokio::time::Instant;

pub(crate) struct Clock {
    follow: bool,
    set: Mutex<(DateTime<Utc>, Instant)>,
}

impl Clock {
    pub(crate) fn new(now: DateTime<Utc>, follow: bool) -> Clock {
        Clock { follow, set: Mutex::new((now, Instant::now())) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let (at, since) = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        if self.follow { at + Duration::from_std(since.elapsed()).unwrap_or_default() } else { at }
    }

    pub(crate) fn set(&self, now: DateTime<Utc>) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = (now, Instant::now());
    }
}
