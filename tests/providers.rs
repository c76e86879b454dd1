//! The suite that every provider passes. It runs over `providers::ALL`; the specification of each stand-in is beside
//! the sandbox's code.

pub mod stub;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use sandbox::{Options, Sandbox, StandInSpec};
use shared::error::{ProviderError, Recourse};
use shared::handlers::poll::Poll;
use shared::handlers::save::NewConnector;
use shared::http::{Detours, Http, LimitRule};
use shared::providers::{self, Batch, Call, Fetched, History, Mapped, Provider};
use shared::words::{
    Account, CheckOutcome, Connector, Credential, Days, PollJob, PollOutcome, SegmentHead, SegmentState, TeamSync,
    Verdict, Verification,
};

use crate::contract::samples;
use crate::sandbox_world::{World, day, small, time};
use stub::Answer;

const NOW: &str = "2026-11-21T06:00:00Z";

fn spec(provider: &dyn Provider) -> &'static StandInSpec {
    let id = provider.about().id;
    sandbox::specs().find(|spec| spec.provider == id).unwrap_or_else(|| panic!("{id} has no stand-in"))
}

fn account(spec: &StandInSpec, words: &str) -> Account {
    Account { kind: spec.account_kind.to_owned(), slug: (spec.account)(words) }
}

fn good(spec: &StandInSpec, words: &str) -> Credential {
    Credential::new(spec.credential_kind, (spec.credential)(words))
}

fn refused(spec: &StandInSpec) -> Credential {
    Credential::new(spec.credential_kind, (spec.refused)())
}

fn http(sandbox: &Sandbox) -> Http {
    Http::new(Detours::parse(&sandbox.detour()).unwrap())
}

async fn verify(provider: &dyn Provider, http: &Http, account: &Account, credential: &Credential) -> Verification {
    let call = Call::new(http, credential, account, None, time(NOW));
    let access = providers::access(provider.about().id).unwrap();
    access.verify(&call, Days::before(day("2026-11-21"), 14)).await
}

fn history(provider: &dyn Provider) -> &'static dyn History {
    providers::history(provider.about().id).unwrap()
}

/// Fetches and maps a batch without a store.
pub async fn map(provider: &dyn History, call: &Call<'_>, batch: &Batch) -> Result<Mapped, ProviderError> {
    let mut mapper = provider.mapper(call.account, 1);
    for report in &batch.reports {
        let Fetched::Ready { mut bodies, .. } = provider.fetch(call, report).await? else { continue };
        mapper.begin(report);
        while let Some(body) = bodies.next().await {
            let mut body = body?;
            while let Some(piece) = body.next().await {
                mapper.read(&piece?)?;
            }
            mapper.end_body()?;
        }
        mapper.end_report()?;
    }
    mapper.finish()
}

#[tokio::test]
async fn a_good_connection_is_valid_and_requests_nothing_unexpected() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let sandbox = Sandbox::start(small(NOW)).await.unwrap();
        let verification = verify(*provider, &http(&sandbox), &account(spec, ""), &good(spec, "")).await;
        assert_eq!(verification.verdict, Verdict::Valid, "{}: {:?}", spec.provider, verification.checks);
        assert_eq!(verification.preview.unwrap().days.len(), 14, "{}", spec.provider);
        for request in sandbox.requests() {
            let expected = spec.paths.iter().any(|path| request.target.starts_with(path));
            assert!(expected, "{}: unexpected {request:?}", spec.provider);
        }
    }
}

/// Saving follows a verification, and the first poll comes immediately: twice the requests of one verification must
/// fit into every limit, with as many people as the demo has.
#[tokio::test]
async fn verify_and_save_stay_within_the_limits_per_minute() {
    for provider in providers::ALL.iter().filter(|provider| !provider.about().limits.is_empty()) {
        let spec = spec(*provider);
        let sandbox = Sandbox::start(Options { users: 120, days: 90, ..small(NOW) }).await.unwrap();
        let verification = verify(*provider, &http(&sandbox), &account(spec, ""), &good(spec, "")).await;
        assert_eq!(verification.verdict, Verdict::Valid, "{}: {:?}", spec.provider, verification.checks);
        let mut requests_by_limit: BTreeMap<&str, u32> = BTreeMap::new();
        for request in sandbox.requests() {
            let is_meant = |limit: &&LimitRule| {
                limit.paths.is_empty() || limit.paths.iter().any(|start| request.target.starts_with(start))
            };
            let limit = provider.about().limits.iter().find(is_meant).unwrap();
            *requests_by_limit.entry(limit.name).or_default() += 1;
        }
        for limit in provider.about().limits {
            let requests_by_limit = requests_by_limit.get(limit.name).copied().unwrap_or(0);
            assert!(
                2 * requests_by_limit <= limit.requests,
                "{} {}: {requests_by_limit} requests",
                spec.provider,
                limit.name
            );
        }
    }
}

