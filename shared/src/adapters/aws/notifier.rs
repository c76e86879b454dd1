//! Messages to people through an SNS topic. Subscribers receive them by e-mail.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::Failure;
use super::store::Store;
use crate::ports::{self, Result};
use crate::words::{Delivery, DeliveryState, Mail};

/// Maximum pages of 100 subscriptions to count. With more recipients, an unconfirmed one does not matter.
const MAX_PAGES: usize = 10;

/// SNS returns these texts in place of a subscription's ARN:
/// <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>
const PENDING: &str = "PendingConfirmation";
const DELETED: &str = "Deleted";

/// Sends reminders to their topic. Alarms have a topic of their own.
#[derive(Clone)]
pub struct Notifier {
    store: Store,
}

/// The subscriptions of one topic, counted by state.
#[derive(Clone, Copy, Debug, Default)]
struct Subscriptions {
    confirmed: u32,
    pending: u32,
}

impl Notifier {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    async fn subscriptions(&self, topic: &str) -> std::result::Result<Subscriptions, Failure> {
        let mut counts = Subscriptions::default();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let list = self.store.sns().list_subscriptions_by_topic().topic_arn(topic).set_next_token(next);
            let page = list.send().await.map_err(Failure::service("sns:ListSubscriptionsByTopic"))?;
            for subscription in page.subscriptions() {
                match subscription.subscription_arn() {
                    Some(PENDING) => counts.pending += 1,
                    Some(DELETED) | None => {}
                    Some(_) => counts.confirmed += 1,
                }
            }
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        Ok(counts)
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

    /// The subscriptions to reminders decide. An unconfirmed subscription to alarms is also reported, because nothing
    /// else shows it.
    async fn delivery(&self, now: DateTime<Utc>) -> Result<Delivery> {
        let settings = self.store.settings();
        let reminders = self.subscriptions(&settings.topic).await?;
        let alarms = match &settings.alarm_topic {
            Some(topic) => Some(self.subscriptions(topic).await?),
            None => None,
        };
        let pending = reminders.pending + alarms.map_or(0, |alarms| alarms.pending);
        let has_lost = |topic: Subscriptions| settings.expects_mail && topic.confirmed + topic.pending == 0;
        let lost = [("reminders", Some(reminders)), ("alarms", alarms)].into_iter();
        let lost: Vec<&str> = lost.filter(|(_, topic)| topic.is_some_and(has_lost)).map(|(name, _)| name).collect();
        let (state, detail) = match (pending, lost.is_empty(), reminders.confirmed) {
            (0, true, 0) => (DeliveryState::NotConfigured, Some(NO_ADDRESS.to_owned())),
            (0, true, _) => (DeliveryState::Ready, None),
            (0, false, _) => (DeliveryState::Missing, Some(missing(&lost))),
            (pending, ..) => (DeliveryState::Unconfirmed, Some(unconfirmed(pending))),
        };
        let (confirmed, pending) = (Some(reminders.confirmed), Some(pending));
        Ok(Delivery { state, confirmed, pending, detail, checked_at: now })
    }
}

const NO_ADDRESS: &str = "The stack was deployed without an e-mail address, so no mail is sent. Deploy it again with the \
    parameter Email to get reminders by mail.";

fn unconfirmed(pending: u32) -> String {
    let (what, whose) = match pending {
        1 => ("1 mail subscription is not confirmed", "Its address"),
        _ => (&*format!("{pending} mail subscriptions are not confirmed"), "Each of their addresses"),
    };
    format!(
        "{what}. {whose} gets no mail until a person opens the link in AWS's mail \"Subscription Confirmation\". AWS \
         deletes a subscription that is not confirmed within 48 hours. If the mail is lost, subscribe the address again: \
         infra/README.md, section \"Mail\", has the command."
    )
}

fn missing(topics: &[&str]) -> String {
    format!(
        "AWS has deleted the mail subscription to the {}: it was not confirmed in time, or a reader unsubscribed. No mail \
         arrives. Subscribe the address again: infra/README.md, section \"Mail\", has the command.",
        topics.join(" and to the ")
    )
}
