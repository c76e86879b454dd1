//! Rows into Parquet, with memory bounded by the compressed size.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringDictionaryBuilder, TimestampMillisecondBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use twox_hash::XxHash3_64;

use super::rows::{Column, Kind, Row};
use super::{Segment, frames, read};
use crate::words::{AccountSubject, Dataset, Level};

/// Rows kept as plain values before they are encoded, over all segments that are built at once. Encoding empties an
/// encoder for every column, and those take as much memory again; so a segment built alone is encoded in few large row
/// groups, and 28 days at once in small ones.
const ROWS_WAITING: usize = 1 << 17;
const FEWEST_ROWS: usize = 1 << 12;
const MOST_ROWS: usize = 1 << 16;

/// With fewer rows than this, people and others are one row group and one frame: a second one would be a third of such a
/// segment, and reading all of its rows costs next to nothing.
const FEWEST_APART: u64 = 1000;

/// Collects the rows of one segment.
pub struct Table {
    dataset: Dataset,
    group_rows: usize,
    /// Rows about people.
    people: Columns,
    /// Rows about the account, teams, repositories and whatever is no person: few, and behind
    /// those about people.
    others: Columns,
    rows: u64,
    rows_checksum: u64,
    file: Option<File>,
}

impl Table {
    pub fn of<R: Row>() -> Self {
        Self {
            dataset: R::DATASET,
            group_rows: MOST_ROWS,
            people: Columns::new(R::COLUMNS),
            others: Columns::new(R::COLUMNS),
            rows: 0,
            rows_checksum: 0,
            file: None,
        }
    }

    /// Shares the memory with as many others that are built at the same time.
    pub fn among(self, segments: usize) -> Self {
        Self { group_rows: (ROWS_WAITING / segments.max(1)).clamp(FEWEST_ROWS, MOST_ROWS), ..self }
    }

    /// Rows of the dataset that the table is of; another dataset's columns would not fit.
    pub fn push<R: Row>(&mut self, row: &R) -> Result<(), ParquetError> {
        debug_assert_eq!(self.dataset, R::DATASET);
        let columns = if row.level() == Level::User { &mut self.people } else { &mut self.others };
        columns.whole = (row.level() == Level::Organization).then(Whole::default);
        row.push(columns);
        columns.add_to_totals(row.part());
        // A sum, so that the order of rows does not matter.
        self.rows_checksum = self.rows_checksum.wrapping_add(columns.fingerprint.finish_row());
        columns.rows += 1;
        self.rows += 1;
        for columns in [&mut self.people, &mut self.others] {
            if columns.rows == self.group_rows {
                // Later rows may fill any column, so a segment of several such row groups has them all.
                let file = match &mut self.file {
                    Some(file) => file,
                    None => self.file.insert(File::new(columns.schema(|_| true))?),
                };
                file.add(columns)?;
                file.writer.flush()?;
            }
        }
        Ok(())
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn finish(mut self) -> Result<Segment, ParquetError> {
        let (totals, account) = (self.others.totals(), self.others.account.take_one());
        let mut file = match self.file {
            Some(file) => file,
            None => File::new(self.people.schema(|index| self.people.is_set(index) || self.others.is_set(index)))?,
        };
        file.add(&mut self.people)?;
        let mut cut = 0;
        if self.others.rows > 0 && self.rows >= FEWEST_APART {
            file.writer.flush()?;
            cut = file.writer.bytes_written();
        }
        file.add(&mut self.others)?;
        let bytes = frames::pack(&file.writer.into_inner()?, cut)?;
        let (checksum, rows_checksum) = (XxHash3_64::oneshot(&bytes), Some(self.rows_checksum));
        Ok(Segment { rows: self.rows, checksum, rows_checksum, bytes, totals, account })
    }
}

/// Parquet under construction.
struct File {
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
}

impl File {
    fn new(schema: SchemaRef) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_statistics_enabled(EnabledStatistics::None)
            // A reader learns from it which row groups have rows of a level.
            .set_column_statistics_enabled(ColumnPath::from("level"), EnabledStatistics::Chunk)
            .set_created_by("pairmeter".to_owned())
            .set_max_row_group_row_count(Some(MOST_ROWS))
            .build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options)?;
        Ok(Self { schema, writer })
    }

    /// Empties `columns` into the row group under construction.
    fn add(&mut self, columns: &mut Columns) -> Result<(), ParquetError> {
        match columns.rows {
            0 => Ok(()),
            _ => self.writer.write(&columns.take(&self.schema)?),
        }
    }
}

