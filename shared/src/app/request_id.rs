//! One id and one log line for each request.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::{NoContext, Timestamp, Uuid};

use crate::clock::Clock;

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ids are not ours to repeat.
const MAX_LENGTH: usize = 64;

/// What the log calls it when a fallback answers.
const NO_ROUTE: &str = "unmatched";

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered; `None` outside one.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// The middleware around everything: names the request, and says once what became of it.
///
/// The line has the route's template, not the path, and no query: either may hold a name or worse.
pub async fn trace(State(clock): State<Arc<dyn Clock>>, request: Request, next: Next) -> Response {
    let started = clock.now();
    let given = request.headers().get(HEADER).and_then(sane);
    let request_id = given.unwrap_or_else(|| {
        let seconds = u64::try_from(started.timestamp()).unwrap_or(0);
        let stamp = Timestamp::from_unix(NoContext, seconds, started.timestamp_subsec_nanos());
        Uuid::new_v7(stamp).to_string()
    });
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request_id);
    let answered = async {
        let response = next.run(request).await;
        let ms = (clock.now() - started).num_milliseconds();
        let status = response.status().as_u16();
        // The page has many files, and none of them has personal data.
        if route == NO_ROUTE && status < 400 {
            tracing::debug!(%method, route, status, ms, "answered");
        } else {
            tracing::info!(%method, route, status, ms, "answered");
        }
        response
    };
    let answered = CURRENT.scope(request_id.clone(), answered.instrument(span));
    let mut response = answered.await;
    if let Ok(value) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn sane(value: &HeaderValue) -> Option<String> {
    let id = value.to_str().ok()?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(fit)).then(|| id.to_owned())
}
