//! The endpoints that fill each day.

use crate::providers::series::{self, Series};
use crate::providers::{Batch, Need, Report};
use crate::words::{Account, Dataset, Day};

use super::ANALYTICS;

const MONTH: u32 = 31;
const MODELS: &[Dataset] = &[Dataset::ModelUsage];
const MONEY: &[Dataset] = &[Dataset::Cost];

/// One day per request: the API takes no end.
pub(super) static CLAUDE_CODE: Series = Series {
    lengths: &[("claude-code-1-day", 1)],
    feeds: &[Dataset::Activity, Dataset::Breakdown, Dataset::ModelUsage, Dataset::Cost],
    need: Need::Essential,
    rank: 0,
};
pub(super) static MESSAGES: Series = Series {
    lengths: &[("messages-1-day", 1), ("messages-7-day", 7), ("messages-31-day", MONTH)],
    feeds: MODELS,
    need: Need::Essential,
    rank: 1,
};
pub(super) static COST: Series = Series {
    lengths: &[("cost-1-day", 1), ("cost-7-day", 7), ("cost-31-day", MONTH)],
    feeds: MONEY,
    need: Need::Essential,
    rank: 2,
};
/// Replaces the two series above for accounts of the newer kind.
pub(super) static ANALYTICS_USAGE: Series = Series {
    lengths: &[("analytics-usage-1-day", 1), ("analytics-usage-7-day", 7), ("analytics-usage-31-day", MONTH)],
    feeds: MODELS,
    need: Need::Essential,
    rank: 3,
};
pub(super) static ANALYTICS_COST: Series = Series {
    lengths: &[("analytics-cost-1-day", 1), ("analytics-cost-7-day", 7), ("analytics-cost-31-day", MONTH)],
    feeds: MONEY,
    need: Need::Essential,
    rank: 4,
};
pub(super) static USERS: Series =
    Series { lengths: &[("users", 1)], feeds: &[Dataset::Seats], need: Need::Essential, rank: 5 };

static LEGACY: [&Series; 3] = [&CLAUDE_CODE, &MESSAGES, &COST];
static NEWER: [&Series; 3] = [&CLAUDE_CODE, &ANALYTICS_USAGE, &ANALYTICS_COST];
static SNAPSHOTS: [&Series; 1] = [&USERS];

pub(super) fn history(account: &Account) -> &'static [&'static Series] {
    if account.kind == ANALYTICS { &NEWER } else { &LEGACY }
}

pub(super) fn batches(account: &Account, days: &[Day], floor: Day) -> Vec<Batch> {
    series::batches(history(account), days, floor)
}

pub(super) fn snapshots(today: Day) -> Vec<Batch> {
    vec![Batch { reports: vec![USERS.of_day(today)] }]
}

pub(super) fn archived(account: &Account, name: &str, last: Day) -> Option<Report> {
    series::archived(history(account), name, last).or_else(|| series::archived(&SNAPSHOTS, name, last))
}
