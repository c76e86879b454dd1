//! A connector's directory, brought up to date with its stored rows.

use std::collections::BTreeMap;

use futures_util::StreamExt;

use crate::error::{StoreError, chain};
use crate::ports::{SegmentStore, StoredSegment};
use crate::segment::{Opened, columns};
use crate::words::{ConnectorId, Dataset, Days, Directory, Level, SegmentHead, TeamSync};

/// Rows in the segments that are asked for at once: as much as a day of a large account has.
const MOST_ROWS: u64 = 50_000;

/// Whether there are rows that the directory has not seen.
pub fn is_behind<'a>(directory: &Directory, heads: impl IntoIterator<Item = &'a SegmentHead>) -> bool {
    heads.into_iter().any(|head| is_unread(directory, head))
}

/// Reads the rows that the directory has not seen, and returns whether there were any. Damaged rows stay unread: a report
/// that needs them fails, and the other rows count.
pub async fn catch_up<'a>(
    directory: &mut Directory,
    segments: &dyn SegmentStore,
    id: &ConnectorId,
    heads: impl IntoIterator<Item = &'a SegmentHead>,
    team_sync: TeamSync,
) -> Result<bool, StoreError> {
    let mut unread: BTreeMap<Dataset, Vec<&SegmentHead>> = BTreeMap::new();
    for head in heads.into_iter().filter(|head| is_unread(directory, head)) {
        unread.entry(head.dataset).or_default().push(head);
    }
    let mut reading = Reading { directory, segments, id, team_sync, has_changed: false };
    for (dataset, heads) in unread {
        for days in runs(&heads) {
            match reading.days(dataset, days).await {
                Err(StoreError::Corrupt(_)) => reading.day_by_day(dataset, days).await?,
                read => read?,
            }
        }
    }
    let has_changed = reading.has_changed;
    if has_changed && team_sync == TeamSync::Once {
        directory.fix_teams();
    }
    Ok(has_changed)
}

/// A directory that is being brought up to date.
struct Reading<'a> {
    directory: &'a mut Directory,
    segments: &'a dyn SegmentStore,
    id: &'a ConnectorId,
    team_sync: TeamSync,
    has_changed: bool,
}

impl Reading<'_> {
    async fn days(&mut self, dataset: Dataset, days: Days) -> Result<(), StoreError> {
        let mut stored = self.segments.range(self.id, dataset, days);
        while let Some(stored) = stored.next().await {
            let stored = stored?;
            if is_unread(self.directory, &stored.head) {
                read(self.directory, &stored, self.team_sync)?;
                self.has_changed = true;
            }
        }
        Ok(())
    }

    /// Damaged rows end a range; those of the days behind them are read all the same.
    async fn day_by_day(&mut self, dataset: Dataset, days: Days) -> Result<(), StoreError> {
        for day in days.iter() {
            match self.days(dataset, Days::one(day)).await {
                Err(error @ StoreError::Corrupt(_)) => {
                    tracing::error!(connector = %self.id, %dataset, %day, error = chain(&error), "stored rows are damaged");
                }
                read => read?,
            }
        }
        Ok(())
    }
}

fn is_unread(directory: &Directory, head: &SegmentHead) -> bool {
    names_people(head.dataset) && head.has_content() && !directory.has_read(head.dataset, head.day, head.revision)
}

/// Days without gaps between them, and not too many rows: a store reads ahead.
fn runs(heads: &[&SegmentHead]) -> Vec<Days> {
    let mut runs: Vec<(Days, u64)> = Vec::new();
    for head in heads {
        match runs.last_mut().filter(|(days, rows)| days.until() == head.day && rows + head.rows <= MOST_ROWS) {
            Some((days, rows)) => (*days, *rows) = (Days::inclusive(days.from(), head.day), *rows + head.rows),
            None => runs.push((Days::one(head.day), head.rows)),
        }
    }
    runs.into_iter().map(|(days, _)| days).collect()
}

/// Whether rows of the dataset say more about a person than the id.
fn names_people(dataset: Dataset) -> bool {
    matches!(dataset, Dataset::Activity | Dataset::ModelUsage | Dataset::Cost | Dataset::Seats)
}

fn read(directory: &mut Directory, stored: &StoredSegment, team_sync: TeamSync) -> Result<(), StoreError> {
    let (head, opened) = (&stored.head, stored.segment.open(columns(stored.head.dataset))?);
    read_people(directory, head, &opened, team_sync)?;
    read_machines(directory, head, &opened)?;
    if head.dataset == Dataset::Activity {
        read_teams(directory, head, &opened)?;
    }
    directory.read.entry(head.dataset).or_default().insert(head.day, head.revision);
    Ok(())
}

