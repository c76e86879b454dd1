//! Records of GitHub's report files and listings.
//!
//! Fields:
//! <https://docs.github.com/en/enterprise-cloud@latest/copilot/reference/copilot-usage-metrics/copilot-usage-metrics>.
//! Fields that are not read are listed too, so that new fields can be recognized. IDs are strings or numbers; an
//! absent value is not zero.

use serde::Deserialize;

use crate::providers::fields::{Id, Micro, Text, record};
use crate::providers::merge::AccountRecord;
use crate::words::Day;

record! {
    /// A day of a person or of the whole account, or the wrapper around 28 days of the account.
    DayRecord<'a> {
        day: Option<Day>,
        user_id: Option<Id<'a>>,
        user_login: Text<'a>,
        organization_id: Option<Id<'a>>,
        enterprise_id: Option<Id<'a>>,
        daily_active_users: Option<i64>,
        user_initiated_interaction_count: Option<i64>,
        code_acceptance_activity_count: Option<i64>,
        loc_added_sum: Option<i64>,
        loc_deleted_sum: Option<i64>,
        ai_credits_used: Micro,
        totals_by_ide: Option<Vec<Split<'a>>>,
        totals_by_feature: Option<Vec<Split<'a>>>,
        totals_by_language_feature: Option<Vec<Split<'a>>>,
        totals_by_model_feature: Option<Vec<Split<'a>>>,
        totals_by_cli: Option<Client>,
        totals_by_copilot_app: Option<Client>,
        totals_by_vscode_agent: Option<Client>,
        totals_by_3rd_party_agent: Option<Vec<Agent<'a>>>,
        pull_requests: Option<PullRequestTotals>,
        day_totals: Option<Vec<DayRecord<'a>>>,
        // repos-1-day
        repo_id: Option<Id<'a>>,
        repo_owner_name: Text<'a>,
        repo_name: Text<'a>,
        // user-teams-1-day
        team_id: Option<Id<'a>>,
        slug: Text<'a>,
    }
}

impl<'a> DayRecord<'a> {
    pub(super) fn organization(&self) -> Option<&str> {
        self.organization_id.as_ref().map(|id| &*id.0)
    }

    pub(super) fn enterprise(&self) -> Option<&str> {
        self.enterprise_id.as_ref().map(|id| &*id.0)
    }

    /// A record about the whole account, with its own IDs or those of the wrapper `around`.
    pub(super) fn of_account<T>(&self, around: &DayRecord<'_>, content: T) -> AccountRecord<T> {
        AccountRecord {
            organization: self.organization().or(around.organization()).map(str::to_owned),
            enterprise: self.enterprise().or(around.enterprise()).map(str::to_owned),
            content,
        }
    }
}

record! {
    /// A part of a day: by editor, feature, language or model.
    Split<'a> {
        ide: Option<Id<'a>>,
        feature: Option<Id<'a>>,
        language: Option<Id<'a>>,
        model: Option<Id<'a>>,
        user_initiated_interaction_count: Option<i64>,
        code_generation_activity_count: Option<i64>,
        code_acceptance_activity_count: Option<i64>,
        loc_suggested_to_add_sum: Option<i64>,
        loc_added_sum: Option<i64>,
        loc_deleted_sum: Option<i64>,
    }
}

record! {
    /// A client other than an editor.
    Client {
        session_count: Option<i64>,
        request_count: Option<i64>,
        prompt_count: Option<i64>,
        total_user_messages: Option<i64>,
    }
}

record! {
    Agent<'a> {
        agent_name: Option<Id<'a>>,
        agent_id: Option<Id<'a>>,
        user_initiated_interaction_count: Option<i64>,
        session_count: Option<i64>,
    }
}

record! {
    #[derive(Clone, Copy, Debug, PartialEq)]
    PullRequestTotals {
        total_created: Option<i64>,
        total_reviewed: Option<i64>,
        total_merged: Option<i64>,
        total_created_by_copilot: Option<i64>,
        total_reviewed_by_copilot: Option<i64>,
        total_merged_created_by_copilot: Option<i64>,
        total_merged_reviewed_by_copilot: Option<i64>,
        total_suggestions: Option<i64>,
        total_applied_suggestions: Option<i64>,
        total_copilot_suggestions: Option<i64>,
        total_copilot_applied_suggestions: Option<i64>,
        median_minutes_to_merge: Option<f64>,
        median_minutes_to_merge_copilot_authored: Option<f64>,
        median_minutes_to_merge_copilot_reviewed: Option<f64>,
    }
}

impl PullRequestTotals {
    /// A later state of the same counts is greater than an earlier one.
    pub(super) fn order(&self) -> impl PartialOrd + use<> {
        let counts = [
            self.total_merged,
            self.total_created,
            self.total_reviewed,
            self.total_merged_created_by_copilot,
            self.total_merged_reviewed_by_copilot,
            self.total_created_by_copilot,
            self.total_reviewed_by_copilot,
            self.total_suggestions,
            self.total_applied_suggestions,
            self.total_copilot_suggestions,
            self.total_copilot_applied_suggestions,
        ];
        let medians = [
            self.median_minutes_to_merge,
            self.median_minutes_to_merge_copilot_authored,
            self.median_minutes_to_merge_copilot_reviewed,
        ];
        (counts, medians)
    }
}

record! {
    /// A page of `GET .../copilot/billing/seats`.
    SeatsPage<'a> {
        seats: Option<Vec<SeatRecord<'a>>>,
    }
}

