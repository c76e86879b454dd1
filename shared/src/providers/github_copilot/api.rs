//! One call to GitHub's REST API, and what its refusals mean.
//!
//! Statuses and messages: <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{DEFAULT_WAIT, ProviderError};
use crate::http::{Request, Response, http_date, retry_after};
use crate::providers::Call;
use crate::words::Fix;

use super::{ABOUT, ENTERPRISE, app, token};

const API_VERSION: &str = "2026-03-10";
/// Envelopes and error messages; a page of 100 seats is about 200 KB.
pub(super) const MAX_ANSWER: usize = 8 << 20;

/// The path below which everything about an account lies.
pub(super) fn account_path(call: &Call<'_>) -> String {
    let kind = if call.account.kind == ENTERPRISE { "enterprises" } else { "orgs" };
    format!("{kind}/{}", call.account.slug)
}

/// GitHub's web page for people, for links in a fix.
pub(super) fn web(call: &Call<'_>) -> String {
    web_at(call.api_url)
}

pub(super) fn web_at(api_url: Option<&str>) -> String {
    let host = api_url.and_then(|url| url.trim_end_matches('/').strip_prefix("https://api."));
    let data_residency = host.filter(|host| host.ends_with(".ghe.com"));
    match data_residency {
        Some(host) => format!("https://{host}"),
        None => "https://github.com".to_owned(),
    }
}

/// Asks with what the credential opens the account with; an App's token that has ended before its time is replaced.
pub(super) async fn get(call: &Call<'_>, path: &str) -> Result<Response, ProviderError> {
    if !app::is_app(call.credential) {
        let token = SecretString::from(call.credential.expose("token").unwrap_or_default());
        let response = send(call, Method::GET, path, &token, None).await?;
        if (200..300).contains(&response.status) {
            call.note(token::facts(call.credential, &response));
        }
        return Ok(response);
    }
    let token = app::token(call, None).await?;
    let response = send(call, Method::GET, path, &token, None).await?;
    if response.status != 401 {
        return Ok(response);
    }
    let token = app::token(call, Some(&token)).await?;
    send(call, Method::GET, path, &token, None).await
}

/// One request with the bearer token that is given.
pub(super) async fn send(
    call: &Call<'_>,
    method: Method,
    path: &str,
    token: &SecretString,
    body: Option<Bytes>,
) -> Result<Response, ProviderError> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .map_err(|_| ProviderError::Denied { detail: "the token has characters that no token has".to_owned() })?;
    bearer.set_sensitive(true);
    let url = format!("{}/{path}", base(call.api_url));
    let mut request = asking(Request { method, body, ..Request::get(&url, ABOUT.hosts) });
    request.headers.insert(AUTHORIZATION, bearer);
    call.http.send(request).await
}

pub(super) fn base(api_url: Option<&str>) -> &str {
    api_url.unwrap_or(ABOUT.api_url).trim_end_matches('/')
}

