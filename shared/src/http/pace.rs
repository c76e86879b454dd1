//! How often a provider lets one credential ask, kept across everybody who asks with it.
//!
//! The turns are booked in the store, a row for each credential and limit, before a request goes out. The queue's shape
//! could keep two polls of one connector apart, but not a poll from a person who verifies, two connectors of one key, or
//! two polls in one minute by two processes; and it would have to know what a request is. A row costs a read and a write
//! for each request of a provider that has limits, and nothing for one that has none.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use crate::error::ProviderError;
use crate::ports::Pace;
use crate::words::Lane;

/// Where nobody waits for an answer a request waits this long for its turn; beyond that the job goes back to the queue.
const PATIENCE: Duration = Duration::from_secs(65);
/// A provider that names no wait with its 429 counts by the minute.
const UNNAMED_WAIT: Duration = Duration::from_secs(60);

/// So many requests to these paths together, in any stretch of so many seconds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limit {
    pub name: &'static str,
    /// How the paths begin; a limit without any is that of every path that no limit before it names.
    pub paths: &'static [&'static str],
    pub requests: u32,
    pub within_seconds: u32,
}

impl Limit {
    /// The way in which most providers say it.
    pub const fn a_minute(name: &'static str, paths: &'static [&'static str], requests: u32) -> Self {
        Self { name, paths, requests, within_seconds: 60 }
    }
}

/// The limits of one credential.
#[derive(Clone)]
pub(super) struct Paced {
    pub(super) pace: Arc<dyn Pace>,
    pub(super) limits: &'static [Limit],
    pub(super) credential: String,
}

impl Paced {
    fn limit(&self, path: &str) -> Option<&'static Limit> {
        let is_meant =
            |limit: &&Limit| limit.paths.is_empty() || limit.paths.iter().any(|start| path.starts_with(start));
        self.limits.iter().find(is_meant)
    }

    fn lane(&self, limit: &Limit) -> Lane {
        Lane {
            name: format!("{}.{}", self.credential, limit.name),
            requests: limit.requests,
            within: Duration::from_secs(limit.within_seconds.into()),
        }
    }

    /// Returns when the request may go out; an error says when its turn would come.
    pub(super) async fn turn(&self, path: &str, deadline: Option<Instant>) -> Result<(), ProviderError> {
        let Some(limit) = self.limit(path) else { return Ok(()) };
        let patience = deadline.map_or(PATIENCE, |end| end.saturating_duration_since(Instant::now()));
        match self.pace.book(&self.lane(limit), patience).await {
            Ok(wait) if wait > patience => Err(ProviderError::RateLimited { retry_after: wait }),
            Ok(wait) => {
                sleep(wait).await;
                Ok(())
            }
            // Whoever cannot ask for a turn asks the provider, which says no for itself.
            Err(error) => {
                tracing::warn!(error = crate::error::chain(&error), "the pace of requests could not be kept");
                Ok(())
            }
        }
    }

    /// The provider said no all the same: somebody else asks with this credential. Nobody of ours goes on meanwhile.
    pub(super) async fn refused(&self, path: &str, wait: Option<Duration>) {
        let Some(limit) = self.limit(path) else { return };
        if let Err(error) = self.pace.hold(&self.lane(limit), wait.unwrap_or(UNNAMED_WAIT)).await {
            tracing::warn!(error = crate::error::chain(&error), "the pace of requests could not be kept");
        }
    }
}
