//! Parquet back into columns: only those that are asked for, texts as dictionary keys.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use arrow_array::{
    Array, BooleanArray, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter,
};

use super::Segment;
use super::rows::{Column, Kind, Row};
use crate::error::StoreError;

/// Rows handed out at once.
const BATCH_ROWS: usize = 1 << 16;
/// What a damaged frame may claim to hold; a day of 100,000 people has some 10 MB.
const MAX_PARQUET: usize = 1 << 30;

pub(super) fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Key | Kind::Text | Kind::Ids => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::Integer => DataType::Int64,
        Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        Kind::Float => DataType::Float64,
    }
}

fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Corrupt(Box::new(error))
}

impl Segment {
    /// The Parquet file, for readers other than ours.
    pub fn parquet(&self) -> Result<Bytes, StoreError> {
        let size = zstd::zstd_safe::get_frame_content_size(&self.bytes).ok().flatten().unwrap_or(0);
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(MAX_PARQUET);
        zstd::bulk::decompress(&self.bytes, size).map(Bytes::from).map_err(corrupt)
    }

    /// Unpacks the segment once, for several reads.
    pub fn open(&self, known: &'static [Column]) -> Result<Opened, StoreError> {
        let parquet = self.parquet()?;
        // Without the Arrow schema in the footer the reader would expand texts row by row; we know better.
        let plain = ArrowReaderMetadata::load(&parquet, ArrowReaderOptions::new()).map_err(corrupt)?;
        let fields: Vec<_> = plain.schema().fields().iter().map(|field| known_field(known, field)).collect();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options).map_err(corrupt)?;
        Ok(Opened { parquet, metadata })
    }

    /// Reads `columns` (names of `R`) in batches; unknown ones of a newer writer are ignored.
    pub fn read<R: Row>(
        &self,
        columns: &[&str],
    ) -> Result<impl Iterator<Item = Result<Batch, StoreError>> + use<R>, StoreError> {
        self.open(R::COLUMNS)?.read(columns)
    }
}

/// An unpacked segment.
pub struct Opened {
    parquet: Bytes,
    metadata: ArrowReaderMetadata,
}

impl Opened {
    /// Whether any row fills this column, or could: keys are always there.
    pub fn has(&self, name: &str) -> bool {
        self.metadata.schema().field_with_name(name).is_ok()
    }

    /// Reads `columns` in batches; unknown ones of a newer writer are ignored.
    pub fn read(
        &self,
        columns: &[&str],
    ) -> Result<impl Iterator<Item = Result<Batch, StoreError>> + use<>, StoreError> {
        batches(self.builder(columns))
    }

    /// Reads only the rows that `keep` is true for, judged by `keys`: the other columns' values in between are skipped,
    /// which costs far less than reading them.
    pub fn read_where<K: FnMut(&Batch) -> Vec<bool> + Send + 'static>(
        &self,
        columns: &[&str],
        keys: &[&str],
        mut keep: K,
    ) -> Result<impl Iterator<Item = Result<Batch, StoreError>> + use<K>, StoreError> {
        let builder = self.builder(columns);
        let mask = ProjectionMask::columns(builder.parquet_schema(), keys.iter().copied());
        let judge = move |batch| Ok(BooleanArray::from(keep(&Batch(batch))));
        let filter = RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, judge))]);
        batches(builder.with_row_filter(filter))
    }

    fn builder(&self, columns: &[&str]) -> ParquetRecordBatchReaderBuilder<Bytes> {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.parquet.clone(), self.metadata.clone());
        builder.with_projection(mask).with_batch_size(BATCH_ROWS)
    }
}

fn batches(
    builder: ParquetRecordBatchReaderBuilder<Bytes>,
) -> Result<impl Iterator<Item = Result<Batch, StoreError>>, StoreError> {
    let reader = builder.build().map_err(corrupt)?;
    Ok(reader.map(|batch| batch.map(Batch).map_err(corrupt)))
}

fn known_field(known: &[Column], field: &Field) -> Field {
    match known.iter().find(|column| column.name == field.name()) {
        Some(column) => Field::new(field.name(), data_type(column.kind), field.is_nullable()),
        None => field.clone(),
    }
}

