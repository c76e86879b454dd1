//! The laws of segment stores.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use shared::ports::{Replaced, SegmentStore, SegmentWrite, StoredSegment};
use shared::segment::{Activity, Segment, Table};
use shared::words::SegmentState::{Failed, Final, NoData, Pending, Provisional};
use shared::words::{AccountSubject, ConnectorId, Dataset, Days, Level};

use super::samples::{day, hour, id, large_segment, person, segment, write, write_to};

async fn replace(store: &dyn SegmentStore, write: SegmentWrite) -> Replaced {
    store.replace(&id(1), write).await.unwrap().replaced
}

async fn range(store: &dyn SegmentStore, id: &ConnectorId, days: Days) -> Vec<StoredSegment> {
    let range = store.range(id, Dataset::Activity, days);
    range.try_collect().await.unwrap()
}

async fn one(store: &dyn SegmentStore) -> StoredSegment {
    let mut stored = range(store, &id(1), Days::one(day(0))).await;
    assert_eq!(stored.len(), 1);
    stored.remove(0)
}

pub(super) async fn returns_a_segment_as_it_was_written(store: &dyn SegmentStore) {
    let written = write(day(0), hour(0), Provisional, Some(segment(41)));
    assert_eq!(replace(store, written.clone()).await, Replaced::Revised(1));
    let stored = one(store).await;
    assert_eq!(stored.segment, segment(41));
    let mut head = written.head;
    head.revision = 1;
    head.rows = 1;
    head.checksum = Some(segment(41).checksum);
    head.rows_checksum = segment(41).rows_checksum;
    head.totals = BTreeMap::from([("active".to_owned(), 41)]);
    head.account = Some(AccountSubject { id: "octo".to_owned(), name: None });
    assert_eq!(stored.head, head);
    assert_eq!(store.ledger(&id(1)).await.unwrap(), [head]);

    let columns = stored.segment.read::<Activity>(&["active"]).unwrap();
    let active: Vec<_> = columns.map(|batch| batch.unwrap().integers("active").unwrap().value(0)).collect();
    assert_eq!(active, [41]);
}

pub(super) async fn writing_is_idempotent(store: &dyn SegmentStore) {
    let written = write(day(0), hour(0), Final, Some(segment(1)));
    assert_eq!(replace(store, written.clone()).await, Replaced::Revised(1));
    let once = store.ledger(&id(1)).await.unwrap();
    assert_eq!(replace(store, written).await, Replaced::Unchanged);
    assert_eq!(store.ledger(&id(1)).await.unwrap(), once);
    assert_eq!(one(store).await.segment, segment(1));
    assert_eq!(store.revisions(&id(1)).await.unwrap(), []);
}

pub(super) async fn equal_rows_change_the_state_but_not_the_revision(store: &dyn SegmentStore) {
    replace(store, write(day(0), hour(0), Provisional, Some(segment(1)))).await;
    let mut again = write(day(0), hour(1), Final, Some(segment(1)));
    again.head.sources = vec!["another report".to_owned()];
    assert_eq!(replace(store, again).await, Replaced::Unchanged);
    let head = one(store).await.head;
    assert_eq!((head.revision, head.state), (1, Final));
    assert_eq!(head.fetched_at, hour(1));
    assert_eq!(head.sources, ["another report"]);
    // Another version may name the totals of the same rows differently.
    let renamed = BTreeMap::from([("active.of_all".to_owned(), 1)]);
    let again = Segment { totals: renamed.clone(), ..segment(1) };
    assert_eq!(replace(store, write(day(0), hour(2), Final, Some(again))).await, Replaced::Unchanged);
    assert_eq!(one(store).await.head.totals, renamed);
    assert_eq!(store.revisions(&id(1)).await.unwrap(), []);
}

pub(super) async fn changed_rows_increase_the_revision(store: &dyn SegmentStore) {
    for (index, active) in [41, 43, 41].into_iter().enumerate() {
        let write = write(day(0), hour(index as i64), Final, Some(segment(active)));
        let revision = index as u32 + 1;
        assert_eq!(replace(store, write).await, Replaced::Revised(revision));
        let stored = one(store).await;
        assert_eq!(stored.segment, segment(active));
        assert_eq!(stored.head.revision, revision);
    }
}

pub(super) async fn a_revision_has_the_totals_before_and_after(store: &dyn SegmentStore) {
    for (index, active) in [412, 431, 430].into_iter().enumerate() {
        let write = write(day(0), hour(index as i64), Final, Some(segment(active)));
        replace(store, write).await;
    }
    let active = |n| BTreeMap::from([("active".to_owned(), n)]);
    let revisions = store.revisions(&id(1)).await.unwrap();
    let logged: Vec<_> = revisions.into_iter().map(|r| (r.day, r.dataset, r.at, r.before, r.after)).collect();
    assert_eq!(
        logged,
        [
            (day(0), Dataset::Activity, hour(2), active(431), active(430)),
            (day(0), Dataset::Activity, hour(1), active(412), active(431)),
        ],
        "newest first"
    );
}

