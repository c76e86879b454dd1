//! The laptop's world: the embedded store behind every port.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Duration;
use shared::adapters::embedded::{Events, Notifier, Queue, Schedule, Store};
use shared::app::App;
use shared::clock::{Clock, WallClock};
use shared::config::Config;
use shared::http::{Detours, Http};

use crate::failure::Failure;

/// In the foreground nothing cuts a poll short.
const POLL_FOR: Duration = Duration::hours(24);

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) queue: Queue,
    pub(crate) schedule: Schedule,
}

/// Which folder a command works in.
pub(crate) fn folder(argument: Option<PathBuf>, config: &Config) -> PathBuf {
    argument.or_else(|| config.data.clone()).unwrap_or_else(Config::default_data)
}

impl World {
    pub(crate) fn open(folder: &Path, config: &Config, detours: Detours) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(WallClock);
        let store = Store::open(folder)?;
        let queue = store.queue(clock.clone());
        let app = App {
            connectors: Arc::new(store.connectors()),
            secrets: Arc::new(store.secrets(config.key.clone())?),
            segments: Arc::new(store.segments()),
            archive: Arc::new(store.archive()?),
            queue: Arc::new(queue.clone()),
            notices: Arc::new(store.notices()),
            events: Arc::new(Events),
            notifier: Arc::new(Notifier),
            clock,
            http: Http::new(detours).map_err(shared::error::Error::from)?,
            poll_for: POLL_FOR,
        };
        Ok(Self { app, queue, schedule: store.schedule() })
    }
}
