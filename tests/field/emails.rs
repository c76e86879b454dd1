//! GitHub's sources of e-mail addresses for people with seats: identities of single sign-on, and verified domains.
//!
//! Formats: <https://docs.github.com/en/enterprise-cloud@latest/graphql/reference>; answers as GitHub's callers print
//! them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use proptest::prelude::*;
use proptest::sample::Index;
use sandbox::github::apps::PRIVATE_KEY;
use serde_json::{Value, json};
use shared::error::{ProviderError, Recourse};
use shared::handlers::save::NewConnector;
use shared::providers::{self, Call, Fetched, Mapped};
use shared::words::{Account, Connector, Credential, Dataset, PollOutcome, SegmentState, TeamSync};

use crate::providers::stub::{self, Answer};
use crate::rows::{self, Plain};
use crate::sandbox_world::{PROVIDER, TOKEN, World, day, enterprise, organization, time};

use super::{spec, world_behind};

const ON: &str = "2026-11-21";
const NOW: &str = "2026-11-21T06:00:00Z";

fn identities(nodes: &[Value]) -> Value {
    json!({"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": nodes})
}

fn of_organization(nodes: &[Value]) -> Value {
    json!({"data": {"organization": {"samlIdentityProvider": {"externalIdentities": identities(nodes)}}}})
}

fn of_members(people: &[(u64, &[&str])]) -> Value {
    let node = |(id, emails): &(u64, &[&str])| json!({"databaseId": id, "organizationVerifiedDomainEmails": emails});
    let nodes: Vec<_> = people.iter().map(node).collect();
    json!({"data": {"organization": {"membersWithRole": identities(&nodes)}}})
}

fn seats(ids: &[u64]) -> Value {
    let seat = |id: &u64| json!({"assignee": {"id": id, "login": format!("p{id}"), "type": "User"}});
    json!({"total_seats": ids.len(), "seats": ids.iter().map(seat).collect::<Vec<_>>()})
}

fn identity(user: u64, saml: Value, scim: Value) -> Value {
    json!({"user": {"databaseId": user}, "samlIdentity": saml, "scimIdentity": scim})
}

/// Maps the files of these reports, each split into pieces at `cuts`.
fn mapped(account: &Account, reports: &[(&str, Vec<String>)], cuts: &[Index]) -> Result<Mapped, ProviderError> {
    let history = providers::history(PROVIDER).unwrap();
    let mut mapper = history.mapper(account, 1);
    for (name, files) in reports {
        mapper.begin(&history.archived(account, name, day(ON)).unwrap());
        for file in files {
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(file.len())).collect();
            places.extend([0, file.len()]);
            places.sort_unstable();
            places.windows(2).try_for_each(|ends| mapper.read(&file.as_bytes()[ends[0]..ends[1]]))?;
            mapper.end_body()?;
        }
        mapper.end_report()?;
    }
    mapper.finish()
}

fn rows_of(mapped: &Mapped) -> Vec<Plain> {
    rows::of_segment(Dataset::Seats, &mapped.segments[&(Dataset::Seats, day(ON))])
}

/// The address of the only seat, which belongs to the person with number 7.
fn address_of(reports: &[(&str, Value)]) -> Option<String> {
    let mut reports: Vec<_> = reports.iter().map(|(name, page)| (*name, vec![page.to_string()])).collect();
    reports.push(("seats", vec![seats(&[7]).to_string()]));
    let rows = rows_of(&mapped(&organization("octo"), &reports, &[]).unwrap());
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].get("email").map(|email| email.as_str().unwrap().to_owned())
}

