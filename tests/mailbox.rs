//! Receives the mails of a whole Pairmeter.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use shared::error::StoreError;
use shared::ports;
use shared::words::{Delivery, DeliveryState, Mail};

use crate::sandbox_world::World;

/// A mailbox: keeps all mails, and refuses mails whose subject contains one of these words.
#[derive(Clone, Default)]
pub struct Mailbox {
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
        // The sender gets the result a moment later.
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn delivery(&self, now: DateTime<Utc>) -> ports::Result<Delivery> {
        let (confirmed, pending) = (Some(1), Some(0));
        Ok(Delivery { state: DeliveryState::Ready, confirmed, pending, detail: None, checked_at: now })
    }
}

impl Mailbox {
    pub fn of(world: &mut World) -> Self {
        let mailbox = Self::default();
        world.app.notifier = Arc::new(mailbox.clone());
        mailbox
    }

    /// Refuses mails with this word in their subject.
    pub fn refuse(&self, word: &'static str) {
        self.refused.lock().unwrap().push(word);
    }

    pub fn accept_all(&self) {
        self.refused.lock().unwrap().clear();
    }

    /// The mails since the last call.
    pub fn mails(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }

    pub async fn has_mail(&self) {
        while self.mails.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }

    pub fn subjects(&self) -> Vec<String> {
        self.mails().into_iter().map(|mail| mail.subject).collect()
    }
}
