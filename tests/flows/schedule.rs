//! The schedules' polls and notices.

use chrono::Duration;
use shared::handlers::fan_out::Round;
use shared::handlers::notify_expiry::Found;
use shared::words::{Connector, ConnectorState, Credential, TokenFacts};

use crate::sandbox_world::{TOKEN, World, day, organization, time};

async fn connector(world: &World, slug: &str, change: impl FnOnce(&mut Connector)) -> Connector {
    let mut connector = world.saved_before(organization(slug), TOKEN).await;
    change(&mut connector);
    world.app.connectors.update(&connector).await.unwrap()
}

async fn asked(world: &World, round: Round, at: &str) -> Vec<String> {
    world.app.fan_out().run(round, time(at), "schedule").await.unwrap();
    let mut keys = Vec::new();
    while let Some(delivery) = world.queue.receive(std::time::Duration::from_secs(60)).await.unwrap() {
        world.queue.done(&delivery.receipt).await.unwrap();
        keys.push(delivery.job.key);
    }
    keys.sort();
    keys
}

#[tokio::test]
async fn only_late_reports_are_fetched_again() {
    let world = World::new().await;
    let through = |on: &'static str| move |c: &mut Connector| c.freshness.complete_through = Some(day(on));
    connector(&world, "current", through("2026-11-20")).await;
    connector(&world, "late", through("2026-11-19")).await;
    connector(&world, "new", |_| {}).await;
    connector(&world, "paused", |c| c.state = ConnectorState::Paused).await;
    connector(&world, "refused", |c| c.state = ConnectorState::OwnerMustAct).await;
    let daily = asked(&world, Round::Daily, "2026-11-21T06:00:00Z").await;
    let all = ["current", "late", "new", "refused"].map(|slug| format!("organization-{slug}.2026-11-21"));
    assert_eq!(daily, all);
    let pending = asked(&world, Round::Pending, "2026-11-21T10:00:00Z").await;
    assert_eq!(pending, ["organization-late.2026-11-21T10", "organization-new.2026-11-21T10"]);
    assert_eq!(asked(&world, Round::Pending, "2026-11-21T10:00:07Z").await, [""; 0], "the same round again");
    assert_eq!(asked(&world, Round::Pending, "2026-11-21T14:00:00Z").await.len(), 2);
}

fn ends(at: &'static str) -> impl FnOnce(&mut Connector) {
    move |connector| {
        connector.token = TokenFacts { expires_at: Some(time(at)), ..TokenFacts::default() };
        // Data arrives every day.
        connector.freshness.complete_through = Some(day("2027-12-31"));
    }
}

#[tokio::test]
async fn each_threshold_of_a_token_is_sent_once() {
    let world = World::new().await;
    connector(&world, "octo", ends("2026-12-10T08:00:00Z")).await;
    let start = time("2026-11-21T07:00:00Z");
    let mut sent = Vec::new();
    for number in 0..25 {
        let now = start + Duration::days(number);
        for _ in 0..2 {
            let summary = world.app.notify_expiry().run(now, "schedule").await.unwrap();
            let codes: Vec<String> = world.notices().await.into_iter().map(|notice| notice.code).collect();
            sent.extend((summary.told > 0).then(|| format!("{} {}", now.date_naive(), codes.join(" "))));
        }
    }
    // Only the latest is shown.
    let expected = [("11-26", 14), ("12-03", 7), ("12-07", 3), ("12-09", 1), ("12-10", 0)];
    assert_eq!(sent, expected.map(|(day, left)| format!("2026-{day} token_ends_within_{left}_days")));
}

#[tokio::test]
async fn thresholds_start_anew_for_a_rotated_token() {
    let world = World::new().await;
    let first = connector(&world, "octo", ends("2026-11-23T08:00:00Z")).await;
    let now = time("2026-11-21T07:00:00Z");
    assert_eq!(world.app.notify_expiry().run(now, "schedule").await.unwrap().told, 1);
    world.app.rotate().run(&first.id, Credential::token(TOKEN), "r").await.unwrap();
    let mut rotated = world.connector(&first).await;
    ends("2026-11-23T08:00:00Z")(&mut rotated);
    world.app.connectors.update(&rotated).await.unwrap();
    assert_eq!(world.app.notify_expiry().run(now, "schedule").await.unwrap().told, 1);
}

#[tokio::test]
async fn connectors_that_need_a_person_are_counted_except_paused_ones() {
    let world = World::new().await;
    let through = |on: &'static str| move |c: &mut Connector| c.freshness.complete_through = Some(day(on));
    connector(&world, "current", through("2026-11-20")).await;
    connector(&world, "two-days-late", through("2026-11-18")).await;
    connector(&world, "three-days-late", through("2026-11-17")).await;
    connector(&world, "new", |_| {}).await;
    connector(&world, "refused", |c| c.state = ConnectorState::OwnerMustAct).await;
    connector(&world, "paused", |c| c.state = ConnectorState::Paused).await;
    connector(&world, "silent", |c| {
        c.notify = false;
        c.token.expires_at = Some(time("2026-11-22T00:00:00Z"));
    })
    .await;
    let summary = world.app.notify_expiry().run(time("2026-11-21T07:00:00Z"), "schedule").await.unwrap();
    let codes: Vec<_> = world.notices().await.into_iter().map(|notice| (notice.connector.0, notice.code)).collect();
    let notice = |slug: &str, code: &str| (format!("organization-{slug}"), code.to_owned());
    assert_eq!(codes, [notice("silent", "token_ends_within_0_days"), notice("three-days-late", "no_new_data")]);
    // A connector without notices gets none.
    let expected = Found {
        connectors: 6,
        told: 1,
        mails: 1,
        failed: 0,
        owner_must_act: 1,
        without_new_data: 1,
        tokens_below_3_days: 1,
        mail_unconfirmed: 0,
    };
    assert_eq!(summary, expected);
}
