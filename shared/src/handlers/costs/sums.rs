//! The costs of one connector, folded into periods and split as asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::Array as _;
use hashbrown::HashMap;

use super::super::report::{Fold, Interval, Label, Members, Names, Subject};
use super::{CostRow, Split};
use crate::error::StoreError;
use crate::ports::StoredSegment;
use crate::segment::{Batch, Cost};
use crate::words::{Connector, Day, Days, Decimal, Level};

/// What is wanted of one connector.
pub(super) struct Plan {
    pub range: Days,
    pub interval: Interval,
    pub levels: Vec<Level>,
    pub splits: BTreeSet<Split>,
    pub basis: Option<String>,
    pub subject: Option<String>,
    pub members: Option<Members>,
}

impl Plan {
    fn judge(&self, day: Day, batch: &Batch) -> Vec<bool> {
        let mut rows = batch.pass("level", |text| self.levels.iter().any(|level| level.as_str() == text));
        let mut narrow = |column, wants: &dyn Fn(&str) -> bool| {
            let wanted = batch.pass(column, wants);
            rows.iter_mut().zip(wanted).for_each(|(row, wanted)| *row &= wanted);
        };
        if let Some(basis) = &self.basis {
            narrow("basis", &|text| text == basis);
        }
        if let Some(subject) = &self.subject {
            narrow("subject", &|text| text == subject);
        }
        if let Some(members) = &self.members {
            narrow("subject", &|text| members.has(day, text));
        }
        rows
    }
}

/// The columns that tell rows apart, in the order of [`Group`].
const APART: [&str; 7] = ["level", "subject", "basis", "model", "line_item", "project", "currency"];
const SUBJECT: usize = 1;
/// In the order of [`Sum`].
const SUMMED: [&str; 3] = ["micro_amount", "unpriced", "micro_credits"];

/// Texts by number, or none: null, or not asked for.
type Group = [Option<u32>; APART.len()];

#[derive(Clone, Copy, Default)]
struct Sum {
    micro_amount: Option<i64>,
    unpriced: Option<i64>,
    micro_credits: Option<i64>,
}

struct Period {
    span: Days,
    days: u32,
    provisional: bool,
    sums: HashMap<Group, Sum>,
}

/// The fold of one connector's costs.
pub(super) struct Sums {
    plan: Arc<Plan>,
    texts: Names,
    /// By the number of a subject.
    labels: HashMap<u32, Label>,
    periods: BTreeMap<Day, Period>,
}

impl Sum {
    fn add(&mut self, more: Sum) {
        for (sum, more) in [
            (&mut self.micro_amount, more.micro_amount),
            (&mut self.unpriced, more.unpriced),
            (&mut self.micro_credits, more.micro_credits),
        ] {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or(0).saturating_add(more));
            }
        }
    }
}

impl Period {
    fn new(span: Days) -> Self {
        Self { span, days: 0, provisional: false, sums: HashMap::new() }
    }
}

