//! A GitHub App as a credential: signs in with its private key, finds its installation, and exchanges both for a
//! token that lasts one hour.
//!
//! The steps: <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app>.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use reqwest::header::DATE;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::error::ProviderError;
use crate::http::{Response, http_date};
use crate::providers::refusals::Refusal;
use crate::providers::{Call, ShortLived};
use crate::words::{Account, Credential, Fix};

use super::api::{self, MAX_ANSWER, web};
use super::{ENTERPRISE, ORGANIZATION, refusals};

/// The kind of credential, and the kind of its token.
pub(super) const KIND: &str = "github_app";
pub(super) const APP_ID: &str = "app_id";
pub(super) const PRIVATE_KEY: &str = "private_key";
pub(super) const INSTALLATION_ID: &str = "installation_id";

/// A signature starts one minute in the past, as GitHub advises for clocks that are fast, and expires one minute
/// before GitHub's maximum of ten.
const ISSUED_BEFORE: TimeDelta = TimeDelta::seconds(60);
const LASTS: TimeDelta = TimeDelta::minutes(9);
/// Smaller clock differences do not cause a refusal.
const SKEW_THAT_MATTERS: TimeDelta = TimeDelta::seconds(30);
/// Lifetime of an installation token if the answer does not say it.
const TOKEN_LASTS: Duration = Duration::from_secs(60 * 60);

/// Reveals the person behind a login. It is optional: used if granted, never required.
const MEMBERS: &str = "members";

/// One permission of a GitHub App.
pub(super) struct Permission {
    /// Its name in the API.
    pub(super) key: &'static str,
    /// Its name on GitHub's pages.
    title: &'static str,
    account_kind: &'static str,
}

/// The required permissions, all read-only.
const PERMISSIONS: [Permission; 3] = [
    Permission {
        key: "organization_copilot_metrics",
        title: "Organization Copilot metrics",
        account_kind: ORGANIZATION,
    },
    Permission {
        key: "organization_copilot_seat_management",
        title: "GitHub Copilot Business",
        account_kind: ORGANIZATION,
    },
    Permission { key: "enterprise_copilot_metrics", title: "Enterprise Copilot metrics", account_kind: ENTERPRISE },
];

pub(super) fn permissions(account: &Account) -> impl Iterator<Item = &'static Permission> {
    PERMISSIONS.iter().filter(|permission| permission.account_kind == account.kind)
}

/// Permissions to request for a token: Copilot's, billing's and the one that shows e-mail addresses. Other
/// permissions of the App are not requested.
fn is_of_use(key: &str) -> bool {
    let is_of_account = key.starts_with("organization_") || key.starts_with("enterprise_");
    key == MEMBERS
        || is_of_account && (key.contains("copilot") || key.contains("billing") || key.contains("administration"))
}

pub(super) fn is_app(credential: &Credential) -> bool {
    credential.kind == KIND
}

/// The App's installation in one account.
#[derive(Deserialize)]
pub(super) struct Installation {
    id: u64,
    suspended_at: Option<DateTime<Utc>>,
    /// `read`, `write` or `admin` by permission.
    permissions: BTreeMap<String, String>,
    account: Option<Owner>,
}

/// An organization or a person has a login, an enterprise has a slug.
#[derive(Deserialize)]
struct Owner {
    login: Option<String>,
    slug: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The App itself.
#[derive(Deserialize)]
struct About {
    slug: String,
    owner: Option<Owner>,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

impl Installation {
    pub(super) fn lacks(&self, permission: &Permission) -> bool {
        !self.permissions.contains_key(permission.key)
    }

