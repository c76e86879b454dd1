//! The people behind the numbers: one row a person over all connectors, with when and how often they were active.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::Array as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Fold, Names, Numbers, Page, SubjectOrder, Turn, fold};
use crate::clock::Clock;
use crate::error::{Error, StoreError};
use crate::ports::{ConnectorStore, SegmentStore, StoredSegment};
use crate::segment::{Activity, Batch, Texts};
use crate::words::{Connector, ConnectorId, Dataset, Day, Days, Level};

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
        let range = report::range(query.from, query.to, self.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let turn = Turn::of(&query, cursor, limit)?;
        let since = turn.since::<(SubjectOrder, String)>()?;
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let mut people = Merged::default();
        let mut connectors = report::connectors(&*self.connectors, connector, provider).await?;
        connectors.sort_by(|one, two| (&one.provider, &one.id).cmp(&(&two.provider, &two.id)));
        for connector in connectors {
            let stored = self.segments.range(&connector.id, Dataset::Activity, range);
            people.add(&connector, fold(stored, || Seen::new(range)).await?);
        }
        let key = |person: &Person| {
            let provider = person.providers.first().cloned().unwrap_or_default();
            (SubjectOrder(person.id.clone()), provider)
        };
        let (rows, next_cursor) = turn.page(people.rows(range), key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }
}

/// The people of one connector.
struct Seen {
    range: Days,
    ids: Names,
    persons: Vec<Traces>,
    teams: BTreeMap<String, (Day, String)>,
}

/// What the days said about one person.
#[derive(Clone, Default)]
struct Traces {
    /// Days of activity, counted from the start of the range.
    active: Numbers,
    last_seen: Option<Day>,
    name: Option<String>,
    email: Option<String>,
    /// Ids, and the day on which they were last stated; on days without a report of teams nothing is.
    teams: Option<(Day, String)>,
}

impl Seen {
    fn new(range: Days) -> Self {
        Self { range, ids: Names::default(), persons: Vec::new(), teams: BTreeMap::new() }
    }

    fn person(&mut self, id: &str) -> &mut Traces {
        let number = self.ids.number(id) as usize;
        if self.persons.len() <= number {
            self.persons.resize_with(number + 1, Traces::default);
        }
        &mut self.persons[number]
    }

    fn team(&mut self, id: &str, day: Day, name: &str) {
        match self.teams.get_mut(id) {
            Some(known) if known.0 > day => {}
            Some(known) if known.1 == name => known.0 = day,
            _ => {
                self.teams.insert(id.to_owned(), (day, name.to_owned()));
            }
        }
    }

    fn batch(&mut self, day: Day, batch: &Batch) {
        let Some(subjects) = batch.texts("subject") else {
            return;
        };
        let user = batch.pass("level", |level| level == Level::User.as_str());
        let team = batch.pass("level", |level| level == Level::Team.as_str());
        let [names, emails, teams] = ["name", "email", "teams"].map(|name| batch.texts(name));
        let active = batch.integers("active");
        let today = (day - self.range.from()).num_days() as u32;
        for row in 0..batch.rows() {
            // Unattributed activity has an empty id and is no person.
            let Some(id) = subjects.get(row).filter(|id| !id.is_empty()) else {
                continue;
            };
            if user[row] {
                let person = self.person(id);
                // A worker sees its days in order, so the last one to speak is right.
                person.last_seen = Some(day);
                replace(&mut person.name, names, row);
                replace(&mut person.email, emails, row);
                if let Some(teams) = teams {
                    person.is_in(day, teams.get(row).unwrap_or_default());
                }
                if active.is_some_and(|active| active.is_valid(row) && active.value(row) > 0) {
                    person.active.insert(today);
                }
            } else if team[row]
                && let Some(name) = names.and_then(|names| names.get(row))
            {
                self.team(id, day, name);
            }
        }
    }
}

fn replace(old: &mut Option<String>, texts: Option<Texts<'_>>, row: usize) {
    let new = texts.and_then(|texts| texts.get(row));
    if new.is_some() && old.as_deref() != new {
        *old = new.map(str::to_owned);
    }
}

impl Traces {
    fn is_in(&mut self, day: Day, teams: &str) {
        match &mut self.teams {
            Some(known) if known.0 > day => {}
            Some(known) if known.1 == teams => known.0 = day,
            known => *known = Some((day, teams.to_owned())),
        }
    }

    fn join(&mut self, other: Traces) {
        self.active.extend(&other.active, |day| day);
        if let Some((day, teams)) = &other.teams {
            self.is_in(*day, teams);
        }
        if other.last_seen > self.last_seen {
            self.last_seen = other.last_seen;
            self.name = other.name.or(self.name.take());
            self.email = other.email.or(self.email.take());
        } else {
            self.name = self.name.take().or(other.name);
            self.email = self.email.take().or(other.email);
        }
    }
}

impl Fold for Seen {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let columns = ["level", "subject", "name", "email", "teams", "active"];
        for batch in stored.segment.read::<Activity>(&columns)? {
            self.batch(stored.head.day, &batch?);
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        for (id, traces) in other.ids.iter().zip(other.persons) {
            self.person(id).join(traces);
        }
        for (id, (day, name)) in other.teams {
            self.team(&id, day, &name);
        }
    }
}

/// The people of all connectors.
#[derive(Default)]
struct Merged {
    persons: Vec<(Person, Traces)>,
    /// By provider and id, and by e-mail address.
    by_id: BTreeMap<(String, String), usize>,
    by_email: BTreeMap<String, usize>,
}

impl Merged {
    fn add(&mut self, connector: &Connector, seen: Seen) {
        for (id, traces) in seen.ids.iter().zip(seen.persons) {
            let known_as = (connector.provider.clone(), id.to_owned());
            let email = traces.email.as_deref().map(str::to_lowercase);
            let by_email = email.as_ref().and_then(|email| self.by_email.get(email));
            let known = self.by_id.get(&known_as).or(by_email).copied();
            let number = known.unwrap_or_else(|| {
                self.persons.push((Person::new(id), Traces::default()));
                self.persons.len() - 1
            });
            self.by_id.insert(known_as, number);
            if let Some(email) = email {
                self.by_email.entry(email).or_insert(number);
            }
            let (person, all) = &mut self.persons[number];
            person.providers.insert(connector.provider.clone());
            person.connectors.insert(connector.id.clone());
            let teams = traces.teams.iter().flat_map(|(_, ids)| ids.split(','));
            for id in teams.filter(|id| !id.is_empty()) {
                let name = seen.teams.get(id).map(|(_, name)| name.clone());
                let team = PersonTeam { id: id.to_owned(), name };
                if !person.teams.contains(&team) {
                    person.teams.push(team);
                }
            }
            all.join(traces);
        }
    }

    fn rows(self, range: Days) -> Vec<Person> {
        let rows = self.persons.into_iter().map(|(person, traces)| {
            let day = |number: u32| range.from() + chrono::Duration::days(i64::from(number));
            Person {
                name: traces.name,
                email: traces.email,
                first_active: traces.active.iter().next().map(day),
                last_active: traces.active.iter().next_back().map(day),
                active_days: traces.active.len(),
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
