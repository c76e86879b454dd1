//! Who used how much: activity by organization, team or person, and by day, week or month.

use std::sync::Arc;

use serde::Deserialize;
use utoipa::IntoParams;

use super::report::{self, ActivityMetrics, Interval, Metrics, Page, Question, SubjectRow};
use crate::clock::Clock;
use crate::error::Error;
use crate::ports::{ConnectorStore, SegmentStore};
use crate::segment::Activity;
use crate::words::{Day, Level};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct UsageQuery {
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
    /// Whom the rows are about: `organization` unless a team or a subject is asked for.
    #[param(inline)]
    pub level: Option<Level>,
    /// How much time a row covers. Distinct people over more than a day are counted anew, never summed.
    #[param(inline)]
    pub interval: Interval,
    /// Only this subject, by the provider's stable id; a user unless `level` says otherwise.
    pub subject: Option<String>,
    /// Only this team, by id or slug; at `level=user` those who were in it on each day.
    pub team: Option<String>,
    /// Sort the rows of each period by this metric, most first, instead of by connector and subject.
    #[param(pattern = "^(active|engaged|sessions|completions_suggested|completions_accepted|lines_suggested|lines_accepted|lines_added|lines_deleted|ai_lines_added|chat_turns|agent_requests|edits_accepted|edits_rejected|commits|pull_requests|reviews|credits)$")]
    pub sort: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// Reads usage.
#[derive(Clone)]
pub struct Usage {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub clock: Arc<dyn Clock>,
}

impl Usage {
    pub async fn run(&self, query: UsageQuery) -> Result<Page<SubjectRow<ActivityMetrics>>, Error> {
        let range = report::range(query.from, query.to, self.clock.today())?;
        let sort = query.sort.as_deref().map(metric).transpose()?;
        let level = match (query.level, &query.subject, &query.team) {
            (None, Some(_), _) => Level::User,
            // A team narrows the organization to itself.
            (None | Some(Level::Organization), _, Some(_)) => Level::Team,
            (level, ..) => level.unwrap_or_default(),
        };
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let question = Question {
            connectors: report::connectors(&*self.connectors, connector, provider).await?,
            range,
            interval: query.interval,
            level,
            subject: query.subject,
            team: query.team,
            sort,
            cursor: query.cursor,
            limit: query.limit,
        };
        report::subject_rows::<Activity<'_>, _>(&*self.segments, question).await
    }
}

fn metric(name: &str) -> Result<usize, Error> {
    let mut fields = ActivityMetrics::FIELDS.iter();
    let found = fields.position(|field| *field == name);
    found.ok_or_else(|| Error::invalid("sort", "must be the name of a metric, e.g. `chat_turns`"))
}
