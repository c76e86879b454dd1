//! What other links make of the same identities.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::{IdentityRef, LinkedPerson, PersonIdentities};
use crate::identities::Persons;
use crate::words::{MappedTeam, PersonId};

/// Rows of one kind that a report shows; the rest is counted.
const MOST_LISTED: usize = 200;

/// The total number, and the first 200.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Listed<T> {
    pub total: usize,
    pub rows: Vec<T>,
}

impl<T> Listed<T> {
    pub(super) fn of(mut rows: Vec<T>) -> Self {
        let total = rows.len();
        rows.truncate(MOST_LISTED);
        Self { total, rows }
    }
}

/// Several persons become one.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Joined {
    pub person: LinkedPerson,
    pub identities: Vec<IdentityRef>,
    /// The number of persons before.
    pub people_before: usize,
}

/// One person partss several.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Split {
    pub person: LinkedPerson,
    pub into: Vec<PersonIdentities>,
}

/// A person with the same identities and another name.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Renamed {
    pub id: PersonId,
    #[schema(required)]
    pub before: Option<String>,
    #[schema(required)]
    pub after: Option<String>,
}

/// A team of the mapping file whose members differ.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TeamChange {
    pub id: String,
    pub name: String,
    pub people_before: usize,
    pub people_after: usize,
    /// People who were not in it before.
    pub added: usize,
    pub removed: usize,
    /// People who are in it on other days.
    pub changed: usize,
}

pub(super) fn joined(before: &Persons, after: &Persons) -> Vec<Joined> {
    let persons = after.persons.iter().enumerate().map(|(number, person)| (number, owners(before, &person.identities)));
    let joined = persons.filter(|(_, were)| were.len() > 1).map(|(number, were)| {
        let PersonIdentities { person, identities } = PersonIdentities::of(after, number);
        Joined { person, identities, people_before: were.len() }
    });
    joined.collect()
}

pub(super) fn split(before: &Persons, after: &Persons) -> Vec<Split> {
    let persons = before.persons.iter().enumerate().map(|(number, person)| (number, owners(after, &person.identities)));
    let split = persons.filter(|(_, parts)| parts.len() > 1).map(|(number, parts)| Split {
        person: LinkedPerson::of(before, number),
        into: parts.into_iter().map(|number| PersonIdentities::of(after, number)).collect(),
    });
    split.collect()
}

pub(super) fn renamed(before: &Persons, after: &Persons) -> Vec<Renamed> {
    let mut renamed = Vec::new();
    for (number, person) in after.persons.iter().enumerate() {
        let was = &before.persons[before.identities[person.identities[0]].person];
        if was.identities == person.identities && was.name != person.name {
            let (id, before, after) = (after.id(number), was.name.clone(), person.name.clone());
            renamed.push(Renamed { id, before, after });
        }
    }
    renamed
}

pub(super) fn teams(before: &Persons, after: &Persons) -> Vec<TeamChange> {
    let mut changes: BTreeMap<String, TeamChange> = BTreeMap::new();
    let names = before.mapped_teams().iter().chain(after.mapped_teams());
    for (id, name) in names {
        let change = TeamChange {
            id: id.clone(),
            name: name.clone(),
            people_before: members(before, id),
            people_after: members(after, id),
            added: 0,
            removed: 0,
            changed: 0,
        };
        changes.insert(id.clone(), change);
    }
    for person in &after.persons {
        let owners = owners(before, &person.identities);
        let was = periods(owners.iter().flat_map(|owner| &before.persons[*owner].teams));
        let is = periods(&person.teams);
        for id in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
            let Some(change) = changes.get_mut(id) else { continue };
            match (was.get(id), is.get(id)) {
                (None, Some(_)) => change.added += 1,
                (Some(_), None) => change.removed += 1,
                (was, is) if was != is => change.changed += 1,
                _ => {}
            }
        }
    }
    let differs = |change: &TeamChange| {
        change.added + change.removed + change.changed > 0 || change.people_before != change.people_after
    };
    changes.into_values().filter(differs).collect()
}

/// The persons of these identities.
fn owners(persons: &Persons, identities: &[usize]) -> BTreeSet<usize> {
    identities.iter().map(|identity| persons.identities[*identity].person).collect()
}

fn members(persons: &Persons, team: &str) -> usize {
    persons.persons.iter().filter(|person| person.teams.iter().any(|one| one.id() == team)).count()
}

type Period = (Option<crate::words::Day>, Option<crate::words::Day>);

fn periods<'a>(teams: impl IntoIterator<Item = &'a MappedTeam>) -> BTreeMap<String, BTreeSet<Period>> {
    let mut periods: BTreeMap<String, BTreeSet<Period>> = BTreeMap::new();
    for team in teams {
        periods.entry(team.id()).or_default().insert((team.from, team.to));
    }
    periods
}
