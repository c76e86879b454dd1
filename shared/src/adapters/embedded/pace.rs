//! Turns as rows of a table: whoever opens the folder shares them, also another process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Transaction, params};

use super::store::{Durability, Store};
use crate::clock::Clock;
use crate::ports::{Pace, Result};
use crate::words::{Lane, Turns};

/// Turns that every worker shares.
#[derive(Clone)]
pub struct Paces {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Paces {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    async fn change<T: Send + 'static>(
        &self,
        lane: &Lane,
        change: impl FnOnce(&mut Turns, i64) -> T + Send + 'static,
    ) -> Result<T> {
        let (name, now) = (lane.name.clone(), self.clock.now().timestamp_millis());
        let change = move |db: &Transaction<'_>| {
            let known = db
                .prepare_cached("SELECT turns FROM lanes WHERE name = ?1")?
                .query_row([&name], |row| row.get::<_, String>(0))
                .optional()?;
            let before = known.as_deref().map(Turns::parse).unwrap_or_default();
            let mut turns = before.clone();
            let outcome = change(&mut turns, now);
            if turns == before {
                return Ok(outcome);
            }
            db.prepare_cached(
                "INSERT INTO lanes (name, turns) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET turns = excluded.turns",
            )?
            .execute(params![name, turns.as_text()])?;
            Ok(outcome)
        };
        self.store.write(Durability::Soon, change).await
    }
}

#[async_trait]
impl Pace for Paces {
    async fn book(&self, lane: &Lane, patience: Duration) -> Result<Duration> {
        let own = lane.clone();
        self.change(lane, move |turns, now| turns.book(&own, now, patience)).await
    }

    async fn refused(&self, lane: &Lane, named: Option<Duration>) -> Result<Duration> {
        let own = lane.clone();
        self.change(lane, move |turns, now| turns.refused(&own, now, named)).await
    }

    async fn blocked(&self, lane: &Lane) -> Result<Duration> {
        self.change(lane, |turns, now| turns.blocked(now)).await
    }
}