/// What every request says of itself.
pub(super) fn asking(request: Request<'_>) -> Request<'_> {
    request
        .header(ACCEPT, HeaderValue::from_static("application/vnd.github+json"))
        .header(HeaderName::from_static("x-github-api-version"), HeaderValue::from_static(API_VERSION))
}

/// An answer that was read to its end.
pub(super) enum Answer {
    Content(Bytes),
    /// 204.
    Nothing,
    /// 404.
    Missing,
}

/// Reads an answer; every refusal becomes an error that says who must act.
pub(super) async fn read(call: &Call<'_>, response: Response) -> Result<Answer, ProviderError> {
    match response.status {
        200 => Ok(Answer::Content(response.bytes(MAX_ANSWER).await?)),
        204 => Ok(Answer::Nothing),
        404 => Ok(Answer::Missing),
        _ => Err(refusal(call, response).await),
    }
}

pub(super) async fn refusal(call: &Call<'_>, response: Response) -> ProviderError {
    let status = response.status;
    let facts = token::facts(call.credential, &response);
    let limited = rate_limit(&response);
    let sso = response.header("x-github-sso").map(str::to_owned);
    let accepted_permissions = response.header("x-accepted-github-permissions").map(str::to_owned);
    let accepted_scopes = response.header("x-accepted-oauth-scopes").map(str::to_owned);
    let message = response.bytes(MAX_ANSWER).await.map(|body| message(&body)).unwrap_or_default();
    match status {
        401 => ProviderError::Denied { detail: "GitHub refuses the token: it is wrong, expired or revoked".to_owned() },
        403 | 429 if status == 429 || limited.is_some() || message.to_lowercase().contains("rate limit") => {
            ProviderError::RateLimited { retry_after: limited.unwrap_or(DEFAULT_WAIT) }
        }
        403 if message.contains("policy must be enabled") => policy_off(call),
        403 if message.contains("has been suspended") => app::suspended(call, None),
        403 if sso.as_deref().is_some_and(|sso| sso.starts_with("required")) => sso_required(call, sso.as_deref()),
        403 if message.contains("administrative rules") => {
            ProviderError::Malformed { detail: "GitHub turned the request away by its own rules (403)".to_owned() }
        }
        403 => missing_permission(call, &facts.kind, facts.scopes.as_deref(), accepted_permissions, accepted_scopes),
        500..=599 => ProviderError::Unavailable { detail: format!("GitHub answered {status}") },
        400 | 410 | 422 => ProviderError::Malformed {
            detail: format!("GitHub does not accept the request ({status}); its API may have changed"),
        },
        _ => ProviderError::Malformed { detail: format!("GitHub answered {status}, which it is not known to do") },
    }
}

/// The `message` of GitHub's error, or the plain text.
pub(super) fn message(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Message {
        message: String,
    }
    match serde_json::from_slice::<Message>(body) {
        Ok(message) => message.message,
        Err(_) => String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned(),
    }
}

/// <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately>
fn rate_limit(response: &Response) -> Option<Duration> {
    if let Some(wait) = retry_after(&response.headers) {
        return Some(wait);
    }
    if response.header("x-ratelimit-remaining")? != "0" {
        return None;
    }
    // The reset is an epoch second; the answer's own date says how far off it is.
    let reset: i64 = response.header("x-ratelimit-reset")?.parse().ok()?;
    let now = response.headers.get("date").and_then(http_date);
    let wait = now.and_then(|now| u64::try_from(reset - now.timestamp()).ok());
    Some(wait.map_or(DEFAULT_WAIT, Duration::from_secs))
}

fn policy_off(call: &Call<'_>) -> ProviderError {
    let (slug, web) = (&call.account.slug, web(call));
    let (text, url) = if call.account.kind == ENTERPRISE {
        (
            format!(
                "an enterprise owner must set the policy \"Copilot usage metrics\" of {slug} to \"Enabled everywhere\""
            ),
            format!("{web}/enterprises/{slug}/settings/copilot/policies"),
        )
    } else {
        (
            format!(
                "an owner must enable the policy \"Copilot usage metrics\" of {slug}; if an enterprise owns it, the enterprise's policy must be \"Enabled everywhere\""
            ),
            format!("{web}/organizations/{slug}/settings/copilot/policies"),
        )
    };
    ProviderError::Forbidden {
        code: "policy_off",
        detail: format!("the policy \"Copilot usage metrics\" is switched off for {slug}"),
        fix: Box::new(Fix::new(text, url)),
    }
}

fn sso_required(call: &Call<'_>, header: Option<&str>) -> ProviderError {
    let slug = &call.account.slug;
    let url = header.and_then(|header| header.split_once("url=")).map(|(_, url)| url.trim().to_owned());
    ProviderError::Forbidden {
        code: "sso_required",
        detail: format!("{slug} requires single sign-on and the token is not authorized for it"),
        fix: Box::new(Fix::new(
            format!("authorize the token for {slug}: Configure SSO beside the token, then verify again"),
            url.unwrap_or_else(|| format!("{}/settings/tokens", web(call))),
        )),
    }
}

fn missing_permission(
    call: &Call<'_>,
    kind: &str,
    scopes: Option<&[String]>,
    accepted_permissions: Option<String>,
    accepted_scopes: Option<String>,
) -> ProviderError {
    let (slug, web) = (&call.account.slug, web(call));
    let is_enterprise = call.account.kind == ENTERPRISE;
    let metrics = if is_enterprise { "Enterprise Copilot metrics" } else { "Organization Copilot metrics" };
    let (detail, fix) = match kind {
        app::KIND | "installation_token" | "app_user_token" => (
            format!("the GitHub App lacks a permission on {slug}{}", named(accepted_permissions)),
            Fix::new(
                format!(
                    "give the App \"{metrics}\" (read) and \"GitHub Copilot Business\" (read), then have an owner of {slug} accept the change"
                ),
                format!("{web}/organizations/{slug}/settings/installations"),
            ),
        ),
        "fine_grained_pat" => (
            format!("the fine-grained token lacks a permission on {slug}{}", named(accepted_permissions)),
            Fix::new(
                format!(
                    "edit the token: resource owner {slug}, organization permissions \"{metrics}\" and \"GitHub Copilot Business\", both read-only; an owner may have to approve it"
                ),
                format!("{web}/settings/personal-access-tokens"),
            ),
        ),
        _ => {
            let needed = if is_enterprise { "read:enterprise (or manage_billing:copilot)" } else { "read:org" };
            let enough: &[&str] = if is_enterprise {
                &["read:enterprise", "manage_billing:copilot", "admin:enterprise", "manage_billing:enterprise"]
            } else {
                &["read:org", "write:org", "admin:org"]
            };
            let has_scope = scopes.is_none_or(|scopes| scopes.iter().any(|scope| enough.contains(&scope.as_str())));
            if has_scope {
                let role = if is_enterprise { "an enterprise owner or billing manager" } else { "an owner" };
                (
                    format!("the token's scopes are enough, but its user is not {role} of {slug}"),
                    Fix::new(
                        format!(
                            "use a token of {role} of {slug}, or give its user a role that may view Copilot metrics"
                        ),
                        if is_enterprise {
                            format!("{web}/enterprises/{slug}/people")
                        } else {
                            format!("{web}/orgs/{slug}/people")
                        },
                    ),
                )
            } else {
                (
                    format!("the token lacks the scope {needed}{}", named(accepted_scopes)),
                    Fix::new(
                        format!("make a classic token with the scope {needed} as an owner of {slug}"),
                        format!("{web}/settings/tokens"),
                    ),
                )
            }
        }
    };
    ProviderError::Forbidden { code: "missing_permission", detail, fix: Box::new(fix) }
}

fn named(accepted: Option<String>) -> String {
    accepted
        .filter(|accepted| !accepted.is_empty())
        .map_or_else(String::new, |accepted| format!(" (GitHub asks for {accepted})"))
}