#[tokio::test]
async fn a_refused_credential_is_invalid_after_one_request() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let sandbox = Sandbox::start(small(NOW)).await.unwrap();
        let verification = verify(*provider, &http(&sandbox), &account(spec, ""), &refused(spec)).await;
        assert_eq!(verification.verdict, Verdict::Invalid, "{}", spec.provider);
        assert_eq!(sandbox.requests().len(), 1, "{}", spec.provider);
        let failed = verification.checks.iter().find(|check| check.outcome == CheckOutcome::Fail).unwrap();
        assert!(failed.fix.as_ref().is_some_and(|fix| !fix.text.is_empty() && fix.url.is_some()), "{}", spec.provider);
    }
}

#[tokio::test]
async fn a_temporary_fault_is_unknown_and_its_wait_is_respected() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let sandbox = Sandbox::start(small(NOW)).await.unwrap();
        let base = http(&sandbox);
        join_all(spec.troubles.iter().map(async |(word, wait)| {
            let verification =
                verify(*provider, &base.within(Duration::from_secs(4)), &account(spec, word), &good(spec, word)).await;
            let id = spec.provider;
            assert_eq!(verification.verdict, Verdict::Unknown, "{id} {word}: {:?}", verification.checks);
            let waits = verification.retry_at.map(|at| (at - time(NOW)).num_seconds() as u64);
            if wait.is_some() {
                assert_eq!(waits, *wait, "{id} {word}");
            }
            assert!(verification.checks.iter().all(|check| check.outcome != CheckOutcome::Fail), "{id} {word}");
        }))
        .await;
    }
}

/// Statuses and bodies for which the sandbox has no word.
#[tokio::test]
async fn an_unusual_answer_is_unknown_too() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let answers = [
            Answer::status(400),
            Answer::status(408),
            Answer::status(410),
            Answer::status(418),
            Answer::status(422),
            Answer::status(500),
            Answer::status(504),
            Answer::status(529),
            Answer::json("{}"),
            Answer::json("[]"),
            Answer::json("{\"download_links\":"),
            Answer::json("{\"download_links\":[7]}"),
            Answer::json("7"),
            Answer::status(302).with("location", "https://evil.example/"),
            Answer::status(302).with("location", "http://127.0.0.1:1/"),
            Answer::status(302),
            Answer::status(429),
            Answer::status(429).with("retry-after", "soon"),
            Answer::status(503).with("retry-after", "7200"),
        ];
        join_all(answers.iter().map(async |answer| {
            let stub = stub::always(answer.clone()).await;
            let http = stub.http().within(Duration::from_secs(5));
            let verification = verify(*provider, &http, &account(spec, ""), &good(spec, "")).await;
            let id = spec.provider;
            assert_eq!(verification.verdict, Verdict::Unknown, "{id} {answer:?}: {:?}", verification.checks);
        }))
        .await;
    }
}

/// The promise is 25 s even if every answer hangs; the deadline of the port keeps it.
#[tokio::test]
async fn verify_ends_at_the_deadline_of_its_port() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let sandbox = Sandbox::start(small(NOW)).await.unwrap();
        for word in spec.hangs {
            let started = std::time::Instant::now();
            let http = http(&sandbox).within(Duration::from_millis(1500));
            let verification = verify(*provider, &http, &account(spec, word), &good(spec, word)).await;
            assert_eq!(verification.verdict, Verdict::Unknown, "{word}");
            let took = started.elapsed();
            assert!(took < Duration::from_millis(2500), "{word} took {took:?}");
        }
    }
}

#[tokio::test]
async fn a_closed_port_is_unknown() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        // Bound and dropped, so the port is free.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let detours: Vec<String> = provider.about().hosts.iter().map(|host| format!("{host}=http://{free}")).collect();
        let http = Http::new(Detours::parse(&detours.join(",")).unwrap());
        let verification =
            verify(*provider, &http.within(Duration::from_secs(3)), &account(spec, ""), &good(spec, "")).await;
        assert_eq!(verification.verdict, Verdict::Unknown, "{}", spec.provider);
    }
}

