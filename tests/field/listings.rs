//! Reported inputs: paged listings, partly refused listings, and keys in a list of keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use shared::error::ProviderError;
use shared::handlers::costs::CostsQuery;
use shared::handlers::people::PeopleQuery;
use shared::handlers::seats::{SeatsQuery, SeatsSummary};
use shared::http::{Detours, Http};
use shared::providers::{self, Bodies, Call, Fetched, Report};
use shared::words::{Account, Connector, Credential, PollOutcome, TeamSync};

use super::{proxy, spec, world_behind};
use crate::providers::stub::{Answer, Stub};
use crate::sandbox_world::{World, day, small, time};

const NOW: &str = "2026-11-21T06:00:00Z";

/// The sandbox's API of one provider; `change` replaces answers.
struct ChangedProvider {
    stub: Stub,
    http: Http,
    account: Account,
    credential: Credential,
    _sandbox: Sandbox,
}

impl ChangedProvider {
    async fn new(
        provider: &str,
        options: Options,
        change: impl Fn(&str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
    ) -> Self {
        let spec = spec(provider);
        let sandbox = Sandbox::start(options).await.unwrap();
        let stub = proxy(&sandbox, provider, change).await;
        let mut detours = Detours::parse(&sandbox.detour()).unwrap();
        detours.extend(Detours::parse(&format!("{}={}", spec.hosts[0], stub.url())).unwrap());
        Self {
            stub,
            http: Http::new(detours),
            account: Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") },
            credential: Credential::new(spec.credential_kind, (spec.credential)("")),
            _sandbox: sandbox,
        }
    }

    fn call(&self) -> Call<'_> {
        assert!(!self.stub.url().is_empty());
        Call::new(&self.http, &self.credential, &self.account, None, time(NOW))
    }
}

/// Reads a listing to its end. Returns its pages.
async fn pages(fetched: Result<Fetched<'_>, ProviderError>) -> Result<Vec<Vec<u8>>, ProviderError> {
    async fn read(mut bodies: Bodies<'_>) -> Result<Vec<Vec<u8>>, ProviderError> {
        let mut pages = Vec::new();
        while let Some(body) = bodies.next().await {
            let (mut body, mut page) = (body?, Vec::new());
            while let Some(piece) = body.next().await {
                page.extend_from_slice(&piece?);
            }
            pages.push(page);
        }
        Ok(pages)
    }
    match fetched? {
        Fetched::Ready { bodies, .. } => read(bodies).await,
        Fetched::NotYet | Fetched::Missing => Ok(Vec::new()),
    }
}

/// Every report of a poll of two days.
fn reports(provider: &str, account: &Account) -> Vec<Report> {
    let history = providers::history(provider).unwrap();
    let days = [day("2026-11-12"), day("2026-11-13")];
    let today = day("2026-11-21");
    let batches = history.batches(account, &days, today, false).into_iter().chain(history.snapshots(account, today));
    let mut seen = BTreeSet::new();
    batches.flat_map(|batch| batch.reports).filter(|report| seen.insert(report.name)).collect()
}

/// The answer without the fields that say whether another page follows.
fn silent(answer: &Answer) -> Option<Answer> {
    let mut page: Value = serde_json::from_slice(&answer.body).ok()?;
    let page = page.as_object_mut()?;
    let marks = ["has_more", "next_page", "last_id", "first_id", "pagination", "totalPages", "totalCount", "pageSize"];
    marks.iter().for_each(|mark| drop(page.remove(*mark)));
    Some(Answer::json(&Value::Object(page.clone()).to_string()))
}

/// Names of the reports that are read to their end although no page says whether another follows.
async fn read_without_marks(provider: &str) -> Vec<&'static str> {
    let changed = ChangedProvider::new(provider, small(NOW), |_, answer| silent(answer)).await;
    let call = changed.call();
    let mut read = Vec::new();
    for report in reports(provider, &changed.account) {
        match pages(providers::history(provider).unwrap().fetch(&call, &report).await).await {
            Ok(_) => read.push(report.name),
            Err(ProviderError::Malformed { .. }) => {}
            Err(error) => panic!("{}: {error}", report.name),
        }
    }
    read
}

