//! Whether a credential lasts as long as it should and no longer; one rule for every provider's check `expiry`.

use chrono::{DateTime, Utc};

use crate::words::CheckOutcome;

/// One that ends sooner must be replaced before it has done much.
const SHORTEST_DAYS: i64 = 14;
/// Whoever finds one that was lost has no longer to use it.
const LONGEST_DAYS: i64 = 90;

/// The outcome and why; none as its end means that it is known to have none.
pub fn judge(ends: Option<DateTime<Utc>>, now: DateTime<Utc>) -> (CheckOutcome, String) {
    let Some(end) = ends else {
        return (CheckOutcome::Warn, "it never ends: whoever finds it may use it for ever".to_owned());
    };
    let (days, on) = ((end - now).num_days(), end.date_naive());
    let (outcome, why) = if days < 1 {
        return (CheckOutcome::Warn, format!("ends within a day, at {}", end.format("%Y-%m-%d %H:%M UTC")));
    } else if days <= SHORTEST_DAYS {
        (CheckOutcome::Warn, ": it must be replaced soon".to_owned())
    } else if days <= LONGEST_DAYS {
        (CheckOutcome::Pass, String::new())
    } else {
        let why = format!(": longer than {LONGEST_DAYS} days, and whoever finds it may use it until then");
        (CheckOutcome::Warn, why)
    };
    (outcome, format!("ends in {days} days, on {on}{why}"))
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn a_token_that_ends_soon_late_or_never_is_warned_of_and_the_warning_says_why() {
        let now = DateTime::UNIX_EPOCH;
        for (hours, outcome, why) in [
            (1, CheckOutcome::Warn, "within a day, at 1970-01-01 01:00 UTC"),
            (14 * 24, CheckOutcome::Warn, "must be replaced soon"),
            (15 * 24, CheckOutcome::Pass, "ends in 15 days, on 1970-01-16"),
            (90 * 24, CheckOutcome::Pass, "ends in 90 days"),
            (91 * 24, CheckOutcome::Warn, "longer than 90 days, and whoever finds it"),
        ] {
            let (judged, detail) = judge(Some(now + Duration::hours(hours)), now);
            assert!(judged == outcome && detail.contains(why), "{hours} h: {judged:?} {detail}");
        }
        assert_eq!(judge(None, now).0, CheckOutcome::Warn);
    }
}
