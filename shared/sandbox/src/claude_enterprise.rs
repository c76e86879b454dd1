//! Claude Enterprise as the primary owner's key sees it: daily users of Claude Code, and tokens and cost by person.
//!
//! | word in the key | effect |
//! |---|---|
//! | `dead` | 401, the key is invalid |
//! | `noscope` | 403 with the key's scopes |
//! | `nomembers` | only the list of members is refused |
//! | `noanalytics` | 404 |

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use chrono::Duration;
use serde_json::json;

use super::anthropic::{self, Call, HOSTS, midnight, problem, ready_at};
use super::spec::{StandIn, StandInSpec, USUAL_TROUBLES};
use super::state::SandboxState;

/// Hours after the end of a day until its engagement is available.
const READY_HOUR: i64 = 13;

static STAGE: StandInSpec = StandInSpec {
    provider: "claude-enterprise",
    hosts: HOSTS,
    account_kind: "organization",
    account: |_| "octo".to_owned(),
    credential_kind: "analytics_key",
    credential: |words| vec![("token", format!("sk-ant-api01-good-{words}").trim_end_matches('-').to_owned())],
    refused: || vec![("token", "sk-ant-api01-dead".to_owned())],
    troubles: USUAL_TROUBLES,
    hangs: &["hang"],
    paths: &["/v1/organizations/analytics/", "/v1/organizations/users?"],
    is_download: |_| false,
    bad_links: &[],
    demo: ("Octodemo on Claude Enterprise", "octodemo"),
    demo_credential: || vec![("token", "sk-ant-api01-sandbox0000000000000000".to_owned())],
    spare: ("acme", ""),
};

pub(super) struct ClaudeEnterprise;

#[async_trait]
impl StandIn for ClaudeEnterprise {
    fn spec(&self) -> &'static StandInSpec {
        &STAGE
    }

    async fn answer(&self, state: &Arc<SandboxState>, _: String, request: Request) -> Response {
        anthropic::answer(state, request).await
    }
}

/// The endpoints that require such a key.
pub(super) fn answer(call: &Call<'_>, is_enterprise: bool) -> Response {
    if !is_enterprise || call.words.says("noscope") {
        let message = "API key has scopes [read:members]; this endpoint requires the scope read:analytics";
        return problem(StatusCode::FORBIDDEN, message);
    }
    if call.words.says("noanalytics") {
        return problem(StatusCode::NOT_FOUND, "The requested resource could not be found.");
    }
    match call.path.rsplit('/').next().unwrap_or_default() {
        "users" => users(call),
        "summaries" => summaries(call),
        "user_usage_report" => by_user(call, true),
        _ => by_user(call, false),
    }
}

fn users(call: &Call<'_>) -> Response {
    let Some(day) = call.day("date") else { return problem(StatusCode::BAD_REQUEST, "date: field required") };
    let now = call.state.clock.now();
    let mut latest = now.date_naive();
    while ready_at(latest, READY_HOUR) > now {
        latest -= Duration::days(1);
    }
    if day > latest {
        let message = format!("Data for {day} is not available yet. The latest available date is {latest}.");
        return problem(StatusCode::BAD_REQUEST, &message);
    }
    let mut rows = Vec::new();
    for person in call.account.people.iter().filter(|person| person.is_seated(day)) {
        let mut work = call.work(person, day);
        let mut count = |each| work.as_mut().map_or(0, |work| work.about(each));
        let (sessions, added, removed, accepted, rejected) = (count(1), count(25), count(9), count(4), count(1));
        rows.push(json!({
            "user": {"type": "user", "id": format!("user_{}", person.id), "email_address": person.email()},
            "chat_metrics": {"distinct_conversation_count": 1, "message_count": count(2), "thinking_message_count": 0},
            "claude_code_metrics": {
                "core_metrics": {"artifacts_created_count": 0, "commit_count": sessions / 2, "distinct_session_count": sessions,
                    "lines_of_code": {"added_count": added, "removed_count": removed}, "pull_request_count": sessions / 6},
                "tool_actions": {"edit_tool": {"accepted_count": accepted, "rejected_count": rejected}},
            },
            "web_search_count": 0,
        }));
    }
    let mut page = call.page(rows, 20);
    // This family has a cursor but no `has_more`.
    page.as_object_mut().into_iter().for_each(|page| drop(page.remove("has_more")));
    Json(page).into_response()
}

fn summaries(call: &Call<'_>) -> Response {
    let Some(day) = call.day("starting_date") else {
        return problem(StatusCode::BAD_REQUEST, "starting_date: field required");
    };
    let seats = call.account.seated(day).count();
    Json(json!({"summaries": [{"starting_at": midnight(day), "ending_at": midnight(day + Duration::days(1)),
        "assigned_seat_count": seats, "pending_invite_count": 0, "daily_active_user_count": seats / 2}]}))
    .into_response()
}

fn by_user(call: &Call<'_>, is_usage: bool) -> Response {
    let mut rows = Vec::new();
    for day in call.days() {
        for person in &call.account.people {
            let Some(mut work) = call.work(person, day) else { continue };
            let mut row = json!({
                "actor": {"type": "user_actor", "user_id": format!("user_{}", person.id), "email": person.email(),
                    "name": person.login, "deleted": false},
                "starting_at": midnight(day), "ending_at": midnight(day + Duration::days(1)), "product": "claude_code",
                "model": "claude-opus-5-5", "requests": work.requests,
            });
            let more = if is_usage {
                json!({"uncached_input_tokens": work.about(400), "cache_read_input_tokens": work.about(4000), "output_tokens": work.about(80),
                    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": work.about(50)}, "total_tokens": 0})
            } else {
                json!({"amount": format!("{}.125000", work.about(15)), "list_amount": format!("{}.500000", work.about(20)), "currency": "USD"})
            };
            if let (Some(row), Some(more)) = (row.as_object_mut(), more.as_object()) {
                row.extend(more.clone());
            }
            rows.push(row);
        }
    }
    let mut page = call.page(rows, 20);
    page["data_refreshed_at"] = json!(midnight(call.state.clock.now().date_naive()));
    page["organization_id"] = json!("org_sandbox");
    Json(page).into_response()
}
