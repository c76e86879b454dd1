//! Any interleaving of polls, rebuilds and crashes ends in the history of an undisturbed poll.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use shared::adapters::embedded::Queue;
use shared::app::App;
use shared::clock::FixedClock;
use shared::handlers::poll::Polled;
use shared::words::{Connector, Dataset, Day, Days, PollJob, PollOutcome, SegmentHead};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::sandbox_world::{TOKEN, World, day, open, organization, small, time};

/// Reports arrive late and are restated, so the content of a day depends on when it is read.
const SLUG: &str = "octo-late-revised";
const START: &str = "2026-11-18T06:00:00Z";
const END: &str = "2026-11-22T06:00:00Z";
/// Days that are stored before the first step. Only a backfill fetches the days between the two ranges.
const KNOWN: [(&str, &str); 2] = [("2025-12-12", "2026-10-14"), ("2026-10-18", "2026-11-10")];
/// Approximate wakes of a whole poll, and of a whole rebuild.
const POLL_WAKES: usize = 200;
const REBUILD_WAKES: usize = 600;

#[derive(Clone, Copy, Debug)]
enum PlannedJob {
    Daily,
    Backfill,
    /// A backfill that runs out of time after every batch.
    BackfillInParts,
    /// A number of days from the first unknown one on.
    Days(i64, i64),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Poll(PlannedJob),
    /// The process dies at this wake of the poll.
    Killed(PlannedJob, usize),
    Together(PlannedJob, PlannedJob),
    /// One of two processes dies.
    TogetherKilled(PlannedJob, usize, PlannedJob),
    /// The previous job is redelivered.
    Again,
    /// Processes the jobs in the queue.
    Deliver,
    DeliverKilled(usize),
    Rebuild,
    RebuildKilled(usize),
    /// A rebuild runs during a poll.
    RebuildBeside(PlannedJob),
    Pass(i64),
}

fn job() -> impl Strategy<Value = PlannedJob> {
    prop_oneof![
        3 => Just(PlannedJob::Daily),
        2 => Just(PlannedJob::Backfill),
        1 => Just(PlannedJob::BackfillInParts),
        2 => (-2..8_i64, 1..5_i64).prop_map(|(from, count)| PlannedJob::Days(from, count)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let wakes = || 0..POLL_WAKES;
    prop_oneof![
        2 => job().prop_map(Step::Poll),
        5 => (job(), wakes()).prop_map(|(job, wakes)| Step::Killed(job, wakes)),
        2 => (job(), job()).prop_map(|(one, other)| Step::Together(one, other)),
        2 => (job(), wakes(), job()).prop_map(|(one, wakes, other)| Step::TogetherKilled(one, wakes, other)),
        1 => Just(Step::Again),
        1 => Just(Step::Deliver),
        1 => wakes().prop_map(Step::DeliverKilled),
        2 => Just(Step::Rebuild),
        1 => (0..REBUILD_WAKES).prop_map(Step::RebuildKilled),
        1 => job().prop_map(Step::RebuildBeside),
        4 => (1..80_i64).prop_map(Step::Pass),
    ]
}

/// Polls `future` this many times and then drops it, as `kill` would: operations that have started finish, later ones
/// do not happen.
async fn until_killed<T>(wakes: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = wakes;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// A sandbox, and a folder with the history at the start of every run.
struct InitialFolder {
    world: World,
    connector: Connector,
}

/// The parts that must be equal in the end.
#[derive(Debug, PartialEq)]
struct History {
    ledger: Vec<String>,
    segments: BTreeMap<(Day, Dataset), Bytes>,
    answers: Vec<String>,
    complete_through: Option<Day>,
}

/// One data folder during a run.
struct DataFolder<'a> {
    initial: &'a InitialFolder,
    folder: TempDir,
    clock: FixedClock,
    last: PollJob,
    number: usize,
}

impl InitialFolder {
    async fn new() -> InitialFolder {
        let world = World::with(sandbox::Options { users: 20, days: 40, ..small(START) }).await;
        let connector = world.saved_before(organization(SLUG), TOKEN).await;
        for (from, to) in KNOWN {
            assert_eq!(world.poll_days(&connector, from, to).await.outcome, PollOutcome::Ok);
        }
        InitialFolder { world, connector }
    }

    fn run(&self) -> DataFolder<'_> {
        let folder = tempfile::tempdir().unwrap();
        copy(self.world.folder.path(), folder.path());
        let database = rusqlite::Connection::open(self.world.folder.path().join("pairmeter.db")).unwrap();
        let copied = folder.path().join("pairmeter.db").display().to_string();
        database.execute("VACUUM INTO ?1", [copied]).unwrap();
        self.world.sandbox.set_now(time(START));
        let last = PollJob::daily(&self.connector.id, time(START).date_naive());
        DataFolder { initial: self, folder, clock: FixedClock::at(time(START)), last, number: 0 }
    }
}

/// Everything except the database.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else if !entry.file_name().to_string_lossy().starts_with("pairmeter.db") {
            std::fs::copy(entry.path(), &target).unwrap();
            // The time that the archive lists.
            let written_at = entry.metadata().unwrap().modified().unwrap();
            std::fs::File::options().append(true).open(target).unwrap().set_modified(written_at).unwrap();
        }
    }
}

