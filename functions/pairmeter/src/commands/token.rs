//! Where a credential comes from: a variable, a file, or a prompt that does not echo.

use std::io::{IsTerminal, Read};
use std::path::Path;

use shared::config::Config;
use shared::providers;
use shared::words::{Account, Credential};

use crate::arguments;
use crate::failure::Failure;

/// Longer than any token; installation tokens have about 520 characters.
const MAX_TOKEN: u64 = 16 << 10;

/// The kind of credential that an app is, as in GET /v1/providers.
const APP: &str = "github_app";

pub(super) fn credential(token: &arguments::Token) -> Result<Credential, Failure> {
    if let arguments::App { app_id: Some(app_id), private_key_file: Some(file), installation_id } = &token.app {
        let installation_id = installation_id.clone().map(|id| ("installation_id", id));
        let fields = [("app_id", app_id.clone()), ("private_key", read(file)?)];
        return Ok(Credential::new(APP, fields.into_iter().chain(installation_id)));
    }
    let text = if let Some(name) = &token.token_env {
        let secret = Config::secret(name)
            .ok_or_else(|| Failure::Usage(format!("the environment variable {name} is not set or empty")))?;
        shared::words::expose(&secret).to_owned()
    } else if let Some(file) = &token.token_file {
        read(file)?
    } else if std::io::stdin().is_terminal() {
        rpassword::prompt_password("Token (not shown): ")?
    } else {
        return Err(Failure::Usage("give the token with --token-env NAME or --token-file FILE, or an app with --app-id ID and --private-key-file FILE".to_owned()));
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::Usage("the token is empty".to_owned()));
    }
    Ok(Credential::token(text))
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(MAX_TOKEN).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_TOKEN).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::Usage(format!("the file {} cannot be read: {error}", file.display())))?;
    Ok(text)
}

/// The provider that is meant; with only one to choose from it need not be named.
pub(super) fn provider(arguments: &arguments::Account) -> Result<String, Failure> {
    match (&arguments.provider, providers::ALL) {
        (Some(id), _) => Ok(id.clone()),
        (None, [only]) => Ok(only.about().id.to_owned()),
        (None, all) => {
            let ids: Vec<_> = all.iter().map(|provider| provider.about().id).collect();
            Err(Failure::Usage(format!("name the provider with --provider: {}", ids.join(", "))))
        }
    }
}

pub(super) fn account(arguments: &arguments::Account) -> Result<Account, Failure> {
    let (kind, slug) = match (&arguments.organization, &arguments.enterprise) {
        (Some(slug), _) => ("organization", slug),
        (None, Some(slug)) => ("enterprise", slug),
        (None, None) => return Err(Failure::Usage("name the account with --organization or --enterprise".to_owned())),
    };
    Ok(Account { kind: kind.to_owned(), slug: slug.clone() })
}
