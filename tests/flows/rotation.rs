//! Rotation of a credential: no day is lost, no poll fails, and the history does not change.

use shared::error::{Error, StoreError};
use shared::words::{CheckOutcome, Connector, ConnectorState, Credential, NoticeKind, PollJob, PollOutcome};

use crate::mailbox::Mailbox;
use crate::sandbox_world::{TOKEN, World, day, organization};

async fn rotate(world: &World, connector: &Connector, token: &str) -> Result<Connector, Error> {
    world.app.rotate().run(&connector.id, Credential::token(token), "r").await
}

async fn kept(world: &World, connector: &Connector) -> Option<String> {
    match world.app.secrets.previous(&connector.id).await {
        Ok(credential) => credential.expose("token").map(str::to_owned),
        Err(StoreError::NotFound) => None,
        Err(error) => panic!("{error:?}"),
    }
}

async fn in_use(world: &World, connector: &Connector) -> String {
    world.app.secrets.get(&connector.id).await.unwrap().expose("token").unwrap().to_owned()
}

#[tokio::test]
async fn the_old_token_is_kept_until_the_next_good_poll() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), "ghp_until20261201").await.unwrap();
    world.poll(&connector).await;
    let history = world.ledger(&connector).await;
    rotate(&world, &connector, "ghp_until20270201").await.unwrap();
    assert_eq!(world.ledger(&connector).await, history);
    assert_eq!(in_use(&world, &connector).await, "ghp_until20270201");
    assert_eq!(kept(&world, &connector).await.as_deref(), Some("ghp_until20261201"));
    // An outage of the provider proves nothing about the new token.
    let outage = Connector { account: organization("octo-http503"), ..world.connector(&connector).await };
    let outage = world.app.connectors.update(&outage).await.unwrap();
    assert_eq!(world.poll(&outage).await.outcome, PollOutcome::Failed);
    assert!(kept(&world, &connector).await.is_some());
    let mended = Connector { account: connector.account.clone(), ..world.connector(&connector).await };
    world.app.connectors.update(&mended).await.unwrap();
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    assert_eq!(kept(&world, &connector).await, None);
    assert!(!world.connector(&connector).await.credential_history.previous_is_kept);
    assert_eq!(in_use(&world, &connector).await, "ghp_until20270201");
}

#[tokio::test]
async fn a_refused_new_token_falls_back_to_the_previous_one_with_a_notice() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    let connector = world.save(organization("octo"), "ghp_until20270101").await.unwrap();
    rotate(&world, &connector, "ghp_until202611210700").await.unwrap();
    world.move_to("2026-11-21T08:00:00Z");
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Partial, "{:?}", polled.failure);
    assert_eq!(polled.failure.unwrap().code(), "token_refused");
    let after = world.connector(&connector).await;
    assert_eq!(after.freshness.complete_through, Some(day("2026-11-20")), "no day is lost");
    assert_eq!(after.state, ConnectorState::OwnerMustAct);
    let detail = after.state_detail.unwrap();
    assert!(detail.contains("the previous credential fetches days"), "{detail}");
    assert_eq!(kept(&world, &connector).await.as_deref(), Some("ghp_until20270101"));
    world.app.notify_expiry().run(world.now(), "schedule").await.unwrap();
    let subjects = mailbox.subjects();
    // The new token's expiry has also reached the last threshold.
    assert_eq!(subjects, ["Pairmeter: 1 connector needs you: access to octo is refused, and 1 more"]);
    // A third token works, and both tokens before it are deleted.
    rotate(&world, &connector, "ghp_until20270301").await.unwrap();
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    assert_eq!(
        (world.connector(&connector).await.state, kept(&world, &connector).await),
        (ConnectorState::Active, None)
    );
}

#[tokio::test]
async fn if_both_tokens_are_refused_the_notice_is_about_the_new_one() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), "ghp_until202611210630").await.unwrap();
    rotate(&world, &connector, "ghp_until202611210700").await.unwrap();
    world.move_to("2026-11-21T08:00:00Z");
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Failed);
    let detail = world.connector(&connector).await.state_detail.unwrap();
    assert!(!detail.contains("the previous credential"), "{detail}");
}

#[tokio::test]
async fn a_poll_continues_with_the_new_token_after_a_rotation() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), "ghp_until202611210630").await.unwrap();
    let (poll, job) = (world.app.poll(), PollJob::daily(&connector.id, day("2026-11-21")));
    let revoked = async {
        let seen = world.sandbox.requests().len();
        while world.sandbox.requests().len() == seen {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        rotate(&world, &connector, TOKEN).await.unwrap();
        world.sandbox.set_now("2026-11-21T06:31:00Z".parse().unwrap());
    };
    let (polled, ()) = tokio::join!(poll.run(&job, &()), revoked);
    let polled = polled.unwrap();
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    let after = world.connector(&connector).await;
    assert_eq!((after.state, after.freshness.complete_through), (ConnectorState::Active, Some(day("2026-11-20"))));
    assert_eq!(world.notices().await, []);
}

#[tokio::test]
async fn a_token_that_is_replaced_during_its_first_poll_is_kept() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), "ghp_until20261201").await.unwrap();
    rotate(&world, &connector, "ghp_until20270201").await.unwrap();
    let (poll, job) = (world.app.poll(), PollJob::daily(&connector.id, day("2026-11-21")));
    let replaced = async {
        let seen = world.sandbox.requests().len();
        while world.sandbox.requests().len() == seen {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        rotate(&world, &connector, "ghp_until20270301").await.unwrap();
    };
    let (polled, ()) = tokio::join!(poll.run(&job, &()), replaced);
    assert_eq!(polled.unwrap().outcome, PollOutcome::Ok);
    assert_eq!(in_use(&world, &connector).await, "ghp_until20270301");
    assert_eq!(
        kept(&world, &connector).await.as_deref(),
        Some("ghp_until20270201"),
        "the third token is not proven yet"
    );
    assert!(world.connector(&connector).await.credential_history.previous_is_kept);
}

#[tokio::test]
async fn a_rotation_closes_the_notices_of_the_old_token() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), "ghp_until202611250000").await.unwrap();
    world.app.notify_expiry().run(world.now(), "schedule").await.unwrap();
    world.move_to("2026-11-25T06:00:00Z");
    world.poll(&connector).await;
    let kinds: Vec<_> = world.notices().await.into_iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds, [NoticeKind::TokenExpiring, NoticeKind::OwnerMustAct]);
    rotate(&world, &connector, TOKEN).await.unwrap();
    assert_eq!(world.notices().await, []);
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    assert_eq!(world.connector(&connector).await.state, ConnectorState::Active);
}

#[tokio::test]
async fn another_organizations_token_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let before = world.connector(&connector).await;
    for token in ["ghp_of_acme", "github_pat_of_acme", "gho_of_acme"] {
        let Err(Error::Unverified(verification)) = rotate(&world, &connector, token).await else {
            panic!("{token} was taken")
        };
        let named = verification.checks.iter().find(|check| check.outcome == CheckOutcome::Fail).unwrap();
        assert!(named.detail.starts_with("this token opens acme, not octo"), "{token}: {named:?}");
        assert!(named.fix.as_ref().unwrap().text.contains("connect acme instead"), "{token}: {named:?}");
    }
    assert_eq!(world.connector(&connector).await, before);
    assert_eq!((in_use(&world, &connector).await.as_str(), kept(&world, &connector).await), (TOKEN, None));
}