/// Some rows; a column that no row of the segment fills is absent.
pub struct Batch(RecordBatch);

impl Batch {
    pub fn rows(&self) -> usize {
        self.0.num_rows()
    }

    pub fn texts(&self, name: &str) -> Option<Texts<'_>> {
        let column = self.0.column_by_name(name)?.as_dictionary_opt::<Int32Type>()?;
        Some(Texts { keys: column, values: column.values().as_string_opt::<i32>()? })
    }

    /// For each row, whether its text passes: asked once for each distinct text, not for each row. Null never passes.
    pub fn pass(&self, name: &str, pass: impl Fn(&str) -> bool) -> Vec<bool> {
        let Some(texts) = self.texts(name) else {
            return vec![false; self.rows()];
        };
        let distinct: Vec<bool> = texts.distinct().map(pass).collect();
        let verdict = |key: &i32| distinct.get(*key as usize).copied().unwrap_or(false);
        let keys = texts.keys.keys();
        let mut rows: Vec<bool> = keys.values().iter().map(verdict).collect();
        if let Some(nulls) = keys.nulls() {
            rows.iter_mut().zip(nulls).for_each(|(row, valid)| *row &= valid);
        }
        rows
    }

    pub fn integers(&self, name: &str) -> Option<&Int64Array> {
        self.0.column_by_name(name)?.as_primitive_opt::<Int64Type>()
    }

    pub fn floats(&self, name: &str) -> Option<&Float64Array> {
        self.0.column_by_name(name)?.as_primitive_opt::<Float64Type>()
    }

    pub fn times(&self, name: &str) -> Option<&TimestampMillisecondArray> {
        self.0.column_by_name(name)?.as_primitive_opt::<TimestampMillisecondType>()
    }
}

/// A text column as keys into distinct values.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    keys: &'a DictionaryArray<Int32Type>,
    values: &'a StringArray,
}

impl<'a> Texts<'a> {
    #[inline]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        self.key(row).map(|key| self.values.value(key))
    }

    /// The row's index into [`Texts::distinct`].
    #[inline]
    pub fn key(&self, row: usize) -> Option<usize> {
        self.keys.key(row)
    }

    pub fn distinct(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let values = self.values;
        (0..values.len()).map(move |index| values.value(index))
    }
}

#[cfg(test)]
mod tests {
    use crate::segment::{Activity, Table};
    use crate::words::Level;

    #[test]
    fn what_was_written_is_read_back_and_null_stays_apart_from_zero() {
        let mut table = Table::of::<Activity>();
        for subject in ["1", "2"] {
            let sessions = (subject == "2").then_some(0);
            table.push(&Activity { level: Level::User, subject, sessions, ..Default::default() }).unwrap();
        }
        table.push(&Activity { subject: "octo", active: Some(2), ..Default::default() }).unwrap();
        let segment = table.finish().unwrap();
        assert_eq!((segment.rows, segment.totals["active"]), (3, 2));

        let batches: Vec<_> = segment.read::<Activity>(&["level", "subject", "sessions", "credits"]).unwrap().collect();
        let batch = batches[0].as_ref().unwrap();
        let subjects = batch.texts("subject").unwrap();
        assert_eq!((0..3).map(|row| subjects.get(row).unwrap()).collect::<Vec<_>>(), ["1", "2", "octo"]);
        let sessions: Vec<_> = batch.integers("sessions").unwrap().iter().collect();
        assert_eq!(sessions, [None, Some(0), None]);
        assert!(batch.integers("chat_turns").is_none(), "a column that no row fills is left out");
    }

    #[test]
    fn a_segment_of_many_chunks_is_whole() {
        let mut table = Table::of::<Activity>();
        for number in 0..10_000 {
            let subject = number.to_string();
            table
                .push(&Activity {
                    level: Level::User,
                    subject: &subject,
                    lines_added: Some(number),
                    ..Default::default()
                })
                .unwrap();
        }
        let segment = table.finish().unwrap();
        let sum: i64 = segment
            .read::<Activity>(&["lines_added"])
            .unwrap()
            .map(|batch| batch.unwrap().integers("lines_added").unwrap().iter().flatten().sum::<i64>())
            .sum();
        assert_eq!((segment.rows, sum), (10_000, 49_995_000));
    }
}
