//! The answers of verify: the failed check and its fix for each problem, and a preview that equals the files.

use serde_json::Value;
use shared::words::{
    Account, CapabilityOutcome as Capability, Check, CheckOutcome, SegmentState, Verdict, Verification,
};

use crate::oracle::{Oracle, count, engaged, id, sum};
use crate::sandbox_world::{TOKEN, World, day, enterprise, organization, outcome_letters};

const IDS: [&str; 8] = ["token", "token_kind", "expiry", "sso", "permission", "account", "policy", "data"];

fn check<'a>(verification: &'a Verification, id: &str) -> &'a Check {
    verification.checks.iter().find(|check| check.id == id).unwrap()
}

fn capability(verification: &Verification, id: &str) -> Capability {
    verification.capabilities.iter().find(|capability| capability.id == id).unwrap().outcome
}

/// See [`outcome_letters`].
fn outcomes(verification: &Verification) -> String {
    assert_eq!(verification.checks.iter().map(|check| check.id).collect::<Vec<_>>(), IDS);
    outcome_letters(verification)
}

#[tokio::test]
async fn each_sandbox_word_has_its_own_answer() {
    use Verdict::{Invalid, Unknown, Valid};
    let world = World::new().await;
    let o = organization;
    // token, token_kind, expiry, sso, permission, account, policy, data
    let cases: [(Account, &str, Verdict, &str); 38] = [
        (o("octo"), TOKEN, Valid, "pppppppp"),
        (o("octo"), "github_pat_good", Valid, "pppspppp"),
        (o("octo"), "ghs_good", Valid, "pwsspppp"),
        (o("octo"), "ghu_good", Valid, "ppsspppp"),
        (o("octo"), "0123456789abcdef0123456789abcdef01234567", Valid, "pppppppp"),
        (o("octo"), "ghp_dead", Invalid, "fsssssss"),
        (o("octo"), "ghp_noscope", Invalid, "pppsfpss"),
        (o("octo"), "ghp_member", Invalid, "pppsfpss"),
        (o("octo"), "ghp_nosso", Invalid, "pppfspss"),
        (o("octo"), "github_pat_noperm", Invalid, "pppsfpss"),
        (o("octo"), "ghs_noperm", Invalid, "pwssfpss"),
        (o("octo"), "ghp_nobilling", Valid, "pppppppp"),
        (o("octo"), "ghp_soon", Valid, "ppwppppp"),
        (o("octo"), "ghp_never", Valid, "ppwppppp"),
        (o("octo-policyoff"), TOKEN, Invalid, "ppppspfs"),
        (o("octo-iplist"), TOKEN, Invalid, "pppsfpss"),
        (enterprise("mega-iplist"), TOKEN, Invalid, "pppsfpss"),
        (o("octo-noclassic"), TOKEN, Invalid, "pfpsspss"),
        (o("octo-noclassic"), "github_pat_good", Valid, "pppspppp"),
        (o("octo-shortlived"), "github_pat_good", Invalid, "ppfsspss"),
        (o("octo-oddrefusal"), TOKEN, Unknown, "uppsuuus"),
        (o("octo-nocopilot"), TOKEN, Invalid, "pppssfss"),
        (o("missing"), TOKEN, Invalid, "pppssfss"),
        (o("octo-noseats"), TOKEN, Valid, "pppppppp"),
        (o("octo-nodata204"), TOKEN, Valid, "pppppppw"),
        (o("octo-empty200"), TOKEN, Valid, "pppppppw"),
        (o("octo-null200"), TOKEN, Valid, "pppppppw"),
        (o("octo-string200"), TOKEN, Valid, "pppppppw"),
        (o("octo-nolinks"), TOKEN, Valid, "pppppppw"),
        (o("octo-late"), TOKEN, Valid, "pppppppp"),
        (o("octo-redirect"), TOKEN, Valid, "pppppppp"),
        (o("octo-deprecation"), TOKEN, Valid, "pppppppp"),
        (o("octo-expired"), TOKEN, Valid, "pppppppp"),
        (o("octo-flaky503"), TOKEN, Valid, "pppppppp"),
        (o("octo-http429"), TOKEN, Unknown, "uppsuuus"),
        (enterprise("mega"), TOKEN, Valid, "pppppppp"),
        (enterprise("mega"), "github_pat_good", Invalid, "pfpsfpss"),
        (enterprise("mega-refused"), TOKEN, Invalid, "pppsfpss"),
    ];
    for (account, token, verdict, expected) in cases {
        let what = format!("{} with {token}", account.slug);
        let verification = world.verify(account.clone(), token).await;
        assert_eq!(outcomes(&verification), expected, "{what}: {:#?}", verification.checks);
        assert_eq!(verification.verdict, verdict, "{what}");
        for check in &verification.checks {
            if check.outcome == CheckOutcome::Fail {
                let fix = check.fix.as_ref().unwrap_or_else(|| panic!("{what}: {} has no fix", check.id));
                assert!(!fix.text.is_empty());
                // A problem with an account names the account; a problem with a token alone does not.
                let says = format!("{} {}", fix.text, fix.url.as_deref().unwrap_or_default());
                let about_account = !matches!(check.id, "token" | "token_kind" | "expiry");
                assert!(!about_account || says.contains(&account.slug), "{what}: {says}");
                assert!(fix.url.as_ref().is_none_or(|url| url.starts_with("https://github.com/")), "{what}: {says}");
            }
        }
        assert_eq!(verification.preview.is_some(), verdict == Verdict::Valid, "{what}");
    }
}

