//! Refusal reasons of the Codex analytics API: <https://developers.openai.com/codex/enterprise/governance>. OpenAI
//! documents only the form of its errors; the reasons are those of its other APIs.

use crate::providers::gpt::{ADDRESS, DEACTIVATED};
use crate::providers::refusals::{ANY, Means, Reason, Seen};

use super::{KEYS_PAGE, WORKSPACE_PAGE};

const NO_WORKSPACE: Reason = Reason {
    means: Means::Forbidden("account_not_found"),
    detail: "OpenAI knows no workspace {slug}, or hides it from this key",
    fix: ("copy the workspace ID from ChatGPT, Admin, Workspace details", WORKSPACE_PAGE),
    ..ANY
};

pub(super) static REASONS: &[Reason] = &[
    ADDRESS,
    DEACTIVATED,
    Reason {
        statuses: &[401, 403],
        says: &["missing scopes|insufficient permissions|codex.enterprise.analytics"],
        means: Means::Forbidden("missing_permission"),
        detail: "the key may not read the Codex analytics of the workspace {slug}",
        fix: (
            "create a key with the scope codex.enterprise.analytics.read (Codex analytics API: Read) in the platform organization that is linked to the workspace",
            KEYS_PAGE,
        ),
        seen: Seen {
            status: 403,
            headers: &[],
            body: r#"{"detail":"Missing scopes: codex.enterprise.analytics.read"}"#,
        },
        ..ANY
    },
    Reason {
        statuses: &[404],
        seen: Seen { status: 404, headers: &[], body: r#"{"detail":"Workspace not found"}"# },
        ..NO_WORKSPACE
    },
    Reason {
        says: &["invalid_workspace"],
        seen: Seen { status: 403, headers: &[], body: r#"{"detail":{"code":"invalid_workspace_selected"}}"# },
        ..NO_WORKSPACE
    },
];
