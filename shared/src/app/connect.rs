//! The routes of the connect function: what can be connected, verify, save, look after and remove connectors; notices.

mod identities;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use chrono::{DateTime, Duration, NaiveTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::extract::{Json, MAX_FILE_BYTES, NoQuery, Path, Query};
use super::problem::Problem;
use super::request_id;
use crate::clock::Clock;
use crate::error::Error;
use crate::handlers::connectors::{Change, Connectors, DaysAgain};
use crate::handlers::identities::{DecideLink, ReplaceMapping};
use crate::handlers::register::{self, Code, Form, Register, Wish};
use crate::handlers::rotate::Rotate;
use crate::handlers::save::{NewConnector, Save};
use crate::handlers::verify::{Connection, Verify};
use crate::ports::NoticeStore;
use crate::providers::{self, About, Recognised};
use crate::words::{
    Account, Connector, ConnectorId, ConnectorState, Credential, Delivery, Freshness, LastPoll, Notice, TeamSync,
    Verification, expose,
};

/// The time of the daily poll, UTC.
pub const DAILY_POLL: NaiveTime = hour(6);
/// The times at which days without a report are requested again, UTC; template.yaml has the same hours.
pub const PENDING_POLLS: [NaiveTime; 3] = [hour(10), hour(14), hour(18)];
/// The time at which notices are sent, UTC.
pub const DAILY_NOTICES: NaiveTime = hour(7);

const fn hour(hour: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, 0, 0) {
        Some(time) => time,
        None => panic!("no such time"),
    }
}

/// The handlers behind the routes.
#[derive(Clone)]
pub struct Connect {
    pub verify: Verify,
    pub save: Save,
    pub connectors: Connectors,
    pub rotate: Rotate,
    pub register: Register,
    pub replace_mapping: ReplaceMapping,
    pub decide_link: DecideLink,
    pub notices: Arc<dyn NoticeStore>,
    pub clock: Arc<dyn Clock>,
}

/// The OpenAPI descriptions of the routes. Separate from the routes, because building it would be most of a Lambda's
/// start.
#[derive(OpenApi)]
#[openapi(paths(
    list_providers,
    recognise,
    app_manifest,
    convert_app,
    verify,
    list,
    save,
    get,
    change,
    remove,
    rotate,
    poll,
    list_notices,
    dismiss,
    identities::replace_mapping,
    identities::decide_link,
    health
))]
pub struct Document;

/// Give it its [`Connect`] with `with_state`.
pub fn routes() -> Router<Connect> {
    Router::new()
        .route("/v1/providers", routing::get(list_providers))
        .route("/v1/providers/recognise", routing::post(recognise))
        .route("/v1/providers/{provider}/app-manifest", routing::get(app_manifest))
        .route("/v1/providers/{provider}/app-conversions", routing::post(convert_app))
        .route("/v1/connectors/verify", routing::post(verify))
        .route("/v1/connectors", routing::get(list).post(save))
        .route("/v1/connectors/{id}", routing::get(get).patch(change).delete(remove))
        .route("/v1/connectors/{id}/credential", routing::put(rotate))
        .route("/v1/connectors/{id}/poll", routing::post(poll))
        .route("/v1/notices", routing::get(list_notices))
        .route("/v1/notices/{id}/dismiss", routing::post(dismiss))
        .route("/v1/identities", routing::put(identities::replace_mapping).layer(DefaultBodyLimit::max(MAX_FILE_BYTES)))
        .route("/v1/identities/links", routing::put(identities::decide_link))
        .route("/v1/health", routing::get(health))
}

/// A connector without its credential.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connector)]
pub struct View {
    pub id: ConnectorId,
    pub name: String,
    pub provider: String,
    pub account: Account,
    pub api_url: Option<String>,
    pub state: ConnectorState,
    /// The fix, if the owner must act.
    pub state_detail: Option<String>,
    pub token: TokenView,
    pub notify: bool,
    pub team_sync: TeamSync,
    pub last_poll: Option<LastPoll>,
    /// Null while paused.
    pub next_poll_at: Option<DateTime<Utc>>,
    pub freshness: Freshness,
    pub created_at: DateTime<Utc>,
}

