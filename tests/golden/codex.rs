//! A Codex row in the form that two readings of OpenAI's schema agree on (class C: its values are invented, so this
//! test covers the format and the target of each figure, but proves nothing about OpenAI).

use serde_json::json;
use shared::words::Dataset;

use super::{assert_segment, fixture, mapped};
use crate::providers::stub::Answer;
use crate::sandbox_world::day;

#[tokio::test]
async fn credits_and_two_kinds_of_dollars_are_three_amounts() {
    // 1759276800.
    let on = day("2025-10-01");
    let mapped = mapped("codex", "workspace", on, false, |target| {
        let people = String::from_utf8(fixture("codex", "codex_workspace_usage.SCHEMA-BUILT.json")).unwrap();
        if !target.contains("group=workspace") {
            return Answer::json(&people);
        }
        // The workspace is billed in dollars, and its models do not add up to its credits.
        let whole = people
            .replace("\"cost_usd\": null", "\"cost_usd\": 0.75")
            .replace("\"credits\": 12.5\n      }\n", "\"credits\": 12\n      }\n");
        Answer::json(&whole)
    })
    .await;
    let person = json!({"level": "user", "subject": "user-EXAMPLE", "email": "dev@example.com"});
    let with = |base: &serde_json::Value, more: serde_json::Value| {
        let mut row = base.clone();
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let mut whole = json!({"level": "organization", "subject": "octo"});
    // 12.5 credits, all for one model; half a dollar estimated; nothing billed in dollars, so there is no such row.
    let costs = [
        with(&person, json!({"basis": "estimated", "currency": "USD", "micro_amount": 500_000})),
        with(&person, json!({"basis": "metered", "model": "other", "micro_credits": 12_500_000})),
    ];
    let rows = crate::rows::of_segment(Dataset::Cost, &mapped.segments[&(Dataset::Cost, on)]);
    let of = |level: &str| rows.iter().filter(|row| row["level"] == level).cloned().collect::<Vec<_>>();
    crate::rows::assert_same("cost of a person", &of("user"), &super::plain(json!(costs)));
    let bases: Vec<_> = of("organization").iter().map(|row| row["basis"].clone()).collect();
    assert_eq!(bases, ["billed", "estimated", "metered"]);

    let tokens = json!({"requests": 31, "tokens_in_uncached": 110, "tokens_cache_read": 220, "tokens_out": 55});
    whole["email"] = "dev@example.com".into();
    assert_segment(&mapped, Dataset::ModelUsage, on, json!([with(&whole, tokens.clone()), with(&person, tokens)]));
    let figures = json!({"active": 1, "engaged": 1, "sessions": 4, "chat_turns": 31, "lines_added": 40,
        "ai_lines_added": 40, "micro_credits": 12_500_000});
    assert_segment(&mapped, Dataset::Activity, on, json!([with(&whole, figures.clone()), with(&person, figures)]));
    let client = json!({"dimension": "client", "value": "CODEX_CLI", "interactions": 31, "sessions": 4});
    let client = |base| {
        let mut row = with(base, client.clone());
        row.as_object_mut().unwrap().remove("email");
        row
    };
    assert_segment(&mapped, Dataset::Breakdown, on, json!([client(&whole), client(&person)]));
}

/// One person's day has an estimate in dollars and another's does not; no person's day is billed in dollars.
#[test]
fn a_person_without_an_estimate_is_not_free() {
    let row = |id: &str, estimate: serde_json::Value| {
        json!({"start_time": 1_759_276_800, "end_time": 1_759_363_200, "user_id": id, "actor": null,
            "totals": {"threads": 1, "turns": 2, "credits": null, "cost_usd": null, "estimated_cost_usd": estimate}})
    };
    let page = json!({"object": "page", "has_more": false, "data": [row("a", json!(0.5)), row("b", json!(null))]});
    let pages = [("people-1-day", page.to_string().into_bytes())];
    let rows = super::read("codex", Dataset::Cost, "2025-10-01", &pages);
    let cost = |id: &str| json!({"level": "user", "subject": id, "basis": "estimated", "currency": "USD"});
    let (mut a, mut b) = (cost("a"), cost("b"));
    a["micro_amount"] = 500_000.into();
    b["unpriced"] = 1.into();
    super::assert_rows("cost", &rows, json!([a, b]));
}
