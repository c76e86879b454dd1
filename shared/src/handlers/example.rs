//! An example whose every figure can be derived by hand: five people, two teams that change, three days, three providers.
//!
//! | | Monday 16 | Tuesday 17 | Wednesday 18 |
//! |---|---|---|---|
//! | team core (1) | Ana, Ben | | Ben |
//! | team web (2) | Dan | Ana, Dan | Ben |
//! | provider `one`: chat turns | Ana 4, Ben 2, Dan inactive | Ana 6, Dan 3 | Ben 5 |
//! | provider `two`: input uncached, from the cache; output | Ana, opus: 100, 300; 10 | Cleo, opus: 50, 50; 5. Unattributed, gpt: 20, unknown; 2 | Ana, gpt: 10, 0; 1 |
//! | provider `three`: billed | Eva $1.25 | Ana $2.00 | unattributed $0.75 |
//!
//! Ana is `7` at `one`, which knows no addresses, and `u-ana` at `two` and `a-1` at `three`, with one address. The mapping
//! file says that the login `ana` at `one` has that address, and that Cleo is in the team Research.

use std::sync::Arc;

use super::active_people::{ActivePeople, ActivePeopleQuery, PeopleGroup};
use super::costs::{Costs, CostsQuery};
use super::people::{People, PeopleQuery};
use super::person::{IdentityLinkReason, PersonQuery};
use super::report::{Interval, Sources};
use super::teams::{Teams, TeamsQuery};
use super::tokens::{Tokens, TokensQuery};
use super::usage::{Usage, UsageQuery};
use crate::query::memory::{Memory, day};
use crate::segment::{Activity, Cost, ModelUsage};
use crate::words::{Day, Level, Links, MappedIdentity, MappedPerson, MappedTeam, PersonId};

const ANA: Option<&str> = Some("ana@octo.example");
const DAYS: [&str; 3] = ["2026-11-16", "2026-11-17", "2026-11-18"];

fn person<'a>(subject: &'a str, email: Option<&'a str>, teams: Option<&'a str>, turns: Option<i64>) -> Activity<'a> {
    let active = Some(i64::from(turns.is_none_or(|turns| turns > 0)));
    Activity { level: Level::User, subject, email, teams, active, chat_turns: turns, ..Activity::default() }
}

/// At `one`.
fn ana(teams: &str, turns: i64) -> Activity<'_> {
    Activity { name: Some("ana"), ..person("7", None, Some(teams), Some(turns)) }
}

fn whole(level: Level, subject: &str, active: i64, turns: i64) -> Activity<'_> {
    let name = Some(if subject == "1" { "core" } else { "web" }).filter(|_| level == Level::Team);
    Activity { level, subject, name, active: Some(active), chat_turns: Some(turns), ..Activity::default() }
}

fn used<'a>(subject: &'a str, email: Option<&'a str>, model: &'a str, tokens: [Option<i64>; 3]) -> ModelUsage<'a> {
    let [tokens_in_uncached, tokens_cache_read, tokens_out] = tokens;
    ModelUsage {
        level: Level::User,
        subject,
        email,
        model: Some(model),
        requests: Some(1),
        tokens_in_uncached,
        tokens_cache_read,
        tokens_out,
        ..ModelUsage::default()
    }
}

fn billed<'a>(level: Level, subject: &'a str, email: Option<&'a str>, micro: i64) -> Cost<'a> {
    Cost { level, subject, email, basis: "billed", currency: Some("USD"), micro_amount: Some(micro), ..Cost::default() }
}

