//! What is kept of one connector's days: by cut and period the sums of each group, and the people of each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::Array;
use hashbrown::HashMap;

use super::groups::{Groups, KeyColumn, NULL};
use super::interner::{IdSet, Interner};
use super::labels::{self, Label};
use super::plan::{CutPlan, Plan, PlannedKey, PlannedMeasure};
use super::scan::Share;
use super::sums::{Rule, Sums, Value};
use super::teams::TeamTexts;
use crate::error::StoreError;
use crate::identities::Persons;
use crate::ports::StoredSegment;
use crate::segment::Batch;
use crate::words::{AccountSubject, Connector, Day, Days, Level, SegmentHead};

pub(super) struct Fold {
    pub(super) plan: Arc<Plan>,
    pub(super) texts: Interner,
    pub(super) people: Interner,
    teams: Option<TeamTexts>,
    pub(super) cuts: Vec<CutGroups>,
    pub(super) periods: BTreeMap<Day, Period>,
}

/// The groups of one cut, over all periods.
pub(super) struct CutGroups {
    groups: Groups,
    pub(super) people_groups: Groups,
}

pub(super) struct Period {
    pub(super) span: Days,
    /// Days with rows, counted from the first of the query.
    pub(super) days: IdSet,
    pub(super) is_provisional: bool,
    pub(super) tables: Vec<Table>,
}

/// One cut in one period.
pub(super) struct Table {
    /// Groups that have a row.
    present: IdSet,
    sums: Sums,
    labels: Vec<Label>,
    /// By measure and group: the days of a [`PlannedMeasure::Days`], counted from the first of the query.
    days: Vec<Vec<IdSet>>,
    /// By measure and group of people.
    pub(super) people: Vec<Vec<Option<IdSet>>>,
    /// Days on which it is known who was there.
    pub(super) people_days: u32,
    /// Whether any row about a person was counted.
    has_people: bool,
}

