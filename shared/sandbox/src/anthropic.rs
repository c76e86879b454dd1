//! The Claude Console as an admin sees it: the key's organization, Claude Code, messages, the bill, users, and the
//! newer reports. It shares its host with Claude Enterprise, whose endpoints are in their own module.
//!
//! | word in the key | effect |
//! |---|---|
//! | `dead` | 401, the key is invalid |
//! | `noright` | 403 |
//! | `individual` | 404: an account without an organization |
//! | `unpaid` | 402 |
//! | `otherorg` | the key belongs to another organization |
//! | `subscription` | `claude_code` is empty, because people sign in with claude.ai |
//! | `wide` | 400 for more than two dimensions of the messages report |

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use chrono::{DateTime, Duration, NaiveDate};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::faults;
use super::keys::Key;
use super::people::{Account, Kind, Person};
use super::spec::{StandIn, StandInSpec, USUAL_TROUBLES};
use super::state::SandboxState;
use super::words::Slug;
use super::work::{self, Work};

const PROVIDER: &str = "anthropic";
const ORGANIZATION: &str = "dc9f6c26-b22c-4831-8d01-0446bada88f1";
const OTHER_ORGANIZATION: &str = "00000000-1234-5678-1234-567812345678";
pub(super) const HOSTS: &[&str] = &["api.anthropic.com"];
const MODELS: [&str; 3] = ["claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5"];
const TERMINALS: [&str; 3] = ["vscode", "iTerm.app", "tmux"];
/// The Claude Code report contains only older data.
const LAG: Duration = Duration::hours(1);

static STAGE: StandInSpec = StandInSpec {
    provider: PROVIDER,
    hosts: HOSTS,
    account_kind: "organization",
    account: |_| ORGANIZATION.to_owned(),
    credential_kind: "admin_key",
    credential: |words| vec![("token", format!("sk-ant-admin01-good-{words}").trim_end_matches('-').to_owned())],
    refused: || vec![("token", "sk-ant-admin01-dead".to_owned())],
    troubles: USUAL_TROUBLES,
    hangs: &["hang"],
    paths: &[
        "/v1/organizations/me",
        "/v1/organizations/usage_report/",
        "/v1/organizations/cost_report?",
        "/v1/organizations/users?",
    ],
    is_download: |_| false,
    bad_links: &[],
    demo: ("Octodemo at the Claude Console", ORGANIZATION),
    demo_credential: || vec![("token", "sk-ant-admin01-sandbox00000000000000".to_owned())],
    spare: (OTHER_ORGANIZATION, "otherorg"),
};

pub(super) struct Anthropic;

#[async_trait]
impl StandIn for Anthropic {
    fn spec(&self) -> &'static StandInSpec {
        &STAGE
    }

    async fn answer(&self, state: &Arc<SandboxState>, _: String, request: Request) -> Response {
        answer(state, request).await
    }
}

/// Both stand-ins share one host.
pub(super) async fn answer(state: &Arc<SandboxState>, request: Request) -> Response {
    let target = super::target(&request);
    let headers = request.headers();
    let unknown = || problem(StatusCode::UNAUTHORIZED, "invalid x-api-key");
    let Some(key) = Key::of(headers).filter(|key| !key.is_dead() && key.starts_with("sk-ant-")) else {
        return unknown();
    };
    if !headers.contains_key("anthropic-version") {
        return problem(StatusCode::BAD_REQUEST, "anthropic-version: header is required");
    }
    let Some(words) = key.words() else { return unknown() };
    if let Some(fault) = faults::outage(state, &words, &target, problem).await {
        return faults::sent(state, &words, fault).await;
    }
    let is_enterprise = key.starts_with("sk-ant-api01-");
    let account = state.account(Kind::Organization, &Slug::parse("octodemo").unwrap_or(words.clone()));
    let has_beta = headers.get("anthropic-beta").is_some_and(|beta| beta == "analytics-usage-cost-2026-08-24");
    let call = Call::new(state, &account, &words, &target, has_beta);
    let answer = match call.path.strip_prefix("/v1/organizations/") {
        Some(
            "analytics/users" | "analytics/summaries" | "analytics/user_usage_report" | "analytics/user_cost_report",
        ) => super::claude_enterprise::answer(&call, is_enterprise),
        Some("users") => call.users(is_enterprise),
        _ if is_enterprise || key.starts_with("sk-ant-api03-") => unknown(),
        Some(path) => call.answer(path),
        None => problem(StatusCode::NOT_FOUND, "The requested resource could not be found."),
    };
    faults::sent(state, &words, answer).await
}

pub(super) fn problem(status: StatusCode, message: &str) -> Response {
    let kind = match status.as_u16() {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        _ => "api_error",
    };
    let error = json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_sandbox"});
    (status, Json(error)).into_response()
}

/// One request of a known caller.
pub(super) struct Call<'a> {
    pub(super) state: &'a SandboxState,
    pub(super) account: &'a Account,
    pub(super) words: &'a Slug,
    pub(super) path: &'a str,
    query: Vec<(String, String)>,
    has_beta: bool,
}

