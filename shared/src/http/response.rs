//! A response, and the waits that its headers name.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, FixedOffset};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use reqwest::header::{DATE, ETAG, HeaderMap, HeaderValue, RETRY_AFTER};
use tokio::time::{Instant, timeout_at};

use super::etag_cache::{EtagCache, Keeper};
use crate::error::ProviderError;

/// A response whose body has not been read.
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    /// The path that answered, without its query.
    pub path: String,
    host: String,
    deadline: Option<Instant>,
    body: Body,
}

/// A refusal because of too many requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// The wait that the provider names, if any.
    pub wait: Option<Duration>,
}

enum Body {
    Coming(reqwest::Response, Option<Keeper>),
    /// From the cache.
    Cached(Bytes),
}

impl Response {
    pub(super) fn new(answer: reqwest::Response, host: String, deadline: Option<Instant>) -> Self {
        Self {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            path: answer.url().path().to_owned(),
            host,
            deadline,
            body: Body::Coming(answer, None),
        }
    }

    /// Returns the rate limit if the provider refused because of too many requests. A 403 or 503 counts only if it
    /// names a wait or says that the limit is used up; a plain one has another cause.
    pub fn limited(&self) -> Option<Limited> {
        let wait = self.named_wait();
        let is_named = self.is_used_up() || wait.is_some_and(|wait| !wait.is_zero());
        match self.status {
            429 => Some(Limited { wait }),
            403 | 503 | 529 if is_named => Some(Limited { wait }),
            _ => None,
        }
    }

    /// The wait that the headers name, for any status.
    pub fn named_wait(&self) -> Option<Duration> {
        retry_after(&self.headers).or_else(|| if self.is_used_up() { until_reset(&self.headers) } else { None })
    }

    /// True if the limit is used up.
    fn is_used_up(&self) -> bool {
        self.header("x-ratelimit-remaining") == Some("0")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A 304 answer with the cached body.
    pub(super) fn unchanged(self, body: Bytes) -> Self {
        Self { status: 200, body: Body::Cached(body), ..self }
    }

    /// Stores the body in the cache once it has been read completely.
    pub(super) fn kept_in(mut self, cache: &Arc<EtagCache>, request_key: u64) -> Self {
        if let (200, Some(etag), Body::Coming(_, keeper)) = (self.status, self.headers.get(ETAG), &mut self.body) {
            *keeper = Some(Keeper::new(cache, request_key, etag));
        }
        self
    }

    /// The whole body. Fails if it is larger than `limit` bytes.
    pub async fn bytes(self, limit: usize) -> Result<Bytes, ProviderError> {
        let host = self.host.clone();
        let mut stream = self.stream();
        let mut body = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            body.extend_from_slice(&chunk?);
            if body.len() > limit {
                return Err(ProviderError::Malformed { detail: format!("{host} sent more than {limit} bytes") });
            }
        }
        Ok(body.freeze())
    }

    /// Streams the body. A body that ends before its announced length is an error.
    pub fn stream(self) -> BoxStream<'static, Result<Bytes, ProviderError>> {
        let Self { host, deadline, body, .. } = self;
        let (answer, mut keeper) = match body {
            Body::Coming(answer, keeper) => (answer, keeper),
            Body::Cached(body) => return stream::once(async { Ok(body) }).boxed(),
        };
        let mut pieces = Box::pin(answer.bytes_stream());
        Box::pin(async_stream::stream! {
            loop {
                let piece = match deadline {
                    None => pieces.next().await,
                    Some(end) => match timeout_at(end, pieces.next()).await {
                        Ok(piece) => piece,
                        Err(_) => {
                            yield Err(ProviderError::Unavailable { detail: format!("{host} did not finish in time") });
                            break;
                        }
                    },
                };
                match piece {
                    Some(Ok(piece)) => {
                        keeper = keeper.and_then(|keeper| keeper.with(&piece));
                        yield Ok(piece);
                    }
                    Some(Err(error)) => {
                        yield Err(unavailable(&host, error));
                        break;
                    }
                    None => {
                        if let Some(keeper) = keeper {
                            keeper.keep();
                        }
                        break;
                    }
                }
            }
        })
    }
}

/// The failure without the URL, which may contain a signature.
pub(super) fn unavailable(host: &str, error: reqwest::Error) -> ProviderError {
    let error = error.without_url();
    let cause = std::iter::successors(std::error::Error::source(&error), |cause| cause.source())
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string);
    ProviderError::Unavailable { detail: format!("could not reach {host}: {cause}") }
}

/// `Retry-After` in seconds.
fn retry_after_seconds(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// `Retry-After` in either form. A date is compared with the answer's own `Date`, so no clock is needed.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = retry_after_seconds(headers) {
        return Some(seconds);
    }
    let until = http_date(headers.get(RETRY_AFTER)?)?;
    let now = http_date(headers.get(DATE)?)?;
    Some((until - now).to_std().unwrap_or_default())
}

/// `x-ratelimit-reset` is an epoch second. It is compared with the answer's own `Date`.
fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let reset: i64 = headers.get("x-ratelimit-reset")?.to_str().ok()?.trim().parse().ok()?;
    let now = http_date(headers.get(DATE)?)?.timestamp();
    u64::try_from(reset - now).ok().map(Duration::from_secs)
}

pub fn http_date(value: &HeaderValue) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc2822(value.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("120"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(120)));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Sat, 21 Nov 2026 06:02:00 GMT"));
        headers.insert(DATE, HeaderValue::from_static("Sat, 21 Nov 2026 06:00:00 GMT"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(120)));
    }
}
