//! GitHub's own examples: the REST reference, and go-github's tests.

use super::*;

/// The rows of `files` if GitHub serves them, each as the shards of one report.
async fn served(on: Day, files: &[(&str, &[&[u8]])], dataset: Dataset, kind: &str) -> Vec<Plain> {
    let owned: Vec<(String, Vec<Vec<u8>>)> = files
        .iter()
        .map(|(name, shards)| ((*name).to_owned(), shards.iter().map(|shard| shard.to_vec()).collect()))
        .collect();
    let stub = stub::serve(move |path| {
        for (name, shards) in &owned {
            if path.contains(&format!("/reports/{name}?day=")) {
                let links: Vec<String> = (0..shards.len())
                    .map(|at| format!("https://copilot-reports.github.com/{name}/{at}?sig=x"))
                    .collect();
                return Answer::json(&json!({"download_links": links, "report_day": on.to_string()}).to_string());
            }
            for (at, shard) in shards.iter().enumerate() {
                if path.starts_with(&format!("/{name}/{at}?")) {
                    return Answer::bytes(shard.clone());
                }
            }
        }
        Answer::status(204)
    })
    .await;
    let account = if kind == "enterprise" { enterprise("octo") } else { organization("octo") };
    let (http, credential) = (stub.http(), Credential::token("ghp_good"));
    let call = Call::new(&http, &credential, &account, None, crate::sandbox_world::time("2026-11-21T06:00:00Z"));
    let provider = providers::history(PROVIDER).unwrap();
    let reports: Vec<Report> = provider.batches(&account, &[on], day("2026-11-21"), false).remove(0).reports;
    let mapped = crate::providers::map(provider, &call, &Batch { reports }).await.unwrap();
    assert_eq!(mapped.unknown_fields.keys().collect::<Vec<_>>(), [""; 0]);
    rows::of_segment(dataset, &mapped.segments[&(dataset, on)])
}

