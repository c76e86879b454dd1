//! A GitHub App as the credential: found, exchanged and renewed; and a distinct answer for each possible error.

use chrono::Duration;
use sandbox::github::apps::PRIVATE_KEY;
use shared::error::{Error, Recourse};
use shared::handlers::save::NewConnector;
use shared::handlers::verify::Connection;
use shared::words::{
    Account, CapabilityOutcome, Check, CheckOutcome, ConnectorState, Credential, Dataset, PollOutcome, TeamSync,
    Verdict, Verification,
};

use crate::providers::stub::{self, Answer};
use crate::sandbox_world::{PROVIDER, World, enterprise, organization, outcome_letters};

/// The sandbox's own key, as some tools rewrite it.
const AS_PKCS8: &str = include_str!("../keys/same-as-pkcs8.pem");
const ANOTHER_KEY: &str = include_str!("../keys/another.pem");

pub(super) fn app(fields: &[(&'static str, &str)]) -> Credential {
    Credential::new("github_app", fields.iter().map(|(name, value)| (*name, (*value).to_owned())))
}

pub(super) fn good() -> Credential {
    app(&[("app_id", "7"), ("private_key", PRIVATE_KEY)])
}

async fn verify(world: &World, account: &Account, credential: Credential) -> Verification {
    let connection = Connection { provider: PROVIDER.to_owned(), account: account.clone(), credential, api_url: None };
    world.app.verify().run(&connection).await.unwrap()
}

fn check<'a>(verification: &'a Verification, id: &str) -> &'a Check {
    verification.checks.iter().find(|check| check.id == id).unwrap()
}

/// See [`outcome_letters`].
fn outcomes(verification: &Verification) -> String {
    let ids: Vec<_> = verification.checks.iter().map(|check| check.id).collect();
    let expected = ["token", "token_kind", "expiry", "installation", "sso", "permission", "account", "policy", "data"];
    assert_eq!(ids, expected);
    outcome_letters(verification)
}

fn asked(world: &World, method: &str, word: &str) -> usize {
    world.sandbox.requests().iter().filter(|seen| seen.method == method && seen.target.contains(word)).count()
}

async fn saved_before(world: &World, account: Account, credential: Credential) -> shared::words::Connector {
    let connector = world.saved_before(account, "ghp_unused").await;
    world.app.secrets.put(&connector.id, &credential).await.unwrap();
    connector
}

/// The sandbox verifies every signature and its times as strictly as GitHub.
#[tokio::test]
async fn the_app_flow_works_with_a_clock_that_is_one_minute_off() {
    for seconds in [0, 60, -60, 59, -59] {
        let world = World::new().await;
        world.sandbox.set_now(world.now() + Duration::seconds(seconds));
        for (account, key) in [
            (organization("octo"), PRIVATE_KEY),
            (organization("octo"), AS_PKCS8),
            (organization("octo"), &PRIVATE_KEY.replace('\n', "\\n")),
            (enterprise("mega"), PRIVATE_KEY),
        ] {
            let credential = app(&[("app_id", "7"), ("private_key", key)]);
            let verification = verify(&world, &account, credential).await;
            assert_eq!(outcomes(&verification), "ppppspppp", "{seconds} s: {:#?}", verification.checks);
            assert_eq!(verification.verdict, Verdict::Valid);
            assert_eq!(verification.token.kind, "github_app");
            assert_eq!((verification.token.expires_at, verification.token.scopes), (None, None));
            assert!(verification.preview.unwrap().days.iter().any(|day| day.active_users > Some(0)));
        }
        let installations = asked(&world, "GET", "/installation");
        assert_eq!(installations, 4, "{seconds} s: the first signature was good");
    }
}

#[tokio::test]
async fn a_larger_clock_difference_is_corrected_with_githubs_time() {
    for minutes in [2, 11, -2, -11, -60 * 24 * 30] {
        let world = World::new().await;
        world.sandbox.set_now(world.now() + Duration::minutes(minutes));
        let verification = verify(&world, &organization("octo"), good()).await;
        assert_eq!(
            check(&verification, "token").outcome,
            CheckOutcome::Pass,
            "{minutes} min: {:#?}",
            verification.checks
        );
        assert_eq!(check(&verification, "permission").outcome, CheckOutcome::Pass, "{minutes} min");
        // A signature starts one minute in the past and expires after eight minutes.
        let refused = usize::from(!(-1..=7).contains(&minutes));
        assert_eq!(asked(&world, "GET", "/installation"), 1 + refused, "{minutes} min: exactly one retry");
    }
}

