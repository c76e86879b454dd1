//! Queries to GitHub's GraphQL API, and the meaning of their errors.
//!
//! A refused query has status 200 and a list of errors. The API is at `/graphql` below the REST API's base, including
//! the bases of enterprises with data residency:
//! <https://docs.github.com/en/enterprise-cloud@latest/graphql/guides/managing-enterprise-accounts>. Kinds of errors
//! that callers have seen: `FORBIDDEN` (jasperapp/jasper#187), `INSUFFICIENT_SCOPES`, `NOT_FOUND`, `RATE_LIMIT`
//! (yanyongyu/githubkit#271; documented as `RATE_LIMITED`), and none if a query timed out (apache/devlake#4349).

use bytes::Bytes;
use serde_json::{Value, json};

use crate::error::{DEFAULT_WAIT, ProviderError};
use crate::providers::Call;
use crate::providers::refusals::{Refusal, quoted};

use super::{ABOUT, api, token};

pub(super) const PATH: &str = "graphql";

/// The answer to a query, as bytes and parsed. `$slug` is the account's; `$after` is a cursor.
pub(super) async fn ask(call: &Call<'_>, query: &str, after: Option<&str>) -> Result<(Bytes, Value), ProviderError> {
    let body = json!({"query": query, "variables": {"slug": call.account.slug, "after": after}}).to_string();
    let response = api::post(call, PATH, body.into()).await?;
    if response.status != 200 {
        return Err(api::refusal(call, response).await);
    }
    let (headers, path, wait) = (response.headers.clone(), response.path.clone(), response.named_wait());
    let scopes = token::facts(call.credential, &response).scopes;
    let body = response.bytes(api::MAX_ANSWER).await?;
    let answer: Value = crate::providers::json::from_slice(&body)
        .map_err(|_| ProviderError::Malformed { detail: "GitHub's answer to a query is not JSON".to_owned() })?;
    let Some(error) = answer.pointer("/errors/0") else { return Ok((body, answer)) };
    Err(match error["type"].as_str() {
        Some("RATE_LIMIT" | "RATE_LIMITED") => ProviderError::RateLimited { retry_after: wait.unwrap_or(DEFAULT_WAIT) },
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES" | "NOT_FOUND") => {
            api::refused(call, Refusal::of(200, headers, path, &body), scopes.as_deref(), None)
        }
        None if error.pointer("/extensions/code").is_none() => {
            ProviderError::Unavailable { detail: "GitHub did not finish a query: it timed out or failed".to_owned() }
        }
        _ => ProviderError::Malformed {
            detail: format!(
                "GitHub refuses the query; its API may have changed: \"{}\"",
                quoted(error["message"].as_str().unwrap_or_default(), call, &ABOUT)
            ),
        },
    })
}
