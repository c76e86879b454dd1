//! Seats: who holds one, since when, and how long it has been idle.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::people::teams_of;
use super::report::{self, Order, PersonRef, Place, Scope, Sources, Subject, TeamRef};
use crate::error::{Error, StoreError};
use crate::ports::StoredSegment;
use crate::query::{PageRequest, SubjectOrder};
use crate::segment::{Batch, Row as _, Seat};
use crate::words::{Connector, ConnectorId, Dataset, Day, Days, PersonId};

use arrow_array::Array as _;
use futures_util::StreamExt as _;

/// People who were seen within this many days count as active in the summary.
const ACTIVE_DAYS: i64 = 28;

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SeatsQuery {
    /// The snapshot of this day, UTC. Default: the latest snapshot of each connector.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// Only seats of this person, by the id of `/v1/people`, at every provider.
    pub person: Option<String>,
    /// Only seats of people who are in this team, by id or slug, on the day of the snapshot.
    pub team: Option<String>,
    /// Only seats of people with this text in the name, the e-mail address or an id; case-insensitive.
    pub search: Option<String>,
    /// Only seats of this use.
    #[serde(rename = "use")]
    #[param(inline)]
    pub used: Option<SeatUse>,
    /// The sort key; default: connector and id. Null is last in both directions.
    #[param(inline)]
    pub sort: Option<SeatSort>,
    /// The direction of `sort`; default `asc`.
    #[param(inline)]
    pub order: Option<Order>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// The sort key of seats. Seats with an equal value are sorted by connector and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatSort {
    /// The name; where there is none, the e-mail address or else the id. Upper and lower case are the same.
    Name,
    /// The plan; upper and lower case are the same.
    Plan,
    /// When the seat was assigned.
    Assigned,
    /// When the seat was last used.
    LastActivity,
}

/// One seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeatRow {
    /// The day of the snapshot.
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub provider: String,
    pub connector: ConnectorId,
    pub subject: Subject,
    /// The person, the same at every provider.
    #[schema(required)]
    pub person: Option<PersonRef>,
    /// The person's teams, at any provider and in the mapping file, on the day of the snapshot.
    pub teams: Vec<TeamRef>,
    #[schema(required)]
    pub plan: Option<String>,
    #[schema(required)]
    pub role: Option<String>,
    #[schema(required)]
    pub assigned_at: Option<DateTime<Utc>>,
    /// Null: never used, used before the provider's records, or not reported; see `use`.
    #[schema(required)]
    pub last_activity_at: Option<DateTime<Utc>>,
    /// The editor or tool of the last activity.
    #[schema(required)]
    pub last_activity_in: Option<String>,
    #[serde(rename = "use")]
    pub used: SeatUse,
    /// Whole days from the last activity to today, or to the day of the requested snapshot.
    #[schema(required)]
    pub idle_days: Option<i64>,
    #[schema(required)]
    pub assigning_team: Option<String>,
    /// The day on which the seat ends; null when it stays.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub pending_cancellation: Option<String>,
}

/// The use of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatUse {
    /// Within the last 28 days.
    Active,
    /// Before that.
    Idle,
    /// No activity known, from a provider that reports activity.
    Never,
    /// The provider does not report when a seat was last used.
    Unknown,
}

/// The summary of all seats of the requested connectors, person and team; `search`, `use` and the page do not change
/// it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeatsSummary {
    pub total: u64,
    /// Active within the last 28 days.
    pub active_28d: u64,
    /// Seen, but not within the last 28 days.
    pub idle_28d: u64,
    /// No activity known, from a provider that reports activity.
    pub never_active: u64,
    /// The provider does not report activity.
    pub unknown: u64,
    pub pending_cancellation: u64,
}

/// A page of seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeatsPage {
    pub summary: SeatsSummary,
    /// Seats that match `search` and `use`, over all pages.
    pub total: u64,
    pub rows: Vec<SeatRow>,
    /// Pass it as `cursor` for the next page; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// Reads seats.
#[derive(Clone)]
pub struct Seats(pub Sources);

/// The order of rows. Connector and id are last, so that no two rows have the same place.
type RowKey = (Option<Place<SortValue>>, ConnectorId, SubjectOrder);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum SortValue {
    Text(String),
    Time(DateTime<Utc>),
}

