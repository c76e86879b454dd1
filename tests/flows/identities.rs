//! Identities across all providers: listed, mapped by a file, confirmed and separated, over HTTP.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::costs::all_providers;
use crate::sandbox_world::World;

struct Api(Router);

impl Api {
    fn of(world: &World) -> Self {
        Self(world.app.serve(world.app.connect().merge(world.app.report())))
    }

    async fn ask(&self, method: &str, uri: &str, kind: &str, body: impl Into<Body>) -> (u16, String, Vec<u8>) {
        let request = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, kind);
        let request = request.body(body.into()).unwrap();
        let (parts, body) = self.0.clone().oneshot(request).await.unwrap().into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), kind.unwrap_or_default(), body.to_vec())
    }

    async fn json(&self, method: &str, uri: &str, kind: &str, body: impl Into<Body>) -> (u16, Value) {
        let (status, _, body) = self.ask(method, uri, kind, body).await;
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&body))))
    }

    async fn get(&self, uri: &str) -> Value {
        let (status, answer) = self.json("GET", uri, "", Body::empty()).await;
        assert_eq!(status, 200, "{uri}: {answer}");
        answer
    }

    async fn csv(&self, uri: &str, file: &str) -> (u16, Value) {
        self.json("PUT", uri, "text/csv; charset=utf-8", file.to_owned()).await
    }

    async fn decide(&self, one: &Value, other: &Value, verdict: &str) -> Value {
        let body = json!({"one": one, "other": other, "verdict": verdict}).to_string();
        let (status, answer) = self.json("PUT", "/v1/identities/links", "application/json", body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

fn rows(page: &Value) -> &Vec<Value> {
    page["rows"].as_array().unwrap()
}

#[tokio::test]
async fn people_of_six_providers_are_mapped_confirmed_and_separated() {
    let (world, connectors) = all_providers().await;
    let api = Api::of(&world);
    let all = api.get("/v1/identities?limit=10000").await;
    let (identities, people) =
        (all["summary"]["identities"].as_u64().unwrap(), all["summary"]["people"].as_u64().unwrap());
    assert_eq!(rows(&all).len() as u64, identities);
    let providers: std::collections::BTreeSet<_> =
        rows(&all).iter().map(|row| row["provider"].as_str().unwrap()).collect();
    assert_eq!(providers.len(), connectors.len());
    assert!(people < identities, "equal addresses are one person");
    assert_eq!(api.get("/v1/people?limit=10000").await["rows"].as_array().unwrap().len() as u64, people);

    // Each person has one address at all providers. One identity belongs to another person: it is separated and stays
    // alone.
    let wrong = rows(&all).iter().find(|row| !row["links"][0].is_null()).unwrap();
    api.decide(&wrong["links"][0]["identity"]["id"], &wrong["id"], "different").await;
    let people = people + 1;
    let alone = api.get("/v1/identities?status=unmatched").await;
    assert_eq!((&alone["total"], &alone["summary"]["people"]), (&json!(1), &json!(people)));
    let single = &rows(&alone)[0];
    assert_eq!(single["id"], wrong["id"]);
    let is_other = |row: &&Value| row["provider"] != wrong["provider"] && row["person"] != wrong["person"];
    let other = rows(&all).iter().find(is_other).unwrap();
    let [provider, subject] = ["provider", "subject"].map(|field| single[field].as_str().unwrap());
    let email = other["email"].as_str().unwrap();
    let file = format!("Person;Provider;Identity;Name;Team\r\n{email};{provider};{subject};Known By File;Platform\r\n");

    let (status, preview) = api.csv("/v1/identities?dry_run=true", &file).await;
    assert_eq!(
        (status, &preview["is_dry_run"], &preview["joined"]["total"]),
        (200, &json!(true), &json!(1)),
        "{preview}"
    );
    assert_eq!(preview["people_after"], people - 1);
    assert_eq!(api.get("/v1/identities").await["summary"]["people"], people, "nothing was changed");
    let version = &preview["version"];
    let (status, applied) = api.csv(&format!("/v1/identities?version={version}"), &file).await;
    assert_eq!((status, &applied["people_after"]), (200, &preview["people_after"]));
    let (status, stale) = api.csv(&format!("/v1/identities?version={version}"), "person\n").await;
    assert_eq!((status, &stale["code"]), (409, &json!("conflict")));

    let person = api.get(&format!("/v1/people/{}", single["id"].as_str().unwrap())).await;
    assert_eq!((&person["name"], &person["email"]), (&json!("Known By File"), &json!(email)));
    let team = api.get("/v1/people?team=Platform").await;
    assert_eq!((rows(&team).len(), &rows(&team)[0]["id"]), (1, &person["id"]));

    // The link is wrong: it is removed, and stays removed although the file contradicts it.
    let answer = api.decide(&other["id"], &single["id"], "different").await;
    assert_eq!(answer["people"].as_array().unwrap().len(), 2);
    let (_, again) = api.csv("/v1/identities", &file).await;
    assert_eq!((&again["people_after"], &again["kept_apart"]["total"]), (&json!(people), &json!(1)));
    let answer = api.decide(&other["id"], &single["id"], "undecided").await;
    assert_eq!(answer["people"].as_array().unwrap().len(), 1);

    let (status, kind, body) = api.ask("GET", "/v1/identities/mapping?format=csv", "", Body::empty()).await;
    assert_eq!((status, kind.as_str()), (200, "text/csv; charset=utf-8"));
    let written = String::from_utf8(body).unwrap();
    assert_eq!(
        written,
        format!("person,name,provider,identity,team,from,to\n{email},Known By File,{provider},{subject},Platform,,\n")
    );
    let mapping = api.get("/v1/identities/mapping").await;
    assert_eq!((&mapping["total"], &mapping["people"][0]["person"]), (&json!(1), &json!(email)));
    // JSON is accepted too: the same people change nothing.
    let body = json!({"people": mapping["people"]}).to_string();
    let (status, same) = api.json("PUT", "/v1/identities", "application/json", body).await;
    assert_eq!((status, &same["version"]), (200, &mapping["version"]));
    assert_eq!(api.another(&world).await, written, "another process reads what was stored");
}

impl Api {
    async fn another(&self, world: &World) -> String {
        let app = world.another_app();
        let api = Api(app.serve(app.report()));
        let request = Request::builder().uri("/v1/identities/mapping").header(header::ACCEPT, "text/csv");
        let response = api.0.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
    }
}

#[tokio::test]
async fn an_invalid_mapping_is_refused_with_every_fault() {
    let world = World::new().await;
    let api = Api::of(&world);
    let (status, _) = api.csv("/v1/identities", "person,identity\nanna@octo.example,anna\n").await;
    assert_eq!(status, 200);
    let stored = api.get("/v1/identities/mapping").await;
    let secret = "anna.secret@octo.example";
    let wrong = format!("person,provider,from\n{secret},gitlab,\n{secret},,1.2.2026\n");
    let (status, problem) = api.csv("/v1/identities", &wrong).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_file")), "{problem}");
    let faults = problem["faults"].as_array().unwrap();
    let places: Vec<_> =
        faults.iter().map(|it| (it["line"].as_u64(), it["field"].as_str().unwrap_or_default())).collect();
    assert_eq!(places, [(Some(2), "provider"), (Some(3), "from"), (Some(3), "team"), (Some(2), "person")]);
    assert!(!problem.to_string().contains("secret"), "{problem}");

    let body =
        json!({"people": [{"person": secret, "teams": [{"team": "T", "from": "2026-02-01", "to": "2026-01-01"}]}]});
    let (status, problem) = api.json("PUT", "/v1/identities", "application/json", body.to_string()).await;
    assert_eq!((status, &problem["faults"][0]["field"]), (400, &json!("people[0].teams[0].from")), "{problem}");
    let body = json!({"people": [{"persn": secret}]}).to_string();
    let (status, problem) = api.json("PUT", "/v1/identities", "application/json", body).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_request")), "{problem}");
    assert!(!problem.to_string().contains("secret"), "{problem}");

    for (kind, body, expected) in [
        ("text/plain", "person\n".to_owned(), 415),
        ("", "person\n".to_owned(), 415),
        ("text/csv", String::new(), 400),
        ("text/csv", "x".repeat(4_000_001), 413),
        ("application/json", "{\"people\": [".to_owned(), 400),
    ] {
        let (status, problem) = api.json("PUT", "/v1/identities", kind, body).await;
        assert_eq!(status, expected, "{kind}: {problem}");
    }
    let (status, problem) = api.json("PUT", "/v1/identities", "text/csv", b"person\n\xff\n".to_vec()).await;
    assert_eq!((status, &problem["faults"][0]["line"]), (400, &json!(2)), "{problem}");
    assert_eq!(api.get("/v1/identities/mapping").await, stored);
}

#[tokio::test]
async fn a_mapping_of_ten_thousand_people_can_be_imported_and_exported() {
    let world = World::new().await;
    let api = Api::of(&world);
    let mut file = "person,name,provider,identity,team,from,to\n".to_owned();
    for number in 0..10_000 {
        file += &format!(
            "person.{number}@octo.example,Person {number},github-copilot,login-{number},Team {},,\n",
            number % 40
        );
    }
    let (status, report) = api.csv("/v1/identities", &file).await;
    assert_eq!((status, &report["entries_after"], &report["unknown"]["total"]), (200, &json!(10_000), &json!(10_000)));
    assert_eq!(report["unknown"]["rows"].as_array().unwrap().len(), 200);
    let (_, _, body) = api.ask("GET", "/v1/identities/mapping?format=csv", "", Body::empty()).await;
    assert_eq!(String::from_utf8(body).unwrap(), file);
}
