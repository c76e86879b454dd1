//! Reported inputs: refusals. Verify, the poll and the notice give the same reason in the same words.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shared::error::{ProviderError, Recourse};
use shared::providers::{self, Call};
use shared::words::{
    Account, Check, CheckOutcome, Connector, ConnectorState, Credential, Days, NoticeKind, PollOutcome, Verdict,
    Verification,
};

use super::{proxy, spec, world_behind};
use crate::providers::stub::{Answer, Stub};
use crate::sandbox_world::{World, day, organization, small, time};

const NOW: &str = "2026-11-21T06:00:00Z";

const ADDRESS: &str = r#"{"message":"Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.","documentation_url":"https://docs.github.com/x","status":"403"}"#;
const CLASSIC: &str = r#"{"message":"`acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions.","documentation_url":"https://docs.github.com/x","status":"403"}"#;
const LIFETIME: &str = r#"{"message":"The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 90 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/personal-access-tokens/123","documentation_url":"https://docs.github.com/x","status":"403"}"#;

fn refused(status: u16, body: &str) -> Answer {
    Answer { status, ..Answer::json(body) }
}

/// Every answer to a token is this refusal after the switch is on.
async fn refusing(refusal: &str) -> (World, Stub, Arc<AtomicBool>) {
    let is_on = Arc::new(AtomicBool::new(false));
    let (on, refusal) = (is_on.clone(), refusal.to_owned());
    let (world, stub) = world_behind("github-copilot", move |_, _| {
        on.load(Ordering::SeqCst).then(|| refused(403, &refusal).with("x-oauth-scopes", "read:org"))
    })
    .await;
    (world, stub, is_on)
}

fn failed(verification: &Verification) -> Vec<&Check> {
    verification.checks.iter().filter(|check| check.outcome == CheckOutcome::Fail).collect()
}

/// A connector that worked until the policy was enabled: the poll's result, the notice and the failed check.
async fn switched_on_later(token: &str, refusal: &str) -> (Check, Connector, String) {
    let (world, _stub, is_on) = refusing(refusal).await;
    let connector = world.save(organization("acme"), token).await.unwrap();
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    is_on.store(true, Ordering::SeqCst);
    world.clock.set(time("2026-11-22T06:00:00Z"));
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Failed);
    let connector = world.connector(&connector).await;
    assert_eq!(connector.state, ConnectorState::OwnerMustAct);
    let notices = world.notices().await;
    let notice = notices.iter().find(|notice| notice.kind == NoticeKind::OwnerMustAct).unwrap();
    let verification = world.verify(organization("acme"), token).await;
    let checks = failed(&verification);
    assert_eq!(checks.len(), 1, "{checks:?}");
    (checks[0].clone(), connector, notice.detail.clone())
}

/// The check's sentence and its fix are in the connector's state and in the notice, which a mail quotes.
#[track_caller]
fn assert_same_words(check: &Check, connector: &Connector, notice: &str, code: &str) {
    let fix = check.fix.as_ref().unwrap();
    let state = connector.state_detail.as_deref().unwrap();
    for (place, text) in [("state", state), ("notice", notice)] {
        assert!(text.contains(&check.detail) && text.contains(&fix.text), "{place}: {text}\n{check:?}");
        assert!(text.contains(fix.url.as_deref().unwrap()), "{place}: {text}");
        assert!(!text.contains("not an owner") && !text.contains("lacks"), "{place}: {text}");
    }
    assert_eq!(connector.last_poll.as_ref().unwrap().code.as_deref(), Some(code));
}

#[tokio::test]
async fn an_address_outside_the_ip_allow_list_is_reported_as_such() {
    // B01.
    let (check, connector, notice) = switched_on_later("ghp_good", ADDRESS).await;
    assert_same_words(&check, &connector, &notice, "ip_not_allowed");
    assert!(check.detail.contains("acme accepts requests only from listed IP addresses"), "{check:?}");
    let fix = check.fix.unwrap();
    assert_eq!(fix.url.as_deref(), Some("https://github.com/organizations/acme/settings/security"));
    assert!(!fix.text.to_lowercase().contains("new token") && !fix.text.contains("make a"), "{}", fix.text);
}

#[tokio::test]
async fn an_app_behind_an_ip_allow_list_does_not_lack_a_permission() {
    // B01, with a token of an App.
    let (world, _stub, is_on) = refusing(ADDRESS).await;
    is_on.store(true, Ordering::SeqCst);
    let verification = world.verify(organization("acme"), "ghs_good").await;
    let checks = failed(&verification);
    assert_eq!(checks.len(), 1, "{checks:?}");
    assert!(checks[0].detail.contains("listed IP addresses"), "{checks:?}");
}

