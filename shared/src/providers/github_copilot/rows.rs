//! Maps one record to rows: GitHub's counters to our metrics.

use parquet::errors::ParquetError;

use crate::segment::{Activity, Breakdown, Plain, PullRequests};
use crate::words::Level;

use super::wire::{Client, DayRecord, PullRequestTotals, Split};

/// GitHub's feature for inline completions; the only one with its own accept step
/// (<https://docs.github.com/en/enterprise-cloud@latest/copilot/reference/copilot-usage-metrics/lines-of-code-metrics>).
pub(super) const COMPLETION: &str = "code_completion";
/// `chat_inline` and every `chat_panel_*_mode`.
pub(super) const CHAT: &str = "chat_";
/// Features in which an agent works autonomously; agent mode is also a chat.
const AGENTS: [&str; 4] = ["chat_panel_agent_mode", "agent_edit", "copilot_cli", "copilot_app"];

/// The metrics of an activity row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Metrics {
    pub active: Option<i64>,
    pub engaged: Option<i64>,
    sessions: Option<i64>,
    completions_suggested: Option<i64>,
    completions_accepted: Option<i64>,
    lines_suggested: Option<i64>,
    lines_accepted: Option<i64>,
    lines_added: Option<i64>,
    lines_deleted: Option<i64>,
    chat_turns: Option<i64>,
    agent_requests: Option<i64>,
    pub micro_credits: Option<i64>,
}

/// The sum; a null counts as nothing unless both are null.
pub(super) fn add(sum: &mut Option<i64>, value: Option<i64>) {
    if let Some(value) = value {
        *sum = Some(sum.unwrap_or(0).saturating_add(value));
    }
}

impl Metrics {
    /// The caller sets `active` and `engaged`.
    pub(super) fn of(record: &DayRecord<'_>) -> Self {
        let mut metrics = Metrics {
            lines_added: record.loc_added_sum,
            lines_deleted: record.loc_deleted_sum,
            micro_credits: record.ai_credits_used.0,
            ..Metrics::default()
        };
        for client in [&record.totals_by_cli, &record.totals_by_copilot_app, &record.totals_by_vscode_agent] {
            add(&mut metrics.sessions, client.as_ref().and_then(|client| client.session_count));
        }
        // A feature that is missing from the list was not used: a measured zero.
        if let Some(features) = &record.totals_by_feature {
            let zero = Some(0);
            metrics.completions_suggested = zero;
            metrics.completions_accepted = zero;
            metrics.lines_suggested = zero;
            metrics.lines_accepted = zero;
            metrics.chat_turns = zero;
            metrics.agent_requests = zero;
            for split in features {
                let feature = split.feature.as_deref().unwrap_or_default();
                if feature == COMPLETION {
                    add(&mut metrics.completions_suggested, split.code_generation_activity_count);
                    add(&mut metrics.completions_accepted, split.code_acceptance_activity_count);
                    add(&mut metrics.lines_suggested, split.loc_suggested_to_add_sum);
                    add(&mut metrics.lines_accepted, split.loc_added_sum);
                }
                if feature.starts_with(CHAT) {
                    add(&mut metrics.chat_turns, split.user_initiated_interaction_count);
                }
                if AGENTS.contains(&feature) {
                    add(&mut metrics.agent_requests, split.user_initiated_interaction_count);
                }
            }
        }
        metrics
    }

    /// The metrics of a written row.
    pub(super) fn stored(row: &Plain<Activity<'_>>) -> Self {
        Metrics {
            active: row.named("active"),
            engaged: row.named("engaged"),
            sessions: row.named("sessions"),
            completions_suggested: row.named("completions_suggested"),
            completions_accepted: row.named("completions_accepted"),
            lines_suggested: row.named("lines_suggested"),
            lines_accepted: row.named("lines_accepted"),
            lines_added: row.named("lines_added"),
            lines_deleted: row.named("lines_deleted"),
            chat_turns: row.named("chat_turns"),
            agent_requests: row.named("agent_requests"),
            micro_credits: row.named("micro_credits"),
        }
    }

    pub(super) fn add(&mut self, other: &Metrics) {
        add(&mut self.active, other.active);
        add(&mut self.engaged, other.engaged);
        add(&mut self.sessions, other.sessions);
        add(&mut self.completions_suggested, other.completions_suggested);
        add(&mut self.completions_accepted, other.completions_accepted);
        add(&mut self.lines_suggested, other.lines_suggested);
        add(&mut self.lines_accepted, other.lines_accepted);
        add(&mut self.lines_added, other.lines_added);
        add(&mut self.lines_deleted, other.lines_deleted);
        add(&mut self.chat_turns, other.chat_turns);
        add(&mut self.agent_requests, other.agent_requests);
        add(&mut self.micro_credits, other.micro_credits);
    }

    pub(super) fn row<'a>(&self, level: Level, subject: &'a str, name: Option<&'a str>) -> Activity<'a> {
        Activity {
            level,
            subject,
            name,
            active: self.active,
            engaged: self.engaged,
            sessions: self.sessions,
            completions_suggested: self.completions_suggested,
            completions_accepted: self.completions_accepted,
            lines_suggested: self.lines_suggested,
            lines_accepted: self.lines_accepted,
            lines_added: self.lines_added,
            lines_deleted: self.lines_deleted,
            chat_turns: self.chat_turns,
            agent_requests: self.agent_requests,
            micro_credits: self.micro_credits,
            ..Activity::default()
        }
    }
}

