//! What the report handlers share: ranges and intervals, pages, and folding many days of columns on every core.

mod by_subject;
mod cursor;
mod fold;
mod interval;
mod labels;
mod metrics;
mod names;
mod query;
mod recount;
mod rows;
mod sums;
mod team;

#[cfg(test)]
pub(crate) mod memory;

pub(crate) use by_subject::{BySubject, Group, Plan};
pub(crate) use cursor::{MAX_ANSWER_BYTES, SubjectOrder, Turn, size_in_envelope};
pub(crate) use fold::{Fold, fold};
pub use interval::Interval;
pub(crate) use labels::{Label, label};
pub use metrics::{ActivityMetrics, BreakdownMetrics, PullRequestMetrics, Subject};
pub(crate) use metrics::{Asked, Metrics, Value};
pub(crate) use names::{Names, Numbers};
pub use query::{DEFAULT_DAYS, DEFAULT_LIMIT, MAX_DAYS, MAX_LIMIT};
pub(crate) use query::{connectors, iso_day, known, range};
pub use rows::{Page, SubjectRow};
pub(crate) use rows::{Question, subject_rows};
pub(crate) use sums::{Rule, Sums};
pub(crate) use team::{Members, Team};
