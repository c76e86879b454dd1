//! Every refusal of a key by a provider, and the resulting check, fix and page.

mod anthropic;
mod claude_enterprise;
mod codex;
mod cursor;
mod openai;
mod tables;

use sandbox::{Sandbox, StandInSpec};
use shared::http::{Detours, Http};
use shared::providers::{self, Call};
use shared::words::{
    Account, CapabilityOutcome, Check, CheckOutcome, Credential, Days, SegmentState, Verdict, Verification,
};

use crate::providers::stub::{self, Answer};
use crate::sandbox_world::{day, outcome_letters, small, time};

const NOW: &str = "2026-11-21T06:00:00Z";

async fn ask(provider: &str, slug: String, credential: Credential) -> (Verification, Vec<sandbox::ReceivedRequest>) {
    let sandbox = Sandbox::start(small(NOW)).await.unwrap();
    let http = Http::new(Detours::parse(&sandbox.detour()).unwrap());
    (verify_over(http, provider, slug, credential).await, sandbox.requests())
}

async fn verify_over(http: Http, provider: &str, slug: String, credential: Credential) -> Verification {
    let account = Account { kind: spec(provider).account_kind.to_owned(), slug };
    let call = Call::new(&http, &credential, &account, None, time(NOW));
    let access = providers::access(provider).unwrap();
    access.verify(&call, Days::before(day("2026-11-21"), 14)).await
}

/// A good connection to the sandbox, except for the answers that `answer` replaces.
async fn verify_but_for(
    provider: &str,
    answer: impl Fn(&str) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> Verification {
    let spec = spec(provider);
    let sandbox = Sandbox::start(small(NOW)).await.unwrap();
    let front = stub::in_front_of(&format!("{}/{}", sandbox.url(), spec.hosts[0]), answer).await;
    let credential = Credential::new(spec.credential_kind, (spec.credential)(""));
    verify_over(front.http(), provider, (spec.account)(""), credential).await
}

fn spec(provider: &str) -> &'static StandInSpec {
    sandbox::specs().find(|spec| spec.provider == provider).unwrap()
}

async fn verify_key(provider: &str, key: Option<&str>, words: &str) -> (Verification, Vec<sandbox::ReceivedRequest>) {
    let spec = spec(provider);
    let credential = match key {
        Some(key) => Credential::new(spec.credential_kind, [("token", key.to_owned())]),
        None => Credential::new(spec.credential_kind, (spec.credential)(words)),
    };
    ask(provider, (spec.account)(""), credential).await
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

/// The one failed check, the text of its fix, and its page.
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

const IDS: [&str; 7] = ["token", "token_kind", "expiry", "permission", "plan", "account", "data"];

/// See [`outcome_letters`].
fn outcomes(verification: &Verification) -> String {
    assert_eq!(verification.checks.iter().map(|check| check.id).collect::<Vec<_>>(), IDS);
    outcome_letters(verification)
}

/// Account, key, verdict, and the outcomes of token, token_kind, expiry, permission, plan, account and data.
async fn assert_answers(provider: &str, table: &[(&str, &str, Verdict, &str)]) {
    for (slug, key, verdict, expected) in table {
        let verification = ask(provider, (*slug).to_owned(), Credential::token(*key)).await.0;
        let got = outcomes(&verification);
        let detail = || verification.checks.iter().map(|check| check.detail.as_str()).collect::<Vec<_>>();
        assert_eq!(got, *expected, "{provider} {slug} {key}: {:#?}", detail());
        assert_eq!(verification.verdict, *verdict, "{provider} {slug} {key}");
        for check in verification.checks.iter().filter(|check| check.outcome == CheckOutcome::Fail) {
            let fix = check.fix.as_ref().unwrap();
            assert!(fix.url.as_deref().is_some_and(|url| url.starts_with("https://")), "{key}: {fix:?}");
        }
        let message = format!("{verification:?}");
        assert!(!message.contains(key), "{provider}: a key was repeated");
    }
}
