//! Plain example values, for tests that do not depend on their content.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use shared::ports::{ConnectorStore, SegmentWrite};
use shared::segment::{Activity, Segment, Table};
use shared::words::{
    Account, Connector, ConnectorId, ConnectorState, CredentialHistory, Dataset, Day, Freshness, Level, SegmentHead,
    SegmentState, TeamSync, TokenFacts,
};

/// The day `number` days after November 1, 2026.
pub(crate) fn day(number: i64) -> Day {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap() + Duration::days(number)
}

/// The time `number` hours after the start of November 20, 2026.
pub(crate) fn hour(number: i64) -> DateTime<Utc> {
    day(19).and_hms_opt(0, 0, 0).unwrap().and_utc() + Duration::hours(number)
}

pub(crate) fn id(number: usize) -> ConnectorId {
    ConnectorId(format!("connector-{number:03}"))
}

pub(crate) fn connector(number: usize) -> Connector {
    Connector {
        id: id(number),
        name: format!("Octo {number}"),
        provider: "github-copilot".to_owned(),
        account: Account { kind: "organization".to_owned(), slug: format!("octo-{number}") },
        api_url: None,
        state: ConnectorState::Active,
        state_detail: None,
        token: TokenFacts::default(),
        credential_history: CredentialHistory::default(),
        notify: true,
        team_sync: TeamSync::default(),
        last_poll: None,
        freshness: Freshness::default(),
        created_at: hour(0),
        version: 1,
    }
}

/// The connectors whose segments the laws write.
pub(crate) async fn create_connectors(store: &dyn ConnectorStore) {
    for number in 1..=3 {
        store.create(&connector(number)).await.unwrap();
    }
}

/// Rows with a number of active people; a different `active` means different rows and totals.
pub(crate) fn segment(active: i64) -> Segment {
    let mut table = Table::of::<Activity>();
    table.push(&Activity { subject: "octo", active: Some(active), ..Activity::default() }).unwrap();
    table.finish().unwrap()
}

/// One row about a person; the account's totals are empty for any name.
pub(crate) fn person(name: &str) -> Segment {
    let mut table = Table::of::<Activity>();
    table.push(&Activity { level: Level::User, subject: name, ..Activity::default() }).unwrap();
    table.finish().unwrap()
}

/// Rows of at least this many bytes after compression.
pub(crate) fn large_segment(size_bytes: usize) -> Segment {
    let mut table = Table::of::<Activity>();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..size_bytes / 100 + 1 {
        let mut name = String::new();
        for _ in 0..16 {
            // Xorshift: text that zstd only compresses from sixteen hex digits to eight bytes.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            name.push_str(&format!("{state:016x}"));
        }
        table.push(&Activity { level: Level::User, subject: &name, ..Activity::default() }).unwrap();
    }
    table.finish().unwrap()
}

pub(crate) fn write(
    day: Day,
    fetched_at: DateTime<Utc>,
    state: SegmentState,
    content: Option<Segment>,
) -> SegmentWrite {
    write_to(Dataset::Activity, day, fetched_at, state, content)
}

pub(crate) fn write_to(
    dataset: Dataset,
    day: Day,
    fetched_at: DateTime<Utc>,
    state: SegmentState,
    content: Option<Segment>,
) -> SegmentWrite {
    let head = SegmentHead {
        dataset,
        day,
        state,
        revision: 0,
        rows: 0,
        sources: vec!["report".to_owned()],
        checksum: None,
        rows_checksum: None,
        fetched_at,
        totals: Default::default(),
        account: None,
        correlation_id: "samples".to_owned(),
    };
    SegmentWrite { head, content, repairs: false, seen: None }
}
