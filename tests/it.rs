//! One test binary.

mod flows;
mod oracle;
mod providers;
mod rows;
mod sandbox_world;
