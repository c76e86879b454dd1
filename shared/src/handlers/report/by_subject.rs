//! Rows about organizations, teams, people or repositories, folded by subject and period.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use super::recount::{Recount, Sets, slot};
use super::team::lists;
use super::{Fold, Interval, Metrics, Names, Rule, Subject, Sums, is};
use crate::error::StoreError;
use crate::ports::StoredSegment;
use crate::segment::{Batch, Row, Texts};
use crate::words::{Dataset, Day, Days, Level};

/// What to fold of each segment.
pub(crate) struct Plan {
    pub(crate) range: Days,
    pub(crate) interval: Interval,
    pub(crate) level: Level,
    pub(crate) subject: Option<String>,
    /// An id. At the level of users: those who were in it on the day.
    pub(crate) team: Option<String>,
}

impl Plan {
    /// Who was active on Monday and on Tuesday is one person: over several days people are counted from the rows about
    /// them, never summed.
    fn recounts<R: Row>(&self) -> bool {
        R::DATASET == Dataset::Activity
            && self.interval != Interval::Day
            && matches!(self.level, Level::Organization | Level::Team)
    }

    fn rule<R: Row>(&self, column: &str) -> Rule {
        match column {
            "active" | "engaged" if self.recounts::<R>() => Rule::Skip,
            "active" | "engaged" if self.level != Level::Organization && self.level != Level::Team => Rule::Any,
            // The median of a week does not follow from the medians of its days.
            median if median.starts_with("median_") && self.interval != Interval::Day => Rule::Skip,
            _ => Rule::Sum,
        }
    }

    fn wants(&self, subject: &str) -> bool {
        let team = self.team.as_deref().filter(|_| self.level == Level::Team);
        team.is_none_or(|team| team == subject) && self.subject.as_deref().is_none_or(|wanted| wanted == subject)
    }
}

/// The fold of one connector's dataset `R` into the metrics `M`.
pub(crate) struct BySubject<R, M> {
    plan: Arc<Plan>,
    subjects: Names,
    people: Names,
    periods: BTreeMap<Day, Period>,
    of: PhantomData<fn() -> (R, M)>,
}

struct Period {
    span: Days,
    /// Days with rows, and days with rows about people.
    days: u32,
    people_days: u32,
    provisional: bool,
    sums: Sums,
    /// Of the subjects that have a row in this period.
    labels: Vec<Option<Label>>,
    recount: Recount,
}

/// What a subject was called on the last day it was seen.
struct Label {
    day: Day,
    name: Option<Box<str>>,
    email: Option<Box<str>>,
}

/// One subject in one period.
pub(crate) struct Group<M> {
    pub(crate) period: Day,
    pub(crate) days: u32,
    pub(crate) partial: bool,
    pub(crate) provisional: bool,
    pub(crate) subject: Subject,
    /// Of the metric by which the caller wants to sort.
    pub(crate) rank: Option<i64>,
    pub(crate) metrics: M,
}

const UNKNOWN: u32 = u32::MAX;

impl<R: Row + 'static, M: Metrics + 'static> BySubject<R, M> {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        Self { plan, subjects: Names::default(), people: Names::default(), periods: BTreeMap::new(), of: PhantomData }
    }

    /// Every subject of every period; `rank` is the metric to sort by, counted in [`Metrics::FIELDS`].
    pub(crate) fn groups(&self, rank: Option<usize>) -> impl Iterator<Item = Group<M>> + '_ {
        self.periods.values().flat_map(move |period| {
            let labels = period.labels.iter().enumerate();
            labels.filter_map(move |(number, label)| Some(self.group(period, number as u32, label.as_ref()?, rank)))
        })
    }

    fn group(&self, period: &Period, number: u32, label: &Label, rank: Option<usize>) -> Group<M> {
        let recounts = self.plan.recounts::<R>();
        let values = || {
            let columns = M::COLUMNS.iter().zip(period.sums.group(number));
            columns.map(|(column, sum)| sum.or_else(|| period.recount.count(column, self.set(number))))
        };
        let rank = rank.and_then(|column| values().nth(column).flatten());
        Group {
            period: period.span.from(),
            days: period.days,
            partial: (period.days as usize) < period.span.len() || (recounts && period.people_days < period.days),
            provisional: period.provisional,
            subject: Subject {
                id: self.subjects.text(number).to_owned(),
                name: label.name.as_deref().map(str::to_owned),
                email: label.email.as_deref().map(str::to_owned),
            },
            rank: rank.map(i64::from),
            metrics: M::of(values()),
        }
    }

    /// Where the people of a group are counted.
    fn set(&self, group: u32) -> usize {
        match self.plan.level {
            Level::Team => group as usize,
            _ => 0,
        }
    }

    /// The rows at the plan's level, as pairs of row and group.
    fn keep(&mut self, batch: &Batch, levels: Texts<'_>, subjects: Texts<'_>) -> Vec<(u32, u32)> {
        let plan = self.plan.clone();
        let at_level = is(Some(levels), |level| level == plan.level.as_str());
        let teams = batch.texts("teams");
        let team = plan.team.as_deref().filter(|_| plan.level == Level::User);
        let in_team = is(teams, |ids| team.is_some_and(|team| lists(ids, team)));
        let mut numbers = vec![None; subjects.distinct().count()];
        let mut kept = Vec::new();
        for row in 0..batch.rows() {
            if !levels.key(row).is_some_and(|key| at_level[key]) {
                continue;
            }
            if team.is_some() {
                let key = teams.and_then(|teams| teams.key(row));
                if !key.is_some_and(|key| in_team[key]) {
                    continue;
                }
            }
            let (Some(key), Some(subject)) = (subjects.key(row), subjects.get(row)) else {
                continue;
            };
            let number = numbers[key].get_or_insert_with(|| match plan.wants(subject) {
                true => self.subjects.number(subject),
                false => UNKNOWN,
            });
            if *number != UNKNOWN {
                kept.push((row as u32, *number));
            }
        }
        kept
    }

    /// Counts the people of the batch; false when it holds none.
    fn recount(&mut self, start: Day, batch: &Batch) -> bool {
        let plan = self.plan.clone();
        let teams = batch.texts("teams").filter(|_| plan.level == Level::Team);
        // One list of sets for each distinct list of teams: people share them.
        let mut sets = |ids: &str| -> Vec<u32> {
            let ids = ids.split(',').filter(|id| !id.is_empty() && plan.wants(id));
            ids.map(|id| self.subjects.number(id)).collect()
        };
        let sets = match (plan.level, teams) {
            (Level::Team, None) => return false,
            (_, Some(teams)) => Sets::ByTeams(teams, teams.distinct().map(&mut sets).collect()),
            (_, None) => Sets::One,
        };
        let period = self.periods.get_mut(&start);
        period.is_some_and(|period| period.recount.add(batch, &sets, &mut self.people))
    }
}

