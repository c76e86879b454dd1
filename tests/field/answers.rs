//! Reported inputs: answers that are larger than Lambda can send.

use serde::Serialize;
use shared::handlers::people::{PeoplePage, PeopleQuery};
use shared::handlers::report::{Interval, Page};
use shared::handlers::usage::UsageQuery;
use shared::ports::SegmentWrite;
use shared::segment::{Activity, Table};
use shared::words::{Connector, Dataset, Level, SegmentHead, SegmentState};

use crate::sandbox_world::{TOKEN, World, day, organization};

/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LAMBDA_LIMIT_BYTES: usize = 6_291_556;
const PEOPLE: usize = 10_000;
const DAY: &str = "2026-11-20";

/// A day of many people with long names, addresses and teams.
async fn crowd() -> (World, Connector) {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo-crowd"), TOKEN).await;
    let teams: Vec<String> = (0..20).map(|team| format!("{}", 4_000_000 + team)).collect();
    let teams = teams.join(",");
    let mut table = Table::of::<Activity>();
    for number in 0..PEOPLE {
        let (subject, name) = (format!("{number}"), format!("{number:05} \"{}\"", "Ana ".repeat(40)));
        let email = format!("{number:05}.{}@acme.test", "a".repeat(60));
        let (name, email, teams) = (Some(name.as_str()), Some(email.as_str()), Some(teams.as_str()));
        let counts = Activity { active: Some(1), sessions: Some(3), lines_added: Some(120), ..Activity::default() };
        table.push(&Activity { level: Level::User, subject: &subject, name, email, teams, ..counts }).unwrap();
    }
    let segment = table.finish().unwrap();
    let head = SegmentHead {
        dataset: Dataset::Activity,
        day: day(DAY),
        state: SegmentState::Final,
        revision: 0,
        rows: segment.rows,
        sources: Vec::new(),
        checksum: None,
        rows_checksum: None,
        fetched_at: world.now(),
        totals: segment.totals.clone(),
        account: segment.account.clone(),
        correlation_id: String::new(),
    };
    let write = SegmentWrite { head, content: Some(segment), repairs: false, seen: None };
    world.app.segments.replace(&connector.id, write).await.unwrap();
    (world, connector)
}

/// The response of Lambda to an HTTP API: the body is text in a JSON object.
fn envelope(answer: &impl Serialize) -> usize {
    let body = serde_json::to_string(answer).unwrap();
    let headers = serde_json::json!({"content-type": "application/json", "x-request-id": "0".repeat(36)});
    let envelope = serde_json::json!({"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": false, "cookies": []});
    envelope.to_string().len()
}

/// All rows of a query, page by page, and the largest page.
async fn walk<T: Serialize, F: Future<Output = Page<T>>>(ask: impl Fn(Option<String>) -> F) -> (Vec<T>, usize, usize) {
    let (mut rows, mut largest, mut pages, mut cursor) = (Vec::new(), 0, 0, None);
    loop {
        let page = ask(cursor.take()).await;
        largest = largest.max(envelope(&page));
        pages += 1;
        rows.extend(page.rows);
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return (rows, largest, pages),
        }
    }
}

/// B11: the largest page that can be requested.
#[tokio::test]
async fn a_page_of_usage_fits_into_a_lambda_response() {
    let (world, _) = crowd().await;
    let ask = |limit: u32| {
        let usage = world.app.reports().usage;
        move |cursor: Option<String>| {
            let usage = usage.clone();
            async move {
                let query = UsageQuery {
                    from: Some(day(DAY)),
                    to: Some(day(DAY)),
                    level: Some(Level::User),
                    interval: Interval::Day,
                    limit: Some(limit),
                    cursor,
                    ..UsageQuery::default()
                };
                usage.run(query).await.unwrap()
            }
        }
    };
    let (large, largest, pages) = walk(ask(10_000)).await;
    assert!(largest <= 5_000_000 + 1_000, "{largest} of {LAMBDA_LIMIT_BYTES}");
    assert!(pages > 1, "the rows of {PEOPLE} people need more than one page");
    let (small, _, _) = walk(ask(1_000)).await;
    assert_eq!((large.len(), &large), (PEOPLE, &small));
}

/// B11, for people.
#[tokio::test]
async fn a_page_of_people_fits_into_a_lambda_response() {
    let (world, _) = crowd().await;
    let ask = |limit: u32| {
        let people = world.app.reports().people;
        move |cursor: Option<String>| {
            let people = people.clone();
            async move {
                let query = PeopleQuery {
                    from: Some(day(DAY)),
                    to: Some(day(DAY)),
                    limit: Some(limit),
                    cursor,
                    ..PeopleQuery::default()
                };
                let PeoplePage { rows, next_cursor, .. } = people.run(query).await.unwrap();
                Page { rows, next_cursor }
            }
        }
    };
    let (large, largest, pages) = walk(ask(10_000)).await;
    assert!(largest <= 5_000_000 + 1_000, "{largest} of {LAMBDA_LIMIT_BYTES}");
    assert!(pages > 1, "the rows of {PEOPLE} people need more than one page");
    let (small, _, _) = walk(ask(1_000)).await;
    assert_eq!((large.len(), &large), (PEOPLE, &small));
}
