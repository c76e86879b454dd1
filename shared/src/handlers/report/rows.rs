//! Pages of rows about subjects: reads as many periods as a page needs, and no more.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asked, BySubject, Group, Interval, Metrics, Plan, Subject, SubjectOrder, Team, Turn, fold, label};
use crate::error::Error;
use crate::ports::SegmentStore;
use crate::segment::Row;
use crate::words::{Connector, ConnectorId, Day, Days, Level};

/// One page of rows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Ask again with it for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// One subject in one period. Days without stored data give no row: a gap is a gap, not a nought.
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

/// A validated question.
pub(crate) struct Question {
    pub(crate) connectors: Vec<Connector>,
    pub(crate) range: Days,
    pub(crate) interval: Interval,
    pub(crate) level: Level,
    pub(crate) subject: Option<String>,
    /// An id or a slug.
    pub(crate) team: Option<String>,
    /// The metric by which each period's rows are sorted, most first.
    pub(crate) sort: Option<usize>,
    /// The metrics to read and to write.
    pub(crate) asked: Asked,
    pub(crate) turn: Turn,
}

/// The order of rows: period, rank (nothing to rank by comes last), connector, subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key(Day, Option<Reverse<i64>>, ConnectorId, SubjectOrder);

pub(crate) async fn subject_rows<R: Row + 'static, M: Metrics + Serialize + 'static>(
    segments: &dyn SegmentStore,
    question: Question,
) -> Result<Page<SubjectRow<M>>, Error> {
    let since = question.turn.since::<Key>()?;
    let mut plans = Vec::new();
    for connector in &question.connectors {
        plans.push((connector, plan(segments, &connector.id, &question).await?));
    }
    let periods = question.interval.periods(question.range);
    let periods: Vec<Days> =
        periods.filter(|period| since.as_ref().is_none_or(|Key(day, ..)| *day <= period.from())).collect();
    let mut rows: Vec<(Key, SubjectRow<M>)> = Vec::new();
    let mut rest = &periods[..];
    // Windows double, so that a page of few rows a period takes few reads, and one of many holds little in memory.
    let mut width = match question.level {
        Level::Organization => periods.len(),
        _ => 1,
    };
    while let (Some(first), true) = (rest.first(), rows.len() <= question.turn.limit) {
        let (window, later) = rest.split_at(width.min(rest.len()));
        let until = window.last().unwrap_or(first).until();
        let range = question.range;
        let days = Days::new(first.from().max(range.from()), until.min(range.until()));
        for (connector, plan) in &plans {
            let stored = segments.range(&connector.id, R::DATASET, days);
            let folded = fold(stored, || BySubject::<R, M>::new(plan.clone())).await?;
            let found = folded.groups().map(|group| {
                // Unknown ranks last; as a number, since a cursor could not tell two kinds of null apart.
                let rank = question.sort.map(|_| Reverse(group.rank.unwrap_or(i64::MIN)));
                row(connector, plan.level, rank, group)
            });
            rows.extend(found.filter(|(key, _)| since.as_ref().is_none_or(|since| key > since)));
        }
        (rest, width) = (later, width * 2);
    }
    let key = |(key, _): &(Key, SubjectRow<M>)| key.clone();
    let (mut rows, next_cursor) = question.turn.cut(rows, key, since.as_ref())?;
    for (connector, plan) in plans.iter().filter(|(_, plan)| !plan.names_early()) {
        for period in &periods {
            let of = |(_, row): &&mut (Key, SubjectRow<M>)| row.day == period.from() && row.connector == connector.id;
            let subjects = rows.iter_mut().filter(of).map(|(_, row)| &mut row.subject);
            let (from, until) = (period.from(), period.until().min(question.range.until()));
            let days = Days::new(from.max(question.range.from()), until);
            label::<R>(segments, &connector.id, plan.level, days, subjects.collect()).await?;
        }
    }
    // Only with their names have the rows the size of the answer.
    let (rows, next_cursor) = question.turn.fit(rows, next_cursor, key, |(_, row)| row)?;
    Ok(Page { rows: rows.into_iter().map(|(_, row)| row).collect(), next_cursor })
}

async fn plan(segments: &dyn SegmentStore, connector: &ConnectorId, question: &Question) -> Result<Arc<Plan>, Error> {
    let team = match &question.team {
        Some(team) => Some(Team::find(segments, connector, question.range, team).await?),
        None => None,
    };
    Ok(Arc::new(Plan {
        range: question.range,
        interval: question.interval,
        level: question.level,
        subject: question.subject.clone(),
        asked: question.asked,
        sort: question.sort,
        team,
    }))
}

fn row<M>(connector: &Connector, level: Level, rank: Option<Reverse<i64>>, group: Group<M>) -> (Key, SubjectRow<M>) {
    let key = Key(group.period, rank, connector.id.clone(), SubjectOrder(group.subject.id.clone()));
    let row = SubjectRow {
        day: group.period,
        provider: connector.provider.clone(),
        connector: connector.id.clone(),
        level,
        subject: group.subject,
        metrics: group.metrics,
        days: group.days,
        partial: group.partial,
        provisional: group.provisional,
    };
    (key, row)
}
