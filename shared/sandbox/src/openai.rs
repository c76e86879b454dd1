//! OpenAI's administration API: usage, costs, users, projects, keys.
//!
//! A request names no organization, so the words of the key control the stand-in (see [`super::faults`]). Additional
//! words:
//!
//! | word | effect |
//! |---|---|
//! | `dead` | 401 |
//! | `sk-proj-...` | 401 "Missing scopes: api.usage.read" on everything |
//! | `usageonly` | users, projects and keys 403 "Missing scopes: api.management.read" |
//! | `nousage` | usage and costs 403 "Missing scopes: api.usage.read" |
//! | `soon`, `never` | the key expires in five days, or never; otherwise in sixty |
//! | `idle` | the API was not used |

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime};
use serde_json::{Value, json};

use super::faults;
use super::keys::Key;
use super::people::{Account, Kind, Person};
use super::query::Query;
use super::spec::{StandIn, StandInSpec, USUAL_TROUBLES};
use super::state::SandboxState;
use super::words::Slug;
use super::work::at_work;

const MODELS: [&str; 3] = ["gpt-5.2-codex", "gpt-5.2", "gpt-5-mini"];
const PROJECTS: [&str; 2] = ["proj_platform", "proj_research"];
/// Daily buckets per page, so that two weeks take more than one page.
const BUCKETS: usize = 10;

static STAGE: StandInSpec = StandInSpec {
    provider: "openai",
    hosts: &["api.openai.com"],
    account_kind: "organization",
    account: |_| "org-octo".to_owned(),
    credential_kind: "token",
    credential: |words| vec![("token", format!("sk-admin-{words}-0000good"))],
    refused: || vec![("token", "sk-admin-dead-0000".to_owned())],
    troubles: USUAL_TROUBLES,
    hangs: &["hang"],
    paths: &["/v1/organization/"],
    is_download: |_| false,
    bad_links: &[],
    demo: ("Octodemo API platform", "org-octodemo"),
    demo_credential: || vec![("token", "sk-admin-sandbox0000000000000000000000000000".to_owned())],
    spare: ("org-acme", "spare"),
};

pub(super) struct OpenAi;

#[async_trait]
impl StandIn for OpenAi {
    fn spec(&self) -> &'static StandInSpec {
        &STAGE
    }

    async fn answer(&self, state: &Arc<SandboxState>, _: String, request: Request) -> Response {
        let target = super::target(&request);
        let Some(key) = Key::of(request.headers()) else {
            return problem(StatusCode::UNAUTHORIZED, "Missing bearer authentication in header");
        };
        let Some(words) = key.words().filter(|_| !key.is_dead()) else {
            return problem(StatusCode::UNAUTHORIZED, "Incorrect API key provided: sk-admin-****.");
        };
        if key.starts_with("sk-proj-") {
            let message = "You have insufficient permissions for this operation. Missing scopes: api.usage.read.";
            return problem(StatusCode::UNAUTHORIZED, message);
        }
        if let Some(outage) = faults::outage(state, &words, &target, problem).await {
            return outage;
        }
        faults::sent(state, &words, routes(state, &Query::of(&target), &key, &words)).await
    }
}

fn problem(status: StatusCode, message: &str) -> Response {
    let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    (status, axum::Json(body)).into_response()
}

fn routes(state: &SandboxState, query: &Query, key: &Key, words: &Slug) -> Response {
    let account = account(state);
    let path: Vec<&str> = query.path.trim_matches('/').split('/').collect();
    let Some(rest) = path.strip_prefix(&["v1", "organization"]) else {
        return problem(StatusCode::NOT_FOUND, "Invalid URL");
    };
    let lacks = |scope: &str| {
        let message = format!("You have insufficient permissions for this operation. Missing scopes: {scope}.");
        problem(StatusCode::FORBIDDEN, &message)
    };
    match rest {
        ["usage" | "costs", ..] if words.says("nousage") => lacks("api.usage.read"),
        ["users" | "projects" | "admin_api_keys", ..] if words.says("usageonly") => lacks("api.management.read"),
        ["usage", "completions"] => buckets(state, query, words, |day| completions(&account, day)),
        ["usage", _] => buckets(state, query, words, |_| Vec::new()),
        ["costs"] => buckets(state, query, words, |day| costs(&account, day)),
        ["users"] => {
            let today = state.clock.now().date_naive();
            let users = account.people.iter().filter(|person| person.joined <= today).map(user);
            listing(query, users.collect())
        }
        ["projects"] => listing(
            query,
            PROJECTS
                .map(|id| {
                    json!({"object": "organization.project", "id": id, "name": &id[5..], "created_at": 1_711_471_533,
                        "archived_at": null, "status": "active"})
                })
                .to_vec(),
        ),
        ["projects", project, "api_keys"] => {
            let Some(at) = PROJECTS.iter().position(|known| known == project) else {
                return problem(StatusCode::NOT_FOUND, "No such project");
            };
            let keys = account.people.iter().skip(at).step_by(PROJECTS.len()).map(|person| {
                json!({"object": "organization.project.api_key", "id": key_of(person), "name": "laptop",
                    "redacted_value": "sk-abc...def", "created_at": 1_711_471_533, "last_used_at": 1_711_471_534,
                    "owner_project_access": "active", "owner": {"type": "user", "user": user(person)}})
            });
            listing(query, keys.collect())
        }
        ["admin_api_keys"] => {
            let now = state.clock.now();
            let ends = if words.says("soon") { now + Duration::days(5) } else { now + Duration::days(60) };
            let ends = (!words.says("never")).then(|| ends.timestamp());
            listing(
                query,
                vec![json!({"object": "organization.admin_api_key", "id": "key_admin", "name": "Pairmeter",
                    "redacted_value": key.redacted(), "created_at": 1_711_471_533, "expires_at": ends,
                    "last_used_at": now.timestamp(), "owner": {"type": "user", "object": "organization.user",
                    "id": "user_owner", "name": "Octo Admin", "created_at": 1_711_471_533, "role": "owner"}})],
            )
        }
        _ => problem(StatusCode::NOT_FOUND, "Invalid URL"),
    }
}

