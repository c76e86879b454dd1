//! Persons: identities that are one human, joined by equal e-mail addresses and by what an operator says.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::mapping::{Matches, match_mapping};
use crate::words::{
    Connector, ConnectorId, Day, Directory, IdentityKey, LinkVerdict, Links, MappedTeam, PersonId, Since,
};

/// All people in the rows of any connector.
#[derive(Default)]
pub struct Persons {
    pub identities: Vec<KnownIdentity>,
    pub persons: Vec<Person>,
    /// Why identities are one person: as many as it takes.
    pub links: Vec<Link>,
    pub directories: BTreeMap<ConnectorId, Directory>,
    pub matches: Matches,
    by_subject: HashMap<ConnectorId, HashMap<String, usize>>,
    by_id: HashMap<PersonId, usize>,
    teams: BTreeMap<String, String>,
}

/// What is known of an identity, from all connectors that see it.
#[derive(Clone, Debug)]
pub struct KnownIdentity {
    pub key: IdentityKey,
    pub connectors: BTreeSet<ConnectorId>,
    pub first_seen: Day,
    pub name: Option<Since>,
    pub email: Option<Since>,
    /// The number of its person.
    pub person: usize,
}

/// One human.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub name: Option<String>,
    pub email: Option<String>,
    /// Numbers of identities; the first is the one that was seen first, and names the person.
    pub identities: Vec<usize>,
    /// Teams of the mapping file.
    pub teams: Vec<MappedTeam>,
}

/// Two identities that are one person, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub one: usize,
    pub other: usize,
    pub reason: LinkReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkReason {
    /// An operator decided so about these two.
    Confirmed,
    /// An entry of the mapping file, by its number.
    Mapped(usize),
    SameEmail,
}

impl Persons {
    /// `key` makes the key of a connector's subject.
    pub fn of(
        directories: Vec<(&Connector, Directory)>,
        key: impl Fn(&Connector, &str) -> IdentityKey,
        links: &Links,
    ) -> Self {
        let mut known: BTreeMap<IdentityKey, KnownIdentity> = BTreeMap::new();
        for (connector, directory) in &directories {
            for (subject, one) in &directory.people {
                let key = key(connector, subject);
                let identity = known.entry(key.clone()).or_insert_with(|| KnownIdentity {
                    key,
                    connectors: BTreeSet::new(),
                    first_seen: one.first_seen,
                    name: None,
                    email: None,
                    person: 0,
                });
                identity.connectors.insert(connector.id.clone());
                identity.first_seen = identity.first_seen.min(one.first_seen);
                keep_latest(&mut identity.name, one.names.last());
                keep_latest(&mut identity.email, one.emails.last());
            }
        }
        let identities: Vec<KnownIdentity> = known.into_values().collect();
        let numbers: HashMap<&IdentityKey, usize> =
            identities.iter().enumerate().map(|(number, identity)| (&identity.key, number)).collect();
        let by_subject = directories.iter().map(|(connector, directory)| {
            let number = |subject: &String| numbers.get(&key(connector, subject)).map(|at| (subject.clone(), *at));
            (connector.id.clone(), directory.people.keys().filter_map(number).collect())
        });
        let by_subject = by_subject.collect();
        let decided = |verdict| {
            let decisions = links.decisions.iter().filter(move |decision| decision.verdict == verdict);
            decisions.filter_map(|it| Some((*numbers.get(&it.one)?, *numbers.get(&it.other)?))).collect::<Vec<_>>()
        };
        let (same, different) = (decided(LinkVerdict::Same), decided(LinkVerdict::Different));
        drop(numbers);
        let matches = match_mapping(&identities, &links.mapping);
        let mut components = Components::new(identities.len(), different);
        for (one, other) in same {
            components.join(&[one, other], LinkReason::Confirmed);
        }
        for (entry, matched) in matches.entries.iter().enumerate() {
            components.join(&matched.identities, LinkReason::Mapped(entry));
        }
        for group in by_email(&identities).values() {
            components.join(group, LinkReason::SameEmail);
        }
        let directories = directories.into_iter().map(|(connector, it)| (connector.id.clone(), it)).collect();
        let mut persons = Self { identities, matches, by_subject, directories, ..Self::default() };
        persons.number(components);
        persons.describe(links);
        persons
    }

    fn number(&mut self, mut components: Components) {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for identity in 0..self.identities.len() {
            members.entry(components.root(identity)).or_default().push(identity);
        }
        let mut members: Vec<Vec<usize>> = members.into_values().collect();
        let age = |identity: &usize| (self.identities[*identity].first_seen, &self.identities[*identity].key);
        members.iter_mut().for_each(|identities| identities.sort_by(|one, two| age(one).cmp(&age(two))));
        for identities in members {
            let number = self.persons.len();
            for identity in &identities {
                self.identities[*identity].person = number;
                self.by_id.insert(self.identities[*identity].key.id(), number);
            }
            self.persons.push(Person { identities, ..Person::default() });
        }
        self.links = components.links;
    }