impl<'a> Call<'a> {
    fn new(state: &'a SandboxState, account: &'a Account, words: &'a Slug, target: &'a str, has_beta: bool) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { state, account, words, path, query, has_beta }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn groups(&self) -> Vec<&str> {
        self.query.iter().filter(|(name, _)| name == "group_by[]").map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn day(&self, name: &str) -> Option<NaiveDate> {
        self.query(name)?.get(..10)?.parse().ok()
    }

    /// The days from `starting_at` to `ending_at`, within the history.
    pub(super) fn days(&self) -> Vec<NaiveDate> {
        let today = self.state.clock.now().date_naive();
        let from = self.day("starting_at").unwrap_or(today).max(self.account.first_day);
        let until = self.day("ending_at").unwrap_or(today + Duration::days(1));
        from.iter_days().take_while(|day| *day < until && *day <= today).collect()
    }

    pub(super) fn work(&self, person: &Person, day: NaiveDate) -> Option<Work> {
        if self.words.says("idle") { None } else { work::on(person, day, PROVIDER) }
    }

    /// A page of rows with a cursor.
    pub(super) fn page(&self, rows: Vec<Value>, usual: usize) -> Value {
        let limit = self.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usual);
        let from = self.query("page").and_then(|page| page.strip_prefix("page_")?.parse().ok()).unwrap_or(0);
        let has_more = rows.len() > from + limit;
        let next = has_more.then(|| format!("page_{}", from + limit));
        let rows = rows.into_iter().skip(from).take(limit).collect::<Vec<_>>();
        json!({"data": rows, "has_more": has_more, "next_page": next})
    }

    fn answer(&self, path: &str) -> Response {
        let says = |word| self.words.says(word);
        if says("noright") {
            return problem(StatusCode::FORBIDDEN, "This API key does not have permission to use this endpoint.");
        }
        if says("unpaid") {
            return problem(StatusCode::PAYMENT_REQUIRED, "There is an issue with your billing.");
        }
        if says("individual") {
            return problem(StatusCode::NOT_FOUND, "The requested resource could not be found.");
        }
        let groups = self.groups();
        let answer = match path {
            "me" => {
                let id = if says("otherorg") { OTHER_ORGANIZATION } else { ORGANIZATION };
                json!({"id": id, "type": "organization", "name": "Octodemo"})
            }
            "usage_report/claude_code" => self.claude_code(),
            "usage_report/messages" if says("wide") && groups.len() > 2 => {
                return problem(StatusCode::BAD_REQUEST, "group_by: too many groups");
            }
            "usage_report/messages" => self.messages(&groups),
            "cost_report" => self.cost(&groups),
            "analytics/usage" | "analytics/cost" if !self.has_beta => {
                return problem(StatusCode::BAD_REQUEST, "this endpoint needs a beta header");
            }
            "analytics/usage" => self.analytics("usage"),
            "analytics/cost" => self.analytics("cost"),
            _ => return problem(StatusCode::NOT_FOUND, "The requested resource could not be found."),
        };
        Json(answer).into_response()
    }

    fn claude_code(&self) -> Value {
        let Some(day) = self.day("starting_at") else { return json!({"data": [], "has_more": false}) };
        let is_there = day <= (self.state.clock.now() - LAG).date_naive() && day >= self.account.first_day;
        let mut rows = Vec::new();
        if is_there && !self.words.says("subscription") {
            for person in &self.account.people {
                let Some(mut work) = self.work(person, day) else { continue };
                let actor = json!({"type": "user_actor", "email_address": person.email()});
                let terminals = 1 + work.dice.skewed(2);
                let more = (0..terminals)
                    .map(|at| claude_code_row(&mut work, day, &actor, TERMINALS[(person.id as usize + at) % 3]));
                rows.extend(more.collect::<Vec<_>>());
            }
            if let Some(mut work) = self.account.people.iter().find_map(|person| self.work(person, day)) {
                let actor = json!({"type": "api_actor", "api_key_name": "ci"});
                rows.push(claude_code_row(&mut work, day, &actor, "tmux"));
            }
        }
        self.page(rows, 20)
    }

    /// Buckets of days; `limit` is the number of buckets.
    fn buckets(&self, results: impl Fn(NaiveDate) -> Vec<Value>) -> Value {
        let bucket = |day: NaiveDate| json!({"starting_at": midnight(day), "ending_at": midnight(day + Duration::days(1)), "results": results(day)});
        self.page(self.days().into_iter().map(bucket).collect(), 7)
    }

    fn messages(&self, groups: &[&str]) -> Value {
        self.buckets(|day| {
            let mut results = Vec::new();
            for (at, model) in MODELS.iter().enumerate() {
                if !groups.contains(&"model") && at > 0 {
                    continue;
                }
                let tokens = 10_000 * (at as u64 + 1) + u64::from(day.format("%d").to_string().parse::<u32>().unwrap_or(0));
                let group = |name: &str, value: Value| if groups.contains(&name) { value } else { Value::Null };
                results.push(json!({
                    "api_key_id": group("api_key_id", json!("apikey_01")), "workspace_id": group("workspace_id", Value::Null),
                    "account_id": null, "service_account_id": null, "model": group("model", json!(model)), "service_tier": null,
                    "context_window": null, "inference_geo": null, "uncached_input_tokens": tokens,
                    "cache_creation": {"ephemeral_1h_input_tokens": 10, "ephemeral_5m_input_tokens": 20},
                    "cache_read_input_tokens": tokens * 4, "output_tokens": tokens / 5,
                    "server_tool_use": {"web_search_requests": 0},
                }));
            }
            results
        })
    }

