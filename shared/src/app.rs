//! The handlers with their ports, put together once for every world, and the HTTP edge before them.

pub mod admin;
pub mod connect;
pub mod edge;
pub mod extract;
pub mod openapi;
pub mod problem;
pub mod report;
pub mod request_id;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use axum::Router;
use utoipa::OpenApi;

use self::admin::Page;
use self::connect::Connect;
use self::report::Reports;

use crate::clock::Clock;
use crate::handlers::connectors::Connectors;
use crate::handlers::fan_out::FanOut;
use crate::handlers::identities::{DecideLink, ReplaceMapping};
use crate::handlers::notify_expiry::{NotifyExpiry, Reminders};
use crate::handlers::poll::{MOST_BULK_BYTES, Poll};
use crate::handlers::rebuild::Rebuild;
use crate::handlers::register::Register;
use crate::handlers::report::Sources;
use crate::handlers::rotate::Rotate;
use crate::handlers::save::Save;
use crate::handlers::verify::Verify;
use crate::http::Http;
use crate::ports::{
    Archive, ConnectorStore, Events, Identities, NoticeStore, Notifier, PollQueue, SecretStore, SegmentStore,
};
use crate::words::Policy;

/// Where ports come from. Each is made when it is asked for: a function links and starts no more than its handlers use.
pub trait World {
    fn connectors(&self) -> Arc<dyn ConnectorStore>;
    fn secrets(&self) -> Arc<dyn SecretStore>;
    fn segments(&self) -> Arc<dyn SegmentStore>;
    fn identities(&self) -> Arc<dyn Identities>;
    fn archive(&self) -> Arc<dyn Archive>;
    fn queue(&self) -> Arc<dyn PollQueue>;
    fn notices(&self) -> Arc<dyn NoticeStore>;
    fn events(&self) -> Arc<dyn Events>;
    fn notifier(&self) -> Arc<dyn Notifier>;
    fn clock(&self) -> Arc<dyn Clock>;
    fn http(&self) -> Http;
    /// How long one poll may run before it asks for its continuation.
    fn poll_for(&self) -> chrono::Duration;
    fn reminders(&self) -> Reminders;
    /// What may be connected.
    fn policy(&self) -> Policy;
}

/// A world whose ports are all there already.
#[derive(Clone)]
pub struct Ports {
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub identities: Arc<dyn Identities>,
    pub archive: Arc<dyn Archive>,
    pub queue: Arc<dyn PollQueue>,
    pub notices: Arc<dyn NoticeStore>,
    pub events: Arc<dyn Events>,
    pub notifier: Arc<dyn Notifier>,
    pub clock: Arc<dyn Clock>,
    pub http: Http,
    pub poll_for: chrono::Duration,
    pub reminders: Reminders,
    pub policy: Policy,
}

macro_rules! ports {
    ($($name:ident: $Port:ty,)+) => {
        impl World for Ports {
            $(fn $name(&self) -> $Port {
                self.$name.clone()
            })+
        }
    };
}

ports! {
    connectors: Arc<dyn ConnectorStore>,
    secrets: Arc<dyn SecretStore>,
    segments: Arc<dyn SegmentStore>,
    identities: Arc<dyn Identities>,
    archive: Arc<dyn Archive>,
    queue: Arc<dyn PollQueue>,
    notices: Arc<dyn NoticeStore>,
    events: Arc<dyn Events>,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
    http: Http,
    poll_for: chrono::Duration,
    reminders: Reminders,
    policy: Policy,
}

/// The handlers over one world's ports; each takes those it needs and no others.
#[derive(Clone)]
pub struct App<W = Ports>(pub W);

impl<W> Deref for App<W> {
    type Target = W;

    fn deref(&self) -> &W {
        &self.0
    }
}

impl<W> DerefMut for App<W> {
    fn deref_mut(&mut self) -> &mut W {
        &mut self.0
    }
}

impl<W: World> App<W> {
    pub fn verify(&self) -> Verify {
        Verify { http: self.0.http(), clock: self.0.clock(), policy: self.0.policy() }
    }

