//! Accounts, and the IDs that identify them.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Connector, Day};

/// ID of a saved connector. Assigned once, never reused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct ConnectorId(pub String);

impl fmt::Display for ConnectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organization, enterprise, team or workspace at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// `organization` or `enterprise` for GitHub; each provider has its own list.
    pub kind: String,
    /// The name in the provider's URLs.
    pub slug: String,
}

impl Account {
    /// Key under which an account can be connected once: `kind/slug`, plus `@host` for a host other than the
    /// provider's own. Logins are case-insensitive; paths and keys are not.
    pub fn unique_key(&self, api_url: Option<&str>) -> String {
        let host = api_url.map(|url| url.trim_start_matches("https://").trim_end_matches('/'));
        let at = host.map(|host| format!("@{host}")).unwrap_or_default();
        format!("{}/{}{at}", self.kind, self.slug).to_lowercase()
    }
}

/// Location of the raw bytes of one report of one day.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveKey {
    pub provider: String,
    /// [`Account::unique_key`].
    pub account: String,
    pub report: String,
    /// The report's day; the last one if it has several.
    pub day: Day,
}

impl ArchiveKey {
    pub fn new(connector: &Connector, report: &str, day: Day) -> Self {
        Self { provider: connector.provider.clone(), account: connector.unique_key(), report: report.to_owned(), day }
    }

    /// The prefix of all objects of one account, ending in a slash.
    pub fn prefix(connector: &Connector) -> String {
        format!("{}/{}/", connector.provider, connector.unique_key())
    }

    pub fn path(&self) -> String {
        format!("{}/{}/{}/{}.zst", self.provider, self.account, self.report, self.day)
    }

    /// The reverse of [`ArchiveKey::path`]; `None` for any other text.
    pub fn parse(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let (provider, kind, slug) = (parts.next()?, parts.next()?, parts.next()?);
        let (report, file) = (parts.next()?, parts.next()?);
        let day = file.strip_suffix(".zst")?.parse().ok()?;
        parts.next().is_none().then(|| Self {
            provider: provider.to_owned(),
            account: format!("{kind}/{slug}"),
            report: report.to_owned(),
            day,
        })
    }
}
