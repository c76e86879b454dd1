//! One test binary: whatever is tested across modules, linked once.

mod command_line;
mod contract;
mod embedded;
mod local;
mod openapi;
