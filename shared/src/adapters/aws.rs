//! The ports on AWS: DynamoDB, Secrets Manager, S3, EventBridge, SQS and SNS.
//!
//! Each client is built on first use. Settings come from [`crate::config`] only.

mod archive;
mod connectors;
mod documents;
mod error;
mod events;
mod identities;
mod notices;
mod notifier;
mod queue;
mod rate_limiter;
mod secrets;
mod segments;
mod store;
mod table;

pub use archive::Archive;
pub use connectors::Connectors;
pub use events::Events;
pub use identities::Identities;
pub use notices::Notices;
pub use notifier::Notifier;
pub use queue::{Queue, REMEMBERED_FOR};
pub use rate_limiter::RateLimiter;
pub use secrets::Secrets;
pub use segments::Segments;
pub use store::Store;
