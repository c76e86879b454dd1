//! A connector's directory, brought up to date with its stored rows.

use futures_util::StreamExt;

use crate::error::StoreError;
use crate::ports::{SegmentStore, StoredSegment};
use crate::segment::{Opened, columns};
use crate::words::{ConnectorId, Dataset, Days, Directory, Level, SegmentHead};

/// Reads the rows that the directory has not seen. Says whether there were any.
pub async fn catch_up(
    directory: &mut Directory,
    segments: &dyn SegmentStore,
    id: &ConnectorId,
    heads: &[SegmentHead],
) -> Result<bool, StoreError> {
    let mut has_changed = false;
    for dataset in Dataset::ALL.into_iter().filter(|dataset| names_people(*dataset)) {
        let is_unread = |head: &&SegmentHead| !directory.has_read(dataset, head.day, head.revision);
        let of_dataset = heads.iter().filter(|head| head.dataset == dataset && head.has_content());
        let unread: Vec<_> = of_dataset.filter(is_unread).map(|head| head.day).collect();
        for days in runs(&unread) {
            let mut stored = segments.range(id, dataset, days);
            while let Some(stored) = stored.next().await {
                let stored = stored?;
                if !directory.has_read(dataset, stored.head.day, stored.head.revision) {
                    read(directory, &stored)?;
                    has_changed = true;
                }
            }
        }
    }
    Ok(has_changed)
}

/// Days as ranges without gaps.
fn runs(days: &[crate::words::Day]) -> Vec<Days> {
    let mut runs: Vec<Days> = Vec::new();
    for day in days {
        match runs.last_mut().filter(|run| run.until() == *day) {
            Some(run) => *run = Days::inclusive(run.from(), *day),
            None => runs.push(Days::one(*day)),
        }
    }
    runs
}

/// Whether rows of the dataset say more about a person than the id.
fn names_people(dataset: Dataset) -> bool {
    matches!(dataset, Dataset::Activity | Dataset::ModelUsage | Dataset::Cost | Dataset::Seats)
}

fn read(directory: &mut Directory, stored: &StoredSegment) -> Result<(), StoreError> {
    let (head, opened) = (&stored.head, stored.segment.open(columns(stored.head.dataset))?);
    read_people(directory, head, &opened)?;
    read_machines(directory, head, &opened)?;
    if head.dataset == Dataset::Activity {
        read_teams(directory, head, &opened)?;
    }
    directory.read.entry(head.dataset).or_default().insert(head.day, head.revision);
    Ok(())
}

fn read_people(directory: &mut Directory, head: &SegmentHead, opened: &Opened) -> Result<(), StoreError> {
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
            directory.set_teams(head.day, lists);
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
        catch_up(&mut directory, memory, &id, &memory.ledger(&id).await.unwrap()).await.unwrap();
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
        assert!(!catch_up(&mut directory, &memory, &id, &heads).await.unwrap());
        let restated =
            memory.rows("a", "2026-11-16", &[user("7", None), user("8", None)]).revised("a", "2026-11-16", 2);
        let heads = restated.ledger(&id).await.unwrap();
        assert!(catch_up(&mut directory, &restated, &id, &heads).await.unwrap());
        assert_eq!(directory.people.len(), 2);
    }
}
