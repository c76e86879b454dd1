//! The ports on one machine: a folder with a SQLite file, sealed secrets and an archive of raw reports.
//!
//! Several processes may open one folder at once, e.g. a server and the command line.

mod archive;
mod connectors;
mod error;
mod events;
mod files;
mod identities;
mod key;
mod notices;
mod notifier;
mod queue;
mod rate_limiter;
mod schedule;
mod schema;
mod secrets;
mod segments;
mod store;

pub use archive::Archive;
pub use connectors::Connectors;
pub use events::Events;
pub use identities::Identities;
pub use notices::Notices;
pub use notifier::{BadSmtp, Notifier};
pub use queue::{DeadJob, Delivery, MAX_ATTEMPTS, Queue, REMEMBERED_FOR, Receipt, Retried};
pub use rate_limiter::RateLimiter;
pub use schedule::Schedule;
pub use secrets::Secrets;
pub use segments::Segments;
pub use store::Store;