impl<R: Row + 'static, M: Metrics + 'static> Fold for BySubject<R, M> {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let plan = self.plan.clone();
        let (day, recounts) = (stored.head.day, plan.recounts::<R>());
        let span = plan.interval.period(day, plan.range);
        let period = self.periods.entry(span.from());
        let period = period.or_insert_with(|| Period::new::<R, M>(&plan, span));
        period.days += 1;
        period.provisional |= !stored.head.state.is_settled();
        let mut columns = vec!["level", "subject", "name", "email"];
        columns.extend(period.sums.names());
        if recounts {
            columns.extend(["active", "engaged"]);
        }
        if recounts && plan.level == Level::Team || plan.team.is_some() {
            columns.push("teams");
        }
        let mut people = false;
        for batch in stored.segment.read::<R>(&columns)? {
            let batch = batch?;
            let (Some(levels), Some(subjects)) = (batch.texts("level"), batch.texts("subject")) else {
                continue;
            };
            let kept = self.keep(&batch, levels, subjects);
            if recounts {
                people |= self.recount(span.from(), &batch);
            }
            if let Some(period) = self.periods.get_mut(&span.from()) {
                period.sums.add(&batch, &kept, self.subjects.len());
                period.label(day, &batch, &kept);
            }
        }
        if let Some(period) = self.periods.get_mut(&span.from()) {
            period.people_days += u32::from(people);
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let rename =
            |ours: &mut Names, theirs: &Names| -> Vec<u32> { theirs.iter().map(|name| ours.number(name)).collect() };
        let subjects = rename(&mut self.subjects, &other.subjects);
        let people = rename(&mut self.people, &other.people);
        let (groups, plan) = (self.subjects.len(), self.plan.clone());
        for (start, theirs) in other.periods {
            let ours = self.periods.entry(start);
            let ours = ours.or_insert_with(|| Period::new::<R, M>(&plan, theirs.span));
            ours.days += theirs.days;
            ours.people_days += theirs.people_days;
            ours.provisional |= theirs.provisional;
            ours.sums.merge(&theirs.sums, &subjects, groups);
            for (label, &group) in theirs.labels.into_iter().zip(&subjects) {
                let ours = slot(&mut ours.labels, group as usize);
                *ours = match (ours.take(), label) {
                    (Some(one), Some(two)) => Some(one.or_later(two)),
                    (one, two) => one.or(two),
                };
            }
            let set = |set: usize| match plan.level {
                Level::Team => subjects[set] as usize,
                _ => set,
            };
            ours.recount.merge(theirs.recount, set, &people);
        }
    }
}

impl Period {
    fn new<R: Row, M: Metrics>(plan: &Plan, span: Days) -> Self {
        Self {
            span,
            days: 0,
            people_days: 0,
            provisional: false,
            sums: Sums::new::<R>(M::COLUMNS, |column| plan.rule::<R>(column)),
            labels: Vec::new(),
            recount: Recount::default(),
        }
    }

    fn label(&mut self, day: Day, batch: &Batch, kept: &[(u32, u32)]) {
        let (names, emails) = (batch.texts("name"), batch.texts("email"));
        fn replace(old: &mut Option<Box<str>>, texts: Option<Texts<'_>>, row: u32) {
            let new = texts.and_then(|texts| texts.get(row as usize));
            if new.is_some() && old.as_deref() != new {
                *old = new.map(Into::into);
            }
        }
        for &(row, group) in kept {
            let label = slot(&mut self.labels, group as usize).get_or_insert(Label { day, name: None, email: None });
            // A worker sees its days in order.
            label.day = day;
            replace(&mut label.name, names, row);
            replace(&mut label.email, emails, row);
        }
    }
}

impl Label {
    fn or_later(self, other: Label) -> Label {
        let (early, late) = match self.day <= other.day {
            true => (self, other),
            false => (other, self),
        };
        Label { day: late.day, name: late.name.or(early.name), email: late.email.or(early.email) }
    }
}
