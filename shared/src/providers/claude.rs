//! Shared by the two Claude APIs: the Console's and Claude Enterprise's.

use super::Report;
use super::api::{Ask, Mark, mark_behind};
use super::fields::{Id, Text, record};
use super::refusals::{ANY, Means, Reason, Seen};
use super::tally::{Holder, Tally, Who, plus};
use crate::error::ProviderError;
use crate::words::{Day, Days, Level};

/// Headers of every request.
pub(super) const HEADERS: &[(&str, &str)] = &[("anthropic-version", "2023-06-01")];
/// Maximum page size of these endpoints.
pub(super) const ROWS_PER_PAGE: u32 = 1000;

/// <https://platform.claude.com/docs/en/manage-claude/ip-allowlist>, which covers both APIs.
pub(super) const ADDRESS: Reason = Reason {
    says: &["organization's allowed range"],
    means: Means::Forbidden("ip_not_allowed"),
    detail: "the organization accepts requests only from listed IP addresses, and Pairmeter's address is not listed; the key is valid",
    fix: (
        "an admin adds Pairmeter's outgoing address to the organization's IP allowlist (on AWS only a VPC with a NAT gateway has a fixed one)",
        "https://platform.claude.com/docs/en/manage-claude/ip-allowlist",
    ),
    seen: Seen {
        status: 403,
        headers: &[],
        body: r#"{"type":"error","error":{"type":"permission_error","message":"Your IP address isn't in this organization's allowed range."}}"#,
    },
    ..ANY
};

/// anthropics/claude-code#19028.
pub(super) const DISABLED: Reason = Reason {
    statuses: &[400, 401, 403],
    says: &["organization has been disabled"],
    means: Means::Forbidden("account_disabled"),
    detail: "Anthropic has disabled the organization that the key belongs to",
    fix: (
        "the organization's owner reads Anthropic's mail about it and writes to its support",
        "https://support.claude.com/",
    ),
    seen: Seen {
        status: 400,
        headers: &[],
        body: r#"{"type":"error","error":{"type":"invalid_request_error","message":"This organization has been disabled."},"request_id":"req_1"}"#,
    },
    ..ANY
};

/// Members of an organization, if the key may list them.
pub(super) fn users_ask(rows: u32) -> Ask {
    Ask::get("v1/organizations/users").with("limit", &rows.to_string())
}

fn midnight(day: Day) -> String {
    format!("{day}T00:00:00Z")
}

/// From the first day up to but excluding the day after the last one.
pub(super) fn within(ask: Ask, days: Days) -> Ask {
    ask.with("starting_at", &midnight(days.from())).with("ending_at", &midnight(days.until()))
}

/// Reports page by a cursor, listings by the last ID.
pub(super) fn next(ask: &Ask, page: &[u8]) -> Result<Option<Ask>, ProviderError> {
    // The mapper reports a body that is not JSON or that is truncated.
    if crate::providers::json::from_slice::<serde::de::IgnoredAny>(page).is_err() {
        return Ok(None);
    }
    let turned = |name: &str, mark: &str| {
        let known = format!("&{name}=");
        let path = ask.path.split_once(&known).map_or(ask.path.as_str(), |(path, _)| path);
        Ask::get(path).with(name, mark)
    };
    match mark_behind(page) {
        Ok(None) => Ok(None),
        Ok(Some(Mark::Page(mark))) => Ok(Some(turned("page", &mark))),
        Ok(Some(Mark::After(id))) => Ok(Some(turned("after_id", &id))),
        Err(why) => Err(ProviderError::Malformed { detail: format!("Claude: {why}") }),
    }
}

pub(super) fn has(body: &[u8], name: &str) -> bool {
    crate::providers::json::from_slice::<serde_json::Value>(body).is_ok_and(|body| body.get(name).is_some())
}

/// The UTC day of a date or a time.
pub(super) fn day_of(text: Option<&str>) -> Option<Day> {
    text?.get(..10)?.parse().ok()
}

record! {
    /// By retention time.
    CacheCreation {
        ephemeral_1h_input_tokens: Option<i64>,
        ephemeral_5m_input_tokens: Option<i64>,
    }
}

impl CacheCreation {
    pub(super) fn tokens(creation: Option<&Self>) -> Option<i64> {
        creation.and_then(|creation| plus(creation.ephemeral_1h_input_tokens, creation.ephemeral_5m_input_tokens))
    }
}

record! { UsersPage<'a> { data: Option<Vec<User<'a>>>, } }
record! {
    User<'a> {
        id: Option<Id<'a>>,
        email: Option<Id<'a>>,
        name: Text<'a>,
        role: Text<'a>,
        added_at: Text<'a>,
    }
}

pub(super) fn users(report: &Report, users: Vec<User<'_>>, tally: &mut Tally) -> u64 {
    for user in &users {
        let who = match (&user.email, &user.id) {
            (None, Some(id)) => Who::new(Level::User, &**id),
            (email, _) => Who::by_email(email.as_deref()),
        };
        let added = user.added_at.as_deref().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
        let holder = Holder {
            name: user.name.as_deref().map(str::to_owned),
            email: user.email.as_deref().map(str::to_lowercase),
            role: user.role.as_deref().map(str::to_owned),
            assigned_at: added.map(|at| at.timestamp_millis()),
            ..Holder::default()
        };
        tally.day(report.days.last()).holds(&who.subject, holder);
    }
    users.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_for_the_next_page_replaces_the_cursor() {
        let ask = Ask::get("users?limit=2&page=a");
        let turned = |page: &str| next(&ask, page.as_bytes()).map(|next| next.map(|next| next.path)).ok();
        let to = |path: &str| Some(Some(path.to_owned()));
        assert_eq!(turned(r#"{"has_more":true,"next_page":"b"}"#), to("users?limit=2&page=b"));
        assert_eq!(turned(r#"{"has_more":true,"last_id":"u_2"}"#), to("users?limit=2&page=a&after_id=u_2"));
        assert_eq!(turned(r#"{"data":[]}"#), None);
        assert_eq!(turned(r#"{"has_more":true,"#), Some(None), "the mapper reports that it is truncated");
    }
}