impl Fold {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let groups = |cut: &CutPlan| CutGroups {
            groups: Groups::of_width(cut.by.len()),
            people_groups: Groups::of_width(cut.people_by.len()),
        };
        let cuts = plan.cuts.iter().map(groups).collect();
        let (mut texts, people) = Default::default();
        let teams = plan.teams.as_ref().map(|teams| TeamTexts::new(teams, &mut texts));
        Self { plan, texts, people, teams, cuts, periods: BTreeMap::new() }
    }

    /// Takes a day as its head has it.
    pub(super) fn add_totals(&mut self, head: &SegmentHead, account: &AccountSubject) {
        let Self { plan, texts, cuts, periods, .. } = self;
        let span = plan.interval.period(head.day, plan.days);
        let period = periods.entry(span.from()).or_insert_with(|| Period::new(plan, span));
        period.days.insert(plan.offset(head.day));
        period.is_provisional |= !head.state.is_settled();
        for ((planned, groups), table) in plan.cuts.iter().zip(cuts).zip(&mut period.tables) {
            let key = planned.by.iter().map(|key| match key {
                PlannedKey::Subject => texts.number(&account.id),
                _ => texts.number(Level::Organization.as_str()),
            });
            let group = groups.groups.number(&key.collect::<Vec<_>>());
            let count = groups.groups.len();
            table.present.insert(group);
            for (measure, planned) in planned.measures.iter().enumerate() {
                if let PlannedMeasure::Column(column, Rule::Sum) = planned
                    && let Some(total) = head.totals.get(column.name)
                {
                    table.sums.add_one(measure, group, *total, count);
                }
            }
            let name = planned.labels.iter().position(|label| label.name == "name");
            if let (Some(place), Some(name)) = (name, &account.name) {
                let width = planned.labels.len();
                table.labels.resize_with(count.max(table.labels.len()), || Label::of_width(width));
                table.labels[group as usize].set(place, head.day, name);
            }
        }
    }

    fn sum(&mut self, cut: usize, start: Day, day: Day, batch: &Batch) {
        let columns = self.key_columns(&self.plan.clone().cuts[cut].by, day, batch);
        let Self { plan, cuts, periods, .. } = self;
        let (planned, groups) = (&plan.cuts[cut], &mut cuts[cut].groups);
        let Some(table) = periods.get_mut(&start).map(|period| &mut period.tables[cut]) else { return };
        let kept = groups.assign(&columns, 0..batch.rows(), batch.rows());
        table.sums.add(day, batch, &kept, groups.len());
        for (_, group) in &kept {
            table.present.insert(*group);
        }
        if !planned.labels.is_empty() {
            table.labels.resize_with(groups.len().max(table.labels.len()), || Label::of_width(planned.labels.len()));
            labels::note(&mut table.labels, &planned.labels, day, batch, &kept);
        }
        let offset = plan.offset(day);
        for (measure, days) in planned.measures.iter().zip(&mut table.days) {
            let PlannedMeasure::Days(name) = measure else { continue };
            days.resize_with(groups.len().max(days.len()), IdSet::default);
            let Some(values) = batch.integers(name) else { continue };
            for &(row, group) in &kept {
                if values.is_valid(row as usize) && values.value(row as usize) > 0 {
                    days[group as usize].insert(offset);
                }
            }
        }
    }

    /// Notes who is in which group of people.
    fn count(&mut self, cut: usize, start: Day, day: Day, batch: &Batch) {
        let Some(subjects) = batch.texts("subject") else { return };
        let columns = self.key_columns(&self.plan.clone().cuts[cut].people_by, day, batch);
        let Self { plan, people, cuts, periods, .. } = self;
        let (planned, groups) = (&plan.cuts[cut], &mut cuts[cut].people_groups);
        let Some(table) = periods.get_mut(&start).map(|period| &mut period.tables[cut]) else { return };
        let persons: Vec<u32> = subjects.distinct().map(|subject| people.number(subject)).collect();
        // Unattributed activity has an empty id and is no person.
        let is_person = |row: &usize| subjects.get(*row).is_some_and(|subject| !subject.is_empty());
        let has_people = (0..batch.rows()).any(|row| is_person(&row));
        let kept = groups.assign(&columns, (0..batch.rows()).filter(is_person), batch.rows());
        table.has_people |= has_people;
        for (measure, sets) in planned.measures.iter().zip(&mut table.people) {
            let values = match measure {
                PlannedMeasure::People => None,
                PlannedMeasure::Flagged(name) => match batch.integers(name) {
                    Some(values) => Some(values),
                    None => continue,
                },
                _ => continue,
            };
            sets.resize(groups.len().max(sets.len()), None);
            for &(row, group) in &kept {
                let row = row as usize;
                if values.is_some_and(|values| values.is_null(row)) {
                    continue;
                }
                let set = sets[group as usize].get_or_insert_default();
                if let Some(person) = subjects.key(row)
                    && values.is_none_or(|values| values.value(row) > 0)
                {
                    set.insert(persons[person]);
                }
            }
        }
    }

    fn key_columns<'b>(&mut self, keys: &[PlannedKey], day: Day, batch: &'b Batch) -> Vec<KeyColumn<'b>> {
        let Self { plan, texts, people, teams, .. } = self;
        let mut column = |key: &PlannedKey| match (key, &plan.teams, &mut *teams) {
            (PlannedKey::Team, Some(all), Some(own)) => {
                KeyColumn::lists(batch, Plan::column_of(*key), |subject, numbers| {
                    let person = people.number(subject);
                    own.push_names(all, people, person, day, numbers);
                })
            }
            (PlannedKey::OwnTeam, Some(all), Some(own)) => {
                KeyColumn::lists(batch, Plan::column_of(*key), |subject, numbers| {
                    let person = people.number(subject);
                    own.push_own_ids(all, people, person, day, numbers);
                })
            }
            _ => KeyColumn::plain(batch, Plan::column_of(*key), texts),
        };
        keys.iter().map(&mut column).collect()
    }

    /// Subjects of one person are one from here on.
    pub(super) fn join_persons(&mut self, person_of: impl Fn(&str) -> Option<usize>) {
        let mut first: HashMap<usize, u32> = HashMap::new();
        let mut joined = false;
        let mut renamed = Vec::with_capacity(self.people.len());
        for (number, subject) in (0..).zip(self.people.iter()) {
            let own = person_of(subject).map_or(number, |person| *first.entry(person).or_insert(number));
            joined |= own != number;
            renamed.push(own);
        }
        if !joined {
            return;
        }
        let tables = self.periods.values_mut().flat_map(|period| &mut period.tables);
        for set in tables.flat_map(|table| table.people.iter_mut().flatten().flatten()) {
            let mut persons = IdSet::default();
            persons.extend(set, |subject| renamed[subject as usize]);
            *set = persons;
        }
    }

    /// Every group of a cut in every period.
    fn rows<'a>(&'a self, connector: &'a Connector, cut: usize) -> impl Iterator<Item = Row<'a>> {
        self.periods.values().flat_map(move |period| {
            let groups = period.tables[cut].present.iter();
            groups.map(move |group| Row { connector, fold: self, period, cut, group })
        })
    }
}

