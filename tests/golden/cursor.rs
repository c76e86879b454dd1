//! Cursor's documented answers.

use super::*;

fn page(name: &str) -> Vec<u8> {
    fixture("cursor", &format!("cursor_{name}.json"))
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

/// 21.36232 and 37.33 cents were charged; the 8 cents of the included event are included; the bot's 21.36232 give
/// 80.05464 for the account. The list prices, without fee and discount, are 20.18232, 40.167 and the bot's 20.18232.
#[test]
fn the_documented_events_separate_charged_and_included_usage() {
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
        each(&[account()], &cost("list", "claude-4.5-sonnet", 805_316)),
        each(std::slice::from_ref(&developer), &cost("list", "claude-4.5-sonnet", 603_493)),
        each(std::slice::from_ref(&bot), &cost("list", "claude-4.5-sonnet", 201_823)),
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
    // A call that is not charged by tokens has no tokens: null, not zero.
    let thinking = json!({"model": "claude-4-sonnet-thinking", "surface": "editor", "requests": 1});
    let expected =
        [each(&[account(), developer], &two), each(&[account(), bot], &of_bot), each(&[account(), admin], &thinking)];
    assert_rows("models", &read("cursor", Dataset::ModelUsage, "2025-06-26", &pages), json!(expected.concat()));
}

#[test]
fn a_day_with_requests_but_without_events_has_unknown_cost() {
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
fn the_documented_members_and_the_cost_of_their_cycle() {
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
    let rows = read("cursor", Dataset::Activity, "2025-01-15", &pages);
    assert_rows("edits", &rows, json!(expected.concat()));

    // Two of three commits have lines by Cursor.
    let pages = [("ai-commits-1-day", page("ai_code_commits"))];
    let expected = [
        each(&[whole, user("developer@company.com")], &json!({"active": 1, "engaged": 1, "commits": 2})),
        each(&[user("admin@company.com")], &json!({"active": 0, "engaged": 0, "commits": 0})),
    ];
    let rows = read("cursor", Dataset::Activity, "2025-09-03", &pages);
    assert_rows("commits", &rows, json!(expected.concat()));
}

/// No example of groups was published; the format comes from the reference.
#[test]
fn a_group_is_a_team_of_its_members_on_the_day() {
    let groups = json!({
        "groups": [{
            "id": "group_1", "name": "Platform", "memberCount": 1, "spendCents": 12.5,
            "currentMembers": [{"email": "Developer@company.com", "joinedAt": "2024-01-01T00:00:00.000Z"}],
            "formerMembers": [{"email": "inactive-user@company.com", "leftAt": "2024-03-01T00:00:00.000Z"}],
            "dailySpend": [{"date": "2024-03-18", "spendCents": 12.5}, {"date": "2024-03-19", "spendCents": 1}]
        }],
        "unassignedGroup": null, "billingCycle": {"cycleStart": "2024-03-01", "cycleEnd": "2024-04-01"}
    });
    let pages =
        [("groups-1-day", groups.to_string().into_bytes()), ("daily-usage-1-day", page("daily_usage_data_paginated"))];
    let rows = read("cursor", Dataset::Activity, "2024-03-18", &pages);
    let team = rows.iter().find(|row| row["level"] == "team").unwrap();
    assert_eq!((&team["subject"], &team["name"]), (&json!("group_1"), &json!("Platform")));
    assert_eq!((&team["active"], &team["lines_added"]), (&json!(1), &json!(1543)));
    let teams: Vec<_> = rows.iter().filter_map(|row| row.get("teams")).collect();
    assert_eq!(teams, ["group_1"]);
    // Without an event on that day its cost is unknown, so the groups are read separately.
    let pages = &pages[..1];
    let cost = json!([{"level": "team", "subject": "group_1", "name": "Platform", "basis": "metered",
        "currency": "USD", "micro_amount": 125_000}]);
    assert_rows("spend", &read("cursor", Dataset::Cost, "2024-03-18", pages), cost);
}
