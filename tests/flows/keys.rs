//! Recognition of pasted keys, and expiry of keys.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use shared::providers;
use shared::words::{Account, Credential, Verification};

use tower::ServiceExt;

use crate::sandbox_world::World;

async fn verify(world: &World, key: &str) -> Verification {
    let connection = shared::handlers::verify::Connection {
        provider: "openai".to_owned(),
        account: Account { kind: "organization".to_owned(), slug: "org-octo".to_owned() },
        credential: Credential::token(key),
        api_url: None,
    };
    world.app.verify().run(&connection).await.unwrap()
}

#[tokio::test]
async fn the_expiry_of_a_key_is_read_from_the_list_of_keys() {
    let world = World::new().await;
    let verification = verify(&world, "sk-admin-0000good").await;
    // The sandbox's clock plus sixty days.
    let expires_at = verification.token.expires_at.unwrap();
    assert_eq!(expires_at, world.now() + chrono::Duration::days(60));
    let other = verify(&world, "sk-admin-never-0000good").await;
    assert_eq!(other.token.expires_at, None);
}

#[test]
fn a_pasted_key_is_recognized_by_its_prefix() {
    let looks = |key: &str| -> Vec<String> {
        let looks = providers::recognise(key).into_iter();
        looks.map(|look| format!("{}:{}", look.provider, look.credential.unwrap_or("-"))).collect()
    };
    assert_eq!(looks("ghp_0123"), ["github-copilot:token"]);
    // One prefix belongs to two APIs: both are listed, and only a request decides.
    assert_eq!(looks(" sk-admin-0123 "), ["openai:token", "codex:token"]);
    assert_eq!(looks("sk-proj-0123"), ["openai:-"]);
    assert_eq!(looks("0123"), [""; 0]);
}

#[tokio::test]
async fn the_api_recognizes_a_pasted_key_and_does_not_repeat_it() {
    let world = World::new().await;
    let api = world.app.serve(world.app.connect());
    let ask = async |body: &str| {
        let request = Request::builder()
            .method("POST")
            .uri("/v1/providers/recognise")
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = api.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let (status, body) = ask(r#"{"key":"sk-proj-topsecret"}"#).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("project key") && body.contains("admin-keys") && !body.contains("topsecret"), "{body}");
    let (status, body) = ask(r#"{"key":"topsecret"}"#).await;
    assert_eq!((status, body.as_str()), (200, r#"{"looks":[]}"#));
    for wrong in [r#"{"key":["topsecret"]}"#, r#"{"kay":"topsecret"}"#, r#"{"key":"topsecret","x":1}"#] {
        let (status, body) = ask(wrong).await;
        assert!(status == 400 && !body.contains("topsecret"), "{status} {body}");
    }
    assert!(world.sandbox.requests().is_empty(), "no provider received a request");
}

#[tokio::test]
async fn a_poll_reads_the_expiry_in_the_providers_list_of_keys() {
    let world = World::new().await;
    let account = Account { kind: "organization".to_owned(), slug: "org-octo".to_owned() };
    let before = world.saved_before(account, "ghp_unused").await;
    let mut connector = shared::words::Connector { provider: "openai".to_owned(), ..before };
    connector = world.app.connectors.update(&connector).await.unwrap();
    for (key, days) in
        [("sk-admin-soon-0000good", Some(5)), ("sk-admin-0000good", Some(60)), ("sk-admin-never-0000good", None)]
    {
        world.app.secrets.put(&connector.id, &Credential::token(key)).await.unwrap();
        let polled = world.poll(&connector).await;
        assert!(polled.failure.is_none(), "{key}: {:?}", polled.failure);
        let token = world.connector(&connector).await.token;
        assert_eq!(token.expires_at, days.map(|days| world.now() + chrono::Duration::days(days)), "{key}");
    }
    // A key that may not read the list changes nothing.
    world.app.secrets.put(&connector.id, &Credential::token("sk-admin-0000good")).await.unwrap();
    world.poll(&connector).await;
    let token = world.connector(&connector).await.token;
    world.app.secrets.put(&connector.id, &Credential::token("sk-admin-usageonly-0000")).await.unwrap();
    world.poll(&connector).await;
    assert_eq!(world.connector(&connector).await.token, token);
}
