//! Persons from identities, without any store.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::query::memory::{Memory, day};
use crate::words::*;

/// Connector, id, name, e-mail address, day of November 2026.
type Row = (&'static str, &'static str, &'static str, &'static str, u32);

fn key(connector: &Connector, subject: &str) -> IdentityKey {
    IdentityKey { scope: connector.provider.clone(), subject: subject.to_owned() }
}

fn at(scope: &str, subject: &str) -> IdentityKey {
    IdentityKey { scope: scope.to_owned(), subject: subject.to_owned() }
}

async fn persons(rows: &[Row], links: &Links) -> Persons {
    let names: BTreeSet<&str> = rows.iter().map(|row| row.0).collect();
    let memory = names.iter().fold(Memory::default(), |memory, name| memory.connector(name, name));
    let mut connectors = Vec::new();
    for name in &names {
        connectors.push(crate::ports::ConnectorStore::get(&memory, &ConnectorId((*name).to_owned())).await.unwrap());
    }
    let directory = |connector: &Connector| {
        let mut directory = Directory::default();
        for (_, subject, name, email, number) in rows.iter().filter(|row| row.0 == connector.id.0) {
            let day = day(&format!("2026-11-{number:02}"));
            directory.note_person(day, subject, Some(name), Some(email));
        }
        directory
    };
    Persons::of(connectors.iter().map(|connector| (connector, directory(connector))).collect(), key, links)
}

/// The identities of each person, in order.
fn groups(persons: &Persons) -> Vec<Vec<String>> {
    let name = |number: &usize| {
        let IdentityKey { scope, subject } = &persons.identities[*number].key;
        format!("{scope}:{subject}")
    };
    let mut all: Vec<Vec<String>> =
        persons.persons.iter().map(|person| person.identities.iter().map(name).collect()).collect();
    all.sort();
    all
}

fn mapped(person: &str, identities: &[(&str, &str)]) -> MappedPerson {
    let identity = |(provider, identity): &(&str, &str)| MappedIdentity {
        provider: Some((*provider).to_owned()).filter(|provider| !provider.is_empty()),
        identity: (*identity).to_owned(),
    };
    MappedPerson {
        person: person.to_owned(),
        identities: identities.iter().map(identity).collect(),
        ..MappedPerson::default()
    }
}

fn decided(one: IdentityKey, other: IdentityKey, verdict: LinkVerdict) -> Links {
    Links { decisions: vec![Decision { one, other, verdict }], ..Links::default() }
}

/// Anna has a login without an address at `hub`, and one address at two others; Ben has a namesake.
const PEOPLE: [Row; 6] = [
    ("hub", "7", "anna-berg", "", 3),
    ("hub", "12", "ben", "", 3),
    ("ide", "u1", "Anna Berg", "anna.berg@octo.example", 1),
    ("ide", "u2", "Ben", "ben@octo.example", 5),
    ("chat", "c1", "Anna Berg", "Anna.Berg@octo.example", 2),
    ("chat", "c9", "Cleo", "cleo@octo.example", 2),
];

#[tokio::test]
async fn equal_addresses_are_one_person_and_names_are_not() {
    let persons = persons(&PEOPLE, &Links::default()).await;
    let expected = [vec!["chat:c9"], vec!["hub:12"], vec!["hub:7"], vec!["ide:u1", "chat:c1"], vec!["ide:u2"]];
    assert_eq!(groups(&persons), expected);
    let anna = persons.person_of(&ConnectorId("chat".to_owned()), "c1").unwrap();
    assert_eq!((anna.name.as_deref(), anna.email.as_deref()), (Some("Anna Berg"), Some("anna.berg@octo.example")));
    assert_eq!(persons.links.len(), 1);
    assert_eq!(persons.links[0].reason, LinkReason::SameEmail);
}

#[tokio::test]
async fn the_mapping_joins_a_login_to_an_address_and_what_has_it() {
    let mapping = vec![mapped("anna.berg@octo.example", &[("hub", "Anna-Berg")])];
    let persons = persons(&PEOPLE, &Links { mapping, ..Links::default() }).await;
    assert!(groups(&persons).contains(&vec!["ide:u1".to_owned(), "chat:c1".to_owned(), "hub:7".to_owned()]));
    let anna = persons.find(&at("hub", "7").id()).unwrap();
    // The identity that was seen first names the person; every identity finds it.
    assert_eq!(persons.id(anna), at("ide", "u1").id());
    assert_eq!(persons.find(&at("chat", "c1").id()), Some(anna));
}

#[tokio::test]
async fn a_name_that_two_identities_have_is_not_linked() {
    let mapping = vec![mapped("ben@octo.example", &[("", "ben"), ("hub", "missing")])];
    let persons = persons(&PEOPLE, &Links { mapping, ..Links::default() }).await;
    let matched = &persons.matches.entries[0];
    assert_eq!((matched.ambiguous.len(), matched.unknown.len()), (1, 1));
    assert!(groups(&persons).contains(&vec!["ide:u2".to_owned()]));
}

