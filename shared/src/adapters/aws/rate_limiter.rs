//! Rate limiter state as items of the jobs table: one item per rate limit, updated with an optimistic version check.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::error::Failure;
use super::table::{EXPIRES_AT, Item, PK, Table, number, pause, read, text};
use crate::clock::Clock;
use crate::ports;
use crate::words::{RateLimit, Reservations};

const TURNS: &str = "turns";
const VERSION: &str = "version";
/// Seconds after which DynamoDB removes an item. Longer than any reservation lasts.
const EXPIRES_AFTER_SECS: i64 = 60 * 60;
/// Of several concurrent writers, one wins and the others try again. There are never this many.
const ATTEMPTS: u32 = 100;

/// Rate limiter state that all Lambda instances share.
#[derive(Clone)]
pub struct RateLimiter {
    table: Table,
    clock: Arc<dyn Clock>,
}

impl RateLimiter {
    pub(super) fn new(table: Table, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }

    async fn change<T>(&self, limit: &RateLimit, change: impl Fn(&mut Reservations, i64) -> T) -> Result<T, Failure> {
        let pk = format!("lane.{}", limit.name);
        let mut last = Failure::Conflict;
        for attempt in 0..ATTEMPTS {
            // The pause stays short: a reservation is not worth a long wait.
            pause(attempt.min(2)).await;
            let stored = self.table.get_all(vec![Item::from([(PK.to_owned(), text(&pk))])], true).await?.pop();
            let stored = stored.unwrap_or_default();
            let before = read(&stored, TURNS).map(Reservations::parse).unwrap_or_default();
            let version: i64 = read(&stored, VERSION).and_then(|version| version.parse().ok()).unwrap_or(0);
            let now = self.clock.now().timestamp_millis();
            let mut reservations = before.clone();
            let outcome = change(&mut reservations, now);
            if reservations == before {
                return Ok(outcome);
            }
            let item = Item::from([
                (PK.to_owned(), text(&pk)),
                (TURNS.to_owned(), text(&reservations.as_text())),
                (VERSION.to_owned(), number(version + 1)),
                (EXPIRES_AT.to_owned(), number(now / 1000 + EXPIRES_AFTER_SECS)),
            ]);
            let values = Item::from([(":version".to_owned(), number(version))]);
            let condition = "attribute_not_exists(pk) OR version = :version";
            match self.table.put_if(item, condition, values).await {
                Ok(()) => return Ok(outcome),
                Err(Failure::Conflict) => last = Failure::Conflict,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

#[async_trait]
impl ports::RateLimiter for RateLimiter {
    async fn reserve(&self, limit: &RateLimit, patience: Duration) -> ports::Result<Duration> {
        Ok(self.change(limit, |reservations, now| reservations.reserve(limit, now, patience)).await?)
    }

    async fn refused(&self, limit: &RateLimit, named: Option<Duration>) -> ports::Result<Duration> {
        Ok(self.change(limit, |reservations, now| reservations.refused(limit, now, named)).await?)
    }

    async fn blocked_for(&self, limit: &RateLimit) -> ports::Result<Duration> {
        Ok(self.change(limit, |reservations, now| reservations.blocked_for(now)).await?)
    }
}
