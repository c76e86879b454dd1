//! Reported inputs: billing. AI credits by day, of the account and of its people.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use shared::http::{Detours, Http};
use shared::providers;
use shared::words::{
    CapabilityOutcome, Connector, ConnectorState, Credential, Dataset, Notice, NoticeKind, PollOutcome, SegmentState,
    Verdict,
};

use crate::providers::stub::{Answer, Stub};
use crate::rows::{self, Plain, assert_same};
use crate::sandbox_world::{PROVIDER, TOKEN, World, day, enterprise, organization};

use super::proxy;

const ON: &str = "2026-11-19";
const CREDITS: &str = "/settings/billing/ai_credit/usage?";

/// A Pairmeter in which the billing of `ON` is `page`, and everything else comes from the sandbox.
async fn with_billing_page(page: Answer) -> (World, Connector, Stub) {
    let mut world = World::new().await;
    let proxy = proxy(&world.sandbox, PROVIDER, move |path, _| {
        (path.contains(CREDITS) && path.ends_with("year=2026&month=11&day=19")).then(|| page.clone())
    })
    .await;
    let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
    detours.extend(Detours::parse(&format!("api.github.com={}", proxy.url())).unwrap());
    world.app.0.http = Http::new(detours);
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    (world, connector, proxy)
}

async fn costs(world: &World, connector: &Connector, on: &str) -> Vec<Plain> {
    rows::stored(&world.app, &connector.id, Dataset::Cost, day(on)).await.unwrap_or_default()
}

fn sum(rows: &[Plain], level: &str, basis: &str, column: &str) -> i64 {
    let of = rows.iter().filter(|row| row["level"] == level && row["basis"] == basis);
    of.filter_map(|row| row.get(column).and_then(Value::as_i64)).sum()
}

#[tokio::test]
async fn gross_is_list_discount_is_included_and_net_is_metered() {
    let page = json!({
        "timePeriod": {"year": 2026, "month": 11, "day": 19}, "organization": "octo",
        "usageItems": [
            {"product": "Copilot", "sku": "Copilot AI Credits", "model": "GPT-5", "unitType": "credits",
                "pricePerUnit": 0.01, "grossQuantity": 150.25, "grossAmount": 1.5025, "discountQuantity": 100,
                "discountAmount": 1, "netQuantity": 50.25, "netAmount": 0.5025},
            {"product": "Copilot", "sku": "Copilot AI Credits", "model": "Claude Opus", "unitType": "credits",
                "pricePerUnit": 0.01, "grossQuantity": 7, "grossAmount": 0.07, "discountQuantity": 7,
                "discountAmount": 0.07, "netQuantity": 0, "netAmount": 0}
        ]
    });
    let (world, connector, _proxy) = with_billing_page(Answer::json(&page.to_string())).await;
    let polled = world.poll_days(&connector, ON, ON).await;
    assert_eq!((polled.outcome, polled.unknown_fields.len()), (PollOutcome::Ok, 0), "{:?}", polled.failure);
    let row = |level: &str, subject: &str, basis: &str, model: &str, amount: i64, credits: i64| {
        json!({"level": level, "subject": subject, "basis": basis, "model": model, "line_item": "Copilot AI Credits",
            "currency": "USD", "micro_amount": amount, "micro_credits": credits})
    };
    let both = |basis: &str, model: &str, amount: i64, credits: i64| {
        [("organization", "octo"), ("user", "")]
            .map(|(level, subject)| row(level, subject, basis, model, amount, credits))
    };
    let mut expected: Vec<Plain> = [
        both("included", "Claude Opus", 70_000, 7_000_000),
        both("included", "GPT-5", 1_000_000, 100_000_000),
        both("list", "Claude Opus", 70_000, 7_000_000),
        both("list", "GPT-5", 1_502_500, 150_250_000),
        both("metered", "Claude Opus", 0, 0),
        both("metered", "GPT-5", 502_500, 50_250_000),
    ]
    .into_iter()
    .flatten()
    .map(|row| serde_json::from_value(row).unwrap())
    .collect();
    rows::sort(&mut expected);
    let mut stored = costs(&world, &connector, ON).await;
    stored.retain(|row| row["basis"] != "estimated");
    assert_same("cost", &stored, &expected);
}

