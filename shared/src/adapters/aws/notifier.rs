//! Messages to people through an SNS topic, whose subscribers get them by mail.

use async_trait::async_trait;

use super::error::Failure;
use super::store::Store;
use crate::ports::{self, Result};
use crate::words::Mail;

/// The topic.
#[derive(Clone)]
pub struct Notifier {
    store: Store,
}

impl Notifier {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ports::Notifier for Notifier {
    async fn send(&self, mail: &Mail) -> Result<()> {
        let publish = self.store.sns().publish().topic_arn(&self.store.settings().topic);
        let publish = publish.subject(&mail.subject).message(&mail.text).send().await;
        publish.map_err(Failure::service("sns:Publish"))?;
        Ok(())
    }
}
