//! Pull requests of the whole account or of each repository, and what Copilot had to do with them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Asked, Interval, Page, PullRequestMetrics, Sources, SubjectQuery, SubjectRow};
use crate::error::Error;
use crate::query::{Filter, PageRequest, Viewer};
use crate::words::{Dataset, Day, Level};

/// The kind of subject of a row about pull requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestLevel {
    #[default]
    Organization,
    Repository,
}

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PullRequestsQuery {
    /// First day, inclusive, UTC. 28 days up to `to` when absent; at most 1,100 days.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC. Yesterday when absent.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    #[param(inline)]
    pub level: PullRequestLevel,
    /// The period of a row. Medians, in minutes, are only in rows of one day.
    #[param(inline)]
    pub interval: Interval,
    /// Only this repository or organization, by the provider's stable id.
    pub subject: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// Reads pull requests.
#[derive(Clone)]
pub struct ReadPullRequests(pub Sources);

impl ReadPullRequests {
    pub async fn run(&self, mut query: PullRequestsQuery) -> Result<Page<SubjectRow<PullRequestMetrics>>, Error> {
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let range = report::range(query.from, query.to, self.0.clock.today())?;
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let question = SubjectQuery {
            scope: self.0.accounts(connector, provider).await?,
            dataset: Dataset::PullRequests,
            days: range,
            interval: query.interval,
            level: match query.level {
                PullRequestLevel::Organization => Level::Organization,
                PullRequestLevel::Repository => Level::Repository,
            },
            filter: Filter { subject: query.subject, ..Filter::default() },
            sort: None,
            asked: Asked::ALL,
        };
        report::subject_rows(&self.0, &Viewer::of_everything(), question, page).await
    }
}