/// Facts about a credential that are not secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    pub kind: String,
    /// Null: the provider reports no expiry date.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whole days until the expiry; negative after it.
    pub days_left: Option<i64>,
    pub scopes: Option<Vec<String>>,
    /// When it was saved or last rotated.
    pub since: DateTime<Utc>,
}

impl View {
    pub fn of(connector: Connector, now: DateTime<Utc>) -> Self {
        let since = connector.credential_since();
        let token = connector.token;
        Self {
            id: connector.id,
            name: connector.name,
            provider: connector.provider,
            account: connector.account,
            api_url: connector.api_url,
            state: connector.state,
            state_detail: connector.state_detail,
            token: TokenView {
                days_left: token.expires_at.map(|end| (end - now).num_seconds().div_euclid(24 * 60 * 60)),
                kind: token.kind,
                expires_at: token.expires_at,
                scopes: token.scopes,
                since,
            },
            notify: connector.notify,
            team_sync: connector.team_sync,
            last_poll: connector.last_poll,
            next_poll_at: (connector.state != ConnectorState::Paused).then(|| next_daily_poll(now)),
            freshness: connector.freshness,
            created_at: connector.created_at,
        }
    }
}

fn next_daily_poll(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive().and_time(DAILY_POLL).and_utc();
    if now < today { today } else { today + Duration::days(1) }
}

#[derive(Serialize, ToSchema)]
struct ProviderList {
    providers: Vec<&'static About>,
}

#[derive(Serialize, ToSchema)]
struct ConnectorPage {
    connectors: Vec<View>,
    /// Pass it as `cursor` for the next page; null on the last page.
    next_cursor: Option<String>,
    /// The state of mail delivery; null before the first daily check.
    mail: Option<Delivery>,
}

#[derive(Serialize, ToSchema)]
struct Notices {
    notices: Vec<Notice>,
    /// The state of mail delivery; null before the first daily check.
    mail: Option<Delivery>,
}

#[derive(Serialize, ToSchema)]
struct Health {
    status: &'static str,
    version: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Accepted {
    /// The poll's id in the log.
    request_id: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RemoveQuery {
    /// Also remove the history and the archive.
    #[serde(default)]
    purge: bool,
}

/// Providers: accounts, credentials and how to get them, known limits
#[utoipa::path(
    get, path = "/v1/providers", tag = "connectors",
    responses((status = OK, description = "All providers of this version.", body = ProviderList))
)]
async fn list_providers(_: NoQuery) -> Json<ProviderList> {
    Json(ProviderList { providers: providers::ALL.iter().map(|provider| provider.about()).collect() })
}

/// A pasted key of an unknown provider. It is not stored, not logged and not returned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Pasted {
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "secret")]
    key: SecretString,
}

fn secret<'de, D: Deserializer<'de>>(text: D) -> Result<SecretString, D::Error> {
    String::deserialize(text).map(SecretString::from)
}

/// Possible kinds of a key, of the most likely providers only.
#[derive(Serialize, ToSchema)]
struct Recognition {
    /// Empty if no known key begins like this; any provider may be tried.
    looks: Vec<Recognised>,
}

/// Recognize the provider of a pasted key
///
/// A hint, not a verdict: vendors change their prefixes, so only verify decides. Sends no request; stores and logs
/// nothing.
#[utoipa::path(
    post, path = "/v1/providers/recognise", tag = "connectors", request_body = Pasted,
    responses((status = OK, description = "The possible providers, and where the right key is created.", body = Recognition))
)]
async fn recognise(_: NoQuery, Json(pasted): Json<Pasted>) -> Json<Recognition> {
    Json(Recognition { looks: providers::recognise(expose(&pasted.key)) })
}

/// The new app, and the connector that waits for its installation.
#[derive(Serialize, ToSchema)]
struct Registered {
    connector: View,
    app: register::App,
}

