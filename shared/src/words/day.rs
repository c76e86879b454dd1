//! UTC days and half-open ranges of them.

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};

/// One UTC day.
pub type Day = NaiveDate;

/// The days from `from` up to but excluding `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Days {
    from: Day,
    until: Day,
}

impl Days {
    /// Returns an empty range if `until` is before `from`.
    pub fn new(from: Day, until: Day) -> Self {
        Self { from, until: until.max(from) }
    }

    pub fn inclusive(first: Day, last: Day) -> Self {
        Self::new(first, last + Duration::days(1))
    }

    pub fn one(day: Day) -> Self {
        Self::inclusive(day, day)
    }

    /// The last `count` days before `until`.
    pub fn before(until: Day, count: u32) -> Self {
        Self::new(until - Duration::days(i64::from(count)), until)
    }

    pub fn from(&self) -> Day {
        self.from
    }

    pub fn until(&self) -> Day {
        self.until
    }

    /// The last day. For an empty range, the day before it starts.
    pub fn last(&self) -> Day {
        self.until - Duration::days(1)
    }

    pub fn contains(&self, day: Day) -> bool {
        self.from <= day && day < self.until
    }

    pub fn overlap(&self, other: Days) -> bool {
        self.from.max(other.from) < self.until.min(other.until)
    }

    pub fn is_empty(&self) -> bool {
        self.from >= self.until
    }

    pub fn len(&self) -> usize {
        usize::try_from((self.until - self.from).num_days()).unwrap_or(0)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Day> + use<> {
        let from = self.from;
        (0..self.len() as i64).map(move |n| from + Duration::days(n))
    }
}
