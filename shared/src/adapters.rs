//! The worlds behind the ports; the same file names on every side.

#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(feature = "embedded")]
mod succession;
