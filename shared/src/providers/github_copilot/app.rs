//! A GitHub App as a credential: signs in with its private key, finds its installation, and exchanges both for a token
//! of an hour.
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

/// The kind of credential, and what its token is called.
pub(super) const KIND: &str = "github_app";
pub(super) const APP_ID: &str = "app_id";
pub(super) const PRIVATE_KEY: &str = "private_key";
pub(super) const INSTALLATION_ID: &str = "installation_id";

/// A signature names a time a minute ago, as GitHub advises, so that a clock that is fast by as much still works; and
/// ends a minute before the ten that GitHub allows.
const ISSUED_BEFORE: TimeDelta = TimeDelta::seconds(60);
const LASTS: TimeDelta = TimeDelta::minutes(9);
/// A clock that is off by less is not what GitHub refuses.
const SKEW_THAT_MATTERS: TimeDelta = TimeDelta::seconds(30);
/// How long an installation token lasts where the answer does not say.
const TOKEN_LASTS: Duration = Duration::from_secs(60 * 60);

/// Shows who is behind a login. No App is asked to have it: it is of use where it is given.
const MEMBERS: &str = "members";

/// One permission of a GitHub App.
pub(super) struct Permission {
    /// Its name in the API.
    pub(super) key: &'static str,
    /// Its name on GitHub's pages.
    title: &'static str,
    account_kind: &'static str,
}

/// What an App is asked to have, all of it read-only.
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

/// What a token is made for: Copilot's permissions, those of billing, and the one that shows e-mail addresses, whatever
/// else the App has.
fn is_of_use(key: &str) -> bool {
    let is_of_account = key.starts_with("organization_") || key.starts_with("enterprise_");
    key == MEMBERS
        || is_of_account && (key.contains("copilot") || key.contains("billing") || key.contains("administration"))
}

pub(super) fn is_app(credential: &Credential) -> bool {
    credential.kind == KIND
}

/// The App in one account.
#[derive(Deserialize)]
pub(super) struct Installation {
    id: u64,
    suspended_at: Option<DateTime<Utc>>,
    /// `read`, `write` or `admin` by permission.
    permissions: BTreeMap<String, String>,
    account: Option<Owner>,
}

/// An organization or a person has a login, an enterprise a slug.
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

