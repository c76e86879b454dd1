//! What an operator sees of identities and says about them, over stores in memory.

use std::sync::Arc;

use super::*;
use crate::error::Error;
use crate::handlers::report::Sources;
use crate::query::memory::Memory;
use crate::segment::Activity;
use crate::words::{Level, LinkVerdict, Links};

/// Provider, id, name, e-mail address.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// Anna has three identities, two of them with one address; Ben has two that nothing but the name joins; Cleo has one.
const ROWS: [Row; 6] = [
    ("github-copilot", "7", "anna-berg", ""),
    ("github-copilot", "12", "ben", ""),
    ("cursor", "u1", "Anna Berg", "anna.berg@octo.example"),
    ("cursor", "u2", "Ben", "ben@octo.example"),
    ("anthropic", "c1", "Anna Berg", "Anna.Berg@octo.example"),
    ("anthropic", "c9", "Cleo", "cleo@octo.example"),
];

fn sources(rows: &[Row]) -> Sources {
    let mut memory = Memory::default();
    for provider in ["github-copilot", "cursor", "anthropic"] {
        let own = rows.iter().filter(|row| row.0 == provider);
        let text = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let users: Vec<_> = own
            .map(|(_, subject, name, email)| Activity {
                level: Level::User,
                subject,
                name: text(name),
                email: text(email),
                ..Activity::default()
            })
            .collect();
        if !users.is_empty() {
            memory = memory.connector(provider, provider).rows(provider, "2026-11-16", &users);
        }
    }
    Sources::of(Arc::new(memory))
}

async fn list(sources: &Sources, query: serde_json::Value) -> IdentityPage {
    ListIdentities(sources.clone()).run(serde_json::from_value(query).unwrap()).await.unwrap()
}

async fn all(sources: &Sources) -> IdentityPage {
    list(sources, serde_json::json!({})).await
}

/// The subjects of each person, in order.
async fn people(sources: &Sources) -> Vec<Vec<String>> {
    let rows = all(sources).await.rows;
    let mut people: std::collections::BTreeMap<String, Vec<String>> = Default::default();
    for row in rows {
        people.entry(row.person.id.0).or_default().push(row.subject);
    }
    let mut people: Vec<_> = people.into_values().collect();
    people.iter_mut().for_each(|one| one.sort());
    people.sort();
    people
}

async fn id(sources: &Sources, subject: &str) -> PersonId {
    all(sources).await.rows.into_iter().find(|row| row.subject == subject).unwrap().id
}

async fn decide(sources: &Sources, one: &str, other: &str, verdict: WantedVerdict) -> DecidedPeople {
    let decision = LinkDecision { one: id(sources, one).await, other: id(sources, other).await, verdict };
    DecideLink(sources.clone()).run(&decision).await.unwrap()
}

async fn replace(sources: &Sources, file: &str, dry_run: bool) -> Result<MappingReport, Error> {
    let query = ReplaceQuery { dry_run, version: None };
    ReplaceMapping(sources.clone()).csv(file.as_bytes(), query).await
}

#[tokio::test]
async fn identities_have_their_person_their_links_and_suggestions() {
    let page = all(&sources(&ROWS)).await;
    let subjects: Vec<_> = page.rows.iter().map(|row| row.subject.as_str()).collect();
    // Suggested ones first, then by name; equal names by id.
    let (suggested, rest) = subjects.split_at(4);
    assert_eq!((suggested.contains(&"c9"), rest.contains(&"c9"), page.total), (false, true, 6));
    let summary = &page.summary;
    assert_eq!((summary.identities, summary.people, summary.unmatched, summary.suggestions), (6, 5, 4, 2));
    let row = |subject: &str| page.rows.iter().find(|row| row.subject == subject).unwrap();
    let link = &row("u1").links[0];
    assert_eq!((link.identity.subject.as_str(), link.detail.as_deref()), ("c1", Some("anna.berg@octo.example")));
    assert_eq!(serde_json::to_value(link.reason).unwrap(), "same_email");
    let suggestion = &row("12").suggestions[0];
    assert_eq!((suggestion.identity.subject.as_str(), suggestion.person.name.as_deref()), ("u2", Some("Ben")));
    assert_eq!(suggestion.reason, SuggestionReasonName::SameName);
    assert_eq!(row("u2").suggestions[0].identity.subject, "12");
}