impl DataFolder<'_> {
    fn process(&self) -> (Queue, App) {
        open(self.folder.path(), &self.clock, self.initial.world.app.http.clone())
    }

    fn now(&self) -> DateTime<Utc> {
        shared::clock::Clock::now(&self.clock)
    }

    fn job(&mut self, job: PlannedJob) -> (PollJob, chrono::Duration) {
        let id = &self.initial.connector.id;
        self.number += 1;
        let run_for = if matches!(job, PlannedJob::BackfillInParts) { 0 } else { 10 };
        let job = match job {
            PlannedJob::Daily => PollJob::daily(id, self.now().date_naive()),
            PlannedJob::Backfill | PlannedJob::BackfillInParts => PollJob::backfill(id, None),
            PlannedJob::Days(from, count) => {
                let first = day("2026-11-11") + chrono::Duration::days(from);
                let days = (first, first + chrono::Duration::days(count - 1));
                PollJob::requested(id, Some(days), &self.number.to_string())
            }
        };
        self.last = job.clone();
        (job, chrono::Duration::minutes(run_for))
    }

    /// Polls in a separate process.
    async fn poll(&self, (job, run_for): (PollJob, chrono::Duration)) -> Polled {
        let mut poll = self.process().1.poll();
        poll.run_for = run_for;
        poll.run(&job, &()).await.unwrap()
    }

    /// Processes one job of the queue. Returns false if none is left.
    async fn deliver(&self) -> bool {
        let (queue, app) = self.process();
        let Some(delivery) = queue.receive(Duration::from_secs(60)).await.unwrap() else { return false };
        app.poll().run(&delivery.job, &()).await.unwrap().for_queue().unwrap();
        queue.done(&delivery.receipt).await.unwrap();
        true
    }

    async fn rebuild(&self) {
        let rebuilt = self.process().1.rebuild().run(&self.initial.connector.id, &()).await.unwrap();
        assert_eq!(rebuilt.failed, [""; 0]);
    }

    fn pass(&self, to: DateTime<Utc>) {
        self.clock.set(to.min(time(END)));
        self.initial.world.sandbox.set_now(self.now());
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Poll(job) => {
                let job = self.job(job);
                self.poll(job).await;
            }
            Step::Killed(job, wakes) => {
                let job = self.job(job);
                until_killed(wakes, self.poll(job)).await;
            }
            Step::Together(one, other) => {
                let (one, other) = (self.job(one), self.job(other));
                tokio::join!(self.poll(one), self.poll(other));
            }
            Step::TogetherKilled(one, wakes, other) => {
                let (one, other) = (self.job(one), self.job(other));
                tokio::join!(until_killed(wakes, self.poll(one)), self.poll(other));
            }
            Step::Again => drop(self.poll((self.last.clone(), chrono::Duration::minutes(10))).await),
            Step::Deliver => drop(self.deliver().await),
            Step::DeliverKilled(wakes) => drop(until_killed(wakes, self.deliver()).await),
            Step::Rebuild => self.rebuild().await,
            Step::RebuildKilled(wakes) => drop(until_killed(wakes, self.rebuild()).await),
            Step::RebuildBeside(job) => {
                let job = self.job(job);
                tokio::join!(self.rebuild(), self.poll(job));
            }
            Step::Pass(hours) => self.pass(self.now() + chrono::Duration::hours(hours)),
        }
        self.assert_whole().await;
    }

    /// Every stored segment was written completely by one writer, and no number has changed back and forth.
    async fn assert_whole(&self) -> Vec<SegmentHead> {
        let app = self.process().1;
        let id = &self.initial.connector.id;
        let heads = app.segments.ledger(id).await.unwrap();
        let days = Days::inclusive(day("2026-11-01"), day("2026-11-30"));
        for dataset in Dataset::ALL {
            let stored: Vec<_> = app.segments.range(id, dataset, days).try_collect().await.unwrap();
            let lines = heads.iter().filter(|head| head.dataset == dataset && days.contains(head.day));
            let with_content: Vec<_> = lines.filter(|head| head.has_content()).collect();
            assert_eq!(stored.iter().map(|stored| &stored.head).collect::<Vec<_>>(), with_content);
            for stored in stored {
                let segment = &stored.segment;
                assert_eq!((stored.head.rows, stored.head.checksum), (segment.rows, Some(segment.checksum)));
            }
        }
        let revisions = app.segments.revisions(id).await.unwrap();
        let mut times: Vec<_> = revisions.iter().map(|it| (it.day, it.dataset, it.at)).collect();
        times.sort_unstable();
        times.dedup();
        assert_eq!(times.len(), revisions.len(), "{revisions:#?}");
        heads
    }

    /// A day's poll and all jobs that follow from it.
    async fn end(&mut self) -> History {
        self.pass(time(END));
        // The job of a killed worker is redelivered by then.
        self.clock.set(time(END) + chrono::Duration::minutes(2));
        let job = self.job(PlannedJob::Daily);
        let polled = self.poll(job).await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
        while self.deliver().await {}
        let folder = self.folder.path().display().to_string();
        for path in super::twice::files(self.folder.path()) {
            let name = path.strip_prefix(&folder).unwrap();
            // The sweep removes files of a dead process; listings skip them before.
            let is_swept = name.starts_with("/archive/.partial/");
            let is_known = name.ends_with(".zst") || name.starts_with("/pairmeter.db") || name == "/lock";
            assert!(is_known || is_swept, "what is {name}?");
        }
        self.history().await
    }

    async fn history(&self) -> History {
        let app = self.process().1;
        let id = &self.initial.connector.id;
        // The seats of past days cannot be fetched later.
        let is_lasting = |head: &SegmentHead| head.dataset != Dataset::Seats || head.day == time(END).date_naive();
        let mut segments = BTreeMap::new();
        for dataset in Dataset::ALL {
            let every = Days::inclusive(day("2025-12-12"), day("2026-11-30"));
            let mut stored = app.segments.range(id, dataset, every);
            while let Some(stored) = stored.try_next().await.unwrap() {
                if is_lasting(&stored.head) {
                    segments.insert((stored.head.day, dataset), stored.segment.bytes);
                }
            }
        }
        // The report of one day and the 28-day report have the same rows.
        let source = |source: &String| source.replace("-28-day", "-1-day");
        let line = |head: &SegmentHead| {
            let sources: Vec<_> = head.sources.iter().map(source).collect();
            let SegmentHead { day, dataset, state, rows, checksum, .. } = head;
            format!("{day} {dataset}: {state:?}, {rows} rows, {checksum:?}, {sources:?}")
        };
        let heads = self.assert_whole().await;
        let api = app.serve(app.connect().merge(app.report()));
        let mut answers = Vec::new();
        for question in [
            "usage?level=user&from=2026-10-09&limit=10000",
            "usage?level=team&interval=week&from=2026-10-09",
            "usage?interval=month&from=2026-10-09",
            "usage/breakdown?by=model&level=user&from=2026-10-09",
            "pull-requests?from=2026-10-09",
            "seats",
            "people",
        ] {
            let request = Request::get(format!("/v1/{question}")).body(Body::empty()).unwrap();
            let response = api.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 200, "{question}");
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            answers.push(String::from_utf8(body.to_vec()).unwrap());
        }
        let connector = app.connectors.get(id).await.unwrap();
        History {
            ledger: heads.iter().filter(|head| is_lasting(head)).map(line).collect(),
            segments,
            answers,
            complete_through: connector.freshness.complete_through,
        }
    }
}

