//! Directories as compressed JSON: a head, and the people in one part or several.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, de, ser};
use twox_hash::XxHash3_64;

use crate::words::{Dataset, Day, Directory, History, Identity, TeamSync};

pub(super) type Result<T> = std::result::Result<T, serde_json::Error>;

const LEVEL: i32 = 3;

/// A directory without its parts. What is missing in it and in parts was written in an older form: it says nothing of the
/// setting, and the directory is made anew from its rows.
#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(default)]
    team_sync: Option<TeamSync>,
    #[serde(default)]
    team_names: BTreeMap<String, History>,
    /// Revisions of consecutive days, keyed by the first day: dates would take most of a head.
    read: BTreeMap<Dataset, Vec<(Day, Vec<u32>)>>,
}

/// Some of a directory's people and machines.
#[derive(Default, Serialize)]
struct Part<'a> {
    people: BTreeMap<&'a str, &'a Identity>,
    machine_names: BTreeMap<&'a str, &'a History>,
}

#[derive(Deserialize)]
struct OwnedPart {
    people: BTreeMap<String, Identity>,
    #[serde(default)]
    machine_names: BTreeMap<String, History>,
}

pub(super) fn pack_head(directory: &Directory) -> Result<Vec<u8>> {
    let Directory { team_sync, people: _, machines: _, teams, read, version: _ } = directory;
    let read = read.iter().map(|(dataset, days)| (*dataset, runs(days))).collect();
    pack(&Head { team_sync: *team_sync, team_names: teams.clone(), read })
}

/// Returns the directory without its people and machines.
pub(super) fn unpack_head(packed: &[u8]) -> Result<Directory> {
    let Head { team_sync, team_names: teams, read } = unpack(packed)?;
    let days = |runs: Vec<(Day, Vec<u32>)>| {
        runs.into_iter().flat_map(|(from, revisions)| from.iter_days().zip(revisions)).collect()
    };
    let read = read.into_iter().map(|(dataset, runs)| (dataset, days(runs))).collect();
    Ok(Directory { team_sync, teams, read, ..Directory::default() })
}

/// Distributes the people over `count` parts by ID alone. A part is uncompressed JSON.
pub(super) fn parts(directory: &Directory, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut parts: Vec<Part<'_>> = (0..count).map(|_| Part::default()).collect();
    let place = |id: &str| (XxHash3_64::oneshot(id.as_bytes()) % count as u64) as usize;
    for (subject, person) in &directory.people {
        parts[place(subject)].people.insert(subject, person);
    }
    for (id, name) in &directory.machines {
        parts[place(id)].machine_names.insert(id, name);
    }
    parts.iter().map(serde_json::to_vec).collect()
}

pub(super) fn add_part(directory: &mut Directory, part: &[u8]) -> Result<()> {
    let OwnedPart { people, machine_names } = serde_json::from_slice(part)?;
    directory.people.extend(people);
    directory.machines.extend(machine_names);
    Ok(())
}

pub(super) fn pack(value: &impl Serialize) -> Result<Vec<u8>> {
    compress(&serde_json::to_vec(value)?)
}

pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T> {
    serde_json::from_slice(&decompress(packed)?)
}

pub(super) fn compress(bytes: &[u8]) -> Result<Vec<u8>> {
    zstd::encode_all(bytes, LEVEL).map_err(<serde_json::Error as ser::Error>::custom)
}

pub(super) fn decompress(packed: &[u8]) -> Result<Vec<u8>> {
    zstd::decode_all(packed).map_err(<serde_json::Error as de::Error>::custom)
}

fn runs(days: &BTreeMap<Day, u32>) -> Vec<(Day, Vec<u32>)> {
    let mut runs: Vec<(Day, Vec<u32>)> = Vec::new();
    let mut next = None;
    for (day, revision) in days {
        match runs.last_mut().filter(|_| next == Some(*day)) {
            Some((_, revisions)) => revisions.push(*revision),
            None => runs.push((*day, vec![*revision])),
        }
        next = day.succ_opt();
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_keeps_all_revisions_across_a_gap() {
        let day = |number| Day::from_ymd_opt(2026, 11, number).unwrap();
        let days = [(1, 3), (2, 1), (4, 1), (5, 2)].map(|(number, revision)| (day(number), revision));
        let mut directory = Directory { team_sync: Some(TeamSync::Once), ..Directory::default() };
        directory.read.insert(Dataset::Activity, days.into());
        directory.note_team(day(2), "7", Some("core"));
        assert_eq!(runs(&days.into()).len(), 2);
        assert_eq!(unpack_head(&pack_head(&directory).unwrap()).unwrap(), directory);
    }

    #[test]
    fn a_head_of_four_years_is_small() {
        let first = Day::from_ymd_opt(2023, 1, 1).unwrap();
        let mut directory = Directory::default();
        for dataset in Dataset::ALL {
            let revision = |number: usize| 1 + u32::try_from(number % 7 / 5).unwrap();
            let days = first.iter_days().take(1461).enumerate().map(|(number, day)| (day, revision(number)));
            directory.read.insert(dataset, days.collect());
        }
        assert!(pack_head(&directory).unwrap().len() < 1024);
    }
}
