//! The HTTP port of the providers. Only this file builds a client.
//!
//! A provider uses its real URLs and reaches only the hosts it declares, over https. Only a detour (tests, the
//! sandbox, a recording proxy) sends a host elsewhere.

mod etag_cache;
mod rate_limit;
mod response;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::clock::{Clock, WallClock};
use crate::error::{ProviderError, chain};
use crate::ports::RateLimiter;

use etag_cache::EtagCache;
use rate_limit::ConnectionLimits;
pub use rate_limit::{Counts, LimitRule, Requester};
pub use response::{Limited, Response, http_date, retry_after};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From sending a request to the first byte of the answer. GitHub aborts its own requests after 10 s.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Between two pieces of a body.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum wait of a request without a deadline, for the rate limit and for waits that the provider names. A request
/// that must wait longer goes back to the queue.
const PATIENCE: Duration = Duration::from_secs(90);
/// A request that continues a listing waits longer, because a listing that is aborted starts anew.
const PATIENCE_UNDER_WAY: Duration = Duration::from_secs(10 * 60);
const FIRST_BACKOFF: Duration = Duration::from_millis(250);
const ATTEMPTS: u32 = 3;
const MAX_REDIRECTS: u32 = 3;
/// If a whole API is deprecated, every address of it is announced.
const MAX_DEPRECATIONS: usize = 20;

/// Redirects of hosts: `api.github.com=http://127.0.0.1:9001,...`.
#[derive(Clone, Debug, Default)]
pub struct Detours(BTreeMap<String, Url>);

impl Detours {
    /// The error names the invalid part.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut detours = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (host, target) =
                part.split_once('=').ok_or_else(|| format!("`{part}` must have the form host=http://address"))?;
            let target = Url::parse(target).map_err(|error| format!("the target of `{host}` is not a URL: {error}"))?;
            if !matches!(target.scheme(), "http" | "https") || target.host().is_none() {
                return Err(format!("the target of `{host}` must be an http or https URL"));
            }
            detours.insert(host.to_lowercase(), target);
        }
        Ok(Self(detours))
    }

    pub fn extend(&mut self, more: Detours) {
        self.0.extend(more.0);
    }

    fn apply(&self, url: &Url) -> Option<Url> {
        let target = self.0.get(url.host_str()?)?;
        let mut detoured = target.clone();
        detoured.set_path(&format!("{}{}", target.path().trim_end_matches('/'), url.path()));
        detoured.set_query(url.query());
        Some(detoured)
    }

    fn is_target(&self, url: &Url) -> bool {
        self.0.values().any(|target| target.origin() == url.origin())
    }
}

/// Sends requests to declared hosts.
#[derive(Clone)]
pub struct Http {
    clients: Arc<OnceLock<Result<Clients, String>>>,
    detours: Arc<Detours>,
    deadline: Option<Instant>,
    clock: Arc<dyn Clock>,
    /// After this time, requests wait at most [`PATIENCE`].
    patient_until: Option<DateTime<Utc>>,
    patience: Duration,
    rate_limiter: Option<Arc<dyn RateLimiter>>,
    limits: Option<ConnectionLimits>,
    cache: Arc<EtagCache>,
    deprecations: Option<Arc<Mutex<BTreeSet<Deprecation>>>>,
}

/// A deprecated address of an API, announced by the headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deprecation {
    /// When the address shuts down; `None` if no date is announced.
    pub at: Option<DateTime<Utc>>,
    /// Host and path.
    pub address: String,
}

struct Clients {
    usual: reqwest::Client,
    /// For detours, which lead to loopback and must bypass a corporate proxy.
    direct: reqwest::Client,
}

impl Clients {
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(concat!("pairmeter/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(SILENCE_TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
        };
        Ok(Self { usual: builder().build()?, direct: builder().no_proxy().build()? })
    }
}

