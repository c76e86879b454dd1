//! The manifest flow: GitHub creates an App with exactly these permissions, and returns its key in exchange for a
//! code.
//!
//! <https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::ProviderError;
use crate::http::{Http, Request};
use crate::providers::{AppForm, NewApp};
use crate::words::{Account, Credential, Fix};

use super::{ABOUT, ENTERPRISE, api, app};

/// GitHub's maximum length. Names are unique; the person who creates the App may change the name in the form.
const MAX_NAME: usize = 34;

pub(super) fn form(account: &Account, api_url: Option<&str>, redirect_url: &str) -> Result<AppForm, ProviderError> {
    let slug = &account.slug;
    if account.kind == ENTERPRISE {
        return Err(ProviderError::NotOffered {
            detail: format!(
                "GitHub cannot create an App of an enterprise from a form; create one by hand at {}/enterprises/{slug}/settings/apps, and connect it with its key",
                api::web_at(api_url)
            ),
        });
    }
    let permissions: Map<String, Value> =
        app::permissions(account).map(|permission| (permission.key.to_owned(), json!("read"))).collect();
    let name: String = format!("Pairmeter {slug}").chars().take(MAX_NAME).collect();
    Ok(AppForm {
        credential: app::KIND,
        post_url: format!("{}/organizations/{slug}/settings/apps/new", api::web_at(api_url)),
        // No webhook: Pairmeter needs no incoming requests.
        manifest: json!({
            "name": name,
            "url": redirect_url,
            "description": "Reads Copilot usage metrics and seats for Pairmeter. It can change nothing.",
            "redirect_url": redirect_url,
            "setup_url": redirect_url,
            "public": false,
            "default_permissions": permissions,
            "default_events": [],
        }),
    })
}

pub(super) async fn convert(http: &Http, api_url: Option<&str>, code: &str) -> Result<NewApp, ProviderError> {
    #[derive(Deserialize)]
    struct ConvertedApp {
        id: u64,
        name: String,
        slug: String,
        pem: String,
    }
    let url = format!("{}/app-manifests/{code}/conversions", api::base(api_url));
    let request = Request { method: Method::POST, ..Request::get(&url, ABOUT.hosts) };
    let response = http.send(api::asking(request)).await?;
    match response.status {
        200 | 201 => {}
        404 | 422 => {
            return Err(ProviderError::Forbidden {
                code: "code_not_good",
                detail: "GitHub refuses the code: it is older than one hour, or was used before".to_owned(),
                fix: Box::new(Fix::text("delete the new App, and start again")),
            });
        }
        429 | 500..=599 => {
            return Err(ProviderError::Unavailable { detail: format!("GitHub answered {}", response.status) });
        }
        status => {
            return Err(ProviderError::Malformed {
                detail: format!("GitHub answered with the unexpected status {status}"),
            });
        }
    }
    // The parser's own message would quote the App's secrets.
    let app: ConvertedApp =
        crate::providers::json::from_slice(&response.bytes(api::MAX_ANSWER).await?).map_err(|_| {
            ProviderError::Malformed {
                detail: "GitHub's answer about the new App differs from its documentation".to_owned(),
            }
        })?;
    let fields = [(app::APP_ID, app.id.to_string()), (app::PRIVATE_KEY, app.pem)];
    Ok(NewApp {
        install_url: format!("{}/apps/{}/installations/new", api::web_at(api_url), app.slug),
        name: app.name,
        credential: Credential::new(app::KIND, fields),
    })
}
