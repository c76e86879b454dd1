//! Pages of rows about subjects: reads as many periods as a page needs, and no more.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asked, Interval, Metrics, Page, PersonRef, Scope, Sources, Subject, TeamRef};
use crate::error::Error;
use crate::query::{Cut, Filter, Key, Measure, PageRequest, Query, Row, SubjectOrder, Viewer};
use crate::words::{ConnectorId, Dataset, Day, Days, Level};

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
    /// The person, the same at every provider; null unless the row is about one person.
    #[schema(required)]
    pub person: Option<PersonRef>,
    pub metrics: M,
    /// Days of the period with stored data.
    pub days: u32,
    /// The row covers part of the period: the range ends within it, days are missing, or days lack the rows about
    /// people that the count needs.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// A validated question about subjects.
pub(crate) struct SubjectQuery {
    pub(crate) scope: Scope,
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
    fn query<M: Metrics>(&self) -> Query {
        let is_read = |(metric, _): &(usize, &&str)| self.asked.has(*metric) || self.sort == Some(*metric);
        let measures = M::COLUMNS.iter().enumerate().filter(is_read);
        // People and what acts for them are described by the directory.
        let is_group = matches!(self.level, Level::Organization | Level::Team | Level::Repository);
        let labels = if is_group { vec!["name".to_owned()] } else { Vec::new() };
        let mut cuts = vec![Cut { levels: vec![self.level], by: vec![Key::Subject], labels }];
        // Nothing is stored about teams of elsewhere but their people's rows.
        if self.level == Level::Team && self.scope.has_foreign_teams() {
            cuts.push(Cut { levels: vec![Level::User], by: vec![Key::Team], labels: Vec::new() });
        }
        Query {
            dataset: self.dataset,
            days: self.days,
            interval: self.interval,
            filter: self.filter.clone(),
            cuts,
            measures: measures.map(|(_, name)| Measure::Column((*name).to_owned())).collect(),
        }
    }
}

/// The order of rows: period, rank (nothing to rank by comes last), connector, subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey(Day, Option<Reverse<i64>>, ConnectorId, SubjectOrder);

pub(crate) async fn subject_rows<M: Metrics + Serialize>(
    sources: &Sources,
    viewer: &Viewer,
    question: SubjectQuery,
    page: PageRequest,
) -> Result<Page<SubjectRow<M>>, Error> {
    let since = page.since::<RowKey>()?;
    let query = question.query::<M>();
    let prepared = sources.engine(&question.scope).prepare(&query, viewer)?;
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
        let foreign = (1..query.cuts.len()).flat_map(|cut| answer.rows(cut)).filter(is_foreign_team);
        let found = answer.rows(0).chain(foreign).map(|row| subject_row(&question, row));
        rows.extend(found.filter(|(key, _)| since.as_ref().is_none_or(|since| key > since)));
        (rest, width) = (later, width * 2);
    }
    let key = |(key, _): &(RowKey, SubjectRow<M>)| key.clone();
    let (rows, next_cursor) = page.cut(rows, key, since.as_ref())?;
    let (rows, next_cursor) = page.fit(rows, next_cursor, key, |(_, row)| row)?;
    Ok(Page { rows: rows.into_iter().map(|(_, row)| row).collect(), next_cursor })
}

/// The connector's own teams have rows of their own.
fn is_foreign_team(row: &Row<'_>) -> bool {
    let is_own = |(connector, _): (&str, &str)| connector == row.connector.id.0;
    row.key(0).is_some_and(|team| !team.is_empty() && !team.split_once('/').is_some_and(is_own))
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
    let persons = &question.scope.persons;
    let id = row.key(0).unwrap_or_default();
    let subject = match question.level {
        Level::Organization | Level::Repository => {
            Subject { id: id.to_owned(), name: row.label(0).map(str::to_owned), email: None }
        }
        Level::Team => {
            let name = row.label(0).map(str::to_owned).or_else(|| TeamRef::of(persons, id).name);
            Subject { id: id.to_owned(), name, email: None }
        }
        _ => Subject::known(persons, &connector.id, id),
    };
    let is_person = question.level == Level::User;
    let person = is_person.then(|| PersonRef::of(persons, &connector.id, id)).flatten();
    // Unknown ranks last; as a number, since a cursor could not tell two kinds of null apart.
    let rank = question.sort.map(|_| Reverse(rank.unwrap_or(i64::MIN)));
    let key = RowKey(row.day(), rank, connector.id.clone(), SubjectOrder(subject.id.clone()));
    let row = SubjectRow {
        day: row.day(),
        provider: connector.provider.clone(),
        connector: connector.id.clone(),
        level: question.level,
        subject,
        person,
        metrics: M::of(values.into_iter(), question.asked),
        days: row.days(),
        partial: row.is_partial(),
        provisional: row.is_provisional(),
    };
    (key, row)
}
