//! Directories of people, updated by polls and rebuilds.

use std::collections::BTreeSet;

use sandbox::Options;
use shared::error::StoreError;
use shared::handlers::connectors::Change;
use shared::handlers::people::PeopleQuery;
use shared::handlers::seats::SeatsQuery;
use shared::words::{Connector, Dataset, Directory, Level, PollOutcome, TeamSync};

use crate::rows;
use crate::sandbox_world::{TOKEN, World, day, organization, small};

async fn directory(world: &World, connector: &Connector) -> Directory {
    world.app.identities.directory(&connector.id).await.unwrap()
}

async fn is_gone(world: &World, connector: &Connector) -> bool {
    matches!(world.app.identities.directory(&connector.id).await, Err(StoreError::NotFound))
}

/// All IDs of people in the rows of a day.
async fn subjects(world: &World, connector: &Connector, dataset: Dataset, on: &str) -> BTreeSet<String> {
    let rows = rows::stored(&world.app, &connector.id, dataset, day(on)).await.unwrap_or_default();
    let users = rows.into_iter().filter(|row| row["level"] == Level::User.as_str());
    users.map(|row| row["subject"].as_str().unwrap().to_owned()).filter(|subject| !subject.is_empty()).collect()
}

#[tokio::test]
async fn a_poll_stores_all_people_in_its_rows() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
    world.poll(&connector).await;
    let kept = directory(&world, &connector).await;
    let mut named = subjects(&world, &connector, Dataset::Seats, "2026-11-21").await;
    for head in world.ledger(&connector).await {
        named.extend(subjects(&world, &connector, Dataset::Activity, &head.day.to_string()).await);
    }
    assert!(named.len() > 10, "{}", named.len());
    assert_eq!(kept.people.keys().cloned().collect::<BTreeSet<_>>(), named);
    let anyone = kept.people.values().next().unwrap();
    assert!(!anyone.names.is_empty());
    assert!(!kept.teams.is_empty());
}

#[tokio::test]
async fn an_idle_seat_is_in_its_teams_and_in_no_figure() {
    let options = Options { users: 60, ..small("2026-11-21T06:00:00Z") };
    let world = World::with(options).await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
    let (mut active, mut members) = (BTreeSet::new(), BTreeSet::new());
    for head in world.ledger(&connector).await.iter().filter(|head| head.dataset == Dataset::Activity) {
        let rows = rows::stored(&world.app, &connector.id, head.dataset, head.day).await.unwrap();
        let of_members = rows.iter().filter(|row| row["level"] == Level::Member.as_str());
        assert_eq!(head.rows, (rows.len() - of_members.clone().count()) as u64, "{}", head.day);
        members.extend(of_members.map(|row| row["subject"].as_str().unwrap().to_owned()));
        active.extend(subjects(&world, &connector, head.dataset, &head.day.to_string()).await);
    }
    let mut idle = subjects(&world, &connector, Dataset::Seats, "2026-11-21").await;
    idle.retain(|subject| members.contains(subject) && !active.contains(subject));
    assert!(idle.len() > 2, "{idle:?}");

    let reports = world.app.reports();
    let seats = reports.seats.run(SeatsQuery::default()).await.unwrap().rows;
    for seat in seats.iter().filter(|seat| idle.contains(&seat.subject.id)) {
        let team = seat.teams.first().unwrap_or_else(|| panic!("{} is in no team", seat.subject.id));
        let query = SeatsQuery { team: Some(team.id.clone()), ..SeatsQuery::default() };
        let of_team = reports.seats.run(query).await.unwrap().rows;
        assert!(of_team.iter().any(|other| other.subject == seat.subject), "{}", team.id);
    }
    let (from, to) = (Some(day("2026-11-19")), Some(day("2026-11-20")));
    let people = reports.people.run(PeopleQuery { from, to, ..PeopleQuery::default() }).await.unwrap();
    assert_eq!(people.total, active.len() as u64, "who has used something");
}

#[tokio::test]
async fn a_poll_without_new_rows_writes_no_directory() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let before = directory(&world, &connector).await;
    assert_eq!(world.poll(&connector).await.stored.len(), 0);
    assert_eq!(directory(&world, &connector).await, before);
}