/// One request. Bodies are small and kept, so that the request can be retried.
pub struct Request<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    /// Host patterns that this request and its redirects may reach; `*` stands for a part of one label.
    pub hosts: &'static [&'static str],
    /// Revalidate with `ETag`: an unchanged answer to an earlier request with the same key is returned from memory.
    pub revalidates: bool,
}

impl<'a> Request<'a> {
    pub fn get(url: &'a str, hosts: &'static [&'static str]) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: None, hosts, revalidates: false }
    }

    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl Http {
    /// Builds no client: a cold start that reaches no provider does not pay for one.
    pub fn new(detours: Detours) -> Self {
        Self {
            clients: Arc::new(OnceLock::new()),
            detours: Arc::new(detours),
            deadline: None,
            clock: Arc::new(WallClock),
            patient_until: None,
            patience: PATIENCE,
            deprecations: None,
            rate_limiter: None,
            limits: None,
            cache: Arc::default(),
        }
    }

    fn clients(&self) -> Result<&Clients, ProviderError> {
        let client = self.clients.get_or_init(|| Clients::new().map_err(|error| chain(&*error)));
        client
            .as_ref()
            .map_err(|error| ProviderError::Unavailable { detail: format!("cannot build an HTTP client: {error}") })
    }

    /// A copy whose requests fail as unavailable after `limit` from now.
    pub fn within(&self, limit: Duration) -> Self {
        Self { deadline: Some(Instant::now() + limit), ..self.clone() }
    }

    /// A copy whose requests wait longer than usual, but not after `limit` from now.
    pub fn patient_for(&self, limit: chrono::Duration) -> Self {
        Self { patient_until: Some(self.clock.now() + limit), ..self.clone() }
    }

    /// A copy for the further pages of a listing.
    pub fn under_way(&self) -> Self {
        Self { patience: PATIENCE_UNDER_WAY, ..self.clone() }
    }

    /// A copy whose requests respect rate limits and wait by this clock.
    pub fn with_rate_limiter(self, rate_limiter: Arc<dyn RateLimiter>, clock: Arc<dyn Clock>) -> Self {
        Self { rate_limiter: Some(rate_limiter), clock, ..self }
    }

    /// A copy for one connection with the limits of its provider.
    pub fn sharing(&self, limits: &'static [LimitRule], requester: Requester) -> Self {
        let rate_limiter = self.rate_limiter.clone().filter(|_| !limits.is_empty());
        let limits = rate_limiter.map(|rate_limiter| ConnectionLimits { rate_limiter, limits, requester });
        Self { limits, ..self.clone() }
    }

    /// A copy that records deprecated addresses.
    pub fn recording_deprecations(&self) -> Self {
        Self { deprecations: Some(Arc::default()), ..self.clone() }
    }

    /// The deprecations that all copies of this port have recorded.
    pub fn deprecations(&self) -> Vec<Deprecation> {
        let recorded =
            self.deprecations.as_ref().map(|recorded| recorded.lock().unwrap_or_else(PoisonError::into_inner).clone());
        recorded.into_iter().flatten().collect()
    }

    fn record_deprecation(&self, url: &str, headers: &HeaderMap) {
        let (Some(recorded), Ok(url)) = (&self.deprecations, Url::parse(url)) else { return };
        let at = headers.get("sunset").and_then(http_date).map(|at| at.to_utc());
        if at.is_none() && !headers.contains_key("deprecation") {
            return;
        }
        let mut recorded = recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.len() < MAX_DEPRECATIONS {
            let address = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
            recorded.insert(Deprecation { at, address });
        }
    }

    /// Checks that the URL may be the base of an API. The error says why not, without repeating a password.
    pub fn allows_base(&self, url: &str, hosts: &[&str]) -> Result<(), String> {
        let alone = Url::parse(url).map_err(|_| "is not a URL".to_owned())?.origin().ascii_serialization();
        self.route(&alone, hosts)?;
        if url.trim_end_matches('/') == alone { Ok(()) } else { Err(format!("must be only the address: {alone}")) }
    }

    /// The URL that is really requested, and whether it is a detour.
    fn route(&self, url: &str, hosts: &[&str]) -> Result<(Url, bool), String> {
        let url = Url::parse(url).map_err(|_| "is not a URL".to_owned())?;
        if self.detours.is_target(&url) {
            return Ok((url, true));
        }
        let Some(host) = url.domain() else {
            return Err("has no host".to_owned());
        };
        if url.scheme() != "https" || url.port().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(format!("{host} must be reached by https, without a port, user or password"));
        }
        if !hosts.iter().any(|pattern| host_matches(pattern, host)) {
            return Err(format!("{host} is not a declared host"));
        }
        match self.detours.apply(&url) {
            Some(detoured) => Ok((detoured, true)),
            None => Ok((url, false)),
        }
    }

    /// Sends a request and follows redirects within the declared hosts. Retries after connection failures and 5xx,
    /// and after a rate limit if its wait fits into the remaining time. Any status is an answer; an error means that
    /// no answer came, or that the request is not allowed.
    pub async fn send(&self, mut request: Request<'_>) -> Result<Response, ProviderError> {
        if !request.revalidates {
            return self.persist(&request).await;
        }
        let request_key = self.cache.request_key(request.url, &request.headers);
        let cached = self.cache.answer(request_key);
        if let Some((etag, _)) = &cached {
            request.headers.insert(IF_NONE_MATCH, etag.clone());
        }
        let response = self.persist(&request).await?;
        Ok(match cached {
            Some((_, body)) if response.status == 304 => response.unchanged(body),
            _ => response.kept_in(&self.cache, request_key),
        })
    }

    /// Waits for the rate limit, sends, and retries.
    async fn persist(&self, request: &Request<'_>) -> Result<Response, ProviderError> {
        let path = Url::parse(request.url).map(|url| url.path().to_owned()).unwrap_or_default();
        let rate_limit = self.limits.as_ref().and_then(|limits| Some((limits, limits.rate_limit(&path)?)));
        let (mut failures, mut refusals) = (0, 0);
        let mut waited = Duration::ZERO;
        loop {
            if let Some((limits, rate_limit)) = &rate_limit {
                waited += limits.reserve(rate_limit, self.patience_after(waited), &*self.clock).await?;
            }
            let outcome = self.follow(request).await;
            let limited = outcome.as_ref().ok().and_then(Response::limited);
            let wait = match (&outcome, limited) {
                (Ok(_), Some(limited)) => {
                    let named = limited.wait.map(|wait| wait.max(backoff(refusals)));
                    refusals += 1;
                    match &rate_limit {
                        Some((limits, rate_limit)) => limits.refused(rate_limit, named).await.or(named),
                        None => named,
                    }
                }
                (Ok(Response { status: 500 | 502 | 503 | 504 | 529, .. }), None)
                | (Err(ProviderError::Unavailable { .. }), _) => {
                    failures += 1;
                    (failures < ATTEMPTS).then(|| backoff(failures - 1))
                }
                _ => None,
            };
            let Some(wait) = wait.filter(|wait| *wait < self.patience_after(waited)) else { return outcome };
            self.clock.sleep(wait).await;
            waited += wait;
        }
    }

    /// How much longer a request may wait that has waited for `waited`.
    fn patience_after(&self, waited: Duration) -> Duration {
        if let Some(end) = self.deadline {
            return end.saturating_duration_since(Instant::now());
        }
        let left = self.patience.saturating_sub(waited);
        let until = self.patient_until.map(|until| (until - self.clock.now()).to_std().unwrap_or_default());
        // A request that is in progress at the deadline is finished with the usual patience.
        until.map_or(left, |until| left.min(until.max(PATIENCE.saturating_sub(waited))))
    }

    async fn follow(&self, request: &Request<'_>) -> Result<Response, ProviderError> {
        let mut url = request.url.to_owned();
        let mut redirects = 0;
        loop {
            let response = self.send_once(request, &url).await?;
            let moved = matches!(response.status, 301 | 302 | 307 | 308) && redirects < MAX_REDIRECTS;
            let Some(location) = response.headers.get(LOCATION).filter(|_| moved) else {
                return Ok(response);
            };
            let target = location.to_str().ok().and_then(|to| Url::parse(&url).ok()?.join(to).ok());
            let Some(target) = target else {
                return Ok(response);
            };
            // Another host must not receive headers and bodies meant for this one.
            if Url::parse(&url).ok().is_none_or(|from| from.host_str() != target.host_str()) {
                return Err(ProviderError::Malformed { detail: "the provider redirected to another host".to_owned() });
            }
            url = target.to_string();
            redirects += 1;
        }
    }

    async fn send_once(&self, request: &Request<'_>, url: &str) -> Result<Response, ProviderError> {
        let (target, is_detour) = self
            .route(url, request.hosts)
            .map_err(|why| ProviderError::Malformed { detail: format!("a request was not sent: {why}") })?;
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let clients = self.clients()?;
        let client = if is_detour { &clients.direct } else { &clients.usual };
        let mut outgoing = client.request(request.method.clone(), target).headers(request.headers.clone());
        if let Some(body) = &request.body {
            outgoing = outgoing.body(body.clone());
        }
        let end = Instant::now() + ANSWER_TIMEOUT;
        let end = self.deadline.map_or(end, |deadline| deadline.min(end));
        let answer = match timeout_at(end, outgoing.send()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(response::unavailable(&host, error)),
            Err(_) => {
                return Err(ProviderError::Unavailable { detail: format!("{host} did not answer in time") });
            }
        };
        self.record_deprecation(url, answer.headers());
        Ok(Response::new(answer, host, self.deadline))
    }
}

/// Doubles with each attempt.
fn backoff(tries: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(2u32.saturating_pow(tries))
}

/// `api.*.ghe.com` matches `api.octo.ghe.com`: the same number of labels, all equal except for one `*`.
fn host_matches(pattern: &str, host: &str) -> bool {
    let mut labels = host.split('.');
    pattern.split('.').all(|pattern| {
        labels.next().is_some_and(|label| match pattern.split_once('*') {
            None => pattern == label,
            Some((head, tail)) => {
                label.len() > head.len() + tail.len() && label.starts_with(head) && label.ends_with(tail)
            }
        })
    }) && labels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTS: &[&str] = &["api.github.com", "api.*.ghe.com", "copilot-reports-*.b01.azurefd.net"];

    fn http() -> Http {
        Http::new(Detours::parse("api.github.com=http://127.0.0.1:9001").unwrap())
    }

    #[test]
    fn only_declared_hosts_are_reached_and_only_over_https() {
        for (url, allowed) in [
            ("https://api.github.com/user", true),
            ("https://api.octo.ghe.com/user", true),
            ("https://copilot-reports-prod.b01.azurefd.net/x", true),
            ("http://127.0.0.1:9001/report?sig=1", true),
            ("http://api.octo.ghe.com/user", false),
            ("https://api.octo.ghe.com:8443/user", false),
            ("https://me@api.octo.ghe.com/user", false),
            ("https://api..ghe.com/user", false),
            ("https://api.a.b.ghe.com/user", false),
            ("https://api.github.com.evil.example/user", false),
            ("https://127.0.0.1/user", false),
            ("http://127.0.0.1:9002/user", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(http().route(url, HOSTS).is_ok(), allowed, "{url}");
        }
    }

    #[test]
    fn a_detour_keeps_path_and_query() {
        let (url, is_detour) = http().route("https://api.github.com/orgs/o?day=2026-01-01", HOSTS).unwrap();
        assert_eq!((url.as_str(), is_detour), ("http://127.0.0.1:9001/orgs/o?day=2026-01-01", true));
    }

    #[test]
    fn a_bad_detour_is_named() {
        assert!(Detours::parse("api.github.com").unwrap_err().contains("api.github.com"));
        assert!(Detours::parse("a=ftp://x").unwrap_err().contains("`a`"));
    }
}
