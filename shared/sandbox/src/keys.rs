//! The key of a request, in any form in which providers take one, and the words in it.

use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::words::Slug;

/// A key that came with a request.
pub(crate) struct Key(String);

impl Key {
    /// A bearer token, the user of HTTP Basic, or a header of its own.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Key> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        if let Some(key) = text("x-api-key") {
            return Some(Key(key.to_owned()));
        }
        let (scheme, value) = text("authorization")?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("basic") {
            let plain = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
            return plain.strip_suffix(':').map(|user| Key(user.to_owned()));
        }
        scheme.eq_ignore_ascii_case("bearer").then(|| Key(value.to_owned()))
    }

    pub(crate) fn starts_with(&self, beginning: &str) -> bool {
        self.0.starts_with(beginning)
    }

    /// A key with the word `dead` opens nothing.
    pub(crate) fn is_dead(&self) -> bool {
        self.0.contains("dead")
    }

    /// The words between its hyphens and underscores.
    pub(crate) fn words(&self) -> Option<Slug> {
        Slug::parse(&self.0.replace('_', "-"))
    }

    /// The form in which a provider lists it.
    pub(crate) fn redacted(&self) -> String {
        let (head, tail) = (self.0.get(..8).unwrap_or_default(), self.0.get(self.0.len().saturating_sub(4)..));
        format!("{head}...{}", tail.unwrap_or_default())
    }
}
