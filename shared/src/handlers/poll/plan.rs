//! Which days a poll asks for, and which datasets of each: what the ledger lacks, and what the provider may still restate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Weekday};

use crate::providers::{About, Batch};
use crate::words::{Dataset, Day, Days, PollJob, SegmentHead, SegmentState};

/// Days without any segment are looked for this far back; further back only a backfill looks.
const HOLES: u32 = 28;

/// The datasets of each day that a poll asks for.
pub(super) type Wanted = BTreeMap<Day, BTreeSet<Dataset>>;

/// The days of a history that have anything stored, and which datasets of each are still owed: not there yet, failed,
/// incomplete, or never read again after their values stopped changing.
pub(super) struct Known(Wanted);

impl Known {
    /// `expected` says which datasets a day consists of: a poll that was killed between two of them leaves one without a
    /// head.
    pub(super) fn of<'a>(
        heads: impl IntoIterator<Item = &'a SegmentHead>,
        about: &About,
        today: Day,
        expected: impl Fn(Day) -> BTreeSet<Dataset>,
    ) -> Self {
        // A day that may still be restated is read again in its own time, not at every poll.
        let is_owed = |head: &SegmentHead| match head.state {
            SegmentState::Provisional => {
                (today - head.day).num_days() > i64::from(about.windows_of(head.dataset).restated_for)
            }
            _ => !head.state.is_settled(),
        };
        let mut days: BTreeMap<Day, (BTreeSet<Dataset>, BTreeSet<Dataset>)> = BTreeMap::new();
        // Seats have no history and do not count.
        for head in heads.into_iter().filter(|head| head.dataset != Dataset::Seats) {
            let (present, owed) = days.entry(head.day).or_default();
            present.insert(head.dataset);
            if is_owed(head) {
                owed.insert(head.dataset);
            }
        }
        let with_absent = |(day, (present, mut owed)): (Day, (BTreeSet<Dataset>, BTreeSet<Dataset>))| {
            owed.extend(expected(day).difference(&present));
            (day, owed)
        };
        Self(days.into_iter().map(with_absent).collect())
    }

    pub(super) fn has(&self, day: Day) -> bool {
        self.0.contains_key(&day)
    }

    /// Is there history that no daily poll will ask for: a day without anything, further back than it looks?
    pub(super) fn lacks_history(&self, floor: Day, today: Day) -> bool {
        Days::new(floor, Days::before(today, HOLES).from()).iter().any(|day| !self.has(day))
    }
}

pub(super) fn wanted(
    job: &PollJob,
    known: &Known,
    about: &About,
    floor: Day,
    today: Day,
    expected: impl Fn(Day) -> BTreeSet<Dataset>,
) -> Wanted {
    let history = Days::new(floor, today);
    let all = |day: Day| (day, expected(day));
    if let Some((first, last)) = job.days {
        let asked = Days::inclusive(first.max(floor), last.min(today));
        return asked.iter().filter(|day| history.contains(*day)).map(all).collect();
    }
    let back_to = match job.backfill {
        Some(backfill) => Days::new(floor, backfill.before.unwrap_or(today)),
        None => Days::before(today, HOLES),
    };
    let mut wanted: Wanted = back_to.iter().filter(|day| !known.has(*day)).map(all).collect();
    // A continuation leaves what the runs before it have asked for to the next daily poll.
    if job.backfill.is_none_or(|backfill| backfill.before.is_none()) {
        for (day, owed) in &known.0 {
            wanted.entry(*day).or_default().extend(owed);
        }
        for dataset in Dataset::ALL {
            let again = read_again(job, about, dataset, today);
            for day in again.iter().filter(|day| expected(*day).contains(&dataset)) {
                wanted.entry(day).or_default().insert(dataset);
            }
        }
    }
    wanted.retain(|day, datasets| history.contains(*day) && !datasets.is_empty());
    wanted
}

/// The last days of a dataset that this poll reads again, stored or not.
fn read_again(job: &PollJob, about: &About, dataset: Dataset, today: Day) -> Days {
    let windows = about.windows_of(dataset);
    // Every provider on the same day of the week: it is their servers' quietest.
    let is_weekly = today.weekday() == Weekday::Sun;
    Days::before(
        today,
        match job.is_late {
            true => 0,
            false if is_weekly => windows.weekly.max(windows.trailing),
            false => windows.trailing,
        },
    )
}

