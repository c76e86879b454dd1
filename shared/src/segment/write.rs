//! Writes rows to Parquet. Memory is bounded by the compressed size.

use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use twox_hash::XxHash3_64;

use super::columns::Columns;
use super::rows::Row;
use super::{Segment, frames};
use crate::words::{Dataset, Level};

/// Rows kept as plain values before they are encoded, over all segments under construction. Encoding needs an encoder
/// per column, and these need about as much memory again. So a segment that is built alone is encoded in few large
/// row groups, and 28 days at the same time in small ones.
const MAX_BUFFERED_ROWS: usize = 1 << 17;
const MIN_GROUP_ROWS: usize = 1 << 12;
const MAX_GROUP_ROWS: usize = 1 << 16;

/// With fewer rows, people and others share one row group and frame: a second one would be a third of such a segment,
/// and reading all of its rows is cheap.
const MIN_ROWS_FOR_TWO_FRAMES: u64 = 1000;

/// Collects the rows of one segment.
pub struct Table {
    dataset: Dataset,
    group_rows: usize,
    /// Rows about people.
    people: Columns,
    /// Rows that only name the members of teams.
    members: Columns,
    /// Rows about the account, teams, repositories and other subjects: few, and written after those about people.
    others: Columns,
    /// Not counting `members`.
    rows: u64,
    rows_checksum: u64,
    file: Option<File>,
}

impl Table {
    pub fn of<R: Row>() -> Self {
        Self {
            dataset: R::DATASET,
            group_rows: MAX_GROUP_ROWS,
            people: Columns::new(R::COLUMNS),
            members: Columns::new(R::COLUMNS),
            others: Columns::new(R::COLUMNS),
            rows: 0,
            rows_checksum: 0,
            file: None,
        }
    }

    /// Divides the memory sharing_memory_with this many segments that are built at the same time.
    pub fn sharing_memory_with(self, segments: usize) -> Self {
        Self { group_rows: (MAX_BUFFERED_ROWS / segments.max(1)).clamp(MIN_GROUP_ROWS, MAX_GROUP_ROWS), ..self }
    }

    /// Adds a row of the table's dataset; another dataset's columns would not match.
    pub fn push<R: Row>(&mut self, row: &R) -> Result<(), ParquetError> {
        debug_assert_eq!(self.dataset, R::DATASET);
        let columns = match row.level() {
            Level::User => &mut self.people,
            Level::Member => &mut self.members,
            _ => &mut self.others,
        };
        // A sum, so that the order of rows does not matter.
        self.rows_checksum = self.rows_checksum.wrapping_add(columns.push(row));
        self.rows += u64::from(row.level() != Level::Member);
        for columns in [&mut self.people, &mut self.members, &mut self.others] {
            if columns.rows() == self.group_rows {
                // Later rows may fill any column, so a segment with several such row groups has all columns.
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
        let (totals, account) = (self.others.totals(), self.others.account());
        let mut file = match self.file {
            Some(file) => file,
            None => {
                let all = [&self.people, &self.members, &self.others];
                File::new(self.people.schema(|index| all.iter().any(|columns| columns.is_set(index))))?
            }
        };
        let mut cut = 0;
        let is_large = self.rows + self.members.rows() as u64 >= MIN_ROWS_FOR_TWO_FRAMES;
        file.add(&mut self.people)?;
        if is_large && self.members.rows() > 0 {
            // A reader of figures skips them.
            file.writer.flush()?;
        }
        file.add(&mut self.members)?;
        if self.others.rows() > 0 && is_large {
            file.writer.flush()?;
            cut = file.writer.bytes_written();
        }
        file.add(&mut self.others)?;
        let bytes = frames::pack(&file.writer.into_inner()?, cut)?;
        let (checksum, rows_checksum) = (XxHash3_64::oneshot(&bytes), Some(self.rows_checksum));
        Ok(Segment { rows: self.rows, checksum, rows_checksum, bytes, totals, account })
    }
}

/// A Parquet file under construction.
struct File {
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
}

impl File {
    fn new(schema: SchemaRef) -> Result<Self, ParquetError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_statistics_enabled(EnabledStatistics::None)
            // The statistics tell readers which row groups have rows of a level.
            .set_column_statistics_enabled(ColumnPath::from("level"), EnabledStatistics::Chunk)
            .set_created_by("pairmeter".to_owned())
            .set_max_row_group_row_count(Some(MAX_GROUP_ROWS))
            .build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options)?;
        Ok(Self { schema, writer })
    }

    /// Moves `columns` into the current row group.
    fn add(&mut self, columns: &mut Columns) -> Result<(), ParquetError> {
        match columns.rows() {
            0 => Ok(()),
            _ => self.writer.write(&columns.take(&self.schema)?),
        }
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
        let mut table = Table::of::<Activity>().sharing_memory_with(at_once);
        rows.iter().for_each(|row| table.push(row).unwrap());
        table.finish().unwrap()
    }

    #[test]
    fn totals_per_currency_are_separate_and_dollars_are_unnamed() {
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
    fn a_column_is_null_before_the_first_row_that_fills_it() {
        let subjects: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
        for (filled, at_once) in [(10, 1), (10, 1000), (4_999, 1), (4_999, 1000)] {
            let sessions = |number| (number == filled).then_some(7);
            let rows = subjects.iter().enumerate().map(|(number, subject)| person(subject, sessions(number)));
            let segment = segment(&rows.collect::<Vec<_>>(), at_once);
            let batches = segment.read::<Activity>(&["sessions"]).unwrap();
            let read =
                batches.flat_map(|batch| batch.unwrap().integers("sessions").unwrap().iter().collect::<Vec<_>>());
            let expected = (0..5_000).map(sessions);
            assert!(read.eq(expected), "{filled} {at_once}");
        }
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
    fn the_checksum_of_rows_covers_every_value_and_row() {
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
    fn a_segment_names_its_account_if_it_has_one() {
        let account = |subject, name| Activity { subject, name, active: Some(1), ..Activity::default() };
        let team = Activity { level: Level::Team, subject: "t", name: Some("Web"), ..Activity::default() };
        let of = |rows: &[Activity<'_>]| segment(rows, 1).account.map(|account| (account.id, account.name));
        let octo = |name: Option<&str>| Some(("octo".to_owned(), name.map(str::to_owned)));
        assert_eq!(of(&[person("1", None), team, account("octo", None)]), octo(None));
        assert_eq!(of(&[account("octo", None), team, account("octo", Some("Octo"))]), octo(Some("Octo")));
        assert_eq!(of(&[account("octo", None), account("labs", Some("Labs"))]), None, "the totals cover both");
        assert_eq!(of(&[person("1", None), team]), None);
    }

    /// Stored ledgers contain this number: with another one, every stored day would be written again.
    #[test]
    fn the_checksum_of_rows_is_stable_across_versions() {
        assert_eq!(segment(&[person("1", Some(3))], 1).rows_checksum, Some(4_246_122_988_219_723_064));
    }
}
