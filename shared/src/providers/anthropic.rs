//! Claude Console: the Admin API of an organization that pays by use, and its usage of Claude Code.
//!
//! <https://platform.claude.com/docs/en/api/admin>. Three reports must not be added up: `claude_code` names people
//! and keys and *estimates* their cost; `messages` counts the tokens of the whole organization, including Claude
//! Code's; the cost report is the bill, which names workspaces but no people. Usage with a claude.ai login is in none
//! of them.
//!
//! Since October 2026 there are also usage and cost reports by person, in beta. They replace the older two if the
//! account's kind requests it.

mod api;
mod map;
mod refusals;
mod reports;
mod wire;

use async_trait::async_trait;

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
use crate::words::{Account, CheckOutcome, Dataset, Day, Days, Fix, IdScope, TokenFacts, Verification};

use reports::{ANALYTICS_COST, ANALYTICS_USAGE, CLAUDE_CODE, COST, MESSAGES, USERS};

const KEYS: &str = "https://platform.claude.com/settings/admin-keys";
const ORGANIZATION: &str = "organization";
/// The account kind that uses the newer reports.
const ANALYTICS: &str = "organization_analytics";

static ABOUT: About = About {
    id: "anthropic",
    name: "Claude Console",
    api_url: "https://api.anthropic.com",
    hosts: &["api.anthropic.com"],
    download_hosts: &[],
    accounts: &[
        AccountKind {
            kind: ORGANIZATION,
            title: "Organization",
            hint: "the organization's id, at https://platform.claude.com/settings/organization",
            first_day: day(2025, 1, 1),
        },
        AccountKind {
            kind: ANALYTICS,
            title: "Organization, with the usage and cost reports of October 2026 (beta)",
            hint: "the organization's id, at https://platform.claude.com/settings/organization",
            first_day: day(2025, 1, 1),
        },
    ],
    credentials: &[CredentialKind {
        kind: "admin_key",
        title: "an Admin key",
        fields: &[Field { name: KEY, title: "Admin key", shape: Shape::Secret, required: true }],
        url: KEYS,
        begins: &["sk-ant-admin01-"],
    }],
    ways: &[Way {
        id: "admin_key",
        title: "Admin key",
        credential: "admin_key",
        accounts: &[ORGANIZATION, ANALYTICS],
        steps: &[
            "Sign in to the Claude Console as an admin of the organization.",
            "Settings, Admin keys: create a key, and choose when it expires.",
            "Copy the key: it is shown once. It may do everything an admin may, members and keys included, so keep it nowhere else.",
        ],
        url: KEYS,
        scopes: &[],
        begins: &["sk-ant-admin01-"],
        renewal: ("create a new Admin key in the Console and choose when it expires", KEYS),
    }],
    datasets: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Breakdown, Dataset::Seats],
    windows: Windows { trailing: 3, restated_for: 3, given_up_after: 7, kept_for: 365, weekly: 0 },
    own_windows: &[],
    limits: &[LimitRule::unpublished()],
    makes_apps_for: &[],
    forgets_leavers: false,
    ids: IdScope::Provider,
    breaks: &[],
    other_keys: &[("sk-ant-api03-", "a key for the Claude API itself"), ("sk-ant-oat01-", "a personal sign-in token")],
    refusals: refusals::REASONS,
    known_limits: &[
        "People who sign in to Claude Code with claude.ai (Team or Enterprise) are not in the Console's reports.",
        "The bill names workspaces but no people. A person's cost of Claude Code is an estimate, and part of the bill.",
        "Use through Bedrock, Vertex or Foundry is not included, nor is the Priority Tier in the bill.",
        "The Console bills by use and has no licenses: its members are listed among the seats, without a plan.",
    ],
};

static API: Api = Api { about: &ABOUT, auth: Auth::Header("x-api-key"), headers: HEADERS, beside: None };
static BETA: Api = Api {
    about: &ABOUT,
    auth: Auth::Header("x-api-key"),
    headers: &[HEADERS[0], ("anthropic-beta", "analytics-usage-cost-2026-08-24")],
    beside: None,
};

/// For requests that can be narrowed.
static WIDE: Api = Api { about: &ABOUT, auth: Auth::Header("x-api-key"), headers: HEADERS, beside: Some(too_wide) };

/// A request that is too wide gets status 400. The limit is not documented.
const TOO_WIDE: &str = "query_too_wide";

fn too_wide(_: &Call<'_>, refused: &Refusal) -> Option<ProviderError> {
    (refused.status == 400).then(|| ProviderError::Forbidden {
        code: TOO_WIDE,
        detail: "Claude Console: it does not accept the request (400); its API may have changed".to_owned(),
        fix: Box::new(Fix::text("nothing to do; Pairmeter retries with a narrower request")),
    })
}