#[tokio::test]
async fn the_fix_for_forbidden_classic_tokens_is_another_kind() {
    // B03.
    let (check, connector, notice) = switched_on_later("ghp_good", CLASSIC).await;
    assert_same_words(&check, &connector, &notice, "token_kind_forbidden");
    assert_eq!(check.id, "token_kind");
    assert!(check.detail.contains("acme does not accept classic"), "{check:?}");
    let fix = check.fix.unwrap();
    assert!(fix.text.contains("fine-grained token") && !fix.text.contains("make a classic"), "{}", fix.text);
    let page = "https://github.com/settings/personal-access-tokens/new?name=pairmeter-acme&target_name=acme";
    assert!(fix.url.as_deref().unwrap().starts_with(page), "{:?}", fix.url);
}

#[tokio::test]
async fn a_lifetime_that_is_too_long_names_the_limit_and_the_page() {
    // B04.
    let (check, connector, notice) = switched_on_later("github_pat_good", LIFETIME).await;
    assert_same_words(&check, &connector, &notice, "token_lifetime_too_long");
    assert_eq!(check.id, "expiry");
    assert!(check.detail.contains("at most 90 days"), "{check:?}");
    let fix = check.fix.unwrap();
    assert_eq!(fix.url.as_deref(), Some("https://github.com/settings/personal-access-tokens/123"));
    assert!(fix.text.contains("at most 90 days") && !fix.text.contains("permission"), "{}", fix.text);
}

#[tokio::test]
async fn every_wording_of_a_lifetime_limit_is_read() {
    // B04: an enterprise, a classic token, other limits, no page or a page outside GitHub.
    for (token, message, who, days, page) in [
        (
            "ghp_good",
            "The 'Microsoft Open Source' enterprise forbids access via a personal access tokens (classic) if the token's lifetime is greater than 8 days.",
            "Microsoft Open Source",
            "8",
            "https://github.com/settings/tokens",
        ),
        (
            "github_pat_good",
            "The 'Acme' enterprise forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 366 days. Please adjust your token's lifetime at the following URL: https://github.com.evil.example/settings/personal-access-tokens/1",
            "Acme",
            "366",
            "https://github.com/settings/personal-access-tokens",
        ),
    ] {
        let (world, _stub, is_on) = refusing(&serde_json::json!({ "message": message }).to_string()).await;
        is_on.store(true, Ordering::SeqCst);
        let verification = world.verify(organization("acme"), token).await;
        let checks = failed(&verification);
        assert_eq!(checks.iter().map(|check| check.id).collect::<Vec<_>>(), ["expiry"], "{checks:?}");
        assert!(checks[0].detail.contains(&format!("at most {days} days")), "{checks:?}");
        assert!(checks[0].detail.contains(who), "{checks:?}");
        assert_eq!(checks[0].fix.as_ref().unwrap().url.as_deref(), Some(page));
    }
}

#[tokio::test]
async fn an_unknown_reason_is_quoted_and_decides_nothing() {
    let body = serde_json::json!({"message": format!(
        "The mooncheese\u{7}policy\n of acme\u{202e} (requested by ann@acme.test with ghp_0123456789abcdefghijABCDEFGHIJ) is on: \
         https://github.com/orgs/acme/cheese?sig=1 https://evil.example/x?sig=2 {}", "x ".repeat(300))})
    .to_string();
    let (world, _stub, is_on) = refusing(&body).await;
    let connector = world.save(organization("acme"), "ghp_good").await.unwrap();
    is_on.store(true, Ordering::SeqCst);
    let verification = world.verify(organization("acme"), "ghp_good").await;
    assert_eq!(verification.verdict, Verdict::Unknown, "{:?}", verification.checks);
    assert!(failed(&verification).is_empty());
    let check = verification.checks.iter().find(|check| check.detail.contains("mooncheese policy of acme")).unwrap();
    assert_eq!(check.outcome, CheckOutcome::Unknown);
    assert!(check.detail.contains("for a reason that Pairmeter does not know"), "{check:?}");
    assert!(check.detail.contains("https://github.com/orgs/acme/cheese"), "{check:?}");
    assert!(check.detail.chars().count() < 350, "{check:?}");

    world.clock.set(time("2026-11-22T06:00:00Z"));
    let polled = world.poll(&connector).await;
    assert_eq!(polled.failure.as_ref().unwrap().recourse(), Recourse::Owner);
    let connector = world.connector(&connector).await;
    assert_eq!(connector.state, ConnectorState::OwnerMustAct);
    assert_eq!(connector.last_poll.as_ref().unwrap().code.as_deref(), Some("refused_unknown"));
    let state = connector.state_detail.unwrap();
    assert!(state.contains(&check.detail), "{state}");
    for hidden in ["ann@", "ghp_", "sig=", "evil.example", "\u{7}", "\n", "\u{202e}"] {
        assert!(!state.contains(hidden) && !format!("{verification:?}").contains(hidden), "{hidden:?} in {state}");
    }
}

