//! Refusals of the Claude Console.

use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn each_refusal_has_its_own_check_fix_and_page() {
    let keys = "https://platform.claude.com/settings/admin-keys";
    let organization = "https://platform.claude.com/settings/organization";
    for (words, id, fix, page) in [
        ("dead", "token", "create a new key", keys),
        ("noright", "permission", "create a new Admin key", keys),
        ("individual", "plan", "set up an organization", organization),
        ("unpaid", "plan", "settle the organization's billing", "https://platform.claude.com/settings/billing"),
        ("otherorg", "account", "00000000-1234-5678-1234-567812345678", organization),
    ] {
        assert_fails(&verify("anthropic", words).await, id, fix, page);
    }
}

#[tokio::test]
async fn a_key_of_another_kind_is_recognized() {
    for (key, what) in [("sk-ant-api03-x", "Claude API"), ("sk-ant-api01-x", "Claude Enterprise")] {
        let (verification, requests) = verify_key("anthropic", Some(key), "").await;
        assert_eq!(verification.verdict, Verdict::Invalid);
        let kind = check(&verification, "token_kind");
        assert!(kind.outcome == CheckOutcome::Fail && kind.detail.contains(what), "{kind:?}");
        assert!(requests.len() == 1, "{key}: {requests:?}");
    }
}

#[tokio::test]
async fn an_empty_claude_code_report_suggests_claude_ai() {
    let verification = verify("anthropic", "subscription").await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    let data = check(&verification, "data");
    assert_eq!(data.outcome, CheckOutcome::Warn);
    assert!(data.detail.contains("expected when developers sign in to Claude Code with claude.ai"), "{data:?}");
    assert!(data.fix.as_ref().unwrap().text.contains("connect Claude Enterprise"), "{data:?}");
}

#[tokio::test]
async fn a_too_wide_request_is_retried_with_fewer_groupings() {
    for (words, tries) in [("", 1), ("wide", 2)] {
        let (verification, requests) = verify_key("anthropic", None, words).await;
        assert_eq!(verification.verdict, Verdict::Valid, "{words}: {:?}", verification.checks);
        let messages = requests.iter().filter(|request| request.target.contains("/messages?"));
        let groupings: BTreeSet<_> = messages.map(|request| request.target.matches("group_by").count()).collect();
        // One additional request checks whether the endpoint opens; it has no grouping.
        assert_eq!(groupings.len(), tries + 1, "{words}: {groupings:?}");
        let preview = verification.preview.unwrap();
        let tokens: i64 = preview.days[3].models.iter().filter_map(|model| model.tokens).sum();
        assert!(tokens > 0, "{words}");
    }
}

#[tokio::test]
async fn the_newer_reports_are_fetched_for_accounts_that_request_them() {
    let sandbox = Sandbox::start(small(NOW)).await.unwrap();
    let http = Http::new(Detours::parse(&sandbox.detour()).unwrap());
    let slug = "dc9f6c26-b22c-4831-8d01-0446bada88f1".to_owned();
    let account = Account { kind: "organization_analytics".to_owned(), slug };
    let credential = Credential::new("admin_key", [("token", "sk-ant-admin01-good".to_owned())]);
    let call = Call::new(&http, &credential, &account, None, time(NOW));
    let access = providers::access("anthropic").unwrap();
    let verification = access.verify(&call, Days::before(day("2026-11-21"), 14)).await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
    assert_eq!(capability(&verification, "analytics_cost"), CapabilityOutcome::Ok);
    assert!(sandbox.requests().iter().all(|request| !request.target.contains("cost_report")));
}
