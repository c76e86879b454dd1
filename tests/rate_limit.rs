//! One credential and several workers, each with its own client and store as in separate processes, against a
//! provider that counts requests.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use shared::adapters::embedded::Store;
use shared::clock::WallClock;
use shared::error::ProviderError;
use shared::http::{Counts, Http, LimitRule, Requester};
use shared::providers::{self, Call, Fetched};
use shared::words::{Account, Credential};

use crate::providers::stub::{self, Answer};
use crate::sandbox_world::{day, time};

const REQUESTS: u32 = 20;
const WITHIN: Duration = Duration::from_secs(4);
/// A limit per minute, fifteen times as fast.
static LIMITS: &[LimitRule] =
    &[LimitRule { name: "admin", paths: &[], requests: REQUESTS, within_seconds: 4, counts: Counts::Credential }];

fn key(key: &str) -> Credential {
    Credential::new("api_key", [("token", key.to_owned())])
}

/// Fetches the spend, which is one request to the provider.
async fn ask(http: &Http) -> Result<(), ProviderError> {
    let history = providers::history("cursor").unwrap();
    let account = Account { kind: "team".to_owned(), slug: "octo".to_owned() };
    let credential = key("crsr_good");
    let http = http.sharing(LIMITS, Requester::new("cursor", &account, &credential));
    let call = Call::new(&http, &credential, &account, None, time("2026-11-21T06:00:00Z"));
    let report = history.archived(&account, "spend", day("2026-11-21")).unwrap();
    match history.fetch(&call, &report).await? {
        Fetched::Ready { .. } => Ok(()),
        Fetched::NotYet | Fetched::Missing => panic!("no spend"),
    }
}

fn worker(folder: &std::path::Path, http: &Http) -> Http {
    let store = Store::open(folder).unwrap();
    http.clone().with_rate_limiter(Arc::new(store.rate_limiter(Arc::new(WallClock))), Arc::new(WallClock))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workers_on_one_credential_stay_within_its_limit() {
    let seen: Arc<Mutex<Vec<(Instant, bool)>>> = Arc::default();
    let counted = seen.clone();
    let stub = stub::serve(move |_| {
        let mut seen = counted.lock().unwrap();
        let now = Instant::now();
        let recent = seen.iter().filter(|(at, good)| *good && now.duration_since(*at) < WITHIN).count();
        let good = recent < REQUESTS as usize;
        seen.push((now, good));
        match good {
            true => Answer::json(r#"{"teamMemberSpend": [], "totalPages": 1}"#),
            false => Answer::status(429).with("retry-after", "4"),
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let workers = join_all((0..4).map(|_| async {
        let http = worker(folder.path(), &stub.http());
        for _ in 0..15 {
            ask(&http).await.unwrap();
        }
    }));
    workers.await;
    let took = started.elapsed();
    let seen = seen.lock().unwrap();
    let refused = seen.iter().filter(|(_, good)| !good).count();
    println!("{} requests of 4 workers in {took:?}, {refused} refused", seen.len());
    assert_eq!(seen.len() - refused, 60);
    assert!(refused <= 1, "{refused} were refused");
    // Three times the limit in little more than two periods: the limit is used fully.
    assert!(took > WITHIN * 2 && took < WITHIN * 4, "{took:?}");
}

#[tokio::test]
async fn a_wait_that_the_provider_names_applies_to_all_workers() {
    let requests: Arc<Mutex<u32>> = Arc::default();
    let counted = requests.clone();
    let stub = stub::serve(move |_| {
        *counted.lock().unwrap() += 1;
        Answer::status(429).with("retry-after", "120")
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let waits = |answer: Result<(), ProviderError>| match answer {
        Err(ProviderError::RateLimited { retry_after }) => retry_after,
        other => panic!("{other:?}"),
    };
    assert_eq!(waits(ask(&worker(folder.path(), &stub.http())).await), Duration::from_secs(120));
    let next = waits(ask(&worker(folder.path(), &stub.http())).await);
    assert!(next > Duration::from_secs(110) && next <= Duration::from_secs(120), "{next:?}");
    assert_eq!(*requests.lock().unwrap(), 1, "the second worker sent no request");
}

/// The second answer has the first one's tag and other bytes: a caller that gets the first bytes again received a
/// 304.
#[tokio::test]
async fn an_unchanged_answer_with_a_tag_is_not_sent_again() {
    let times: Arc<Mutex<u32>> = Arc::default();
    let counted = times.clone();
    let stub = stub::serve(move |_| {
        let mut times = counted.lock().unwrap();
        *times += 1;
        Answer::json(&format!("{{\"data\": [], \"answer\": {times}}}")).with("etag", "\"same\"")
    })
    .await;
    let http = stub.http();
    let read = async |of: &str| {
        let history = providers::history("cursor").unwrap();
        let account = Account { kind: "team".to_owned(), slug: "octo".to_owned() };
        let credential = key(of);
        let call = Call::new(&http, &credential, &account, None, time("2026-11-21T06:00:00Z"));
        let report = history.archived(&account, "file-extensions-1-day", day("2026-11-20")).unwrap();
        let Fetched::Ready { mut bodies, .. } = history.fetch(&call, &report).await.unwrap() else { panic!() };
        let piece = bodies.next().await.unwrap().unwrap().next().await.unwrap().unwrap();
        String::from_utf8(piece.to_vec()).unwrap()
    };
    assert!(read("crsr_a").await.contains("\"answer\": 1"));
    assert!(read("crsr_a").await.contains("\"answer\": 1"));
    assert!(read("crsr_b").await.contains("\"answer\": 3"), "the cache is separate for each key");
}
