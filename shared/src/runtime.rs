//! What drives handlers: the same function names in every world.

#[cfg(feature = "embedded")]
pub mod local;
