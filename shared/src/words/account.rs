//! What is metered, and the ids by which it is known.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Day;

/// A saved connector's id; assigned once, never reused.
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
    /// `organization` or `enterprise` for GitHub; each provider lists its own.
    pub kind: String,
    /// The name in the provider's URLs.
    pub slug: String,
}

/// Where the raw bytes of one report of one day lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveKey {
    pub provider: String,
    /// `kind/slug` of the account.
    pub account: String,
    pub report: String,
    /// The report's (last) day.
    pub day: Day,
}

impl ArchiveKey {
    pub fn new(provider: &str, account: &Account, report: &str, day: Day) -> Self {
        Self { provider: provider.to_owned(), account: Self::account(account), report: report.to_owned(), day }
    }

    /// The account as it stands in a key: logins are case-insensitive, paths are not.
    pub fn account(account: &Account) -> String {
        format!("{}/{}", account.kind, account.slug.to_lowercase())
    }

    /// The prefix under which everything of one account lies, ending in a slash.
    pub fn prefix(provider: &str, account: &Account) -> String {
        format!("{provider}/{}/", Self::account(account))
    }

    pub fn path(&self) -> String {
        format!("{}/{}/{}/{}.zst", self.provider, self.account, self.report, self.day)
    }

    /// The reverse of [`ArchiveKey::path`]; `None` for anything else.
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
