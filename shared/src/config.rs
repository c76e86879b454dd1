//! Settings: the one file that reads the environment.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::http::Detours;

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

/// What the environment says. Secrets cannot be printed.
#[derive(Debug, Default)]
pub struct Config {
    pub detours: Detours,
    pub token: Option<SecretString>,
    pub key: Option<SecretString>,
    pub log: Option<String>,
    pub data: Option<PathBuf>,
}

/// Everything that is wrong with the environment, at once.
#[derive(Debug, thiserror::Error)]
#[error("the environment is not usable:{}", .0.iter().map(|(name, why)| format!("\n  {name}: {why}")).collect::<String>())]
pub struct BadEnvironment(Vec<(&'static str, String)>);

/// A bearer token shorter than this can be guessed.
const MIN_TOKEN: usize = 16;

impl Config {
    pub fn from_env() -> Result<Self, BadEnvironment> {
        let mut wrong = Vec::new();
        let mut config = Self { log: read(LOG), data: read(DATA).map(PathBuf::from), ..Self::default() };
        match Detours::parse(&read(DETOUR).unwrap_or_default()) {
            Ok(detours) => config.detours = detours,
            Err(why) => wrong.push((DETOUR, why)),
        }
        config.token = read(TOKEN).map(SecretString::from);
        if config.token.as_ref().is_some_and(|token| secrecy::ExposeSecret::expose_secret(token).len() < MIN_TOKEN) {
            wrong.push((TOKEN, format!("must have at least {MIN_TOKEN} characters")));
        }
        config.key = read(KEY).map(SecretString::from);
        if wrong.is_empty() { Ok(config) } else { Err(BadEnvironment(wrong)) }
    }

    /// A secret from a variable that a person names.
    pub fn secret(name: &str) -> Option<SecretString> {
        read(name).map(SecretString::from)
    }

    /// Where data goes if nobody says: the user's data folder, or the working folder where there is none.
    pub fn default_data() -> PathBuf {
        let home = || read("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        let base = read("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
        base.map_or_else(|| PathBuf::from("pairmeter-data"), |base| base.join("pairmeter"))
    }
}

/// Empty is unset.
#[expect(clippy::disallowed_methods, reason = "the one place that may")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}
