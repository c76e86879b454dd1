//! Every entry of every provider's table of refusals, replayed over HTTP as the provider sends it.

use shared::error::{ProviderError, Recourse};
use shared::providers::{Means, Need, Reason};

use super::*;

/// The pages of each provider; every fix leads to one of them.
const PAGES: [(&str, &[&str]); 6] = [
    ("github-copilot", &["https://github.com/"]),
    ("cursor", &["https://cursor.com/"]),
    ("anthropic", &["https://platform.claude.com/", "https://support.claude.com/"]),
    ("claude-enterprise", &["https://claude.ai/", "https://platform.claude.com/", "https://support.claude.com/"]),
    ("openai", &["https://platform.openai.com/", "https://help.openai.com/"]),
    ("codex", &["https://platform.openai.com/", "https://chatgpt.com/", "https://help.openai.com/"]),
];

fn answer(reason: &Reason) -> Answer {
    let answer = Answer { status: reason.seen.status, ..Answer::json(reason.seen.body) };
    reason.seen.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value))
}

/// The error of a poll whose first essential report is refused like this.
async fn error(provider: &str, account: Account, answer: Answer) -> ProviderError {
    let stub = stub::always(answer).await;
    let http = stub.http();
    let credential = Credential::new(spec(provider).credential_kind, (spec(provider).credential)(""));
    let call = Call::new(&http, &credential, &account, None, time(NOW));
    let history = providers::history(provider).unwrap();
    let batches = history.batches(&account, &[day("2026-11-17")], day("2026-11-21"), false);
    let reports = batches.iter().flat_map(|batch| &batch.reports);
    let report = reports.into_iter().find(|report| report.need == Need::Essential).unwrap();
    history.fetch(&call, report).await.err().unwrap_or_else(|| panic!("{provider} accepted the request"))
}

#[tokio::test]
async fn every_known_reason_has_its_code_its_recourse_and_its_page() {
    for about in providers::ALL.iter().map(|provider| provider.about()) {
        let (_, pages) = PAGES.iter().find(|(id, _)| *id == about.id).unwrap();
        assert!(!about.refusals.is_empty());
        for reason in about.refusals.iter().filter(|reason| reason.on.is_empty()) {
            let kind = reason.accounts.first().copied().unwrap_or(spec(about.id).account_kind);
            let account = Account { kind: kind.to_owned(), slug: (spec(about.id).account)("") };
            let error = error(about.id, account, answer(reason)).await;
            let what = format!("{}: {} {}", about.id, reason.seen.status, reason.seen.body);
            let (code, recourse) = match reason.means {
                Means::Closed(code) | Means::Forbidden(code) => (code, Recourse::Owner),
                Means::RateLimited => ("rate_limited", Recourse::Wait(std::time::Duration::from_secs(60))),
                Means::NotOffered => ("not_offered", Recourse::Nobody),
                Means::Ours => ("provider_malformed", Recourse::Us),
            };
            assert_eq!((error.code(), error.recourse()), (code, recourse), "{what}");
            let advice = error.advice();
            assert!(!advice.contains(['{', '}']), "{what}: {advice}");
            if recourse == Recourse::Owner {
                let url = error.fix().unwrap().url.as_deref().unwrap();
                assert!(pages.iter().any(|page| url.starts_with(page)), "{what}: {url}");
                assert!(!url.contains(['{', '}']), "{what}: {url}");
            }
        }
    }
}

/// A part of the account that the token cannot read loses only that part.
#[tokio::test]
async fn a_refusal_of_one_endpoint_is_a_capability_not_a_failure() {
    for about in providers::ALL.iter().map(|provider| provider.about()) {
        for reason in about.refusals.iter().filter(|reason| !reason.on.is_empty()) {
            let refusal = answer(reason);
            let here = move |path: &str| path.contains(reason.on).then(|| refusal.clone());
            let verification = verify_but_for(about.id, here).await;
            assert_eq!(verification.verdict, Verdict::Valid, "{:?}", verification.checks);
            let refused = verification.capabilities.iter();
            let refused: Vec<_> =
                refused.filter(|known| known.outcome == CapabilityOutcome::MissingPermission).collect();
            assert_eq!(refused.len(), 1, "{}: {refused:?}", reason.seen.body);
        }
    }
}

/// A reason that is in no table is unknown at every provider: it is quoted, and decides nothing.
#[tokio::test]
async fn an_unknown_reason_is_quoted_for_every_provider() {
    for about in providers::ALL.iter().map(|provider| provider.about()) {
        for status in [402, 403, 409, 451] {
            let is_known = about.refusals.iter().any(|known| known.statuses.contains(&status) && known.says.is_empty());
            if is_known && status == 402 {
                continue;
            }
            let account = Account { kind: spec(about.id).account_kind.to_owned(), slug: (spec(about.id).account)("") };
            let body = r#"{"error":"mooncheese","message":"The mooncheese rule is on"}"#;
            let error = error(about.id, account, Answer { status, ..Answer::json(body) }).await;
            assert_eq!((error.code(), error.recourse()), ("refused_unknown", Recourse::Owner), "{} {status}", about.id);
            let message = error.to_string();
            assert!(
                message.contains("for a reason that Pairmeter does not know: \"The mooncheese rule is on\""),
                "{message}"
            );
        }
    }
}
