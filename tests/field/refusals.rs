//! Reported inputs: refusals.