#[tokio::test]
async fn each_error_of_an_app_has_its_own_answer() {
    let world = World::new().await;
    let (octo, o) = (organization("octo"), organization);
    let key = |app_id: &str, key: &str| app(&[("app_id", app_id), ("private_key", key)]);
    let installed = |id: &str| app(&[("app_id", "7"), ("private_key", PRIVATE_KEY), ("installation_id", id)]);
    let ec = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
    let cases = [
        (
            &octo,
            key("7", "ghp_nonsense"),
            "fssssssss",
            "token",
            "it is not a PEM file",
            "organizations/octo/settings/apps",
        ),
        (&octo, key("7", ec), "fssssssss", "token", "it is not an RSA key", "organizations/octo/settings/apps"),
        (
            &octo,
            key("7", ANOTHER_KEY),
            "fssssssss",
            "token",
            "refuses the private key for the App 7",
            "organizations/octo/settings/apps",
        ),
        (&octo, key("404", PRIVATE_KEY), "fssssssss", "token", "has no App 404", "organizations/octo/settings/apps"),
        (
            &o("octo-appless"),
            good(),
            "pppfsssss",
            "installation",
            "is not installed on octo-appless",
            "apps/pairmeter-sandbox/installations/new",
        ),
        (
            &octo,
            installed("12"),
            "pppfsssss",
            "installation",
            "has no installation 12",
            "apps/pairmeter-sandbox/installations/new",
        ),
        (
            &octo,
            installed("../../user"),
            "pppfsssss",
            "installation",
            "is not a number",
            "organizations/octo/settings/installations",
        ),
        (
            &o("octo-suspended"),
            good(),
            "pppfsssss",
            "installation",
            "is suspended in octo-suspended",
            "organizations/octo-suspended/settings/installations/",
        ),
        (
            &octo,
            key("403", PRIVATE_KEY),
            "ppppsfpss",
            "permission",
            "lacks \"Organization Copilot metrics\" (read) on octo",
            "organizations/octo-apps/settings/apps/pairmeter-sandbox/permissions",
        ),
        (
            &o("octo-unaccepted"),
            good(),
            "ppppsfpss",
            "permission",
            "lacks \"Organization Copilot metrics\" (read)",
            "organizations/octo-unaccepted/settings/installations/",
        ),
        (
            &o("octo-unaccepted-noappseats"),
            good(),
            "ppppsfsss",
            "permission",
            "\"Organization Copilot metrics\" (read) and \"GitHub Copilot Business\" (read)",
            "organizations/octo-unaccepted-noappseats/settings/installations/",
        ),
        (
            &enterprise("mega-unaccepted"),
            good(),
            "ppppsfpss",
            "permission",
            "\"Enterprise Copilot metrics\" (read)",
            "enterprises/mega-unaccepted/settings/installations/",
        ),
        (
            &o("octo-policyoff"),
            good(),
            "ppppsspfs",
            "policy",
            "is switched off",
            "organizations/octo-policyoff/settings/copilot/policies",
        ),
    ];
    let mut details = Vec::new();
    for (account, credential, expected, id, detail, url) in cases {
        let what = format!("{} {detail}", account.slug);
        let verification = verify(&world, account, credential).await;
        assert_eq!(verification.verdict, Verdict::Invalid, "{what}");
        assert_eq!(outcomes(&verification), expected, "{what}: {:#?}", verification.checks);
        let check = check(&verification, id);
        assert!(check.detail.contains(detail), "{what}: {}", check.detail);
        let fix = check.fix.as_ref().unwrap();
        let there = fix.url.as_ref().unwrap();
        assert!(there.starts_with(&format!("https://github.com/{url}")), "{what}: {there}");
        details.push(format!("{} {}", check.detail.replace(&account.slug, "X"), fix.text.replace(&account.slug, "X")));
    }
    details.sort();
    let count = details.len();
    details.dedup();
    // An organization can lack the metrics permission for two reasons with different fixes.
    assert_eq!(details.len(), count, "{details:#?}");
}

