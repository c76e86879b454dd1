//! Reads Parquet into columns: only the requested ones, with texts as dictionary keys.

use std::sync::{Arc, Mutex, PoisonError};

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
use parquet::file::metadata::RowGroupMetaData;

use super::Segment;
use super::frames::Frames;
use super::rows::{Column, Kind, Row};
use crate::error::StoreError;
use crate::words::Level;

/// Rows per batch.
const BATCH_ROWS: usize = 1 << 16;
const LEVEL: &str = "level";

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
    /// The Parquet file, for other readers.
    pub fn parquet(&self) -> Result<Bytes, StoreError> {
        Frames::of(self.bytes.clone()).and_then(|frames| frames.file()).map_err(corrupt)
    }

    /// Opens the segment for several reads, which share unpacked frames.
    pub fn open(&self, known: &'static [Column]) -> Result<Opened, StoreError> {
        let parquet = Frames::of(self.bytes.clone()).map_err(corrupt)?;
        // Without the Arrow schema in the footer, the reader would expand texts row by row; the known columns avoid
        // that.
        let plain = ArrowReaderMetadata::load(&parquet, ArrowReaderOptions::new()).map_err(corrupt)?;
        let fields: Vec<_> = plain.schema().fields().iter().map(|field| known_field(known, field)).collect();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options).map_err(corrupt)?;
        Ok(Opened { parquet, metadata })
    }

    /// Reads `columns` (names of `R`) in batches; unknown columns of a newer writer are ignored.
    pub fn read<R: Row>(&self, columns: &[&str]) -> Result<Batches, StoreError> {
        self.open(R::COLUMNS)?.read(columns)
    }
}

/// Rows in batches.
pub type Batches = Box<dyn Iterator<Item = Result<Batch, StoreError>>>;

/// An unpacked segment.
pub struct Opened {
    parquet: Frames,
    metadata: ArrowReaderMetadata,
}

impl Opened {
    /// Whether any row may fill this column; keys always exist.
    pub fn has(&self, name: &str) -> bool {
        self.metadata.schema().field_with_name(name).is_ok()
    }

    /// Reads `columns` in batches; unknown columns of a newer writer are ignored.
    pub fn read(&self, columns: &[&str]) -> Result<Batches, StoreError> {
        let all = 0..self.metadata.metadata().num_row_groups();
        self.batches(columns, all.collect(), None)
    }

    /// Reads only the rows for which `keep` is true, judged by `keys`. Skipping the other columns' values costs far
    /// less than reading them. `keep` accepts only rows of `levels`, but may be called for others.
    pub fn read_where(
        &self,
        columns: &[&str],
        levels: &[Level],
        keys: &[&str],
        keep: impl FnMut(&Batch) -> Vec<bool> + Send + 'static,
    ) -> Result<Batches, StoreError> {
        let groups = self.groups_with(levels).into_iter().map(|(group, _)| group).collect();
        self.batches(columns, groups, Some(self.filter(keys, keep)))
    }

    /// Reads only the rows of these levels. Row groups without such rows are neither read nor unpacked, so numbers of
    /// an account or team do not cost the reading of people's rows.
    pub fn read_levels(&self, columns: &[&str], levels: &[Level]) -> Result<Batches, StoreError> {
        let groups = self.groups_with(levels);
        let is_exact = groups.iter().all(|(_, is_within)| *is_within);
        let names: Vec<&str> = levels.iter().map(|level| level.as_str()).collect();
        let keep = move |batch: &Batch| batch.pass(LEVEL, |level| names.contains(&level));
        let filter = (!is_exact).then(|| self.filter(&[LEVEL], keep));
        self.batches(columns, groups.into_iter().map(|(group, _)| group).collect(), filter)
    }

    /// The row groups that may have rows of these levels, and whether all of their rows are of these levels.
    fn groups_with(&self, levels: &[Level]) -> Vec<(usize, bool)> {
        let groups = self.metadata.metadata().row_groups().iter().map(LevelRange::of).enumerate();
        let known = groups.map(|(group, range)| match range {
            Some(range) => (group, range.has_any(levels), range.is_within(levels)),
            None => (group, true, false),
        });
        known.filter(|(_, has_any, _)| *has_any).map(|(group, _, is_within)| (group, is_within)).collect()
    }

