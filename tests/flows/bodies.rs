//! Invalid bodies: each is refused with its field, its values are never repeated, and nothing is stored or requested.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::sandbox_world::{PROVIDER, TOKEN, World, organization};

/// The value of every text field; no answer may contain it.
const VALUE: &str = "ghp_MustNotBeRepeated";

/// A route with a body, a valid body, and its optional fields.
struct Route {
    method: &'static str,
    path: &'static str,
    good: Value,
    optional: &'static [&'static str],
}

fn routes() -> Vec<Route> {
    let account = || json!({"kind": "organization", "slug": "octo-two"});
    let credential = || json!({"kind": "token", "token": VALUE});
    let connection = json!({
        "provider": "github-copilot", "account": account(), "credential": credential(),
        "api_url": "https://api.github.com",
    });
    let mut new = connection.clone();
    (new["name"], new["notify"]) = (json!("Octo"), json!(true));
    let route = |method, path, good, optional| Route { method, path, good, optional };
    vec![
        route("post", "/v1/connectors/verify", connection, &["api_url"]),
        route("post", "/v1/connectors", new, &["api_url", "name", "notify"]),
        route(
            "patch",
            "/v1/connectors/{id}",
            json!({"name": "Octo", "paused": true, "notify": false}),
            &["name", "paused", "notify"],
        ),
        route("put", "/v1/connectors/{id}/credential", credential(), &[]),
        route(
            "post",
            "/v1/providers/{provider}/app-conversions",
            json!({"code": "c0de", "account": account(), "name": "Octo", "api_url": "https://api.github.com"}),
            &["name", "api_url"],
        ),
        // Any list is a list of people; tests/flows/identities.rs sends invalid people.
        route("put", "/v1/identities", json!({"people": []}), &[]),
        route("put", "/v1/identities/links", json!({"one": "a", "other": "b", "verdict": "same"}), &[]),
        route("post", "/v1/providers/recognise", json!({"key": VALUE}), &[]),
        route("post", "/v1/connectors/{id}/poll", json!({"from": "2026-11-01", "to": "2026-11-02"}), &["from", "to"]),
    ]
}

/// A body, and the field that its refusal must name.
type InvalidBody = (String, Option<String>);

fn wrong_bodies(route: &Route) -> Vec<InvalidBody> {
    let whole = route.good.to_string();
    let values: Vec<&Value> = route.good.as_object().unwrap().values().collect();
    let mut cases: Vec<InvalidBody> = [
        json!(values).to_string(),
        json!([]).to_string(),
        json!([route.good]).to_string(),
        json!(VALUE).to_string(),
        json!(7).to_string(),
        json!(true).to_string(),
        Value::Null.to_string(),
        whole.clone() + &whole,
        whole[..whole.len() - 1].to_owned(),
        format!("{{{VALUE}}}"),
        "[".repeat(10_000),
        " ".to_owned(),
    ]
    .map(|body| (body, None))
    .into();
    wrong_fields(route, &route.good, &mut Vec::new(), &mut cases);
    cases
}

