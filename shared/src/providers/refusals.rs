//! The meaning of refusals: one table of reasons per provider, and one function that reads them.
//!
//! A reason is recognized by the provider's known messages. An unknown refusal is quoted and reported as unknown; it
//! is never treated as a missing permission.

mod quote;

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{About, Call};
use crate::error::{DEFAULT_WAIT, ProviderError};
use crate::http::Response;
use crate::words::{CapabilityOutcome, Fix};

pub(super) use quote::quoted;

/// The meaning of a code in a verification: the failed check, and the outcome of the capability.
const CODES: &[(&str, &str, CapabilityOutcome)] = &[
    ("account_disabled", "account", CapabilityOutcome::Refused),
    ("account_not_found", "account", CapabilityOutcome::NotFound),
    ("app_not_approved", "permission", CapabilityOutcome::Refused),
    ("billing_stopped", "plan", CapabilityOutcome::Refused),
    ("installation_suspended", "permission", CapabilityOutcome::Refused),
    ("ip_not_allowed", "permission", CapabilityOutcome::Refused),
    ("missing_permission", "permission", CapabilityOutcome::MissingPermission),
    ("plan_not_entitled", "plan", CapabilityOutcome::NotInPlan),
    ("policy_off", "policy", CapabilityOutcome::PolicyOff),
    ("region_not_supported", "permission", CapabilityOutcome::Refused),
    ("sso_required", "sso", CapabilityOutcome::SsoRequired),
    ("token_kind_forbidden", "token_kind", CapabilityOutcome::Refused),
    ("token_lifetime_too_long", "expiry", CapabilityOutcome::Refused),
    ("user_suspended", "token", CapabilityOutcome::Refused),
    ("wrong_key_kind", "token_kind", CapabilityOutcome::MissingPermission),
];

/// The check that fails with this error, if the provider gave a reason.
pub(super) fn check_of(error: &ProviderError) -> Option<&'static str> {
    match error {
        ProviderError::Closed { code, .. } | ProviderError::Forbidden { code, .. } => {
            CODES.iter().find(|(known, ..)| known == code).map(|(_, check, _)| *check)
        }
        _ => None,
    }
}

pub(super) fn capability_of(error: &ProviderError) -> CapabilityOutcome {
    match error {
        ProviderError::Closed { code, .. } | ProviderError::Forbidden { code, .. } => {
            let known = CODES.iter().find(|(known, ..)| known == code);
            known.map_or(CapabilityOutcome::NotReady, |(.., outcome)| *outcome)
        }
        ProviderError::Denied { .. } => CapabilityOutcome::MissingPermission,
        ProviderError::RateLimited { .. } => CapabilityOutcome::RateLimited,
        ProviderError::NotOffered { .. } => CapabilityOutcome::NotInPlan,
        ProviderError::Unexplained { .. }
        | ProviderError::Unavailable { .. }
        | ProviderError::Malformed { .. }
        | ProviderError::Ambiguous { .. } => CapabilityOutcome::Unknown,
    }
}

/// One reason in a provider's table. A refusal matches if every sign matches; an empty sign matches all.
#[derive(Debug)]
pub struct Reason {
    pub statuses: &'static [u16],
    /// Each of these is in the error's type, code or message, ignoring case; `a|b` means either.
    pub says: &'static [&'static str],
    /// None of these is in the error's type, code or message.
    pub unless: &'static [&'static str],
    /// A header and the prefix of its value.
    pub header: Option<(&'static str, &'static str)>,
    /// Kinds of account.
    pub accounts: &'static [&'static str],
    /// Whether the token's scopes, as listed in the answer, are too few for the account.
    pub lacks_scope: Option<bool>,
    /// A part of the requested path, and parts that the path does not have.
    pub on: &'static str,
    pub not_on: &'static [&'static str],
    pub means: Means,
    /// What happened, and what to do on which page. `{slug}` and other placeholders are filled in.
    pub detail: &'static str,
    pub fix: (&'static str, &'static str),
    /// One such answer as the provider sends it.
    pub seen: Seen,
}

/// The error that a reason becomes, with its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The credential opens nothing.
    Closed(&'static str),
    Forbidden(&'static str),
    RateLimited,
    /// Not included in this plan, or not available to this account.
    NotOffered,
    /// Our request is wrong.
    Ours,
}

#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub status: u16,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
}

/// Matches every refusal; the entries of a table name the differences.
pub(super) const ANY: Reason = Reason {
    statuses: &[403],
    says: &[],
    unless: &[],
    header: None,
    accounts: &[],
    lacks_scope: None,
    on: "",
    not_on: &[],
    means: Means::Ours,
    detail: "",
    fix: ("", ""),
    seen: Seen { status: 403, headers: &[], body: "" },
};

