//! The routes of the report function: questions about stored days. Nothing here can reach a secret.

mod identities;

use axum::extract::State;
use axum::{Router, routing};
use utoipa::OpenApi;

use super::extract::{Json, Path, Query};
use super::problem::Problem;
use crate::handlers::active_people::{ActivePeople, ActivePeopleQuery, ActivePeopleRow};
use crate::handlers::breakdown::{BreakdownQuery, BreakdownRow, ReadBreakdown};
use crate::handlers::costs::{CostRow, Costs, CostsQuery};
use crate::handlers::freshness::{FreshnessQuery, FreshnessReport, ReadFreshness};
use crate::handlers::identities::{ListIdentities, ReadMapping};
use crate::handlers::ledger::{Ledger, LedgerQuery, LedgerReport};
use crate::handlers::people::{People, PeoplePage, PeopleQuery};
use crate::handlers::person::{PersonDetail, PersonQuery};
use crate::handlers::pull_requests::{PullRequestsQuery, ReadPullRequests};
use crate::handlers::report::{ActivityMetrics, Page, PullRequestMetrics, Sources, SubjectRow};
use crate::handlers::seats::{Seats, SeatsPage, SeatsQuery};
use crate::handlers::teams::{Teams, TeamsPage, TeamsQuery};
use crate::handlers::tokens::{TokenRow, Tokens, TokensQuery};
use crate::handlers::usage::{Usage, UsageQuery};

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
    pub active_people: ActivePeople,
    pub teams: Teams,
    pub identities: ListIdentities,
    pub mapping: ReadMapping,
    pub freshness: ReadFreshness,
    pub ledger: Ledger,
}

impl Reports {
    pub fn new(sources: Sources) -> Self {
        let Sources { connectors, segments, identities, clock, .. } = sources.clone();
        macro_rules! handler {
            ($Handler:ident) => {
                $Handler { connectors: connectors.clone(), segments: segments.clone(), clock: clock.clone() }
            };
        }
        Self {
            usage: Usage(sources.clone()),
            breakdown: ReadBreakdown(sources.clone()),
            tokens: Tokens(sources.clone()),
            costs: Costs(sources.clone()),
            pull_requests: ReadPullRequests(sources.clone()),
            seats: Seats(sources.clone()),
            people: People(sources.clone()),
            active_people: ActivePeople(sources.clone()),
            teams: Teams(sources.clone()),
            identities: ListIdentities(sources),
            mapping: ReadMapping { identities },
            freshness: handler!(ReadFreshness),
            ledger: Ledger { connectors, segments },
        }
    }
}

/// What the routes say about themselves.
#[derive(OpenApi)]
#[openapi(paths(
    usage,
    breakdown,
    tokens,
    costs,
    pull_requests,
    seats,
    people,
    person,
    active_people,
    teams,
    identities::list,
    identities::mapping,
    freshness,
    ledger
))]
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
        .route("/v1/people/{id}", routing::get(person))
        .route("/v1/active-people", routing::get(active_people))
        .route("/v1/teams", routing::get(teams))
        .route("/v1/identities", routing::get(identities::list))
        .route("/v1/identities/mapping", routing::get(identities::mapping))
        .route("/v1/freshness", routing::get(freshness))
        .route("/v1/connectors/{id}/ledger", routing::get(ledger))
}

/// Usage by day, week or month
///
/// Rows are ordered by day, connector and subject. Days without stored data are omitted. Distinct people over a week, a
/// month or the whole range are counted from the rows about people; without such rows the count is null.
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

/// Tokens by person, team, model and surface
///
/// Most tokens first. Providers that report no tokens have no rows. Unattributed use has a row. People add up to the
/// organization if the provider reports both from one source. Teams do not add up, because a person may be in several
/// teams or in none.
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

/// Costs
///
/// One row per basis. Bases are different figures for the same work and are never added. Unattributed cost has a row,
/// so people add up to the organization.
#[utoipa::path(
    get, path = "/v1/costs", tag = "reports", params(CostsQuery),
    responses((status = OK, description = "One row per basis, period and group.", body = Page<CostRow>))
)]
async fn costs(
    State(reports): State<Reports>,
    Query(query): Query<CostsQuery>,
) -> Result<Json<Page<CostRow>>, Problem> {
    Ok(Json(reports.costs.run(query).await?))
}

/// Pull requests, and Copilot's share in them
///
/// Medians, in minutes, are per day only, because the median of a week cannot be calculated from the medians of its
/// days.
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

/// Seats, and whether they are used
#[utoipa::path(
    get, path = "/v1/seats", tag = "reports", params(SeatsQuery),
    responses((status = OK, description = "One row per seat of one snapshot, and a summary of them all.", body = SeatsPage))
)]
async fn seats(State(reports): State<Reports>, Query(query): Query<SeatsQuery>) -> Result<Json<SeatsPage>, Problem> {
    Ok(Json(reports.seats.run(query).await?))
}

/// People, each once across all connectors
///
/// Identities at several providers are one person if they have the same e-mail address, or if an operator links them.
#[utoipa::path(
    get, path = "/v1/people", tag = "reports", params(PeopleQuery),
    responses((status = OK, description = "One row per person.", body = PeoplePage))
)]
async fn people(State(reports): State<Reports>, Query(query): Query<PeopleQuery>) -> Result<Json<PeoplePage>, Problem> {
    Ok(Json(reports.people.run(query).await?))
}

/// One person, with all identities and links
///
/// The id of any identity finds its person. For the person's usage, pass `person` to the other reports.
#[utoipa::path(
    get, path = "/v1/people/{id}", tag = "reports",
    params(("id" = String, Path, description = "The id of a person or of an identity."), PersonQuery),
    responses((status = OK, description = "The person.", body = PersonDetail))
)]
async fn person(
    State(reports): State<Reports>,
    Path(id): Path<String>,
    Query(query): Query<PersonQuery>,
) -> Result<Json<PersonDetail>, Problem> {
    Ok(Json(reports.people.one(&id, query).await?))
}

/// The number of active people, each counted once across all connectors
///
/// Counted from rows about people. A person may be in several groups, so groups do not add up to the total.
#[utoipa::path(
    get, path = "/v1/active-people", tag = "reports", params(ActivePeopleQuery),
    responses((status = OK, description = "One row per group and period.", body = Page<ActivePeopleRow>))
)]
async fn active_people(
    State(reports): State<Reports>,
    Query(query): Query<ActivePeopleQuery>,
) -> Result<Json<Page<ActivePeopleRow>>, Problem> {
    Ok(Json(reports.active_people.run(query).await?))
}

/// Teams of all providers and of the mapping file
///
/// A member of several teams counts in each. For a team's usage, pass `team` to the other reports.
#[utoipa::path(
    get, path = "/v1/teams", tag = "reports", params(TeamsQuery),
    responses((status = OK, description = "One row per team.", body = TeamsPage))
)]
async fn teams(State(reports): State<Reports>, Query(query): Query<TeamsQuery>) -> Result<Json<TeamsPage>, Problem> {
    Ok(Json(reports.teams.run(query).await?))
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

/// The state of every day and dataset, and the revision log
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
