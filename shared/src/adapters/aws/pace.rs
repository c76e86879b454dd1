//! Turns as items of the jobs table: a row for each lane, switched by its version.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::error::Failure;
use super::table::{EXPIRES_AT, Item, PK, Table, number, pause, read, text};
use crate::clock::Clock;
use crate::ports::{self, Pace};
use crate::words::{Lane, Turns};

const TURNS: &str = "turns";
const VERSION: &str = "version";
/// Long after the last minute that a row speaks of.
const FORGOTTEN_AFTER: i64 = 60 * 60;
/// Of those who book at once one wins, the others try again; so many are never at it.
const ATTEMPTS: u32 = 100;

/// Turns that every Lambda shares.
#[derive(Clone)]
pub struct Paces {
    lanes: Table,
    clock: Arc<dyn Clock>,
}

impl Paces {
    pub(super) fn new(lanes: Table, clock: Arc<dyn Clock>) -> Self {
        Self { lanes, clock }
    }

    async fn change<T>(&self, lane: &Lane, change: impl Fn(&mut Turns, i64) -> T) -> Result<T, Failure> {
        let pk = format!("lane.{}", lane.name);
        let mut last = Failure::Conflict;
        for attempt in 0..ATTEMPTS {
            // Short, and growing no further: a turn is not worth a long wait.
            pause(attempt.min(2)).await;
            let known = self.lanes.get_all(vec![Item::from([(PK.to_owned(), text(&pk))])], true).await?.pop();
            let known = known.unwrap_or_default();
            let before = read(&known, TURNS).map(Turns::parse).unwrap_or_default();
            let version: i64 = read(&known, VERSION).and_then(|version| version.parse().ok()).unwrap_or(0);
            let now = self.clock.now().timestamp_millis();
            let mut turns = before.clone();
            let outcome = change(&mut turns, now);
            if turns == before {
                return Ok(outcome);
            }
            let item = Item::from([
                (PK.to_owned(), text(&pk)),
                (TURNS.to_owned(), text(&turns.as_text())),
                (VERSION.to_owned(), number(version + 1)),
                (EXPIRES_AT.to_owned(), number(now / 1000 + FORGOTTEN_AFTER)),
            ]);
            let values = Item::from([(":version".to_owned(), number(version))]);
            let condition = "attribute_not_exists(pk) OR version = :version";
            match self.lanes.put_if(item, condition, values).await {
                Ok(()) => return Ok(outcome),
                Err(Failure::Conflict) => last = Failure::Conflict,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

#[async_trait]
impl Pace for Paces {
    async fn book(&self, lane: &Lane, patience: Duration) -> ports::Result<Duration> {
        Ok(self.change(lane, |turns, now| turns.book(lane, now, patience)).await?)
    }

    async fn refused(&self, lane: &Lane, named: Option<Duration>) -> ports::Result<Duration> {
        Ok(self.change(lane, |turns, now| turns.refused(lane, now, named)).await?)
    }

    async fn blocked(&self, lane: &Lane) -> ports::Result<Duration> {
        Ok(self.change(lane, |turns, now| turns.blocked(now)).await?)
    }
}
