//! Who the people of one connector are: what its rows say about names, addresses and teams, from which day on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Dataset, Day, TeamSync};

/// The people of one connector. It follows from stored rows alone, read in order of day and, within a day, of
/// [`Dataset::ALL`]: made anew from them it is the same. Only teams that are read once stay as they were first known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// The setting under which teams were read. `None`: no rows were read, or the stored form is outdated.
    pub team_sync: Option<TeamSync>,
    /// By the provider's stable id. The empty id is unattributed use, not a person.
    pub people: BTreeMap<String, Identity>,
    /// Names of API keys and service accounts, by id.
    pub machines: BTreeMap<String, History>,
    /// Names or slugs of the provider's teams, by id; empty before a row named the team.
    pub teams: BTreeMap<String, History>,
    /// The rows that it follows from: by dataset and day, their revision.
    pub read: BTreeMap<Dataset, BTreeMap<Day, u32>>,
    /// The store's: 0 before anything was stored.
    pub version: u64,
}

/// One person as one connector's rows have them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub first_seen: Day,
    /// Logins or full names.
    #[serde(default, skip_serializing_if = "History::is_empty")]
    pub names: History,
    #[serde(default, skip_serializing_if = "History::is_empty")]
    pub emails: History,
    /// Ids of teams, separated by commas. On a day without rows that say so, a person is where they were.
    #[serde(default, skip_serializing_if = "History::is_empty")]
    pub teams: History,
}

/// Values in order of day, each from its day on until the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History(Vec<Since>);

/// A value and the day from which it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    pub day: Day,
    pub value: String,
}

/// Rows are noted in order of day.
impl Directory {
    /// The same without its people and machines.
    pub fn head(&self) -> Self {
        let Self { people: _, machines: _, team_sync, teams, read, version } = self;
        let (teams, read) = (teams.clone(), read.clone());
        Self { team_sync: *team_sync, teams, read, version: *version, ..Self::default() }
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
            let (names, emails, teams) = Default::default();
            self.people.insert(subject.to_owned(), Identity { first_seen: day, names, emails, teams });
        }
        let Some(person) = self.people.get_mut(subject) else { return };
        person.names.note(day, name);
        person.emails.note(day, email);
    }

    /// A row of `day` names an API key or a service account.
    pub fn note_machine(&mut self, day: Day, id: &str, name: Option<&str>) {
        if name.is_some_and(|name| !name.is_empty()) {
            self.machines.entry(id.to_owned()).or_default().note(day, name);
        }
    }

    /// A row of `day` is about a team.
    pub fn note_team(&mut self, day: Day, id: &str, name: Option<&str>) {
        let names = self.teams.entry(id.to_owned()).or_default();
        if names.is_empty() {
            names.set(day, "");
        }
        names.note(day, name);
    }

    /// The name that a team had last.
    pub fn team_name(&self, id: &str) -> Option<&str> {
        self.teams.get(id)?.latest().filter(|name| !name.is_empty())
    }

    /// The team with this id or, where there is none, the one that got this name last: teams are renamed, and their ids
    /// stay.
    pub fn team_id(&self, wanted: &str) -> Option<&str> {
        if let Some((id, _)) = self.teams.get_key_value(wanted) {
            return Some(id);
        }
        let named = self.teams.iter().flat_map(|(id, names)| names.0.iter().map(move |name| (name, id)));
        let named = named.filter(|(name, _)| name.value == wanted).map(|(name, id)| (name.day, id));
        named.max().map(|(_, id)| id.as_str())
    }

    /// On `day` a person was in these teams: ids separated by commas. People must be noted before.
    pub fn set_teams(&mut self, day: Day, subject: &str, list: &str) {
        if let Some(person) = self.people.get_mut(subject) {
            person.teams.set(day, list);
        }
    }

    /// Ids of the teams that a person was in on a day, separated by commas; as last known before it.
    pub fn teams_on(&self, subject: &str, day: Day) -> Option<&str> {
        self.people.get(subject)?.teams.on(day)
    }

    /// The teams that each person was in last.
    pub fn latest_teams(&self) -> BTreeMap<String, String> {
        let known =
            |(subject, person): (&String, &Identity)| Some((subject.clone(), person.teams.latest()?.to_owned()));
        self.people.iter().filter_map(known).collect()
    }

    /// On all days people are in the teams of `fixed` or, where they are new, in those of the latest day.
    pub fn fix_teams(&mut self, fixed: &BTreeMap<String, String>) {
        for (subject, person) in &mut self.people {
            let known = fixed.get(subject).map(String::as_str).or_else(|| person.teams.latest());
            if let Some(teams) = known.map(str::to_owned) {
                person.teams = History(vec![Since { day: Day::default(), value: teams }]);
            }
        }
    }

    /// As it was before any row of this day or of a later one was read.
    pub fn forget_from(&mut self, day: Day) {
        self.people.retain(|_, person| person.first_seen < day);
        for person in self.people.values_mut() {
            person.names.forget_from(day);
            person.emails.forget_from(day);
            person.teams.forget_from(day);
        }
        for named in [&mut self.machines, &mut self.teams] {
            named.values_mut().for_each(|names| names.forget_from(day));
            named.retain(|_, names| !names.is_empty());
        }
        self.read.values_mut().for_each(|days| drop(days.split_off(&day)));
        self.read.retain(|_, days| !days.is_empty());
    }
}

