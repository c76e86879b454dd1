//! Requests for each report.

use std::fmt;

use serde::Deserialize;

use crate::providers::Report;
use crate::providers::api::Ask;
use crate::providers::claude::{ROWS_PER_PAGE, users_ask, within};

use super::reports::{ANALYTICS_COST, ANALYTICS_USAGE, CLAUDE_CODE, COST, MESSAGES};

/// Days per page of the older reports; a day of a large organization has thousands of rows.
const DAYS_PER_PAGE: usize = 3;

/// Groupings of the messages report, widest first. They always include the workspace, because ungrouped usage looks
/// like usage of the default workspace.
const MESSAGES_BY: &[&[&str]] =
    &[&["api_key_id", "account_id", "service_account_id", "workspace_id", "model"], &["workspace_id", "model"]];

pub(super) fn groupings(report: &Report) -> &'static [&'static [&'static str]] {
    match report {
        report if MESSAGES.is(report) => MESSAGES_BY,
        report if COST.is(report) => &[&["workspace_id", "description"]],
        report if ANALYTICS_USAGE.is(report) || ANALYTICS_COST.is(report) => &[&["actor", "model", "product"]],
        _ => &[&[]],
    }
}

pub(super) fn first(report: &Report, grouping: &[&str]) -> Ask {
    let ask = ask(report, ROWS_PER_PAGE);
    grouping.iter().fold(ask, |ask, dimension| ask.with("group_by[]", dimension))
}

/// The smallest request that shows whether the endpoint is accessible.
pub(super) fn smallest(report: &Report) -> Ask {
    ask(report, 1)
}

fn ask(report: &Report, rows: u32) -> Ask {
    let (days, limit) = (report.days, rows.to_string());
    let bucketed = |path: &str| {
        let buckets = days.len().min(DAYS_PER_PAGE).to_string();
        within(Ask::get(path), days).with("bucket_width", "1d").with("limit", &buckets)
    };
    let analytics = |path: &str| within(Ask::get(path), days).with("time_bucket_width", "1d").with("limit", &limit);
    match report {
        report if CLAUDE_CODE.is(report) => Ask::get("v1/organizations/usage_report/claude_code")
            .with("starting_at", &days.from().to_string())
            .with("limit", &limit),
        report if MESSAGES.is(report) => bucketed("v1/organizations/usage_report/messages"),
        report if COST.is(report) => bucketed("v1/organizations/cost_report"),
        report if ANALYTICS_USAGE.is(report) => analytics("v1/organizations/analytics/usage"),
        report if ANALYTICS_COST.is(report) => analytics("v1/organizations/analytics/cost"),
        _ => users_ask(rows),
    }
}

/// The organization that owns the key.
#[derive(Deserialize)]
pub(super) struct Organization {
    pub(super) id: String,
    name: Option<String>,
}

pub(super) fn organization(body: &[u8]) -> Option<Organization> {
    crate::providers::json::from_slice(body).ok()
}

impl Organization {
    /// Compares the ID, or the name as it would be written in a slug.
    pub(super) fn is(&self, slug: &str) -> bool {
        let name = self.name.as_deref().unwrap_or_default().replace(' ', "-");
        self.id.eq_ignore_ascii_case(slug) || name.eq_ignore_ascii_case(slug)
    }
}

impl fmt::Display for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.id),
            None => f.write_str(&self.id),
        }
    }
}
