//! The laws with the embedded adapters, each in a folder of its own.

use std::sync::Arc;

use async_trait::async_trait;
use shared::adapters::embedded;
use shared::clock::{FixedClock, WallClock};
use shared::ports::PollQueue;
use shared::words::PollJob;

use super::queue::Inbox;
use super::samples;

laws!();

struct Backend {
    store: embedded::Store,
    _folder: tempfile::TempDir,
}

impl Backend {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: embedded::Store::open(folder.path()).unwrap(), _folder: folder }
    }

    fn connectors(&self) -> embedded::Connectors {
        self.store.connectors()
    }

    fn segments(&self) -> embedded::Segments {
        self.store.segments()
    }

    fn identities(&self) -> embedded::Identities {
        self.store.identities()
    }

    fn secrets(&self) -> embedded::Secrets {
        self.store.secrets(None).unwrap()
    }

    fn archive(&self) -> embedded::Archive {
        self.store.archive(Arc::new(WallClock)).unwrap()
    }

    fn queue(&self) -> LocalInbox {
        let clock = Arc::new(FixedClock::at(samples::hour(0)));
        LocalInbox(self.store.queue(clock))
    }

    fn rate_limiter(&self) -> embedded::RateLimiter {
        self.store.rate_limiter(Arc::new(FixedClock::at(samples::hour(0))))
    }

    fn notices(&self) -> embedded::Notices {
        self.store.notices()
    }
}

struct LocalInbox(embedded::Queue);

#[async_trait]
impl Inbox for LocalInbox {
    fn queue(&self) -> &dyn PollQueue {
        &self.0
    }

    async fn arrived(&self) -> Vec<PollJob> {
        let mut jobs = Vec::new();
        let hidden_for = std::time::Duration::from_secs(60);
        while let Some(delivery) = self.0.receive(hidden_for).await.unwrap() {
            self.0.done(&delivery.receipt).await.unwrap();
            jobs.push(delivery.job);
        }
        jobs
    }
}
