//! What Pairmeter does: one use case, one file, one `run`. A handler holds the ports it uses and nothing else.

#[cfg(test)]
mod example;

pub mod active_people;
pub mod breakdown;
pub mod connectors;
pub mod costs;
pub mod fan_out;
pub mod freshness;
pub mod identities;
pub mod ledger;
pub mod notify_expiry;
pub mod people;
pub mod person;
pub mod poll;
pub mod pull_requests;
pub mod rebuild;
pub mod register;
pub mod report;
pub mod rotate;
pub mod save;
pub mod seats;
pub mod teams;
pub mod tokens;
pub mod usage;
pub mod verify;
