//! Refusals of the Claude Enterprise Analytics API.

use super::*;

const KEYS: &str = "https://claude.ai/admin-settings/api";

#[tokio::test]
async fn each_refusal_has_its_own_check_fix_and_page() {
    for (words, id, fix) in [
        ("dead", "token", "create a new key"),
        ("noscope", "permission", "a new key with the scope read:analytics"),
        ("noanalytics", "plan", "Enterprise plan"),
    ] {
        assert_fails(&verify("claude-enterprise", words).await, id, fix, KEYS);
    }
}

#[tokio::test]
async fn a_key_of_the_console_is_recognized() {
    let verification = verify_key("claude-enterprise", Some("sk-ant-admin01-x"), "").await.0;
    assert_eq!(verification.verdict, Verdict::Invalid);
    let kind = check(&verification, "token_kind");
    assert!(kind.outcome == CheckOutcome::Fail && kind.detail.contains("Claude Console"), "{kind:?}");
}

/// At six in the morning, yesterday's engagement is not available yet.
#[tokio::test]
async fn a_day_that_is_too_recent_is_pending_without_a_failure() {
    let verification = verify("claude-enterprise", "").await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    let preview = verification.preview.unwrap();
    let states: Vec<_> = preview.days[..2].iter().map(|day| (day.active_users, day.state.clone())).collect();
    assert_eq!(states[0].0, None, "unknown so far");
    assert!(states[1].0.is_some());
    assert_eq!(states[1].1, SegmentState::Provisional);
}

#[tokio::test]
async fn the_list_of_members_needs_its_own_scope() {
    let verification = verify("claude-enterprise", "nomembers").await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    assert_eq!(capability(&verification, "members"), CapabilityOutcome::MissingPermission);
    assert_eq!(capability(&verification, "users"), CapabilityOutcome::Ok);
}

/// More people than verify has requests for: what was read before the limit proves the connection.
#[tokio::test]
async fn a_preview_cut_by_a_rate_limit_is_shown_and_valid() {
    let limited =
        |path: &str| path.contains("users?date=2026-11-12").then(|| Answer::status(429).with("retry-after", "60"));
    let verification = verify_but_for("claude-enterprise", limited).await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    assert_eq!(check(&verification, "data").outcome, CheckOutcome::Warn);
    assert_eq!(verification.retry_at, None);
    let days = verification.preview.unwrap().days;
    let active = |on: &str| days.iter().find(|shown| shown.day == day(on)).unwrap().active_users;
    assert!(active("2026-11-13").is_some() && active("2026-11-12").is_none());
}

#[tokio::test]
async fn a_key_without_available_data_proves_nothing() {
    let not_ready =
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"data is available until 2026-11-01"}}"#;
    let late = |path: &str| path.contains("/analytics/").then(|| Answer { status: 400, ..Answer::json(not_ready) });
    let verification = verify_but_for("claude-enterprise", late).await;
    assert_eq!(verification.verdict, Verdict::Unknown, "{:?}", verification.checks);
}
