//! Activity split by one dimension: by editor, language, model, feature, client or tool.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{
    self, Asked, BreakdownMetrics, Fold, Interval, Members, Metrics, Names, Numbers, Page, Rule, Sums, Team, Turn, fold,
};
use crate::clock::Clock;
use crate::error::{Error, StoreError};
use crate::ports::{ConnectorStore, SegmentStore, StoredSegment};
use crate::segment::{self, Batch};
use crate::words::{Connector, ConnectorId, Dataset, Day, Days, Level};

/// What activity is split by. Dimensions overlap: never add two of them.
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

/// What may be asked.
#[derive(Clone, Debug, Deserialize, IntoParams)]
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
    /// Whose rows are added up: the organization's own, unless a team or a subject is asked for.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only this subject, by the provider's stable id; a user unless `level` says otherwise.
    pub subject: Option<String>,
    /// Only those who were in this team, by id or slug, on each day.
    pub team: Option<String>,
    /// How much time a row covers: the whole range unless asked otherwise.
    #[serde(default = "whole_range")]
    #[param(inline, value_type = Option<Interval>)]
    pub interval: Interval,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows a page.
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
    /// The first day of the period; null when the row covers the whole range.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    pub provider: String,
    pub connector: ConnectorId,
    pub metrics: BreakdownMetrics,
    /// Distinct people with this value; null where nothing is stored by person.
    #[schema(required)]
    pub users: Option<u32>,
    /// Days of the period for which anything is stored.
    pub days: u32,
    /// Not the whole period: the range cuts it, or days are missing.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// Reads breakdowns.
#[derive(Clone)]
pub struct ReadBreakdown {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub clock: Arc<dyn Clock>,
}

/// The order of rows: period, most generations and interactions (or requests, or sessions, where neither is counted), then
/// value and connector.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key(Option<Day>, Reverse<i64>, String, ConnectorId);

