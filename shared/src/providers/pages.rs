//! Maps pages of JSON to segments. Each provider implements how a page is read.

use std::collections::BTreeMap;

use parquet::errors::ParquetError;

use super::fields::{Field, NewFields, read_record};
use super::json::Repair;
use super::{Mapped, Mapper, Report};
use crate::error::ProviderError;
use crate::segment::{Activity, Breakdown, Cost, ModelUsage, Row, Seat, Table};
use crate::words::{Account, Dataset, Day};

/// Receives rows: a writer of segments, or a preview, which must not link that writer.
pub(super) trait Rows {
    fn activity(&mut self, day: Day, row: &Activity<'_>);
    fn model_usage(&mut self, day: Day, row: &ModelUsage<'_>);
    fn cost(&mut self, day: Day, row: &Cost<'_>);
    fn breakdown(&mut self, day: Day, row: &Breakdown<'_>);
    fn seat(&mut self, day: Day, row: &Seat<'_>);

    /// The provider has no data of this kind for the day: a gap, not zero.
    fn unknown(&mut self, _day: Day, _dataset: Dataset) {}
}

/// Reads the pages of a batch. Pure; pages arrive ordered by rank, then by number.
pub(super) trait Reading: Send {
    /// Known fields that are not read. Sorted.
    const KNOWN: &'static [&'static str];

    /// Reads one whole page. Returns the number of records in it.
    fn page(&mut self, report: &Report, page: &ListingPage<'_>) -> Result<u64, ProviderError>;

    /// Emits the rows after all pages were read. Rows of days outside the reports are dropped.
    fn rows(&mut self, account: &Account, to: &mut dyn Rows);
}

/// One answer of a listing.
pub(super) struct ListingPage<'a> {
    pub(super) report: &'static str,
    pub(super) number: u64,
    pub(super) body: &'a [u8],
    pub(super) new: &'a NewFields,
    pub(super) repair: &'a Repair,
}

impl<'a> ListingPage<'a> {
    /// Reads the page as one record.
    pub(super) fn read<T: Field<'a>>(&self) -> Result<T, ProviderError> {
        read_record(self.body, self.repair, self.new).map_err(|error| {
            if error.is_data() {
                self.malformed(&self.new.failure("the page"))
            } else if error.is_eof() {
                // It was most likely truncated in transit.
                ProviderError::Unavailable { detail: format!("{}: page {} is truncated", self.report, self.number) }
            } else {
                self.malformed("it is not JSON")
            }
        })
    }

    /// Returns the list, without which the page is malformed.
    pub(super) fn list<T>(&self, name: &str, list: Option<Vec<T>>) -> Result<Vec<T>, ProviderError> {
        list.ok_or_else(|| self.malformed(&format!("it has no {name}")))
    }

    pub(super) fn malformed(&self, what: &str) -> ProviderError {
        ProviderError::Malformed { detail: format!("{}: page {}: {what}", self.report, self.number) }
    }
}

/// Maps a batch of pages with a provider's reader.
pub(super) struct Pages<R> {
    account: Account,
    reading: R,
    report: Option<Report>,
    page: Vec<u8>,
    number: u64,
    new: NewFields,
    records: u64,
    tables: Tables,
}

impl<R: Reading> Pages<R> {
    pub(super) fn new(account: &Account, reading: R, days_at_once: usize) -> Self {
        Self {
            account: account.clone(),
            reading,
            report: None,
            page: Vec::new(),
            number: 0,
            new: NewFields::beside(R::KNOWN),
            records: 0,
            tables: Tables { at_once: days_at_once, tables: BTreeMap::new(), failed: None },
        }
    }
}

impl<R: Reading> Mapper for Pages<R> {
    fn begin(&mut self, report: &Report) {
        for day in report.days.iter() {
            for dataset in report.feeds {
                self.tables.open(*dataset, day);
            }
        }
        self.page.clear();
        self.number = 0;
        self.report = Some(report.clone());
    }

    fn read(&mut self, piece: &[u8]) -> Result<(), ProviderError> {
        self.page.extend_from_slice(piece);
        Ok(())
    }

    fn end_body(&mut self) -> Result<(), ProviderError> {
        let Some(report) = &self.report else { return Ok(()) };
        self.number += 1;
        let page = ListingPage {
            report: report.name,
            number: self.number,
            body: &self.page,
            new: &self.new,
            repair: &Repair::new(),
        };
        self.records += self.reading.page(report, &page)?;
        self.page.clear();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Mapped, ProviderError> {
        self.reading.rows(&self.account, &mut self.tables);
        let Tables { tables, failed, .. } = self.tables;
        let encoding = |error| ProviderError::Malformed { detail: format!("a segment could not be encoded: {error}") };
        if let Some(error) = failed {
            return Err(encoding(error));
        }
        let (records, rounded) = (self.records, self.new.rounded.get());
        let mut mapped = Mapped { records, rounded, unknown_fields: self.new.into_counts(), ..Mapped::default() };
        for (key, table) in tables {
            mapped.segments.insert(key, table.finish().map_err(encoding)?);
        }
        Ok(mapped)
    }
}

/// The segments of the reports' days.
struct Tables {
    at_once: usize,
    tables: BTreeMap<(Dataset, Day), Table>,
    failed: Option<ParquetError>,
}

impl Tables {
    fn open(&mut self, dataset: Dataset, day: Day) {
        let table = match dataset {
            Dataset::Activity => Table::of::<Activity>,
            Dataset::ModelUsage => Table::of::<ModelUsage>,
            Dataset::Cost => Table::of::<Cost>,
            Dataset::Breakdown => Table::of::<Breakdown>,
            Dataset::Seats => Table::of::<Seat>,
            // Only a provider whose reports are not pages has pull requests.
            Dataset::PullRequests => return,
        };
        self.tables.entry((dataset, day)).or_insert_with(|| table().sharing_memory_with(self.at_once));
    }

    fn push<R: Row>(&mut self, day: Day, row: &R) {
        let Some(table) = self.tables.get_mut(&(R::DATASET, day)) else { return };
        if let Err(error) = table.push(row) {
            self.failed.get_or_insert(error);
        }
    }
}

impl Rows for Tables {
    fn activity(&mut self, day: Day, row: &Activity<'_>) {
        self.push(day, row);
    }

    fn model_usage(&mut self, day: Day, row: &ModelUsage<'_>) {
        self.push(day, row);
    }

    fn cost(&mut self, day: Day, row: &Cost<'_>) {
        self.push(day, row);
    }

    fn breakdown(&mut self, day: Day, row: &Breakdown<'_>) {
        self.push(day, row);
    }

    fn seat(&mut self, day: Day, row: &Seat<'_>) {
        self.push(day, row);
    }

    fn unknown(&mut self, day: Day, dataset: Dataset) {
        self.tables.remove(&(dataset, day));
    }
}

/// Adds a count to a sum that is null until the first count.
pub(super) fn add(sum: &mut Option<i64>, count: Option<i64>) {
    if let Some(count) = count {
        *sum = Some(sum.unwrap_or(0).saturating_add(count));
    }
}
