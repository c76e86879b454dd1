//! A segment: all rows of one (dataset, day) as one Parquet object in zstd frames.
//!
//! All stores hold the same bytes. Unpacked with `zstd -d`, they are a file that DuckDB, Athena or pandas can open. A
//! large segment has the rows about people first and the other rows (account, teams, repositories) last, in separate
//! row groups and frames, so that queries about an account read no people. Parquet could compress each column itself;
//! infra/README.md compares the layouts, and this one is the smallest. Columns that are null in every row are
//! omitted, because half of a small segment is its footer.

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

/// The stored bytes, and the facts that the ledger keeps about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// A Parquet file in zstd frames.
    pub bytes: Bytes,
    /// Without those of [`Level::Member`](crate::words::Level::Member): they have no figures.
    pub rows: u64,
    /// XXH3 of `bytes`.
    pub checksum: u64,
    /// Checksum of the rows, independent of order and encoding; `None` for rows that were stored before this field
    /// existed.
    pub rows_checksum: Option<u64>,
    /// Sums of the integer columns over the account rows, e.g. `active`. If rows of several parts count the same
    /// usage, the name is `part.column`, e.g. `billed.micro_amount`.
    pub totals: std::collections::BTreeMap<String, i64>,
    /// The subject of the account rows, if they have exactly one.
    pub account: Option<AccountSubject>,
}

use crate::words::AccountSubject;
pub use crate::words::MICRO;
