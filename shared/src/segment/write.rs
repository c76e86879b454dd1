//! Rows into Parquet, with memory bounded by the compressed size.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringDictionaryBuilder, TimestampMillisecondBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::rows::{Column, Kind, Row};
use super::{Segment, read};
use crate::words::{Dataset, Level};

/// Rows kept uncompressed before they are encoded. 28 days of two datasets are built at once when a 28-day report is
/// read, so this times the row width times 56 must stay far below the memory bar of 64 MB.
const CHUNK_ROWS: usize = 8192;

/// Collects the rows of one segment.
pub struct Table {
    dataset: Dataset,
    columns: Columns,
    rows: u64,
    writer: Option<ArrowWriter<Vec<u8>>>,
}

impl Table {
    pub fn of<R: Row>() -> Self {
        Self { dataset: R::DATASET, columns: Columns::new(R::COLUMNS), rows: 0, writer: None }
    }

    /// Rows of the dataset that the table is of; another dataset's columns would not fit.
    pub fn push<R: Row>(&mut self, row: &R) -> Result<(), ParquetError> {
        debug_assert_eq!(self.dataset, R::DATASET);
        self.columns.sums = row.level() == Level::Organization;
        row.push(&mut self.columns);
        self.columns.rows += 1;
        self.rows += 1;
        if self.columns.rows == CHUNK_ROWS {
            self.encode_chunk()?;
        }
        Ok(())
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn encode_chunk(&mut self) -> Result<(), ParquetError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            // Later chunks may fill any column, so a segment of several chunks has them all.
            None => self.writer.insert(writer(self.columns.schema(true))?),
        };
        writer.write(&self.columns.take(true)?)?;
        // A row group of its own: an open one keeps a compressor of some hundred KB for every column.
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
        let bytes = Bytes::from(writer.into_inner()?);
        let mut hasher = twox_hash::XxHash3_64::new();
        hasher.write(&bytes);
        Ok(Segment { rows: self.rows, checksum: hasher.finish(), bytes, totals })
    }
}

fn writer(schema: SchemaRef) -> Result<ArrowWriter<Vec<u8>>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("pairmeter".to_owned())
        .set_data_page_row_count_limit(2 * CHUNK_ROWS)
        .set_write_batch_size(CHUNK_ROWS)
        .set_max_row_group_row_count(Some(1 << 24))
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), schema, options)
}

/// The values of one chunk, column by column.
#[doc(hidden)]
pub struct Columns {
    defined: &'static [Column],
    values: Vec<Values>,
    /// One running sum per integer column that ever had a value at the level that counts.
    sums_by_column: Vec<Option<i64>>,
    sums: bool,
    rows: usize,
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
            Kind::Key | Kind::Text | Kind::Ids => Values::Text(Box::default(), false),
            Kind::Integer => Values::Integer(Int64Builder::new(), false),
            Kind::Time => Values::Time(TimestampMillisecondBuilder::new().with_timezone("UTC"), false),
            Kind::Float => Values::Float(Float64Builder::new(), false),
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
            sums_by_column: vec![None; defined.len()],
            sums: false,
            rows: 0,
        }
    }

    pub(super) fn text(&mut self, index: usize, value: Option<&str>) {
        if let Values::Text(builder, set) = &mut self.values[index] {
            *set |= value.is_some();
            builder.append_option(value);
        }
    }

    pub(super) fn integer(&mut self, index: usize, value: Option<i64>) {
        match &mut self.values[index] {
            Values::Integer(builder, set) => {
                builder.append_option(value);
                if let Some(value) = value {
                    *set = true;
                    if self.sums {
                        *self.sums_by_column[index].get_or_insert(0) += value;
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
        if let Values::Float(builder, set) = &mut self.values[index] {
            *set |= value.is_some();
            builder.append_option(value);
        }
    }

    fn totals(&self) -> BTreeMap<String, i64> {
        let sums = self.defined.iter().zip(&self.sums_by_column);
        sums.filter_map(|(column, sum)| Some((column.name.to_owned(), (*sum)?))).collect()
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
