//! The routes that change what an operator says about people.

use axum::extract::State;

use super::Connect;
use crate::app::extract::{Json, JsonOrCsv, NoQuery, Query};
use crate::app::problem::Problem;
use crate::handlers::identities::{DecidedPeople, LinkDecision, Mapping, MappingReport, ReplaceQuery};

/// Replace the mapping file, or preview the changes
///
/// The body is the whole file. It has at most 4 MB. As CSV its first line names the columns, in any order: `person`
/// (required: an e-mail address or another key), `name`, `provider`, `identity` (the provider's id, a login or an e-mail
/// address), `team`, `from`, `to` (days in the team, inclusive). Rows about one person add up. A comma, a semicolon or a tab
/// separates values. A file with a fault changes nothing, and the answer lists the faults with their lines.
#[utoipa::path(
    put, path = "/v1/identities", tag = "identities", params(ReplaceQuery),
    request_body(content((Mapping = "application/json"), (String = "text/csv"))),
    responses(
        (status = OK, description = "The changes, applied or not.", body = MappingReport),
        (status = CONFLICT, description = "The stored version is another one; nothing was changed.", body = Problem, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, description = "The body has more than 4 MB.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace_mapping(
    State(connect): State<Connect>,
    Query(query): Query<ReplaceQuery>,
    body: JsonOrCsv<Mapping>,
) -> Result<Json<MappingReport>, Problem> {
    let report = match body {
        JsonOrCsv::Csv(file) => connect.replace_mapping.csv(&file, query).await?,
        JsonOrCsv::Json(mapping) => connect.replace_mapping.json(&mapping, query).await?,
    };
    Ok(Json(report))
}

/// Decide whether two identities are one person
///
/// A decision takes precedence over the mapping file and every other reason: separated identities stay separated, even
/// with the same e-mail address.
#[utoipa::path(
    put, path = "/v1/identities/links", tag = "identities", request_body = LinkDecision,
    responses((status = OK, description = "The persons of these identities after the decision.", body = DecidedPeople))
)]
pub(super) async fn decide_link(
    State(connect): State<Connect>,
    _: NoQuery,
    Json(decision): Json<LinkDecision>,
) -> Result<Json<DecidedPeople>, Problem> {
    Ok(Json(connect.decide_link.run(&decision).await?))
}