    pub(super) fn page(&self, call: &Call<'_>) -> String {
        format!("{}/{}", installations_page(call), self.id)
    }
}

/// The App's installation in the account: the named one, or the one that GitHub finds.
pub(super) async fn installation(call: &Call<'_>) -> Result<Installation, ProviderError> {
    let slug = &call.account.slug;
    let named = call.credential.expose(INSTALLATION_ID).map(str::trim).filter(|id| !id.is_empty());
    let path = match named {
        Some(id) if !id.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(closed(
                "installation_missing",
                "the installation ID is not a number".to_owned(),
                Fix::new("leave it empty: Pairmeter finds the installation", installations_page(call)),
            ));
        }
        Some(id) => format!("app/installations/{id}"),
        None => format!("{}/installation", api::account_path(call)),
    };
    let Some((_, body)) = as_app(call, Method::GET, &path, None).await? else {
        return Err(not_installed(call, named).await);
    };
    let installation: Installation =
        crate::providers::json::from_slice(&body).map_err(|_| ProviderError::Malformed {
            detail: "GitHub's answer about the installation differs from its documentation".to_owned(),
        })?;
    let owner = installation.account.as_ref().and_then(|owner| owner.login.as_deref().or(owner.slug.as_deref()));
    if let Some(owner) = owner.filter(|owner| !owner.eq_ignore_ascii_case(slug)) {
        return Err(closed(
            "installation_elsewhere",
            format!("the installation {} belongs to {owner}, not to {slug}", installation.id),
            Fix::new(
                format!("leave the installation ID empty, or enter that of {slug}: the number in its page's address"),
                installations_page(call),
            ),
        ));
    }
    if installation.suspended_at.is_some() {
        return Err(refusals::suspended(call, installation.page(call)));
    }
    Ok(installation)
}

/// The token for the account's data: the cached one, or a new one if `refused` is the cached one.
pub(super) async fn token(
    call: &Call<'_>,
    refused: Option<&Arc<SecretString>>,
) -> Result<Arc<SecretString>, ProviderError> {
    call.session.token(refused, async || exchange(call, &installation(call).await?).await).await
}

/// Creates the token for a known installation.
pub(super) async fn token_of(call: &Call<'_>, installation: &Installation) -> Result<(), ProviderError> {
    call.session.token(None, async || exchange(call, installation).await).await.map(|_| ())
}

/// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
async fn exchange(call: &Call<'_>, installation: &Installation) -> Result<ShortLived, ProviderError> {
    #[derive(Deserialize)]
    struct Token {
        token: SecretText,
        expires_at: Option<DateTime<Utc>>,
    }
    let granted = installation.permissions.keys().map(String::as_str);
    let permissions: BTreeMap<&str, &str> = granted.filter(|key| is_of_use(key)).map(|key| (key, "read")).collect();
    // An empty request would grant all permissions. Addresses alone are useless.
    if permissions.keys().all(|key| *key == MEMBERS) {
        return Err(missing_permission(call, installation).await);
    }
    let path = format!("app/installations/{}/access_tokens", installation.id);
    let body = Bytes::from(json!({ "permissions": permissions }).to_string());
    let Some((answered_at, body)) = as_app(call, Method::POST, &path, Some(body)).await? else {
        return Err(not_installed(call, Some(&installation.id.to_string())).await);
    };
    let token: Token = crate::providers::json::from_slice(&body).map_err(|_| ProviderError::Malformed {
        detail: "GitHub's answer for an installation token differs from its documentation".to_owned(),
    })?;
    let lasts = match (token.expires_at, answered_at) {
        (Some(end), Some(now)) => (end - now).to_std().unwrap_or_default(),
        _ => TOKEN_LASTS,
    };
    Ok(ShortLived { token: token.token.0, lasts })
}

/// Text that is secret from the moment it is read.
#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(SecretString);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// The time of the answer by GitHub's clock, and the body.
type TimedAnswer = (Option<DateTime<Utc>>, Bytes);

/// One request with the App's signature. If our clock turns out to be wrong, retries once with GitHub's time. `None`
/// is a 404 that does not concern the App itself.
async fn as_app(
    call: &Call<'_>,
    method: Method,
    path: &str,
    body: Option<Bytes>,
) -> Result<Option<TimedAnswer>, ProviderError> {
    let now = call.session.since(call.now);
    let mut response = api::send(call, method.clone(), path, &sign(call, now)?, body.clone()).await?;
    if response.status == 401
        && let Some(theirs) = date(&response)
        && (theirs - now).abs() > SKEW_THAT_MATTERS
    {
        tracing::warn!(seconds = (now - theirs).num_seconds(), "this machine's clock differs from GitHub's");
        response = api::send(call, method, path, &sign(call, theirs)?, body).await?;
    }
    let answered_at = date(&response);
    match response.status {
        200 | 201 => Ok(Some((answered_at, response.bytes(MAX_ANSWER).await?))),
        401 => Err(closed(
            "app_key_refused",
            format!(
                "GitHub refuses the private key for the App {}: it was deleted, or it belongs to another App",
                id(call)
            ),
            Fix::new(
                "create a new private key on the App's page (General, Private keys), and enter it with the App ID of the same page",
                apps_page(call),
            ),
        )),
        404 => {
            let is_unknown = Refusal::read(response, MAX_ANSWER).await.says("integration not found");
            let unknown = || {
                closed(
                    "app_unknown",
                    format!("GitHub has no App {}", id(call)),
                    Fix::new("copy the App ID (or the client ID) from the App's page, General, About", apps_page(call)),
                )
            };
            if is_unknown { Err(unknown()) } else { Ok(None) }
        }
        _ => Err(api::refusal(call, response).await),
    }
}

fn date(response: &Response) -> Option<DateTime<Utc>> {
    response.headers.get(DATE).and_then(http_date).map(|date| date.to_utc())
}

/// The App's signature about itself: a JWT with RS256.
fn sign(call: &Call<'_>, now: DateTime<Utc>) -> Result<SecretString, ProviderError> {
    let unreadable = |why: &str| {
        closed(
            "app_key_unreadable",
            format!("the private key cannot be read: {why}"),
            Fix::new(
                "use the complete .pem file that GitHub offered for download, from -----BEGIN to the last line",
                apps_page(call),
            ),
        )
    };
    let pem = call.credential.expose(PRIVATE_KEY).unwrap_or_default();
    let key = key_pair(pem).map_err(unreadable)?;
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = part(json!({"alg": "RS256", "typ": "JWT"}));
    let issued = (now - ISSUED_BEFORE).timestamp();
    let claims = part(json!({"iat": issued, "exp": issued + LASTS.num_seconds(), "iss": id(call)}));
    let message = format!("{header}.{claims}");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
        .map_err(|_| unreadable("it cannot sign"))?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
}

/// PKCS#1, GitHub's format, or PKCS#8, which some tools write. Environment variables often contain `\n` for line
/// breaks.
fn key_pair(pem: &str) -> Result<KeyPair, &'static str> {
    let unescaped: Option<SecretString> = pem.contains("\\n").then(|| pem.replace("\\n", "\n").into());
    let pem = unescaped.as_ref().map_or(pem, |pem| pem.expose_secret());
    if pem.contains("BEGIN ENCRYPTED") {
        return Err("it is protected with a passphrase");
    }
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "it is not a PEM file, or it is incomplete")?;
    let pair = match &key {
        PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
        _ => return Err("it is not an RSA key"),
    };
    pair.map_err(|_| "it is not an RSA key of at least 2048 bits")
}