#[test]
fn peoples_credits_cost_one_cent_each_and_add_up() {
    let history = providers::history(PROVIDER).unwrap();
    let account = organization("octo");
    let mut mapper = history.mapper(&account, 1);
    mapper.begin(&history.archived(&account, "users-1-day", day(ON)).unwrap());
    // 2.25 credits are $0.0225; 0.000149 are $0.00000149, rounded to a millionth; the third number is unknown.
    for (id, credits) in [(7, json!(2.25)), (8, json!(0.000_149)), (9, Value::Null)] {
        let record = json!({"day": ON, "user_id": id, "user_login": format!("u{id}"), "ai_credits_used": credits});
        mapper.read(format!("{record}\n").as_bytes()).unwrap();
    }
    mapper.end_body().unwrap();
    mapper.end_report().unwrap();
    let mapped = mapper.finish().unwrap();
    let row = |level: &str, subject: &str, name: &str, amount: i64, credits: i64| -> Plain {
        let row = json!({"level": level, "subject": subject, "name": name, "basis": "estimated", "currency": "USD",
            "micro_amount": amount, "micro_credits": credits});
        serde_json::from_value(row).unwrap()
    };
    let expected = [
        row("organization", "octo", "octo", 22_501, 2_250_149),
        row("user", "7", "u7", 22_500, 2_250_000),
        row("user", "8", "u8", 1, 149),
    ];
    assert_same("cost", &rows::of_segment(Dataset::Cost, &mapped.segments[&(Dataset::Cost, day(ON))]), &expected);
}

#[tokio::test]
async fn a_token_without_billing_access_stores_everything_else() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), "ghp_good_nobilling").await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    let left_out: Vec<&String> = polled.left_out.iter().collect();
    assert!(
        matches!(left_out[..], [one] if one.starts_with("ai-credits-1-day: the token may not read the billing of octo: ")),
        "{left_out:?}"
    );
    let requests = world.sandbox.requests().iter().filter(|request| request.target.contains(CREDITS)).count();
    // Once by verify and once by the poll.
    assert_eq!(requests, 2);
    let stored = costs(&world, &connector, ON).await;
    assert!(stored.iter().all(|row| row["basis"] == "estimated") && stored.len() > 2, "{stored:?}");
    assert!(rows::stored(&world.app, &connector.id, Dataset::Activity, day(ON)).await.unwrap().len() > 2);
}

const NO_BILLING: &str = "ghp_good_nobilling";

/// Its values are final.
const LONG_AGO: &str = "2026-10-20";

/// Polled on Tuesday 2026-11-24 with a token that reads billing; on Wednesday, the token has lost that right.
async fn withdrawn() -> (World, Connector) {
    let world = World::at("2026-11-24T06:00:00Z").await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    assert_eq!(world.poll_days(&connector, LONG_AGO, LONG_AGO).await.outcome, PollOutcome::Ok);
    use_token(&world, &connector, NO_BILLING).await;
    world.move_to("2026-11-25T06:00:00Z");
    (world, connector)
}

/// Changes the rights of the stored token.
async fn use_token(world: &World, connector: &Connector, token: &str) {
    world.app.secrets.put(&connector.id, &Credential::token(token)).await.unwrap();
}

async fn bases(world: &World, connector: &Connector, on: &str) -> Vec<String> {
    let mut bases: Vec<String> = costs(world, connector, on).await.iter().map(|row| row["basis"].to_string()).collect();
    bases.sort();
    bases.dedup();
    bases
}

const ALL_BASES: [&str; 4] = ["\"estimated\"", "\"included\"", "\"list\"", "\"metered\""];