impl ReadBreakdown {
    pub async fn run(&self, mut query: BreakdownQuery) -> Result<Page<BreakdownRow>, Error> {
        let range = report::range(query.from, query.to, self.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let turn = Turn::of(&query, cursor, limit)?;
        let since = turn.since::<Key>()?;
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let mut rows = Vec::new();
        for connector in report::connectors(&*self.connectors, connector, provider).await? {
            rows.extend(self.rows(&connector, &query, range).await?);
        }
        let key = |row: &BreakdownRow| {
            let BreakdownMetrics { generations, interactions, requests, sessions, .. } = row.metrics;
            let used = match (generations, interactions) {
                (None, None) => requests.or(sessions).unwrap_or(0),
                _ => generations.unwrap_or(0) + interactions.unwrap_or(0),
            };
            Key(row.day, Reverse(used), row.value.clone(), row.connector.clone())
        };
        let (rows, next_cursor) = turn.page(rows, key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }

    async fn rows(
        &self,
        connector: &Connector,
        query: &BreakdownQuery,
        range: Days,
    ) -> Result<Vec<BreakdownRow>, Error> {
        let (segments, id) = (&*self.segments, &connector.id);
        let members = match &query.team {
            Some(team) => {
                let team = Team::find(segments, id, range, team).await?;
                Some(Members::of(segments, id, range, &team).await?)
            }
            None => None,
        };
        let level = match (query.level, &query.subject) {
            // Who was in a team is known of people only.
            _ if members.is_some() => Level::User,
            (None, Some(_)) => Level::User,
            (level, _) => level.unwrap_or_default(),
        };
        let plan = Arc::new(Plan {
            range,
            interval: query.interval,
            by: query.by,
            level,
            subject: query.subject.clone(),
            members,
        });
        let stored = segments.range(id, Dataset::Breakdown, range);
        let folded = fold(stored, || ByValue::new(plan.clone())).await?;
        Ok(folded.rows(connector))
    }
}

struct Plan {
    range: Days,
    interval: Interval,
    by: Dimension,
    level: Level,
    subject: Option<String>,
    members: Option<Members>,
}

const KEYS: [&str; 3] = ["dimension", "level", "subject"];

impl Plan {
    /// For each row, whether it is of the plan's dimension, at `level`, and about a subject that the plan wants.
    fn judge(&self, day: Day, level: Level, batch: &Batch) -> Vec<bool> {
        let mut rows = batch.pass("dimension", |dimension| dimension == self.by.as_str());
        let level = batch.pass("level", |text| text == level.as_str());
        rows.iter_mut().zip(level).for_each(|(row, level)| *row &= level);
        if self.picks() {
            let wanted = batch.pass("subject", |subject| self.wants(day, subject));
            rows.iter_mut().zip(wanted).for_each(|(row, wanted)| *row &= wanted);
        }
        rows
    }

    /// Whether some subjects are wanted rather than all: looking at thousands of ids to let them all pass is no use.
    fn picks(&self) -> bool {
        self.subject.is_some() || self.members.is_some()
    }

    fn wants(&self, day: Day, subject: &str) -> bool {
        let asked = self.subject.as_deref();
        let members = self.members.as_ref();
        asked.is_none_or(|asked| asked == subject) && members.is_none_or(|members| members.has(day, subject))
    }
}

/// The fold of one connector's breakdowns by value and period.
struct ByValue {
    plan: Arc<Plan>,
    values: Names,
    people: Names,
    periods: BTreeMap<Day, Period>,
}

struct Period {
    span: Days,
    /// Days with rows.
    days: u32,
    provisional: bool,
    sums: Sums,
    /// Values that have a row at the plan's level.
    present: Numbers,
    /// Per value, who used it; and whether anything is stored by person at all.
    users: Vec<Numbers>,
    by_person: bool,
}

impl ByValue {
    fn new(plan: Arc<Plan>) -> Self {
        Self { plan, values: Names::default(), people: Names::default(), periods: BTreeMap::new() }
    }

    fn rows(&self, connector: &Connector) -> Vec<BreakdownRow> {
        let mut rows = Vec::new();
        for (start, period) in &self.periods {
            for value in period.present.iter() {
                let users = period.users.get(value as usize).map_or(0, Numbers::len);
                rows.push(BreakdownRow {
                    by: self.plan.by,
                    value: self.values.text(value).to_owned(),
                    day: (self.plan.interval != Interval::Total).then_some(*start),
                    provider: connector.provider.clone(),
                    connector: connector.id.clone(),
                    metrics: BreakdownMetrics::of(period.sums.group(value), Asked::ALL),
                    users: period.by_person.then_some(users),
                    days: period.days,
                    partial: (period.days as usize) < period.span.len(),
                    provisional: period.provisional,
                });
            }
        }
        rows
    }

    /// Adds up rows that the plan wants.
    fn sum(&mut self, start: Day, batch: &Batch) {
        let (Some(period), Some(values)) = (self.periods.get_mut(&start), batch.texts("value")) else {
            return;
        };
        let mut kept = Vec::with_capacity(batch.rows());
        for row in 0..batch.rows() {
            let number = self.values.number(values.get(row).unwrap_or_default());
            period.present.insert(number);
            kept.push((row as u32, number));
        }
        period.sums.add(batch, &kept, self.values.len());
    }

    /// Notes who used which value.
    fn count(&mut self, start: Day, day: Day, batch: &Batch) {
        let (Some(subjects), Some(values)) = (batch.texts("subject"), batch.texts("value")) else {
            return;
        };
        let Some(period) = self.periods.get_mut(&start) else {
            return;
        };
        let users = self.plan.judge(day, Level::User, batch);
        let mut numbers = vec![None; values.distinct().count()];
        let mut people = vec![None; subjects.distinct().count()];
        for row in (0..batch.rows()).filter(|row| users[*row]) {
            // What nobody can be named for is nobody's.
            if subjects.get(row) == Some("") {
                continue;
            }
            if let (Some(subject), Some(value)) = (subjects.key(row), values.key(row)) {
                let text = || values.get(row).unwrap_or_default();
                let number = *numbers[value].get_or_insert_with(|| self.values.number(text()));
                let text = || subjects.get(row).unwrap_or_default();
                let person = *people[subject].get_or_insert_with(|| self.people.number(text()));
                period.use_by(number, person);
            }
        }
    }
}

impl Fold for ByValue {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let day = stored.head.day;
        let span = self.plan.interval.period(day, self.plan.range);
        let start = span.from();
        let period = self.periods.entry(start).or_insert_with(|| Period::new(span));
        period.days += 1;
        period.provisional |= !stored.head.state.is_settled();
        let mut columns = vec!["value"];
        columns.extend(period.sums.names());
        let plan = self.plan.clone();
        let keys = &KEYS[..if plan.picks() { 3 } else { 2 }];
        let judge = move |batch: &Batch| plan.judge(day, plan.level, batch);
        let segment = &stored.segment;
        let kept = segment.open::<segment::Breakdown>()?.read_where(&columns, keys, judge)?;
        for batch in kept {
            self.sum(start, &batch?);
        }
        let columns = ["dimension", "level", "subject", "value"];
        for batch in segment.read::<segment::Breakdown>(&columns)? {
            self.count(start, day, &batch?);
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let rename =
            |ours: &mut Names, theirs: &Names| -> Vec<u32> { theirs.iter().map(|name| ours.number(name)).collect() };
        let values = rename(&mut self.values, &other.values);
        let people = rename(&mut self.people, &other.people);
        for (start, theirs) in other.periods {
            let ours = self.periods.entry(start).or_insert_with(|| Period::new(theirs.span));
            ours.days += theirs.days;
            ours.provisional |= theirs.provisional;
            ours.by_person |= theirs.by_person;
            ours.sums.merge(&theirs.sums, &values, self.values.len());
            let value = |value: u32| values[value as usize];
            ours.present.extend(&theirs.present, value);
            for (number, users) in theirs.users.iter().enumerate() {
                let ours = ours.users_of(values[number]);
                ours.extend(users, |person| people[person as usize]);
            }
        }
    }
}

impl Period {
    fn new(span: Days) -> Self {
        Self {
            span,
            days: 0,
            provisional: false,
            sums: Sums::new::<segment::Breakdown>(BreakdownMetrics::COLUMNS, |_| Rule::Sum),
            present: Numbers::default(),
            users: Vec::new(),
            by_person: false,
        }
    }

    fn use_by(&mut self, value: u32, person: u32) {
        self.by_person = true;
        self.users_of(value).insert(person);
    }

    fn users_of(&mut self, value: u32) -> &mut Numbers {
        let value = value as usize;
        if self.users.len() <= value {
            self.users.resize_with(value + 1, Numbers::default);
        }
        &mut self.users[value]
    }
}
