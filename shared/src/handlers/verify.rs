//! Verifies a connection with real data; nothing is stored.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::error::Error;
use crate::http::{Http, Requester};
use crate::providers::{self, Access, Call};
use crate::words::{Account, Credential, Days, Policy, Verification};

/// A response within 25 s is promised, regardless of the provider; the rest is time to write it.
const VERIFY_WITHIN: Duration = Duration::from_secs(22);
const PREVIEW_DAYS: u32 = 14;
/// Longer than any provider's slug.
const MAX_SLUG: usize = 100;

/// The account and the credential to connect.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub provider: String,
    pub account: Account,
    /// `{"kind": "token", "token": "..."}`; the kinds and fields of each provider are in `GET /v1/providers`.
    #[schema(value_type = Object)]
    pub credential: Credential,
    /// A base URL other than the provider's own, such as `https://api.SUBDOMAIN.ghe.com`.
    #[serde(default)]
    pub api_url: Option<String>,
}

#[derive(Clone)]
pub struct Verify {
    pub http: Http,
    pub clock: Arc<dyn Clock>,
    pub policy: Policy,
}

impl Verify {
    pub async fn run(&self, connection: &Connection) -> Result<Verification, Error> {
        let provider = self.validate(connection)?;
        let Connection { account, credential, api_url, .. } = connection;
        let verification = match self.policy.refuses_account(&connection.provider, account) {
            // Its credential is nothing to be sent anywhere.
            Some(refused) => Verification::refused(refused),
            None => {
                let http = self.http.within(VERIFY_WITHIN);
                let asking = Requester::new(&connection.provider, account, credential);
                let http = http.sharing(provider.about().limits, asking);
                let now = self.clock.now();
                let call = Call::new(&http, credential, account, api_url.as_deref(), now);
                let preview = Days::before(now.date_naive(), PREVIEW_DAYS);
                self.policy.judge(provider.verify(&call, preview).await)
            }
        };
        tracing::info!(
            provider = connection.provider,
            account = connection.account.slug,
            verdict = ?verification.verdict,
            "verified"
        );
        Ok(verification)
    }

    /// What can be said without asking the provider.
    pub(super) fn validate(&self, connection: &Connection) -> Result<&'static dyn Access, Error> {
        let Some(provider) = providers::access(&connection.provider) else {
            let known: Vec<_> = providers::ALL.iter().map(|provider| provider.about().id).collect();
            return Err(Error::invalid("provider", format!("is unknown; known: {}", known.join(", "))));
        };
        let about = provider.about();
        validate_account(&self.http, provider, &connection.account, connection.api_url.as_deref())?;
        let credential = &connection.credential;
        let Some(kind) = about.credentials.iter().find(|kind| kind.kind == credential.kind) else {
            let kinds: Vec<_> = about.credentials.iter().map(|kind| kind.kind).collect();
            return Err(Error::invalid("credential.kind", format!("{} takes {}", about.name, kinds.join(" or "))));
        };
        for field in kind.fields {
            let given = credential.expose(field.name).is_some_and(|value| !value.trim().is_empty());
            if field.required && !given {
                return Err(Error::invalid(format!("credential.{}", field.name), "must not be empty"));
            }
        }
        if let Some(name) = credential.field_names().find(|name| kind.fields.iter().all(|field| field.name != *name)) {
            return Err(Error::invalid(format!("credential.{name}"), format!("{} has no such field", kind.kind)));
        }
        Ok(provider)
    }
}

/// What can be said of an account and its address without asking the provider.
pub(super) fn validate_account(
    http: &Http,
    provider: &dyn Access,
    account: &Account,
    api_url: Option<&str>,
) -> Result<(), Error> {
    let about = provider.about();
    if !about.accounts.iter().any(|kind| kind.kind == account.kind) {
        let kinds: Vec<_> = about.accounts.iter().map(|kind| kind.kind).collect();
        return Err(Error::invalid("account.kind", format!("{} has {}", about.name, kinds.join(" and "))));
    }
    validate_slug(&account.slug)?;
    let Some(url) = api_url else {
        return Ok(());
    };
    http.allows_base(url, about.hosts)
        .map_err(|why| Error::invalid("api_url", format!("{why}; allowed are {}", about.hosts.join(", "))))
}

fn validate_slug(slug: &str) -> Result<(), Error> {
    let wrong = |why: &str| Err(Error::invalid("account.slug", why));
    if slug.is_empty() {
        return wrong("must not be empty");
    }
    if slug.contains("://") || slug.contains('/') {
        let name = slug.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        return wrong(&format!("enter only the name, not the URL: `{name}`?"));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !slug.bytes().all(is_plain) || slug.bytes().all(|byte| byte == b'.') {
        return wrong("letters, digits, `-`, `_` and `.` only");
    }
    if slug.len() > MAX_SLUG {
        return wrong(&format!("must be at most {MAX_SLUG} characters"));
    }
    Ok(())
}