/// Every field of `object` with every invalid value, omitted, repeated, and with an additional field.
fn wrong_fields(route: &Route, object: &Value, path: &mut Vec<String>, cases: &mut Vec<InvalidBody>) {
    let with = |path: &[String], value: Option<Value>| {
        let (last, parents) = path.split_last().unwrap();
        let mut body = route.good.clone();
        let parent = parents.iter().fold(&mut body, |value, name| &mut value[name.as_str()]);
        match value {
            Some(value) => parent[last.as_str()] = value,
            None => drop(parent.as_object_mut().unwrap().remove(last)),
        }
        body.to_string()
    };
    path.push("unheard_of".to_owned());
    cases.push((with(path, Some(json!(VALUE))), Some(path.join("."))));
    path.pop();
    for (name, good) in object.as_object().unwrap() {
        path.push(name.clone());
        let field = path.join(".");
        let is_optional = route.optional.contains(&field.as_str());
        let mut wrong = vec![json!(7), json!(-7), json!(1.5)];
        if !good.is_array() {
            wrong.extend([json!([VALUE]), json!([])]);
        }
        match good {
            Value::Object(fields) => {
                wrong.extend([json!(VALUE), json!(true), json!(fields.values().collect::<Vec<_>>())]);
            }
            Value::String(text) if text.starts_with("2026-") => {
                wrong.extend([json!(VALUE), json!("2026-02-30"), json!("2026-11-01T00:00:00Z"), json!("")]);
            }
            Value::Bool(_) => wrong.extend([json!(VALUE), json!({"a": VALUE})]),
            _ => wrong.extend([json!(true), json!({"a": VALUE})]),
        }
        for value in wrong {
            cases.push((with(path, Some(value)), Some(field.clone())));
        }
        let given = format!("\"{name}\":{good}");
        cases.push((route.good.to_string().replacen(&given, &format!("{given},{given}"), 1), Some(field.clone())));
        if !is_optional {
            cases.push((with(path, None), Some(field.clone())));
            cases.push((with(path, Some(Value::Null)), Some(field)));
        }
        if good.is_object() {
            wrong_fields(route, good, path, cases);
        }
        path.pop();
    }
}

async fn answer(api: &Router, method: &str, uri: &str, body: &str) -> (StatusCode, String, String) {
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(uri);
    let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_owned())).unwrap();
    let (parts, body) = api.clone().oneshot(request).await.unwrap().into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, kind.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

/// Every row of every table.
fn stored(world: &World) -> Vec<String> {
    let database = rusqlite::Connection::open(world.folder.path().join("pairmeter.db")).unwrap();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let mut tables = database.prepare(tables).unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut rows = Vec::new();
    for table in names {
        let table = table.unwrap();
        let mut every = database.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = every.column_count();
        let read = every.query_map([], |row| {
            (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column)).collect::<Result<Vec<_>, _>>()
        });
        rows.extend(read.unwrap().map(|row| format!("{table}: {:?}", row.unwrap())));
    }
    rows
}

#[tokio::test]
async fn an_invalid_body_is_refused_by_field_and_leaves_no_trace() {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let api = world.app.serve(world.app.connect().merge(world.app.report()));
    let before = stored(&world);
    assert!(before.iter().any(|row| row.starts_with("secrets: ")), "{before:?}");
    let mut failures = Vec::new();
    for route in routes() {
        let uri = route.path.replace("{id}", &connector.id.0).replace("{provider}", PROVIDER);
        for (body, field) in wrong_bodies(&route) {
            let (status, kind, text) = answer(&api, route.method, &uri, &body).await;
            let problem: Value = serde_json::from_str(&text).unwrap_or_default();
            let detail = problem["detail"].as_str().unwrap_or_default();
            let is_refused = status.is_client_error()
                && kind == "application/problem+json"
                && problem["code"] == "invalid_request"
                && problem["field"].as_str() == field.as_deref()
                && detail.starts_with(field.as_deref().unwrap_or("the body "))
                && !detail.ends_with("is not valid")
                && !text.contains(VALUE);
            if !is_refused {
                let body: String = body.chars().take(150).collect();
                failures.push(format!("{} {}\n  {body}\n  {field:?}: {status} {text}", route.method, route.path));
            }
        }
    }
    assert!(failures.is_empty(), "{} of them:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(stored(&world), before);
    assert_eq!(world.requests_since(0), [""; 0]);
}

#[test]
fn every_route_with_a_body_is_tested_with_invalid_ones() {
    let document = serde_json::to_value(shared::app::document()).unwrap();
    let described = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.filter(|(_, it)| !it["requestBody"].is_null()).map(move |(method, _)| format!("{method} {path}"))
    });
    let sent = routes().into_iter().map(|route| format!("{} {}", route.method, route.path));
    assert_eq!(described.collect::<BTreeSet<_>>(), sent.collect());
}
