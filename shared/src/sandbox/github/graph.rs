//! Who people are by e-mail address, as GitHub's GraphQL API tells it.
//!
//! A query is not parsed: it is looked at for the lists that it names, and a field that GitHub does not have is refused.
//! Errors have status 200.
//!
//! | word in the slug | what happens |
//! |---|---|
//! | `nosso` | the account has no single sign-on: no identities |
//! | `oidc` | an enterprise has OpenID Connect in place of SAML |
//! | `nodomain` | the organization has verified no domain: no addresses of members |
//! | `noaddresses` | no token may read the addresses: FORBIDDEN |
//!
//! One person in eleven has no address here. Of the others some are known by SCIM, some by SAML, some by a `nameId`, and
//! some by a verified domain alone. Upper and lower case differ from what other providers write.

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::faults as usual;
use super::super::people::{Account, Kind, Person};
use super::super::words::Slug;
use super::super::world::World;
use super::answers::{ok, problem, put};
use super::faults;
use super::tokens::{Token, Unreadable};

pub(crate) const PATH: &str = "/graphql";

const MOST: u64 = 100;
/// Every name that a query may have in it.
const FIELDS: [&str; 27] = [
    "query",
    "slug",
    "String",
    "after",
    "organization",
    "login",
    "enterprise",
    "ownerInfo",
    "samlIdentityProvider",
    "oidcProvider",
    "externalIdentities",
    "first",
    "pageInfo",
    "hasNextPage",
    "endCursor",
    "nodes",
    "guid",
    "user",
    "databaseId",
    "samlIdentity",
    "nameId",
    "emails",
    "value",
    "primary",
    "scimIdentity",
    "username",
    "membersWithRole",
];
const VERIFIED: &str = "organizationVerifiedDomainEmails";

pub(crate) async fn answer(world: &World, token: &Token, body: &[u8]) -> Response {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(query) = asked["query"].as_str() else {
        return problem(StatusCode::BAD_REQUEST, "A query attribute must be specified and must be a string.");
    };
    let mut names = query.split(|c: char| !c.is_ascii_alphanumeric()).filter(|name| !name.is_empty());
    if let Some(unknown) = names.find(|name| !is_known(name)) {
        let message = format!("Field '{unknown}' doesn't exist on type 'Query'");
        let extensions = json!({"code": "undefinedField", "typeName": "Query", "fieldName": unknown});
        return ok(json!({"errors": [{"message": message, "path": ["query"], "extensions": extensions}]}));
    }
    let kind = if query.contains("enterprise(") { Kind::Enterprise } else { Kind::Organization };
    let root = if kind == Kind::Enterprise { "enterprise" } else { "organization" };
    let slug = Slug::parse(asked["variables"]["slug"].as_str().unwrap_or_default());
    let Some(slug) = slug.filter(|slug| !slug.as_str().contains("nobody")) else {
        return refused(root, "NOT_FOUND", "Could not resolve to an account of that name.");
    };
    let account = world.account(kind, &slug);
    if let Some(message) = faults::policy_message(&account, token.kind) {
        return refused(root, "FORBIDDEN", &message);
    }
    match token.unreadable(&account) {
        Some(Unreadable { kind, message, sso }) => {
            let answer = refused(root, kind, &message);
            return if sso.is_empty() { answer } else { put(answer, "x-github-sso", &sso) };
        }
        None if slug.says("noaddresses") => {
            return refused(root, "FORBIDDEN", "Resource not accessible by personal access token");
        }
        None => {}
    }
    if let Some(outage) = usual::outage(world, &slug, &format!("{PATH} {slug:?} {query}"), problem).await {
        return outage;
    }
    ok(json!({"data": {root: data(world, &account, query, &asked["variables"])}}))
}

fn is_known(name: &str) -> bool {
    FIELDS.contains(&name) || name == VERIFIED || name.parse::<u64>().is_ok()
}

fn refused(root: &str, kind: &str, message: &str) -> Response {
    let error = json!({
        "type": kind, "path": [root], "locations": [{"line": 1, "column": 1}],
        "extensions": {"saml_failure": message.contains("SAML")}, "message": message,
    });
    ok(json!({"data": {root: null}, "errors": [error]}))
}

