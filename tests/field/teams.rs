//! A person who changes teams, with both settings of the connector.

use serde_json::json;
use shared::handlers::connectors::Change;
use shared::handlers::teams::TeamsQuery;
use shared::words::TeamSync;

use super::cursor::Team;
use crate::sandbox_world::day;

const DAYS: [&str; 3] = ["2026-05-31", "2026-06-01", "2026-06-02"];

/// Ada moves from core to design on June 2; Ben joins design on that day.
async fn team(team_sync: TeamSync) -> Team {
    let mut team = Team::new().await;
    team.connector.team_sync = team_sync;
    team.connector = team.world.app.connectors.update(&team.connector).await.unwrap();
    let (ada, ben) = ("ada@acme.test", "ben@acme.test");
    let groups = json!({"groups": [
        {"id": "7", "name": "core", "currentMembers": [],
            "formerMembers": [{"email": ada, "joinedAt": "2026-01-01T00:00:00Z", "leftAt": "2026-06-01T00:00:00Z"}]},
        {"id": "9", "name": "design", "formerMembers": [], "currentMembers": [
            {"email": ada, "joinedAt": "2026-06-02T00:00:00Z"}, {"email": ben, "joinedAt": "2026-06-02T00:00:00Z"}]},
    ]});
    team.answers("/teams/groups", groups);
    let used = |on: &str, email: &str| json!({"day": on, "email": email, "isActive": true, "agentRequests": 3});
    let usage = [used(DAYS[0], ada), used(DAYS[1], ada), used(DAYS[2], ada), used(DAYS[2], ben)];
    let pagination = json!({"page": 1, "pageSize": 100, "totalPages": 1, "hasNextPage": false});
    team.answers("/teams/daily-usage-data", json!({"data": usage, "pagination": pagination}));
    team
}

async fn poll(team: &Team, from: &str, to: &str) {
    team.world.poll_days(&team.connector, from, to).await;
}

/// Ada's teams on each of the days, and Ben's on the last one.
async fn teams(team: &Team) -> ([Option<String>; 3], Option<String>) {
    let directory = team.world.app.identities.directory(&team.connector.id).await.unwrap();
    let on = |email: &str, on: &str| directory.teams_on(email, day(on)).map(str::to_owned);
    (DAYS.map(|day| on("ada@acme.test", day)), on("ben@acme.test", DAYS[2]))
}

fn expected(ada: [&str; 3], ben: Option<&str>) -> ([Option<String>; 3], Option<String>) {
    (ada.map(|team| Some(team.to_owned())), ben.map(str::to_owned))
}

#[tokio::test]
async fn a_person_counts_for_the_teams_of_each_day() {
    let team = team(TeamSync::Daily).await;
    poll(&team, DAYS[0], DAYS[1]).await;
    poll(&team, DAYS[2], DAYS[2]).await;
    assert_eq!(teams(&team).await, expected(["7", "7", "9"], Some("9")));
}

#[tokio::test]
async fn a_person_stays_in_the_first_teams_if_teams_are_synced_once() {
    let team = team(TeamSync::Once).await;
    poll(&team, DAYS[1], DAYS[1]).await;
    assert_eq!(teams(&team).await, expected(["7", "7", "7"], None), "on all days");
    poll(&team, DAYS[2], DAYS[2]).await;
    poll(&team, DAYS[0], DAYS[0]).await;
    // Ben was in no known team before.
    assert_eq!(teams(&team).await, expected(["7", "7", "7"], Some("9")));
}

/// How many people each team has on each of the days, by name, as the report says.
async fn counted(team: &Team) -> [Vec<(String, u32)>; 3] {
    let reports = team.world.app.reports();
    let on = |on: &str| TeamsQuery { from: Some(day(on)), to: Some(day(on)), ..TeamsQuery::default() };
    let pages = futures_util::future::join_all(DAYS.map(|day| reports.teams.run(on(day)))).await;
    let rows = pages.into_iter().map(|page| {
        let rows = page.unwrap().rows.into_iter().filter(|row| row.people > 0);
        rows.map(|row| (row.name.unwrap(), row.people)).collect()
    });
    rows.collect::<Vec<_>>().try_into().unwrap()
}

#[tokio::test]
async fn a_change_of_the_setting_holds_at_once_and_for_all_days() {
    let team = team(TeamSync::Daily).await;
    poll(&team, DAYS[0], DAYS[2]).await;
    let core = || vec![("core".to_owned(), 1)];
    let both = || vec![("design".to_owned(), 2)];
    let daily = (["7", "7", "9"], [core(), core(), both()]);
    let once = (["9", "9", "9"], [both(), both(), both()]);
    assert_eq!(counted(&team).await, daily.1);
    for (setting, (kept, shown)) in [(TeamSync::Once, once), (TeamSync::Daily, daily)] {
        let change = Change { team_sync: Some(setting), ..Change::default() };
        team.world.app.connectors().change(&team.connector.id, &change, "r").await.unwrap();
        assert_eq!(counted(&team).await, shown, "before the next poll");
        let polled = team.world.poll_days(&team.connector, DAYS[0], DAYS[2]).await;
        assert_eq!(polled.stored.len(), 0);
        assert_eq!(teams(&team).await, expected(kept, Some("9")), "as the poll keeps it");
        assert_eq!(counted(&team).await, shown);
    }
}
