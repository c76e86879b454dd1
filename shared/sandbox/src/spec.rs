//! The specification of a stand-in: everything that a test suite or a demo needs to use any stand-in in the same way.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::Request;
use axum::response::Response;

use super::state::SandboxState;

/// A provider's stand-in.
#[async_trait]
pub(crate) trait StandIn: Send + Sync {
    fn spec(&self) -> &'static StandInSpec;

    /// Answers a request to one of its hosts.
    async fn answer(&self, state: &Arc<SandboxState>, host: String, request: Request) -> Response;
}

/// The fields of a credential, by name.
pub type Fields = Vec<(&'static str, String)>;

/// How to bring the stand-in into a state. `words` come from its table of faults, joined by hyphens; they may be
/// empty.
pub struct StandInSpec {
    /// The ID of the provider.
    pub provider: &'static str,
    pub hosts: &'static [&'static str],
    pub account_kind: &'static str,
    /// An account for which these words apply.
    pub account: fn(&str) -> String,
    pub credential_kind: &'static str,
    /// A credential that opens it. If requests do not name the account, these words apply to the credential.
    pub credential: fn(&str) -> Fields,
    pub refused: fn() -> Fields,
    /// Temporary faults: the word, and the wait that the provider names.
    pub troubles: &'static [(&'static str, Option<u64>)],
    /// Words whose requests are never answered.
    pub hangs: &'static [&'static str],
    /// The path of every request of a connector starts with one of these.
    pub paths: &'static [&'static str],
    /// Whether this path is a signed download.
    pub is_download: fn(&str) -> bool,
    /// Words that make the first download lead to a forbidden address.
    pub bad_links: &'static [&'static str],
    /// Name and slug of an account without faults, for `serve --demo`.
    pub demo: (&'static str, &'static str),
    pub demo_credential: fn() -> Fields,
    /// The slug of another such account, which the demo leaves for users to connect, and the words of its credential.
    pub spare: (&'static str, &'static str),
}

/// The faults that every stand-in has, for test suites.
pub(crate) const USUAL_TROUBLES: &[(&str, Option<u64>)] = &[
    ("http429", Some(120)),
    ("http429date", Some(120)),
    ("http500", None),
    ("http502", None),
    ("http503", None),
    ("html", None),
    ("hang", None),
    ("cut", None),
    ("empty200", None),
];