    fn filter(&self, keys: &[&str], keep: impl FnMut(&Batch) -> Vec<bool> + Send + 'static) -> Filter {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), keys.iter().copied());
        Filter { mask, keep: Arc::new(Mutex::new(keep)) }
    }

    /// No batch has rows of two row groups: their dictionaries differ, and merging them costs more than everything
    /// else.
    fn batches(&self, columns: &[&str], groups: Vec<usize>, filter: Option<Filter>) -> Result<Batches, StoreError> {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), columns.iter().copied());
        let reader = |group| {
            let (parquet, metadata) = (self.parquet.clone(), self.metadata.clone());
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(parquet, metadata)
                .with_projection(mask.clone())
                .with_batch_size(BATCH_ROWS)
                .with_row_groups(vec![group]);
            match &filter {
                Some(filter) => builder.with_row_filter(filter.row_filter()).build(),
                None => builder.build(),
            }
        };
        let readers = groups.into_iter().map(reader).collect::<Result<Vec<_>, _>>().map_err(corrupt)?;
        Ok(Box::new(readers.into_iter().flatten().map(|batch| batch.map(Batch).map_err(corrupt))))
    }
}

type Keep = dyn FnMut(&Batch) -> Vec<bool> + Send;

/// Selects rows by the values of some columns.
struct Filter {
    mask: ProjectionMask,
    keep: Arc<Mutex<Keep>>,
}

impl Filter {
    fn row_filter(&self) -> RowFilter {
        let keep = self.keep.clone();
        let judge = move |batch| {
            let mut keep = keep.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(BooleanArray::from(keep(&Batch(batch))))
        };
        RowFilter::new(vec![Box::new(ArrowPredicateFn::new(self.mask.clone(), judge))])
    }
}

/// The first and the last level of a row group's rows, in order of name.
struct LevelRange {
    first: String,
    last: String,
}

impl LevelRange {
    /// `None` if the writer stored no statistics.
    fn of(group: &RowGroupMetaData) -> Option<Self> {
        let level = group.columns().iter().find(|column| column.column_path().string() == LEVEL)?;
        let statistics = level.statistics()?;
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        Some(Self { first: text(statistics.min_bytes_opt()?)?, last: text(statistics.max_bytes_opt()?)? })
    }

    /// May have rows of one of `levels`.
    fn has_any(&self, levels: &[Level]) -> bool {
        levels.iter().any(|level| (self.first.as_str()..=self.last.as_str()).contains(&level.as_str()))
    }

    /// Has only rows of `levels`.
    fn is_within(&self, levels: &[Level]) -> bool {
        let is_possible = |level: &&Level| self.has_any(&[**level]);
        Level::ALL.iter().filter(is_possible).all(|level| levels.contains(level))
    }
}

fn known_field(known: &[Column], field: &Field) -> Field {
    match known.iter().find(|column| column.name == field.name()) {
        Some(column) => Field::new(field.name(), data_type(column.kind), field.is_nullable()),
        None => field.clone(),
    }
}

/// Some rows. A column that no row of the segment fills is absent.
pub struct Batch(RecordBatch);

impl Batch {
    pub fn rows(&self) -> usize {
        self.0.num_rows()
    }

    pub fn texts(&self, name: &str) -> Option<Texts<'_>> {
        let column = self.0.column_by_name(name)?.as_dictionary_opt::<Int32Type>()?;
        Some(Texts { keys: column, values: column.values().as_string_opt::<i32>()? })
    }

    /// For each row, whether its text passes. `pass` is called once per distinct text. Null never passes.
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

/// A text column as keys of distinct values.
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

    pub fn has_nulls(&self) -> bool {
        self.keys.null_count() > 0
    }

    pub fn distinct(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let values = self.values;
        (0..values.len()).map(move |index| values.value(index))
    }
}

#[cfg(test)]
mod tests {
    use crate::segment::{Activity, Row, Segment, Table};
    use crate::words::Level;

