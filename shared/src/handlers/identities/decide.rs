//! Decides whether two identities are one person: confirms a suggestion, breaks a wrong link, withdraws a decision.

use std::collections::BTreeSet;

use serde::de::value::StringDeserializer;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::PersonIdentities;
use super::everyone::Everyone;
use crate::error::{Error, StoreError};
use crate::handlers::report::Sources;
use crate::identities::{Decided, Persons, decide};
use crate::words::{Links, PersonId};

/// Two identities, by the ids of `GET /v1/identities`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkDecision {
    pub one: PersonId,
    /// With `different`, this identity leaves the person of `one`, with the identities that are linked to `one` only
    /// through it.
    pub other: PersonId,
    #[schema(inline)]
    #[serde(deserialize_with = "verdict")]
    pub verdict: WantedVerdict,
}

/// `undecided` withdraws what was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WantedVerdict {
    Same,
    Different,
    Undecided,
}

/// Read as a text first: serde_json calls an enum that is a number a fault of the syntax.
fn verdict<'de, D: Deserializer<'de>>(value: D) -> Result<WantedVerdict, D::Error> {
    let text = String::deserialize(value)?;
    WantedVerdict::deserialize(StringDeserializer::new(text))
}

/// The persons of the two identities after the decision, and of the identities that were one person with them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DecidedPeople {
    pub people: Vec<PersonIdentities>,
}

#[derive(Clone)]
pub struct DecideLink(pub Sources);

impl DecideLink {
    pub async fn run(&self, wanted: &LinkDecision) -> Result<DecidedPeople, Error> {
        if wanted.one == wanted.other {
            return Err(Error::invalid("other", "must be another identity than `one`"));
        }
        let everyone = Everyone::read(&self.0).await?;
        loop {
            let links = self.0.identities.links().await?;
            let before = everyone.persons(&links);
            let (one, other) = (find(&before, &wanted.one, "one")?, find(&before, &wanted.other, "other")?);
            let verdict = match wanted.verdict {
                WantedVerdict::Same => Decided::Same,
                WantedVerdict::Different => Decided::Different,
                WantedVerdict::Undecided => Decided::Undecided,
            };
            let decisions = decide(&before, &links, one, other, verdict);
            let links = Links { decisions, ..links };
            match self.0.identities.put_links(&links).await {
                Err(StoreError::Conflict) => continue,
                written => written?,
            }
            tracing::info!(verdict = ?wanted.verdict, "decided about two identities");
            let after = everyone.persons(&links);
            let concerned = [one, other].into_iter().flat_map(|identity| {
                let person = &before.persons[before.identities[identity].person];
                person.identities.iter().map(|identity| after.identities[*identity].person)
            });
            let concerned: BTreeSet<usize> = concerned.collect();
            let people = concerned.into_iter().map(|person| PersonIdentities::of(&after, person)).collect();
            return Ok(DecidedPeople { people });
        }
    }
}

fn find(persons: &Persons, id: &PersonId, field: &str) -> Result<usize, Error> {
    let owner = persons.find(id).map(|owner| &persons.persons[owner]);
    let number = owner.into_iter().flat_map(|owner| &owner.identities);
    let mut number = number.copied().filter(|number| persons.identities[*number].key.id() == *id);
    number.next().ok_or_else(|| Error::invalid(field, "is no identity; `GET /v1/identities` lists them with their ids"))
}
