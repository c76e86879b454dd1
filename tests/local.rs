//! The daily tick and the workers of the single process, driven by a fixed clock and paused timers.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};
use shared::adapters::embedded::{MAX_ATTEMPTS, Queue, Schedule, Store};
use shared::clock::{Clock, FixedClock};
use shared::error::{Error, ProviderError, StoreError};
use shared::ports::PollQueue;
use shared::runtime::local::{daily, work};
use shared::words::{Day, PollJob};

use crate::contract::samples::{day, hour, id};

struct RuntimeFixture {
    store: Store,
    clock: FixedClock,
    _folder: tempfile::TempDir,
}

impl RuntimeFixture {
    fn at(now: DateTime<Utc>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: Store::open(folder.path()).unwrap(), clock: FixedClock::at(now), _folder: folder }
    }

    fn schedule(&self) -> Schedule {
        self.store.schedule()
    }

    fn queue(&self) -> Queue {
        self.store.queue(Arc::new(self.clock.clone()))
    }

    /// Runs the daily tick while `script` runs.
    async fn daily(&self, run: impl AsyncFn(Day) -> Result<(), Error>, script: impl Future<Output = ()>) {
        let six = NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        let clock = Arc::new(self.clock.clone());
        tokio::select! {
            () = daily(clock, six, self.schedule(), "fan_out", run) => {}
            () = script => {}
        }
    }

    /// Moves the clock and lets the next tick happen.
    async fn pass_until(&self, now: DateTime<Utc>) {
        self.clock.set(now);
        tokio::time::sleep(Duration::from_secs(21)).await;
    }
}

fn outage() -> Error {
    let detail = "no answer".to_owned();
    ProviderError::Unavailable { detail }.into()
}

