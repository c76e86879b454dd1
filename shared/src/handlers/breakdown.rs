//! Activity split by one dimension: by editor, language, model, feature, client or tool.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{
    self, Asked, BreakdownMetrics, Interval, Metrics, Page, PersonRef, Scope, Sources, Subject, TeamOrder, TeamRef,
};
use crate::error::Error;
use crate::query::{Cut, Filter, Key, Measure, PageRequest, Query, Row, SubjectOrder};
use crate::words::{ConnectorId, Dataset, Day, Level, PersonId};

/// The dimension by which activity is split. Dimensions overlap: never add two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    Editor,
    Language,
    Model,
    Feature,
    Client,
    Tool,
}

impl Dimension {
    fn as_str(self) -> &'static str {
        match self {
            Dimension::Editor => "editor",
            Dimension::Language => "language",
            Dimension::Model => "model",
            Dimension::Feature => "feature",
            Dimension::Client => "client",
            Dimension::Tool => "tool",
        }
    }
}

/// The additional grouping of a dimension's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakdownSplit {
    Person,
    /// Members of several teams count in each; who is in none has the empty id.
    Team,
}

/// What may be asked.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BreakdownQuery {
    /// The dimension.
    #[param(inline)]
    pub by: Dimension,
    /// First day, inclusive, UTC. 28 days up to `to` when absent; at most 1,100 days.
    #[serde(default, deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC. Yesterday when absent.
    #[serde(default, deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// The level of the rows. Default: `organization`, unless a team or a subject is requested.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only this subject, by the provider's stable id; the default `level` is `user`.
    pub subject: Option<String>,
    /// Only this person, by the id of `/v1/people`, at every provider.
    pub person: Option<String>,
    /// Group by person or by team as well.
    #[param(inline)]
    pub split: Option<BreakdownSplit>,
    /// Only people who were in this team on each day, by id or slug.
    pub team: Option<String>,
    /// The period of a row. Default: the whole range.
    #[serde(default = "whole_range")]
    #[param(inline, value_type = Option<Interval>)]
    pub interval: Interval,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

fn whole_range() -> Interval {
    Interval::Total
}

/// One value of the dimension in one period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BreakdownRow {
    pub by: Dimension,
    pub value: String,
    /// Null unless rows are split by person.
    #[schema(required)]
    pub subject: Option<Subject>,
    /// The person, the same at every provider. Null for unattributed use, and unless rows are split by person.
    #[schema(required)]
    pub person: Option<PersonRef>,
    /// Null unless rows are split by team; with an empty id for people without a team.
    #[schema(required)]
    pub team: Option<TeamRef>,
    /// The first day of the period; null when the row covers the whole range.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    pub provider: String,
    pub connector: ConnectorId,
    pub metrics: BreakdownMetrics,
    /// Distinct people with this value; null if no rows by person are stored.
    #[schema(required)]
    pub users: Option<u32>,
    /// Days of the period with stored data.
    pub days: u32,
    /// The row covers part of the period: the range ends within it, or days are missing.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// Reads breakdowns.
#[derive(Clone)]
pub struct ReadBreakdown(pub Sources);

/// The order of rows: period, most generations and interactions (or requests, or sessions, where neither is counted), then
/// value and connector.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey(Option<Day>, Reverse<i64>, String, ConnectorId, Option<SubjectOrder>, Option<TeamOrder>);

impl ReadBreakdown {
    pub async fn run(&self, mut query: BreakdownQuery) -> Result<Page<BreakdownRow>, Error> {
        let days = report::range(query.from, query.to, self.0.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowKey>()?;
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let level = match (query.level, &query.subject) {
            // Who was in a team is known of people only.
            _ if query.team.is_some() || query.person.is_some() || query.split.is_some() => Level::User,
            (None, Some(_)) => Level::User,
            (level, _) => level.unwrap_or_default(),
        };
        // Distinct people are counted at every level.
        let scope = self.0.people(connector, provider).await?;
        let texts = vec![("dimension".to_owned(), query.by.as_str().to_owned())];
        let split = query.split.map(|split| match split {
            BreakdownSplit::Person => Key::Subject,
            BreakdownSplit::Team => Key::Team,
        });
        let by = [Key::Column("value".to_owned())].into_iter().chain(split).collect();
        let columns = BreakdownMetrics::COLUMNS.iter().map(|name| Measure::Column((*name).to_owned()));
        let asked = Query {
            dataset: Dataset::Breakdown,
            days,
            interval: query.interval,
            filter: Filter {
                texts,
                subject: query.subject.clone(),
                person: query.person.clone().map(PersonId),
                team: query.team.clone(),
                ..Filter::default()
            },
            cuts: vec![Cut { levels: vec![level], by, labels: Vec::new() }],
            measures: columns.chain([Measure::People]).collect(),
        };
        let answer = self.0.answer(&scope, &asked).await?;
        let rows = answer.rows(0).map(|row| breakdown_row(&query, &scope, row)).collect();
        let (rows, next_cursor) = page.page(rows, row_key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }
}

fn breakdown_row(query: &BreakdownQuery, scope: &Scope, row: Row<'_>) -> BreakdownRow {
    let metrics = BreakdownMetrics::COLUMNS.len();
    let id = row.connector.id.clone();
    let of_split = |wanted| row.key(1).filter(|_| query.split == Some(wanted));
    let (subject, team) = (of_split(BreakdownSplit::Person), of_split(BreakdownSplit::Team));
    BreakdownRow {
        by: query.by,
        value: row.key(0).unwrap_or_default().to_owned(),
        subject: subject.map(|subject| Subject::known(&scope.persons, &id, subject)),
        person: subject.and_then(|subject| PersonRef::of(&scope.persons, &id, subject)),
        team: team.map(|team| TeamRef::of(&scope.persons, team)),
        day: (query.interval != Interval::Total).then(|| row.day()),
        provider: row.connector.provider.clone(),
        connector: id,
        metrics: BreakdownMetrics::of((0..metrics).map(|measure| row.value(measure)), Asked::ALL),
        users: row.value(metrics).map(|count| i64::from(count) as u32),
        days: row.days(),
        partial: row.is_partial(),
        provisional: row.is_provisional(),
    }
}

fn row_key(row: &BreakdownRow) -> RowKey {
    let BreakdownMetrics { generations, interactions, requests, sessions, .. } = row.metrics;
    let used = match (generations, interactions) {
        (None, None) => requests.or(sessions).unwrap_or(0),
        _ => generations.unwrap_or(0) + interactions.unwrap_or(0),
    };
    let subject = row.subject.as_ref().map(|subject| SubjectOrder(subject.id.clone()));
    let team = row.team.as_ref().map(TeamOrder::of);
    RowKey(row.day, Reverse(used), row.value.clone(), row.connector.clone(), subject, team)
}
