//! GitHub's routes, as one table of paths.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{Days, Duration, NaiveDate};
use serde_json::json;
use url::form_urlencoded;

use super::super::people::{Account, Kind, PARTS, Team};
use super::super::state::SandboxState;
use super::super::words::Slug;
use super::answers::{ListPage, not_found, ok, problem, put};
use super::downloads::links;
use super::reports::UsageReport;
use super::tokens::{Right, Token, TokenKind};
use super::{billing, faults, seats};

const HINT: &str = "GET /user, /user/orgs, /rate_limit, /orgs/ORG[/teams[/TEAM/members]], /orgs/ORG/copilot/billing, \
    /{orgs|enterprises}/SLUG/copilot/billing/seats, \
    /{organizations|enterprises}/SLUG/settings/billing/ai_credit/usage, \
    /{orgs|enterprises}/SLUG/copilot/metrics/reports/REPORT with REPORT one of organization-1-day, \
    organization-28-day/latest, enterprise-1-day, enterprise-28-day/latest, users-1-day, users-28-day/latest, \
    user-teams-1-day, repos-1-day";

/// Reports are kept for one year.
const KEPT: Days = Days::new(365);

/// One call to the API.
pub(crate) struct Call {
    /// Path and query, as sent.
    pub(crate) target: String,
    pub(crate) token: Token,
    /// Path and query after the organization or enterprise.
    pub(crate) rest: String,
    /// Whether the path identifies the organization by number.
    pub(crate) by_id: bool,
    host: String,
    query: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn new(target: String, host: String, token: Token) -> Call {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let path = target.split('?').next().unwrap_or_default();
        let mut segments = path.trim_matches('/').splitn(3, '/');
        let by_id =
            segments.next() == Some("organizations") && segments.next().is_some_and(|id| id.parse::<u64>().is_ok());
        let rest = path.trim_matches('/').splitn(3, '/').nth(2).unwrap_or_default();
        let rest = target.split_once('?').map_or(rest.to_owned(), |(_, query)| format!("{rest}?{query}"));
        Call { token, rest, by_id, host, query, target }
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `github.com`, or the caller's own `SUBDOMAIN.ghe.com`.
    pub(crate) fn domain(&self) -> &str {
        let host = self.host.split(':').next().unwrap_or_default();
        host.strip_prefix("api.").filter(|domain| domain.ends_with(".ghe.com")).unwrap_or("github.com")
    }
}

pub(crate) async fn answer(state: &SandboxState, call: &Call) -> Response {
    let path = call.target.split('?').next().unwrap_or_default();
    let segments = path.trim_matches('/').split('/').collect::<Vec<_>>();
    match segments.as_slice() {
        ["rate_limit"] => {
            let reset = (state.clock.now() + Duration::hours(1)).timestamp();
            let core = json!({"limit": 5000, "used": 1, "remaining": 4999, "reset": reset});
            ok(json!({"resources": {"core": core}, "rate": core}))
        }
        ["user", ..] if call.token.kind == TokenKind::Installation => {
            problem(StatusCode::FORBIDDEN, "Resource not accessible by integration")
        }
        ["user"] => {
            ok(json!({"login": "octo-admin", "id": 583_231, "type": "User", "site_admin": false, "name": "Octo Admin"}))
        }
        ["user", "orgs"] => own_organizations(state, call),
        ["orgs", slug, rest @ ..] => within(state, call, Kind::Organization, slug, rest).await,
        ["enterprises", slug, rest @ ..] => within(state, call, Kind::Enterprise, slug, rest).await,
        ["organizations", id, rest @ ..] if call.by_id => match id.parse().ok().and_then(|id| state.by_id(id)) {
            Some(account) => within(state, call, account.kind, account.slug.as_str(), rest).await,
            None => not_found(),
        },
        ["organizations", slug, rest @ ..] if rest.starts_with(&["settings", "billing"]) => {
            within(state, call, Kind::Organization, slug, rest).await
        }
        _ => unknown(),
    }
}

fn unknown() -> Response {
    put(not_found(), "x-sandbox-hint", HINT)
}

/// The routes of one organization or enterprise. A missing route answers 404 before permissions are checked.
async fn within(state: &SandboxState, call: &Call, kind: Kind, slug: &str, rest: &[&str]) -> Response {
    let Some(slug) = Slug::parse(slug).filter(|slug| !slug.as_str().contains("missing")) else {
        return not_found();
    };
    let account = state.account(kind, &slug);
    if let Some(refusal) = faults::policy(&account, call.token.kind) {
        return refusal;
    }
    let (right, outages) = match (kind, rest) {
        (Kind::Organization, []) => return profile(&account),
        (_, ["copilot", "metrics", "reports", ..]) => (Right::Metrics, true),
        (_, ["copilot", "billing", ..]) => (Right::Seats, true),
        (_, ["settings", "billing", ..]) => (Right::Billing, true),
        (Kind::Organization, ["teams" | "team", ..]) => (Right::Members, false),
        // One of them is `copilot/metrics` itself, which was closed in April 2026.
        _ => return unknown(),
    };
    if let Some(refusal) = call.token.refusal(&account, right) {
        return refusal;
    }
    if outages && let Some(fault) = faults::outage(state, call, &account).await {
        return fault;
    }
    let answer = match (kind, rest) {
        (_, ["copilot", "metrics", "reports", report @ ..]) => {
            report_envelope(state, call, &account, &report.join("/"))
        }
        (Kind::Organization, ["copilot", "billing"]) => seats::subscription(state, &account),
        (_, ["copilot", "billing", "seats"]) => seats::list(state, call, &account),
        (_, ["settings", "billing", "ai_credit", "usage"]) => billing::credits(state, call, account.clone()).await,
        (_, ["teams"]) => teams(call, &account),
        // By slug, as users write it, or by number, as links to further pages do.
        (_, ["teams" | "team", team, "members"]) => members(state, call, &account, team),
        _ => unknown(),
    };
    if outages && slug.says("deprecation") {
        let answer = put(answer, "deprecation", "@1772409600");
        return put(answer, "sunset", "Fri, 10 Mar 2028 00:00:00 GMT");
    }
    answer
}

/// The short answer with the links to the files of a report.
fn report_envelope(state: &SandboxState, call: &Call, account: &Account, path: &str) -> Response {
    let Some(report) = UsageReport::ALL.into_iter().find(|report| report.path(account.kind) == path) else {
        return unknown();
    };
    if let Some(answer) = faults::instead_of_a_report(account) {
        return answer;
    }
    let now = state.clock.now();
    let last = report.last_day(account, now);
    let first = report.first_day(account).max(now.date_naive() - KEPT);
    let day = if report.spans_28_days() {
        last
    } else {
        match call.query("day").map(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d")) {
            Some(Ok(day)) => day,
            _ => {
                return problem(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Validation Failed: day must be a date in the format YYYY-MM-DD.",
                );
            }
        }
    };
    if day > last || day < first {
        return StatusCode::NO_CONTENT.into_response();
    }
    let links = links(state, call, account, report, day);
    if report.spans_28_days() {
        ok(json!({"download_links": links, "report_start_day": day - Days::new(27), "report_end_day": day}))
    } else {
        ok(json!({"download_links": links, "report_day": day}))
    }
}

fn profile(account: &Account) -> Response {
    let slug = account.slug.as_str();
    ok(json!({
        "login": slug, "id": account.id, "name": slug, "description": "", "type": "Organization", "public_repos": 3,
        "url": format!("https://api.github.com/orgs/{slug}"), "html_url": format!("https://github.com/{slug}"),
        "created_at": "2016-02-02T10:00:00Z",
    }))
}

/// The token's own organizations; otherwise the organizations that were requested so far, directly or through their
/// enterprise; `octo` if there are none.
fn own_organizations(state: &SandboxState, call: &Call) -> Response {
    let mut slugs = Vec::new();
    let requested_accounts = if call.token.of.is_some() { Vec::new() } else { state.requested_accounts() };
    slugs.extend(call.token.of.clone());
    for (kind, slug) in requested_accounts {
        match kind {
            Kind::Organization => slugs.push(slug.as_str().to_owned()),
            Kind::Enterprise => slugs.extend(PARTS.map(|part| format!("{}-{part}", slug.as_str()))),
        }
    }
    if slugs.is_empty() {
        slugs.push("octo".to_owned());
    }
    slugs.sort();
    slugs.dedup();
    let accounts = slugs
        .iter()
        .filter_map(|slug| Some(state.account(Kind::Organization, &Slug::parse(slug)?)))
        .collect::<Vec<_>>();
    if call.token.nosso {
        let hidden = accounts.iter().map(|account| account.id.to_string()).collect::<Vec<_>>().join(",");
        return put(ok(json!([])), "x-github-sso", &format!("partial-results; organizations={hidden}"));
    }
    let page = ListPage::of(call, "/user/orgs", accounts.len(), 30);
    let listed = accounts[page.from..page.upto].iter().map(|account| {
        let slug = account.slug.as_str();
        let url = format!("https://api.github.com/orgs/{slug}");
        json!({"login": slug, "id": account.id, "url": url, "description": ""})
    });
    page.linked(ok(listed.collect()))
}

fn teams(call: &Call, account: &Account) -> Response {
    let page = ListPage::of(call, &format!("/organizations/{}/teams", account.id), account.teams.len(), 30);
    let listed = account.teams[page.from..page.upto].iter().map(|team| seats::team_body(account, team));
    page.linked(ok(listed.collect()))
}

fn members(state: &SandboxState, call: &Call, account: &Account, named: &str) -> Response {
    let is_named = |team: &Team| team.slug == named || team.id.to_string() == named;
    let Some(at) = account.teams.iter().position(is_named) else {
        return not_found();
    };
    let members =
        account.seated(state.clock.now().date_naive()).filter(|person| person.teams.contains(&at)).collect::<Vec<_>>();
    let path = format!("/organizations/{}/team/{}/members", account.id, account.teams[at].id);
    let page = ListPage::of(call, &path, members.len(), 30);
    page.linked(ok(members[page.from..page.upto].iter().map(|person| seats::user_body(person)).collect()))
}
