//! Anthropic's documented answers.

use super::*;

fn page(name: &str) -> Vec<u8> {
    fixture("anthropic", &format!("anthropic_{name}.json"))
}

#[test]
fn the_documented_day_of_claude_code() {
    let pages = [("claude-code-1-day", page("claude_code"))];
    let read = |dataset| read("anthropic", dataset, "2025-09-08", &pages);
    let whole = json!({"level": "organization", "subject": "octo", "name": "octo"});
    let developer = user("developer@company.com");
    // 45 + 12 + 8 + 3 proposals were accepted, 5 + 2 + 1 + 0 rejected.
    let counts = json!({
        "active": 1, "engaged": 1, "sessions": 5, "lines_added": 1543, "lines_deleted": 892, "ai_lines_added": 1543,
        "edits_accepted": 68, "edits_rejected": 8, "commits": 12, "pull_requests": 2
    });
    assert_rows("activity", &read(Dataset::Activity), json!(each(&[whole, developer.clone()], &counts)));

    let heads = [account(), json!({"level": "user", "subject": "developer@company.com"})];
    let tool = |name: &str, all: i64, accepted: i64| json!({"dimension": "tool", "value": name, "generations": all, "acceptances": accepted});
    let expected = [
        each(&heads, &tool("edit_tool", 50, 45)),
        each(&heads, &tool("multi_edit_tool", 14, 12)),
        each(&heads, &tool("write_tool", 9, 8)),
        each(&heads, &tool("notebook_edit_tool", 3, 3)),
        each(&heads, &json!({"dimension": "client", "value": "vscode", "sessions": 5})),
    ];
    assert_rows("breakdown", &read(Dataset::Breakdown), json!(expected.concat()));

    // These tokens are a part of the messages report's count for the account, so there is no account row here.
    let tokens = json!({
        "model": "claude-opus-5-5", "surface": "claude_code", "tokens_in_uncached": 100_000,
        "tokens_cache_read": 10_000, "tokens_cache_write": 5_000, "tokens_out": 35_000
    });
    assert_rows("models", &read(Dataset::ModelUsage), json!(each(std::slice::from_ref(&developer), &tokens)));

    // 113 is 1.13 dollars.
    let cost = json!({
        "basis": "estimated", "model": "claude-opus-5-5", "line_item": "Claude Code", "currency": "USD",
        "micro_amount": 1_130_000
    });
    assert_rows("cost", &read(Dataset::Cost), json!(each(&[account(), developer], &cost)));
}

#[test]
fn rows_of_one_actor_are_summed_for_one_day_only() {
    // The second page represents a second terminal.
    let pages = ["claude-code-1-day"; 2].map(|name| (name, page("claude_code_two_users")));
    let rows = read("anthropic", Dataset::Activity, "2025-08-08", &pages);
    let counts = json!({
        "active": 1, "engaged": 1, "sessions": 30, "lines_added": 684, "lines_deleted": 256, "ai_lines_added": 684,
        "edits_accepted": 100, "edits_rejected": 12, "commits": 16, "pull_requests": 4
    });
    let whole = json!({"level": "organization", "subject": "octo", "name": "octo"});
    assert_rows("activity", &rows, json!(each(&[whole, user("user1@example.com")], &counts)));
    let cost = |model: &str, amount: i64| {
        let cost = json!({
            "basis": "estimated", "model": model, "line_item": "Claude Code", "currency": "USD",
            "micro_amount": amount
        });
        each(&[account(), user("user1@example.com")], &cost)
    };
    let expected = [cost("claude-sonnet-4-20250514", 3_720_000), cost("claude-3-5-haiku-20241022", 840_000)];
    let rows = read("anthropic", Dataset::Cost, "2025-08-08", &pages);
    assert_rows("cost", &rows, json!(expected.concat()));
}

#[test]
fn a_key_is_an_actor_but_not_a_person() {
    let page = json!({"data": [{
        "date": "2025-09-08", "actor": {"type": "api_actor", "api_key_name": "ci"}, "terminal_type": "tmux",
        "core_metrics": {"num_sessions": 2}, "tool_actions": null, "model_breakdown": []
    }], "has_more": false});
    let pages = [("claude-code-1-day", page.to_string().into_bytes())];
    let rows = read("anthropic", Dataset::Activity, "2025-09-08", &pages);
    let key = json!({"level": "api_key", "subject": "ci", "name": "ci", "active": 1, "sessions": 2});
    let whole = json!({
        "level": "organization", "subject": "octo", "name": "octo", "active": 0, "engaged": 0, "sessions": 2
    });
    // The key worked, and no person did.
    assert_rows("activity", &rows, json!([whole, key]));
}

/// 12345 cents are 123.45 dollars. No person is named, so an unattributed row below the account has them.
#[test]
fn the_bill_is_in_cents_and_unattributed() {
    let pages = [("cost-1-day", page("cost_report"))];
    let bill = json!({
        "basis": "billed", "line_item": "Model Usage", "project": "wrkspc_123", "currency": "USD",
        "micro_amount": 123_450_000
    });
    let unattributed = json!({"level": "user", "subject": ""});
    let rows = read("anthropic", Dataset::Cost, "2026-08-01", &pages);
    assert_rows("cost", &rows, json!(each(&[account(), unattributed], &bill)));
}

/// No example was published; the fields come from the reference.
#[test]
fn messages_are_counted_for_key_workspace_and_account() {
    let page = json!({"data": [{
        "starting_at": "2026-11-19T00:00:00Z", "ending_at": "2026-11-20T00:00:00Z", "results": [{
            "account_id": null, "api_key_id": "apikey_01EXAMPLE", "workspace_id": null, "service_account_id": null,
            "model": "claude-opus-5-5", "uncached_input_tokens": 1500,
            "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
            "cache_read_input_tokens": 200, "output_tokens": 500, "server_tool_use": {"web_search_requests": 10}
        }]
    }], "has_more": false, "next_page": null});
    let pages = [("messages-1-day", page.to_string().into_bytes())];
    let tokens = json!({
        "model": "claude-opus-5-5", "surface": "api", "tokens_in_uncached": 1500, "tokens_cache_read": 200,
        "tokens_cache_write": 1500, "tokens_out": 500
    });
    let heads = [
        account(),
        json!({"level": "api_key", "subject": "apikey_01EXAMPLE"}),
        json!({"level": "team", "subject": "default", "name": "Default workspace"}),
    ];
    let rows = read("anthropic", Dataset::ModelUsage, "2026-11-19", &pages);
    assert_rows("models", &rows, json!(each(&heads, &tokens)));
}

/// A share of the work without an estimate is not free: the day's estimate does not include it and is marked as
/// incomplete.
#[test]
fn a_share_without_an_estimate_makes_the_estimate_incomplete() {
    let share = |cost: Value| json!({"model": "m", "tokens": {"input": 1, "output": 2}, "estimated_cost": cost});
    let shares =
        [share(json!({"currency": "USD", "amount": 113})), share(Value::Null), share(json!({"currency": "USD"}))];
    let page = json!({"data": [{
        "date": "2025-09-08", "actor": {"type": "user_actor", "email_address": "developer@company.com"},
        "model_breakdown": shares
    }], "has_more": false});
    let pages = [("claude-code-1-day", page.to_string().into_bytes())];
    let cost = json!({"basis": "estimated", "model": "m", "line_item": "Claude Code", "currency": "USD",
        "micro_amount": 1_130_000, "unpriced": 2});
    let rows = read("anthropic", Dataset::Cost, "2025-09-08", &pages);
    assert_rows("cost", &rows, json!(each(&[account(), user("developer@company.com")], &cost)));
}
