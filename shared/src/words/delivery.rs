//! Whether mails reach people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Every recipient gets each mail.
    Ready,
    /// A recipient gets no mail until it confirms its subscription.
    Unconfirmed,
    /// A recipient was set up and has no subscription: no mail arrives.
    Missing,
    /// No recipient is set up: no mail is sent.
    NotConfigured,
    /// The mail service did not answer.
    Unknown,
}

/// The state of mail delivery at the last check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = MailDelivery)]
pub struct Delivery {
    pub state: DeliveryState,
    /// Recipients that get each mail; null if unknown.
    pub confirmed: Option<u32>,
    /// Recipients that must confirm first; null if unknown.
    pub pending: Option<u32>,
    /// What is wrong and what to do; null if every recipient gets each mail.
    pub detail: Option<String>,
    pub checked_at: DateTime<Utc>,
}

impl Delivery {
    /// How many recipients get no mail though they should.
    pub fn unconfirmed(&self) -> u64 {
        match self.state {
            DeliveryState::Unconfirmed => self.pending.unwrap_or(1).max(1).into(),
            DeliveryState::Missing => 1,
            DeliveryState::Ready | DeliveryState::NotConfigured | DeliveryState::Unknown => 0,
        }
    }
}