/// The error of a poll's first report, fetched directly; `answer` is every answer of the provider.
async fn poll_error(provider: &str, account: Account, credential: Credential, answer: Answer) -> ProviderError {
    let stub = crate::providers::stub::always(answer).await;
    let http = stub.http();
    let call = Call::new(&http, &credential, &account, None, time(NOW));
    let history = providers::history(provider).unwrap();
    let today = day("2026-11-21");
    let batches = history.batches(&account, &[day("2026-11-17")], today, false);
    let report = batches
        .iter()
        .flat_map(|batch| &batch.reports)
        .find(|report| report.need == providers::Need::Essential)
        .unwrap();
    match history.fetch(&call, report).await {
        Err(error) => error,
        Ok(_) => panic!("{provider} accepted the request"),
    }
}

#[tokio::test]
async fn a_console_admin_key_on_claude_enterprise_names_its_console() {
    // B26.
    let body = r#"{"type":"error","error":{"type":"permission_error","message":"Missing required scopes. Got: ['api:admin'] Needed: ['read:analytics']"}}"#;
    let sandbox = sandbox::Sandbox::start(small(NOW)).await.unwrap();
    let front = proxy(&sandbox, "claude-enterprise", move |_, _| Some(refused(403, body))).await;
    let spec = spec("claude-enterprise");
    // The prefix is unknown, so only the answer identifies the key.
    let credential = Credential::new(spec.credential_kind, [("token", "key-of-unknown-look".to_owned())]);
    let account = Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") };
    let http = front.http();
    let call = Call::new(&http, &credential, &account, None, time(NOW));
    let access = providers::access("claude-enterprise").unwrap();
    let verification = access.verify(&call, Days::before(day("2026-11-21"), 14)).await;
    let checks = failed(&verification);
    assert_eq!(checks.iter().map(|check| check.id).collect::<Vec<_>>(), ["token_kind"], "{:?}", verification.checks);
    assert!(checks[0].detail.contains("Claude Console"), "{checks:?}");
    assert!(checks[0].fix.as_ref().unwrap().text.contains("connect the Claude Console"), "{checks:?}");
}

#[tokio::test]
async fn a_secondary_limit_without_headers_is_a_wait_of_a_minute() {
    // B28, and the older text of the same refusal.
    for message in [
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
    ] {
        let answer = refused(403, &serde_json::json!({ "message": message }).to_string())
            .with("x-oauth-scopes", "read:org")
            .with("x-ratelimit-remaining", "4321");
        let error = poll_error("github-copilot", organization("acme"), Credential::token("ghp_good"), answer).await;
        assert_eq!(error.recourse(), Recourse::Wait(std::time::Duration::from_secs(60)), "{message}: {error:?}");
        assert_eq!(error.code(), "rate_limited");
    }
}

#[tokio::test]
async fn an_app_with_a_wrong_clock_retries_with_githubs_time() {
    // B29: GitHub's clock is behind ours, so the signature expires too far in its future.
    let world = World::new().await;
    world.sandbox.set_now(world.now() - chrono::Duration::minutes(5));
    let fields = [("app_id", "7"), ("private_key", sandbox::github::apps::PRIVATE_KEY)];
    let credential = Credential::new("github_app", fields.map(|(name, value)| (name, value.to_owned())));
    let connection = shared::handlers::verify::Connection {
        provider: "github-copilot".to_owned(),
        account: organization("acme"),
        credential,
        api_url: None,
    };
    let verification = world.app.verify().run(&connection).await.unwrap();
    let requested = world.requests_since(0).iter().filter(|target| target.ends_with("/orgs/acme/installation")).count();
    assert_eq!(requested, 2, "once with our time, once with GitHub's");
    assert!(failed(&verification).is_empty(), "{:?}", verification.checks);
}
