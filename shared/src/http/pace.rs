//! How often a provider lets one credential or account ask, kept across all workers that ask.
//!
//! The turns are booked in the store, a row for each credential and limit, before a request goes out. The queue's shape
//! could keep two polls of one connector apart, but not a poll from a person who verifies, two connectors of one key, or
//! two polls in one minute by two processes; and it would have to know what a request is. A row costs a read and a write
//! for each request of a provider that has limits, and nothing for one that has none.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::error::{ProviderError, StoreError, chain};
use crate::ports::Pace;
use crate::words::{Account, Credential, Lane};

/// So many requests to these paths together, in any stretch of so many seconds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limit {
    pub name: &'static str,
    /// How the paths begin; a limit without any is that of every path that no limit before it names.
    pub paths: &'static [&'static str],
    pub requests: u32,
    pub within_seconds: u32,
    #[serde(skip)]
    pub counts: Counts,
}

/// Whose requests a limit counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Those with one credential.
    Credential,
    /// Those about one account, with all its credentials.
    Account,
}

impl Limit {
    /// The way in which most providers say it.
    pub const fn a_minute(name: &'static str, paths: &'static [&'static str], requests: u32) -> Self {
        Self { name, paths, requests, within_seconds: 60, counts: Counts::Credential }
    }

    /// Of a provider that publishes no limit and refuses without naming a wait when many requests come at once. The
    /// number bounds a burst; what the provider really allows is learned from its refusals.
    pub const fn unpublished() -> Self {
        Self { name: "account", paths: &[], requests: 240, within_seconds: 60, counts: Counts::Account }
    }
}

/// Who asks, by names that say nothing of a credential.
#[derive(Clone, Debug)]
pub struct Asking {
    pub credential: String,
    pub account: String,
}

impl Asking {
    pub fn new(provider: &str, account: &Account, credential: &Credential) -> Self {
        let account = format!("{provider}.{}", account.slug.to_lowercase());
        Self { credential: credential.fingerprint(), account }
    }
}

/// The limits of one connection.
#[derive(Clone)]
pub(super) struct Paced {
    pub(super) pace: Arc<dyn Pace>,
    pub(super) limits: &'static [Limit],
    pub(super) asking: Asking,
}

impl Paced {
    /// The lane of a path; none where no limit is meant for it.
    pub(super) fn lane(&self, path: &str) -> Option<Lane> {
        let is_meant =
            |limit: &&Limit| limit.paths.is_empty() || limit.paths.iter().any(|start| path.starts_with(start));
        let limit = self.limits.iter().find(is_meant)?;
        let whose = match limit.counts {
            Counts::Credential => &self.asking.credential,
            Counts::Account => &self.asking.account,
        };
        Some(Lane {
            name: format!("{whose}.{}", limit.name),
            requests: limit.requests,
            within: Duration::from_secs(limit.within_seconds.into()),
        })
    }

    /// Returns when the request may go out: how long that took. An error says when its turn would come.
    pub(super) async fn turn(
        &self,
        lane: &Lane,
        patience: Duration,
        clock: &dyn Clock,
    ) -> Result<Duration, ProviderError> {
        let mut waited = Duration::ZERO;
        loop {
            let left = patience.saturating_sub(waited);
            // A request that cannot ask for a turn goes: the provider refuses for itself.
            let Some(wait) = kept(self.pace.book(lane, left).await) else { return Ok(waited) };
            if wait > left {
                return Err(ProviderError::RateLimited { retry_after: wait });
            }
            if wait.is_zero() {
                return Ok(waited);
            }
            clock.sleep(wait).await;
            waited += wait;
            // A refusal meanwhile took the turn back.
            if kept(self.pace.blocked(lane).await).is_none_or(|block| block.is_zero()) {
                return Ok(waited);
            }
        }
    }

    /// The provider refused all the same: others ask as well, or its limit is another. Says how long no request goes.
    pub(super) async fn refused(&self, lane: &Lane, named: Option<Duration>) -> Option<Duration> {
        kept(self.pace.refused(lane, named).await)
    }
}

fn kept<T>(outcome: Result<T, StoreError>) -> Option<T> {
    outcome.inspect_err(|error| tracing::warn!(error = chain(error), "the pace of requests could not be kept")).ok()
}