impl Seats {
    pub async fn run(&self, mut query: SeatsQuery) -> Result<SeatsPage, Error> {
        if query.order.is_some() && query.sort.is_none() {
            return Err(Error::invalid("order", "is the direction of `sort`; name `sort` as well"));
        }
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowKey>()?;
        let as_of = query.day.unwrap_or_else(|| self.0.clock.today());
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let mut rows = Vec::new();
        let scope = self.0.people(connector, provider).await?;
        for connector in &scope.connectors {
            if let Some(stored) = self.snapshot(&connector.id, query.day).await? {
                let first = rows.len();
                for batch in stored.segment.read::<Seat>(&columns())? {
                    rows.extend(seats(connector, stored.head.day, as_of, &batch?));
                }
                let own = &mut rows[first..];
                let tells = own.iter().any(|seat| seat.last_activity_at.is_some());
                own.iter_mut().for_each(|seat| seat.used = SeatUse::of(seat.idle_days, tells));
            }
        }
        query.choose(&scope, &mut rows);
        let summary = SeatsSummary::of(&rows);
        query.narrow(&mut rows);
        let total = rows.len() as u64;
        let (rows, next_cursor) = page.page(rows, |row| query.key(row), since.as_ref())?;
        Ok(SeatsPage { summary, total, rows, next_cursor })
    }

    async fn snapshot(&self, id: &ConnectorId, day: Option<Day>) -> Result<Option<StoredSegment>, StoreError> {
        let day = match day {
            Some(day) => Some(day),
            None => {
                let heads = self.0.segments.ledger(id).await?;
                let stored = heads.iter().filter(|head| head.dataset == Dataset::Seats && head.has_content());
                stored.map(|head| head.day).max()
            }
        };
        let Some(day) = day else { return Ok(None) };
        let mut stored = self.0.segments.range(id, Dataset::Seats, Days::one(day));
        stored.next().await.transpose()
    }
}

impl SeatsQuery {
    /// Says whose the seats are, and keeps those of the person and the team.
    fn choose(&self, scope: &Scope, rows: &mut Vec<SeatRow>) {
        let persons = &scope.persons;
        let person = self.person.as_ref().map(|id| persons.find(&PersonId(id.clone())));
        for row in rows.iter_mut() {
            if let Some(number) = persons.number_of(&row.connector, &row.subject.id) {
                row.person = PersonRef::of(persons, &row.connector, &row.subject.id);
                row.teams = teams_of(scope, number, row.day).into_iter().collect();
            }
        }
        let is_theirs = |row: &SeatRow| persons.number_of(&row.connector, &row.subject.id);
        rows.retain(|row| person.is_none_or(|person| person.is_some() && person == is_theirs(row)));
        if let Some(team) = &self.team {
            rows.retain(|row| row.teams.iter().any(|own| own.is_meant_by(team)));
        }
    }

    fn narrow(&self, rows: &mut Vec<SeatRow>) {
        if let Some(used) = self.used {
            rows.retain(|row| row.used == used);
        }
        if let Some(sought) = self.search.as_ref().map(|sought| sought.trim().to_lowercase()) {
            let holds = |text: &str| text.to_lowercase().contains(&sought);
            rows.retain(|SeatRow { subject, .. }| {
                holds(&subject.id) || [&subject.name, &subject.email].into_iter().flatten().any(|text| holds(text))
            });
        }
    }

    fn key(&self, row: &SeatRow) -> RowKey {
        let text = |text: &str| SortValue::Text(text.to_lowercase());
        let place = self.sort.map(|sort| {
            let value = match sort {
                SeatSort::Name => Some(text(shown_name(&row.subject))),
                SeatSort::Plan => row.plan.as_deref().map(text),
                SeatSort::Assigned => row.assigned_at.map(SortValue::Time),
                SeatSort::LastActivity => row.last_activity_at.map(SortValue::Time),
            };
            self.order.unwrap_or_default().place(value)
        });
        (place, row.connector.clone(), SubjectOrder(row.subject.id.clone()))
    }
}

