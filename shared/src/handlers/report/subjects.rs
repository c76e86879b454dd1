//! Pages of rows about subjects: reads as many periods as a page needs, and no more.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asked, Interval, Metrics, Page, Subject};
use crate::error::Error;
use crate::ports::SegmentStore;
use crate::query::{Cut, Engine, Filter, Key, Measure, PageRequest, Query, Row, SubjectOrder, Viewer, find_labels};
use crate::segment::columns;
use crate::words::{Connector, ConnectorId, Dataset, Day, Days, Level};

/// One subject in one period. Days without stored data are omitted rather than reported as zero.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SubjectRow<M> {
    /// The first day of the period.
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub provider: String,
    pub connector: ConnectorId,
    pub level: Level,
    pub subject: Subject,
    pub metrics: M,
    /// Days of the period for which anything is stored.
    pub days: u32,
    /// Not the whole period: the range cuts it, days are missing, or days without rows about people when people are
    /// counted.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// A validated question about subjects.
pub(crate) struct SubjectQuery {
    pub(crate) connectors: Vec<Connector>,
    pub(crate) dataset: Dataset,
    pub(crate) days: Days,
    pub(crate) interval: Interval,
    pub(crate) level: Level,
    pub(crate) filter: Filter,
    /// The metric by which each period's rows are sorted, most first.
    pub(crate) sort: Option<usize>,
    /// The metrics to read and to write.
    pub(crate) asked: Asked,
}

impl SubjectQuery {
    /// People over many days are named afterwards, see [`find_labels`].
    fn names_early(&self) -> bool {
        self.interval == Interval::Day || matches!(self.level, Level::Organization | Level::Team | Level::Repository)
    }

    fn query<M: Metrics>(&self) -> Query {
        let is_read = |(metric, _): &(usize, &&str)| self.asked.has(*metric) || self.sort == Some(*metric);
        let measures = M::COLUMNS.iter().enumerate().filter(is_read);
        let is_label =
            |name: &&str| self.names_early() && columns(self.dataset).iter().any(|known| known.name == *name);
        let labels = ["name", "email"].into_iter().filter(is_label).map(str::to_owned).collect();
        Query {
            dataset: self.dataset,
            days: self.days,
            interval: self.interval,
            filter: self.filter.clone(),
            cuts: vec![Cut { levels: vec![self.level], by: vec![Key::Subject], labels }],
            measures: measures.map(|(_, name)| Measure::Column((*name).to_owned())).collect(),
        }
    }
}

/// The order of rows: period, rank (nothing to rank by comes last), connector, subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey(Day, Option<Reverse<i64>>, ConnectorId, SubjectOrder);

pub(crate) async fn subject_rows<M: Metrics + Serialize>(
    segments: &dyn SegmentStore,
    viewer: &Viewer,
    question: SubjectQuery,
    page: PageRequest,
) -> Result<Page<SubjectRow<M>>, Error> {
    let since = page.since::<RowKey>()?;
    let engine = Engine { segments, connectors: &question.connectors };
    let prepared = engine.prepare(&question.query::<M>(), viewer).await?;
    let periods = question.interval.periods(question.days);
    let periods: Vec<Days> =
        periods.filter(|period| since.as_ref().is_none_or(|RowKey(day, ..)| *day <= period.from())).collect();
    let mut rows: Vec<(RowKey, SubjectRow<M>)> = Vec::new();
    let mut rest = &periods[..];
    // Windows double, so that a page of few rows a period takes few reads, and one of many holds little in memory.
    let mut width = match question.level {
        Level::Organization => periods.len(),
        _ => 1,
    };
    while let (Some(first), true) = (rest.first(), rows.len() <= page.limit) {
        let (window, later) = rest.split_at(width.min(rest.len()));
        let until = window.last().unwrap_or(first).until();
        let days = Days::new(first.from().max(question.days.from()), until.min(question.days.until()));
        let answer = prepared.scan(days).await?;
        let found = answer.rows(0).map(|row| subject_row(&question, row));
        rows.extend(found.filter(|(key, _)| since.as_ref().is_none_or(|since| key > since)));
        (rest, width) = (later, width * 2);
    }
    let key = |(key, _): &(RowKey, SubjectRow<M>)| key.clone();
    let (mut rows, next_cursor) = page.cut(rows, key, since.as_ref())?;
    if !question.names_early() {
        name(segments, &question, &mut rows).await?;
    }
    // Only with their names have the rows the size of the answer.
    let (rows, next_cursor) = page.fit(rows, next_cursor, key, |(_, row)| row)?;
    Ok(Page { rows: rows.into_iter().map(|(_, row)| row).collect(), next_cursor })
}

/// Names the subjects as of the last day of each row's period.
async fn name<M>(
    segments: &dyn SegmentStore,
    question: &SubjectQuery,
    rows: &mut [(RowKey, SubjectRow<M>)],
) -> Result<(), Error> {
    let mut places: BTreeMap<(Day, ConnectorId), Vec<usize>> = BTreeMap::new();
    for (place, (_, row)) in rows.iter().enumerate() {
        places.entry((row.day, row.connector.clone())).or_default().push(place);
    }
    for ((day, connector), places) in places {
        let period = question.interval.period(day, question.days);
        let days = Days::new(day.max(question.days.from()), period.until().min(question.days.until()));
        let subjects = places.iter().map(|place| rows[*place].1.subject.id.clone()).collect();
        let labels = find_labels(segments, &connector, question.dataset, question.level, days, subjects).await?;
        for place in places {
            let subject = &mut rows[place].1.subject;
            if let Some(label) = labels.get(&subject.id) {
                subject.name = label.text(0).map(str::to_owned);
                subject.email = label.text(1).map(str::to_owned);
            }
        }
    }
    Ok(())
}

fn subject_row<M: Metrics>(question: &SubjectQuery, row: Row<'_>) -> (RowKey, SubjectRow<M>) {
    let mut measured = 0..;
    let mut rank = None;
    let values: Vec<_> = (0..M::COLUMNS.len())
        .map(|metric| {
            let is_sorted_by = question.sort == Some(metric);
            let value = match question.asked.has(metric) || is_sorted_by {
                true => measured.next().and_then(|measure| row.value(measure)),
                false => None,
            };
            if is_sorted_by {
                rank = value.map(i64::from);
            }
            value
        })
        .collect();
    let connector = row.connector;
    let subject = Subject {
        id: row.key(0).unwrap_or_default().to_owned(),
        name: row.label(0).map(str::to_owned),
        email: row.label(1).map(str::to_owned),
    };
    // Unknown ranks last; as a number, since a cursor could not tell two kinds of null apart.
    let rank = question.sort.map(|_| Reverse(rank.unwrap_or(i64::MIN)));
    let key = RowKey(row.day(), rank, connector.id.clone(), SubjectOrder(subject.id.clone()));
    let row = SubjectRow {
        day: row.day(),
        provider: connector.provider.clone(),
        connector: connector.id.clone(),
        level: question.level,
        subject,
        metrics: M::of(values.into_iter(), question.asked),
        days: row.days(),
        partial: row.is_partial(),
        provisional: row.is_provisional(),
    };
    (key, row)
}
