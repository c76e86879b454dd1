//! Shared by the APIs of ChatGPT's vendor: the reasons for which they refuse every request.

use super::refusals::{ANY, Means, Reason, Seen};

/// All of OpenAI's APIs use the same allow list.
pub(super) const ADDRESS: Reason = Reason {
    statuses: &[401, 403],
    says: &["ip_not_authorized|ip is not authorized|ip not authorized"],
    means: Means::Forbidden("ip_not_allowed"),
    detail: "the organization accepts requests only from listed IP addresses, and Pairmeter's address is not listed; the key is valid",
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
