//! DynamoDB segments: writers that die, and damaged rows.

use std::collections::HashSet;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::Duration;
use futures_util::TryStreamExt;
use shared::adapters::aws::{Segments, Store};
use shared::clock::FixedClock;
use shared::error::StoreError;
use shared::ports::{Replaced, SegmentStore, SegmentWrite, StoredSegment};
use shared::segment::Segment;
use shared::words::{Dataset, Days, SegmentState};

use super::cut_after;
use crate::contract::samples::{create_connectors, day, hour, id, large_segment, write};
use crate::emulator::EmulatedStack;

struct TestStore {
    world: EmulatedStack,
    clock: FixedClock,
    segments: Segments,
}

impl TestStore {
    async fn new() -> Self {
        let world = EmulatedStack::open().await;
        let clock = FixedClock::at(hour(0));
        let store = Store::open(world.settings.clone());
        create_connectors(&store.connectors()).await;
        let segments = store.segments(Arc::new(clock.clone()));
        Self { world, clock, segments }
    }

    async fn replace(&self, hours: i64, segment: &Segment) -> Replaced {
        self.segments.replace(&id(1), at(hours, segment)).await.unwrap().replaced
    }

    async fn read(&self) -> Result<Vec<StoredSegment>, StoreError> {
        self.segments.range(&id(1), Dataset::Activity, Days::one(day(0))).try_collect().await
    }

    async fn one(&self) -> StoredSegment {
        self.read().await.unwrap().remove(0)
    }

    /// The writes with parts in the table, and those of them that expire.
    async fn writes(&self) -> (HashSet<String>, HashSet<String>) {
        let scan = self.dynamodb().scan().table_name(&self.world.settings.segments_table);
        let items: Vec<_> = scan.into_paginator().items().send().try_collect().await.unwrap();
        let parts = items.iter().filter(|item| item["pk"].as_s().unwrap().starts_with("part#"));
        let name = |item: &std::collections::HashMap<String, AttributeValue>| item["pk"].as_s().unwrap().clone();
        let ending = parts.clone().filter(|item| item.contains_key("expires_at"));
        (parts.clone().map(name).collect(), ending.map(name).collect())
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.world.sdk)
    }
}

fn at(hours: i64, segment: &Segment) -> SegmentWrite {
    write(day(0), hour(hours), SegmentState::Final, Some(segment.clone()))
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn a_writer_that_dies_leaves_old_or_new_rows_and_no_orphans() {
    // Three parts each.
    let (old, new) = (large_segment(800_000), large_segment(900_000));
    let mut cuts = 0;
    loop {
        let store = TestStore::new().await;
        store.replace(0, &old).await;
        let finished = cut_after(cuts, store.segments.replace(&id(1), at(1, &new))).await;
        let seen = store.one().await;
        assert!(seen.segment == old || seen.segment == new, "after {cuts} wakes");
        assert_eq!(seen.head.revision, if seen.segment == old { 1 } else { 2 });

        // The message is redelivered, and once more on the next day.
        store.replace(1, &new).await;
        assert!(store.one().await.segment == new);
        store.clock.set(hour(24));
        store.replace(24, &old).await;
        let (writes, ending) = store.writes().await;
        assert_eq!(writes.len() - ending.len(), 1, "after {cuts} wakes one write stays");
        assert!(store.one().await.segment == old);
        if finished {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 4, "{cuts} tested crashes are too few");
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn damaged_rows_are_refused_and_heal_when_the_day_is_fetched_again() {
    let store = TestStore::new().await;
    let segment = large_segment(500_000);
    store.replace(0, &segment).await;
    let (writes, _) = store.writes().await;
    let part = writes.into_iter().next().unwrap();
    let key = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
    let table = &store.world.settings.segments_table;
    let delete = store.dynamodb().delete_item().table_name(table);
    delete.set_key(Some([key("pk", &part), key("sk", "0001")].into())).send().await.unwrap();

    let refused = store.read().await.unwrap_err();
    let StoreError::Corrupt(source) = &refused else { panic!("{refused:?}") };
    assert!(source.to_string().contains("fetch that day again"), "{source}");
    let repair = SegmentWrite { repairs: true, ..at(1, &segment) };
    assert_eq!(store.segments.replace(&id(1), repair).await.unwrap().replaced, Replaced::Unchanged);
    let healed = store.one().await;
    assert!(healed.segment == segment);
    assert_eq!(healed.head.revision, 1);
}

#[tokio::test]
#[ignore = "needs an AWS emulator: make test-aws"]
async fn a_writer_at_work_is_left_alone() {
    let (old, new) = (large_segment(1_000), large_segment(900_000));
    for cuts in 1.. {
        let store = TestStore::new().await;
        store.replace(0, &old).await;
        cut_after(cuts, store.segments.replace(&id(1), at(1, &new))).await;
        // Late enough that rows exist, early enough that the head does not point to them.
        if store.writes().await.0.len() < 2 {
            continue;
        }
        assert!(store.one().await.segment == old);
        store.clock.set(hour(0) + Duration::minutes(20));
        store.replace(2, &large_segment(2_000)).await;
        let (_, ending) = store.writes().await;
        assert_eq!(ending.len(), 1, "only the replaced rows expire");
        break;
    }
}
