//! An app created from a form: the form, the returned code, and a connector whose key no person has seen.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use sandbox::github::apps::PRIVATE_KEY;
use serde_json::{Value, json};
use shared::words::{ConnectorId, ConnectorState, PollOutcome};
use tower::ServiceExt;

use crate::sandbox_world::{World, organization};

const FORM: &str = "/v1/providers/github-copilot/app-manifest";
const CONVERSIONS: &str = "/v1/providers/github-copilot/app-conversions";
const PAGE: &str = "redirect_url=https%3A%2F%2Fpairmeter.example%2Fapps";

async fn call(world: &World, method: &str, uri: &str, body: Option<Value>) -> (u16, Value) {
    let api = world.app.serve(world.app.connect());
    let request = Request::builder().method(method).uri(uri).header("content-type", "application/json");
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let response = api.oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

fn code(code: &str, slug: &str) -> Option<Value> {
    Some(json!({"code": code, "account": {"kind": "organization", "slug": slug}}))
}

#[tokio::test]
async fn a_form_has_only_needed_permissions_and_its_own_state() {
    let world = World::new().await;
    let uri = format!("{FORM}?kind=organization&slug=octo&{PAGE}");
    let (status, form) = call(&world, "GET", &uri, None).await;
    assert_eq!(status, 200, "{form}");
    let state = form["state"].as_str().unwrap();
    let post_url = format!("https://github.com/organizations/octo/settings/apps/new?state={state}");
    assert_eq!(form["post_url"], post_url);
    let read_only = json!({"organization_copilot_metrics": "read", "organization_copilot_seat_management": "read"});
    let manifest = &form["manifest"];
    assert_eq!(manifest["default_permissions"], read_only);
    assert_eq!(
        (&manifest["public"], &manifest["redirect_url"]),
        (&json!(false), &json!("https://pairmeter.example/apps"))
    );
    assert!(manifest.get("hook_attributes").is_none(), "Pairmeter needs no incoming requests");
    let (_, another) = call(&world, "GET", &uri, None).await;
    assert_ne!(another["state"], form["state"]);
    assert_eq!(world.requests_since(0), [""; 0]);
    let ghe = format!("{uri}&api_url=https%3A%2F%2Fapi.octo.ghe.com");
    let (_, form) = call(&world, "GET", &ghe, None).await;
    assert!(
        form["post_url"].as_str().unwrap().starts_with("https://octo.ghe.com/organizations/octo/settings/apps/new?")
    );
}

#[tokio::test]
async fn an_impossible_form_is_refused_with_a_reason() {
    let world = World::new().await;
    world.saved_before(organization("taken"), "ghp_good").await;
    for (uri, status, told) in [
        (format!("/v1/providers/nobody/app-manifest?kind=organization&slug=octo&{PAGE}"), 404, "provider nobody"),
        (format!("{FORM}?kind=team&slug=octo&{PAGE}"), 400, "kind"),
        (format!("{FORM}?kind=organization&slug=..&{PAGE}"), 400, "slug"),
        (format!("{FORM}?kind=organization&slug=octo"), 400, "redirect_url"),
        (format!("{FORM}?kind=organization&slug=octo&redirect_url=http%3A%2F%2Fevil.example"), 400, "must be https"),
        (format!("{FORM}?kind=organization&slug=octo&redirect_url=javascript%3Aalert(1)"), 400, "must be https"),
        (format!("{FORM}?kind=organization&slug=octo&redirect_url=http%3A%2F%2F127.0.0.1%3A8787%2Fapps"), 200, ""),
        (
            format!("{FORM}?kind=enterprise&slug=mega&{PAGE}"),
            422,
            "create one by hand at https://github.com/enterprises/mega",
        ),
        (format!("{FORM}?kind=organization&slug=Taken&{PAGE}"), 409, "is connected already"),
    ] {
        let (answered, body) = call(&world, "GET", &uri, None).await;
        assert_eq!(answered, status, "{uri}: {body}");
        assert!(told.is_empty() || body["detail"].as_str().unwrap().contains(told), "{uri}: {body}");
    }
}

#[tokio::test]
async fn a_code_becomes_a_connector_that_is_polled_once_installed() {
    let world = World::new().await;
    let (status, made) = call(&world, "POST", CONVERSIONS, code("good", "octo")).await;
    assert_eq!(status, 201, "{made}");
    let install = "https://github.com/apps/pairmeter-sandbox/installations/new";
    assert_eq!(made["app"], json!({"name": "Pairmeter Sandbox", "install_url": install}));
    let connector = &made["connector"];
    assert_eq!((&connector["state"], &connector["token"]["kind"]), (&json!("owner_must_act"), &json!("github_app")));
    assert!(connector["state_detail"].as_str().unwrap().contains(install));
    let seen = world.sandbox.requests();
    assert!(seen.len() == 1 && !seen[0].authorized, "{seen:?}");

    // The key is in the secret store and in no answer.
    let id = ConnectorId(connector["id"].as_str().unwrap().to_owned());
    assert_eq!(world.app.secrets.get(&id).await.unwrap().expose("private_key"), Some(PRIVATE_KEY));
    let (_, listed) = call(&world, "GET", &format!("/v1/connectors/{id}"), None).await;
    for text in [made.to_string(), listed.to_string()] {
        assert!(!text.contains("PRIVATE KEY") && !text.contains("sandbox-client-secret"), "{text}");
    }

    // In the sandbox it is installed everywhere, so the next poll succeeds and requests more history.
    let connector = world.app.connectors.get(&id).await.unwrap();
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    assert_eq!(world.connector(&connector).await.state, ConnectorState::Active);
    assert!(!world.ledger(&connector).await.is_empty());
}

#[tokio::test]
async fn a_poll_before_the_installation_says_where_to_install_the_app() {
    let world = World::new().await;
    let (status, made) = call(&world, "POST", CONVERSIONS, code("good", "octo-appless")).await;
    assert_eq!(status, 201, "{made}");
    let id = ConnectorId(made["connector"]["id"].as_str().unwrap().to_owned());
    let connector = world.app.connectors.get(&id).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.failure.unwrap().code(), "app_not_installed");
    let after = world.connector(&connector).await;
    assert_eq!(after.state, ConnectorState::OwnerMustAct);
    assert!(after.state_detail.unwrap().contains("must install the App pairmeter-sandbox on octo-appless"));
}

#[tokio::test]
async fn an_invalid_or_late_code_stores_nothing_and_is_not_wasted() {
    let world = World::new().await;
    for (given, status, told) in
        [("expired", 422, "start again"), ("", 400, "letters, digits"), ("../../user", 400, "letters, digits")]
    {
        let (answered, body) = call(&world, "POST", CONVERSIONS, code(given, "octo")).await;
        assert_eq!(answered, status, "{given}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(told), "{given}: {body}");
    }
    assert!(world.app.connectors.list(None).await.unwrap().is_empty());
    let (status, _) = call(&world, "POST", CONVERSIONS, code("good", "octo")).await;
    assert_eq!(status, 201);
    let requests = world.sandbox.requests().len();
    let (status, body) = call(&world, "POST", CONVERSIONS, code("another", "OCTO")).await;
    assert_eq!(status, 409, "{body}");
    assert_eq!(world.sandbox.requests().len(), requests, "the code is still valid");
}
