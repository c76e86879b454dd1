//! What stands around the routes of every HTTP function: request ids, limits, and problems for what no route answers.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;

use super::admin::{self, Page};
use super::problem::Problem;
use super::request_id;
use crate::clock::Clock;

/// The largest request is a GitHub App's private key.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The finished router of some routes, which also serves the document about the whole API. What no route answers is a
/// problem, or `page` if it is for people.
pub fn serve(routes: Router, page: Option<Page>, clock: Arc<dyn Clock>) -> Router {
    let routes = match page {
        Some(page) => routes.merge(admin::routes(page)),
        None => routes.fallback(async || no_such_route()),
    };
    routes
        .route("/v1/openapi.json", get(async || axum::Json(super::document())))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this route does not support the method; the header `Allow` lists the supported methods",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(clock, request_id::trace))
}

pub fn no_such_route() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_route", "no such route; GET /v1/openapi.json lists all routes")
}
