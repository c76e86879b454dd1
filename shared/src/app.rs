//! The handlers with their ports, put together once for every world, and the HTTP edge before them.

pub mod admin;
pub mod connect;
pub mod edge;
pub mod extract;
pub mod openapi;
pub mod problem;
pub mod report;
pub mod request_id;

use std::sync::Arc;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use self::connect::Connect;
use self::report::Reports;

use crate::clock::Clock;
use crate::handlers::connectors::Connectors;
use crate::handlers::fan_out::FanOut;
use crate::handlers::notify_expiry::NotifyExpiry;
use crate::handlers::poll::Poll;
use crate::handlers::rebuild::Rebuild;
use crate::handlers::rotate::Rotate;
use crate::handlers::save::Save;
use crate::handlers::verify::Verify;
use crate::http::Http;
use crate::ports::{Archive, ConnectorStore, Events, NoticeStore, Notifier, PollQueue, SecretStore, SegmentStore};

/// The ports of one world. Each handler takes those it needs and no others.
#[derive(Clone)]
pub struct App {
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub archive: Arc<dyn Archive>,
    pub queue: Arc<dyn PollQueue>,
    pub notices: Arc<dyn NoticeStore>,
    pub events: Arc<dyn Events>,
    pub notifier: Arc<dyn Notifier>,
    pub clock: Arc<dyn Clock>,
    pub http: Http,
    /// How long one poll may run before it asks for its continuation.
    pub poll_for: chrono::Duration,
}

impl App {
    pub fn verify(&self) -> Verify {
        Verify { http: self.http.clone(), clock: self.clock.clone() }
    }

    pub fn save(&self) -> Save {
        Save {
            verify: self.verify(),
            connectors: self.connectors.clone(),
            secrets: self.secrets.clone(),
            queue: self.queue.clone(),
            clock: self.clock.clone(),
        }
    }

    pub fn connectors(&self) -> Connectors {
        Connectors {
            connectors: self.connectors.clone(),
            secrets: self.secrets.clone(),
            segments: self.segments.clone(),
            archive: self.archive.clone(),
            notices: self.notices.clone(),
            queue: self.queue.clone(),
            events: self.events.clone(),
            clock: self.clock.clone(),
        }
    }

    pub fn rotate(&self) -> Rotate {
        Rotate {
            verify: self.verify(),
            look: self.connectors(),
            connectors: self.connectors.clone(),
            secrets: self.secrets.clone(),
            queue: self.queue.clone(),
        }
    }

    pub fn poll(&self) -> Poll {
        Poll {
            connectors: self.connectors.clone(),
            secrets: self.secrets.clone(),
            segments: self.segments.clone(),
            archive: self.archive.clone(),
            queue: self.queue.clone(),
            notices: self.notices.clone(),
            events: self.events.clone(),
            clock: self.clock.clone(),
            http: self.http.clone(),
            run_for: self.poll_for,
        }
    }

    pub fn fan_out(&self) -> FanOut {
        FanOut { connectors: self.connectors.clone(), queue: self.queue.clone() }
    }

    pub fn notify_expiry(&self) -> NotifyExpiry {
        NotifyExpiry {
            connectors: self.connectors.clone(),
            notices: self.notices.clone(),
            notifier: self.notifier.clone(),
            events: self.events.clone(),
        }
    }

    pub fn rebuild(&self) -> Rebuild {
        Rebuild {
            connectors: self.connectors.clone(),
            segments: self.segments.clone(),
            archive: self.archive.clone(),
            clock: self.clock.clone(),
        }
    }

    /// What the report handlers read; none of them can reach a secret.
    pub fn reports(&self) -> Reports {
        Reports::new(self.connectors.clone(), self.segments.clone(), self.clock.clone())
    }

    /// The routes of the connect function.
    pub fn connect(&self) -> OpenApiRouter {
        let connect = Connect {
            verify: self.verify(),
            save: self.save(),
            connectors: self.connectors(),
            rotate: self.rotate(),
            notices: self.notices.clone(),
            clock: self.clock.clone(),
        };
        connect::routes().with_state(connect)
    }

    /// The routes of the report function.
    pub fn report(&self) -> OpenApiRouter {
        report::routes().with_state(self.reports())
    }

    /// What a function serves: its routes, and what stands around those of every function.
    pub fn serve(&self, routes: OpenApiRouter) -> Router {
        edge::serve(routes, self.clock.clone())
    }
}

/// What the whole API says about itself; checked in as infra/openapi.yaml.
pub fn document() -> utoipa::openapi::OpenApi {
    openapi::document([connect::routes().into_openapi(), report::routes().into_openapi()])
}
