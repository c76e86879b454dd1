//! The rows of a segment under construction as columns, with totals and fingerprints.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringDictionaryBuilder, TimestampMillisecondBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use twox_hash::XxHash3_64;

use super::read;
use super::rows::{Column, Kind, Row};
use crate::words::{AccountSubject, Level};

/// The column with the currency of a row's amounts. Amounts of two currencies are never added up.
const CURRENCY: &str = "currency";
/// The currency of a total without a currency in its name.
const US_DOLLAR: &str = "USD";

/// Part (see [`Row::part`]), and currency if it is not US dollars.
type TotalKey = (Option<String>, Option<String>);

/// Contribution of an account row to the totals.
#[derive(Default)]
struct AccountTotals {
    /// By column index.
    integers: Vec<(usize, i64)>,
    currency: Option<String>,
}

/// The values of one row group, by column.
#[doc(hidden)]
pub struct Columns {
    defined: &'static [Column],
    values: Vec<Values>,
    /// By part and currency: one running sum per integer column that had a value in an account row.
    sums: Vec<(TotalKey, Vec<Option<i64>>)>,
    /// The row being pushed, if it is about the whole account.
    whole: Option<AccountTotals>,
    account: Account,
    fingerprint: Fingerprint,
    rows: usize,
}

/// The subject of the account rows.
#[derive(Default)]
enum Account {
    #[default]
    None,
    One(AccountSubject),
    Several,
}

impl Account {
    /// Reads a text of an account row. Columns come in order: the subject before its name.
    fn see(&mut self, column: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        match (column, &mut *self) {
            ("subject", Account::None) => *self = Account::One(AccountSubject { id: value.to_owned(), name: None }),
            ("subject", Account::One(one)) if one.id != value => *self = Account::Several,
            ("name", Account::One(one)) if one.name.is_none() => one.name = Some(value.to_owned()),
            _ => {}
        }
    }
}

/// The hash of one row: of the names and values of its non-null columns. A new column that a row does not fill does
/// not change the hash.
struct Fingerprint {
    /// A hash of each column's name.
    names: Vec<u64>,
    row: Vec<u8>,
}

impl Fingerprint {
    fn of(defined: &[Column]) -> Self {
        let names = defined.iter().map(|column| XxHash3_64::oneshot(column.name.as_bytes())).collect();
        Self { names, row: Vec::new() }
    }

    fn add(&mut self, column: usize, value: &[u8]) {
        self.row.extend_from_slice(&self.names[column].to_le_bytes());
        self.row.extend_from_slice(&(value.len() as u64).to_le_bytes());
        self.row.extend_from_slice(value);
    }

    fn finish_row(&mut self) -> u64 {
        let hash = XxHash3_64::oneshot(&self.row);
        self.row.clear();
        hash
    }
}

/// Appends a value after `rows` earlier ones.
macro_rules! append {
    ($builder:ident, $set:ident, $rows:expr, $value:ident) => {{
        if !*$set && $value.is_some() {
            $builder.append_nulls($rows);
            *$set = true;
        }
        if *$set {
            $builder.append_option($value);
        }
    }};
}

/// A column, and whether any row has filled it. Until then its builder stays empty: most columns that a provider does
/// not fill are never filled.
enum Values {
    /// Boxed, because each dictionary has a hash table.
    Text(Box<StringDictionaryBuilder<Int32Type>>, bool),
    Integer(Int64Builder, bool),
    Time(TimestampMillisecondBuilder, bool),
    Float(Float64Builder, bool),
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            // Nothing is preallocated: most segments are small, and there are many.
            Kind::Key | Kind::Text | Kind::Ids => {
                Values::Text(Box::new(StringDictionaryBuilder::with_capacity(0, 0, 0)), false)
            }
            Kind::Integer => Values::Integer(Int64Builder::with_capacity(0), false),
            Kind::Time => Values::Time(TimestampMillisecondBuilder::with_capacity(0).with_timezone("UTC"), false),
            Kind::Float => Values::Float(Float64Builder::with_capacity(0), false),
        }
    }

    fn is_set(&self) -> bool {
        match self {
            Values::Text(_, set) | Values::Integer(_, set) | Values::Time(_, set) | Values::Float(_, set) => *set,
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        macro_rules! finish {
            ($builder:ident, $set:ident) => {{
                if !*$set {
                    $builder.append_nulls(rows);
                }
                Arc::new($builder.finish())
            }};
        }
        match self {
            Values::Text(builder, set) => finish!(builder, set),
            Values::Integer(builder, set) => finish!(builder, set),
            Values::Time(builder, set) => finish!(builder, set),
            Values::Float(builder, set) => finish!(builder, set),
        }
    }
}