#[test]
fn the_address_of_an_identity_follows_the_stated_rule() {
    let emails = |list: &[(&str, Option<bool>)]| -> Value {
        list.iter().map(|(value, primary)| json!({"value": value, "primary": primary})).collect()
    };
    let scim =
        json!({"username": "ada", "emails": emails(&[("z@acme.test", Some(false)), ("scim@acme.test", Some(true))])});
    let saml = json!({"nameId": "name@acme.test", "emails": emails(&[("saml@acme.test", Some(true))])});
    let unmarked = emails(&[("b@acme.test", None), ("a@acme.test", None)]);
    for (saml, scim, expected) in [
        (saml.clone(), scim.clone(), Some("scim@acme.test")),
        (saml.clone(), Value::Null, Some("saml@acme.test")),
        // The only address of a list is the primary one, marked or not.
        (saml.clone(), json!({"username": "ada", "emails": emails(&[("One@Acme.test", None)])}), Some("one@acme.test")),
        (
            json!({"nameId": "x", "emails": emails(&[("only@acme.test", Some(false))])}),
            Value::Null,
            Some("only@acme.test"),
        ),
        // Of several addresses without a mark, none is chosen.
        (saml.clone(), json!({"username": "ada", "emails": unmarked}), Some("saml@acme.test")),
        (json!({"nameId": "name@acme.test", "emails": unmarked}), Value::Null, Some("name@acme.test")),
        (
            json!({"nameId": "Name@Acme.Test ", "emails": []}),
            json!({"username": "user@acme.test"}),
            Some("name@acme.test"),
        ),
        (
            json!({"nameId": "00u1abc", "emails": []}),
            json!({"username": "User@acme.test", "emails": null}),
            Some("user@acme.test"),
        ),
        (json!({"nameId": "ada"}), json!({"username": "ada"}), None),
        // A guest of Entra ID, whose address receives no mail.
        (json!({"nameId": "ada_gmail.com#EXT#@adagmail.onmicrosoft.com", "emails": []}), Value::Null, None),
        (json!({"nameId": "ada@localhost"}), Value::Null, None),
        (json!({"nameId": "@acme.test"}), Value::Null, None),
        (json!({"nameId": "a b@acme.test"}), Value::Null, None),
        (json!({"nameId": "a@b@acme.test"}), Value::Null, None),
        (json!({"nameId": null, "emails": emails(&[("no address", Some(true))])}), Value::Null, None),
        (Value::Null, Value::Null, None),
    ] {
        let page = of_organization(&[identity(7, saml.clone(), scim.clone())]);
        assert_eq!(address_of(&[("identities", page)]).as_deref(), expected, "{saml} {scim}");
    }
}

#[test]
fn an_address_of_a_verified_domain_is_the_last_choice() {
    let verified = of_members(&[(8, &["other@acme.test"]), (7, &["Verified@acme.test"])]);
    let known = |saml: Value| of_organization(&[identity(7, saml, Value::Null)]);
    let name_id = json!({"nameId": "name@acme.test"});
    for (identities, expected) in [
        (known(name_id), "name@acme.test"),
        (known(json!({"nameId": "ada"})), "verified@acme.test"),
        (of_organization(&[]), "verified@acme.test"),
    ] {
        let email = address_of(&[("identities", identities), ("verified-emails", verified.clone())]);
        assert_eq!(email.as_deref(), Some(expected));
    }
    assert_eq!(address_of(&[("verified-emails", verified)]).as_deref(), Some("verified@acme.test"));
    assert_eq!(address_of(&[("verified-emails", of_members(&[(7, &[])]))]), None);
    // Of several, the alphabetically first, in any order of the answer.
    for several in [["b@acme.test", "A@acme.test"], ["A@acme.test", "b@acme.test"]] {
        let page = of_members(&[(7, &several)]);
        assert_eq!(address_of(&[("verified-emails", page)]).as_deref(), Some("a@acme.test"));
    }
}

#[test]
fn a_seat_keeps_its_own_address() {
    let seat = json!({"total_seats": 1, "seats": [
        {"assignee": {"id": 7, "login": "ada", "type": "User", "email": "Stated@acme.test"}}]});
    let page = of_organization(&[identity(7, json!({"nameId": "name@acme.test"}), Value::Null)]);
    let reports = [("identities", vec![page.to_string()]), ("seats", vec![seat.to_string()])];
    let rows = rows_of(&mapped(&organization("octo"), &reports, &[]).unwrap());
    assert_eq!(rows[0]["email"], "stated@acme.test");
}

#[test]
fn an_identity_without_a_person_or_a_seat_makes_no_row() {
    let unclaimed = json!({"user": null, "samlIdentity": {"nameId": "new@acme.test"}, "scimIdentity": null});
    let elsewhere = identity(9, json!({"nameId": "nine@acme.test"}), Value::Null);
    let page = of_organization(&[unclaimed, json!(null), elsewhere]);
    assert_eq!(address_of(&[("identities", page)]), None);
}

