//! Faults that every provider's stand-in has, selected by the words of its slug or key.
//!
//! | word | effect |
//! |---|---|
//! | `http429`, `http429date` | 429 with `Retry-After: 120`, or with the same moment as an HTTP date |
//! | `burst429`, `flaky503` | the first call of each address gets 429 (`Retry-After: 1`) or 503; later calls succeed
//! |
//! | `http500`, `http502`, `http503` | that status |
//! | `html` | 200 with an HTML page |
//! | `empty200` | 200 with an empty body |
//! | `hang` | accepts the request and never answers |
//! | `cut` | closes answers halfway, before their `Content-Length` |

use std::io;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};

use super::state::SandboxState;
use super::wait_until_stopped;
use super::words::Slug;

/// A page of the largest listing.
const MAX_BODY: usize = 256 << 20;

/// The faulty answer that a word selects, if any. `problem` writes an error in the provider's format.
pub(crate) async fn outage(
    state: &SandboxState,
    words: &Slug,
    target: &str,
    problem: impl Fn(StatusCode, &str) -> Response,
) -> Option<Response> {
    let says = |word| words.says(word);
    let is_first = || state.count(target) == 1;
    let limited = || problem(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded. Please try again later.");
    let broken = |status| problem(status, "An unexpected error occurred");
    if says("hang") {
        wait_until_stopped(state.stopped.clone()).await;
    }
    let answer = if says("http429") {
        Some(put(limited(), RETRY_AFTER.as_str(), "120"))
    } else if says("http429date") {
        Some(put(limited(), RETRY_AFTER.as_str(), &http_date(state.clock.now() + Duration::seconds(120))))
    } else if says("burst429") && is_first() {
        Some(put(limited(), RETRY_AFTER.as_str(), "1"))
    } else if says("http500") {
        Some(broken(StatusCode::INTERNAL_SERVER_ERROR))
    } else if says("http502") {
        Some(broken(StatusCode::BAD_GATEWAY))
    } else if says("http503") || says("flaky503") && is_first() {
        Some(broken(StatusCode::SERVICE_UNAVAILABLE))
    } else if says("html") {
        let page = "<!DOCTYPE html>\n<html><body><h1>Bad day</h1></body></html>\n";
        Some(([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response())
    } else if says("empty200") {
        Some(StatusCode::OK.into_response())
    } else {
        None
    };
    answer.map(|answer| put(answer, "date", &http_date(state.clock.now())))
}

/// Truncates a good answer if a word selects that, and dates every answer with the sandbox's clock.
pub(crate) async fn sent(state: &SandboxState, words: &Slug, answer: Response) -> Response {
    let answer = put(answer, "date", &http_date(state.clock.now()));
    if !words.says("cut") {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, bytes.len().into());
    let half = bytes.slice(..bytes.len() / 2);
    let body = Body::from_stream(async_stream::stream! {
        yield Ok(half);
        // Lets the first half leave before the connection is closed.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        yield Err(io::Error::from(io::ErrorKind::ConnectionReset));
    });
    Response::from_parts(parts, body)
}

/// Sets a header; an invalid value changes nothing.
pub(crate) fn put(mut answer: Response, name: &str, value: &str) -> Response {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

pub(crate) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
