//! Texts as small numbers, so that folding a million rows hashes almost none.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Distinct texts, numbered in order of first appearance.
///
/// A day lists much the same people in much the same order as the day before, so the text that followed last time is
/// tried before anything is hashed.
#[derive(Default)]
pub(crate) struct Interner {
    hasher: DefaultHashBuilder,
    numbers: HashTable<u32>,
    /// All texts, one behind the other, and where each ends.
    text: String,
    ends: Vec<usize>,
    /// For each text the one that followed it last time.
    followers: Vec<u32>,
    last: u32,
}

impl Interner {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number that [`Interner::number`] gave.
    pub(crate) fn text(&self, number: u32) -> &str {
        text(&self.text, &self.ends, number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.text(number as u32))
    }

    pub(crate) fn find(&self, wanted: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(wanted);
        let found = self.numbers.find(hash, |number| self.text(*number) == wanted);
        found.copied()
    }

    pub(crate) fn number(&mut self, wanted: &str) -> u32 {
        if let Some(&guess) = self.followers.get(self.last as usize)
            && self.text(guess) == wanted
        {
            self.last = guess;
            return guess;
        }
        let number = self.find(wanted).unwrap_or_else(|| self.add(wanted));
        if let Some(follower) = self.followers.get_mut(self.last as usize) {
            *follower = number;
        }
        self.last = number;
        number
    }

    fn add(&mut self, new: &str) -> u32 {
        let number = self.ends.len() as u32;
        self.text.push_str(new);
        self.ends.push(self.text.len());
        self.followers.push(0);
        let (all, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        let hash = hasher.hash_one(new);
        self.numbers.insert_unique(hash, number, |number| hasher.hash_one(text(all, ends, *number)));
        number
    }
}

fn text<'a>(all: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &all[start..ends[number]]
}

/// A set of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdSet(Vec<u64>);

impl IdSet {
    pub(crate) fn insert(&mut self, number: u32) {
        let word = (number / 64) as usize;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    pub(crate) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        let words = self.0.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(|(at, word)| {
            let bits = (0..64).filter(move |bit| word & (1 << bit) != 0);
            bits.map(move |bit| at as u32 * 64 + bit)
        })
    }

    /// Adds every number of `other`.
    pub(crate) fn unite(&mut self, other: &IdSet) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(own, more)| *own |= more);
    }

    /// Adds every number of `other`, renamed.
    pub(crate) fn extend(&mut self, other: &IdSet, renamed: impl Fn(u32) -> u32) {
        other.iter().for_each(|number| self.insert(renamed(number)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_whatever_the_order() {
        let mut names = Interner::default();
        let first = ["anna", "", "ben", "cleo"].map(|name| names.number(name));
        let again = ["ben", "anna", "cleo", "", "dora"].map(|name| names.number(name));
        assert_eq!((first, again), ([0, 1, 2, 3], [2, 0, 3, 1, 4]));
        assert_eq!(names.iter().collect::<Vec<_>>(), ["anna", "", "ben", "cleo", "dora"]);
        assert_eq!((names.find("dora"), names.find("emil")), (Some(4), None));
    }

    #[test]
    fn a_set_counts_each_number_once() {
        let mut set = IdSet::default();
        [3, 200, 3].into_iter().for_each(|number| set.insert(number));
        assert_eq!((set.len(), set.iter().collect::<Vec<_>>()), (2, vec![3, 200]));
    }
}
