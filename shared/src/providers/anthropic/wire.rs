//! Answers of the Admin API: <https://platform.claude.com/docs/en/api/admin>.

use crate::providers::claude::CacheCreation;
use crate::providers::fields::{Cents, Entries, Id, Text, record};

/// Known fields that are not read.
pub(super) const KNOWN_BUT_UNREAD: &[&str] = &[
    "context_window",
    "cost_type",
    "customer_type",
    "first_id",
    "has_more",
    "inference_geo",
    "last_id",
    "next_page",
    "organization_id",
    "server_tool_use",
    "service_tier",
    "speed",
    "subscription_type",
    "token_type",
    "type",
];

record! { ClaudeCodePage<'a> { data: Option<Vec<ClaudeCodeRow<'a>>>, } }
record! {
    /// One actor at one terminal.
    ClaudeCodeRow<'a> {
        /// A day or a time; the documentation says both.
        date: Text<'a>,
        actor: Option<Actor<'a>>,
        terminal_type: Option<Id<'a>>,
        core_metrics: Option<CoreMetrics>,
        tool_actions: Entries<'a, Option<ToolAction>>,
        model_breakdown: Option<Vec<ModelShare<'a>>>,
    }
}
record! {
    Actor<'a> {
        email_address: Option<Id<'a>>,
        api_key_name: Option<Id<'a>>,
    }
}
record! {
    CoreMetrics {
        num_sessions: Option<i64>,
        lines_of_code: Option<Lines>,
        commits_by_claude_code: Option<i64>,
        pull_requests_by_claude_code: Option<i64>,
    }
}
record! { Lines { added: Option<i64>, removed: Option<i64>, } }
record! { ToolAction { accepted: Option<i64>, rejected: Option<i64>, } }
record! {
    ModelShare<'a> {
        model: Option<Id<'a>>,
        tokens: Option<TokenCounts>,
        estimated_cost: Option<EstimatedCost<'a>>,
    }
}
record! {
    TokenCounts {
        input: Option<i64>,
        output: Option<i64>,
        cache_read: Option<i64>,
        cache_creation: Option<i64>,
    }
}
record! {
    EstimatedCost<'a> {
        currency: Text<'a>,
        /// Cents, as a number.
        amount: Cents,
    }
}

record! { MessagesPage<'a> { data: Option<Vec<MessagesBucket<'a>>>, } }
record! {
    MessagesBucket<'a> {
        starting_at: Text<'a>,
        ending_at: Text<'a>,
        results: Option<Vec<MessagesResult<'a>>>,
    }
}
record! {
    /// Null for dimensions that are not grouped by, for the default workspace and for the Console's own key.
    MessagesResult<'a> {
        account_id: Option<Id<'a>>,
        api_key_id: Option<Id<'a>>,
        service_account_id: Option<Id<'a>>,
        workspace_id: Option<Id<'a>>,
        model: Option<Id<'a>>,
        uncached_input_tokens: Option<i64>,
        cache_creation: Option<CacheCreation>,
        cache_read_input_tokens: Option<i64>,
        output_tokens: Option<i64>,
    }
}
record! { CostPage<'a> { data: Option<Vec<CostBucket<'a>>>, } }
record! {
    CostBucket<'a> {
        starting_at: Text<'a>,
        ending_at: Text<'a>,
        results: Option<Vec<CostResult<'a>>>,
    }
}
record! {
    CostResult<'a> {
        /// Cents, as text.
        amount: Cents,
        currency: Text<'a>,
        description: Option<Id<'a>>,
        model: Option<Id<'a>>,
        workspace_id: Option<Id<'a>>,
    }
}

record! { AnalyticsUsagePage<'a> { data: Option<Vec<AnalyticsUsage<'a>>>, } }
record! {
    AnalyticsUsage<'a> {
        starting_at: Text<'a>,
        ending_at: Text<'a>,
        group: Option<AnalyticsGroup<'a>>,
        usage: Option<AnalyticsTokens>,
    }
}
record! {
    /// Contains only the fields that are grouped by.
    AnalyticsGroup<'a> {
        actor: Option<AnalyticsActor<'a>>,
        model: Option<Id<'a>>,
        product: Option<Id<'a>>,
    }
}
record! {
    AnalyticsActor<'a> {
        user_id: Option<Id<'a>>,
        email: Option<Id<'a>>,
        name: Text<'a>,
        api_key_id: Option<Id<'a>>,
        api_key_name: Option<Id<'a>>,
        service_account_id: Option<Id<'a>>,
        deleted: Option<bool>,
    }
}
record! {
    AnalyticsTokens {
        uncached_input_tokens: Option<i64>,
        cache_creation: Option<CacheCreation>,
        cache_read_input_tokens: Option<i64>,
        output_tokens: Option<i64>,
        requests: Option<i64>,
    }
}
record! { AnalyticsCostPage<'a> { data: Option<Vec<AnalyticsCost<'a>>>, } }
record! {
    AnalyticsCost<'a> {
        starting_at: Text<'a>,
        ending_at: Text<'a>,
        group: Option<AnalyticsGroup<'a>>,
        cost: Option<AnalyticsAmount<'a>>,
    }
}
record! {
    AnalyticsAmount<'a> {
        /// Cents after discounts and before credits.
        amount: Cents,
        list_amount: Cents,
        currency: Text<'a>,
    }
}
