//! Refusal reasons of the Claude Enterprise Analytics API:
//! <https://platform.claude.com/docs/en/manage-claude/analytics-api>.

use crate::providers::claude::{ADDRESS, DISABLED};
use crate::providers::refusals::{ANY, Means, Reason, Seen};

use super::KEYS;

pub(super) static REASONS: &[Reason] = &[
    ADDRESS,
    DISABLED,
    Reason {
        says: &["scope"],
        unless: &["api:admin"],
        means: Means::Forbidden("missing_permission"),
        detail: "the key lacks a scope",
        fix: (
            "the primary owner creates a new key with the scope read:analytics, because scopes of a key cannot be changed",
            KEYS,
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"permission_error","message":"Missing required scopes. Got: ['read:members'] Needed: ['read:analytics']"}}"#,
        },
        ..ANY
    },
    Reason {
        says: &["scope", "api:admin"],
        means: Means::Forbidden("wrong_key_kind"),
        detail: "it is an Admin key of the Claude Console, which opens no analytics of claude.ai",
        fix: (
            "connect the Claude Console with this key; for Claude Enterprise the primary owner creates a key with the scope read:analytics",
            KEYS,
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"permission_error","message":"Missing required scopes. Got: ['api:admin'] Needed: ['read:analytics']"}}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[404],
        means: Means::Forbidden("plan_not_entitled"),
        detail: "the key's organization has no analytics",
        fix: (
            "analytics come with the Enterprise plan; Team plans have no API. For use that is paid in the Console connect the Claude Console",
            KEYS,
        ),
        seen: Seen {
            status: 404,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"not_found_error","message":"The requested resource could not be found."}}"#,
        },
        ..ANY
    },
];
