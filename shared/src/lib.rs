//! What every Pairmeter binary shares: words, ports, providers, handlers and the two worlds around them.
//!
//! The one-way rule: functions -> [`runtime`] -> [`app`] -> [`handlers`] -> [`providers`] and [`ports`] -> [`words`].

pub mod adapters;
pub mod app;

pub mod clock;
pub mod config;
pub mod error;
pub mod handlers;
pub mod http;
pub mod identities;
pub mod ports;
pub mod providers;
pub mod query;
pub mod runtime;
pub mod segment;
pub mod words;
