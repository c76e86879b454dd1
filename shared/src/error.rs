//! Three small error types. Each answers one question: who must act?

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::words::{Fix, Verification};

/// Who can resolve a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recourse {
    /// The connector's owner: token, permission, policy.
    Owner,
    /// Time: retry after this long.
    Wait(Duration),
    /// The operator or the developers of Pairmeter.
    Us,
    /// No action is possible: the feature is not offered. The failure is only recorded.
    Nobody,
}

/// How long to wait if the provider names no wait.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(60);

/// A failure at a provider. The text is lowercase and contains no token, body or signed URL.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// The credential is wrong, expired or revoked.
    #[error("{detail}")]
    Denied { detail: String },
    /// The credential opens nothing, and the provider says why: for example, an app was suspended or removed.
    #[error("{detail}")]
    Closed { code: &'static str, detail: String, fix: Box<Fix> },
    /// The credential is valid, but a permission, policy, SSO setting or the account's visibility stops this request.
    #[error("{detail}")]
    Forbidden { code: &'static str, detail: String, fix: Box<Fix> },
    /// A refusal with an unknown reason. It decides nothing about the credential, and the owner reads the provider's
    /// message.
    #[error("{detail}")]
    Unexplained { detail: String, fix: Box<Fix> },
    #[error("the provider's rate limit is reached; retry in {} s", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// Not offered on this plan; not a failure.
    #[error("{detail}")]
    NotOffered { detail: String },
    #[error("{detail}")]
    Unavailable { detail: String },
    /// Pairmeter cannot read the answer. The text names the position, never the content.
    #[error("{detail}")]
    Malformed { detail: String },
    /// The answer has several values for one field, and no rule says which is right. The text names the position.
    #[error("{detail}")]
    Ambiguous { detail: String },
}

impl ProviderError {
    pub fn code(&self) -> &'static str {
        match self {
            ProviderError::Denied { .. } => "token_refused",
            ProviderError::Closed { code, .. } | ProviderError::Forbidden { code, .. } => code,
            ProviderError::Unexplained { .. } => "refused_unknown",
            ProviderError::RateLimited { .. } => "rate_limited",
            ProviderError::NotOffered { .. } => "not_offered",
            ProviderError::Unavailable { .. } => "provider_unavailable",
            ProviderError::Malformed { .. } => "provider_malformed",
            ProviderError::Ambiguous { .. } => "provider_ambiguous",
        }
    }

    pub fn recourse(&self) -> Recourse {
        match self {
            ProviderError::Denied { .. }
            | ProviderError::Closed { .. }
            | ProviderError::Forbidden { .. }
            | ProviderError::Unexplained { .. } => Recourse::Owner,
            ProviderError::RateLimited { retry_after } => Recourse::Wait(*retry_after),
            ProviderError::Unavailable { .. } => Recourse::Wait(DEFAULT_WAIT),
            ProviderError::Malformed { .. } | ProviderError::Ambiguous { .. } => Recourse::Us,
            ProviderError::NotOffered { .. } => Recourse::Nobody,
        }
    }

    /// The fix, if the provider's refusal names one.
    pub fn fix(&self) -> Option<&Fix> {
        match self {
            ProviderError::Closed { fix, .. }
            | ProviderError::Forbidden { fix, .. }
            | ProviderError::Unexplained { fix, .. } => Some(fix),
            _ => None,
        }
    }

    /// The failure for a person: what happened and, if known, what to do on which page.
    pub fn advice(&self) -> String {
        if let Some(fix) = self.fix() {
            return match &fix.url {
                // A text that contains a URL says itself which link is stable.
                Some(url) if !fix.text.contains("https://") => format!("{self}; {} ({url})", fix.text),
                _ => format!("{self}; {}", fix.text),
            };
        }
        match self {
            ProviderError::Denied { detail } => {
                format!("{detail}; create a new token and rotate the connector's credential")
            }
            other => other.to_string(),
        }
    }
}

