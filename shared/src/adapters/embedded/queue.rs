//! Poll jobs in a table that behaves like SQS: a received job is hidden while a worker processes it, returns if the
//! worker dies, and becomes a dead letter after too many attempts.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use tokio::sync::Notify;

use super::error::Failure;
use super::store::{Durability, Store};
use crate::clock::Clock;
use crate::ports::{PollQueue, Result};
use crate::words::PollJob;

/// Deliveries of a job before it becomes a dead letter. With growing pauses, they outlast an outage of one hour.
pub const MAX_ATTEMPTS: u32 = 6;

/// How long the key of a finished job is refused. Daily keys contain their day, so a replayed schedule is covered.
/// After a week, a person may request the same backfill again.
pub const REMEMBERED_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Sends and receives poll jobs.
#[derive(Clone)]
pub struct Queue {
    store: Store,
    clock: Arc<dyn Clock>,
    sent: Arc<Notify>,
}

/// A job, hidden from other workers until it is settled or its visibility timeout ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub job: PollJob,
    /// 1 for the first delivery.
    pub attempt: u32,
    pub receipt: Receipt,
}

/// Identifies one delivery. After a redelivery, the older receipt settles nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt(String);

/// The result of a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    Later,
    /// The attempts are used up.
    Buried,
}

/// A job that is no longer retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    pub key: String,
    pub attempts: u32,
    /// Cause of the last failure.
    pub reason: String,
    pub buried_at: DateTime<Utc>,
}

impl Queue {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>, sent: Arc<Notify>) -> Self {
        Self { store, clock, sent }
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns when this process sends a job.
    pub async fn sent(&self) {
        self.sent.notified().await;
    }

    /// The job that has been visible longest, if any. It is hidden from other workers for `visible_after`.
    pub async fn receive(&self, visible_after: Duration) -> Result<Option<Delivery>> {
        let now = self.clock.now().timestamp_millis();
        // A read first spares an idle worker the write lock.
        if !self.store.read(move |db| Ok(due(db, now)?.is_some())).await? {
            return Ok(None);
        }
        let visible_at = now + millis(visible_after);
        let receive = move |db: &Transaction<'_>| {
            while let Some(due) = due(db, now)? {
                if due.attempts >= MAX_ATTEMPTS {
                    bury(db, &due.key, "all its workers crashed or were terminated", now)?;
                    continue;
                }
                let Ok(job) = serde_json::from_str(&due.body) else {
                    bury(db, &due.key, "the stored job is not readable", now)?;
                    continue;
                };
                return Ok(Some(deliver(db, due, job, visible_at)?));
            }
            Ok(None)
        };
        self.store.write(Durability::Soon, receive).await
    }

    /// Keeps a delivery hidden for longer, because its worker is alive.
    pub async fn extend(&self, receipt: &Receipt, visible_after: Duration) -> Result<()> {
        let visible_at = self.clock.now().timestamp_millis() + millis(visible_after);
        let receipt = receipt.0.clone();
        let extend = move |db: &Transaction<'_>| {
            db.execute("UPDATE jobs SET visible_at = ?2 WHERE receipt = ?1", params![receipt, visible_at])?;
            Ok(())
        };
        self.store.write(Durability::Soon, extend).await
    }

    /// The work is finished or cannot be done. The key is remembered for [`REMEMBERED_FOR`].
    pub async fn done(&self, receipt: &Receipt) -> Result<()> {
        let now = self.clock.now().timestamp_millis();
        let receipt = receipt.0.clone();
        let done = move |db: &Transaction<'_>| {
            db.execute(
                "UPDATE jobs SET state = 'done', ended_at = ?2, receipt = NULL WHERE receipt = ?1",
                params![receipt, now],
            )?;
            Ok(())
        };
        self.store.write(Durability::Soon, done).await
    }

    /// Redelivers the job from `at` on, or buries it after [`MAX_ATTEMPTS`]. `reason` is the cause of this failure.
    pub async fn retry(&self, receipt: &Receipt, at: DateTime<Utc>, reason: &str) -> Result<Retried> {
        let now = self.clock.now().timestamp_millis();
        let (receipt, reason) = (receipt.0.clone(), reason.to_owned());
        let retry = move |db: &Transaction<'_>| {
            let Some((key, attempts)) = delivered(db, &receipt)? else {
                return Ok(Retried::Later);
            };
            if attempts >= MAX_ATTEMPTS {
                bury(db, &key, &reason, now)?;
                return Ok(Retried::Buried);
            }
            db.execute(
                "UPDATE jobs SET visible_at = ?2, receipt = NULL, reason = ?3 WHERE key = ?1",
                params![key, at.timestamp_millis(), reason],
            )?;
            Ok(Retried::Later)
        };
        self.store.write(Durability::Soon, retry).await
    }

    /// Makes the job a dead letter: retries cannot help before a person acts.
    pub async fn bury(&self, receipt: &Receipt, reason: &str) -> Result<()> {
        let now = self.clock.now().timestamp_millis();
        let (receipt, reason) = (receipt.0.clone(), reason.to_owned());
        let bury = move |db: &Transaction<'_>| match delivered(db, &receipt)? {
            Some((key, _)) => bury(db, &key, &reason, now),
            None => Ok(()),
        };
        self.store.write(Durability::Soon, bury).await
    }

    /// The dead letters, oldest first.
    pub async fn dead(&self) -> Result<Vec<DeadJob>> {
        let dead = |db: &Transaction<'_>| {
            let mut statement = db.prepare_cached(
                "SELECT key, attempts, coalesce(reason, ''), ended_at FROM jobs
                 WHERE state = 'dead' ORDER BY ended_at, number",
            )?;
            let jobs = statement.query_map([], |row| {
                Ok(DeadJob {
                    key: row.get(0)?,
                    attempts: row.get(1)?,
                    reason: row.get(2)?,
                    buried_at: DateTime::from_timestamp_millis(row.get(3)?).unwrap_or_default(),
                })
            })?;
            Ok(jobs.collect::<std::result::Result<_, _>>()?)
        };
        self.store.read(dead).await
    }

    /// Sends a dead letter again with all attempts. Returns `NotFound` if there is none.
    pub async fn redrive(&self, key: &str) -> Result<()> {
        let now = self.clock.now().timestamp_millis();
        let key = key.to_owned();
        let redrive = move |db: &Transaction<'_>| {
            let redriven = db.execute(
                "UPDATE jobs SET state = 'waiting', visible_at = ?2, attempts = 0, ended_at = NULL
                 WHERE key = ?1 AND state = 'dead'",
                params![key, now],
            )?;
            match redriven {
                0 => Err(Failure::NotFound),
                _ => Ok(()),
            }
        };
        self.store.write(Durability::Soon, redrive).await?;
        self.sent.notify_waiters();
        Ok(())
    }
}

