//! Writers that die: at any moment, every stored segment is one that a writer wrote completely.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use futures_util::{FutureExt, TryStreamExt};
use proptest::prelude::*;
use shared::adapters::embedded::Store;
use shared::ports::{ConnectorStore, Replaced, SegmentStore, StoredSegment};
use shared::words::{Dataset, Days, SegmentState};

use crate::contract::samples::{connector, day, hour, id, large_segment, segment, write};

const FOLDER: &str = "PAIRMETER_TEST_FOLDER";

async fn stored(store: &Store) -> Vec<StoredSegment> {
    let (segments, id) = (store.segments(), id(1));
    let range = segments.range(&id, Dataset::Activity, Days::new(day(0), day(3)));
    range.try_collect().await.unwrap()
}

#[tokio::test]
#[ignore = "the victim of a_writer_that_is_killed_leaves_whole_segments"]
#[expect(clippy::disallowed_methods, reason = "how a test hands a folder to its victim")]
async fn victim_that_writes_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = Store::open(Path::new(&folder)).unwrap();
    // The previous victim may have created it already.
    let _ = store.connectors().create(&connector(1)).await;
    for number in 0.. {
        let content = if number % 2 == 0 { large_segment(200_000) } else { segment(number) };
        let write = write(day(number % 3), hour(number), SegmentState::Final, Some(content));
        store.segments().replace(&id(1), write).await.unwrap();
        println!("wrote {number}");
    }
}

#[tokio::test]
async fn a_writer_that_is_killed_leaves_whole_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = 0;
    for lines in [3, 8, 5] {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "embedded::crash::victim_that_writes_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(victim.stdout.take().unwrap());
        written += output.lines().filter(|line| line.as_ref().unwrap().contains("wrote")).take(lines).count();
        // It is in the middle of the next write.
        victim.kill().unwrap();
        victim.wait().unwrap();

        let store = Store::open(folder.path()).unwrap();
        let segments = stored(&store).await;
        assert_eq!(segments.len(), 3, "{written} writes were acknowledged");
        let large = large_segment(200_000);
        for StoredSegment { head, segment } in segments {
            assert_eq!((head.rows, &head.totals), (segment.rows, &segment.totals));
            assert!(segment == large || segment.bytes.len() < 10_000);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Day, hour of the fetch, number of active people; without a number, only the state.
    Replace(i64, i64, Option<i64>),
    /// A replace whose caller drops it after this many polls.
    Abandon(i64, i64, i64, usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let (days, hours, active) = (0..3_i64, 0..6_i64, 0..4_i64);
    prop_oneof![
        5 => (days.clone(), hours.clone(), prop::option::weighted(0.8, active.clone()))
            .prop_map(|(day, hour, active)| Step::Replace(day, hour, active)),
        2 => (days, hours, active, 0..3_usize)
            .prop_map(|(day, hour, active, polls)| Step::Abandon(day, hour, active, polls)),
        1 => Just(Step::Reopen),
    ]
}

/// The expected state of a day: hour of the fetch, revision, active people.
type ExpectedDay = (i64, u32, Option<i64>);

fn replaced(line: Option<ExpectedDay>, hour: i64, active: Option<i64>) -> (ExpectedDay, Replaced) {
    let (last, revision, before) = line.unwrap_or((hour, 0, None));
    if hour < last {
        ((last, revision, before), Replaced::Stale)
    } else if active.is_none() || active == before {
        ((hour, revision, before), Replaced::Unchanged)
    } else {
        let revision = revision + 1;
        ((hour, revision, active), Replaced::Revised(revision))
    }
}

async fn lines(store: &Store) -> BTreeMap<i64, ExpectedDay> {
    let mut lines = BTreeMap::new();
    for head in store.segments().ledger(&id(1)).await.unwrap() {
        let fetched = (head.fetched_at - hour(0)).num_hours();
        let line = (fetched, head.revision, head.totals.get("active").copied());
        lines.insert((head.day - day(0)).num_days(), line);
    }
    let with_rows = lines.values().filter(|(_, revision, _)| *revision > 0);
    assert_eq!(stored(store).await.len(), with_rows.count());
    for StoredSegment { head, segment } in stored(store).await {
        assert_eq!(head.totals, segment.totals);
        assert_eq!(segment.bytes, self::segment(head.totals["active"]).bytes);
    }
    lines
}

async fn agrees_with_the_model(steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.connectors().create(&connector(1)).await.unwrap();
    let mut model = BTreeMap::<i64, ExpectedDay>::new();
    for step in steps {
        match step {
            Step::Replace(number, at, active) => {
                let state = SegmentState::Final;
                let write = write(day(number), hour(at), state, active.map(segment));
                let (line, expected) = replaced(model.get(&number).copied(), at, active);
                model.insert(number, line);
                let outcome = store.segments().replace(&id(1), write).await;
                assert_eq!(outcome.unwrap().replaced, expected);
            }
            Step::Abandon(number, at, active, polls) => {
                let state = SegmentState::Final;
                let write = write(day(number), hour(at), state, Some(segment(active)));
                let (segments, id) = (store.segments(), id(1));
                let mut replace = segments.replace(&id, write);
                for _ in 0..polls {
                    if (&mut replace).now_or_never().is_some() {
                        break;
                    }
                }
                drop(replace);
                // The future was dropped, so the write may have happened or not; the next write is queued after it in
                // either case.
                store.segments().remove(&crate::contract::samples::id(9)).await.unwrap();
                let (line, _) = replaced(model.get(&number).copied(), at, Some(active));
                let found = lines(&store).await.get(&number).copied();
                if found == Some(line) {
                    model.insert(number, line);
                }
            }
            Step::Reopen => {
                drop(store);
                store = Store::open(folder.path()).unwrap();
            }
        }
        assert_eq!(lines(&store).await, model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_writes_and_crashes_matches_the_model(steps in prop::collection::vec(step(), 1..16)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(agrees_with_the_model(steps));
    }
}
