//! Reported inputs: two rows about one subject. `providers/merge.rs` has the rules.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use shared::error::ProviderError;
use shared::handlers::people::PeopleQuery;
use shared::handlers::seats::SeatsQuery;
use shared::http::{Detours, Http};
use shared::providers::{self, Mapped};
use shared::words::{Account, Dataset, Day, PollOutcome, SegmentState};

use crate::providers::stub::{self, Answer, Stub};
use crate::rows::{self, Plain, assert_same};
use crate::sandbox_world::{PROVIDER, TOKEN, World, day, enterprise, organization};

use super::world_behind;

const ON: &str = "2026-11-26";

/// The segments that a provider maps from these files; each list has the files of one report.
fn mapped(provider: &str, account: &Account, reports: &[(&str, Vec<String>)]) -> Result<Mapped, ProviderError> {
    let history = providers::history(provider).unwrap();
    let mut mapper = history.mapper(account, 1);
    for (name, files) in reports {
        mapper.begin(&history.archived(account, name, day(ON)).unwrap());
        for file in files {
            mapper.read(file.as_bytes())?;
            mapper.end_body()?;
        }
        mapper.end_report()?;
    }
    mapper.finish()
}

fn rows_of(mapped: &Mapped, dataset: Dataset) -> Vec<Plain> {
    rows::of_segment(dataset, &mapped.segments[&(dataset, day(ON))])
}

fn plain(rows: Value) -> Vec<Plain> {
    serde_json::from_value(rows).unwrap()
}

fn milliseconds(time: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(time).unwrap().timestamp_millis()
}

fn seats_page(seats: &[Value]) -> String {
    json!({"total_seats": 1, "seats": seats}).to_string()
}

fn seat_rows(pages: Vec<String>) -> Vec<Plain> {
    rows_of(&mapped(PROVIDER, &enterprise("acme"), &[("seats", pages)]).unwrap(), Dataset::Seats)
}

