//! OpenAI's own examples (openai-openapi of 2026-08-21), byte for byte; the expected rows are computed by hand.

use serde_json::json;
use shared::words::{Dataset, Day};

use super::{assert_segment, fixture, mapped};
use crate::providers::stub::Answer;
use crate::sandbox_world::day;

/// 1730419200, the start of every bucket in the examples.
fn on() -> Day {
    day("2024-11-01")
}

/// The documented answers, with `key` as the key of usage and costs, which the examples omit.
fn documented(key: Option<&'static str>) -> impl Fn(&str) -> Answer + Clone + Send + Sync + 'static {
    move |target| {
        let path = target.split('?').next().unwrap();
        let file = match path {
            "/v1/organization/usage/completions" if target.contains("page=page_AAAAAGdGxdEiJdKOAAAAAGcqsYA%3D") => {
                return Answer::json(r#"{"object":"page","data":[],"has_more":false,"next_page":null}"#);
            }
            "/v1/organization/usage/completions" => "openai_usage_completions.json",
            "/v1/organization/costs" => "openai_costs.json",
            "/v1/organization/users" => "openai_users.json",
            "/v1/organization/projects" => "openai_projects.json",
            "/v1/organization/projects/proj_abc/api_keys" => "openai_project_api_keys.json",
            other => panic!("unexpected {other}"),
        };
        let text = String::from_utf8(fixture("openai", file)).unwrap();
        Answer::json(&match key {
            Some(key) => text.replace("\"api_key_id\": null", &format!("\"api_key_id\": \"{key}\"")),
            None => text,
        })
    }
}

#[tokio::test]
async fn the_documented_day_is_unattributed_and_kept_completely() {
    let mapped = mapped("openai", "organization", on(), false, documented(None)).await;
    // 1000 input tokens: 400 read from a cache, 100 written to one, so 500 uncached; 500 output tokens; 5 requests;
    // no person.
    let tokens = json!({"surface": "completions", "requests": 5, "tokens_in_uncached": 500, "tokens_cache_read": 400,
        "tokens_cache_write": 100, "tokens_out": 500});
    let whose = |level: &str, subject: &str, of: &serde_json::Value| {
        let mut row = of.clone();
        row["level"] = level.into();
        row["subject"] = subject.into();
        row
    };
    let usage = [whose("organization", "octo", &tokens), whose("user", "", &tokens)];
    assert_segment(&mapped, Dataset::ModelUsage, on(), json!(usage));
    // The number of people is unknown: null, not zero.
    assert_segment(&mapped, Dataset::Activity, on(), json!([{"level": "organization", "subject": "octo"}]));
    // 0.06 dollars.
    let cost = json!({"basis": "billed", "currency": "USD", "micro_amount": 60_000});
    let costs = [whose("organization", "octo", &cost), whose("user", "", &cost)];
    assert_segment(&mapped, Dataset::Cost, on(), json!(costs));
    let totals = &mapped.segments[&(Dataset::Cost, on())].totals;
    assert_eq!(totals.iter().collect::<Vec<_>>(), [(&"billed.micro_amount".to_owned(), &60_000)]);
}

#[tokio::test]
async fn a_key_is_attributed_to_its_owner() {
    let mapped = mapped("openai", "organization", on(), false, documented(Some("key_abc"))).await;
    let owner = json!({"level": "user", "subject": "user_abc", "name": "First Last", "email": "user@example.com"});
    let with = |more: serde_json::Value| {
        let mut row = owner.clone();
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let tokens = json!({"surface": "completions", "requests": 5, "tokens_in_uncached": 500, "tokens_cache_read": 400,
        "tokens_cache_write": 100, "tokens_out": 500});
    let mut whole = tokens.clone();
    whole["level"] = "organization".into();
    whole["subject"] = "octo".into();
    assert_segment(&mapped, Dataset::ModelUsage, on(), json!([whole, with(tokens)]));
    let active = json!([{"level": "organization", "subject": "octo", "active": 1}, with(json!({"active": 1}))]);
    assert_segment(&mapped, Dataset::Activity, on(), active);
    let cost = json!({"basis": "billed", "currency": "USD", "micro_amount": 60_000});
    let mut whole = cost.clone();
    whole["level"] = "organization".into();
    whole["subject"] = "octo".into();
    assert_segment(&mapped, Dataset::Cost, on(), json!([whole, with(cost)]));
}

#[tokio::test]
async fn the_documented_member_is_a_seat() {
    let today = day("2026-11-21");
    let mapped = mapped("openai", "organization", today, true, documented(None)).await;
    let member = json!([{"level": "user", "subject": "user_abc", "name": "First Last", "email": "user@example.com",
        "role": "owner", "assigned_at": 1_711_471_533_000_i64}]);
    assert_segment(&mapped, Dataset::Seats, today, member);
}

/// The second of two results of one line item has no value.
#[test]
fn a_result_without_a_value_makes_the_bill_incomplete() {
    let result = |value: serde_json::Value| {
        json!({"object": "organization.costs.result", "amount": {"value": value, "currency": "usd"},
            "line_item": "Image models", "project_id": "proj_abc", "api_key_id": null})
    };
    let page = json!({"object": "page", "has_more": false, "data": [{
        "object": "bucket", "start_time": 1_730_419_200, "end_time": 1_730_505_600,
        "results": [result(json!(0.06)), result(json!(null))]
    }]});
    let pages = [("costs-1-day", page.to_string().into_bytes())];
    let rows = super::read("openai", Dataset::Cost, "2024-11-01", &pages);
    let cost = json!({"basis": "billed", "line_item": "Image models", "project": "proj_abc", "currency": "USD",
        "micro_amount": 60_000, "unpriced": 1});
    let heads = [super::account(), json!({"level": "user", "subject": ""})];
    super::assert_rows("cost", &rows, json!(super::each(&heads, &cost)));
}