pub(super) async fn rows_that_change_no_total_are_not_logged(store: &dyn SegmentStore) {
    replace(store, write(day(0), hour(0), Final, Some(person("ann")))).await;
    let other = write(day(0), hour(1), Final, Some(person("bob")));
    assert_eq!(replace(store, other).await, Replaced::Revised(2));
    assert_eq!(store.revisions(&id(1)).await.unwrap(), []);
}

pub(super) async fn an_earlier_fetch_changes_nothing(store: &dyn SegmentStore) {
    replace(store, write(day(0), hour(2), Final, Some(segment(2)))).await;
    let ledger = store.ledger(&id(1)).await.unwrap();
    for earlier in [write(day(0), hour(1), Provisional, Some(segment(1))), write(day(0), hour(1), Pending, None)] {
        assert_eq!(replace(store, earlier).await, Replaced::Stale);
        assert_eq!(store.ledger(&id(1)).await.unwrap(), ledger);
        assert_eq!(one(store).await.segment, segment(2));
    }
    assert_eq!(store.revisions(&id(1)).await.unwrap(), []);
}

pub(super) async fn writing_the_state_alone_keeps_the_rows(store: &dyn SegmentStore) {
    replace(store, write(day(0), hour(0), Provisional, Some(segment(1)))).await;
    let failed = Failed("line 7 is not JSON".to_owned());
    let mut state = write(day(0), hour(1), failed.clone(), None);
    state.head.sources = Vec::new();
    assert_eq!(replace(store, state).await, Replaced::Unchanged);
    let stored = one(store).await;
    assert_eq!(stored.segment, segment(1));
    assert_eq!((stored.head.state, stored.head.revision), (failed, 1));
    assert_eq!(stored.head.rows, 1);
    assert_eq!(stored.head.checksum, Some(segment(1).checksum));
    assert_eq!(stored.head.totals, segment(1).totals);
    assert_eq!(stored.head.sources, ["report"]);
    assert_eq!(stored.head.fetched_at, hour(1));
    assert_eq!(store.revisions(&id(1)).await.unwrap(), []);
}

pub(super) async fn a_state_without_rows_is_in_the_ledger_but_in_no_range(store: &dyn SegmentStore) {
    replace(store, write(day(0), hour(0), NoData, None)).await;
    let ledger = store.ledger(&id(1)).await.unwrap();
    assert_eq!((ledger[0].revision, ledger[0].rows), (0, 0));
    assert_eq!((ledger[0].checksum, &ledger[0].state), (None, &NoData));
    assert!(range(store, &id(1), Days::one(day(0))).await.is_empty());

    // The first rows are not a revision.
    let late = write(day(0), hour(1), Final, Some(segment(1)));
    assert_eq!(replace(store, late).await, Replaced::Revised(1));
    assert_eq!(store.revisions(&id(1)).await.unwrap(), []);
}

pub(super) async fn a_measured_zero_differs_from_no_data(store: &dyn SegmentStore) {
    let table = Table::of::<Activity>();
    let empty = table.finish().unwrap();
    replace(store, write(day(0), hour(0), Final, Some(empty.clone()))).await;
    replace(store, write(day(1), hour(0), NoData, None)).await;
    let stored = range(store, &id(1), Days::new(day(0), day(2))).await;
    assert_eq!(stored.len(), 1);
    assert_eq!((stored[0].head.day, stored[0].head.rows), (day(0), 0));
    assert_eq!(stored[0].segment, empty);
}

pub(super) async fn a_range_is_in_order_and_half_open(store: &dyn SegmentStore) {
    // Across the ends of a month and of a year.
    for number in [61, 29, 30, 60, 0, 62, 28] {
        let write = write(day(number), hour(0), Final, Some(segment(number)));
        replace(store, write).await;
    }
    let days = |from, until| async move {
        let stored = range(store, &id(1), Days::new(day(from), day(until))).await;
        stored.into_iter().map(|stored| (stored.head.day - day(0)).num_days()).collect::<Vec<_>>()
    };
    assert_eq!(days(0, 62).await, [0, 28, 29, 30, 60, 61]);
    assert_eq!(days(28, 30).await, [28, 29]);
    assert_eq!(days(30, 30).await, [] as [i64; 0]);
    assert_eq!(days(1, 28).await, [] as [i64; 0]);
}

