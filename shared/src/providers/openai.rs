//! OpenAI's API platform: completions by person and model, costs by line item and project, members, and the owners of
//! keys. An admin key opens all of it, or the parts that its scopes name.
//!
//! <https://platform.openai.com/docs/api-reference/administration>. ChatGPT seats, and Codex used with a ChatGPT
//! login, are not included; Codex used with an API key is.

mod map;
mod refusals;
mod verify;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};

use super::api::{Api, Ask, Auth};
use super::pages::Pages;
use super::series::{self, Series, starts};
use super::{
    About, Access, AccountKind, Batch, Bodies, Body, Call, CredentialKind, Fetched, Field, History, Mapper, Need,
    Provider, Report, Shape, Way, Windows, day,
};
use crate::error::ProviderError;
use crate::http::LimitRule;
use crate::words::{Account, Dataset, Day, Days, IdScope, TokenFacts, Verification};

const KEYS_PAGE: &str = "https://platform.openai.com/settings/organization/admin-keys";

static ABOUT: About = About {
    id: "openai",
    name: "OpenAI",
    api_url: "https://api.openai.com",
    hosts: &["api.openai.com"],
    download_hosts: &[],
    accounts: &[AccountKind {
        kind: "organization",
        title: "Organization",
        hint: "the organization's ID (org-...) on https://platform.openai.com/settings/organization/general; the key says which organization is read",
        first_day: day(2024, 1, 1),
    }],
    credentials: &[CredentialKind {
        kind: "token",
        title: "an admin key",
        fields: &[Field { name: "token", title: "Admin key", shape: Shape::Secret, required: true }],
        url: KEYS_PAGE,
        begins: &["sk-admin-"],
    }],
    ways: &[Way {
        id: "admin_key",
        title: "Admin key",
        credential: "token",
        accounts: &["organization"],
        steps: &[
            "Sign in to the OpenAI platform as an owner of the organization.",
            "Settings, Organization, Admin keys: create a new admin key. All permissions, or read-only ones with the scope api.usage.read; without the others people are shown by their ids.",
            "Choose an expiry date; Pairmeter reminds you before it.",
        ],
        url: KEYS_PAGE,
        scopes: &["api.usage.read", "api.management.read"],
        begins: &["sk-admin-"],
        renewal: ("as an owner of the organization create a new admin key and copy all of it", KEYS_PAGE),
    }],
    datasets: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Seats],
    windows: Windows { trailing: 3, restated_for: 3, given_up_after: 7, kept_for: 365, weekly: 0 },
    own_windows: &[],
    limits: &[LimitRule::unpublished()],
    makes_apps_for: &[],
    forgets_leavers: false,
    ids: IdScope::Account,
    breaks: &[],
    other_keys: &[
        ("sk-proj-", "an OpenAI project key, which opens models and no administration"),
        ("sk-svcacct-", "an OpenAI service account's key, which opens models and no administration"),
        ("sk-None-", "an OpenAI user key, which opens models and no administration"),
    ],
    refusals: refusals::REASONS,
    known_limits: &[
        "Costs are known by project, line item and key, not by person; a key's costs are shown for its owner.",
        "ChatGPT seats, and Codex used with a ChatGPT login, are not part of the API platform.",
        "How long OpenAI keeps usage, and how late it may change, is not documented; three days are fetched again.",
    ],
};

/// Days per page of usage and costs; a page must stay well below the maximum answer size.
const DAYS_PER_PAGE: usize = 3;

static API: Api = Api { about: &ABOUT, auth: Auth::Bearer, headers: &[], beside: None };

/// Names of people; without them, rows carry IDs.
const USERS: Series = Series {
    lengths: &[("users-1-day", 1), ("users-7-day", 7), ("users-31-day", 31)],
    feeds: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost],
    need: Need::Names,
    rank: 0,
};
/// Projects, then the keys of each project.
const KEYS: Series = Series {
    lengths: &[("keys-1-day", 1), ("keys-7-day", 7), ("keys-31-day", 31)],
    feeds: &[Dataset::Activity, Dataset::ModelUsage, Dataset::Cost],
    need: Need::Names,
    rank: 1,
};
const COMPLETIONS: Series = Series {
    lengths: &[("completions-1-day", 1), ("completions-7-day", 7), ("completions-31-day", 31)],
    feeds: &[Dataset::Activity, Dataset::ModelUsage],
    need: Need::Essential,
    rank: 2,
};
const COSTS: Series = Series {
    lengths: &[("costs-1-day", 1), ("costs-7-day", 7), ("costs-31-day", 31)],
    feeds: &[Dataset::Cost],
    need: Need::Essential,
    rank: 3,
};
/// The same listing as [`USERS`], as of today.
const MEMBERS: Series = Series { lengths: &[("members", 1)], feeds: &[Dataset::Seats], need: Need::Figures, rank: 4 };
const HISTORY: [&Series; 4] = [&USERS, &KEYS, &COMPLETIONS, &COSTS];

fn organization(path: &str) -> Ask {
    Ask::get(format!("v1/organization/{path}"))
}

