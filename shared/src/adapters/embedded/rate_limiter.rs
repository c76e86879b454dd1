//! Rate limiter state as rows of a table, shared by all processes that open the folder.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Transaction, params};

use super::store::{Durability, Store};
use crate::clock::Clock;
use crate::ports::{self, Result};
use crate::words::{RateLimit, Reservations};

/// Rate limiter state that all workers share.
#[derive(Clone)]
pub struct RateLimiter {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl RateLimiter {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    async fn change<T: Send + 'static>(
        &self,
        limit: &RateLimit,
        change: impl FnOnce(&mut Reservations, i64) -> T + Send + 'static,
    ) -> Result<T> {
        let (name, now) = (limit.name.clone(), self.clock.now().timestamp_millis());
        let change = move |db: &Transaction<'_>| {
            let stored = db
                .prepare_cached("SELECT turns FROM lanes WHERE name = ?1")?
                .query_row([&name], |row| row.get::<_, String>(0))
                .optional()?;
            let before = stored.as_deref().map(Reservations::parse).unwrap_or_default();
            let mut reservations = before.clone();
            let outcome = change(&mut reservations, now);
            if reservations == before {
                return Ok(outcome);
            }
            db.prepare_cached(
                "INSERT INTO lanes (name, turns) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET turns = excluded.turns",
            )?
            .execute(params![name, reservations.as_text()])?;
            Ok(outcome)
        };
        self.store.write(Durability::Soon, change).await
    }
}

#[async_trait]
impl ports::RateLimiter for RateLimiter {
    async fn reserve(&self, limit: &RateLimit, patience: Duration) -> Result<Duration> {
        let own = limit.clone();
        self.change(limit, move |reservations, now| reservations.reserve(&own, now, patience)).await
    }

    async fn refused(&self, limit: &RateLimit, named: Option<Duration>) -> Result<Duration> {
        let own = limit.clone();
        self.change(limit, move |reservations, now| reservations.refused(&own, now, named)).await
    }

    async fn blocked_for(&self, limit: &RateLimit) -> Result<Duration> {
        self.change(limit, |reservations, now| reservations.blocked_for(now)).await
    }
}