    fn cost(&self, groups: &[&str]) -> Value {
        self.buckets(|day| {
            let result = |workspace: Value, amount: &str| {
                let description = if groups.contains(&"description") { json!("Claude Opus 5.5 Usage - Input Tokens") } else { Value::Null };
                json!({"amount": amount, "currency": "USD", "workspace_id": workspace, "description": description,
                    "model": MODELS[0], "cost_type": "tokens", "token_type": "uncached_input_tokens", "context_window": null,
                    "service_tier": "standard", "inference_geo": null})
            };
            let _ = day;
            vec![result(Value::Null, "1234.5678"), result(json!("wrkspc_01"), "250.004")]
        })
    }

    fn analytics(&self, what: &str) -> Value {
        let mut rows = Vec::new();
        for day in self.days() {
            for person in &self.account.people {
                let Some(mut work) = self.work(person, day) else { continue };
                let actor = json!({"type": "user_actor", "user_id": format!("user_{}", person.id), "email": person.email(), "name": person.login});
                let of = match what {
                    "usage" => {
                        json!({"uncached_input_tokens": work.about(400), "cache_read_input_tokens": work.about(4000),
                        "output_tokens": work.about(80), "requests": work.requests, "total_tokens": 0})
                    }
                    _ => {
                        json!({"amount": format!("{}.25", work.about(10)), "list_amount": format!("{}.5", work.about(12)),
                        "currency": "USD", "requests": work.requests})
                    }
                };
                rows.push(json!({"starting_at": midnight(day), "ending_at": midnight(day + Duration::days(1)),
                    "group": {"actor": actor, "model": MODELS[0], "product": "claude_code"}, what: of}));
            }
        }
        self.page(rows, 20)
    }

    /// Users of the Console, and of an Enterprise key with the scope for them.
    fn users(&self, is_enterprise: bool) -> Response {
        if is_enterprise && (self.words.says("nomembers") || self.words.says("noscope")) {
            let message = "API key has scopes [read:analytics]; this endpoint requires the scope read:members";
            return problem(StatusCode::FORBIDDEN, message);
        }
        let people = self.account.seated(self.state.clock.now().date_naive()).collect::<Vec<_>>();
        let limit = self.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(20);
        let after = self.query("after_id").and_then(|id| id.strip_prefix("user_")?.parse().ok()).unwrap_or(0);
        let behind = people.iter().filter(|person| person.id > after).collect::<Vec<_>>();
        let listed = behind.iter().take(limit).map(|person| {
            let at = midnight(person.joined);
            json!({"id": format!("user_{}", person.id), "type": "user", "email": person.email(), "name": person.login, "role": "developer", "added_at": at})
        });
        let listed = listed.collect::<Vec<_>>();
        let id = |user: Option<&Value>| user.map(|user| user["id"].clone());
        Json(json!({"data": listed, "first_id": id(listed.first()), "last_id": id(listed.last()), "has_more": behind.len() > listed.len()}))
            .into_response()
    }
}

pub(super) fn midnight(day: NaiveDate) -> String {
    format!("{day}T00:00:00Z")
}

/// The time at which data about a day is available.
pub(super) fn ready_at(day: NaiveDate, hour: i64) -> DateTime<chrono::Utc> {
    super::calendar::end_of(day) + Duration::hours(hour)
}

fn claude_code_row(work: &mut Work, day: NaiveDate, actor: &Value, terminal: &str) -> Value {
    let (sessions, added, removed, accepted) = (work.about(1) + 1, work.about(30), work.about(12), work.about(3));
    let rejected = work.share(accepted, 0, 30);
    let model = |model: &str, work: &mut Work| {
        json!({"model": model, "tokens": {"input": work.about(500), "output": work.about(90), "cache_read": work.about(5000),
            "cache_creation": work.about(50)}, "estimated_cost": {"currency": "USD", "amount": work.about(12)}})
    };
    let models = MODELS[..2].iter().map(|name| model(name, work)).collect::<Vec<_>>();
    json!({
        "date": midnight(day), "actor": actor, "organization_id": ORGANIZATION, "customer_type": "api",
        "terminal_type": terminal, "core_metrics": {"num_sessions": sessions, "lines_of_code": {"added": added, "removed": removed},
            "commits_by_claude_code": sessions / 2, "pull_requests_by_claude_code": sessions / 6},
        "tool_actions": {"edit_tool": {"accepted": accepted, "rejected": rejected}, "write_tool": {"accepted": 1, "rejected": 0}},
        "model_breakdown": models,
    })
}
