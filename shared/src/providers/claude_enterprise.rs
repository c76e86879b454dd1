//! Claude Enterprise: usage of Claude Code by the members of a claude.ai organization, and its cost.
//!
//! <https://platform.claude.com/docs/en/manage-claude/analytics-api>. A day's engagement is available after noon of
//! the next day; until then the API answers 400 and names the last available day. Cost and tokens arrive within a day
//! and are revised for a month.

mod map;
mod refusals;
mod reports;
mod wire;

use async_trait::async_trait;
use chrono::Duration;

use super::api::{Api, Auth, KEY};
use super::checks::{self, Probe, ProviderFacts};
use super::claude::{self, HEADERS};
use super::pages::Pages;
use super::preview::{Previewed, Previewing};
use super::refusals::Refusal;
use super::series::Series;
use super::{
    About, Access, AccountKind, Batch, Call, CredentialKind, Fetched, Field, History, Mapper, Provider, Report, Shape,
    Way, Windows, day,
};
use crate::error::ProviderError;
use crate::http::LimitRule;
use crate::words::{Account, Dataset, Day, Days, Fix, IdScope, TokenFacts, Verification};

use reports::{COST, MEMBERS, SUMMARIES, USAGE, USERS};

const KEYS: &str = "https://claude.ai/admin-settings/api";
const NOT_READY: &str = "data_not_ready";
/// Days after which a day's engagement is always available.
const READY_AFTER: i64 = 3;

static ABOUT: About = About {
    id: "claude-enterprise",
    name: "Claude Enterprise",
    api_url: "https://api.anthropic.com",
    hosts: &["api.anthropic.com"],
    download_hosts: &[],
    accounts: &[AccountKind {
        kind: "organization",
        title: "Organization",
        hint: "a name of your choice, such as the organization's at claude.ai",
        first_day: day(2026, 1, 1),
    }],
    credentials: &[CredentialKind {
        kind: "analytics_key",
        title: "an analytics key",
        fields: &[Field { name: KEY, title: "Analytics key", shape: Shape::Secret, required: true }],
        url: KEYS,
        begins: &["sk-ant-api01-"],
    }],
    ways: &[Way {
        id: "analytics_key",
        title: "Analytics key",
        credential: "analytics_key",
        accounts: &["organization"],
        steps: &[
            "Sign in to claude.ai as the primary owner of the organization.",
            "Organization settings, API: switch API access on, and create a key with the scope read:analytics.",
            "Add the scope read:members to have the list of members as well. Scopes cannot be changed later.",
            "Copy the key: it is shown once.",
        ],
        url: KEYS,
        scopes: &["read:analytics", "read:members"],
        begins: &["sk-ant-api01-"],
        renewal: ("the primary owner creates a new key with the scope read:analytics", KEYS),
    }],
    datasets: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Breakdown, Dataset::Seats],
    windows: Windows { trailing: 7, restated_for: 30, given_up_after: 14, kept_for: 365, weekly: 31 },
    own_windows: &[],
    limits: &[LimitRule::per_minute("organization", &[], 60)],
    makes_apps_for: &[],
    forgets_leavers: false,
    ids: IdScope::Provider,
    breaks: &[],
    other_keys: &[],
    refusals: refusals::REASONS,
    known_limits: &[
        "There is no data before 2026-01-01.",
        "A day's engagement is available after 12:00 UTC of the next day.",
        "On seat plans, the cost covers only usage credits.",
        "Claude Code through Bedrock is not included.",
    ],
};

static API: Api = Api { about: &ABOUT, auth: Auth::Header("x-api-key"), headers: HEADERS, beside: Some(not_ready) };

/// Recognizes the 400 for a day whose figures are not available yet.
fn not_ready(_: &Call<'_>, refusal: &Refusal) -> Option<ProviderError> {
    (refusal.status == 400 && names_a_day(&refusal.message)).then(|| ProviderError::Forbidden {
        code: NOT_READY,
        detail: "the day's figures are not available yet".to_owned(),
        fix: Box::new(Fix::new("nothing to do; they arrive within two days", KEYS)),
    })
}

