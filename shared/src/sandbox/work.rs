//! How much a person works with an assistant on a day: the same habits at every provider, thrown anew for each.

use chrono::NaiveDate;

use super::calendar::{is_weekend, number};
use super::dice::{Dice, named};
use super::people::{Account, Habit, Person};

/// Requests of a person on a day; none on days on which they do not work with this provider's assistant.
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

/// Everybody who worked on a day, with their requests.
pub(crate) fn at_work<'a>(
    account: &'a Account,
    day: NaiveDate,
    provider: &'a str,
) -> impl Iterator<Item = (&'a Person, u64)> {
    let days = (day >= account.first_day).then_some(account.people.iter()).into_iter().flatten();
    days.map(move |person| (person, requests(person, day, provider))).filter(|(_, requests)| *requests > 0)
}
