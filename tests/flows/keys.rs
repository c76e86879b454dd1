//! Providers that are opened with a key: what each kind of trouble is told as, and what a pasted key looks like.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use shared::providers;
use shared::sandbox;
use shared::words::{Account, Check, CheckOutcome, Credential, Verdict, Verification};

use tower::ServiceExt;

use crate::sandbox_world::World;

const IDS: [&str; 7] = ["token", "token_kind", "expiry", "permission", "plan", "account", "data"];

fn check<'a>(verification: &'a Verification, id: &str) -> &'a Check {
    verification.checks.iter().find(|check| check.id == id).unwrap()
}

/// One letter for each check, in order: pass, warn, fail, unknown, skipped.
fn outcomes(verification: &Verification) -> String {
    assert_eq!(verification.checks.iter().map(|check| check.id).collect::<Vec<_>>(), IDS);
    let letter = |check: &Check| match check.outcome {
        CheckOutcome::Pass => 'p',
        CheckOutcome::Warn => 'w',
        CheckOutcome::Fail => 'f',
        CheckOutcome::Unknown => 'u',
        CheckOutcome::Skipped => 's',
    };
    verification.checks.iter().map(letter).collect()
}

async fn verify(world: &World, provider: &str, slug: &str, key: &str) -> Verification {
    let stage = sandbox::stages().find(|stage| stage.provider == provider).unwrap();
    let connection = shared::handlers::verify::Connection {
        provider: provider.to_owned(),
        account: Account { kind: stage.account_kind.to_owned(), slug: slug.to_owned() },
        credential: Credential::token(key),
        api_url: None,
    };
    world.app.verify().run(&connection).await.unwrap()
}

#[tokio::test]
async fn each_word_has_its_own_answer() {
    use Verdict::{Invalid, Unknown, Valid};
    let world = World::new().await;
    // token, token_kind, expiry, permission, plan, account, data
    for (provider, slug, key, verdict, expected) in [
        ("openai", "org-octo", "sk-admin-0000good", Valid, "ppppppp"),
        // A key that begins like none we know is as good as it is.
        ("openai", "org-octo", "whatever-0000good", Valid, "ppppppp"),
        ("openai", "org-octo", "sk-admin-soon-0000good", Valid, "ppwpppp"),
        ("openai", "org-octo", "sk-admin-never-0000good", Valid, "ppwpppp"),
        ("openai", "org-octo", "sk-admin-usageonly-0000", Valid, "ppswppp"),
        ("openai", "org-octo", "sk-admin-nousage-0000", Invalid, "pppfsss"),
        ("openai", "org-octo", "sk-admin-nobody-0000good", Valid, "ppppppw"),
        ("openai", "org-octo", "sk-admin-dead", Invalid, "fssssss"),
        ("openai", "org-octo", "sk-proj-0000", Invalid, "pfsssss"),
        ("openai", "org-octo", "ghp_dead", Invalid, "ffsssss"),
        ("openai", "org-octo", "sk-admin-http429-0000", Unknown, "usssssu"),
        ("codex", "octo", "sk-admin-0000", Valid, "ppspppp"),
        ("codex", "octo-empty", "sk-admin-0000", Valid, "ppspppw"),
        ("codex", "octo", "sk-admin-noscope", Invalid, "ppsfsss"),
        ("codex", "nobody", "sk-admin-0000", Invalid, "ppsssfs"),
        ("codex", "octo", "sk-admin-dead", Invalid, "fssssss"),
        ("codex", "octo-http503", "sk-admin-0000", Unknown, "usssssu"),
    ] {
        let verification = verify(&world, provider, slug, key).await;
        let got = outcomes(&verification);
        let detail = || verification.checks.iter().map(|check| check.detail.as_str()).collect::<Vec<_>>();
        assert_eq!(got, expected, "{provider} {slug} {key}: {:#?}", detail());
        assert_eq!(verification.verdict, verdict, "{provider} {slug} {key}");
        for check in verification.checks.iter().filter(|check| check.outcome == CheckOutcome::Fail) {
            let fix = check.fix.as_ref().unwrap();
            assert!(fix.url.as_deref().is_some_and(|url| url.starts_with("https://")), "{key}: {fix:?}");
        }
        let said = format!("{verification:?}");
        assert!(!said.contains(key), "{provider}: a key was repeated");
    }
}

