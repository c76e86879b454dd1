//! Events in the log: in one process nobody else listens.

use async_trait::async_trait;

use crate::ports::{self, Result};
use crate::words::Event;

/// Whoever reads the log.
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
