//! The people behind the numbers: one row a person over all connectors, with when and how often they were active.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Interval, Order, Place, Scope, Sources, TeamRef};
use crate::error::Error;
use crate::query::{Cut, Filter, IdSet, Key, Measure, PageRequest, Query};
use crate::words::{ConnectorId, Dataset, Day, Days, Level, PersonId};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PeopleQuery {
    /// First day, inclusive, UTC. 28 days up to `to` when absent; at most 1,100 days.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC. Yesterday when absent.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    /// Only people of this connector, by id.
    pub connector: Option<String>,
    /// Only people of connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// Only people who were in this team on a day of the range, by id or slug.
    pub team: Option<String>,
    /// Only people with this text in the name, the e-mail address or an id; case-insensitive.
    pub search: Option<String>,
    /// Default: by id. People without the value are last.
    #[param(inline)]
    pub sort: Option<PeopleSort>,
    #[param(inline)]
    pub order: Order,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// The sort key of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeopleSort {
    Name,
    ActiveDays,
    FirstActive,
    LastActive,
}

/// One person: identities at one or several providers that are linked by an equal e-mail address or by an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// The id in every report. It stays when identities are linked; the id of every identity finds its person.
    pub id: PersonId,
    /// A full name where any provider has one, else a login.
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
    /// The providers where the person was seen in the range.
    pub providers: BTreeSet<String>,
    pub connectors: BTreeSet<ConnectorId>,
    /// The last active day in the range; null if no row shows activity.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub first_active: Option<Day>,
    #[schema(required, value_type = Option<String>, format = Date)]
    pub last_active: Option<Day>,
    /// Distinct days, across all connectors.
    pub active_days: u32,
    /// As of the last day of the range.
    pub teams: Vec<TeamRef>,
}

/// A page of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeoplePage {
    pub rows: Vec<Person>,
    /// Pass it as `cursor` for the next page; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// People on all pages.
    pub total: u64,
    /// The people with an active day.
    pub active: u64,
}

/// Reads people.
#[derive(Clone)]
pub struct People(pub Sources);

/// The order of rows: what was asked for (nothing to sort by comes last), then the id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey(Option<Place<Sorted>>, PersonId);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Sorted {
    Text(String),
    Number(i64),
}

