//! What the report handlers share: the range and the connectors of a question, and rows about subjects.

mod metrics;
mod scope;
mod subjects;

pub use crate::query::{DEFAULT_LIMIT, Interval, MAX_LIMIT, Page};
pub use metrics::{ActivityMetrics, BreakdownMetrics, PullRequestMetrics, Subject};
pub(crate) use metrics::{Asked, Metrics};
pub use scope::{DEFAULT_DAYS, MAX_DAYS};
pub(crate) use scope::{connectors, iso_day, known, range};
pub use subjects::SubjectRow;
pub(crate) use subjects::{SubjectQuery, subject_rows};