#[tokio::test]
async fn a_withdrawn_billing_right_is_a_partial_poll_with_a_fix() {
    let (world, connector) = withdrawn().await;
    let before = costs(&world, &connector, ON).await;
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Partial, "{:?}", polled.left_out);
    let failure = polled.failure.unwrap();
    assert_eq!(failure.code(), "missing_permission");
    let fix = "use a token of an owner or billing manager of octo";
    assert!(
        failure.public().contains("may not read the billing of octo") && failure.public().contains(fix),
        "{failure}"
    );
    let stored = world.connector(&connector).await;
    assert_eq!((stored.state, stored.state_detail.as_ref()), (ConnectorState::Active, Some(&failure.public())));
    let last_poll = stored.last_poll.unwrap();
    assert_eq!((last_poll.code.as_deref(), last_poll.detail), (Some("missing_permission"), Some(failure.public())));
    // The rest works, so the owner gets no notice.
    let of_owner = |notice: &Notice| notice.kind == NoticeKind::OwnerMustAct;
    assert!(!world.notices().await.iter().any(of_owner));
    assert_same("cost", &costs(&world, &connector, ON).await, &before);
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-23").await, Some(SegmentState::Provisional));
    assert_eq!(bases(&world, &connector, "2026-11-24").await, [ALL_BASES[0]]);
}

#[tokio::test]
async fn a_withdrawn_right_never_makes_a_day_final() {
    let (world, connector) = withdrawn().await;
    let before = costs(&world, &connector, ON).await;
    // Weeks later, every day of the window is stored without amounts, and the poll is still not green.
    for now in ["2026-11-25T06:00:00Z", "2026-12-04T06:00:00Z", "2026-12-13T06:00:00Z", "2026-12-29T06:00:00Z"] {
        world.move_to(now);
        let polled = world.poll(&connector).await;
        assert_eq!(polled.failure.as_ref().map(shared::error::Error::code), Some("missing_permission"), "{now}");
        assert_eq!(polled.outcome, PollOutcome::Partial, "{now}");
    }
    assert_eq!(world.state(&connector, Dataset::Cost, ON).await, Some(SegmentState::Provisional));
    assert_same("cost", &costs(&world, &connector, ON).await, &before);
    // A final day stays final, whether it is fetched or not.
    assert_eq!(world.state(&connector, Dataset::Cost, LONG_AGO).await, Some(SegmentState::Final));
    let polled = world.poll_days(&connector, LONG_AGO, LONG_AGO).await;
    assert_eq!(polled.outcome, PollOutcome::Partial);
    assert_eq!(world.state(&connector, Dataset::Cost, LONG_AGO).await, Some(SegmentState::Final));
    assert_eq!(bases(&world, &connector, LONG_AGO).await, ALL_BASES);
}

#[tokio::test]
async fn a_restored_right_fetches_the_amounts_of_the_days_between() {
    let (world, connector) = withdrawn().await;
    for now in ["2026-11-25T06:00:00Z", "2026-12-04T06:00:00Z", "2026-12-30T06:00:00Z"] {
        world.move_to(now);
        assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Partial, "{now}");
    }
    assert_eq!(bases(&world, &connector, "2026-11-25").await, [ALL_BASES[0]]);
    use_token(&world, &connector, TOKEN).await;
    world.move_to("2026-12-31T06:00:00Z");
    let polled = world.poll(&connector).await;
    assert_eq!((polled.outcome, polled.left_out.len()), (PollOutcome::Ok, 0), "{:?}", polled.failure);
    assert_eq!(world.connector(&connector).await.state_detail, None);
    for on in [ON, "2026-11-25"] {
        assert_eq!(world.state(&connector, Dataset::Cost, on).await, Some(SegmentState::Final), "{on}");
        assert_eq!(bases(&world, &connector, on).await, ALL_BASES, "{on}");
    }
    // The rest follows on Sunday, with the weekly fetch of a month.
    world.move_to("2027-01-03T06:00:00Z");
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    assert_eq!(bases(&world, &connector, "2026-12-15").await, ALL_BASES);
}

