//! Failures of the embedded store, and the port error that each becomes.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::error::StoreError;

/// Contains the operation, the path and the cause, never a stored value.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("not found")]
    NotFound,
    #[error("changed by another request, or it exists already")]
    Conflict,
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    #[error("cannot access {}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("a stored {what} is not readable")]
    Unreadable { what: &'static str, source: serde_json::Error },
    /// Needs a person; the text says how to fix it.
    #[error("{0}")]
    Refused(String),
    #[error("the process is shutting down")]
    Stopped,
}

impl Failure {
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Failure::File { path: path.to_owned(), source }
    }

    pub(super) fn unreadable(what: &'static str) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Failure::Unreadable { what, source }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::NotFound => StoreError::NotFound,
            Failure::Conflict => StoreError::Conflict,
            Failure::Database(error) => match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => StoreError::Conflict,
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(failure.into()),
                // Busy, full, read-only or out of memory: the data is intact; a retry or a person resolves the
                // failure.
                Some(_) => StoreError::Unavailable(failure.into()),
                // Not an error of SQLite: a column has an unexpected value.
                None => StoreError::Corrupt(failure.into()),
            },
            Failure::File { .. } | Failure::Stopped => StoreError::Unavailable(failure.into()),
            Failure::Unreadable { .. } | Failure::Refused(_) => StoreError::Corrupt(failure.into()),
        }
    }
}