impl Columns {
    pub(super) fn new(defined: &'static [Column]) -> Self {
        Self {
            defined,
            values: defined.iter().map(|column| Values::new(column.kind)).collect(),
            sums: Vec::new(),
            whole: None,
            account: Account::default(),
            fingerprint: Fingerprint::of(defined),
            rows: 0,
        }
    }

    /// Adds a row and returns its fingerprint.
    pub(super) fn push<R: Row>(&mut self, row: &R) -> u64 {
        self.whole = (row.level() == Level::Organization).then(AccountTotals::default);
        row.push(self);
        self.add_to_totals(row.part());
        self.rows += 1;
        self.fingerprint.finish_row()
    }

    /// Rows that were not taken.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn text(&mut self, index: usize, value: Option<&str>) {
        if let Some(value) = value {
            self.fingerprint.add(index, value.as_bytes());
        }
        if let Some(whole) = &mut self.whole {
            let name = self.defined[index].name;
            if name == CURRENCY {
                whole.currency = value.filter(|currency| *currency != US_DOLLAR).map(str::to_owned);
            }
            self.account.see(name, value);
        }
        if let Values::Text(builder, set) = &mut self.values[index] {
            append!(builder, set, self.rows, value);
        }
    }

    pub(super) fn integer(&mut self, index: usize, value: Option<i64>) {
        if let Some(value) = value {
            self.fingerprint.add(index, &value.to_le_bytes());
        }
        match &mut self.values[index] {
            Values::Integer(builder, set) => {
                append!(builder, set, self.rows, value);
                if let (Some(whole), Some(value)) = (&mut self.whole, value) {
                    whole.integers.push((index, value));
                }
            }
            Values::Time(builder, set) => append!(builder, set, self.rows, value),
            Values::Text(..) | Values::Float(..) => {}
        }
    }

    pub(super) fn float(&mut self, index: usize, value: Option<f64>) {
        if let Some(value) = value {
            self.fingerprint.add(index, &value.to_bits().to_le_bytes());
        }
        if let Values::Float(builder, set) = &mut self.values[index] {
            append!(builder, set, self.rows, value);
        }
    }

    pub(super) fn totals(&self) -> BTreeMap<String, i64> {
        let mut totals = BTreeMap::new();
        for ((part, currency), sums) in &self.sums {
            let name = |column: &Column| {
                let names = part.iter().chain(currency).map(String::as_str).chain([column.name]);
                names.collect::<Vec<_>>().join(".")
            };
            let sums = self.defined.iter().zip(sums);
            totals.extend(sums.filter_map(|(column, sum)| Some((name(column), (*sum)?))));
        }
        totals
    }

    /// The subject of the account rows, if they have exactly one.
    pub(super) fn account(&self) -> Option<AccountSubject> {
        match &self.account {
            Account::One(one) => Some(one.clone()),
            Account::None | Account::Several => None,
        }
    }

    fn add_to_totals(&mut self, part: Option<&str>) {
        let Some(AccountTotals { integers, currency }) = self.whole.take() else { return };
        let is_of = |((known, of), _): &(TotalKey, _)| known.as_deref() == part && *of == currency;
        // There are few parts and currencies, so a list is fast enough.
        let place = self.sums.iter().position(is_of).unwrap_or_else(|| {
            self.sums.push(((part.map(str::to_owned), currency.clone()), vec![None; self.defined.len()]));
            self.sums.len() - 1
        });
        let sums = &mut self.sums[place].1;
        for (index, value) in integers {
            let sum = sums[index].get_or_insert(0);
            *sum = sum.saturating_add(value);
        }
    }

    pub(super) fn is_set(&self, index: usize) -> bool {
        self.values[index].is_set()
    }

    /// The schema of the keys, and of the other columns that `is_present`.
    pub(super) fn schema(&self, is_present: impl Fn(usize) -> bool) -> SchemaRef {
        let columns = self.defined.iter().enumerate();
        let present = columns.filter(|(index, column)| column.kind == Kind::Key || is_present(*index));
        let fields =
            present.map(|(_, column)| Field::new(column.name, read::data_type(column.kind), column.kind != Kind::Key));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// The rows as one batch; columns outside the schema have no value.
    pub(super) fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.rows);
        let columns = self.defined.iter().zip(&mut self.values);
        let present = columns.filter(|(column, _)| schema.column_with_name(column.name).is_some());
        let arrays = present.map(|(_, values)| values.finish(rows)).collect();
        RecordBatch::try_new(schema.clone(), arrays)
    }
}
