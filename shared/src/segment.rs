//! A segment: all rows of one (dataset, day) as one Parquet object, in zstd frames.
//!
//! The same bytes sit in every store; unpacked (`zstd -d`) they are a file that DuckDB, Athena or pandas can open. A large
//! segment has the rows about people first and the others (account, teams, repositories) last, in row groups and a frame
//! of their own: what is asked of an account reads no people. Parquet could compress by itself, column by column;
//! infra/README.md compares the layouts, and this one is the smallest. Columns that are null in every row are left out:
//! half of a small segment is its footer.

mod columns;
mod frames;
mod merge;
mod plain;
mod read;
mod rows;
mod write;

pub use plain::{Plain, Value, column};
pub use read::{Batch, Batches, Opened, Texts};
pub use rows::{
    Activity, Aggregation, Breakdown, Column, Cost, Kind, ModelUsage, PullRequests, Row, Seat, apart, columns,
};
pub use write::Table;

use bytes::Bytes;

/// The stored bytes and what the ledger keeps of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// A Parquet file in zstd frames.
    pub bytes: Bytes,
    pub rows: u64,
    /// XXH3 of `bytes`.
    pub checksum: u64,
    /// Of the rows; their order and encoding do not count; `None` for rows that were stored before this checksum existed.
    pub rows_checksum: Option<u64>,
    /// Sums of the integer columns over the rows about the whole account, e.g. `active`; where rows of several parts count
    /// the same things over again, `part.column`, e.g. `billed.micro_amount`.
    pub totals: std::collections::BTreeMap<String, i64>,
    /// The subject of the rows about the whole account, where they have exactly one.
    pub account: Option<AccountSubject>,
}

use crate::words::AccountSubject;
pub use crate::words::MICRO;
