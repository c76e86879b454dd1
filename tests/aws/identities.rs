//! The cost of directories in DynamoDB, and writers that die.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::adapters::aws::{Identities, Store};
use shared::error::StoreError;
use shared::ports::Identities as _;
use shared::words::Directory;

use super::cut_after;
use crate::contract::identities::directory;
use crate::contract::samples::{create_connectors, day, id};
use crate::emulator::EmulatedStack;

/// The bytes of names and values, by sort key.
type Sizes = HashMap<String, (usize, HashMap<String, AttributeValue>)>;

struct TestStore {
    world: EmulatedStack,
    identities: Identities,
}

impl TestStore {
    async fn new() -> Self {
        let world = EmulatedStack::open().await;
        let store = Store::open(world.settings.clone());
        create_connectors(&store.connectors()).await;
        Self { identities: store.identities(), world }
    }

    async fn put(&self, directory: &Directory) {
        self.identities.put_directory(&id(1), directory).await.unwrap();
    }

    async fn read(&self) -> Directory {
        self.identities.directory(&id(1)).await.unwrap()
    }

    async fn items(&self) -> Sizes {
        let scan = self.dynamodb().scan().table_name(&self.world.settings.identities_table);
        let items: Vec<_> = scan.into_paginator().items().send().try_collect().await.unwrap();
        let bytes = |value: &AttributeValue| match value {
            AttributeValue::B(bytes) => bytes.as_ref().len(),
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            _ => panic!("an unexpected attribute was written"),
        };
        let size =
            |item: &HashMap<String, AttributeValue>| item.iter().map(|(name, value)| name.len() + bytes(value)).sum();
        items.into_iter().map(|item| (item["sk"].as_s().unwrap().clone(), (size(&item), item))).collect()
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.world.sdk)
    }
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn a_changed_person_of_10_000_costs_two_small_items() {
    let store = TestStore::new().await;
    store.put(&directory(10_000, "anna")).await;
    let before = store.items().await;
    let mut changed = store.read().await;
    let subject = changed.people.keys().next().unwrap().clone();
    changed.note_person(day(5), &subject, Some("ben"), None);
    store.put(&changed).await;
    let after = store.items().await;
    assert_eq!(before.len(), after.len());
    let written: Vec<_> = after.iter().filter(|(sort, item)| before.get(*sort) != Some(*item)).collect();
    assert_eq!(written.len(), 2, "the head and one part");
    let size_bytes: usize = written.iter().map(|(_, (size_bytes, _))| size_bytes).sum();
    assert!(size_bytes < 8 * 1024, "{size_bytes}");
    assert!(after.values().all(|(size_bytes, _)| *size_bytes <= 4096), "a part is charged as one read");
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn a_directory_of_200_000_people_is_stored() {
    let store = TestStore::new().await;
    let large = directory(200_000, "anna");
    store.put(&large).await;
    assert!(store.read().await == Directory { version: 1, ..large });
    assert!(store.items().await.values().all(|(size_bytes, _)| *size_bytes < 400_000));
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn a_writer_that_dies_leaves_one_directory_and_no_part() {
    // A transaction does not take this many parts.
    let (old, new) = (directory(5_200, "anna"), directory(5_201, "ben"));
    let store = TestStore::new().await;
    let mut cuts = 0;
    loop {
        store.put(&old).await;
        let new = Directory { version: 1, ..new.clone() };
        let finished = cut_after(cuts, store.identities.put_directory(&id(1), &new)).await;
        let seen = store.read().await;
        let is_old = seen == Directory { version: 1, ..old.clone() };
        assert!(is_old || seen == Directory { version: 2, ..new.clone() }, "after {cuts} wakes");

        // The next writer removes orphaned parts.
        store.put(&Directory { version: seen.version, ..directory(5_202, "eve") }).await;
        assert_eq!(store.items().await.len(), 1 + 128, "after {cuts} wakes");
        store.identities.remove_directory(&id(1)).await.unwrap();
        assert_eq!(store.items().await.len(), 0);
        if finished {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 4, "{cuts} tested crashes are too few");
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn a_directory_that_lost_the_race_leaves_no_part_behind() {
    let store = TestStore::new().await;
    let many = directory(10_000, "anna");
    let id = id(1);
    let both = tokio::join!(store.identities.put_directory(&id, &many), store.identities.put_directory(&id, &many));
    assert!(both.0.is_ok() != both.1.is_ok());
    assert_eq!(store.items().await.len(), 1 + 128);
    assert!(store.read().await == Directory { version: 1, ..many });
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn a_directory_that_lacks_a_part_is_refused_and_can_be_removed() {
    let store = TestStore::new().await;
    store.put(&directory(1_000, "anna")).await;
    let items = store.items().await;
    let (_, part) = items.iter().find(|(sort, _)| sort.starts_with("part#")).unwrap().1;
    let key = ["pk", "sk"].map(|name| (name.to_owned(), part[name].clone()));
    let delete = store.dynamodb().delete_item().table_name(&store.world.settings.identities_table);
    delete.set_key(Some(key.into())).send().await.unwrap();
    let refused = store.identities.directory(&id(1)).await;
    assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
    store.identities.remove_directory(&id(1)).await.unwrap();
    store.put(&directory(2, "ben")).await;
    assert_eq!(store.read().await, Directory { version: 1, ..directory(2, "ben") });
}