fn example() -> Arc<Memory> {
    let [monday, tuesday, wednesday] = DAYS;
    let (account, team) = (Level::Organization, Level::Team);
    let memory = Memory::default()
        .connector("one", "one")
        .connector("two", "two")
        .connector("three", "three")
        .rows(
            "one",
            monday,
            &[
                whole(account, "octo", 2, 6),
                whole(team, "1", 2, 6),
                whole(team, "2", 0, 0),
                ana("1", 4),
                person("12", None, Some("1"), Some(2)),
                person("9", None, Some("2"), Some(0)),
            ],
        )
        .rows(
            "one",
            tuesday,
            &[
                whole(account, "octo", 2, 9),
                whole(team, "1", 0, 0),
                whole(team, "2", 2, 9),
                ana("2", 6),
                person("9", None, Some("2"), Some(3)),
            ],
        )
        .rows(
            "one",
            wednesday,
            &[
                whole(account, "octo", 1, 5),
                whole(team, "1", 1, 5),
                whole(team, "2", 1, 5),
                person("12", None, Some("1,2"), Some(5)),
            ],
        );
    let eva = Some("eva@octo.example");
    memory
        .links(links())
        .rows("two", monday, &[person("u-ana", ANA, None, None)])
        .rows("two", tuesday, &[person("u-cleo", None, None, None)])
        .rows("two", wednesday, &[person("u-ana", ANA, None, None)])
        .rows("three", monday, &[person("e-5", eva, None, None)])
        .rows("three", tuesday, &[person("a-1", ANA, None, None)])
        .rows("two", monday, &[used("u-ana", ANA, "opus", [Some(100), Some(300), Some(10)])])
        .rows(
            "two",
            tuesday,
            &[
                used("u-cleo", None, "opus", [Some(50), Some(50), Some(5)]),
                used("", None, "gpt", [Some(20), None, Some(2)]),
            ],
        )
        .rows("two", wednesday, &[used("u-ana", ANA, "gpt", [Some(10), Some(0), Some(1)])])
        .rows("three", monday, &[billed(account, "octo", None, 1_250_000), billed(Level::User, "e-5", eva, 1_250_000)])
        .rows("three", tuesday, &[billed(account, "octo", None, 2_000_000), billed(Level::User, "a-1", ANA, 2_000_000)])
        .rows("three", wednesday, &[billed(account, "octo", None, 750_000), billed(Level::User, "", None, 750_000)])
        .into()
}

fn links() -> Links {
    let ana = MappedIdentity { provider: Some("one".to_owned()), identity: "Ana".to_owned() };
    let cleo = MappedIdentity { provider: None, identity: "u-cleo".to_owned() };
    let research = MappedTeam { team: "Research".to_owned(), from: None, to: None };
    let person = |person: &str, identity, teams| MappedPerson {
        person: person.to_owned(),
        identities: vec![identity],
        teams,
        ..MappedPerson::default()
    };
    let mapping = vec![person("ana@octo.example", ana, Vec::new()), person("cleo", cleo, vec![research])];
    Links { mapping, ..Links::default() }
}

fn range() -> (Option<Day>, Option<Day>) {
    (Some(day(DAYS[0])), Some(day(DAYS[2])))
}

/// Subject, active people, chat turns.
async fn usage(interval: Interval, level: Level) -> Vec<(String, Option<i64>, Option<i64>)> {
    let memory = example();
    let usage = Usage(Sources::of(memory));
    let (from, to) = range();
    let connector = Some("one".to_owned());
    let query = UsageQuery { from, to, interval, level: Some(level), connector, ..UsageQuery::default() };
    let rows = usage.run(query).await.unwrap().rows.into_iter();
    rows.map(|row| (row.subject.id, row.metrics.active, row.metrics.chat_turns)).collect()
}

fn line(subject: &str, active: i64, turns: i64) -> (String, Option<i64>, Option<i64>) {
    (subject.to_owned(), Some(active), Some(turns))
}

#[tokio::test]
async fn the_account_has_three_distinct_people_and_twenty_turns() {
    assert_eq!(
        usage(Interval::Day, Level::Organization).await,
        [line("octo", 2, 6), line("octo", 2, 9), line("octo", 1, 5)]
    );
    // Ana, Ben and Dan; 6 + 9 + 5 turns.
    assert_eq!(usage(Interval::Total, Level::Organization).await, [line("octo", 3, 20)]);
}

#[tokio::test]
async fn a_teams_people_are_those_of_each_day() {
    // core: Ana and Ben on Monday, Ben on Wednesday. web: Ana and Dan on Tuesday, Ben on Wednesday.
    assert_eq!(usage(Interval::Total, Level::Team).await, [line("1", 2, 11), line("2", 3, 14)]);
}

#[tokio::test]
async fn people_add_up_to_the_account() {
    // Ana 4 + 6, Dan 0 + 3, Ben 2 + 5.
    assert_eq!(usage(Interval::Total, Level::User).await, [line("7", 1, 10), line("9", 1, 3), line("12", 1, 7)]);
}

