//! Reported inputs: rate limits that name a wait, and rate limits that do not.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sandbox::Options;
use shared::adapters::embedded::Store;
use shared::clock::{Clock, FixedClock};
use shared::error::Recourse;
use shared::handlers::verify::Connection;
use shared::http::{Detours, Http};
use shared::words::{
    Account, CheckOutcome, Connector, ConnectorId, Credential, Dataset, Day, PollJob, PollOutcome, Verdict,
    Verification,
};

use super::listings::saved_before;
use super::{proxy, spec, world_behind};
use crate::providers::stub::{Answer, Stub};
use crate::sandbox_world::{TOKEN, World, day, organization, small, time};

const DATE: &str = "Sat, 21 Nov 2026 06:00:00 GMT";
const A_SECOND_LATER: &str = "Sat, 21 Nov 2026 06:00:01 GMT";
/// The epoch second of [`A_SECOND_LATER`].
const RESET: &str = "1795240801";

/// The first requests get these answers in order; all others get the sandbox's.
async fn refusing_first(provider: &str, answers: Vec<Answer>) -> (World, Arc<AtomicUsize>, impl Drop) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    let (world, proxy) =
        world_behind(provider, move |_, _| answers.get(counted.fetch_add(1, Ordering::Relaxed)).cloned()).await;
    (world, requests, proxy)
}

async fn verify(world: &World, provider: &str) -> Verification {
    let spec = spec(provider);
    let account = Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("octo") };
    let credential = Credential::new(spec.credential_kind, (spec.credential)(""));
    let connection = Connection { provider: provider.to_owned(), account, credential, api_url: None };
    world.app.verify().run(&connection).await.unwrap()
}

#[tokio::test]
async fn verify_waits_two_seconds_for_a_secondary_limit() {
    // R1
    let message = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    let limited = |status| Answer { status, ..Answer::json(message) }.with("retry-after", "1");
    let (world, requests, _proxy) = refusing_first("github-copilot", vec![limited(403), limited(429)]).await;
    let verification = world.verify(organization("octo"), TOKEN).await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    assert!(requests.load(Ordering::Relaxed) > 2);
}

#[tokio::test]
async fn a_short_wait_is_respected_in_every_format() {
    // R1
    let forms = [
        ("403 in seconds", Answer::status(403).with("retry-after", "1")),
        ("403 as a date", Answer::status(403).with("retry-after", A_SECOND_LATER).with("date", DATE)),
        ("429 as a date", Answer::status(429).with("retry-after", A_SECOND_LATER).with("date", DATE)),
        ("503 as a date", Answer::status(503).with("retry-after", A_SECOND_LATER).with("date", DATE)),
        (
            "403 nothing left",
            Answer::status(403).with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", RESET).with("date", DATE),
        ),
        (
            "429 nothing left",
            Answer::status(429).with("x-ratelimit-remaining", "0").with("x-ratelimit-reset", RESET).with("date", DATE),
        ),
        ("longer than three seconds", Answer::status(429).with("retry-after", "4")),
    ];
    let checked = forms.into_iter().map(async |(form, answer)| {
        let (world, _, _proxy) = refusing_first("github-copilot", vec![answer]).await;
        let verification = world.verify(organization("octo"), TOKEN).await;
        assert_eq!(verification.verdict, Verdict::Valid, "{form}: {:?}", verification.checks);
    });
    futures_util::future::join_all(checked).await;
}

