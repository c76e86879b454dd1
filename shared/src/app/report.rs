//! The routes of the report function: questions about stored days. Nothing here can reach a secret.

use std::sync::Arc;

use axum::extract::State;
use axum::{Router, routing};
use utoipa::OpenApi;

use super::extract::{Json, Path, Query};
use super::problem::Problem;
use crate::clock::Clock;
use crate::handlers::breakdown::{BreakdownQuery, BreakdownRow, ReadBreakdown};
use crate::handlers::costs::{CostRow, Costs, CostsQuery};
use crate::handlers::freshness::{FreshnessQuery, FreshnessReport, ReadFreshness};
use crate::handlers::ledger::{Ledger, LedgerQuery, LedgerReport};
use crate::handlers::people::{People, PeopleQuery, Person};
use crate::handlers::pull_requests::{PullRequestsQuery, ReadPullRequests};
use crate::handlers::report::{ActivityMetrics, Page, PullRequestMetrics, SubjectRow};
use crate::handlers::seats::{Seats, SeatsPage, SeatsQuery};
use crate::handlers::tokens::{TokenRow, Tokens, TokensQuery};
use crate::handlers::usage::{Usage, UsageQuery};
use crate::ports::{ConnectorStore, SegmentStore};

/// The handlers behind the routes.
#[derive(Clone)]
pub struct Reports {
    pub usage: Usage,
    pub breakdown: ReadBreakdown,
    pub tokens: Tokens,
    pub costs: Costs,
    pub pull_requests: ReadPullRequests,
    pub seats: Seats,
    pub people: People,
    pub freshness: ReadFreshness,
    pub ledger: Ledger,
}

impl Reports {
    pub fn new(connectors: Arc<dyn ConnectorStore>, segments: Arc<dyn SegmentStore>, clock: Arc<dyn Clock>) -> Self {
        macro_rules! handler {
            ($Handler:ident) => {
                $Handler { connectors: connectors.clone(), segments: segments.clone(), clock: clock.clone() }
            };
        }
        Self {
            usage: handler!(Usage),
            breakdown: handler!(ReadBreakdown),
            tokens: handler!(Tokens),
            costs: handler!(Costs),
            pull_requests: handler!(ReadPullRequests),
            seats: handler!(Seats),
            people: handler!(People),
            freshness: handler!(ReadFreshness),
            ledger: Ledger { connectors, segments },
        }
    }
}

/// What the routes say about themselves.
#[derive(OpenApi)]
#[openapi(paths(usage, breakdown, tokens, costs, pull_requests, seats, people, freshness, ledger))]
pub struct Document;

/// Give it its [`Reports`] with `with_state`.
pub fn routes() -> Router<Reports> {
    Router::new()
        .route("/v1/usage", routing::get(usage))
        .route("/v1/usage/breakdown", routing::get(breakdown))
        .route("/v1/tokens", routing::get(tokens))
        .route("/v1/costs", routing::get(costs))
        .route("/v1/pull-requests", routing::get(pull_requests))
        .route("/v1/seats", routing::get(seats))
        .route("/v1/people", routing::get(people))
        .route("/v1/freshness", routing::get(freshness))
        .route("/v1/connectors/{id}/ledger", routing::get(ledger))
}

/// Who used how much
///
/// Rows are ordered by day, connector and subject. Days without stored data give no row. Distinct people over a week, a
/// month or the whole range are counted anew from the rows about people; without such rows the count is null.
#[utoipa::path(
    get, path = "/v1/usage", tag = "reports", params(UsageQuery),
    responses((status = OK, description = "One row per subject and period.", body = Page<SubjectRow<ActivityMetrics>>))
)]
async fn usage(
    State(reports): State<Reports>,
    Query(query): Query<UsageQuery>,
) -> Result<Json<Page<SubjectRow<ActivityMetrics>>>, Problem> {
    Ok(Json(reports.usage.run(query).await?))
}

