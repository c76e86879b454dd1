//! A deployment's policy: accounts and kinds of token, enforced at verify, save, rotate and for new apps.

use shared::app::App;
use shared::error::Error;
use shared::handlers::register::{Code, Wish};
use shared::handlers::save::NewConnector;
use shared::handlers::verify::Connection;
use shared::words::{Account, CheckOutcome, Credential, Policy, TeamSync, Verdict, Verification};

use super::apps::good;
use crate::sandbox_world::{PROVIDER, World, enterprise, organization};

const ID: &str = "policy_of_this_deployment";

async fn world(accounts: &str, tokens: &str) -> World {
    let mut world = World::new().await;
    let mut policy = Policy::default();
    policy.only_accounts(accounts).unwrap();
    policy.only_tokens(tokens).unwrap();
    world.app.policy = policy;
    world
}

fn new(account: Account, credential: Credential) -> NewConnector {
    NewConnector {
        name: None,
        provider: PROVIDER.to_owned(),
        account,
        credential,
        api_url: None,
        notify: None,
        team_sync: TeamSync::default(),
    }
}

async fn verify(app: &App, account: Account, credential: Credential) -> Verification {
    let connection = Connection { provider: PROVIDER.to_owned(), account, credential, api_url: None };
    app.verify().run(&connection).await.unwrap()
}

/// The outcome, detail and fix of the deployment's own check.
fn policy_check(verification: &Verification) -> (CheckOutcome, String, String) {
    let check = verification.checks.iter().find(|check| check.id == ID).unwrap();
    let fix = check.fix.as_ref().map(|fix| fix.text.clone()).unwrap_or_default();
    (check.outcome, check.detail.clone(), fix)
}

fn refused_by_policy(error: &Error) -> bool {
    match error {
        Error::Unverified(verification) => policy_check(verification).0 == CheckOutcome::Fail,
        _ => false,
    }
}

#[tokio::test]
async fn a_forbidden_kind_of_token_is_refused_at_verify_save_and_rotate() {
    let world = world("", "github_app,fine_grained_pat").await;
    for (credential, is_allowed) in [
        (good(), true),
        (Credential::token("github_pat_good"), true),
        (Credential::token("ghp_good"), false),
        (Credential::token("0123456789abcdef0123456789abcdef01234567"), false),
        (Credential::token("ghs_good"), false),
        (Credential::token("something new"), false),
    ] {
        let kind = credential.kind.clone();
        let verification = verify(&world.app, organization("octo"), credential).await;
        let expected = if is_allowed { Verdict::Valid } else { Verdict::Invalid };
        assert_eq!(verification.verdict, expected, "{kind}: {:#?}", verification.checks);
        assert_eq!(verification.preview.is_some(), is_allowed, "{kind}");
        let (outcome, detail, fix) = policy_check(&verification);
        assert_eq!(outcome == CheckOutcome::Pass, is_allowed, "{kind}");
        if !is_allowed {
            assert!(detail.contains(&verification.token.kind), "{detail}");
            assert!(fix.contains("github_app, fine_grained_pat; the operator of this Pairmeter"), "{fix}");
        }
    }
    let classic = || Credential::token("ghp_good");
    let refused = world.app.save().run(new(organization("octo"), classic()), "r").await.unwrap_err();
    assert!(refused_by_policy(&refused) && refused.status() == 422, "{refused:?}");
    let (connector, _) = world.app.save().run(new(organization("octo"), good()), "r").await.unwrap();
    let refused = world.app.rotate().run(&connector.id, classic(), "r").await.unwrap_err();
    assert!(refused_by_policy(&refused), "{refused:?}");
    assert_eq!(world.app.secrets.get(&connector.id).await.unwrap().kind, "github_app");
}

#[tokio::test]
async fn a_forbidden_account_is_refused_before_its_token_is_sent() {
    let world = world("github-copilot/organization/octo*, github-copilot/enterprise/mega", "").await;
    for (account, is_allowed) in [
        (organization("octo"), true),
        (organization("OctoDemo"), true),
        (enterprise("mega"), true),
        (organization("mega"), false),
        (enterprise("octo"), false),
    ] {
        let before = world.sandbox.requests().len();
        let verification = verify(&world.app, account.clone(), Credential::token("ghp_good")).await;
        let expected = if is_allowed { Verdict::Valid } else { Verdict::Invalid };
        assert_eq!(verification.verdict, expected, "{account:?}");
        assert_eq!(world.sandbox.requests().len() > before, is_allowed, "{account:?}");
        if !is_allowed {
            let (_, detail, fix) = policy_check(&verification);
            assert_eq!(detail, format!("it does not allow the account {PROVIDER}/{}/{}", account.kind, account.slug));
            assert!(fix.contains("github-copilot/organization/octo*, github-copilot/enterprise/mega"), "{fix}");
        }
    }
    let refused = world.app.save().run(new(organization("mega"), good()), "r").await.unwrap_err();
    assert!(refused_by_policy(&refused), "{refused:?}");
}

/// The account was allowed when it was connected: its data still arrives, but no new token is accepted.
#[tokio::test]
async fn an_account_that_was_forbidden_later_gets_no_new_token() {
    let world = world("github-copilot/organization/acme", "").await;
    let connector = world.saved_before(organization("octo"), "ghp_good").await;
    let refused = world.app.rotate().run(&connector.id, Credential::token("ghp_new"), "r").await.unwrap_err();
    assert!(refused_by_policy(&refused), "{refused:?}");
    assert_eq!(world.requests_since(0), [""; 0], "the new token was not sent");
    assert_eq!(world.app.secrets.get(&connector.id).await.unwrap().expose("token"), Some("ghp_good"));
    assert_eq!(world.connector(&connector).await, connector);
}

#[tokio::test]
async fn an_app_that_could_not_be_used_is_not_created() {
    for (accounts, tokens) in [("github-copilot/organization/acme", ""), ("", "fine_grained_pat")] {
        let world = world(accounts, tokens).await;
        let wish = Wish {
            kind: "organization".to_owned(),
            slug: "octo".to_owned(),
            redirect_url: "https://pairmeter.example/apps".to_owned(),
            api_url: None,
        };
        let refused = world.app.register().form(PROVIDER, &wish).await.unwrap_err();
        assert!(refused_by_policy(&refused), "{refused:?}");
        let code = Code { code: "good".to_owned(), account: organization("octo"), name: None, api_url: None };
        let refused = world.app.register().run(PROVIDER, code).await.unwrap_err();
        assert!(refused_by_policy(&refused), "{refused:?}");
        assert_eq!(world.requests_since(0), [""; 0], "the code was not used");
    }
}

#[tokio::test]
async fn without_a_policy_there_is_no_policy_check() {
    let world = World::new().await;
    let verification = verify(&world.app, organization("octo"), Credential::token("ghp_good")).await;
    assert!(verification.checks.iter().all(|check| check.id != ID));
}
