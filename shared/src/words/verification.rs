//! The result of a verification: one verdict, the checks behind it, the capabilities of the credential, and a
//! preview.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Day, Decimal, SegmentState, TokenFacts};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Valid,
    /// A check failed: the owner must act.
    Invalid,
    /// Undecided: the provider did not answer as expected.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    Pass,
    Warn,
    Fail,
    Unknown,
    Skipped,
}

/// What to do about a check that did not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fix {
    pub text: String,
    /// The page to open, with the account's slug in it.
    pub url: Option<String>,
}

impl Fix {
    pub fn new(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self { text: text.into(), url: Some(url.into()) }
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), url: None }
    }
}

/// One thing that the verification checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    pub id: &'static str,
    pub outcome: CheckOutcome,
    pub title: String,
    pub detail: String,
    pub fix: Option<Fix>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapabilityOutcome {
    Ok,
    MissingPermission,
    PolicyOff,
    SsoRequired,
    NotInPlan,
    NotFound,
    NotReady,
    RateLimited,
    /// Refused for a reason that another check names: a policy of the account, its state or its billing.
    Refused,
    Unknown,
}

/// One endpoint family, and whether the credential opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Capability {
    pub id: &'static str,
    pub outcome: CapabilityOutcome,
    /// The scope or permission that would open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
}

/// A name with its completions, e.g. an editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedCompletions {
    pub name: String,
    pub suggested: Option<i64>,
    pub accepted: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Completions {
    pub suggested: Option<i64>,
    pub accepted: Option<i64>,
    pub by_editor: Vec<NamedCompletions>,
    pub by_language: Vec<NamedCompletions>,
    pub by_model: Vec<NamedCompletions>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PullRequestCounts {
    pub created_by_copilot: Option<i64>,
    pub reviewed_by_copilot: Option<i64>,
    pub merged: Option<i64>,
}

/// One day of the preview; null if the provider does not report the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewDay {
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    #[schema(value_type = String)]
    #[serde(serialize_with = "state_name")]
    pub state: SegmentState,
    pub active_users: Option<i64>,
    pub engaged_users: Option<i64>,
    pub completions: Completions,
    pub chats: Option<i64>,
    pub pull_requests: PullRequestCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_requests: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<i64>,
    /// Most tokens first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelOfDay>,
    /// One per basis. Amounts of two bases are never added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostOfDay>,
}

/// Usage of one model on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelOfDay {
    pub name: String,
    pub requests: Option<i64>,
    /// Input and output tokens.
    pub tokens: Option<i64>,
}

/// Cost of one day on one basis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostOfDay {
    pub basis: String,
    /// US dollars, exact to a millionth.
    pub amount: Option<Decimal>,
    /// Uses without an amount, which `amount` does not include.
    pub unpriced: i64,
    pub credits: Option<Decimal>,
}

impl CostOfDay {
    pub fn new(basis: String, micro_amount: Option<i64>, micro_credits: Option<i64>) -> Self {
        Self { basis, amount: micro_amount.map(Decimal), unpriced: 0, credits: micro_credits.map(Decimal) }
    }
}

fn state_name<S: serde::Serializer>(state: &SegmentState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

/// The last 14 days, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    #[schema(value_type = String, format = Date)]
    pub from: Day,
    #[schema(value_type = String, format = Date)]
    pub to: Day,
    /// What the numbers cover and what they do not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    pub days: Vec<PreviewDay>,
}

impl Preview {
    /// True if no day has data.
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(|day| {
            let Completions { suggested, accepted, .. } = &day.completions;
            let counts =
                [day.active_users, day.chats, day.agent_requests, day.sessions, *suggested, *accepted].into_iter();
            counts.flatten().all(|count| count == 0) && day.models.is_empty() && day.costs.is_empty()
        })
    }
}

/// The result of a verification. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verification {
    pub verdict: Verdict,
    pub checks: Vec<Check>,
    pub capabilities: Vec<Capability>,
    pub token: TokenFacts,
    pub preview: Option<Preview>,
    /// When to retry, if the provider named a wait.
    #[serde(skip)]
    pub retry_at: Option<DateTime<Utc>>,
}

impl Verification {
    /// Replaces the result of a check, and updates the verdict.
    pub fn revise(&mut self, id: &str, outcome: CheckOutcome, detail: &str, fix: Option<Fix>) {
        for check in self.checks.iter_mut().filter(|check| check.id == id) {
            (check.outcome, check.detail, check.fix) = (outcome, detail.to_owned(), fix.clone());
        }
        self.verdict = Self::verdict_of(&self.checks);
    }

    /// A failed check makes the verdict `invalid` even if others are unknown; without one, an unknown check makes it
    /// `unknown`.
    pub fn verdict_of(checks: &[Check]) -> Verdict {
        let any = |outcome| checks.iter().any(|check| check.outcome == outcome);
        if any(CheckOutcome::Fail) {
            Verdict::Invalid
        } else if any(CheckOutcome::Unknown) {
            Verdict::Unknown
        } else {
            Verdict::Valid
        }
    }
}