/// Activity by editor, language, model, feature, client or tool
///
/// Most generations and interactions first. Dimensions overlap: never add the rows of two of them.
#[utoipa::path(
    get, path = "/v1/usage/breakdown", tag = "reports", params(BreakdownQuery),
    responses((status = OK, description = "One row per value and period.", body = Page<BreakdownRow>))
)]
async fn breakdown(
    State(reports): State<Reports>,
    Query(query): Query<BreakdownQuery>,
) -> Result<Json<Page<BreakdownRow>>, Problem> {
    Ok(Json(reports.breakdown.run(query).await?))
}

/// Who used how many tokens of which model
///
/// Most tokens first. Providers that report no tokens have no rows. Unattributed use keeps a row. People add up to the
/// organization where the provider reports both from one source; teams do not, since someone may be in several of them or
/// in none.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "reports", params(TokensQuery),
    responses((status = OK, description = "One row per group and period.", body = Page<TokenRow>))
)]
async fn tokens(
    State(reports): State<Reports>,
    Query(query): Query<TokensQuery>,
) -> Result<Json<Page<TokenRow>>, Problem> {
    Ok(Json(reports.tokens.run(query).await?))
}

/// What it cost
///
/// One row per basis: what is billed, metered, included, estimated or listed are different figures for the same work and
/// are never summed. What nobody can be named for keeps a row, so that people add up to the organization.
#[utoipa::path(
    get, path = "/v1/costs", tag = "reports", params(CostsQuery),
    responses((status = OK, description = "One row per basis and period, split as asked.", body = Page<CostRow>))
)]
async fn costs(
    State(reports): State<Reports>,
    Query(query): Query<CostsQuery>,
) -> Result<Json<Page<CostRow>>, Problem> {
    Ok(Json(reports.costs.run(query).await?))
}

/// Pull requests, and what Copilot had to do with them
///
/// Medians, in minutes, are given per day only: the median of a week does not follow from those of its days.
#[utoipa::path(
    get, path = "/v1/pull-requests", tag = "reports", params(PullRequestsQuery),
    responses((status = OK, description = "One row per organization or repository and period.", body = Page<SubjectRow<PullRequestMetrics>>))
)]
async fn pull_requests(
    State(reports): State<Reports>,
    Query(query): Query<PullRequestsQuery>,
) -> Result<Json<Page<SubjectRow<PullRequestMetrics>>>, Problem> {
    Ok(Json(reports.pull_requests.run(query).await?))
}

/// Who holds a licence, and whether it is used
#[utoipa::path(
    get, path = "/v1/seats", tag = "reports", params(SeatsQuery),
    responses((status = OK, description = "One row per seat of one snapshot, and a summary of them all.", body = SeatsPage))
)]
async fn seats(State(reports): State<Reports>, Query(query): Query<SeatsQuery>) -> Result<Json<SeatsPage>, Problem> {
    Ok(Json(reports.seats.run(query).await?))
}

/// Distinct people over all connectors
#[utoipa::path(
    get, path = "/v1/people", tag = "reports", params(PeopleQuery),
    responses((status = OK, description = "One row per person, in order of id.", body = Page<Person>))
)]
async fn people(
    State(reports): State<Reports>,
    Query(query): Query<PeopleQuery>,
) -> Result<Json<Page<Person>>, Problem> {
    Ok(Json(reports.people.run(query).await?))
}

/// How far each connector's history is complete
#[utoipa::path(
    get, path = "/v1/freshness", tag = "reports", params(FreshnessQuery),
    responses((status = OK, description = "One row per connector.", body = FreshnessReport))
)]
async fn freshness(
    State(reports): State<Reports>,
    Query(query): Query<FreshnessQuery>,
) -> Result<Json<FreshnessReport>, Problem> {
    Ok(Json(reports.freshness.run(query).await?))
}

/// State of every day and dataset, and the log of numbers that changed
#[utoipa::path(
    get, path = "/v1/connectors/{id}/ledger", tag = "reports",
    params(("id" = String, Path, description = "The connector's id."), LedgerQuery),
    responses((status = OK, description = "Days oldest first, revisions newest first.", body = LedgerReport))
)]
async fn ledger(
    State(reports): State<Reports>,
    Path(id): Path<String>,
    Query(query): Query<LedgerQuery>,
) -> Result<Json<LedgerReport>, Problem> {
    Ok(Json(reports.ledger.run(&id, query).await?))
}

#[cfg(test)]
mod tests;
