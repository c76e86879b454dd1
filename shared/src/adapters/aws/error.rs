//! Failures on AWS, and the port error that each becomes.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::StoreError;

/// Contains the operation and the cause, never a stored value.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("not found")]
    NotFound,
    #[error("changed by another request, or it exists already")]
    Conflict,
    #[error("{operation} failed{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Service { operation: &'static str, code: Option<String>, source: Box<dyn std::error::Error + Send + Sync> },
    /// The service kept refusing a part of the request without an error.
    #[error("{operation} is incomplete after {attempts} attempts because the service throttles")]
    Throttled { operation: &'static str, attempts: u32 },
    #[error("a stored {what} is not readable")]
    Unreadable { what: &'static str, source: serde_json::Error },
    /// Needs a person; the text says how to fix it.
    #[error("{0}")]
    Damaged(String),
}

impl Failure {
    pub(super) fn service<E, R>(operation: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        move |error| Failure::Service { operation, code: error.code().map(str::to_owned), source: error.into() }
    }

    pub(super) fn unreadable(what: &'static str) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Failure::Unreadable { what, source }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound => StoreError::NotFound,
            Failure::Conflict => StoreError::Conflict,
            Failure::Service { .. } | Failure::Throttled { .. } => StoreError::Unavailable(failure.into()),
            Failure::Unreadable { .. } | Failure::Damaged(_) => StoreError::Corrupt(failure.into()),
        }
    }
}
