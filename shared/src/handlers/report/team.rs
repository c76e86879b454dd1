//! Teams by id or slug, and who was in one on which day.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Fold, Names, Numbers, fold};
use crate::error::StoreError;
use crate::ports::{SegmentStore, StoredSegment};
use crate::segment::Activity;
use crate::words::{ConnectorId, Dataset, Day, Days, Level};

/// Whether a list of ids, as a user row carries it, holds this one.
pub(crate) fn lists(ids: &str, id: &str) -> bool {
    ids.split(',').any(|listed| listed == id)
}

/// The search for a team.
pub(crate) struct Team {
    wanted: String,
    /// Ids win over slugs, later days over earlier ones.
    found: Option<(bool, Day, String)>,
}

impl Team {
    /// The id of the team that people call `wanted`: the team with this id, or else the one that bore this slug last.
    ///
    /// Teams are renamed; their ids stay. So the slug is looked up once and the id is used on every day.
    pub(crate) async fn find(
        segments: &dyn SegmentStore,
        connector: &ConnectorId,
        range: Days,
        wanted: &str,
    ) -> Result<String, StoreError> {
        let ledger = segments.ledger(connector).await?;
        let stored = ledger
            .iter()
            .filter(|head| head.dataset == Dataset::Activity && head.has_content() && range.contains(head.day));
        // Nearly always the latest day knows the team; only one that is gone costs a look at all days.
        let latest = stored.map(|head| head.day).max().map(Days::one);
        for days in latest.into_iter().chain([range]) {
            let stored = segments.range(connector, Dataset::Activity, days);
            let search = || Team { wanted: wanted.to_owned(), found: None };
            if let Some((_, _, id)) = fold(stored, search).await?.found {
                return Ok(id);
            }
        }
        // User rows may list a team of which no row of its own is stored.
        Ok(wanted.to_owned())
    }
}

impl Fold for Team {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let batches = stored.segment.read::<Activity>(&["level", "subject", "name"])?;
        for batch in batches {
            let batch = batch?;
            let Some(subjects) = batch.texts("subject") else {
                continue;
            };
            let team = batch.pass("level", |level| level == Level::Team.as_str());
            let names = batch.texts("name");
            for row in (0..batch.rows()).filter(|row| team[*row]) {
                let Some(id) = subjects.get(row) else {
                    continue;
                };
                let slug = names.and_then(|names| names.get(row));
                let by_id = id == self.wanted;
                if by_id || slug == Some(&self.wanted) {
                    let candidate = (by_id, stored.head.day, id.to_owned());
                    self.found = self.found.take().max(Some(candidate));
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.found = self.found.take().max(other.found);
    }
}

/// The users of one team as of each day.
pub(crate) struct Members {
    team: Arc<str>,
    users: Names,
    days: BTreeMap<Day, Numbers>,
}

impl Members {
    pub(crate) async fn of(
        segments: &dyn SegmentStore,
        connector: &ConnectorId,
        range: Days,
        team: &str,
    ) -> Result<Self, StoreError> {
        let team: Arc<str> = team.into();
        let stored = segments.range(connector, Dataset::Activity, range);
        fold(stored, || Self { team: team.clone(), users: Names::default(), days: BTreeMap::new() }).await
    }

    pub(crate) fn has(&self, day: Day, user: &str) -> bool {
        let members = self.days.get(&day).zip(self.users.find(user));
        members.is_some_and(|(members, user)| members.contains(user))
    }
}

impl Fold for Members {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let today = self.days.entry(stored.head.day).or_default();
        let batches = stored.segment.read::<Activity>(&["level", "subject", "teams"])?;
        for batch in batches {
            let batch = batch?;
            let Some(subjects) = batch.texts("subject") else {
                continue;
            };
            let user = batch.pass("level", |level| level == Level::User.as_str());
            let member = batch.pass("teams", |ids| lists(ids, &self.team));
            for row in (0..batch.rows()).filter(|row| user[*row] && member[*row]) {
                if let Some(subject) = subjects.get(row) {
                    today.insert(self.users.number(subject));
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let renamed: Vec<u32> = other.users.iter().map(|user| self.users.number(user)).collect();
        for (day, members) in other.days {
            let ours = self.days.entry(day).or_default();
            ours.extend(&members, |user| renamed[user as usize]);
        }
    }
}