#[tokio::test(start_paused = true)]
async fn a_day_runs_once_at_its_hour() {
    let fixture = RuntimeFixture::at(hour(5));
    fixture.schedule().mark("fan_out", day(18)).await.unwrap();
    let runs = RefCell::new(Vec::new());
    let run = async |day| {
        runs.borrow_mut().push(day);
        Ok(())
    };
    let script = async {
        fixture.pass_until(hour(5)).await;
        assert_eq!(*runs.borrow(), []);
        for hours in [6, 7, 23, 29] {
            fixture.pass_until(hour(hours)).await;
            assert_eq!(*runs.borrow(), [day(19)]);
        }
        fixture.pass_until(hour(30)).await;
        assert_eq!(*runs.borrow(), [day(19), day(20)]);
    };
    fixture.daily(run, script).await;
    let last = fixture.schedule().last_run("fan_out").await.unwrap();
    assert_eq!(last, Some(day(20)));
    assert_eq!(fixture.schedule().last_run("notify_expiry").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_for_days_runs_only_the_latest_day() {
    let fixture = RuntimeFixture::at(hour(8));
    fixture.schedule().mark("fan_out", day(19)).await.unwrap();
    let runs = RefCell::new(Vec::new());
    let run = async |day| {
        runs.borrow_mut().push(day);
        Ok(())
    };
    let script = async {
        fixture.pass_until(hour(8)).await;
        fixture.pass_until(hour(4 * 24 + 3)).await;
        assert_eq!(*runs.borrow(), [day(22)], "before six the latest is yesterday's");
        fixture.pass_until(hour(9 * 24 + 12)).await;
        assert_eq!(*runs.borrow(), [day(22), day(28)]);
    };
    fixture.daily(run, script).await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_does_not_run_the_day_again() {
    let fixture = RuntimeFixture::at(hour(8));
    let runs = Cell::new(0);
    let run = async |_| {
        runs.set(runs.get() + 1);
        Ok(())
    };
    for _ in 0..2 {
        fixture.daily(run, fixture.pass_until(hour(9))).await;
    }
    assert_eq!(runs.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_run_is_repeated() {
    let fixture = RuntimeFixture::at(hour(8));
    let runs = Cell::new(0);
    let hangs = async |_| {
        runs.set(runs.get() + 1);
        std::future::pending().await
    };
    fixture.daily(hangs, fixture.pass_until(hour(8))).await;
    fixture.daily(hangs, fixture.pass_until(hour(8))).await;
    assert_eq!(runs.get(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_is_retried_with_growing_pauses() {
    let fixture = RuntimeFixture::at(hour(8));
    let tries = RefCell::new(Vec::new());
    let run = async |_| {
        let minutes = (fixture.clock.now() - hour(8)).num_minutes();
        tries.borrow_mut().push(minutes);
        if tries.borrow().len() < 9 { Err(outage()) } else { Ok(()) }
    };
    let script = async {
        for minutes in 0..120 {
            fixture.pass_until(hour(8) + chrono::Duration::minutes(minutes)).await;
        }
    };
    fixture.daily(run, script).await;
    assert_eq!(*tries.borrow(), [0, 1, 2, 4, 7, 13, 24, 39, 54]);
    assert_eq!(fixture.schedule().last_run("fan_out").await.unwrap(), Some(day(19)));
}

impl RuntimeFixture {
    /// Sends one job and runs two workers until `script` is finished.
    async fn work(&self, run: impl AsyncFn(PollJob) -> Result<(), Error>, script: impl Future<Output = ()>) {
        let job = PollJob::daily(&id(1), day(19));
        self.queue().send(&[job]).await.unwrap();
        tokio::select! {
            () = work(self.queue(), 2, run) => {}
            () = script => {}
        }
    }

    /// Seconds after the start at which the job is tried if it fails every time with `error`.
    async fn tries(&self, error: impl Fn() -> Error) -> Vec<i64> {
        let tries = RefCell::new(Vec::new());
        let start = self.clock.now();
        let run = async |_| {
            tries.borrow_mut().push((self.clock.now() - start).num_seconds());
            Err(error())
        };
        let script = async {
            for _ in 0..1000 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.clock.set(self.clock.now() + Duration::from_secs(10));
            }
        };
        self.work(run, script).await;
        tries.into_inner()
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_succeeds_runs_once() {
    let fixture = RuntimeFixture::at(hour(6));
    let runs = Cell::new(0);
    let run = async |job: PollJob| {
        assert_eq!(job.connector, id(1));
        runs.set(runs.get() + 1);
        Ok(())
    };
    fixture.work(run, fixture.pass_until(hour(8))).await;
    assert_eq!(runs.get(), 1);
    assert_eq!(fixture.queue().receive(Duration::ZERO).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_owner_or_without_an_offer_are_not_retried() {
    let detail = || "no".to_owned();
    for refused in [ProviderError::Denied { detail: detail() }, ProviderError::NotOffered { detail: detail() }] {
        let fixture = RuntimeFixture::at(hour(6));
        let refused = Cell::new(Some(refused));
        assert_eq!(fixture.tries(|| refused.take().unwrap().into()).await, [0]);
        assert_eq!(fixture.queue().dead().await.unwrap(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_limited_job_waits_as_long_as_the_provider_says() {
    let fixture = RuntimeFixture::at(hour(6));
    let retry_after = Duration::from_secs(20 * 60);
    let tries = fixture.tries(|| ProviderError::RateLimited { retry_after }.into()).await;
    assert_eq!(tries[..4], [0, 1200, 2400, 3600]);
    assert_eq!(tries[4] - tries[3], 1920, "and longer when that does not help");
}

#[tokio::test(start_paused = true)]
async fn our_failures_are_retried_and_then_become_dead_letters() {
    let fixture = RuntimeFixture::at(hour(6));
    let tries = fixture.tries(|| StoreError::NotFound.into()).await;
    assert_eq!(tries, [0, 30, 150, 630, 2550, 6150]);
    assert_eq!(tries.len(), MAX_ATTEMPTS as usize);
    let dead = fixture.queue().dead().await.unwrap();
    assert_eq!(dead[0].reason, "not found");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_panics_becomes_a_dead_letter() {
    let fixture = RuntimeFixture::at(hour(6));
    let tries = fixture.tries(|| panic!("on purpose")).await;
    assert_eq!(tries.len(), MAX_ATTEMPTS as usize);
    let dead = fixture.queue().dead().await.unwrap();
    assert_eq!(dead[0].reason, "the poll panicked");
}

#[tokio::test(start_paused = true)]
async fn a_long_job_stays_hidden_while_its_worker_lives() {
    let fixture = RuntimeFixture::at(hour(6));
    let runs = Cell::new(0);
    let run = async |_| {
        runs.set(runs.get() + 1);
        tokio::time::sleep(Duration::from_secs(600)).await;
        Ok(())
    };
    let script = async {
        for _ in 0..700 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            fixture.clock.set(fixture.clock.now() + Duration::from_secs(1));
        }
    };
    fixture.work(run, script).await;
    assert_eq!(runs.get(), 1);
}

#[tokio::test]
async fn sending_wakes_the_workers_which_run_concurrently() {
    let fixture = RuntimeFixture::at(hour(6));
    let barrier = tokio::sync::Barrier::new(3);
    let run = async |_| {
        barrier.wait().await;
        Ok(())
    };
    let script = async {
        // Another handle of the same store.
        let job = PollJob::daily(&id(2), day(19));
        fixture.queue().send(&[job]).await.unwrap();
        barrier.wait().await;
    };
    fixture.work(run, script).await;
}
