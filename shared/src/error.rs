//! Three small errors, and the one question each must answer: who acts?

use std::time::Duration;

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
    #[error("the provider limits our requests; next try in {} s", retry_after.as_secs())]
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
                format!("{detail}; make a new token and rotate the connector's credential")
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
    #[error("changed by somebody else, or there already")]
    Conflict,
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the store holds something unreadable")]
    Corrupt(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What handlers return.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{field}: {why}")]
    Invalid { field: String, why: String },
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
            Error::Invalid { .. } => 400,
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
                    "the provider could not be asked; nothing was saved; try again later".to_owned()
                }
                _ => "the provider refused the connection; mend the failed checks and try again; nothing was saved"
                    .to_owned(),
            },
            Error::Provider(error) => error.advice(),
            Error::Store(StoreError::Unavailable(_)) => {
                "the store did not answer; try again; if it lasts, look at the log for this request id".to_owned()
            }
            Error::Store(StoreError::Corrupt(_)) => {
                "stored data could not be read; the log says which and what to do, under this request id".to_owned()
            }
            other => other.to_string(),
        }
    }

    pub fn recourse(&self) -> Recourse {
        match self {
            Error::Invalid { .. } | Error::NotFound { .. } | Error::Conflict { .. } => Recourse::Owner,
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
