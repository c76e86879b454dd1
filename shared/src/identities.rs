//! People across connectors: directories from stored rows, persons from directories and an operator's links.

mod decide;
mod file;
mod keep;
mod mapping;
mod persons;
mod read;
mod suggest;

#[cfg(test)]
mod tests;

pub use decide::{Decided, decide};
pub use file::{MAX_MAPPING_BYTES, check, read_csv, write_csv};
pub use keep::keep_directory;
pub use mapping::{Ambiguous, Match, Matches};
pub use persons::{KnownIdentity, Link, LinkReason, Person, Persons};
pub use read::{catch_up, is_behind};
pub use suggest::{Suggestion, SuggestionReason, suggestions};