#[tokio::test]
async fn every_report_is_fetched_with_the_credential_and_its_downloads_without() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let sandbox = Sandbox::start(small(NOW)).await.unwrap();
        let (http, credential, account) = (http(&sandbox), good(spec, ""), account(spec, ""));
        let call = Call::new(&http, &credential, &account, None, time(NOW));
        let days = [day("2026-11-12"), day("2026-11-13")];
        for bulk in [false, true] {
            for batch in history(*provider).batches(&account, &days, day("2026-11-21"), bulk) {
                assert!(batch.reports.iter().all(|report| report.days.until() <= day("2026-11-21")), "{batch:?}");
                let mapped = map(history(*provider), &call, &batch).await.unwrap();
                assert!(mapped.records > 0, "{}", spec.provider);
            }
        }
        let (downloads, requests_by_limit): (Vec<_>, Vec<_>) =
            sandbox.requests().into_iter().partition(|request| (spec.is_download)(&request.target));
        assert_eq!(downloads.is_empty(), provider.about().download_hosts.is_empty(), "{}", spec.provider);
        assert!(
            downloads.iter().all(|request| !request.authorized),
            "{}: a token was sent to a download host",
            spec.provider
        );
        assert!(requests_by_limit.iter().all(|request| request.authorized), "{}", spec.provider);
    }
}

#[tokio::test]
async fn a_link_to_an_undeclared_host_or_a_private_address_is_refused() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let sandbox = Sandbox::start(small(NOW)).await.unwrap();
        assert_eq!(spec.bad_links.is_empty(), provider.about().download_hosts.is_empty(), "{}", spec.provider);
        for word in spec.bad_links {
            let (http, credential, account) = (http(&sandbox), good(spec, word), account(spec, word));
            let call = Call::new(&http, &credential, &account, None, time(NOW));
            for batch in history(*provider).batches(&account, &[day("2026-11-12")], day("2026-11-21"), false) {
                let error = map(history(*provider), &call, &batch).await.unwrap_err();
                assert_eq!(error.recourse(), Recourse::Us, "{word}: {error}");
                assert!(error.to_string().contains("a request was not sent"), "{word}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn the_floor_is_one_year_ago_or_the_providers_first_day() {
    for provider in providers::ALL {
        let provider = history(*provider);
        for kind in provider.about().accounts {
            let account = Account { kind: kind.kind.to_owned(), slug: "octo".to_owned() };
            let soon = kind.first_day + chrono::Duration::days(i64::from(provider.about().windows.kept_for.min(40)));
            assert_eq!(provider.floor(&account, soon), kind.first_day);
            let late = kind.first_day + chrono::Duration::days(4000);
            // A dataset with its own windows may be kept longer than the others.
            let own = provider.about().own_windows.iter().map(|(_, windows)| windows);
            let kept = own.chain([&provider.about().windows]).map(|windows| windows.kept_for).max().unwrap();
            assert_eq!(provider.floor(&account, late), late - chrono::Duration::days(i64::from(kept)));
        }
    }
}

#[test]
fn every_provider_has_a_stand_in_and_every_stand_in_a_provider() {
    let with_stand_in: Vec<_> = sandbox::specs().map(|spec| spec.provider).collect();
    let known: Vec<_> = providers::ALL.iter().map(|provider| provider.about().id).collect();
    assert_eq!(with_stand_in, known);
}

#[test]
fn an_id_names_one_person_within_the_providers_scope() {
    let identity = |provider: &str, account: usize, api_url: Option<&str>| {
        let api_url = api_url.map(str::to_owned);
        let connector = Connector { provider: provider.to_owned(), api_url, ..samples::connector(account) };
        providers::identity_key(&connector, "7")
    };
    let of_company = Some("https://api.acme.ghe.com");
    assert_eq!(identity("github-copilot", 1, None), identity("github-copilot", 2, None));
    assert_eq!(identity("github-copilot", 1, of_company), identity("github-copilot", 2, of_company));
    assert_ne!(identity("github-copilot", 1, None), identity("github-copilot", 1, of_company));
    assert_ne!(identity("github-copilot", 1, None), identity("cursor", 1, None));
    assert_ne!(identity("openai", 1, None), identity("openai", 2, None));
    assert_eq!(identity("openai", 1, None).provider(), "openai");
}

/// Reports are fetched in windows, page by page, stored day by day, and read from the archive unchanged.
#[tokio::test]
async fn a_poll_settles_every_day_and_a_second_poll_or_rebuild_is_a_no_op() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let world = World::at(NOW).await;
        let new = NewConnector {
            name: None,
            provider: spec.provider.to_owned(),
            account: account(spec, ""),
            credential: good(spec, ""),
            api_url: None,
            notify: None,
            team_sync: TeamSync::default(),
        };
        let (connector, _) = world.app.save().run(new, "r").await.unwrap();
        let polled = world.poll(&connector).await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{}: {:?}", spec.provider, polled.failure);
        assert!(polled.unknown_fields.is_empty(), "{}: {:?}", spec.provider, polled.unknown_fields);
        let ledger = world.ledger(&connector).await;
        // A provider whose figures arrive in the afternoon has none for yesterday yet.
        let is_late = |head: &SegmentHead| head.state == SegmentState::Pending && head.day == day("2026-11-20");
        let unanswered: Vec<_> = ledger.iter().filter(|head| !head.has_content() && !is_late(head)).collect();
        assert!(unanswered.is_empty(), "{}: {unanswered:?}", spec.provider);
        let days: BTreeSet<_> = ledger.iter().map(|head| head.day).collect();
        assert!(days.len() >= 28, "{}: {}", spec.provider, days.len());
        let rows: u64 = ledger.iter().map(|head| head.rows).sum();
        assert!(rows > 0, "{}", spec.provider);

        let again = world.poll(&connector).await;
        let revisions = world.app.segments.revisions(&connector.id).await.unwrap();
        assert_eq!((again.outcome, again.stored.len()), (PollOutcome::Ok, 0), "{}: {revisions:?}", spec.provider);
        let rebuilt = world.app.rebuild().run(&connector.id, &()).await.unwrap();
        assert_eq!((rebuilt.changed, rebuilt.failed), (0, Vec::<String>::new()), "{}", spec.provider);
        assert!(rebuilt.records > 0, "{}", spec.provider);
    }
}