    pub fn save(&self) -> Save {
        Save {
            verify: self.verify(),
            connectors: self.0.connectors(),
            secrets: self.0.secrets(),
            queue: self.0.queue(),
            clock: self.0.clock(),
        }
    }

    pub fn register(&self) -> Register {
        Register {
            connectors: self.0.connectors(),
            secrets: self.0.secrets(),
            clock: self.0.clock(),
            http: self.0.http(),
            policy: self.0.policy(),
        }
    }

    pub fn connectors(&self) -> Connectors {
        Connectors {
            connectors: self.0.connectors(),
            secrets: self.0.secrets(),
            segments: self.0.segments(),
            identities: self.0.identities(),
            archive: self.0.archive(),
            notices: self.0.notices(),
            queue: self.0.queue(),
            events: self.0.events(),
            clock: self.0.clock(),
        }
    }

    pub fn rotate(&self) -> Rotate {
        Rotate {
            verify: self.verify(),
            look: self.connectors(),
            connectors: self.0.connectors(),
            secrets: self.0.secrets(),
            queue: self.0.queue(),
            notices: self.0.notices(),
        }
    }

    pub fn poll(&self) -> Poll {
        Poll {
            connectors: self.0.connectors(),
            secrets: self.0.secrets(),
            segments: self.0.segments(),
            identities: self.0.identities(),
            archive: self.0.archive(),
            queue: self.0.queue(),
            notices: self.0.notices(),
            events: self.0.events(),
            clock: self.0.clock(),
            http: self.0.http(),
            run_for: self.0.poll_for(),
            most_bulk_bytes: MOST_BULK_BYTES,
        }
    }

    pub fn fan_out(&self) -> FanOut {
        FanOut { connectors: self.0.connectors(), queue: self.0.queue() }
    }

    pub fn notify_expiry(&self) -> NotifyExpiry {
        NotifyExpiry {
            connectors: self.0.connectors(),
            notices: self.0.notices(),
            notifier: self.0.notifier(),
            events: self.0.events(),
            reminders: self.0.reminders(),
        }
    }

    pub fn rebuild(&self) -> Rebuild {
        Rebuild {
            connectors: self.0.connectors(),
            segments: self.0.segments(),
            identities: self.0.identities(),
            archive: self.0.archive(),
            clock: self.0.clock(),
        }
    }

    /// What the report handlers read; none of them can reach a secret.
    pub fn reports(&self) -> Reports {
        Reports::new(self.sources())
    }

    fn sources(&self) -> Sources {
        Sources {
            connectors: self.0.connectors(),
            segments: self.0.segments(),
            identities: self.0.identities(),
            clock: self.0.clock(),
            last_persons: Arc::default(),
        }
    }

    pub fn replace_mapping(&self) -> ReplaceMapping {
        ReplaceMapping(self.sources())
    }

    pub fn decide_link(&self) -> DecideLink {
        DecideLink(self.sources())
    }

    /// The routes of the connect function.
    pub fn connect(&self) -> Router {
        let connect = Connect {
            verify: self.verify(),
            save: self.save(),
            connectors: self.connectors(),
            rotate: self.rotate(),
            register: self.register(),
            replace_mapping: self.replace_mapping(),
            decide_link: self.decide_link(),
            notices: self.0.notices(),
            clock: self.0.clock(),
        };
        connect::routes().with_state(connect)
    }

    /// The routes of the report function.
    pub fn report(&self) -> Router {
        report::routes().with_state(self.reports())
    }

    /// The admin app, alone.
    pub fn admin(&self, page: Page) -> Router {
        self.serve_with_page(Router::new(), page)
    }

    /// What a function serves: its routes, and what stands around those of every function.
    pub fn serve(&self, routes: Router) -> Router {
        edge::serve(routes, None, self.0.clock())
    }

    /// The same, with the admin app wherever no route answers.
    pub fn serve_with_page(&self, routes: Router, page: Page) -> Router {
        edge::serve(routes, Some(page), self.0.clock())
    }
}

/// What the whole API says about itself; checked in as infra/openapi.yaml.
pub fn document() -> utoipa::openapi::OpenApi {
    openapi::document([connect::Document::openapi(), report::Document::openapi()])
}
