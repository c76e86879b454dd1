//! One human at several providers: identities, and what links them.

use std::fmt;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;
use utoipa::ToSchema;

use super::{Connector, Day};

/// Where a provider's ids name one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdScope {
    /// In every account at one host of the provider.
    Provider,
    /// In one account: the same text in another account may be somebody else.
    Account,
}

/// One person as one provider knows them: what is linked, or kept apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentityKey {
    /// The provider, its host and its account, as far as the id depends on them.
    pub scope: String,
    /// The provider's stable id, as in stored rows.
    pub subject: String,
}

impl IdentityKey {
    pub fn new(connector: &Connector, ids: IdScope, subject: &str) -> Self {
        let Connector { provider, account, api_url, .. } = connector;
        let place = account.place(api_url.as_deref());
        let scope = match ids {
            IdScope::Account => format!("{provider}/{place}"),
            IdScope::Provider => match place.split_once('@') {
                Some((_, host)) => format!("{provider}@{host}"),
                None => provider.clone(),
            },
        };
        Self { scope, subject: subject.to_owned() }
    }

    /// The provider's id, e.g. `cursor`.
    pub fn provider(&self) -> &str {
        self.scope.split(['/', '@']).next().unwrap_or_default()
    }

    /// A short name for the identity. It is also an id of its person, whichever identities are linked to it later.
    pub fn id(&self) -> PersonId {
        let mut text = self.scope.clone();
        text.push('\0');
        text.push_str(&self.subject);
        PersonId(format!("{:032x}", XxHash3_128::oneshot(text.as_bytes()))[..20].to_owned())
    }
}

/// A person's id: 20 hexadecimal digits, of the identity that was seen first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct PersonId(pub String);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an operator says about people: replaced as a whole, under a version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The mapping file.
    pub mapping: Vec<MappedPerson>,
    /// Single decisions; at most one about two identities.
    pub decisions: Vec<Decision>,
    /// The store's: 0 before anything was stored.
    #[serde(skip)]
    pub version: u64,
}

/// One person of the mapping file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MappedPerson {
    /// What the file calls the person; an e-mail address also names every identity that has it.
    pub person: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub identities: Vec<MappedIdentity>,
    #[serde(default)]
    pub teams: Vec<MappedTeam>,
}

/// Names an identity by the provider's id, its login or its e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct MappedIdentity {
    /// Any provider where it is absent.
    #[serde(default)]
    pub provider: Option<String>,
    pub identity: String,
}

/// Membership in a team of the mapping file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct MappedTeam {
    pub team: String,
    /// The first day; from ever on where it is absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// The last day; for good where it is absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
}

impl MappedTeam {
    /// Teams of the mapping file have ids that no provider's team has: `@` and the name in lower case, every run of other
    /// characters being one hyphen.
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

/// What an operator decided about two identities. It outlives every other reason.
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
    fn a_mapped_team_has_an_id_that_is_no_providers() {
        let ids = ["Platform", " Data & AI ", "Ärzte 2"].map(|name| team(name).id());
        assert_eq!(ids, ["@platform", "@data-ai", "@ärzte-2"]);
    }

    #[test]
    fn an_identity_keeps_its_id() {
        let key = IdentityKey { scope: "one".to_owned(), subject: "7".to_owned() };
        // Stored links and bookmarks name it.
        assert_eq!(key.id().0.len(), 20);
        assert_eq!(key.id(), key.clone().id());
        assert_ne!(key.id(), IdentityKey { scope: "on".to_owned(), subject: "e7".to_owned() }.id());
    }
}
