//! The same records, in any layout and split into any pieces and files, give the same rows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared::providers::{self, Batch, Mapped};
use shared::words::{Dataset, Day};

use crate::oracle::values;
use crate::sandbox_world::{PROVIDER, day, organization};

const ON: &str = "2026-11-12";

/// GitHub's example person and two invented ones; their texts have every character that could mislead a splitter.
fn people() -> Vec<serde_json::Value> {
    let path = format!("{}/fixtures/{PROVIDER}/04-users-1-day.ndjson", env!("CARGO_MANIFEST_DIR"));
    let mut people = values(&std::fs::read(path).unwrap());
    for (at, person) in people.iter_mut().enumerate() {
        person["day"] = ON.into();
        person["user_id"] = (at + 1).into();
    }
    people[1]["user_login"] = "o\"}{][\\\n,\u{feff}é😀".into();
    people
}

fn write(people: &[serde_json::Value], shape: usize) -> Vec<u8> {
    let lines: Vec<String> = people.iter().map(serde_json::Value::to_string).collect();
    let pretty: Vec<String> = people.iter().map(|person| serde_json::to_string_pretty(person).unwrap()).collect();
    match shape {
        0 => lines.join("\n") + "\n",
        1 => lines.join("\n"),
        2 => lines.join("\r\n") + "\r\n\r\n",
        3 => lines.concat(),
        4 => format!("[{}]", lines.join(",")),
        5 => serde_json::to_string_pretty(people).unwrap(),
        6 => pretty.join("\n"),
        7 => format!("\u{feff}{}", lines.join("\n")),
        8 => format!("\u{feff}[\n{}\n]\n", lines.join(" ,\n")),
        _ => lines.iter().map(|line| format!("[{line}]\n")).collect(),
    }
    .into_bytes()
}

/// Maps a day whose people are in these files, each split into pieces at these positions.
fn map(files: &[(Vec<u8>, Vec<usize>)]) -> Mapped {
    let provider = providers::history(PROVIDER).unwrap();
    let account = organization("octo");
    let batches = provider.batches(&account, &[day(ON)], day("2026-11-21"), false);
    let [Batch { reports }] = &batches[..] else { panic!("one batch a day") };
    let users = reports.iter().find(|report| report.name == "users-1-day").unwrap();
    let mut mapper = provider.mapper(&account, 28);
    mapper.begin(users);
    for (bytes, cuts) in files {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        for piece in cuts.windows(2) {
            mapper.read(&bytes[piece[0]..piece[1]]).unwrap();
        }
        mapper.end_body().unwrap();
    }
    mapper.end_report().unwrap();
    mapper.finish().unwrap()
}

fn checksums(mapped: &Mapped) -> BTreeMap<(Dataset, Day), (u64, u64)> {
    mapped.segments.iter().map(|(key, segment)| (*key, (segment.checksum, segment.rows))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_layout_in_any_pieces_gives_the_same_rows(
        shape in 0usize..10,
        cuts in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let expected = map(&[(write(&people(), 0), vec![])]);
        prop_assert_eq!(expected.records, 3);
        let got = map(&[(write(&people(), shape), cuts)]);
        prop_assert_eq!(checksums(&got), checksums(&expected));
        prop_assert_eq!((got.records, got.duplicates), (3, 0));
    }

    #[test]
    fn any_split_over_files_that_repeat_people_gives_the_same_rows(
        first in 0usize..10,
        second in 0usize..10,
        split in 0usize..=3,
        repeated in 0usize..=3,
        cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let people = people();
        let expected = map(&[(write(&people, 0), vec![])]);
        let from = split.saturating_sub(repeated);
        let files = [(write(&people[..split], first), cuts.clone()), (write(&people[from..], second), cuts)];
        let got = map(&files);
        prop_assert_eq!(checksums(&got), checksums(&expected));
        prop_assert_eq!(got.duplicates, (split - from) as u64);
    }

    /// Invalid bytes give an error or no rows, never a panic.
    #[test]
    fn invalid_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let provider = providers::history(PROVIDER).unwrap();
        let account = organization("octo");
        let reports = provider.batches(&account, &[day(ON)], day("2026-11-21"), false).remove(0).reports;
        let mut mapper = provider.mapper(&account, 28);
        for report in &reports {
            mapper.begin(report);
            let read = mapper.read(&bytes).and_then(|()| mapper.end_body());
            if let Err(error) = read {
                prop_assert!(error.to_string().contains(report.name));
            }
        }
    }
}