#[tokio::test]
async fn the_next_poll_completes_a_missing_or_outdated_directory() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let whole = directory(&world, &connector).await;
    world.app.identities.remove_directory(&connector.id).await.unwrap();
    assert_eq!(world.poll(&connector).await.stored.len(), 0);
    assert_eq!(directory(&world, &connector).await, whole);

    // The state after a process ends between its rows and the directory.
    let mut behind = whole.clone();
    behind.people.clear();
    behind.read.get_mut(&Dataset::Activity).unwrap().retain(|on, _| *on < day("2026-11-01"));
    behind.read.remove(&Dataset::Seats);
    world.app.identities.put_directory(&connector.id, &behind).await.unwrap();
    world.poll(&connector).await;
    let made_up = directory(&world, &connector).await;
    assert_eq!((&made_up.read, made_up.version), (&whole.read, 3));
    assert!(!made_up.people.is_empty());
}

#[tokio::test]
async fn a_rebuild_creates_a_missing_directory() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let whole = directory(&world, &connector).await;
    world.app.identities.remove_directory(&connector.id).await.unwrap();
    world.app.rebuild().run(&connector.id, &()).await.unwrap();
    assert_eq!(directory(&world, &connector).await, whole);
}

#[tokio::test]
async fn two_concurrent_polls_leave_a_directory_of_all_rows() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    tokio::join!(
        world.poll_days(&connector, "2026-11-10", "2026-11-14"),
        world.poll_days(&connector, "2026-11-12", "2026-11-18"),
    );
    let kept = directory(&world, &connector).await;
    for head in world.ledger(&connector).await.iter().filter(|head| head.dataset == Dataset::Activity) {
        assert!(kept.has_read(head.dataset, head.day, head.revision), "{}", head.day);
    }
}

#[tokio::test]
async fn damaged_rows_of_one_day_do_not_block_the_directory() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let whole = directory(&world, &connector).await;
    world.app.identities.remove_directory(&connector.id).await.unwrap();
    let database = rusqlite::Connection::open(world.folder.path().join("pairmeter.db")).unwrap();
    let damage = "UPDATE bodies SET bytes = x'00' WHERE dataset = 'activity' AND day = '2026-11-10'";
    assert_eq!(database.execute(damage, []).unwrap(), 1);
    for _ in 0..2 {
        assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
        let kept = directory(&world, &connector).await;
        assert_eq!(kept.version, 1, "nothing new was read");
        assert_eq!(kept.people.len(), whole.people.len());
        assert_eq!(kept.read, whole.read, "the damaged rows are not read again");
    }
}

#[tokio::test]
async fn removal_of_a_connector_removes_its_directory_idempotently() {
    let world = World::new().await;
    for purge in [false, true] {
        let connector = world.save(organization("octo"), TOKEN).await.unwrap();
        world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
        assert!(!is_gone(&world, &connector).await);
        world.app.connectors().remove(&connector.id, purge).await.unwrap();
        assert!(is_gone(&world, &connector).await);
    }
    // The process ends between the connector and its directory.
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
    world.app.connectors.remove(&connector.id).await.unwrap();
    assert!(!is_gone(&world, &connector).await);
    assert_eq!(world.app.connectors().remove(&connector.id, false).await.unwrap_err().status(), 404);
    assert!(is_gone(&world, &connector).await);
}

#[tokio::test]
async fn the_team_sync_is_set_when_saving_and_later() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    assert_eq!(connector.team_sync, TeamSync::Daily);
    let change = |team_sync| Change { team_sync, ..Change::default() };
    for (wanted, expected) in
        [(Some(TeamSync::Once), TeamSync::Once), (None, TeamSync::Once), (Some(TeamSync::Daily), TeamSync::Daily)]
    {
        let changed = world.app.connectors().change(&connector.id, &change(wanted), "r").await.unwrap();
        assert_eq!(changed.team_sync, expected);
        assert_eq!(world.connector(&connector).await, changed);
    }
}
