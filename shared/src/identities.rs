//! People across connectors: directories from stored rows, persons from directories and an operator's links.

mod read;

pub use read::catch_up;