fn file(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// Both orders of two rows, in one file and in two.
fn arrangements(rows: &[Value; 2], page: impl Fn(&[Value]) -> String) -> Vec<Vec<String>> {
    let [a, b] = rows;
    vec![
        vec![page(&[a.clone(), b.clone()])],
        vec![page(&[b.clone(), a.clone()])],
        vec![page(std::slice::from_ref(a)), page(std::slice::from_ref(b))],
        vec![page(std::slice::from_ref(b)), page(std::slice::from_ref(a))],
    ]
}

fn two_grants() -> [Value; 2] {
    [
        json!({"created_at": "2025-03-01T09:00:00-05:00", "assignee": {"id": 7, "login": "jdoe_acme", "type": "User"},
            "organization": {"id": 1, "login": "org-a"}, "plan_type": "business",
            "pending_cancellation_date": "2026-12-01", "last_activity_at": null, "last_activity_editor": null,
            "assigning_team": null}),
        json!({"created_at": "2026-05-01T09:00:00-05:00", "assignee": {"id": 7, "login": "jdoe_acme", "type": "User"},
            "organization": {"id": 2, "login": "org-b"}, "plan_type": "enterprise", "pending_cancellation_date": null,
            "last_activity_at": "2026-11-27T10:00:00-05:00",
            "last_activity_editor": "vscode/1.101.1/copilot-chat/0.28.2", "assigning_team": {"id": 3, "slug": "core"}}),
    ]
}

#[test]
fn a_person_with_two_grants_holds_one_seat() {
    // B10
    let expected = plain(json!([{
        "level": "user", "subject": "7", "name": "jdoe_acme", "plan": "enterprise", "assigning_team": "core",
        "assigned_at": milliseconds("2025-03-01T14:00:00Z"), "last_activity_at": milliseconds("2026-11-27T15:00:00Z"),
        "last_activity_in": "vscode/1.101.1/copilot-chat/0.28.2"
    }]));
    for pages in arrangements(&two_grants(), seats_page) {
        assert_same("seats", &seat_rows(pages), &expected);
    }
}

#[test]
fn a_seat_ends_with_the_last_of_its_grants() {
    // B10
    let [mut a, mut b] = two_grants();
    a["pending_cancellation_date"] = json!("2026-12-01");
    b["pending_cancellation_date"] = json!("2027-01-01");
    for pages in arrangements(&[a, b], seats_page) {
        assert_eq!(seat_rows(pages)[0]["pending_cancellation"], "2027-01-01");
    }
}

#[test]
fn a_team_with_a_seat_is_not_a_person() {
    // B10: the reference allows a team as an assignee.
    let team = json!({"id": 7, "name": "Core", "slug": "core", "type": "Team"});
    let untyped = json!({"id": 8, "name": "Edge", "slug": "edge", "members_url": "https://api.github.com/x"});
    let seat =
        |assignee: &Value| json!({"created_at": "2026-05-01T09:00:00Z", "assignee": assignee, "plan_type": "business"});
    let [person, _] = two_grants();
    let expected = plain(json!([
        {"level": "user", "subject": "", "assigning_team": "core", "plan": "business",
            "assigned_at": milliseconds("2026-05-01T09:00:00Z")},
        {"level": "user", "subject": "", "assigning_team": "edge", "plan": "business",
            "assigned_at": milliseconds("2026-05-01T09:00:00Z")},
        {"level": "user", "subject": "7", "name": "jdoe_acme", "plan": "business",
            "assigned_at": milliseconds("2025-03-01T14:00:00Z"), "pending_cancellation": "2026-12-01"}
    ]));
    let mut rows = seat_rows(vec![seats_page(&[seat(&team), person, seat(&untyped)])]);
    rows.sort_by_key(|row| format!("{:?}{:?}", row["subject"], row.get("assigning_team")));
    assert_same("seats", &rows, &expected);
}

#[test]
fn a_login_of_an_enterprise_and_times_with_offsets_are_read() {
    // B31
    let seat = json!({"assignee": {"login": "jdoe_Acme", "id": 99, "type": "User"},
        "created_at": "2025-11-02T00:30:00-05:00", "last_activity_at": "2026-11-01T23:59:59-04:00",
        "last_activity_editor": "vscode/1.101.1/copilot-chat/0.28.2",
        "assigning_team": {"id": 5, "name": "All", "slug": "ent:all",
            "html_url": "https://github.com/enterprises/acme/teams/all"}});
    let expected = plain(json!([{
        "level": "user", "subject": "99", "name": "jdoe_Acme", "assigning_team": "ent:all",
        "assigned_at": milliseconds("2025-11-02T05:30:00Z"), "last_activity_at": milliseconds("2026-11-02T03:59:59Z"),
        "last_activity_in": "vscode/1.101.1/copilot-chat/0.28.2"
    }]));
    assert_same("seats", &seat_rows(vec![seats_page(&[seat])]), &expected);
}

#[tokio::test]
async fn active_people_without_seats_give_no_negative_numbers() {
    // B20: a central organization grants the seats.
    let (world, _proxy) = world_behind(PROVIDER, |path, _| {
        if path.contains("/copilot/billing/seats") {
            return Some(Answer::json(r#"{"total_seats":0,"seats":[]}"#));
        }
        None
    })
    .await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    let summary = world.app.reports().seats.run(SeatsQuery::default()).await.unwrap().summary;
    assert_eq!(
        serde_json::to_value(summary).unwrap(),
        json!({"total": 0, "active_28d": 0, "idle_28d": 0, "never_active": 0, "unknown": 0, "pending_cancellation": 0})
    );
    let people = world.app.reports().people.run(PeopleQuery::default()).await.unwrap().rows;
    assert!(people.len() > 5, "{} people are active without a seat", people.len());
}

fn account_record(organization: Option<&str>, enterprise: &str, users: i64) -> Value {
    let mut record = json!({"day": ON, "enterprise_id": enterprise, "daily_active_users": users,
        "loc_added_sum": users * 10, "totals_by_ide": [{"ide": "vscode", "code_generation_activity_count": users}]});
    if let Some(organization) = organization {
        record["organization_id"] = json!(organization);
    }
    record
}

fn account_row(mapped: &Mapped) -> Plain {
    rows_of(mapped, Dataset::Activity).into_iter().find(|row| row["level"] == "organization").unwrap()
}

#[test]
fn account_records_without_a_distinguishing_id_are_ambiguous() {
    // B13
    let records = [account_record(Some("11"), "1", 10), account_record(Some("22"), "1", 25)];
    for (account, report) in [(enterprise("acme"), "enterprise-1-day"), (organization("octo"), "organization-1-day")] {
        for files in arrangements(&records, file) {
            let error = mapped(PROVIDER, &account, &[(report, files)]).unwrap_err();
            assert_eq!(error.code(), "provider_ambiguous");
            let message = error.to_string();
            assert!(
                message.contains(report) && message.contains("2 different records") && message.contains(ON),
                "{message}"
            );
        }
    }
}

#[test]
fn an_account_record_is_chosen_by_the_id_of_its_account() {
    // B13: the enterprise's own record names no organization; an organization's ID is the one in its people's rows.
    let of_enterprise = [account_record(Some("11"), "1", 10), account_record(None, "1", 31)];
    let of_organization = [account_record(Some("11"), "1", 10), account_record(Some("22"), "1", 25)];
    let person = json!({"day": ON, "user_id": 7, "user_login": "ana", "organization_id": "22", "enterprise_id": "1",
        "user_initiated_interaction_count": 1});
    for files in arrangements(&of_enterprise, file) {
        let mapped = mapped(PROVIDER, &enterprise("acme"), &[("enterprise-1-day", files)]).unwrap();
        assert_eq!((&account_row(&mapped)["active"], &account_row(&mapped)["lines_added"]), (&json!(31), &json!(310)));
        assert_eq!(rows_of(&mapped, Dataset::Breakdown).len(), 1);
    }
    for files in arrangements(&of_organization, file) {
        let people = ("users-1-day", vec![file(std::slice::from_ref(&person))]);
        let mapped = mapped(PROVIDER, &organization("octo"), &[people, ("organization-1-day", files)]).unwrap();
        assert_eq!(account_row(&mapped)["active"], 25);
    }
    // Two enterprises in one file, as in GitHub's own example.
    let of_enterprises = [account_record(None, "1", 10), account_record(None, "2", 25)];
    for files in arrangements(&of_enterprises, file) {
        let mut person = person.clone();
        person["enterprise_id"] = json!("2");
        let people = ("users-1-day", vec![file(&[person])]);
        let mapped = mapped(PROVIDER, &enterprise("acme"), &[people, ("enterprise-1-day", files)]).unwrap();
        assert_eq!(account_row(&mapped)["active"], 25);
    }
}

#[test]
fn a_repeated_account_record_is_one_record() {
    // B13
    let record = account_record(Some("11"), "1", 10);
    for files in arrangements(&[record.clone(), record], file) {
        let mapped = mapped(PROVIDER, &enterprise("acme"), &[("enterprise-1-day", files)]).unwrap();
        assert_eq!((&account_row(&mapped)["active"], mapped.duplicates), (&json!(10), 1));
    }
}

/// A Pairmeter in which `change` replaces the records of the account's file of 2026-11-19.
async fn with_account_file(change: impl Fn(Value) -> Vec<Value> + Clone + Send + Sync + 'static) -> (World, Stub) {
    let mut world = World::new().await;
    let target = format!("{}/copilot-reports.github.com", world.sandbox.url());
    let proxy = stub::changing(&target, move |_, real| {
        let text = String::from_utf8(real.body.clone()).ok()?;
        let record: Value = serde_json::from_str(text.trim()).ok()?;
        let is_it = record["day"] == "2026-11-19" && record.get("daily_active_users").is_some();
        is_it.then(|| Answer::bytes(file(&change(record))))
    })
    .await;
    let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
    detours.extend(Detours::parse(&format!("copilot-reports.github.com={}", proxy.url())).unwrap());
    world.app.0.http = Http::new(detours);
    (world, proxy)
}

#[tokio::test]
async fn a_record_of_another_organization_does_not_change_the_day() {
    // B13: the people's rows name the organization.
    let (world, _proxy) = with_account_file(|own| {
        let mut other = own.clone();
        (other["organization_id"], other["daily_active_users"]) = (json!("424242"), json!(1));
        vec![other, own]
    })
    .await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let polled = world.poll_days(&connector, "2026-11-18", "2026-11-19").await;
    assert_eq!((polled.outcome, polled.duplicates), (PollOutcome::Ok, 1), "{:?}", polled.failure);
    let stored = rows::stored(&world.app, &connector.id, Dataset::Activity, day("2026-11-19")).await.unwrap();
    let of = |level: &str| stored.iter().filter(|row| row["level"] == level).collect::<Vec<_>>();
    assert_eq!(of("organization")[0]["active"], of("user").len());
    assert!(of("user").len() > 1);
}

#[tokio::test]
async fn a_day_with_ambiguous_account_records_fails_with_its_reason() {
    // B13: two organizations of an enterprise, without a record of the enterprise.
    let (world, _proxy) = with_account_file(|own| {
        let of = |organization: &str, users: i64| {
            let mut record = own.clone();
            (record["organization_id"], record["daily_active_users"]) = (json!(organization), json!(users));
            record
        };
        vec![of("11", 10), of("22", 25)]
    })
    .await;
    let connector = world.saved_before(enterprise("octo-inc"), TOKEN).await;
    let polled = world.poll_days(&connector, "2026-11-18", "2026-11-19").await;
    assert_eq!(polled.outcome, PollOutcome::Partial);
    assert_eq!(polled.failure.unwrap().code(), "provider_ambiguous");
    for dataset in [Dataset::Activity, Dataset::Breakdown, Dataset::PullRequests] {
        let expected = "enterprise-1-day: enterprise-1-day: 2 different records of 2026-11-19, and no id says which is the \
                        account's";
        let state = world.state(&connector, dataset, "2026-11-19").await;
        assert_eq!(state, Some(SegmentState::Failed(expected.to_owned())));
        let before = world.state(&connector, dataset, "2026-11-18").await;
        assert!(matches!(before, Some(SegmentState::Provisional | SegmentState::Final)), "{before:?}");
    }
}

fn person(organization: &str, prompts: i64, lines: Option<i64>, credits: &str) -> Value {
    let mut record = json!({"day": ON, "user_id": 7, "user_login": "ana", "organization_id": organization,
        "enterprise_id": "1", "user_initiated_interaction_count": prompts, "code_acceptance_activity_count": 0,
        "ai_credits_used": serde_json::from_str::<Value>(credits).unwrap(),
        "totals_by_ide": [{"ide": "vscode", "code_generation_activity_count": prompts},
            {"ide": format!("only-in-{organization}"), "code_generation_activity_count": 1}]});
    if let Some(lines) = lines {
        record["loc_added_sum"] = json!(lines);
    }
    record
}

#[test]
fn a_person_with_different_rows_counts_once_with_the_maximum() {
    // B13, for people: each organization of a person reports all of the person's activity, so rows are never added.
    let rows = [person("11", 0, Some(40), "1.5"), person("22", 5, None, "2.25")];
    let teams = file(&[json!({"day": ON, "user_id": 7, "team_id": 3, "slug": "core"})]);
    let whole = file(&[account_record(None, "1", 1)]);
    let expected = plain(json!([
        {"level": "organization", "subject": "acme", "name": "acme", "active": 1, "engaged": 1, "lines_added": 10,
            "micro_credits": 2_250_000},
        {"level": "team", "subject": "3", "name": "core", "active": 1, "engaged": 1, "lines_added": 40,
            "micro_credits": 2_250_000},
        {"level": "user", "subject": "7", "name": "ana", "teams": "3", "active": 1, "engaged": 1, "lines_added": 40,
            "micro_credits": 2_250_000}
    ]));
    for files in arrangements(&rows, file) {
        let reports = [
            ("user-teams-1-day", vec![teams.clone()]),
            ("users-1-day", files),
            ("enterprise-1-day", vec![whole.clone()]),
        ];
        let mapped = mapped(PROVIDER, &enterprise("acme"), &reports).unwrap();
        assert_same("activity", &rows_of(&mapped, Dataset::Activity), &expected);
        let editors: Vec<(String, Value)> = rows_of(&mapped, Dataset::Breakdown)
            .into_iter()
            .filter(|row| row["level"] == "user")
            .map(|row| (row["value"].as_str().unwrap().to_owned(), row["generations"].clone()))
            .collect();
        let expected = [("only-in-11", 1), ("only-in-22", 1), ("vscode", 5)];
        assert_eq!(editors, expected.map(|(editor, count)| (editor.to_owned(), json!(count))));
        assert_eq!(mapped.duplicates, 1);
    }
}

#[test]
fn a_repository_and_a_team_in_two_rows_are_one() {
    let repository = |merged: i64, minutes: f64| {
        json!({"day": ON, "repo_id": 5, "repo_owner_name": "octo", "repo_name": "app", "organization_id": merged,
            "pull_requests": {"total_created": 4, "total_merged": merged, "median_minutes_to_merge": minutes}})
    };
    for files in arrangements(&[repository(2, 90.0), repository(3, 60.5)], file) {
        let mapped = mapped(PROVIDER, &organization("octo"), &[("repos-1-day", files)]).unwrap();
        let expected = plain(json!([{"level": "repository", "subject": "5", "name": "octo/app", "created": 4,
            "merged": 3, "median_minutes_to_merge": 60.5}]));
        assert_same("repositories", &rows_of(&mapped, Dataset::PullRequests), &expected);
    }
    let member = |slug: &str| json!({"day": ON, "user_id": 7, "team_id": 3, "slug": slug});
    let ana = file(&[person("11", 1, Some(4), "0")]);
    for files in arrangements(&[member("core"), member("core-renamed")], file) {
        let reports = [("user-teams-1-day", files), ("users-1-day", vec![ana.clone()])];
        let rows = rows_of(&mapped(PROVIDER, &organization("octo"), &reports).unwrap(), Dataset::Activity);
        let team = rows.iter().find(|row| row["level"] == "team").unwrap();
        assert_eq!((&team["active"], &team["name"]), (&json!(1), &json!("core-renamed")));
    }
}

#[test]
fn a_team_with_the_id_of_a_person_stays_separate() {
    let teams = file(&[
        json!({"day": ON, "user_id": 7, "team_id": 8, "slug": "core"}),
        json!({"day": ON, "user_id": 8, "team_id": 7, "slug": "edge"}),
    ]);
    let people = file(&[
        json!({"day": ON, "user_id": 7, "user_login": "ana", "loc_added_sum": 1}),
        json!({"day": ON, "user_id": 8, "user_login": "ben", "loc_added_sum": 10}),
    ]);
    let repositories =
        file(&[json!({"day": ON, "repo_id": 7, "repo_name": "app", "pull_requests": {"total_created": 1}})]);
    let reports =
        [("user-teams-1-day", vec![teams]), ("users-1-day", vec![people]), ("repos-1-day", vec![repositories])];
    let mapped = mapped(PROVIDER, &organization("octo"), &reports).unwrap();
    let expected = plain(json!([
        {"level": "team", "subject": "7", "name": "edge", "active": 1, "lines_added": 10},
        {"level": "team", "subject": "8", "name": "core", "active": 1, "lines_added": 1},
        {"level": "user", "subject": "7", "name": "ana", "teams": "8", "active": 1, "lines_added": 1},
        {"level": "user", "subject": "8", "name": "ben", "teams": "7", "active": 1, "lines_added": 10}
    ]));
    assert_same("activity", &rows_of(&mapped, Dataset::Activity), &expected);
    assert_eq!(rows_of(&mapped, Dataset::PullRequests).len(), 1);
}

/// The only seat, from two listed members.
fn one_seat(provider: &str, kind: &str, name: &str, pages: Vec<String>) -> Plain {
    let account = Account { kind: kind.to_owned(), slug: "octo".to_owned() };
    let rows = rows_of(&mapped(provider, &account, &[(name, pages)]).unwrap(), Dataset::Seats);
    assert_eq!(rows.len(), 1, "{provider}: {rows:?}");
    rows.into_iter().next().unwrap()
}

#[test]
fn a_cursor_member_who_is_listed_twice_holds_one_seat() {
    let member =
        |name: Option<&str>, role: &str| json!({"id": "user_1", "name": name, "email": "Ana@acme.test", "role": role});
    for pages in arrangements(&[member(Some("Ana"), "member"), member(None, "owner")], |members| {
        json!({"teamMembers": members}).to_string()
    }) {
        let seat = one_seat("cursor", "team", "members", pages);
        assert_eq!((&seat["name"], &seat["role"]), (&json!("Ana"), &json!("owner")));
    }
}

#[test]
fn an_openai_member_who_is_listed_twice_holds_one_seat() {
    let member = |role: &str, added: i64| {
        json!({"object": "organization.user", "id": "user-1", "name": "Ana", "email": "ana@acme.test", "role": role,
            "added_at": added})
    };
    for pages in arrangements(&[member("reader", 1_700_000_000), member("owner", 1_750_000_000)], |members| {
        json!({"object": "list", "data": members, "has_more": false}).to_string()
    }) {
        let seat = one_seat("openai", "organization", "members", pages);
        assert_eq!((&seat["role"], &seat["assigned_at"]), (&json!("owner"), &json!(1_700_000_000_000_i64)));
    }
}

#[test]
fn an_anthropic_member_who_is_listed_twice_holds_one_seat() {
    let member = |role: &str, added: &str| json!({"type": "user", "id": "user_1", "name": "Ana", "email": "ana@acme.test", "role": role, "added_at": added});
    let (early, late) = ("2026-01-02T00:00:00Z", "2026-03-04T00:00:00Z");
    for pages in arrangements(&[member("developer", early), member("admin", late)], |members| {
        json!({"data": members, "has_more": false, "first_id": null, "last_id": null}).to_string()
    }) {
        let seat = one_seat("anthropic", "organization", "users", pages);
        assert_eq!((&seat["role"], &seat["assigned_at"]), (&json!("admin"), &json!(milliseconds(early))));
    }
}

/// Records of every report of a day, with several rows per person, team, repository and seat.
fn every_report() -> Vec<(&'static str, Vec<Value>)> {
    let [a, b] = two_grants();
    let teams = [(7, 3), (7, 4), (8, 3), (7, 3)];
    let teams =
        teams.map(|(user, team)| json!({"day": ON, "user_id": user, "team_id": team, "slug": format!("t{team}")}));
    let mut ben = person("11", 2, Some(7), "0.5");
    ben["user_id"] = json!("8");
    let repository = |merged: i64| {
        json!({"day": ON, "repo_id": 5, "repo_name": "app", "pull_requests": {"total_merged": merged,
            "median_minutes_to_merge": 100.0 / merged as f64}})
    };
    let unassigned = json!({"created_at": "2026-05-01T09:00:00Z", "assignee": null, "plan_type": "business"});
    vec![
        ("user-teams-1-day", teams.to_vec()),
        (
            "users-1-day",
            vec![person("11", 0, Some(40), "1.5"), person("22", 5, None, "2.25"), person("33", 1, Some(41), "2"), ben],
        ),
        (
            "enterprise-1-day",
            vec![account_record(Some("11"), "1", 9), account_record(None, "1", 31), account_record(None, "1", 31)],
        ),
        ("repos-1-day", vec![repository(2), repository(3), repository(1)]),
        ("seats", vec![a.clone(), b, unassigned, a]),
    ]
}

fn segments_of(reports: &[(&'static str, Vec<Vec<Value>>)]) -> Vec<(Dataset, Day, Vec<Plain>)> {
    let files = reports.iter().map(|(name, files)| {
        let page = |records: &Vec<Value>| if *name == "seats" { seats_page(records) } else { file(records) };
        (*name, files.iter().map(page).collect::<Vec<_>>())
    });
    let mapped = mapped(PROVIDER, &enterprise("acme"), &files.collect::<Vec<_>>()).unwrap();
    let rows =
        mapped.segments.iter().map(|((dataset, day), segment)| (*dataset, *day, rows::of_segment(*dataset, segment)));
    rows.collect()
}

proptest! {
    /// Any order of the rows, in any files, gives the same segments.
    #[test]
    fn any_order_of_the_rows_gives_the_same_segments(
        swaps in prop::collection::vec(any::<Index>(), 32),
        cuts in prop::collection::vec(any::<Index>(), 5),
    ) {
        let whole: Vec<_> = every_report().into_iter().map(|(name, records)| (name, vec![records])).collect();
        let mut swaps = swaps.into_iter();
        let shuffled = every_report().into_iter().zip(cuts).map(|((name, mut records), cut)| {
            for at in (1..records.len()).rev() {
                if let Some(with) = swaps.next() {
                    records.swap(at, with.index(at + 1));
                }
            }
            let rest = records.split_off(cut.index(records.len() + 1));
            (name, vec![records, rest])
        });
        prop_assert_eq!(segments_of(&shuffled.collect::<Vec<_>>()), segments_of(&whole));
    }
}
