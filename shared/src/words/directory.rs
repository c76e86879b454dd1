//! Who the people of one connector are: what its rows say about names, addresses and teams, from which day on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Dataset, Day};

/// The people of one connector. It follows from stored rows and can be made anew from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// By the provider's stable id. The empty id is unattributed use, not a person.
    pub people: BTreeMap<String, Identity>,
    /// Names of API keys and service accounts, by id.
    #[serde(default)]
    pub machines: BTreeMap<String, Since<String>>,
    /// Names or slugs of the provider's teams, by id: each name with the latest day on which a team had it.
    pub teams: BTreeMap<String, BTreeMap<String, Day>>,
    /// The latest day of which it is known who was in which team.
    pub teams_through: Option<Day>,
    /// The rows that it follows from: by dataset and day, their revision.
    pub read: BTreeMap<Dataset, BTreeMap<Day, u32>>,
    /// The store's: 0 before anything was stored.
    #[serde(skip)]
    pub version: u64,
}

/// One person as one connector's rows have them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub first_seen: Day,
    /// Login or full name.
    pub name: Option<Since<String>>,
    pub email: Option<Since<String>>,
    /// Ids of teams, separated by commas, each from its day on until the next; in order of day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Since<String>>,
}

/// A value and the day from which it is known. A restated day of before changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since<T> {
    pub day: Day,
    pub value: T,
}

impl Directory {
    /// The same without its people and machines.
    pub fn head(&self) -> Self {
        let Self { people: _, machines: _, teams, teams_through, read, version } = self;
        let (teams, read) = (teams.clone(), read.clone());
        Self { teams, teams_through: *teams_through, read, version: *version, ..Self::default() }
    }

    /// Whether these rows have been read, at this revision.
    pub fn has_read(&self, dataset: Dataset, day: Day, revision: u32) -> bool {
        self.read.get(&dataset).and_then(|days| days.get(&day)) == Some(&revision)
    }

    /// A row of `day` names a person.
    pub fn note_person(&mut self, day: Day, subject: &str, name: Option<&str>, email: Option<&str>) {
        if subject.is_empty() {
            return;
        }
        if !self.people.contains_key(subject) {
            let new = Identity { first_seen: day, name: None, email: None, teams: Vec::new() };
            self.people.insert(subject.to_owned(), new);
        }
        let Some(person) = self.people.get_mut(subject) else { return };
        person.first_seen = person.first_seen.min(day);
        note(&mut person.name, day, name);
        note(&mut person.email, day, email);
    }

    /// A row of `day` names an API key or a service account.
    pub fn note_machine(&mut self, day: Day, id: &str, name: Option<&str>) {
        let mut known = self.machines.remove(id);
        note(&mut known, day, name);
        self.machines.extend(known.map(|known| (id.to_owned(), known)));
    }

    /// A row of `day` names a team.
    pub fn note_team(&mut self, day: Day, id: &str, name: Option<&str>) {
        let names = self.teams.entry(id.to_owned()).or_default();
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let last = names.entry(name.to_owned()).or_insert(day);
            *last = day.max(*last);
        }
    }

    /// The name that a team had last.
    pub fn team_name(&self, id: &str) -> Option<&str> {
        let names = self.teams.get(id)?.iter();
        names.max_by_key(|(_, day)| **day).map(|(name, _)| name.as_str())
    }

    /// The team with this id or, where there is none, the one that had this name last: teams are renamed, and their ids
    /// stay.
    pub fn team_id(&self, wanted: &str) -> Option<&str> {
        if let Some((id, _)) = self.teams.get_key_value(wanted) {
            return Some(id);
        }
        let named = self.teams.iter().filter_map(|(id, names)| Some((names.get(wanted)?, id)));
        named.max().map(|(_, id)| id.as_str())
    }

    /// On `day` these people were in these teams, each a list of ids separated by commas. Other people stay where they
    /// were. People must be noted before.
    pub fn set_teams<'a>(&mut self, day: Day, lists: impl Iterator<Item = (&'a str, &'a str)>) {
        let through = self.teams_through;
        let next = day.succ_opt().filter(|next| through.is_some_and(|through| *next <= through));
        for (subject, list) in lists {
            if let Some(person) = self.people.get_mut(subject) {
                person.set_teams(day, next, list);
            }
        }
        self.teams_through = through.max(Some(day));
    }

    /// Ids of the teams that a person was in on a day, separated by commas; as last known before it.
    pub fn teams_on(&self, subject: &str, day: Day) -> Option<&str> {
        self.people.get(subject)?.teams_on(day)
    }

    /// From here on everyone is, and always was, in the teams of the latest day.
    pub fn fix_teams(&mut self) {
        for person in self.people.values_mut() {
            if let Some(last) = person.teams.pop() {
                person.teams = vec![Since { day: Day::default(), value: last.value }];
            }
        }
    }

    /// Whether `fix_teams` has said where the person is, and nothing else has since.
    pub fn has_fixed_teams(&self, subject: &str) -> bool {
        let teams = self.people.get(subject).map(|person| person.teams.as_slice());
        matches!(teams, Some([only]) if only.day == Day::default())
    }
}

