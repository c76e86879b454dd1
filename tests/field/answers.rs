//! Reported inputs: answers.
