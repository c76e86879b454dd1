//! Stored segments as plain rows, for comparison with a test's own result.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::app::App;
use shared::segment::{Activity, Breakdown, Cost, Kind, ModelUsage, PullRequests, Row, Seat, Segment};
use shared::words::{ConnectorId, Dataset, Day, Days, Level};

use futures_util::TryStreamExt;

/// Columns by name, without nulls.
pub type Plain = BTreeMap<String, Value>;

/// Sorted, because the order of rows is not promised.
pub fn of_segment(dataset: Dataset, segment: &Segment) -> Vec<Plain> {
    let mut rows = match dataset {
        Dataset::Activity => read::<Activity>(segment),
        Dataset::Breakdown => read::<Breakdown>(segment),
        Dataset::PullRequests => read::<PullRequests>(segment),
        Dataset::Seats => read::<Seat>(segment),
        Dataset::Cost => read::<Cost>(segment),
        Dataset::ModelUsage => read::<ModelUsage>(segment),
    };
    sort(&mut rows);
    rows
}

pub async fn stored(app: &App, id: &ConnectorId, dataset: Dataset, day: Day) -> Option<Vec<Plain>> {
    let segments: Vec<_> = app.segments.range(id, dataset, Days::one(day)).try_collect().await.unwrap();
    segments.first().map(|stored| of_segment(dataset, &stored.segment))
}

pub fn sort(rows: &mut [Plain]) {
    rows.sort_by_cached_key(|row| {
        ["level", "subject", "dimension", "value", "basis", "model", "line_item", "project"]
            .map(|key| row.get(key).map(Value::to_string).unwrap_or_default())
    });
}

fn read<R: Row>(segment: &Segment) -> Vec<Plain> {
    let names: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
    let mut rows = Vec::new();
    for batch in segment.read::<R>(&names).unwrap() {
        let batch = batch.unwrap();
        for at in 0..batch.rows() {
            let mut row = Plain::new();
            for column in R::COLUMNS {
                let value = match column.kind {
                    Kind::Key | Kind::Text | Kind::Ids => {
                        batch.texts(column.name).and_then(|texts| texts.get(at)).map(|text| json!(text))
                    }
                    Kind::Integer => {
                        batch.integers(column.name).and_then(|column| column.iter().nth(at)?).map(|n| json!(n))
                    }
                    Kind::Time => batch.times(column.name).and_then(|column| column.iter().nth(at)?).map(|n| json!(n)),
                    Kind::Float => {
                        batch.floats(column.name).and_then(|column| column.iter().nth(at)?).map(|n| json!(n))
                    }
                };
                if let Some(value) = value {
                    row.insert(column.name.to_owned(), value);
                }
            }
            rows.push(row);
        }
    }
    let members = rows.iter().filter(|row: &&Plain| row["level"] == Level::Member.as_str()).count();
    assert_eq!((rows.len() - members) as u64, segment.rows);
    rows
}

/// Reports only the row that differs.
#[track_caller]
pub fn assert_same(what: &str, got: &[Plain], expected: &[Plain]) {
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert_eq!(got, expected, "{what}: row {at}");
    }
    assert_eq!(got.len(), expected.len(), "{what}: number of rows");
}