#[tokio::test]
async fn each_failed_check_has_a_fix_and_a_page() {
    let world = World::new().await;
    for (account, token, id, text, url) in [
        (organization("octo"), "ghp_dead", "token", "create a new token", "https://github.com/settings/tokens"),
        (organization("octo"), "ghp_noscope", "permission", "read:org", "https://github.com/settings/tokens"),
        (organization("octo"), "ghp_member", "permission", "an owner of octo", "https://github.com/orgs/octo/people"),
        (
            organization("octo"),
            "ghp_nosso",
            "sso",
            "Configure SSO",
            "https://github.com/orgs/octo/sso?authorization_request=",
        ),
        (
            organization("octo"),
            "github_pat_noperm",
            "permission",
            "Organization Copilot metrics",
            "https://github.com/settings/personal-access-tokens",
        ),
        (
            organization("octo"),
            "ghs_noperm",
            "permission",
            "accept the change",
            "https://github.com/organizations/octo/settings/installations",
        ),
        (
            organization("octo-policyoff"),
            TOKEN,
            "policy",
            "Copilot usage metrics",
            "https://github.com/organizations/octo-policyoff/settings/copilot/policies",
        ),
        (
            enterprise("mega-policyoff"),
            TOKEN,
            "policy",
            "Enabled everywhere",
            "https://github.com/enterprises/mega-policyoff/settings/copilot/policies",
        ),
        (organization("missing"), TOKEN, "account", "check the spelling", "https://github.com/missing"),
        (enterprise("missing"), TOKEN, "account", "check the spelling", "https://github.com/enterprises/missing"),
        (
            enterprise("mega"),
            "github_pat_good",
            "token_kind",
            "classic token",
            "https://github.com/settings/tokens/new?scopes=read:enterprise",
        ),
        (enterprise("mega"), "ghp_noscope", "permission", "read:enterprise", "https://github.com/settings/tokens"),
    ] {
        let verification = world.verify(account.clone(), token).await;
        let check = check(&verification, id);
        assert_eq!(check.outcome, CheckOutcome::Fail, "{} {token}", account.slug);
        let fix = check.fix.as_ref().unwrap();
        assert!(fix.text.contains(text), "{}", fix.text);
        assert!(fix.url.as_ref().unwrap().starts_with(url), "{:?}", fix.url);
    }
}

#[tokio::test]
async fn an_unknown_check_says_who_acts_and_when() {
    let world = World::new().await;
    let (wait, us) = ("nothing to fix; verify again after that time", "token and account are not the cause");
    for (slug, id, detail, fix) in [
        ("octo-http429", "token", "retry in 120 s", wait),
        ("octo-http503", "token", "retry in 60 s", wait),
        ("octo-cut", "data", "retry in 60 s", wait),
        ("octo-html", "token", "", us),
        ("octo-foreign", "data", "evil.example is not a declared host", us),
        ("octo-private", "data", "", us),
    ] {
        let verification = world.verify(organization(slug), TOKEN).await;
        assert_eq!(verification.verdict, Verdict::Unknown, "{slug}");
        let check = check(&verification, id);
        assert_eq!(check.outcome, CheckOutcome::Unknown, "{slug}: {:#?}", verification.checks);
        assert!(check.detail.contains(detail), "{slug}: {}", check.detail);
        assert!(check.fix.as_ref().unwrap().text.contains(fix), "{slug}: {:?}", check.fix);
    }
}