#[test]
fn an_enterprise_has_identities_of_saml_or_of_oidc() {
    for provider in ["samlIdentityProvider", "oidcProvider"] {
        let node = identity(
            7,
            Value::Null,
            json!({"username": "ada_acme", "emails": [{"value": "ada@acme.test", "primary": true}]}),
        );
        let page =
            json!({"data": {"enterprise": {"ownerInfo": {provider: {"externalIdentities": identities(&[node])}}}}});
        let reports = [("identities", vec![page.to_string()]), ("seats", vec![seats(&[7]).to_string()])];
        let rows = rows_of(&mapped(&enterprise("acme"), &reports, &[]).unwrap());
        assert_eq!(rows[0]["email"], "ada@acme.test", "{provider}");
    }
}

#[test]
fn a_page_without_its_list_is_an_error() {
    for (report, page) in [
        ("identities", json!({})),
        ("identities", json!({"data": {"organization": {"samlIdentityProvider": {}}}})),
        (
            "identities",
            json!({"data": {"organization": {"samlIdentityProvider": {"externalIdentities": {"nodes": 7}}}}}),
        ),
        ("identities", of_members(&[])),
        ("verified-emails", of_organization(&[])),
    ] {
        let error = mapped(&organization("octo"), &[(report, vec![page.to_string()])], &[]).unwrap_err();
        assert!(matches!(error, ProviderError::Malformed { .. }), "{error:?}");
        assert!(error.to_string().starts_with(report), "{error}");
    }
}

proptest! {
    /// A person with several identities and in both lists, in any order and in any pieces.
    #[test]
    fn addresses_in_any_order_and_pieces_give_the_same_rows(
        swaps in prop::collection::vec(any::<Index>(), 8),
        cuts in prop::collection::vec(any::<Index>(), 6),
        order in Just(["identities", "seats", "verified-emails"]).prop_shuffle(),
    ) {
        let mut nodes = [
            identity(1, json!({"nameId": "b@acme.test"}), Value::Null),
            identity(1, json!({"nameId": "a@acme.test"}), Value::Null),
            identity(1, Value::Null, json!({"emails": [{"value": "Zoë@acme.test", "primary": true}]})),
            identity(2, json!({"nameId": "two@acme.test"}), Value::Null),
            identity(2, json!({"nameId": "also.two@acme.test"}), Value::Null),
            identity(3, json!({"nameId": "three"}), Value::Null),
        ];
        for (at, with) in (1..nodes.len()).rev().zip(&swaps) {
            nodes.swap(at, with.index(at + 1));
        }
        let cut = swaps[7].index(nodes.len() + 1);
        let files = |name: &str| match name {
            "identities" => vec![of_organization(&nodes[..cut]).to_string(), of_organization(&nodes[cut..]).to_string()],
            "seats" => vec![seats(&[1, 2, 3, 4]).to_string()],
            _ => vec![of_members(&[(3, &["three@acme.test"]), (2, &["a@acme.test"]), (4, &[])]).to_string()],
        };
        let reports: Vec<_> = order.iter().map(|name| (*name, files(name))).collect();
        let rows = rows_of(&mapped(&organization("octo"), &reports, &cuts).unwrap());
        let emails: Vec<_> = rows.iter().map(|row| row.get("email").and_then(Value::as_str)).collect();
        prop_assert_eq!(emails, [Some("zoë@acme.test"), Some("also.two@acme.test"), Some("three@acme.test"), None]);
    }
}