impl Identity {
    pub fn teams_on(&self, day: Day) -> Option<&str> {
        let known = self.teams.partition_point(|since| since.day <= day);
        Some(&self.teams[known.checked_sub(1)?].value)
    }

    /// `next` is the day after, where something is known of that day or a later one: it keeps what it had.
    fn set_teams(&mut self, day: Day, next: Option<Day>, list: &str) {
        let before = day.pred_opt().and_then(|before| self.teams_on(before)).map(str::to_owned);
        let after = next.and_then(|next| self.teams_on(next)).map(str::to_owned);
        self.teams.retain(|since| since.day != day && Some(since.day) != next);
        let mut put = |day: Day, value: String| {
            let place = self.teams.partition_point(|since| since.day < day);
            self.teams.insert(place, Since { day, value });
        };
        if before.as_deref() != Some(list) {
            put(day, list.to_owned());
        }
        if let (Some(next), Some(after)) = (next, after)
            && after != list
        {
            put(next, after);
        }
    }
}

fn note(known: &mut Option<Since<String>>, day: Day, value: Option<&str>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return };
    match known {
        Some(since) if since.value == value || since.day > day => {}
        _ => *known = Some(Since { day, value: value.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> Day {
        Day::from_ymd_opt(2026, 11, number).unwrap()
    }

    fn directory(days: &[(u32, &str)]) -> Directory {
        let mut directory = Directory::default();
        for (number, list) in days {
            directory.note_person(day(*number), "7", None, None);
            directory.set_teams(day(*number), [("7", *list)].into_iter());
        }
        directory
    }

    fn teams(directory: &Directory) -> Vec<&str> {
        (1..=6).map(|number| directory.teams_on("7", day(number)).unwrap_or("?")).collect()
    }

    #[test]
    fn a_person_stays_in_a_team_until_a_day_says_otherwise() {
        let directory = directory(&[(2, "a"), (3, "a"), (5, "a,b")]);
        assert_eq!(teams(&directory), ["?", "a", "a", "a", "a,b", "a,b"]);
        assert_eq!(directory.people["7"].teams.len(), 2);
    }

    #[test]
    fn days_may_come_in_any_order() {
        let days = [(1, "a"), (2, "a"), (3, "b"), (4, ""), (5, "a"), (6, "a")];
        let in_order = directory(&days);
        let mut backwards = days;
        backwards.reverse();
        let mixed = [days[3], days[0], days[5], days[1], days[4], days[2]];
        assert_eq!(teams(&in_order), ["a", "a", "b", "", "a", "a"]);
        assert_eq!(teams(&directory(&backwards)), teams(&in_order));
        assert_eq!(teams(&directory(&mixed)), teams(&in_order));
        assert_eq!(in_order.people["7"].teams.len(), 4);
    }

    #[test]
    fn a_restated_day_changes_that_day_alone() {
        let mut directory = directory(&[(1, "a"), (2, "a"), (3, "a")]);
        directory.set_teams(day(2), [("7", "b")].into_iter());
        assert_eq!(teams(&directory), ["a", "b", "a", "a", "a", "a"]);
        directory.set_teams(day(2), [("7", "a")].into_iter());
        assert_eq!(directory.people["7"].teams.len(), 1);
    }

    #[test]
    fn fixed_teams_hold_for_all_days() {
        let mut directory = directory(&[(2, "a"), (4, "b")]);
        directory.fix_teams();
        assert_eq!(teams(&directory), ["b", "b", "b", "b", "b", "b"]);
    }

    #[test]
    fn the_latest_name_stays_when_an_earlier_day_is_read_again() {
        let mut directory = Directory::default();
        directory.note_person(day(3), "7", Some("anna"), None);
        directory.note_person(day(5), "7", Some("anna-b"), Some("anna@octo.example"));
        directory.note_person(day(4), "7", Some("anna"), None);
        directory.note_person(day(1), "7", None, Some("old@octo.example"));
        let person = &directory.people["7"];
        assert_eq!(person.name.as_ref().map(|name| name.value.as_str()), Some("anna-b"));
        assert_eq!(person.email.as_ref().map(|email| email.value.as_str()), Some("anna@octo.example"));
        assert_eq!(person.first_seen, day(1));
    }

    #[test]
    fn unattributed_use_is_no_person() {
        let mut directory = Directory::default();
        directory.note_person(day(1), "", Some("anna"), None);
        assert!(directory.people.is_empty());
    }
}
