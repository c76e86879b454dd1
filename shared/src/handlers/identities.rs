//! Identities and persons: which there are, what an operator says about them, and what that changes.

mod changes;
mod decide;
mod everyone;
mod list;
mod read_mapping;
mod replace_mapping;

#[cfg(test)]
mod tests;

pub use changes::{Joined, Listed, Renamed, Split, TeamChange};
pub use decide::{DecideLink, DecidedPeople, LinkDecision, WantedVerdict};
pub use list::{
    IdentitiesQuery, IdentitiesSummary, IdentityPage, IdentityRow, IdentityStatus, LinkView, ListIdentities,
    MappingSummary, SuggestionReasonName, SuggestionView,
};
pub use read_mapping::{MappingFormat, MappingPage, MappingQuery, ReadMapping};
pub use replace_mapping::{
    AmbiguousEntry, KeptApart, Mapping, MappingReport, ReplaceMapping, ReplaceQuery, UnknownEntry,
};

use serde::Serialize;
use utoipa::ToSchema;

use crate::identities::Persons;
use crate::words::PersonId;

/// One identity, as other rows name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityRef {
    pub id: PersonId,
    pub provider: String,
    /// The provider's stable id.
    pub subject: String,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
}

/// The person that an identity belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LinkedPerson {
    /// The id of the identity that was seen first.
    pub id: PersonId,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
}

/// A person with all identities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonIdentities {
    pub person: LinkedPerson,
    pub identities: Vec<IdentityRef>,
}

impl IdentityRef {
    fn of(persons: &Persons, number: usize) -> Self {
        let known = &persons.identities[number];
        Self {
            id: known.key.id(),
            provider: known.key.provider().to_owned(),
            subject: known.key.subject.clone(),
            name: known.name.as_ref().map(|name| name.value.clone()),
            email: known.email.as_ref().map(|email| email.value.clone()),
        }
    }
}

impl LinkedPerson {
    fn of(persons: &Persons, number: usize) -> Self {
        let person = &persons.persons[number];
        Self { id: persons.id(number), name: person.name.clone(), email: person.email.clone() }
    }
}

impl PersonIdentities {
    fn of(persons: &Persons, number: usize) -> Self {
        let identities = &persons.persons[number].identities;
        Self {
            person: LinkedPerson::of(persons, number),
            identities: identities.iter().map(|identity| IdentityRef::of(persons, *identity)).collect(),
        }
    }
}
