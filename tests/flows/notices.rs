//! What people are told, and when: each thing once, nobody never.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared::error::StoreError;
use shared::ports;
use shared::words::{Connector, Mail};

use crate::sandbox_world::{TOKEN, World, day, organization, time};

/// A mailbox: keeps what arrives, and refuses mails whose subject has one of these words.
#[derive(Clone, Default)]
pub(super) struct Mailbox {
    mails: Arc<Mutex<Vec<Mail>>>,
    refused: Arc<Mutex<Vec<&'static str>>>,
}

#[async_trait]
impl ports::Notifier for Mailbox {
    async fn send(&self, mail: &Mail) -> ports::Result<()> {
        if self.refused.lock().unwrap().iter().any(|word| mail.subject.contains(word)) {
            return Err(StoreError::Unavailable("mailbox full".into()));
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

impl Mailbox {
    pub(super) fn of(world: &mut World) -> Self {
        let mailbox = Self::default();
        world.app.notifier = Arc::new(mailbox.clone());
        mailbox
    }

    /// What arrived since it was last asked.
    pub(super) fn mails(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }

    pub(super) fn subjects(&self) -> Vec<String> {
        self.mails().into_iter().map(|mail| mail.subject).collect()
    }
}

/// Data comes as it should, and the token ends then.
async fn ending(world: &World, slug: &str, at: &str) -> Connector {
    let mut connector = world.saved_before(organization(slug), TOKEN).await;
    connector.token.expires_at = Some(time(at));
    connector.freshness.complete_through = Some(day("2028-12-31"));
    world.app.connectors.update(&connector).await.unwrap()
}

fn subject(slug: &str, what: &str) -> String {
    format!("Pairmeter: GitHub Copilot {slug}: {what}")
}

#[tokio::test]
async fn a_run_that_could_not_tell_everybody_is_an_error_and_tried_again_tells_those_who_are_left() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    ending(&world, "acme", "2026-11-22T07:00:00Z").await;
    ending(&world, "octo", "2026-11-23T07:00:00Z").await;
    ending(&world, "zeta", "2026-11-24T07:00:00Z").await;
    *mailbox.refused.lock().unwrap() = vec!["octo"];
    let now = time("2026-11-21T07:00:00Z");
    let found = world.app.notify_expiry().run(now, "schedule").await.unwrap();
    assert_eq!((found.told, found.failed), (2, 1));
    let error = found.whole().unwrap_err();
    assert_eq!(error.status(), 503, "{error:?}");
    assert_eq!(mailbox.subjects(), [subject("acme", "token ends in 1 day"), subject("zeta", "token ends in 3 days")]);
    mailbox.refused.lock().unwrap().clear();
    let found = world.app.notify_expiry().run(now, "schedule, again").await.unwrap();
    found.whole().unwrap();
    assert_eq!(mailbox.subjects(), [subject("octo", "token ends in 2 days")]);
    world.app.notify_expiry().run(now, "schedule, a third time").await.unwrap().whole().unwrap();
    assert_eq!(mailbox.subjects(), [""; 0]);
}
