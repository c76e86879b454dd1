//! Reading requests: body, query and path, whose refusals are problems that name the field and never repeat its value.

mod by_name;

use axum::body::{Bytes, HttpBody};
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer};

use self::by_name::ByName;
use super::problem::Problem;
use crate::identities::MAX_MAPPING_BYTES;

const A_DAY: &str = "a day such as 2026-11-20";

/// A JSON body, read strictly: unknown fields are refused by name, and lists that stand for objects. Also writes JSON.
pub struct Json<T>(pub T);

/// The query, read strictly: unknown parameters are refused by name.
pub struct Query<T>(pub T);

/// The query of a route that takes none: every parameter is refused by name.
#[derive(serde::Deserialize)]
pub struct NoQuery {}

/// Parameters in the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send the body as JSON with the header `Content-Type: application/json`",
            ));
        }
        json(&body(request, state, super::edge::MAX_BODY_BYTES).await?).map(Self)
    }
}

/// A body that is JSON, read as strictly as [`Json`], or a CSV file.
pub enum JsonOrCsv<T> {
    Json(T),
    Csv(Bytes),
}

/// The largest body of [`JsonOrCsv`]; its routes need a layer that allows it.
pub const MAX_FILE_BYTES: usize = MAX_MAPPING_BYTES;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonOrCsv<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_csv = media_type(request.headers()).is_some_and(|kind| kind == "text/csv");
        if !is_csv && !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send the body as CSV with the header `Content-Type: text/csv`, or as JSON with `application/json`",
            ));
        }
        let body = body(request, state, MAX_FILE_BYTES).await?;
        if is_csv { Ok(Self::Csv(body)) } else { json(&body).map(Self::Json) }
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S, most_bytes: usize) -> Result<Bytes, Problem> {
    let body = Bytes::from_request(request, state).await;
    body.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            match most_bytes {
                large if large >= 1_000_000 => format!("the body must be at most {} MB", large / 1_000_000),
                small => format!("the body must be at most {} KB", small / 1024),
            },
        ),
        _ => malformed("the body could not be read to its end"),
    })
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = read(&mut json, |error| !error.is_data())?;
    json.end().map_err(|_| malformed("the body must be exactly one JSON value"))?;
    Ok(read)
}

/// An empty body counts as no body, regardless of its headers.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        if request.body().is_end_stream() {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        read(serde_urlencoded::Deserializer::new(pairs), |_| false).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::from_request_parts(parts, state).await.map(|Query(none)| none)
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        match read {
            Ok(axum::extract::Path(read)) => Ok(Self(read)),
            Err(PathRejection::FailedToDeserializePathParams(refused)) => Err(match refused.into_kind() {
                ErrorKind::InvalidUtf8InPathParam { key } => Problem::invalid(key, "must be percent-encoded UTF-8"),
                ErrorKind::ParseErrorAtKey { key, .. } | ErrorKind::DeserializeError { key, .. } => {
                    Problem::invalid(key, "is not valid")
                }
                _ => malformed("the path is not valid"),
            }),
            Err(_) => Err(malformed("the path is not valid")),
        }
    }
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
}

fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers)
        .is_some_and(|kind| kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")))
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next()?.trim().to_ascii_lowercase())
}

/// `garbled` is the reason for text that is not JSON, as opposed to JSON with wrong values.
fn read<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
    garbled: impl Fn(&D::Error) -> bool,
) -> Result<T, Problem> {
    let mut unknown: Option<String> = None;
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(deserializer, &mut track);
    let mut ignored = |path: serde_ignored::Path<'_>| {
        // `?` stands for the inside of an `Option`.
        unknown.get_or_insert_with(|| path.to_string().replace("?.", ""));
    };
    let read = T::deserialize(ByName(serde_ignored::Deserializer::new(tracked, &mut ignored)));
    match (read, unknown) {
        (Err(error), _) if garbled(&error) => Err(malformed("the body is not valid JSON")),
        (Err(error), _) => Err(refusal(&track.path().to_string(), &error.to_string())),
        (Ok(_), Some(name)) => Err(Problem::invalid(printable(&name), "is unknown")),
        (Ok(read), None) => Ok(read),
    }
}

