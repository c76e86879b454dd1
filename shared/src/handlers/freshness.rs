//! How far each connector's history is complete, and what is missing.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report;
use crate::clock::Clock;
use crate::error::Error;
use crate::ports::{ConnectorStore, SegmentStore};
use crate::words::{
    Connector, ConnectorId, ConnectorState, Dataset, Day, Days, LastPoll, SegmentHead, SegmentState, complete_through,
};

/// How far back holes are listed: the poller fills holes of these days by itself.
const HOLES_WITHIN_DAYS: u32 = 28;
/// Days with a name in one row: an answer about hundreds of failing connectors must stay below what Lambda may answer.
const NAMED_DAYS: usize = 50;
/// A ledger of some years is a few reads one after the other; a thousand of them must not be.
const LEDGERS_AT_ONCE: usize = 16;

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FreshnessQuery {
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
}

/// A dataset's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatasetDay {
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub dataset: Dataset,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailedDay {
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub dataset: Dataset,
    pub reason: String,
}

/// One connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FreshnessRow {
    pub connector: ConnectorId,
    pub name: String,
    pub provider: String,
    pub state: ConnectorState,
    /// Every day of activity from the first day up to this one is stored or known to have no data.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub complete_through: Option<Day>,
    /// The latest day with rows of activity.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub latest_day: Option<Day>,
    /// Days without a report of the provider yet; the latest 50.
    pub pending: Vec<DatasetDay>,
    pub pending_count: u32,
    /// The latest 50.
    pub failed: Vec<FailedDay>,
    pub failed_count: u32,
    /// Days of activity for which the provider had no data and will have none.
    pub no_data: u32,
    /// Days of the last 28, between the first and the last known day of activity, that no poll has requested.
    #[schema(value_type = Vec<String>)]
    pub holes: Vec<Day>,
    #[schema(required)]
    pub last_poll: Option<LastPoll>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FreshnessReport {
    /// In order of connector id.
    pub rows: Vec<FreshnessRow>,
}

/// Reads freshness.
#[derive(Clone)]
pub struct ReadFreshness {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub clock: Arc<dyn Clock>,
}

impl ReadFreshness {
    pub async fn run(&self, query: FreshnessQuery) -> Result<FreshnessReport, Error> {
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let connectors = report::connectors(&*self.connectors, connector, provider).await?;
        let rows = stream::iter(connectors).map(async |connector| {
            let heads = self.segments.ledger(&connector.id).await?;
            Ok::<_, Error>(row(connector, &heads, self.clock.today()))
        });
        Ok(FreshnessReport { rows: rows.buffered(LEDGERS_AT_ONCE).try_collect().await? })
    }
}

/// The ledger is in order of day.
fn latest<T>(mut days: Vec<T>) -> Vec<T> {
    days.drain(..days.len().saturating_sub(NAMED_DAYS));
    days
}

fn row(connector: Connector, heads: &[SegmentHead], today: Day) -> FreshnessRow {
    let activity = || heads.iter().filter(|head| head.dataset == Dataset::Activity);
    let known: BTreeSet<Day> = activity().map(|head| head.day).collect();
    let holes = match (known.first(), known.last()) {
        (Some(first), Some(last)) => {
            let recent = Days::before(today, HOLES_WITHIN_DAYS);
            let between = Days::new(recent.from().max(*first), recent.until().min(*last));
            between.iter().filter(|day| !known.contains(day)).collect()
        }
        _ => Vec::new(),
    };
    let mut pending = Vec::new();
    let mut failed = Vec::new();
    for SegmentHead { day, dataset, state, .. } in heads {
        let (day, dataset) = (*day, *dataset);
        match state {
            SegmentState::Pending => pending.push(DatasetDay { day, dataset }),
            SegmentState::Failed(reason) => failed.push(FailedDay { day, dataset, reason: reason.clone() }),
            SegmentState::Provisional | SegmentState::Final | SegmentState::NoData => {}
        }
    }
    let no_data = activity().filter(|head| head.state == SegmentState::NoData);
    FreshnessRow {
        complete_through: complete_through(heads),
        latest_day: activity().filter(|head| head.has_content() && head.rows > 0).map(|head| head.day).max(),
        pending_count: pending.len() as u32,
        failed_count: failed.len() as u32,
        pending: latest(pending),
        failed: latest(failed),
        no_data: no_data.count() as u32,
        holes,
        connector: connector.id,
        name: connector.name,
        provider: connector.provider,
        state: connector.state,
        last_poll: connector.last_poll,
    }
}
