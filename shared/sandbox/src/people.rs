//! The seeded population of an organization or enterprise: people, habits, teams and repositories.

use chrono::{Duration, NaiveDate};

use super::Options;
use super::dice::{Dice, mix, named};
use super::words::Slug;

const FIRST: [&str; 40] = [
    "ada", "amara", "anders", "bao", "beatriz", "bjorn", "carmen", "chidi", "dana", "dmitri", "elif", "emeka", "farah",
    "felix", "grace", "hana", "ines", "ivan", "jamal", "jun", "kaia", "kofi", "lena", "liam", "malik", "mei", "nadia",
    "noor", "olga", "omar", "petra", "priya", "quinn", "rosa", "samir", "sofia", "tariq", "uma", "viktor", "yuki",
];
const LAST: [&str; 40] = [
    "abe", "almeida", "baker", "bauer", "castro", "chen", "diaz", "dubois", "eriksen", "farouk", "fischer", "garcia",
    "haddad", "hansen", "ito", "ivanov", "jensen", "kaur", "kim", "kowalski", "larsen", "lopez", "marino", "meyer",
    "moreau", "nakamura", "nguyen", "okafor", "osei", "patel", "petrov", "reyes", "rossi", "santos", "sato", "silva",
    "tanaka", "weber", "yilmaz", "zhang",
];
const TEAMS: [&str; 9] = [
    "platform",
    "payments",
    "web",
    "mobile",
    "data",
    "infrastructure",
    "design-systems",
    "security",
    "developer-experience",
];
const REPOSITORIES: [&str; 25] = [
    "checkout",
    "ledger",
    "gateway",
    "storefront",
    "mobile-app",
    "identity",
    "search",
    "notifications",
    "pricing",
    "inventory",
    "warehouse",
    "reports",
    "design-tokens",
    "web-components",
    "terraform",
    "deploy-tools",
    "observability",
    "feature-flags",
    "invoices",
    "risk-engine",
    "data-pipelines",
    "ml-features",
    "developer-portal",
    "docs",
    "playground",
];
/// Suffixes of an enterprise's organizations.
pub(crate) const PARTS: [&str; 2] = ["core", "labs"];
/// Shares of one hundred people; the remainder never uses a seat.
const HEAVY: u64 = 18;
const NORMAL: u64 = 45;
const OCCASIONAL: u64 = 25;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Organization,
    Enterprise,
}

pub(crate) struct Account {
    pub(crate) kind: Kind,
    pub(crate) slug: Slug,
    pub(crate) id: u64,
    /// The enterprise that owns it; for an enterprise, its own ID.
    pub(crate) enterprise_id: u64,
    /// ID and login of an enterprise's organizations; for an organization, its own.
    pub(crate) organizations: Vec<(u64, String)>,
    /// The first day of its history.
    pub(crate) first_day: NaiveDate,
    pub(crate) people: Vec<Person>,
    pub(crate) teams: Vec<Team>,
    pub(crate) repositories: Vec<Repository>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    Heavy,
    Normal,
    Occasional,
    /// Has a seat and never used it.
    Idle,
}

pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) habit: Habit,
    /// Progress with agents: GitHub's adoption phase, 0 to 3.
    pub(crate) phase: u8,
    pub(crate) tastes: Tastes,
    pub(crate) joined: NaiveDate,
    pub(crate) left: Option<NaiveDate>,
    /// Indexes into the account's teams.
    pub(crate) teams: Vec<usize>,
}

/// A person's preferences: numbers that each provider maps to its own lists of editors, languages and models.
#[derive(Clone, Copy)]
pub(crate) struct Tastes {
    pub(crate) editor: u64,
    pub(crate) language: u64,
    pub(crate) model: u64,
}

pub(crate) struct Team {
    pub(crate) id: u64,
    pub(crate) slug: &'static str,
}

pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) visibility: &'static str,
}

