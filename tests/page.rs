//! How the admin app is served: encodings, headers, and paths that do not belong to it.

use std::borrow::Cow;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use shared::app::admin::{Bearer, Files, Oidc, Page, SignIn};
use shared::app::edge;
use shared::clock::WallClock;
use tower::ServiceExt;

fn built(path: &str) -> Option<Cow<'static, [u8]>> {
    let bytes: &'static [u8] = match path {
        "index.html" => b"<!doctype html>",
        "assets/index-4f2a.js" => b"plain",
        "assets/index-4f2a.js.br" => b"br",
        "assets/index-4f2a.js.gz" => b"gz",
        "favicon.svg" => b"<svg/>",
        _ => return None,
    };
    Some(Cow::Borrowed(bytes))
}

fn unbuilt(_: &str) -> Option<Cow<'static, [u8]>> {
    None
}

async fn ask(files: Files, sign_in: SignIn, request: Request<Body>) -> Response<Body> {
    let page = Page { files, sign_in, samples: Vec::new() };
    edge::serve(axum::Router::new(), Some(page), std::sync::Arc::new(WallClock)).oneshot(request).await.unwrap()
}

async fn get(path: &str, encodings: &str) -> Response<Body> {
    let request = Request::get(path).header(header::ACCEPT_ENCODING, encodings).body(Body::empty()).unwrap();
    ask(built, SignIn::Token, request).await
}

fn of<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

fn oidc() -> SignIn {
    SignIn::Oidc(Oidc {
        issuer: "https://issuer.example/pool".to_owned(),
        client_id: "page".to_owned(),
        scope: "openid email".to_owned(),
        bearer: Bearer::IdToken,
        token_host: Some("https://tokens.example".to_owned()),
    })
}

#[tokio::test]
async fn a_file_is_served_in_the_smallest_encoding_and_cached_forever() {
    for (encodings, encoding, bytes) in [
        ("gzip, deflate, br, zstd", "br", "br"),
        ("gzip;q=0.9", "gzip", "gz"),
        ("", "", "plain"),
        ("bread, gzipped", "", "plain"),
    ] {
        let response = get("/assets/index-4f2a.js", encodings).await;
        assert_eq!(of(&response, "content-encoding"), encoding, "{encodings}");
        assert_eq!(of(&response, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(of(&response, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(of(&response, "vary"), "accept-encoding");
        assert_eq!(text(response).await, bytes);
    }
    let icon = get("/favicon.svg", "br").await;
    assert_eq!((of(&icon, "content-type"), of(&icon, "cache-control")), ("image/svg+xml", "no-cache"));
}

#[tokio::test]
async fn every_page_of_the_app_is_the_index_and_is_not_cached() {
    for path in ["/", "/index.html", "/connectors", "/connectors/01a1/anything?from=2026-11-01"] {
        let response = get(path, "br").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(of(&response, "cache-control"), "no-cache");
        assert_eq!(of(&response, "content-type"), "text/html; charset=utf-8");
        assert_eq!(text(response).await, "<!doctype html>");
    }
}

/// ux.md 1: a person's ID is an e-mail address, and a reload requests it.
#[tokio::test]
async fn a_browser_gets_the_app_for_every_path_that_is_not_a_file() {
    let browser = async |path: &str| {
        let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        ask(built, SignIn::Token, request).await
    };
    for path in ["/people/hana.jensen%40octodemo.example", "/people/hana.jensen@octodemo.example?last=7", "/v1.x"] {
        let response = browser(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(of(&response, "content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(of(&response, "cache-control"), "no-cache", "{path}");
    }
    for path in ["/v1/nothing", "/v1", "/assets/index-0000.js", "/assets/a"] {
        assert_eq!(browser(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    // A missing script is not answered with a page.
    for path in ["/people/hana.jensen%40octodemo.example", "/nothing.js"] {
        assert_eq!(get(path, "br").await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_path_outside_the_app_is_a_problem() {
    for path in ["/assets/index-0000.js", "/nothing.js", "/v1/nothing", "/v1"] {
        let response = get(path, "br").await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(of(&response, "content-type"), "application/problem+json");
    }
    let posted = ask(built, SignIn::Token, Request::post("/connectors").body(Body::empty()).unwrap()).await;
    assert_eq!(posted.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_content_policy_allows_only_itself_and_the_issuer() {
    let response = get("/", "").await;
    let policy = of(&response, "content-security-policy").to_owned();
    assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(policy.contains("connect-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(of(&response, "referrer-policy"), "no-referrer");
    let response = ask(built, oidc(), Request::get("/").body(Body::empty()).unwrap()).await;
    let policy = of(&response, "content-security-policy");
    assert!(policy.contains("connect-src 'self' https://issuer.example https://tokens.example;"), "{policy}");
}

#[tokio::test]
async fn the_settings_describe_the_sign_in() {
    let settings = text(get("/admin/settings.json", "").await).await;
    assert_eq!(settings, r#"{"sign_in":{"kind":"token"}}"#);
    let request = Request::get("/admin/settings.json").body(Body::empty()).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&text(ask(built, oidc(), request).await).await).unwrap();
    let expected = serde_json::json!({"sign_in": {
        "kind": "oidc", "issuer": "https://issuer.example/pool", "client_id": "page", "scope": "openid email", "bearer": "id_token",
    }});
    assert_eq!(settings, expected);
}

#[tokio::test]
async fn a_missing_build_of_the_app_says_how_to_build_it() {
    let response = ask(unbuilt, SignIn::Token, Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(response).await.contains("make page"));
}
