//! GitHub Apps: a caller that signs with the sandbox's test key is an App, which is installed in every organization
//! and enterprise.
//!
//! Signatures are verified, RS256 against the public half of [`PRIVATE_KEY`], and so are their times against the
//! sandbox's clock, as strictly as GitHub does: issued no later than now, expiring within ten minutes. To test a
//! caller whose clock is wrong, set the sandbox's clock to another time.
//!
//! The App ID selects the App (any other number or client ID is an App with every permission):
//!
//! | App ID | the App |
//! |---|---|
//! | `403` | does not request the metrics permissions |
//! | `404` | does not exist: 404 "Integration not found" |
//!
//! The slug selects the state of the installation; its number is the account's ID:
//!
//! | word | the installation |
//! |---|---|
//! | `appless` | does not exist or was removed: 404 |
//! | `suspended` | is suspended: `suspended_at` is set, and tokens are refused (403) |
//! | `unaccepted` | has none of the metrics permissions, because no owner has accepted them |
//! | `noappseats` | lacks the permission for seats |
//! | `nonames` | lacks the permission for members, which shows e-mail addresses |
//! | `apphttp429` | creates no token: 429 with `Retry-After: 120` |
//! | `briefapp` | its tokens are valid for six requests, then get 401 as if expired |
//!
//! Tokens last one hour of the sandbox's clock. `POST /app-manifests/CODE/conversions` creates App 7 from any code
//! that does not contain `expired`, as the last step of the manifest flow.

use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs1KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value, json};

use super::super::people::{Account, Kind};
use super::super::state::SandboxState;
use super::super::words::Slug;
use super::answers::{not_found, ok, problem};
use super::tokens::Right;

/// The key of the sandbox's Apps. A test key that opens nothing else.
pub const PRIVATE_KEY: &str = include_str!("test-app-key.pem");

const WITHOUT_METRICS: &str = "403";
const UNKNOWN: &str = "404";
const MADE_BY_MANIFEST: u64 = 7;
const MAX_LIFE: Duration = Duration::minutes(10);
const TOKEN_LASTS: Duration = Duration::hours(1);
/// Requests for which a token of `briefapp` is valid.
const BRIEF: u32 = 6;

/// A permission, the right that it grants, and its letter in a token. The permission for an enterprise's seats is not
/// documented; its name is a guess based on the organization's.
const PERMISSIONS: [(&str, Kind, Right, char); 5] = [
    ("organization_copilot_metrics", Kind::Organization, Right::Metrics, 'm'),
    ("organization_copilot_seat_management", Kind::Organization, Right::Seats, 's'),
    ("members", Kind::Organization, Right::Members, 't'),
    ("enterprise_copilot_metrics", Kind::Enterprise, Right::Metrics, 'm'),
    ("enterprise_copilot_seat_management", Kind::Enterprise, Right::Seats, 's'),
];

/// The content of a token that was created here: `ghs_END.ACCOUNT.LETTERS.NUMBER`.
#[derive(Clone)]
pub(crate) struct Minted {
    account: u64,
    letters: String,
}

impl Minted {
    /// Returns `None` for a token that was not created here. The error is the answer to an expired token.
    pub(crate) fn of(state: &SandboxState, token: &str) -> Result<Option<Minted>, Box<Response>> {
        let parts = token.strip_prefix("ghs_").map(|rest| rest.split('.').collect::<Vec<_>>()).unwrap_or_default();
        let [end, account, letters, _] = parts.as_slice() else { return Ok(None) };
        let (Ok(end), Ok(account)) = (end.parse::<i64>(), account.parse()) else { return Ok(None) };
        let is_over = end <= state.clock.now().timestamp();
        let is_spent = letters.contains('b') && state.count(token) > BRIEF;
        if is_over || is_spent {
            return Err(Box::new(problem(StatusCode::UNAUTHORIZED, "Bad credentials")));
        }
        Ok(Some(Minted { account, letters: (*letters).to_owned() }))
    }

    pub(crate) fn opens(&self, account: &Account, right: Right) -> bool {
        let gives = |(_, kind, given, letter): &(_, Kind, Right, char)| {
            *kind == account.kind && *given == right && self.letters.contains(*letter)
        };
        account.id == self.account && PERMISSIONS.iter().any(gives)
    }
}

