//! Reports with several lengths: which of them fill which days, and how an archive key is parsed.
//!
//! An API that takes a range of days is fetched_lengths for a few fixed lengths, each with its own name, so that the name in
//! the archive gives the days of the bytes.

use chrono::Duration;

use super::{Batch, Need, Report};
use crate::words::{Dataset, Day, Days};

/// One kind of report.
#[derive(Debug)]
pub(super) struct Series {
    /// Its names and lengths in days, shortest first; the shortest is one day.
    pub lengths: &'static [(&'static str, u32)],
    pub feeds: &'static [Dataset],
    pub need: Need,
    /// Order of mapping within the batch; unique among series.
    pub rank: u8,
}

impl Series {
    fn report(&self, (name, length): (&'static str, u32), last: Day) -> Report {
        let days = Days::before(last + Duration::days(1), length);
        Report { name, days, feeds: self.feeds, need: self.need, rank: self.rank, whole: true }
    }

    /// The report of one day.
    pub(super) fn of_day(&self, day: Day) -> Report {
        self.report(self.lengths[0], day)
    }

    /// One report of at most its longest length that ends with `last`.
    pub(super) fn up_to(&self, last: Day, days: u32) -> Report {
        let fits = self.lengths.iter().rev().find(|(_, length)| *length <= days);
        self.report(*fits.unwrap_or(&self.lengths[0]), last)
    }

    pub(super) fn is(&self, report: &Report) -> bool {
        self.lengths.iter().any(|(name, _)| *name == report.name)
    }
}

/// Days that are further apart than this are not fetched together.
const GAP: i64 = 7;

/// The reports that fill `days`, newest first. In each batch, all series cover the same days in as few reports as
/// their lengths allow. No report begins before `floor`, because a vendor may refuse the whole request.
pub(super) fn batches(all: &[&Series], days: &[Day], floor: Day) -> Vec<Batch> {
    let mut left = days.to_vec();
    left.sort_unstable();
    left.dedup();
    let lengths = all.iter().map(|series| series.lengths).max_by_key(|lengths| lengths.len());
    let longest = lengths.and_then(|lengths| lengths.last()).map_or(1, |(_, length)| *length);
    let mut batches = Vec::new();
    while let Some(last) = left.last().copied() {
        let reach = Days::before(last + Duration::days(1), longest);
        let near = left.iter().rev().scan(last, |later, day| {
            let is_near = reach.contains(*day) && (*later - *day).num_days() <= GAP;
            *later = *day;
            is_near.then_some(*day)
        });
        let first = near.last().unwrap_or(last);
        let needed = (last - first).num_days() as u32 + 1;
        let there = |length: &&u32| **length <= since(floor, last);
        let mut known = lengths.into_iter().flatten().map(|(_, length)| length).filter(there);
        let fits = known.clone().find(|length| **length >= needed).or_else(|| known.next_back());
        let length = fits.map_or(1, |length| *length);
        let window = Days::before(last + Duration::days(1), length);
        let wanted: Vec<Day> = left.iter().copied().filter(|day| window.contains(*day)).collect();
        left.retain(|day| !window.contains(*day));
        let reports = all.iter().flat_map(|series| tiles(series, &wanted, length, floor));
        batches.push(Batch { reports: reports.collect() });
    }
    batches
}

/// The number of days, both ends included.
fn since(first: Day, last: Day) -> u32 {
    u32::try_from((last - first).num_days() + 1).unwrap_or(1)
}

/// The reports of one series that cover the `wanted` days of a window.
fn tiles(series: &Series, wanted: &[Day], window: u32, floor: Day) -> Vec<Report> {
    let mut left = wanted.to_vec();
    let mut tiles = Vec::new();
    while let Some(last) = left.last().copied() {
        let report = series.up_to(last, window.min(since(floor, last)));
        left.retain(|day| !report.days.contains(*day));
        tiles.push(report);
    }
    tiles.reverse();
    tiles
}

/// The epoch second at which a day starts.
pub(super) fn starts(day: Day) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// The day of an epoch second.
pub(super) fn day_of(second: i64) -> Option<Day> {
    chrono::DateTime::from_timestamp(second, 0).map(|time| time.date_naive())
}

/// The report that an archive key refers to.
pub(super) fn archived(all: &[&Series], name: &str, last: Day) -> Option<Report> {
    let length = |series: &&Series| series.lengths.iter().find(|(known, _)| *known == name).copied();
    all.iter().find_map(|series| Some(series.report(length(series)?, last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Series = Series {
        lengths: &[("cost-1-day", 1), ("cost-7-day", 7), ("cost-31-day", 31)],
        feeds: &[Dataset::Cost],
        need: Need::Essential,
        rank: 1,
    };
    const NARROW: Series =
        Series { lengths: &[("usage-1-day", 1)], feeds: &[Dataset::Activity], need: Need::Essential, rank: 0 };

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn fetched_lengths(from: &str, until: &str) -> Vec<Vec<(&'static str, usize)>> {
        let days: Vec<Day> = Days::new(day(from), day(until)).iter().collect();
        let names = |batch: Batch| {
            let mut names: Vec<(&str, usize)> = Vec::new();
            for report in batch.reports {
                match names.last_mut() {
                    Some((name, count)) if *name == report.name => *count += 1,
                    _ => names.push((report.name, 1)),
                }
            }
            names
        };
        batches(&[&NARROW, &WIDE], &days, day("2026-01-01")).into_iter().map(names).collect()
    }

    #[test]
    fn days_are_fetched_in_the_shortest_length_that_covers_them() {
        assert_eq!(fetched_lengths("2026-11-20", "2026-11-21"), [[("usage-1-day", 1), ("cost-1-day", 1)]]);
        assert_eq!(fetched_lengths("2026-11-18", "2026-11-21"), [[("usage-1-day", 3), ("cost-7-day", 1)]]);
        assert_eq!(fetched_lengths("2026-11-01", "2026-11-21"), [[("usage-1-day", 20), ("cost-31-day", 1)]]);
        let year = fetched_lengths("2026-01-01", "2026-11-21");
        assert_eq!((year.len(), year[0].clone()), (12, vec![("usage-1-day", 31), ("cost-31-day", 1)]));
        // Fourteen days remain; earlier days are not fetched.
        assert_eq!(year[10], [("usage-1-day", 7), ("cost-7-day", 1)]);
        assert_eq!((year[11].clone(), year.len()), (vec![("usage-1-day", 7), ("cost-7-day", 1)], 12));
        assert_eq!(
            fetched_lengths("2026-01-01", "2026-01-04"),
            [
                [("usage-1-day", 1), ("cost-1-day", 1)],
                [("usage-1-day", 1), ("cost-1-day", 1)],
                [("usage-1-day", 1), ("cost-1-day", 1)]
            ]
        );
    }

    #[test]
    fn distant_days_do_not_extend_a_window() {
        let days = [day("2026-11-20"), day("2026-01-05")];
        let last: Vec<_> =
            batches(&[&WIDE], &days, day("2026-01-01")).into_iter().map(|batch| batch.reports[0].clone()).collect();
        assert_eq!(last, [WIDE.of_day(days[0]), WIDE.of_day(days[1])]);
        // The trailing week, and one day a month ago.
        let month: Vec<Day> =
            Days::new(day("2026-11-14"), day("2026-11-21")).iter().chain([day("2026-10-21")]).collect();
        let names: Vec<_> =
            batches(&[&WIDE], &month, day("2026-01-01")).iter().map(|batch| batch.reports[0].name).collect();
        assert_eq!(names, ["cost-7-day", "cost-1-day"]);
    }

    #[test]
    fn the_name_of_a_report_gives_its_days() {
        for report in
            batches(&[&NARROW, &WIDE], &[day("2026-11-18"), day("2026-11-20")], day("2026-01-01")).remove(0).reports
        {
            assert_eq!(archived(&[&NARROW, &WIDE], report.name, report.days.last()), Some(report));
        }
        assert_eq!(archived(&[&NARROW], "cost-7-day", day("2026-11-18")), None);
    }
}