#[tokio::test]
async fn a_missing_scope_is_named_whether_it_is_said_with_401_or_403() {
    let world = World::new().await;
    for (key, id) in [("sk-admin-nousage-0000", "permission"), ("sk-proj-0000", "token_kind")] {
        let verification = verify(&world, "openai", "org-octo", key).await;
        let needs = verification.capabilities.iter().find(|capability| capability.id == "costs").unwrap();
        assert_eq!(needs.needs.as_deref(), Some("the scope api.usage.read"));
        assert_eq!(check(&verification, id).outcome, CheckOutcome::Fail);
    }
    let permission = verify(&world, "openai", "org-octo", "sk-admin-nousage-0000").await;
    assert!(check(&permission, "permission").detail.contains("the scope api.usage.read"));
    let kind = verify(&world, "openai", "org-octo", "sk-proj-0000").await;
    let kind = check(&kind, "token_kind");
    assert!(kind.detail.contains("project key") && kind.detail.contains("an admin key"), "{}", kind.detail);
    assert_eq!(
        kind.fix.as_ref().unwrap().url.as_deref(),
        Some("https://platform.openai.com/settings/organization/admin-keys")
    );
}

#[tokio::test]
async fn the_end_of_a_key_is_read_from_the_list_of_keys() {
    let world = World::new().await;
    let verification = verify(&world, "openai", "org-octo", "sk-admin-0000good").await;
    // The sandbox's clock and sixty days.
    let expires_at = verification.token.expires_at.unwrap();
    assert_eq!(expires_at, world.now() + chrono::Duration::days(60));
    let other = verify(&world, "openai", "org-octo", "sk-admin-never-0000good").await;
    assert_eq!(other.token.expires_at, None);
}

#[test]
fn a_pasted_key_is_told_by_its_beginning() {
    let looks = |key: &str| -> Vec<String> {
        let looks = providers::recognise(key).into_iter();
        looks.map(|look| format!("{}:{}", look.provider, look.credential.unwrap_or("-"))).collect()
    };
    assert_eq!(looks("ghp_0123"), ["github-copilot:token"]);
    // One beginning, two doors: both are named, and asking decides.
    assert_eq!(looks(" sk-admin-0123 "), ["openai:token", "codex:token"]);
    assert_eq!(looks("sk-proj-0123"), ["openai:-"]);
    assert_eq!(looks("0123"), [""; 0]);
}

#[tokio::test]
async fn the_api_says_what_a_pasted_key_looks_like_and_does_not_repeat_it() {
    let world = World::new().await;
    let api = world.app.serve(world.app.connect());
    let ask = async |body: &str| {
        let request = Request::builder()
            .method("POST")
            .uri("/v1/providers/recognise")
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = api.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let (status, body) = ask(r#"{"key":"sk-proj-topsecret"}"#).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("project key") && body.contains("admin-keys") && !body.contains("topsecret"), "{body}");
    let (status, body) = ask(r#"{"key":"topsecret"}"#).await;
    assert_eq!((status, body.as_str()), (200, r#"{"looks":[]}"#));
    for wrong in [r#"{"key":["topsecret"]}"#, r#"{"kay":"topsecret"}"#, r#"{"key":"topsecret","x":1}"#] {
        let (status, body) = ask(wrong).await;
        assert!(status == 400 && !body.contains("topsecret"), "{status} {body}");
    }
    assert!(world.sandbox.requests().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn a_poll_reads_in_the_providers_own_list_when_the_key_ends() {
    let world = World::new().await;
    let account = Account { kind: "organization".to_owned(), slug: "org-octo".to_owned() };
    let before = world.saved_before(account, "ghp_unused").await;
    let mut connector = shared::words::Connector { provider: "openai".to_owned(), ..before };
    connector = world.app.connectors.update(&connector).await.unwrap();
    for (key, days) in
        [("sk-admin-soon-0000good", Some(5)), ("sk-admin-0000good", Some(60)), ("sk-admin-never-0000good", None)]
    {
        world.app.secrets.put(&connector.id, &Credential::token(key)).await.unwrap();
        let polled = world.poll(&connector).await;
        assert!(polled.failure.is_none(), "{key}: {:?}", polled.failure);
        let token = world.connector(&connector).await.token;
        assert_eq!(token.expires_at, days.map(|days| world.now() + chrono::Duration::days(days)), "{key}");
    }
    // A key that may not read the list says nothing new.
    world.app.secrets.put(&connector.id, &Credential::token("sk-admin-0000good")).await.unwrap();
    world.poll(&connector).await;
    let known = world.connector(&connector).await.token;
    world.app.secrets.put(&connector.id, &Credential::token("sk-admin-usageonly-0000")).await.unwrap();
    world.poll(&connector).await;
    assert_eq!(world.connector(&connector).await.token, known);
}
