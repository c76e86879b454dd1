//! What every Pairmeter binary shares.

#[cfg(feature = "sandbox")]
pub mod sandbox;
