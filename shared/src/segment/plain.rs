//! Rows of any dataset as values, for code that changes rows without naming their columns.

use std::marker::PhantomData;
use std::sync::Arc;

use parquet::errors::ParquetError;

use super::columns::Columns;
use super::rows::{Kind, Row};
use super::{Batch, Segment, Table};
use crate::error::StoreError;
use crate::words::{Dataset, Level};

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(Option<Arc<str>>),
    /// Also times.
    Integer(Option<i64>),
    Float(Option<f64>),
}

/// The values of a row, in the column order of `R`.
pub struct Plain<R> {
    pub values: Vec<Value>,
    row: PhantomData<R>,
}

impl<R> Clone for Plain<R> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), row: PhantomData }
    }
}

impl<R> Plain<R> {
    pub fn text(&self, column: usize) -> Option<&str> {
        match self.values.get(column) {
            Some(Value::Text(text)) => text.as_deref(),
            _ => None,
        }
    }

    pub fn integer(&self, column: usize) -> Option<i64> {
        match self.values.get(column) {
            Some(Value::Integer(integer)) => *integer,
            _ => None,
        }
    }

    pub fn set_integer(&mut self, column: usize, integer: Option<i64>) {
        self.values[column] = Value::Integer(integer);
    }
}

impl<R: Row> Plain<R> {
    /// Requests the value of each column by name; float columns are null.
    #[cfg(test)]
    pub(crate) fn of(text: impl Fn(&str) -> Option<Arc<str>>, number: impl Fn(&str) -> Option<i64>) -> Self {
        let value = |column: &super::Column| match column.kind {
            // Keys are never null in a segment.
            Kind::Key => Value::Text(Some(text(column.name).unwrap_or_default())),
            Kind::Text | Kind::Ids => Value::Text(text(column.name)),
            Kind::Integer | Kind::Time => Value::Integer(number(column.name)),
            Kind::Float => Value::Float(None),
        };
        Self { values: R::COLUMNS.iter().map(value).collect(), row: PhantomData }
    }

    /// The integer in the column with this name.
    pub fn named(&self, name: &str) -> Option<i64> {
        self.integer(column::<R>(name)?)
    }

    pub fn named_text(&self, name: &str) -> Option<&str> {
        self.text(column::<R>(name)?)
    }
}

impl<R: Row> Row for Plain<R> {
    const DATASET: Dataset = R::DATASET;
    const COLUMNS: &'static [super::Column] = R::COLUMNS;
    const PART: Option<&'static str> = R::PART;
    const APART: &'static [&'static str] = R::APART;

    fn level(&self) -> Level {
        self.text(0).and_then(Level::parse).unwrap_or_default()
    }

    fn part(&self) -> Option<&str> {
        self.text(column::<R>(R::PART?)?)
    }

    fn push(&self, columns: &mut Columns) {
        for (index, value) in self.values.iter().enumerate() {
            match value {
                Value::Text(text) => columns.text(index, text.as_deref()),
                Value::Integer(integer) => columns.integer(index, *integer),
                Value::Float(float) => columns.float(index, *float),
            }
        }
    }
}

/// The index of a column, if the dataset has it.
pub fn column<R: Row>(name: &str) -> Option<usize> {
    R::COLUMNS.iter().position(|column| column.name == name)
}

impl Segment {
    /// All rows with all their values. Allocates for each row, so not for reports.
    pub fn plain<R: Row>(&self) -> Result<Vec<Plain<R>>, StoreError> {
        let names: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
        let mut rows = Vec::new();
        for batch in self.read::<R>(&names)? {
            let batch = batch?;
            let start = rows.len();
            rows.resize_with(start + batch.rows(), || Plain { values: Vec::new(), row: PhantomData });
            for column in R::COLUMNS {
                let values = values(&batch, column.name, column.kind);
                rows[start..].iter_mut().zip(values).for_each(|(row, value)| row.values.push(value));
            }
        }
        Ok(rows)
    }

    pub fn of_plain<R: Row>(rows: &[Plain<R>]) -> Result<Self, StoreError> {
        let encode = || -> Result<Self, ParquetError> {
            let mut table = Table::of::<R>();
            rows.iter().try_for_each(|row| table.push(row))?;
            table.finish()
        };
        encode().map_err(|error| StoreError::Corrupt(Box::new(error)))
    }
}

/// One column of a batch; null if no row of the segment fills it.
fn values(batch: &Batch, name: &str, kind: Kind) -> Vec<Value> {
    let rows = batch.rows();
    match kind {
        Kind::Key | Kind::Text | Kind::Ids => {
            let Some(texts) = batch.texts(name) else { return vec![Value::Text(None); rows] };
            let distinct: Vec<Arc<str>> = texts.distinct().map(Arc::from).collect();
            let text = |row| texts.key(row).and_then(|key| distinct.get(key).cloned());
            (0..rows).map(|row| Value::Text(text(row))).collect()
        }
        Kind::Integer => match batch.integers(name) {
            Some(integers) => integers.iter().map(Value::Integer).collect(),
            None => vec![Value::Integer(None); rows],
        },
        Kind::Time => match batch.times(name) {
            Some(times) => times.iter().map(Value::Integer).collect(),
            None => vec![Value::Integer(None); rows],
        },
        Kind::Float => match batch.floats(name) {
            Some(floats) => floats.iter().map(Value::Float).collect(),
            None => vec![Value::Float(None); rows],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{Cost, Seat};

    fn written<R: Row>(rows: &[R]) -> Segment {
        let mut table = Table::of::<R>();
        rows.iter().for_each(|row| table.push(row).unwrap());
        table.finish().unwrap()
    }

    #[test]
    fn rows_that_are_read_and_rewritten_have_the_same_bytes() {
        let cost =
            |level, subject, basis, micro| Cost { level, subject, basis, micro_amount: micro, ..Cost::default() };
        let costs = written(&[
            cost(Level::Organization, "octo", "metered", Some(3)),
            cost(Level::Organization, "octo", "list", None),
            cost(Level::User, "", "metered", Some(3)),
        ]);
        assert_eq!(Segment::of_plain(&costs.plain::<Cost<'_>>().unwrap()).unwrap(), costs);
        assert_eq!(costs.totals["metered.micro_amount"], 3);
        let seat = Seat { level: Level::User, subject: "a", last_activity_at: Some(7), ..Seat::default() };
        let seats = written(&[seat]);
        assert_eq!(Segment::of_plain(&seats.plain::<Seat<'_>>().unwrap()).unwrap(), seats);
    }
}
