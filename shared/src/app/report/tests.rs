//! The report routes over HTTP: every answer by hand, every refusal as a problem.

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use serde_json::{Value, json};
use tower::ServiceExt;

use std::sync::Arc;

use super::*;
use crate::app::edge;
use crate::query::memory::{Memory, clock};
use crate::segment::{Activity, Breakdown, PullRequests, Seat};
use crate::words::{Level, SegmentState};

fn stored() -> Memory {
    let activity = |level, subject, active| Activity {
        level,
        subject,
        name: Some("octo"),
        active: Some(active),
        teams: (level == Level::User).then_some("3"),
        micro_credits: Some(12_500_000),
        ..Default::default()
    };
    let breakdown = |level, subject, value, generations| Breakdown {
        level,
        subject,
        dimension: "model",
        value,
        generations: Some(generations),
        ..Default::default()
    };
    let pull_requests =
        PullRequests { subject: "1", merged: Some(3), median_minutes_to_merge: Some(7.5), ..Default::default() };
    let seat = Seat {
        level: Level::User,
        subject: "7",
        // 2026-11-19T08:00:00Z
        last_activity_at: Some(1_795_075_200_000),
        ..Default::default()
    };
    let day = "2026-11-20";
    Memory::default()
        .connector("a", "github-copilot")
        .state("a", "2026-11-18", &[activity(Level::User, "7", 1)], SegmentState::Final)
        .state::<Activity<'_>>("a", "2026-11-19", &[], SegmentState::Failed("cut short".into()))
        .state(
            "a",
            day,
            &[
                activity(Level::Organization, "1", 2),
                activity(Level::User, "7", 1),
                activity(Level::User, "9", 0),
                activity(Level::Team, "3", 1),
            ],
            SegmentState::Provisional,
        )
        .rows(
            "a",
            day,
            &[
                breakdown(Level::Organization, "1", "gpt-5", 30),
                breakdown(Level::Organization, "1", "opus", 50),
                breakdown(Level::User, "7", "gpt-5", 30),
                breakdown(Level::User, "7", "opus", 10),
                breakdown(Level::User, "9", "opus", 40),
            ],
        )
        .rows("a", day, &[pull_requests])
        .rows("a", day, &[seat, Seat { subject: "9", last_activity_at: None, ..seat }])
}

async fn send(request: Request<Body>) -> (Response<()>, Value) {
    send_to(stored(), request).await
}

async fn send_to(memory: Memory, request: Request<Body>) -> (Response<()>, Value) {
    let memory = Arc::new(memory);
    let reports = Reports::new(Sources::of(memory));
    let app = edge::serve(routes().with_state(reports), None, clock());
    let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(parts, ()), serde_json::from_slice(&body).unwrap())
}

async fn get(uri: &str) -> (u16, Value) {
    ask(stored(), uri).await
}

async fn ask(memory: Memory, uri: &str) -> (u16, Value) {
    let (response, body) = send_to(memory, Request::get(uri).body(Body::empty()).unwrap()).await;
    (response.status().as_u16(), body)
}