/// The form that creates an app with exactly the needed permissions
///
/// A page posts `manifest` to `post_url`. The provider creates the app and redirects the browser to `redirect_url` with
/// a `code` for `app-conversions`. Nothing is stored.
#[utoipa::path(
    get, path = "/v1/providers/{provider}/app-manifest", tag = "connectors", params(("provider" = String, Path), Wish),
    responses(
        (status = OK, description = "The form and its address.", body = Form),
        (status = CONFLICT, description = "The account is connected already.", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "The provider cannot create an app for this kind of account, or this deployment does not allow it.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn app_manifest(
    State(connect): State<Connect>,
    Path(provider): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Json<Form>, Problem> {
    Ok(Json(connect.register.form(&provider, &wish).await?))
}

/// Create a connector from the code of a new app
///
/// The app's private key goes from the provider directly into the secret store; no response contains it. The connector
/// is `owner_must_act` until an owner installs the app at `install_url`. Then request a poll: the first successful poll
/// makes the connector active and fetches its history.
#[utoipa::path(
    post, path = "/v1/providers/{provider}/app-conversions", tag = "connectors", params(("provider" = String, Path)),
    request_body = Code,
    responses(
        (status = CREATED, description = "Saved; `Location` is the address of the connector.", body = Registered),
        (status = CONFLICT, description = "The account is connected already, or the name is taken; the code was not used.", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "The code is not valid, or this deployment does not allow the app; nothing was saved.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn convert_app(
    State(connect): State<Connect>,
    Path(provider): Path<String>,
    _: NoQuery,
    Json(code): Json<Code>,
) -> Result<Response, Problem> {
    let (connector, app) = connect.register.run(&provider, code).await?;
    let headers = location(&connector);
    let connector = View::of(connector, connect.clock.now());
    Ok((StatusCode::CREATED, headers, Json(Registered { connector, app })).into_response())
}

/// Check a connection with 14 days of real data
///
/// Nothing is stored. Responds within 25 s. The verdict is `unknown` if the provider could not be asked.
#[utoipa::path(
    post, path = "/v1/connectors/verify", tag = "connectors", request_body = Connection,
    responses((status = OK, description = "The verdict and its checks.", body = Verification))
)]
async fn verify(
    State(connect): State<Connect>,
    _: NoQuery,
    Json(connection): Json<Connection>,
) -> Result<Json<Verification>, Problem> {
    Ok(Json(connect.verify.run(&connection).await?))
}

/// Verify a connection again and save it
///
/// Its history is fetched at once, newest days first.
#[utoipa::path(
    post, path = "/v1/connectors", tag = "connectors", request_body = NewConnector,
    responses(
        (status = CREATED, description = "Saved; `Location` is the address of the connector.", body = View),
        (status = CONFLICT, description = "The account is connected already, or the name is taken.", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "A check failed; nothing was saved.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn save(State(connect): State<Connect>, _: NoQuery, Json(new): Json<NewConnector>) -> Result<Response, Problem> {
    let request_id = request_id::current().unwrap_or_default();
    let (connector, _) = connect.save.run(new, &request_id).await?;
    Ok((StatusCode::CREATED, location(&connector), Json(View::of(connector, connect.clock.now()))).into_response())
}

fn location(connector: &Connector) -> HeaderMap {
    let location = HeaderValue::from_str(&format!("/v1/connectors/{}", connector.id));
    location.ok().map(|location| (header::LOCATION, location)).into_iter().collect()
}

/// The saved connectors
#[utoipa::path(
    get, path = "/v1/connectors", tag = "connectors", params(PageQuery),
    responses((status = OK, description = "One page, oldest first.", body = ConnectorPage))
)]
async fn list(State(connect): State<Connect>, Query(query): Query<PageQuery>) -> Result<Json<ConnectorPage>, Problem> {
    let (page, next) = connect.connectors.list(query.cursor.map(ConnectorId).as_ref()).await?;
    let now = connect.clock.now();
    let connectors = page.into_iter().map(|connector| View::of(connector, now)).collect();
    let mail = connect.notices.delivery().await.map_err(Error::from)?;
    Ok(Json(ConnectorPage { connectors, next_cursor: next.map(|id| id.0), mail }))
}

/// One connector
#[utoipa::path(
    get, path = "/v1/connectors/{id}", tag = "connectors", params(("id" = String, Path)),
    responses((status = OK, description = "Its state.", body = View))
)]
async fn get(State(connect): State<Connect>, Path(id): Path<String>, _: NoQuery) -> Result<Json<View>, Problem> {
    let connector = connect.connectors.get(&ConnectorId(id)).await?;
    Ok(Json(View::of(connector, connect.clock.now())))
}

