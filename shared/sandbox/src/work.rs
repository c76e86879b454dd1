//! How much a person works with an assistant on a day: the same habits at every provider, with separate dice.

use chrono::NaiveDate;

use super::calendar::{is_weekend, number};
use super::dice::{Dice, named};
use super::people::{Account, Habit, Person};

/// Requests of a person on a day; zero on days without work with this provider's assistant.
pub(crate) fn requests(person: &Person, day: NaiveDate, provider: &str) -> u64 {
    if !person.is_seated(day) {
        return 0;
    }
    let mut dice = Dice::about(person.id ^ named(provider), number(day));
    let (per_mille, most) = match person.habit {
        Habit::Heavy => (900, 80),
        Habit::Normal => (600, 30),
        Habit::Occasional => (150, 8),
        Habit::Idle => (0, 1),
    };
    let per_mille = if is_weekend(day) { per_mille / 8 } else { per_mille };
    if dice.chance(per_mille) { dice.between(1, most) } else { 0 }
}

/// All people who worked on a day, with their requests.
pub(crate) fn at_work<'a>(
    account: &'a Account,
    day: NaiveDate,
    provider: &'a str,
) -> impl Iterator<Item = (&'a Person, u64)> {
    let days = (day >= account.first_day).then_some(account.people.iter()).into_iter().flatten();
    days.map(move |person| (person, requests(person, day, provider))).filter(|(_, requests)| *requests > 0)
}

/// One person's day at one provider, with dice for its counts.
pub(crate) struct Work {
    pub(crate) dice: Dice,
    pub(crate) requests: i64,
}

/// Returns `None` on a day without usage.
pub(crate) fn on(person: &Person, day: NaiveDate, provider: &str) -> Option<Work> {
    let requests = requests(person, day, provider) as i64;
    (requests > 0).then(|| Work { dice: Dice::about(person.id ^ named(provider), number(day) + 1), requests })
}

impl Work {
    /// A count that grows with the requests.
    pub(crate) fn about(&mut self, each: u64) -> i64 {
        self.requests * self.dice.between(each / 2, each * 3 / 2) as i64
    }

    /// A share of a count, in percent.
    pub(crate) fn share(&mut self, of: i64, low: u64, high: u64) -> i64 {
        of * self.dice.between(low, high) as i64 / 100
    }
}