impl Account {
    /// Derived from the seed, the kind and the slug; the first day only decides when people join and leave.
    pub(crate) fn seeded(kind: Kind, slug: Slug, options: &Options, first_day: NaiveDate) -> Account {
        let id = id_of(kind, slug.as_str(), options.seed);
        let (enterprise_id, organizations) = match kind {
            Kind::Enterprise => {
                let parts = PARTS.map(|part| format!("{}-{part}", slug.as_str()));
                let own = |login: String| (id_of(Kind::Organization, &login, options.seed), login);
                (id, parts.map(own).to_vec())
            }
            Kind::Organization => {
                let owner = PARTS.iter().find_map(|part| slug.as_str().strip_suffix(part)?.strip_suffix('-'));
                (
                    id_of(Kind::Enterprise, owner.unwrap_or(slug.as_str()), options.seed),
                    vec![(id, slug.as_str().to_owned())],
                )
            }
        };
        let mut dice = Dice::about(id, options.seed);
        let teams = (0..dice.between(6, 9) as usize)
            .map(|at| Team { id: 5_000_000 + id % 1_000_000 * 10 + at as u64, slug: TEAMS[at] })
            .collect::<Vec<_>>();
        let repositories = REPOSITORIES
            .iter()
            .enumerate()
            .map(|(at, name)| Repository {
                id: 900_000_000 + id % 1_000_000 * 100 + at as u64,
                name,
                visibility: ["PRIVATE", "PRIVATE", "INTERNAL", "PRIVATE", "PUBLIC"][dice.skewed(5)],
            })
            .collect();
        let first_person = 20_000_000 + dice.below(100_000_000);
        let people =
            (0..options.users).map(|at| Person::seeded(at, first_person, teams.len(), options, first_day)).collect();
        Account { kind, slug, id, enterprise_id, organizations, first_day, people, teams, repositories }
    }

    /// The people with a seat on a day.
    pub(crate) fn seated(&self, day: NaiveDate) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(move |person| person.is_seated(day))
    }
}

impl Person {
    fn seeded(at: usize, first: u64, teams: usize, options: &Options, first_day: NaiveDate) -> Person {
        // IDs increase with gaps, as in reality.
        let id = first + at as u64 * 41 + mix(first ^ at as u64) % 41;
        let mut dice = Dice::about(id, options.seed);
        let habit = match dice.below(100) {
            roll if roll < HEAVY => Habit::Heavy,
            roll if roll < HEAVY + NORMAL => Habit::Normal,
            roll if roll < HEAVY + NORMAL + OCCASIONAL => Habit::Occasional,
            _ => Habit::Idle,
        };
        let phase = match habit {
            Habit::Heavy => dice.between(2, 3) as u8,
            Habit::Normal => dice.between(1, 2) as u8,
            Habit::Occasional => dice.between(0, 1) as u8,
            Habit::Idle => 0,
        };
        let some_day = |dice: &mut Dice| first_day + Duration::days(dice.below(options.days.max(1) as u64) as i64);
        let joined =
            if dice.chance(80) { some_day(&mut dice) } else { first_day - Duration::days(dice.between(1, 300) as i64) };
        let left = dice.chance(50).then(|| some_day(&mut dice)).filter(|left| *left > joined);
        let mut own = vec![dice.skewed(teams)];
        if dice.chance(300) {
            own.push((own[0] + 1 + dice.below(teams as u64 - 1) as usize) % teams);
        }
        let tastes = Tastes { editor: dice.below(100), language: dice.roll(), model: dice.roll() };
        Person { id, login: login(at), habit, phase, tastes, joined, left, teams: own }
    }

    /// The same at every provider, which identifies one person across providers.
    pub(crate) fn email(&self) -> String {
        format!("{}@octodemo.example", self.login.replace('-', "."))
    }

    pub(crate) fn is_seated(&self, day: NaiveDate) -> bool {
        self.joined <= day && self.left.is_none_or(|left| day < left)
    }
}

fn id_of(kind: Kind, slug: &str, seed: u64) -> u64 {
    10_000_000 + Dice::about(named(slug) ^ mix(seed), kind as u64).below(190_000_000)
}

/// Walks the diagonal of first and last names, so that neighbors differ in both; a number follows after all pairs are
/// used.
fn login(at: usize) -> String {
    let round = at / FIRST.len();
    let (first, last) = (FIRST[at % FIRST.len()], LAST[(round + at % FIRST.len()) % LAST.len()]);
    match at / (FIRST.len() * LAST.len()) {
        0 => format!("{first}-{last}"),
        again => format!("{first}-{last}-{}", again + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_people_share_a_login_or_an_id() {
        let options = Options { users: 5000, ..Options::at(chrono::DateTime::UNIX_EPOCH) };
        let account = Account::seeded(Kind::Organization, Slug::parse("octo").unwrap(), &options, NaiveDate::default());
        assert_eq!(account.people.iter().map(|person| &person.login).collect::<HashSet<_>>().len(), 5000);
        assert_eq!(account.people.iter().map(|person| person.id).collect::<HashSet<_>>().len(), 5000);
    }

    #[test]
    fn about_one_seat_in_eight_is_never_used() {
        let options = Options { users: 5000, ..Options::at(chrono::DateTime::UNIX_EPOCH) };
        let account = Account::seeded(Kind::Organization, Slug::parse("octo").unwrap(), &options, NaiveDate::default());
        let idle = account.people.iter().filter(|person| person.habit == Habit::Idle).count();
        assert!((500..700).contains(&idle), "{idle}");
    }
}