fn account(state: &SandboxState) -> Arc<Account> {
    // A request does not name the organization; every caller belongs to this one.
    let slug = Slug::parse("octodemo");
    state.account(Kind::Organization, &slug.unwrap_or_else(|| unreachable!("a plain word")))
}

fn user_id(person: &Person) -> String {
    format!("user-{}", person.login)
}

fn key_of(person: &Person) -> String {
    format!("key_{}", person.id)
}

fn user(person: &Person) -> Value {
    json!({"object": "organization.user", "id": user_id(person), "name": person.login, "email": person.email(),
        "role": "reader", "added_at": person.joined.and_time(NaiveTime::MIN).and_utc().timestamp()})
}

fn model_of(person: &Person) -> &'static str {
    MODELS[(person.tastes.model % MODELS.len() as u64) as usize]
}

fn completions(account: &Account, day: NaiveDate) -> Vec<Value> {
    let mut results: Vec<Value> = at_work(account, day, STAGE.provider)
        .map(|(person, requests)| {
            let (cached, written, fresh) = (requests * 4000, requests * 500, requests * 1500);
            json!({"object": "organization.usage.completions.result", "input_tokens": cached + written + fresh,
                "input_cached_tokens": cached, "input_cache_write_tokens": written, "input_uncached_tokens": fresh,
                "output_tokens": requests * 700, "num_model_requests": requests, "project_id": null,
                "user_id": user_id(person), "api_key_id": key_of(person), "model": model_of(person), "batch": null,
                "service_tier": null})
        })
        .collect();
    if !results.is_empty() {
        // Usage of a deleted key, whose owner is unknown.
        results.push(json!({"object": "organization.usage.completions.result", "input_tokens": 1000,
            "input_cached_tokens": 0, "output_tokens": 100, "num_model_requests": 1, "project_id": null,
            "user_id": null, "api_key_id": null, "model": MODELS[2], "batch": null, "service_tier": null}));
    }
    results
}

/// One cent per request of input and half a cent of output, by key; and storage, which is unattributed.
fn costs(account: &Account, day: NaiveDate) -> Vec<Value> {
    let result = |value: Value, line_item: String, project: &str, key: Value| {
        json!({"object": "organization.costs.result", "amount": {"value": value, "currency": "usd"},
            "line_item": line_item, "project_id": project, "api_key_id": key, "quantity": null, "quantity_unit": null})
    };
    let mut results = Vec::new();
    for (person, requests) in at_work(account, day, STAGE.provider) {
        let project = PROJECTS[(person.id % 2) as usize];
        let dollars = |thousandths: u64| json!(thousandths as f64 / 1000.0);
        let key = json!(key_of(person));
        let model = model_of(person);
        results.push(result(dollars(requests * 10), format!("{model}, input"), project, key.clone()));
        results.push(result(dollars(requests * 5), format!("{model}, output"), project, key));
    }
    if !results.is_empty() {
        results.push(result(json!(0.06), "file storage".to_owned(), PROJECTS[0], Value::Null));
    }
    results
}

/// Daily buckets from `start_time` up to `end_time`, several per page.
fn buckets(state: &SandboxState, query: &Query, words: &Slug, results: impl Fn(NaiveDate) -> Vec<Value>) -> Response {
    let second = |name| query.number(name).and_then(|second| DateTime::from_timestamp(second, 0));
    let Some(start) = second("start_time") else {
        return problem(StatusCode::BAD_REQUEST, "Missing required parameter: 'start_time'.");
    };
    let now = state.clock.now();
    let end = second("end_time").unwrap_or(now).min(now);
    let limit = query.number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(7).min(BUCKETS);
    let skip = query.get("page").and_then(|page| page.strip_prefix("page_")?.parse::<usize>().ok()).unwrap_or(0);
    let first = start.date_naive();
    let all = usize::try_from((end.date_naive() - first).num_days()).unwrap_or(0).max(1);
    let days = (skip..all.min(skip + limit)).map(|at| first + Duration::days(at as i64));
    let data: Vec<Value> = days
        .map(|day| {
            let start = day.and_time(NaiveTime::MIN).and_utc().timestamp();
            let results = if words.says("idle") { Vec::new() } else { results(day) };
            json!({"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": results})
        })
        .collect();
    let more = skip + limit < all;
    let next = more.then(|| format!("page_{}", skip + limit));
    axum::Json(json!({"object": "page", "data": data, "has_more": more, "next_page": next})).into_response()
}

/// A part of a list, after the item that `after` names.
fn listing(query: &Query, items: Vec<Value>) -> Response {
    let limit = query.number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(20).min(100);
    let ids: BTreeMap<String, usize> =
        items.iter().enumerate().map(|(at, item)| (item["id"].as_str().unwrap_or_default().to_owned(), at)).collect();
    let from = query.get("after").and_then(|after| ids.get(after)).map_or(0, |at| at + 1);
    let page: Vec<&Value> = items.iter().skip(from).take(limit).collect();
    let more = from + page.len() < items.len();
    let id = |item: Option<&&Value>| item.map_or(Value::Null, |item| item["id"].clone());
    let body = json!({"object": "list", "data": page, "first_id": id(page.first()), "last_id": id(page.last()),
        "has_more": more});
    axum::Json(body).into_response()
}