#[tokio::test]
async fn lists_are_narrowed_by_status_provider_and_search() {
    let sources = sources(&ROWS);
    for (query, expected) in [
        (serde_json::json!({"status": "unmatched"}), vec!["12", "7", "c9", "u2"]),
        (serde_json::json!({"status": "suggested", "provider": "github-copilot"}), vec!["12", "7"]),
        (serde_json::json!({"search": "BERG"}), vec!["7", "c1", "u1"]),
        (serde_json::json!({"search": "cleo@"}), vec!["c9"]),
        (serde_json::json!({"provider": "codex"}), vec![]),
    ] {
        let page = list(&sources, query.clone()).await;
        let mut subjects: Vec<_> = page.rows.iter().map(|row| row.subject.as_str()).collect();
        subjects.sort_unstable();
        assert_eq!((subjects, page.total), (expected.clone(), expected.len()), "{query}");
    }
}

#[tokio::test]
async fn pages_of_identities_meet_without_gap_or_overlap() {
    let sources = sources(&ROWS);
    let whole: Vec<_> = all(&sources).await.rows.into_iter().map(|row| row.id).collect();
    let (mut cursor, mut paged) = (None, Vec::new());
    loop {
        let page = list(&sources, serde_json::json!({"limit": 2, "cursor": cursor})).await;
        assert_eq!(page.total, 6);
        paged.extend(page.rows.into_iter().map(|row| row.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn nobody_is_unmatched_where_one_provider_is_connected() {
    let page = all(&sources(&ROWS[..2])).await;
    assert_eq!((page.summary.identities, page.summary.unmatched), (2, 0));
}

const FILE: &str = "person,name,provider,identity,team,from,to\n\
    anna.berg@octo.example,Dr. Anna Berg,github-copilot,anna-berg,Platform,2026-01-01,\n\
    ben,,github-copilot,12,Platform,,2026-06-30\n\
    ben,,,ben@octo.example,,,\n\
    gone@octo.example,,cursor,gone,,,\n";

#[tokio::test]
async fn a_dry_run_reports_what_it_would_change_and_changes_nothing() {
    let sources = sources(&ROWS);
    let report = replace(&sources, FILE, true).await.unwrap();
    assert!(report.is_dry_run);
    assert_eq!((report.entries_before, report.entries_after), (0, 3));
    // Anna: three identities were two persons. Ben: two were two.
    assert_eq!((report.people_before, report.people_after), (5, 3));
    let mut joined: Vec<_> = report
        .joined
        .rows
        .iter()
        .map(|row| (row.person.name.as_deref().unwrap(), row.identities.len(), row.people_before))
        .collect();
    joined.sort_unstable();
    assert_eq!(joined, [("Dr. Anna Berg", 3, 2), ("ben", 2, 2)]);
    let team = &report.teams.rows[0];
    assert_eq!((team.id.as_str(), team.people_before, team.people_after, team.added), ("@platform", 0, 2, 2));
    assert_eq!((report.teams.total, report.unknown.total, report.split.total), (1, 1, 0));
    assert_eq!(report.unknown.rows[0].identity, "gone");
    assert_eq!(sources.identities.links().await.unwrap(), Links::default());
    let applied = replace(&sources, FILE, false).await.unwrap();
    assert_eq!(applied, MappingReport { is_dry_run: false, version: 1, ..report });
    assert_eq!(people(&sources).await, [vec!["12", "u2"], vec!["7", "c1", "u1"], vec!["c9"]]);
    let summary = all(&sources).await.summary.mapping;
    assert_eq!((summary.entries, summary.unknown, summary.ambiguous), (3, 1, 0));
}

#[tokio::test]
async fn another_file_replaces_the_whole_mapping() {
    let sources = sources(&ROWS);
    replace(&sources, FILE, false).await.unwrap();
    let other = "person,name,team\nben@octo.example,Ben Ode,platform\nanna.berg@octo.example,A. Berg,Data\n";
    let report = replace(&sources, other, false).await.unwrap();
    let split: Vec<_> = report.split.rows.iter().map(|row| (row.person.name.as_deref(), row.into.len())).collect();
    assert_eq!((split.len(), split[0].1), (2, 2));
    assert_eq!((report.people_before, report.people_after), (3, 5));
    let teams: Vec<_> = report.teams.rows.iter().map(|it| (it.id.as_str(), it.added, it.removed, it.changed)).collect();
    // Of the persons that are left: Ben at Cursor stays for other days, both halves at Copilot and Anna leave.
    assert_eq!(teams, [("@data", 1, 0, 0), ("@platform", 0, 3, 1)]);
    let report = replace(&sources, "person\n", false).await.unwrap();
    assert_eq!((report.entries_before, report.entries_after, report.people_after), (2, 0, 5));
    // Anna's identities at Cursor and Anthropic are one person as before.
    let renamed: Vec<_> = report.renamed.rows.iter().map(|it| (it.before.as_deref(), it.after.as_deref())).collect();
    assert_eq!(renamed, [(Some("A. Berg"), Some("Anna Berg")), (Some("Ben Ode"), Some("Ben"))]);
}

#[tokio::test]
async fn what_means_several_identities_links_none_and_is_reported_with_them() {
    let sources = sources(&ROWS);
    let report = replace(&sources, "person,identity,team\nE-1,anna berg,\nE-2,missing,\nx@y.example,,T\n", true).await;
    let report = report.unwrap();
    let candidates: Vec<_> = report.ambiguous.rows[0].candidates.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!((candidates, report.joined.total), (vec!["c1", "u1"], 0));
    let unknown: Vec<_> = report.unknown.rows.iter().map(|it| it.identity.as_str()).collect();
    assert_eq!(unknown, ["missing", "x@y.example"]);
}

#[tokio::test]
async fn a_file_with_a_fault_changes_nothing() {
    let sources = sources(&ROWS);
    replace(&sources, FILE, false).await.unwrap();
    let before = sources.identities.links().await.unwrap();
    for wrong in ["", "person,provider\nx,gitlab\n", "name\nx\n"] {
        let refused = replace(&sources, wrong, false).await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (400, "invalid_file"), "{wrong}");
    }
    assert_eq!(sources.identities.links().await.unwrap(), before);
}

#[tokio::test]
async fn applying_what_was_previewed_is_refused_after_another_change() {
    let sources = sources(&ROWS);
    let preview = replace(&sources, FILE, true).await.unwrap();
    decide(&sources, "12", "u2", WantedVerdict::Same).await;
    let query = ReplaceQuery { dry_run: false, version: Some(preview.version) };
    let refused = ReplaceMapping(sources.clone()).csv(FILE.as_bytes(), query).await.unwrap_err();
    assert_eq!(refused.status(), 409);
    assert!(sources.identities.links().await.unwrap().mapping.is_empty());
}

#[tokio::test]
async fn the_same_file_again_writes_nothing() {
    let sources = sources(&ROWS);
    replace(&sources, FILE, false).await.unwrap();
    let report = replace(&sources, FILE, false).await.unwrap();
    assert_eq!((report.version, report.joined.total, report.teams.total), (1, 0, 0));
    assert_eq!(sources.identities.links().await.unwrap().version, 1);
}

#[tokio::test]
async fn the_stored_mapping_is_read_by_pages_and_as_the_file() {
    let sources = sources(&ROWS);
    replace(&sources, FILE, false).await.unwrap();
    let mapping = ReadMapping { identities: sources.identities.clone() };
    let read = |cursor| mapping.run(MappingQuery { limit: Some(2), cursor, ..MappingQuery::default() });
    let first = read(None).await.unwrap();
    let second = read(first.next_cursor.clone()).await.unwrap();
    assert_eq!((first.people.len(), second.people.len(), second.total), (2, 1, 3));
    assert_eq!(second.next_cursor, None);
    let file = mapping.csv().await.unwrap();
    let again = replace(&sources, std::str::from_utf8(&file).unwrap(), false).await.unwrap();
    assert_eq!((again.version, again.entries_after), (1, 3), "nothing differs");
    // The place in one file means nothing in the next one.
    replace(&sources, "person\n", false).await.unwrap();
    assert_eq!(read(first.next_cursor).await.unwrap_err().status(), 400);
}

#[tokio::test]
async fn a_suggestion_is_confirmed_refused_and_open_again() {
    let sources = sources(&ROWS);
    let answer = decide(&sources, "12", "u2", WantedVerdict::Same).await;
    assert_eq!((answer.people.len(), answer.people[0].identities.len()), (1, 2));
    let row = all(&sources).await.rows.into_iter().find(|row| row.subject == "12").unwrap();
    assert_eq!(serde_json::to_value(row.links[0].reason).unwrap(), "confirmed");
    assert!(row.suggestions.is_empty());

    let answer = decide(&sources, "12", "u2", WantedVerdict::Different).await;
    assert_eq!(answer.people.len(), 2);
    let row = all(&sources).await.rows.into_iter().find(|row| row.subject == "12").unwrap();
    assert_eq!((row.links.len(), row.suggestions.len(), row.kept_apart[0].subject.as_str()), (0, 0, "u2"));
    assert_eq!(all(&sources).await.summary.suggestions, 1);

    decide(&sources, "u2", "12", WantedVerdict::Undecided).await;
    assert_eq!(all(&sources).await.summary.suggestions, 2);
    assert!(sources.identities.links().await.unwrap().decisions.is_empty());
}

#[tokio::test]
async fn a_refused_suggestion_is_not_made_by_another_identity_of_the_person() {
    let sources = sources(&ROWS);
    // Anna's login resembles the names at Cursor and at Anthropic, which are one person.
    decide(&sources, "7", "c1", WantedVerdict::Different).await;
    let suggested = list(&sources, serde_json::json!({"status": "suggested"})).await;
    assert!(suggested.rows.iter().all(|row| row.subject != "7"));
}

#[tokio::test]
async fn an_identity_with_an_equal_address_leaves_its_person_and_stays_away() {
    let rows = [
        ("github-copilot", "7", "anna", "anna@octo.example"),
        ("cursor", "u1", "Anna", "anna@octo.example"),
        ("anthropic", "c1", "Anna", "anna@octo.example"),
    ];
    for (one, other) in [("7", "u1"), ("u1", "7"), ("c1", "7"), ("u1", "c1")] {
        let sources = sources(&rows);
        assert_eq!(people(&sources).await.len(), 1);
        decide(&sources, one, other, WantedVerdict::Different).await;
        let after = people(&sources).await;
        assert_eq!(after.len(), 2, "{one} {other}: {after:?}");
        // The mapping file does not join them again.
        let file = "person,identity\nanna@octo.example,anna@octo.example\n";
        let report = replace(&sources, file, false).await.unwrap();
        assert_eq!((report.kept_apart.total, report.kept_apart.rows[0].people.len()), (1, 2));
        assert_eq!(people(&sources).await, after);
        // The later decision counts.
        decide(&sources, one, other, WantedVerdict::Same).await;
        assert_eq!(people(&sources).await.len(), 1, "{one} {other}");
    }
}

#[tokio::test]
async fn of_equal_addresses_only_the_separated_identity_leaves() {
    let rows = [
        ("github-copilot", "7", "anna", "anna@octo.example"),
        ("cursor", "u1", "Anna", "anna@octo.example"),
        ("anthropic", "c1", "Anna", "anna@octo.example"),
    ];
    for (one, other) in [("7", "u1"), ("7", "c1"), ("u1", "7"), ("u1", "c1"), ("c1", "7"), ("c1", "u1")] {
        let sources = sources(&rows);
        decide(&sources, one, other, WantedVerdict::Different).await;
        assert!(people(&sources).await.contains(&vec![other.to_owned()]), "{one} {other}");
    }
}

#[tokio::test]
async fn what_is_linked_only_through_an_identity_leaves_with_it() {
    let sources = sources(&ROWS);
    // 7 is linked to u1, which has the address of c1.
    decide(&sources, "u1", "7", WantedVerdict::Same).await;
    assert_eq!(people(&sources).await.iter().map(Vec::len).max(), Some(3));
    decide(&sources, "7", "u1", WantedVerdict::Different).await;
    assert!(people(&sources).await.contains(&vec!["c1".to_owned(), "u1".to_owned()]));
}

#[tokio::test]
async fn an_unknown_identity_and_one_with_itself_are_refused() {
    let sources = sources(&ROWS);
    let known = id(&sources, "7").await;
    for (one, other, field) in [(known.0.as_str(), "missing", "other"), ("missing", "x", "one"), ("x", "x", "other")] {
        let decision = LinkDecision {
            one: PersonId(one.to_owned()),
            other: PersonId(other.to_owned()),
            verdict: WantedVerdict::Same,
        };
        match DecideLink(sources.clone()).run(&decision).await {
            Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sources.identities.links().await.unwrap(), Links::default());
}

#[tokio::test]
async fn a_decision_about_one_pair_is_stored_once() {
    let sources = sources(&ROWS);
    for _ in 0..3 {
        decide(&sources, "12", "u2", WantedVerdict::Same).await;
        decide(&sources, "u2", "12", WantedVerdict::Same).await;
    }
    let decisions = sources.identities.links().await.unwrap().decisions;
    assert_eq!((decisions.len(), decisions[0].verdict), (1, LinkVerdict::Same));
}
