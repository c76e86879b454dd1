//! Refusal reasons of GitHub: policies of an account, permissions of a token, states of users and Apps, and rate
//! limits.
//!
//! Statuses and messages: <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>. The
//! texts of the policies come from public reports: github/github-mcp-server#748 (IP allow list),
//! git-town/git-town#4609 (classic tokens), NixOS/org#247 (lifetime), navikt/copilot#111 (billing of an enterprise).

use reqwest::header::HeaderMap;
use url::Url;

use crate::error::ProviderError;
use crate::providers::Call;
use crate::providers::refusals::{ANY, Means, Reason, Refusal, Seen, Values};

use super::api::web;
use super::ways::FINE_GRAINED;
use super::{ENTERPRISE, ORGANIZATION};

const BILLING: &str = "/settings/billing";
const GRAPH: &str = "/graphql";

const IP_ALLOW_LIST: Reason = Reason {
    means: Means::Forbidden("ip_not_allowed"),
    detail: "{owner} accepts requests only from listed IP addresses, and Pairmeter's address is not listed; the token is valid",
    ..ANY
};
const POLICY_OFF: Reason = Reason {
    statuses: &[403, 422],
    says: &["policy must be enabled|metrics policy is disabled|metrics is disabled|metrics api setting is disabled"],
    means: Means::Forbidden("policy_off"),
    detail: "the policy \"Copilot usage metrics\" is switched off for {slug}",
    ..ANY
};
const FORBIDDEN_KIND: Reason = Reason { means: Means::Forbidden("token_kind_forbidden"), ..ANY };
const CLASSIC_FORBIDDEN: Reason = Reason {
    says: &["forbids access via a personal access token"],
    unless: &["lifetime"],
    detail: "{owner} does not accept classic personal access tokens",
    seen: Seen {
        status: 403,
        headers: &[("x-oauth-scopes", "read:org")],
        body: r#"{"message":"`octo` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions.","documentation_url":"https://docs.github.com/rest","status":"403"}"#,
    },
    ..FORBIDDEN_KIND
};
const SSO: Reason = Reason {
    means: Means::Forbidden("sso_required"),
    detail: "{slug} requires single sign-on and the token is not authorized for it",
    fix: (
        "authorize the token for {slug}: Configure SSO beside the token at {web}/settings/tokens, then verify again",
        "{sso}",
    ),
    ..ANY
};
const MISSING: Reason = Reason { not_on: &[BILLING, GRAPH], means: Means::Forbidden("missing_permission"), ..ANY };
const NO_RIGHT: &str = "insufficient permissions|must have admin|requires admin|must be an organization owner|must be an owner|must be an admin|billing manager|required scopes";
const OF_A_USER: Reason = Reason { says: &[NO_RIGHT], unless: &["resource not accessible"], ..MISSING };
const NO_RIGHT_SEEN: &str =
    r#"{"message":"Insufficient permissions. This action requires admin, or relevant organization role access."}"#;

/// A refusal of e-mail addresses, which only GraphQL queries request.
const ADDRESSES: Reason = Reason { on: GRAPH, not_on: &[], ..MISSING };
const NO_OWNER: Reason = Reason {
    says: &[NO_RIGHT],
    unless: &["insufficient_scopes", "resource not accessible"],
    detail: "GitHub shows this token no e-mail addresses of the people of {slug}: its user is not an owner",
    fix: ("if you want e-mail addresses, use a token of an owner of {slug} with the scope {names_scope}", "{people}"),
    seen: Seen {
        status: 200,
        headers: &[],
        body: r#"{"data":{"organization":null},"errors":[{"type":"FORBIDDEN","path":["organization"],"message":"You must be an organization owner to see this."}]}"#,
    },
    ..ADDRESSES
};

