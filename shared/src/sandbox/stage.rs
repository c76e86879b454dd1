//! How a provider is played: everything that a suite, or a demo, must know of a stand-in to use it like any other.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::Request;
use axum::response::Response;

use super::world::World;

/// A provider's stand-in.
#[async_trait]
pub(crate) trait StandIn: Send + Sync {
    fn stage(&self) -> &'static Stage;

    /// Answers a request to one of its hosts.
    async fn answer(&self, world: &Arc<World>, host: String, request: Request) -> Response;
}

/// The fields of a credential, by name.
pub type Fields = Vec<(&'static str, String)>;

/// How the stand-in is brought to say what somebody wants to hear. `words` are of its table of faults, joined by
/// hyphens, or nothing.
pub struct Stage {
    /// The id of the provider.
    pub provider: &'static str,
    pub hosts: &'static [&'static str],
    pub account_kind: &'static str,
    /// An account in which these words are at work.
    pub account: fn(&str) -> String,
    pub credential_kind: &'static str,
    /// A credential that opens it; these words are at work for it where requests do not name the account.
    pub credential: fn(&str) -> Fields,
    pub refused: fn() -> Fields,
    /// What goes wrong and is nobody's fault: the word, and the wait that the provider names.
    pub troubles: &'static [(&'static str, Option<u64>)],
    /// Words of those that never answer.
    pub hangs: &'static [&'static str],
    /// The path of every request that a connector makes starts with one of these.
    pub paths: &'static [&'static str],
    /// Is this path a signed download?
    pub is_download: fn(&str) -> bool,
    /// Words that make the first download lead where it must not.
    pub bad_links: &'static [&'static str],
    /// Name and slug of an account where nothing goes wrong, for `serve --demo`.
    pub demo: (&'static str, &'static str),
    pub demo_credential: fn() -> Fields,
    /// The slug of another such account, which the demo leaves to whoever tries the page, and the words of its
    /// credential.
    pub spare: (&'static str, &'static str),
}

/// What the faults of every stand-in are worth to a suite.
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
