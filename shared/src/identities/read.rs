//! A connector's directory, brought up to date with its stored rows.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;

use crate::error::{StoreError, chain};
use crate::ports::{SegmentStore, StoredSegment};
use crate::segment::{Opened, columns};
use crate::words::{ConnectorId, Dataset, Day, Days, Directory, Level, SegmentHead, TeamSync};

/// Rows in the segments that are asked for at once, of all datasets: a store reads ahead.
const MOST_ROWS: u64 = 150_000;
/// Whose rows say more about a person than the id, in the order in which a day is read.
const DATASETS: [Dataset; 4] = [Dataset::Activity, Dataset::ModelUsage, Dataset::Cost, Dataset::Seats];

/// Whether the directory does not say what these rows do, under this setting.
pub fn is_behind<'a>(
    directory: &Directory,
    heads: impl IntoIterator<Item = &'a SegmentHead>,
    team_sync: TeamSync,
) -> bool {
    let is_outdated = directory.team_sync != Some(team_sync);
    heads.into_iter().any(|head| names_people(head) && (is_outdated || is_unread(directory, head)))
}

/// Brings the directory up to date with the rows, and returns whether there were any to read. Reads all days again from the
/// first day that the directory has not seen: so it follows from the rows alone, not from the order in which they were
/// stored. Leaves out damaged rows: a report that needs them fails, and the other rows count.
pub async fn catch_up<'a>(
    directory: &mut Directory,
    segments: &dyn SegmentStore,
    id: &ConnectorId,
    heads: impl IntoIterator<Item = &'a SegmentHead>,
    team_sync: TeamSync,
) -> Result<bool, StoreError> {
    if directory.team_sync != Some(team_sync) {
        *directory = Directory { team_sync: Some(team_sync), version: directory.version, ..Directory::default() };
    }
    let heads: Vec<&SegmentHead> = heads.into_iter().filter(|head| names_people(head)).collect();
    let unread = heads.iter().filter(|head| is_unread(directory, head)).map(|head| head.day);
    let Some(from) = unread.min() else { return Ok(false) };
    // Another poll may have read days that these heads do not know.
    let read = directory.read.values().flat_map(|days| days.keys());
    let mut days: BTreeMap<Day, u64> = read.map(|day| (*day, 0)).collect();
    for head in &heads {
        *days.entry(head.day).or_default() += head.rows;
    }
    let fixed = match team_sync {
        TeamSync::Daily => BTreeMap::new(),
        TeamSync::Once => directory.latest_teams(),
    };
    directory.forget_from(from);
    let mut reading = Reading { directory, segments, id, heads };
    for days in runs(days.split_off(&from)) {
        match reading.days(days, &DATASETS).await {
            Err(StoreError::Corrupt(_)) => reading.one_by_one(days).await?,
            read => read?,
        }
    }
    if team_sync == TeamSync::Once {
        directory.fix_teams(&fixed);
    }
    Ok(true)
}

/// A directory that is being brought up to date.
struct Reading<'a> {
    directory: &'a mut Directory,
    segments: &'a dyn SegmentStore,
    id: &'a ConnectorId,
    heads: Vec<&'a SegmentHead>,
}

impl Reading<'_> {
    /// In order of day and, within a day, of dataset.
    async fn days(&mut self, days: Days, datasets: &[Dataset]) -> Result<(), StoreError> {
        let (segments, id) = (self.segments, self.id);
        let mut stored: Vec<_> = datasets.iter().map(|dataset| segments.range(id, *dataset, days)).collect();
        let mut next = Vec::new();
        for stored in &mut stored {
            // One after the other: each connection to a store has a cache of its own.
            next.push(stored.try_next().await?);
        }
        loop {
            let known = next.iter().enumerate().filter_map(|(place, next)| Some((next.as_ref()?.head.day, place)));
            let Some((_, place)) = known.min() else { return Ok(()) };
            if let Some(first) = next[place].take() {
                read(self.directory, &first)?;
            }
            next[place] = stored[place].try_next().await?;
        }
    }

    /// Damaged rows end a range; what is behind them is read all the same.
    async fn one_by_one(&mut self, days: Days) -> Result<(), StoreError> {
        self.directory.forget_from(days.from());
        for (day, dataset) in days.iter().flat_map(|day| DATASETS.map(|dataset| (day, dataset))) {
            match self.days(Days::one(day), &[dataset]).await {
                Err(error @ StoreError::Corrupt(_)) => {
                    tracing::error!(connector = %self.id, %dataset, %day, error = chain(&error), "stored rows are damaged");
                    // They are not read again before they are replaced.
                    let head = self.heads.iter().find(|head| (head.dataset, head.day) == (dataset, day));
                    let revision = head.map(|head| (day, head.revision));
                    self.directory.read.entry(dataset).or_default().extend(revision);
                }
                read => read?,
            }
        }
        Ok(())
    }
}

fn names_people(head: &SegmentHead) -> bool {
    DATASETS.contains(&head.dataset) && head.has_content()
}

fn is_unread(directory: &Directory, head: &SegmentHead) -> bool {
    !directory.has_read(head.dataset, head.day, head.revision)
}

