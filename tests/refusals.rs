//! Every way in which a provider says no to a key, and what a person is then told: which check, what to do, on which page.

use shared::http::{Detours, Http};
use shared::providers::{self, Call};
use shared::sandbox::{self, Sandbox};
use shared::words::{
    Account, CapabilityOutcome, Check, CheckOutcome, Credential, Days, SegmentState, Verdict, Verification,
};

use crate::sandbox_world::{day, small, time};

const NOW: &str = "2026-11-21T06:00:00Z";

async fn verify_key(provider: &str, key: Option<&str>, words: &str) -> (Verification, Vec<sandbox::Seen>) {
    let stage = sandbox::stages().find(|stage| stage.provider == provider).unwrap();
    let sandbox = Sandbox::start(small(NOW)).await.unwrap();
    let http = Http::new(Detours::parse(&sandbox.detour()).unwrap());
    let account = Account { kind: stage.account_kind.to_owned(), slug: (stage.account)("") };
    let credential = match key {
        Some(key) => Credential::new(stage.credential_kind, [("token", key.to_owned())]),
        None => Credential::new(stage.credential_kind, (stage.credential)(words)),
    };
    let call = Call::new(&http, &credential, &account, None, time(NOW));
    let access = providers::access(provider).unwrap();
    let verification = access.verify(&call, Days::before(day("2026-11-21"), 14)).await;
    (verification, sandbox.requests())
}

async fn verify(provider: &str, words: &str) -> Verification {
    verify_key(provider, None, words).await.0
}

fn check<'a>(verification: &'a Verification, id: &str) -> &'a Check {
    verification.checks.iter().find(|check| check.id == id).unwrap()
}

fn capability(verification: &Verification, id: &str) -> CapabilityOutcome {
    verification.capabilities.iter().find(|capability| capability.id == id).unwrap().outcome
}

/// The one check that fails, what its fix says, and its page.
#[track_caller]
fn assert_fails(verification: &Verification, id: &str, fix: &str, page: &str) {
    let failed: Vec<&Check> = verification.checks.iter().filter(|check| check.outcome == CheckOutcome::Fail).collect();
    assert_eq!(verification.verdict, Verdict::Invalid, "{:?}", verification.checks);
    assert_eq!(failed.iter().map(|check| check.id).collect::<Vec<_>>(), [id], "{failed:?}");
    let given = failed[0].fix.as_ref().unwrap();
    assert!(given.text.contains(fix), "{given:?}");
    assert_eq!(given.url.as_deref(), Some(page), "{given:?}");
    assert_eq!(verification.preview, None);
}

mod cursor {
    use super::*;

    const KEYS: &str = "https://cursor.com/dashboard?tab=api-keys";

    #[tokio::test]
    async fn each_refusal_has_its_check_its_fix_and_its_page() {
        for (words, id, fix) in [
            ("dead", "token", "make a new key"),
            ("noscope", "permission", "the scope admin:*"),
            ("orgkey", "token_kind", "in the team's own dashboard"),
            ("noplan", "plan", "Enterprise plan"),
        ] {
            assert_fails(&verify("cursor", words).await, id, fix, KEYS);
        }
    }

    #[tokio::test]
    async fn a_team_without_the_enterprise_plan_is_valid_and_lacks_what_only_that_has() {
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
    async fn fourteen_days_are_shown_with_what_was_charged_and_what_was_included() {
        let (verification, requests) = verify_key("cursor", None, "").await;
        let preview = verification.preview.unwrap();
        assert_eq!(preview.days.len(), 14);
        let busy = preview.days.iter().filter(|day| day.active_users.unwrap_or(0) > 0).count();
        assert!(busy >= 10, "{busy}");
        let bases: std::collections::BTreeSet<_> =
            preview.days.iter().flat_map(|day| &day.costs).map(|cost| cost.basis.clone()).collect();
        assert_eq!(bases.into_iter().collect::<Vec<_>>(), ["included", "metered"]);
        // Two of these and the first poll stay within the minute.
        let of = |start: &str| requests.iter().filter(|request| request.target.starts_with(start)).count();
        let (events, all) = (of("/teams/filtered-usage-events"), of("/teams/"));
        assert!(events <= 15 && all - events <= 8, "{events} for events, {} others", all - events);
    }

    #[tokio::test]
    async fn a_quiet_team_is_a_warning() {
        let verification = verify("cursor", "nobody").await;
        assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
        assert_eq!(check(&verification, "data").outcome, CheckOutcome::Warn);
    }
}

mod anthropic {
    use super::*;

    #[tokio::test]
    async fn each_refusal_has_its_check_its_fix_and_its_page() {
        let keys = "https://platform.claude.com/settings/admin-keys";
        let organization = "https://platform.claude.com/settings/organization";
        for (words, id, fix, page) in [
            ("dead", "token", "make a new key", keys),
            ("noright", "permission", "make a new key", keys),
            ("individual", "plan", "set up an organization", organization),
            ("unpaid", "plan", "settle the organization's billing", "https://platform.claude.com/settings/billing"),
            ("otherorg", "account", "00000000-1234-5678-1234-567812345678", organization),
        ] {
            assert_fails(&verify("anthropic", words).await, id, fix, page);
        }
    }

    #[tokio::test]
    async fn a_key_of_another_kind_is_told_what_it_is() {
        for (key, what) in [("sk-ant-api03-x", "Claude API"), ("sk-ant-api01-x", "claude.ai")] {
            let (verification, requests) = verify_key("anthropic", Some(key), "").await;
            assert_eq!(verification.verdict, Verdict::Invalid);
            let kind = check(&verification, "token_kind");
            assert!(kind.outcome == CheckOutcome::Fail && kind.detail.contains(what), "{kind:?}");
            assert!(requests.len() == 1, "{key}: {requests:?}");
        }
    }

    #[tokio::test]
    async fn nobody_in_claude_code_is_explained_by_claude_ai_and_says_what_to_connect() {
        let verification = verify("anthropic", "subscription").await;
        assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
        let data = check(&verification, "data");
        assert_eq!(data.outcome, CheckOutcome::Warn);
        assert!(data.detail.contains("expected when developers sign in to Claude Code with claude.ai"), "{data:?}");
        assert!(data.fix.as_ref().unwrap().text.contains("connect Claude Enterprise"), "{data:?}");
    }

    #[tokio::test]
    async fn too_wide_a_question_is_asked_again_more_narrowly() {
        for (words, tries) in [("", 1), ("wide", 2), ("wider", 4)] {
            let (verification, requests) = verify_key("anthropic", None, words).await;
            assert_eq!(verification.verdict, Verdict::Valid, "{words}: {:?}", verification.checks);
            let asked = requests.iter().filter(|request| request.target.contains("/messages?")).count();
            // One more is the question whether it opens at all.
            assert_eq!(asked, tries + 1, "{words}");
            let preview = verification.preview.unwrap();
            let tokens: i64 = preview.days[3].models.iter().filter_map(|model| model.tokens).sum();
            assert!(tokens > 0, "{words}");
        }
    }

    #[tokio::test]
    async fn the_newer_reports_are_asked_for_where_the_account_says_so() {
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
}

mod claude_enterprise {
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
}
