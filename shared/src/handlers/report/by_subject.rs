//! Rows about organizations, teams, people or repositories, folded by subject and period.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use super::labels::Label;
use super::recount::{Recount, Sets, slot};
use super::team::lists;
use super::{Asked, Fold, Interval, Metrics, Names, Rule, Subject, Sums};
use crate::error::StoreError;
use crate::ports::StoredSegment;
use crate::segment::{Batch, Row};
use crate::words::{Dataset, Day, Days, Level};

/// What to fold of each segment.
pub(crate) struct Plan {
    pub(crate) range: Days,
    pub(crate) interval: Interval,
    pub(crate) level: Level,
    pub(crate) subject: Option<String>,
    /// What to read; the metric to sort by is read too.
    pub(crate) asked: Asked,
    pub(crate) sort: Option<usize>,
    /// An id. At the level of users: those who were in it on the day.
    pub(crate) team: Option<String>,
}

impl Plan {
    /// Who was active on Monday and on Tuesday is one person: over several days people are counted from the rows about
    /// them, never summed.
    fn recounts<R: Row, M: Metrics>(&self) -> bool {
        let mut columns = M::COLUMNS.iter().enumerate();
        R::DATASET == Dataset::Activity
            && self.interval != Interval::Day
            && matches!(self.level, Level::Organization | Level::Team)
            && columns.any(|(metric, column)| matches!(*column, "active" | "engaged") && self.reads(metric))
    }

    fn reads(&self, metric: usize) -> bool {
        self.asked.has(metric) || self.sort == Some(metric)
    }

    fn rule<R: Row, M: Metrics>(&self, column: &str) -> Rule {
        let mut columns = M::COLUMNS.iter();
        let number = columns.position(|known| *known == column);
        match column {
            _ if !number.is_some_and(|metric| self.reads(metric)) => Rule::Skip,
            "active" | "engaged" if self.recounts::<R, M>() => Rule::Skip,
            "active" | "engaged" if self.level != Level::Organization && self.level != Level::Team => Rule::Any,
            // The median of a week does not follow from the medians of its days.
            median if median.starts_with("median_") && self.interval != Interval::Day => Rule::Skip,
            _ => Rule::Sum,
        }
    }

    /// Whether names are read along with the numbers. People over many days are named afterwards, see [`label`].
    ///
    /// [`label`]: super::label
    pub(crate) fn names_early(&self) -> bool {
        self.interval == Interval::Day || matches!(self.level, Level::Organization | Level::Team | Level::Repository)
    }

    /// For each row, whether it is at the plan's level and about a subject that the plan wants.
    fn judge(&self, batch: &Batch) -> Vec<bool> {
        let mut rows = batch.pass("level", |level| level == self.level.as_str());
        if self.picks() {
            let wanted = batch.pass("subject", |subject| self.wants(subject));
            rows.iter_mut().zip(wanted).for_each(|(row, wanted)| *row &= wanted);
        }
        rows
    }

    /// Whether some subjects are wanted rather than all: looking at thousands of ids to let them all pass is no use.
    fn picks(&self) -> bool {
        self.subject.is_some() || self.team.is_some()
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
    /// Distinct lists of teams, and the groups of each: most people share theirs, and keep it for months.
    lists: Names,
    teams: Vec<Vec<u32>>,
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

impl<R: Row + 'static, M: Metrics + 'static> BySubject<R, M> {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        Self {
            plan,
            subjects: Names::default(),
            people: Names::default(),
            lists: Names::default(),
            teams: Vec::new(),
            periods: BTreeMap::new(),
            of: PhantomData,
        }
    }

    /// Every subject of every period.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Group<M>> + '_ {
        self.periods.values().flat_map(move |period| {
            let labels = period.labels.iter().enumerate();
            labels.filter_map(move |(number, label)| Some(self.group(period, number as u32, label.as_ref()?)))
        })
    }

