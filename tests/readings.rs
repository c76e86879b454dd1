//! The vendors' own examples, byte for byte, through the mappers; what must come out was worked out by hand.

use serde_json::{Value, json};
use shared::providers;
use shared::words::{Account, Dataset};

use crate::rows::{self, Plain, assert_same};
use crate::sandbox_world::day;

/// The rows of a dataset that these pages give, each as a report of its own or as the next page of the one before.
fn read(provider: &str, dataset: Dataset, on: &str, pages: &[(&str, Vec<u8>)]) -> Vec<Plain> {
    let history = providers::history(provider).unwrap();
    let kind = history.about().accounts[0].kind.to_owned();
    let account = Account { kind, slug: "octo".to_owned() };
    let mut mapper = history.mapper(&account, 1);
    let mut begun = "";
    for (name, page) in pages {
        if *name != begun {
            mapper.begin(&history.archived(&account, name, day(on)).unwrap());
            begun = name;
        }
        page.chunks(7).for_each(|piece| mapper.read(piece).unwrap());
        mapper.end_body().unwrap();
    }
    let mapped = mapper.finish().unwrap();
    assert_eq!(mapped.unknown_fields.keys().collect::<Vec<_>>(), [""; 0]);
    rows::of_segment(dataset, &mapped.segments[&(dataset, day(on))])
}