impl History {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn latest(&self) -> Option<&str> {
        self.last().map(|since| since.value.as_str())
    }

    pub fn last(&self) -> Option<&Since> {
        self.0.last()
    }

    /// The days on which the value changed.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        self.0.iter().map(|since| since.day)
    }

    /// As last known on that day.
    pub fn on(&self, day: Day) -> Option<&str> {
        let known = self.0.partition_point(|since| since.day <= day);
        Some(&self.0[known.checked_sub(1)?].value)
    }

    fn note(&mut self, day: Day, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.set(day, value);
        }
    }

    /// What is said last of a day counts.
    fn set(&mut self, day: Day, value: &str) {
        self.0.pop_if(|since| since.day == day);
        if self.latest() != Some(value) {
            self.0.push(Since { day, value: value.to_owned() });
        }
    }

    fn forget_from(&mut self, day: Day) {
        self.0.truncate(self.0.partition_point(|since| since.day < day));
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
            directory.set_teams(day(*number), "7", list);
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
        assert_eq!(directory.people["7"].teams.0.len(), 2);
    }

    #[test]
    fn fixed_teams_hold_for_all_days() {
        let mut directory = directory(&[(2, "a"), (4, "b")]);
        directory.note_person(day(4), "9", None, None);
        directory.fix_teams(&BTreeMap::new());
        assert_eq!(teams(&directory), ["b", "b", "b", "b", "b", "b"]);
        directory.fix_teams(&[("7".to_owned(), "a".to_owned())].into());
        assert_eq!(teams(&directory), ["a", "a", "a", "a", "a", "a"]);
        assert!(directory.people["9"].teams.is_empty());
    }

    #[test]
    fn the_name_that_was_said_last_is_the_name() {
        let mut directory = Directory::default();
        directory.note_person(day(3), "7", Some("anna"), Some("anna@octo.example"));
        directory.note_person(day(4), "7", Some("anna-b"), None);
        directory.note_person(day(5), "7", Some(""), None);
        assert_eq!(directory.people["7"].names.latest(), Some("anna-b"));
        assert_eq!(directory.people["7"].emails.latest(), Some("anna@octo.example"));
        directory.note_person(day(6), "7", Some("anna"), None);
        assert_eq!(directory.people["7"].names.latest(), Some("anna"));
    }

    #[test]
    fn two_names_of_each_day_are_one_change() {
        let mut directory = Directory::default();
        for number in 1..=6 {
            directory.note_person(day(number), "7", Some("anna"), None);
            directory.note_person(day(number), "7", Some("Anna Berg"), None);
        }
        let only = Since { day: day(1), value: "Anna Berg".to_owned() };
        assert_eq!(directory.people["7"].names.0, [only]);
    }

    #[test]
    fn a_team_is_found_by_the_names_that_it_had() {
        let mut directory = Directory::default();
        directory.note_team(day(1), "1", None);
        assert_eq!((directory.team_name("1"), directory.team_id("1")), (None, Some("1")));
        directory.note_team(day(2), "1", Some("core"));
        directory.note_team(day(3), "1", Some("platform"));
        assert_eq!((directory.team_name("1"), directory.team_id("core")), (Some("platform"), Some("1")));
        directory.note_team(day(4), "2", Some("core"));
        assert_eq!((directory.team_id("core"), directory.team_id("web")), (Some("2"), None));
    }

    #[test]
    fn what_was_read_of_later_days_is_forgotten() {
        let noted = |days: std::ops::RangeInclusive<u32>| {
            let mut directory = Directory::default();
            for number in days {
                for subject in ["7", if number < 3 { "8" } else { "9" }] {
                    directory.note_person(
                        day(number),
                        subject,
                        Some(&format!("anna-{}", number / 2)),
                        Some("a@o.example"),
                    );
                    directory.set_teams(day(number), subject, if number % 2 == 0 { "1" } else { "1,2" });
                }
                directory.note_machine(day(number), if number < 4 { "key-1" } else { "key-2" }, Some("build"));
                directory.note_team(day(number), &format!("{}", number % 4), Some(&format!("core-{number}")));
                directory.read.entry(Dataset::Activity).or_default().insert(day(number), 1);
            }
            directory
        };
        for until in 1..=6 {
            let mut all = noted(1..=6);
            all.forget_from(day(until));
            assert_eq!(all, noted(1..=until - 1), "before {until}");
        }
    }

    #[test]
    fn unattributed_use_is_no_person() {
        let mut directory = Directory::default();
        directory.note_person(day(1), "", Some("anna"), None);
        assert!(directory.people.is_empty());
    }
}
