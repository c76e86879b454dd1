//! A segment: all rows of one (dataset, day) as one Parquet object, in one zstd frame.
//!
//! The same bytes sit in every store; unpacked they are an export that DuckDB, Athena or pandas can open. Parquet could
//! compress by itself, but then every column of every segment makes a compressor or a decompressor of its own: mapping a
//! 28-day report took 164 MB instead of 55, and reading a year of days twice the processor time. Columns that are null
//! in every row are left out: half of a small segment is its footer.

mod merge;
mod plain;
mod read;
mod rows;
mod write;

pub use plain::{Plain, Value, column};
pub use read::{Batch, Opened, Texts};
pub use rows::{
    Activity, Aggregation, Breakdown, Column, Cost, Kind, ModelUsage, PullRequests, Row, Seat, apart, columns,
};
pub use write::Table;

use bytes::Bytes;

/// The stored bytes and what the ledger keeps of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// A zstd frame around a Parquet file.
    pub bytes: Bytes,
    pub rows: u64,
    /// XXH3 of `bytes`.
    pub checksum: u64,
    /// Of the rows; their order and encoding do not count; `None` for rows that were stored before this checksum existed.
    pub rows_checksum: Option<u64>,
    /// Sums of the integer columns over the rows about the whole account, e.g. `active`; where rows of several parts count
    /// the same things over again, `part.column`, e.g. `billed.micro_amount`.
    pub totals: std::collections::BTreeMap<String, i64>,
}

pub use crate::words::MICRO;
