//! Reported inputs: notices.
