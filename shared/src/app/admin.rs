//! The routes of the admin function: the built app, and how one signs in to it.
//!
//! The app is a folder of static files; it asks the API for all data, with the caller's token.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde::Serialize;
use url::Url;

use super::edge::no_such_route;
use crate::words::Account;

/// A file of the built app by its path, e.g. `index.html`; `None` where there is no such file.
pub type Files = fn(&str) -> Option<Cow<'static, [u8]>>;

/// What is handed out.
#[derive(Clone)]
pub struct Page {
    pub files: Files,
    pub sign_in: SignIn,
    /// Accounts to try in a demo; empty with real providers.
    pub samples: Vec<Sample>,
}

/// An account of the sandbox that is not connected yet. Its credential opens nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    pub provider: String,
    pub account: Account,
    /// A credential's kind and fields, as the API takes them.
    pub accepted: BTreeMap<String, String>,
    pub refused: BTreeMap<String, String>,
}

/// How a person gets the token that opens the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignIn {
    /// It stands in the link that the single process prints.
    Token,
    /// From an OpenID provider: code flow with PKCE.
    Oidc(Oidc),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Oidc {
    pub issuer: String,
    pub client_id: String,
    pub scope: String,
    /// Which token opens the API.
    pub bearer: Bearer,
    /// Where the issuer answers the page, if that is another host than its own.
    #[serde(skip)]
    pub token_host: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    AccessToken,
    /// Where the page itself is the audience.
    IdToken,
}

/// The page needs no token to be read; what it shows does.
pub fn routes(page: Page) -> Router {
    Router::new().route("/admin/settings.json", routing::get(settings)).fallback(file).with_state(page)
}

async fn settings(State(page): State<Page>) -> Response {
    ([(CACHE_CONTROL, "no-cache")], Json(Settings { sign_in: page.sign_in, samples: page.samples })).into_response()
}

#[derive(Serialize)]
struct Settings {
    sign_in: SignIn,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    samples: Vec<Sample>,
}

/// Names under this folder carry a hash of what is in them: they never change.
const HASHED: &str = "assets/";
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Compressed beforehand, best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

const NOT_BUILT: &str = "The page is not built: run `make page` (it needs Node.js 20 or newer), then start again.
The API answers at /v1 all the same; /v1/openapi.json describes it.
";

async fn file(State(page): State<Page>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let is_for_people = matches!(method, Method::GET | Method::HEAD) && path != "v1" && !path.starts_with("v1/");
    if !is_for_people {
        return no_such_route().into_response();
    }
    if !path.is_empty() && path != "index.html" {
        if let Some(found) = find(page.files, path, &headers) {
            let kept = if path.starts_with(HASHED) { FOREVER } else { "no-cache" };
            return (HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(kept))]), found).into_response();
        }
        if !is_page(path, &headers) {
            return no_such_route().into_response();
        }
    }
    match find(page.files, "index.html", &headers) {
        Some(index) => (guards(&page.sign_in), index).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response(),
    }
}

/// Whether the app shows something at this path. A person's browser asks for HTML: the rest of the path is the app's to
/// read, also a dot in it, as in the e-mail address of a person. A script or a picture that is gone must not become HTML.
fn is_page(path: &str, headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has_dot = || path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    !path.starts_with(HASHED) && (accepted.contains("text/html") || !has_dot())
}

/// The smallest form of a file that the browser understands.
fn find(files: Files, path: &str, headers: &HeaderMap) -> Option<Response> {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts =
        |encoding: &str| accepted.split(',').any(|one| one.split(';').next().unwrap_or_default().trim() == encoding);
    let encoded = ENCODINGS.iter().filter(|(encoding, _)| accepts(encoding));
    let mut forms = encoded.map(|(encoding, ending)| (Some(*encoding), *ending)).chain([(None, "")]);
    let (encoding, bytes) =
        forms.find_map(|(encoding, ending)| Some((encoding, files(&format!("{path}{ending}"))?)))?;
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static(content_type(path))),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (VARY, HeaderValue::from_static("accept-encoding")),
    ]);
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some((headers, bytes.into_owned()).into_response())
}

/// The endings that the build makes.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// The page loads nothing from other hosts, and connects only to its own origin and to the issuer.
fn guards(sign_in: &SignIn) -> HeaderMap {
    let mut policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; connect-src 'self'"
        .to_owned();
    if let SignIn::Oidc(oidc) = sign_in {
        for host in [Some(&oidc.issuer), oidc.token_host.as_ref()].into_iter().flatten() {
            if let Ok(url) = Url::parse(host) {
                policy.push(' ');
                policy.push_str(&url.origin().ascii_serialization());
            }
        }
    }
    // A form that makes an app is posted to its provider, which may be the company's own host.
    policy.push_str("; form-action 'self' https:");
    let mut headers = HeaderMap::from_iter([
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    ]);
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers
}
