//! What verify found out: one verdict, the checks behind it, what the credential opens, and a preview.

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
    /// Nobody could say: the provider did not answer as it should.
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
    /// The page to click, with the account's slug in it.
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

/// One thing that verify looked at.
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
    /// For a reason that another check names: a policy of the account, its state, or its billing.
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
pub struct Named {
    pub name: String,
    pub suggested: Option<i64>,
    pub accepted: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Completions {
    pub suggested: Option<i64>,
    pub accepted: Option<i64>,
    pub by_editor: Vec<Named>,
    pub by_language: Vec<Named>,
    pub by_model: Vec<Named>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PullRequestCounts {
    pub created_by_copilot: Option<i64>,
    pub reviewed_by_copilot: Option<i64>,
    pub merged: Option<i64>,
}

/// One day of the preview; null where the provider cannot say.
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
    /// One for each basis; never add two of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<CostOfDay>,
}

/// What was asked of a model on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelOfDay {
    pub name: String,
    pub requests: Option<i64>,
    /// In and out.
    pub tokens: Option<i64>,
}

/// What a day cost on one basis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostOfDay {
    pub basis: String,
    /// US dollars, exact to a millionth.
    pub amount: Option<Decimal>,
    /// Uses whose amount the provider does not state: the amount lacks them.
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
    /// What the numbers do and do not cover.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    pub days: Vec<PreviewDay>,
}

impl Preview {
    /// No day has anything in it.
    pub fn is_empty(&self) -> bool {
        self.days.iter().all(|day| {
            let Completions { suggested, accepted, .. } = &day.completions;
            let counts =
                [day.active_users, day.chats, day.agent_requests, day.sessions, *suggested, *accepted].into_iter();
            counts.flatten().all(|count| count == 0) && day.models.is_empty() && day.costs.is_empty()
        })
    }
}

/// The answer of verify. Nothing of it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verification {
    pub verdict: Verdict,
    pub checks: Vec<Check>,
    pub capabilities: Vec<Capability>,
    pub token: TokenFacts,
    pub preview: Option<Preview>,
    /// How long to wait before asking again, where the provider said so.
    #[serde(skip)]
    pub retry_at: Option<DateTime<Utc>>,
}

impl Verification {
    /// Replaces what a check found, and with it the verdict.
    pub fn revise(&mut self, id: &str, outcome: CheckOutcome, detail: &str, fix: Option<Fix>) {
        for check in self.checks.iter_mut().filter(|check| check.id == id) {
            (check.outcome, check.detail, check.fix) = (outcome, detail.to_owned(), fix.clone());
        }
        self.verdict = Self::verdict_of(&self.checks);
    }

    /// A failed check is the owner's, whatever else is unknown; an unknown one keeps the verdict open.
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