#[tokio::test]
async fn usage_is_one_row_per_subject_and_day() {
    let (status, body) = get("/v1/usage?connector=a&from=2026-11-20").await;
    let metric = |value: i64| json!(value);
    assert_eq!(status, 200, "{body}");
    let row = &body["rows"][0];
    assert_eq!(row["subject"], json!({"id": "1", "name": "octo", "email": null}));
    assert_eq!(row["metrics"]["active"], metric(2));
    assert_eq!(row["metrics"]["credits"], json!(12.5));
    assert_eq!(row["metrics"].as_object().unwrap().len(), 18);
    assert_eq!((&row["day"], &row["level"]), (&json!("2026-11-20"), &json!("organization")));
    assert_eq!((&row["provisional"], &body["next_cursor"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_breakdown_sorts_by_most_and_narrows_to_a_team_as_of_the_day() {
    let brief = async |uri| {
        let (_, body) = get(uri).await;
        let rows = body["rows"].as_array().unwrap().clone();
        let row = |row: &Value| (row["value"].clone(), row["metrics"]["generations"].clone(), row["users"].clone());
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let line = |value: &str, generations: i64, users: u32| (json!(value), json!(generations), json!(users));
    assert_eq!(brief("/v1/usage/breakdown?by=model").await, [line("opus", 50, 2), line("gpt-5", 30, 1)]);
    assert_eq!(brief("/v1/usage/breakdown?by=model&subject=7").await, [line("gpt-5", 30, 1), line("opus", 10, 1)]);
    // By slug; both are in the team today.
    assert_eq!(brief("/v1/usage/breakdown?by=model&team=octo").await, [line("opus", 50, 2), line("gpt-5", 30, 1)]);
    assert_eq!(brief("/v1/usage/breakdown?by=model&team=4").await, []);
}

#[tokio::test]
async fn a_breakdown_says_of_how_many_days_it_is_and_whether_some_are_missing() {
    for (question, expected) in [
        ("interval=day&from=2026-11-20", (json!("2026-11-20"), json!(1), json!(false))),
        ("from=2026-11-20", (Value::Null, json!(1), json!(false))),
        ("from=2026-11-01", (Value::Null, json!(1), json!(true))),
        ("interval=week", (json!("2026-11-16"), json!(1), json!(true))),
    ] {
        let (_, body) = get(&format!("/v1/usage/breakdown?by=model&{question}")).await;
        let row = &body["rows"][0];
        assert_eq!((&row["day"], &row["days"], &row["partial"]), (&expected.0, &expected.1, &expected.2), "{question}");
    }
}

#[tokio::test]
async fn medians_stand_in_rows_of_one_day_only() {
    for (interval, median) in [("day", json!(7.5)), ("week", Value::Null)] {
        let (_, body) = get(&format!("/v1/pull-requests?interval={interval}")).await;
        let metrics = &body["rows"][0]["metrics"];
        assert_eq!((&metrics["merged"], &metrics["median_minutes_to_merge"]), (&json!(3), &median));
    }
}

#[tokio::test]
async fn seats_count_idle_days_and_know_who_never_came() {
    let (_, body) = get("/v1/seats").await;
    let idle: Vec<_> = body["rows"].as_array().unwrap().iter().map(|row| &row["idle_days"]).collect();
    assert_eq!(idle, [&json!(2), &Value::Null]);
    assert_eq!(body["rows"][0]["last_activity_at"], json!("2026-11-19T08:00:00Z"));
    assert_eq!((&body["rows"][0]["use"], &body["rows"][1]["use"]), (&json!("active"), &json!("never")));
    let summary = json!({"total": 2, "active_28d": 1, "idle_28d": 0, "never_active": 1, "unknown": 0,
        "pending_cancellation": 0});
    assert_eq!(body["summary"], summary);
}

#[tokio::test]
async fn a_wrong_choice_of_seats_is_refused_by_name() {
    for (question, field, words) in [
        ("sort=idle", "sort", "must be one of `name`, `plan`, `assigned`, `last_activity`"),
        ("sort=name&order=down", "order", "must be `asc` or `desc`"),
        ("order=desc", "order", "name `sort` as well"),
        ("use=rarely", "use", "must be one of `active`, `idle`, `never`, `unknown`"),
    ] {
        let (status, body) = get(&format!("/v1/seats?{question}")).await;
        assert_eq!((status, &body["field"]), (400, &json!(field)), "{question}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(words), "{question}: {body}");
    }
    let (status, body) = get("/v1/seats?use=never&sort=last_activity&order=desc&search=9").await;
    assert_eq!((status, &body["total"], &body["rows"][0]["subject"]["id"]), (200, &json!(1), &json!("9")), "{body}");
}

#[tokio::test]
async fn people_are_distinct_over_the_range() {
    let (_, body) = get("/v1/people?sort=active_days&order=desc").await;
    let id = &body["rows"][0]["id"];
    assert_eq!(id.as_str().map(str::len), Some(20));
    assert_eq!(
        body["rows"][0],
        json!({"id": id, "name": "octo", "email": null, "providers": ["github-copilot"], "connectors": ["a"],
            "first_active": "2026-11-18", "last_active": "2026-11-20", "active_days": 2,
            "teams": [{"id": "3", "name": "octo", "connector": "a"}]})
    );
    assert_eq!(body["rows"][1]["active_days"], json!(0));
    assert_eq!((&body["total"], &body["active"]), (&json!(2), &json!(1)));
}

/// code.md 3: usage with an empty subject belongs to no person, and no count of people contains it.
#[tokio::test]
async fn unattributed_usage_is_no_person_in_any_answer() {
    let user = |subject| Activity {
        level: Level::User,
        subject,
        teams: Some("3"),
        active: Some(1),
        engaged: Some(1),
        agent_requests: Some(5),
        ..Default::default()
    };
    let team = Activity { level: Level::Team, subject: "3", active: Some(1), ..Default::default() };
    let whole = Activity { subject: "1", active: Some(1), agent_requests: Some(10), ..Default::default() };
    let days = ["2026-11-19", "2026-11-20"];
    let memory = days.iter().fold(Memory::default().connector("a", "cursor"), |memory, day| {
        memory.rows("a", day, &[whole, team, user(""), user("7")])
    });
    let (_, people) = ask(memory.clone(), "/v1/people").await;
    assert_eq!((&people["total"], &people["rows"][0]["active_days"]), (&json!(1), &json!(2)));
    for (question, expected) in [
        ("", vec![json!(["1", 1, 10 * 2])]),
        ("&level=team", vec![json!(["3", 1, null])]),
        // The work stays, so that the rows add up to the account.
        ("&level=user", vec![json!(["7", 1, 10]), json!(["", null, 10])]),
    ] {
        let (_, usage) = ask(memory.clone(), &format!("/v1/usage?interval=total{question}")).await;
        let brief =
            |row: &Value| json!([row["subject"]["id"], row["metrics"]["active"], row["metrics"]["agent_requests"]]);
        assert_eq!(usage["rows"].as_array().unwrap().iter().map(brief).collect::<Vec<_>>(), expected, "{question}");
    }
}

#[tokio::test]
async fn freshness_and_ledger_name_the_day_that_failed() {
    let (_, body) = get("/v1/freshness").await;
    let row = &body["rows"][0];
    let failed = json!([{"day": "2026-11-19", "dataset": "activity", "reason": "cut short"}]);
    assert_eq!((&row["failed"], &row["holes"]), (&failed, &json!([])));
    assert_eq!((&row["complete_through"], &row["latest_day"]), (&json!("2026-11-18"), &json!("2026-11-20")));
    let (_, body) = get("/v1/connectors/a/ledger?from=2026-11-19").await;
    assert_eq!(body["days"][0]["datasets"]["activity"]["reason"], json!("cut short"));
    assert_eq!(body["days"][1]["datasets"]["seats"]["state"], json!("final"));
}

#[tokio::test]
async fn a_wrong_question_is_a_problem_that_names_its_field() {
    for (uri, status, field) in [
        ("/v1/usage?from=20261101", 400, json!("from")),
        ("/v1/usage?from=2026-11-02&to=2026-11-01", 400, json!("from")),
        ("/v1/usage?cursor=x", 400, json!("cursor")),
        ("/v1/usage?limit=0", 400, json!("limit")),
        ("/v1/usage?sort=height", 400, json!("sort")),
        ("/v1/usage?conector=a", 400, json!("conector")),
        ("/v1/usage/breakdown", 400, json!("by")),
        ("/v1/connectors/%ff/ledger", 400, json!("id")),
        ("/v1/nothing", 404, Value::Null),
    ] {
        let (got, body) = get(uri).await;
        assert_eq!((got, &body["field"]), (status, &field), "{uri} {body}");
        assert!(body["request_id"].is_string() && body["code"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn a_connector_that_is_not_there_is_named_alike_by_every_route() {
    for route in [
        "usage?connector=b",
        "usage/breakdown?by=model&connector=b",
        "pull-requests?connector=b",
        "seats?connector=b",
        "people?connector=b",
        "freshness?connector=b",
        "connectors/b/ledger",
    ] {
        let (status, body) = get(&format!("/v1/{route}")).await;
        assert_eq!((status, &body["detail"]), (404, &json!("connector b not found")), "{route}");
    }
}

#[tokio::test]
async fn a_cursor_turns_the_pages_of_its_own_question_only() {
    let questions = [
        "usage?level=user&connector=a",
        "usage?level=user&connector=a&sort=active",
        "usage?level=user&connector=a&from=2026-11-18",
        "usage?level=user&interval=week",
        "usage/breakdown?by=model",
        "usage/breakdown?by=model&interval=day",
        "seats?connector=a",
        "people?connector=a",
    ];
    let mut cursors = Vec::new();
    for question in questions {
        let (status, body) = get(&format!("/v1/{question}&limit=1")).await;
        assert_eq!(status, 200, "{question} {body}");
        cursors.push(body["next_cursor"].as_str().unwrap().to_owned());
    }
    for (asked, question) in questions.iter().enumerate() {
        for (given, cursor) in cursors.iter().enumerate() {
            // The length of a page may change on the way.
            let (status, body) = get(&format!("/v1/{question}&limit=2&cursor={cursor}")).await;
            let expected = if asked == given { (200, Value::Null) } else { (400, json!("cursor")) };
            assert_eq!((status, &body["field"]), (expected.0, &expected.1), "{given} {question} {body}");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_keeps_allow_and_the_caller_s_request_id_comes_back() {
    let request = Request::delete("/v1/usage").header("x-request-id", "mine-1");
    let (response, body) = send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((response.status().as_u16(), &body["code"]), (405, &json!("method_not_allowed")));
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(
        (response.headers()["x-request-id"].as_bytes(), &body["request_id"]),
        (&b"mine-1"[..], &json!("mine-1"))
    );
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let request = Request::get("/v1/usage").header("x-request-id", "two words");
    let (response, _) = send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["x-request-id"].len(), 36);
}

#[tokio::test]
async fn the_document_describes_every_route_and_its_problems() {
    let (_, document) = get("/v1/openapi.json").await;
    assert_eq!(document["openapi"], json!("3.1.0"));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/v1/usage") && paths.contains_key("/v1/connectors"), "of all functions");
    let operations = |item: &'_ Value| item.as_object().unwrap().values().cloned().collect::<Vec<_>>();
    for (path, operation) in
        paths.iter().flat_map(|(path, item)| operations(item).into_iter().map(move |of| (path, of)))
    {
        let problem = &operation["responses"]["400"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{path}");
        assert!(operation["summary"].is_string(), "{path}");
    }
    // An ordinary problem must fit its schema: what verification adds is optional.
    let unverified = &document["components"]["schemas"]["Unverified"];
    assert!(unverified["required"].is_null(), "{unverified}");
    assert!(!document["components"]["schemas"]["Problem"].to_string().contains("\"null\"}]"));
    let text = document.to_string();
    for name in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    // The one list that is written twice: the names by which usage may be sorted.
    let fields = <ActivityMetrics as crate::handlers::report::Metrics>::FIELDS.join("|");
    assert!(text.contains(&format!("^({fields})$")));
}
