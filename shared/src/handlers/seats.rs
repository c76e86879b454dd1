//! Who holds a licence, since when, and for how long it has lain idle.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Subject};
use crate::clock::Clock;
use crate::error::{Error, StoreError};
use crate::ports::{ConnectorStore, SegmentStore, StoredSegment};
use crate::query::{PageRequest, SubjectOrder};
use crate::segment::{Batch, Row as _, Seat};
use crate::words::{Connector, ConnectorId, Dataset, Day, Days};

use arrow_array::Array as _;
use futures_util::StreamExt as _;

/// Whoever was seen within this many days counts as active in the summary.
const ACTIVE_DAYS: i64 = 28;

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SeatsQuery {
    /// The snapshot of this day, UTC; without it the latest of each connector.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// One licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeatRow {
    /// The day of the snapshot.
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub provider: String,
    pub connector: ConnectorId,
    pub subject: Subject,
    #[schema(required)]
    pub plan: Option<String>,
    #[schema(required)]
    pub role: Option<String>,
    #[schema(required)]
    pub assigned_at: Option<DateTime<Utc>>,
    /// Null: never, longer ago than the provider remembers, or it does not say; see `use`.
    #[schema(required)]
    pub last_activity_at: Option<DateTime<Utc>>,
    /// The editor or tool of the last activity.
    #[schema(required)]
    pub last_activity_in: Option<String>,
    #[serde(rename = "use")]
    pub used: SeatUse,
    /// Whole days since the last activity, counted up to today, or up to the snapshot that was asked for by its day.
    #[schema(required)]
    pub idle_days: Option<i64>,
    #[schema(required)]
    pub assigning_team: Option<String>,
    /// The day on which the seat ends; null when it stays.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub pending_cancellation: Option<String>,
}

/// Whether somebody uses a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatUse {
    /// Within the last 28 days.
    Active,
    /// Before that.
    Idle,
    /// No activity known, of a provider that tells about others.
    Never,
    /// The provider does not tell when a licence was last used.
    Unknown,
}

/// Over all seats of the answer, whatever the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeatsSummary {
    pub total: u64,
    /// Active within the last 28 days.
    pub active_28d: u64,
    /// Seen, but not within the last 28 days.
    pub idle_28d: u64,
    /// No activity known, of a provider that tells about others.
    pub never_active: u64,
    /// Of providers that do not tell.
    pub unknown: u64,
    pub pending_cancellation: u64,
}

/// A page of seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeatsPage {
    pub summary: SeatsSummary,
    pub rows: Vec<SeatRow>,
    /// Ask again with it for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// Reads seats.
#[derive(Clone)]
pub struct Seats {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub clock: Arc<dyn Clock>,
}

type Key = (ConnectorId, SubjectOrder);

impl Seats {
    pub async fn run(&self, mut query: SeatsQuery) -> Result<SeatsPage, Error> {
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<Key>()?;
        let as_of = query.day.unwrap_or_else(|| self.clock.today());
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let mut rows = Vec::new();
        for connector in report::connectors(&*self.connectors, connector, provider).await? {
            if let Some(stored) = self.snapshot(&connector.id, query.day).await? {
                let first = rows.len();
                for batch in stored.segment.read::<Seat>(&columns())? {
                    rows.extend(seats(&connector, stored.head.day, as_of, &batch?));
                }
                let own = &mut rows[first..];
                let tells = own.iter().any(|seat| seat.last_activity_at.is_some());
                own.iter_mut().for_each(|seat| seat.used = SeatUse::of(seat.idle_days, tells));
            }
        }
        let summary = SeatsSummary::of(&rows);
        let key = |row: &SeatRow| (row.connector.clone(), SubjectOrder(row.subject.id.clone()));
        let (rows, next_cursor) = page.page(rows, key, since.as_ref())?;
        Ok(SeatsPage { summary, rows, next_cursor })
    }

    async fn snapshot(&self, id: &ConnectorId, day: Option<Day>) -> Result<Option<StoredSegment>, StoreError> {
        let day = match day {
            Some(day) => Some(day),
            None => {
                let heads = self.segments.ledger(id).await?;
                let stored = heads.iter().filter(|head| head.dataset == Dataset::Seats && head.has_content());
                stored.map(|head| head.day).max()
            }
        };
        let Some(day) = day else { return Ok(None) };
        let mut stored = self.segments.range(id, Dataset::Seats, Days::one(day));
        stored.next().await.transpose()
    }
}

fn columns() -> Vec<&'static str> {
    Seat::COLUMNS.iter().map(|column| column.name).collect()
}

fn seats<'a>(connector: &'a Connector, day: Day, as_of: Day, batch: &'a Batch) -> impl Iterator<Item = SeatRow> + 'a {
    let text = |name: &str, row: usize| {
        let texts = batch.texts(name)?;
        texts.get(row).map(str::to_owned)
    };
    let time = |name: &str, row: usize| {
        let times = batch.times(name).filter(|times| times.is_valid(row))?;
        DateTime::from_timestamp_millis(times.value(row))
    };
    (0..batch.rows()).map(move |row| {
        let last_activity_at: Option<DateTime<Utc>> = time("last_activity_at", row);
        // A provider's clock may run ahead of ours: that is no idle time, not a negative one.
        let idle = last_activity_at.map(|at| (as_of - at.date_naive()).num_days().max(0));
        SeatRow {
            day,
            provider: connector.provider.clone(),
            connector: connector.id.clone(),
            subject: Subject {
                id: text("subject", row).unwrap_or_default(),
                name: text("name", row),
                email: text("email", row),
            },
            plan: text("plan", row),
            role: text("role", row),
            assigned_at: time("assigned_at", row),
            last_activity_at,
            last_activity_in: text("last_activity_in", row),
            used: SeatUse::Unknown,
            idle_days: idle,
            assigning_team: text("assigning_team", row),
            pending_cancellation: text("pending_cancellation", row),
        }
    })
}

impl SeatUse {
    fn of(idle_days: Option<i64>, tells: bool) -> Self {
        match idle_days {
            Some(..=ACTIVE_DAYS) => Self::Active,
            Some(_) => Self::Idle,
            None if tells => Self::Never,
            None => Self::Unknown,
        }
    }
}

impl SeatsSummary {
    fn of(rows: &[SeatRow]) -> Self {
        let used = |used: SeatUse| rows.iter().filter(|row| row.used == used).count() as u64;
        Self {
            total: rows.len() as u64,
            active_28d: used(SeatUse::Active),
            idle_28d: used(SeatUse::Idle),
            never_active: used(SeatUse::Never),
            unknown: used(SeatUse::Unknown),
            pending_cancellation: rows.iter().filter(|row| row.pending_cancellation.is_some()).count() as u64,
        }
    }
}