/// Whether an App calls this route with its own signature, or without a credential.
pub(crate) fn is_route(path: &str) -> bool {
    let segments = path.trim_matches('/').split('/').collect::<Vec<_>>();
    matches!(segments.as_slice(), ["app", ..] | ["app-manifests", ..] | ["orgs" | "enterprises", _, "installation"])
}

pub(crate) fn answer(state: &SandboxState, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    let segments = path.trim_matches('/').split('/').collect::<Vec<_>>();
    if let ["app-manifests", code, "conversions"] = segments.as_slice() {
        return if *method == Method::POST { conversion(code) } else { not_found() };
    }
    let app = match signed_by(headers, state.clock.now()) {
        Ok(app) => app,
        Err(refused) => return *refused,
    };
    let account =
        |kind, slug: &str| Slug::parse(slug).map(|slug| state.account(kind, &slug)).filter(|account| has(account));
    let by_id = |id: &str| id.parse().ok().and_then(|id| state.by_id(id)).filter(|account| has(account));
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["app"]) => ok(about(&app)),
        ("GET", ["orgs", slug, _]) => {
            account(Kind::Organization, slug).map_or_else(not_found, |of| ok(installation(&app, &of)))
        }
        ("GET", ["enterprises", slug, _]) => {
            account(Kind::Enterprise, slug).map_or_else(not_found, |of| ok(installation(&app, &of)))
        }
        ("GET", ["app", "installations", id]) => by_id(id).map_or_else(not_found, |of| ok(installation(&app, &of))),
        ("POST", ["app", "installations", id, "access_tokens"]) => {
            by_id(id).map_or_else(not_found, |of| token(state, &app, &of, body))
        }
        _ => not_found(),
    }
}

fn has(account: &Account) -> bool {
    !account.slug.says("appless") && !account.slug.as_str().contains("missing")
}

/// The App ID in a valid signature; otherwise GitHub's answer.
fn signed_by(headers: &HeaderMap, now: DateTime<Utc>) -> Result<String, Box<Response>> {
    let refused = |message: &str| Box::new(problem(StatusCode::UNAUTHORIZED, message));
    let undecoded = || refused("A JSON web token could not be decoded");
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let jwt =
        value.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| refused("Requires authentication"))?;
    let (message, signature) = jwt.rsplit_once('.').ok_or_else(undecoded)?;
    let (header, claims) = message.split_once('.').ok_or_else(undecoded)?;
    let json = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    };
    let header = json(header).ok_or_else(undecoded)?;
    let claims = json(claims).ok_or_else(undecoded)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| undecoded())?;
    // GitHub looks the App up first, because the signature must belong to the App's key.
    let app = claims["iss"].as_str().ok_or_else(|| refused("'Issuer' claim ('iss') must be an Integer"))?;
    if app == UNKNOWN {
        return Err(Box::new(problem(StatusCode::NOT_FOUND, "Integration not found")));
    }
    let is_signed = header["alg"] == "RS256"
        && public_key().is_some_and(|key| {
            let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
            key.verify(message.as_bytes(), &signature).is_ok()
        });
    if !is_signed {
        return Err(undecoded());
    }
    let time = |claim: &str| claims[claim].as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    if time("iat").is_none_or(|issued| issued > now) {
        let message =
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
        return Err(refused(message));
    }
    match time("exp") {
        Some(end) if end > now + MAX_LIFE => Err(refused("'Expiration time' claim ('exp') is too far in the future")),
        Some(end) if end > now => Ok(app.to_owned()),
        _ => Err(refused(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the \
             assertion expires",
        )),
    }
}

fn public_key() -> Option<Vec<u8>> {
    let der = PrivatePkcs1KeyDer::from_pem_slice(PRIVATE_KEY.as_bytes()).ok()?;
    let pair = KeyPair::from_der(der.secret_pkcs1_der()).ok()?;
    Some(pair.public().as_ref().to_vec())
}

