//! Judges a credential's lifetime; one rule for the check `expiry` of all providers.

use chrono::{DateTime, Utc};

use crate::words::CheckOutcome;

/// A token with a shorter remaining lifetime must be replaced soon.
const SHORTEST_DAYS: i64 = 14;
/// A longer lifetime gives a finder of a lost token too much time.
const LONGEST_DAYS: i64 = 90;

/// The outcome and the reason. `None` means that the credential is known not to expire.
pub fn judge(ends: Option<DateTime<Utc>>, now: DateTime<Utc>) -> (CheckOutcome, String) {
    let Some(end) = ends else {
        return (CheckOutcome::Warn, "it never expires: a finder could use it forever".to_owned());
    };
    let (days, on) = ((end - now).num_days(), end.date_naive());
    let (outcome, why) = if days < 1 {
        return (CheckOutcome::Warn, format!("expires within a day, at {}", end.format("%Y-%m-%d %H:%M UTC")));
    } else if days <= SHORTEST_DAYS {
        (CheckOutcome::Warn, ": it must be replaced soon".to_owned())
    } else if days <= LONGEST_DAYS {
        (CheckOutcome::Pass, String::new())
    } else {
        let why = format!(": longer than {LONGEST_DAYS} days, and a finder could use it until then");
        (CheckOutcome::Warn, why)
    };
    (outcome, format!("expires in {days} days, on {on}{why}"))
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn a_token_that_expires_soon_late_or_never_gets_a_warning() {
        let now = DateTime::UNIX_EPOCH;
        for (hours, outcome, why) in [
            (1, CheckOutcome::Warn, "within a day, at 1970-01-01 01:00 UTC"),
            (14 * 24, CheckOutcome::Warn, "must be replaced soon"),
            (15 * 24, CheckOutcome::Pass, "expires in 15 days, on 1970-01-16"),
            (90 * 24, CheckOutcome::Pass, "expires in 90 days"),
            (91 * 24, CheckOutcome::Warn, "longer than 90 days, and a finder"),
        ] {
            let (judged, detail) = judge(Some(now + Duration::hours(hours)), now);
            assert!(judged == outcome && detail.contains(why), "{hours} h: {judged:?} {detail}");
        }
        assert_eq!(judge(None, now).0, CheckOutcome::Warn);
    }
}