impl Share for Fold {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let plan = self.plan.clone();
        let day = stored.head.day;
        let span = plan.interval.period(day, plan.days);
        let start = span.from();
        let period = self.periods.entry(start).or_insert_with(|| Period::new(&plan, span));
        period.days.insert(plan.offset(day));
        period.is_provisional |= !stored.head.state.is_settled();
        let opened = stored.segment.open(plan.columns)?;
        for (number, pass) in plan.passes.iter().enumerate() {
            // People are there also on a day on which the filter wants none of them.
            let has_people = Arc::new(AtomicBool::new(false));
            let batches = if plan.wants_all(number) {
                opened.read_levels(&pass.columns, &pass.levels)?
            } else {
                let (judge, met, notes_people) = (plan.clone(), has_people.clone(), pass.notes_people);
                let keep = move |batch: &Batch| {
                    if notes_people && Plan::has_people(batch) {
                        met.store(true, Ordering::Relaxed);
                    }
                    judge.keep(number, day, batch)
                };
                opened.read_where(&pass.columns, &pass.levels, &pass.keys, keep)?
            };
            for batch in batches {
                let batch = batch?;
                if pass.notes_people && plan.wants_all(number) && Plan::has_people(&batch) {
                    has_people.store(true, Ordering::Relaxed);
                }
                for cut in &pass.sums {
                    self.sum(*cut, start, day, &batch);
                }
                for cut in &pass.people {
                    self.count(*cut, start, day, &batch);
                }
            }
            let Some(period) = self.periods.get_mut(&start) else { continue };
            for cut in &pass.people {
                period.tables[*cut].people_days += u32::from(has_people.load(Ordering::Relaxed));
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let texts: Vec<u32> = other.texts.iter().map(|text| self.texts.number(text)).collect();
        let people: Vec<u32> = other.people.iter().map(|person| self.people.number(person)).collect();
        let text = |number: &u32| texts.get(*number as usize).copied().unwrap_or(NULL);
        let renumber = |ours: &mut Groups, theirs: &Groups| -> Vec<u32> {
            let keys = (0..theirs.len() as u32).map(|group| theirs.key(group).iter().map(text).collect::<Vec<_>>());
            keys.map(|key| ours.number(&key)).collect()
        };
        let cuts: Vec<(Vec<u32>, Vec<u32>)> = self
            .cuts
            .iter_mut()
            .zip(&other.cuts)
            .map(|(ours, theirs)| {
                let groups = renumber(&mut ours.groups, &theirs.groups);
                (groups, renumber(&mut ours.people_groups, &theirs.people_groups))
            })
            .collect();
        for (start, theirs) in other.periods {
            let ours = self.periods.entry(start).or_insert_with(|| Period::new(&self.plan, theirs.span));
            ours.days.unite(&theirs.days);
            ours.is_provisional |= theirs.is_provisional;
            for (cut, (ours, theirs)) in ours.tables.iter_mut().zip(theirs.tables).enumerate() {
                let (groups, people_groups) = &cuts[cut];
                ours.merge(theirs, groups, people_groups, &people, self.cuts[cut].groups.len());
            }
        }
    }
}

impl Period {
    pub(super) fn lacks_days(&self) -> bool {
        (self.days.len() as usize) < self.span.len()
    }

    fn new(plan: &Plan, span: Days) -> Self {
        let tables = plan.cuts.iter().map(Table::new).collect();
        Self { span, days: IdSet::default(), is_provisional: false, tables }
    }
}

impl Table {
    fn new(cut: &CutPlan) -> Self {
        let of_each = cut.measures.len();
        Self {
            present: IdSet::default(),
            sums: Sums::new(cut.measures.iter().map(|measure| match measure {
                PlannedMeasure::Column(column, rule) => (column.name, *rule),
                _ => ("", Rule::Skip),
            })),
            labels: Vec::new(),
            days: vec![Vec::new(); of_each],
            people: vec![Vec::new(); of_each],
            people_days: 0,
            has_people: false,
        }
    }

