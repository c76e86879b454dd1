//! The two lists that contain e-mail addresses: identities of single sign-on, and addresses of verified domains.
//!
//! Owners may read them, with a classic token with `read:org` (for an enterprise `read:enterprise`), and an App with
//! "Members" (read) in an organization:
//! <https://docs.github.com/en/enterprise-cloud@latest/graphql/reference/objects#externalidentity>,
//! <https://github.blog/changelog/2023-03-30-samlidentity-graphql-object-now-supports-read-scope/>. An enterprise's
//! App may not (SpecterOps/bloodhound-docs#390). If an enterprise has the single sign-on, its organizations have none
//! of their own (github/platform-samples#168).

use std::collections::HashSet;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::error::ProviderError;
use crate::providers::{Bodies, Call, Fetched, Report};

use super::{ENTERPRISE, graph, refusals};

pub(super) const IDENTITIES: &str = "identities";
pub(super) const VERIFIED_EMAILS: &str = "verified-emails";

/// A list in GitHub's graph.
struct Listing {
    query: &'static str,
    /// The object with the list; null if the account has none.
    owner: &'static str,
    /// The name of the list.
    list: &'static str,
}

/// A query for the identities of one identity provider, which is inside `$around`.
macro_rules! identities {
    ($around:literal, $provider:literal, $end:literal) => {
        concat!(
            "query($slug:String!,$after:String){",
            $around,
            $provider,
            "{externalIdentities(first:100,after:$after){pageInfo{hasNextPage endCursor}nodes{user{databaseId}",
            "samlIdentity{nameId emails{value primary}}scimIdentity{username emails{value primary}}}}}",
            $end,
            "}"
        )
    };
}

const SAML: Listing = Listing {
    query: identities!("organization(login:$slug){", "samlIdentityProvider", "}"),
    owner: "/data/organization/samlIdentityProvider",
    list: "externalIdentities",
};
const ENTERPRISE_SAML: Listing = Listing {
    query: identities!("enterprise(slug:$slug){ownerInfo{", "samlIdentityProvider", "}}"),
    owner: "/data/enterprise/ownerInfo/samlIdentityProvider",
    list: "externalIdentities",
};
/// For enterprises whose users are managed with Entra ID.
const ENTERPRISE_OIDC: Listing = Listing {
    query: identities!("enterprise(slug:$slug){ownerInfo{", "oidcProvider", "}}"),
    owner: "/data/enterprise/ownerInfo/oidcProvider",
    list: "externalIdentities",
};
const MEMBERS: Listing = Listing {
    query: concat!(
        "query($slug:String!,$after:String){organization(login:$slug){membersWithRole(first:100,after:$after){",
        "pageInfo{hasNextPage endCursor}nodes{databaseId organizationVerifiedDomainEmails(login:$slug)}}}}"
    ),
    owner: "/data/organization",
    list: "membersWithRole",
};

/// Requests one entry of each list, to learn whether it is readable.
const PROBE: &str = concat!(
    "query($slug:String!){organization(login:$slug){samlIdentityProvider{externalIdentities(first:1){nodes{guid}}}",
    "membersWithRole(first:1){nodes{organizationVerifiedDomainEmails(login:$slug)}}}}"
);
const ENTERPRISE_PROBE: &str = concat!(
    "query($slug:String!){enterprise(slug:$slug){ownerInfo{samlIdentityProvider{externalIdentities(first:1){",
    "nodes{guid}}}oidcProvider{externalIdentities(first:1){nodes{guid}}}}}}"
);

/// Whether the token may read the addresses; the error says why not.
pub(super) async fn probe(call: &Call<'_>) -> Result<(), ProviderError> {
    let query = if call.account.kind == ENTERPRISE { ENTERPRISE_PROBE } else { PROBE };
    let (_, answer) = graph::ask(call, query, None).await?;
    opened(call, &answer)
}

/// Single sign-on is one list, from the account's first provider. An account without one has no report.
pub(super) async fn fetch<'a>(call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
    let listings: &'static [Listing] = match report.name {
        VERIFIED_EMAILS => &[MEMBERS],
        _ if call.account.kind == ENTERPRISE => &[ENTERPRISE_SAML, ENTERPRISE_OIDC],
        _ => &[SAML],
    };
    for listing in listings {
        if let Some(first) = page(call, report.name, listing, None).await? {
            let bodies = pages(call, report.name, listing, first);
            return Ok(Fetched::Ready { covers: report.days, bodies });
        }
    }
    Ok(Fetched::Missing)
}

struct IdentityPage {
    body: Bytes,
    /// The cursor of the next page.
    next: Option<String>,
}

/// Returns `None` if the account has no such list.
async fn page(
    call: &Call<'_>,
    report: &str,
    listing: &Listing,
    after: Option<&str>,
) -> Result<Option<IdentityPage>, ProviderError> {
    let (body, answer) = graph::ask(call, listing.query, after).await?;
    opened(call, &answer)?;
    let malformed = |what: &str| ProviderError::Malformed { detail: format!("{report}: {what}") };
    let owner = answer.pointer(listing.owner).ok_or_else(|| malformed("the answer does not match the query"))?;
    if owner.is_null() {
        return Ok(None);
    }
    let info = &owner[listing.list]["pageInfo"];
    let next = match (info["hasNextPage"].as_bool(), info["endCursor"].as_str()) {
        (Some(false), _) => None,
        (Some(true), Some(cursor)) => Some(cursor.to_owned()),
        (Some(true), None) => return Err(malformed("a page announces another page without a cursor")),
        (None, _) => return Err(malformed("a page does not say whether another follows")),
    };
    Ok(Some(IdentityPage { body, next }))
}

/// The account is an object if GitHub shows it to this token, and so is the part of an enterprise that only owners
/// see.
fn opened(call: &Call<'_>, answer: &Value) -> Result<(), ProviderError> {
    let is_shown = |place: &str| answer.pointer(place).is_some_and(Value::is_object);
    let places: &[&str] = if call.account.kind == ENTERPRISE {
        &["/data/enterprise", "/data/enterprise/ownerInfo"]
    } else {
        &["/data/organization"]
    };
    if places.iter().all(|place| is_shown(place)) { Ok(()) } else { Err(refusals::no_owner(call)) }
}

fn pages<'a>(call: &'a Call<'a>, report: &'static str, listing: &'static Listing, first: IdentityPage) -> Bodies<'a> {
    let whole = |body: Bytes| stream::once(async move { Ok(body) }).boxed();
    let again = move || ProviderError::Malformed { detail: format!("{report}: GitHub sent the same page twice") };
    Box::pin(async_stream::try_stream! {
        let mut cursors = HashSet::new();
        let mut people = people_of(&first.body, listing);
        let mut next = first.next;
        yield whole(first.body);
        while let Some(cursor) = next {
            if !cursors.insert(cursor.clone()) {
                Err(again())?;
            }
            let Some(page) = page(call, report, listing, Some(&cursor)).await? else {
                Err(ProviderError::Unavailable { detail: format!("{report}: the list ended before its last page") })?;
                break;
            };
            let before = std::mem::replace(&mut people, people_of(&page.body, listing));
            if before == people && before.as_ref().and_then(Value::as_array).is_some_and(|people| !people.is_empty()) {
                Err(again())?;
            }
            next = page.next;
            yield whole(page.body);
        }
    })
}

/// The people of a page, without its cursor.
fn people_of(body: &[u8], listing: &Listing) -> Option<Value> {
    let mut answer: Value = crate::providers::json::from_slice(body).ok()?;
    Some(answer.pointer_mut(listing.owner)?[listing.list]["nodes"].take())
}
