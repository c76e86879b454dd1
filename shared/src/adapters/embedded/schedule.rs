//! The days on which the daily runs were completed.

use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Failure;
use super::store::{Durability, Store};
use crate::ports::Result;
use crate::words::Day;

/// Stores the last completed day of every daily run, across restarts.
#[derive(Clone)]
pub struct Schedule {
    store: Store,
}

impl Schedule {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    /// The last completed day; `None` if the run was never completed.
    pub async fn last_run(&self, name: &str) -> Result<Option<Day>> {
        let name = name.to_owned();
        let last_run = move |db: &Transaction<'_>| {
            let day: Option<String> =
                db.query_row("SELECT day FROM schedule WHERE name = ?1", [&name], |row| row.get(0)).optional()?;
            let parse = |day: String| {
                day.parse().map_err(|_| Failure::Refused(format!("the stored day of `{name}` is not a date")))
            };
            day.map(parse).transpose()
        };
        self.store.read(last_run).await
    }

    /// Marks a day as completed. A day before the last one changes nothing.
    pub async fn mark(&self, name: &str, day: Day) -> Result<()> {
        let name = name.to_owned();
        let mark = move |db: &Transaction<'_>| {
            // ISO dates sort chronologically.
            db.execute(
                "INSERT INTO schedule (name, day) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET day = max(day, excluded.day)",
                params![name, day.to_string()],
            )?;
            Ok(())
        };
        self.store.write(Durability::Soon, mark).await
    }
}
