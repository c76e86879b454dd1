//! Identifies the caller by the token.
//!
//! The prefix is the kind: `ghp_` classic, `github_pat_` fine-grained, `ghs_` installation of an App, `ghu_` App
//! user, `gho_` OAuth; any other token counts as an old classic token. These words in the rest change its rights:
//!
//! | word | the token |
//! |---|---|
//! | `dead` | is revoked: 401 "Bad credentials" everywhere |
//! | `noscope` | classic, with only the scope `repo`: 403 on everything but `/user`, `/user/orgs` and public profiles
//! |
//! | `member` | has every scope, but its user is not an owner of the organization: 403, as above |
//! | `nosso` | classic, not authorized for the organization's single sign-on: 403 with `X-GitHub-SSO: required`;
//! `/user/orgs` hides those organizations |
//! | `noperm` | fine-grained or installation, without the permission that the route needs: 403 with
//! `X-Accepted-GitHub-Permissions` |
//! | `nonames` | fine-grained or installation, without the permission for members: its queries are FORBIDDEN |
//! | `nobilling` | valid, but AI credits are 403 |
//! | `soon` | expires five days from now |
//! | `never` | has no expiry |
//! | `until202612150830` | expires at that minute, and is refused from then on; without the last four digits at
//! midnight |
//! | `_of_acme` | opens only `acme`, which its user owns; `/user/orgs` lists nothing else |
//!
//! Other tokens have all rights of their kind. Fine-grained tokens never work for an enterprise; installation tokens
//! have no `/user`. Tokens that a sandbox App was given have the rights in [`super::apps`]. Classic and fine-grained
//! tokens expire 60 days from now.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Duration, FixedOffset, NaiveDateTime, Utc};

use super::super::dice::named;
use super::super::people::{Account, Kind};
use super::super::state::SandboxState;
use super::answers::{problem, put};
use super::apps::Minted;

/// A caller. The token itself is dropped after it was read.
#[derive(Clone, Default)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    noscope: bool,
    member: bool,
    pub(crate) nosso: bool,
    noperm: bool,
    nonames: bool,
    nobilling: bool,
    soon: bool,
    never: bool,
    until: Option<DateTime<Utc>>,
    pub(crate) of: Option<String>,
    minted: Option<Minted>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TokenKind {
    #[default]
    Classic,
    FineGrained,
    Installation,
    /// Created by an App or OAuth for a person; like a classic token, but answers contain no expiry date.
    OnBehalf,
}

/// The right that a route requires.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    Metrics,
    Seats,
    Billing,
    Members,
}

