//! Cursor: the Admin API of a team, and what its Analytics and AI Code Tracking APIs add.
//!
//! <https://cursor.com/docs/account/teams/admin-api>, <https://cursor.com/docs/account/teams/analytics-api>. A key opens
//! endpoint by endpoint; what only Enterprise teams have is missing for other teams, which is not a failure.
//!
//! Amounts come from usage events (`chargedCents`): *metered* or *included* by their kind, *unknown* if no kind says
//! so, and beside it at *list* price (`totalCents`). No endpoint has seat fees. The billing cycle's sums so far are stored
//! with the seats.

mod api;
mod kinds;
mod map;
mod refusals;
mod reports;
mod wire;

use async_trait::async_trait;

use super::api::{Api, Ask, Auth, KEY};
use super::checks::{self, Probe, ProviderFacts};
use super::pages::Pages;
use super::preview::{Previewed, Previewing};
use super::series::Series;
use super::{
    About, Access, AccountKind, Batch, Call, CredentialKind, Fetched, Field, History, Mapper, Provider, Report, Shape,
    Way, Windows, day,
};
use crate::error::ProviderError;
use crate::http::LimitRule;
use crate::words::{Account, Dataset, Day, Days, Fix, IdScope, TokenFacts, Verification};

use reports::{COMMITS, EVENTS, EXTENSIONS, GROUPS, MEMBERS, SPEND, USAGE};

const KEYS: &str = "https://cursor.com/dashboard?tab=api-keys";

static ABOUT: About = About {
    id: "cursor",
    name: "Cursor",
    api_url: "https://api.cursor.com",
    hosts: &["api.cursor.com"],
    download_hosts: &[],
    accounts: &[AccountKind {
        kind: "team",
        title: "Team",
        hint: "a name of your choice: Cursor's API does not say which team a key is of",
        first_day: day(2024, 1, 1),
    }],
    credentials: &[CredentialKind {
        kind: "api_key",
        title: "an Admin API key",
        fields: &[Field { name: KEY, title: "API key", shape: Shape::Secret, required: true }],
        url: KEYS,
        begins: &["crsr_", "key_"],
    }],
    ways: &[Way {
        id: "api_key",
        title: "API key",
        credential: "api_key",
        accounts: &["team"],
        steps: &[
            "Sign in to cursor.com as an admin of the team.",
            "Dashboard, API Keys: New API Key, with the scope admin:*.",
            "Copy the key: it is shown once. It belongs to the team and outlives the account that created it.",
        ],
        url: KEYS,
        scopes: &["admin:*"],
        begins: &["crsr_", "key_"],
        renewal: ("create a new API key with the scope admin:* in the team's dashboard", KEYS),
    }],
    datasets: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Breakdown, Dataset::Seats],
    // Amounts of events change for up to 10 days: https://github.com/constructorfabric/insight/issues/1072
    windows: Windows { trailing: 10, restated_for: 10, given_up_after: 14, kept_for: 365, weekly: 0 },
    own_windows: &[],
    // Per team: https://cursor.com/docs/api. It does not say whether endpoints share the Admin API's 20 requests.
    limits: &[
        LimitRule::per_minute("events", &["/teams/filtered-usage-events"], 60),
        LimitRule::per_minute("ai-code", &["/analytics/ai-code/"], 20),
        LimitRule::per_minute("by-user", &["/analytics/by-user/"], 50),
        LimitRule::per_minute("analytics", &["/analytics/team/"], 100),
        LimitRule::per_minute("admin", &[], 20),
    ],
    makes_apps_for: &[],
    forgets_leavers: true,
    ids: IdScope::Provider,
    breaks: &[],
    other_keys: &[],
    refusals: refusals::REASONS,
    known_limits: &[
        "No endpoint has seats or their fees; members are shown without a plan or a price.",
        "Lines suggested, commits and file types need an Enterprise team; of file types only the five most frequent a day are known.",
        "People are joined by e-mail address: a person who changes it is counted as two people.",
        "An event without an amount is counted and has no cost; amounts of a member's own API key are of an unknown basis.",
        "How long usage events are kept is not documented; older days may have usage and no cost.",
        "Groups are known as they are today.",
    ],
};

static API: Api = Api { about: &ABOUT, auth: Auth::Basic, headers: &[], beside: None };

pub(super) struct Cursor;

impl Provider for Cursor {
    fn about(&self) -> &'static About {
        &ABOUT
    }
}

#[async_trait]
impl Access for Cursor {
    async fn verify(&self, call: &Call<'_>, days: Days) -> Verification {
        let answers = checks::ask(call, &API, probes(days.last())).await;
        let preview = match answers.is_open() {
            true => Some(preview_of(call, days).await),
            false => None,
        };
        let knows = ProviderFacts {
            token: TokenFacts { kind: "api_key".to_owned(), ..TokenFacts::default() },
            never_ends: false,
            if_empty: (
                "Cursor accepts the key and has no data for the last 14 days",
                Some(Fix::new("check in the dashboard that this is the team whose members use Cursor", KEYS)),
            ),
        };
        answers.conclude(call, &API, knows, preview)
    }
}

/// Only the first page of each report: 1,000 events a day, 500 people. Verify and save share the limit of 20
/// requests a minute.
async fn preview_of(call: &Call<'_>, days: Days) -> Previewed {
    let usage = Report { days, ..USAGE.of_day(days.last()) };
    let mut read = Previewing::with(map::CursorReader::default()).first_pages();
    read.read(&usage, fetch(call, &usage).await).await;
    for day in days.iter().rev() {
        let events = EVENTS.of_day(day);
        read.read(&events, fetch(call, &events).await).await;
    }
    read.finish(call.account, days, &ABOUT.windows)
}

async fn fetch<'a>(call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
    let from = report.days.from();
    let next = move |ask: &Ask, page: &[u8]| api::next(ask, page, from);
    let bodies = API.pages(call, api::first(report), next).await?;
    Ok(Fetched::Ready { covers: report.days, bodies })
}

/// One request per endpoint family.
fn probes(last: Day) -> Vec<Probe> {
    let admin = "the scope admin:*";
    let enterprise = "an Enterprise team";
    let probe = |id, series: &Series, needs, is_needed, is_good| {
        let ask = api::smallest(&series.of_day(last));
        Probe { id, ask, needs, is_needed, is_good }
    };
    vec![
        probe("members", &MEMBERS, admin, false, |body| api::has(body, "teamMembers")),
        probe("usage", &USAGE, admin, true, |body| api::has(body, "data")),
        probe("usage_events", &EVENTS, admin, false, |body| api::has(body, "usageEvents")),
        probe("spend", &SPEND, admin, false, |body| api::has(body, "teamMemberSpend")),
        probe("groups", &GROUPS, enterprise, false, |body| api::has(body, "groups")),
        probe("analytics", &EXTENSIONS, enterprise, false, |body| api::has(body, "data")),
        probe("ai_code", &COMMITS, enterprise, false, |body| api::has(body, "items")),
    ]
}

#[async_trait]
impl History for Cursor {
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch> {
        // Each week is fetched when it is needed; there is no longer report.
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
        Box::new(Pages::new(account, map::CursorReader::default(), days))
    }
}
