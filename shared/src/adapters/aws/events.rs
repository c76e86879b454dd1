//! Events on the EventBridge bus: domain events for other systems, and poll jobs.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::error::Failure;
use super::queue::SOURCE;
use super::store::Store;
use crate::ports::{self, Result};
use crate::words::Event;

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
const MAX_ENTRIES: usize = 10;
/// Attempts per entry that the bus refuses, with growing pauses.
const ATTEMPTS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Publishes events on the bus.
#[derive(Clone)]
pub struct Events {
    store: Store,
}

impl Events {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ports::Events for Events {
    async fn publish(&self, events: &[Event]) -> Result<()> {
        let entry =
            |event: &Event| Ok((event.kind(), serde_json::to_string(event).map_err(Failure::unreadable("event"))?));
        let entries = events.iter().map(entry).collect::<std::result::Result<_, Failure>>()?;
        Ok(put(&self.store, entries).await?)
    }
}

/// Puts events, each a kind and its detail, in order. After an error, some of them may not have arrived.
pub(super) async fn put(store: &Store, events: Vec<(&str, String)>) -> std::result::Result<(), Failure> {
    let entry = |(kind, detail): &(&str, String)| {
        let entry = PutEventsRequestEntry::builder().event_bus_name(&store.settings().bus).source(SOURCE);
        entry.detail_type(*kind).detail(detail).build()
    };
    for batch in events.chunks(MAX_ENTRIES) {
        put_batch(store, batch.iter().map(entry).collect()).await?;
    }
    Ok(())
}

async fn put_batch(store: &Store, entries: Vec<PutEventsRequestEntry>) -> std::result::Result<(), Failure> {
    let mut left = entries;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt)).await;
        }
        let put = store.eventbridge().put_events().set_entries(Some(left.clone())).send().await;
        let put = put.map_err(Failure::service("events:PutEvents"))?;
        if put.failed_entry_count == 0 {
            return Ok(());
        }
        // The answer has one entry per request entry, in the same order.
        let refused = put.entries().iter().map(|answer| answer.error_code().is_some());
        left = left.into_iter().zip(refused).filter(|(_, refused)| *refused).map(|(entry, _)| entry).collect();
    }
    Err(Failure::Throttled { operation: "events:PutEvents", attempts: ATTEMPTS })
}