/// Days with their rows, as ranges that have not too many.
fn runs(days: BTreeMap<Day, u64>) -> Vec<Days> {
    let mut runs: Vec<(Days, u64)> = Vec::new();
    for (day, rows) in days {
        match runs.last_mut().filter(|(_, before)| before + rows <= MOST_ROWS) {
            Some((days, before)) => (*days, *before) = (Days::inclusive(days.from(), day), *before + rows),
            None => runs.push((Days::one(day), rows)),
        }
    }
    runs.into_iter().map(|(days, _)| days).collect()
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
    for batch in opened.read_levels(&["subject", "name", "email", "teams"], &[Level::User, Level::Member])? {
        let batch = batch?;
        let Some(subjects) = batch.texts("subject") else { continue };
        let (names, emails, teams) = (batch.texts("name"), batch.texts("email"), batch.texts("teams"));
        for row in 0..batch.rows() {
            let Some(subject) = subjects.get(row) else { continue };
            let name = names.and_then(|names| names.get(row));
            let email = emails.and_then(|emails| emails.get(row));
            directory.note_person(head.day, subject, name, email);
            if knows_teams {
                // A person without a list is in no team where others have theirs.
                let list = teams.and_then(|teams| teams.get(row)).unwrap_or_default();
                directory.set_teams(head.day, subject, list);
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
    use proptest::prelude::*;

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
        assert_eq!(anna.emails.latest(), Some("anna@octo.example"));
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
        let restated = memory.rows("a", "2026-11-16", &[user("7", None), user("8", None)]).revised(
            "a",
            Dataset::Activity,
            "2026-11-16",
            2,
        );
        let heads = restated.ledger(&id).await.unwrap();
        assert!(catch_up(&mut directory, &restated, &id, &heads, TeamSync::Daily).await.unwrap());
        assert_eq!(directory.people.len(), 2);
    }

    const CHOICES: [&str; 4] = ["", "one", "two", "three"];
    const SUBJECTS: [&str; 3] = ["7", "8", "9"];

    /// What is stored of a dataset on a day: of each subject a choice of name, of address and of teams, or nothing.
    type Put = (usize, u32, Vec<Option<(usize, usize, usize)>>, bool);

    /// In any order, also of a day again; and whether the directory is brought up to date behind it.
    fn puts() -> impl Strategy<Value = Vec<Put>> {
        let of_subject = prop::option::weighted(0.7, (0..4usize, 0..3usize, 0..3usize));
        let rows = prop::collection::vec(of_subject, SUBJECTS.len());
        prop::collection::vec((0..3usize, 1..8u32, rows, any::<bool>()), 1..24)
    }

    fn put(memory: Memory, (dataset, day, rows, _): &Put, revision: u32) -> Memory {
        let on = format!("2026-11-{day:02}");
        let rows = SUBJECTS.iter().zip(rows).filter_map(|(subject, of)| of.map(|of| (*subject, of)));
        let text = |choice: usize| Some(CHOICES[choice]).filter(|text| !text.is_empty());
        let put = match dataset {
            0 => {
                let levels = [Level::User, Level::User, Level::Team, Level::ApiKey];
                let row = |(subject, (name, email, teams)): (&'static str, (usize, usize, usize))| Activity {
                    level: levels[name],
                    subject,
                    name: text(name),
                    email: text(email),
                    teams: text(teams).filter(|_| levels[name] == Level::User),
                    ..Activity::default()
                };
                memory.rows("a", &on, &rows.map(row).collect::<Vec<_>>())
            }
            1 => {
                let row = |(subject, (name, email, _)): (&'static str, (usize, usize, usize))| {
                    let (name, email) = (text(name), text(email));
                    Cost { level: Level::User, subject, name, email, basis: "metered", ..Cost::default() }
                };
                memory.rows("a", &on, &rows.map(row).collect::<Vec<_>>())
            }
            _ => {
                let row = |(subject, (name, email, _)): (&'static str, (usize, usize, usize))| Seat {
                    level: Level::User,
                    subject,
                    name: text(name),
                    email: text(email),
                    ..Seat::default()
                };
                memory.rows("a", &on, &rows.map(row).collect::<Vec<_>>())
            }
        };
        put.revised("a", [Dataset::Activity, Dataset::Cost, Dataset::Seats][*dataset], &on, revision)
    }

    proptest! {
        #[test]
        fn a_directory_does_not_depend_on_when_its_rows_came(puts in puts()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let id = ConnectorId("a".to_owned());
            let mut memory = Memory::default().connector("a", "one");
            let mut kept = Directory::default();
            for (revision, of) in (1..).zip(&puts) {
                memory = put(memory, of, revision);
                if of.3 {
                    let heads = runtime.block_on(memory.ledger(&id)).unwrap();
                    runtime.block_on(catch_up(&mut kept, &memory, &id, &heads, TeamSync::Daily)).unwrap();
                }
            }
            let heads = runtime.block_on(memory.ledger(&id)).unwrap();
            runtime.block_on(catch_up(&mut kept, &memory, &id, &heads, TeamSync::Daily)).unwrap();
            prop_assert_eq!(&kept, &runtime.block_on(directory(&memory)));

            // A day that is stored again and says the same.
            let (last, before) = (&puts[puts.len() - 1], kept.clone());
            let memory = put(memory, last, 100);
            let heads = runtime.block_on(memory.ledger(&id)).unwrap();
            runtime.block_on(catch_up(&mut kept, &memory, &id, &heads, TeamSync::Daily)).unwrap();
            prop_assert_eq!(Directory { read: before.read.clone(), ..kept }, before);
        }
    }
}
