//! Refusal reasons of OpenAI's administration API.
//!
//! <https://platform.openai.com/docs/guides/error-codes>,
//! <https://developers.openai.com/api/docs/guides/ip-allowlist>. A missing scope is a 403 at most endpoints and a 401
//! at some, and unpaid billing is a rate limit, so the text decides.

use crate::providers::gpt::{ADDRESS, DEACTIVATED};
use crate::providers::refusals::{ANY, Means, Reason, Seen};

use super::KEYS_PAGE;

const LACKS: &str = "missing scopes|insufficient permissions";

pub(super) static REASONS: &[Reason] = &[
    ADDRESS,
    DEACTIVATED,
    Reason {
        statuses: &[401, 403],
        says: &[LACKS],
        means: Means::Forbidden("missing_permission"),
        detail: "the key lacks {scope}",
        fix: (
            "as an owner of the organization create an admin key with {scope}; project keys never have it",
            KEYS_PAGE,
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.usage.read. Check that you have the correct role in your organization.","type":"invalid_request_error","param":null,"code":null}}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[401, 403],
        says: &["member of an organization"],
        unless: &[LACKS],
        means: Means::Forbidden("account_not_found"),
        detail: "the key's owner is no longer a member of an organization",
        fix: ("as an owner of the organization {slug} create a new admin key", KEYS_PAGE),
        seen: Seen {
            status: 401,
            headers: &[],
            body: r#"{"error":{"message":"You must be a member of an organization to use the API.","type":"invalid_request_error","param":null,"code":null}}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[400, 402, 403, 429],
        says: &["insufficient_quota|billing_not_active|billing_hard_limit_reached|hard limit"],
        means: Means::Forbidden("billing_stopped"),
        detail: "OpenAI has blocked the organization because of its billing: a limit is reached, or a payment is missing",
        fix: (
            "settle the organization's billing, or raise its limit; the key is valid",
            "https://platform.openai.com/settings/organization/billing/overview",
        ),
        seen: Seen {
            status: 429,
            headers: &[],
            body: r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        },
        ..ANY
    },
    Reason {
        says: &["unsupported_country_region_territory"],
        means: Means::Forbidden("region_not_supported"),
        detail: "OpenAI does not serve requests from the country that Pairmeter's address is in; the key is valid",
        fix: (
            "run Pairmeter in a region that OpenAI supports, or send its requests through one",
            "https://platform.openai.com/docs/supported-countries",
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","param":null,"code":"unsupported_country_region_territory"}}"#,
        },
        ..ANY
    },
];