fn read_people(
    directory: &mut Directory,
    head: &SegmentHead,
    opened: &Opened,
    team_sync: TeamSync,
) -> Result<(), StoreError> {
    let knows_teams = head.dataset == Dataset::Activity && opened.has("teams");
    for batch in opened.read_levels(&["subject", "name", "email", "teams"], &[Level::User])? {
        let batch = batch?;
        let Some(subjects) = batch.texts("subject") else { continue };
        let (names, emails, teams) = (batch.texts("name"), batch.texts("email"), batch.texts("teams"));
        for row in 0..batch.rows() {
            let Some(subject) = subjects.get(row) else { continue };
            let name = names.and_then(|names| names.get(row));
            let email = emails.and_then(|emails| emails.get(row));
            directory.note_person(head.day, subject, name, email);
        }
        if knows_teams {
            // A person without a list is in no team where others have theirs.
            let list = |row: usize| teams.and_then(|teams| teams.get(row)).unwrap_or_default();
            let lists = (0..batch.rows()).filter_map(|row| Some((subjects.get(row)?, list(row))));
            match team_sync {
                TeamSync::Daily => directory.set_teams(head.day, lists),
                TeamSync::Once => {
                    let open: Vec<_> = lists.filter(|(subject, _)| !directory.has_fixed_teams(subject)).collect();
                    directory.set_teams(head.day, open.into_iter());
                }
            }
        }
    }
    Ok(())
}

fn read_machines(directory: &mut Directory, head: &SegmentHead, opened: &Opened) -> Result<(), StoreError> {
    for batch in opened.read_levels(&["subject", "name"], &[Level::ApiKey, Level::ServiceAccount])? {
        let batch = batch?;
        let (Some(subjects), Some(names)) = (batch.texts("subject"), batch.texts("name")) else { continue };
        for row in 0..batch.rows() {
            if let Some(id) = subjects.get(row) {
                directory.note_machine(head.day, id, names.get(row));
            }
        }
    }
    Ok(())
}

fn read_teams(directory: &mut Directory, head: &SegmentHead, opened: &Opened) -> Result<(), StoreError> {
    for batch in opened.read_levels(&["subject", "name"], &[Level::Team])? {
        let batch = batch?;
        let Some(subjects) = batch.texts("subject") else { continue };
        let names = batch.texts("name");
        for row in 0..batch.rows() {
            if let Some(id) = subjects.get(row) {
                directory.note_team(head.day, id, names.and_then(|names| names.get(row)));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::memory::{Memory, day};
    use crate::segment::{Activity, Cost, Seat};

    fn user<'a>(subject: &'a str, teams: Option<&'a str>) -> Activity<'a> {
        Activity { level: Level::User, subject, name: Some("anna"), teams, ..Activity::default() }
    }

    async fn directory(memory: &Memory) -> Directory {
        let id = ConnectorId("a".to_owned());
        let mut directory = Directory::default();
        let heads = memory.ledger(&id).await.unwrap();
        catch_up(&mut directory, memory, &id, &heads, TeamSync::Daily).await.unwrap();
        directory
    }

    #[tokio::test]
    async fn a_directory_has_what_all_datasets_say_about_a_person() {
        let seat = Seat { level: Level::User, subject: "7", email: Some("anna@octo.example"), ..Seat::default() };
        let cost = Cost { level: Level::User, subject: "12", name: Some("ben"), basis: "metered", ..Cost::default() };
        let team = Activity { level: Level::Team, subject: "1", name: Some("core"), ..Activity::default() };
        let memory = Memory::default()
            .connector("a", "one")
            .rows("a", "2026-11-16", &[user("7", Some("1")), user("", None), team])
            .rows("a", "2026-11-17", &[user("7", None)])
            .rows("a", "2026-11-18", &[seat])
            .rows("a", "2026-11-15", &[cost]);
        let directory = directory(&memory).await;
        assert_eq!(directory.people.keys().collect::<Vec<_>>(), ["12", "7"]);
        let anna = &directory.people["7"];
        assert_eq!(anna.email.as_ref().map(|email| email.value.as_str()), Some("anna@octo.example"));
        assert_eq!(directory.people["12"].first_seen, day("2026-11-15"));
        assert_eq!(directory.team_name("1"), Some("core"));
        // Nothing is known of teams on the 17th.
        assert_eq!(directory.teams_on("7", day("2026-11-17")), Some("1"));
    }

    #[tokio::test]
    async fn rows_that_were_read_are_not_read_again() {
        let memory = Memory::default().connector("a", "one").rows("a", "2026-11-16", &[user("7", None)]);
        let id = ConnectorId("a".to_owned());
        let mut directory = directory(&memory).await;
        let heads = memory.ledger(&id).await.unwrap();
        assert!(!catch_up(&mut directory, &memory, &id, &heads, TeamSync::Daily).await.unwrap());
        let restated =
            memory.rows("a", "2026-11-16", &[user("7", None), user("8", None)]).revised("a", "2026-11-16", 2);
        let heads = restated.ledger(&id).await.unwrap();
        assert!(catch_up(&mut directory, &restated, &id, &heads, TeamSync::Daily).await.unwrap());
        assert_eq!(directory.people.len(), 2);
    }
}
