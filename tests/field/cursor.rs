//! Reported inputs: Cursor's amounts. 2026-06-02 is the day of every event here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use shared::handlers::costs::CostsQuery;
use shared::handlers::poll::Polled;
use shared::handlers::report::Interval;
use shared::http::{Detours, Http};
use shared::words::{Account, Connector, Credential, Dataset, PollOutcome};

use crate::providers::stub::{Answer, Stub};
use crate::rows::{self, Plain};
use crate::sandbox_world::{World, day};

use super::{proxy, spec};

const EVENTS: &str = "/teams/filtered-usage-events";
const DAY: &str = "2026-06-02";

/// A team whose answers a test replaces, path by path, also between two polls.
pub(super) struct Team {
    pub(super) world: World,
    pub(super) connector: Connector,
    answers: Arc<Mutex<Vec<(&'static str, String)>>>,
    _proxy: Stub,
}

impl Team {
    pub(super) async fn new() -> Team {
        let mut world = World::at("2026-06-03T06:00:00Z").await;
        let answers: Arc<Mutex<Vec<(&'static str, String)>>> = Arc::default();
        let (given, requests) = (answers.clone(), Arc::new(AtomicUsize::new(0)));
        let proxy = proxy(&world.sandbox, "cursor", move |path, _| {
            let given = given.lock().unwrap();
            let (_, body) = given.iter().rev().find(|(start, _)| path.starts_with(start))?;
            // Two pages of one listing never have the same bytes.
            let number = requests.fetch_add(1, Ordering::Relaxed);
            Some(Answer::json(&body.replace("{number}", &number.to_string())))
        })
        .await;
        let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
        detours.extend(Detours::parse(&format!("{}={}", spec("cursor").hosts[0], proxy.url())).unwrap());
        world.app.0.http = Http::new(detours);
        let account = Account { kind: "team".to_owned(), slug: "octo".to_owned() };
        let connector = Connector { provider: "cursor".to_owned(), ..world.saved_before(account, "-").await };
        let connector = world.app.connectors.update(&connector).await.unwrap();
        // The events are the only usage.
        let credential = Credential::new("api_key", (spec("cursor").credential)("idle"));
        world.app.secrets.put(&connector.id, &credential).await.unwrap();
        Team { world, connector, answers, _proxy: proxy }
    }

    pub(super) fn answers(&self, path: &'static str, body: Value) {
        self.answers.lock().unwrap().push((path, body.to_string()));
    }

    fn has_events(&self, events: &Value) {
        let count = events.as_array().unwrap().len();
        self.answers(
            EVENTS,
            json!({"totalUsageEventsCount": count, "usageEvents": events,
                "pagination": {"numPages": 1, "currentPage": 1, "pageSize": 100, "hasNextPage": false}}),
        );
    }

    async fn poll_day(&self) -> Polled {
        let polled = self.world.poll_days(&self.connector, DAY, DAY).await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
        polled
    }

    /// The stored rows of the day, without nulls.
    async fn stored(&self, dataset: Dataset) -> Vec<Plain> {
        rows::stored(&self.world.app, &self.connector.id, dataset, day(DAY)).await.unwrap_or_default()
    }

    /// The answer of `GET /v1/costs` about the day.
    async fn costs(&self, by: &str) -> Vec<Value> {
        let query = CostsQuery {
            from: Some(day(DAY)),
            to: Some(day(DAY)),
            by: Some(by.to_owned()),
            interval: Interval::Day,
            ..CostsQuery::default()
        };
        let page = self.world.app.reports().costs.run(query).await.unwrap();
        page.rows.into_iter().map(|row| serde_json::to_value(row).unwrap()).collect()
    }

    /// Basis, amount, uses without an amount and whether the row is partial.
    async fn by_basis(&self) -> Vec<Value> {
        let rows = self.costs("basis").await;
        rows.iter().map(|row| json!([row["basis"], row["amount"], row["unpriced"], row["partial"]])).collect()
    }
}

/// B02. The kind says that the plan covers the event; `isChargeable` says the opposite on such events in practice.
#[tokio::test]
async fn the_kind_of_an_event_decides_what_is_included() {
    let team = Team::new().await;
    team.has_events(&json!([{
        "timestamp": "1780402687672", "userEmail": "dev@acme.test", "model": "composer-2.5-fast",
        "kind": "USAGE_EVENT_KIND_INCLUDED_IN_BUSINESS", "maxMode": false, "requestsCosts": 2, "isTokenBasedCall": false,
        "isChargeable": true, "isHeadless": false, "chargedCents": 8,
        "tokenUsage": {"inputTokens": 3914, "outputTokens": 1390, "cacheReadTokens": 298176,
            "totalCents": 18.167999267578125}
    }]));
    let polled = team.poll_day().await;
    assert!(polled.unknown_fields.is_empty(), "{:?}", polled.unknown_fields);
    assert_eq!(team.by_basis().await, [json!(["included", 0.08, 0, false]), json!(["list", 0.18168, 0, false])]);
    let usage = team.stored(Dataset::ModelUsage).await;
    let whole = usage.iter().find(|row| row["level"] == "organization").unwrap();
    let tokens = ["requests", "tokens_in_uncached", "tokens_out", "tokens_cache_read", "tokens_cache_write"];
    // An absent count stays unknown.
    let expected = [json!(1), json!(3914), json!(1390), json!(298_176), Value::Null];
    assert_eq!(tokens.map(|name| whole.get(name).cloned().unwrap_or_default()), expected);
}

/// B05. Names of the enum, labels, and the field's older name; `isChargeable` is absent.
#[tokio::test]
async fn a_kind_is_recognized_in_every_spelling() {
    let team = Team::new().await;
    let event = |at: u32, email: &str, kind: Value, cents: f64| {
        let mut event = json!({"timestamp": format!("178040268{at:04}"), "userEmail": email, "model": "gpt-5.2", "chargedCents": cents});
        event.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        event
    };
    team.has_events(&json!([
        event(7672, "a@acme.test", json!({"kind": "USAGE_EVENT_KIND_USAGE_BASED"}), 124.73),
        event(7999, "a@acme.test", json!({"kind": "On-Demand"}), 10.0),
        event(8000, "b@acme.test", json!({"kindLabel": "Included in Business"}), 5.0),
        event(8001, "b@acme.test", json!({"kind": "USAGE_EVENT_KIND_ERRORED_NOT_CHARGED"}), 0.0),
    ]));
    let polled = team.poll_day().await;
    assert!(polled.unknown_fields.is_empty(), "{:?}", polled.unknown_fields);
    assert_eq!(team.by_basis().await, [json!(["included", 0.05, 0, false]), json!(["metered", 1.3473, 0, false])]);
    let requests: Vec<_> = team.stored(Dataset::ModelUsage).await.iter().map(|row| row["requests"].clone()).collect();
    assert_eq!(requests, [json!(4), json!(2), json!(2)], "a failed event is a request too");
}

/// B05. The poll reports an unknown kind, and its amount is not added to any other.
#[tokio::test]
async fn an_unknown_kind_is_reported_and_its_amount_stays_apart() {
    let team = Team::new().await;
    let event = json!({"timestamp": "1780402687672", "userEmail": "a@acme.test", "model": "gpt-5.2", "chargedCents": 7,
        "isChargeable": true});
    let of_kind = |kind: &str| {
        let mut event = event.clone();
        event["kind"] = json!(kind);
        event
    };
    team.has_events(&json!([of_kind("USAGE_EVENT_KIND_PREPAID_POOL"), of_kind("Usage-based")]));
    let polled = team.poll_day().await;
    let named: Vec<_> = polled.unknown_fields.into_iter().collect();
    assert_eq!(named, [("kind=USAGE_EVENT_KIND_PREPAID_POOL".to_owned(), 1)]);
    assert_eq!(team.by_basis().await, [json!(["metered", 0.07, 0, false]), json!(["unknown", 0.07, 0, false])]);
}

/// B06. Tokens are counted; the amount is unknown, and the list price is a separate amount.
#[tokio::test]
async fn an_event_without_an_amount_is_not_zero() {
    let team = Team::new().await;
    let event = json!({
        "timestamp": "1780402687672", "userEmail": "a@acme.test", "model": "claude-4.5-sonnet", "kind": "Usage-based",
        "requestsCosts": 1, "isTokenBasedCall": true, "isChargeable": true,
        "tokenUsage": {"inputTokens": 126, "outputTokens": 450, "cacheWriteTokens": 6112, "cacheReadTokens": 11964,
            "totalCents": 20.18232}
    });
    team.has_events(&json!([event]));
    team.poll_day().await;
    assert_eq!(team.by_basis().await, [json!(["list", 0.201823, 0, false]), json!(["metered", null, 1, true])]);
    assert_eq!(team.stored(Dataset::ModelUsage).await[0]["tokens_out"], 450);

    // With an event that has an amount, the sum is a lower bound and is marked as such.
    let mut priced = event.clone();
    priced["chargedCents"] = json!(21.36232);
    team.has_events(&json!([event, priced]));
    team.poll_day().await;
    assert_eq!(team.by_basis().await, [json!(["list", 0.403646, 0, false]), json!(["metered", 0.213623, 1, true])]);
    let head = team.world.head(&team.connector, Dataset::Cost, DAY).await.unwrap();
    let totals: Vec<_> = head.totals.iter().map(|(name, total)| (name.as_str(), *total)).collect();
    assert_eq!(totals, [("list.micro_amount", 403_646), ("metered.micro_amount", 213_623), ("metered.unpriced", 1)]);
}

/// B06, for people: their unknown amounts add up to the account's.
#[tokio::test]
async fn uses_without_an_amount_add_up_like_amounts() {
    let team = Team::new().await;
    let event = |email: Option<&str>, cents: Option<f64>| json!({"timestamp": "1780402687672", "userEmail": email, "model": "m", "kind": "Usage-based", "chargedCents": cents});
    let (a, b) = (Some("a@acme.test"), Some("b@acme.test"));
    team.has_events(&json!([
        event(a, Some(1.0)),
        event(a, None),
        event(b, None),
        event(b, None),
        event(None, Some(2.0)),
        event(None, None)
    ]));
    team.poll_day().await;
    let rows = team.costs("person").await;
    let people: Vec<_> =
        rows.iter().map(|row| json!([row["subject"]["id"], row["amount"], row["unpriced"], row["partial"]])).collect();
    let expected =
        [json!(["", 0.02, 1, true]), json!(["a@acme.test", 0.01, 1, true]), json!(["b@acme.test", null, 2, true])];
    assert_eq!(people, expected);
    assert_eq!(team.by_basis().await, [json!(["metered", 0.03, 4, true])]);
}

/// B15. After a member was removed, the same events come without `userEmail`.
#[tokio::test]
async fn a_former_member_keeps_the_days_that_were_stored_before() {
    let team = Team::new().await;
    let event = |email: Option<&str>| {
        let mut event = json!({"timestamp": "1780402687672", "model": "m", "kind": "Usage-based", "isChargeable": true,
            "chargedCents": 40, "tokenUsage": {"inputTokens": 5, "outputTokens": 7}});
        email.into_iter().for_each(|email| event["userEmail"] = json!(email));
        event
    };
    team.has_events(&json!([event(Some("gone@acme.test")), event(Some("stays@acme.test"))]));
    team.poll_day().await;
    let datasets = [Dataset::Cost, Dataset::ModelUsage, Dataset::Breakdown];
    let mut before = Vec::new();
    for dataset in datasets {
        before.push(team.stored(dataset).await);
    }
    team.has_events(&json!([event(None), event(Some("stays@acme.test"))]));
    team.poll_day().await;
    for (dataset, before) in datasets.into_iter().zip(before) {
        assert_eq!(team.stored(dataset).await, before, "{dataset}");
    }
    // Again: the carried-over rows are stored by now.
    assert_eq!(team.poll_day().await.stored.len(), 0);
}

/// B16. The same event has a lower amount one week later.
#[tokio::test]
async fn an_amount_that_is_restated_after_a_week_is_fetched_again() {
    let team = Team::new().await;
    let event = |cents: f64| {
        json!([{"timestamp": "1780402687672", "userEmail": "a@acme.test", "model": "m", "kind": "Usage-based",
            "chargedCents": cents}])
    };
    team.has_events(&event(97.093275));
    team.poll_day().await;
    assert_eq!(team.by_basis().await, [json!(["metered", 0.970933, 0, false])]);
    team.world.move_to("2026-06-10T06:00:00Z");
    team.has_events(&event(49.038475));
    let polled = team.world.poll(&team.connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    assert_eq!(team.by_basis().await, [json!(["metered", 0.490385, 0, false])]);
}

/// B25. The cycle's spending in its present form: two sums, no limit per person, three irrelevant fields.
#[tokio::test]
async fn spending_is_read_in_its_present_form_without_a_notice() {
    let team = Team::new().await;
    team.answers(
        "/teams/members",
        json!({"teamMembers": [{"id": "user_1", "name": "Ana", "email": "ana@acme.test", "role": "member", "isRemoved": false}]}),
    );
    team.answers(
        "/teams/spend",
        json!({"teamMemberSpend": [{"userId": "user_1", "name": "Ana", "email": "ana@acme.test", "role": "member",
                "spendCents": 0, "overallSpendCents": 860, "fastPremiumRequests": 0, "hardLimitOverrideDollars": 0,
                "monthlyLimitDollars": null, "profilePictureUrl": "/{number}.png"}],
            "subscriptionCycleStart": 1_780_272_000_000_i64, "limitedUsersCount": 0, "maxUserSpendCents": 0,
            "totalMembers": 850, "totalPages": 17}),
    );
    let before = team.world.sandbox.requests().len();
    let polled = team.poll_day().await;
    assert_eq!(polled.unknown_fields.into_iter().collect::<Vec<_>>(), []);
    let pages = team.world.requests_since(before).iter().filter(|target| target.contains("/teams/spend")).count();
    assert_eq!(pages, 17);
    let seats = rows::stored(&team.world.app, &team.connector.id, Dataset::Seats, day("2026-06-03")).await.unwrap();
    let cycle = ["cycle_metered", "cycle_included"].map(|name| seats[0][name].clone());
    assert_eq!((seats.len(), cycle), (1, [json!(0), json!(8_600_000)]));
}
