//! The routes that show identities, and what an operator says about them.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::Reports;
use crate::app::extract::{Json, Query};
use crate::app::problem::Problem;
use crate::handlers::identities::{IdentitiesQuery, IdentityPage, MappingFormat, MappingPage, MappingQuery};

/// Identities, their persons, links and suggestions
///
/// Identities with suggestions come first, then by name. A suggestion links nothing until an operator confirms it.
#[utoipa::path(
    get, path = "/v1/identities", operation_id = "identities", tag = "reports", params(IdentitiesQuery),
    responses((status = OK, description = "One row per identity, and a summary of them all.", body = IdentityPage))
)]
pub(super) async fn list(
    State(reports): State<Reports>,
    Query(query): Query<IdentitiesQuery>,
) -> Result<Json<IdentityPage>, Problem> {
    Ok(Json(reports.identities.run(query).await?))
}

/// The stored mapping file
///
/// As CSV, the whole file in the format that `PUT /v1/identities` accepts.
#[utoipa::path(
    get, path = "/v1/identities/mapping", operation_id = "identities_mapping", tag = "reports", params(MappingQuery),
    responses((status = OK, description = "People in the order of the file.", content((MappingPage = "application/json"), (String = "text/csv"))))
)]
pub(super) async fn mapping(
    State(reports): State<Reports>,
    Query(query): Query<MappingQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let wants_csv = accept.split([',', ';']).next().is_some_and(|first| first.trim() == "text/csv");
    let is_csv = query.format.map_or(wants_csv, |format| format == MappingFormat::Csv);
    if !is_csv {
        return Ok(Json(reports.mapping.run(query).await?).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"pairmeter-people.csv\""),
    ];
    Ok((headers, reports.mapping.csv().await?).into_response())
}
