//! One person: every identity, why they are one, and what the range says about them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::people::{People, Person, describe};
use super::report::{self, Scope};
use crate::error::Error;
use crate::identities::{KnownIdentity, Link, LinkReason};
use crate::query::Filter;
use crate::words::{ConnectorId, Day, Links, PersonId};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PersonQuery {
    /// First day, inclusive, UTC. 28 days up to `to` when absent; at most 1,100 days.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC. Yesterday when absent.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
}

/// A person with all identities and links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonDetail {
    #[serde(flatten)]
    pub person: Person,
    /// The identity that was seen first is first; its id is the person's id.
    pub identities: Vec<IdentityOfPerson>,
    /// The links that make the identities one person.
    pub links: Vec<IdentityLink>,
}

/// A person as one provider knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityOfPerson {
    pub id: PersonId,
    pub provider: String,
    pub connectors: BTreeSet<ConnectorId>,
    /// The provider's stable id.
    pub subject: String,
    /// Login or full name, as last known.
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub first_seen: Day,
}

/// Two identities that are one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityLink {
    pub one: PersonId,
    pub other: PersonId,
    pub reason: IdentityLinkReason,
    /// The e-mail address, or what the mapping file calls the person.
    #[schema(required)]
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityLinkReason {
    SameEmail,
    /// The operator's mapping file says so.
    Mapped,
    /// An operator confirmed it.
    Confirmed,
}

impl People {
    /// By the id of the person, or of any of the identities.
    pub async fn one(&self, id: &str, query: PersonQuery) -> Result<PersonDetail, Error> {
        let days = report::range(query.from, query.to, self.0.clock.today())?;
        let scope = self.0.people(None, None).await?;
        let id = PersonId(id.to_owned());
        let number = scope.persons.find(&id).ok_or_else(|| Error::not_found(format!("person {id}")))?;
        let filter = Filter { person: Some(id), ..Filter::default() };
        let mut seen = self.seen(&scope, days, filter).await?;
        let links = self.0.identities.links().await?;
        let persons = &scope.persons;
        let own = &persons.persons[number].identities;
        let of_person = persons.links.iter().filter(|link| persons.identities[link.one].person == number);
        Ok(PersonDetail {
            person: describe(&scope, days, number, seen.remove(&number).unwrap_or_default()),
            identities: own.iter().map(|identity| IdentityOfPerson::of(&persons.identities[*identity])).collect(),
            links: of_person.map(|link| IdentityLink::of(&scope, &links, link)).collect(),
        })
    }
}

impl IdentityOfPerson {
    pub(super) fn of(identity: &KnownIdentity) -> Self {
        let KnownIdentity { key, connectors, first_seen, name, email, .. } = identity;
        Self {
            id: key.id(),
            provider: key.provider().to_owned(),
            connectors: connectors.clone(),
            subject: key.subject.clone(),
            name: name.as_ref().map(|name| name.value.clone()),
            email: email.as_ref().map(|email| email.value.clone()),
            first_seen: *first_seen,
        }
    }
}

impl IdentityLink {
    pub(super) fn of(scope: &Scope, links: &Links, link: &Link) -> Self {
        let identities = &scope.persons.identities;
        let (reason, detail) = match link.reason {
            LinkReason::Confirmed => (IdentityLinkReason::Confirmed, None),
            LinkReason::Mapped(entry) => {
                (IdentityLinkReason::Mapped, links.mapping.get(entry).map(|entry| entry.person.clone()))
            }
            LinkReason::SameEmail => {
                let email = identities[link.one].email.as_ref();
                (IdentityLinkReason::SameEmail, email.map(|email| email.value.to_lowercase()))
            }
        };
        Self { one: identities[link.one].key.id(), other: identities[link.other].key.id(), reason, detail }
    }
}