#[tokio::test]
async fn each_endpoint_family_is_a_separate_capability() {
    use Capability::{MissingPermission, NotFound, NotReady, Ok, PolicyOff, RateLimited, SsoRequired};
    let world = World::new().await;
    // The account's report, people, teams, repositories, seats, billing, e-mail addresses.
    for (slug, token, expected) in [
        ("octo", TOKEN, [Ok, Ok, Ok, Ok, Ok, Ok, Ok]),
        ("octo", "ghp_nobilling", [Ok, Ok, Ok, Ok, Ok, MissingPermission, Ok]),
        ("octo", "ghp_noscope", [MissingPermission; 7]),
        ("octo", "ghp_nosso", [SsoRequired; 7]),
        ("octo-noseats", TOKEN, [Ok, Ok, Ok, Ok, MissingPermission, Ok, Ok]),
        ("octo-policyoff", TOKEN, [PolicyOff, PolicyOff, PolicyOff, PolicyOff, Ok, Ok, Ok]),
        ("octo-nodata204", TOKEN, [NotReady, NotReady, NotReady, NotReady, Ok, Ok, Ok]),
        ("octo-nocopilot", TOKEN, [NotFound, NotFound, NotFound, NotFound, NotFound, Ok, Ok]),
        ("octo-http429", TOKEN, [RateLimited; 7]),
        ("octo-html", TOKEN, [Capability::Unknown; 7]),
        // It is optional: nothing else changes.
        ("octo-noaddresses", TOKEN, [Ok, Ok, Ok, Ok, Ok, Ok, MissingPermission]),
        ("octo", "github_pat_nonames", [Ok, Ok, Ok, Ok, Ok, Ok, MissingPermission]),
        ("octo-nosso-nodomain", TOKEN, [Ok, Ok, Ok, Ok, Ok, Ok, Ok]),
    ] {
        let verification = world.verify(organization(slug), token).await;
        let ids = [
            "organization_report",
            "users_report",
            "user_teams_report",
            "repositories_report",
            "seats",
            "billing",
            "email_addresses",
        ];
        assert_eq!(ids.map(|id| capability(&verification, id)), expected, "{slug} {token}");
        for capability in &verification.capabilities {
            let lacks = capability.outcome == MissingPermission;
            assert!(
                !lacks || capability.needs.as_ref().is_some_and(|needs| !needs.is_empty()),
                "{slug}: {capability:?}"
            );
        }
    }
}

/// Not ready, switched off, no such account, no Copilot, or not visible to this token: each has its own text.
#[tokio::test]
async fn each_kind_of_empty_account_has_its_own_answer() {
    let world = World::new().await;
    let mut details = Vec::new();
    for (account, token) in [
        (organization("octo-nodata204"), TOKEN),
        (organization("octo-policyoff"), TOKEN),
        (organization("missing"), TOKEN),
        (organization("octo-nocopilot"), TOKEN),
        (enterprise("mega"), "github_pat_good"),
        (organization("octo"), "ghp_member"),
    ] {
        let slug = account.slug.clone();
        let verification = world.verify(account, token).await;
        let notable =
            verification.checks.iter().filter(|check| matches!(check.outcome, CheckOutcome::Fail | CheckOutcome::Warn));
        details.push(
            notable.map(|check| format!("{}: {}", check.id, check.detail.replace(&slug, "X"))).collect::<Vec<_>>(),
        );
    }
    assert!(details.iter().all(|answer| !answer.is_empty()));
    let mut distinct = details.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), details.len(), "{details:#?}");
}

#[tokio::test]
async fn a_refused_enterprise_names_the_organizations_it_can_read() {
    let world = World::new().await;
    let verification = world.verify(enterprise("mega-refused"), TOKEN).await;
    let fix = check(&verification, "permission").fix.clone().unwrap();
    assert!(fix.text.contains("connect mega-refused-core, mega-refused-labs instead"), "{}", fix.text);
    // They open one by one.
    assert_eq!(world.verify(organization("mega-refused-core"), TOKEN).await.verdict, Verdict::Valid);
}

#[tokio::test]
async fn a_tokens_expiry_is_read_in_both_of_githubs_formats() {
    let world = World::new().await;
    for (token, kind, ends, scopes) in [
        ("ghp_good", "classic_pat", Some("2027-01-20T06:00:00Z"), Some(3)),
        ("github_pat_good", "fine_grained_pat", Some("2027-01-20T06:00:00Z"), None),
        ("ghp_soon", "classic_pat", Some("2026-11-26T06:00:00Z"), Some(3)),
        ("ghp_never", "classic_pat", None, Some(3)),
        ("ghs_good", "installation_token", None, None),
    ] {
        let facts = world.verify(organization("octo"), token).await.token;
        assert_eq!(facts.kind, kind, "{token}");
        assert_eq!(facts.expires_at, ends.map(crate::sandbox_world::time), "{token}");
        assert_eq!(facts.scopes.map(|scopes| scopes.len()), scopes, "{token}");
    }
}

