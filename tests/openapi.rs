//! The description of the API is a checked-in file, so that a change of the API is a visible diff.

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt;

#[test]
fn the_checked_in_description_equals_the_generated_one() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../infra/openapi.yaml");
    let json = serde_json::to_value(shared::app::document()).unwrap();
    let current = serde_norway::to_string(&json).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == current,
        "the API has changed; if this is intended, run `make openapi` and commit the difference"
    );
}

#[test]
fn every_route_of_the_contract_that_exists_is_described_once() {
    let document = serde_json::to_value(shared::app::document()).unwrap();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    for path in [
        "/v1/providers",
        "/v1/connectors/verify",
        "/v1/connectors",
        "/v1/connectors/{id}",
        "/v1/connectors/{id}/credential",
        "/v1/connectors/{id}/poll",
        "/v1/connectors/{id}/ledger",
        "/v1/usage",
        "/v1/usage/breakdown",
        "/v1/pull-requests",
        "/v1/seats",
        "/v1/people",
        "/v1/identities",
        "/v1/identities/mapping",
        "/v1/identities/links",
        "/v1/freshness",
        "/v1/notices",
        "/v1/notices/{id}/dismiss",
        "/v1/health",
    ] {
        assert!(paths.contains(&&path.to_owned()), "{path} is not described");
    }
    assert_eq!(document["openapi"], "3.1.0");
}

/// Routes and their description are two lists.
#[tokio::test]
async fn a_path_has_exactly_its_described_methods() {
    let world = crate::sandbox_world::World::new().await;
    let api = world.app.serve(world.app.connect().merge(world.app.report()));
    let document = serde_json::to_value(shared::app::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        let allowed = allowed(&api, &path.replace("{id}", "missing")).await;
        let described: BTreeSet<String> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        assert_eq!(allowed, described, "{path}");
    }
}

/// The methods of a path, from its answer to an unknown method.
async fn allowed(api: &axum::Router, path: &str) -> BTreeSet<String> {
    let request = Request::builder().method("TRACE").uri(path).body(Body::empty()).unwrap();
    let response = api.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status().as_u16(), 405, "{path}");
    let allow = response.headers()["allow"].to_str().unwrap().to_owned();
    // A path with GET also has HEAD.
    allow.split(',').map(str::to_owned).filter(|method| method != "HEAD").collect()
}
