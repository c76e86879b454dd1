//! Refusal reasons of Cursor's APIs: <https://cursor.com/docs/api>. The same reason comes with 401 from one family of
//! endpoints and with 403 from another.

use crate::providers::refusals::{ANY, Means, Reason, Seen};

use super::KEYS;

const SCOPE: &str = "missing required scope";
/// A key of an organization looks like a key of a team, but opens other endpoints.
const WRONG_KIND: Reason = Reason {
    means: Means::Forbidden("wrong_key_kind"),
    detail: "the key is not one of this team; it looks like a key of an organization of several teams",
    fix: ("create an Admin API key in the team's own dashboard", KEYS),
    ..ANY
};

pub(super) static REASONS: &[Reason] = &[
    Reason {
        statuses: &[401, 403],
        says: &[SCOPE],
        means: Means::Forbidden("missing_permission"),
        detail: "the key lacks a scope",
        fix: ("create a new key with the scope admin:* and rotate the connector's credential", KEYS),
        seen: Seen {
            status: 401,
            headers: &[],
            body: r#"{"code":"error","message":"Organization API key missing required scope: members:*"}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[401, 403],
        says: &["enterprise"],
        unless: &[SCOPE],
        means: Means::Forbidden("plan_not_entitled"),
        detail: "Cursor offers this to Enterprise teams",
        fix: ("ask Cursor for the Enterprise plan, or connect a team that has it", KEYS),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"error":"Forbidden","message":"Enterprise access required"}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[401],
        says: &["organization api key"],
        unless: &[SCOPE],
        seen: Seen { status: 401, headers: &[], body: r#"{"code":"error","message":"Invalid Organization API Key"}"# },
        ..WRONG_KIND
    },
    Reason {
        says: &["not authorized"],
        unless: &["enterprise", SCOPE],
        seen: Seen { status: 403, headers: &[], body: r#"{"code":"error","message":"Not authorized"}"# },
        ..WRONG_KIND
    },
    Reason {
        statuses: &[404],
        means: Means::NotOffered,
        detail: "Cursor has no such endpoint for this team",
        seen: Seen { status: 404, headers: &[], body: r#"{"error":"Not Found","message":"Resource not found"}"# },
        ..ANY
    },
];
