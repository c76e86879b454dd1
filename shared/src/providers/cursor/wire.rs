//! Answers of Cursor: <https://cursor.com/docs/account/teams/admin-api>.

#![expect(non_snake_case, reason = "the names on the wire")]

use crate::providers::fields::{Cents, Entries, Id, Text, record};
use crate::words::Day;

/// Known fields that are not read.
pub(super) const KNOWN_BUT_UNREAD: &[&str] = &[
    "accepted_lines",
    "apiKeyReqs",
    "applyMostUsedExtension",
    "automationId",
    "billingCycle",
    "branchName",
    "bugbotUsages",
    "commitHash",
    "composerLinesDeleted",
    "conversationId",
    "createdAt",
    "currentPage",
    "cursorTokenFee",
    "directoryGroupId",
    "discountPercentOff",
    "effectivePerUserLimitDollars",
    "fastPremiumRequests",
    "hardLimitOverrideDollars",
    "hasPreviousPage",
    "isFreeBugbot",
    "isPrimaryBranch",
    "isTokenBasedCall",
    "limitedUsersCount",
    "maxMode",
    "maxUserSpendCents",
    "memberCount",
    "message",
    "monthlyLimitDollars",
    "mostUsedModel",
    "nonAiLinesAdded",
    "nonAiLinesDeleted",
    "numPages",
    "page",
    "pageSize",
    "pagination",
    "params",
    "period",
    "profilePictureUrl",
    "repoName",
    "requestsCosts",
    "spendCents",
    "tabLinesDeleted",
    "tabMostUsedExtension",
    "totalApplies",
    "totalCount",
    "totalLinesAdded",
    "totalLinesDeleted",
    "totalMembers",
    "totalPages",
    "totalUsageEventsCount",
    "totalUsers",
    "total_accepted_diffs",
    "total_accepts",
    "total_files",
    "total_green_lines_accepted",
    "total_green_lines_rejected",
    "total_green_lines_suggested",
    "total_lines_accepted",
    "total_lines_rejected",
    "total_red_lines_accepted",
    "total_red_lines_rejected",
    "total_red_lines_suggested",
    "total_rejected_diffs",
    "total_rejects",
    "total_suggested_diffs",
    "total_suggestions",
    "type",
    "updatedAt",
];

record! { MembersPage<'a> { teamMembers: Option<Vec<Member<'a>>>, } }
record! {
    Member<'a> {
        id: Option<Id<'a>>,
        email: Option<Id<'a>>,
        name: Text<'a>,
        role: Text<'a>,
        isRemoved: Option<bool>,
    }
}

record! { SpendPage<'a> { teamMemberSpend: Option<Vec<Spend<'a>>>, subscriptionCycleStart: Option<i64>, } }
record! {
    Spend<'a> {
        userId: Option<Id<'a>>,
        email: Option<Id<'a>>,
        name: Text<'a>,
        role: Text<'a>,
        spendCents: Cents,
        overallSpendCents: Cents,
    }
}

record! { GroupsPage<'a> { groups: Option<Vec<Group<'a>>>, unassignedGroup: Option<Group<'a>>, } }
record! {
    Group<'a> {
        id: Option<Id<'a>>,
        name: Text<'a>,
        currentMembers: Option<Vec<GroupMember<'a>>>,
        formerMembers: Option<Vec<GroupMember<'a>>>,
        dailySpend: Option<Vec<DailySpend>>,
    }
}
record! {
    GroupMember<'a> {
        userId: Option<Id<'a>>,
        email: Option<Id<'a>>,
        name: Text<'a>,
        /// Times; absent in some answers.
        joinedAt: Text<'a>,
        leftAt: Text<'a>,
    }
}
record! { DailySpend { date: Option<Day>, spendCents: Cents, } }

record! { UsagePage<'a> { data: Option<Vec<UserDay<'a>>>, } }
record! {
    UserDay<'a> {
        userId: Option<Id<'a>>,
        day: Option<Day>,
        /// Milliseconds; older answers have no `day`.
        date: Option<i64>,
        email: Option<Id<'a>>,
        isActive: Option<bool>,
        totalLinesAdded: Option<i64>,
        totalLinesDeleted: Option<i64>,
        acceptedLinesAdded: Option<i64>,
        acceptedLinesDeleted: Option<i64>,
        totalAccepts: Option<i64>,
        totalRejects: Option<i64>,
        totalTabsShown: Option<i64>,
        totalTabsAccepted: Option<i64>,
        composerRequests: Option<i64>,
        chatRequests: Option<i64>,
        agentRequests: Option<i64>,
        cmdkUsages: Option<i64>,
        subscriptionIncludedReqs: Option<i64>,
        usageBasedReqs: Option<i64>,
        clientVersion: Option<Id<'a>>,
    }
}

record! { EventsPage<'a> { usageEvents: Option<Vec<Event<'a>>>, } }
record! {
    Event<'a> {
        /// Milliseconds, as text.
        timestamp: Option<Id<'a>>,
        userEmail: Option<Id<'a>>,
        serviceAccountId: Option<Id<'a>>,
        serviceAccountName: Text<'a>,
        cloudAgentId: Option<Id<'a>>,
        model: Option<Id<'a>>,
        kind: Text<'a>,
        /// The older name of `kind`.
        kindLabel: Text<'a>,
        isChargeable: Option<bool>,
        isHeadless: Option<bool>,
        tokenUsage: Option<TokenUsage>,
        chargedCents: Cents,
    }
}
record! {
    /// For calls that are counted by tokens.
    TokenUsage {
        inputTokens: Option<i64>,
        outputTokens: Option<i64>,
        cacheWriteTokens: Option<i64>,
        cacheReadTokens: Option<i64>,
        /// Cost of the model before discounts, without Cursor's fee.
        totalCents: Cents,
    }
}

record! { EditsPage<'a> { data: Entries<'a, Option<Vec<EditsDay>>>, } }
record! {
    EditsDay {
        event_date: Option<Day>,
        /// The reference and its example use different names.
        total_lines_suggested: Option<i64>,
        suggested_lines: Option<i64>,
    }
}

record! { ExtensionsPage<'a> { data: Option<Vec<ExtensionDay<'a>>>, } }
record! {
    ExtensionDay<'a> {
        event_date: Option<Day>,
        file_extension: Option<Id<'a>>,
        total_accepts: Option<i64>,
        total_rejects: Option<i64>,
        total_lines_suggested: Option<i64>,
        total_lines_accepted: Option<i64>,
    }
}

record! { CommitsPage<'a> { items: Option<Vec<Commit<'a>>>, } }
record! {
    Commit<'a> {
        userId: Option<Id<'a>>,
        userEmail: Option<Id<'a>>,
        commitTs: Text<'a>,
        createdAt: Text<'a>,
        tabLinesAdded: Option<i64>,
        composerLinesAdded: Option<i64>,
    }
}
