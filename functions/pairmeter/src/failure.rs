//! Failures of commands, and the exit codes that say who must act.

use std::process::ExitCode;

use shared::config::BadEnvironment;
use shared::error::{Error, Recourse, StoreError};

/// 1: failed; 2: wrong usage; 3: the owner must act (token, permission, policy); 4: try later.
#[derive(Debug)]
pub(crate) enum Failure {
    Usage(String),
    Handler(Error),
    Io(std::io::Error),
}

pub(crate) type Done = Result<ExitCode, Failure>;

pub(crate) const OWNER: u8 = 3;
pub(crate) const LATER: u8 = 4;

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) | Failure::Handler(Error::Invalid { .. } | Error::Faults(_)) => ExitCode::from(2),
            Failure::Handler(error) => recourse(error),
            Failure::Io(_) => ExitCode::FAILURE,
        }
    }
}

impl Failure {
    /// For programs: the same texts as the API's problems.
    pub(crate) fn json(&self) -> serde_json::Value {
        let (code, detail) = match self {
            Failure::Usage(text) => ("invalid_request", text.clone()),
            Failure::Io(error) => ("io", error.to_string()),
            Failure::Handler(error) => (error.code(), error.public()),
        };
        let mut problem = serde_json::json!({"code": code, "detail": detail});
        if let Failure::Handler(Error::Unverified(verification)) = self {
            problem["verification"] = serde_json::to_value(verification).unwrap_or_default();
        }
        if let Failure::Handler(Error::Faults(faults)) = self {
            problem["faults"] = serde_json::to_value(&faults.listed).unwrap_or_default();
        }
        serde_json::json!({"error": problem})
    }
}

/// The exit code for a failure of a handler.
pub(crate) fn recourse(error: &Error) -> ExitCode {
    match (error, error.recourse()) {
        (Error::NotFound { .. } | Error::Conflict { .. } | Error::Store(_), _) => ExitCode::FAILURE,
        (_, Recourse::Owner) => ExitCode::from(OWNER),
        (_, Recourse::Wait(_)) => ExitCode::from(LATER),
        (_, Recourse::Us | Recourse::Nobody) => ExitCode::FAILURE,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Handler(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Handler(error.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Io(error)
    }
}

impl From<BadEnvironment> for Failure {
    fn from(error: BadEnvironment) -> Self {
        Failure::Usage(error.to_string())
    }
}
