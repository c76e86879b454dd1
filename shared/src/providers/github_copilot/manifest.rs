//! The manifest flow: GitHub makes an App with exactly these permissions, and hands out its key for a code.
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

/// GitHub takes no longer name, and no name twice; whoever makes the App may change it in the form.
const MAX_NAME: usize = 34;

pub(super) fn form(account: &Account, api_url: Option<&str>, redirect_url: &str) -> Result<AppForm, ProviderError> {
    let slug = &account.slug;
    if account.kind == ENTERPRISE {
        return Err(ProviderError::NotOffered {
            detail: format!(
                "GitHub makes no App of an enterprise from a form; make one by hand at {}/enterprises/{slug}/settings/apps, and connect it with its key",
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
        // No webhook: nothing has to reach us from outside.
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
    struct Made {
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
                detail: "GitHub does not know the code: it is an hour old, or was used before".to_owned(),
                fix: Box::new(Fix::text("delete the App that was made, and start again")),
            });
        }
        429 | 500..=599 => {
            return Err(ProviderError::Unavailable { detail: format!("GitHub answered {}", response.status) });
        }
        status => {
            return Err(ProviderError::Malformed {
                detail: format!("GitHub answered {status}, which it is not known to do"),
            });
        }
    }
    // The parser's own message would quote what it could not read.
    let made: Made = crate::providers::json::from_slice(&response.bytes(api::MAX_ANSWER).await?).map_err(|_| {
        ProviderError::Malformed { detail: "GitHub's answer about the new App is not what it documents".to_owned() }
    })?;
    let fields = [(app::APP_ID, made.id.to_string()), (app::PRIVATE_KEY, made.pem)];
    Ok(NewApp {
        install_url: format!("{}/apps/{}/installations/new", api::web_at(api_url), made.slug),
        name: made.name,
        credential: Credential::new(app::KIND, fields),
    })
}
