//! People's e-mail addresses, from GitHub's GraphQL API.
//!
//! A query is not parsed: only the lists that it names are looked up, and a field that GitHub does not have is
//! refused. Errors have status 200.
//!
//! | word in the slug | effect |
//! |---|---|
//! | `nosso` | the account has no single sign-on: no identities |
//! | `oidc` | an enterprise has OpenID Connect instead of SAML |
//! | `nodomain` | the organization has verified no domain: no addresses of members |
//! | `noaddresses` | no token may read the addresses: FORBIDDEN |
//!
//! One person in eleven has no address. Others have one from SCIM, from SAML, from a `nameId`, or only from a
//! verified domain. Upper and lower case differ from other providers.

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::super::faults as usual;
use super::super::people::{Account, Kind, Person};
use super::super::state::SandboxState;
use super::super::words::Slug;
use super::answers::{ok, problem, put};
use super::faults;
use super::tokens::{Token, Unreadable};

pub(crate) const PATH: &str = "/graphql";

const MOST: u64 = 100;
/// Every name that a query may contain.
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

pub(crate) async fn answer(state: &SandboxState, token: &Token, body: &[u8]) -> Response {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(query) = request["query"].as_str() else {
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
    let slug = Slug::parse(request["variables"]["slug"].as_str().unwrap_or_default());
    let Some(slug) = slug.filter(|slug| !slug.as_str().contains("missing")) else {
        return refused(root, "NOT_FOUND", "Could not resolve to an account of that name.");
    };
    let account = state.account(kind, &slug);
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
    if let Some(outage) = usual::outage(state, &slug, &format!("{PATH} {slug:?} {query}"), problem).await {
        return outage;
    }
    ok(json!({"data": {root: data(state, &account, query, &request["variables"])}}))
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

/// The account's data that the query names.
fn data(state: &SandboxState, account: &Account, query: &str, variables: &Value) -> Value {
    let people: Vec<&Person> = account.seated(state.clock.now().date_naive()).collect();
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

/// Page size of the first list in the query.
fn first(query: &str) -> Option<u64> {
    let (_, rest) = query.split_once("first:")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A cursor is the position of the last node before it.
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

/// The source of a person's address.
enum AddressSource {
    Nowhere,
    Scim,
    Saml,
    NameId,
    Domain,
}

fn address_source(person: &Person) -> AddressSource {
    match person.id {
        id if id.is_multiple_of(11) => AddressSource::Nowhere,
        id => match id % 5 {
            0 => AddressSource::NameId,
            1 => AddressSource::Saml,
            2 => AddressSource::Domain,
            _ => AddressSource::Scim,
        },
    }
}

/// The address as an identity provider may write it.
fn written(person: &Person) -> String {
    let email = person.email();
    if person.id.is_multiple_of(2) { email } else { email[..1].to_uppercase() + &email[1..] }
}

fn identity(person: &Person, is_oidc: bool) -> Option<Value> {
    let (email, login) = (written(person), &person.login);
    let emails = json!([{"value": email, "primary": true}]);
    let saml = |name_id: &str, emails: Value| json!({"nameId": name_id, "emails": emails});
    let (saml, scim) = match address_source(person) {
        AddressSource::Domain => return None,
        // A guest, whose name is not an address.
        AddressSource::Nowhere => {
            (saml(&format!("{login}_gmail.com#EXT#@octodemo.onmicrosoft.com"), json!([])), Value::Null)
        }
        AddressSource::NameId => (saml(&email, json!([])), Value::Null),
        AddressSource::Saml => {
            (saml(&format!("00u{}", person.id), json!([{"value": email, "primary": null}])), Value::Null)
        }
        AddressSource::Scim => (saml(login, json!([])), json!({"username": login, "emails": emails})),
    };
    // OpenID Connect has addresses only from SCIM.
    let (saml, scim) = if is_oidc { (Value::Null, json!({"username": email, "emails": emails})) } else { (saml, scim) };
    Some(json!({"user": {"databaseId": person.id}, "samlIdentity": saml, "scimIdentity": scim}))
}

fn verified(person: &Person) -> Option<String> {
    (!matches!(address_source(person), AddressSource::Nowhere)).then(|| written(person))
}