/// What the query names of the account.
fn data(world: &World, account: &Account, query: &str, variables: &Value) -> Value {
    let people: Vec<&Person> = account.seated(world.clock.now().date_naive()).collect();
    let size = first(query).unwrap_or(MOST).min(MOST);
    let list = |nodes: Vec<Value>| connection(&nodes, size, variables["after"].as_str());
    let identities = || list(people.iter().filter_map(|person| identity(person, account.slug.says("oidc"))).collect());
    let is_oidc = account.slug.says("oidc");
    let has_sso = !account.slug.says("nosso");
    let provider = |is_this: bool| (has_sso && is_this).then(|| json!({"externalIdentities": identities()}));
    let mut data = json!({});
    if query.contains("samlIdentityProvider") {
        data["samlIdentityProvider"] = provider(!is_oidc).into();
    }
    if query.contains("oidcProvider") {
        data["oidcProvider"] = provider(is_oidc).into();
    }
    if query.contains("membersWithRole") {
        let member = |person: &&Person| {
            let emails: Vec<String> = verified(person).into_iter().filter(|_| !account.slug.says("nodomain")).collect();
            json!({"databaseId": person.id, VERIFIED: emails})
        };
        data["membersWithRole"] = list(people.iter().map(member).collect());
    }
    if account.kind == Kind::Enterprise { json!({"ownerInfo": data}) } else { data }
}

/// How many nodes a page has, of the first list that is asked for.
fn first(query: &str) -> Option<u64> {
    let (_, rest) = query.split_once("first:")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A cursor is the place of the last node before it.
fn connection(nodes: &[Value], size: u64, after: Option<&str>) -> Value {
    let from = after.and_then(|cursor| BASE64_STANDARD.decode(cursor).ok()).and_then(|cursor| {
        let place = String::from_utf8(cursor).ok()?;
        place.strip_prefix("cursor:v2:")?.parse::<usize>().ok()
    });
    let from = from.unwrap_or(0).min(nodes.len());
    let upto = (from + size as usize).min(nodes.len());
    let cursor = (upto > from).then(|| BASE64_STANDARD.encode(format!("cursor:v2:{upto}")));
    json!({"pageInfo": {"hasNextPage": upto < nodes.len(), "endCursor": cursor}, "nodes": nodes[from..upto]})
}

/// How GitHub knows a person's address.
enum Known {
    Nowhere,
    Scim,
    Saml,
    NameId,
    Domain,
}

fn known(person: &Person) -> Known {
    match person.id {
        id if id.is_multiple_of(11) => Known::Nowhere,
        id => match id % 5 {
            0 => Known::NameId,
            1 => Known::Saml,
            2 => Known::Domain,
            _ => Known::Scim,
        },
    }
}

/// As an identity provider may write it.
fn written(person: &Person) -> String {
    let email = person.email();
    if person.id.is_multiple_of(2) { email } else { email[..1].to_uppercase() + &email[1..] }
}

fn identity(person: &Person, is_oidc: bool) -> Option<Value> {
    let (email, login) = (written(person), &person.login);
    let emails = json!([{"value": email, "primary": true}]);
    let saml = |name_id: &str, emails: Value| json!({"nameId": name_id, "emails": emails});
    let (saml, scim) = match known(person) {
        Known::Domain => return None,
        // A guest, whose name is no address.
        Known::Nowhere => (saml(&format!("{login}_gmail.com#EXT#@octodemo.onmicrosoft.com"), json!([])), Value::Null),
        Known::NameId => (saml(&email, json!([])), Value::Null),
        Known::Saml => (saml(&format!("00u{}", person.id), json!([{"value": email, "primary": null}])), Value::Null),
        Known::Scim => (saml(login, json!([])), json!({"username": login, "emails": emails})),
    };
    // OpenID Connect knows people by SCIM alone.
    let (saml, scim) = if is_oidc { (Value::Null, json!({"username": email, "emails": emails})) } else { (saml, scim) };
    Some(json!({"user": {"databaseId": person.id}, "samlIdentity": saml, "scimIdentity": scim}))
}

fn verified(person: &Person) -> Option<String> {
    (!matches!(known(person), Known::Nowhere)).then(|| written(person))
}
