//! Answers of the analytics API: <https://platform.claude.com/docs/en/api/admin/analytics>.

use crate::providers::claude::CacheCreation;
use crate::providers::fields::{Cents, Entries, Id, Text, record};

/// Known fields that are not read.
pub(super) const KNOWN_BUT_UNREAD: &[&str] = &[
    "added_at",
    "artifacts_created_count",
    "context_window",
    "cost_type",
    "cowork_metrics",
    "data_refreshed_at",
    "deleted",
    "design_metrics",
    "distinct_conversation_count",
    "first_id",
    "has_more",
    "inference_geo",
    "last_id",
    "next_page",
    "office_metrics",
    "organization_id",
    "rbac_group_id",
    "requests",
    "server_tool_use",
    "speed",
    "thinking_message_count",
    "token_type",
    "total_tokens",
    "type",
    "web_search_count",
];

record! { UsersPage<'a> { data: Option<Vec<UserDay<'a>>>, } }
record! {
    UserDay<'a> {
        user: Option<Member<'a>>,
        chat_metrics: Option<ChatMetrics>,
        claude_code_metrics: Option<ClaudeCodeMetrics<'a>>,
    }
}
record! { Member<'a> { id: Option<Id<'a>>, email_address: Option<Id<'a>>, } }
record! { ChatMetrics { message_count: Option<i64>, } }
record! {
    ClaudeCodeMetrics<'a> {
        core_metrics: Option<CoreMetrics>,
        tool_actions: Entries<'a, Option<ToolAction>>,
    }
}
record! {
    CoreMetrics {
        distinct_session_count: Option<i64>,
        commit_count: Option<i64>,
        pull_request_count: Option<i64>,
        lines_of_code: Option<Lines>,
    }
}
record! { Lines { added_count: Option<i64>, removed_count: Option<i64>, } }
record! { ToolAction { accepted_count: Option<i64>, rejected_count: Option<i64>, } }

record! {
    Actor<'a> {
        user_id: Option<Id<'a>>,
        /// Null if the organization hides it.
        email: Option<Id<'a>>,
        name: Text<'a>,
    }
}

record! { UsagePage<'a> { data: Option<Vec<Usage<'a>>>, } }
record! {
    Usage<'a> {
        actor: Option<Actor<'a>>,
        starting_at: Text<'a>,
        ending_at: Text<'a>,
        product: Option<Id<'a>>,
        model: Option<Id<'a>>,
        uncached_input_tokens: Option<i64>,
        cache_creation: Option<CacheCreation>,
        cache_read_input_tokens: Option<i64>,
        output_tokens: Option<i64>,
        requests: Option<i64>,
    }
}

record! { CostPage<'a> { data: Option<Vec<Cost<'a>>>, } }
record! {
    Cost<'a> {
        actor: Option<Actor<'a>>,
        starting_at: Text<'a>,
        ending_at: Text<'a>,
        product: Option<Id<'a>>,
        model: Option<Id<'a>>,
        /// Cents after discounts and before credits, as text.
        amount: Cents,
        list_amount: Cents,
        currency: Text<'a>,
    }
}
