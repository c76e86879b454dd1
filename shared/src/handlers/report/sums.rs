//! Columns folded by group: sums that stay null until a part is not.

use arrow_array::Array;

use super::Value;
use crate::segment::{Batch, Kind, Row};

/// How the values of a group become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Sum,
    /// 1 when any part is: a person who was active on three days is one active person.
    Any,
    /// Not read at all: counted anew, or meaningless over several days.
    Skip,
}

/// One value per group and column; groups are numbered from 0 without gaps.
#[derive(Default)]
pub(crate) struct Sums(Vec<Column>);

struct Column {
    name: &'static str,
    rule: Rule,
    values: Values,
}

enum Values {
    /// Sums, and whether any part was not null.
    Integers(Vec<i64>, Vec<bool>),
    /// The last value: medians cannot be added.
    Floats(Vec<Option<f64>>),
}

impl Sums {
    pub(crate) fn new<R: Row>(names: &'static [&'static str], rule: impl Fn(&str) -> Rule) -> Self {
        let float = |name| {
            let mut columns = R::COLUMNS.iter();
            columns.any(|column| column.name == name && column.kind == Kind::Float)
        };
        let columns = names.iter().map(|&name| Column {
            name,
            rule: rule(name),
            values: if float(name) { Values::Floats(Vec::new()) } else { Values::Integers(Vec::new(), Vec::new()) },
        });
        Self(columns.collect())
    }

    /// The columns to read.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        let read = self.0.iter().filter(|column| column.rule != Rule::Skip);
        read.map(|column| column.name)
    }

    /// Folds `kept`, pairs of row and group, all groups being below `groups`.
    pub(crate) fn add(&mut self, batch: &Batch, kept: &[(u32, u32)], groups: usize) {
        for column in &mut self.0 {
            column.grow(groups);
            if column.rule == Rule::Skip {
                continue;
            }
            match &mut column.values {
                Values::Integers(sums, seen) => {
                    let Some(array) = batch.integers(column.name) else {
                        continue;
                    };
                    let (values, nulls) = (array.values(), array.nulls());
                    for &(row, group) in kept {
                        let (row, group) = (row as usize, group as usize);
                        if nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                            sums[group] = column.rule.join(sums[group], values[row]);
                            seen[group] = true;
                        }
                    }
                }
                Values::Floats(last) => {
                    let Some(array) = batch.floats(column.name) else {
                        continue;
                    };
                    for &(row, group) in kept {
                        let row = row as usize;
                        let value = array.is_valid(row).then(|| array.value(row));
                        last[group as usize] = value.or(last[group as usize]);
                    }
                }
            }
        }
    }

    /// Takes in another's groups, renumbered by `renamed`.
    pub(crate) fn merge(&mut self, other: &Sums, renamed: &[u32], groups: usize) {
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
                (Values::Floats(last), Values::Floats(parts)) => {
                    for (part, &group) in parts.iter().zip(renamed) {
                        last[group as usize] = part.or(last[group as usize]);
                    }
                }
                _ => {}
            }
        }
    }

    /// A group's values in the order of the columns.
    pub(crate) fn group(&self, group: u32) -> impl Iterator<Item = Option<Value>> + '_ {
        let group = group as usize;
        self.0.iter().map(move |column| match &column.values {
            Values::Integers(sums, seen) => {
                let seen = seen.get(group).copied().unwrap_or(false);
                seen.then(|| Value::Integer(sums[group]))
            }
            Values::Floats(last) => last.get(group).copied().flatten().map(Value::Float),
        })
    }
}

impl Rule {
    /// Nobody does 2^63 of anything; a provider that says so must not stop the report.
    fn join(self, sum: i64, part: i64) -> i64 {
        match self {
            Rule::Sum | Rule::Skip => sum.saturating_add(part),
            Rule::Any => sum.max(part),
        }
    }
}

impl Column {
    fn grow(&mut self, groups: usize) {
        match &mut self.values {
            Values::Integers(sums, seen) if sums.len() < groups => {
                sums.resize(groups, 0);
                seen.resize(groups, false);
            }
            Values::Floats(last) if last.len() < groups => last.resize(groups, None),
            _ => {}
        }
    }
}
