//! The records of GitHub's report files and listings, as they are on the wire.
//!
//! Fields: <https://docs.github.com/en/enterprise-cloud@latest/copilot/reference/copilot-usage-metrics/copilot-usage-metrics>.
//! Those that no code reads yet are named all the same, so that a field GitHub adds is told from one we know. Ids come
//! as strings or as numbers; absent is not zero.

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::segment::MICRO;
use crate::words::Day;

type Text<'a> = Option<Cow<'a, str>>;

/// A day of a person or of the whole account, or the wrapper around 28 of the latter.
#[derive(Deserialize)]
pub(super) struct DayRecord<'a> {
    pub day: Option<Day>,
    #[serde(default, borrow)]
    pub user_id: Option<Id<'a>>,
    #[serde(default, borrow)]
    pub user_login: Text<'a>,
    #[serde(default, deserialize_with = "count")]
    pub daily_active_users: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub user_initiated_interaction_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub code_acceptance_activity_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub loc_added_sum: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub loc_deleted_sum: Option<i64>,
    #[serde(default, deserialize_with = "micro")]
    pub ai_credits_used: Option<i64>,
    #[serde(default, borrow)]
    pub totals_by_ide: Option<Vec<Split<'a>>>,
    #[serde(default, borrow)]
    pub totals_by_feature: Option<Vec<Split<'a>>>,
    #[serde(default, borrow)]
    pub totals_by_language_feature: Option<Vec<Split<'a>>>,
    #[serde(default, borrow)]
    pub totals_by_model_feature: Option<Vec<Split<'a>>>,
    pub totals_by_cli: Option<Client>,
    pub totals_by_copilot_app: Option<Client>,
    pub totals_by_vscode_agent: Option<Client>,
    #[serde(default, borrow)]
    pub totals_by_3rd_party_agent: Option<Vec<Agent<'a>>>,
    pub pull_requests: Option<PullRequestTotals>,
    #[serde(default, borrow)]
    pub day_totals: Option<Vec<DayRecord<'a>>>,
    // repos-1-day
    #[serde(default, borrow)]
    pub repo_id: Option<Id<'a>>,
    #[serde(default, borrow)]
    pub repo_owner_name: Text<'a>,
    #[serde(default, borrow)]
    pub repo_name: Text<'a>,
    // user-teams-1-day
    #[serde(default, borrow)]
    pub team_id: Option<Id<'a>>,
    #[serde(default, borrow)]
    pub slug: Text<'a>,
}

/// A part of a day: by editor, feature, language or model.
#[derive(Deserialize)]
pub(super) struct Split<'a> {
    #[serde(default, borrow)]
    pub ide: Text<'a>,
    #[serde(default, borrow)]
    pub feature: Text<'a>,
    #[serde(default, borrow)]
    pub language: Text<'a>,
    #[serde(default, borrow)]
    pub model: Text<'a>,
    #[serde(default, deserialize_with = "count")]
    pub user_initiated_interaction_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub code_generation_activity_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub code_acceptance_activity_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub loc_suggested_to_add_sum: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub loc_added_sum: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub loc_deleted_sum: Option<i64>,
}

/// A client outside the editors.
#[derive(Deserialize)]
pub(super) struct Client {
    #[serde(default, deserialize_with = "count")]
    pub session_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub request_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub prompt_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub total_user_messages: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Agent<'a> {
    #[serde(default, borrow)]
    pub agent_name: Text<'a>,
    #[serde(default, borrow)]
    pub agent_id: Option<Id<'a>>,
    #[serde(default, deserialize_with = "count")]
    pub user_initiated_interaction_count: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    pub session_count: Option<i64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct PullRequestTotals {
    pub total_created: Option<i64>,
    pub total_reviewed: Option<i64>,
    pub total_merged: Option<i64>,
    pub total_created_by_copilot: Option<i64>,
    pub total_reviewed_by_copilot: Option<i64>,
    pub total_merged_created_by_copilot: Option<i64>,
    pub total_merged_reviewed_by_copilot: Option<i64>,
    pub total_suggestions: Option<i64>,
    pub total_applied_suggestions: Option<i64>,
    pub total_copilot_suggestions: Option<i64>,
    pub total_copilot_applied_suggestions: Option<i64>,
    pub median_minutes_to_merge: Option<f64>,
    pub median_minutes_to_merge_copilot_authored: Option<f64>,
    pub median_minutes_to_merge_copilot_reviewed: Option<f64>,
}

/// A page of `GET .../copilot/billing/seats`.
#[derive(Deserialize)]
pub(super) struct SeatsPage<'a> {
    #[serde(borrow)]
    pub seats: Vec<SeatRecord<'a>>,
}

