//! Tests that the reports agree with each other, because users add up the files by hand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use serde_json::Value;

use super::super::Options;
use super::super::calendar::{date, end_of};
use super::super::people::{Account, Kind};
use super::super::words::Slug;
use super::reports::{File, UsageReport};

const TABLES: [(&str, [&str; 2]); 5] = [
    ("totals_by_ide", ["ide", "ide"]),
    ("totals_by_feature", ["feature", "feature"]),
    ("totals_by_language_feature", ["language", "feature"]),
    ("totals_by_language_model", ["language", "model"]),
    ("totals_by_model_feature", ["model", "feature"]),
];

fn account(users: usize) -> Account {
    let options = Options { users, ..Options::at(now()) };
    Account::seeded(Kind::Organization, Slug::parse("octo").unwrap(), &options, date(2026, 8, 23))
}

fn now() -> DateTime<Utc> {
    date(2026, 11, 21).and_hms_opt(6, 0, 0).unwrap().and_utc()
}

/// All files of a report, read as a caller would.
fn read(account: &Account, report: UsageReport, day: NaiveDate, as_of: DateTime<Utc>) -> Vec<Value> {
    let shards = if report.is_about_users() { 3 } else { 1 };
    let files = (0..shards).map(|shard| File { account, report, day, shard, shards, as_of });
    let lines =
        files.flat_map(|file| serde_json::Deserializer::from_slice(&file.make()).into_iter().collect::<Vec<_>>());
    lines.map(Result::unwrap).collect()
}

fn totals(account: &Account, day: NaiveDate, as_of: DateTime<Utc>) -> Value {
    read(account, UsageReport::Totals, day, as_of).remove(0)
}

fn users(account: &Account, day: NaiveDate, as_of: DateTime<Utc>) -> Vec<Value> {
    read(account, UsageReport::Users, day, as_of)
}

fn ids<'a>(records: impl IntoIterator<Item = &'a Value>) -> BTreeSet<u64> {
    records.into_iter().map(|record| record["user_id"].as_u64().unwrap()).collect()
}

/// The counters of one object, by name.
fn counters(object: &Value) -> BTreeMap<String, u64> {
    let is_counter = |name: &str| {
        name.ends_with("_count") && name.contains("_activity_")
            || name.ends_with("_sum")
            || name.starts_with("user_initiated")
    };
    let fields = object.as_object().unwrap().iter().filter(|(name, _)| is_counter(name));
    fields.map(|(name, value)| (name.clone(), value.as_u64().unwrap())).collect()
}

/// The counters of all rows of a table in all records, by the row's keys.
fn table(records: &[Value], name: &str, keys: [&str; 2]) -> BTreeMap<(String, String), BTreeMap<String, u64>> {
    let mut sum = BTreeMap::new();
    for row in records.iter().filter_map(|record| record[name].as_array()).flatten() {
        let key = keys.map(|key| row[key].as_str().unwrap().to_owned());
        let counted: &mut BTreeMap<_, _> = sum.entry(key.into()).or_default();
        counters(row).into_iter().for_each(|(name, count)| *counted.entry(name).or_default() += count);
    }
    sum
}

#[test]
fn the_organization_counts_the_people_in_its_users_report() {
    let account = account(60);
    let day = date(2026, 11, 19);
    let total = totals(&account, day, now());
    let window =
        |days: u64| (0..days).flat_map(|back| users(&account, day - Days::new(back), now())).collect::<Vec<_>>();
    assert_eq!(total["daily_active_users"], ids(&window(1)).len());
    assert_eq!(total["weekly_active_users"], ids(&window(7)).len());
    assert_eq!(total["monthly_active_users"], ids(&window(28)).len());
    let month = window(28);
    let chatted = month.iter().filter(|record| record["used_chat"] == true);
    assert_eq!(total["monthly_active_chat_users"], ids(chatted).len());
    assert!(total["daily_active_users"].as_u64() > Some(20), "{}", total["daily_active_users"]);
}

#[test]
fn the_organizations_figures_are_the_sums_over_its_people() {
    let account = account(60);
    for day in [date(2026, 11, 20), date(2026, 11, 15), date(2026, 9, 2)] {
        let (total, people) = (totals(&account, day, now()), users(&account, day, now()));
        let mut sum = BTreeMap::new();
        people.iter().flat_map(counters).for_each(|(name, count)| *sum.entry(name).or_default() += count);
        assert_eq!(counters(&total), sum);
        for (name, keys) in TABLES {
            assert_eq!(table(std::slice::from_ref(&total), name, keys), table(&people, name, keys), "{name}");
        }
    }
}

#[test]
fn the_28_day_reports_equal_the_1_day_reports() {
    let account = account(60);
    let last = date(2026, 11, 20);
    let span = read(&account, UsageReport::TotalsOf28Days, last, now()).remove(0);
    let days = span["day_totals"].as_array().unwrap();
    assert_eq!(days.len(), 28);
    for (back, total) in days.iter().rev().enumerate() {
        assert_eq!(*total, totals(&account, last - Days::new(back as u64), now()));
    }
    let mut records = read(&account, UsageReport::UsersOf28Days, last, now());
    for record in &mut records {
        let fields = record.as_object_mut().unwrap();
        assert_eq!(fields.remove("report_start_day").unwrap(), "2026-10-24");
        assert_eq!(fields.remove("report_end_day").unwrap(), "2026-11-20");
    }
    let single = (0..28).rev().flat_map(|back| users(&account, last - Days::new(back), now())).collect::<Vec<_>>();
    assert!(records == single);
}

#[test]
fn a_recent_day_lacks_a_few_people_and_then_is_final() {
    let account = account(2000);
    let day = date(2026, 11, 19);
    let at = |hours| users(&account, day, end_of(day) + Duration::hours(hours));
    let (young, settled) = (at(6), at(48));
    assert!(ids(&young).is_subset(&ids(&settled)));
    let missing = (settled.len() - young.len()) * 1000 / settled.len();
    assert!((15..45).contains(&missing), "{missing} per mille");
    assert!(at(47) == young && at(500) == settled);
}

#[test]
fn weekends_are_quiet_and_a_quarter_of_records_have_no_figures() {
    let account = account(2000);
    let (friday, sunday) = (users(&account, date(2026, 11, 13), now()), users(&account, date(2026, 11, 15), now()));
    let share = sunday.len() * 100 / friday.len();
    assert!((11..19).contains(&share), "{share} %");
    let bare = friday.iter().filter(|record| record.get("totals_by_ide").is_none()).count() * 100 / friday.len();
    assert!((21..29).contains(&bare), "{bare} %");
}