#[tokio::test]
async fn days_that_wait_for_a_right_are_not_fetched_at_every_poll() {
    let (world, connector) = withdrawn().await;
    for now in ["2026-11-25T06:00:00Z", "2026-12-08T06:00:00Z", "2026-12-30T06:00:00Z", "2026-12-31T06:00:00Z"] {
        world.move_to(now);
        world.poll(&connector).await;
    }
    world.move_to("2026-12-31T12:00:00Z");
    let seen = world.sandbox.requests().len();
    world.poll(&connector).await;
    let requests = world.requests_since(seen);
    // The four days that every poll fetches.
    assert_eq!(requests.iter().filter(|target| target.contains("/users-1-day?")).count(), 4);
    assert_eq!(requests.iter().filter(|target| target.contains(CREDITS)).count(), 1);
}

#[tokio::test]
async fn billing_that_is_hidden_later_is_a_partial_poll() {
    let hides: Arc<Mutex<bool>> = Arc::default();
    let mut world = World::new().await;
    let is_hidden = hides.clone();
    let proxy = proxy(&world.sandbox, PROVIDER, move |path, _| {
        (path.contains(CREDITS) && *is_hidden.lock().unwrap()).then(|| Answer::status(404))
    })
    .await;
    let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
    detours.extend(Detours::parse(&format!("api.github.com={}", proxy.url())).unwrap());
    world.app.0.http = Http::new(detours);
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    assert_eq!(world.poll_days(&connector, ON, ON).await.outcome, PollOutcome::Ok);
    *hides.lock().unwrap() = true;
    let polled = world.poll_days(&connector, ON, ON).await;
    assert_eq!(polled.failure.as_ref().map(shared::error::Error::code), Some("refused_unknown"));
    assert_eq!(polled.outcome, PollOutcome::Partial);
    assert_eq!(bases(&world, &connector, ON).await, ALL_BASES);
}

#[tokio::test]
async fn an_organization_that_its_enterprise_pays_for_is_not_a_failure() {
    let (world, connector, _proxy) = with_billing_page(Answer::status(404)).await;
    let polled = world.poll_days(&connector, ON, ON).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    assert!(polled.left_out.iter().any(|left_out| left_out.contains("(404)")), "{:?}", polled.left_out);
    assert!(!costs(&world, &connector, ON).await.is_empty());
}

#[tokio::test]
async fn a_failure_of_billing_leaves_the_other_datasets() {
    let (world, connector, _proxy) = with_billing_page(Answer::status(500)).await;
    let polled = world.poll_days(&connector, ON, ON).await;
    assert_eq!(polled.outcome, PollOutcome::Partial);
    assert!(rows::stored(&world.app, &connector.id, Dataset::Activity, day(ON)).await.unwrap().len() > 2);
    // The usage is stored, and billing is fetched again.
    assert_eq!(world.state(&connector, Dataset::Cost, ON).await, Some(SegmentState::Pending));
    assert!(costs(&world, &connector, ON).await.iter().all(|row| row["basis"] == "estimated"));
}

#[tokio::test]
async fn amounts_of_a_month_add_up_for_people_and_account() {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let mut world = World::new().await;
    let record = seen.clone();
    let proxy = proxy(&world.sandbox, PROVIDER, move |path, real| {
        if path.contains(CREDITS) && path.contains("year=2026&month=11&") {
            record.lock().unwrap().push(serde_json::from_slice(&real.body).unwrap());
        }
        None
    })
    .await;
    let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
    detours.extend(Detours::parse(&format!("api.github.com={}", proxy.url())).unwrap());
    world.app.0.http = Http::new(detours);
    let connector = world.saved_before(enterprise("octo-inc"), TOKEN).await;
    let polled = world.poll_days(&connector, "2026-11-01", "2026-11-18").await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    let mut stored = Vec::new();
    for on in 1..=18 {
        stored.extend(costs(&world, &connector, &format!("2026-11-{on:02}")).await);
    }
    // Amounts come in thousandths of a dollar.
    let amount = |field: &str| -> i64 {
        let pages = seen.lock().unwrap();
        assert_eq!(pages.len(), 18);
        let items = pages.iter().flat_map(|page| page["usageItems"].as_array().unwrap().clone());
        items.map(|item| (item[field].as_f64().unwrap() * 1000.0).round() as i64 * 1000).sum()
    };
    for (basis, field) in [("list", "grossAmount"), ("included", "discountAmount"), ("metered", "netAmount")] {
        assert_eq!(sum(&stored, "organization", basis, "micro_amount"), amount(field), "{basis}");
        assert_eq!(sum(&stored, "user", basis, "micro_amount"), amount(field), "{basis}");
    }
    let of = |basis: &str| sum(&stored, "organization", basis, "micro_amount");
    assert_eq!(of("list"), of("included") + of("metered"));
    // The users reports show the same credits as billing.
    assert_eq!(of("estimated"), of("list"));
    assert_eq!(of("estimated"), sum(&stored, "user", "estimated", "micro_amount"));
    assert!(of("list") > 0);
}

