//! Reported inputs: seats.
