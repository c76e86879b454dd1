//! Which days a poll asks for: what the ledger lacks, and what the provider may still restate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Weekday};

use crate::providers::Windows;
use crate::words::{Dataset, Day, Days, PollJob, SegmentHead};

/// Days without any segment are looked for this far back; further back only a backfill looks.
const HOLES: u32 = 28;

/// The days of a history that have anything stored, and whether each is settled in every dataset it consists of.
pub(super) struct Known(BTreeMap<Day, bool>);

impl Known {
    /// `expected` says what a day consists of: a poll that was killed between two datasets leaves one without a head.
    pub(super) fn of(heads: &[SegmentHead], expected: impl Fn(Day) -> BTreeSet<Dataset>) -> Self {
        // Per day, the datasets that have a head, and whether all of those are settled.
        let mut days: BTreeMap<Day, (BTreeSet<Dataset>, bool)> = BTreeMap::new();
        // Seats have no history and do not count.
        for head in heads.iter().filter(|head| head.dataset != Dataset::Seats) {
            let (present, settled) = days.entry(head.day).or_insert((BTreeSet::new(), true));
            present.insert(head.dataset);
            *settled &= head.state.is_settled();
        }
        let is_settled = |(day, (present, settled)): (Day, (BTreeSet<Dataset>, bool))| {
            (day, settled && present.is_superset(&expected(day)))
        };
        Self(days.into_iter().map(is_settled).collect())
    }

    pub(super) fn has(&self, day: Day) -> bool {
        self.0.contains_key(&day)
    }

    /// Is there history that no daily poll will ask for: a day without anything, further back than it looks?
    pub(super) fn lacks_history(&self, floor: Day, today: Day) -> bool {
        Days::new(floor, Days::before(today, HOLES).from()).iter().any(|day| !self.0.contains_key(&day))
    }
}