/// The 400 for a day that is too recent names that day.
fn names_a_day(message: &str) -> bool {
    let is_day = |text: &str| text.parse::<Day>().is_ok();
    message.split(|c: char| !c.is_ascii_digit() && c != '-').any(|word| is_day(word.trim_matches('-')))
}

pub(super) struct ClaudeEnterprise;

impl Provider for ClaudeEnterprise {
    fn about(&self) -> &'static About {
        &ABOUT
    }
}

#[async_trait]
impl Access for ClaudeEnterprise {
    async fn verify(&self, call: &Call<'_>, days: Days) -> Verification {
        let answers = checks::ask(call, &API, probes(days.until())).await;
        let preview = match answers.is_open() {
            true => Some(preview_of(call, days).await),
            false => None,
        };
        let knows = ProviderFacts {
            token: TokenFacts { kind: "analytics_key".to_owned(), ..TokenFacts::default() },
            never_ends: false,
            if_empty: (
                "the key is valid, but Claude Code was not used in the last 14 days",
                Some(Fix::new(
                    "developers whose use is paid in the Claude Console are in its reports: connect the Claude Console as well",
                    "https://platform.claude.com/settings/admin-keys",
                )),
            ),
        };
        answers.conclude(call, &API, knows, preview)
    }
}

/// Only the first page of each report, with up to 1,000 rows: verify and save share the limit of 60 requests a
/// minute.
async fn preview_of(call: &Call<'_>, days: Days) -> Previewed {
    let mut read = Previewing::with(map::ClaudeEnterpriseReader::default()).first_pages();
    for series in [&USAGE, &COST] {
        let report = Report { days, ..series.of_day(days.last()) };
        read.read(&report, fetch(call, &report).await).await;
    }
    for day in days.iter().rev() {
        let users = USERS.of_day(day);
        read.read(&users, fetch(call, &users).await).await;
    }
    read.finish(call.account, days, &ABOUT.windows)
}

async fn fetch<'a>(call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
    match API.pages(call, reports::first(report), claude::next).await {
        Ok(bodies) => Ok(Fetched::Ready { covers: report.days, bodies }),
        Err(ProviderError::Forbidden { code: NOT_READY, .. }) => Ok(Fetched::NotYet),
        Err(error) => Err(error),
    }
}

/// One request per endpoint family, for a day that is always available.
fn probes(today: Day) -> Vec<Probe> {
    let ready = today - Duration::days(READY_AFTER);
    let probe = |id, series: &Series, needs, is_needed, is_good| {
        let ask = reports::smallest(&series.of_day(ready));
        Probe { id, ask, needs, is_needed, is_good }
    };
    let analytics = "the scope read:analytics";
    let has_data = |body: &[u8]| claude::has(body, "data");
    vec![
        probe("summaries", &SUMMARIES, analytics, false, |body| claude::has(body, "summaries")),
        probe("users", &USERS, analytics, true, has_data),
        probe("user_usage", &USAGE, analytics, false, has_data),
        probe("user_cost", &COST, analytics, false, has_data),
        probe("members", &MEMBERS, "the scope read:members", false, has_data),
    ]
}

#[async_trait]
impl History for ClaudeEnterprise {
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch> {
        if in_bulk { Vec::new() } else { reports::batches(days, self.floor(account, today)) }
    }

    fn snapshots(&self, _: &Account, today: Day) -> Vec<Batch> {
        reports::snapshots(today)
    }

    fn archived(&self, _: &Account, name: &str, day: Day) -> Option<Report> {
        reports::archived(name, day)
    }

    async fn fetch<'a>(&self, call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
        fetch(call, report).await
    }

    fn mapper(&self, account: &Account, days: usize) -> Box<dyn Mapper> {
        Box::new(Pages::new(account, map::ClaudeEnterpriseReader::default(), days))
    }
}
