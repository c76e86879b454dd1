//! Entries of a mapping, from rows of any source: each fault says where it is and what to do.

use hashbrown::HashMap;

use crate::error::{Error, Fault, Faults};
use crate::words::{Day, MappedIdentity, MappedPerson, MappedTeam};

/// Characters of a value: more is no name, id or address.
const MAX_CHARACTERS: usize = 256;

/// The mapping without repetitions, or all its faults. `providers` are the ids that are known.
pub fn check(people: &[MappedPerson], providers: &[&str]) -> Result<Vec<MappedPerson>, Error> {
    let mut entries = Entries::new(providers);
    for (number, person) in people.iter().enumerate() {
        let path = format!("people[{number}]");
        let at = |field: &str| Place { line: None, field: format!("{path}.{field}") };
        let named =
            RawRow { person: &person.person, name: person.name.as_deref().unwrap_or_default(), ..RawRow::default() };
        entries.add(&named, at);
        if person.person.trim().is_empty() {
            continue;
        }
        for (number, identity) in person.identities.iter().enumerate() {
            let row = RawRow {
                person: &person.person,
                provider: identity.provider.as_deref().unwrap_or_default(),
                identity: &identity.identity,
                ..RawRow::default()
            };
            let at = |field: &str| Place { line: None, field: format!("{path}.identities[{number}].{field}") };
            match identity.identity.trim().is_empty() {
                true => entries.faults.push(at("identity").fault("is required: an id, a login or an e-mail address")),
                false => entries.add(&row, at),
            }
        }
        for (number, team) in person.teams.iter().enumerate() {
            let (from, to) = (team.from.map(|day| day.to_string()), team.to.map(|day| day.to_string()));
            let row = RawRow {
                person: &person.person,
                team: &team.team,
                from: from.as_deref().unwrap_or_default(),
                to: to.as_deref().unwrap_or_default(),
                ..RawRow::default()
            };
            let at = |field: &str| Place { line: None, field: format!("{path}.teams[{number}].{field}") };
            match team.team.trim().is_empty() {
                true => entries.faults.push(at("team").fault("is required: the name of a team")),
                false => entries.add(&row, at),
            }
        }
    }
    entries.finish()
}

/// What one row says; an empty text says nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct RawRow<'a> {
    pub(super) person: &'a str,
    pub(super) provider: &'a str,
    pub(super) identity: &'a str,
    pub(super) name: &'a str,
    pub(super) team: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
}

/// Where a value stands in what was sent.
pub(super) struct Place {
    pub(super) line: Option<u64>,
    pub(super) field: String,
}

impl Place {
    pub(super) fn fault(self, why: impl Into<String>) -> Fault {
        Fault { line: self.line, field: Some(self.field), why: why.into() }
    }

    fn name(&self) -> String {
        match self.line {
            Some(line) => format!("line {line}"),
            None => self.field.clone(),
        }
    }
}

pub(super) struct Entries<'a> {
    providers: &'a [&'a str],
    people: Vec<MappedPerson>,
    /// Where each person is named first.
    places: Vec<Place>,
    by_person: HashMap<String, usize>,
    /// Who has an identity, by its text in lower case: at which provider, which entry, where.
    owners: HashMap<String, Vec<(Option<String>, usize, String)>>,
    pub(super) faults: Faults,
}

