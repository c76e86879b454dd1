//! The Codex analytics of a ChatGPT workspace.
//!
//! The workspace is part of every path, so its words control the stand-in (see [`super::faults`]). Additional words:
//!
//! | word | effect |
//! |---|---|
//! | a workspace with `missing` in it | 404 |
//! | `empty` | Codex was not used |
//! | a key with `dead` in it | 401 |
//! | a key with `noscope` in it | 403 |

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime};
use serde_json::{Value, json};

use super::faults;
use super::keys::Key;
use super::people::{Account, Kind};
use super::query::Query;
use super::spec::{StandIn, StandInSpec, USUAL_TROUBLES};
use super::state::SandboxState;
use super::words::Slug;
use super::work::at_work;

/// Rows per page, for any requested size.
const ROWS: usize = 150;
const KEPT: Duration = Duration::days(90);
const CLIENTS: [&str; 3] = ["CODEX_CLI", "CODEX_IDE", "CODEX_WEB"];

static STAGE: StandInSpec = StandInSpec {
    provider: "codex",
    hosts: &["api.chatgpt.com"],
    account_kind: "workspace",
    account: |words| if words.is_empty() { "octo".to_owned() } else { format!("octo-{words}") },
    credential_kind: "token",
    credential: |_| vec![("token", "sk-admin-codex0000".to_owned())],
    refused: || vec![("token", "sk-admin-dead".to_owned())],
    troubles: USUAL_TROUBLES,
    hangs: &["hang"],
    paths: &["/v1/analytics/codex/workspaces/octo"],
    is_download: |_| false,
    bad_links: &[],
    demo: ("Octodemo Codex", "0c70de30-0000-4000-8000-000000000001"),
    demo_credential: || vec![("token", "sk-admin-sandboxcodex000000000000000000000000".to_owned())],
    spare: ("0c70de30-0000-4000-8000-000000000002", ""),
};

pub(super) struct Codex;

#[async_trait]
impl StandIn for Codex {
    fn spec(&self) -> &'static StandInSpec {
        &STAGE
    }

    async fn answer(&self, state: &Arc<SandboxState>, _: String, request: Request) -> Response {
        let target = super::target(&request);
        let query = Query::of(&target);
        let path: Vec<&str> = query.path.trim_matches('/').split('/').collect();
        let ["v1", "analytics", "codex", "workspaces", workspace, endpoint] = path.as_slice() else {
            return problem(StatusCode::NOT_FOUND, "Not Found");
        };
        let Some(key) = Key::of(request.headers()).filter(|key| !key.is_dead()) else {
            return problem(StatusCode::UNAUTHORIZED, "Incorrect API key provided");
        };
        if key.words().is_some_and(|words| words.says("noscope")) {
            return problem(StatusCode::FORBIDDEN, "Missing scopes: codex.enterprise.analytics.read");
        }
        let Some(words) = Slug::parse(workspace).filter(|slug| !slug.as_str().contains("missing")) else {
            return problem(StatusCode::NOT_FOUND, "Workspace not found");
        };
        if let Some(outage) = faults::outage(state, &words, &target, problem).await {
            return outage;
        }
        let account = state.account(Kind::Organization, &words);
        let rows = match *endpoint {
            "usage" => usage(state, &account, &query),
            "code_reviews" | "code_review_responses" => Ok(Vec::new()),
            _ => return problem(StatusCode::NOT_FOUND, "Not Found"),
        };
        let answer = match rows {
            Ok(rows) => page(&query, rows),
            Err(refused) => *refused,
        };
        faults::sent(state, &words, answer).await
    }
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({"detail": message}))).into_response()
}

fn usage(state: &SandboxState, account: &Account, query: &Query) -> Result<Vec<Value>, Box<Response>> {
    let now = state.clock.now();
    let second = |name| query.number(name).and_then(|second| DateTime::from_timestamp(second, 0));
    let (Some(start), Some(end)) = (second("start_time"), second("end_time")) else {
        let detail = json!({"detail": [{"loc": ["query", "start_time"], "msg": "Field required", "type": "missing"}]});
        return Err(Box::new((StatusCode::UNPROCESSABLE_ENTITY, axum::Json(detail)).into_response()));
    };
    let start = start.max(now - KEPT);
    let mut day = start.date_naive();
    let mut rows = Vec::new();
    while day < end.min(now).date_naive() && !account.slug.says("empty") {
        if query.get("group") == Some("workspace") {
            rows.extend(whole(account, day));
        } else {
            rows.extend(people(account, day));
        }
        day += Duration::days(1);
    }
    Ok(rows)
}

fn row(day: NaiveDate, user: Value, actor: Value, turns: u64, client: &str, shows_lines: bool) -> Value {
    let start = day.and_time(NaiveTime::MIN).and_utc().timestamp();
    let (threads, credits) = (turns.div_ceil(6), turns as f64 / 4.0);
    let lines = shows_lines.then_some(turns * 7);
    json!({
        "object": "workspace.usage.result", "start_time": start, "end_time": start + 86_400,
        "user_id": user, "actor": actor,
        "totals": {"threads": threads, "turns": turns, "credits": credits, "cost_usd": null,
            "estimated_cost_usd": turns as f64 / 100.0, "uncached_text_input_tokens": turns * 900,
            "cached_text_input_tokens": turns * 3000, "text_output_tokens": turns * 400,
            "text_total_tokens": turns * 4300},
        "clients": [{"client_id": client, "threads": threads, "turns": turns, "credits": credits}],
        "models": [{"model": "gpt-5.2-codex", "speed": "standard", "credits": credits}],
        "code_attribution": {"lines_added": lines, "lines_removed": null},
    })
}

fn people(account: &Account, day: NaiveDate) -> Vec<Value> {
    at_work(account, day, STAGE.provider)
        .map(|(person, turns)| {
            let id = format!("user-{}", person.id);
            // One person in twenty hides the address.
            let email = (!person.id.is_multiple_of(20)).then(|| person.email());
            let actor = json!({"type": "user", "user_id": id, "email": email});
            row(day, json!(id), actor, turns, CLIENTS[(person.tastes.editor % 3) as usize], true)
        })
        .collect()
}

fn whole(account: &Account, day: NaiveDate) -> Option<Value> {
    let turns: u64 = at_work(account, day, STAGE.provider).map(|(_, turns)| turns).sum();
    (turns > 0).then(|| row(day, Value::Null, Value::Null, turns, CLIENTS[0], true))
}

fn page(query: &Query, rows: Vec<Value>) -> Response {
    let limit = query.number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(1000).min(ROWS);
    let skip = query.get("page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(0);
    let more = skip + limit < rows.len();
    let data: Vec<&Value> = rows.iter().skip(skip).take(limit).collect();
    let next = more.then(|| (skip + limit).to_string());
    axum::Json(json!({"object": "page", "data": data, "has_more": more, "next_page": next})).into_response()
}
