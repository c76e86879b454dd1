//! The one shape of every HTTP error: problem+json (RFC 9457).

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_id;
use crate::error::{Error, Fault, Recourse, chain};
use crate::words::{Capability, Check, TokenFacts, Verification};

pub const CONTENT_TYPE: &str = "application/problem+json";

/// An error: what happened, and what to do next.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`; `code` identifies the problem.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "about:blank")]
    pub kind: Kind,
    /// The status as text.
    #[schema(example = "Bad Request")]
    pub title: &'static str,
    #[schema(example = 400, minimum = 400, maximum = 599)]
    pub status: u16,
    /// Stable; programs may compare it.
    #[schema(example = "invalid_request")]
    pub code: &'static str,
    /// What happened, and what to do next.
    pub detail: String,
    /// The parameter or field that is wrong, e.g. `account.slug`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Box<str>>,
    /// Also in the header `X-Request-Id` and in every log line of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Box<str>>,
    /// If a connection was not verified: all checks.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Unverified)]
    pub unverified: Option<Box<Unverified>>,
    /// If a file has faults: the first 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<Box<Vec<Fault>>>,
    #[serde(skip)]
    retry_after: Option<Box<HeaderValue>>,
}

/// The one type of problem.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Kind {
    #[serde(rename = "about:blank")]
    AboutBlank,
}

/// The result of verify for a connection that was not saved. Absent in other problems.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Unverified {
    #[schema(required = false)]
    pub checks: Vec<Check>,
    #[schema(required = false)]
    pub capabilities: Vec<Capability>,
    #[schema(required = false)]
    pub token: TokenFacts,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: Kind::AboutBlank,
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            field: None,
            request_id: request_id::current().map(String::into_boxed_str),
            unverified: None,
            faults: None,
            retry_after: None,
        }
    }

    /// A parameter or field that is wrong; `why` follows its name in the detail.
    pub fn invalid(field: impl Into<Box<str>>, why: impl AsRef<str>) -> Self {
        let (field, why) = (field.into(), why.as_ref());
        let detail = format!("{field}: {why}");
        let problem = Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail);
        Self { field: Some(field), ..problem }
    }

    /// The request has no valid token.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "send a valid token in the header `Authorization: Bearer ...`",
        )
    }

    fn verification(self, verification: Verification) -> Self {
        // The date form needs no clock here, and says the same after a slow response.
        let retry_at = verification.retry_at.and_then(|at| {
            let date = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            HeaderValue::try_from(date).ok()
        });
        Self {
            unverified: Some(Box::new(Unverified {
                checks: verification.checks,
                capabilities: verification.capabilities,
                token: verification.token,
            })),
            retry_after: match retry_at {
                Some(date) => self.retry_after.map(|_| Box::new(date)),
                None => self.retry_after,
            },
            ..self
        }
    }
}

fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs().max(1))
}

impl From<Error> for Problem {
    /// The public half of an error goes out; the rest is logged here, once.
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut problem = Self::new(status, error.code(), error.public());
        if status.is_server_error() {
            let (request_id, cause) = (problem.request_id.as_deref(), chain(&error));
            tracing::error!(request_id, code = error.code(), cause, "a request failed");
        }
        if let Recourse::Wait(wait) = error.recourse()
            && matches!(status.as_u16(), 429 | 503)
        {
            problem.retry_after = Some(Box::new(seconds(wait)));
        }
        match error {
            Error::Invalid { field, .. } => Self { field: Some(field.into()), ..problem },
            Error::Unverified(verification) => problem.verification(*verification),
            Error::Faults(faults) => Self { faults: Some(Box::new(faults.listed)), ..problem },
            Error::NotFound { .. } | Error::Conflict { .. } | Error::Provider(_) | Error::Store(_) => problem,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let status = StatusCode::from_u16(self.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after.take();
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if let Some(retry_after) = retry_after {
            headers.insert(header::RETRY_AFTER, *retry_after);
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ProviderError, StoreError};
    use crate::words::Verdict;

    fn answer(error: Error) -> (Response, String) {
        let problem = Problem::from(error);
        let json = serde_json::to_string(&problem).unwrap();
        (problem.into_response(), json)
    }

    #[test]
    fn a_store_that_is_down_says_when_to_come_back_and_keeps_its_reasons() {
        let inner = std::io::Error::other("arn:aws:dynamodb:table/secret-name");
        let (response, json) = answer(StoreError::Unavailable(Box::new(inner)).into());
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "60");
        assert_eq!(response.headers()["content-type"], CONTENT_TYPE);
        assert!(!json.contains("arn:"), "{json}");
    }

    #[test]
    fn a_provider_s_delay_is_passed_on() {
        let retry_after = Duration::from_secs(90);
        let (response, _) = answer(ProviderError::RateLimited { retry_after }.into());
        assert_eq!(response.headers()["retry-after"], "90");
    }

    #[test]
    fn a_failed_verification_carries_its_checks() {
        let mut verification = Verification {
            verdict: Verdict::Invalid,
            checks: Vec::new(),
            capabilities: Vec::new(),
            token: TokenFacts::default(),
            preview: None,
            retry_at: None,
        };
        let (response, json) = answer(Error::Unverified(Box::new(verification.clone())));
        assert_eq!(response.status(), 422);
        assert!(json.contains(r#""checks":[]"#) && !response.headers().contains_key("retry-after"));

        let retry_at = chrono::DateTime::from_timestamp(1_795_248_000, 0);
        (verification.verdict, verification.retry_at) = (Verdict::Unknown, retry_at);
        let (response, _) = answer(Error::Unverified(Box::new(verification)));
        assert_eq!(response.status(), 503);
        let expected = "Sat, 21 Nov 2026 08:00:00 GMT";
        assert_eq!(response.headers()["retry-after"], expected);
    }
}