fn api_of(account: &Account) -> &'static Api {
    if account.kind == ANALYTICS { &BETA } else { &API }
}

pub(super) struct Anthropic;

impl Provider for Anthropic {
    fn about(&self) -> &'static About {
        &ABOUT
    }
}

#[async_trait]
impl Access for Anthropic {
    async fn verify(&self, call: &Call<'_>, days: Days) -> Verification {
        let api = api_of(call.account);
        let answers = checks::ask(call, api, probes(call.account, days.last())).await;
        let organization = answers.body("organization").and_then(|body| api::organization(body));
        let preview = match answers.is_open() {
            true => Some(preview_of(call, days).await),
            false => None,
        };
        let knows = ProviderFacts {
            token: TokenFacts { kind: "admin_key".to_owned(), ..TokenFacts::default() },
            never_ends: false,
            if_empty: (EMPTY, Some(instead())),
        };
        let mut verification = answers.conclude(call, api, knows, preview);
        let has_nobody = verification
            .preview
            .as_ref()
            .is_some_and(|preview| preview.days.iter().all(|day| day.active_users.unwrap_or(0) == 0));
        if has_nobody {
            verification.revise("data", CheckOutcome::Warn, EMPTY, Some(instead()));
        }
        if let Some(organization) = organization.filter(|organization| !organization.is(&call.account.slug)) {
            let detail = format!("the key is of the organization {organization}");
            let fix = Fix::new(
                format!("connect {}, or create a key in the organization {}", organization.id, call.account.slug),
                "https://platform.claude.com/settings/organization",
            );
            verification.revise("account", CheckOutcome::Fail, &detail, Some(fix));
            verification.preview = None;
        }
        verification
    }
}

const EMPTY: &str = "the key is valid, but Claude Code was not used here in the last 14 days: that is expected when \
    developers sign in to Claude Code with claude.ai, whose use is not in the Console";

fn instead() -> Fix {
    Fix::new(
        "on a claude.ai Enterprise plan connect Claude Enterprise with an analytics key instead, or both; for a Team plan there is no API",
        "https://claude.ai/admin-settings/api",
    )
}

/// The most recent days, from the reports that polls use.
async fn preview_of(call: &Call<'_>, days: Days) -> Previewed {
    let newest_first: Vec<Day> = days.iter().rev().collect();
    let mut read = Previewing::with(map::AnthropicReader::default());
    for report in reports::batches(call.account, &newest_first, days.from()).into_iter().flat_map(|batch| batch.reports)
    {
        read.read(&report, fetch(call, &report).await).await;
    }
    read.finish(call.account, days, &ABOUT.windows)
}

async fn fetch<'a>(call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
    let mut groupings = api::groupings(report).iter().peekable();
    loop {
        let grouping = groupings.next().copied().unwrap_or_default();
        let api = if groupings.peek().is_some() { &WIDE } else { api_of(call.account) };
        return match api.pages(call, api::first(report, grouping), claude::next).await {
            Ok(bodies) => Ok(Fetched::Ready { covers: report.days, bodies }),
            Err(ProviderError::Forbidden { code: TOO_WIDE, .. }) => continue,
            Err(error) => Err(error),
        };
    }
}

/// One request per endpoint family.
fn probes(account: &Account, last: Day) -> Vec<Probe> {
    let probe = |id, series: &Series, is_needed| {
        let ask = api::smallest(&series.of_day(last));
        Probe { id, ask, needs: "an Admin key", is_needed, is_good: |body| claude::has(body, "data") }
    };
    let me = Probe {
        id: "organization",
        ask: super::api::Ask::get("v1/organizations/me"),
        needs: "an Admin key",
        is_needed: false,
        is_good: |body| claude::has(body, "id"),
    };
    let [usage, cost] = match account.kind == ANALYTICS {
        true => [probe("analytics_usage", &ANALYTICS_USAGE, true), probe("analytics_cost", &ANALYTICS_COST, true)],
        false => [probe("messages", &MESSAGES, true), probe("cost", &COST, true)],
    };
    vec![me, probe("claude_code", &CLAUDE_CODE, true), usage, cost, probe("users", &USERS, false)]
}

#[async_trait]
impl History for Anthropic {
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch> {
        if in_bulk { Vec::new() } else { reports::batches(account, days, self.floor(account, today)) }
    }

    fn snapshots(&self, _: &Account, today: Day) -> Vec<Batch> {
        reports::snapshots(today)
    }

    fn archived(&self, account: &Account, name: &str, day: Day) -> Option<Report> {
        reports::archived(account, name, day)
    }

    async fn fetch<'a>(&self, call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
        fetch(call, report).await
    }

    fn mapper(&self, account: &Account, days: usize) -> Box<dyn Mapper> {
        Box::new(Pages::new(account, map::AnthropicReader::default(), days))
    }
}
