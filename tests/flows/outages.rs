//! Polls that cannot do their work: never green, told once, and healed by the next good one.

use std::time::{Duration, Instant};

use shared::error::Recourse;
use shared::words::{ConnectorState, Credential, Dataset, PollOutcome, SegmentState};

use crate::sandbox_world::{PROVIDER, TOKEN, World, day, enterprise, organization};

/// Every poll that found nothing because everything was refused, missing or rate-limited.
#[tokio::test]
async fn a_poll_that_got_no_report_is_failed_and_says_why() {
    use ConnectorState::{Failing, OwnerMustAct};
    let world = World::new().await;
    for (slug, token, code, state) in [
        ("octo-plain", "ghp_dead", "token_refused", OwnerMustAct),
        ("octo-scopes", "ghp_noscope", "missing_permission", OwnerMustAct),
        ("octo-role", "ghp_member", "missing_permission", OwnerMustAct),
        ("octo-fine", "github_pat_noperm", "missing_permission", OwnerMustAct),
        ("octo-saml", "ghp_nosso", "sso_required", OwnerMustAct),
        ("octo-policyoff", TOKEN, "policy_off", OwnerMustAct),
        ("nobody", TOKEN, "account_not_found", OwnerMustAct),
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
        // What the owner must do is done by telling them; whatever time or we must mend comes back to the queue.
        let notices = world.notices().await;
        let told = notices.iter().filter(|notice| notice.connector == connector.id).count();
        assert_eq!(told, usize::from(state == OwnerMustAct), "{slug}");
        assert_eq!(polled.for_queue().is_ok(), state == OwnerMustAct, "{slug}");
    }
}

#[tokio::test]
async fn the_wait_that_the_provider_names_is_handed_to_the_queue() {
    let world = World::new().await;
    for (word, seconds) in [("http429", 120), ("http429date", 120), ("forbidden429", 600)] {
        let connector = world.saved_before(organization(&format!("octo-{word}")), TOKEN).await;
        let seen = world.sandbox.requests().len();
        let error = world.poll(&connector).await.for_queue().unwrap_err();
        assert_eq!(error.recourse(), Recourse::Wait(Duration::from_secs(seconds)), "{word}");
        assert_eq!(world.requests_since(seen).len(), 1, "{word}: whoever is told to wait stops asking");
    }
}

/// 58 reports are asked for at first; an outage must not be knocked at 58 times with pauses between.
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
async fn a_short_hiccup_is_waited_out() {
    let world = World::new().await;
    for word in ["burst429", "flaky503"] {
        let connector = world.saved_before(organization(&format!("octo-{word}")), TOKEN).await;
        let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{word}: {:?}", polled.failure);
    }
}

#[tokio::test]
async fn a_moved_or_retiring_api_is_followed() {
    let world = World::new().await;
    for word in ["redirect", "deprecation"] {
        let connector = world.save(organization(&format!("octo-{word}")), TOKEN).await.unwrap();
        let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{word}: {:?}", polled.failure);
    }
}

#[tokio::test]
async fn the_owner_is_told_once_and_a_good_poll_closes_the_notice() {
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

    // The owner rotates the token; the next poll heals everything, the failed days included.
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

/// Seats are one listing among many reports: without them the history is still good, and says so.
#[tokio::test]
async fn seats_that_are_refused_make_a_poll_partial_and_close_an_older_notice() {
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
async fn a_refused_enterprise_is_the_owners() {
    let world = World::new().await;
    let connector = world.saved_before(enterprise("mega-refused"), TOKEN).await;
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Failed);
    assert_eq!(world.connector(&connector).await.state, ConnectorState::OwnerMustAct);
}

#[tokio::test]
async fn a_secret_that_is_gone_is_a_failure_with_a_name() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.app.secrets.remove(&connector.id).await.unwrap();
    let seen = world.sandbox.requests().len();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Failed);
    assert_eq!(world.requests_since(seen), [""; 0], "nobody is asked without a token");
    let after = world.connector(&connector).await;
    assert_eq!(after.state, ConnectorState::OwnerMustAct);
    assert!(after.last_poll.unwrap().detail.unwrap().contains("credential is missing"));
}

/// A 28-day report stored a day; a single report that is missing today must not take its people away.
#[tokio::test]
async fn a_day_from_the_28_day_report_is_not_replaced_by_less() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let before = world.head(&connector, Dataset::Activity, "2026-11-20").await.unwrap();
    assert!(before.sources.iter().any(|source| source == "users-28-day"), "{:?}", before.sources);

    // The same provider, but the people's single-day report says 204.
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
