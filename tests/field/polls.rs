//! Reported inputs: polls.
