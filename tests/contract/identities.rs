//! The laws of identity stores.

use std::collections::BTreeSet;

use shared::error::StoreError;
use shared::ports::{ConnectorStore, Identities};
use shared::words::{
    Dataset, Decision, Directory, IdentityKey, LinkVerdict, Links, MappedIdentity, MappedPerson, MappedTeam, Since,
    TeamSync,
};

use super::samples::{connector, create_connectors, day, id};

/// Every person has `name`, which distinguishes versions.
pub(crate) fn directory(people: usize, name: &str) -> Directory {
    let mut directory = Directory { team_sync: Some(TeamSync::Once), ..Directory::default() };
    for number in 0..people {
        let subject = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_string();
        let email = format!("{subject}@octo.example");
        directory.note_person(day(0), &subject, Some(name), Some(&email));
        directory.set_teams(day(1), &subject, "7,12");
    }
    directory.note_machine(day(0), "key-1", Some("build"));
    directory.note_team(day(1), "7", Some("core"));
    for (dataset, days) in [(Dataset::Activity, [0, 1, 4]), (Dataset::Seats, [0, 1, 2])] {
        directory.read.insert(dataset, days.map(|number| (day(number), 1 + number as u32)).into());
    }
    directory
}

fn links(people: usize) -> Links {
    let key = |subject: &str| IdentityKey { scope: "cursor".to_owned(), subject: subject.to_owned() };
    let person = |number: usize| MappedPerson {
        person: format!("{number}@octo.example"),
        name: Some(format!("Person {number}")),
        identities: vec![MappedIdentity { provider: None, identity: number.to_string() }],
        teams: vec![MappedTeam { team: "Core".to_owned(), from: Some(day(3)), to: None }],
    };
    let decision = Decision { one: key("a"), other: key("b"), verdict: LinkVerdict::Different };
    Links { mapping: (0..people).map(person).collect(), decisions: vec![decision], version: 0 }
}

/// The directory as it is read after its version was stored.
fn stored(directory: Directory, version: u64) -> Directory {
    Directory { version, ..directory }
}

async fn put(identities: &dyn Identities, directory: &Directory) {
    identities.put_directory(&id(1), directory).await.unwrap();
}

async fn read(identities: &dyn Identities) -> Directory {
    identities.directory(&id(1)).await.unwrap()
}

fn is<T>(result: Result<T, StoreError>, wanted: &StoreError) -> bool {
    result.is_err_and(|error| std::mem::discriminant(&error) == std::mem::discriminant(wanted))
}

pub(super) async fn a_directory_is_not_found_before_the_first_write(
    connectors: &dyn ConnectorStore,
    identities: &dyn Identities,
) {
    create_connectors(connectors).await;
    assert!(is(identities.directory(&id(1)).await, &StoreError::NotFound));
    assert!(is(identities.directory_head(&id(1)).await, &StoreError::NotFound));
}

pub(super) async fn returns_a_directory_as_it_was_written(
    connectors: &dyn ConnectorStore,
    identities: &dyn Identities,
) {
    create_connectors(connectors).await;
    for people in [0, 3, 10_000] {
        let version = identities.directory_head(&id(1)).await.map_or(0, |head| head.version);
        put(identities, &stored(directory(people, "anna"), version)).await;
        let whole = stored(directory(people, "anna"), version + 1);
        assert_eq!(read(identities).await, whole);
        let (people, machines) = Default::default();
        assert_eq!(identities.directory_head(&id(1)).await.unwrap(), Directory { people, machines, ..whole });
    }
}

pub(super) async fn a_directory_belongs_to_one_connector(connectors: &dyn ConnectorStore, identities: &dyn Identities) {
    create_connectors(connectors).await;
    put(identities, &directory(3, "anna")).await;
    identities.put_directory(&id(2), &directory(2, "ben")).await.unwrap();
    assert_eq!(read(identities).await, stored(directory(3, "anna"), 1));
    assert_eq!(identities.directory(&id(2)).await.unwrap(), stored(directory(2, "ben"), 1));
    assert!(is(identities.directory(&id(3)).await, &StoreError::NotFound));
}

pub(super) async fn a_write_replaces_the_directory_as_a_whole(
    connectors: &dyn ConnectorStore,
    identities: &dyn Identities,
) {
    create_connectors(connectors).await;
    for (version, people) in [60, 3_000, 20_000, 3_000, 0, 7].into_iter().enumerate() {
        let name = format!("anna {version}");
        put(identities, &stored(directory(people, &name), version as u64)).await;
        assert_eq!(read(identities).await, stored(directory(people, &name), version as u64 + 1));
    }
}

pub(super) async fn a_change_of_one_person_is_stored(connectors: &dyn ConnectorStore, identities: &dyn Identities) {
    create_connectors(connectors).await;
    put(identities, &directory(1_000, "anna")).await;
    let mut changed = read(identities).await;
    let subject = changed.people.keys().nth(500).unwrap().clone();
    changed.note_person(day(9), &subject, Some("ben"), None);
    changed.note_person(day(9), "new", Some("eve"), None);
    put(identities, &changed).await;
    let read = read(identities).await;
    assert_eq!(read.people[&subject].names.last(), Some(&Since { day: day(9), value: "ben".to_owned() }));
    assert_eq!(read, stored(changed, 2));
}

pub(super) async fn a_stale_directory_is_refused_and_changes_nothing(
    connectors: &dyn ConnectorStore,
    identities: &dyn Identities,
) {
    create_connectors(connectors).await;
    assert!(is(identities.put_directory(&id(1), &stored(directory(1, "eve"), 1)).await, &StoreError::Conflict));
    put(identities, &directory(3, "anna")).await;
    put(identities, &stored(directory(3, "ben"), 1)).await;
    for (people, version) in [(3, 0), (3, 1), (10_000, 1), (3, 3)] {
        let late = identities.put_directory(&id(1), &stored(directory(people, "eve"), version)).await;
        assert!(is(late, &StoreError::Conflict));
        assert_eq!(read(identities).await, stored(directory(3, "ben"), 2));
    }
}

