//! Refusals of Cursor.

use super::*;

const KEYS: &str = "https://cursor.com/dashboard?tab=api-keys";

#[tokio::test]
async fn each_refusal_has_its_own_check_fix_and_page() {
    for (words, id, fix) in [
        ("dead", "token", "create a new key"),
        ("noscope", "permission", "the scope admin:*"),
        ("orgkey", "token_kind", "in the team's own dashboard"),
        ("noplan", "plan", "Enterprise plan"),
    ] {
        assert_fails(&verify("cursor", words).await, id, fix, KEYS);
    }
}

#[tokio::test]
async fn a_team_without_the_enterprise_plan_is_valid() {
    let verification = verify("cursor", "team").await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    for id in ["groups", "analytics", "ai_code"] {
        assert_eq!(capability(&verification, id), CapabilityOutcome::NotInPlan, "{id}");
    }
    for id in ["members", "usage", "usage_events", "spend"] {
        assert_eq!(capability(&verification, id), CapabilityOutcome::Ok, "{id}");
    }
}

#[tokio::test]
async fn the_preview_shows_14_days_with_charged_and_included_amounts() {
    let (verification, requests) = verify_key("cursor", None, "").await;
    let preview = verification.preview.unwrap();
    assert_eq!(preview.days.len(), 14);
    let busy = preview.days.iter().filter(|day| day.active_users.unwrap_or(0) > 0).count();
    assert!(busy >= 10, "{busy}");
    let bases: std::collections::BTreeSet<_> =
        preview.days.iter().flat_map(|day| &day.costs).map(|cost| cost.basis.clone()).collect();
    assert_eq!(bases.into_iter().collect::<Vec<_>>(), ["included", "list", "metered"]);
    // Two verifications and the first poll stay within the limit per minute.
    let of = |start: &str| requests.iter().filter(|request| request.target.starts_with(start)).count();
    let (events, all) = (of("/teams/filtered-usage-events"), of("/teams/"));
    assert!(events <= 15 && all - events <= 8, "{events} for events, {} others", all - events);
}

#[tokio::test]
async fn a_quiet_team_is_a_warning() {
    let verification = verify("cursor", "idle").await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    assert_eq!(check(&verification, "data").outcome, CheckOutcome::Warn);
}
