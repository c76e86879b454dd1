//! Refusal reasons of the Claude Console's Admin API: <https://platform.claude.com/docs/en/api/errors>.

use crate::providers::claude::{ADDRESS, DISABLED};
use crate::providers::refusals::{ANY, Means, Reason, Seen};

use super::KEYS;

const BILLING: &str = "https://platform.claude.com/settings/billing";
const STOPPED: Reason = Reason {
    means: Means::Forbidden("billing_stopped"),
    detail: "a billing problem of the organization blocks the API",
    fix: ("settle the organization's billing in the Console; the key is valid", BILLING),
    ..ANY
};

pub(super) static REASONS: &[Reason] = &[
    ADDRESS,
    DISABLED,
    Reason {
        statuses: &[402],
        seen: Seen {
            status: 402,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"billing_error","message":"There is an issue with your billing."},"request_id":"req_1"}"#,
        },
        ..STOPPED
    },
    Reason {
        statuses: &[400, 403],
        says: &["billing_error|credit balance"],
        seen: Seen {
            status: 400,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}"#,
        },
        ..STOPPED
    },
    Reason {
        statuses: &[404],
        means: Means::Forbidden("plan_not_entitled"),
        detail: "the Console offers this organization no such report; individual accounts have none",
        fix: (
            "set up an organization in the Console, and create an Admin key there",
            "https://platform.claude.com/settings/organization",
        ),
        seen: Seen {
            status: 404,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"not_found_error","message":"The requested resource could not be found."},"request_id":"req_1"}"#,
        },
        ..ANY
    },
    Reason {
        says: &["have permission|required scopes"],
        means: Means::Forbidden("missing_permission"),
        detail: "the key may not read the organization's reports: it is not an Admin key, or it lacks a scope",
        fix: ("as an admin of the organization create a new Admin key, copy all of it, and verify again", KEYS),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"permission_error","message":"Your API key does not have permission to use the specified resource."}}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[401, 403],
        says: &["oauth authentication is"],
        means: Means::Forbidden("wrong_key_kind"),
        detail: "it is the token of a personal sign-in, which opens no reports",
        fix: ("as an admin of the organization create an Admin key", KEYS),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"type":"error","error":{"type":"permission_error","message":"OAuth authentication is currently not allowed for this organization."}}"#,
        },
        ..ANY
    },
];