    #[test]
    fn written_rows_are_read_back_and_null_differs_from_zero() {
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
    fn only_rows_of_the_requested_levels_are_read() {
        let mut table = Table::of::<Activity>();
        let rows = [(Level::User, "1"), (Level::Organization, "octo"), (Level::Team, "t"), (Level::User, "2")];
        for (level, subject) in rows {
            table.push(&Activity { level, subject, ..Default::default() }).unwrap();
        }
        let segment = table.finish().unwrap();
        let read = |levels: &[Level]| -> Vec<String> {
            let batches = segment.open(Activity::COLUMNS).unwrap().read_levels(&["subject"], levels).unwrap();
            let subjects = batches.flat_map(|batch| {
                let batch = batch.unwrap();
                let subjects = batch.texts("subject").unwrap();
                (0..batch.rows()).map(|row| subjects.get(row).unwrap().to_owned()).collect::<Vec<_>>()
            });
            subjects.collect()
        };
        assert_eq!(read(&[Level::Organization]), ["octo"]);
        assert_eq!(read(&[Level::Team, Level::Organization]), ["octo", "t"]);
        assert_eq!(read(&[Level::User]), ["1", "2"]);
        assert_eq!(read(&[Level::Repository]), [] as [&str; 0]);
        assert_eq!(read(&[]), [] as [&str; 0]);
    }

    fn crowd() -> Segment {
        let mut table = Table::of::<Activity>();
        table.push(&Activity { subject: "octo", active: Some(5000), ..Default::default() }).unwrap();
        for number in 0..5000 {
            let subject = number.to_string();
            table.push(&Activity { level: Level::User, subject: &subject, ..Default::default() }).unwrap();
        }
        table.push(&Activity { level: Level::Team, subject: "t", active: Some(7), ..Default::default() }).unwrap();
        table.finish().unwrap()
    }

    #[test]
    fn members_are_read_apart_and_are_not_counted() {
        for count in [10, 9_000] {
            let mut table = Table::of::<Activity>();
            let subjects: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            for (number, subject) in subjects.iter().enumerate() {
                let (level, teams) = if number % 2 == 0 { (Level::User, None) } else { (Level::Member, Some("1")) };
                table.push(&Activity { level, subject, teams, ..Default::default() }).unwrap();
            }
            table.push(&Activity { subject: "octo", active: Some(count / 2), ..Default::default() }).unwrap();
            let segment = table.finish().unwrap();
            assert_eq!(segment.rows, count as u64 / 2 + 1);
            let opened = segment.open(Activity::COLUMNS).unwrap();
            let rows = |level: Level| -> usize {
                opened.read_levels(&["subject"], &[level]).unwrap().map(|batch| batch.unwrap().rows()).sum()
            };
            let (people, members) = (rows(Level::User), rows(Level::Member));
            assert_eq!((people, members, rows(Level::Organization)), (count as usize / 2, count as usize / 2, 1));
            let is_exact = opened.groups_with(&[Level::User]).iter().all(|(_, is_within)| *is_within);
            assert_eq!(is_exact, count > 1000, "no filter is needed for people of a large segment");
        }
    }

    #[test]
    fn rows_about_an_account_are_read_without_the_people() {
        let mut segment = crowd();
        let mut bytes = segment.bytes.to_vec();
        // Inside the frame of the people, after its header.
        bytes[40..1000].fill(0xff);
        segment.bytes = bytes.into();
        let opened = segment.open(Activity::COLUMNS).unwrap();
        let active = |levels: &[Level]| -> Vec<_> {
            let batches = opened.read_levels(&["active"], levels).unwrap();
            batches.flat_map(|batch| batch.unwrap().integers("active").unwrap().iter().collect::<Vec<_>>()).collect()
        };
        assert_eq!(active(&[Level::Organization]), [Some(5000)]);
        assert_eq!(active(&[Level::Organization, Level::Team]), [Some(5000), Some(7)]);
        let people = opened.read_levels(&["active"], &[Level::User]);
        assert!(people.is_err() || people.is_ok_and(|mut batches| batches.any(|batch| batch.is_err())));
    }

    #[test]
    fn the_unpacked_frames_of_a_segment_are_a_parquet_file() {
        let file = crowd().parquet().unwrap();
        assert_eq!((&file[..4], &file[file.len() - 4..]), (b"PAR1".as_slice(), b"PAR1".as_slice()));
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 10_000).unwrap();
        assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 5002);
    }

    #[test]
    fn a_damaged_segment_never_makes_the_reader_panic() {
        let segment = crowd();
        for length in [0, 1, 30, segment.bytes.len() / 2, segment.bytes.len() - 1] {
            let cut = Segment { bytes: segment.bytes.slice(..length), ..segment.clone() };
            assert!(cut.parquet().is_err() || length == 0, "{length}");
            assert!(cut.open(Activity::COLUMNS).is_err(), "{length}");
        }
    }

    #[test]
    fn a_segment_of_many_chunks_is_complete() {
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