#[track_caller]
fn assert_same(got: &History, expected: &History) {
    for (got, expected) in got.ledger.iter().zip(&expected.ledger) {
        assert_eq!(got, expected);
    }
    for (got, expected) in got.answers.iter().zip(&expected.answers) {
        assert_eq!(got, expected);
    }
    assert!(got == expected, "the segments' bytes or the number of days differ");
}

#[test]
fn any_interleaving_of_polls_rebuilds_crashes_has_the_same_history() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let initial = runtime.block_on(InitialFolder::new());
    let expected = runtime.block_on(async { initial.run().end().await });
    runtime.block_on(async {
        let mut early = initial.run();
        early.step(Step::Poll(PlannedJob::Daily)).await;
        let early = early.history().await;
        for (day, state) in [("2026-11-16", "Provisional"), ("2026-11-17", "Pending")] {
            let line = |history: &History| {
                let about = format!("{day} activity: ");
                history.ledger.iter().find_map(|line| line.strip_prefix(&about).map(str::to_owned)).unwrap()
            };
            assert!(line(&early).starts_with(state) && line(&expected).starts_with("Final"), "{}", line(&early));
            let rows = |line: String| line.split_once(", ").map(|(_, rows)| rows.to_owned());
            assert_ne!(rows(line(&early)), rows(line(&expected)), "{day} was restated");
        }
    });
    // Reports that the archive listed before the poll's last report must not replace rows that the poll stored later.
    runtime.block_on(async {
        // Days of the 28-day report that no poll has stored are as old as the report, and are fetched again.
        for steps in [[Step::RebuildBeside(PlannedJob::Days(0, 1)), Step::Rebuild], [Step::Pass(42), Step::Rebuild]] {
            let mut run = initial.run();
            for step in steps {
                run.step(step).await;
            }
            assert_same(&run.end().await, &expected);
        }
    });
    let config =
        ProptestConfig { cases: 10, max_shrink_iters: 48, failure_persistence: None, ..ProptestConfig::default() };
    let steps = prop::collection::vec(step(), 1..8);
    let played = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(async {
            let mut run = initial.run();
            for step in steps {
                run.step(step).await;
            }
            assert_same(&run.end().await, &expected);
        });
        Ok(())
    });
    played.unwrap();
}
