//! A whole Pairmeter on the embedded store, with a sandbox that it reaches over real HTTP. One clock moves both.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use sandbox::{Options, Sandbox};
use secrecy::SecretString;
use shared::adapters::embedded::{Events, Notifier, Queue, Store};
use shared::app::{App, Ports};
use shared::clock::{Clock, FixedClock};
use shared::handlers::poll::Polled;
use shared::handlers::save::NewConnector;
use shared::handlers::verify::Connection;
use shared::http::{Detours, Http};
use shared::words::{
    Account, Check, CheckOutcome, Connector, ConnectorId, Credential, Dataset, Day, Notice, Policy, PollJob, Revision,
    SegmentHead, SegmentState, TeamSync, Verification,
};
use tempfile::TempDir;

pub const PROVIDER: &str = "github-copilot";
pub const TOKEN: &str = "ghp_A9fTopSecretOfThisSuite";

pub struct World {
    pub folder: TempDir,
    pub clock: FixedClock,
    pub sandbox: Sandbox,
    pub queue: Queue,
    pub app: App,
}

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn organization(slug: &str) -> Account {
    Account { kind: "organization".to_owned(), slug: slug.to_owned() }
}

pub fn enterprise(slug: &str) -> Account {
    Account { kind: "enterprise".to_owned(), slug: slug.to_owned() }
}

/// Small, so that a debug build polls a month in a fraction of a second.
pub fn small(now: &str) -> Options {
    Options { users: 16, days: 40, ..Options::at(time(now)) }
}

/// One letter per check, in order: pass, warn, fail, unknown, skipped.
pub fn outcome_letters(verification: &Verification) -> String {
    let letter = |check: &Check| match check.outcome {
        CheckOutcome::Pass => 'p',
        CheckOutcome::Warn => 'w',
        CheckOutcome::Fail => 'f',
        CheckOutcome::Unknown => 'u',
        CheckOutcome::Skipped => 's',
    };
    verification.checks.iter().map(letter).collect()
}

impl World {
    pub async fn new() -> World {
        World::with(small("2026-11-21T06:00:00Z")).await
    }

    pub async fn at(now: &str) -> World {
        World::with(small(now)).await
    }

    pub async fn with(options: Options) -> World {
        let sandbox = Sandbox::start(options.clone()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(options.now);
        let http = Http::new(Detours::parse(&sandbox.detour()).unwrap());
        let (queue, app) = open(folder.path(), &clock, http);
        World { folder, clock, sandbox, queue, app }
    }

    /// A second process with the same folder.
    pub fn another_app(&self) -> App {
        open(self.folder.path(), &self.clock, self.app.http.clone()).1
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn move_to(&self, now: &str) {
        self.clock.set(time(now));
        self.sandbox.set_now(time(now));
    }

    pub async fn verify(&self, account: Account, token: &str) -> Verification {
        let connection =
            Connection { provider: PROVIDER.to_owned(), account, credential: Credential::token(token), api_url: None };
        self.app.verify().run(&connection).await.unwrap()
    }

    /// Verifies and saves, as users do.
    pub async fn save(&self, account: Account, token: &str) -> Result<Connector, shared::error::Error> {
        let new = NewConnector {
            name: None,
            provider: PROVIDER.to_owned(),
            account,
            credential: Credential::token(token),
            api_url: None,
            notify: None,
            team_sync: TeamSync::default(),
        };
        self.app.save().run(new, "r").await.map(|(connector, _)| connector)
    }

    /// Saved while everything worked; the account or the token failed later.
    pub async fn saved_before(&self, account: Account, token: &str) -> Connector {
        let connector = Connector {
            id: ConnectorId(format!("{}-{}", account.kind, account.slug)),
            name: account.slug.clone(),
            provider: PROVIDER.to_owned(),
            account,
            api_url: None,
            state: shared::words::ConnectorState::Active,
            state_detail: None,
            token: shared::words::TokenFacts::default(),
            credential_history: shared::words::CredentialHistory::default(),
            notify: true,
            team_sync: TeamSync::default(),
            last_poll: None,
            freshness: shared::words::Freshness::default(),
            created_at: self.clock.now(),
            version: 1,
        };
        self.app.secrets.put(&connector.id, &Credential::token(token)).await.unwrap();
        self.app.connectors.create(&connector).await.unwrap();
        connector
    }

    /// The scheduled poll.
    pub async fn poll(&self, connector: &Connector) -> Polled {
        let job = PollJob::daily(&connector.id, self.clock.today());
        self.app.poll().run(&job, &()).await.unwrap()
    }

    /// A requested poll of these days.
    pub async fn poll_days(&self, connector: &Connector, from: &str, to: &str) -> Polled {
        let job = PollJob::requested(&connector.id, Some((day(from), day(to))), "r");
        self.app.poll().run(&job, &()).await.unwrap()
    }

    pub async fn connector(&self, connector: &Connector) -> Connector {
        self.app.connectors.get(&connector.id).await.unwrap()
    }

    pub async fn ledger(&self, connector: &Connector) -> Vec<SegmentHead> {
        self.app.segments.ledger(&connector.id).await.unwrap()
    }

    pub async fn head(&self, connector: &Connector, dataset: Dataset, on: &str) -> Option<SegmentHead> {
        self.ledger(connector).await.into_iter().find(|head| head.dataset == dataset && head.day == day(on))
    }

    pub async fn state(&self, connector: &Connector, dataset: Dataset, on: &str) -> Option<SegmentState> {
        self.head(connector, dataset, on).await.map(|head| head.state)
    }

    pub async fn revisions(&self, connector: &Connector) -> Vec<Revision> {
        self.app.segments.revisions(&connector.id).await.unwrap()
    }

    pub async fn notices(&self) -> Vec<Notice> {
        self.app.notices.list().await.unwrap()
    }

    /// The requests since the first `seen`.
    pub fn requests_since(&self, seen: usize) -> Vec<String> {
        self.sandbox.requests().into_iter().skip(seen).map(|seen| seen.target).collect()
    }
}

/// A process with `folder`.
pub fn open(folder: &Path, clock: &FixedClock, http: Http) -> (Queue, App) {
    let store = Store::open(folder).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let queue = store.queue(clock.clone());
    let key = SecretString::from("0123456789abcdef".repeat(4));
    let app = App(Ports {
        connectors: Arc::new(store.connectors()),
        secrets: Arc::new(store.secrets(Some(key)).unwrap()),
        segments: Arc::new(store.segments()),
        archive: Arc::new(store.archive(clock.clone()).unwrap()),
        queue: Arc::new(queue.clone()),
        identities: Arc::new(store.identities()),
        notices: Arc::new(store.notices()),
        events: Arc::new(Events),
        notifier: Arc::new(Notifier::Log),
        clock,
        http,
        poll_for: Duration::minutes(10),
        reminders: Default::default(),
        policy: Policy::default(),
    });
    (queue, app)
}