record! {
    SeatRecord<'a> {
        assignee: Option<Assignee<'a>>,
        assigning_team: Option<AssigningTeam<'a>>,
        pending_cancellation_date: Text<'a>,
        last_activity_at: Text<'a>,
        last_activity_editor: Text<'a>,
        created_at: Text<'a>,
        plan_type: Text<'a>,
    }
}

record! {
    /// A person or a team.
    Assignee<'a> {
        id: Option<Id<'a>>,
        kind as "type": Text<'a>,
        login: Text<'a>,
        email: Text<'a>,
        slug: Text<'a>,
        name: Text<'a>,
    }
}

record! {
    AssigningTeam<'a> {
        slug: Text<'a>,
        name: Text<'a>,
    }
}

/// The answer that lists a report's files.
#[derive(Deserialize)]
pub(super) struct Envelope {
    pub download_links: Vec<String>,
    pub report_day: Option<Day>,
    pub report_start_day: Option<Day>,
    pub report_end_day: Option<Day>,
}

/// Known fields that are not read; all other unread fields are new. Sorted.
pub(super) const KNOWN_BUT_UNREAD: &[&str] = &[
    "ai_adoption_phase",
    "avg_tokens_per_request",
    "chat_panel_agent_mode",
    "chat_panel_ask_mode",
    "chat_panel_custom_mode",
    "chat_panel_edit_mode",
    "chat_panel_plan_mode",
    "chat_panel_unknown_mode",
    "code_generation_activity_count",
    "copilot_feature_engagement",
    "copilot_suggestions_by_comment_type",
    "created_at",
    "daily_active_cli_users",
    "daily_active_copilot_app_users",
    "daily_active_copilot_cloud_agent_users",
    "daily_active_copilot_code_review_users",
    "daily_active_vscode_agent_users",
    "daily_passive_copilot_code_review_users",
    "day_partition",
    "distinct_custom_agent_use_count",
    "distinct_mcp_use_count",
    "distinct_plugin_use_count",
    "distinct_skill_use_count",
    "distinct_slash_cmd_use_count",
    "entity_id_partition",
    "etl_id",
    "last_known_cli_version",
    "last_known_ide_version",
    "last_known_plugin_version",
    "loc_suggested_to_add_sum",
    "loc_suggested_to_delete_sum",
    "monthly_active_agent_users",
    "monthly_active_chat_users",
    "monthly_active_copilot_cloud_agent_users",
    "monthly_active_copilot_code_review_users",
    "monthly_active_users",
    "monthly_active_vscode_agent_users",
    "monthly_passive_copilot_code_review_users",
    "pull_request_review_times",
    "repo_visibility",
    "report_end_day",
    "report_start_day",
    "token_usage",
    "totals_by_ai_adoption_phase",
    "totals_by_custom_agent",
    "totals_by_language_model",
    "totals_by_mcp",
    "totals_by_plugin",
    "totals_by_skill",
    "totals_by_slash_cmd",
    "used_agent",
    "used_chat",
    "used_cli",
    "used_copilot_app",
    "used_copilot_cloud_agent",
    "used_copilot_code_review_active",
    "used_copilot_code_review_passive",
    "used_copilot_coding_agent",
    "used_vscode_agent",
    "weekly_active_copilot_cloud_agent_users",
    "weekly_active_copilot_code_review_users",
    "weekly_active_users",
    "weekly_active_vscode_agent_users",
    "weekly_passive_copilot_code_review_users",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::fields::{NewFields, read_record};
    use crate::providers::json::Repair;

    fn read<'a>(json: &'a str, repair: &'a Repair) -> (DayRecord<'a>, Vec<String>) {
        let new = NewFields::beside(KNOWN_BUT_UNREAD);
        let record = read_record(json.as_bytes(), repair, &new).unwrap();
        (record, new.into_counts().into_keys().collect())
    }

    #[test]
    fn ids_and_counts_are_read_in_every_form() {
        let repair = Repair::new();
        let (record, new) = read(
            r#"{"day":"2026-01-02","user_id":7,"team_id":"9","loc_added_sum":3.0,"loc_deleted_sum":null,"ai_credits_used":0.25}"#,
            &repair,
        );
        assert_eq!((record.user_id.unwrap().0.as_ref(), record.team_id.unwrap().0.as_ref()), ("7", "9"));
        assert_eq!((record.loc_added_sum, record.loc_deleted_sum), (Some(3), None));
        assert_eq!((record.ai_credits_used.0, new.len()), (Some(250_000), 0));
    }

    #[test]
    fn a_new_field_is_noticed_at_any_depth_and_a_known_one_is_not() {
        let repair = Repair::new();
        let json = r#"{"used_chat":true,"hologram":{"a":1},"totals_by_ide":[{"ide":"vs\u0063ode","tilt":2}]}"#;
        let (record, new) = read(json, &repair);
        assert_eq!(new, ["hologram", "tilt"]);
        assert_eq!(record.totals_by_ide.unwrap()[0].ide.as_deref(), Some("vscode"));
        assert!(KNOWN_BUT_UNREAD.is_sorted());
    }

    #[test]
    fn a_field_of_another_type_is_refused() {
        let new = NewFields::beside(KNOWN_BUT_UNREAD);
        for json in [r#"{"loc_added_sum":[]}"#, r#"{"totals_by_ide":{}}"#, r#"{"day":7}"#, r#"{"loc_added_sum":1.5}"#] {
            let repair = Repair::new();
            assert!(read_record::<DayRecord<'_>>(json.as_bytes(), &repair, &new).err().unwrap().is_data(), "{json}");
        }
    }
}
