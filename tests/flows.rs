//! Use cases from end to end: the embedded store, a fixed clock, and the sandbox over real HTTP.

mod apps;
mod bodies;
mod clock;
mod connectors;
mod costs;
mod directories;
mod events;
mod faults;
mod identities;
mod interleavings;
mod keys;
mod load;
mod notices;
mod outages;
mod policy;
mod poll;
mod rebuild;
mod register;
mod rotation;
mod schedule;
mod timelapse;
mod twice;
mod verify;
