//! The folder: opens the SQLite file and runs work on it away from the async threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use secrecy::SecretString;
use tokio::sync::Notify;

use super::error::Failure;
use super::{Archive, Connectors, Identities, Notices, Paces, Queue, Schedule, Secrets, Segments, files, key, schema};
use crate::clock::Clock;
use crate::error::StoreError;

const DATABASE: &str = "pairmeter.db";

/// How long a write waits for another process's; ours take milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Reading connections that are kept open; more are opened when more read at once.
const IDLE_READERS: usize = 4;

/// After a burst the journal shrinks back to this.
const JOURNAL_BYTES: i64 = 16 << 20;

/// One open data folder; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    /// SQLite has one writer at a time anyway; waiting here is fair and costs no thread.
    writer: Arc<tokio::sync::Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    sent: Arc<Notify>,
}

/// When a commit has reached the disk.
#[derive(Clone, Copy)]
pub(super) enum Durability {
    /// Before the call returns. For what a person did: nobody would notice its loss in time.
    Now,
    /// With the next checkpoint. A power cut may undo the last moments, in order and never by halves; the schedule and
    /// the queue do them again. A crash of the process loses nothing.
    Soon,
}

impl Store {
    /// Has somebody opened this folder before? Where nobody can look, opening says why.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(DATABASE).try_exists().unwrap_or(true)
    }

    /// Opens the folder, making what is missing.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::open_folder(folder)?)
    }

    fn open_folder(folder: &Path) -> Result<Self, Failure> {
        files::create_private_folder(folder).map_err(Failure::file(folder))?;
        // Two first openings at once would both switch to WAL, which SQLite refuses without waiting. A file of its own,
        // because closing any handle of the database file would drop SQLite's locks on it.
        let _turn = files::take_turn(&folder.join("lock"))?;
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

    /// `key` is 32 bytes as 64 hex digits or as base64; without one, the file `key` in the folder holds it and is made
    /// on first use.
    pub fn secrets(&self, key: Option<SecretString>) -> Result<Secrets, StoreError> {
        let key = match key {
            Some(text) => key::parse(&text, "the given key")?,
            None => key::from_folder(&self.inner.folder)?,
        };
        Ok(Secrets::new(self.clone(), &key))
    }

    pub fn archive(&self, clock: Arc<dyn Clock>) -> Result<Archive, StoreError> {
        Ok(Archive::open(&self.inner.folder.join("archive"), clock)?)
    }

    /// Every queue of this store wakes the workers of every other one; those of other processes look in by themselves.
    pub fn queue(&self, clock: Arc<dyn Clock>) -> Queue {
        Queue::new(self.clone(), clock, self.inner.sent.clone())
    }

    pub fn notices(&self) -> Notices {
        Notices::new(self.clone())
    }

    pub fn paces(&self, clock: Arc<dyn Clock>) -> Paces {
        Paces::new(self.clone(), clock)
    }

    pub fn schedule(&self) -> Schedule {
        Schedule::new(self.clone())
    }

    /// Runs `work` in a transaction that is committed if it succeeds, also when the caller stops waiting for it.
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
            // Immediate: waiting for the lock is possible before the first read, not after it.
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
        .await
    }

    /// Runs `work` on one snapshot; writers neither wait for it nor hold it up.
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
    // The file is not mapped into memory: every segment that is read would count as memory of the process.
    Ok(connection)
}

/// SQLite and the file system block; the async threads must not.
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