/// GitHub's example person of September 2026, with every newer field.
#[tokio::test]
async fn the_documented_person_has_these_rows() {
    let file = fixture(PROVIDER, "04-users-1-day.ndjson");
    let on = day("2025-10-01");
    let activity = served(on, &[("users-1-day", &[&file])], Dataset::Activity, "enterprise").await;
    // 2 CLI sessions and 1 app session; 1 of 1 completions, 10 lines suggested and 8 accepted; one prompt in the app.
    let expected = plain(json!([{
        "level": "user", "subject": "1", "name": "login1", "active": 1, "engaged": 1, "sessions": 3,
        "completions_suggested": 1, "completions_accepted": 1, "lines_suggested": 10, "lines_accepted": 8,
        "lines_added": 32, "lines_deleted": 6, "chat_turns": 0, "agent_requests": 1, "micro_credits": 12_500_000
    }]));
    assert_same("activity", &activity, &expected);

    let breakdown = served(on, &[("users-1-day", &[&file])], Dataset::Breakdown, "enterprise").await;
    let row = |fields: Value| {
        let mut row = json!({"level": "user", "subject": "1"});
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        row
    };
    let completion =
        json!({"generations": 1, "acceptances": 1, "lines_suggested": 10, "lines_added": 8, "lines_deleted": 0});
    let app = json!({"generations": 2, "acceptances": 2, "lines_suggested": 24, "lines_added": 24, "lines_deleted": 6});
    let with = |base: &Value, more: Value| {
        let mut row = row(base.clone());
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let counted = json!({"completions_suggested": 1, "completions_accepted": 1});
    let expected = [
        row(json!({"dimension": "client", "value": "copilot_app", "interactions": 1, "requests": 3, "sessions": 1})),
        row(json!({"dimension": "client", "value": "copilot_cli", "interactions": 2, "requests": 2, "sessions": 2})),
        with(&completion, json!({"dimension": "editor", "value": "vscode", "interactions": 0})),
        with(
            &with(&completion, counted.clone()),
            json!({"dimension": "feature", "value": "code_completion", "interactions": 0}),
        ),
        with(&app, json!({"dimension": "feature", "value": "copilot_app", "interactions": 1})),
        with(&app, json!({"dimension": "language", "value": "markdown"})),
        with(&with(&completion, counted), json!({"dimension": "language", "value": "unknown"})),
        row(json!({"dimension": "tool", "value": "Claude (Anthropic)", "interactions": 2})),
        row(json!({"dimension": "tool", "value": "Codex (OpenAI)", "interactions": 2})),
    ];
    assert_same("breakdown", &breakdown, &plain(json!(expected)));
}

/// The sparse records of go-github's tests: an absent field is null, not zero.
#[tokio::test]
async fn a_sparse_record_has_nulls() {
    let file = fixture(PROVIDER, "04-users-1-day.ndjson");
    let records = crate::oracle::values(&file);
    assert_eq!(records[1]["user_login"], "alice");
    let on: Day = records[1]["day"].as_str().unwrap().parse().unwrap();
    let activity = served(on, &[("users-1-day", &[&file])], Dataset::Activity, "organization").await;
    let alice = activity.iter().find(|row| row["name"] == "alice").unwrap();
    assert_eq!(alice.get("engaged"), Some(&json!(1)), "five prompts");
    for absent in ["micro_credits", "lines_added", "completions_suggested", "sessions"] {
        let field = match absent {
            "micro_credits" => "ai_credits_used",
            "lines_added" => "loc_added_sum",
            "completions_suggested" => "totals_by_feature",
            _ => "totals_by_cli",
        };
        assert_eq!(alice.contains_key(absent), records[1].get(field).is_some(), "{absent}");
    }
}

#[tokio::test]
async fn the_documented_memberships_make_these_teams() {
    let memberships = fixture(PROVIDER, "05-organization-user-teams-1-day.ndjson");
    // The example has no person's record, so two are written by hand, in two shards and with IDs in both forms.
    let alice = br#"{"day":"2026-05-07","user_id":1001,"user_login":"alice","user_initiated_interaction_count":2,"code_acceptance_activity_count":0,"loc_added_sum":10,"loc_deleted_sum":1}"#;
    let bob = br#"{"day":"2026-05-07","user_id":"1002","user_login":"bob","user_initiated_interaction_count":0,"code_acceptance_activity_count":0,"loc_added_sum":5}"#;
    // Memberships exist from 2026-05-14 on; the example is one week older, so only its day is moved.
    let moved =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace("2026-05-07", "2026-05-20").into_bytes();
    let files: &[(&str, &[&[u8]])] =
        &[("user-teams-1-day", &[&moved(&memberships)]), ("users-1-day", &[&moved(alice), &moved(bob), &moved(alice)])];
    let rows = served(day("2026-05-20"), files, Dataset::Activity, "organization").await;
    let expected = plain(json!([
        {"level": "team", "subject": "42", "name": "frontend", "active": 2, "engaged": 1, "lines_added": 15, "lines_deleted": 1},
        {"level": "team", "subject": "43", "name": "backend", "active": 1, "engaged": 1, "lines_added": 10, "lines_deleted": 1},
        {"level": "user", "subject": "1001", "name": "alice", "teams": "42,43", "active": 1, "engaged": 1, "lines_added": 10, "lines_deleted": 1},
        {"level": "user", "subject": "1002", "name": "bob", "teams": "42", "active": 1, "engaged": 0, "lines_added": 5}
    ]));
    assert_same("teams", &rows, &expected);
}

#[tokio::test]
async fn the_documented_repositories_have_these_rows() {
    // The example's day is three days before the report's release; only its day is moved.
    let file = String::from_utf8(fixture(PROVIDER, "06-repos-1-day.ndjson"))
        .unwrap()
        .replace("2026-07-14", "2026-07-20")
        .into_bytes();
    let rows = served(day("2026-07-20"), &[("repos-1-day", &[&file])], Dataset::PullRequests, "organization").await;
    let row = |id: &str, name: &str, created: i64, by_copilot: i64, merged: i64, merged_by_copilot: i64| {
        json!({
            "level": "repository", "subject": id, "name": format!("octodemo-metrics/{name}"),
            "created": created, "reviewed": 1, "merged": merged,
            "created_by_copilot": by_copilot, "reviewed_by_copilot": 1,
            "merged_created_by_copilot": merged_by_copilot, "merged_reviewed_by_copilot": 1,
            "suggestions": 0, "suggestions_applied": 0, "copilot_suggestions": 0, "copilot_suggestions_applied": 1,
            "median_minutes_to_merge": 372.62
        })
    };
    let expected = plain(json!([
        row("900000001", "example-service-alpha", 1, 1, 1, 1),
        row("900000003", "example-service-gamma", 0, 0, 1, 0),
        row("900000010", "example-service-delta", 0, 1, 2, 1)
    ]));
    assert_same("repositories", &rows, &expected);
}

/// The docs show the report of an enterprise as an array of wrappers around days, and two enterprises in one array.
/// The people on the same page have the ID of one of them.
#[tokio::test]
async fn the_documented_enterprise_is_read_from_its_array_of_wrappers() {
    let examples: Value = serde_json::from_slice(&fixture(PROVIDER, "03-docs-example-schema-2026-05.json")).unwrap();
    let array = serde_json::to_vec_pretty(&examples["enterprise_28_day_example"]).unwrap();
    let on = day("2025-10-01");
    let people = serde_json::to_vec(&examples["users_1_day_example"]).unwrap();
    assert_eq!(examples["users_1_day_example"][0]["enterprise_id"], "1");
    // The enterprise's reports start on the 10th; the archive and the mapper accept earlier days.
    let files: &[(&str, &[&[u8]])] = &[("users-1-day", &[&people]), ("enterprise-1-day", &[&array])];
    let activity = served(on, files, Dataset::Activity, "enterprise").await;
    let activity: Vec<Plain> = activity.into_iter().filter(|row| row["level"] == "organization").collect();
    let expected = plain(json!([{
        "level": "organization", "subject": "octo", "name": "octo", "active": 2, "engaged": 1, "sessions": 3,
        "completions_suggested": 2, "completions_accepted": 2, "lines_suggested": 35, "lines_accepted": 30,
        "lines_added": 30, "lines_deleted": 0, "chat_turns": 0, "agent_requests": 0
    }]));
    assert_same("activity", &activity, &expected);
    let pulls = served(on, files, Dataset::PullRequests, "enterprise").await;
    let expected = plain(json!([{
        "level": "organization", "subject": "octo", "name": "octo", "created": 2, "reviewed": 1, "merged": 2,
        "created_by_copilot": 1, "reviewed_by_copilot": 1, "merged_created_by_copilot": 1,
        "merged_reviewed_by_copilot": 1, "suggestions": 1, "suggestions_applied": 1, "copilot_suggestions": 1,
        "copilot_suggestions_applied": 1, "median_minutes_to_merge": 2.5,
        "median_minutes_to_merge_copilot_authored": 2.5, "median_minutes_to_merge_copilot_reviewed": 2.5
    }]));
    assert_same("pull requests", &pulls, &expected);
}

/// The person on the same page, also shown as an array: CLI and completions, without later fields.
#[tokio::test]
async fn the_documented_person_of_may_2026_has_this_row() {
    let examples: Value = serde_json::from_slice(&fixture(PROVIDER, "03-docs-example-schema-2026-05.json")).unwrap();
    let array = serde_json::to_vec_pretty(&examples["users_1_day_example"]).unwrap();
    let name = examples["users_1_day_example"][0]["user_login"].clone();
    let rows = served(day("2025-10-01"), &[("users-1-day", &[&array])], Dataset::Activity, "enterprise").await;
    let expected = plain(json!([{
        "level": "user", "subject": "1", "name": name, "active": 1, "engaged": 1, "sessions": 2,
        "completions_suggested": 1, "completions_accepted": 1, "lines_suggested": 10, "lines_accepted": 8,
        "lines_added": 8, "lines_deleted": 0, "chat_turns": 0, "agent_requests": 0
    }]));
    assert_same("activity", &rows, &expected);
}

/// The documented billing of AI credits, of an organization and of an enterprise: gross $1 for 100 credits, no
/// discount.
#[test]
fn the_documented_ai_credits_have_these_rows() {
    let examples: Value = serde_json::from_slice(&fixture(PROVIDER, "07-rest-openapi-examples.json")).unwrap();
    for name in ["billing-ai-credit-usage-report-org", "ghec:billing-ai-credit-usage-report-ghe"] {
        let page = serde_json::to_vec(&examples[name]).unwrap();
        // The example is of 2025, before AI credits were billed; the mapper accepts it.
        let rows = read(PROVIDER, Dataset::Cost, "2025-06-01", &[("ai-credits-1-day", page)]);
        let row = |level: &str, subject: &str, basis: &str, dollars: i64, credits: i64| {
            json!({"level": level, "subject": subject, "basis": basis, "model": "GPT-5",
                "line_item": "Copilot AI Credits", "currency": "USD", "micro_amount": dollars * 1_000_000,
                "micro_credits": credits * 1_000_000})
        };
        let both = |basis: &str, dollars: i64, credits: i64| {
            [row("organization", "octo", basis, dollars, credits), row("user", "", basis, dollars, credits)]
        };
        let expected = [both("list", 1, 100), both("included", 0, 0), both("metered", 1, 100)].concat();
        assert_rows(name, &rows, json!(expected));
    }
}
