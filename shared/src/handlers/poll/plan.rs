//! Which days a poll asks for: what the ledger lacks, and what the provider may still restate.

use std::collections::{BTreeMap, BTreeSet};

use crate::providers::Windows;
use crate::words::{Dataset, Day, Days, PollJob, SegmentHead};

/// Days without any segment are looked for this far back; further back only a backfill looks.
const HOLES: u32 = 28;

/// Newest first. Seats have no history and do not count.
pub(super) fn wanted(job: &PollJob, heads: &[SegmentHead], windows: &Windows, floor: Day, today: Day) -> Vec<Day> {
    let history = Days::new(floor, today);
    if let Some((first, last)) = job.days {
        return Days::inclusive(first, last).iter().rev().filter(|day| history.contains(*day)).collect();
    }
    // True once every dataset of the day is settled.
    let mut known: BTreeMap<Day, bool> = BTreeMap::new();
    for head in heads.iter().filter(|head| head.dataset != Dataset::Seats) {
        let settled = known.entry(head.day).or_insert(true);
        *settled &= head.state.is_settled();
    }
    let unsettled = known.iter().filter(|(_, settled)| !**settled).map(|(day, _)| *day);
    let trailing = Days::before(today, windows.trailing);
    let back_to = match job.backfill {
        Some(backfill) => Days::new(floor, backfill.before.unwrap_or(today)),
        None => Days::before(today, HOLES),
    };
    let unknown = back_to.iter().filter(|day| !known.contains_key(day));
    let days: BTreeSet<Day> = match job.backfill {
        // A continuation leaves what the runs before it have asked for to the next daily poll.
        Some(backfill) if backfill.before.is_some() => unknown.collect(),
        _ => trailing.iter().chain(unsettled).chain(unknown).collect(),
    };
    days.into_iter().rev().filter(|day| history.contains(*day)).collect()
}

/// History that no daily poll will ask for: holes further back than it looks.
pub(super) fn lacks_history<'a>(heads: impl Iterator<Item = &'a SegmentHead>, floor: Day, today: Day) -> bool {
    let known: BTreeSet<Day> = heads.filter(|head| head.dataset != Dataset::Seats).map(|head| head.day).collect();
    Days::new(floor, Days::before(today, HOLES).from()).iter().any(|day| !known.contains(&day))
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::words::{ConnectorId, SegmentState};

    const WINDOWS: Windows = Windows { trailing: 4, restated_for: 3, given_up_after: 7, kept_for: 365 };

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
        }
    }

    fn complete(from: &str, until: &str) -> Vec<SegmentHead> {
        Days::new(day(from), day(until)).iter().map(|at| head(at, Dataset::Activity, SegmentState::Final)).collect()
    }

    fn ask(job: &PollJob, heads: &[SegmentHead]) -> Vec<String> {
        let days = wanted(job, heads, &WINDOWS, day("2025-12-12"), day("2026-11-21"));
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
    fn a_leap_day_is_a_day() {
        let days = wanted(&daily(), &[], &WINDOWS, day("2028-01-01"), day("2028-03-01"));
        assert!(days.contains(&day("2028-02-29")));
    }
}