#[tokio::test]
async fn an_anthropic_page_without_a_next_page_marker_is_an_error() {
    assert_eq!(read_without_marks("anthropic").await, [""; 0]);
}

#[tokio::test]
async fn a_claude_enterprise_page_without_a_next_marker_is_an_error() {
    assert_eq!(read_without_marks("claude-enterprise").await, [""; 0]);
}

#[tokio::test]
async fn an_openai_page_without_a_next_page_marker_is_an_error() {
    assert_eq!(read_without_marks("openai").await, [""; 0]);
}

#[tokio::test]
async fn a_codex_page_without_a_next_page_marker_is_an_error() {
    assert_eq!(read_without_marks("codex").await, [""; 0]);
}

/// Cursor documents no pages for its groups, file extensions and members.
#[tokio::test]
async fn a_cursor_page_without_a_next_page_marker_is_an_error() {
    assert_eq!(read_without_marks("cursor").await, ["groups-7-day", "file-extensions-7-day", "members"]);
}

/// A full page of seats without a `Link` header, for an organization with more seats.
#[tokio::test]
async fn a_full_page_of_seats_without_a_link_is_an_error() {
    let changed = ChangedProvider::new("github-copilot", Options { users: 130, ..small(NOW) }, |path, answer| {
        path.contains("/billing/seats").then(|| answer.clone())
    })
    .await;
    let call = changed.call();
    let history = providers::history("github-copilot").unwrap();
    let seats = history.archived(&changed.account, "seats", day("2026-11-21")).unwrap();
    let error = pages(history.fetch(&call, &seats).await).await.unwrap_err();
    assert!(matches!(error, ProviderError::Malformed { .. }), "{error:?}");
    assert!(error.to_string().contains("seats"), "{error}");
}

/// The number of requests for one report, and its result, if every page claims that another follows at the same
/// position.
async fn looped(provider: &str, report: &str) -> (usize, Result<Vec<Vec<u8>>, ProviderError>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    let changed = ChangedProvider::new(provider, small(NOW), move |_, answer| {
        // A listing that does not end is stopped here, and the test fails by its count.
        if counted.fetch_add(1, Ordering::Relaxed) >= 50 {
            return None;
        }
        let mut page: Value = serde_json::from_slice(&answer.body).ok()?;
        let fields = page.as_object_mut()?;
        match fields.get_mut("pagination") {
            Some(pagination) => *pagination = json!({"hasNextPage": true}),
            None => {
                fields.insert("has_more".to_owned(), json!(true));
                if fields.get("last_id").is_none() {
                    fields.insert("next_page".to_owned(), json!("page_again"));
                }
            }
        }
        Some(Answer::json(&page.to_string()))
    })
    .await;
    let call = changed.call();
    let history = providers::history(provider).unwrap();
    let report = history.archived(&changed.account, report, day("2026-11-13")).unwrap();
    let read = pages(history.fetch(&call, &report).await).await;
    (requests.load(Ordering::Relaxed), read)
}

#[tokio::test]
async fn a_listing_that_repeats_a_page_is_an_error() {
    for (provider, report) in [
        ("anthropic", "claude-code-1-day"),
        ("anthropic", "messages-1-day"),
        ("claude-enterprise", "users-1-day"),
        ("claude-enterprise", "members"),
        ("openai", "completions-1-day"),
        ("openai", "members"),
        ("codex", "people-1-day"),
        ("cursor", "daily-usage-1-day"),
        ("cursor", "usage-events-1-day"),
    ] {
        let (requests, read) = looped(provider, report).await;
        assert!(
            matches!(read, Err(ProviderError::Malformed { .. })),
            "{provider} {report}: {:?}",
            read.map(|all| all.len())
        );
        assert!(requests <= 3, "{provider} {report}: {requests} requests");
    }
}

