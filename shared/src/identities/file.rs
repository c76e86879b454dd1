//! The mapping file: read with all its faults at once, and written so that it can be read again.

mod csv;
mod entries;

#[cfg(test)]
mod tests;

pub use csv::{read_csv, write_csv};
pub use entries::check;

/// A file of 10,000 people with six identities each has about 3 MB. Lambda refuses a request of more than 6 MB.
pub const MAX_MAPPING_BYTES: usize = 4_000_000;
