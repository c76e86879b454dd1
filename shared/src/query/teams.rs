//! Who was in which team on which day.
//!
//! A person is in the teams of every provider that knows them, and in those of the mapping file: what Ana uses elsewhere
//! counts for her team at the code host. So a team is named by its connector and its id there, e.g. `c-1/42`; teams of the
//! mapping file belong to no connector, e.g. `@platform`.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::interner::Interner;
use crate::identities::{Person, Persons};
use crate::words::{ConnectorId, Day, Identity};

/// Numbers of teams from each day on, in order of day.
type Changes = Vec<(Day, Vec<u32>)>;

/// The teams of each of a connector's people.
pub(super) struct Teams {
    teams: Vec<Team>,
    /// Places in `changes` by the provider's id of the person.
    members: HashMap<String, u32>,
    changes: Vec<Changes>,
    /// Whether only wanted teams count.
    is_filter: bool,
}

struct Team {
    name: String,
    /// Its id at the connector, where it is one of the connector's own teams.
    own_id: Option<String>,
    is_wanted: bool,
}

impl Teams {
    /// Only the `wanted` teams count, where there are any.
    pub(super) fn of(persons: &Persons, connector: &ConnectorId, wanted: Option<&[String]>) -> Self {
        let (mut numbers, mut members, mut changes) = (BTreeMap::new(), HashMap::new(), Vec::new());
        let people = persons.directory(connector).map(|directory| directory.people.keys());
        for subject in people.into_iter().flatten() {
            let Some(person) = persons.person_of(connector, subject) else { continue };
            let own = changes_of(persons, person, &mut numbers);
            if !own.is_empty() {
                members.insert(subject.clone(), changes.len() as u32);
                changes.push(own);
            }
        }
        let mut names: Vec<(String, u32)> = numbers.into_iter().collect();
        names.sort_unstable_by_key(|(_, number)| *number);
        let team = |(name, _): (String, u32)| Team {
            own_id: own_id(connector, &name).map(str::to_owned),
            is_wanted: wanted.is_none_or(|wanted| wanted.contains(&name)),
            name,
        };
        Self { teams: names.into_iter().map(team).collect(), members, changes, is_filter: wanted.is_some() }
    }

    /// The place of a person's teams; `None` where nothing is known of any.
    fn member(&self, person: &str) -> Option<u32> {
        self.members.get(person).copied()
    }

    /// The teams of a person on a day.
    fn on(&self, member: Option<u32>, day: Day) -> &[u32] {
        let Some(changes) = member.map(|member| &self.changes[member as usize]) else { return &[] };
        let known = changes.partition_point(|(since, _)| *since <= day);
        known.checked_sub(1).map_or(&[], |last| &changes[last].1)
    }

    fn wanted_on(&self, member: Option<u32>, day: Day) -> impl Iterator<Item = u32> {
        self.on(member, day).iter().copied().filter(|team| self.teams[*team as usize].is_wanted)
    }

    /// Whether the person is in one of the wanted teams on this day.
    pub(super) fn wants(&self, person: &str, day: Day) -> bool {
        self.wanted_on(self.member(person), day).next().is_some()
    }
}

/// The connector's own id of a team, where it is one of its teams.
pub(super) fn own_id<'a>(connector: &ConnectorId, team: &'a str) -> Option<&'a str> {
    team.strip_prefix(connector.0.as_str())?.strip_prefix('/')
}

/// The texts that one fold has of teams, by number, so that each person and each team is looked up once.
pub(super) struct TeamTexts {
    /// Of [`Teams::member`], by number of person.
    members: Vec<Option<u32>>,
    /// By number of team.
    names: Vec<u32>,
    own_ids: Vec<Option<u32>>,
    /// The empty text: people in no team.
    none: u32,
}

impl TeamTexts {
    pub(super) fn new(teams: &Teams, texts: &mut Interner) -> Self {
        let names = teams.teams.iter().map(|team| texts.number(&team.name)).collect();
        let own_ids = teams.teams.iter().map(|team| team.own_id.as_ref().map(|id| texts.number(id))).collect();
        Self { members: Vec::new(), names, own_ids, none: texts.number("") }
    }

    /// The texts of the teams for which a person counts on a day: of the wanted ones, where there are any; else all of
    /// them, or the empty text.
    pub(super) fn push_names(&mut self, teams: &Teams, people: &Interner, person: u32, day: Day, texts: &mut Vec<u32>) {
        let member = self.member(teams, people, person);
        texts.extend(teams.wanted_on(member, day).map(|team| self.names[team as usize]));
        if !teams.is_filter && teams.on(member, day).is_empty() {
            texts.push(self.none);
        }
    }

    /// The same for the ids of the connector's own teams; nothing where the person is in none of them.
    pub(super) fn push_own_ids(
        &mut self,
        teams: &Teams,
        people: &Interner,
        person: u32,
        day: Day,
        texts: &mut Vec<u32>,
    ) {
        let member = self.member(teams, people, person);
        texts.extend(teams.wanted_on(member, day).filter_map(|team| self.own_ids[team as usize]));
    }

    fn member(&mut self, teams: &Teams, people: &Interner, person: u32) -> Option<u32> {
        for unknown in self.members.len()..=person as usize {
            self.members.push(teams.member(people.text(unknown as u32)));
        }
        self.members[person as usize]
    }
}

fn changes_of(persons: &Persons, person: &Person, numbers: &mut BTreeMap<String, u32>) -> Changes {
    let identities = person.identities.iter().map(|number| &persons.identities[*number]);
    let known = identities.flat_map(|identity| {
        let known = identity.connectors.iter();
        known.filter_map(|id| Some((id, persons.directory(id)?.people.get(&identity.key.subject)?)))
    });
    let known: Vec<(&ConnectorId, &Identity)> = known.collect();
    let own = known.iter().flat_map(|(_, identity)| identity.teams.days());
    let starts = person.teams.iter().map(|team| team.from.unwrap_or(Day::MIN));
    let ends = person.teams.iter().filter_map(|team| team.to?.succ_opt());
    let days: BTreeSet<Day> = own.chain(starts).chain(ends).collect();
    let teams_on = |day: Day| -> BTreeSet<String> {
        let own = known.iter().flat_map(|(connector, identity)| {
            let ids = identity.teams.on(day).unwrap_or_default().split(',').filter(|id| !id.is_empty());
            ids.map(move |id| format!("{connector}/{id}"))
        });
        own.chain(person.teams.iter().filter(|team| team.holds_on(day)).map(|team| team.id())).collect()
    };
    let mut number = |name: String| {
        let next = numbers.len() as u32;
        *numbers.entry(name).or_insert(next)
    };
    days.into_iter().map(|day| (day, teams_on(day).into_iter().map(&mut number).collect())).collect()
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