/// The result of one report when GitHub answers each query like this: its pages, or its error; and the variables of
/// every query.
async fn fetched(
    account: &Account,
    report: &str,
    answer: impl Fn(usize, &Value) -> Answer + Clone + Send + Sync + 'static,
) -> (Result<Option<Vec<Value>>, ProviderError>, Vec<Value>) {
    let requested: Arc<Mutex<Vec<Value>>> = Arc::default();
    let queries_seen = requested.clone();
    let stub = stub::serve_bodies(move |path, body| {
        assert_eq!(path, "/graphql");
        let query: Value = serde_json::from_slice(body).unwrap();
        let mut queries_seen = queries_seen.lock().unwrap();
        // A listing that does not end is stopped here, and the test fails by its count.
        if queries_seen.len() >= 20 {
            return Answer::status(500);
        }
        queries_seen.push(query["variables"].clone());
        answer(queries_seen.len(), &query)
    })
    .await;
    let (http, credential) = (stub.http(), Credential::token("ghp_good"));
    let call = Call::new(&http, &credential, account, None, time(NOW));
    let history = providers::history(PROVIDER).unwrap();
    let report = history.archived(account, report, day(ON)).unwrap();
    let read = async {
        let Fetched::Ready { mut bodies, .. } = history.fetch(&call, &report).await? else { return Ok(None) };
        let mut pages = Vec::new();
        while let Some(body) = bodies.next().await {
            let (mut body, mut page) = (body?, Vec::new());
            while let Some(piece) = body.next().await {
                page.extend_from_slice(&piece?);
            }
            pages.push(serde_json::from_slice(&page).unwrap());
        }
        Ok(Some(pages))
    };
    let read = read.await;
    let requested = requested.lock().unwrap().clone();
    (read, requested)
}

/// One page of a list, which names the next one.
fn page(report: &str, nodes: &[Value], page_info: Value) -> Value {
    let list = json!({"pageInfo": page_info, "nodes": nodes});
    match report {
        "identities" => json!({"data": {"organization": {"samlIdentityProvider": {"externalIdentities": list}}}}),
        _ => json!({"data": {"organization": {"membersWithRole": list}}}),
    }
}

#[tokio::test]
async fn every_page_of_addresses_is_read_by_its_cursor() {
    for report in ["identities", "verified-emails"] {
        let (pages, requested) = fetched(&organization("octo"), report, move |number, query| {
            let is_meant =
                query["query"].as_str().unwrap().contains("membersWithRole") == (report == "verified-emails");
            assert!(is_meant, "{query}");
            let info = match number {
                1 => json!({"hasNextPage": true, "endCursor": "Y3Vyc29yOnYyOpHNV8k="}),
                2 => json!({"hasNextPage": true, "endCursor": "two"}),
                _ => json!({"hasNextPage": false, "endCursor": "three"}),
            };
            Answer::json(&page(report, &[], info).to_string())
        })
        .await;
        assert_eq!(pages.unwrap().unwrap().len(), 3, "{report}");
        let after: Vec<_> = requested.iter().map(|variables| variables["after"].clone()).collect();
        assert_eq!(json!(after), json!([null, "Y3Vyc29yOnYyOpHNV8k=", "two"]), "{report}");
        assert!(requested.iter().all(|variables| variables["slug"] == "octo"), "{requested:?}");
    }
}

#[tokio::test]
async fn a_listing_of_addresses_without_progress_is_an_error() {
    for report in ["identities", "verified-emails"] {
        for (what, info) in [
            ("the same cursor again", json!({"hasNextPage": true, "endCursor": "one"})),
            ("no cursor", json!({"hasNextPage": true, "endCursor": null})),
            ("nothing about the next page", json!({"endCursor": "one"})),
            ("no page info", Value::Null),
        ] {
            let (pages, requested) = fetched(&organization("octo"), report, move |number, _| {
                Answer::json(&page(report, &[json!({"databaseId": number})], info.clone()).to_string())
            })
            .await;
            let error = pages.unwrap_err();
            assert!(matches!(error, ProviderError::Malformed { .. }), "{report}, {what}: {error:?}");
            assert!(error.to_string().starts_with(report), "{error}");
            assert!(requested.len() <= 2, "{report}, {what}: {} queries", requested.len());
        }
        // A different cursor each time, but always the same people.
        let (pages, requested) = fetched(&organization("octo"), report, move |number, _| {
            let info = json!({"hasNextPage": true, "endCursor": format!("cursor {number}")});
            let answer = page(report, &[json!({"databaseId": 7})], info).to_string();
            Answer::json(&answer)
        })
        .await;
        assert!(matches!(pages, Err(ProviderError::Malformed { .. })), "{report}: {pages:?}");
        assert!(requested.len() <= 2, "{report}: {} queries", requested.len());
    }
}

