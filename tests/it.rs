//! One test binary: whatever is tested across modules, linked once.

mod contract;
mod embedded;
mod local;