fn id<'a>(call: &'a Call<'_>) -> &'a str {
    call.credential.expose(APP_ID).unwrap_or_default().trim()
}

fn closed(code: &'static str, detail: String, fix: Fix) -> ProviderError {
    ProviderError::Closed { code, detail, fix: Box::new(fix) }
}

/// The App was never installed, or was removed. The page to install it is known once the App's name is known.
async fn not_installed(call: &Call<'_>, named: Option<&str>) -> ProviderError {
    let about = match about(call).await {
        Ok(about) => about,
        Err(error) => return error,
    };
    let slug = &call.account.slug;
    let page = format!("{}/apps/{}/installations/new", web(call), about.slug);
    let install = format!("an owner of {slug} must install the App {} on {slug}", about.slug);
    match named {
        Some(id) => closed(
            "installation_missing",
            format!("the App has no installation {id}: it was removed from {slug}, or it belongs to another App"),
            Fix::new(format!("{install}; leave the installation ID empty: Pairmeter finds it"), page),
        ),
        None => closed(
            "app_not_installed",
            format!("the GitHub App is not installed on {slug}, or was removed from it"),
            Fix::new(install, page),
        ),
    }
}

/// Names the missing permissions and who must act: the App's owner, who adds them, or the account's owner, who
/// accepts them.
pub(super) async fn missing_permission(call: &Call<'_>, installation: &Installation) -> ProviderError {
    let slug = &call.account.slug;
    let missing: Vec<&Permission> =
        permissions(call.account).filter(|permission| installation.lacks(permission)).collect();
    let names: Vec<String> = missing.iter().map(|permission| format!("\"{}\" (read)", permission.title)).collect();
    let names = names.join(" and ");
    let detail = format!("the GitHub App lacks {names} on {slug}");
    let about = about(call).await.ok();
    let asks_for_all =
        about.as_ref().is_some_and(|about| missing.iter().all(|missing| about.permissions.contains_key(missing.key)));
    let fix = match about {
        Some(about) if !asks_for_all => Fix::new(
            format!(
                "give the App {names} (Permissions & events, {}), then an owner of {slug} must accept it",
                if call.account.kind == ENTERPRISE { "Enterprise permissions" } else { "Organization permissions" }
            ),
            permissions_page(call, &about),
        ),
        _ => Fix::new(
            format!("an owner of {slug} must accept the App's new permissions: Review request on its page"),
            installation.page(call),
        ),
    };
    ProviderError::Forbidden { code: "missing_permission", detail, fix: Box::new(fix) }
}

