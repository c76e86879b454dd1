//! Reported inputs: github.
