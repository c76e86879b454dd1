//! The people behind the numbers: one row a person over all connectors, with when and how often they were active.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Interval, Page};
use crate::clock::Clock;
use crate::error::Error;
use crate::ports::{ConnectorStore, SegmentStore};
use crate::query::{Cut, Engine, Filter, IdSet, Key, Label, Measure, PageRequest, Query, Row, SubjectOrder, Viewer};
use crate::words::{ConnectorId, Dataset, Day, Days, Level};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
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
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct PersonTeam {
    pub id: String,
    #[schema(required)]
    pub name: Option<String>,
}

/// One person: the same id at one provider, or the same e-mail address at several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// The stable id at the first of the providers.
    pub id: String,
    /// As of the last day they were seen.
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
    pub providers: BTreeSet<String>,
    pub connectors: BTreeSet<ConnectorId>,
    /// Within the range; null when no row says that they were active.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub first_active: Option<Day>,
    #[schema(required, value_type = Option<String>, format = Date)]
    pub last_active: Option<Day>,
    /// Distinct days, over all connectors.
    pub active_days: u32,
    /// As of the last day they were seen.
    pub teams: Vec<PersonTeam>,
}

/// Reads people.
#[derive(Clone)]
pub struct People {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub clock: Arc<dyn Clock>,
}

impl People {
    pub async fn run(&self, mut query: PeopleQuery) -> Result<Page<Person>, Error> {
        let days = report::range(query.from, query.to, self.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<(SubjectOrder, String)>()?;
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let mut connectors = report::connectors(&*self.connectors, connector, provider).await?;
        connectors.sort_by(|one, two| (&one.provider, &one.id).cmp(&(&two.provider, &two.id)));
        let labels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let asked = Query {
            dataset: Dataset::Activity,
            days,
            interval: Interval::Total,
            filter: Filter::default(),
            cuts: vec![
                Cut { levels: vec![Level::User], by: vec![Key::Subject], labels: labels(&["name", "email", "teams"]) },
                Cut { levels: vec![Level::Team], by: vec![Key::Subject], labels: labels(&["name"]) },
            ],
            measures: vec![Measure::Days("active".to_owned())],
        };
        let engine = Engine { segments: &*self.segments, connectors: &connectors };
        let answer = engine.run(&asked, &Viewer::of_everything()).await?;
        let mut team_names = BTreeMap::new();
        for team in answer.rows(1) {
            if let (Some(id), Some(name)) = (team.key(0), team.label(0)) {
                team_names.insert((&team.connector.id, id), name);
            }
        }
        let mut people = Merged::default();
        // Unattributed activity has an empty id and is no person.
        for person in answer.rows(0).filter(|row| row.key(0).is_some_and(|id| !id.is_empty())) {
            people.add(person, &team_names);
        }
        let key = |person: &Person| {
            let provider = person.providers.first().cloned().unwrap_or_default();
            (SubjectOrder(person.id.clone()), provider)
        };
        let (rows, next_cursor) = page.page(people.rows(days), key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }
}

/// The people of all connectors.
#[derive(Default)]
struct Merged {
    persons: Vec<Merging>,
    /// By provider and id, and by e-mail address.
    by_id: BTreeMap<(String, String), usize>,
    by_email: BTreeMap<String, usize>,
}

/// One person, as far as connectors have been merged.
struct Merging {
    person: Person,
    /// Days of activity, counted from the start of the range.
    active: IdSet,
    names: Label,
}

impl Merged {
    fn add(&mut self, row: Row<'_>, team_names: &BTreeMap<(&ConnectorId, &str), &str>) {
        let (connector, id) = (row.connector, row.key(0).unwrap_or_default());
        let known_as = (connector.provider.clone(), id.to_owned());
        let email = row.label(1).map(str::to_lowercase);
        let by_email = email.as_ref().and_then(|email| self.by_email.get(email));
        let known = self.by_id.get(&known_as).or(by_email).copied();
        let number = known.unwrap_or_else(|| {
            self.persons.push(Merging { person: Person::new(id), active: IdSet::default(), names: Label::default() });
            self.persons.len() - 1
        });
        self.by_id.insert(known_as, number);
        if let Some(email) = email {
            self.by_email.entry(email).or_insert(number);
        }
        let Merging { person, active, names } = &mut self.persons[number];
        person.providers.insert(connector.provider.clone());
        person.connectors.insert(connector.id.clone());
        for id in row.label(2).into_iter().flat_map(|ids| ids.split(',')).filter(|id| !id.is_empty()) {
            let name = team_names.get(&(&connector.id, id)).map(|name| (*name).to_owned());
            let team = PersonTeam { id: id.to_owned(), name };
            if !person.teams.contains(&team) {
                person.teams.push(team);
            }
        }
        if let Some(days) = row.days_of(0) {
            active.extend(days, |day| day);
        }
        names.merge(row.labels());
    }

    fn rows(self, range: Days) -> Vec<Person> {
        let rows = self.persons.into_iter().map(|Merging { person, active, names }| {
            let day = |number: u32| range.from() + chrono::Duration::days(i64::from(number));
            Person {
                name: names.text(0).map(str::to_owned),
                email: names.text(1).map(str::to_owned),
                first_active: active.iter().next().map(day),
                last_active: active.iter().next_back().map(day),
                active_days: active.len(),
                ..person
            }
        });
        rows.collect()
    }
}

impl Person {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            email: None,
            providers: BTreeSet::new(),
            connectors: BTreeSet::new(),
            first_active: None,
            last_active: None,
            active_days: 0,
            teams: Vec::new(),
        }
    }
}
