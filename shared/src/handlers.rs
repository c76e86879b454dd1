//! One use case, one file, one `run`. A handler holds the ports it uses and nothing else.

pub mod breakdown;
pub mod freshness;
pub mod ledger;
pub mod people;
pub mod pull_requests;
pub mod report;
pub mod seats;
pub mod usage;
