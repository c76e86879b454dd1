//! The six datasets, and the levels of their rows.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of row. There is no single wide row: model and editor columns beside user totals would multiply the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    Activity,
    ModelUsage,
    Cost,
    Breakdown,
    Seats,
    PullRequests,
}

impl Dataset {
    pub const ALL: [Dataset; 6] = [
        Dataset::Activity,
        Dataset::ModelUsage,
        Dataset::Cost,
        Dataset::Breakdown,
        Dataset::Seats,
        Dataset::PullRequests,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Dataset::Activity => "activity",
            Dataset::ModelUsage => "model_usage",
            Dataset::Cost => "cost",
            Dataset::Breakdown => "breakdown",
            Dataset::Seats => "seats",
            Dataset::PullRequests => "pull_requests",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.as_str() == text)
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The level of a row's subject. `Organization` is the connected account, even if the provider calls it an enterprise
/// or team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    #[default]
    Organization,
    Team,
    User,
    Repository,
    ApiKey,
    ServiceAccount,
    /// A member of a team without activity on the day. The row has names and teams, and no figures; reports do not offer it.
    #[serde(skip)]
    Member,
}

impl Level {
    pub const ALL: [Level; 7] = [
        Level::Organization,
        Level::Team,
        Level::User,
        Level::Repository,
        Level::ApiKey,
        Level::ServiceAccount,
        Level::Member,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Level::Organization => "organization",
            Level::Team => "team",
            Level::User => "user",
            Level::Repository => "repository",
            Level::ApiKey => "api_key",
            Level::ServiceAccount => "service_account",
            Level::Member => "member",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}
