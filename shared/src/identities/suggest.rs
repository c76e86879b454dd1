//! Persons who may be one: shown to an operator, and never linked without one.

use std::collections::{BTreeMap, BTreeSet};

use super::persons::{KnownIdentity, Persons};
use crate::words::{LinkVerdict, Links};

/// Two identities of different persons that may be one person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Numbers of identities.
    pub one: usize,
    pub other: usize,
    pub reason: SuggestionReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuggestionReason {
    SameName,
    /// The login of one is the first part of the other's e-mail address.
    LoginInEmail,
}

/// A name that more persons have says nothing about two of them.
const MOST_NAMESAKES: usize = 6;

/// In order of the first identity. Two identities of one account are two people. A decision about two persons covers all
/// their identities, so that it is not requested twice.
pub fn suggestions(persons: &Persons, links: &Links) -> Vec<Suggestion> {
    let decided = links.decisions.iter().filter(|decision| decision.verdict == LinkVerdict::Different);
    let apart: BTreeSet<(usize, usize)> = decided
        .filter_map(|it| Some((persons.find(&it.one.id())?, persons.find(&it.other.id())?)))
        .map(|(one, other)| (one.min(other), one.max(other)))
        .collect();
    let scopes: Vec<BTreeSet<&str>> =
        persons.persons.iter().map(|person| scopes_of(persons, &person.identities)).collect();
    let mut namesakes: BTreeMap<String, Vec<(usize, SuggestionReason)>> = BTreeMap::new();
    for (number, identity) in persons.identities.iter().enumerate() {
        for (name, reason) in names(identity) {
            namesakes.entry(name).or_default().push((number, reason));
        }
    }
    let mut found: BTreeMap<(usize, usize), Suggestion> = BTreeMap::new();
    for group in namesakes.values() {
        let owners: BTreeSet<usize> = group.iter().map(|(it, _)| persons.identities[*it].person).collect();
        if owners.len() < 2 || owners.len() > MOST_NAMESAKES {
            continue;
        }
        for (place, (other, other_by)) in group.iter().enumerate() {
            for (one, one_by) in &group[..place] {
                let owner = |number: usize| persons.identities[number].person;
                let pair = (owner(*one).min(owner(*other)), owner(*one).max(owner(*other)));
                let may_be_one =
                    pair.0 != pair.1 && scopes[pair.0].is_disjoint(&scopes[pair.1]) && !apart.contains(&pair);
                if may_be_one {
                    let reason = *one_by.max(other_by);
                    let suggestion = Suggestion { one: *one, other: *other, reason };
                    let known = found.entry(pair).or_insert(suggestion);
                    if reason < known.reason {
                        *known = suggestion;
                    }
                }
            }
        }
    }
    let mut all: Vec<Suggestion> = found.into_values().collect();
    all.sort_by_key(|suggestion| (suggestion.one, suggestion.other));
    all
}

fn scopes_of<'a>(persons: &'a Persons, identities: &[usize]) -> BTreeSet<&'a str> {
    identities.iter().map(|identity| persons.identities[*identity].key.scope.as_str()).collect()
}

/// `Noor Patel`, `noor-patel` and `noor.patel@octo.example` are alike.
fn names(identity: &KnownIdentity) -> BTreeMap<String, SuggestionReason> {
    let letters = |text: &str| -> String {
        text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let name = identity.name.as_ref().map(|name| name.value.as_str()).filter(|name| !name.contains('@'));
    let address = identity.email.as_ref().map(|email| email.value.as_str());
    let local = address.and_then(|address| address.split('@').next()).and_then(|local| local.split('+').next());
    let local = local.map(|local| (letters(local), SuggestionReason::LoginInEmail));
    // What both say is by the name.
    let all = local.into_iter().chain(name.map(|name| (letters(name), SuggestionReason::SameName)));
    all.filter(|(name, _)| name.chars().count() > 2).collect()
}
