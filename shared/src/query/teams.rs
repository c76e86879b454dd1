//! Who was in which team on which day.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::identities::Persons;
use crate::words::{ConnectorId, Day, Identity, MappedTeam};

/// The teams of each of a connector's people: those of the provider and those of the mapping file.
pub(super) struct Teams {
    /// By the provider's id of the person: teams from each day on, in order of day.
    members: HashMap<String, Vec<(Day, Vec<Box<str>>)>>,
}

impl Teams {
    pub(super) fn of(persons: &Persons, connector: &ConnectorId) -> Self {
        let people = persons.directory(connector).map(|directory| &directory.people);
        let members = people.into_iter().flatten().filter_map(|(subject, identity)| {
            let mapped = persons.person_of(connector, subject).map(|person| &person.teams[..]).unwrap_or_default();
            let has_any = !identity.teams.is_empty() || !mapped.is_empty();
            has_any.then(|| (subject.clone(), changes(identity, mapped)))
        });
        Self { members: members.collect() }
    }

    /// Ids of the teams of a person on a day.
    pub(super) fn on(&self, person: &str, day: Day) -> &[Box<str>] {
        let Some(changes) = self.members.get(person) else { return &[] };
        let known = changes.partition_point(|(since, _)| *since <= day);
        known.checked_sub(1).map_or(&[], |last| &changes[last].1)
    }
}

fn changes(identity: &Identity, mapped: &[MappedTeam]) -> Vec<(Day, Vec<Box<str>>)> {
    let own = identity.teams.iter().map(|since| since.day);
    let starts = mapped.iter().map(|team| team.from.unwrap_or(Day::MIN));
    let ends = mapped.iter().filter_map(|team| team.to?.succ_opt());
    let days: BTreeSet<Day> = own.chain(starts).chain(ends).collect();
    let teams_on = |day: Day| {
        let own = identity.teams_on(day).unwrap_or_default().split(',').filter(|id| !id.is_empty());
        let mapped: BTreeSet<String> = mapped.iter().filter(|team| team.holds_on(day)).map(MappedTeam::id).collect();
        own.map(Box::from).chain(mapped.into_iter().map(Box::from)).collect()
    };
    days.into_iter().map(|day| (day, teams_on(day))).collect()
}

/// The ids that a team's id or name means at a connector: its own team, the mapping file's, or both.
pub(super) fn find_teams(persons: &Persons, connector: &ConnectorId, wanted: &str) -> Vec<String> {
    let own = persons.directory(connector).and_then(|directory| directory.team_id(wanted));
    let is_meant = |(id, name): &(&String, &String)| *id == wanted || id[1..] == *wanted || name.as_str() == wanted;
    let mapped = persons.mapped_teams().iter().filter(is_meant).map(|(id, _)| id.clone());
    // People may be in a team of which no row of its own is stored.
    [own.unwrap_or(wanted).to_owned()].into_iter().chain(mapped).collect()
}
