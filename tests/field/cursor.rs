//! Reported inputs: cursor.