    /// Takes in another's groups, renumbered.
    fn merge(&mut self, other: Table, groups: &[u32], people_groups: &[u32], people: &[u32], count: usize) {
        self.present.extend(&other.present, |group| groups[group as usize]);
        self.sums.merge(&other.sums, groups, count);
        self.people_days += other.people_days;
        self.has_people |= other.has_people;
        for (label, group) in other.labels.into_iter().zip(groups) {
            let width = label.width();
            self.labels.resize_with(count.max(self.labels.len()), || Label::of_width(width));
            self.labels[*group as usize].merge(label);
        }
        for (ours, theirs) in self.days.iter_mut().zip(other.days) {
            for (days, group) in theirs.iter().zip(groups) {
                ours.resize_with(count.max(ours.len()), IdSet::default);
                ours[*group as usize].unite(days);
            }
        }
        for (ours, theirs) in self.people.iter_mut().zip(other.people) {
            for (set, group) in theirs.into_iter().zip(people_groups) {
                let Some(set) = set else { continue };
                let group = *group as usize;
                if ours.len() <= group {
                    ours.resize(group + 1, None);
                }
                ours[group].get_or_insert_default().extend(&set, |person| people[person as usize]);
            }
        }
    }
}

/// The answer to a query.
pub(crate) struct Answer<'a> {
    pub(super) folded: Vec<(&'a Connector, Fold)>,
    pub(super) persons: &'a Persons,
}

impl<'a> Answer<'a> {
    /// The rows of a cut: by connector, then by period.
    pub(crate) fn rows(&self, cut: usize) -> impl Iterator<Item = Row<'_>> {
        self.folded.iter().flat_map(move |(connector, fold)| fold.rows(connector, cut))
    }
}

/// One group in one period.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) connector: &'a Connector,
    fold: &'a Fold,
    period: &'a Period,
    cut: usize,
    group: u32,
}

impl<'a> Row<'a> {
    fn plan(&self) -> &'a CutPlan {
        &self.fold.plan.cuts[self.cut]
    }

    fn table(&self) -> &'a Table {
        &self.period.tables[self.cut]
    }

    fn numbers(&self) -> &'a [u32] {
        self.fold.cuts[self.cut].groups.key(self.group)
    }

    /// The first day of the period.
    pub(crate) fn day(&self) -> Day {
        self.period.span.from()
    }

    /// Days of the period with stored data.
    pub(crate) fn days(&self) -> u32 {
        self.period.days.len()
    }

    /// Days of the period are missing, or days without rows about people where these are counted.
    pub(crate) fn is_partial(&self) -> bool {
        self.period.lacks_days() || (self.plan().recounts() && self.table().people_days < self.period.days.len())
    }

    pub(crate) fn is_provisional(&self) -> bool {
        self.period.is_provisional
    }

    /// The text of a key, in the order of the cut; null where the rows have none.
    pub(crate) fn key(&self, place: usize) -> Option<&'a str> {
        let number = *self.numbers().get(place)?;
        (number != NULL).then(|| self.fold.texts.text(number))
    }

    /// The description in one of the cut's label columns.
    pub(crate) fn label(&self, place: usize) -> Option<&'a str> {
        self.table().labels.get(self.group as usize)?.text(place)
    }

    pub(crate) fn value(&self, measure: usize) -> Option<Value> {
        match &self.plan().measures[measure] {
            PlannedMeasure::Column(_, Rule::Any) if self.is_unattributed() => None,
            PlannedMeasure::Column(..) => self.table().sums.value(measure, self.group),
            PlannedMeasure::Flagged(_) => Some(count(self.people(measure)?)),
            PlannedMeasure::People => {
                self.table().has_people.then(|| self.people(measure).map_or(Value::Integer(0), count))
            }
            PlannedMeasure::Days(_) => self.days_of(measure).map(count),
        }
    }

    /// The days of a [`super::Measure::Days`], counted from the first day of the query.
    pub(crate) fn days_of(&self, measure: usize) -> Option<&'a IdSet> {
        self.table().days[measure].get(self.group as usize)
    }

    /// Segments of earlier versions call unattributed activity an active person.
    fn is_unattributed(&self) -> bool {
        let by = &self.plan().by;
        let subject = by.iter().position(|key| *key == PlannedKey::Subject);
        self.plan().is_about_people && subject.is_some_and(|place| self.key(place) == Some(""))
    }

    /// The people of this row's group.
    fn people(&self, measure: usize) -> Option<&'a IdSet> {
        let numbers = self.numbers();
        let key: Vec<u32> = self.plan().people_from.iter().map(|place| numbers[*place]).collect();
        let group = self.fold.cuts[self.cut].people_groups.find(&key)?;
        self.table().people[measure].get(group as usize)?.as_ref()
    }
}

fn count(set: &IdSet) -> Value {
    Value::Integer(i64::from(set.len()))
}