/// The column that names the currency of a row's amounts. Amounts of two currencies are never added up.
const CURRENCY: &str = "currency";
/// The currency of a total that names none.
const US_DOLLAR: &str = "USD";

/// Part (see [`Row::part`]), and currency if it is another than US dollars.
type Apart = (Option<String>, Option<String>);

/// What a row about the whole account adds to the totals.
#[derive(Default)]
struct Whole {
    /// By the place of the column.
    integers: Vec<(usize, i64)>,
    currency: Option<String>,
}

/// The values of one row group, column by column.
#[doc(hidden)]
pub struct Columns {
    defined: &'static [Column],
    values: Vec<Values>,
    /// By part and currency, one running sum per integer column that ever had a value at the level that counts.
    sums: Vec<(Apart, Vec<Option<i64>>)>,
    /// The row that is being pushed, if it is about the whole account.
    whole: Option<Whole>,
    account: Account,
    fingerprint: Fingerprint,
    rows: usize,
}

/// Whom the rows that count are about.
#[derive(Default)]
enum Account {
    #[default]
    None,
    One(AccountSubject),
    Several,
}

impl Account {
    /// A text of a row that counts, in the order of the columns: the subject comes before its name.
    fn see(&mut self, column: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        match (column, &mut *self) {
            ("subject", Account::None) => *self = Account::One(AccountSubject { id: value.to_owned(), name: None }),
            ("subject", Account::One(one)) if one.id != value => *self = Account::Several,
            ("name", Account::One(one)) if one.name.is_none() => one.name = Some(value.to_owned()),
            _ => {}
        }
    }

    fn take_one(&mut self) -> Option<AccountSubject> {
        match std::mem::take(self) {
            Account::One(one) => Some(one),
            Account::None | Account::Several => None,
        }
    }
}

/// The hash of one row: of the names and values of its columns that are not null. A new column that a row does not fill
/// leaves the hash as it was.
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

enum Values {
    /// Boxed: dictionaries carry a hash table each.
    Text(Box<StringDictionaryBuilder<Int32Type>>, bool),
    Integer(Int64Builder, bool),
    Time(TimestampMillisecondBuilder, bool),
    Float(Float64Builder, bool),
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            // Nothing is set aside: most segments are small, and there are many.
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

    fn finish(&mut self) -> ArrayRef {
        match self {
            Values::Text(builder, _) => Arc::new(builder.finish()),
            Values::Integer(builder, _) => Arc::new(builder.finish()),
            Values::Time(builder, _) => Arc::new(builder.finish()),
            Values::Float(builder, _) => Arc::new(builder.finish()),
        }
    }
}

