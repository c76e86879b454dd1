//! Codex in a ChatGPT workspace: threads, turns, tokens and credits by person, and dollars if the workspace is billed
//! in dollars.
//!
//! <https://developers.openai.com/codex/enterprise/governance>. Codex used with an API key is billed and reported by
//! the API platform and is not included. OpenAI's pages disagree on which key opens this API; only a request shows
//! it.

mod map;
mod refusals;

use async_trait::async_trait;

use super::api::{Api, Ask, Auth};
use super::checks::{self, Probe, ProviderFacts};
use super::pages::Pages;
use super::preview::Previewing;
use super::series::{self, Series, starts};
use super::{
    About, Access, AccountKind, Batch, Call, CredentialKind, Fetched, Field, History, Mapper, Need, Provider, Report,
    Shape, Way, Windows, day,
};
use crate::error::ProviderError;
use crate::http::LimitRule;
use crate::words::{Account, Dataset, Day, Days, IdScope, TokenFacts, Verification};

const KEYS_PAGE: &str = "https://platform.openai.com/settings/organization/admin-keys";
const WORKSPACE_PAGE: &str = "https://chatgpt.com/admin/settings";
const SCOPE: &str = "the scope codex.enterprise.analytics.read (Codex analytics API: Read)";

static ABOUT: About = About {
    id: "codex",
    name: "Codex",
    api_url: "https://api.chatgpt.com",
    hosts: &["api.chatgpt.com"],
    download_hosts: &[],
    accounts: &[AccountKind {
        kind: "workspace",
        title: "ChatGPT workspace",
        hint: "the workspace ID (a UUID) on https://chatgpt.com/admin/settings, Workspace details",
        first_day: day(2025, 10, 1),
    }],
    credentials: &[CredentialKind {
        kind: "token",
        title: "an analytics key",
        fields: &[Field { name: "token", title: "Key", shape: Shape::Secret, required: true }],
        url: KEYS_PAGE,
        begins: &["sk-admin-"],
    }],
    ways: &[Way {
        id: "analytics_key",
        title: "Key for the Codex analytics API",
        credential: "token",
        accounts: &["workspace"],
        steps: &[
            "The workspace must be ChatGPT Enterprise or Edu, with Codex.",
            "In the platform organization that is linked to the workspace, as an owner: Settings, Organization, Admin keys: create an admin key with the custom permission \"Codex analytics API\" set to Read.",
            "Where that permission is not offered: create a read-only key and ask support@openai.com to open the Codex analytics API for it.",
            "Copy the workspace ID from ChatGPT, Admin, Workspace details.",
        ],
        url: KEYS_PAGE,
        scopes: &["codex.enterprise.analytics.read"],
        begins: &["sk-admin-"],
        renewal: ("create a new key with the permission \"Codex analytics API\" and copy all of it", KEYS_PAGE),
    }],
    datasets: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Breakdown],
    windows: Windows { trailing: 7, restated_for: 5, given_up_after: 10, kept_for: 90, weekly: 0 },
    own_windows: &[],
    limits: &[LimitRule::unpublished()],
    makes_apps_for: &[],
    forgets_leavers: false,
    ids: IdScope::Account,
    breaks: &[],
    other_keys: &[],
    refusals: refusals::REASONS,
    known_limits: &[
        "Credits, native dollars and estimated dollars are three figures for the same work: never add them.",
        "The e-mail addresses of people are hidden if the workspace's privacy policy says so.",
        "Codex used with an API key is part of the API platform, not of the workspace.",
        "History reaches back 90 days; a day is up to 12 hours late and is revised for some days.",
    ],
};

static API: Api = Api { about: &ABOUT, auth: Auth::Bearer, headers: &[], beside: None };

const PEOPLE: Series = Series {
    lengths: &[("people-1-day", 1), ("people-7-day", 7), ("people-30-day", 30)],
    feeds: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Breakdown],
    need: Need::Essential,
    rank: 0,
};
/// The workspace's own totals, which need not equal the sums over people.
const WORKSPACE: Series = Series {
    lengths: &[("workspace-1-day", 1), ("workspace-7-day", 7), ("workspace-30-day", 30)],
    feeds: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Breakdown],
    need: Need::Essential,
    rank: 1,
};
const HISTORY: [&Series; 2] = [&PEOPLE, &WORKSPACE];

fn of_workspace(call: &Call<'_>, path: &str, days: Days) -> Ask {
    Ask::get(format!("v1/analytics/codex/workspaces/{}/{path}", call.account.slug))
        .with("start_time", &starts(days.from()).to_string())
        .with("end_time", &starts(days.until()).to_string())
        // One of the two copies of the documentation also has weeks.
        .with("group_by", "day")
}

fn usage(call: &Call<'_>, days: Days, is_whole: bool) -> Ask {
    let ask = of_workspace(call, "usage", days);
    if is_whole { ask.with("group", "workspace") } else { ask }
}

async fn fetch<'a>(call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
    let ask = usage(call, report.days, WORKSPACE.is(report)).with("limit", "1000");
    let first = ask.clone();
    let bodies = API.pages(call, ask, move |_, body| API.next(&first, "page", body)).await?;
    Ok(Fetched::Ready { covers: report.days, bodies })
}

pub(super) struct Codex;

impl Provider for Codex {
    fn about(&self) -> &'static About {
        &ABOUT
    }
}

#[async_trait]
impl Access for Codex {
    async fn verify(&self, call: &Call<'_>, days: Days) -> Verification {
        let yesterday = Days::before(days.until(), 1);
        let probe = |id, ask: Ask, is_needed| Probe {
            id,
            ask: ask.with("limit", "1"),
            needs: SCOPE,
            is_needed,
            is_good: Api::is_page,
        };
        let probes = vec![
            probe("usage", usage(call, yesterday, true), true),
            probe("code_reviews", of_workspace(call, "code_reviews", yesterday), false),
            probe("code_review_responses", of_workspace(call, "code_review_responses", yesterday), false),
        ];
        let answers = checks::ask(call, &API, probes).await;
        let read = if answers.is_open() {
            let reports = HISTORY.map(|series| Report { days, ..series.of_day(days.last()) });
            let mut read = Previewing::with(map::CodexReader::default());
            for report in &reports {
                read.read(report, fetch(call, report).await).await;
            }
            Some(read.finish(call.account, days, &ABOUT.windows))
        } else {
            None
        };
        let knows = ProviderFacts {
            token: TokenFacts { kind: "analytics_key".to_owned(), ..TokenFacts::default() },
            never_ends: false,
            if_empty: (
                "Codex was not used with a ChatGPT login on these days; usage with an API key is not part of the workspace",
                None,
            ),
        };
        answers.conclude(call, &API, knows, read)
    }
}

#[async_trait]
impl History for Codex {
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch> {
        // The reports of many days are as exact as those of one day.
        if in_bulk { Vec::new() } else { series::batches(&HISTORY, days, self.floor(account, today)) }
    }

    fn snapshots(&self, _: &Account, _: Day) -> Vec<Batch> {
        Vec::new()
    }

    fn archived(&self, _: &Account, name: &str, day: Day) -> Option<Report> {
        series::archived(&HISTORY, name, day)
    }

    async fn fetch<'a>(&self, call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
        fetch(call, report).await
    }

    fn mapper(&self, account: &Account, days: usize) -> Box<dyn Mapper> {
        Box::new(Pages::new(account, map::CodexReader::default(), days))
    }
}
