//! Reads a credential from a variable, a file, or a prompt without echo.

use std::io::{IsTerminal, Read};
use std::path::Path;

use shared::config::Config;
use shared::handlers::verify::Connection;
use shared::providers::{self, About, CredentialKind};
use shared::words::{Account, Credential};

use crate::arguments;
use crate::failure::Failure;

/// Longer than any token; installation tokens have about 520 characters.
const MAX_TOKEN: u64 = 16 << 10;

/// The kind of credential of an app, as in GET /v1/providers.
const APP: &str = "github_app";
/// The only field of a token or key, for any kind.
const SECRET: &str = "token";

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

/// The connection to open. Without a provider name, the account's kind and the key's prefix identify the provider.
pub(super) fn connection(arguments: &arguments::Connection) -> Result<Connection, Failure> {
    let credential = credential(&arguments.token)?;
    let (kind, slug) = account(&arguments.account)?;
    let about = match &arguments.account.provider {
        Some(id) => providers::find(id).map(|provider| provider.about()).ok_or_else(|| choose("no such provider"))?,
        None => recognised(&credential, kind)?,
    };
    let kind = match (kind, about.accounts) {
        (Some(kind), _) => kind.to_owned(),
        (None, [only]) => only.kind.to_owned(),
        (None, _) => return Err(Failure::Usage(NO_ACCOUNT.to_owned())),
    };
    Ok(Connection {
        provider: about.id.to_owned(),
        account: Account { kind, slug: slug.to_owned() },
        credential: as_named_by(about, credential),
        api_url: arguments.account.api_url.clone(),
    })
}

/// Renames the kind to the provider's kind with the same fields.
pub(super) fn as_named_by(about: &About, credential: Credential) -> Credential {
    let named = about.credentials.iter().find(|kind| takes(kind, &credential));
    match (named, credential.expose(SECRET)) {
        (Some(named), Some(secret)) => Credential::new(named.kind, [(SECRET, secret.to_owned())]),
        _ => credential,
    }
}

/// Whether the credential has every required field of this kind and no other field.
fn takes(kind: &CredentialKind, credential: &Credential) -> bool {
    let has = |name: &str| credential.field_names().any(|field| field == name);
    kind.fields.iter().all(|field| !field.required || has(field.name))
        && credential.field_names().all(|name| kind.fields.iter().any(|field| field.name == name))
}

const NO_ACCOUNT: &str = "name the account with --organization, --enterprise or --account";

/// Its kind, unless the provider has only one, and its slug.
pub(super) fn account(arguments: &arguments::Account) -> Result<(Option<&'static str>, &str), Failure> {
    match (&arguments.organization, &arguments.enterprise, &arguments.account) {
        (Some(slug), ..) => Ok((Some("organization"), slug)),
        (None, Some(slug), _) => Ok((Some("enterprise"), slug)),
        (None, None, Some(slug)) => Ok((None, slug)),
        (None, None, None) => Err(Failure::Usage(NO_ACCOUNT.to_owned())),
    }
}

fn recognised(credential: &Credential, kind: Option<&str>) -> Result<&'static About, Failure> {
    let abouts = providers::ALL.iter().map(|provider| provider.about());
    let fitting: Vec<&About> = abouts
        .filter(|about| about.credentials.iter().any(|kind| takes(kind, credential)))
        .filter(|about| kind.is_none_or(|kind| about.accounts.iter().any(|known| known.kind == kind)))
        .collect();
    let looks = providers::recognise(credential.expose(SECRET).unwrap_or_default());
    let mut likely = fitting.iter().filter(|about| looks.iter().any(|look| look.opens() && look.provider == about.id));
    match (fitting.as_slice(), likely.next(), likely.next()) {
        ([only], ..) | (_, Some(only), None) => Ok(only),
        _ => Err(match looks.first() {
            Some(look) if !look.opens() => choose(&format!(
                "the token looks like {}, which opens no metered data; connect {} with a key from {}",
                look.what, look.name, look.url
            )),
            Some(_) => {
                let may: Vec<_> = looks.iter().map(|look| look.what.as_str()).collect();
                choose(&format!("the token looks like {}", may.join(" or like ")))
            }
            None => choose("the token's provider is unknown"),
        }),
    }
}

fn choose(why: &str) -> Failure {
    let ids: Vec<_> = providers::ALL.iter().map(|provider| provider.about().id).collect();
    Failure::Usage(format!("{why}; name the provider with --provider: {}", ids.join(", ")))
}