impl Columns {
    fn new(defined: &'static [Column]) -> Self {
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
            *set |= value.is_some();
            builder.append_option(value);
        }
    }

    pub(super) fn integer(&mut self, index: usize, value: Option<i64>) {
        if let Some(value) = value {
            self.fingerprint.add(index, &value.to_le_bytes());
        }
        match &mut self.values[index] {
            Values::Integer(builder, set) => {
                builder.append_option(value);
                if let Some(value) = value {
                    *set = true;
                    if let Some(whole) = &mut self.whole {
                        whole.integers.push((index, value));
                    }
                }
            }
            Values::Time(builder, set) => {
                *set |= value.is_some();
                builder.append_option(value);
            }
            Values::Text(..) | Values::Float(..) => {}
        }
    }

    pub(super) fn float(&mut self, index: usize, value: Option<f64>) {
        if let Some(value) = value {
            self.fingerprint.add(index, &value.to_bits().to_le_bytes());
        }
        if let Values::Float(builder, set) = &mut self.values[index] {
            *set |= value.is_some();
            builder.append_option(value);
        }
    }

    fn totals(&self) -> BTreeMap<String, i64> {
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

    fn add_to_totals(&mut self, part: Option<&str>) {
        let Some(Whole { integers, currency }) = self.whole.take() else { return };
        let is_of = |((known, of), _): &(Apart, _)| known.as_deref() == part && *of == currency;
        // Few parts and currencies, so a list is enough.
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

    fn is_set(&self, index: usize) -> bool {
        self.values[index].is_set()
    }

    /// Of the keys, and of the other columns that `is_present`.
    fn schema(&self, is_present: impl Fn(usize) -> bool) -> SchemaRef {
        let columns = self.defined.iter().enumerate();
        let present = columns.filter(|(index, column)| column.kind == Kind::Key || is_present(*index));
        let fields =
            present.map(|(_, column)| Field::new(column.name, read::data_type(column.kind), column.kind != Kind::Key));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch, ParquetError> {
        let columns = self.defined.iter().zip(&mut self.values);
        let present = columns.filter(|(column, _)| schema.column_with_name(column.name).is_some());
        let arrays = present.map(|(_, values)| values.finish()).collect();
        self.rows = 0;
        Ok(RecordBatch::try_new(schema.clone(), arrays)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{Activity, Cost};

    fn person(subject: &str, sessions: Option<i64>) -> Activity<'_> {
        Activity { level: Level::User, subject, sessions, ..Activity::default() }
    }

    fn segment(rows: &[Activity<'_>], at_once: usize) -> Segment {
        let mut table = Table::of::<Activity>().among(at_once);
        rows.iter().for_each(|row| table.push(row).unwrap());
        table.finish().unwrap()
    }

    #[test]
    fn totals_of_two_currencies_are_apart_and_dollars_have_no_name() {
        let cost = |basis, currency, micro| Cost {
            level: Level::Organization,
            basis,
            currency,
            micro_amount: Some(micro),
            ..Default::default()
        };
        let mut table = Table::of::<Cost<'_>>();
        for row in [
            cost("billed", Some("USD"), 3),
            cost("billed", Some("EUR"), 5),
            cost("billed", None, 1),
            Cost { level: Level::User, ..cost("billed", Some("EUR"), 5) },
            cost("billed", Some("EUR"), 7),
            cost("list", Some("USD"), 2),
        ] {
            table.push(&row).unwrap();
        }
        let expected = [("billed.EUR.micro_amount", 12), ("billed.micro_amount", 4), ("list.micro_amount", 2)];
        assert_eq!(table.finish().unwrap().totals, expected.map(|(name, total)| (name.to_owned(), total)).into());
    }

    #[test]
    fn the_checksum_of_rows_ignores_their_order_and_encoding() {
        let subjects: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
        let mut rows: Vec<_> = subjects.iter().map(|subject| person(subject, Some(7))).collect();
        let one_group = segment(&rows, 1);
        rows.reverse();
        let many_groups = segment(&rows, 1000);
        assert_ne!(one_group.checksum, many_groups.checksum);
        assert_eq!(one_group.rows_checksum, many_groups.rows_checksum);
    }

    #[test]
    fn the_checksum_of_rows_sees_every_value_and_every_row() {
        let base = [person("1", Some(0)), person("2", None)];
        let of = |rows: &[Activity<'_>]| segment(rows, 1).rows_checksum;
        for other in [
            vec![person("1", None), person("2", None)],
            vec![person("1", None), person("2", Some(0))],
            vec![person("1", Some(0)), person("3", None)],
            vec![person("1", Some(0))],
            vec![person("1", Some(0)), person("2", None), person("2", None)],
            vec![person("1", Some(0)), Activity { lines_added: Some(0), ..person("2", None) }],
            vec![person("1", Some(0)), Activity { level: Level::Team, ..person("2", None) }],
        ] {
            assert_ne!(of(&base), of(&other), "{other:?}");
        }
    }

    #[test]
    fn a_segment_names_its_account_where_it_has_one() {
        let account = |subject, name| Activity { subject, name, active: Some(1), ..Activity::default() };
        let team = Activity { level: Level::Team, subject: "t", name: Some("Web"), ..Activity::default() };
        let of = |rows: &[Activity<'_>]| segment(rows, 1).account.map(|account| (account.id, account.name));
        let octo = |name: Option<&str>| Some(("octo".to_owned(), name.map(str::to_owned)));
        assert_eq!(of(&[person("1", None), team, account("octo", None)]), octo(None));
        assert_eq!(of(&[account("octo", None), team, account("octo", Some("Octo"))]), octo(Some("Octo")));
        assert_eq!(of(&[account("octo", None), account("labs", Some("Labs"))]), None, "their totals are of both");
        assert_eq!(of(&[person("1", None), team]), None);
    }

    /// Stored ledgers hold this number: another one would write every stored day again.
    #[test]
    fn the_checksum_of_rows_stays_the_same_over_versions() {
        assert_eq!(segment(&[person("1", Some(3))], 1).rows_checksum, Some(4_246_122_988_219_723_064));
    }
}