#[tokio::test]
async fn a_link_that_was_broken_stays_broken() {
    let mut links = decided(at("ide", "u1"), at("chat", "c1"), LinkVerdict::Different);
    // The mapping file says that all three are one.
    links.mapping = vec![mapped("anna.berg@octo.example", &[("hub", "7")])];
    let before = persons(&PEOPLE, &Links::default()).await;
    let after = persons(&PEOPLE, &links).await;
    let anna = |persons: &Persons, identity: IdentityKey| persons.find(&identity.id()).unwrap();
    assert_ne!(anna(&after, at("ide", "u1")), anna(&after, at("chat", "c1")));
    // The half with the identity that names the person keeps the id.
    let id = before.id(anna(&before, at("chat", "c1")));
    assert_eq!(after.find(&id), Some(anna(&after, at("ide", "u1"))));
}

#[tokio::test]
async fn what_may_be_one_person_is_suggested_until_it_is_decided() {
    let named = |persons: &Persons, links: &Links| -> Vec<(String, String, SuggestionReason)> {
        let name = |number: usize| persons.identities[number].key.subject.clone();
        suggestions(persons, links).iter().map(|it| (name(it.one), name(it.other), it.reason)).collect()
    };
    let none = Links::default();
    let all = named(&persons(&PEOPLE, &none).await, &none);
    // Identities are in order of key: chat, hub, ide.
    let expected = [
        ("c1".to_owned(), "7".to_owned(), SuggestionReason::SameName),
        ("12".to_owned(), "u2".to_owned(), SuggestionReason::SameName),
    ];
    assert_eq!(all, expected);
    let links = decided(at("hub", "12"), at("ide", "u2"), LinkVerdict::Different);
    assert_eq!(named(&persons(&PEOPLE, &links).await, &links), expected[..1]);
    let links = decided(at("hub", "12"), at("ide", "u2"), LinkVerdict::Same);
    assert_eq!(named(&persons(&PEOPLE, &links).await, &links), expected[..1]);
}

#[tokio::test]
async fn a_login_that_is_the_first_part_of_an_address_is_a_suggestion() {
    let rows = [("hub", "7", "noor-patel", "", 1), ("chat", "c1", "N. P.", "noor.patel+ai@octo.example", 1)];
    let none = Links::default();
    let persons = persons(&rows, &none).await;
    let reasons: Vec<_> = suggestions(&persons, &none).iter().map(|it| it.reason).collect();
    assert_eq!(reasons, [SuggestionReason::LoginInEmail]);
}

/// Twelve identities at three places; addresses of four people, some of them missing.
fn identities() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..5usize, 1..9usize), 12)
}

fn pairs() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    prop::collection::vec((0..12usize, 0..12usize, any::<bool>()), 0..6)
}

const PLACES: [&str; 3] = ["hub", "ide", "chat"];
const SUBJECTS: [&str; 12] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
const EMAILS: [&str; 5] = ["", "a@octo.example", "b@octo.example", "c@octo.example", "d@octo.example"];

proptest! {
    #[test]
    fn persons_do_not_depend_on_order_and_keep_decisions(
        facts in identities(),
        decisions in pairs(),
        next in (0..12usize, 0..12usize),
    ) {
        let rows: Vec<Row> = facts.iter().enumerate().map(|(number, (email, day))| {
            (PLACES[number % 3], SUBJECTS[number], "", EMAILS[*email], *day as u32)
        }).collect();
        let of = |number: usize| at(PLACES[number % 3], SUBJECTS[number]);
        let decisions: Vec<Decision> = decisions.iter().filter(|(one, other, _)| one != other).map(|(one, other, same)| {
            let verdict = if *same { LinkVerdict::Same } else { LinkVerdict::Different };
            Decision { one: of(*one), other: of(*other), verdict }
        }).collect();
        let mut links = Links { decisions: decisions.clone(), ..Links::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (found, reversed) = runtime.block_on(async {
            let mut backwards = rows.clone();
            backwards.reverse();
            (persons(&rows, &links).await, persons(&backwards, &links).await)
        });
        prop_assert_eq!(groups(&found), groups(&reversed));
        for decision in &decisions {
            let is_one = found.find(&decision.one.id()) == found.find(&decision.other.id());
            if decision.verdict == LinkVerdict::Different {
                prop_assert!(!is_one, "{:?}", decision);
            }
        }
        // The later decision counts.
        let (one, other) = (next.0, next.1);
        if one != other {
            for (verdict, is_one) in [(Decided::Different, false), (Decided::Same, true), (Decided::Different, false)] {
                let current = runtime.block_on(persons(&rows, &links));
                let number = |at: usize| current.identities.iter().position(|it| it.key == of(at)).unwrap();
                links.decisions = decide(&current, &links, number(one), number(other), verdict);
                let after = runtime.block_on(persons(&rows, &links));
                prop_assert_eq!(after.find(&of(one).id()) == after.find(&of(other).id()), is_one);
            }
        }
        // Without decisions, two identities are one person exactly when their addresses are equal.
        if decisions.is_empty() {
            for one in 0..12 {
                for other in 0..one {
                    let is_one = found.find(&of(one).id()) == found.find(&of(other).id());
                    prop_assert_eq!(is_one, facts[one].0 == facts[other].0 && facts[one].0 > 0);
                }
            }
        }
        // Every link is within a person, and there are as many as it takes.
        let joined: usize = found.persons.iter().map(|person| person.identities.len() - 1).sum();
        prop_assert_eq!(found.links.len(), joined);
        for link in &found.links {
            prop_assert_eq!(found.identities[link.one].person, found.identities[link.other].person);
        }
    }
}