fn fixture(provider: &str, name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{provider}/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[track_caller]
fn assert_rows(what: &str, got: &[Plain], expected: Value) {
    let sorted = |rows: &[Plain]| {
        let mut rows = rows.to_vec();
        rows.sort_by_cached_key(|row| format!("{row:?}"));
        rows
    };
    let expected: Vec<Plain> = serde_json::from_value(expected).unwrap();
    assert_same(what, &sorted(got), &sorted(&expected));
}

/// The same counts under several heads.
fn each(heads: &[Value], counts: &Value) -> Vec<Value> {
    let with = |head: &Value| {
        let mut row = head.clone();
        row.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
        row
    };
    heads.iter().map(with).collect()
}

fn account() -> Value {
    json!({"level": "organization", "subject": "octo"})
}

fn user(email: &str) -> Value {
    json!({"level": "user", "subject": email, "email": email})
}

mod cursor {
    use super::*;

    fn page(name: &str) -> Vec<u8> {
        fixture("cursor", &format!("cursor_{name}"))
    }

    #[test]
    fn the_documented_day_of_two_members() {
        let pages = [("daily-usage-1-day", page("daily_usage_data_paginated"))];
        let busy = json!({
            "active": 1, "engaged": 1, "completions_suggested": 342, "completions_accepted": 289, "lines_accepted": 1102,
            "lines_added": 1543, "lines_deleted": 892, "ai_lines_added": 1102, "chat_turns": 128, "agent_requests": 57,
            "edits_accepted": 73, "edits_rejected": 14
        });
        let idle: serde_json::Map<_, _> = busy.as_object().unwrap().keys().map(|key| (key.clone(), json!(0))).collect();
        let whole = json!({"level": "organization", "subject": "octo", "name": "octo"});
        let mut expected = each(&[whole, user("developer@company.com")], &busy);
        expected.extend(each(&[user("inactive-user@company.com")], &Value::Object(idle)));
        assert_rows("activity", &read("cursor", Dataset::Activity, "2024-03-18", &pages), json!(expected));

        // 12 + 45 + 128 + 67 requests of four kinds.
        let client = json!({"dimension": "client", "value": "Cursor 0.25.1", "interactions": 252});
        let editor = json!({
            "dimension": "editor", "value": "cursor", "completions_suggested": 342, "completions_accepted": 289
        });
        let heads = [account(), json!({"level": "user", "subject": "developer@company.com"})];
        let expected = [each(&heads, &client), each(&heads, &editor)].concat();
        assert_rows("breakdown", &read("cursor", Dataset::Breakdown, "2024-03-18", &pages), json!(expected));
    }

    /// 21.36232 and 37.33 cents were charged; the 8 cents of the event that is not chargeable are included; the bot's
    /// 21.36232 make it 80.05464 for the account.
    #[test]
    fn the_documented_events_split_what_is_charged_from_what_is_included() {
        let pages = [
            ("usage-events-1-day", page("filtered_usage_events")),
            ("usage-events-1-day", page("filtered_usage_events_service_account")),
        ];
        let bot = json!({
            "level": "service_account", "subject": "sa_abc123", "name": "Nightly CI Agent",
            "email": "agent-runner@company.com"
        });
        let (developer, admin) = (user("developer@company.com"), user("admin@company.com"));
        let cost = |basis: &str, model: &str, amount: i64| json!({"basis": basis, "model": model, "currency": "USD", "micro_amount": amount});
        let expected = [
            each(&[account()], &cost("metered", "claude-4.5-sonnet", 800_546)),
            each(&[account(), admin.clone()], &cost("included", "claude-4-sonnet-thinking", 80_000)),
            each(std::slice::from_ref(&developer), &cost("metered", "claude-4.5-sonnet", 586_923)),
            each(std::slice::from_ref(&bot), &cost("metered", "claude-4.5-sonnet", 213_623)),
        ];
        assert_rows("cost", &read("cursor", Dataset::Cost, "2025-06-26", &pages), json!(expected.concat()));

        let two = json!({
            "model": "claude-4.5-sonnet", "surface": "editor", "requests": 2, "tokens_in_uncached": 5931,
            "tokens_cache_read": 11_964, "tokens_cache_write": 18_076, "tokens_out": 761
        });
        let of_bot = json!({
            "model": "claude-4.5-sonnet", "surface": "headless", "requests": 1, "tokens_in_uncached": 126,
            "tokens_cache_read": 11_964, "tokens_cache_write": 6112, "tokens_out": 450
        });
        // A call that is not charged by tokens has none: null, not nought.
        let thinking = json!({"model": "claude-4-sonnet-thinking", "surface": "editor", "requests": 1});
        let expected = [
            each(&[account(), developer], &two),
            each(&[account(), bot], &of_bot),
            each(&[account(), admin], &thinking),
        ];
        assert_rows("models", &read("cursor", Dataset::ModelUsage, "2025-06-26", &pages), json!(expected.concat()));
    }

    #[test]
    fn a_day_with_requests_whose_events_are_gone_has_a_gap_and_no_nought() {
        let history = providers::history("cursor").unwrap();
        let account = Account { kind: "team".to_owned(), slug: "octo".to_owned() };
        let mut mapper = history.mapper(&account, 1);
        let empty = br#"{"totalUsageEventsCount": 0, "usageEvents": []}"#.to_vec();
        for (name, page) in [("usage-events-1-day", empty), ("daily-usage-1-day", page("daily_usage_data_paginated"))] {
            mapper.begin(&history.archived(&account, name, day("2024-03-18")).unwrap());
            mapper.read(&page).unwrap();
            mapper.end_body().unwrap();
        }
        let known: Vec<Dataset> = mapper.finish().unwrap().segments.into_keys().map(|(dataset, _)| dataset).collect();
        assert_eq!(known, [Dataset::Activity, Dataset::Breakdown]);
    }

    #[test]
    fn the_documented_members_and_what_their_cycle_has_cost_so_far() {
        let pages = [("members", page("teams_members")), ("spend", page("spend"))];
        let seat = |email: &str, name: &str, role: &str, metered: i64, included: i64| {
            json!({
                "level": "user", "subject": email, "email": email, "name": name, "role": role,
                "cycle_started_at": 1_708_992_000_000_i64, "cycle_metered": metered, "cycle_included": included
            })
        };
        let expected = json!([
            seat("admin@company.com", "Sam", "owner", 18_755_001, 13_252_503),
            seat("developer@company.com", "Alex", "member", 24_501_255, 0)
        ]);
        assert_rows("seats", &read("cursor", Dataset::Seats, "2026-11-21", &pages), expected);
    }

    #[test]
    fn suggested_lines_and_commits_join_by_e_mail() {
        let pages = [("agent-edits-1-day", page("analytics_by_user_agent_edits"))];
        let lines = |head: Value, lines: i64| each(&[head], &json!({"lines_suggested": lines}));
        let whole = json!({"level": "organization", "subject": "octo", "name": "octo"});
        let expected =
            [lines(whole.clone(), 220), lines(user("alice@example.com"), 125), lines(user("bob@example.com"), 95)];
        let got = read("cursor", Dataset::Activity, "2025-01-15", &pages);
        assert_rows("edits", &got, json!(expected.concat()));

        // Of three commits two have lines by Cursor.
        let pages = [("ai-commits-1-day", page("ai_code_commits"))];
        let expected = [
            each(&[whole, user("developer@company.com")], &json!({"active": 1, "engaged": 1, "commits": 2})),
            each(&[user("admin@company.com")], &json!({"active": 0, "engaged": 0, "commits": 0})),
        ];
        let got = read("cursor", Dataset::Activity, "2025-09-03", &pages);
        assert_rows("commits", &got, json!(expected.concat()));
    }

    /// No example of groups was published; the shape is the reference's.
    #[test]
    fn a_group_is_a_team_of_those_who_were_in_it_on_the_day() {
        let groups = json!({
            "groups": [{
                "id": "group_1", "name": "Platform", "memberCount": 1, "spendCents": 12.5,
                "currentMembers": [{"email": "Developer@company.com", "joinedAt": "2024-01-01T00:00:00.000Z"}],
                "formerMembers": [{"email": "inactive-user@company.com", "leftAt": "2024-03-01T00:00:00.000Z"}],
                "dailySpend": [{"date": "2024-03-18", "spendCents": 12.5}, {"date": "2024-03-19", "spendCents": 1}]
            }],
            "unassignedGroup": null, "billingCycle": {"cycleStart": "2024-03-01", "cycleEnd": "2024-04-01"}
        });
        let pages = [
            ("groups-1-day", groups.to_string().into_bytes()),
            ("daily-usage-1-day", page("daily_usage_data_paginated")),
        ];
        let got = read("cursor", Dataset::Activity, "2024-03-18", &pages);
        let team = got.iter().find(|row| row["level"] == "team").unwrap();
        assert_eq!((&team["subject"], &team["name"]), (&json!("group_1"), &json!("Platform")));
        assert_eq!((&team["active"], &team["lines_added"]), (&json!(1), &json!(1543)));
        let teams: Vec<_> = got.iter().filter_map(|row| row.get("teams")).collect();
        assert_eq!(teams, ["group_1"]);
        // Without any event of that day its cost is unknown, so the groups are read alone.
        let pages = &pages[..1];
        let cost = json!([{"level": "team", "subject": "group_1", "name": "Platform", "basis": "metered",
            "currency": "USD", "micro_amount": 125_000}]);
        assert_rows("spend", &read("cursor", Dataset::Cost, "2024-03-18", pages), cost);
    }
}

mod anthropic {
    use super::*;

    fn page(name: &str) -> Vec<u8> {
        fixture("anthropic", &format!("anthropic_{name}"))
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

        // A part of what the messages report counts for the account, so there is no row of the account here.
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
    fn rows_of_one_actor_are_summed_and_another_days_rows_stay_out() {
        // The second page stands for a second terminal.
        let pages = ["claude-code-1-day"; 2].map(|name| (name, page("claude_code_two_users")));
        let got = read("anthropic", Dataset::Activity, "2025-08-08", &pages);
        let counts = json!({
            "active": 1, "engaged": 1, "sessions": 30, "lines_added": 684, "lines_deleted": 256, "ai_lines_added": 684,
            "edits_accepted": 100, "edits_rejected": 12, "commits": 16, "pull_requests": 4
        });
        let whole = json!({"level": "organization", "subject": "octo", "name": "octo"});
        assert_rows("activity", &got, json!(each(&[whole, user("user1@example.com")], &counts)));
        let cost = |model: &str, amount: i64| {
            let cost = json!({
                "basis": "estimated", "model": model, "line_item": "Claude Code", "currency": "USD",
                "micro_amount": amount
            });
            each(&[account(), user("user1@example.com")], &cost)
        };
        let expected = [cost("claude-sonnet-4-20250514", 3_720_000), cost("claude-3-5-haiku-20241022", 840_000)];
        let got = read("anthropic", Dataset::Cost, "2025-08-08", &pages);
        assert_rows("cost", &got, json!(expected.concat()));
    }

    #[test]
    fn a_key_is_an_actor_too() {
        let page = json!({"data": [{
            "date": "2025-09-08", "actor": {"type": "api_actor", "api_key_name": "ci"}, "terminal_type": "tmux",
            "core_metrics": {"num_sessions": 2}, "tool_actions": null, "model_breakdown": []
        }], "has_more": false});
        let pages = [("claude-code-1-day", page.to_string().into_bytes())];
        let got = read("anthropic", Dataset::Activity, "2025-09-08", &pages);
        let key = json!({"level": "api_key", "subject": "ci", "name": "ci", "active": 1, "sessions": 2});
        let whole = json!({
            "level": "organization", "subject": "octo", "name": "octo", "active": 1, "engaged": 0, "sessions": 2
        });
        assert_rows("activity", &got, json!([whole, key]));
    }

    /// 12345 cents are 123.45 dollars; nobody is named, so a row of nobody holds them below the account's.
    #[test]
    fn the_bill_is_in_cents_and_names_nobody() {
        let pages = [("cost-1-day", page("cost_report"))];
        let bill = json!({
            "basis": "billed", "line_item": "Model Usage", "project": "wrkspc_123", "currency": "USD",
            "micro_amount": 123_450_000
        });
        let nobody = json!({"level": "user", "subject": ""});
        let got = read("anthropic", Dataset::Cost, "2026-08-01", &pages);
        assert_rows("cost", &got, json!(each(&[account(), nobody], &bill)));
    }

    /// No example was published; the fields are the reference's.
    #[test]
    fn messages_are_counted_for_the_key_for_the_workspace_and_for_the_account() {
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
        let got = read("anthropic", Dataset::ModelUsage, "2026-11-19", &pages);
        assert_rows("models", &got, json!(each(&heads, &tokens)));
    }
}

mod claude_enterprise {
    use super::*;

    fn page(name: &str) -> Vec<u8> {
        fixture("claude-enterprise", &format!("claude_enterprise_{name}"))
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
        let got = read("claude-enterprise", Dataset::ModelUsage, "2019-12-27", &pages);
        assert_rows("models", &got, json!(each(&[account(), jane()], &tokens)));
    }

    /// 41280 cents after discounts, 51600 before; two bases that are never added.
    #[test]
    fn the_documented_cost_of_a_person_on_two_bases() {
        let pages = [("user-cost-1-day", page("user_cost_report"))];
        let cost = |basis: &str, amount: i64| {
            let cost = json!({
                "basis": basis, "model": "model", "line_item": "product", "currency": "USD", "micro_amount": amount
            });
            each(&[account(), jane()], &cost)
        };
        let got = read("claude-enterprise", Dataset::Cost, "2019-12-27", &pages);
        assert_rows("cost", &got, json!([cost("billed", 412_800_000), cost("list", 516_000_000)].concat()));
    }

    /// No example was published; the fields are the reference's.
    #[test]
    fn a_persons_day_is_that_of_the_question() {
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
        let got = read("claude-enterprise", Dataset::Activity, "2026-11-18", &pages);
        assert_rows("activity", &got, json!(each(&[whole, user("dev@example.com")], &counts)));
    }
}