impl Token {
    /// Reads the `Authorization` header. The error is the answer to an invalid one.
    pub(crate) fn of(state: &SandboxState, headers: &HeaderMap) -> Result<Token, Box<Response>> {
        let refused = |message| Err(Box::new(problem(StatusCode::UNAUTHORIZED, message)));
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, token)) = value.and_then(|value| value.split_once(' ')) else {
            return refused("Requires authentication");
        };
        let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
        if !known || token.contains("dead") {
            return refused("Bad credentials");
        }
        let kind = match token {
            _ if token.starts_with("github_pat_") => TokenKind::FineGrained,
            _ if token.starts_with("ghs_") => TokenKind::Installation,
            _ if token.starts_with("ghu_") || token.starts_with("gho_") => TokenKind::OnBehalf,
            _ => TokenKind::Classic,
        };
        let until = until(token);
        if until.is_some_and(|end| end <= state.clock.now()) {
            return refused("Bad credentials");
        }
        let minted = Minted::of(state, token)?;
        let says = |word| minted.is_none() && token.contains(word);
        Ok(Token {
            kind,
            noscope: says("noscope"),
            member: says("member"),
            nosso: says("nosso"),
            noperm: says("noperm"),
            nonames: says("nonames"),
            nobilling: says("nobilling"),
            soon: says("soon"),
            never: says("never"),
            until,
            of: token.split('_').skip_while(|part| *part != "of").nth(1).map(str::to_owned),
            minted,
        })
    }

    /// The answer to a caller without the right; `None` if the caller has it.
    pub(crate) fn refusal(&self, account: &Account, right: Right) -> Option<Response> {
        let is_elsewhere = self.of.as_ref().is_some_and(|of| !of.eq_ignore_ascii_case(account.slug.as_str()));
        match self.kind {
            TokenKind::FineGrained if is_elsewhere || self.noperm || account.kind == Kind::Enterprise => {
                Some(not_accessible("personal access token", account.kind, right))
            }
            TokenKind::Installation
                if self.noperm || self.minted.as_ref().is_some_and(|minted| !minted.opens(account, right)) =>
            {
                Some(not_accessible("integration", account.kind, right))
            }
            TokenKind::Classic | TokenKind::OnBehalf if self.nosso => Some(sso_required(account)),
            _ if is_elsewhere || self.noscope || self.member || self.nobilling && right == Right::Billing => {
                let place = if account.kind == Kind::Enterprise { "enterprise" } else { "organization" };
                let message =
                    format!("Insufficient permissions. This action requires admin, or relevant {place} role access.");
                Some(put(
                    problem(StatusCode::FORBIDDEN, &message),
                    "x-accepted-oauth-scopes",
                    scopes(account.kind, right),
                ))
            }
            _ => None,
        }
    }

    /// Why a query for an account's e-mail addresses is refused; `None` if it is answered. Apps and fine-grained
    /// tokens need the permission for members.
    pub(crate) fn unreadable(&self, account: &Account) -> Option<Unreadable> {
        let unreadable = |kind, message: &str| Unreadable { kind, message: message.to_owned(), sso: String::new() };
        let is_elsewhere = self.of.as_ref().is_some_and(|of| !of.eq_ignore_ascii_case(account.slug.as_str()));
        let lacks_members = self.minted.as_ref().is_some_and(|minted| !minted.opens(account, Right::Members));
        let is_enterprise = account.kind == Kind::Enterprise;
        match self.kind {
            _ if is_elsewhere => Some(unreadable("NOT_FOUND", "Could not resolve to an account of that name.")),
            TokenKind::FineGrained if self.noperm || self.nonames || is_enterprise => {
                Some(unreadable("FORBIDDEN", "Resource not accessible by personal access token"))
            }
            TokenKind::Installation if self.noperm || self.nonames || lacks_members || is_enterprise => {
                Some(unreadable("FORBIDDEN", "Resource not accessible by integration"))
            }
            TokenKind::Classic | TokenKind::OnBehalf if self.nosso => {
                Some(Unreadable { kind: "FORBIDDEN", message: SSO_REQUIRED.to_owned(), sso: sso(account) })
            }
            TokenKind::Classic | TokenKind::OnBehalf if self.noscope => {
                let scopes = if is_enterprise { "['read:enterprise']" } else { "['read:org']" };
                let message = format!(
                    "Your token has not been granted the required scopes to execute this query. The 'nodes' field \
                     requires one of the following scopes: {scopes}, but your token has only been granted the: ['repo'] \
                     scopes. Please modify your token's scopes at: https://github.com/settings/tokens."
                );
                Some(unreadable("INSUFFICIENT_SCOPES", &message))
            }
            _ if self.member => Some(unreadable("FORBIDDEN", "You must be an organization owner to see this.")),
            _ => None,
        }
    }

    /// Adds GitHub's facts about the token to an answer.
    pub(crate) fn describe(&self, mut answer: Response, now: DateTime<Utc>) -> Response {
        if matches!(self.kind, TokenKind::Classic | TokenKind::OnBehalf) {
            answer = put(
                answer,
                "x-oauth-scopes",
                if self.noscope { "repo" } else { "read:org, manage_billing:copilot, read:enterprise" },
            );
        }
        if self.never {
            return answer;
        }
        let from_now = now + if self.soon { Duration::days(5) } else { Duration::days(60) };
        let expires = self.until.unwrap_or(from_now);
        let expires = match self.kind {
            TokenKind::Classic => expires.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            // The other format that GitHub uses.
            TokenKind::FineGrained => {
                let local = FixedOffset::east_opt(2 * 3600).map(|offset| expires.with_timezone(&offset));
                local.map(|local| local.format("%Y-%m-%d %H:%M:%S %z").to_string()).unwrap_or_default()
            }
            TokenKind::Installation | TokenKind::OnBehalf => return answer,
        };
        put(answer, "github-authentication-token-expiration", &expires)
    }
}

/// The time in `until202612150830` or `until20261215`.
fn until(token: &str) -> Option<DateTime<Utc>> {
    let (_, rest) = token.split_once("until")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let at = format!("{digits:0<12}");
    NaiveDateTime::parse_from_str(&at, "%Y%m%d%H%M").ok().map(|at| at.and_utc())
}

fn not_accessible(by: &str, kind: Kind, right: Right) -> Response {
    let answer = problem(StatusCode::FORBIDDEN, &format!("Resource not accessible by {by}"));
    let permission = match (right, kind) {
        (Right::Metrics, Kind::Organization) => "organization_copilot_metrics=read",
        (Right::Metrics, Kind::Enterprise) => "enterprise_copilot_metrics=read",
        (Right::Seats, _) => "organization_copilot_seat_management=read; organization_administration=read",
        (Right::Billing, _) => "organization_administration=read",
        (Right::Members, _) => "members=read",
    };
    put(answer, "x-accepted-github-permissions", permission)
}

fn scopes(kind: Kind, right: Right) -> &'static str {
    match (right, kind) {
        (Right::Billing, Kind::Organization) => "admin:org, manage_billing:copilot",
        (Right::Billing, Kind::Enterprise) => "admin:enterprise, manage_billing:enterprise",
        (_, Kind::Organization) => "admin:org, manage_billing:copilot, read:org, write:org",
        (_, Kind::Enterprise) => "admin:enterprise, manage_billing:copilot, read:enterprise",
    }
}

/// A refusal by GraphQL: its type and message, and the header for single sign-on.
pub(crate) struct Unreadable {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) sso: String,
}

const SSO_REQUIRED: &str = "Resource protected by organization SAML enforcement. You must grant your personal token \
    access to this organization.";

fn sso_required(account: &Account) -> Response {
    put(problem(StatusCode::FORBIDDEN, SSO_REQUIRED), "x-github-sso", &sso(account))
}

fn sso(account: &Account) -> String {
    let slug = account.slug.as_str();
    let request = named(slug);
    let url = match account.kind {
        Kind::Organization => {
            format!("https://github.com/orgs/{slug}/sso?authorization_request={request:032X}")
        }
        Kind::Enterprise => format!("https://github.com/enterprises/{slug}/sso?authorization_request={request:032X}"),
    };
    format!("required; url={url}")
}
