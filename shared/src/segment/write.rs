//! Rows into Parquet, with memory bounded by the compressed size.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringDictionaryBuilder, TimestampMillisecondBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use twox_hash::XxHash3_64;

use super::rows::{Column, Kind, Row};
use super::{Segment, read};
use crate::words::{Dataset, Level};

/// Rows kept as plain values before they are encoded, over all segments that are built at once. Encoding empties an
/// encoder for every column, and those take as much memory again; so a segment built alone is encoded in few large row
/// groups, and 28 days at once in small ones.
const ROWS_WAITING: usize = 1 << 17;
const FEWEST_ROWS: usize = 1 << 12;
const MOST_ROWS: usize = 1 << 16;
/// Smaller than 3 and hardly faster to write; 9 costs four times as much for a few percent.
const LEVEL: i32 = 3;

/// Collects the rows of one segment.
pub struct Table {
    dataset: Dataset,
    group_rows: usize,
    columns: Columns,
    rows: u64,
    rows_checksum: u64,
    writer: Option<ArrowWriter<Vec<u8>>>,
}

impl Table {
    pub fn of<R: Row>() -> Self {
        let columns = Columns::new(R::COLUMNS);
        Self { dataset: R::DATASET, group_rows: MOST_ROWS, columns, rows: 0, rows_checksum: 0, writer: None }
    }

    /// Shares the memory with as many others that are built at the same time.
    pub fn among(self, segments: usize) -> Self {
        Self { group_rows: (ROWS_WAITING / segments.max(1)).clamp(FEWEST_ROWS, MOST_ROWS), ..self }
    }

    /// Rows of the dataset that the table is of; another dataset's columns would not fit.
    pub fn push<R: Row>(&mut self, row: &R) -> Result<(), ParquetError> {
        debug_assert_eq!(self.dataset, R::DATASET);
        self.columns.whole = (row.level() == Level::Organization).then(Whole::default);
        row.push(&mut self.columns);
        self.columns.add_to_totals(row.part());
        // A sum, so that the order of rows does not matter.
        self.rows_checksum = self.rows_checksum.wrapping_add(self.columns.fingerprint.finish_row());
        self.columns.rows += 1;
        self.rows += 1;
        if self.columns.rows == self.group_rows {
            self.encode_group()?;
        }
        Ok(())
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn encode_group(&mut self) -> Result<(), ParquetError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            // Later rows may fill any column, so a segment of several row groups has them all.
            None => self.writer.insert(writer(self.columns.schema(true))?),
        };
        writer.write(&self.columns.take(true)?)?;
        writer.flush()
    }

    pub fn finish(mut self) -> Result<Segment, ParquetError> {
        let totals = self.columns.totals();
        let writer = match self.writer {
            Some(mut writer) => {
                if self.columns.rows > 0 {
                    writer.write(&self.columns.take(true)?)?;
                }
                writer
            }
            None => {
                let mut writer = writer(self.columns.schema(false))?;
                writer.write(&self.columns.take(false)?)?;
                writer
            }
        };
        let packed = zstd::bulk::compress(&writer.into_inner()?, LEVEL);
        let bytes = Bytes::from(packed.map_err(|error| ParquetError::External(Box::new(error)))?);
        let checksum = XxHash3_64::oneshot(&bytes);
        Ok(Segment { rows: self.rows, checksum, rows_checksum: Some(self.rows_checksum), bytes, totals })
    }
}

fn writer(schema: SchemaRef) -> Result<ArrowWriter<Vec<u8>>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("pairmeter".to_owned())
        .set_max_row_group_row_count(Some(MOST_ROWS))
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), schema, options)
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
    fingerprint: Fingerprint,
    rows: usize,
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
            fingerprint: Fingerprint::of(defined),
            rows: 0,
        }
    }

    pub(super) fn text(&mut self, index: usize, value: Option<&str>) {
        if let Some(value) = value {
            self.fingerprint.add(index, value.as_bytes());
        }
        if let Some(whole) = self.whole.as_mut().filter(|_| self.defined[index].name == CURRENCY) {
            whole.currency = value.filter(|currency| *currency != US_DOLLAR).map(str::to_owned);
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

    /// The columns a reader will find: all of them, or those with a value.
    fn present(&self, all: bool) -> impl Iterator<Item = usize> + '_ {
        (0..self.defined.len())
            .filter(move |index| all || self.defined[*index].kind == Kind::Key || self.values[*index].is_set())
    }

    fn schema(&self, all: bool) -> SchemaRef {
        let fields = self.present(all).map(|index| {
            let column = self.defined[index];
            Field::new(column.name, read::data_type(column.kind), column.kind != Kind::Key)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn take(&mut self, all: bool) -> Result<RecordBatch, ParquetError> {
        let schema = self.schema(all);
        let present: Vec<usize> = self.present(all).collect();
        let arrays = present.into_iter().map(|index| self.values[index].finish()).collect();
        self.rows = 0;
        Ok(RecordBatch::try_new(schema, arrays)?)
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

    /// Stored ledgers hold this number: another one would write every stored day again.
    #[test]
    fn the_checksum_of_rows_stays_the_same_over_versions() {
        assert_eq!(segment(&[person("1", Some(3))], 1).rows_checksum, Some(4_246_122_988_219_723_064));
    }
}
