//! What the report handlers share: the range and the connectors of a question, and rows about subjects.

mod last_persons;
mod metrics;
mod order;
mod scope;
mod sources;
mod subjects;

pub use crate::query::{DEFAULT_LIMIT, Interval, MAX_LIMIT, Page};
pub use last_persons::LastPersons;
pub use metrics::{ActivityMetrics, BreakdownMetrics, PersonRef, PullRequestMetrics, Subject, TeamRef};
pub(crate) use metrics::{Asked, Metrics, TeamOrder};
pub use order::Order;
pub(crate) use order::Place;
pub use scope::{DEFAULT_DAYS, MAX_DAYS};
pub(crate) use scope::{connectors, iso_day, known, range};
pub use sources::Sources;
pub(crate) use sources::{DIRECTORIES_AT_ONCE, Scope};
pub use subjects::SubjectRow;
pub(crate) use subjects::{SubjectQuery, subject_rows};