/// A prompt or an accepted suggestion; see the module's definition. Null if the record has no activity fields.
pub(super) fn engaged(record: &DayRecord<'_>) -> Option<i64> {
    let (prompts, accepted) = (record.user_initiated_interaction_count, record.code_acceptance_activity_count);
    (prompts.is_some() || accepted.is_some()).then(|| i64::from(prompts.unwrap_or(0) + accepted.unwrap_or(0) > 0))
}

/// The counters of one value of a dimension.
#[derive(Clone, Copy, Default)]
pub(super) struct Counters {
    pub completions_suggested: Option<i64>,
    pub completions_accepted: Option<i64>,
    pub interactions: Option<i64>,
    pub generations: Option<i64>,
    pub acceptances: Option<i64>,
    pub lines_suggested: Option<i64>,
    pub lines_added: Option<i64>,
    pub lines_deleted: Option<i64>,
}

/// Splits of one dimension, summed by value: languages and models appear once per feature.
pub(super) fn by_value<'r>(
    splits: Option<&'r Vec<Split<'_>>>,
    value: impl Fn(&'r Split<'_>) -> Option<&'r str>,
) -> Vec<(&'r str, Counters)> {
    let mut values: Vec<(&str, Counters)> = Vec::new();
    for split in splits.into_iter().flatten() {
        let Some(name) = value(split) else { continue };
        let index = values.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            values.push((name, Counters::default()));
            values.len() - 1
        });
        let counters = &mut values[index].1;
        add(&mut counters.interactions, split.user_initiated_interaction_count);
        add(&mut counters.generations, split.code_generation_activity_count);
        add(&mut counters.acceptances, split.code_acceptance_activity_count);
        add(&mut counters.lines_suggested, split.loc_suggested_to_add_sum);
        add(&mut counters.lines_added, split.loc_added_sum);
        add(&mut counters.lines_deleted, split.loc_deleted_sum);
        if split.feature.as_deref() == Some(COMPLETION) {
            add(&mut counters.completions_suggested, split.code_generation_activity_count);
            add(&mut counters.completions_accepted, split.code_acceptance_activity_count);
        }
    }
    values
}

/// Dimension, value and counts.
pub(super) type Splits = Vec<(&'static str, String, Breakdown<'static>)>;

/// A record's splits, dimension by dimension.
pub(super) fn break_down(
    record: &DayRecord<'_>,
    mut push: impl FnMut(&'static str, &str, Breakdown<'static>) -> Result<(), ParquetError>,
) -> Result<(), ParquetError> {
    let dimensions = [
        ("editor", by_value(record.totals_by_ide.as_ref(), |split| split.ide.as_deref())),
        ("feature", by_value(record.totals_by_feature.as_ref(), |split| split.feature.as_deref())),
        ("language", by_value(record.totals_by_language_feature.as_ref(), |split| split.language.as_deref())),
        ("model", by_value(record.totals_by_model_feature.as_ref(), |split| split.model.as_deref())),
    ];
    for (dimension, values) in dimensions {
        for (value, counters) in values {
            let counts = Breakdown {
                completions_suggested: counters.completions_suggested,
                completions_accepted: counters.completions_accepted,
                interactions: counters.interactions,
                generations: counters.generations,
                acceptances: counters.acceptances,
                lines_suggested: counters.lines_suggested,
                lines_added: counters.lines_added,
                lines_deleted: counters.lines_deleted,
                ..Breakdown::default()
            };
            push(dimension, value, counts)?;
        }
    }
    let clients: [(&str, &Option<Client>); 3] = [
        ("copilot_cli", &record.totals_by_cli),
        ("copilot_app", &record.totals_by_copilot_app),
        ("vscode_agent", &record.totals_by_vscode_agent),
    ];
    for (value, client) in clients {
        let Some(client) = client else { continue };
        let counts = Breakdown {
            interactions: client.prompt_count.or(client.total_user_messages),
            sessions: client.session_count,
            requests: client.request_count,
            ..Breakdown::default()
        };
        push("client", value, counts)?;
    }
    for agent in record.totals_by_3rd_party_agent.iter().flatten() {
        let id = agent.agent_id.as_ref().map(|id| id.0.as_ref());
        let Some(value) = agent.agent_name.as_deref().or(id) else {
            continue;
        };
        let counts = Breakdown {
            interactions: agent.user_initiated_interaction_count,
            sessions: agent.session_count,
            ..Breakdown::default()
        };
        push("tool", value, counts)?;
    }
    Ok(())
}

pub(super) fn pull_requests<'a>(
    level: Level,
    subject: &'a str,
    name: Option<&'a str>,
    totals: &PullRequestTotals,
) -> PullRequests<'a> {
    PullRequests {
        level,
        subject,
        name,
        created: totals.total_created,
        reviewed: totals.total_reviewed,
        merged: totals.total_merged,
        created_by_copilot: totals.total_created_by_copilot,
        reviewed_by_copilot: totals.total_reviewed_by_copilot,
        merged_created_by_copilot: totals.total_merged_created_by_copilot,
        merged_reviewed_by_copilot: totals.total_merged_reviewed_by_copilot,
        suggestions: totals.total_suggestions,
        suggestions_applied: totals.total_applied_suggestions,
        copilot_suggestions: totals.total_copilot_suggestions,
        copilot_suggestions_applied: totals.total_copilot_applied_suggestions,
        median_minutes_to_merge: totals.median_minutes_to_merge,
        median_minutes_to_merge_copilot_authored: totals.median_minutes_to_merge_copilot_authored,
        median_minutes_to_merge_copilot_reviewed: totals.median_minutes_to_merge_copilot_reviewed,
    }
}
