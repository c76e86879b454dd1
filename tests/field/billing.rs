//! Reported inputs: billing.