/// The reports of a batch that feed something wanted.
pub(super) fn needed(batch: Batch, wanted: &Wanted) -> Batch {
    let is_wanted = |day: Day, feeds: &[Dataset]| {
        wanted.get(&day).is_some_and(|datasets| feeds.iter().any(|dataset| datasets.contains(dataset)))
    };
    let mut reports = batch.reports;
    reports.retain(|report| report.days.iter().any(|day| is_wanted(day, report.feeds)));
    Batch { reports }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::providers::{Report, Windows};
    use crate::words::{ConnectorId, IdScope};

    const WINDOWS: Windows = Windows { trailing: 4, restated_for: 3, given_up_after: 7, kept_for: 365, weekly: 0 };

    fn about(windows: Windows) -> About {
        About {
            id: "example",
            name: "Example",
            api_url: "https://api.example.com",
            hosts: &[],
            download_hosts: &[],
            accounts: &[],
            credentials: &[],
            ways: &[],
            datasets: &[],
            windows,
            own_windows: &[],
            limits: &[],
            makes_apps_for: &[],
            forgets_leavers: false,
            ids: IdScope::Account,
            breaks: &[],
            other_keys: &[],
            refusals: &[],
            known_limits: &[],
        }
    }

    fn activity(_: Day) -> BTreeSet<Dataset> {
        BTreeSet::from([Dataset::Activity])
    }

    /// Newest first.
    fn days(wanted: Wanted) -> Vec<Day> {
        wanted.into_keys().rev().collect()
    }

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
            rows_checksum: None,
            fetched_at: at.and_hms_opt(6, 0, 0).unwrap().and_utc(),
            totals: BTreeMap::new(),
            account: None,
            correlation_id: String::new(),
        }
    }

    fn complete(from: &str, until: &str) -> Vec<SegmentHead> {
        Days::new(day(from), day(until)).iter().map(|at| head(at, Dataset::Activity, SegmentState::Final)).collect()
    }

    fn ask(job: &PollJob, heads: &[SegmentHead]) -> Vec<String> {
        let today = day("2026-11-21");
        let about = about(WINDOWS);
        let known = Known::of(heads, &about, today, activity);
        let wanted = wanted(job, &known, &about, day("2025-12-12"), today, activity);
        days(wanted).iter().map(Day::to_string).collect()
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
        let about = about(WINDOWS);
        let known = Known::of(&heads, &about, today, expected);
        let wanted = wanted(&daily(), &known, &about, day("2026-08-31"), today, expected);
        assert_eq!(wanted[&day("2026-09-02")], BTreeSet::from([Dataset::Breakdown]), "what is there stays");
        assert_eq!(days(wanted)[4..], [day("2026-09-02"), day("2026-08-31")]);
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
            let about = about(windows.clone());
            let known = Known::of(&heads, &about, today, activity);
            let days = days(wanted(job, &known, &about, day("2025-12-12"), today, activity));
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
        let (about, today) = (about(WINDOWS), day("2028-03-01"));
        let known = Known::of(&[], &about, today, activity);
        assert!(wanted(&daily(), &known, &about, day("2028-01-01"), today, activity).contains_key(&day("2028-02-29")));
    }

    #[test]
    fn a_dataset_with_its_own_window_is_read_again_alone() {
        const MONEY: Windows = Windows { trailing: 10, restated_for: 10, ..WINDOWS };
        let about = About { own_windows: &[(Dataset::Cost, MONEY)], ..about(WINDOWS) };
        let today = day("2026-11-21");
        let both = |_| BTreeSet::from([Dataset::Activity, Dataset::Cost]);
        let mut heads = complete("2026-10-01", "2026-11-21");
        for at in Days::new(day("2026-10-01"), today).iter() {
            heads.push(head(at, Dataset::Cost, SegmentState::Provisional));
        }
        heads.retain(|head| head.dataset == Dataset::Activity || head.day > day("2026-11-10"));
        heads.extend(
            Days::new(day("2026-10-01"), day("2026-11-11"))
                .iter()
                .map(|at| head(at, Dataset::Cost, SegmentState::Final)),
        );
        let known = Known::of(&heads, &about, today, both);
        let wanted = wanted(&daily(), &known, &about, day("2025-12-12"), today, both);
        assert_eq!(wanted.len(), 10);
        assert_eq!(wanted[&day("2026-11-17")], both(today));
        assert_eq!(wanted[&day("2026-11-16")], BTreeSet::from([Dataset::Cost]));
        let report = |feeds, name| Report {
            name,
            days: Days::one(day("2026-11-16")),
            feeds,
            need: crate::providers::Need::Essential,
            rank: 0,
            whole: true,
        };
        let reports = vec![report(&[Dataset::Activity], "people"), report(&[Dataset::Cost, Dataset::Activity], "cost")];
        let names: Vec<_> = needed(Batch { reports }, &wanted).reports.into_iter().map(|report| report.name).collect();
        assert_eq!(names, ["cost"]);
    }
}