/// Three pages, each with its own cursor: the next request contains only the newest one.
#[tokio::test]
async fn a_cursor_that_differs_from_page_to_page_is_followed() {
    for (provider, report) in [("anthropic", "cost-1-day"), ("openai", "costs-1-day"), ("codex", "workspace-1-day")] {
        let requested: Arc<Mutex<Vec<String>>> = Arc::default();
        let recorder = requested.clone();
        let changed = ChangedProvider::new(provider, small(NOW), move |path, _| {
            let mut recorder = recorder.lock().unwrap();
            recorder.push(path.split_once("page=").map_or("", |(_, page)| page).to_owned());
            Some(match recorder.len() {
                1 => Answer::json(r#"{"data":[],"has_more":true,"next_page":"one=/1"}"#),
                2 => Answer::json(r#"{"data":[],"has_more":true,"next_page":"two"}"#),
                _ => Answer::json(r#"{"data":[],"has_more":false,"next_page":null}"#),
            })
        })
        .await;
        let call = changed.call();
        let history = providers::history(provider).unwrap();
        let report = history.archived(&changed.account, report, day("2026-11-13")).unwrap();
        assert_eq!(pages(history.fetch(&call, &report).await).await.unwrap().len(), 3, "{provider}");
        assert_eq!(*requested.lock().unwrap(), ["", "one%3D%2F1", "two"], "{provider}");
    }
}

#[tokio::test]
async fn an_empty_page_that_announces_more_is_an_error() {
    // An entity listing continues after its last ID, and an empty page has none.
    for (provider, report) in [("anthropic", "users"), ("openai", "members")] {
        let changed = ChangedProvider::new(provider, small(NOW), |_, _| {
            Some(Answer::json(r#"{"data":[],"has_more":true,"first_id":null,"last_id":null}"#))
        })
        .await;
        let history = providers::history(provider).unwrap();
        let report = history.archived(&changed.account, report, day("2026-11-21")).unwrap();
        let read = pages(history.fetch(&changed.call(), &report).await).await;
        assert!(matches!(read, Err(ProviderError::Malformed { .. })), "{provider}");
    }
}

/// The owners of keys, if the list of keys of one OpenAI project is `answer`.
async fn keys_but_for(answer: Answer) -> (Result<usize, ProviderError>, Vec<String>) {
    let changed = ChangedProvider::new("openai", small(NOW), move |path, _| {
        path.contains("/projects/proj_research/api_keys").then(|| answer.clone())
    })
    .await;
    let call = changed.call();
    let history = providers::history("openai").unwrap();
    let keys = history.archived(&changed.account, "keys-1-day", day("2026-11-20")).unwrap();
    let read = pages(history.fetch(&call, &keys).await).await.map(|pages| pages.len());
    let left_out = call.left_out().into_iter().map(|left| format!("{}: {}", left.report, left.detail)).collect();
    (read, left_out)
}

#[tokio::test]
async fn a_refused_project_omits_only_its_own_names() {
    // B09
    let not_found =
        r#"{"error":{"message":"Project not found","type":"invalid_request_error","param":null,"code":"not_found"}}"#;
    for (name, answer) in [
        ("404", Answer { status: 404, ..Answer::json(not_found) }),
        ("403", Answer::status(403)),
        ("500", Answer::status(500)),
        ("html", Answer::bytes("<html>")),
        ("silent", Answer::json(r#"{"object":"list","data":[]}"#)),
    ] {
        let (read, left_out) = keys_but_for(answer).await;
        // The projects, and the keys of the other project.
        assert_eq!(read.unwrap(), 2, "{name}");
        assert!(left_out.len() == 1 && left_out[0].contains("proj_research"), "{name}: {left_out:?}");
        assert!(left_out[0].starts_with("keys-1-day: "), "{name}: {left_out:?}");
    }
}

/// The next project would hit the same limit, and the names of an earlier poll are in the archive.
#[tokio::test]
async fn a_rate_limit_while_reading_projects_ends_the_walk() {
    let (read, left_out) = keys_but_for(Answer::status(429)).await;
    assert!(matches!(read, Err(ProviderError::RateLimited { .. })), "{read:?}");
    assert_eq!(left_out, [""; 0]);
}

#[tokio::test]
async fn a_key_refused_while_reading_projects_is_a_failure() {
    let (read, left_out) = keys_but_for(Answer::status(401)).await;
    assert!(matches!(read, Err(ProviderError::Denied { .. })), "{read:?}");
    assert_eq!(left_out, [""; 0]);
}

/// The expiry of the key `sk-admin-0000good`, as verify and a poll read it from these lists of admin keys, page by
/// page, in days from now.
async fn end_of_the_key(lists: Vec<Vec<(&'static str, i64)>>) -> [Option<i64>; 2] {
    let now = time(NOW).timestamp();
    let (world, _proxy) = world_behind("openai", move |path, _| {
        let (_, query) = path.split_once("/admin_api_keys")?;
        let page = query.split_once("after=last_").map_or(0, |(_, page)| page.parse::<usize>().unwrap());
        let keys = lists.get(page)?.iter().map(|(redacted, days)| {
            json!({"object": "organization.admin_api_key", "id": "key", "redacted_value": redacted,
                "expires_at": now + days * 86_400})
        });
        let has_more = page + 1 < lists.len();
        let data: Vec<Value> = keys.collect();
        let last_id = format!("last_{}", page + 1);
        Some(Answer::json(&json!({"data": data, "has_more": has_more, "last_id": last_id}).to_string()))
    })
    .await;
    let (connector, verified) = saved(&world, "openai").await;
    world.poll(&connector).await;
    let polled = world.connector(&connector).await.token.expires_at;
    [verified, polled].map(|end| end.map(|end| (end - time(NOW)).num_days()))
}

/// A connector of `provider`'s good account, and the expiry of its key according to verify.
async fn saved(world: &World, provider: &str) -> (Connector, Option<chrono::DateTime<chrono::Utc>>) {
    let spec = spec(provider);
    let new = shared::handlers::save::NewConnector {
        name: None,
        provider: provider.to_owned(),
        account: Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") },
        credential: match provider {
            "openai" => Credential::token("sk-admin-0000good"),
            _ => Credential::new(spec.credential_kind, (spec.credential)("")),
        },
        api_url: None,
        notify: None,
        team_sync: TeamSync::default(),
    };
    let (connector, verification) = world.app.save().run(new, "r").await.unwrap();
    (connector, verification.token.expires_at)
}

#[tokio::test]
async fn a_key_is_found_in_the_list_by_its_first_and_last_characters() {
    // The same last characters after other first ones belong to another key.
    assert_eq!(end_of_the_key(vec![vec![("sk-proj-...good", 3)]]).await, [None, None]);
    assert_eq!(end_of_the_key(vec![vec![("sk-proj-...good", 3), ("sk-admin-...good", 9)]]).await, [Some(9), Some(9)]);
    // Only the last or only the first characters could belong to any key.
    assert_eq!(end_of_the_key(vec![vec![("...good", 3)]]).await, [None, None]);
    assert_eq!(end_of_the_key(vec![vec![("sk-admin-...", 3)]]).await, [None, None]);
    // The pieces must fit into the key without overlapping.
    assert_eq!(end_of_the_key(vec![vec![("sk-admin-0000good...0000good", 3)]]).await, [None, None]);
    // Any separator between the pieces.
    assert_eq!(end_of_the_key(vec![vec![("sk-admin-00**good", 9)]]).await, [Some(9), Some(9)]);
}

#[tokio::test]
async fn two_matching_keys_leave_the_expiry_unknown() {
    assert_eq!(end_of_the_key(vec![vec![("sk-admin-...good", 3), ("sk-ad...0good", 9)]]).await, [None, None]);
    // Also on two pages.
    assert_eq!(end_of_the_key(vec![vec![("sk-admin-...good", 3)], vec![("sk-admin-...good", 9)]]).await, [None, None]);
}

#[tokio::test]
async fn our_key_is_found_on_a_later_page_of_the_list_of_keys() {
    let first = vec![("sk-admin-...else", 3)];
    assert_eq!(end_of_the_key(vec![first.clone(), first, vec![("sk-admin-...good", 9)]]).await, [Some(9), Some(9)]);
}

/// The charges of the account on 2026-11-20, by basis and currency, in millionths.
async fn charged(world: &World, connector: &Connector) -> BTreeMap<(String, String), i64> {
    let query = CostsQuery {
        connector: Some(connector.id.0.clone()),
        from: Some(day("2026-11-20")),
        to: Some(day("2026-11-20")),
        limit: Some(10_000),
        ..CostsQuery::default()
    };
    let mut sums = BTreeMap::new();
    for row in world.app.reports().costs.run(query).await.unwrap().rows {
        let currency = row.currency.unwrap_or_default();
        if let Some(amount) = row.amount {
            *sums.entry((row.basis, currency)).or_default() += amount.0;
        }
    }
    sums
}

fn key(basis: &str, currency: &str) -> (String, String) {
    (basis.to_owned(), currency.to_owned())
}

/// The poll of one day with a provider whose answers below `path` are `page`.
async fn charged_by(provider: &str, path: &'static str, page: &'static str) -> BTreeMap<(String, String), i64> {
    let (world, _proxy) =
        world_behind(provider, move |requested, _| requested.contains(path).then(|| Answer::json(page))).await;
    let (connector, _) = saved(&world, provider).await;
    let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{provider}: {:?}", polled.failure);
    charged(&world, &connector).await
}

#[tokio::test]
async fn anthropics_bill_in_another_currency_keeps_it() {
    // B21: 123.45 cents.
    let page = r#"{"data":[{"starting_at":"2026-11-20T00:00:00Z","ending_at":"2026-11-21T00:00:00Z","results":[
        {"currency":"EUR","amount":"123.45","workspace_id":null,"description":null},
        {"currency":"USD","amount":"100","workspace_id":null,"description":null},
        {"amount":"50","workspace_id":null,"description":null}]}],"has_more":false,"next_page":null}"#;
    let charged = charged_by("anthropic", "/cost_report?", page).await;
    assert_eq!(charged.get(&key("billed", "EUR")), Some(&1_234_500));
    // An amount without a currency is documented to be in dollars.
    assert_eq!(charged.get(&key("billed", "USD")), Some(&1_500_000));
}

#[tokio::test]
async fn anthropics_estimates_in_another_currency_keep_it() {
    // B21
    let page = r#"{"data":[{"date":"2026-11-20","actor":{"type":"user_actor","email_address":"a@acme.test"},
        "terminal_type":"vscode","model_breakdown":[{"model":"claude-opus-5-5","tokens":{"input":1,"output":1},
        "estimated_cost":{"currency":"EUR","amount":250}}]}],"has_more":false,"next_page":null}"#;
    let charged = charged_by("anthropic", "/usage_report/claude_code?", page).await;
    assert_eq!(charged.get(&key("estimated", "EUR")), Some(&2_500_000));
    assert_eq!(charged.get(&key("estimated", "USD")), None);
}

#[tokio::test]
async fn claude_enterprises_cost_in_another_currency_keeps_it() {
    // B21
    let page = r#"{"data":[{"actor":{"type":"user","user_id":"u_1","email":"a@acme.test"},"product":"claude_code",
        "starting_at":"2026-11-20T00:00:00Z","ending_at":"2026-11-21T00:00:00Z","model":"claude-opus-5-5",
        "amount":"200","list_amount":"300","currency":"EUR"}],"has_more":false,"next_page":null}"#;
    let charged = charged_by("claude-enterprise", "/user_cost_report?", page).await;
    let expected = [(key("billed", "EUR"), 2_000_000), (key("list", "EUR"), 3_000_000)];
    assert_eq!(charged, BTreeMap::from(expected));
}

