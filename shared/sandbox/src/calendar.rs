//! When a day's figures appear, and when they are final.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc, Weekday};

use super::words::Slug;

/// After this time, a day's figures are final.
const SETTLED_AFTER: Duration = Duration::hours(48);
/// People per thousand who are missing before that.
const MISSING_PER_MILLE: u64 = 30;
/// A `revised` slug gets its last people only at noon of the third day.
const REVISED_AFTER: Duration = Duration::hours(2 * 24 + 12);
const REVISED_PER_MILLE: u64 = 80;

/// The end of a UTC day.
pub(crate) fn end_of(day: NaiveDate) -> DateTime<Utc> {
    (day + Duration::days(1)).and_time(NaiveTime::MIN).and_utc()
}

pub(crate) fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// A day's number, as a seed for dice.
pub(crate) fn number(day: NaiveDate) -> u64 {
    day.num_days_from_ce().unsigned_abs().into()
}

pub(crate) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// How long after the end of a day its report is available: first the organization's report, then all others.
pub(crate) fn lag(about_people: bool, slug: &Slug) -> Duration {
    match (slug.says("late"), about_people) {
        (false, false) => Duration::minutes(3 * 60 + 30),
        (false, true) => Duration::hours(5),
        (true, false) => Duration::hours(20),
        (true, true) => Duration::hours(30),
    }
}

/// The latest day that is available at `now` if reports need `lag`.
pub(crate) fn last_ready(now: DateTime<Utc>, lag: Duration) -> NaiveDate {
    (now - lag).date_naive() - Duration::days(1)
}

/// People per thousand who are missing in a day's report at `now`.
pub(crate) fn missing_per_mille(day: NaiveDate, now: DateTime<Utc>, slug: &Slug) -> u64 {
    let age = now - end_of(day);
    // The bench measures bytes, so every record exists from the start.
    if slug.says("bench") {
        0
    } else if slug.says("revised") && age < REVISED_AFTER {
        REVISED_PER_MILLE
    } else if age < SETTLED_AFTER {
        MISSING_PER_MILLE
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(text: &str) -> Slug {
        Slug::parse(text).unwrap()
    }

    #[test]
    fn the_last_ready_day_advances_at_half_past_three() {
        let lag = lag(false, &slug("octo"));
        let at = |hour, minute| date(2026, 11, 21).and_hms_opt(hour, minute, 0).unwrap().and_utc();
        assert_eq!(last_ready(at(3, 29), lag), date(2026, 11, 19));
        assert_eq!(last_ready(at(3, 30), lag), date(2026, 11, 20));
    }

    #[test]
    fn a_day_is_final_after_two_days_and_a_revised_one_at_noon_of_day_3() {
        let day = date(2026, 11, 18);
        let missing = |hours, name| missing_per_mille(day, end_of(day) + Duration::hours(hours), &slug(name));
        assert_eq!((missing(47, "octo"), missing(48, "octo")), (30, 0));
        assert_eq!((missing(59, "octo-revised"), missing(60, "octo-revised")), (80, 0));
        assert_eq!(end_of(day) + REVISED_AFTER, date(2026, 11, 21).and_hms_opt(12, 0, 0).unwrap().and_utc());
    }
}
