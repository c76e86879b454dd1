//! Three small errors, and the one question each must answer: who acts?

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::words::{Fix, Verification};

/// Who can mend a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recourse {
    /// The connector's owner: token, permission, policy.
    Owner,
    /// Time: ask again after this long.
    Wait(Duration),
    /// Whoever runs or writes Pairmeter.
    Us,
    /// Nobody: it is not offered, and that is recorded.
    Nobody,
}

/// How long to wait where nobody said.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(60);

/// What went wrong at a provider. Text is lowercase, carries no token, body or signed URL.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// The credential is wrong, expired or revoked.
    #[error("{detail}")]
    Denied { detail: String },
    /// The credential opens nothing any more, and the provider says why: an app that was suspended or removed.
    #[error("{detail}")]
    Closed { code: &'static str, detail: String, fix: Box<Fix> },
    /// The credential is good but not for this: permission, policy, SSO, or an account it cannot see.
    #[error("{detail}")]
    Forbidden { code: &'static str, detail: String, fix: Box<Fix> },
    /// A refusal whose reason Pairmeter does not know: it decides nothing about the credential, and its owner reads what the
    /// provider says.
    #[error("{detail}")]
    Unexplained { detail: String, fix: Box<Fix> },
    #[error("the provider's rate limit is reached; next try in {} s", retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// Not on this plan; not a fault.
    #[error("{detail}")]
    NotOffered { detail: String },
    #[error("{detail}")]
    Unavailable { detail: String },
    /// The provider answered something we cannot read; names the place, never the content.
    #[error("{detail}")]
    Malformed { detail: String },
    /// The answer has several values for one thing, and no rule says which is right; names the place.
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

    /// What to do, where the provider's refusal says it.
    pub fn fix(&self) -> Option<&Fix> {
        match self {
            ProviderError::Closed { fix, .. }
            | ProviderError::Forbidden { fix, .. }
            | ProviderError::Unexplained { fix, .. } => Some(fix),
            _ => None,
        }
    }

    /// The failure for a person: what happened and, where there is one, what to do on which page.
    pub fn advice(&self) -> String {
        if let Some(fix) = self.fix() {
            return match &fix.url {
                // A text that names its page says which link lasts.
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

/// What went wrong at a store, a queue or an archive.
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

/// What handlers return.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{field}: {why}")]
    Invalid { field: String, why: String },
    /// A file or a list of entries with faults; nothing of it was taken.
    #[error("{0}")]
    Faults(Faults),
    #[error("{what} not found")]
    NotFound { what: String },
    #[error("{why}")]
    Conflict { why: String },
    /// Verify did not say "valid", so nothing was saved.
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

    /// Stable; programs may compare it.
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

    /// What a person reads; for our own failures no more than is safe and useful.
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

/// One fault of a file or of a list of entries. It names a place, and repeats no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Of a file with lines; the first is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column or the path of the value; absent where the line or the file as a whole is meant.
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
    /// The first of them.
    pub listed: Vec<Fault>,
    pub total: usize,
}

impl Faults {
    /// More are counted, and not listed.
    const MOST_LISTED: usize = 100;
    /// Of those that one sentence names.
    const MOST_NAMED: usize = 3;

    pub fn one(fault: Fault) -> Error {
        Error::Faults(Self { listed: vec![fault], total: 1 })
    }

    pub fn push(&mut self, fault: Fault) {
        self.total += 1;
        if self.listed.len() < Self::MOST_LISTED {
            self.listed.push(fault);
        }
    }

    /// `good` where there is no fault.
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
        for (number, fault) in self.listed.iter().take(Self::MOST_NAMED).enumerate() {
            f.write_str(if number == 0 { ": " } else { "; " })?;
            fault.fmt(f)?;
        }
        if self.total > Self::MOST_NAMED { f.write_str("; and more") } else { Ok(()) }
    }
}

/// An error with its causes, for a log line.
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