#[tokio::test]
async fn a_plain_403_is_a_refusal_and_is_not_retried() {
    let plain = Answer { status: 403, ..Answer::json(r#"{"message":"Must have admin rights"}"#) }
        .with("x-ratelimit-remaining", "4990");
    let requests: Arc<Mutex<Vec<String>>> = Arc::default();
    let recorder = requests.clone();
    let (world, _proxy) = world_behind("github-copilot", move |path, _| {
        recorder.lock().unwrap().push(path.to_owned());
        Some(plain.clone())
    })
    .await;
    let verification = world.verify(organization("octo"), TOKEN).await;
    assert_eq!(verification.verdict, Verdict::Invalid, "{:?}", verification.checks);
    let mut requests = requests.lock().unwrap().clone();
    let total = requests.len();
    requests.sort();
    requests.dedup();
    assert_eq!(requests.len(), total, "no address was requested twice");
}

#[tokio::test]
async fn a_secondary_limit_without_headers_waits_one_minute() {
    // B28
    let body =
        r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}"#;
    let limited = Answer { status: 403, ..Answer::json(body) }.with("x-ratelimit-remaining", "4321");
    let (world, _proxy) = world_behind("github-copilot", move |_, _| Some(limited.clone())).await;
    let verification = world.verify(organization("octo"), TOKEN).await;
    assert_eq!(verification.verdict, Verdict::Unknown, "{:?}", verification.checks);
    assert!(verification.checks.iter().all(|check| check.outcome != CheckOutcome::Fail), "{:?}", verification.checks);
    assert_eq!((verification.retry_at.unwrap() - world.now()).num_seconds(), 60);
}

#[tokio::test]
async fn a_poll_waits_for_a_403_that_names_a_few_seconds() {
    // R1
    let (world, _, _proxy) = refusing_first("github-copilot", vec![Answer::status(403).with("retry-after", "4")]).await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
}

#[tokio::test]
async fn a_403_that_names_a_long_wait_goes_back_to_the_queue() {
    let (world, requests, _proxy) =
        refusing_first("github-copilot", vec![Answer::status(403).with("retry-after", "3600"); 3]).await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    assert_eq!(polled.failure.as_ref().map(|error| error.code()), Some("rate_limited"));
    assert_eq!(requests.load(Ordering::Relaxed), 1);
    let waits = polled.for_queue().unwrap_err().recourse();
    assert_eq!(waits, Recourse::Wait(Duration::from_secs(3600)));
}

#[tokio::test]
async fn verify_of_every_provider_waits_for_a_short_limit() {
    for provider in ["cursor", "anthropic", "claude-enterprise", "openai", "codex"] {
        let limited = |status| Answer::status(status).with("retry-after", "1");
        let (world, _, _proxy) = refusing_first(provider, vec![limited(429), limited(403), limited(503)]).await;
        let verification = verify(&world, provider).await;
        assert_eq!(verification.verdict, Verdict::Valid, "{provider}: {:?}", verification.checks);
    }
}

/// A Pairmeter whose requests to one provider are rate-limited by its own clock, which sleeps move.
async fn with_rate_limits(
    provider: &str,
    days: usize,
    change: impl Fn(&FixedClock, &str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> (World, Stub) {
    let mut world = World::with(Options { users: 3, days, ..small("2026-11-21T06:00:00Z") }).await;
    let clock = world.clock.clone();
    let proxy = proxy(&world.sandbox, provider, move |path, answer| change(&clock, path, answer)).await;
    let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
    detours.extend(Detours::parse(&format!("{}={}", spec(provider).hosts[0], proxy.url())).unwrap());
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let rate_limiter = Store::open(world.folder.path()).unwrap().rate_limiter(clock.clone());
    world.app.0.http = Http::new(detours).with_rate_limiter(Arc::new(rate_limiter), clock);
    (world, proxy)
}

/// Days for which each dataset is stored.
async fn days_with(world: &World, connector: &Connector, dataset: Dataset) -> BTreeSet<Day> {
    let ledger = world.ledger(connector).await.into_iter();
    ledger.filter(|head| head.dataset == dataset && head.has_content()).map(|head| head.day).collect()
}

/// Runs jobs concurrently, then all jobs that follow from them, as workers do: a job that must wait returns after its
/// wait. Returns the number of stored days of the connector after each round.
async fn run_all_jobs(world: &World, connector: &Connector, mut jobs: Vec<PollJob>, dataset: Dataset) -> Vec<usize> {
    let mut stored = Vec::new();
    let poll = world.app.poll();
    while !jobs.is_empty() {
        let round = std::mem::take(&mut jobs);
        let polled = futures_util::future::join_all(round.iter().map(|job| poll.run(job, &()))).await;
        for (job, polled) in round.into_iter().zip(polled) {
            if let Err(error) = polled.unwrap().for_queue() {
                let Recourse::Wait(wait) = error.recourse() else { panic!("{error}") };
                world.clock.sleep(wait).await;
                jobs.push(job);
            }
        }
        while let Some(delivery) = world.queue.receive(Duration::from_secs(60)).await.unwrap() {
            world.queue.done(&delivery.receipt).await.unwrap();
            jobs.push(delivery.job);
        }
        stored.push(days_with(world, connector, dataset).await.len());
        assert!(stored.len() < 40, "it does not end: {stored:?}");
    }
    assert_eq!(world.queue.dead().await.unwrap().len(), 0);
    stored
}

/// Anthropic's message for too many requests; no header names a wait.
fn too_many_requests() -> Answer {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Number of requests has exceeded your rate limit"},"request_id":"req_1"}"#;
    Answer { status: 429, ..Answer::json(body) }
}

/// A provider that accepts a number of requests per minute and refuses the rest; counts both.
#[derive(Clone, Default)]
struct Quota {
    accepted: Arc<Mutex<Vec<DateTime<Utc>>>>,
    refused: Arc<AtomicUsize>,
}

impl Quota {
    fn refuses(&self, clock: &FixedClock, a_minute: usize) -> bool {
        let now = clock.now();
        let mut accepted = self.accepted.lock().unwrap();
        let recent = accepted.iter().filter(|at| (now - **at).num_seconds() < 60).count();
        if recent < a_minute {
            accepted.push(now);
            return false;
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn counts(&self) -> (usize, usize) {
        (self.accepted.lock().unwrap().len(), self.refused.load(Ordering::Relaxed))
    }
}

const NINETY: (&str, &str) = ("2026-08-23", "2026-11-20");

fn ninety_days(connector: &Connector) -> PollJob {
    PollJob::requested(&connector.id, Some((day(NINETY.0), day(NINETY.1))), "r")
}

async fn assert_paced_through(provider: &str, a_minute: usize) -> (usize, usize) {
    let quota = Quota::default();
    let shared_quota = quota.clone();
    let (world, _proxy) = with_rate_limits(provider, 95, move |clock, _, _| {
        shared_quota.refuses(clock, a_minute).then(too_many_requests)
    })
    .await;
    let (connector, _) = saved_before(&world, provider).await;
    let stored = run_all_jobs(&world, &connector, vec![ninety_days(&connector)], Dataset::ModelUsage).await;
    // A report of many days may cover some earlier days.
    assert!(stored.last() >= Some(&90), "{provider}: {stored:?}");
    let took = (world.now() - time("2026-11-21T06:00:00Z")).num_minutes();
    let (accepted, refused) = quota.counts();
    println!("{provider}: {accepted} requests, {refused} refused, {} runs, {took} minutes", stored.len());
    (accepted, refused)
}

#[tokio::test]
async fn ninety_days_of_anthropic_pass_a_limit_without_a_wait() {
    // B18
    let (accepted, refused) = assert_paced_through("anthropic", 20).await;
    assert!(refused * 10 <= accepted, "{refused} of {accepted} were refused");
}

#[tokio::test]
async fn ninety_days_of_openai_pass_a_limit_without_a_wait() {
    let (accepted, refused) = assert_paced_through("openai", 20).await;
    assert!(refused * 10 <= accepted, "{refused} of {accepted} were refused");
}

/// The requested addresses, with one refusal of the third page of the messages report.
async fn messages_with_page_three_refused(answer: Answer) -> (World, Connector, Vec<String>, PollOutcome) {
    let requests: Arc<Mutex<Vec<String>>> = Arc::default();
    let recorder = requests.clone();
    let (world, _proxy) = with_rate_limits("anthropic", 40, move |_, path, _| {
        let (_, query) = path.split_once("/usage_report/messages?")?;
        let page = query.split_once("&page=").map_or("first", |(_, page)| page).to_owned();
        let mut recorder = recorder.lock().unwrap();
        let is_new = !recorder.contains(&page);
        recorder.push(page.clone());
        (page == "page_6" && is_new).then(|| answer.clone())
    })
    .await;
    let (connector, _) = saved_before(&world, "anthropic").await;
    let polled = world.poll_days(&connector, "2026-11-14", "2026-11-20").await;
    let requests = requests.lock().unwrap().clone();
    (world, connector, requests, polled.outcome)
}

#[tokio::test]
async fn a_listing_continues_with_the_refused_page() {
    // B18
    let (world, connector, requests, outcome) = messages_with_page_three_refused(too_many_requests()).await;
    assert_eq!(outcome, PollOutcome::Ok);
    assert_eq!(requests, ["first", "page_3", "page_6", "page_6"]);
    // The page was requested again after one minute; later pages were requested more slowly.
    assert!((world.now() - time("2026-11-21T06:00:00Z")).num_seconds() >= 60);
    assert_eq!(days_with(&world, &connector, Dataset::ModelUsage).await.len(), 7);
}

#[tokio::test]
async fn a_listing_that_waits_too_long_stores_no_partial_day() {
    // B18
    let (world, connector, requests, outcome) =
        messages_with_page_three_refused(too_many_requests().with("retry-after", "3600")).await;
    // Claude Code's own report was fetched before it.
    assert_eq!(outcome, PollOutcome::Partial);
    assert_eq!(requests, ["first", "page_3", "page_6"]);
    assert_eq!(days_with(&world, &connector, Dataset::ModelUsage).await.len(), 0);
}
#[tokio::test]
async fn two_connectors_of_one_organization_share_its_rate_limit() {
    // B18
    let quota = Quota::default();
    let shared_quota = quota.clone();
    let (world, _proxy) =
        with_rate_limits("anthropic", 45, move |clock, _, _| shared_quota.refuses(clock, 12).then(too_many_requests))
            .await;
    let (first, _) = saved_before(&world, "anthropic").await;
    let second = Connector {
        id: ConnectorId("second".to_owned()),
        account: Account { kind: "organization_analytics".to_owned(), ..first.account.clone() },
        ..first.clone()
    };
    let other_key = Credential::new("admin_key", [("token", "sk-ant-admin01-good-other".to_owned())]);
    world.app.secrets.put(&second.id, &other_key).await.unwrap();
    world.app.connectors.create(&Connector { version: 1, ..second.clone() }).await.unwrap();
    let job = |connector: &Connector| {
        PollJob::requested(&connector.id, Some((day("2026-10-22"), day("2026-11-20"))), &connector.id.0)
    };
    let jobs = vec![job(&first), job(&second)];
    let stored = run_all_jobs(&world, &first, jobs, Dataset::ModelUsage).await;
    for connector in [&first, &second] {
        assert!(days_with(&world, connector, Dataset::ModelUsage).await.len() >= 30, "{}", connector.id);
    }
    let (accepted, refused) = quota.counts();
    let took = (world.now() - time("2026-11-21T06:00:00Z")).num_minutes();
    println!("two connectors: {accepted} requests, {refused} refused, {stored:?}, {took} minutes");
    assert!(refused * 5 <= accepted, "{refused} of {accepted} were refused");
}

/// Claude Enterprise with this many pages of people per day, at 60 requests a minute.
async fn enterprise_of(pages: u32) -> (World, Stub, Quota) {
    let quota = Quota::default();
    let shared_quota = quota.clone();
    let (world, proxy) = with_rate_limits("claude-enterprise", 40, move |clock, path, _| {
        if shared_quota.refuses(clock, 60) {
            return Some(too_many_requests());
        }
        let (_, query) = path.split_once("/analytics/users?")?;
        let page = query.split_once("&page=").map_or(1, |(_, page)| page.parse::<u32>().unwrap());
        let next = if page < pages { format!("\"{}\"", page + 1) } else { "null".to_owned() };
        let user = format!(r#"{{"user":{{"id":"u_{page}","email_address":"p{page}@acme.test"}}}}"#);
        Some(Answer::json(&format!(r#"{{"data":[{user}],"next_page":{next}}}"#)))
    })
    .await;
    (world, proxy, quota)
}

#[tokio::test]
async fn a_backfill_longer_than_a_run_keeps_each_day_and_continues() {
    // B19
    let (world, _proxy, quota) = enterprise_of(30).await;
    let (connector, _) = saved_before(&world, "claude-enterprise").await;
    let job = PollJob::requested(&connector.id, Some((day("2026-10-31"), day("2026-11-19"))), "r");
    let stored = run_all_jobs(&world, &connector, vec![job], Dataset::Activity).await;
    let (accepted, refused) = quota.counts();
    let took = (world.now() - time("2026-11-21T06:00:00Z")).num_minutes();
    println!("30 pages a day: {accepted} requests, {refused} refused, {stored:?}, {took} minutes");
    assert!(stored.last() >= Some(&20), "{stored:?}");
    assert!(stored.len() > 1 && stored.is_sorted() && stored[0] > 0, "{stored:?}");
    assert_eq!(refused, 0);
    // Twenty days of 30 pages and two reports, and once the five minutes of the report of many days.
    assert!(accepted < 20 * 32 + 310, "{accepted}");
}

#[tokio::test]
async fn a_day_that_takes_longer_than_a_run_is_a_reported_failure() {
    let (world, _proxy, quota) = enterprise_of(2_000).await;
    let (connector, _) = saved_before(&world, "claude-enterprise").await;
    let job = PollJob::requested(&connector.id, Some((day("2026-11-18"), day("2026-11-19"))), "r");
    let first = world.app.poll().run(&job, &()).await.unwrap();
    assert!(first.continues && first.failure.is_none(), "{:?}", first.failure);
    let delivery = world.queue.receive(Duration::from_secs(60)).await.unwrap().unwrap();
    assert!(delivery.job.is_day_by_day);
    let second = world.app.poll().run(&delivery.job, &()).await.unwrap();
    assert!(!second.continues);
    let failure = second.failure.unwrap().public();
    assert!(failure.contains("2026-11-19") && failure.contains("10 minutes"), "{failure}");
    // Two runs of 12.5 minutes each.
    assert!(quota.counts().0 <= 2 * 765, "{:?}", quota.counts());
}
