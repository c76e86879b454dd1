//! The Lambdas' world: DynamoDB tables, Secrets Manager, S3, EventBridge, SQS and SNS.
//!
//! No client is made before its service is needed, and settings come from [`crate::config`] alone.

mod archive;
mod connectors;
mod documents;
mod error;
mod events;
mod identities;
mod notices;
mod notifier;
mod pace;
mod queue;
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
pub use pace::Paces;
pub use queue::{Queue, REMEMBERED_FOR};
pub use secrets::Secrets;
pub use segments::Segments;
pub use store::Store;