#[tokio::test]
async fn openais_cost_in_another_currency_keeps_it() {
    // B21: 2026-11-20 starts at 1795132800.
    let page = r#"{"object":"page","data":[{"object":"bucket","start_time":1795132800,"end_time":1795219200,"results":[
        {"object":"organization.costs.result","amount":{"value":1.5,"currency":"eur"},"line_item":null,"project_id":null,
        "api_key_id":null}]}],"has_more":false,"next_page":null}"#;
    let charged = charged_by("openai", "/costs?", page).await;
    assert_eq!(charged, BTreeMap::from([(key("billed", "EUR"), 1_500_000)]));
}

#[tokio::test]
async fn seats_granted_by_another_organization_leave_people_seatless() {
    // B20
    let (world, _proxy) = world_behind("github-copilot", |path, _| {
        path.contains("/billing/seats").then(|| Answer::json(r#"{"total_seats":0,"seats":[]}"#))
    })
    .await;
    let (connector, _) = saved(&world, "github-copilot").await;
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    let reports = world.app.reports();
    let seats = reports.seats.run(SeatsQuery::default()).await.unwrap();
    assert_eq!((seats.summary, seats.rows.len()), (SeatsSummary::default(), 0));
    assert!(!reports.people.run(PeopleQuery::default()).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn anthropic_requests_have_whole_days_and_at_most_5_groupings() {
    // B27
    let requested: Arc<Mutex<Vec<String>>> = Arc::default();
    let recorder = requested.clone();
    let (world, _proxy) = world_behind("anthropic", move |path, _| {
        recorder.lock().unwrap().push(path.to_owned());
        None
    })
    .await;
    let (connector, _) = saved(&world, "anthropic").await;
    world.poll(&connector).await;
    let requested = requested.lock().unwrap();
    let ranged: Vec<_> = requested.iter().filter(|path| path.contains("ending_at=")).collect();
    assert!(!ranged.is_empty());
    for path in ranged {
        let time = |name: &str| {
            let (_, value) = path.split_once(&format!("{name}=")).unwrap();
            value.split('&').next().unwrap().replace("%3A", ":")
        };
        let (from, until) = (time("starting_at"), time("ending_at"));
        assert!(from.ends_with("T00:00:00Z") && until.ends_with("T00:00:00Z") && from < until, "{path}");
    }
    assert!(requested.iter().all(|path| path.matches("group_by").count() <= 5), "{requested:?}");
}

#[tokio::test]
async fn a_range_that_anthropic_refuses_is_our_failure() {
    // B27
    let body = r#"{"type":"error","error":{"type":"invalid_request_error","message":"ending_at: must be after starting_at when rounded to bucket"}}"#;
    let refused = Answer { status: 400, ..Answer::json(body) };
    let (world, _proxy) =
        world_behind("anthropic", move |path, _| path.contains("/cost_report?").then(|| refused.clone())).await;
    let (connector, _) = saved_before(&world, "anthropic").await;
    let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    assert_eq!(polled.failure.as_ref().map(|error| error.code()), Some("provider_malformed"));
    assert_eq!(polled.for_queue().unwrap_err().recourse(), shared::error::Recourse::Us);
}

/// Saved while everything worked.
pub(super) async fn saved_before(world: &World, provider: &str) -> (Connector, Credential) {
    let spec = spec(provider);
    let account = Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") };
    let connector = Connector { provider: provider.to_owned(), ..world.saved_before(account, "-").await };
    let connector = world.app.connectors.update(&connector).await.unwrap();
    let credential = Credential::new(spec.credential_kind, (spec.credential)(""));
    world.app.secrets.put(&connector.id, &credential).await.unwrap();
    (connector, credential)
}
