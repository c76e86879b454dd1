//! One test binary: all tests across modules, linked once.

mod aws;
mod carry_over;
mod command_line;
mod contract;
mod embedded;
mod emulator;
mod field;
mod flows;
mod golden;
mod house;
mod local;
mod mailbox;
mod openapi;
mod oracle;
mod page;
mod providers;
mod rate_limit;
mod records;
mod refusals;
mod rows;
mod sandbox_world;
mod stingy;
mod stored_format;