#[derive(Deserialize)]
pub(super) struct SeatRecord<'a> {
    #[serde(default, borrow)]
    pub assignee: Option<Assignee<'a>>,
    #[serde(default, borrow)]
    pub assigning_team: Option<AssigningTeam<'a>>,
    #[serde(default, borrow)]
    pub pending_cancellation_date: Text<'a>,
    #[serde(default, borrow)]
    pub last_activity_at: Text<'a>,
    #[serde(default, borrow)]
    pub last_activity_editor: Text<'a>,
    #[serde(default, borrow)]
    pub created_at: Text<'a>,
    #[serde(default, borrow)]
    pub plan_type: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Assignee<'a> {
    #[serde(borrow)]
    pub id: Id<'a>,
    #[serde(default, borrow)]
    pub login: Text<'a>,
    #[serde(default, borrow)]
    pub email: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct AssigningTeam<'a> {
    #[serde(default, borrow)]
    pub slug: Text<'a>,
    #[serde(default, borrow)]
    pub name: Text<'a>,
}

/// The answer that lists a report's files.
#[derive(Deserialize)]
pub(super) struct Envelope {
    pub download_links: Vec<String>,
    pub report_day: Option<Day>,
    pub report_start_day: Option<Day>,
    pub report_end_day: Option<Day>,
}

/// Fields we know and do not read; whatever else is unread is new. Sorted.
const KNOWN_BUT_UNREAD: &[&str] = &[
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
    "enterprise_id",
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
    "organization_id",
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

/// Reads one record; `new_field` hears of every field that nobody knows.
pub(super) fn day_record<'a>(
    bytes: &'a [u8],
    mut new_field: impl FnMut(&str),
) -> Result<DayRecord<'a>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let record = serde_ignored::deserialize(&mut json, |path| {
        if let serde_ignored::Path::Map { key, .. } = &path
            && KNOWN_BUT_UNREAD.binary_search(&key.as_str()).is_err()
        {
            new_field(key);
        }
    })?;
    json.end()?;
    Ok(record)
}

/// A stable id, whether it came as a string or as a number.
pub(super) struct Id<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Id<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Id(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Id(Cow::Owned(number.to_string())))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Id(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Id(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A count, also when it is written as `3.0`.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    struct Count;
    impl<'de> Visitor<'de> for Count {
        type Value = Option<i64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a count")
        }

        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
            i64::try_from(number).map(Some).map_err(E::custom)
        }

        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }

        fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
            // Exact up to 2^53, far beyond any count of a day.
            if number.fract() == 0.0 && number.abs() < 9e15 {
                Ok(Some(number as i64))
            } else {
                Err(E::custom("a fraction"))
            }
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Count)
}

/// A decimal as millionths, read digit by digit: credits are money.
fn micro<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let Some(raw) = Option::<&RawValue>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match raw.get() {
        "null" => Ok(None),
        text => decimal(text.trim_matches('"')).map(Some).ok_or_else(|| serde::de::Error::custom("not a decimal")),
    }
}

/// `12.5` as 12,500,000; digits behind the sixth are rounded half up. `None` for anything that is not a decimal.
fn decimal(text: &str) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 30 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let value: i128 = digits.parse().ok()?;
    // The value is `digits * 10^shift` millionths.
    let shift = exponent - i32::try_from(fraction.len()).ok()? + MICRO.ilog10() as i32;
    let micro = if shift >= 0 {
        value.checked_mul(10i128.checked_pow(shift.unsigned_abs())?)?
    } else {
        match 10i128.checked_pow(shift.unsigned_abs()) {
            Some(divisor) => (value + divisor / 2) / divisor,
            None => 0,
        }
    };
    i64::try_from(sign * micro).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_read_without_floats() {
        for (text, micro) in [
            ("12.5", Some(12_500_000)),
            ("0", Some(0)),
            ("0.1", Some(100_000)),
            ("1e-7", Some(0)),
            ("5e-7", Some(1)),
            ("1.25E2", Some(125_000_000)),
            ("-3", Some(-3_000_000)),
            ("9007199254740993", Some(9_007_199_254_740_993_000_000_i128)),
        ] {
            assert_eq!(decimal(text).map(i128::from), micro.filter(|micro| i64::try_from(*micro).is_ok()), "{text}");
        }
        assert_eq!(decimal("NaN"), None);
    }

    #[test]
    fn ids_and_counts_are_read_in_every_form() {
        let record = day_record(
            br#"{"day":"2026-01-02","user_id":7,"team_id":"9","loc_added_sum":3.0,"loc_deleted_sum":null,"ai_credits_used":0.25}"#,
            |field| panic!("{field} is known"),
        )
        .unwrap();
        assert_eq!((record.user_id.unwrap().0.as_ref(), record.team_id.unwrap().0.as_ref()), ("7", "9"));
        assert_eq!((record.loc_added_sum, record.loc_deleted_sum), (Some(3), None));
        assert_eq!(record.ai_credits_used, Some(250_000));
    }

    #[test]
    fn a_new_field_is_noticed_at_any_depth_and_a_known_one_is_not() {
        let mut new = Vec::new();
        let json = br#"{"used_chat":true,"hologram":{"a":1},"totals_by_ide":[{"ide":"vscode","tilt":2}]}"#;
        day_record(json, |field| new.push(field.to_owned())).unwrap();
        assert_eq!(new, ["hologram", "tilt"]);
        assert!(KNOWN_BUT_UNREAD.is_sorted());
    }
}