pub(super) async fn one_of_two_concurrent_directories_is_stored(
    connectors: &dyn ConnectorStore,
    identities: &dyn Identities,
) {
    create_connectors(connectors).await;
    for (version, people) in [(0, 10), (1, 10), (2, 10_000)] {
        let both = [people, people + 1].map(|people| stored(directory(people, "anna"), version));
        let id = id(1);
        let written = tokio::join!(identities.put_directory(&id, &both[0]), identities.put_directory(&id, &both[1]));
        let winner = match written {
            (Ok(()), Err(StoreError::Conflict)) => 0,
            (Err(StoreError::Conflict), Ok(())) => 1,
            other => panic!("{other:?}"),
        };
        assert_eq!(read(identities).await, stored(both[winner].clone(), version + 1));
    }
}

pub(super) async fn a_concurrent_reader_sees_one_version(connectors: &dyn ConnectorStore, identities: &dyn Identities) {
    create_connectors(connectors).await;
    let sizes = [300, 300, 2_000, 2_000, 9_000, 300];
    let of_version = |version: usize| directory(sizes[version % sizes.len()], &format!("anna {version}"));
    put(identities, &of_version(0)).await;
    let writer = async {
        for version in 1..18 {
            put(identities, &stored(of_version(version), version as u64)).await;
        }
    };
    let reader = async {
        for _ in 0..18 {
            let read = read(identities).await;
            let version = read.version as usize - 1;
            let names: BTreeSet<_> =
                read.people.values().map(|person| person.names.latest().unwrap().to_owned()).collect();
            assert_eq!(names, BTreeSet::from([format!("anna {version}")]));
            assert_eq!(read, stored(of_version(version), read.version));
        }
    };
    tokio::join!(writer, reader);
}

pub(super) async fn a_directory_without_a_connector_is_refused(
    connectors: &dyn ConnectorStore,
    identities: &dyn Identities,
) {
    for people in [3, 10_000] {
        let refused = identities.put_directory(&id(1), &directory(people, "anna")).await;
        assert!(is(refused, &StoreError::NotFound));
        assert!(is(identities.directory(&id(1)).await, &StoreError::NotFound));
    }
    connectors.create(&connector(1)).await.unwrap();
    put(identities, &directory(3, "anna")).await;
    connectors.remove(&id(1)).await.unwrap();
    for (people, version) in [(3, 1), (10_000, 1), (3, 0)] {
        let late = identities.put_directory(&id(1), &stored(directory(people, "eve"), version)).await;
        assert!(is(late, &StoreError::NotFound));
    }
    // It stays unchanged until it is removed.
    assert_eq!(read(identities).await, stored(directory(3, "anna"), 1));
}

pub(super) async fn removal_of_a_directory_is_idempotent(connectors: &dyn ConnectorStore, identities: &dyn Identities) {
    create_connectors(connectors).await;
    put(identities, &directory(10_000, "anna")).await;
    identities.put_directory(&id(2), &directory(2, "ben")).await.unwrap();
    for _ in 0..2 {
        identities.remove_directory(&id(1)).await.unwrap();
        assert!(is(identities.directory(&id(1)).await, &StoreError::NotFound));
        assert!(is(identities.directory_head(&id(1)).await, &StoreError::NotFound));
    }
    assert!(is(identities.put_directory(&id(1), &stored(directory(3, "eve"), 1)).await, &StoreError::Conflict));
    put(identities, &directory(3, "eve")).await;
    assert_eq!(read(identities).await, stored(directory(3, "eve"), 1));
    assert_eq!(identities.directory(&id(2)).await.unwrap(), stored(directory(2, "ben"), 1));
}

pub(super) async fn links_are_empty_before_the_first_write(_: &dyn ConnectorStore, identities: &dyn Identities) {
    assert_eq!(identities.links().await.unwrap(), Links::default());
}

pub(super) async fn returns_links_as_they_were_written(_: &dyn ConnectorStore, identities: &dyn Identities) {
    for (version, people) in [0, 3, 49_600, 1_200, 0].into_iter().enumerate() {
        let version = version as u64;
        identities.put_links(&Links { version, ..links(people) }).await.unwrap();
        assert!(identities.links().await.unwrap() == Links { version: version + 1, ..links(people) }, "{people}");
    }
}

pub(super) async fn stale_links_are_refused_and_change_nothing(_: &dyn ConnectorStore, identities: &dyn Identities) {
    assert!(is(identities.put_links(&Links { version: 1, ..links(1) }).await, &StoreError::Conflict));
    identities.put_links(&links(2)).await.unwrap();
    identities.put_links(&Links { version: 1, ..links(3) }).await.unwrap();
    for (people, version) in [(4, 0), (4, 1), (49_600, 1), (4, 3)] {
        let late = identities.put_links(&Links { version, ..links(people) }).await;
        assert!(is(late, &StoreError::Conflict));
        assert_eq!(identities.links().await.unwrap(), Links { version: 2, ..links(3) });
    }
}

pub(super) async fn links_outlive_connectors(connectors: &dyn ConnectorStore, identities: &dyn Identities) {
    create_connectors(connectors).await;
    identities.put_links(&links(2)).await.unwrap();
    connectors.remove(&id(1)).await.unwrap();
    identities.remove_directory(&id(1)).await.unwrap();
    assert_eq!(identities.links().await.unwrap(), Links { version: 1, ..links(2) });
}
