//! The documented answers of the Claude Enterprise Analytics API.

use super::*;

fn page(name: &str) -> Vec<u8> {
    fixture("claude-enterprise", &format!("claude_enterprise_{name}.json"))
}

fn jane() -> Value {
    json!({"level": "user", "subject": "jane@example.com", "email": "jane@example.com", "name": "Jane Smith"})
}

#[test]
fn the_documented_tokens_of_a_person() {
    let pages = [("user-usage-1-day", page("user_usage_report"))];
    let tokens = json!({
        "model": "model", "surface": "product", "requests": 128, "tokens_in_uncached": 1_284_500,
        "tokens_cache_read": 3_200_000, "tokens_cache_write": 1500, "tokens_out": 891_000
    });
    let rows = read("claude-enterprise", Dataset::ModelUsage, "2019-12-27", &pages);
    assert_rows("models", &rows, json!(each(&[account(), jane()], &tokens)));
}

/// 41280 cents after discounts, 51600 before; two bases that are never added up.
#[test]
fn the_documented_cost_of_a_person_on_two_bases() {
    let pages = [("user-cost-1-day", page("user_cost_report"))];
    let cost = |basis: &str, amount: i64| {
        let cost = json!({
            "basis": basis, "model": "model", "line_item": "product", "currency": "USD", "micro_amount": amount
        });
        each(&[account(), jane()], &cost)
    };
    let rows = read("claude-enterprise", Dataset::Cost, "2019-12-27", &pages);
    assert_rows("cost", &rows, json!([cost("billed", 412_800_000), cost("list", 516_000_000)].concat()));
}

/// No example was published; the fields come from the reference.
#[test]
fn a_persons_day_is_the_requested_day() {
    let page = json!({"data": [{
        "user": {"type": "user", "id": "user_01EXAMPLE", "email_address": "Dev@example.com"},
        "chat_metrics": {"distinct_conversation_count": 3, "message_count": 8},
        "claude_code_metrics": {
            "core_metrics": {"commit_count": 2, "distinct_session_count": 3, "pull_request_count": 1,
                "lines_of_code": {"added_count": 20, "removed_count": 4}},
            "tool_actions": {"edit_tool": {"accepted_count": 2, "rejected_count": 1},
                "write_tool": {"accepted_count": 2, "rejected_count": 1}}
        },
        "web_search_count": 0
    }], "next_page": null});
    let pages = [("users-1-day", page.to_string().into_bytes())];
    let counts = json!({
        "active": 1, "engaged": 1, "sessions": 3, "lines_added": 20, "lines_deleted": 4, "ai_lines_added": 20,
        "edits_accepted": 4, "edits_rejected": 2, "commits": 2, "pull_requests": 1
    });
    let whole = json!({"level": "organization", "subject": "octo", "name": "octo"});
    let rows = read("claude-enterprise", Dataset::Activity, "2026-11-18", &pages);
    assert_rows("activity", &rows, json!(each(&[whole, user("dev@example.com")], &counts)));
}

/// The second row has no amount after discounts, and neither row has a list price.
#[test]
fn a_row_without_an_amount_makes_the_bill_incomplete() {
    let row = |amount: Value| {
        json!({"actor": {"email": "jane@example.com", "name": "Jane Smith"}, "starting_at": "2026-11-18T00:00:00Z",
            "product": "chat", "model": "m", "amount": amount, "list_amount": null, "currency": "USD"})
    };
    let page = json!({"data": [row(json!("41280")), row(Value::Null)], "has_more": false});
    let pages = [("user-cost-1-day", page.to_string().into_bytes())];
    let cost = json!({"basis": "billed", "model": "m", "line_item": "chat", "currency": "USD",
        "micro_amount": 412_800_000, "unpriced": 1});
    let rows = read("claude-enterprise", Dataset::Cost, "2026-11-18", &pages);
    assert_rows("cost", &rows, json!(each(&[account(), jane()], &cost)));
}
