//! Settings: the one file that reads the environment.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::app::admin::{Bearer, Oidc};
use crate::handlers::notify_expiry::Reminders;
use crate::http::Detours;
use crate::words::Policy;

/// Sends provider hosts elsewhere: `api.github.com=http://127.0.0.1:9001,...`. For tests, the sandbox and proxies.
pub const DETOUR: &str = "PAIRMETER_DETOUR";
/// The bearer token of the API; made and kept in the data folder if unset.
pub const TOKEN: &str = "PAIRMETER_TOKEN";
/// The key that seals credentials: 64 hexadecimal digits; made and kept in the data folder if unset.
pub const KEY: &str = "PAIRMETER_KEY";
/// What to log, e.g. `info` or `shared=debug`.
pub const LOG: &str = "PAIRMETER_LOG";
/// Where the single process keeps its data, if `--data` is not given.
pub const DATA: &str = "PAIRMETER_DATA";
/// The mail server of the single process: `smtps://user:password@mail.example.com`; the log takes its place if unset.
pub const SMTP: &str = "PAIRMETER_SMTP";
pub const MAIL_FROM: &str = "PAIRMETER_MAIL_FROM";
/// Who is told, separated by commas.
pub const MAIL_TO: &str = "PAIRMETER_MAIL_TO";
/// Days before a token's expiry on which a reminder is sent: `14,7,3,1,0` if unset.
pub const NOTIFY_DAYS: &str = "PAIRMETER_NOTIFY_DAYS";
/// Maximum age, in days, of tokens without a known expiry date: `365` if unset; `0` disables the check.
pub const TOKEN_DAYS: &str = "PAIRMETER_TOKEN_DAYS";
/// The public address of Pairmeter, for the links in mails.
pub const URL: &str = "PAIRMETER_URL";
/// The accounts that may be connected, as `provider/kind/slug` with `*` for anything, separated by commas; any if unset.
pub const ALLOWED_ACCOUNTS: &str = "PAIRMETER_ALLOWED_ACCOUNTS";
/// The kinds of token that may be used, e.g. `github_app,fine_grained_pat`; any if unset.
pub const ALLOWED_TOKENS: &str = "PAIRMETER_ALLOWED_TOKENS";
/// Who signs people in to the admin page, as template.yaml says: the address of an OpenID provider. Without it the page
/// asks for a token.
pub const ISSUER: &str = "PAIRMETER_ISSUER";
/// The page's id there.
pub const CLIENT_ID: &str = "PAIRMETER_CLIENT_ID";
/// What a token for the API names as its audience; the page's id if unset.
pub const AUDIENCE: &str = "PAIRMETER_AUDIENCE";
/// The scopes that the page requests at sign-in: `openid email` if unset.
pub const SCOPE: &str = "PAIRMETER_SCOPE";
/// Where the issuer answers the page, if that is another host than its own.
pub const TOKEN_HOST: &str = "PAIRMETER_TOKEN_HOST";

/// The Lambdas' tables; template.yaml makes them and says so to every function. Roles decide who may do what there.
pub const CONNECTORS_TABLE: &str = "PAIRMETER_CONNECTORS_TABLE";
pub const SEGMENTS_TABLE: &str = "PAIRMETER_SEGMENTS_TABLE";
pub const IDENTITIES_TABLE: &str = "PAIRMETER_IDENTITIES_TABLE";
pub const NOTICES_TABLE: &str = "PAIRMETER_NOTICES_TABLE";
pub const JOBS_TABLE: &str = "PAIRMETER_JOBS_TABLE";
pub const ARCHIVE_BUCKET: &str = "PAIRMETER_ARCHIVE_BUCKET";
pub const BUS: &str = "PAIRMETER_BUS";
/// The queue whose messages the poller may put off.
pub const QUEUE_URL: &str = "PAIRMETER_QUEUE_URL";
/// What the names of secrets start with.
pub const SECRETS: &str = "PAIRMETER_SECRETS";
/// The key that encrypts secrets; the account's own for Secrets Manager if unset.
pub const SECRETS_KEY: &str = "PAIRMETER_SECRETS_KEY";
/// The topic of the reminders, which are mailed to its subscribers.
pub const TOPIC: &str = "PAIRMETER_TOPIC";
/// The topic of the alarms.
pub const ALARM_TOPIC: &str = "PAIRMETER_ALARM_TOPIC";
/// `true` if the stack subscribed an e-mail address to both topics.
pub const EXPECTS_MAIL: &str = "PAIRMETER_EXPECTS_MAIL";
/// The dimension of the metrics: which of several Pairmeters in one account.
pub const STACK: &str = "PAIRMETER_STACK";