/// As for a large account: reports of many days are too large, so single days are fetched instead.
#[tokio::test]
async fn too_large_reports_of_many_days_give_the_same_rows() {
    for provider in providers::ALL {
        let spec = spec(*provider);
        let mut ledgers = Vec::new();
        for most_bulk_bytes in [u64::MAX, 1] {
            let world = World::at(NOW).await;
            let connector =
                Connector { provider: spec.provider.to_owned(), ..world.saved_before(account(spec, ""), "-").await };
            let connector = world.app.connectors.update(&connector).await.unwrap();
            world.app.secrets.put(&connector.id, &good(spec, "")).await.unwrap();
            let poll = Poll { most_bulk_bytes, ..world.app.poll() };
            let job = PollJob::requested(&connector.id, Some((day("2026-11-01"), day("2026-11-20"))), "r");
            let polled = poll.run(&job, &()).await.unwrap();
            assert_eq!(polled.outcome, PollOutcome::Ok, "{}: {:?}", spec.provider, polled.failure);
            let heads = world.ledger(&connector).await.into_iter();
            ledgers.push(heads.map(|head| (head.day, head.dataset, head.checksum, head.state)).collect::<Vec<_>>());
        }
        assert_eq!(ledgers[1], ledgers[0], "{}", spec.provider);
    }
}

#[test]
fn a_provider_names_the_datasets_that_its_reports_feed() {
    let today = day("2026-11-21");
    for provider in providers::ALL {
        let about = provider.about();
        let mut fed = BTreeSet::new();
        for kind in about.accounts {
            let account = Account { kind: kind.kind.to_owned(), slug: "octo".to_owned() };
            let history = history(*provider);
            let batches =
                [history.batches(&account, &[day("2026-11-19")], today, false), history.snapshots(&account, today)];
            fed.extend(
                batches
                    .iter()
                    .flatten()
                    .flat_map(|batch| &batch.reports)
                    .flat_map(|report| report.feeds.iter().copied()),
            );
        }
        assert_eq!(about.datasets.iter().copied().collect::<BTreeSet<_>>(), fed, "{}", about.id);
    }
}

/// Every report of a batch can be found by its archive key.
#[test]
fn an_archived_report_is_found_by_its_name() {
    for provider in providers::ALL {
        let account = account(spec(*provider), "");
        let provider = history(*provider);
        let today = day("2026-11-21");
        let days: Vec<_> = Days::before(today, 3).iter().collect();
        let batches = [false, true].map(|bulk| provider.batches(&account, &days, today, bulk)).concat();
        for report in batches.into_iter().chain(provider.snapshots(&account, today)).flat_map(|batch| batch.reports) {
            assert_eq!(provider.archived(&account, report.name, report.days.last()), Some(report));
        }
    }
}
