//! Polls that fail: never green, reported once, and resolved by the next good poll.

use std::time::{Duration, Instant};

use shared::error::Recourse;
use shared::words::{ConnectorState, Credential, Dataset, PollOutcome, SegmentState};

use crate::sandbox_world::{PROVIDER, TOKEN, World, day, enterprise, organization};

/// Every poll without data because everything was refused, missing or rate-limited.
#[tokio::test]
async fn a_poll_without_any_report_is_failed_with_a_reason() {
    use ConnectorState::{Failing, OwnerMustAct};
    let world = World::new().await;
    for (slug, token, code, state) in [
        ("octo-plain", "ghp_dead", "token_refused", OwnerMustAct),
        ("octo-scopes", "ghp_noscope", "missing_permission", OwnerMustAct),
        ("octo-role", "ghp_member", "missing_permission", OwnerMustAct),
        ("octo-fine", "github_pat_noperm", "missing_permission", OwnerMustAct),
        ("octo-saml", "ghp_nosso", "sso_required", OwnerMustAct),
        ("octo-policyoff", TOKEN, "policy_off", OwnerMustAct),
        ("missing", TOKEN, "account_not_found", OwnerMustAct),
        ("octo-nocopilot", TOKEN, "account_not_found", OwnerMustAct),
        ("octo-http429", TOKEN, "rate_limited", Failing),
        ("octo-http429date", TOKEN, "rate_limited", Failing),
        ("octo-forbidden429", TOKEN, "rate_limited", Failing),
        ("octo-html", TOKEN, "provider_malformed", Failing),
    ] {
        let connector = world.saved_before(organization(slug), token).await;
        let polled = world.poll(&connector).await;
        assert_eq!(polled.outcome, PollOutcome::Failed, "{slug}: {:?}", polled.failure);
        assert_eq!(polled.failure.as_ref().map(|error| error.code()), Some(code), "{slug}");
        let after = world.connector(&connector).await;
        assert_eq!(after.state, state, "{slug}");
        let last = after.last_poll.unwrap();
        assert_eq!((last.outcome, last.code.as_deref()), (PollOutcome::Failed, Some(code)), "{slug}");
        assert!(after.state_detail.is_some_and(|detail| !detail.is_empty()), "{slug} says what happened");
        assert_eq!(after.freshness.complete_through, None, "{slug}: nothing is complete");
        let heads = world.ledger(&connector).await;
        let green = heads.iter().filter(|head| head.dataset != Dataset::Seats && head.state.is_complete()).count();
        assert_eq!(green, 0, "{slug}: no day is green");
        // A notice is all that an owner's failure needs; any other failure returns to the queue.
        let notices = world.notices().await;
        let notice_count = notices.iter().filter(|notice| notice.connector == connector.id).count();
        assert_eq!(notice_count, usize::from(state == OwnerMustAct), "{slug}");
        assert_eq!(polled.for_queue().is_ok(), state == OwnerMustAct, "{slug}");
    }
}

#[tokio::test]
async fn the_providers_wait_is_passed_to_the_queue() {
    let world = World::new().await;
    for (word, seconds) in [("http429", 120), ("http429date", 120), ("forbidden429", 600)] {
        let connector = world.saved_before(organization(&format!("octo-{word}")), TOKEN).await;
        let seen = world.sandbox.requests().len();
        let error = world.poll(&connector).await.for_queue().unwrap_err();
        assert_eq!(error.recourse(), Recourse::Wait(Duration::from_secs(seconds)), "{word}");
        assert_eq!(world.requests_since(seen).len(), 1, "{word}: a rate-limited poll sends no more requests");
    }
}

