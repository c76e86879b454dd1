//! Rate limits of providers per credential or account, shared by all workers.
//!
//! Each request is reserved in the store before it is sent; every credential and limit has one row. The queue could
//! only keep two polls of one connector apart. It could not see a person who verifies, two connectors with one key,
//! or two processes that poll in the same minute, and it would have to know about requests. A row costs one read and
//! one write per request of a provider with limits, and nothing for other providers.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::error::{ProviderError, StoreError, chain};
use crate::ports::RateLimiter;
use crate::words::{Account, Credential, RateLimit};

/// At most `requests` requests to these paths together within any `within`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitRule {
    pub name: &'static str,
    /// Prefixes of the paths. A limit without paths applies to every path that no earlier limit names.
    pub paths: &'static [&'static str],
    pub requests: u32,
    pub within_seconds: u32,
    #[serde(skip)]
    pub counts: Counts,
}

/// Which requests a limit counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Requests with one credential.
    Credential,
    /// Requests about one account, with all its credentials.
    Account,
}

impl LimitRule {
    /// The form in which most providers publish limits.
    pub const fn per_minute(name: &'static str, paths: &'static [&'static str], requests: u32) -> Self {
        Self { name, paths, requests, within_seconds: 60, counts: Counts::Credential }
    }

    /// For a provider that publishes no limit and refuses bursts without naming a wait. The number bounds a burst;
    /// refusals teach what the provider really allows.
    pub const fn unpublished() -> Self {
        Self { name: "account", paths: &[], requests: 240, within_seconds: 60, counts: Counts::Account }
    }
}

/// Identifies the credential and the account without revealing the credential.
#[derive(Clone, Debug)]
pub struct Requester {
    pub credential: String,
    pub account: String,
}

impl Requester {
    pub fn new(provider: &str, account: &Account, credential: &Credential) -> Self {
        let account = format!("{provider}.{}", account.slug.to_lowercase());
        Self { credential: credential.fingerprint(), account }
    }
}

/// The rate limits of one connection.
#[derive(Clone)]
pub(super) struct ConnectionLimits {
    pub(super) rate_limiter: Arc<dyn RateLimiter>,
    pub(super) limits: &'static [LimitRule],
    pub(super) requester: Requester,
}

impl ConnectionLimits {
    /// The rate limit of a path; `None` if no limit applies.
    pub(super) fn rate_limit(&self, path: &str) -> Option<RateLimit> {
        let is_meant =
            |limit: &&LimitRule| limit.paths.is_empty() || limit.paths.iter().any(|start| path.starts_with(start));
        let limit = self.limits.iter().find(is_meant)?;
        let whose = match limit.counts {
            Counts::Credential => &self.requester.credential,
            Counts::Account => &self.requester.account,
        };
        Some(RateLimit {
            name: format!("{whose}.{}", limit.name),
            requests: limit.requests,
            within: Duration::from_secs(limit.within_seconds.into()),
        })
    }

    /// Waits until the request may be sent and returns the total wait. The error names the time of the reservation.
    pub(super) async fn reserve(
        &self,
        rate_limit: &RateLimit,
        patience: Duration,
        clock: &dyn Clock,
    ) -> Result<Duration, ProviderError> {
        let mut waited = Duration::ZERO;
        loop {
            let left = patience.saturating_sub(waited);
            // If no reservation is possible, the request is sent; the provider enforces its limit itself.
            let Some(wait) = logged(self.rate_limiter.reserve(rate_limit, left).await) else { return Ok(waited) };
            if wait > left {
                return Err(ProviderError::RateLimited { retry_after: wait });
            }
            if wait.is_zero() {
                return Ok(waited);
            }
            clock.sleep(wait).await;
            waited += wait;
            // If a refusal has canceled the reservation meanwhile, reserve again.
            if logged(self.rate_limiter.blocked_for(rate_limit).await).is_none_or(|block| block.is_zero()) {
                return Ok(waited);
            }
        }
    }

    /// The provider refused despite the reservation: other clients send too, or the limit differs. Returns the
    /// block's length.
    pub(super) async fn refused(&self, rate_limit: &RateLimit, named: Option<Duration>) -> Option<Duration> {
        logged(self.rate_limiter.refused(rate_limit, named).await)
    }
}

fn logged<T>(outcome: Result<T, StoreError>) -> Option<T> {
    outcome.inspect_err(|error| tracing::warn!(error = chain(error), "the rate limit could not be updated")).ok()
}
