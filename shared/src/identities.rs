//! People across connectors: directories from stored rows, persons from directories and an operator's links.

mod mapping;
mod persons;
mod read;
mod suggest;

#[cfg(test)]
mod tests;

pub use mapping::{Match, Matches};
pub use persons::{KnownIdentity, Link, LinkReason, Person, Persons};
pub use read::catch_up;
pub use suggest::{Suggestion, SuggestionReason, suggestions};