/// The first poll needs 58 reports; an outage must not cause 58 requests with pauses between them.
#[tokio::test]
async fn an_outage_ends_a_poll_soon() {
    let world = World::new().await;
    for status in ["http500", "http503"] {
        let connector = world.saved_before(organization(&format!("octo-{status}")), TOKEN).await;
        let (started, seen) = (Instant::now(), world.sandbox.requests().len());
        let polled = world.poll(&connector).await;
        assert_eq!(polled.outcome, PollOutcome::Failed);
        assert_eq!(polled.failure.as_ref().map(|error| error.code()), Some("provider_unavailable"));
        assert!(polled.for_queue().is_err(), "the queue tries again");
        assert_eq!(world.connector(&connector).await.state, ConnectorState::Failing);
        assert!(world.requests_since(seen).len() <= 40, "{} requests", world.requests_since(seen).len());
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn a_poll_waits_for_a_short_interruption() {
    let world = World::new().await;
    for word in ["burst429", "flaky503"] {
        let connector = world.saved_before(organization(&format!("octo-{word}")), TOKEN).await;
        let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{word}: {:?}", polled.failure);
    }
}

#[tokio::test]
async fn a_moved_or_deprecated_api_is_followed() {
    let world = World::new().await;
    for word in ["redirect", "deprecation"] {
        let connector = world.save(organization(&format!("octo-{word}")), TOKEN).await.unwrap();
        let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{word}: {:?}", polled.failure);
    }
}

#[tokio::test]
async fn the_owner_gets_one_notice_which_a_good_poll_closes() {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo"), "ghp_dead").await;
    world.poll(&connector).await;
    world.move_to("2026-11-22T06:00:00Z");
    world.poll(&connector).await;
    let notices = world.notices().await;
    assert_eq!(notices.len(), 1);
    assert_eq!(
        (notices[0].code.as_str(), notices[0].since.to_rfc3339()),
        ("token_refused", "2026-11-21T06:00:00+00:00".to_owned())
    );

    // The owner rotates the token; the next poll recovers everything, including the failed days.
    world.app.secrets.put(&connector.id, &Credential::token(TOKEN)).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    let after = world.connector(&connector).await;
    assert_eq!((after.state, after.state_detail), (ConnectorState::Active, None));
    assert_eq!(after.last_poll.unwrap().code, None);
    assert!(world.notices().await.is_empty());
    let heads = world.ledger(&connector).await;
    let failed: Vec<_> = heads.iter().filter(|head| matches!(head.state, SegmentState::Failed(_))).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Seats are one listing among many reports: without them the history is still valid, and the poll reports it.
#[tokio::test]
async fn refused_seats_make_a_poll_partial_and_close_an_older_notice() {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo-noseats"), "ghp_dead").await;
    world.poll(&connector).await;
    assert_eq!(world.notices().await.len(), 1);
    world.app.secrets.put(&connector.id, &Credential::token(TOKEN)).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Partial);
    assert_eq!(polled.failure.as_ref().map(|error| error.code()), Some("missing_permission"));
    let after = world.connector(&connector).await;
    assert_eq!(after.state, ConnectorState::Active);
    assert!(after.state_detail.is_some());
    assert!(matches!(world.state(&connector, Dataset::Seats, "2026-11-21").await, Some(SegmentState::Failed(_))));
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-20").await, Some(SegmentState::Provisional));
    assert!(world.notices().await.is_empty(), "the token works again");
}

#[tokio::test]
async fn a_refused_enterprise_needs_its_owner() {
    let world = World::new().await;
    let connector = world.saved_before(enterprise("mega-refused"), TOKEN).await;
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Failed);
    assert_eq!(world.connector(&connector).await.state, ConnectorState::OwnerMustAct);
}

#[tokio::test]
async fn a_missing_secret_is_a_failure_with_a_reason() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.app.secrets.remove(&connector.id).await.unwrap();
    let seen = world.sandbox.requests().len();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Failed);
    assert_eq!(world.requests_since(seen), [""; 0], "no request is sent without a token");
    let after = world.connector(&connector).await;
    assert_eq!(after.state, ConnectorState::OwnerMustAct);
    assert!(after.last_poll.unwrap().detail.unwrap().contains("credential is missing"));
}

/// A 28-day report stored a day; a single report that is missing later must not remove its people.
#[tokio::test]
async fn a_day_from_the_28_day_report_is_not_replaced_by_fewer_rows() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let before = world.head(&connector, Dataset::Activity, "2026-11-20").await.unwrap();
    assert!(before.sources.iter().any(|source| source == "users-28-day"), "{:?}", before.sources);

    // The same provider, but the people's single-day report answers 204.
    let front = crate::providers::stub::in_front_of(&world.sandbox.url(), |path| {
        path.contains("/users-1-day?").then_some(crate::providers::stub::Answer::status(204))
    })
    .await;
    let mut app = world.app.clone();
    app.http = front.http();
    let job = shared::words::PollJob::requested(&connector.id, Some((day("2026-11-20"), day("2026-11-20"))), "r");
    app.poll().run(&job, &()).await.unwrap();
    let after = world.head(&connector, Dataset::Activity, "2026-11-20").await.unwrap();
    assert_eq!((after.rows, after.checksum), (before.rows, before.checksum));
    assert_eq!(connector.provider, PROVIDER);
}
