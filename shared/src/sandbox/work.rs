//! What a person of the sandbox does with an assistant on a day, before any provider counts it in its own way.

use chrono::NaiveDate;

use super::calendar::{is_weekend, number};
use super::dice::{Dice, named};
use super::people::{Habit, Person};

/// One person's day at one provider.
pub(crate) struct Work {
    pub(crate) dice: Dice,
    /// Prompts, agent runs and the like.
    pub(crate) requests: i64,
}

/// The same for the same person, day and provider; none on a day without any use.
pub(crate) fn on(person: &Person, day: NaiveDate, provider: &str) -> Option<Work> {
    if !person.is_seated(day) {
        return None;
    }
    let mut dice = Dice::about(person.id ^ named(provider), number(day));
    let (per_mille, most) = match (person.habit, is_weekend(day)) {
        (Habit::Heavy, false) => (950, 40),
        (Habit::Normal, false) => (700, 15),
        (Habit::Occasional, false) => (200, 6),
        (Habit::Heavy, true) => (150, 10),
        (Habit::Idle, _) | (_, true) => (0, 1),
    };
    dice.chance(per_mille).then(|| {
        let requests = dice.between(1, most) as i64;
        Work { dice, requests }
    })
}

impl Work {
    /// A count that grows with the requests.
    pub(crate) fn about(&mut self, each: u64) -> i64 {
        self.requests * self.dice.between(each / 2, each * 3 / 2) as i64
    }

    /// A share of a count, in hundredths.
    pub(crate) fn share(&mut self, of: i64, low: u64, high: u64) -> i64 {
        of * self.dice.between(low, high) as i64 / 100
    }
}