#[tokio::test]
async fn an_installation_of_another_account_is_reported() {
    let world = World::new().await;
    verify(&world, &organization("elsewhere"), good()).await;
    let number = |detail: &str| detail.rsplit('/').next().unwrap().to_owned();
    let theirs = verify(&world, &organization("elsewhere"), good()).await;
    let theirs = number(&check(&theirs, "installation").detail);
    let credential = |id: &str| app(&[("app_id", "7"), ("private_key", PRIVATE_KEY), ("installation_id", id)]);
    let verification = verify(&world, &organization("octo"), credential(&theirs)).await;
    assert_eq!(outcomes(&verification), "pppfsssss");
    let detail = &check(&verification, "installation").detail;
    assert_eq!(detail, &format!("the installation {theirs} belongs to elsewhere, not to octo"));
    // With the account that it belongs to, it is used without a search.
    let verification = verify(&world, &organization("Elsewhere"), credential(&theirs)).await;
    assert_eq!(verification.verdict, Verdict::Valid, "{:#?}", verification.checks);
    assert_eq!(asked(&world, "GET", "/orgs/Elsewhere/installation"), 0);
}

#[tokio::test]
async fn a_missing_permission_for_seats_is_a_warning() {
    let world = World::new().await;
    let verification = verify(&world, &organization("octo-noappseats"), good()).await;
    assert_eq!((outcomes(&verification).as_str(), verification.verdict), ("ppppswppp", Verdict::Valid));
    let warned = check(&verification, "permission");
    assert!(warned.detail.contains("lacks \"GitHub Copilot Business\" (read)"), "{}", warned.detail);
    let seats = verification.capabilities.iter().find(|capability| capability.id == "seats").unwrap();
    assert_eq!(seats.outcome, CapabilityOutcome::MissingPermission);
}

#[tokio::test]
async fn an_app_is_unknown_if_github_does_not_answer() {
    let world = World::new().await;
    let verification = verify(&world, &organization("octo-apphttp429"), good()).await;
    assert_eq!((outcomes(&verification).as_str(), verification.verdict), ("uuuuuuuuu", Verdict::Unknown));
    assert_eq!(verification.retry_at, Some(world.now() + Duration::seconds(120)));
}

#[tokio::test]
async fn a_token_has_only_useful_permissions_and_serves_a_whole_poll() {
    let world = World::new().await;
    let connector = saved_before(&world, organization("octo"), good()).await;
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    assert!(polled.stored.contains_key(&Dataset::Seats));
    assert!(asked(&world, "GET", "/copilot/") > 20);
    assert_eq!((asked(&world, "POST", "/access_tokens"), asked(&world, "GET", "/installation")), (1, 1));
    // The next poll does not use the token of the previous one.
    world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
    assert_eq!(asked(&world, "POST", "/access_tokens"), 2);
}

#[tokio::test]
async fn a_token_that_expires_during_a_poll_is_replaced() {
    let world = World::new().await;
    let whole = saved_before(&world, organization("octo"), good()).await;
    let brief = saved_before(&world, organization("octo-briefapp"), good()).await;
    for connector in [&whole, &brief] {
        let polled = world.poll(connector).await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    }
    let days = |heads: Vec<shared::words::SegmentHead>| {
        heads.into_iter().map(|head| (head.day, head.dataset, head.state)).collect::<Vec<_>>()
    };
    assert_eq!(days(world.ledger(&brief).await), days(world.ledger(&whole).await));
    let made = asked(&world, "POST", "/access_tokens");
    assert!(made > 3, "six requests a token: {made}");
    let refused = made - 2;
    let of = |slug: &str| {
        let billing = format!("/organizations/{slug}/settings/billing/");
        asked(&world, "GET", &format!("/orgs/{slug}/copilot/")) + asked(&world, "GET", &billing)
    };
    // Both polls fetch two lists of addresses by GraphQL, whose address does not name the account.
    let queries = asked(&world, "POST", "/graphql");
    assert_eq!(of("octo-briefapp") + queries, of("octo") + refused + 4, "each refusal costs one request");
}

#[tokio::test]
async fn a_suspended_or_removed_installation_needs_its_owner_and_recovers() {
    for (word, code, says) in [
        ("suspended", "installation_suspended", "must unsuspend it"),
        ("appless", "app_not_installed", "must install the App pairmeter-sandbox"),
    ] {
        let world = World::new().await;
        let connector = saved_before(&world, organization(&format!("octo-{word}")), good()).await;
        let polled = world.poll(&connector).await;
        let failure = polled.failure.as_ref().unwrap();
        assert_eq!((polled.outcome, failure.code(), failure.recourse()), (PollOutcome::Failed, code, Recourse::Owner));
        assert!(polled.for_queue().is_ok(), "notifying the owner is all that a queue can do");
        let after = world.connector(&connector).await;
        assert_eq!(after.state, ConnectorState::OwnerMustAct);
        assert!(after.state_detail.unwrap().contains(says));
        let notices = world.notices().await;
        assert_eq!(notices.iter().map(|notice| notice.code.as_str()).collect::<Vec<_>>(), [code]);
        // One request was enough, because all others would get the same answer.
        assert!(world.sandbox.requests().len() <= 3, "{:?}", world.requests_since(0));
    }
}