/// What the Lambda service itself sets; <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.
const REGION: &str = "AWS_REGION";
const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
/// Another place for every service; the local bench sets it.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// What the environment says. Secrets cannot be printed.
#[derive(Debug, Default)]
pub struct Config {
    pub detours: Detours,
    pub token: Option<SecretString>,
    pub key: Option<SecretString>,
    pub log: Option<String>,
    pub data: Option<PathBuf>,
    pub smtp: Option<Smtp>,
    pub reminders: Reminders,
    pub policy: Policy,
    pub sign_in: Option<Oidc>,
}

/// A mail server and the two ends of a message.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub url: SecretString,
    pub from: String,
    pub to: String,
}

/// What a Lambda is told about its world. Secrets cannot be printed.
#[derive(Clone, Debug, Default)]
pub struct Aws {
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: SecretString,
    pub session_token: Option<SecretString>,
    pub endpoint: Option<String>,
    pub connectors_table: String,
    pub segments_table: String,
    pub identities_table: String,
    pub notices_table: String,
    pub jobs_table: String,
    pub archive_bucket: String,
    pub bus: String,
    pub queue_url: String,
    pub secrets: String,
    pub secrets_key: Option<String>,
    pub topic: String,
    pub alarm_topic: Option<String>,
    pub expects_mail: bool,
    pub stack: String,
}

impl Aws {
    pub fn from_env() -> Result<Self, BadEnvironment> {
        let mut wrong = Vec::new();
        let mut required = |name| {
            read(name).unwrap_or_else(|| {
                wrong.push((name, "is not set; template.yaml sets it".to_owned()));
                String::new()
            })
        };
        let aws = Self {
            region: required(REGION),
            access_key_id: required(ACCESS_KEY_ID),
            secret_access_key: required(SECRET_ACCESS_KEY).into(),
            session_token: read(SESSION_TOKEN).map(SecretString::from),
            endpoint: read(ENDPOINT_URL),
            connectors_table: required(CONNECTORS_TABLE),
            segments_table: required(SEGMENTS_TABLE),
            identities_table: required(IDENTITIES_TABLE),
            notices_table: required(NOTICES_TABLE),
            jobs_table: required(JOBS_TABLE),
            archive_bucket: required(ARCHIVE_BUCKET),
            bus: required(BUS),
            queue_url: required(QUEUE_URL),
            secrets: required(SECRETS),
            secrets_key: read(SECRETS_KEY),
            topic: required(TOPIC),
            alarm_topic: read(ALARM_TOPIC),
            expects_mail: read(EXPECTS_MAIL).as_deref() == Some("true"),
            stack: required(STACK),
        };
        if wrong.is_empty() { Ok(aws) } else { Err(BadEnvironment(wrong)) }
    }
}