#[async_trait]
impl PollQueue for Queue {
    async fn send(&self, jobs: &[PollJob]) -> Result<()> {
        let now = self.clock.now().timestamp_millis();
        let jobs = jobs.to_vec();
        let send = move |db: &Transaction<'_>| {
            db.execute("DELETE FROM jobs WHERE ended_at <= ?1 AND state = 'done'", [now - millis(REMEMBERED_FOR)])?;
            // A dead letter that is requested again starts anew. Other known jobs stay as they are.
            let mut insert = db.prepare_cached(
                "INSERT INTO jobs (key, body, state, visible_at, number)
                 VALUES (?1, ?2, 'waiting', ?3, (SELECT coalesce(max(number), 0) + 1 FROM jobs))
                 ON CONFLICT DO UPDATE SET body = excluded.body, state = 'waiting',
                     visible_at = excluded.visible_at, number = excluded.number, attempts = 0, ended_at = NULL
                 WHERE state = 'dead'",
            )?;
            for job in &jobs {
                let body = serde_json::to_string(job).map_err(Failure::unreadable("job"))?;
                insert.execute(params![job.key, body, now])?;
            }
            Ok(())
        };
        self.store.write(Durability::Soon, send).await?;
        self.sent.notify_waiters();
        Ok(())
    }
}

/// A job that may be delivered now.
struct Due {
    key: String,
    body: String,
    attempts: u32,
}

fn due(db: &Transaction<'_>, now: i64) -> std::result::Result<Option<Due>, Failure> {
    let due = |row: &Row<'_>| Ok(Due { key: row.get(0)?, body: row.get(1)?, attempts: row.get(2)? });
    Ok(db
        .prepare_cached(
            "SELECT key, body, attempts FROM jobs WHERE state = 'waiting' AND visible_at <= ?1
             ORDER BY visible_at, number LIMIT 1",
        )?
        .query_row([now], due)
        .optional()?)
}

fn deliver(db: &Transaction<'_>, due: Due, job: PollJob, visible_at: i64) -> std::result::Result<Delivery, Failure> {
    let receipt = db
        .prepare_cached(
            "UPDATE jobs SET attempts = attempts + 1, visible_at = ?2, receipt = hex(randomblob(16))
             WHERE key = ?1 RETURNING receipt",
        )?
        .query_row(params![due.key, visible_at], |row| row.get(0))?;
    Ok(Delivery { job, attempt: due.attempts + 1, receipt: Receipt(receipt) })
}

/// Key and attempts of the delivery with `receipt`, unless it was redelivered or settled.
fn delivered(db: &Transaction<'_>, receipt: &str) -> std::result::Result<Option<(String, u32)>, Failure> {
    Ok(db
        .query_row("SELECT key, attempts FROM jobs WHERE receipt = ?1", [receipt], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

fn bury(db: &Transaction<'_>, key: &str, reason: &str, now: i64) -> std::result::Result<(), Failure> {
    db.execute(
        "UPDATE jobs SET state = 'dead', ended_at = ?3, receipt = NULL, reason = ?2 WHERE key = ?1",
        params![key, reason, now],
    )?;
    Ok(())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