fn completions(days: Days) -> Ask {
    of_days("usage/completions", days, &["user_id", "api_key_id", "model"])
}

fn costs(days: Days) -> Ask {
    of_days("costs", days, &["line_item", "project_id", "api_key_id"])
}

/// Daily buckets of `days`, only a few per page: a day of a large organization has thousands of groups of about 600
/// bytes. The names of a group are repeated, as OpenAI's specification shows.
fn of_days(path: &str, days: Days, group_by: &[&str]) -> Ask {
    let ask = organization(path)
        .with("start_time", &starts(days.from()).to_string())
        .with("end_time", &starts(days.until()).to_string())
        .with("bucket_width", "1d")
        .with("limit", &days.len().min(DAYS_PER_PAGE).to_string());
    group_by.iter().fold(ask, |ask, group| ask.with("group_by", group))
}

async fn fetch<'a>(call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
    let ready = |bodies| Ok(Fetched::Ready { covers: report.days, bodies });
    if COMPLETIONS.is(report) {
        ready(list(call, completions(report.days), "page").await?)
    } else if COSTS.is(report) {
        ready(list(call, costs(report.days), "page").await?)
    } else if KEYS.is(report) {
        ready(keys(call, report.name).await?)
    } else {
        ready(list(call, entities("users"), "after").await?)
    }
}

/// Entities, 100 per page; `after` requests the next page.
fn entities(path: &str) -> Ask {
    organization(path).with("limit", "100")
}

/// Every page of a listing; `parameter` carries the cursor.
async fn list<'a>(call: &'a Call<'a>, first: Ask, parameter: &'static str) -> Result<Bodies<'a>, ProviderError> {
    let again = first.clone();
    API.pages(call, first, move |_, body| API.next(&again, parameter, body)).await
}

/// The list of projects, and the list of keys of each project. If a project is archived meanwhile or refuses, the
/// names of its keys are omitted, and the other projects are read.
async fn keys<'a>(call: &'a Call<'a>, report: &'static str) -> Result<Bodies<'a>, ProviderError> {
    let mut listed = list(call, entities("projects"), "after").await?;
    Ok(Box::pin(async_stream::try_stream! {
        let mut projects = Vec::new();
        while let Some(page) = next_page(&mut listed).await? {
            projects.extend(map::projects(&page).ok_or_else(|| API.malformed("a page is not the expected list of projects"))?);
            yield whole(page);
        }
        for project in projects {
            match keys_of(call, &project).await {
                Ok(pages) => for page in pages {
                    yield whole(page);
                },
                // The key opens nothing or must wait, which concerns more than this project.
                Err(
                    error @ (ProviderError::Denied { .. }
                    | ProviderError::Closed { .. }
                    | ProviderError::RateLimited { .. }),
                ) => Err(error)?,
                Err(error) => call.leave_out(report, format!("the names of the keys of the project {project}: {error}")),
            }
        }
    }))
}

async fn keys_of(call: &Call<'_>, project: &str) -> Result<Vec<Bytes>, ProviderError> {
    let mut listed = list(call, entities(&format!("projects/{project}/api_keys")), "after").await?;
    let mut pages = Vec::new();
    while let Some(page) = next_page(&mut listed).await? {
        pages.push(page);
    }
    Ok(pages)
}

/// Reads the next page completely.
async fn next_page(pages: &mut Bodies<'_>) -> Result<Option<Bytes>, ProviderError> {
    let Some(page) = pages.next().await else { return Ok(None) };
    let (mut pieces, mut whole) = (page?, BytesMut::new());
    while let Some(piece) = pieces.next().await {
        whole.extend_from_slice(&piece?);
    }
    Ok(Some(whole.freeze()))
}

fn whole<'a>(page: Bytes) -> Body<'a> {
    stream::once(async move { Ok(page) }).boxed()
}

pub(super) struct OpenAi;

impl Provider for OpenAi {
    fn about(&self) -> &'static About {
        &ABOUT
    }
}

#[async_trait]
impl Access for OpenAi {
    async fn verify(&self, call: &Call<'_>, preview: Days) -> Verification {
        verify::verify(call, preview).await
    }
}

#[async_trait]
impl History for OpenAi {
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch> {
        // The reports of many days are as exact as those of one day.
        if in_bulk { Vec::new() } else { series::batches(&HISTORY, days, self.floor(account, today)) }
    }

    fn snapshots(&self, _: &Account, today: Day) -> Vec<Batch> {
        vec![Batch { reports: vec![MEMBERS.of_day(today)] }]
    }

    fn archived(&self, _: &Account, name: &str, day: Day) -> Option<Report> {
        series::archived(&[&USERS, &KEYS, &COMPLETIONS, &COSTS, &MEMBERS], name, day)
    }

    async fn fetch<'a>(&self, call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
        fetch(call, report).await
    }

    async fn token_facts(&self, call: &Call<'_>) -> Option<TokenFacts> {
        verify::token_facts(call).await
    }

    fn mapper(&self, account: &Account, days: usize) -> Box<dyn Mapper> {
        Box::new(Pages::new(account, map::OpenAiReader::default(), days))
    }
}