#[tokio::test]
async fn tokens_by_person_and_by_model_are_the_same_tokens() {
    let memory = example();
    let tokens = Tokens(Sources::of(memory));
    let ask = async |by: &str, level| {
        let (from, to) = range();
        let by = Some(by.to_owned());
        let query = TokensQuery { from, to, by, level, interval: Interval::Total, ..TokensQuery::default() };
        let rows = tokens.run(query).await.unwrap().rows.into_iter();
        rows.map(|row| {
            let group = row.model.or(row.subject.map(|subject| subject.id)).unwrap_or_default();
            (group, row.metrics.tokens_in.unwrap(), row.metrics.tokens_out.unwrap(), row.metrics.cache_hit_rate)
        })
        .collect::<Vec<_>>()
    };
    // Ana: 100 + 300 + 10 + 0 in, 300 of it from the cache. Cleo: 50 + 50. Unattributed: 20, caching unknown.
    let people = [("u-ana", 410, 11, Some(0.7317)), ("u-cleo", 100, 5, Some(0.5)), ("", 20, 2, None)];
    assert_eq!(ask("person", None).await, people.map(|(id, input, out, rate)| (id.to_owned(), input, out, rate)));
    // opus: 150 uncached and 350 from the cache. gpt: 20 + 10 uncached.
    let models = [("opus", 500, 15, Some(0.7)), ("gpt", 30, 3, Some(0.0))];
    let by_model = ask("model", Some(Level::User)).await;
    assert_eq!(by_model, models.map(|(id, input, out, rate)| (id.to_owned(), input, out, rate)));
}

#[tokio::test]
async fn costs_of_people_and_unattributed_ones_are_the_accounts() {
    let memory = example();
    let costs = Costs(Sources::of(memory));
    let ask = async |by: &str| {
        let (from, to) = range();
        let query =
            CostsQuery { from, to, by: Some(by.to_owned()), interval: Interval::Total, ..CostsQuery::default() };
        let rows = costs.run(query).await.unwrap().rows.into_iter();
        rows.map(|row| (row.subject.map(|subject| subject.id), row.amount.unwrap().0)).collect::<Vec<_>>()
    };
    assert_eq!(ask("basis").await, [(None, 4_000_000)]);
    let people = [("a-1", 2_000_000), ("e-5", 1_250_000), ("", 750_000)];
    assert_eq!(ask("person").await, people.map(|(id, amount)| (Some(id.to_owned()), amount)));
}

#[tokio::test]
async fn three_identities_are_one_of_five_people() {
    let memory = example();
    let people = People(Sources::of(memory));
    let (from, to) = range();
    let rows = people.run(PeopleQuery { from, to, ..PeopleQuery::default() }).await.unwrap().rows;
    assert_eq!(rows.len(), 5);
    let ana = rows.iter().find(|person| person.email.as_deref() == ANA).unwrap();
    assert_eq!((ana.connectors.len(), ana.active_days), (3, 3));
    assert_eq!((ana.first_active, ana.last_active), (Some(day(DAYS[0])), Some(day(DAYS[2]))));
}

async fn active(interval: Interval, by: Option<PeopleGroup>) -> Vec<(Option<String>, Option<u32>)> {
    let (from, to) = range();
    let query = ActivePeopleQuery { from, to, interval, by, ..ActivePeopleQuery::default() };
    let rows = ActivePeople(Sources::of(example())).run(query).await.unwrap().rows.into_iter();
    rows.map(|row| (row.team.map(|team| team.id).or(row.provider), row.active)).collect()
}

#[tokio::test]
async fn a_person_at_several_providers_counts_once_a_day() {
    // Monday: Ana (twice), Ben, Eva; Dan was inactive. Tuesday: Ana (twice), Dan, Cleo. Wednesday: Ben, Ana.
    assert_eq!(active(Interval::Day, None).await, [(None, Some(3)), (None, Some(3)), (None, Some(2))]);
    // Ana, Ben, Cleo, Dan, Eva.
    assert_eq!(active(Interval::Total, None).await, [(None, Some(5))]);
    // one: Ana, Ben, Dan. three: Ana, Eva. two: Ana, Cleo.
    let by_provider = [("one", 3), ("three", 2), ("two", 2)].map(|(name, count)| (Some(name.to_owned()), Some(count)));
    assert_eq!(active(Interval::Total, Some(PeopleGroup::Provider)).await, by_provider);
}

