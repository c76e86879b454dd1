//! What other systems hear: every poll and every change of state, at least once, also when the bus refuses at first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shared::error::StoreError;
use shared::handlers::connectors::Change;
use shared::ports;
use shared::words::{Connector, ConnectorState, Event, PollJob, PollOutcome};

use crate::sandbox_world::{TOKEN, World, day, organization};

/// Whoever listens: keeps what it hears, as a bus does, and may be out of order.
#[derive(Clone, Default)]
pub(super) struct Listener {
    heard: Arc<Mutex<Vec<Event>>>,
    is_out_of_order: Arc<AtomicBool>,
}

#[async_trait]
impl ports::Events for Listener {
    async fn publish(&self, events: &[Event]) -> ports::Result<()> {
        if self.is_out_of_order.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("the bus is out of order".into()));
        }
        self.heard.lock().unwrap().extend_from_slice(events);
        Ok(())
    }
}

impl Listener {
    pub(super) fn to(world: &mut World) -> Self {
        let listener = Self::default();
        world.app.events = Arc::new(listener.clone());
        listener
    }

    /// What was told since it was last asked.
    pub(super) fn heard(&self) -> Vec<Event> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    fn changes(&self) -> Vec<(ConnectorState, ConnectorState)> {
        let changes = self.heard().into_iter().filter_map(|event| match event {
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
async fn a_poll_tells_how_it_ended_and_that_the_state_changed_and_nothing_where_it_stayed() {
    let mut world = World::new().await;
    let listener = Listener::to(&mut world);
    let connector = failing(&world).await;
    world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    let heard = listener.heard();
    assert!(heard.iter().any(|event| matches!(event,
        Event::PollFinished(finished) if finished.outcome == PollOutcome::Ok && finished.days == 1)));
    assert!(heard.iter().any(|event| matches!(event, Event::ConnectorStateChanged(changed)
        if (changed.before, changed.after) == (ConnectorState::Failing, ConnectorState::Active))));
    world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    assert_eq!(listener.changes(), []);
}

#[tokio::test]
async fn a_change_of_state_that_a_poll_could_not_tell_is_told_when_its_message_comes_back() {
    let mut world = World::new().await;
    let listener = Listener::to(&mut world);
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
async fn a_pause_that_could_not_be_told_is_told_when_somebody_tries_again() {
    let mut world = World::new().await;
    let listener = Listener::to(&mut world);
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let pause = Change { paused: Some(true), ..Change::default() };
    listener.is_out_of_order.store(true, Ordering::Relaxed);
    world.app.connectors().change(&connector.id, &pause, "r").await.unwrap_err();
    listener.is_out_of_order.store(false, Ordering::Relaxed);
    world.app.connectors().change(&connector.id, &pause, "r").await.unwrap();
    assert_eq!(listener.changes(), [(ConnectorState::Active, ConnectorState::Paused)]);
}