impl<'a> Entries<'a> {
    pub(super) fn new(providers: &'a [&'a str]) -> Self {
        Self {
            providers,
            people: Vec::new(),
            places: Vec::new(),
            by_person: HashMap::new(),
            owners: HashMap::new(),
            faults: Faults::default(),
        }
    }

    /// Rows about one person add up.
    pub(super) fn add(&mut self, row: &RawRow<'_>, at: impl Fn(&str) -> Place) {
        let person = self.text(row.person, "person", &at);
        if row.person.trim().is_empty() {
            self.fault(&at, "person", "is required: an e-mail address or another key of the person");
        }
        let name = self.text(row.name, "name", &at);
        let identity = self.identity(row, &at);
        let team = self.team(row, &at);
        let Some(person) = person else { return };
        let entry = self.entry(person, &at);
        if let Some(name) = name {
            match &self.people[entry].name {
                Some(known) if *known != name => {
                    self.fault(&at, "name", "is another name than on a row before; a person has one name");
                }
                _ => self.people[entry].name = Some(name),
            }
        }
        if let Some(identity) = identity {
            self.claim(identity.provider.clone(), &identity.identity, entry, at("identity"));
            let known = &mut self.people[entry].identities;
            let is_same = |one: &MappedIdentity| {
                one.provider == identity.provider && one.identity.to_lowercase() == identity.identity.to_lowercase()
            };
            if !known.iter().any(is_same) {
                known.push(identity);
            }
        }
        if let Some(team) = team.filter(|team| !self.people[entry].teams.contains(team)) {
            self.people[entry].teams.push(team);
        }
    }

    pub(super) fn finish(mut self) -> Result<Vec<MappedPerson>, Error> {
        for (person, place) in self.people.iter().zip(self.places) {
            if person.name.is_none() && person.identities.is_empty() && person.teams.is_empty() {
                self.faults.push(place.fault("has nothing beside it; give an identity, a name or a team"));
            }
        }
        self.faults.or(self.people)
    }

    fn entry(&mut self, person: String, at: &impl Fn(&str) -> Place) -> usize {
        let key = person.to_lowercase();
        if let Some(known) = self.by_person.get(&key) {
            return *known;
        }
        let entry = self.people.len();
        if person.contains('@') {
            self.claim(None, &person, entry, at("person"));
        }
        self.by_person.insert(key, entry);
        self.people.push(MappedPerson { person, ..MappedPerson::default() });
        self.places.push(at("person"));
        entry
    }

    /// Two persons with one identity would silently be one person.
    fn claim(&mut self, provider: Option<String>, identity: &str, entry: usize, at: Place) {
        let owners = self.owners.entry(identity.to_lowercase()).or_default();
        let overlaps = |one: &Option<String>| one.is_none() || provider.is_none() || *one == provider;
        let other = owners.iter().find(|(known, owner, _)| *owner != entry && overlaps(known));
        let other = other.map(|(.., place)| place.clone());
        owners.push((provider, entry, at.name()));
        if let Some(other) = other {
            self.faults.push(at.fault(format!("belongs to another person already: {other}")));
        }
    }

    fn identity(&mut self, row: &RawRow<'_>, at: &impl Fn(&str) -> Place) -> Option<MappedIdentity> {
        let identity = self.text(row.identity, "identity", at);
        let wanted = row.provider.trim();
        let provider = self.providers.iter().find(|known| known.eq_ignore_ascii_case(wanted)).copied();
        if !wanted.is_empty() && provider.is_none() {
            let known = self.providers.join(", ");
            self.fault(at, "provider", format!("is not known; give one of {known}, or leave it empty"));
            return None;
        }
        if provider.is_some() && row.identity.trim().is_empty() {
            self.fault(at, "identity", "is required beside a provider: an id, a login or an e-mail address");
        }
        Some(MappedIdentity { provider: provider.map(str::to_owned), identity: identity? })
    }

    fn team(&mut self, row: &RawRow<'_>, at: &impl Fn(&str) -> Place) -> Option<MappedTeam> {
        let name = self.text(row.team, "team", at);
        let (from, to) = (self.day(row.from, "from", at), self.day(row.to, "to", at));
        let has_days = !row.from.trim().is_empty() || !row.to.trim().is_empty();
        if row.team.trim().is_empty() && has_days {
            self.fault(at, "team", "is required beside `from` and `to`");
        }
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            self.fault(at, "from", "must not be after `to`; both are inclusive");
        }
        let team = MappedTeam { team: name?, from, to };
        if team.id().chars().count() < 2 {
            self.fault(at, "team", "must have a letter or a digit");
            return None;
        }
        Some(team)
    }

    fn day(&mut self, text: &str, field: &str, at: &impl Fn(&str) -> Place) -> Option<Day> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let is_shaped = text.len() == 10
            && text.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let day = is_shaped.then(|| text.parse().ok()).flatten();
        if day.is_none() {
            self.fault(at, field, "must be a day such as 2026-11-20");
        }
        day
    }

    /// Without spaces at its ends; nothing where it is empty or wrong.
    fn text(&mut self, text: &str, field: &str, at: &impl Fn(&str) -> Place) -> Option<String> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            self.fault(at, field, "has a line break or another control character; is a quotation mark missing?");
        } else if text.chars().count() > MAX_CHARACTERS {
            self.fault(at, field, format!("must have at most {MAX_CHARACTERS} characters"));
        } else if !text.is_empty() {
            return Some(text.to_owned());
        }
        None
    }

    fn fault(&mut self, at: &impl Fn(&str) -> Place, field: &str, why: impl Into<String>) {
        self.faults.push(at(field).fault(why));
    }
}
