//! The endpoints that fill each day, and their requests.

use crate::providers::series::{self, Series};
use crate::providers::{Batch, Need, Report};
use crate::words::{Dataset, Day};

/// Cursor accepts up to 30 days. A week's events of a large team take minutes at 60 requests a minute, and a batch
/// must end well within one run of the poller.
const WEEK: u32 = 7;

const fn series(lengths: &'static [(&'static str, u32)], feeds: &'static [Dataset], need: Need, rank: u8) -> Series {
    Series { lengths, feeds, need, rank }
}

const ACTIVITY: &[Dataset] = &[Dataset::Activity];

/// Groups come first, because a person's row names its teams.
pub(super) static GROUPS: Series =
    series(&[("groups-1-day", 1), ("groups-7-day", WEEK)], &[Dataset::Activity, Dataset::Cost], Need::Figures, 0);
pub(super) static EDITS: Series =
    series(&[("agent-edits-1-day", 1), ("agent-edits-7-day", WEEK)], ACTIVITY, Need::Figures, 1);
pub(super) static TABS: Series = series(&[("tabs-1-day", 1), ("tabs-7-day", WEEK)], ACTIVITY, Need::Figures, 2);
pub(super) static COMMITS: Series =
    series(&[("ai-commits-1-day", 1), ("ai-commits-7-day", WEEK)], ACTIVITY, Need::Figures, 3);
pub(super) static EXTENSIONS: Series =
    series(&[("file-extensions-1-day", 1), ("file-extensions-7-day", WEEK)], &[Dataset::Breakdown], Need::Figures, 4);
pub(super) static EVENTS: Series =
    series(&[("usage-events-1-day", 1)], &[Dataset::ModelUsage, Dataset::Cost, Dataset::Breakdown], Need::Essential, 5);
pub(super) static USAGE: Series = series(
    &[("daily-usage-1-day", 1), ("daily-usage-7-day", WEEK)],
    &[Dataset::Activity, Dataset::Breakdown],
    Need::Essential,
    6,
);
pub(super) static MEMBERS: Series = series(&[("members", 1)], &[Dataset::Seats], Need::Essential, 7);
pub(super) static SPEND: Series = series(&[("spend", 1)], &[Dataset::Seats], Need::Figures, 8);

static HISTORY: [&Series; 7] = [&GROUPS, &EDITS, &TABS, &COMMITS, &EXTENSIONS, &EVENTS, &USAGE];
static SNAPSHOTS: [&Series; 2] = [&MEMBERS, &SPEND];

pub(super) fn batches(days: &[Day], floor: Day) -> Vec<Batch> {
    series::batches(&HISTORY, days, floor)
}

pub(super) fn snapshots(today: Day) -> Vec<Batch> {
    vec![Batch { reports: SNAPSHOTS.iter().map(|series| series.of_day(today)).collect() }]
}

pub(super) fn archived(name: &str, last: Day) -> Option<Report> {
    series::archived(&HISTORY, name, last).or_else(|| series::archived(&SNAPSHOTS, name, last))
}
