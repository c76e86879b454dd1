//! What a decision about two identities does to the decisions that are stored.

use std::collections::BTreeSet;

use super::persons::Persons;
use crate::words::{Decision, IdentityKey, LinkVerdict, Links};

/// What an operator says about two identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    Same,
    Different,
    /// Earlier decisions are withdrawn.
    Undecided,
}

/// The decisions after `one` and `other` (numbers of identities) were decided about; the later decision counts.
///
/// - Same: what kept their persons apart is withdrawn, or else it would win.
/// - Different, within one person: `other` leaves with the identities that are linked to `one` only through it. Every
///   identity that leaves is kept apart from every one that stays: an equal address or the mapping file joins none of them
///   again. Of two persons, all their identities are kept apart.
pub fn decide(persons: &Persons, links: &Links, one: usize, other: usize, verdict: Decided) -> Vec<Decision> {
    let key = |number: usize| &persons.identities[number].key;
    let person = |number: usize| &persons.persons[persons.identities[number].person].identities;
    let is_one_person = persons.identities[one].person == persons.identities[other].person;
    let (ours, theirs) = match (verdict, is_one_person) {
        (Decided::Different, true) => sides(persons, one, other),
        (_, false) => (person(one).iter().copied().collect(), person(other).iter().copied().collect()),
        (_, true) => (BTreeSet::from([one]), BTreeSet::from([other])),
    };
    let keys = |side: &BTreeSet<usize>| side.iter().map(|number| key(*number)).collect::<BTreeSet<_>>();
    let (our_keys, their_keys) = (keys(&ours), keys(&theirs));
    let is_between = |one: &IdentityKey, other: &IdentityKey| our_keys.contains(one) && their_keys.contains(other);
    let mut decisions = links.decisions.clone();
    decisions.retain(|it| !is_between(&it.one, &it.other) && !is_between(&it.other, &it.one));
    let decision =
        |one: usize, other: usize, verdict| Decision { one: key(one).clone(), other: key(other).clone(), verdict };
    match verdict {
        Decided::Same => decisions.push(decision(one, other, LinkVerdict::Same)),
        Decided::Different => {
            let pairs = ours.iter().flat_map(|our| theirs.iter().map(move |their| (*our, *their)));
            decisions.extend(pairs.map(|(our, their)| decision(our, their, LinkVerdict::Different)));
        }
        Decided::Undecided => {}
    }
    decisions
}

/// The identities of a person that stay with `one` and those that leave with `other`.
fn sides(persons: &Persons, one: usize, other: usize) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let all: BTreeSet<usize> = persons.persons[persons.identities[one].person].identities.iter().copied().collect();
    // What is reached from `one` through any identity but `other`. Links form a tree: `other` has one link to these.
    let mut stay = BTreeSet::from([one]);
    let mut open = vec![one];
    while let Some(at) = open.pop() {
        for neighbour in neighbours(persons, at).filter(|neighbour| *neighbour != other) {
            if stay.insert(neighbour) {
                open.push(neighbour);
            }
        }
    }
    let leave = all.difference(&stay).copied().collect();
    (stay, leave)
}

fn neighbours(persons: &Persons, of: usize) -> impl Iterator<Item = usize> {
    persons.links.iter().filter_map(move |link| match (link.one == of, link.other == of) {
        (true, _) => Some(link.other),
        (_, true) => Some(link.one),
        _ => None,
    })
}