/// The App's installation in the account: the one that is named, or the one that GitHub finds.
pub(super) async fn installation(call: &Call<'_>) -> Result<Installation, ProviderError> {
    let slug = &call.account.slug;
    let named = call.credential.expose(INSTALLATION_ID).map(str::trim).filter(|id| !id.is_empty());
    let path = match named {
        Some(id) if !id.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(closed(
                "installation_missing",
                "the installation id is no number".to_owned(),
                Fix::new("leave it out: GitHub finds the installation by itself", installations_page(call)),
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
            detail: "GitHub's answer about the installation is not what it documents".to_owned(),
        })?;
    let owner = installation.account.as_ref().and_then(|owner| owner.login.as_deref().or(owner.slug.as_deref()));
    if let Some(owner) = owner.filter(|owner| !owner.eq_ignore_ascii_case(slug)) {
        return Err(closed(
            "installation_elsewhere",
            format!("the installation {} belongs to {owner}, not to {slug}", installation.id),
            Fix::new(
                format!("leave the installation id out, or give that of {slug}: the number in its page's address"),
                installations_page(call),
            ),
        ));
    }
    if installation.suspended_at.is_some() {
        return Err(refusals::suspended(call, installation.page(call)));
    }
    Ok(installation)
}

/// The token for the account's data: the one in use, or a new one, also if `refused` is the one in use.
pub(super) async fn token(
    call: &Call<'_>,
    refused: Option<&Arc<SecretString>>,
) -> Result<Arc<SecretString>, ProviderError> {
    call.session.token(refused, async || exchange(call, &installation(call).await?).await).await
}

/// Makes the token for an installation that is known already.
pub(super) async fn token_of(call: &Call<'_>, installation: &Installation) -> Result<(), ProviderError> {
    call.session.token(None, async || exchange(call, installation).await).await.map(|_| ())
}

/// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
async fn exchange(call: &Call<'_>, installation: &Installation) -> Result<ShortLived, ProviderError> {
    #[derive(Deserialize)]
    struct Made {
        token: SecretText,
        expires_at: Option<DateTime<Utc>>,
    }
    let granted = installation.permissions.keys().map(String::as_str);
    let wanted: BTreeMap<&str, &str> = granted.filter(|key| is_of_use(key)).map(|key| (key, "read")).collect();
    // Asked for none, GitHub would give all. Addresses alone are of no use.
    if wanted.keys().all(|key| *key == MEMBERS) {
        return Err(missing_permission(call, installation).await);
    }
    let path = format!("app/installations/{}/access_tokens", installation.id);
    let body = Bytes::from(json!({ "permissions": wanted }).to_string());
    let Some((answered_at, body)) = as_app(call, Method::POST, &path, Some(body)).await? else {
        return Err(not_installed(call, Some(&installation.id.to_string())).await);
    };
    let made: Made = crate::providers::json::from_slice(&body).map_err(|_| ProviderError::Malformed {
        detail: "GitHub's answer for an installation token is not what it documents".to_owned(),
    })?;
    let lasts = match (made.expires_at, answered_at) {
        (Some(end), Some(now)) => (end - now).to_std().unwrap_or_default(),
        _ => TOKEN_LASTS,
    };
    Ok(ShortLived { token: made.token.0, lasts })
}

/// A text that is secret from the moment it is read.
#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(SecretString);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// When GitHub answered, by its own clock, and what.
type Told = (Option<DateTime<Utc>>, Bytes);

/// One call with the App's signature; where our clock turns out to be wrong, once more by GitHub's. None is a 404 that
/// is not about the App itself.
async fn as_app(
    call: &Call<'_>,
    method: Method,
    path: &str,
    body: Option<Bytes>,
) -> Result<Option<Told>, ProviderError> {
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
            format!("GitHub refuses the private key for the App {}: it was deleted, or is another App's", id(call)),
            Fix::new(
                "make a new private key on the App's page (General, Private keys), and give it with the App ID of the same page",
                apps_page(call),
            ),
        )),
        404 => {
            let is_unknown = Refusal::read(response, MAX_ANSWER).await.says("integration not found");
            let unknown = || {
                closed(
                    "app_unknown",
                    format!("GitHub knows no App {}", id(call)),
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

/// The App's own word that it is itself: a JWT, RS256.
fn sign(call: &Call<'_>, now: DateTime<Utc>) -> Result<SecretString, ProviderError> {
    let unreadable = |why: &str| {
        closed(
            "app_key_unreadable",
            format!("the private key cannot be read: {why}"),
            Fix::new(
                "give the whole .pem file that GitHub offered for download, from -----BEGIN to the last line",
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
        .map_err(|_| unreadable("it does not sign"))?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
}

/// PKCS#1, as GitHub offers it, or PKCS#8, as some tools rewrite it. Variables often have `\n` for the line breaks.
fn key_pair(pem: &str) -> Result<KeyPair, &'static str> {
    let unescaped: Option<SecretString> = pem.contains("\\n").then(|| pem.replace("\\n", "\n").into());
    let pem = unescaped.as_ref().map_or(pem, |pem| pem.expose_secret());
    if pem.contains("BEGIN ENCRYPTED") {
        return Err("it is locked with a passphrase");
    }
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "it is no PEM file, or not all of it")?;
    let pair = match &key {
        PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
        _ => return Err("it is no RSA key"),
    };
    pair.map_err(|_| "it is no RSA key of 2048 bits or more")
}

fn id<'a>(call: &'a Call<'_>) -> &'a str {
    call.credential.expose(APP_ID).unwrap_or_default().trim()
}

fn closed(code: &'static str, detail: String, fix: Fix) -> ProviderError {
    ProviderError::Closed { code, detail, fix: Box::new(fix) }
}

/// Never installed, or removed since: where it can be installed is known once the App says its name.
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
            format!("the App has no installation {id}: it was removed from {slug}, or is another App's"),
            Fix::new(format!("{install}; leave the installation id out: GitHub finds it by itself"), page),
        ),
        None => closed(
            "app_not_installed",
            format!("the GitHub App is not installed on {slug}, or was removed from it"),
            Fix::new(install, page),
        ),
    }
}

/// Which permissions are missing, by name, and who must act: the App's owner, who adds them, or the account's, who
/// accepts what was added.
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
    let told = as_app(call, Method::GET, "app", None).await?;
    told.and_then(|(_, body)| crate::providers::json::from_slice(&body).ok()).ok_or_else(|| ProviderError::Malformed {
        detail: "GitHub's answer about the App is not what it documents".to_owned(),
    })
}

/// Where an owner sees the Apps that are installed.
fn installations_page(call: &Call<'_>) -> String {
    format!("{}/settings/installations", owner_page(call))
}

/// Where the Apps of the account itself are; they usually are the account's own.
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
        // A person's own.
        _ => String::new(),
    };
    format!("{}{owner}/settings/apps/{}/permissions", web(call), about.slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST_KEY: &str = include_str!("../../sandbox/github/test-app-key.pem");

    #[test]
    fn a_key_is_read_also_with_line_breaks_that_were_escaped_and_text_around_it() {
        let modulus = |pem: &str| key_pair(pem).map(|key| key.public().modulus_len());
        assert_eq!(modulus(TEST_KEY), Ok(256));
        assert_eq!(modulus(&TEST_KEY.replace('\n', "\\n")), Ok(256));
        assert_eq!(modulus(&TEST_KEY.replace('\n', "\r\n")), Ok(256));
        assert_eq!(modulus(TEST_KEY.trim_end()), Ok(256));
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_without_repeating_it() {
        let begin = "-----BEGIN PRIVATE KEY-----\n";
        for (pem, why) in [
            ("", "it is no PEM file, or not all of it"),
            ("ghp_topsecret", "it is no PEM file, or not all of it"),
            (&TEST_KEY[..TEST_KEY.len() / 2], "it is no PEM file, or not all of it"),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "it is locked with a passphrase",
            ),
            ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "it is no RSA key"),
            (&format!("{begin}AAAA\n-----END PRIVATE KEY-----\n"), "it is no RSA key of 2048 bits or more"),
        ] {
            assert_eq!(key_pair(pem).map(|_| ()), Err(why), "{pem}");
        }
    }
}