async fn about(call: &Call<'_>) -> Result<About, ProviderError> {
    let answer = as_app(call, Method::GET, "app", None).await?;
    answer.and_then(|(_, body)| crate::providers::json::from_slice(&body).ok()).ok_or_else(|| {
        ProviderError::Malformed { detail: "GitHub's answer about the App differs from its documentation".to_owned() }
    })
}

/// The page where an owner sees the installed Apps.
fn installations_page(call: &Call<'_>) -> String {
    format!("{}/settings/installations", owner_page(call))
}

/// The page of the account's own Apps; a connected App usually is one of them.
fn apps_page(call: &Call<'_>) -> String {
    format!("{}/settings/apps", owner_page(call))
}

fn owner_page(call: &Call<'_>) -> String {
    let kind = if call.account.kind == ENTERPRISE { "enterprises" } else { "organizations" };
    format!("{}/{kind}/{}", web(call), call.account.slug)
}

fn permissions_page(call: &Call<'_>, about: &About) -> String {
    let owner = match &about.owner {
        Some(Owner { login: Some(login), kind: Some(kind), .. }) if kind == "Organization" => {
            format!("/organizations/{login}")
        }
        Some(Owner { login: None, slug: Some(slug), .. }) => format!("/enterprises/{slug}"),
        // An App of a person.
        _ => String::new(),
    };
    format!("{}{owner}/settings/apps/{}/permissions", web(call), about.slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST_KEY: &str = sandbox::github::apps::PRIVATE_KEY;

    #[test]
    fn a_key_is_read_with_escaped_line_breaks_and_surrounding_text() {
        let modulus = |pem: &str| key_pair(pem).map(|key| key.public().modulus_len());
        assert_eq!(modulus(TEST_KEY), Ok(256));
        assert_eq!(modulus(&TEST_KEY.replace('\n', "\\n")), Ok(256));
        assert_eq!(modulus(&TEST_KEY.replace('\n', "\r\n")), Ok(256));
        assert_eq!(modulus(TEST_KEY.trim_end()), Ok(256));
    }

    #[test]
    fn an_invalid_key_is_explained_and_not_repeated() {
        let begin = "-----BEGIN PRIVATE KEY-----\n";
        for (pem, why) in [
            ("", "it is not a PEM file, or it is incomplete"),
            ("ghp_topsecret", "it is not a PEM file, or it is incomplete"),
            (&TEST_KEY[..TEST_KEY.len() / 2], "it is not a PEM file, or it is incomplete"),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "it is protected with a passphrase",
            ),
            ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "it is not an RSA key"),
            (&format!("{begin}AAAA\n-----END PRIVATE KEY-----\n"), "it is not an RSA key of at least 2048 bits"),
        ] {
            assert_eq!(key_pair(pem).map(|_| ()), Err(why), "{pem}");
        }
    }
}
