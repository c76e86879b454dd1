//! Facts about a GitHub token, from its prefix and from the headers of an answer.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::http::Response;
use crate::words::{Credential, TokenFacts};

use super::app;

/// The kind by prefix (<https://github.blog/engineering/behind-githubs-new-authentication-token-formats/>). It words
/// an answer and never refuses a token.
fn kind(token: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 5] = [
        ("ghp_", "classic_pat"),
        ("github_pat_", "fine_grained_pat"),
        ("ghs_", "installation_token"),
        ("ghu_", "app_user_token"),
        ("gho_", "oauth_token"),
    ];
    let known = PREFIXES.iter().find(|(prefix, _)| token.starts_with(prefix));
    match known {
        Some((_, kind)) => kind,
        // Before 2021, tokens had 40 hexadecimal digits.
        None if token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()) => "classic_pat",
        None => "unrecognized",
    }
}

/// The kind of the token that opens an account with this credential.
pub(super) fn kind_of(credential: &Credential) -> &'static str {
    if app::is_app(credential) { app::KIND } else { kind(credential.expose("token").unwrap_or_default()) }
}

/// Adds the facts of an answer's headers.
pub(super) fn facts(credential: &Credential, response: &Response) -> TokenFacts {
    let kind = kind_of(credential).to_owned();
    if app::is_app(credential) {
        // An App's tokens expire within the hour and are renewed automatically, so their expiry is not reported.
        return TokenFacts { kind, ..TokenFacts::default() };
    }
    let scopes = response
        .header("x-oauth-scopes")
        .map(|scopes| scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect());
    let expires_at = response.header("github-authentication-token-expiration").and_then(expiration);
    TokenFacts { kind, expires_at, scopes }
}

/// GitHub sends `2026-09-03 02:34:04 UTC` or `2026-04-26 20:23:26 +0200`.
fn expiration(text: &str) -> Option<DateTime<Utc>> {
    if let Some(utc) = text.trim().strip_suffix(" UTC") {
        return NaiveDateTime::parse_from_str(utc, "%Y-%m-%d %H:%M:%S").ok().map(|time| time.and_utc());
    }
    DateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S %z").ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_expiration_header_are_read() {
        let utc = expiration("2021-09-03 02:34:04 UTC").unwrap();
        let zoned = expiration("2023-04-26 20:23:26 +0200").unwrap();
        assert_eq!(utc.to_rfc3339(), "2021-09-03T02:34:04+00:00");
        assert_eq!(zoned.to_rfc3339(), "2023-04-26T18:23:26+00:00");
        assert_eq!(expiration("soon"), None);
    }

    #[test]
    fn a_token_is_recognized_by_its_prefix_but_never_refused_by_it() {
        assert_eq!(kind("github_pat_11A"), "fine_grained_pat");
        assert_eq!(kind("0123456789abcdef0123456789abcdef01234567"), "classic_pat");
        assert_eq!(kind("something new"), "unrecognized");
    }
}
