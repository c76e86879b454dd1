//! The endpoints that fill each day, and their requests.

use crate::providers::api::Ask;
use crate::providers::claude::{ROWS_PER_PAGE, users_ask, within};
use crate::providers::series::{self, Series};
use crate::providers::{Batch, Need, Report};
use crate::words::{Dataset, Day};

const MONTH: u32 = 31;

/// One day per request: the rows do not contain the day.
pub(super) static USERS: Series = Series {
    lengths: &[("users-1-day", 1)],
    feeds: &[Dataset::Activity, Dataset::Breakdown],
    need: Need::Essential,
    rank: 0,
};
pub(super) static USAGE: Series = Series {
    lengths: &[("user-usage-1-day", 1), ("user-usage-7-day", 7), ("user-usage-31-day", MONTH)],
    feeds: &[Dataset::ModelUsage],
    need: Need::Essential,
    rank: 1,
};
pub(super) static COST: Series = Series {
    lengths: &[("user-cost-1-day", 1), ("user-cost-7-day", 7), ("user-cost-31-day", MONTH)],
    feeds: &[Dataset::Cost],
    need: Need::Essential,
    rank: 2,
};
pub(super) static MEMBERS: Series =
    Series { lengths: &[("members", 1)], feeds: &[Dataset::Seats], need: Need::Figures, rank: 3 };
/// Requested only to see whether it opens.
pub(super) static SUMMARIES: Series = Series { lengths: &[("summaries", 1)], feeds: &[], need: Need::Figures, rank: 4 };

static HISTORY: [&Series; 3] = [&USERS, &USAGE, &COST];
static SNAPSHOTS: [&Series; 1] = [&MEMBERS];

pub(super) fn batches(days: &[Day], floor: Day) -> Vec<Batch> {
    series::batches(&HISTORY, days, floor)
}

pub(super) fn snapshots(today: Day) -> Vec<Batch> {
    vec![Batch { reports: vec![MEMBERS.of_day(today)] }]
}

pub(super) fn archived(name: &str, last: Day) -> Option<Report> {
    series::archived(&HISTORY, name, last).or_else(|| series::archived(&SNAPSHOTS, name, last))
}

pub(super) fn first(report: &Report) -> Ask {
    ask(report, ROWS_PER_PAGE)
}

/// The smallest request that shows whether the endpoint is accessible.
pub(super) fn smallest(report: &Report) -> Ask {
    ask(report, 1)
}

fn ask(report: &Report, rows: u32) -> Ask {
    let (days, limit) = (report.days, rows.to_string());
    let by_user = |path: &str| {
        let ask = within(Ask::get(path), days).with("bucket_width", "1d").with("limit", &limit);
        ask.with("group_by[]", "product").with("group_by[]", "model")
    };
    match report {
        report if SUMMARIES.is(report) => Ask::get("v1/organizations/analytics/summaries")
            .with("starting_date", &days.from().to_string())
            .with("ending_date", &days.until().to_string()),
        report if USERS.is(report) => {
            Ask::get("v1/organizations/analytics/users").with("date", &days.from().to_string()).with("limit", &limit)
        }
        report if USAGE.is(report) => by_user("v1/organizations/analytics/user_usage_report"),
        report if COST.is(report) => by_user("v1/organizations/analytics/user_cost_report"),
        _ => users_ask(rows),
    }
}
