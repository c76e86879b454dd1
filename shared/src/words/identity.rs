//! One human at several providers: identities, and what links them.

use std::fmt;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;
use utoipa::ToSchema;

use super::{Connector, Day};

/// The scope within which a provider's ID names one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdScope {
    /// All accounts at one host of the provider.
    Provider,
    /// One account: in another account, the same text may be another person.
    Account,
}

/// One person at one provider: the unit that is linked or kept apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentityKey {
    /// The provider, its host and its account, as far as the ID depends on them.
    pub scope: String,
    /// The provider's stable ID, as in stored rows.
    pub subject: String,
}

impl IdentityKey {
    pub fn new(connector: &Connector, ids: IdScope, subject: &str) -> Self {
        let Connector { provider, account, api_url, .. } = connector;
        let place = account.unique_key(api_url.as_deref());
        let scope = match ids {
            IdScope::Account => format!("{provider}/{place}"),
            IdScope::Provider => match place.split_once('@') {
                Some((_, host)) => format!("{provider}@{host}"),
                None => provider.clone(),
            },
        };
        Self { scope, subject: subject.to_owned() }
    }

    /// The provider's ID, e.g. `cursor`.
    pub fn provider(&self) -> &str {
        self.scope.split(['/', '@']).next().unwrap_or_default()
    }

    /// A short ID of the identity. It stays an ID of its person when other identities are linked to it later.
    pub fn id(&self) -> PersonId {
        let mut text = self.scope.clone();
        text.push('\0');
        text.push_str(&self.subject);
        PersonId(format!("{:032x}", XxHash3_128::oneshot(text.as_bytes()))[..20].to_owned())
    }
}

/// ID of a person: 20 hexadecimal digits, derived from the identity that was seen first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct PersonId(pub String);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An operator's statements about people. Replaced as a whole, with a version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The mapping file.
    pub mapping: Vec<MappedPerson>,
    /// Single decisions; at most one per pair of identities.
    pub decisions: Vec<Decision>,
    /// Set by the store; 0 before the first write.
    #[serde(skip)]
    pub version: u64,
}

/// One person of the mapping file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MappedPerson {
    /// The person's name in the file. An e-mail address also matches every identity that has it.
    pub person: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub identities: Vec<MappedIdentity>,
    #[serde(default)]
    pub teams: Vec<MappedTeam>,
}

/// Names an identity by the provider's ID, its login or its e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct MappedIdentity {
    /// Any provider if absent.
    #[serde(default)]
    pub provider: Option<String>,
    pub identity: String,
}

/// Membership in a team of the mapping file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct MappedTeam {
    pub team: String,
    /// The first day; unlimited if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// The last day; unlimited if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
}

impl MappedTeam {
    /// The ID of a team of the mapping file: `@` and the name in lower case, with a hyphen for each run of other
    /// characters. No provider's team has such an ID.
    pub fn id(&self) -> String {
        let mut id = String::from("@");
        for character in self.team.chars().flat_map(char::to_lowercase) {
            match character.is_alphanumeric() {
                true => id.push(character),
                false if id.ends_with(['-', '@']) => {}
                false => id.push('-'),
            }
        }
        id.trim_end_matches('-').to_owned()
    }

    pub fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// An operator's decision about two identities. It overrides every other reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub one: IdentityKey,
    pub other: IdentityKey,
    pub verdict: LinkVerdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkVerdict {
    Same,
    Different,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(name: &str) -> MappedTeam {
        MappedTeam { team: name.to_owned(), from: None, to: None }
    }

    #[test]
    fn a_mapped_team_has_an_id_that_no_provider_uses() {
        let ids = ["Platform", " Data & AI ", "Ärzte 2"].map(|name| team(name).id());
        assert_eq!(ids, ["@platform", "@data-ai", "@ärzte-2"]);
    }

    #[test]
    fn an_identity_keeps_its_id() {
        let key = IdentityKey { scope: "one".to_owned(), subject: "7".to_owned() };
        // Stored links and bookmarks contain the ID.
        assert_eq!(key.id().0.len(), 20);
        assert_eq!(key.id(), key.clone().id());
        assert_ne!(key.id(), IdentityKey { scope: "on".to_owned(), subject: "e7".to_owned() }.id());
    }
}
