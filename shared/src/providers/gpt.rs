//! What the APIs of ChatGPT's vendor have in common: the reasons for which they refuse every request.

use super::refusals::{ANY, Means, Reason, Seen};

/// The allow list is one for all of OpenAI's APIs.
pub(super) const ADDRESS: Reason = Reason {
    statuses: &[401, 403],
    says: &["ip_not_authorized|ip is not authorized|ip not authorized"],
    means: Means::Forbidden("ip_not_allowed"),
    detail: "the organization accepts requests only from listed IP addresses, and the address that Pairmeter asks from is not listed; the key is good",
    fix: (
        "as an owner of the organization add Pairmeter's outgoing address to the IP allowlist (on AWS only a VPC with a NAT gateway has a fixed one)",
        "https://platform.openai.com/settings/organization/security/ip-allowlist",
    ),
    seen: Seen {
        status: 401,
        headers: &[],
        body: r#"{"error":{"message":"Your IP is not authorized to access this organization.","type":"ip_not_authorized","param":null,"code":"ip_not_authorized"}}"#,
    },
    ..ANY
};

pub(super) const DEACTIVATED: Reason = Reason {
    statuses: &[401, 403],
    says: &["deactivated"],
    means: Means::Forbidden("account_disabled"),
    detail: "OpenAI has deactivated the account that the key belongs to",
    fix: (
        "the owner of the account reads OpenAI's mail about it and writes to its support",
        "https://help.openai.com/",
    ),
    seen: Seen {
        status: 401,
        headers: &[],
        body: r#"{"error":{"message":"The OpenAI account associated with this API key has been deactivated.","type":"invalid_request_error","param":null,"code":"account_deactivated"}}"#,
    },
    ..ANY
};