pub(super) async fn a_range_holds_one_dataset_of_one_connector(store: &dyn SegmentStore) {
    replace(store, write(day(0), hour(0), Final, Some(segment(1)))).await;
    let seats = write_to(Dataset::Seats, day(0), hour(0), Final, Some(segment(2)));
    replace(store, seats).await;
    let other = write(day(0), hour(0), Final, Some(segment(3)));
    store.replace(&id(2), other).await.unwrap();
    assert_eq!(one(store).await.segment, segment(1));
    let stored = range(store, &id(2), Days::one(day(0))).await;
    assert_eq!(stored[0].segment, segment(3));
    assert!(range(store, &id(3), Days::one(day(0))).await.is_empty());
}

pub(super) async fn heads_cover_one_dataset_in_order_and_half_open(store: &dyn SegmentStore) {
    // Across the end of a month; a day without rows has a head too.
    for number in [31, 29, 0, 28] {
        replace(store, write(day(number), hour(0), Final, Some(segment(number)))).await;
    }
    replace(store, write(day(30), hour(0), NoData, None)).await;
    replace(store, write_to(Dataset::Seats, day(29), hour(0), Final, Some(segment(2)))).await;
    store.replace(&id(2), write(day(29), hour(0), Final, Some(segment(3)))).await.unwrap();
    let heads = |from, until| async move {
        let heads = store.heads(&id(1), Dataset::Activity, Days::new(day(from), day(until))).await.unwrap();
        heads.into_iter().map(|head| ((head.day - day(0)).num_days(), head.totals.get("active").copied())).collect()
    };
    let all: Vec<_> = heads(0, 32).await;
    assert_eq!(all, [(0, Some(0)), (28, Some(28)), (29, Some(29)), (30, None), (31, Some(31))]);
    let some: Vec<_> = heads(28, 30).await;
    assert_eq!(some, [(28, Some(28)), (29, Some(29))]);
    for nothing in [heads(30, 30).await, heads(1, 28).await] {
        assert_eq!(nothing, [] as [(i64, Option<i64>); 0]);
    }
}

pub(super) async fn the_head_names_the_account_of_the_rows(store: &dyn SegmentStore) {
    let account = || async { one(store).await.head.account };
    let octo = Some(AccountSubject { id: "octo".to_owned(), name: None });
    replace(store, write(day(0), hour(0), Provisional, Some(segment(1)))).await;
    assert_eq!(account().await, octo);
    replace(store, write(day(0), hour(1), Final, None)).await;
    assert_eq!(account().await, octo, "a write of the state alone keeps it");
    replace(store, write(day(0), hour(2), Final, Some(person("ann")))).await;
    assert_eq!(account().await, None);
}

pub(super) async fn a_range_of_a_year_is_complete(store: &dyn SegmentStore) {
    let large = large_segment(20_000);
    for number in 0..365 {
        let write = write(day(number), hour(0), Final, Some(large.clone()));
        replace(store, write).await;
    }
    let stored = range(store, &id(1), Days::new(day(0), day(365))).await;
    let days: Vec<_> = stored.iter().map(|stored| stored.head.day).collect();
    assert_eq!(days, (0..365).map(day).collect::<Vec<_>>());
    assert!(stored.iter().all(|stored| stored.segment == large));
}

pub(super) async fn a_segment_of_one_megabyte_is_stored_completely(store: &dyn SegmentStore) {
    let large = large_segment(1 << 20);
    assert!(large.bytes.len() > 1 << 20, "{}", large.bytes.len());
    for (hours, segment) in [(0, large.clone()), (1, segment(1)), (2, large)] {
        let write = write(day(0), hour(hours), Final, Some(segment.clone()));
        replace(store, write).await;
        assert!(one(store).await.segment == segment);
    }
}

pub(super) async fn a_concurrent_reader_sees_the_old_or_the_new_rows(store: &dyn SegmentStore) {
    let contents = [segment(1), large_segment(100_000), segment(2)];
    let content = |number: usize| contents[number % contents.len()].clone();
    replace(store, write(day(0), hour(0), Final, Some(content(0)))).await;
    let writer = async {
        for number in 1..60 {
            let content = Some(content(number));
            replace(store, write(day(0), hour(number as i64), Final, content)).await;
        }
    };
    let reader = async {
        for _ in 0..60 {
            let StoredSegment { head, segment } = one(store).await;
            assert!(segment == content(head.revision as usize - 1));
            assert_eq!(head.checksum, Some(segment.checksum));
            assert_eq!(head.totals, segment.totals);
        }
    };
    tokio::join!(writer, reader);
}

pub(super) async fn two_concurrent_writes_end_with_one_of_them(store: &dyn SegmentStore) {
    let poller = |first: i64| async move {
        for number in 0..10 {
            let content: Option<Segment> = Some(segment(first + number));
            replace(store, write(day(number), hour(1), Final, content)).await;
        }
    };
    tokio::join!(poller(100), poller(200));
    for stored in range(store, &id(1), Days::new(day(0), day(10))).await {
        let number = (stored.head.day - day(0)).num_days();
        let active = stored.head.totals["active"] % 100;
        assert_eq!((active, stored.head.revision), (number, 2));
        assert_eq!(stored.segment.totals, stored.head.totals);
    }
    assert_eq!(store.revisions(&id(1)).await.unwrap().len(), 10);
}

