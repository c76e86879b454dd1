//! What a decision about two identities does to the decisions that are stored.

use std::collections::BTreeSet;

use super::mapping::Match;
use super::persons::{Link, Persons};
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
    // All that is reached from `one` without `other`.
    let mut stay = BTreeSet::from([one]);
    let mut open = vec![one];
    while let Some(at) = open.pop() {
        for neighbor in &all {
            if *neighbor != other && !stay.contains(neighbor) && is_linked(persons, at, *neighbor) {
                stay.insert(*neighbor);
                open.push(*neighbor);
            }
        }
    }
    let leave = all.difference(&stay).copied().collect();
    (stay, leave)
}

/// Whether two identities of one person are linked by themselves. `Persons::links` is a tree: of several identities with one
/// address it names each only beside the first.
fn is_linked(persons: &Persons, one: usize, other: usize) -> bool {
    let email = |number: usize| persons.identities[number].email.as_ref().map(|email| email.value.to_lowercase());
    let is_named = |link: &Link| (link.one, link.other) == (one, other) || (link.other, link.one) == (one, other);
    let has_both = |entry: &Match| entry.identities.contains(&one) && entry.identities.contains(&other);
    persons.links.iter().any(is_named)
        || email(one).is_some_and(|address| email(other) == Some(address))
        || persons.matches.entries.iter().any(has_both)
}
