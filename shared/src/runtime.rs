//! What drives handlers: the same function names in every world.

#[cfg(feature = "aws")]
pub mod lambda;
#[cfg(feature = "embedded")]
pub mod local;
#[cfg(any(feature = "aws", feature = "embedded"))]
mod log;

#[cfg(any(feature = "aws", feature = "embedded"))]
use std::time::Duration;

/// The pause before the second attempt if the failure names none; each later pause is four times as long.
#[cfg(any(feature = "aws", feature = "embedded"))]
const FIRST_PAUSE: Duration = Duration::from_secs(30);
#[cfg(any(feature = "aws", feature = "embedded"))]
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// How long a job waits after its attempt with this number has failed.
#[cfg(any(feature = "aws", feature = "embedded"))]
fn backoff(attempt: u32) -> Duration {
    pause(FIRST_PAUSE, 4, attempt).min(LONGEST_PAUSE)
}

#[cfg(any(feature = "aws", feature = "embedded"))]
fn pause(first: Duration, factor: u32, failures: u32) -> Duration {
    first.saturating_mul(factor.saturating_pow(failures.saturating_sub(1)))
}