/// A failure of a store, queue or archive.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("not found")]
    NotFound,
    /// It exists already, or it changed since it was read.
    #[error("changed by another request, or it exists already")]
    Conflict,
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the store contains unreadable data")]
    Corrupt(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The error type of handlers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{field}: {why}")]
    Invalid { field: String, why: String },
    /// A file or list with faults. None of its entries was applied.
    #[error("{0}")]
    Faults(Faults),
    #[error("{what} not found")]
    NotFound { what: String },
    #[error("{why}")]
    Conflict { why: String },
    /// Verification did not return `valid`, so nothing was saved.
    #[error("the connection could not be verified")]
    Unverified(Box<Verification>),
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    pub fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Error::Invalid { field: field.into(), why: why.into() }
    }

    pub fn not_found(what: impl Into<String>) -> Self {
        Error::NotFound { what: what.into() }
    }

    /// A stable code that programs can compare.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Invalid { .. } => "invalid_request",
            Error::Faults(_) => "invalid_file",
            Error::NotFound { .. } => "not_found",
            Error::Conflict { .. } => "conflict",
            Error::Unverified(verification) => match verification.verdict {
                crate::words::Verdict::Unknown => "verification_unknown",
                _ => "verification_failed",
            },
            Error::Provider(error) => error.code(),
            Error::Store(StoreError::NotFound) => "not_found",
            Error::Store(StoreError::Conflict) => "conflict",
            Error::Store(StoreError::Unavailable(_)) => "store_unavailable",
            Error::Store(StoreError::Corrupt(_)) => "store_corrupt",
        }
    }

    pub fn status(&self) -> u16 {
        match self {
            Error::Invalid { .. } | Error::Faults(_) => 400,
            Error::NotFound { .. } | Error::Store(StoreError::NotFound) => 404,
            Error::Conflict { .. } | Error::Store(StoreError::Conflict) => 409,
            Error::Unverified(verification) => match verification.verdict {
                crate::words::Verdict::Unknown => 503,
                _ => 422,
            },
            Error::Provider(error) => match error.recourse() {
                Recourse::Owner | Recourse::Nobody => 422,
                Recourse::Wait(_) => 503,
                Recourse::Us => 502,
            },
            Error::Store(StoreError::Unavailable(_)) => 503,
            Error::Store(StoreError::Corrupt(_)) => 500,
        }
    }

    /// The text for the caller. For internal failures, it has only what is safe and useful.
    pub fn public(&self) -> String {
        match self {
            Error::Unverified(verification) => match verification.verdict {
                crate::words::Verdict::Unknown => {
                    "The provider could not be asked, nothing was saved. Try again later.".to_owned()
                }
                _ => "Verification failed, nothing was saved. Fix the failed checks and try again.".to_owned(),
            },
            Error::Provider(error) => error.advice(),
            Error::Store(StoreError::Unavailable(_)) => {
                "the store did not answer; try again; if it fails again, look at the log for this request id".to_owned()
            }
            Error::Store(StoreError::Corrupt(_)) => {
                "stored data could not be read; the log has the cause and the fix under this request id".to_owned()
            }
            other => other.to_string(),
        }
    }

    pub fn recourse(&self) -> Recourse {
        match self {
            Error::Invalid { .. } | Error::Faults(_) | Error::NotFound { .. } | Error::Conflict { .. } => {
                Recourse::Owner
            }
            Error::Unverified(verification) => match verification.verdict {
                crate::words::Verdict::Unknown => Recourse::Wait(DEFAULT_WAIT),
                _ => Recourse::Owner,
            },
            Error::Provider(error) => error.recourse(),
            Error::Store(StoreError::Unavailable(_) | StoreError::Conflict) => Recourse::Wait(DEFAULT_WAIT),
            Error::Store(StoreError::NotFound | StoreError::Corrupt(_)) => Recourse::Us,
        }
    }
}

/// One fault of a file or a list of entries. It names the position and repeats no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Line in the file; the first is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column or the path of the value; absent if the fault concerns the whole line or file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what to do.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, field, why } = self;
        match (line, field) {
            (Some(line), Some(field)) => write!(f, "line {line}, {field}: {why}"),
            (Some(line), None) => write!(f, "line {line}: {why}"),
            (None, Some(field)) => write!(f, "{field}: {why}"),
            (None, None) => f.write_str(why),
        }
    }
}

/// All faults of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first faults.
    pub listed: Vec<Fault>,
    pub total: usize,
}

impl Faults {
    /// Faults that are listed; the others are only counted.
    const MAX_LISTED: usize = 100;
    /// Listed faults that the error's sentence names.
    const MAX_NAMED: usize = 3;

    pub fn one(fault: Fault) -> Error {
        Error::Faults(Self { listed: vec![fault], total: 1 })
    }

    pub fn push(&mut self, fault: Fault) {
        self.total += 1;
        if self.listed.len() < Self::MAX_LISTED {
            self.listed.push(fault);
        }
    }

    /// Returns `good` if there is no fault.
    pub fn or<T>(self, good: T) -> Result<T, Error> {
        if self.total == 0 { Ok(good) } else { Err(Error::Faults(self)) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total {
            1 => f.write_str("one fault; nothing was changed")?,
            total => write!(f, "{total} faults; nothing was changed")?,
        }
        for (number, fault) in self.listed.iter().take(Self::MAX_NAMED).enumerate() {
            f.write_str(if number == 0 { ": " } else { "; " })?;
            fault.fmt(f)?;
        }
        if self.total > Self::MAX_NAMED { f.write_str("; and more") } else { Ok(()) }
    }
}

/// The error and its causes, for a log line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