/// The meaning of a suspended installation; `{page}` is its own page, or the list of all.
const SUSPENDED: Reason = Reason {
    says: &["installation has been suspended"],
    means: Means::Closed("installation_suspended"),
    detail: "the GitHub App is suspended in {slug}",
    fix: ("an owner of {slug} must unsuspend it: at the end of its page", "{page}"),
    seen: Seen { status: 403, headers: &[], body: r#"{"message":"This installation has been suspended"}"# },
    ..ANY
};

pub(super) static REASONS: &[Reason] = &[
    Reason {
        statuses: &[403, 429],
        says: &["rate limit"],
        means: Means::RateLimited,
        seen: Seen {
            status: 403,
            headers: &[("x-ratelimit-remaining", "4321")],
            body: r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[403, 429],
        says: &["abuse detection"],
        means: Means::RateLimited,
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"You have triggered an abuse detection mechanism. Please wait a few minutes before you try again."}"#,
        },
        ..ANY
    },
    Reason {
        says: &["ip allow list"],
        unless: &["enterprise has an ip"],
        fix: (
            "an owner adds Pairmeter's outgoing address to the IP allow list of {owner} (on AWS only a VPC with a NAT gateway has a fixed one), or installs a GitHub App whose own address list {owner} takes over",
            "{settings}/security",
        ),
        seen: Seen {
            status: 403,
            headers: &[("x-oauth-scopes", "read:org")],
            body: r#"{"message":"Although you appear to have the correct authorization credentials, the `octo` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.","documentation_url":"https://docs.github.com/rest","status":"403"}"#,
        },
        ..IP_ALLOW_LIST
    },
    Reason {
        says: &["ip allow list", "enterprise has an ip"],
        fix: (
            "an owner of the enterprise adds Pairmeter's outgoing address to its IP allow list (on AWS only a VPC with a NAT gateway has a fixed one), or installs a GitHub App whose own address list the enterprise takes over",
            "{enterprise}",
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"Although you appear to have the correct authorization credentials, the `mega` enterprise has an IP allow list enabled, and 192.0.2.1 is not permitted to access this resource."}"#,
        },
        ..IP_ALLOW_LIST
    },
    Reason {
        accounts: &[ORGANIZATION],
        fix: (
            "create a fine-grained token for {slug}, or connect a GitHub App; all other classic tokens are refused too",
            FINE_GRAINED,
        ),
        ..CLASSIC_FORBIDDEN
    },
    Reason {
        accounts: &[ENTERPRISE],
        fix: (
            "connect a GitHub App that is installed on the enterprise; all other classic tokens are refused too, and fine-grained tokens do not open an enterprise",
            "{settings}/apps",
        ),
        ..CLASSIC_FORBIDDEN
    },
    Reason {
        says: &["forbids access via a fine-grained"],
        unless: &["lifetime"],
        detail: "{owner} does not accept fine-grained personal access tokens",
        fix: (
            "connect a GitHub App, or have an owner allow fine-grained tokens; all other fine-grained tokens are refused too",
            "{settings}/personal-access-tokens",
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"The 'octo' organization forbids access via a fine-grained personal access token."}"#,
        },
        ..FORBIDDEN_KIND
    },
    Reason {
        says: &["forbids access", "lifetime"],
        means: Means::Forbidden("token_lifetime_too_long"),
        detail: "{owner} accepts only tokens that live at most {days}, and this one lives longer",
        fix: (
            "at {url} give the token a lifetime of at most {days} (a classic token is regenerated for that), then verify again",
            "{url}",
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"The 'octo' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 90 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/personal-access-tokens/123","documentation_url":"https://docs.github.com/rest","status":"403"}"#,
        },
        ..ANY
    },
    Reason {
        header: Some(("x-github-sso", "required")),
        seen: Seen {
            status: 403,
            headers: &[("x-github-sso", "required; url=https://github.com/orgs/octo/sso?authorization_request=A1")],
            body: r#"{"message":"Resource protected by organization. You must grant your personal token access to it."}"#,
        },
        ..SSO
    },
    Reason {
        says: &["saml enforcement"],
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"Resource protected by organization SAML enforcement. You must grant your personal token access to this organization."}"#,
        },
        ..SSO
    },
    Reason {
        says: &["oauth app access restrictions"],
        means: Means::Forbidden("app_not_approved"),
        detail: "{owner} restricts OAuth apps, and the app that created the token is not approved",
        fix: (
            "an owner of {owner} approves the app, or use a token that the owner creates by hand",
            "{settings}/oauth_application_policy",
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"Although you appear to have the correct authorization credentials, the `octo` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited."}"#,
        },
        ..ANY
    },
    Reason {
        says: &["your account", "suspended"],
        means: Means::Closed("user_suspended"),
        detail: "GitHub has suspended the user that the token belongs to",
        fix: (
            "use a token of another owner of {slug}, or connect a GitHub App, which belongs to no person",
            "{people}",
        ),
        seen: Seen { status: 403, headers: &[], body: r#"{"message":"Sorry. Your account was suspended."}"# },
        ..ANY
    },
    SUSPENDED,
    Reason {
        accounts: &[ORGANIZATION],
        fix: (
            "an owner must enable the policy \"Copilot usage metrics\" of {slug}; if an enterprise owns it, the enterprise's policy must be \"Enabled everywhere\"",
            "{settings}/copilot/policies",
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"The 'Copilot usage metrics' policy must be enabled to use this API"}"#,
        },
        ..POLICY_OFF
    },
    Reason {
        accounts: &[ENTERPRISE],
        fix: (
            "an enterprise owner must set the policy \"Copilot usage metrics\" of {slug} to \"Enabled everywhere\"",
            "{settings}/copilot/policies",
        ),
        seen: Seen {
            status: 422,
            headers: &[],
            body: r#"{"message":"The 'Copilot usage metrics' policy must be enabled to use this API"}"#,
        },
        ..POLICY_OFF
    },
    Reason {
        says: &["resource not accessible by integration"],
        detail: "the GitHub App lacks a permission on {slug}{accepted}",
        fix: (
            "give the App \"{metrics}\" (read) and \"GitHub Copilot Business\" (read), then have an owner of {slug} accept the change",
            "{settings}/installations",
        ),
        seen: Seen { status: 403, headers: &[], body: r#"{"message":"Resource not accessible by integration"}"# },
        ..MISSING
    },
    Reason {
        says: &["resource not accessible by personal access token"],
        detail: "the fine-grained token lacks a permission on {slug}{accepted}, or waits for an owner's approval",
        fix: (
            "edit the token: resource owner {slug}, organization permissions \"{metrics}\" and \"GitHub Copilot Business\", both read-only; if GitHub shows it as pending, an owner of {slug} approves it",
            "{web}/settings/personal-access-tokens",
        ),
        seen: Seen {
            status: 403,
            headers: &[("x-accepted-github-permissions", "organization_copilot_metrics=read")],
            body: r#"{"message":"Resource not accessible by personal access token"}"#,
        },
        ..MISSING
    },
    Reason {
        lacks_scope: Some(true),
        detail: "the token lacks the scope {scope}{accepted}",
        fix: ("create a classic token with the scope {scope} as an owner of {slug}", "{web}/settings/tokens"),
        seen: Seen { status: 403, headers: &[("x-oauth-scopes", "repo")], body: NO_RIGHT_SEEN },
        ..OF_A_USER
    },
    Reason {
        lacks_scope: Some(false),
        detail: "the token's scopes are enough, but its user is not {role} of {slug}",
        fix: ("use a token of {role} of {slug}, or give its user a role that may view Copilot metrics", "{people}"),
        seen: Seen { status: 403, headers: &[("x-oauth-scopes", "read:org")], body: NO_RIGHT_SEEN },
        ..OF_A_USER
    },
    Reason {
        says: &["resource not accessible"],
        on: BILLING,
        not_on: &[],
        detail: "the token or App may not read the billing of {slug}{accepted}",
        fix: (
            "if you want the billing, give it the organization permission \"Administration\" (read); an enterprise's billing wants a classic token with manage_billing:enterprise",
            "{settings}/billing",
        ),
        seen: Seen { status: 403, headers: &[], body: r#"{"message":"Resource not accessible by integration"}"# },
        ..MISSING
    },
    Reason {
        says: &[NO_RIGHT],
        unless: &["resource not accessible", "cannot filter usage"],
        on: BILLING,
        not_on: &[],
        detail: "the token may not read the billing of {slug}: its user is neither an owner nor a billing manager, or it lacks a scope{accepted}",
        fix: ("if you want the billing, use a token of an owner or billing manager of {slug}", "{people}"),
        seen: Seen { status: 403, headers: &[], body: NO_RIGHT_SEEN },
        ..MISSING
    },
    Reason {
        says: &["insufficient_scopes"],
        detail: "the token lacks the scope {names_scope}, which e-mail addresses of people need",
        fix: (
            "if you want e-mail addresses, create a classic token with the scope {names_scope} as an owner of {slug}",
            "{web}/settings/tokens",
        ),
        seen: Seen {
            status: 200,
            headers: &[("x-oauth-scopes", "repo")],
            body: r#"{"errors":[{"type":"INSUFFICIENT_SCOPES","locations":[{"line":1,"column":9}],"message":"Your token has not been granted the required scopes to execute this query. The 'nodes' field requires one of the following scopes: ['read:org'], but your token has only been granted the: ['repo'] scopes. Please modify your token's scopes at: https://github.com/settings/tokens."}]}"#,
        },
        ..ADDRESSES
    },
    Reason {
        accounts: &[ORGANIZATION],
        says: &["resource not accessible"],
        detail: "the token or App may not read the e-mail addresses of the people of {slug}",
        fix: (
            "if you want e-mail addresses, give it the organization permission \"Members\" (read); a new permission of an App must be accepted by an owner of {slug}",
            "{settings}/installations",
        ),
        seen: Seen {
            status: 200,
            headers: &[],
            body: r#"{"data":{"organization":{"samlIdentityProvider":null}},"errors":[{"type":"FORBIDDEN","path":["organization","samlIdentityProvider"],"extensions":{"saml_failure":false},"message":"Resource not accessible by integration"}]}"#,
        },
        ..ADDRESSES
    },
    Reason {
        accounts: &[ENTERPRISE],
        says: &["resource not accessible"],
        detail: "Apps and fine-grained tokens may not read the e-mail addresses of the people of an enterprise",
        fix: (
            "if you want e-mail addresses, use a classic token of an owner of {slug} with the scope {names_scope}",
            "{web}/settings/tokens",
        ),
        seen: Seen {
            status: 200,
            headers: &[],
            body: r#"{"data":{"enterprise":null},"errors":[{"type":"FORBIDDEN","path":["enterprise"],"extensions":{"saml_failure":false},"message":"Resource not accessible by integration"}]}"#,
        },
        ..ADDRESSES
    },
    Reason {
        says: &["not_found"],
        detail: "GitHub shows this token no {kind} {slug} where the e-mail addresses of its people are",
        fix: (
            "if you want e-mail addresses, use a token of an owner of {slug} with the scope {names_scope}",
            "{people}",
        ),
        seen: Seen {
            status: 200,
            headers: &[],
            body: r#"{"data":{"enterprise":null},"errors":[{"type":"NOT_FOUND","path":["enterprise"],"locations":[{"line":1,"column":22}],"message":"Could not resolve to a Business with the URL slug of 'mega'."}]}"#,
        },
        ..ADDRESSES
    },
    NO_OWNER,
    Reason {
        says: &["enterprise owned organizations"],
        means: Means::NotOffered,
        detail: "an enterprise owns {slug} and manages its billing: connect the enterprise to see it",
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"message":"Organization admins for enterprise owned organizations cannot filter usage by user"}"#,
        },
        ..ANY
    },
    // Every request of ours has a User-Agent.
    Reason {
        says: &["administrative rules"],
        means: Means::Ours,
        detail: "GitHub refused the request by its own rules (403)",
        seen: Seen {
            status: 403,
            headers: &[],
            body: "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
        },
        ..ANY
    },
];