/// An answer other than success: everything that distinguishes refusals.
pub(super) struct Refusal {
    pub status: u16,
    pub headers: HeaderMap,
    /// The requested path.
    pub path: String,
    /// The provider's own message. [`quoted`] makes it safe to show.
    pub message: String,
    pub lacks_scope: bool,
    /// Type, code and message in lower case.
    words: String,
}

impl Refusal {
    pub(super) async fn read(response: Response, limit: usize) -> Self {
        let (status, headers, path) = (response.status, response.headers.clone(), response.path.clone());
        let body = response.bytes(limit).await.unwrap_or_default();
        Self::of(status, headers, path, &body)
    }

    /// GraphQL refuses with status 200: such a refusal counts as a 403.
    pub(super) fn of(status: u16, headers: HeaderMap, path: String, body: &[u8]) -> Self {
        let status = if status == 200 { 403 } else { status };
        let (kinds, message) = (kinds(body), message(body));
        let words = format!("{kinds} {message}").to_lowercase();
        let message = if message.is_empty() { kinds } else { message };
        Self { status, headers, path, message, lacks_scope: false, words }
    }

    /// Whether type, code or message contains `part`, ignoring case.
    pub(super) fn says(&self, part: &str) -> bool {
        part.to_lowercase().split('|').any(|either| self.words.contains(either))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Reason {
    fn fits(&self, refusal: &Refusal, account_kind: &str) -> bool {
        let has_header = |(name, begins): (&str, &str)| {
            refusal.header(name).is_some_and(|value| value.to_lowercase().starts_with(begins))
        };
        self.statuses.contains(&refusal.status)
            && self.says.iter().all(|part| refusal.says(part))
            && !self.unless.iter().any(|part| refusal.says(part))
            && self.header.is_none_or(has_header)
            && (self.accounts.is_empty() || self.accounts.contains(&account_kind))
            && self.lacks_scope.is_none_or(|lacks| lacks == refusal.lacks_scope)
            && refusal.path.contains(self.on)
            && !self.not_on.iter().any(|part| refusal.path.contains(part))
    }

    pub(super) fn error(&self, values: &Values, wait: Option<Duration>) -> ProviderError {
        let detail = values.fill(self.detail);
        let fix = || Box::new(Fix::new(values.fill(self.fix.0), values.fill(self.fix.1)));
        match self.means {
            Means::Closed(code) => ProviderError::Closed { code, detail, fix: fix() },
            Means::Forbidden(code) => ProviderError::Forbidden { code, detail, fix: fix() },
            Means::RateLimited => ProviderError::RateLimited { retry_after: wait.unwrap_or(DEFAULT_WAIT) },
            Means::NotOffered => ProviderError::NotOffered { detail },
            Means::Ours => ProviderError::Malformed { detail },
        }
    }
}

/// The values of placeholders.
pub(super) struct Values(Vec<(&'static str, String)>);

impl Values {
    pub(super) fn of(call: &Call<'_>) -> Self {
        Self(vec![("{slug}", call.account.slug.clone()), ("{kind}", call.account.kind.clone())])
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// The reason in the table; `None` if no entry matches. The first match counts, and a test proves that no second
/// entry matches the provider's known messages.
pub(super) fn reason(
    call: &Call<'_>,
    about: &About,
    refusal: &Refusal,
    values: impl FnOnce() -> Values,
    wait: Option<Duration>,
) -> Option<ProviderError> {
    let reason = about.refusals.iter().find(|reason| reason.fits(refusal, &call.account.kind))?;
    Some(reason.error(&values(), wait))
}

/// The meaning of a status alone, if no table entry matches.
pub(super) fn by_status(
    call: &Call<'_>,
    about: &About,
    key: &str,
    refusal: &Refusal,
    wait: Option<Duration>,
) -> ProviderError {
    let (name, status) = (about.name, refusal.status);
    let quote = quoted(&refusal.message, call, about);
    let quoted_message = if quote.is_empty() { String::new() } else { format!(": \"{quote}\"") };
    match (status, wait) {
        (401, _) => {
            ProviderError::Denied { detail: format!("{name} refuses the {key}: it is wrong, expired or revoked") }
        }
        (429 | 529, wait) => ProviderError::RateLimited { retry_after: wait.unwrap_or(DEFAULT_WAIT) },
        (503, Some(wait)) if wait > Duration::ZERO => ProviderError::RateLimited { retry_after: wait },
        (500..=599, _) => ProviderError::Unavailable { detail: format!("{name} answered {status}") },
        // These concern the request, which is ours.
        (400 | 404 | 405 | 410 | 422, _) => ProviderError::Malformed {
            detail: format!("{name} refuses the request ({status}); its API may have changed{quoted_message}"),
        },
        (402..=499, _) => ProviderError::Unexplained {
            detail: if quote.is_empty() {
                format!("{name} refuses the request ({status}) and does not say why")
            } else {
                format!(
                    "{name} refuses the request ({status}) for a reason that Pairmeter does not know{quoted_message}"
                )
            },
            fix: Box::new(Fix::text(format!(
                "follow the message of {name}, then verify again; if that does not help, send the message to the operator of Pairmeter"
            ))),
        },
        _ => ProviderError::Malformed { detail: format!("{name} answered with the unexpected status {status}") },
    }
}

/// The scope in the message, such as `api.usage.read`.
pub(super) fn scope(refusal: &Refusal) -> String {
    let words = refusal.message.split(|c: char| !(c.is_ascii_lowercase() || matches!(c, '.' | '_')));
    let mut words = words.map(|word| word.trim_matches('.'));
    let scope = words.find(|word| word.contains('.') && (word.ends_with(".read") || word.ends_with(".write")));
    scope.map_or_else(|| "a scope".to_owned(), |scope| format!("the scope {scope}"))
}

/// The message of an error in any form that these APIs use; for an HTML page, its title.
fn message(body: &[u8]) -> String {
    let Ok(json) = crate::providers::json::from_slice::<Value>(body) else {
        let text = String::from_utf8_lossy(&body[..body.len().min(4096)]).into_owned();
        let title = text.split_once("<title>").and_then(|(_, rest)| Some(rest.split_once("</title>")?.0.to_owned()));
        let is_page = text.trim_start().starts_with('<');
        return title.unwrap_or(if is_page { String::new() } else { text });
    };
    const PLACES: [&str; 6] = ["/error/message", "/message", "/error", "/detail/0/msg", "/detail", "/errors/0/message"];
    PLACES.iter().find_map(|place| json.pointer(place)?.as_str()).unwrap_or_default().to_owned()
}

/// The names that an error gives its reason, joined.
fn kinds(body: &[u8]) -> String {
    let Ok(json) = crate::providers::json::from_slice::<Value>(body) else { return String::new() };
    const PLACES: [&str; 6] =
        ["/error/type", "/error/code", "/code", "/detail/code", "/errors/0/type", "/errors/0/message"];
    let kinds: Vec<&str> = PLACES.iter().filter_map(|place| json.pointer(place)?.as_str()).collect();
    kinds.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::ALL;

    #[test]
    fn a_message_is_found_in_every_error_format() {
        for (body, expected) in [
            (r#"{"error":{"message":"a","type":"b"}}"#, "a"),
            (r#"{"type":"error","error":{"type":"x","message":"a"},"request_id":"r"}"#, "a"),
            (r#"{"error":"Unauthorized","message":"a"}"#, "a"),
            (r#"{"error":"a"}"#, "a"),
            (r#"{"detail":[{"loc":["query","limit"],"msg":"a","type":"t"}]}"#, "a"),
            (r#"{"data":null,"errors":[{"type":"t","message":"a"}]}"#, "a"),
            ("a", "a"),
            ("[]", ""),
            ("<html><head><title>Edge IP Restricted</title></head><body>x</body></html>", "Edge IP Restricted"),
            ("<html><body>x</body></html>", ""),
        ] {
            assert_eq!(message(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(kinds(br#"{"detail":{"code":"invalid_workspace_selected"}}"#), "invalid_workspace_selected");
    }

    #[test]
    fn each_code_has_its_check() {
        for reason in ALL.iter().flat_map(|provider| provider.about().refusals) {
            if let Means::Closed(code) | Means::Forbidden(code) = reason.means {
                assert!(CODES.iter().any(|(known, ..)| *known == code), "{code}");
            }
        }
    }

    /// The known messages of an entry match only that entry, in any order of the table.
    #[test]
    fn no_refusal_matches_two_reasons() {
        for about in ALL.iter().map(|provider| provider.about()) {
            let (provider, reasons) = (about.id, about.refusals);
            for (at, reason) in reasons.iter().enumerate() {
                let Seen { status, headers, body } = &reason.seen;
                let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
                let headers = headers.collect::<Vec<_>>().into_iter().collect();
                let mut refusal = Refusal::of(*status, headers, reason.on.to_owned(), body.as_bytes());
                refusal.lacks_scope = reason.lacks_scope.unwrap_or(false);
                let kind = reason.accounts.first().copied().unwrap_or_default();
                let fitting: Vec<_> = (0..reasons.len()).filter(|at| reasons[*at].fits(&refusal, kind)).collect();
                assert_eq!(fitting, [at], "{provider}: {body}");
            }
        }
    }
}
