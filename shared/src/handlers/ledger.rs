//! Whether the history is right: state of every day and dataset of one connector, and what changed afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report;
use crate::error::Error;
use crate::ports::{ConnectorStore, SegmentStore};
use crate::query;
use crate::words::{ConnectorId, Dataset, Day, Revision, SegmentHead, SegmentState};

/// What may be asked. Without a range: everything.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LedgerQuery {
    /// First day, inclusive, UTC.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
}

/// One day of one dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerEntry {
    /// `pending`, `provisional`, `final`, `no_data` or `failed`.
    pub state: &'static str,
    /// 0 until rows are stored; increases with every change.
    pub revision: u32,
    pub rows: u64,
    pub fetched_at: DateTime<Utc>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl LedgerEntry {
    fn of(head: SegmentHead) -> Self {
        Self {
            state: head.state.as_str(),
            revision: head.revision,
            rows: head.rows,
            fetched_at: head.fetched_at,
            reason: match head.state {
                SegmentState::Failed(reason) => Some(reason),
                _ => None,
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerDay {
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    /// By name of the dataset, e.g. `activity`.
    #[schema(value_type = BTreeMap<String, LedgerEntry>)]
    pub datasets: BTreeMap<Dataset, LedgerEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LedgerReport {
    /// Oldest first.
    pub days: Vec<LedgerDay>,
    /// Totals that changed after they were first stored, newest change first.
    pub revisions: Vec<Revision>,
    /// True if there are older changes; select them with `from` and `to`.
    pub has_more_revisions: bool,
}

/// Reads one connector's ledger.
#[derive(Clone)]
pub struct Ledger {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
}

impl Ledger {
    pub async fn run(&self, id: &str, query: LedgerQuery) -> Result<LedgerReport, Error> {
        if query.from.zip(query.to).is_some_and(|(from, to)| from > to) {
            return Err(Error::invalid("from", "must not be after `to`; both are inclusive"));
        }
        let asked = |day: Day| query.from.is_none_or(|from| from <= day) && query.to.is_none_or(|to| day <= to);
        let id = ConnectorId(id.to_owned());
        report::known(&*self.connectors, &id).await?;
        let heads = self.segments.ledger(&id).await?;
        let mut revisions = self.segments.revisions(&id).await?;
        revisions.retain(|revision| asked(revision.day));
        let mut days: BTreeMap<Day, BTreeMap<Dataset, LedgerEntry>> = BTreeMap::new();
        for head in heads.into_iter().filter(|head| asked(head.day)) {
            let day = days.entry(head.day).or_default();
            day.insert(head.dataset, LedgerEntry::of(head));
        }
        let days: Vec<_> = days.into_iter().map(|(day, datasets)| LedgerDay { day, datasets }).collect();
        // A day has some 700 bytes here, so that the days of ten years fit and leave room.
        let mut left = query::MAX_ANSWER_BYTES.saturating_sub(query::size_in_envelope(&days));
        let fits = |revision: &Revision| {
            left = left.saturating_sub(query::size_in_envelope(revision));
            left > 0
        };
        let count = revisions.iter().map(fits).take_while(|fits| *fits).count();
        let has_more_revisions = count < revisions.len();
        revisions.truncate(count);
        Ok(LedgerReport { days, revisions, has_more_revisions })
    }
}
