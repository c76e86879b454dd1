//! GitHub Copilot: the usage metrics reports, seats, and the permissions of tokens.
//!
//! The old `/copilot/metrics` API was closed on 2026-04-02 and answers 404; these reports replaced it:
//! <https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics>.
//!
//! **Active** and **engaged**. GitHub counts a person as active on a day with any Copilot activity; since 2026-06-15,
//! server-side telemetry alone is enough. `daily_active_users` is that count, and the users report has one row per
//! active person
//! (<https://docs.github.com/en/enterprise-cloud@latest/copilot/concepts/copilot-usage-metrics/copilot-metrics>).
//! *Engaged* was a number of the closed API; no report carries it. Here a person is engaged on a day with at least
//! one prompt (`user_initiated_interaction_count`) or one accepted suggestion (`code_acceptance_activity_count`),
//! counted from the users report; without that report it is null.
//!
//! **Pull-request summaries** (`total_pr_summaries_created`), github.com chat and custom models were only in the
//! closed API and have no successor. Pull requests are counted as created, reviewed and merged, with Copilot's share.

mod addresses;
mod api;
mod app;
mod credits;
mod graph;
mod identities;
mod manifest;
mod map;
mod preview;
mod refusals;
mod reports;
mod rows;
mod token;
mod verify;
mod ways;
mod wire;

use super::{
    About, Access, AccountKind, AppForm, Batch, Call, CredentialKind, Fetched, Field, History, Mapper, NewApp,
    Provider, Report, Shape, Windows, day,
};
use crate::error::ProviderError;
use crate::http::Http;
use crate::words::{Account, Dataset, Day, Days, IdScope, Verification};
use async_trait::async_trait;

const ORGANIZATION: &str = "organization";
const ENTERPRISE: &str = "enterprise";

static ABOUT: About = About {
    id: "github-copilot",
    name: "GitHub Copilot",
    api_url: "https://api.github.com",
    hosts: &["api.github.com", "api.*.ghe.com"],
    // https://github.blog/changelog of 2026-05-20: the new host, the old one in transition, the fallback.
    download_hosts: &[
        "copilot-reports.github.com",
        "copilot-reports.*.ghe.com",
        "copilot-reports-*.b01.azurefd.net",
        "*.blob.core.windows.net",
    ],
    accounts: &[
        AccountKind {
            kind: ORGANIZATION,
            title: "Organization",
            hint: "the name in https://github.com/NAME",
            first_day: day(2025, 12, 12),
        },
        AccountKind {
            kind: ENTERPRISE,
            title: "Enterprise",
            hint: "the name in https://github.com/enterprises/NAME",
            first_day: day(2025, 10, 10),
        },
    ],
    credentials: &[
        CredentialKind {
            kind: "token",
            title: "a personal access token",
            fields: &[Field { name: "token", title: "Token", shape: Shape::Secret, required: true }],
            url: "https://github.com/settings/tokens/new?scopes=read:org,manage_billing:copilot&description=pairmeter",
            begins: &["ghp_", "github_pat_", "ghs_", "ghu_", "gho_"],
        },
        CredentialKind {
            kind: app::KIND,
            title: "the private key of an app",
            fields: &[
                Field { name: app::APP_ID, title: "App ID or client ID", shape: Shape::Text, required: true },
                Field { name: app::PRIVATE_KEY, title: "Private key (.pem)", shape: Shape::SecretFile, required: true },
                Field {
                    name: app::INSTALLATION_ID,
                    title: "Installation ID, found automatically",
                    shape: Shape::Text,
                    required: false,
                },
            ],
            url: "https://github.com/settings/apps/new",
            begins: &["-----BEGIN"],
        },
    ],
    ways: ways::WAYS,
    datasets: &[Dataset::Activity, Dataset::Cost, Dataset::Breakdown, Dataset::Seats, Dataset::PullRequests],
    windows: Windows { trailing: 4, restated_for: 3, given_up_after: 7, kept_for: 365, weekly: 0 },
    // GitHub corrects bills for weeks: discounts, and the models that credits are assigned to.
    own_windows: &[(
        Dataset::Cost,
        Windows { trailing: 4, restated_for: 30, given_up_after: 7, kept_for: credits::KEPT_FOR, weekly: 31 },
    )],
    limits: &[],
    makes_apps_for: &[ORGANIZATION],
    forgets_leavers: false,
    ids: IdScope::Provider,
    breaks: ways::BREAKS,
    other_keys: &[("ghr_", "a refresh token of a GitHub App")],
    refusals: refusals::REASONS,
    known_limits: &[
        "Copilot Chat on github.com and GitHub Mobile is not in the reports.",
        "Teams with fewer than five licensed people are not in the team report.",
        "Editors are reported for all features together; completions per editor are not known.",
        "People whose editor sends no telemetry are missing or incomplete.",
        "Billing of AI credits is by model, not by person; a person's cost is their credits at the list price.",
        "Reports name people by login. E-mail addresses are known where GitHub shows them to an owner's token: of people with single sign-on, or with an address of a domain that the organization has verified.",
        "The people of an enterprise have e-mail addresses only where the enterprise, and not its organizations, has the single sign-on.",
    ],
};

pub(super) struct GithubCopilot;

impl Provider for GithubCopilot {
    fn about(&self) -> &'static About {
        &ABOUT
    }
}

#[async_trait]
impl Access for GithubCopilot {
    async fn verify(&self, call: &Call<'_>, preview: Days) -> Verification {
        verify::verify(call, preview).await
    }

    fn app_form(&self, account: &Account, api_url: Option<&str>, redirect_url: &str) -> Result<AppForm, ProviderError> {
        manifest::form(account, api_url, redirect_url)
    }

    async fn convert_app(&self, http: &Http, api_url: Option<&str>, code: &str) -> Result<NewApp, ProviderError> {
        manifest::convert(http, api_url, code).await
    }
}

#[async_trait]
impl History for GithubCopilot {
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch> {
        reports::batches(account, days, today, in_bulk)
    }

    fn snapshots(&self, account: &Account, today: Day) -> Vec<Batch> {
        vec![reports::snapshot(account, today)]
    }

    /// The billing platform may have a longer history than the reports.
    fn floor(&self, account: &Account, today: Day) -> Day {
        reports::usage_floor(account, today).min(credits::floor(today))
    }

    fn archived(&self, _account: &Account, name: &str, day: Day) -> Option<Report> {
        reports::archived(name, day)
    }

    async fn fetch<'a>(&self, call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
        reports::fetch(call, report).await
    }

    fn mapper(&self, account: &Account, days: usize) -> Box<dyn Mapper> {
        Box::new(map::DayMapper::new(account, days))
    }
}