/// The preview, compared with sums over the single days' files.
#[tokio::test]
async fn the_preview_has_the_last_14_days_and_equals_the_files() {
    let world = World::new().await;
    for account in [organization("octo"), organization("octo-twoshards-pretty-stringids"), enterprise("mega")] {
        let preview = world.verify(account.clone(), TOKEN).await.preview.unwrap();
        let oracle = Oracle::new(&world.sandbox.url(), &account);
        assert_eq!((preview.from, preview.to), (day("2026-11-07"), day("2026-11-20")));
        let days: Vec<_> = shared::words::Days::new(day("2026-11-07"), day("2026-11-21")).iter().rev().collect();
        assert_eq!(preview.days.iter().map(|day| day.day).collect::<Vec<_>>(), days);
        let name = if account.kind == "enterprise" { "enterprise-1-day" } else { "organization-1-day" };
        for shown in preview.days {
            let what = format!("{} on {}", account.slug, shown.day);
            let record = oracle.records(name, Some(shown.day)).await.unwrap().remove(0);
            let people = oracle.people(shown.day).await.unwrap();
            assert_eq!(
                people.len() as i64,
                record["daily_active_users"].as_i64().unwrap(),
                "the sandbox is consistent"
            );
            assert_eq!(shown.active_users, count(&record, "daily_active_users"), "{what}");
            let engaged: std::collections::BTreeSet<String> = people
                .iter()
                .filter(|person| engaged(person) == Some(true))
                .map(|person| id(&person["user_id"]))
                .collect();
            assert_eq!(shown.engaged_users, Some(engaged.len() as i64), "{what}");
            let completion = |split: &Value| split["feature"] == "code_completion";
            let of = |counter| Some(sum(&record, "totals_by_feature", counter, completion).unwrap_or(0));
            assert_eq!(shown.completions.suggested, of("code_generation_activity_count"), "{what}");
            assert_eq!(shown.completions.accepted, of("code_acceptance_activity_count"), "{what}");
            let chat = |split: &Value| split["feature"].as_str().unwrap().starts_with("chat_");
            let chats = sum(&record, "totals_by_feature", "user_initiated_interaction_count", chat).unwrap_or(0);
            assert_eq!(shown.chats, Some(chats), "{what}");
            let pulls = &record["pull_requests"];
            assert_eq!(shown.pull_requests.created_by_copilot, count(pulls, "total_created_by_copilot"), "{what}");
            assert_eq!(shown.pull_requests.reviewed_by_copilot, count(pulls, "total_reviewed_by_copilot"), "{what}");
            assert_eq!(shown.pull_requests.merged, count(pulls, "total_merged"), "{what}");
            for named in &shown.completions.by_editor {
                let ide = |split: &Value| split["ide"] == named.name.as_str();
                assert_eq!(
                    named.suggested,
                    sum(&record, "totals_by_ide", "code_generation_activity_count", ide),
                    "{what}"
                );
            }
            for named in &shown.completions.by_language {
                let language = |split: &Value| completion(split) && split["language"] == named.name.as_str();
                let expected = sum(&record, "totals_by_language_feature", "code_acceptance_activity_count", language);
                assert_eq!(named.accepted, expected, "{what}");
            }
            let state = if shown.day >= day("2026-11-18") { SegmentState::Provisional } else { SegmentState::Final };
            assert_eq!(shown.state, state, "{what}");
        }
    }
}

#[tokio::test]
async fn a_late_yesterday_is_pending_in_the_preview() {
    let world = World::new().await;
    let preview = world.verify(organization("octo-late"), TOKEN).await.preview.unwrap();
    assert_eq!(preview.days[0].day, day("2026-11-20"));
    assert_eq!((preview.days[0].state.clone(), preview.days[0].active_users), (SegmentState::Pending, None));
    assert_eq!(preview.days[1].state, SegmentState::Provisional);
    assert!(preview.days[1].active_users.is_some());
}

/// Nothing is stored, and a tenant with data residency is reached at its own hosts.
#[tokio::test]
async fn a_tenant_of_ghe_com_is_verified_at_its_own_address() {
    let world = World::new().await;
    let connection = |token: &str| shared::handlers::verify::Connection {
        provider: crate::sandbox_world::PROVIDER.to_owned(),
        account: organization("octo-policyoff"),
        credential: shared::words::Credential::token(token),
        api_url: Some("https://api.octo.ghe.com".to_owned()),
    };
    let verification = world.app.verify().run(&connection(TOKEN)).await.unwrap();
    let fix = check(&verification, "policy").fix.clone().unwrap();
    assert_eq!(fix.url.as_deref(), Some("https://octo.ghe.com/organizations/octo-policyoff/settings/copilot/policies"));
    assert!(world.app.connectors.list(None).await.unwrap().is_empty());
    assert!(world.app.archive.list("").await.unwrap().is_empty());
}