/// Newest first.
pub(super) fn wanted(job: &PollJob, known: &Known, windows: &Windows, floor: Day, today: Day) -> Vec<Day> {
    let history = Days::new(floor, today);
    if let Some((first, last)) = job.days {
        let asked = Days::inclusive(first.max(floor), last.min(today));
        return asked.iter().rev().filter(|day| history.contains(*day)).collect();
    }
    let unsettled = known.0.iter().filter(|(_, settled)| !**settled).map(|(day, _)| *day);
    // Every provider on the same day of the week: it is their servers' quietest.
    let is_weekly = today.weekday() == Weekday::Sun;
    let again = if is_weekly { windows.weekly.max(windows.trailing) } else { windows.trailing };
    let trailing = Days::before(today, again);
    let back_to = match job.backfill {
        Some(backfill) => Days::new(floor, backfill.before.unwrap_or(today)),
        None => Days::before(today, HOLES),
    };
    let unknown = back_to.iter().filter(|day| !known.0.contains_key(day));
    let days: BTreeSet<Day> = match job.backfill {
        // A continuation leaves what the runs before it have asked for to the next daily poll.
        Some(backfill) if backfill.before.is_some() => unknown.collect(),
        _ => trailing.iter().chain(unsettled).chain(unknown).collect(),
    };
    days.into_iter().rev().filter(|day| history.contains(*day)).collect()
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::words::{ConnectorId, SegmentState};

    const WINDOWS: Windows = Windows { trailing: 4, restated_for: 3, given_up_after: 7, kept_for: 365, weekly: 0 };

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn head(at: Day, dataset: Dataset, state: SegmentState) -> SegmentHead {
        SegmentHead {
            dataset,
            day: at,
            state,
            revision: 1,
            rows: 1,
            sources: Vec::new(),
            checksum: None,
            fetched_at: at.and_hms_opt(6, 0, 0).unwrap().and_utc(),
            totals: BTreeMap::new(),
            correlation_id: String::new(),
        }
    }

    fn complete(from: &str, until: &str) -> Vec<SegmentHead> {
        Days::new(day(from), day(until)).iter().map(|at| head(at, Dataset::Activity, SegmentState::Final)).collect()
    }

    fn ask(job: &PollJob, heads: &[SegmentHead]) -> Vec<String> {
        let known = Known::of(heads, |_| BTreeSet::from([Dataset::Activity]));
        let days = wanted(job, &known, &WINDOWS, day("2025-12-12"), day("2026-11-21"));
        days.iter().map(Day::to_string).collect()
    }

    fn daily() -> PollJob {
        PollJob::daily(&ConnectorId("c".to_owned()), day("2026-11-21"))
    }

    #[test]
    fn a_complete_history_asks_for_the_trailing_window_alone() {
        let heads = complete("2026-10-01", "2026-11-21");
        assert_eq!(ask(&daily(), &heads), ["2026-11-20", "2026-11-19", "2026-11-18", "2026-11-17"]);
    }

    #[test]
    fn holes_and_days_never_settled_are_asked_for_however_old() {
        let mut heads = complete("2026-08-01", "2026-11-21");
        heads.retain(|head| head.day != day("2026-11-02"));
        heads.push(head(day("2026-08-03"), Dataset::Breakdown, SegmentState::Failed("x".to_owned())));
        assert_eq!(ask(&daily(), &heads)[4..], ["2026-11-02", "2026-08-03"]);
    }

    #[test]
    fn a_backfill_goes_back_to_the_floor_and_its_continuation_starts_where_it_stopped() {
        let id = ConnectorId("c".to_owned());
        let all = ask(&PollJob::backfill(&id, None), &[]);
        assert_eq!((all.len(), all.last().unwrap().as_str()), (344, "2025-12-12"));
        let rest = ask(&PollJob::backfill(&id, Some(day("2025-12-15"))), &[]);
        assert_eq!(rest, ["2025-12-14", "2025-12-13", "2025-12-12"]);
    }

    #[test]
    fn days_that_a_person_names_are_asked_for_whatever_the_ledger_says_but_never_today() {
        let job = PollJob::requested(
            &ConnectorId("c".to_owned()),
            Some((day("2026-11-19"), day("2026-11-21") + Duration::days(3))),
            "r",
        );
        assert_eq!(ask(&job, &complete("2026-10-01", "2026-11-21")), ["2026-11-20", "2026-11-19"]);
    }

    #[test]
    fn a_day_that_a_killed_poll_left_without_one_of_its_datasets_is_asked_for() {
        let mut heads = complete("2026-08-01", "2026-11-21");
        heads.push(head(day("2026-09-01"), Dataset::Breakdown, SegmentState::Final));
        let both = BTreeSet::from([Dataset::Activity, Dataset::Breakdown]);
        let expected = |at| if at < day("2026-09-03") { both.clone() } else { BTreeSet::from([Dataset::Activity]) };
        let days = wanted(&daily(), &Known::of(&heads, expected), &WINDOWS, day("2026-08-31"), day("2026-11-21"));
        assert_eq!(days[4..], [day("2026-09-02"), day("2026-08-31")]);
    }

    /// 2026-11-22 is a Sunday.
    #[test]
    fn what_is_revised_for_long_is_read_again_once_a_week() {
        let windows = Windows { weekly: 31, ..WINDOWS };
        let heads = complete("2026-10-01", "2026-11-22");
        let known = Known::of(&heads, |_| BTreeSet::from([Dataset::Activity]));
        let asked = |today| wanted(&daily(), &known, &windows, day("2025-12-12"), day(today)).len();
        assert_eq!((asked("2026-11-21"), asked("2026-11-22")), (4, 31));
    }

    #[test]
    fn a_leap_day_is_a_day() {
        let known = Known::of(&[], |_| BTreeSet::new());
        let days = wanted(&daily(), &known, &WINDOWS, day("2028-01-01"), day("2028-03-01"));
        assert!(days.contains(&day("2028-02-29")));
    }
}
