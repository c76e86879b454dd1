//! The implementations of the ports: one on AWS, one embedded. Both sides have the same file names.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(any(feature = "aws", feature = "embedded"))]
mod packing;
#[cfg(any(feature = "aws", feature = "embedded"))]
mod succession;