pub(super) async fn the_ledger_is_ordered_by_day_and_dataset(store: &dyn SegmentStore) {
    for number in [1, 0] {
        for dataset in Dataset::ALL.into_iter().rev() {
            replace(store, write_to(dataset, day(number), hour(0), Pending, None)).await;
        }
    }
    let ledger = store.ledger(&id(1)).await.unwrap();
    let lines: Vec<_> = ledger.iter().map(|head| (head.day, head.dataset)).collect();
    let expected = [0, 1].map(|number| Dataset::ALL.map(|dataset| (day(number), dataset)));
    assert_eq!(lines, expected.concat());
}

pub(super) async fn removal_covers_rows_ledger_and_log_and_is_idempotent(store: &dyn SegmentStore) {
    for id in [id(1), id(2)] {
        for hours in 0..2 {
            let write = write(day(0), hour(hours), Final, Some(segment(hours)));
            store.replace(&id, write).await.unwrap();
        }
    }
    for _ in 0..2 {
        store.remove(&id(1)).await.unwrap();
        assert!(range(store, &id(1), Days::one(day(0))).await.is_empty());
        assert_eq!(store.ledger(&id(1)).await.unwrap(), []);
        assert_eq!(store.revisions(&id(1)).await.unwrap(), []);
    }
    assert_eq!(store.ledger(&id(2)).await.unwrap().len(), 1);
    assert_eq!(store.revisions(&id(2)).await.unwrap().len(), 1);
    let anew = write(day(0), hour(0), Final, Some(segment(5)));
    assert_eq!(replace(store, anew).await, Replaced::Revised(1));
}

pub(super) async fn order_and_encoding_do_not_change_rows(store: &dyn SegmentStore) {
    let of = |subjects: &mut dyn Iterator<Item = i64>, at_once: usize| {
        let mut table = Table::of::<Activity>().sharing_memory_with(at_once);
        for subject in subjects {
            let subject = subject.to_string();
            table.push(&Activity { level: Level::User, subject: &subject, ..Activity::default() }).unwrap();
        }
        table.finish().unwrap()
    };
    let (first, again) = (of(&mut (0..5_000), 1), of(&mut (0..5_000).rev(), 1_000));
    assert_ne!(first.bytes, again.bytes);
    replace(store, write(day(0), hour(0), Provisional, Some(first.clone()))).await;
    assert_eq!(replace(store, write(day(0), hour(1), Final, Some(again))).await, Replaced::Unchanged);
    let stored = one(store).await;
    assert_eq!(stored.segment, first, "the rows are not written again");
    assert_eq!((stored.head.revision, stored.head.state), (1, Final));
}

pub(super) async fn a_repair_rewrites_equal_rows(store: &dyn SegmentStore) {
    replace(store, write(day(0), hour(0), Final, Some(segment(1)))).await;
    let repair = SegmentWrite { repairs: true, ..write(day(0), hour(1), Final, Some(segment(1))) };
    assert_eq!(replace(store, repair).await, Replaced::Unchanged);
    let stored = one(store).await;
    assert_eq!((stored.segment, stored.head.revision), (segment(1), 1));
}

pub(super) async fn a_write_that_has_seen_another_revision_changes_nothing(store: &dyn SegmentStore) {
    let seen = |seen, at, rows| SegmentWrite { seen: Some(seen), ..write(day(0), at, Final, Some(segment(rows))) };
    assert_eq!(replace(store, seen(0, hour(0), 1)).await, Replaced::Revised(1));
    assert_eq!(replace(store, seen(0, hour(5), 2)).await, Replaced::Stale);
    assert_eq!(one(store).await.segment, segment(1));
    assert_eq!(replace(store, seen(1, hour(5), 2)).await, Replaced::Revised(2));
    assert_eq!(replace(store, seen(1, hour(9), 1)).await, Replaced::Stale);
    assert_eq!(one(store).await.segment, segment(2));
}

pub(super) async fn rows_without_a_rows_checksum_are_recognized(store: &dyn SegmentStore) {
    let old = Segment { rows_checksum: None, ..segment(1) };
    replace(store, write(day(0), hour(0), Provisional, Some(old))).await;
    assert_eq!(replace(store, write(day(0), hour(1), Final, Some(segment(1)))).await, Replaced::Unchanged);
    assert_eq!(one(store).await.head.rows_checksum, segment(1).rows_checksum);
    assert_eq!(replace(store, write(day(0), hour(2), Final, Some(segment(2)))).await, Replaced::Revised(2));
}
