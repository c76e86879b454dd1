//! One process in place of the schedule and the queue's consumers: the daily tick and the workers.

use std::convert::Infallible;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, NaiveTime, Utc};
use futures_util::FutureExt;
use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::{backoff, pause};
use crate::adapters::embedded::{Delivery, Queue, Receipt, Retried, Schedule};
use crate::app::App;
use crate::app::admin::{Files, Page, Sample, SignIn};
use crate::app::problem::Problem;
use crate::clock::Clock;
use crate::error::{Error, Recourse, chain};
use crate::words::{Day, PollJob};

/// How often the clock is looked at: the machine may have slept, and timers sleep with it.
const TICK: Duration = Duration::from_secs(20);

const LONGEST_DAILY_PAUSE: Duration = Duration::from_secs(15 * 60);

/// A killed process's jobs come back after this; a living worker keeps asking for more.
const VISIBLE_AFTER: Duration = Duration::from_secs(60);

/// Between two looks at an empty queue; jobs sent by this process wake the workers at once.
const IDLE: Duration = Duration::from_millis(250);

/// For requests that are under way when the process is asked to stop.
const LAST_CALL: Duration = Duration::from_secs(3);

/// After the queue itself has failed.
const QUEUE_PAUSE: Duration = Duration::from_secs(5);

/// Runs once for every day, at `at` or as soon afterwards as the machine is awake; only the latest of several missed days
/// is made up for. Never returns.
///
/// Runs, then marks: a run that is cut short is done again, so it must be harmless twice. A failure is logged once and
/// tried again with growing pauses until it succeeds or the next day is due.
pub async fn daily(
    clock: Arc<dyn Clock>,
    at: NaiveTime,
    schedule: Schedule,
    name: &str,
    run: impl AsyncFn(Day) -> Result<(), Error>,
) {
    let mut failing: Option<Failing> = None;
    loop {
        let now = clock.now();
        let day = latest_due(now, at);
        // Yesterday's failures say nothing about today.
        failing = failing.filter(|failing| failing.day == day);
        if failing.as_ref().is_none_or(|failing| failing.until <= now) {
            match run_if_due(&schedule, name, day, &run).await {
                Ok(()) => {
                    if let Some(failing) = failing.take() {
                        tracing::info!(run = name, %day, failures = failing.count, "the daily run recovered");
                    }
                }
                Err(error) => {
                    let count = failing.map_or(1, |failing| failing.count + 1);
                    if count == 1 {
                        tracing::error!(run = name, %day, error = chain(&error), "the daily run failed; it will be retried");
                    }
                    let pause = pause(TICK, 2, count).min(LONGEST_DAILY_PAUSE);
                    failing = Some(Failing { day, count, until: clock.now() + pause });
                }
            }
        }
        sleep(TICK).await;
    }
}

struct Failing {
    day: Day,
    count: u32,
    /// No new attempt before.
    until: DateTime<Utc>,
}

fn latest_due(now: DateTime<Utc>, at: NaiveTime) -> Day {
    let today = now.date_naive();
    if now.time() >= at { today } else { today - Days::new(1) }
}

async fn run_if_due(
    schedule: &Schedule,
    name: &str,
    day: Day,
    run: &impl AsyncFn(Day) -> Result<(), Error>,
) -> Result<(), Error> {
    if schedule.last_run(name).await?.is_some_and(|last| last >= day) {
        return Ok(());
    }
    run(day).await?;
    Ok(schedule.mark(name, day).await?)
}

/// Runs `workers` jobs at a time. Never returns; dropped, it leaves its unfinished jobs to be delivered again.
///
/// All of them share the caller's task: they overlap while they wait, and heavy computing belongs on threads of its own.
pub async fn work(queue: Queue, workers: usize, run: impl AsyncFn(PollJob) -> Result<(), Error>) {
    join_all((0..workers).map(|_| worker(&queue, &run))).await;
}

async fn worker(queue: &Queue, run: &impl AsyncFn(PollJob) -> Result<(), Error>) -> Infallible {
    let mut is_failing = false;
    loop {
        match queue.receive(VISIBLE_AFTER).await {
            Ok(Some(delivery)) => attend(queue, delivery, run).await,
            Ok(None) => {
                is_failing = false;
                tokio::select! {
                    () = queue.sent() => {}
                    () = sleep(IDLE) => {}
                }
            }
            Err(error) => {
                if !is_failing {
                    tracing::error!(error = chain(&error), "jobs cannot be received");
                }
                is_failing = true;
                sleep(QUEUE_PAUSE).await;
            }
        }
    }
}