#[tokio::test]
async fn a_wrong_key_is_not_saved_and_a_valid_one_is_rotated() {
    let world = World::new().await;
    let new = |credential| NewConnector {
        name: None,
        provider: PROVIDER.to_owned(),
        account: organization("octo"),
        credential,
        api_url: None,
        notify: None,
        team_sync: TeamSync::default(),
    };
    let wrong = app(&[("app_id", "7"), ("private_key", ANOTHER_KEY)]);
    let refused = world.app.save().run(new(wrong.clone()), "r").await.unwrap_err();
    assert!(matches!(refused, Error::Unverified(_)));
    let (connector, _) = world.app.save().run(new(good()), "r").await.unwrap();
    assert_eq!(connector.token.kind, "github_app");
    world.poll(&connector).await;
    let refused = world.app.rotate().run(&connector.id, wrong, "r").await.unwrap_err();
    assert!(matches!(refused, Error::Unverified(_)));
    let again = app(&[("app_id", "7"), ("private_key", AS_PKCS8)]);
    world.app.rotate().run(&connector.id, again, "r").await.unwrap();
    let polled = world.poll_days(&connector, "2026-11-20", "2026-11-20").await;
    assert_eq!(polled.outcome, PollOutcome::Ok);
    assert!(world.head(&connector, Dataset::Activity, "2026-11-20").await.is_some());
}

#[tokio::test]
async fn an_app_that_is_suspended_during_a_poll_needs_its_owner_at_once() {
    let mut world = World::new().await;
    let suspended = r#"{"message":"This installation has been suspended"}"#;
    let stub = stub::in_front_of(&world.sandbox.url(), move |path| {
        path.contains("users-1-day?").then(|| Answer { status: 403, ..Answer::json(suspended) })
    })
    .await;
    world.app.http = stub.http();
    let connector = world.saved_before(organization("octo"), "ghs_pasted").await;
    world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
    let after = world.connector(&connector).await;
    assert_eq!(after.state, ConnectorState::OwnerMustAct, "{after:?}");
    assert!(after.state_detail.unwrap().contains("must unsuspend it"));

    let stub = stub::in_front_of(&world.sandbox.url(), move |path| {
        path.contains("/copilot/").then(|| Answer { status: 403, ..Answer::json(suspended) })
    })
    .await;
    world.app.http = stub.http();
    let verification = world.verify(organization("octo"), "ghs_pasted").await;
    assert_eq!(verification.verdict, Verdict::Invalid, "{:#?}", verification.checks);
    assert_eq!(check(&verification, "permission").outcome, CheckOutcome::Fail);
}

#[tokio::test]
async fn a_tenant_of_ghe_com_has_its_own_address_and_pages() {
    let world = World::new().await;
    let connection = |slug: &str| Connection {
        provider: PROVIDER.to_owned(),
        account: organization(slug),
        credential: good(),
        api_url: Some("https://api.octo.ghe.com".to_owned()),
    };
    let verification = world.app.verify().run(&connection("octo")).await.unwrap();
    assert_eq!(verification.verdict, Verdict::Valid, "{:#?}", verification.checks);
    let verification = world.app.verify().run(&connection("octo-appless")).await.unwrap();
    let fix = check(&verification, "installation").fix.clone().unwrap();
    assert_eq!(fix.url.as_deref(), Some("https://octo.ghe.com/apps/pairmeter-sandbox/installations/new"));
}

#[tokio::test]
async fn a_pasted_installation_token_works() {
    let world = World::new().await;
    let verification = world.verify(organization("octo"), "ghs_good").await;
    assert_eq!(verification.verdict, Verdict::Valid);
    assert_eq!(verification.token.kind, "installation_token");
    assert_eq!(check(&verification, "token_kind").outcome, CheckOutcome::Warn);
    assert!(verification.checks.iter().all(|check| check.id != "installation"));
}