/// An owner has suspended the App in the account; `page` is the page of its installation.
pub(super) fn suspended(call: &Call<'_>, page: String) -> ProviderError {
    SUSPENDED.error(&Values::of(call).with("{page}", page), None)
}

/// GitHub returns null for the account, or for the part of it that only owners see.
pub(super) fn no_owner(call: &Call<'_>) -> ProviderError {
    let refusal = Refusal::of(200, HeaderMap::new(), String::new(), b"");
    NO_OWNER.error(&values(call, &refusal), None)
}

/// Whether the scopes in the answer are too few for the account's reports.
pub(super) fn lacks_scope(call: &Call<'_>, scopes: Option<&[String]>) -> bool {
    let enough: &[&str] = if call.account.kind == ENTERPRISE {
        &["read:enterprise", "manage_billing:copilot", "admin:enterprise", "manage_billing:enterprise"]
    } else {
        &["read:org", "write:org", "admin:org"]
    };
    scopes.is_some_and(|scopes| !scopes.iter().any(|scope| enough.contains(&scope.as_str())))
}

/// The values of the placeholders in the table's texts.
pub(super) fn values(call: &Call<'_>, refusal: &Refusal) -> Values {
    let (slug, web, message) = (&call.account.slug, web(call), &refusal.message);
    let is_enterprise = call.account.kind == ENTERPRISE;
    let either = |enterprise: String, organization: String| if is_enterprise { enterprise } else { organization };
    let settings = either(format!("{web}/enterprises/{slug}/settings"), format!("{web}/organizations/{slug}/settings"));
    let accepted = refusal.header("x-accepted-github-permissions").or(refusal.header("x-accepted-oauth-scopes"));
    let accepted = accepted.filter(|accepted| !accepted.is_empty());
    let sso = refusal.header("x-github-sso").and_then(|header| header.split_once("url=")).map(|(_, url)| url.trim());
    let is_classic = message.contains("(classic)");
    let tokens = format!("{web}/settings/{}", if is_classic { "tokens" } else { "personal-access-tokens" });
    Values::of(call)
        .with("{accepted}", accepted.map_or_else(String::new, |accepted| format!(" (GitHub requires {accepted})")))
        .with(
            "{days}",
            days(message).map_or_else(|| "as long as its policy allows".to_owned(), |n| format!("{n} days")),
        )
        .with("{enterprise}", either(format!("{settings}/security"), format!("{web}/settings/enterprises")))
        .with("{metrics}", either("Enterprise Copilot metrics".to_owned(), "Organization Copilot metrics".to_owned()))
        .with("{names_scope}", either("read:enterprise".to_owned(), "read:org".to_owned()))
        .with("{owner}", owner(message).unwrap_or(slug))
        .with("{page}", format!("{settings}/installations"))
        .with("{people}", either(format!("{web}/enterprises/{slug}/people"), format!("{web}/orgs/{slug}/people")))
        .with("{role}", either("an enterprise owner or billing manager".to_owned(), "an owner".to_owned()))
        .with("{scope}", either("read:enterprise (or manage_billing:copilot)".to_owned(), "read:org".to_owned()))
        .with("{sso}", sso.map_or_else(|| format!("{web}/settings/tokens"), str::to_owned))
        .with("{settings}", settings)
        .with("{url}", page_of_the_token(message, &web).unwrap_or(tokens))
        .with("{web}", web)
}

/// The owner that the message names: a login, or the name of an enterprise.
fn owner(message: &str) -> Option<&str> {
    let quoted = |mark: char| message.split(mark).nth(1);
    let owner = quoted('`').or_else(|| quoted('\''))?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '&');
    Some(owner).filter(|owner| (1..=60).contains(&owner.len()) && owner.chars().all(is_name))
}

fn days(message: &str) -> Option<u32> {
    message.split_once("greater than ")?.1.split(' ').next()?.parse().ok()
}

/// The token's own page, if the message names one on GitHub's web site.
fn page_of_the_token(message: &str, web: &str) -> Option<String> {
    let link = &message[message.find("https://")?..];
    let link = link.split_whitespace().next()?.trim_end_matches(['.', ',', ')', '\'', '"']);
    let (url, web) = (Url::parse(link).ok()?, Url::parse(web).ok()?);
    let is_own = url.origin() == web.origin() && url.username().is_empty() && url.path().starts_with("/settings/");
    is_own.then(|| format!("{}{}", web.origin().ascii_serialization(), url.path()))
}
