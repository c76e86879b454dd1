//! One query of GitHub's GraphQL API, and what its errors mean.
//!
//! A query that is refused has status 200 and a list of errors. The API is at `/graphql` below the base of the REST API,
//! also where data residency gives an enterprise a base of its own:
//! <https://docs.github.com/en/enterprise-cloud@latest/graphql/guides/managing-enterprise-accounts>. Kinds of errors, as
//! callers have met them: `FORBIDDEN` (jasperapp/jasper#187), `INSUFFICIENT_SCOPES`, `NOT_FOUND`, `RATE_LIMIT`
//! (yanyongyu/githubkit#271; documented as `RATE_LIMITED`), and none where a query ran out of time (apache/devlake#4349).

use bytes::Bytes;
use serde_json::{Value, json};

use crate::error::{DEFAULT_WAIT, ProviderError};
use crate::providers::Call;
use crate::providers::refusals::{Refusal, quoted};

use super::{ABOUT, api, token};

pub(super) const PATH: &str = "graphql";

/// The answer to a query, as it came and read. `$slug` is the account's; `$after` is a cursor.
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
        None if error.pointer("/extensions/code").is_none() => ProviderError::Unavailable {
            detail: "GitHub did not finish a query: it ran out of time, or failed there".to_owned(),
        },
        _ => ProviderError::Malformed {
            detail: format!(
                "GitHub does not accept the query; its API may have changed: \"{}\"",
                quoted(error["message"].as_str().unwrap_or_default(), call, &ABOUT)
            ),
        },
    })
}