impl People {
    pub async fn run(&self, mut query: PeopleQuery) -> Result<PeoplePage, Error> {
        let days = report::range(query.from, query.to, self.0.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowKey>()?;
        let scope = self.0.people(query.connector.as_deref(), query.provider.as_deref()).await?;
        let filter = Filter { team: query.team.clone(), ..Filter::default() };
        let mut seen = self.seen(&scope, days, filter).await?;
        if let Some(search) = &query.search {
            let search = search.to_lowercase();
            seen.retain(|person, _| is_found(&scope, *person, &search));
        }
        let total = seen.len() as u64;
        let active = seen.values().filter(|seen| seen.active.len() > 0).count() as u64;
        let mut rows: Vec<(RowKey, usize, Seen)> = seen
            .into_iter()
            .map(|(person, seen)| (row_key(&query, &scope, person, &seen), person, seen))
            .filter(|(key, ..)| since.as_ref().is_none_or(|since| key > since))
            .collect();
        rows.sort_unstable_by(|one, two| one.0.cmp(&two.0));
        // Only those who may stand on the page are described.
        rows.truncate(page.limit.saturating_add(1));
        let rows = rows.into_iter().map(|(key, person, seen)| (key, describe(&scope, days, person, seen))).collect();
        let key = |(key, _): &(RowKey, Person)| key.clone();
        let (rows, next_cursor) = page.cut(rows, key, since.as_ref())?;
        let (rows, next_cursor) = page.fit(rows, next_cursor, key, |(_, row)| row)?;
        Ok(PeoplePage { rows: rows.into_iter().map(|(_, row)| row).collect(), next_cursor, total, active })
    }

    /// All people with a row in `days`, by number of person.
    pub(super) async fn seen(&self, scope: &Scope, days: Days, filter: Filter) -> Result<BTreeMap<usize, Seen>, Error> {
        let asked = Query {
            dataset: Dataset::Activity,
            days,
            interval: Interval::Total,
            filter,
            cuts: vec![Cut { levels: vec![Level::User], by: vec![Key::Subject], labels: Vec::new() }],
            measures: vec![Measure::Days("active".to_owned())],
        };
        let answer = self.0.answer(scope, &asked).await?;
        let mut seen: BTreeMap<usize, Seen> = BTreeMap::new();
        for row in answer.rows(0) {
            let connector = row.connector;
            // Unattributed activity is no person.
            let Some(person) = row.key(0).and_then(|id| scope.persons.number_of(&connector.id, id)) else { continue };
            let seen = seen.entry(person).or_default();
            seen.providers.insert(connector.provider.clone());
            seen.connectors.insert(connector.id.clone());
            if let Some(days) = row.days_of(0) {
                seen.active.unite(days);
            }
        }
        Ok(seen)
    }
}

/// What the rows of a range say about a person.
#[derive(Default)]
pub(super) struct Seen {
    providers: BTreeSet<String>,
    connectors: BTreeSet<ConnectorId>,
    /// Days of activity, counted from the start of the range.
    active: IdSet,
}

fn is_found(scope: &Scope, person: usize, search: &str) -> bool {
    let persons = &scope.persons;
    let has = |text: &Option<String>| text.as_ref().is_some_and(|text| text.to_lowercase().contains(search));
    let person = &persons.persons[person];
    has(&person.name)
        || has(&person.email)
        || person.identities.iter().map(|it| &persons.identities[*it]).any(|identity| {
            let texts = [&identity.name, &identity.email].into_iter().flatten().map(|since| since.value.as_str());
            texts.chain([identity.key.subject.as_str()]).any(|text| text.to_lowercase().contains(search))
        })
}

fn row_key(query: &PeopleQuery, scope: &Scope, person: usize, seen: &Seen) -> RowKey {
    let sorted = query.sort.map(|sort| {
        let number = |number: Option<u32>| number.map(|number| Sorted::Number(i64::from(number)));
        let value = match sort {
            PeopleSort::Name => {
                let known = &scope.persons.persons[person];
                known.name.as_ref().or(known.email.as_ref()).map(|name| Sorted::Text(name.to_lowercase()))
            }
            PeopleSort::ActiveDays => number(Some(seen.active.len())),
            PeopleSort::FirstActive => number(seen.active.iter().next()),
            PeopleSort::LastActive => number(seen.active.iter().next_back()),
        };
        query.order.place(value)
    });
    RowKey(sorted, scope.persons.id(person))
}

/// A person as the range has them.
pub(super) fn describe(scope: &Scope, days: Days, person: usize, seen: Seen) -> Person {
    let persons = &scope.persons;
    let known = &persons.persons[person];
    let day = |number: u32| days.from() + chrono::Duration::days(i64::from(number));
    Person {
        id: persons.id(person),
        name: known.name.clone(),
        email: known.email.clone(),
        first_active: seen.active.iter().next().map(day),
        last_active: seen.active.iter().next_back().map(day),
        active_days: seen.active.len(),
        teams: teams_of(scope, person, days.last()).into_iter().collect(),
        providers: seen.providers,
        connectors: seen.connectors,
    }
}

/// The teams of a person on a day: of every connector, and of the mapping file.
pub(super) fn teams_of(scope: &Scope, person: usize, day: Day) -> BTreeSet<TeamRef> {
    let persons = &scope.persons;
    let known = &persons.persons[person];
    let mapped = known.teams.iter().filter(|team| team.holds_on(day));
    let mut teams: BTreeSet<TeamRef> =
        mapped.map(|team| TeamRef { id: team.id(), name: Some(team.team.clone()), connector: None }).collect();
    for identity in known.identities.iter().map(|number| &persons.identities[*number]) {
        for connector in &identity.connectors {
            let Some(directory) = persons.directory(connector) else { continue };
            let ids = directory.teams_on(&identity.key.subject, day).unwrap_or_default();
            let own = ids.split(',').filter(|id| !id.is_empty());
            teams.extend(own.map(|id| TeamRef {
                id: id.to_owned(),
                name: directory.team_name(id).map(str::to_owned),
                connector: Some(connector.clone()),
            }));
        }
    }
    teams
}