async fn attend(queue: &Queue, delivery: Delivery, run: &impl AsyncFn(PollJob) -> Result<(), Error>) {
    let Delivery { job, attempt, receipt } = delivery;
    let key = job.key.clone();
    // One job that panics must not stop the others.
    let running = AssertUnwindSafe(run(job)).catch_unwind();
    let outcome = tokio::select! {
        outcome = running => outcome,
        never = keep_hidden(queue, &receipt) => match never {},
    };
    let (reason, pause) = match outcome {
        Ok(Ok(())) => return settled(queue.done(&receipt).await, &key),
        Ok(Err(error)) => match error.recourse() {
            // Whoever ran it has told the owner, or recorded that it is not offered.
            Recourse::Owner | Recourse::Nobody => {
                return settled(queue.done(&receipt).await, &key);
            }
            Recourse::Wait(wait) => (chain(&error), wait.max(backoff(attempt))),
            Recourse::Us => (chain(&error), backoff(attempt)),
        },
        Err(_) => ("the poll panicked".to_owned(), backoff(attempt)),
    };
    let at = queue.clock().now() + pause;
    match queue.retry(&receipt, at, &reason).await {
        Ok(Retried::Later) => {
            tracing::warn!(job = key, attempt, error = reason, again_at = %at, "a poll failed; it will be retried");
        }
        Ok(Retried::Buried) => {
            tracing::error!(job = key, attempt, error = reason, "a poll failed for the last time; it is a dead letter");
        }
        Err(error) => settled(Err(error), &key),
    }
}

async fn keep_hidden(queue: &Queue, receipt: &Receipt) -> Infallible {
    loop {
        sleep(VISIBLE_AFTER / 3).await;
        if let Err(error) = queue.extend(receipt, VISIBLE_AFTER).await {
            tracing::warn!(error = chain(&error), "a running job could not be kept hidden; it may run twice");
        }
    }
}

/// A job whose end could not be written is delivered again, which is harmless.
fn settled(written: Result<(), crate::error::StoreError>, job: &str) {
    if let Err(error) = written {
        tracing::warn!(job, error = chain(&error), "the completion of a job could not be stored; it will run again");
    }
}

/// Writes to standard error, for people on a terminal. A second call, as in tests, changes nothing.
pub fn log(wanted: &str) {
    let _ = subscriber(wanted, std::io::stderr, std::io::stderr().is_terminal()).try_init();
}

/// One line of text for each event.
pub fn subscriber<W>(wanted: &str, writer: W, has_colors: bool) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_target(false).with_ansi(has_colors).with_writer(writer);
    tracing_subscriber::registry().with(super::log::filter(wanted)).with(lines)
}

/// The bearer token of this data folder, made on first use and kept in a file that only its owner can read.
pub fn token(folder: &Path) -> std::io::Result<String> {
    let path = folder.join("token");
    match std::fs::read_to_string(&path) {
        Ok(token) if !token.trim().is_empty() => return Ok(token.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    file.write_all(token.as_bytes())?;
    Ok(token)
}

/// Everything that the HTTP functions answer, behind one token, and the page that asks for it.
pub fn router(app: &App, token: &str, files: Files, samples: Vec<Sample>) -> Router {
    let guard = Arc::new(SecretString::from(token.to_owned()));
    let guard = axum::middleware::from_fn_with_state(guard, guarded);
    let page = Page { files, sign_in: SignIn::Token, samples };
    app.serve_with_page(app.connect().merge(app.report()).layer(guard), page)
}

/// Only the health check, the page and the API description are public.
async fn guarded(State(token): State<Arc<SecretString>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    // The scheme's case says nothing: RFC 9110, section 11.1.
    let given = given.and_then(|value| value.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, token)| token.trim());
    if request.uri().path() == "/v1/health" || is_same(given, token.expose_secret()) {
        return next.run(request).await;
    }
    Problem::unauthorized().into_response()
}

/// Takes the same time wherever the first difference is.
fn is_same(given: &str, expected: &str) -> bool {
    given.len() == expected.len() && given.bytes().zip(expected.bytes()).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
}

/// Serves until Ctrl-C or a polite kill; requests that have not finished soon after are cut off.
pub async fn serve(listener: TcpListener, router: Router) -> std::io::Result<()> {
    let stopping = Arc::new(tokio::sync::Notify::new());
    let stop = {
        let stopping = stopping.clone();
        async move {
            stopped().await;
            stopping.notify_one();
        }
    };
    let last_call = async {
        stopping.notified().await;
        sleep(LAST_CALL).await;
    };
    tokio::select! {
        served = axum::serve(listener, router).with_graceful_shutdown(stop).into_future() => served,
        () = last_call => Ok(()),
    }
}

async fn stopped() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
