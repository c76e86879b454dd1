//! Requests to GitHub's REST API, and the meaning of refusals.
//!
//! Statuses and messages: <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{DEFAULT_WAIT, ProviderError};
use crate::http::{Request, Response};
use crate::providers::Call;
use crate::providers::refusals::{self, Refusal};

use super::refusals::{lacks_scope, values};
use super::{ABOUT, ENTERPRISE, app, token};

const API_VERSION: &str = "2026-03-10";
/// Envelopes and error messages; a page of 100 seats is about 200 KB.
pub(super) const MAX_ANSWER: usize = 8 << 20;

/// The path prefix of an account's resources.
pub(super) fn account_path(call: &Call<'_>) -> String {
    let kind = if call.account.kind == ENTERPRISE { "enterprises" } else { "orgs" };
    format!("{kind}/{}", call.account.slug)
}

/// GitHub's web site, for links in a fix.
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

pub(super) async fn get(call: &Call<'_>, path: &str) -> Result<Response, ProviderError> {
    ask(call, Method::GET, path, None).await
}

/// Posts JSON.
pub(super) async fn post(call: &Call<'_>, path: &str, body: Bytes) -> Result<Response, ProviderError> {
    ask(call, Method::POST, path, Some(body)).await
}

/// Sends a request with the account's token. An App's token that expired early is replaced.
async fn ask(call: &Call<'_>, method: Method, path: &str, body: Option<Bytes>) -> Result<Response, ProviderError> {
    if !app::is_app(call.credential) {
        let token = SecretString::from(call.credential.expose("token").unwrap_or_default());
        let response = send(call, method, path, &token, body).await?;
        if (200..300).contains(&response.status) {
            call.note(token::facts(call.credential, &response));
        }
        return Ok(response);
    }
    let token = app::token(call, None).await?;
    let response = send(call, method.clone(), path, &token, body.clone()).await?;
    if response.status != 401 {
        return Ok(response);
    }
    let token = app::token(call, Some(&token)).await?;
    send(call, method, path, &token, body).await
}

/// One request with the given bearer token.
pub(super) async fn send(
    call: &Call<'_>,
    method: Method,
    path: &str,
    token: &SecretString,
    body: Option<Bytes>,
) -> Result<Response, ProviderError> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .map_err(|_| ProviderError::Denied { detail: "the token has invalid characters".to_owned() })?;
    bearer.set_sensitive(true);
    let url = format!("{}/{path}", base(call.api_url));
    let mut request = asking(Request { method, body, ..Request::get(&url, ABOUT.hosts) });
    if request.body.is_some() {
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    request.headers.insert(AUTHORIZATION, bearer);
    call.http.send(request).await
}

pub(super) fn base(api_url: Option<&str>) -> &str {
    api_url.unwrap_or(ABOUT.api_url).trim_end_matches('/')
}

/// Adds the headers that every request has.
pub(super) fn asking(request: Request<'_>) -> Request<'_> {
    request
        .header(ACCEPT, HeaderValue::from_static("application/vnd.github+json"))
        .header(HeaderName::from_static("x-github-api-version"), HeaderValue::from_static(API_VERSION))
}

/// An answer that was read completely.
pub(super) enum Answer {
    Content(Bytes),
    /// 204.
    Nothing,
    /// 404.
    Missing,
}

/// Reads an answer. A refusal becomes an error that says who must act.
pub(super) async fn read(call: &Call<'_>, response: Response) -> Result<Answer, ProviderError> {
    match response.status {
        200 => Ok(Answer::Content(response.bytes(MAX_ANSWER).await?)),
        204 => Ok(Answer::Nothing),
        404 => Ok(Answer::Missing),
        _ => Err(refusal(call, response).await),
    }
}

pub(super) async fn refusal(call: &Call<'_>, response: Response) -> ProviderError {
    let scopes = token::facts(call.credential, &response).scopes;
    let limited = response.limited().map(|limited| limited.wait.unwrap_or(DEFAULT_WAIT));
    let refusal = Refusal::read(response, MAX_ANSWER).await;
    refused(call, refusal, scopes.as_deref(), limited)
}

/// The meaning of a refusal for a token with these scopes; `limited` is the wait of a rate limit.
pub(super) fn refused(
    call: &Call<'_>,
    mut refusal: Refusal,
    scopes: Option<&[String]>,
    limited: Option<Duration>,
) -> ProviderError {
    refusal.lacks_scope = lacks_scope(call, scopes);
    if let Some(error) = refusals::reason(call, &ABOUT, &refusal, || values(call, &refusal), limited) {
        return error;
    }
    match (refusal.status, limited) {
        (403, Some(wait)) => ProviderError::RateLimited { retry_after: wait },
        _ => refusals::by_status(call, &ABOUT, "token", &refusal, limited),
    }
}
