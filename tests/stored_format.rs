//! This version reads segments and heads that earlier versions stored.
//!
//! `stored_format/one-frame.parquet.zst` was stored by the version of November 28, 2026 for a sandbox with three
//! people: one zstd frame, people and the account in one row group, no statistics. The expected figures were read
//! from it with `zstd -d` and pyarrow.

use bytes::Bytes;
use shared::segment::{Activity, Row, Segment};
use shared::words::{Level, SegmentHead};

const ONE_FRAME: &[u8] = include_bytes!("stored_format/one-frame.parquet.zst");
/// The head stored with it.
const HEAD: &str = r#"{"dataset": "activity", "day": "2026-11-26", "state": "provisional", "revision": 1, "rows": 4,
    "sources": ["user-teams-1-day", "users-1-day", "organization-1-day"], "checksum": 2157084119224289371,
    "rows_checksum": 9295563869908129354, "fetched_at": "2026-11-28T13:59:53.069315437Z",
    "totals": {"active": 3, "chat_turns": 18, "sessions": 6}, "correlation_id": "command"}"#;

fn one_frame() -> Segment {
    let head: SegmentHead = serde_json::from_str(HEAD).unwrap();
    assert_eq!(head.account, None);
    let (rows, rows_checksum) = (head.rows, head.rows_checksum);
    let bytes = Bytes::from_static(ONE_FRAME);
    Segment { bytes, rows, checksum: head.checksum.unwrap(), rows_checksum, totals: head.totals, account: None }
}

fn subjects(
    batches: impl Iterator<Item = shared::ports::Result<shared::segment::Batch>>,
) -> Vec<(String, Option<i64>)> {
    let rows = batches.flat_map(|batch| {
        let batch = batch.unwrap();
        let (subjects, turns) = (batch.texts("subject").unwrap(), batch.integers("sessions").unwrap());
        let row = |(row, turns)| (subjects.get(row).unwrap().to_owned(), turns);
        turns.iter().enumerate().map(row).collect::<Vec<_>>()
    });
    rows.collect()
}

fn people() -> Vec<(String, Option<i64>)> {
    [("21763506", Some(3)), ("21763557", Some(3)), ("21763580", None)]
        .map(|(id, turns)| (id.to_owned(), turns))
        .to_vec()
}

#[test]
fn a_segment_with_one_frame_is_read_completely() {
    let account = ("octo-bench".to_owned(), Some(6));
    let read = one_frame().read::<Activity<'_>>(&["subject", "sessions"]).unwrap();
    assert_eq!(subjects(read), [people(), vec![account]].concat());
}

#[test]
fn a_segment_with_one_frame_is_read_by_level() {
    let segment = one_frame();
    let read = |levels: &[Level]| {
        let opened = segment.open(Activity::COLUMNS).unwrap();
        subjects(opened.read_levels(&["subject", "sessions"], levels).unwrap())
    };
    assert_eq!(read(&[Level::Organization]), [("octo-bench".to_owned(), Some(6))]);
    assert_eq!(read(&[Level::User]), people());
    assert_eq!(read(&[Level::Team]), []);
}

#[test]
fn rewritten_rows_of_one_frame_have_the_same_checksum() {
    let segment = one_frame();
    let again = Segment::of_plain(&segment.plain::<Activity<'_>>().unwrap()).unwrap();
    assert_ne!(again.bytes, segment.bytes);
    assert_eq!((again.rows, again.rows_checksum), (4, segment.rows_checksum));
    assert_eq!(again.account.unwrap().id, "octo-bench");
}
