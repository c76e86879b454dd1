//! Teams by id or slug, and who was in which team on which day.

use std::collections::BTreeMap;

use super::interner::Interner;
use super::scan::{Share, scan};
use crate::error::StoreError;
use crate::ports::{SegmentStore, StoredSegment};
use crate::segment::{Activity, Row};
use crate::words::{ConnectorId, Dataset, Day, Days, Level};

/// Whether a list of ids, as a person's row has it, contains this one.
pub(super) fn contains_id(ids: &str, id: &str) -> bool {
    ids.split(',').any(|listed| listed == id)
}

/// The id of the team with this id or, where there is none, of the team that had this slug last: teams are renamed, and
/// their ids stay.
pub(super) async fn team_id(
    segments: &dyn SegmentStore,
    connector: &ConnectorId,
    days: Days,
    wanted: &str,
) -> Result<String, StoreError> {
    let heads = segments.heads(connector, Dataset::Activity, days).await?;
    // Nearly always the latest day has the team; only one that is gone costs a look at all days.
    let latest = heads.iter().rfind(|head| head.has_content()).map(|head| Days::one(head.day));
    for days in latest.into_iter().chain([days]) {
        let stored = segments.range(connector, Dataset::Activity, days);
        let search = || TeamSearch { wanted: wanted.to_owned(), found: None };
        if let Some((_, _, id)) = scan(stored, search).await?.found {
            return Ok(id);
        }
    }
    // People's rows may list a team of which no row of its own is stored.
    Ok(wanted.to_owned())
}

struct TeamSearch {
    wanted: String,
    /// Ids win over slugs, later days over earlier ones.
    found: Option<(bool, Day, String)>,
}

impl Share for TeamSearch {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let teams = stored.segment.open(Activity::COLUMNS)?.read_levels(&["subject", "name"], &[Level::Team])?;
        for batch in teams {
            let batch = batch?;
            let Some(subjects) = batch.texts("subject") else { continue };
            let names = batch.texts("name");
            for row in 0..batch.rows() {
                let Some(id) = subjects.get(row) else { continue };
                let is_id = id == self.wanted;
                if is_id || names.and_then(|names| names.get(row)) == Some(&self.wanted) {
                    self.found = self.found.take().max(Some((is_id, stored.head.day, id.to_owned())));
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.found = self.found.take().max(other.found);
    }
}

/// The teams of each person as of each day.
#[derive(Default)]
pub(super) struct Membership {
    people: Interner,
    /// Distinct lists of team ids: most people share theirs.
    lists: Interner,
    /// By the person's number, the number of the list and 1; 0 is no list.
    days: BTreeMap<Day, Vec<u32>>,
}

impl Membership {
    pub(super) async fn of(
        segments: &dyn SegmentStore,
        connector: &ConnectorId,
        days: Days,
    ) -> Result<Self, StoreError> {
        scan(segments.range(connector, Dataset::Activity, days), Self::default).await
    }

    /// Team ids, separated by commas; none on a day without such a list.
    pub(super) fn teams(&self, day: Day, person: &str) -> Option<&str> {
        let list = *self.days.get(&day)?.get(self.people.find(person)? as usize)?;
        Some(self.lists.text(list.checked_sub(1)?))
    }

    fn set(&mut self, day: Day, person: u32, list: u32) {
        let lists = self.days.entry(day).or_default();
        if lists.len() <= person as usize {
            lists.resize(person as usize + 1, 0);
        }
        lists[person as usize] = list + 1;
    }
}

impl Share for Membership {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let people = stored.segment.open(Activity::COLUMNS)?.read_levels(&["subject", "teams"], &[Level::User])?;
        for batch in people {
            let batch = batch?;
            let (Some(subjects), Some(teams)) = (batch.texts("subject"), batch.texts("teams")) else { continue };
            let lists: Vec<u32> = teams.distinct().map(|ids| self.lists.number(ids)).collect();
            for row in 0..batch.rows() {
                if let (Some(subject), Some(list)) = (subjects.get(row), teams.key(row)) {
                    let person = self.people.number(subject);
                    self.set(stored.head.day, person, lists[list]);
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let people: Vec<u32> = other.people.iter().map(|person| self.people.number(person)).collect();
        let lists: Vec<u32> = other.lists.iter().map(|list| self.lists.number(list)).collect();
        for (day, theirs) in other.days {
            for (person, list) in theirs.into_iter().enumerate() {
                if let Some(list) = list.checked_sub(1) {
                    self.set(day, people[person], lists[list as usize]);
                }
            }
        }
    }
}
