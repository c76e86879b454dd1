//! Events for other systems: every poll and every change of state, at least once, even if the bus refuses at first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared::error::StoreError;
use shared::handlers::connectors::Change;
use shared::ports;
use shared::words::{Connector, ConnectorState, Event, PollJob, PollOutcome};

use crate::sandbox_world::{TOKEN, World, day, organization};

/// A subscriber: keeps its events as a bus does, and may be out of order.
#[derive(Clone, Default)]
pub(super) struct Subscriber {
    take_events: Arc<Mutex<Vec<Event>>>,
    is_out_of_order: Arc<AtomicBool>,
}

#[async_trait]
impl ports::Events for Subscriber {
    async fn publish(&self, events: &[Event]) -> ports::Result<()> {
        if self.is_out_of_order.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("the bus is out of order".into()));
        }
        self.take_events.lock().unwrap().extend_from_slice(events);
        Ok(())
    }
}

impl Subscriber {
    pub(super) fn to(world: &mut World) -> Self {
        let listener = Self::default();
        world.app.events = Arc::new(listener.clone());
        listener
    }

    /// The events since the last call.
    pub(super) fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.take_events.lock().unwrap())
    }

    fn changes(&self) -> Vec<(ConnectorState, ConnectorState)> {
        let changes = self.take_events().into_iter().filter_map(|event| match event {
            Event::ConnectorStateChanged(changed) => Some((changed.before, changed.after)),
            _ => None,
        });
        changes.collect()
    }
}

async fn failing(world: &World) -> Connector {
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let failing = Connector { state: ConnectorState::Failing, ..connector };
    world.app.connectors.update(&failing).await.unwrap()
}

#[tokio::test]
async fn a_poll_publishes_its_result_and_only_changes_of_state() {
    let mut world = World::new().await;
    let listener = Subscriber::to(&mut world);
    let connector = failing(&world).await;
    world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    let take_events = listener.take_events();
    assert!(take_events.iter().any(|event| matches!(event,
        Event::PollFinished(finished) if finished.outcome == PollOutcome::Ok && finished.days == 1)));
    assert!(take_events.iter().any(|event| matches!(event, Event::ConnectorStateChanged(changed)
        if (changed.before, changed.after) == (ConnectorState::Failing, ConnectorState::Active))));
    world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    assert_eq!(listener.changes(), []);
}

#[tokio::test]
async fn an_unpublished_change_of_state_is_published_on_redelivery() {
    let mut world = World::new().await;
    let listener = Subscriber::to(&mut world);
    let connector = failing(&world).await;
    let job = PollJob::requested(&connector.id, Some((day("2026-11-20"), day("2026-11-20"))), "r");
    listener.is_out_of_order.store(true, Ordering::Relaxed);
    let refused = world.app.poll().run(&job, &()).await.unwrap_err();
    assert_eq!(refused.status(), 503, "{refused:?}");
    listener.is_out_of_order.store(false, Ordering::Relaxed);
    world.app.poll().run(&job, &()).await.unwrap();
    assert_eq!(listener.changes(), [(ConnectorState::Failing, ConnectorState::Active)]);
    assert_eq!(world.connector(&connector).await.state, ConnectorState::Active);
}

#[tokio::test]
async fn an_unpublished_pause_is_published_on_retry() {
    let mut world = World::new().await;
    let listener = Subscriber::to(&mut world);
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let pause = Change { paused: Some(true), ..Change::default() };
    listener.is_out_of_order.store(true, Ordering::Relaxed);
    world.app.connectors().change(&connector.id, &pause, "r").await.unwrap_err();
    listener.is_out_of_order.store(false, Ordering::Relaxed);
    world.app.connectors().change(&connector.id, &pause, "r").await.unwrap();
    assert_eq!(listener.changes(), [(ConnectorState::Active, ConnectorState::Paused)]);
}