#[tokio::test]
async fn an_account_without_single_sign_on_has_no_report() {
    let none = json!({"data": {"organization": {"samlIdentityProvider": null}}}).to_string();
    let (pages, _) = fetched(&organization("octo"), "identities", move |_, _| Answer::json(&none)).await;
    assert_eq!(pages.unwrap(), None);
    let (pages, requested) = fetched(&enterprise("mega"), "identities", |_, query| {
        let of = if query["query"].as_str().unwrap().contains("oidcProvider") {
            "oidcProvider"
        } else {
            "samlIdentityProvider"
        };
        Answer::json(&json!({"data": {"enterprise": {"ownerInfo": {of: null}}}}).to_string())
    })
    .await;
    assert_eq!((pages.unwrap(), requested.len()), (None, 2), "SAML, then OpenID Connect");
}

#[tokio::test]
async fn an_enterprise_with_openid_connect_has_identities() {
    let (pages, requested) = fetched(&enterprise("mega"), "identities", |number, query| {
        let is_oidc = query["query"].as_str().unwrap().contains("oidcProvider");
        let info = json!({"hasNextPage": number == 2, "endCursor": "one"});
        let answer = match is_oidc {
            true => json!({"oidcProvider": {"externalIdentities": {"pageInfo": info, "nodes": []}}}),
            false => json!({"samlIdentityProvider": null}),
        };
        Answer::json(&json!({"data": {"enterprise": {"ownerInfo": answer}}}).to_string())
    })
    .await;
    assert_eq!((pages.unwrap().unwrap().len(), requested.len()), (2, 3));
}

fn graph_error(kind: &str, message: &str) -> Answer {
    let error = json!({"type": kind, "path": ["organization"], "locations": [{"line": 1, "column": 2}],
        "extensions": {"saml_failure": false}, "message": message});
    Answer::json(&json!({"data": {"organization": null}, "errors": [error]}).to_string())
}

/// GraphQL refuses with status 200.
#[tokio::test]
async fn each_refusal_of_a_query_says_who_acts_and_what_to_grant() {
    let scopes = "Your token has not been granted the required scopes to execute this query. The 'nodes' field requires \
        one of the following scopes: ['read:org'], but your token has only been granted the: ['repo'] scopes. Please \
        modify your token's scopes at: https://github.com/settings/tokens.";
    let allow_list = "Although you appear to have the correct authorization credentials, the `octo` organization has an \
        IP allow list enabled, and your IP address is not permitted to access this resource.";
    let (owner, us) = (Recourse::Owner, Recourse::Us);
    for (answer, code, recourse, says) in [
        (graph_error("INSUFFICIENT_SCOPES", scopes), "missing_permission", owner, "the scope read:org"),
        (
            graph_error("FORBIDDEN", "Resource not accessible by integration"),
            "missing_permission",
            owner,
            "\"Members\" (read)",
        ),
        (
            graph_error("FORBIDDEN", "Resource not accessible by personal access token"),
            "missing_permission",
            owner,
            "\"Members\" (read)",
        ),
        (
            graph_error("NOT_FOUND", "Could not resolve to an Organization with the login of 'octo'."),
            "missing_permission",
            owner,
            "use a token of an owner of octo",
        ),
        (graph_error("FORBIDDEN", allow_list), "ip_not_allowed", owner, "IP allow list of octo"),
        (
            graph_error(
                "FORBIDDEN",
                "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
            ),
            "sso_required",
            owner,
            "authorize the token for octo",
        ),
        (
            graph_error("FORBIDDEN", "The mooncheese rule is on"),
            "refused_unknown",
            owner,
            "\"The mooncheese rule is on\"",
        ),
        (
            Answer::json(&json!({"data": {"organization": null}}).to_string()),
            "missing_permission",
            owner,
            "use a token of an owner of octo",
        ),
        (
            Answer::json(
                &json!({"errors": [{"message": "Field 'nodez' doesn't exist on type 'X'",
                "extensions": {"code": "undefinedField", "fieldName": "nodez"}}]})
                .to_string(),
            ),
            "provider_malformed",
            us,
            "refuses the query",
        ),
        (Answer::bytes("<html>"), "provider_malformed", us, "is not JSON"),
        (Answer::status(404), "provider_malformed", us, "(404)"),
        (Answer::status(401), "token_refused", owner, "refuses the token"),
    ] {
        for report in ["identities", "verified-emails"] {
            let answer = answer.clone();
            let error = fetched(&organization("octo"), report, move |_, _| answer.clone()).await.0.unwrap_err();
            let advice = error.advice();
            assert_eq!((error.code(), error.recourse()), (code, recourse), "{advice}");
            assert!(advice.contains(says), "{advice}");
            assert!(!advice.contains(['{', '}']), "{advice}");
        }
    }
}