    fn describe(&mut self, links: &Links) {
        let Self { identities, persons, teams, matches, .. } = self;
        for person in persons.iter_mut() {
            let own = || person.identities.iter().map(|identity| &identities[*identity]);
            let names = own().filter_map(|identity| identity.name.as_ref());
            // A full name says more than a login.
            let name = names.max_by_key(|name| (name.value.contains(' '), name.day, &name.value));
            let email = own().filter_map(|identity| identity.email.as_ref()).max_by_key(|it| (it.day, &it.value));
            person.name = name.map(|name| name.value.clone());
            person.email = email.map(|email| email.value.to_lowercase());
        }
        for (entry, matched) in links.mapping.iter().zip(&matches.entries) {
            let owners: BTreeSet<usize> = matched.identities.iter().map(|it| identities[*it].person).collect();
            for owner in owners {
                let person = &mut persons[owner];
                if entry.person.contains('@') {
                    person.email = Some(entry.person.to_lowercase());
                }
                if entry.name.is_some() {
                    person.name.clone_from(&entry.name);
                }
                person.teams.extend(entry.teams.iter().cloned());
            }
        }
        for team in links.mapping.iter().flat_map(|entry| &entry.teams) {
            teams.entry(team.id()).or_insert_with(|| team.team.clone());
        }
    }

    /// The number of the person that a connector's subject is.
    pub fn number_of(&self, connector: &ConnectorId, subject: &str) -> Option<usize> {
        Some(self.identity_of(connector, subject)?.person)
    }

    pub fn identity_of(&self, connector: &ConnectorId, subject: &str) -> Option<&KnownIdentity> {
        let number = self.by_subject.get(connector)?.get(subject)?;
        Some(&self.identities[*number])
    }

    pub fn person_of(&self, connector: &ConnectorId, subject: &str) -> Option<&Person> {
        Some(&self.persons[self.number_of(connector, subject)?])
    }

    /// By the id of any of the person's identities.
    pub fn find(&self, id: &PersonId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The persons who have this address, by any identity or by the mapping file.
    pub fn with_email(&self, email: &str) -> BTreeSet<usize> {
        let wanted = email.to_lowercase();
        let has = |identity: &&KnownIdentity| {
            identity.email.as_ref().is_some_and(|email| email.value.to_lowercase() == wanted)
        };
        let by_identity = self.identities.iter().filter(has).map(|identity| identity.person);
        let all = self.persons.iter().enumerate();
        let by_person = all.filter(|(_, person)| person.email.as_deref() == Some(&wanted)).map(|(number, _)| number);
        by_identity.chain(by_person).collect()
    }

    pub fn id(&self, person: usize) -> PersonId {
        self.identities[self.persons[person].identities[0]].key.id()
    }

    /// Ids of the persons, as a connector's rows have them; sorted.
    pub fn subjects(&self, persons: &BTreeSet<usize>, connector: &ConnectorId) -> Vec<String> {
        let members = persons.iter().flat_map(|person| &self.persons[*person].identities);
        let own = members.map(|it| &self.identities[*it]).filter(|it| it.connectors.contains(connector));
        let mut subjects: Vec<String> = own.map(|identity| identity.key.subject.clone()).collect();
        subjects.sort_unstable();
        subjects
    }

    pub fn directory(&self, connector: &ConnectorId) -> Option<&Directory> {
        self.directories.get(connector)
    }

    /// Teams of the mapping file: names by id.
    pub fn mapped_teams(&self) -> &BTreeMap<String, String> {
        &self.teams
    }
}

fn keep_latest(known: &mut Option<Since>, new: Option<&Since>) {
    let order = |since: &Since| (since.day, since.value.clone());
    if new.map(order) > known.as_ref().map(order) {
        *known = new.cloned();
    }
}

fn by_email(identities: &[KnownIdentity]) -> BTreeMap<String, Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, identity) in identities.iter().enumerate() {
        if let Some(email) = &identity.email {
            groups.entry(email.value.to_lowercase()).or_default().push(number);
        }
    }
    groups
}

/// Union-find in which some pairs must not meet.
struct Components {
    parents: Vec<usize>,
    apart: Vec<(usize, usize)>,
    links: Vec<Link>,
}

impl Components {
    fn new(count: usize, apart: Vec<(usize, usize)>) -> Self {
        Self { parents: (0..count).collect(), apart, links: Vec::new() }
    }

    fn root(&mut self, of: usize) -> usize {
        let mut at = of;
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    /// Joins identities with the first of those before them that nothing keeps them apart from.
    fn join(&mut self, identities: &[usize], reason: LinkReason) {
        for (place, other) in identities.iter().enumerate() {
            for one in &identities[..place] {
                let (ours, theirs) = (self.root(*one), self.root(*other));
                if ours == theirs {
                    break;
                }
                if !self.are_apart(ours, theirs) {
                    self.parents[theirs] = ours;
                    self.links.push(Link { one: *one, other: *other, reason });
                    break;
                }
            }
        }
    }

    fn are_apart(&mut self, ours: usize, theirs: usize) -> bool {
        (0..self.apart.len()).any(|pair| {
            let (one, other) = self.apart[pair];
            let roots = (self.root(one), self.root(other));
            roots == (ours, theirs) || roots == (theirs, ours)
        })
    }
}