/// From serde's words only what our own types say goes out: the received value may be a secret.
fn refusal(path: &str, message: &str) -> Problem {
    let message = match message.rsplit_once(" at line ") {
        Some((message, _)) => message,
        None => message,
    };
    let within = |name: &str| match path {
        "." => name.to_owned(),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    let named = |start| message.strip_prefix(start)?.strip_suffix('`').map(within);
    if let Some(field) = named("missing field `") {
        return Problem::invalid(printable(&field), "is required");
    }
    // Its end lists the fields that there are.
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    if let Some((name, _)) = unknown {
        return Problem::invalid(printable(&within(name)), "is unknown");
    }
    if let Some(field) = named("duplicate field `") {
        return Problem::invalid(printable(&field), "is set twice");
    }
    let why = match message.rsplit_once(", expected ") {
        Some((start, expected)) if start.starts_with("invalid ") || start.starts_with("unknown variant ") => {
            format!("must be {}", in_words(expected))
        }
        _ if message.contains("invalid digit") || message.contains("number too") => {
            "must be a whole number within the limits".to_owned()
        }
        // What chrono says of a text that is no day.
        _ if message.contains("input") => format!("must be {A_DAY}"),
        _ => "is not valid".to_owned(),
    };
    match path {
        "." => malformed(format!("the body {why}")),
        path => Problem::invalid(printable(path), why),
    }
}

/// Rust's names for types, for people who never see our code.
fn in_words(expected: &str) -> &str {
    match expected {
        "u16" | "u32" | "u64" | "usize" | "i64" => "a whole number",
        "a boolean" => "true or false",
        "a formatted date string" => A_DAY,
        "a map" => "a JSON object",
        structure if structure.starts_with("struct ") => "a JSON object",
        other => other,
    }
}

/// A name that a stranger chose, fit for an answer and a log.
fn printable(name: &str) -> String {
    let fit = |c: char| c.is_ascii_alphanumeric() || "_-.[]".contains(c);
    let name = name.chars().take(64);
    name.map(|c| if fit(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Account, Level};

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Asked {
        account: Option<Account>,
        limit: u32,
        level: Level,
    }

    fn refused(body: &str) -> (Option<Box<str>>, String) {
        let problem =
            read::<Asked, _>(&mut serde_json::Deserializer::from_str(body), |error| !error.is_data()).unwrap_err();
        (problem.field, problem.detail)
    }

    fn query(query: &str) -> (Option<Box<str>>, String) {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let problem = read::<Asked, _>(serde_urlencoded::Deserializer::new(pairs), |_| false).unwrap_err();
        (problem.field, problem.detail)
    }

    #[test]
    fn a_wrong_body_names_its_field_and_never_repeats_it() {
        for (body, field, detail) in [
            (r#"{"limit":"ghp_x","level":"team"}"#, Some("limit"), "limit: must be a whole number"),
            (r#"{"level":"team"}"#, Some("limit"), "limit: is required"),
            (r#"{"account":{"kind":"organization"}}"#, Some("account.slug"), "account.slug: is required"),
            (r#"{"limit":1,"level":"team","tokn":"ghp_x"}"#, Some("tokn"), "tokn: is unknown"),
            (
                r#"{"limit":1,"level":"team","account":{"kind":"a","slug":"b","slag":"ghp_x"}}"#,
                Some("account.slag"),
                "account.slag: is unknown",
            ),
            (r#"{"limit":1,"limit":2}"#, Some("limit"), "limit: is set twice"),
            (r#"{"limit":1, ghp_x"#, None, "the body is not valid JSON"),
            (r#"{"limit":1,"level":"team","account":["a","b"]}"#, Some("account"), "account: must be a JSON object"),
            (r#"[null,1,"team"]"#, None, "the body must be a JSON object"),
            (r#""ghp_x""#, None, "the body must be a JSON object"),
        ] {
            assert_eq!(refused(body), (field.map(Into::into), detail.to_owned()), "{body}");
        }
    }

    #[test]
    fn a_wrong_query_names_its_parameter() {
        let level = "level: must be one of `organization`, `team`, `user`, `repository`, `api_key`, `service_account`";
        for (text, field, detail) in [
            ("limit=x&level=team", "limit", "limit: must be a whole number within the limits"),
            ("limit=1&level=ghp_x", "level", level),
            ("limit=1&level=member", "level", level),
            ("limit=1&level=team&form=2026-11-01", "form", "form: is unknown"),
            ("limit=1&limit=2&level=team", "limit", "limit: is set twice"),
        ] {
            assert_eq!(query(text), (Some(field.into()), detail.to_owned()), "{text}");
        }
    }
}
