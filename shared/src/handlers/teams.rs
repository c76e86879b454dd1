//! The teams of all providers and of the mapping file: how many people are in each, and how many were active.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Interval, Order, Place, Scope, Sources, TeamRef};
use crate::error::Error;
use crate::query::{Cut, Filter, Key, Measure, PageRequest, Query, SubjectOrder};
use crate::words::{ConnectorId, Dataset, Day, Level};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TeamsQuery {
    /// First day, inclusive, UTC. 28 days up to `to` when absent; at most 1,100 days.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC. Yesterday when absent.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    /// Only teams of this connector, by id, and of the mapping file.
    pub connector: Option<String>,
    /// Only teams of connectors of this provider, and of the mapping file.
    pub provider: Option<String>,
    /// Only teams with this text in the name or the id; case-insensitive.
    pub search: Option<String>,
    /// Default: by name.
    #[param(inline)]
    pub sort: TeamSort,
    #[param(inline)]
    pub order: Order,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// The sort key of teams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeamSort {
    #[default]
    Name,
    People,
    Active,
}

/// One team. A member of several teams counts in each, so teams do not add up to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamRow {
    /// The provider's id, or `@` and a name for a team of the mapping file.
    pub id: String,
    #[schema(required)]
    pub name: Option<String>,
    /// Null for a team of the mapping file, whose people are at all providers.
    #[schema(required)]
    pub provider: Option<String>,
    #[schema(required)]
    pub connector: Option<ConnectorId>,
    /// Distinct people who are in the team on the last day of the range.
    pub people: u32,
    /// Distinct people who were in the team on a day of the range and active on that day. Null: no provider reports it.
    #[schema(required)]
    pub active: Option<u32>,
    /// Days are missing, or some days lack rows about people.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// A page of teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamsPage {
    pub rows: Vec<TeamRow>,
    /// Pass it as `cursor` for the next page; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// Teams on all pages.
    pub total: u64,
}

/// Reads teams.
#[derive(Clone)]
pub struct Teams(pub Sources);

/// The connector, or nothing for the mapping file, and the team's id.
type TeamKey = (Option<ConnectorId>, String);

/// What was asked for, then name, connector and id.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey(Place<Sorted>, String, Option<ConnectorId>, SubjectOrder);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Sorted {
    Text(String),
    Number(u32),
}

impl Teams {
    pub async fn run(&self, mut query: TeamsQuery) -> Result<TeamsPage, Error> {
        let days = report::range(query.from, query.to, self.0.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowKey>()?;
        let scope = self.0.people(query.connector.as_deref(), query.provider.as_deref()).await?;
        let mut teams = members(&scope, days.last());
        let asked = Query {
            dataset: Dataset::Activity,
            days,
            interval: Interval::Total,
            filter: Filter::default(),
            cuts: vec![Cut { levels: vec![Level::User], by: vec![Key::Team], labels: Vec::new() }],
            measures: vec![Measure::Column("active".to_owned())],
        };
        let answer = self.0.answer(&scope, &asked).await?;
        for group in answer.people(0, |_| None) {
            let Some(team) = group.keys.into_iter().next().flatten().filter(|team| !team.is_empty()) else { continue };
            let TeamRef { id, connector, .. } = TeamRef::of(&scope.persons, &team);
            // Of a connector that is not asked for there are people here, and it is not their team that is.
            let is_asked = |id: &ConnectorId| scope.connectors.iter().any(|asked| asked.id == *id);
            if connector.as_ref().is_none_or(is_asked) {
                let counted = teams.entry((connector, id)).or_default();
                counted.active = group.counts[0];
                (counted.is_partial, counted.is_provisional) = (group.is_partial, group.is_provisional);
            }
        }
        let mut rows: Vec<TeamRow> =
            teams.into_iter().map(|(place, counted)| team_row(&scope, place, counted)).collect();
        if let Some(search) = &query.search {
            let search = search.to_lowercase();
            rows.retain(|team| {
                let has = |text: &str| text.to_lowercase().contains(&search);
                has(&team.id) || team.name.as_deref().is_some_and(has)
            });
        }
        let total = rows.len() as u64;
        let (rows, next_cursor) = page.page(rows, |row| row_key(&query, row), since.as_ref())?;
        Ok(TeamsPage { rows, next_cursor, total })
    }
}

#[derive(Default)]
struct Counted {
    people: BTreeSet<usize>,
    active: Option<u32>,
    is_partial: bool,
    is_provisional: bool,
}

/// Who is in which team on a day, at the connectors that are asked for.
fn members(scope: &Scope, day: Day) -> BTreeMap<TeamKey, Counted> {
    let persons = &scope.persons;
    let mut teams: BTreeMap<TeamKey, Counted> = BTreeMap::new();
    for connector in &scope.connectors {
        let Some(directory) = persons.directory(&connector.id) else { continue };
        for id in directory.teams.keys() {
            teams.entry((Some(connector.id.clone()), id.clone())).or_default();
        }
        for (subject, identity) in &directory.people {
            let Some(person) = persons.number_of(&connector.id, subject) else { continue };
            let own = identity.teams.on(day).unwrap_or_default().split(',').filter(|id| !id.is_empty());
            for id in own {
                teams.entry((Some(connector.id.clone()), id.to_owned())).or_default().people.insert(person);
            }
        }
    }
    for id in persons.mapped_teams().keys() {
        teams.entry((None, id.clone())).or_default();
    }
    for (number, person) in persons.persons.iter().enumerate() {
        for team in person.teams.iter().filter(|team| team.holds_on(day)) {
            teams.entry((None, team.id())).or_default().people.insert(number);
        }
    }
    teams
}

fn team_row(scope: &Scope, (connector, id): TeamKey, counted: Counted) -> TeamRow {
    let of = scope.connectors.iter().find(|known| Some(&known.id) == connector.as_ref());
    let name = match &connector {
        Some(connector) => scope.persons.directory(connector).and_then(|directory| directory.team_name(&id)),
        None => scope.persons.mapped_teams().get(&id).map(String::as_str),
    };
    TeamRow {
        name: name.map(str::to_owned),
        provider: of.map(|connector| connector.provider.clone()),
        people: counted.people.len() as u32,
        active: counted.active,
        partial: counted.is_partial,
        provisional: counted.is_provisional,
        connector,
        id,
    }
}

fn row_key(query: &TeamsQuery, row: &TeamRow) -> RowKey {
    let name = row.name.as_ref().unwrap_or(&row.id).to_lowercase();
    let value = match query.sort {
        TeamSort::Name => Some(Sorted::Text(name.clone())),
        TeamSort::People => Some(Sorted::Number(row.people)),
        TeamSort::Active => row.active.map(Sorted::Number),
    };
    RowKey(query.order.place(value), name, row.connector.clone(), SubjectOrder(row.id.clone()))
}
