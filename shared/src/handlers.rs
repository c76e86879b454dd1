//! What Pairmeter does: one use case, one file, one `run`. A handler takes only the ports it uses.

pub mod connectors;
pub mod fan_out;
pub mod poll;
pub mod rebuild;
pub mod save;
pub mod verify;