#[test]
fn credits_are_fetched_for_as_long_as_github_keeps_them() {
    let history = providers::history(PROVIDER).unwrap();
    let account = organization("octo");
    let names = |on: &str, today: &str| -> Vec<&str> {
        let batches = history.batches(&account, &[day(on)], day(today), false);
        batches[0].reports.iter().map(|report| report.name).collect()
    };
    let before = ["user-teams-1-day", "users-1-day", "organization-1-day"];
    assert_eq!(names("2026-05-31", "2026-11-21"), before);
    assert_eq!(names("2026-06-01", "2026-11-21"), [&before[..], &["ai-credits-1-day"]].concat());
    let datasets = |on: &str| history.datasets(&account, day(on), day("2026-11-21")).contains(&Dataset::Cost);
    assert_eq!((datasets("2026-05-31"), datasets("2026-06-01")), (false, true));
    // Reports are kept for one year, billing for two.
    assert_eq!(history.floor(&account, day("2026-11-21")), day("2025-12-12"));
    assert_eq!(history.floor(&account, day("2028-03-01")), day("2026-06-01").max(day("2026-03-02")));
    assert_eq!(names("2026-06-01", "2028-03-01"), ["ai-credits-1-day"]);
    assert_eq!(history.floor(&account, day("2029-03-01")), day("2027-03-02"));
}

#[tokio::test]
async fn amounts_are_fetched_again_weekly_for_a_month() {
    let world = World::at("2026-11-21T06:00:00Z").await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let asked_on = async |now: &str| {
        world.move_to(now);
        let seen = world.sandbox.requests().len();
        assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
        let requests = world.requests_since(seen);
        requests.iter().filter(|target| target.contains(CREDITS)).count()
    };
    // 2026-11-22 is a Sunday. On Monday one more day becomes final: the four days of the window and that one are
    // fetched.
    assert_eq!(asked_on("2026-11-22T06:00:00Z").await, 31);
    assert_eq!(asked_on("2026-11-23T06:00:00Z").await, 5);
}

#[tokio::test]
async fn verify_reports_billing_access_and_shows_amounts() {
    let world = World::new().await;
    let outcome = |verification: &shared::words::Verification| {
        let billing = verification.capabilities.iter().find(|capability| capability.id == "billing").unwrap();
        (billing.outcome, billing.needs.clone())
    };
    let open = world.verify(organization("octo"), TOKEN).await;
    assert_eq!((open.verdict, outcome(&open)), (Verdict::Valid, (CapabilityOutcome::Ok, None)));
    let bases = |verification: &shared::words::Verification, at: usize| -> Vec<String> {
        verification.preview.as_ref().unwrap().days[at].costs.iter().map(|cost| cost.basis.clone()).collect()
    };
    assert_eq!(bases(&open, 3), ["estimated", "included", "list", "metered"]);
    let closed = world.verify(organization("octo"), "ghp_good_nobilling").await;
    let (is, needs) = outcome(&closed);
    assert_eq!((closed.verdict, is), (Verdict::Valid, CapabilityOutcome::MissingPermission));
    assert_eq!(
        needs.as_deref(),
        Some("the scope manage_billing:copilot and an owner's token, for the cost of AI credits by model")
    );
    assert_eq!(bases(&closed, 3), ["estimated"]);
}
