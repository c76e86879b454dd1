//! Periods: the days, ISO weeks, months or the whole range into which a report folds.

use chrono::{Datelike, Duration};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::{Day, Days};

/// The period of a row. Weeks are ISO weeks: they start on Monday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    #[default]
    Day,
    Week,
    Month,
    /// The whole range at once.
    Total,
}

impl Interval {
    /// The calendar period that holds `day`; for a total, the range itself.
    pub fn period(self, day: Day, range: Days) -> Days {
        let monday = || day - Duration::days(i64::from(day.weekday().num_days_from_monday()));
        match self {
            Interval::Day => Days::one(day),
            Interval::Week => Days::new(monday(), monday() + Duration::days(7)),
            Interval::Month => {
                let first = day - Duration::days(i64::from(day.day0()));
                // The 32nd day after the first is in the next month, regardless of the month's length.
                let beyond = first + Duration::days(31);
                Days::new(first, beyond - Duration::days(i64::from(beyond.day0())))
            }
            Interval::Total => range,
        }
    }

    /// The periods that touch `range`, in order; the first and the last may reach beyond it.
    pub fn periods(self, range: Days) -> impl Iterator<Item = Days> {
        let first = (!range.is_empty()).then(|| self.period(range.from(), range));
        std::iter::successors(first, move |period| {
            range.contains(period.until()).then(|| self.period(period.until(), range))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(interval: Interval, from: &str, to: &str) -> Vec<(String, usize)> {
        let range = Days::inclusive(from.parse().unwrap(), to.parse().unwrap());
        let periods = interval.periods(range);
        periods.map(|period| (period.from().to_string(), period.len())).collect()
    }

    #[test]
    fn weeks_start_on_monday_and_may_begin_before_the_range() {
        // 1 January 2027 is a Friday.
        assert_eq!(
            starts(Interval::Week, "2027-01-01", "2027-01-04"),
            [("2026-12-28".into(), 7), ("2027-01-04".into(), 7)]
        );
    }

    #[test]
    fn months_have_their_own_lengths_in_a_leap_year_too() {
        assert_eq!(
            starts(Interval::Month, "2028-01-31", "2028-03-01"),
            [("2028-01-01".into(), 31), ("2028-02-01".into(), 29), ("2028-03-01".into(), 31)]
        );
    }

    #[test]
    fn a_total_is_the_range() {
        assert_eq!(starts(Interval::Total, "2026-11-01", "2026-11-20"), [("2026-11-01".into(), 20)]);
    }
}
