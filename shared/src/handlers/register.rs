//! Makes an app at a provider by a click: a form for the browser, then a connector that waits for its installation.
//!
//! The key of a new app goes from the provider into the secret store and nowhere else: no browser carries it, and this
//! function cannot read it back. So the connector comes before its first verification: it says that its owner must
//! install the app, and where; the first good poll, asked for or daily, makes it active and fetches its history.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::{IntoParams, ToSchema};

use super::save::{create, free_name, new_connector};
use super::verify::validate_account;
use crate::clock::Clock;
use crate::error::Error;
use crate::http::Http;
use crate::ports::{ConnectorStore, SecretStore};
use crate::providers::{self, Access, AppForm};
use crate::words::{Account, Connector, ConnectorState, Policy, TokenFacts, Verification};

const REGISTER_WITHIN: Duration = Duration::from_secs(22);
const STATE_BYTES: usize = 16;

/// The account that the app is for, and where the browser goes when it is made.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The account's kind.
    pub kind: String,
    /// The account's name in the provider's URLs.
    pub slug: String,
    /// The page that the provider redirects to, with `code` and `state` in its query: https, or http on this computer.
    pub redirect_url: String,
    /// A base URL other than the provider's own, such as `https://api.SUBDOMAIN.ghe.com`.
    pub api_url: Option<String>,
}

/// What the browser posts: a form with the one field `manifest`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AppManifest)]
pub struct Form {
    /// The provider's page that receives the form; it contains `state`.
    pub post_url: String,
    /// The app with exactly the permissions it needs, as JSON; the field's value is its text.
    #[schema(value_type = Object)]
    pub manifest: serde_json::Value,
    /// Returned with the code. The page must refuse a code that returns with another state.
    pub state: String,
}

/// The code that the provider added to the redirect.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AppCode)]
pub struct Code {
    /// Valid once, for one hour.
    pub code: String,
    pub account: Account,
    /// Unique among connectors. If omitted, the account's slug, with the provider's name if the slug is taken.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub api_url: Option<String>,
}

/// The new app.
#[derive(Debug, Serialize, ToSchema)]
pub struct App {
    pub name: String,
    /// Where an owner of the account installs it.
    pub install_url: String,
}

#[derive(Clone)]
pub struct Register {
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub clock: Arc<dyn Clock>,
    pub http: Http,
    pub policy: Policy,
}

impl Register {
    /// Nothing is made yet. An account that is connected already gets no form: its app would have nowhere to go.
    pub async fn form(&self, provider: &str, wish: &Wish) -> Result<Form, Error> {
        validate_page(&wish.redirect_url)?;
        let account = Account { kind: wish.kind.clone(), slug: wish.slug.clone() };
        let provider = self.validate(provider, &account, wish.api_url.as_deref()).await.map_err(unnested)?;
        let mut random = [0; STATE_BYTES];
        getrandom::fill(&mut random).map_err(|error| crate::error::StoreError::Unavailable(error.into()))?;
        let state: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let AppForm { post_url, manifest, .. } =
            provider.app_form(&account, wish.api_url.as_deref(), &wish.redirect_url)?;
        Ok(Form { post_url: format!("{post_url}?state={state}"), manifest, state })
    }

    /// Asks for the app's key, stores it, and answers with the connector that waits for the app's installation.
    pub async fn run(&self, provider: &str, code: Code) -> Result<(Connector, App), Error> {
        let name = free_name(&*self.connectors, code.name.as_deref(), provider, &code.account).await?;
        if code.code.is_empty() || !code.code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            return Err(Error::invalid("code", "letters, digits, `-` and `_` only, as in the address"));
        }
        let provider = self.validate(provider, &code.account, code.api_url.as_deref()).await?;
        let http = self.http.within(REGISTER_WITHIN);
        let made = provider.convert_app(&http, code.api_url.as_deref(), &code.code).await?;
        let now = self.clock.now();
        let install = format!(
            "install the app {} on {}: {}; then request a poll, or wait for the next one",
            made.name, code.account.slug, made.install_url
        );
        let connector = Connector {
            state: ConnectorState::OwnerMustAct,
            state_detail: Some(install),
            token: TokenFacts { kind: made.credential.kind.clone(), ..TokenFacts::default() },
            ..new_connector(name, provider.about().id.to_owned(), code.account, code.api_url, now)
        };
        create(&*self.connectors, &*self.secrets, &connector, &made.credential).await?;
        tracing::info!(connector = %connector.id, provider = connector.provider, app = made.name, "created an app");
        Ok((connector, App { name: made.name, install_url: made.install_url }))
    }

    /// What can be said before the provider is asked: a code is good once, and must not be spent in vain.
    async fn validate(
        &self,
        provider: &str,
        account: &Account,
        api_url: Option<&str>,
    ) -> Result<&'static dyn Access, Error> {
        let found = providers::access(provider).ok_or_else(|| Error::not_found(format!("provider {provider}")))?;
        validate_account(&self.http, found, account, api_url)?;
        // A page that will do: only the kind of credential is asked for here.
        let kind = found.app_form(account, api_url, "https://localhost/")?.credential;
        let refused = self.policy.refuses_account(provider, account).or_else(|| self.policy.refuses_token(kind));
        if let Some(refused) = refused {
            return Err(Error::Unverified(Box::new(Verification::refused(refused))));
        }
        let mut after = None;
        loop {
            let page = self.connectors.list(after.as_ref()).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after = Some(last.id.clone());
            let is_same = |known: &Connector| {
                known.provider == provider
                    && known.account.kind == account.kind
                    && known.account.slug.eq_ignore_ascii_case(&account.slug)
            };
            if page.iter().any(is_same) {
                return Err(Error::Conflict {
                    why: format!(
                        "{} {} is connected already; create the app by hand and rotate the connector's credential",
                        account.kind, account.slug
                    ),
                });
            }
        }
    }
}

/// In a query the account's fields stand alone.
fn unnested(error: Error) -> Error {
    match error {
        Error::Invalid { field, why } => Error::invalid(field.trim_start_matches("account."), why),
        other => other,
    }
}

/// The code comes back to this page, so it must be one that only its owner can read.
fn validate_page(page: &str) -> Result<(), Error> {
    let page = Url::parse(page).map_err(|_| Error::invalid("redirect_url", "is not a URL"))?;
    let is_here = match page.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_private = page.scheme() == "https" && page.host().is_some() || page.scheme() == "http" && is_here;
    let is_plain = page.username().is_empty() && page.password().is_none();
    if is_private && is_plain {
        return Ok(());
    }
    Err(Error::invalid("redirect_url", "must be https, or http on this computer, without a user or password"))
}