#[tokio::test]
async fn a_rate_limited_or_timed_out_query_waits() {
    let message = "Something went wrong while executing your query. This may be the result of a timeout, or it could be a \
        GitHub bug. Please include `89A2:06E1` when reporting this issue.";
    let timeout = Answer::json(&json!({"data": null, "errors": [{"message": message}]}).to_string());
    let limited = |kind: &str| graph_error(kind, "API rate limit already exceeded for user ID 1.");
    let reset = |answer: Answer| {
        let reset = (time(NOW) + chrono::Duration::seconds(300)).timestamp().to_string();
        answer
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", &reset)
            .with("date", "Sat, 21 Nov 2026 06:00:00 GMT")
    };
    for (answer, code, seconds) in [
        (timeout, "provider_unavailable", None),
        (limited("RATE_LIMIT").with("retry-after", "90"), "rate_limited", Some(90)),
        (reset(limited("RATE_LIMITED")), "rate_limited", Some(300)),
        (limited("RATE_LIMITED"), "rate_limited", Some(60)),
    ] {
        let error = fetched(&organization("octo"), "identities", move |_, _| answer.clone()).await.0.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let Recourse::Wait(wait) = error.recourse() else { panic!("{error:?}") };
        assert!(seconds.is_none_or(|seconds| wait.as_secs() == seconds), "{wait:?}");
    }
}

#[tokio::test]
async fn a_token_of_another_enterprise_is_explained() {
    let hidden = json!({"data": {"enterprise": {"ownerInfo": null}}}).to_string();
    let error = fetched(&enterprise("mega"), "identities", move |_, _| Answer::json(&hidden)).await.0.unwrap_err();
    assert_eq!(error.code(), "missing_permission");
    let advice = error.advice();
    assert!(advice.contains("an owner of mega") && advice.contains("read:enterprise"), "{advice}");
}

/// The addresses of the stored seats, and the number of seats without one.
async fn stored(world: &World, connector: &Connector) -> (BTreeSet<String>, usize) {
    let seats = rows::stored(&world.app, &connector.id, Dataset::Seats, day(ON)).await.unwrap();
    let emails: Vec<Option<&str>> = seats.iter().map(|seat| seat.get("email").and_then(Value::as_str)).collect();
    let without = emails.iter().filter(|email| email.is_none()).count();
    (emails.into_iter().flatten().map(str::to_owned).collect(), without)
}

#[tokio::test]
async fn people_with_seats_have_the_addresses_of_other_providers() {
    let world = World::with(sandbox::Options { users: 60, ..crate::sandbox_world::small(NOW) }).await;
    let github = world.save(organization("octodemo"), TOKEN).await.unwrap();
    let polled = world.poll(&github).await;
    assert_eq!((polled.outcome, polled.left_out.len()), (PollOutcome::Ok, 0), "{:?}", polled.left_out);
    let of_cursor = spec("cursor");
    let new = NewConnector {
        name: None,
        provider: "cursor".to_owned(),
        account: Account { kind: of_cursor.account_kind.to_owned(), slug: (of_cursor.account)("") },
        credential: Credential::new(of_cursor.credential_kind, (of_cursor.credential)("")),
        api_url: None,
        notify: None,
        team_sync: TeamSync::default(),
    };
    let (cursor, _) = world.app.save().run(new, "r").await.unwrap();
    world.poll(&cursor).await;
    let ((github, without), (cursor, _)) = (stored(&world, &github).await, stored(&world, &cursor).await);
    assert!(without > 0, "some are left to be linked by hand");
    assert!(github.len() > 40 && github.is_subset(&cursor), "{github:?} {cursor:?}");
}