    fn group(&self, period: &Period, number: u32, label: &Label) -> Group<M> {
        let recounts = self.plan.recounts::<R, M>();
        // Segments of earlier versions call unattributed activity an active person.
        let is_unattributed = self.plan.level == Level::User && self.subjects.text(number).is_empty();
        let values = || {
            let columns = M::COLUMNS.iter().zip(period.sums.group(number));
            columns.map(|(column, sum)| match *column {
                "active" | "engaged" if is_unattributed => None,
                column => sum.or_else(|| period.recount.count(column, self.set(number))),
            })
        };
        let rank = self.plan.sort.and_then(|column| values().nth(column).flatten());
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
            metrics: M::of(values(), self.plan.asked),
        }
    }

    /// Where the people of a group are counted.
    fn set(&self, group: u32) -> usize {
        match self.plan.level {
            Level::Team => group as usize,
            _ => 0,
        }
    }

    /// Adds rows that the plan wants, except those of people who were not in its team.
    fn sum(&mut self, start: Day, day: Day, batch: &Batch) {
        let Some(period) = self.periods.get_mut(&start) else {
            return;
        };
        let Some(subjects) = batch.texts("subject") else {
            return;
        };
        let team = self.plan.team.as_deref();
        let team = team.filter(|_| self.plan.level == Level::User);
        let in_team = team.map(|team| batch.pass("teams", |ids| lists(ids, team)));
        let mut kept = Vec::with_capacity(batch.rows());
        for row in 0..batch.rows() {
            if in_team.as_ref().is_none_or(|rows| rows[row])
                && let Some(subject) = subjects.get(row)
            {
                kept.push((row as u32, self.subjects.number(subject)));
            }
        }
        period.sums.add(batch, &kept, self.subjects.len());
        period.label(day, batch, &kept);
    }

    /// Counts the people of the batch; false when it holds none.
    fn recount(&mut self, start: Day, batch: &Batch) -> bool {
        let plan = self.plan.clone();
        let teams = batch.texts("teams").filter(|_| plan.level == Level::Team);
        let sets = match (plan.level, teams) {
            (Level::Team, None) => return false,
            (_, Some(teams)) => {
                let lists = teams.distinct().map(|ids| self.lists.number(ids));
                let lists: Vec<u32> = lists.collect();
                for ids in self.lists.iter().skip(self.teams.len()) {
                    let ids = ids.split(',').filter(|id| !id.is_empty() && plan.wants(id));
                    self.teams.push(ids.map(|id| self.subjects.number(id)).collect());
                }
                Sets::ByTeams(teams, lists, &self.teams)
            }
            (_, None) => Sets::One,
        };
        let period = self.periods.get_mut(&start);
        period.is_some_and(|period| period.recount.add(batch, &sets, &mut self.people))
    }
}

impl<R: Row + 'static, M: Metrics + 'static> Fold for BySubject<R, M> {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let plan = self.plan.clone();
        let (day, recounts) = (stored.head.day, plan.recounts::<R, M>());
        let span = plan.interval.period(day, plan.range);
        let period = self.periods.entry(span.from());
        let period = period.or_insert_with(|| Period::new::<R, M>(&plan, span));
        period.days += 1;
        period.provisional |= !stored.head.state.is_settled();
        let mut columns = vec!["level", "subject"];
        columns.extend(period.sums.names());
        if plan.names_early() {
            columns.extend(["name", "email"]);
        }
        if plan.team.is_some() {
            columns.push("teams");
        }
        let wanted = plan.clone();
        let keys = ["level", "subject"];
        let keys = &keys[..if plan.picks() { 2 } else { 1 }];
        let judge = move |batch: &Batch| wanted.judge(batch);
        let kept = stored.segment.open::<R>()?.read_where(&columns, keys, judge)?;
        for batch in kept {
            self.sum(span.from(), day, &batch?);
        }
        if recounts {
            let columns = ["level", "subject", "teams", "active", "engaged"];
            let mut people = false;
            for batch in stored.segment.read::<R>(&columns)? {
                people |= self.recount(span.from(), &batch?);
            }
            if let Some(period) = self.periods.get_mut(&span.from()) {
                period.people_days += u32::from(people);
            }
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
            sums: Sums::new::<R>(M::COLUMNS, |column| plan.rule::<R, M>(column)),
            labels: Vec::new(),
            recount: Recount::default(),
        }
    }

    fn label(&mut self, day: Day, batch: &Batch, kept: &[(u32, u32)]) {
        let texts = ["name", "email"].map(|name| batch.texts(name));
        for &(row, group) in kept {
            let label = slot(&mut self.labels, group as usize);
            // A worker sees its days in order.
            let label = label.get_or_insert_with(|| Label::on(day));
            label.renew(day, texts, row as usize);
        }
    }
}
