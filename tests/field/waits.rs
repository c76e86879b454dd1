//! Reported inputs: waits.
