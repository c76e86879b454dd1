//! The vendors' own examples, byte for byte, through fetching and mapping; the expected rows are computed by hand.

mod anthropic;
mod claude_enterprise;
mod codex;
mod cursor;
mod github_copilot;
mod openai;

use serde_json::{Value, json};
use shared::providers::{self, Batch, Call, Mapped, Report};
use shared::words::{Account, Credential, Dataset, Day};

use crate::providers::stub::{self, Answer};
use crate::rows::{self, Plain, assert_same};
use crate::sandbox_world::{PROVIDER, day, enterprise, organization};

fn fixture(provider: &str, name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/{provider}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

/// The segments of the reports of one day, or of a snapshot, if a provider answers like this.
async fn mapped(
    provider: &str,
    kind: &str,
    on: Day,
    is_snapshot: bool,
    answer: impl Fn(&str) -> Answer + Clone + Send + Sync + 'static,
) -> Mapped {
    let stub = stub::serve(answer).await;
    let account = Account { kind: kind.to_owned(), slug: "octo".to_owned() };
    let (http, credential) = (stub.http(), Credential::token("sk-ant-admin01-good"));
    let call = Call::new(&http, &credential, &account, None, crate::sandbox_world::time("2026-11-21T06:00:00Z"));
    let provider = providers::history(provider).unwrap();
    let today = day("2026-11-21");
    let batches =
        if is_snapshot { provider.snapshots(&account, on) } else { provider.batches(&account, &[on], today, false) };
    let mapped = crate::providers::map(provider, &call, &batches[0]).await.unwrap();
    assert_eq!(mapped.unknown_fields.keys().collect::<Vec<_>>(), [""; 0]);
    mapped
}

#[track_caller]
fn assert_segment(mapped: &Mapped, dataset: Dataset, on: Day, expected: Value) {
    let rows = rows::of_segment(dataset, &mapped.segments[&(dataset, on)]);
    assert_same(dataset.as_str(), &rows, &plain(expected));
}

fn plain(rows: Value) -> Vec<Plain> {
    serde_json::from_value(rows).unwrap()
}

/// The rows of a dataset from these pages; each is a report of its own or the next page of the previous one.
fn read(provider: &str, dataset: Dataset, on: &str, pages: &[(&str, Vec<u8>)]) -> Vec<Plain> {
    let history = providers::history(provider).unwrap();
    let kind = history.about().accounts[0].kind.to_owned();
    let account = Account { kind, slug: "octo".to_owned() };
    let mut mapper = history.mapper(&account, 1);
    let mut begun = "";
    for (name, page) in pages {
        if *name != begun {
            mapper.end_report().unwrap();
            mapper.begin(&history.archived(&account, name, day(on)).unwrap());
            begun = name;
        }
        page.chunks(7).for_each(|piece| mapper.read(piece).unwrap());
        mapper.end_body().unwrap();
    }
    mapper.end_report().unwrap();
    let mapped = mapper.finish().unwrap();
    assert_eq!(mapped.unknown_fields.keys().collect::<Vec<_>>(), [""; 0]);
    rows::of_segment(dataset, &mapped.segments[&(dataset, day(on))])
}

#[track_caller]
fn assert_rows(what: &str, got: &[Plain], expected: Value) {
    let sorted = |rows: &[Plain]| {
        let mut rows = rows.to_vec();
        rows.sort_by_cached_key(|row| format!("{row:?}"));
        rows
    };
    assert_same(what, &sorted(got), &sorted(&plain(expected)));
}

/// The same counts under several heads.
fn each(heads: &[Value], counts: &Value) -> Vec<Value> {
    let with = |head: &Value| {
        let mut row = head.clone();
        row.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
        row
    };
    heads.iter().map(with).collect()
}

fn account() -> Value {
    json!({"level": "organization", "subject": "octo"})
}

fn user(email: &str) -> Value {
    json!({"level": "user", "subject": email, "email": email})
}