#[tokio::test]
async fn an_enterprise_and_its_own_host_have_addresses_too() {
    let world = World::new().await;
    for slug in ["mega", "mega-oidc"] {
        let connector = world.save(enterprise(slug), TOKEN).await.unwrap();
        let polled = world.poll(&connector).await;
        assert_eq!((polled.outcome, polled.left_out.len()), (PollOutcome::Ok, 0), "{:?}", polled.left_out);
        assert!(stored(&world, &connector).await.0.len() > 5, "{slug}");
    }
    let new = NewConnector {
        name: None,
        provider: PROVIDER.to_owned(),
        account: organization("octo"),
        credential: Credential::token(TOKEN),
        api_url: Some("https://api.octo.ghe.com".to_owned()),
        notify: None,
        team_sync: TeamSync::default(),
    };
    let (connector, _) = world.app.save().run(new, "r").await.unwrap();
    world.poll(&connector).await;
    assert!(stored(&world, &connector).await.0.len() > 5);
    let requests = world.sandbox.requests();
    let queries = requests.iter().filter(|seen| seen.target == "/graphql" && seen.host == "api.octo.ghe.com");
    assert!(queries.count() >= 3, "one of verify, two of the poll");
}

/// Addresses that were never granted are reported with the missing permission, and the poll is still good.
#[tokio::test]
async fn a_token_without_access_to_addresses_polls_and_reports_it() {
    let app = Credential::new("github_app", [("app_id", "7".to_owned()), ("private_key", PRIVATE_KEY.to_owned())]);
    for (slug, credential) in [
        ("octo", Credential::token("github_pat_nonames")),
        ("octo-noaddresses", Credential::token(TOKEN)),
        ("octo-nonames", app),
    ] {
        let world = World::new().await;
        let connector = world.saved_before(organization(slug), "ghp_unused").await;
        world.app.secrets.put(&connector.id, &credential).await.unwrap();
        for _ in 0..2 {
            let polled = world.poll(&connector).await;
            assert_eq!(polled.outcome, PollOutcome::Ok, "{slug}: {:?} {:?}", polled.failure, polled.left_out);
            // The App of the sandbox has no right to billing either.
            let left_out: Vec<&String> =
                polled.left_out.iter().filter(|line| !line.starts_with("ai-credits")).collect();
            let [identities, verified] = left_out[..] else { panic!("{slug}: {left_out:?}") };
            for (line, report) in [(identities, "identities"), (verified, "verified-emails")] {
                assert!(line.starts_with(&format!("{report}: ")), "{line}");
                assert!(line.contains("give it the organization permission \"Members\" (read)"), "{line}");
            }
        }
        let (emails, without) = stored(&world, &connector).await;
        assert!(emails.is_empty() && without > 5, "{slug}: {emails:?}");
    }
}

#[tokio::test]
async fn an_account_without_sign_on_and_domain_polls_without_a_report() {
    let world = World::new().await;
    let connector = world.save(organization("octo-nosso-nodomain"), TOKEN).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!((polled.outcome, polled.left_out.len()), (PollOutcome::Ok, 0), "{:?}", polled.left_out);
    assert!(stored(&world, &connector).await.0.is_empty());
    let head = world.head(&connector, Dataset::Seats, ON).await.unwrap();
    assert_eq!(head.sources, ["verified-emails", "seats"], "no identities were there to read");
}

/// The addresses that an earlier poll of the day stored stay, and the poll reports that they are missing.
#[tokio::test]
async fn addresses_that_are_refused_later_stay_stored() {
    for answer in [graph_error("FORBIDDEN", "Resource not accessible by integration"), Answer::status(502)] {
        let is_refused: Arc<AtomicBool> = Arc::default();
        let (refuse, refusal) = (is_refused.clone(), answer.clone());
        let (world, _proxy) = world_behind(PROVIDER, move |path, _| {
            (path == "/graphql" && refuse.load(Ordering::Relaxed)).then(|| refusal.clone())
        })
        .await;
        let connector = world.save(organization("octo"), TOKEN).await.unwrap();
        assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
        let before = stored(&world, &connector).await;
        assert!(before.0.len() > 5);
        is_refused.store(true, Ordering::Relaxed);
        world.move_to("2026-11-21T07:00:00Z");
        let polled = world.poll(&connector).await;
        assert_eq!((polled.outcome, polled.left_out.len()), (PollOutcome::Partial, 2), "{:?}", polled.left_out);
        assert!(polled.failure.is_none(), "{:?}", polled.failure);
        assert_eq!(stored(&world, &connector).await, before);
        assert_eq!(world.state(&connector, Dataset::Seats, ON).await, Some(SegmentState::Provisional));
    }
}