/// Everything that is wrong with the environment, at once.
#[derive(Debug, thiserror::Error)]
#[error("the environment is not usable:{}", .0.iter().map(|(name, why)| format!("\n  {name}: {why}")).collect::<String>())]
pub struct BadEnvironment(Vec<(&'static str, String)>);

/// A bearer token shorter than this can be guessed.
const MIN_TOKEN: usize = 16;

const DEFAULT_SCOPE: &str = "openid email";

impl Config {
    pub fn from_env() -> Result<Self, BadEnvironment> {
        let mut wrong = Vec::new();
        let mut config = Self { log: read(LOG), data: read(DATA).map(PathBuf::from), ..Self::default() };
        match Detours::parse(&read(DETOUR).unwrap_or_default()) {
            Ok(detours) => config.detours = detours,
            Err(why) => wrong.push((DETOUR, why)),
        }
        if let Err(why) = config.policy.only_accounts(&read(ALLOWED_ACCOUNTS).unwrap_or_default()) {
            wrong.push((ALLOWED_ACCOUNTS, why));
        }
        if let Err(why) = config.policy.only_tokens(&read(ALLOWED_TOKENS).unwrap_or_default()) {
            wrong.push((ALLOWED_TOKENS, why));
        }
        config.token = read(TOKEN).map(SecretString::from);
        if config.token.as_ref().is_some_and(|token| secrecy::ExposeSecret::expose_secret(token).len() < MIN_TOKEN) {
            wrong.push((TOKEN, format!("must have at least {MIN_TOKEN} characters")));
        }
        config.smtp = match (read(SMTP), read(MAIL_FROM), read(MAIL_TO)) {
            (Some(url), Some(from), Some(to)) => Some(Smtp { url: url.into(), from, to }),
            (None, ..) => None,
            (Some(_), from, _) => {
                wrong.push((if from.is_none() { MAIL_FROM } else { MAIL_TO }, format!("is required with {SMTP}")));
                None
            }
        };
        config.reminders.url = read(URL).map(|url| url.trim_end_matches('/').to_owned());
        match read(NOTIFY_DAYS).map(|days| thresholds(&days)) {
            None => {}
            Some(Some(thresholds)) => config.reminders.thresholds = thresholds,
            Some(None) => wrong.push((NOTIFY_DAYS, "must be days, separated by commas, such as 14,7,3,1,0".to_owned())),
        }
        match read(TOKEN_DAYS).map(|days| days.parse().ok().filter(|days| (0..=3650).contains(days))) {
            None => {}
            Some(Some(days)) => config.reminders.oldest = (days > 0).then_some(days),
            Some(None) => wrong.push((TOKEN_DAYS, "must be a number of days, such as 365, or 0".to_owned())),
        }
        config.key = read(KEY).map(SecretString::from);
        match (read(ISSUER), read(CLIENT_ID)) {
            (Some(issuer), Some(client_id)) => config.sign_in = Some(sign_in(issuer, client_id)),
            (None, _) => {}
            (Some(_), None) => wrong.push((CLIENT_ID, format!("is required with {ISSUER}"))),
        }
        if wrong.is_empty() { Ok(config) } else { Err(BadEnvironment(wrong)) }
    }

    /// A secret from a variable that a person names.
    pub fn secret(name: &str) -> Option<SecretString> {
        read(name).map(SecretString::from)
    }

    /// The default data folder: the user's data folder, or the working folder without one.
    pub fn default_data() -> PathBuf {
        let home = || read("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        let base = read("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
        base.map_or_else(|| PathBuf::from("pairmeter-data"), |base| base.join("pairmeter"))
    }
}

fn sign_in(issuer: String, client_id: String) -> Oidc {
    let audience = read(AUDIENCE).unwrap_or_else(|| client_id.clone());
    Oidc {
        // An access token names the API as its audience; where that is the page itself, the id token does.
        bearer: if audience == client_id { Bearer::IdToken } else { Bearer::AccessToken },
        scope: read(SCOPE).unwrap_or_else(|| DEFAULT_SCOPE.to_owned()),
        token_host: read(TOKEN_HOST),
        issuer,
        client_id,
    }
}

fn thresholds(days: &str) -> Option<Vec<i64>> {
    let days = days.split(',').map(|day| day.trim().parse().ok().filter(|day| (0..=365).contains(day)));
    days.collect()
}

/// Empty is unset.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}
