//! Refusals of OpenAI.

use Verdict::{Invalid, Unknown, Valid};

use super::*;

#[tokio::test]
async fn each_sandbox_word_has_its_own_answer() {
    let table = [
        ("org-octo", "sk-admin-0000good", Valid, "ppppppp"),
        // A key with an unknown prefix is as valid as any other.
        ("org-octo", "whatever-0000good", Valid, "ppppppp"),
        ("org-octo", "sk-admin-soon-0000good", Valid, "ppwpppp"),
        ("org-octo", "sk-admin-never-0000good", Valid, "ppwpppp"),
        ("org-octo", "sk-admin-usageonly-0000", Valid, "ppswppp"),
        ("org-octo", "sk-admin-nousage-0000", Invalid, "pppfsss"),
        ("org-octo", "sk-admin-idle-0000good", Valid, "ppppppw"),
        ("org-octo", "sk-admin-dead", Invalid, "fssssss"),
        ("org-octo", "sk-proj-0000", Invalid, "pfsssss"),
        ("org-octo", "ghp_dead", Invalid, "ffsssss"),
        ("org-octo", "sk-admin-http429-0000", Unknown, "usssssu"),
    ];
    assert_answers("openai", &table).await;
}

#[tokio::test]
async fn a_missing_scope_is_named_with_401_and_with_403() {
    let verify = async |key: &str| ask("openai", "org-octo".to_owned(), Credential::token(key)).await.0;
    for (key, id) in [("sk-admin-nousage-0000", "permission"), ("sk-proj-0000", "token_kind")] {
        let verification = verify(key).await;
        let needs = verification.capabilities.iter().find(|capability| capability.id == "costs").unwrap();
        assert_eq!(needs.needs.as_deref(), Some("the scope api.usage.read"));
        assert_eq!(check(&verification, id).outcome, CheckOutcome::Fail);
    }
    let permission = verify("sk-admin-nousage-0000").await;
    assert!(check(&permission, "permission").detail.contains("the scope api.usage.read"));
    let kind = verify("sk-proj-0000").await;
    let kind = check(&kind, "token_kind");
    assert!(kind.detail.contains("project key") && kind.detail.contains("an admin key"), "{}", kind.detail);
    let page = kind.fix.as_ref().unwrap().url.as_deref();
    assert_eq!(page, Some("https://platform.openai.com/settings/organization/admin-keys"));
}

#[tokio::test]
async fn an_optional_endpoint_does_not_block_the_verdict() {
    for status in [400, 404, 429, 500] {
        let is_it = |path: &str| path.contains("/usage/file_search_calls");
        let verification = verify_but_for("openai", move |path| is_it(path).then(|| Answer::status(status))).await;
        assert_eq!(verification.verdict, Verdict::Valid, "{status}: {:?}", verification.checks);
        assert_ne!(capability(&verification, "file_search_calls"), CapabilityOutcome::Ok);
    }
    let needed = |path: &str| path.contains("/usage/completions").then(|| Answer::status(500));
    assert_eq!(verify_but_for("openai", needed).await.verdict, Verdict::Unknown);
}
