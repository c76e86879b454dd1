//! How many people used anything: each counted once over all connectors.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Interval, Page, Sources, TeamOrder, TeamRef};
use crate::error::Error;
use crate::query::{Cut, Filter, Group, Key, Measure, PageRequest, Query};
use crate::words::{Dataset, Day, Level};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ActivePeopleQuery {
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
    /// The period of a row.
    #[param(inline)]
    pub interval: Interval,
    /// Default: all people together.
    #[param(inline)]
    pub by: Option<PeopleGroup>,
    /// Only people who were in this team on each day, by id or slug.
    pub team: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// The grouping of people. A person may be in several groups, so groups do not add up to the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeopleGroup {
    /// As of each day; who is in no team has the empty id.
    Team,
    Provider,
}

/// Distinct people in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActivePeopleRow {
    /// The first day of the period; null when the row covers the whole range.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    /// Null unless people are grouped by provider.
    #[schema(required)]
    pub provider: Option<String>,
    /// Null unless people are grouped by team; with an empty id for people without a team.
    #[schema(required)]
    pub team: Option<TeamRef>,
    /// People with any use. Null: no provider reports who was active.
    #[schema(required)]
    pub active: Option<u32>,
    /// People with a prompt or an accepted suggestion.
    #[schema(required)]
    pub engaged: Option<u32>,
    /// Days of the period with data of any connector.
    pub days: u32,
    /// The range covers only part of the period, or a connector lacks days of it.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// Counts people.
#[derive(Clone)]
pub struct ActivePeople(pub Sources);

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey(Option<Day>, Option<String>, Option<TeamOrder>);

impl ActivePeople {
    pub async fn run(&self, mut query: ActivePeopleQuery) -> Result<Page<ActivePeopleRow>, Error> {
        let days = report::range(query.from, query.to, self.0.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowKey>()?;
        let scope = self.0.people(query.connector.as_deref(), query.provider.as_deref()).await?;
        let by = (query.by == Some(PeopleGroup::Team)).then_some(Key::Team);
        let asked = Query {
            dataset: Dataset::Activity,
            days,
            interval: query.interval,
            filter: Filter { team: query.team.clone(), ..Filter::default() },
            cuts: vec![Cut { levels: vec![Level::User], by: by.into_iter().collect(), labels: Vec::new() }],
            measures: ["active", "engaged"].map(|name| Measure::Column(name.to_owned())).into(),
        };
        let answer = self.0.answer(&scope, &asked).await?;
        let groups = answer.people(0, |connector| match query.by {
            Some(PeopleGroup::Provider) => Some(connector.provider.clone()),
            _ => None,
        });
        let row = |group: Group| ActivePeopleRow {
            day: (query.interval != Interval::Total).then_some(group.day),
            provider: group.part,
            team: group.keys.into_iter().next().flatten().map(|team| TeamRef::of(&scope.persons, &team)),
            active: group.counts[0],
            engaged: group.counts[1],
            days: group.days,
            partial: group.is_partial,
            provisional: group.is_provisional,
        };
        let rows = groups.into_iter().map(row).collect();
        let key = |row: &ActivePeopleRow| RowKey(row.day, row.provider.clone(), row.team.as_ref().map(TeamOrder::of));
        let (rows, next_cursor) = page.page(rows, key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }
}
