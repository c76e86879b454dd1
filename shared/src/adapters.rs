//! The worlds behind the ports; the same file names on every side.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(any(feature = "aws", feature = "embedded"))]
mod packing;
#[cfg(any(feature = "aws", feature = "embedded"))]
mod succession;
