//! One test binary.

mod flows;
mod golden;
mod house;
mod oracle;
mod providers;
mod records;
mod rows;
mod sandbox_world;