impl Sums {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        Self { plan, texts: Names::default(), labels: HashMap::new(), periods: BTreeMap::new() }
    }

    /// Whether rows that differ in this column stay apart.
    fn keeps(plan: &Plan, column: usize) -> bool {
        match APART[column] {
            "subject" => plan.splits.contains(&Split::Person) || plan.subject.is_some(),
            "model" => plan.splits.contains(&Split::Model),
            "line_item" => plan.splits.contains(&Split::LineItem),
            "project" => plan.splits.contains(&Split::Project),
            _ => true,
        }
    }

    fn batch(&mut self, start: Day, day: Day, batch: &Batch) {
        // Each distinct text is looked up once, however many rows have it.
        let columns: [Option<(_, Vec<u32>)>; APART.len()] = std::array::from_fn(|column| {
            let texts = batch.texts(APART[column]).filter(|_| Self::keeps(&self.plan, column))?;
            Some((texts, texts.distinct().map(|text| self.texts.number(text)).collect()))
        });
        let [amounts, unpriced, credits] = SUMMED.map(|name| batch.integers(name));
        let labels = ["name", "email"].map(|name| batch.texts(name));
        let Some(period) = self.periods.get_mut(&start) else { return };
        for row in 0..batch.rows() {
            let number = |column: usize| {
                let (texts, numbers) = columns[column].as_ref()?;
                numbers.get(texts.key(row)?).copied()
            };
            let group: Group = std::array::from_fn(number);
            let of = |values: Option<&arrow_array::Int64Array>| {
                values.filter(|values| values.is_valid(row)).map(|values| values.value(row))
            };
            let sum = Sum { micro_amount: of(amounts), unpriced: of(unpriced), micro_credits: of(credits) };
            period.sums.entry(group).or_default().add(sum);
            if let Some(subject) = group[SUBJECT] {
                let label = self.labels.entry(subject).or_insert_with(|| Label::on(day));
                if label.day <= day {
                    label.renew(day, labels, row);
                }
            }
        }
    }

    pub(super) fn rows(&self, connector: &Connector) -> Vec<CostRow> {
        let mut rows = Vec::new();
        for (start, period) in &self.periods {
            for (group, sum) in &period.sums {
                let text = |text: Option<u32>| text.map(|number| self.texts.text(number).to_owned());
                let label = group[SUBJECT].and_then(|subject| self.labels.get(&subject));
                let [level, subject, basis, model, line_item, project, currency] = group.map(text);
                rows.push(CostRow {
                    day: (self.plan.interval != Interval::Total).then_some(*start),
                    provider: connector.provider.clone(),
                    connector: connector.id.clone(),
                    level: level.and_then(|level| Level::parse(&level)).unwrap_or_default(),
                    subject: subject.map(|id| Subject {
                        id,
                        name: label.and_then(|label| label.name.as_deref().map(str::to_owned)),
                        email: label.and_then(|label| label.email.as_deref().map(str::to_owned)),
                    }),
                    basis: basis.unwrap_or_default(),
                    model,
                    line_item,
                    project,
                    currency,
                    amount: sum.micro_amount.map(Decimal),
                    unpriced: sum.unpriced.unwrap_or(0),
                    credits: sum.micro_credits.map(Decimal),
                    days: period.days,
                    partial: (period.days as usize) < period.span.len() || sum.unpriced.unwrap_or(0) > 0,
                    provisional: period.provisional,
                });
            }
        }
        rows
    }
}

impl Fold for Sums {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let day = stored.head.day;
        let span = self.plan.interval.period(day, self.plan.range);
        let period = self.periods.entry(span.from()).or_insert_with(|| Period::new(span));
        period.days += 1;
        period.provisional |= !stored.head.state.is_settled();
        let columns: Vec<_> = APART.into_iter().chain(["name", "email"]).chain(SUMMED).collect();
        let plan = self.plan.clone();
        let judge = move |batch: &Batch| plan.judge(day, batch);
        for batch in stored.segment.open::<Cost<'_>>()?.read_where(&columns, &["level", "subject", "basis"], judge)? {
            self.batch(span.from(), day, &batch?);
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let ours: Vec<u32> = other.texts.iter().map(|text| self.texts.number(text)).collect();
        let rename = |theirs: u32| ours.get(theirs as usize).copied().unwrap_or(theirs);
        for (start, theirs) in other.periods {
            let period = self.periods.entry(start).or_insert_with(|| Period::new(theirs.span));
            period.days += theirs.days;
            period.provisional |= theirs.provisional;
            for (group, sum) in theirs.sums {
                period.sums.entry(group.map(|text| text.map(rename))).or_default().add(sum);
            }
        }
        for (subject, theirs) in other.labels {
            match self.labels.entry(rename(subject)) {
                hashbrown::hash_map::Entry::Occupied(mut known) => {
                    let both = known.get().clone().or_later(theirs);
                    known.insert(both);
                }
                hashbrown::hash_map::Entry::Vacant(free) => {
                    free.insert(theirs);
                }
            }
        }
    }
}