/// The permissions that the App requests from accounts of one kind.
fn asked_for(app: &str, kind: Kind) -> impl Iterator<Item = &'static (&'static str, Kind, Right, char)> {
    let lacks_metrics = app == WITHOUT_METRICS;
    PERMISSIONS.iter().filter(move |(_, of, right, _)| *of == kind && !(lacks_metrics && *right == Right::Metrics))
}

fn granted(app: &str, account: &Account) -> Vec<&'static (&'static str, Kind, Right, char)> {
    let says = |word| account.slug.says(word);
    let is_granted = |(_, _, right, _): &&(&str, Kind, Right, char)| match right {
        Right::Metrics => !says("unaccepted"),
        Right::Seats => !says("noappseats"),
        Right::Members => !says("nonames"),
        _ => true,
    };
    asked_for(app, account.kind).filter(is_granted).collect()
}

fn in_words<'a>(permissions: impl IntoIterator<Item = &'a (&'static str, Kind, Right, char)>) -> Map<String, Value> {
    permissions.into_iter().map(|(key, ..)| ((*key).to_owned(), json!("read"))).collect()
}

fn about(app: &str) -> Value {
    let all = [Kind::Organization, Kind::Enterprise].into_iter().flat_map(|kind| asked_for(app, kind));
    json!({
        "id": MADE_BY_MANIFEST, "slug": "pairmeter-sandbox", "client_id": "Iv23sandbox", "name": "Pairmeter Sandbox",
        "owner": {"login": "octo-apps", "id": 1, "type": "Organization"},
        "html_url": "https://github.com/apps/pairmeter-sandbox", "permissions": in_words(all), "events": [],
    })
}

fn installation(app: &str, account: &Account) -> Value {
    let slug = account.slug.as_str();
    let owner = match account.kind {
        Kind::Organization => json!({"login": slug, "id": account.id, "type": "Organization"}),
        Kind::Enterprise => json!({"slug": slug, "id": account.id}),
    };
    json!({
        "id": account.id, "account": owner, "app_slug": "pairmeter-sandbox", "target_id": account.id,
        "target_type": if account.kind == Kind::Organization { "Organization" } else { "Enterprise" },
        "repository_selection": "all", "permissions": in_words(granted(app, account)), "events": [],
        "suspended_at": account.slug.says("suspended").then_some("2026-11-01T09:00:00Z"),
    })
}

fn token(state: &SandboxState, app: &str, account: &Account, body: &[u8]) -> Response {
    if account.slug.says("suspended") {
        return problem(StatusCode::FORBIDDEN, "This installation has been suspended");
    }
    if account.slug.says("apphttp429") {
        let answer = problem(StatusCode::TOO_MANY_REQUESTS, "You have exceeded a secondary rate limit.");
        return super::answers::put(answer, RETRY_AFTER.as_str(), "120");
    }
    let granted = granted(app, account);
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let asked = asked["permissions"].as_object().filter(|asked| !asked.is_empty());
    let given: Vec<_> =
        granted.iter().copied().filter(|(key, ..)| asked.is_none_or(|asked| asked.contains_key(*key))).collect();
    if asked.is_some_and(|asked| asked.len() != given.len() || asked.values().any(|level| level != "read")) {
        let message = "The permissions requested are not granted to this installation.";
        return problem(StatusCode::UNPROCESSABLE_ENTITY, message);
    }
    let end = state.clock.now() + TOKEN_LASTS;
    let mut letters: String = given.iter().map(|(.., letter)| letter).collect();
    if account.slug.says("briefapp") {
        letters.push('b');
    }
    let number = state.count("tokens of Apps");
    let token = format!("ghs_{}.{}.{letters}.{number}", end.timestamp(), account.id);
    let token = json!({
        "token": token, "expires_at": end.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "permissions": in_words(given), "repository_selection": "all",
    });
    (StatusCode::CREATED, axum::Json(token)).into_response()
}

/// <https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest>
fn conversion(code: &str) -> Response {
    if code.contains("expired") {
        return not_found();
    }
    let mut app = about("");
    app["pem"] = json!(PRIVATE_KEY);
    app["client_secret"] = json!("sandbox-client-secret");
    app["webhook_secret"] = Value::Null;
    (StatusCode::CREATED, axum::Json(app)).into_response()
}
