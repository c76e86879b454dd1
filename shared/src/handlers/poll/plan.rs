//! Which days a poll asks for: what the ledger lacks, and what the provider may still restate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Weekday};

use crate::providers::Windows;
use crate::words::{Dataset, Day, Days, PollJob, SegmentHead, SegmentState};

/// Days without any segment are looked for this far back; further back only a backfill looks.
const HOLES: u32 = 28;

/// The days of a history that have anything stored, and whether each is still owed: not there yet, failed, incomplete, or
/// never read again after its values stopped changing.
pub(super) struct Known(BTreeMap<Day, bool>);

impl Known {
    /// `expected` says what a day consists of: a poll that was killed between two datasets leaves one without a head.
    pub(super) fn of(
        heads: &[SegmentHead],
        windows: &Windows,
        today: Day,
        expected: impl Fn(Day) -> BTreeSet<Dataset>,
    ) -> Self {
        // A day that may still be restated is read again in its own time, not at every poll.
        let is_owed = |head: &SegmentHead| match head.state {
            SegmentState::Provisional => (today - head.day).num_days() > i64::from(windows.restated_for),
            _ => !head.state.is_settled(),
        };
        // Per day, the datasets that have a head, and whether any of those is owed.
        let mut days: BTreeMap<Day, (BTreeSet<Dataset>, bool)> = BTreeMap::new();
        // Seats have no history and do not count.
        for head in heads.iter().filter(|head| head.dataset != Dataset::Seats) {
            let (present, owed) = days.entry(head.day).or_default();
            present.insert(head.dataset);
            *owed |= is_owed(head);
        }
        let lacks = |(day, (present, owed)): (Day, (BTreeSet<Dataset>, bool))| {
            (day, owed || !present.is_superset(&expected(day)))
        };
        Self(days.into_iter().map(lacks).collect())
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
    let owed = known.0.iter().filter(|(_, owed)| **owed).map(|(day, _)| *day);
    // Every provider on the same day of the week: it is their servers' quietest.
    let is_weekly = today.weekday() == Weekday::Sun;
    let again = match job.is_late {
        true => 0,
        false if is_weekly => windows.weekly.max(windows.trailing),
        false => windows.trailing,
    };
    let trailing = Days::before(today, again);
    let back_to = match job.backfill {
        Some(backfill) => Days::new(floor, backfill.before.unwrap_or(today)),
        None => Days::before(today, HOLES),
    };
    let unknown = back_to.iter().filter(|day| !known.0.contains_key(day));
    let days: BTreeSet<Day> = match job.backfill {
        // A continuation leaves what the runs before it have asked for to the next daily poll.
        Some(backfill) if backfill.before.is_some() => unknown.collect(),
        _ => trailing.iter().chain(owed).chain(unknown).collect(),
    };
    days.into_iter().rev().filter(|day| history.contains(*day)).collect()
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::words::ConnectorId;

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
        let today = day("2026-11-21");
        let known = Known::of(heads, &WINDOWS, today, |_| BTreeSet::from([Dataset::Activity]));
        let days = wanted(job, &known, &WINDOWS, day("2025-12-12"), today);
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
        let today = day("2026-11-21");
        let known = Known::of(&heads, &WINDOWS, today, expected);
        let days = wanted(&daily(), &known, &WINDOWS, day("2026-08-31"), today);
        assert_eq!(days[4..], [day("2026-09-02"), day("2026-08-31")]);
    }

    /// 2026-11-22 is a Sunday. A month back every day is provisional, as a month's restatement leaves it.
    #[test]
    fn what_is_revised_for_long_is_read_again_once_a_week_and_once_more_at_its_end() {
        let windows = Windows { weekly: 31, restated_for: 30, ..WINDOWS };
        let mut heads = complete("2026-09-01", "2026-10-15");
        let month = Days::new(day("2026-10-15"), day("2026-11-22")).iter();
        heads.extend(month.map(|at| head(at, Dataset::Activity, SegmentState::Provisional)));
        let asked = |job: &PollJob, today: &str| {
            let today = day(today);
            let known = Known::of(&heads, &windows, today, |_| BTreeSet::from([Dataset::Activity]));
            let days = wanted(job, &known, &windows, day("2025-12-12"), today);
            (days.len(), days.last().map(Day::to_string).unwrap_or_default())
        };
        // Thirty days and one later its values are known to stand: four days of the window and that one.
        assert_eq!(asked(&daily(), "2026-11-14"), (4, "2026-11-10".to_owned()));
        assert_eq!(asked(&daily(), "2026-11-15"), (31, "2026-10-15".to_owned()));
        assert_eq!(asked(&daily(), "2026-11-16"), (6, "2026-10-15".to_owned()));
        // What the first round of a Sunday has read again the later ones do not.
        assert_eq!(asked(&daily(), "2026-11-22"), (38, "2026-10-15".to_owned()));
        let late =
            PollJob::pending(&ConnectorId("c".to_owned()), day("2026-11-22").and_hms_opt(10, 0, 0).unwrap().and_utc());
        assert_eq!(asked(&late, "2026-11-22"), (8, "2026-10-15".to_owned()));
    }

    #[test]
    fn a_leap_day_is_a_day() {
        let known = Known::of(&[], &WINDOWS, day("2028-03-01"), |_| BTreeSet::new());
        let days = wanted(&daily(), &known, &WINDOWS, day("2028-01-01"), day("2028-03-01"));
        assert!(days.contains(&day("2028-02-29")));
    }
}
