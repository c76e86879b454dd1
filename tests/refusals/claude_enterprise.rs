//! The Claude Enterprise Analytics API's ways to say no.

use super::*;

const KEYS: &str = "https://claude.ai/admin-settings/api";

#[tokio::test]
async fn each_refusal_has_its_check_its_fix_and_its_page() {
    for (words, id, fix) in [
        ("dead", "token", "make a new key"),
        ("noscope", "permission", "a new key with the scope read:analytics"),
        ("noanalytics", "plan", "Enterprise plan"),
    ] {
        assert_fails(&verify("claude-enterprise", words).await, id, fix, KEYS);
    }
}

#[tokio::test]
async fn a_key_of_the_console_is_told_what_it_is() {
    let verification = verify_key("claude-enterprise", Some("sk-ant-admin01-x"), "").await.0;
    assert_eq!(verification.verdict, Verdict::Invalid);
    let kind = check(&verification, "token_kind");
    assert!(kind.outcome == CheckOutcome::Fail && kind.detail.contains("Claude Console"), "{kind:?}");
}

/// Asked at six in the morning: yesterday's engagement comes in the afternoon.
#[tokio::test]
async fn a_day_that_is_too_recent_is_not_there_yet_and_nothing_is_wrong() {
    let verification = verify("claude-enterprise", "").await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    let preview = verification.preview.unwrap();
    let states: Vec<_> = preview.days[..2].iter().map(|day| (day.active_users, day.state.clone())).collect();
    assert_eq!(states[0].0, None, "nobody can say yet");
    assert!(states[1].0.is_some());
    assert_eq!(states[1].1, SegmentState::Provisional);
}

#[tokio::test]
async fn the_list_of_members_is_a_scope_of_its_own() {
    let verification = verify("claude-enterprise", "nomembers").await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    assert_eq!(capability(&verification, "members"), CapabilityOutcome::MissingPermission);
    assert_eq!(capability(&verification, "users"), CapabilityOutcome::Ok);
}

/// More people than verify has requests for: what was read before the limit came proves the connection.
#[tokio::test]
async fn a_preview_that_a_limit_cuts_short_is_shown_and_the_connection_is_good() {
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
async fn a_key_for_which_nothing_is_ready_proves_nothing() {
    let not_ready =
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"data is available until 2026-11-01"}}"#;
    let late = |path: &str| path.contains("/analytics/").then(|| Answer { status: 400, ..Answer::json(not_ready) });
    let verification = verify_but_for("claude-enterprise", late).await;
    assert_eq!(verification.verdict, Verdict::Unknown, "{:?}", verification.checks);
}
