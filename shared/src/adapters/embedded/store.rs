//! The data folder: opens the SQLite file and runs queries outside the async threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use secrecy::SecretString;
use tokio::sync::Notify;

use super::error::Failure;
use super::{
    Archive, Connectors, Identities, Notices, Queue, RateLimiter, Schedule, Secrets, Segments, files, key, schema,
};
use crate::clock::Clock;
use crate::error::StoreError;

const DATABASE: &str = "pairmeter.db";

/// How long a write waits for a write of another process. Pairmeter's writes take milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Read connections that are kept open. More are opened for more concurrent reads.
const IDLE_READERS: usize = 4;

/// The journal shrinks to this size after a burst.
const JOURNAL_BYTES: i64 = 16 << 20;

/// An open data folder. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    /// SQLite has one writer at a time; this mutex makes the wait fair and blocks no thread.
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    sent: Arc<Notify>,
}

/// When a commit reaches the disk.
#[derive(Clone, Copy)]
pub(super) enum Durability {
    /// Before the call returns: for actions of a person, who would not notice a loss.
    Now,
    /// With the next checkpoint. A power failure may undo the last commits, in order and whole; the schedule and the
    /// queue repeat them. A crash of the process loses nothing.
    Soon,
}

impl Store {
    /// True if the folder holds a database. If the folder is not readable, opening it reports the cause.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(DATABASE).try_exists().unwrap_or(true)
    }

    /// Opens the folder and creates missing files.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::open_folder(folder)?)
    }

    fn open_folder(folder: &Path) -> Result<Self, Failure> {
        files::create_private_folder(folder).map_err(Failure::file(folder))?;
        // Two concurrent first openings would both switch to WAL, which SQLite refuses without waiting. The lock is a
        // file of its own, because closing any handle of the database file drops SQLite's locks on it.
        let _lock = files::lock(&folder.join("lock"))?;
        let path = folder.join(DATABASE);
        files::private().create(true).append(true).open(&path).map_err(Failure::file(&path))?;
        let mut writer = connect(&path)?;
        writer.pragma_update(None, "journal_mode", "wal")?;
        writer.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        schema::bring_up_to_date(&mut writer)?;
        Ok(Self {
            inner: Arc::new(Inner {
                folder: folder.to_owned(),
                writer: Arc::new(tokio::sync::Mutex::new(writer)),
                readers: Mutex::default(),
                sent: Arc::default(),
            }),
        })
    }

    pub fn connectors(&self) -> Connectors {
        Connectors::new(self.clone())
    }

    pub fn segments(&self) -> Segments {
        Segments::new(self.clone())
    }

    pub fn identities(&self) -> Identities {
        Identities::new(self.clone())
    }

    /// `key` is 32 bytes as 64 hex digits or as base64. Without `key`, the file `key` in the folder is used; it is
    /// created on first use.
    pub fn secrets(&self, key: Option<SecretString>) -> Result<Secrets, StoreError> {
        let key = match key {
            Some(text) => key::parse(&text, "the configured key")?,
            None => key::from_folder(&self.inner.folder)?,
        };
        Ok(Secrets::new(self.clone(), &key))
    }

    pub fn archive(&self, clock: Arc<dyn Clock>) -> Result<Archive, StoreError> {
        Ok(Archive::open(&self.inner.folder.join("archive"), clock)?)
    }

    /// Every queue of this store wakes the workers of all its queues. Workers of other processes poll.
    pub fn queue(&self, clock: Arc<dyn Clock>) -> Queue {
        Queue::new(self.clone(), clock, self.inner.sent.clone())
    }

    pub fn notices(&self) -> Notices {
        Notices::new(self.clone())
    }

    pub fn rate_limiter(&self, clock: Arc<dyn Clock>) -> RateLimiter {
        RateLimiter::new(self.clone(), clock)
    }

    pub fn schedule(&self) -> Schedule {
        Schedule::new(self.clone())
    }

    /// Runs `work` in a transaction that commits if `work` succeeds, even if the caller stops waiting.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut writer = self.inner.writer.clone().lock_owned().await;
        blocking(move || {
            let synchronous = match durability {
                Durability::Now => "full",
                Durability::Soon => "normal",
            };
            writer.pragma_update(None, "synchronous", synchronous)?;
            // Immediate, because SQLite waits for the write lock only before the first read.
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }

    /// Runs `work` on one snapshot. Readers and writers do not block each other.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = self.inner.clone();
        blocking(move || {
            let mut reader = match inner.readers().pop() {
                Some(reader) => reader,
                None => connect(&inner.folder.join(DATABASE))?,
            };
            let value = work(&reader.transaction()?)?;
            let mut readers = inner.readers();
            if readers.len() < IDLE_READERS {
                readers.push(reader);
            }
            Ok(value)
        })
        .await
    }
}

impl Inner {
    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn connect(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The file is not memory-mapped: pages that are read would count as memory of the process.
    Ok(connection)
}

/// Runs blocking work of SQLite and the file system outside the async threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Failure::Stopped.into()),
        },
    }
}
