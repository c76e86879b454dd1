//! Columns of numbers by group: values that stay null until a part is not.

use arrow_array::{Array, Int64Array};

use crate::segment::{Batch, Column, Kind};
use crate::words::Day;

/// One folded value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    Integer(i64),
    Float(f64),
}

impl From<Value> for i64 {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(value) => value,
            Value::Float(value) => value as i64,
        }
    }
}

impl From<Value> for f64 {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(value) => value as f64,
            Value::Float(value) => value,
        }
    }
}

/// How the values of a group become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Sum,
    /// 1 where any part is.
    Any,
    /// Of the latest day.
    Last,
    /// Not read: counted from other rows, or meaningless here.
    Skip,
}

/// One value per group and column; groups are numbered from 0 without gaps.
#[derive(Default)]
pub(super) struct Sums(Vec<Summed>);

struct Summed {
    name: &'static str,
    rule: Rule,
    values: Values,
}

enum Values {
    /// Sums, and whether any part was not null.
    Integers(Vec<i64>, Vec<bool>),
    /// A value and its day.
    Last(Vec<Option<(Day, Value)>>),
}

impl Sums {
    pub(super) fn new(columns: impl Iterator<Item = (&'static str, Rule)>) -> Self {
        let column = |(name, rule): (&'static str, Rule)| Summed {
            name,
            rule,
            values: match rule {
                Rule::Last => Values::Last(Vec::new()),
                _ => Values::Integers(Vec::new(), Vec::new()),
            },
        };
        Self(columns.map(column).collect())
    }

    /// Folds `kept`, pairs of row and group, all groups being below `groups`.
    pub(super) fn add(&mut self, day: Day, batch: &Batch, kept: &[(u32, u32)], groups: usize) {
        for column in &mut self.0 {
            if column.rule == Rule::Skip {
                continue;
            }
            column.grow(groups);
            match &mut column.values {
                Values::Integers(sums, seen) => {
                    let Some(array) = batch.integers(column.name) else { continue };
                    match column.rule {
                        Rule::Any => accumulate(array, kept, sums, seen, i64::max),
                        _ => accumulate(array, kept, sums, seen, i64::saturating_add),
                    }
                }
                Values::Last(last) => {
                    let value = value_of(batch, column.name);
                    for &(row, group) in kept {
                        replace_if_later(&mut last[group as usize], value(row as usize).map(|value| (day, value)));
                    }
                }
            }
        }
    }

    /// Adds one value.
    pub(super) fn add_one(&mut self, column: usize, group: u32, value: i64, groups: usize) {
        let column = &mut self.0[column];
        column.grow(groups);
        if let Values::Integers(sums, seen) = &mut column.values {
            let group = group as usize;
            sums[group] = column.rule.join(sums[group], value);
            seen[group] = true;
        }
    }

    /// Takes in another's groups, renumbered by `renamed`.
    pub(super) fn merge(&mut self, other: &Sums, renamed: &[u32], groups: usize) {
        for (column, theirs) in self.0.iter_mut().zip(&other.0) {
            column.grow(groups);
            match (&mut column.values, &theirs.values) {
                (Values::Integers(sums, seen), Values::Integers(parts, present)) => {
                    for ((&part, &present), &group) in parts.iter().zip(present).zip(renamed) {
                        let group = group as usize;
                        if present {
                            sums[group] = column.rule.join(sums[group], part);
                            seen[group] = true;
                        }
                    }
                }
                (Values::Last(last), Values::Last(parts)) => {
                    for (part, &group) in parts.iter().zip(renamed) {
                        replace_if_later(&mut last[group as usize], *part);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn value(&self, column: usize, group: u32) -> Option<Value> {
        let group = group as usize;
        match &self.0[column].values {
            Values::Integers(sums, seen) => {
                seen.get(group).copied().unwrap_or(false).then(|| Value::Integer(sums[group]))
            }
            Values::Last(last) => last.get(group).copied().flatten().map(|(_, value)| value),
        }
    }
}

/// The loop that most of a report's time goes into: what is the same for all rows is decided outside of it.
fn accumulate(
    array: &Int64Array,
    kept: &[(u32, u32)],
    sums: &mut [i64],
    seen: &mut [bool],
    join: impl Fn(i64, i64) -> i64,
) {
    let values = array.values();
    let mut add = |row: u32, group: u32| {
        let group = group as usize;
        sums[group] = join(sums[group], values[row as usize]);
        seen[group] = true;
    };
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => kept.iter().for_each(|(row, group)| add(*row, *group)),
        Some(nulls) => {
            kept.iter().filter(|(row, _)| nulls.is_valid(*row as usize)).for_each(|(row, group)| add(*row, *group))
        }
    }
}

fn value_of<'b>(batch: &'b Batch, name: &str) -> impl Fn(usize) -> Option<Value> + use<'b> {
    let (floats, integers, times) = (batch.floats(name), batch.integers(name), batch.times(name));
    move |row| {
        let float = floats.filter(|floats| floats.is_valid(row)).map(|floats| Value::Float(floats.value(row)));
        let integer = || integers.filter(|it| it.is_valid(row)).map(|it| Value::Integer(it.value(row)));
        let time = || times.filter(|times| times.is_valid(row)).map(|times| Value::Integer(times.value(row)));
        float.or_else(integer).or_else(time)
    }
}

fn replace_if_later(last: &mut Option<(Day, Value)>, new: Option<(Day, Value)>) {
    if let Some((day, _)) = new
        && last.is_none_or(|(known, _)| known <= day)
    {
        *last = new;
    }
}

impl Rule {
    /// No account does 2^63 of anything; a provider that says so must not stop the report.
    fn join(self, sum: i64, part: i64) -> i64 {
        match self {
            Rule::Any => sum.max(part),
            _ => sum.saturating_add(part),
        }
    }
}

impl Summed {
    fn grow(&mut self, groups: usize) {
        match &mut self.values {
            Values::Integers(sums, seen) if sums.len() < groups => {
                sums.resize(groups, 0);
                seen.resize(groups, false);
            }
            Values::Last(last) if last.len() < groups => last.resize(groups, None),
            _ => {}
        }
    }
}

/// Whether a column holds numbers.
pub(super) fn is_number(column: &Column) -> bool {
    matches!(column.kind, Kind::Integer | Kind::Float | Kind::Time)
}