fn shown_name(subject: &Subject) -> &str {
    subject.name.as_deref().or(subject.email.as_deref()).unwrap_or(&subject.id)
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
            person: None,
            teams: Vec::new(),
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::memory::{Memory, day};
    use crate::segment::Activity;
    use crate::words::Level;

    const DAY: i64 = 86_400_000;
    /// 2026-11-21T00:00:00Z
    const TODAY: i64 = 1_795_219_200_000;

    /// Anna was active yesterday, Ben 40 days ago, Eve never; of `b` no use is known.
    fn seats() -> Seats {
        let seat = |subject, name, last_activity_at| Seat {
            level: Level::User,
            subject,
            name,
            last_activity_at,
            ..Seat::default()
        };
        let anna = Seat {
            email: Some("anna.berg@octo.example"),
            plan: Some("business"),
            assigned_at: Some(TODAY - 90 * DAY),
            ..seat("10", Some("anna"), Some(TODAY - DAY))
        };
        let ben = Seat { plan: Some("Enterprise"), ..seat("9", Some("Ben"), Some(TODAY - 40 * DAY)) };
        let eve = Seat { email: Some("EVE@octo.example"), ..seat("007", None, None) };
        let other = Seat { plan: Some("business"), assigned_at: Some(TODAY), ..seat("10", Some("Zoe Berg"), None) };
        let memory = Memory::default()
            .connector("a", "github-copilot")
            .connector("b", "openai")
            .rows("a", "2026-11-20", &[anna, ben, eve])
            .rows("b", "2026-11-20", &[other]);
        let memory = Arc::new(memory);
        Seats(Sources::of(memory))
    }

    fn ids(page: &SeatsPage) -> Vec<String> {
        page.rows.iter().map(|row| format!("{}{}", row.connector.0, row.subject.id)).collect()
    }

    async fn asked(query: SeatsQuery) -> Vec<String> {
        ids(&seats().run(query).await.unwrap())
    }

    #[tokio::test]
    async fn without_a_sort_seats_are_in_order_of_connector_and_id() {
        assert_eq!(asked(SeatsQuery::default()).await, ["a007", "a9", "a10", "b10"]);
    }

    #[tokio::test]
    async fn seats_sort_by_each_column_and_null_is_last_both_ways() {
        for (sort, ascending, descending) in [
            (SeatSort::Name, ["a10", "a9", "a007", "b10"], ["b10", "a007", "a9", "a10"]),
            (SeatSort::Plan, ["a10", "b10", "a9", "a007"], ["a9", "a10", "b10", "a007"]),
            (SeatSort::Assigned, ["a10", "b10", "a007", "a9"], ["b10", "a10", "a007", "a9"]),
            (SeatSort::LastActivity, ["a9", "a10", "a007", "b10"], ["a10", "a9", "a007", "b10"]),
        ] {
            for (order, expected) in [(None, ascending), (Some(Order::Asc), ascending), (Some(Order::Desc), descending)]
            {
                let query = SeatsQuery { sort: Some(sort), order, ..SeatsQuery::default() };
                assert_eq!(asked(query).await, expected, "{sort:?} {order:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_search_finds_parts_of_names_addresses_and_ids_in_any_case() {
        for (search, expected) in [
            ("BERG", vec!["a10", "b10"]),
            ("eve@", vec!["a007"]),
            ("10", vec!["a10", "b10"]),
            (" Ben ", vec!["a9"]),
            ("", vec!["a007", "a9", "a10", "b10"]),
            ("missing", vec![]),
        ] {
            let query = SeatsQuery { search: Some(search.to_owned()), ..SeatsQuery::default() };
            assert_eq!(asked(query).await, expected, "{search}");
        }
    }

    #[tokio::test]
    async fn the_total_counts_what_matches_and_the_summary_counts_all() {
        let all = seats().run(SeatsQuery::default()).await.unwrap();
        assert_eq!((all.total, all.summary.total), (4, 4));
        for (used, expected) in
            [(SeatUse::Active, "a10"), (SeatUse::Idle, "a9"), (SeatUse::Never, "a007"), (SeatUse::Unknown, "b10")]
        {
            let query = SeatsQuery { used: Some(used), ..SeatsQuery::default() };
            let found = seats().run(query).await.unwrap();
            assert_eq!((ids(&found), found.total), (vec![expected.to_owned()], 1), "{used:?}");
            assert_eq!(found.summary, all.summary, "{used:?}");
        }
        let query = SeatsQuery { used: Some(SeatUse::Unknown), search: Some("berg".into()), ..SeatsQuery::default() };
        assert_eq!(asked(query).await, ["b10"]);
        let query = SeatsQuery { limit: Some(1), search: Some("berg".into()), ..SeatsQuery::default() };
        assert_eq!(seats().run(query).await.unwrap().total, 2, "over all pages");
    }

    #[tokio::test]
    async fn pages_of_every_order_meet_without_gap_or_overlap() {
        let sorts = [SeatSort::Name, SeatSort::Plan, SeatSort::Assigned, SeatSort::LastActivity];
        let sorted =
            sorts.into_iter().flat_map(|sort| [Order::Asc, Order::Desc].map(|order| (Some(sort), Some(order))));
        for (sort, order) in sorted.chain([(None, None)]) {
            let question = SeatsQuery { sort, order, ..SeatsQuery::default() };
            let whole = asked(question.clone()).await;
            let (mut paged, mut cursor) = (Vec::new(), None);
            loop {
                let page = SeatsQuery { cursor, limit: Some(1), ..question.clone() };
                let page = seats().run(page).await.unwrap();
                paged.extend(ids(&page));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(paged, whole, "{sort:?} {order:?}");
        }
    }

    #[tokio::test]
    async fn a_cursor_belongs_to_its_order_its_search_and_its_use() {
        let question = SeatsQuery {
            sort: Some(SeatSort::Name),
            day: Some(day("2026-11-20")),
            limit: Some(1),
            ..SeatsQuery::default()
        };
        let cursor = seats().run(question.clone()).await.unwrap().next_cursor;
        let others = [
            SeatsQuery { sort: Some(SeatSort::Plan), ..question.clone() },
            SeatsQuery { order: Some(Order::Desc), ..question.clone() },
            SeatsQuery { search: Some("b".into()), ..question.clone() },
            SeatsQuery { used: Some(SeatUse::Active), ..question.clone() },
        ];
        for other in others {
            let refused = seats().run(SeatsQuery { cursor: cursor.clone(), ..other }).await;
            assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == "cursor"), "{refused:?}");
        }
        assert!(seats().run(SeatsQuery { cursor, ..question }).await.is_ok());
    }

    #[tokio::test]
    async fn an_order_without_a_sort_is_refused() {
        let query = SeatsQuery { order: Some(Order::Desc), ..SeatsQuery::default() };
        let refused = seats().run(query).await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == "order"), "{refused:?}");
    }

    /// Anna is in team 3 at `a` and has seats at `a` and `b`, with one address; Ben has one at `a`.
    #[tokio::test]
    async fn seats_of_a_team_are_those_of_its_people_at_every_provider() {
        let seat = |subject, email| Seat { level: Level::User, subject, email, ..Seat::default() };
        let anna = Some("anna@octo.example");
        let member = Activity { level: Level::User, subject: "10", teams: Some("3"), ..Activity::default() };
        let memory = Memory::default()
            .connector("a", "github-copilot")
            .connector("b", "openai")
            .rows("a", "2026-11-19", &[member])
            .rows("a", "2026-11-20", &[seat("10", anna), seat("9", None)])
            .rows("b", "2026-11-20", &[seat("u-1", anna)]);
        let seats = Seats(Sources::of(Arc::new(memory)));
        let ask = async |query: SeatsQuery| {
            let page = seats.run(query).await.unwrap();
            let ids: Vec<String> = page.rows.iter().map(|row| row.subject.id.clone()).collect();
            assert_eq!((page.summary.total, page.total), (ids.len() as u64, ids.len() as u64));
            (ids, page)
        };
        for team in ["3", "a/3"] {
            let query = SeatsQuery { team: Some(team.to_owned()), ..SeatsQuery::default() };
            assert_eq!(ask(query).await.0, ["10", "u-1"], "{team}");
        }
        let (_, all) = ask(SeatsQuery::default()).await;
        let person = all.rows[1].person.clone().unwrap().id;
        assert_eq!((all.rows[0].subject.id.as_str(), all.rows[0].teams.len()), ("9", 0));
        let query = SeatsQuery { person: Some(person.0), ..SeatsQuery::default() };
        assert_eq!(ask(query).await.0, ["10", "u-1"]);
        let stranger = SeatsQuery { person: Some("0".to_owned()), ..SeatsQuery::default() };
        assert_eq!(ask(stranger).await.0, [""; 0]);
    }
}
