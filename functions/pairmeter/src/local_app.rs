//! The single process: the embedded store behind every port.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Duration;
use shared::adapters::embedded::{Events, Notifier, Queue, Schedule, Store};
use shared::app::{App, Ports};
use shared::clock::{Clock, WallClock};
use shared::config::{Config, KEY};
use shared::http::{Detours, Http};

use crate::failure::Failure;

/// In the foreground, no time limit interrupts a poll.
const POLL_FOR: Duration = Duration::hours(24);

pub(crate) struct LocalApp {
    pub(crate) app: App,
    pub(crate) queue: Queue,
    pub(crate) schedule: Schedule,
}

/// The data folder of a command.
pub(crate) fn folder(argument: Option<PathBuf>, config: &Config) -> PathBuf {
    argument.or_else(|| config.data.clone()).unwrap_or_else(Config::default_data)
}

impl LocalApp {
    /// For commands that need stored data: a missing folder is an error, and is not created.
    pub(crate) fn stored(folder: &Path, config: &Config, detours: Detours) -> Result<Self, Failure> {
        if !Store::is_in(folder) {
            let folder = folder.display();
            return Err(Failure::Usage(format!(
                "no data in {folder}; run `pairmeter connect` first, or name another folder with --data"
            )));
        }
        Self::open(folder, config, detours)
    }

    pub(crate) fn open(folder: &Path, config: &Config, detours: Detours) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(WallClock);
        let store = Store::open(folder)?;
        let secrets = store.secrets(config.key.clone()).map_err(|error| match (&config.key, error.source()) {
            (Some(_), Some(why)) => Failure::Usage(format!("{KEY}: {why}")),
            _ => error.into(),
        })?;
        let notifier = Notifier::open(config.smtp.as_ref()).map_err(|bad| Failure::Usage(bad.to_string()))?;
        let queue = store.queue(clock.clone());
        let http = Http::new(detours).with_rate_limiter(Arc::new(store.rate_limiter(clock.clone())), clock.clone());
        let app = App(Ports {
            connectors: Arc::new(store.connectors()),
            secrets: Arc::new(secrets),
            segments: Arc::new(store.segments()),
            archive: Arc::new(store.archive(clock.clone())?),
            queue: Arc::new(queue.clone()),
            identities: Arc::new(store.identities()),
            notices: Arc::new(store.notices()),
            events: Arc::new(Events),
            notifier: Arc::new(notifier),
            clock,
            http,
            poll_for: POLL_FOR,
            reminders: config.reminders.clone(),
            policy: config.policy.clone(),
        });
        Ok(Self { app, queue, schedule: store.schedule() })
    }
}