#[tokio::test]
async fn people_are_in_their_teams_at_every_provider() {
    // None: Eva. Research: Cleo. core: Ana and Ben. web: Ana on Tuesday, Dan, Ben on Wednesday.
    let by_team = [("", 1), ("@research", 1), ("1", 2), ("2", 3)].map(|(id, count)| (Some(id.to_owned()), Some(count)));
    assert_eq!(active(Interval::Total, Some(PeopleGroup::Team)).await, by_team);
}

#[tokio::test]
async fn tokens_and_costs_by_team_follow_the_person() {
    let (from, to) = range();
    let by = Some("team".to_owned());
    let query = TokensQuery { from, to, by: by.clone(), interval: Interval::Total, ..TokensQuery::default() };
    let rows = Tokens(Sources::of(example())).run(query).await.unwrap().rows.into_iter();
    let tokens: Vec<_> = rows.map(|row| (row.team.unwrap().id, row.metrics.tokens_in.unwrap())).collect();
    // Ana is in core on Monday, 400 tokens, and in web on Wednesday, 10. Cleo's 100 are Research's. 20 are nobody's.
    let expected = [("1", 400), ("@research", 100), ("", 20), ("2", 10)];
    assert_eq!(tokens, expected.map(|(id, count)| (id.to_owned(), count)));
    let query = CostsQuery { from, to, by, interval: Interval::Total, ..CostsQuery::default() };
    let rows = Costs(Sources::of(example())).run(query).await.unwrap().rows.into_iter();
    let costs: Vec<_> = rows.map(|row| (row.team.unwrap().name, row.amount.unwrap().0)).collect();
    // Eva's 1.25 and the unattributed 0.75 are of no team; Ana's 2.00 on Tuesday are web's.
    assert_eq!(costs, [(None, 2_000_000), (Some("web".to_owned()), 2_000_000)]);
}

#[tokio::test]
async fn a_person_has_every_identity_and_the_reason() {
    let people = People(Sources::of(example()));
    let (from, to) = range();
    let rows = people.run(PeopleQuery { from, to, ..PeopleQuery::default() }).await.unwrap().rows;
    let id = rows.iter().find(|person| person.email.as_deref() == ANA).unwrap().id.clone();
    let ana = people.one(&id.0, PersonQuery { from, to }).await.unwrap();
    let identities: Vec<_> =
        ana.identities.iter().map(|identity| (identity.provider.as_str(), identity.subject.as_str())).collect();
    assert_eq!(identities, [("one", "7"), ("two", "u-ana"), ("three", "a-1")]);
    assert_eq!(ana.identities[0].id, id);
    let reasons: Vec<_> = ana.links.iter().map(|link| (link.reason, link.detail.as_deref())).collect();
    assert_eq!(reasons, [(IdentityLinkReason::Mapped, ANA), (IdentityLinkReason::Mapped, ANA)]);
    // Every identity finds the person.
    for identity in &ana.identities {
        assert_eq!(people.one(&identity.id.0, PersonQuery { from, to }).await.unwrap().person.id, id);
    }
    assert!(people.one("0123", PersonQuery { from, to }).await.is_err());
    // The other reports know her by the same id: 4 + 6 turns at `one`.
    let query = UsageQuery { from, to, interval: Interval::Total, person: Some(id.0), ..UsageQuery::default() };
    let rows = Usage(Sources::of(example())).run(query).await.unwrap().rows;
    let turns: Vec<_> = rows.iter().map(|row| (row.connector.0.as_str(), row.metrics.chat_turns)).collect();
    assert_eq!(turns, [("one", Some(10)), ("three", None), ("two", None)]);
    let found: Vec<PersonId> = rows.into_iter().map(|row| row.person.unwrap().id).collect();
    assert!(found.iter().all(|found| *found == ana.person.id));
}

#[tokio::test]
async fn teams_have_their_people_of_the_last_day() {
    let (from, to) = range();
    let query = TeamsQuery { from, to, ..TeamsQuery::default() };
    let page = Teams(Sources::of(example())).run(query).await.unwrap();
    let rows = page.rows.iter().map(|team| (team.name.as_deref().unwrap(), team.people, team.active));
    // core: Ben. web: Ana and Dan since Tuesday, Ben since Wednesday.
    assert_eq!(rows.collect::<Vec<_>>(), [("core", 1, Some(2)), ("Research", 1, Some(1)), ("web", 3, Some(3))]);
    assert_eq!(page.total, 3);
}
