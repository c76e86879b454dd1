//! Reported inputs: text.
