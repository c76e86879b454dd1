//! Who was in which team on which day.
//!
//! A person is in the teams of every provider that knows them, and in those of the mapping file: what Ana uses elsewhere
//! counts for her team at the code host. So a team is named by its connector and its id there, e.g. `c-1/42`; teams of the
//! mapping file belong to no connector, e.g. `@platform`.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::identities::{Person, Persons};
use crate::words::{ConnectorId, Day, Identity};

/// Teams from each day on, in order of day.
type Changes = Vec<(Day, Vec<Box<str>>)>;

/// The teams of each of a connector's people.
pub(super) struct Teams {
    /// By the provider's id of the person.
    members: HashMap<String, Changes>,
    /// Of the names of the connector's own teams.
    own_prefix: String,
}

impl Teams {
    pub(super) fn of(persons: &Persons, connector: &ConnectorId) -> Self {
        let people = persons.directory(connector).map(|directory| directory.people.keys());
        let members = people.into_iter().flatten().filter_map(|subject| {
            let changes = changes(persons, persons.person_of(connector, subject)?);
            (!changes.is_empty()).then(|| (subject.clone(), changes))
        });
        Self { members: members.collect(), own_prefix: format!("{connector}/") }
    }

    /// The teams of a person on a day.
    pub(super) fn on(&self, person: &str, day: Day) -> &[Box<str>] {
        let Some(changes) = self.members.get(person) else { return &[] };
        let known = changes.partition_point(|(since, _)| *since <= day);
        known.checked_sub(1).map_or(&[], |last| &changes[last].1)
    }

    /// The connector's own id of a team, where it is one of its teams.
    pub(super) fn own_id<'a>(&self, team: &'a str) -> Option<&'a str> {
        team.strip_prefix(&self.own_prefix)
    }
}

fn changes(persons: &Persons, person: &Person) -> Changes {
    let identities = person.identities.iter().map(|number| &persons.identities[*number]);
    let known = identities.flat_map(|identity| {
        let known = identity.connectors.iter();
        known.filter_map(|id| Some((id, persons.directory(id)?.people.get(&identity.key.subject)?)))
    });
    let known: Vec<(&ConnectorId, &Identity)> = known.collect();
    let own = known.iter().flat_map(|(_, identity)| identity.teams.iter().map(|since| since.day));
    let starts = person.teams.iter().map(|team| team.from.unwrap_or(Day::MIN));
    let ends = person.teams.iter().filter_map(|team| team.to?.succ_opt());
    let days: BTreeSet<Day> = own.chain(starts).chain(ends).collect();
    let teams_on = |day: Day| -> BTreeSet<String> {
        let own = known.iter().flat_map(|(connector, identity)| {
            let ids = identity.teams_on(day).unwrap_or_default().split(',').filter(|id| !id.is_empty());
            ids.map(move |id| format!("{connector}/{id}"))
        });
        own.chain(person.teams.iter().filter(|team| team.holds_on(day)).map(|team| team.id())).collect()
    };
    days.into_iter().map(|day| (day, teams_on(day).into_iter().map(Box::from).collect())).collect()
}

/// The teams that a name, an id or both of them mean, at any connector and in the mapping file.
pub(super) fn find_teams(persons: &Persons, wanted: &str) -> Vec<String> {
    let of_one = wanted.split_once('/').filter(|(id, _)| persons.directory(&ConnectorId((*id).to_owned())).is_some());
    if of_one.is_some() {
        return vec![wanted.to_owned()];
    }
    // People may be in a team of which no row of its own is stored.
    let own = persons
        .directories
        .iter()
        .map(|(connector, directory)| format!("{connector}/{}", directory.team_id(wanted).unwrap_or(wanted)));
    let is_meant = |(id, name): &(&String, &String)| *id == wanted || id[1..] == *wanted || name.as_str() == wanted;
    let mapped = persons.mapped_teams().iter().filter(is_meant).map(|(id, _)| id.clone());
    own.chain(mapped).collect()
}
