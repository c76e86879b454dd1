//! Events as log lines. A single process has no subscribers.

use async_trait::async_trait;

use crate::ports::{self, Result};
use crate::words::Event;

/// Publishes events to the log.
#[derive(Clone, Debug, Default)]
pub struct Events;

#[async_trait]
impl ports::Events for Events {
    async fn publish(&self, events: &[Event]) -> Result<()> {
        for event in events {
            let detail = serde_json::to_string(event).unwrap_or_default();
            tracing::debug!(event = event.kind(), detail, "event");
        }
        Ok(())
    }
}