/// Rename, pause or resume a connector
#[utoipa::path(
    patch, path = "/v1/connectors/{id}", tag = "connectors", params(("id" = String, Path)), request_body = Change,
    responses(
        (status = OK, description = "The connector after the change.", body = View),
        (status = CONFLICT, description = "Another connector has this name.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change(
    State(connect): State<Connect>,
    Path(id): Path<String>,
    _: NoQuery,
    Json(change): Json<Change>,
) -> Result<Json<View>, Problem> {
    let connector =
        connect.connectors.change(&ConnectorId(id), &change, &request_id::current().unwrap_or_default()).await?;
    Ok(Json(View::of(connector, connect.clock.now())))
}

/// Remove a connector and its credential
///
/// Its history stays unless `purge` is true.
#[utoipa::path(
    delete, path = "/v1/connectors/{id}", tag = "connectors", params(("id" = String, Path), RemoveQuery),
    responses((status = NO_CONTENT, description = "Removed."))
)]
async fn remove(
    State(connect): State<Connect>,
    Path(id): Path<String>,
    Query(query): Query<RemoveQuery>,
) -> Result<StatusCode, Problem> {
    connect.connectors.remove(&ConnectorId(id), query.purge).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace a connector's credential
///
/// The new credential is verified against the same account first. The old credential stays in use until then. The
/// history stays.
#[utoipa::path(
    put, path = "/v1/connectors/{id}/credential", tag = "connectors", params(("id" = String, Path)),
    request_body(content = Object, description = "Only the credential: `{\"kind\": \"token\", \"token\": \"...\"}`."),
    responses(
        (status = OK, description = "The connector after the change; a poll is queued.", body = View),
        (status = UNPROCESSABLE_ENTITY, description = "A check failed; the old credential stays.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn rotate(
    State(connect): State<Connect>,
    Path(id): Path<String>,
    _: NoQuery,
    Json(credential): Json<Credential>,
) -> Result<Json<View>, Problem> {
    let request_id = request_id::current().unwrap_or_default();
    let rotated = connect.rotate.run(&ConnectorId(id), credential, &request_id).await;
    // The credential is the whole body here.
    let connector = rotated.map_err(|error| match error {
        Error::Invalid { field, why } => Error::invalid(field.trim_start_matches("credential."), why),
        other => other,
    })?;
    Ok(Json(View::of(connector, connect.clock.now())))
}

/// Poll a connector now
///
/// With `from` and `to`, those days are fetched again, even if they are stored. A successful poll also makes a
/// connector active whose state was `owner_must_act`.
#[utoipa::path(
    post, path = "/v1/connectors/{id}/poll", tag = "connectors", params(("id" = String, Path)),
    request_body = Option<DaysAgain>,
    responses(
        (status = ACCEPTED, description = "The poll is queued; `last_poll` shows its outcome.", body = Accepted),
        (status = CONFLICT, description = "The connector is paused.", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn poll(
    State(connect): State<Connect>,
    Path(id): Path<String>,
    _: NoQuery,
    days: Option<Json<DaysAgain>>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let days = days.map(|Json(days)| days).unwrap_or_default();
    let request_id = request_id::current().unwrap_or_default();
    connect.connectors.poll(&ConnectorId(id), &days, &request_id).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { request_id })))
}

/// Open notices, and the state of mail delivery
#[utoipa::path(
    get, path = "/v1/notices", tag = "notices",
    responses((status = OK, description = "Open notices, oldest first.", body = Notices))
)]
async fn list_notices(State(connect): State<Connect>, _: NoQuery) -> Result<Json<Notices>, Problem> {
    let notices = connect.notices.list().await.map_err(Error::from)?;
    let mail = connect.notices.delivery().await.map_err(Error::from)?;
    Ok(Json(Notices { notices, mail }))
}

/// Dismiss a notice
#[utoipa::path(
    post, path = "/v1/notices/{id}/dismiss", tag = "notices", params(("id" = String, Path)),
    responses((status = NO_CONTENT, description = "Dismissed. The notice opens again only if its cause ends and returns."))
)]
async fn dismiss(State(connect): State<Connect>, Path(id): Path<String>, _: NoQuery) -> Result<StatusCode, Problem> {
    connect.notices.dismiss(&id).await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Health check
#[utoipa::path(
    get, path = "/v1/health", tag = "health",
    responses((status = OK, description = "The service is up.", body = Health))
)]
async fn health(_: NoQuery) -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}
