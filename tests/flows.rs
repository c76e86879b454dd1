//! Use cases from end to end: the embedded store, a fixed clock, and the sandbox over real HTTP.

mod apps;
mod bodies;
mod clock;
mod connectors;
mod costs;
mod faults;
mod interleavings;
mod keys;
mod outages;
mod policy;
mod poll;
mod rebuild;
mod register;
mod schedule;
mod twice;
mod verify;
