//! Reported inputs: listings.
