//! GitHub as Copilot's administrators see it: usage reports, downloads, seats, credits, and the routes around them.
//!
//! Formats follow GitHub's documentation and reports of its callers, API version 2026-03-10. Every call needs a
//! `User-Agent` and a token. All answers have the rate-limit headers, and a 404 for a route that GitHub does not have
//! lists the existing routes in `X-Sandbox-Hint`.

mod answers;
pub mod apps;
mod billing;
#[cfg(test)]
mod consistency;
mod days;
mod downloads;
pub mod faults;
mod graph;
mod json;
mod pulls;
mod records;
mod reports;
mod routes;
mod seats;
mod tally;
pub mod tokens;
mod totals;

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::spec::{StandIn, StandInSpec};
use super::state::SandboxState;
use answers::{not_found, problem, put, stamped};
use routes::Call;
use tokens::Token;

/// The only answer that is not JSON.
const NO_USER_AGENT: &str = "\r\nRequest forbidden by administrative rules. Please make sure your request has a \
    User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check \
    https://developer.github.com for other possible causes.\r\n";
/// Maximum size of a request body.
const MAX_BODY: usize = 64 << 10;
const API_VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

static STAGE: StandInSpec = StandInSpec {
    provider: "github-copilot",
    hosts: &["api.github.com", "copilot-reports.github.com", "api.octo.ghe.com", "copilot-reports.octo.ghe.com"],
    account_kind: "organization",
    account: |words| if words.is_empty() { "octo".to_owned() } else { format!("octo-{words}") },
    credential_kind: "token",
    credential: |_| vec![("token", "ghp_good".to_owned())],
    refused: || vec![("token", "ghp_dead".to_owned())],
    troubles: &[
        ("http429", Some(120)),
        ("http429date", Some(120)),
        ("forbidden429", Some(600)),
        ("http500", None),
        ("http502", None),
        ("http503", None),
        ("html", None),
        ("hang", None),
        ("cut", None),
        ("cutline", None),
        ("foreign", None),
        ("private", None),
        ("hangdownload", None),
    ],
    hangs: &["hang", "hangdownload"],
    paths: &[
        "/orgs/octo",
        "/organizations/octo",
        "/user/orgs?",
        "/graphql",
        "/organization-",
        "/users-",
        "/user-teams-",
        "/repos-",
    ],
    is_download: |path| path.contains("/part-"),
    bad_links: &["foreign", "private"],
    demo: ("Octodemo", "octodemo"),
    demo_credential: || vec![("token", "ghp_sandbox0000000000000000000000000000".to_owned())],
    spare: ("acme", ""),
};

pub(super) struct GitHub;

#[async_trait]
impl StandIn for GitHub {
    fn spec(&self) -> &'static StandInSpec {
        &STAGE
    }

    /// The requested host only matters for the addresses in the answer, because paths of the API and of downloads
    /// never collide.
    async fn answer(&self, state: &Arc<SandboxState>, host: String, request: Request) -> Response {
        answer(state, host, request).await
    }
}

async fn answer(state: &Arc<SandboxState>, host: String, request: Request) -> Response {
    let target = super::target(&request);
    let headers = request.headers();
    let authorized = headers.contains_key(header::AUTHORIZATION);
    if let Some(link) = downloads::Link::parse(&target) {
        return downloads::answer(state, link, authorized).await;
    }
    let path = target.split('?').next().unwrap_or_default();
    if apps::is_route(path) {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
        let answer = match identified(&parts.headers) {
            Err(refused) => *refused,
            Ok(()) => apps::answer(state, &parts.method, path, &parts.headers, &body),
        };
        return stamped(answer, state);
    }
    if path == graph::PATH && request.method() == Method::POST {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
        let answer = match identified(&parts.headers).and_then(|()| Token::of(state, &parts.headers)) {
            Err(refused) => *refused,
            Ok(token) => token.describe(graph::answer(state, &token, &body).await, state.clock.now()),
        };
        return stamped(answer, state);
    }
    let answer = match admit(state, request.method(), headers) {
        Err(refused) => *refused,
        Ok(token) => {
            let answer = routes::answer(state, &Call::new(target, host, token.clone())).await;
            token.describe(answer, state.clock.now())
        }
    };
    stamped(answer, state)
}

/// Checks that GitHub makes before all others.
fn identified(headers: &HeaderMap) -> Result<(), Box<Response>> {
    if !headers.contains_key(header::USER_AGENT) {
        return Err(Box::new((StatusCode::FORBIDDEN, NO_USER_AGENT).into_response()));
    }
    if let Some(version) = headers.get("x-github-api-version")
        && !API_VERSIONS.iter().any(|known| version == known)
    {
        let message = format!("API version {version:?} is not supported. Use one of {}.", API_VERSIONS.join(", "));
        return Err(Box::new(problem(StatusCode::BAD_REQUEST, &message)));
    }
    Ok(())
}

/// Identifies the caller on GitHub's data hosts.
fn admit(state: &SandboxState, method: &Method, headers: &HeaderMap) -> Result<Token, Box<Response>> {
    identified(headers)?;
    let token = Token::of(state, headers)?;
    if method != Method::GET {
        return Err(Box::new(put(
            not_found(),
            "x-sandbox-hint",
            "only Apps and queries are answered other methods than GET",
        )));
    }
    Ok(token)
}
