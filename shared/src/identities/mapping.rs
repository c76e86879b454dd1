//! Which identities the entries of the mapping file mean.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use super::persons::KnownIdentity;
use crate::words::{MappedIdentity, MappedPerson};

/// What the mapping file's entries mean, in their order.
#[derive(Debug, Default)]
pub struct Matches {
    pub entries: Vec<Match>,
}

/// What one entry means.
#[derive(Debug, Default)]
pub struct Match {
    /// Numbers of identities.
    pub identities: Vec<usize>,
    /// Identities of the file that nothing matches.
    pub unknown: Vec<MappedIdentity>,
    /// Ids, logins or names that several identities have: none of them is linked.
    pub ambiguous: Vec<Ambiguous>,
}

/// What may mean several identities.
#[derive(Debug)]
pub struct Ambiguous {
    pub wanted: MappedIdentity,
    /// Numbers of identities.
    pub candidates: Vec<usize>,
}

pub(super) fn match_mapping(identities: &[KnownIdentity], mapping: &[MappedPerson]) -> Matches {
    let index = Index::of(identities);
    let entries = mapping.iter().map(|entry| {
        let mut found = BTreeSet::new();
        let mut matched = Match::default();
        for wanted in &entry.identities {
            match index.find(wanted) {
                Found::Known(numbers) => found.extend(numbers),
                Found::Unknown => matched.unknown.push(wanted.clone()),
                Found::Ambiguous(candidates) => {
                    matched.ambiguous.push(Ambiguous { wanted: wanted.clone(), candidates });
                }
            }
        }
        if entry.person.contains('@') {
            found.extend(index.emails.get(&entry.person.to_lowercase()).into_iter().flatten());
        }
        matched.identities = found.into_iter().collect();
        matched
    });
    Matches { entries: entries.collect() }
}

enum Found {
    Known(Vec<usize>),
    Unknown,
    Ambiguous(Vec<usize>),
}

/// Identities by what a file may call them. Logins and addresses are case-insensitive, ids are not.
struct Index<'a> {
    identities: &'a [KnownIdentity],
    subjects: HashMap<&'a str, Vec<usize>>,
    emails: HashMap<String, Vec<usize>>,
    names: HashMap<String, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(identities: &'a [KnownIdentity]) -> Self {
        let mut index = Self { identities, subjects: HashMap::new(), emails: HashMap::new(), names: HashMap::new() };
        for (number, identity) in identities.iter().enumerate() {
            index.subjects.entry(&identity.key.subject).or_default().push(number);
            if let Some(email) = &identity.email {
                index.emails.entry(email.value.to_lowercase()).or_default().push(number);
            }
            if let Some(name) = &identity.name {
                index.names.entry(name.value.to_lowercase()).or_default().push(number);
            }
        }
        index
    }

    fn find(&self, wanted: &MappedIdentity) -> Found {
        let lower = wanted.identity.to_lowercase();
        let at_provider = |numbers: Option<&Vec<usize>>| -> Vec<usize> {
            let all = numbers.into_iter().flatten().copied();
            let is_there = |number: &usize| {
                let provider = self.identities[*number].key.provider();
                wanted.provider.as_deref().is_none_or(|wanted| wanted == provider)
            };
            all.filter(is_there).collect()
        };
        let by_email = at_provider(self.emails.get(&lower));
        if !by_email.is_empty() {
            return Found::Known(by_email);
        }
        let by_id = at_provider(self.subjects.get(wanted.identity.as_str()));
        let found = if by_id.is_empty() { at_provider(self.names.get(&lower)) } else { by_id };
        match found.len() {
            0 => Found::Unknown,
            1 => Found::Known(found),
            _ => Found::Ambiguous(found),
        }
    }
}
