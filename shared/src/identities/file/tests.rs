//! Mapping files as people and spreadsheets write them.

use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::words::{Day, MappedIdentity, MappedPerson, MappedTeam};

const PROVIDERS: [&str; 2] = ["hub", "ide"];

fn read(text: &str) -> Vec<MappedPerson> {
    read_csv(text.as_bytes(), &PROVIDERS).unwrap()
}

/// Each fault as a person reads it.
fn faults(bytes: &[u8]) -> Vec<String> {
    match read_csv(bytes, &PROVIDERS).unwrap_err() {
        Error::Faults(faults) => faults.listed.iter().map(ToString::to_string).collect(),
        other => panic!("{other}"),
    }
}

fn day(text: &str) -> Option<Day> {
    Some(text.parse().unwrap())
}

fn anna() -> MappedPerson {
    let identity = |provider: Option<&str>, identity: &str| MappedIdentity {
        provider: provider.map(str::to_owned),
        identity: identity.to_owned(),
    };
    MappedPerson {
        person: "anna@octo.example".to_owned(),
        name: Some("Anna Berg".to_owned()),
        identities: vec![identity(Some("hub"), "anna-b"), identity(None, "a.berg@octo.example")],
        teams: vec![MappedTeam { team: "Data; AI".to_owned(), from: day("2026-01-01"), to: day("2026-06-30") }],
    }
}

#[test]
fn rows_about_one_person_add_up() {
    let text = "person,provider,identity,name,team,from,to\n\
        anna@octo.example,hub,anna-b,Anna Berg,,,\n\
        Anna@Octo.example,,a.berg@octo.example,,Data; AI,2026-01-01,2026-06-30\n\
        anna@octo.example,HUB,Anna-B,Anna Berg,,,\n";
    assert_eq!(read(text), [anna()]);
}

#[test]
fn a_spreadsheet_file_is_read_with_any_separator() {
    let comma = "to,From,TEAM,name,identity,provider,person\r\n\
        2026-06-30,2026-01-01,\"Data; AI\",Anna Berg,anna-b,hub,anna@octo.example\r\n\
        ,,,,a.berg@octo.example,,anna@octo.example\r\n,,,,,,\r\n";
    assert_eq!(read(comma), [anna()]);
    assert_eq!(read(&format!("\u{feff}{comma}")), [anna()]);
    let swap = |separator: &str| {
        let swapped = comma.replace("\"Data; AI\"", "DATA").replace(',', separator);
        swapped.replace("DATA", "\"Data; AI\"")
    };
    assert_eq!(read(&swap(";")), [anna()]);
    assert_eq!(read(&swap("\t")), [anna()]);
}

#[test]
fn columns_may_be_missing() {
    let people = read("person,team\nE-17,Platform\n");
    assert_eq!((people[0].person.as_str(), people[0].teams[0].id().as_str()), ("E-17", "@platform"));
}

#[test]
fn a_header_alone_is_a_mapping_of_nobody() {
    assert_eq!(read("person;identity\r\n"), []);
}

#[test]
fn all_faults_are_named_at_once_with_their_lines() {
    let text = "person,provider,identity,name,team,from,to\n\
        ,hub,anna-b,,,,\n\
        ben@octo.example,gitlab,ben,,,,\n\
        ben@octo.example,hub,,Ben,Core,30.6.2026,\n\
        ben@octo.example,,,Benjamin,Core,2026-02-01,2026-01-01\n\
        cleo@octo.example,,,,,,\n\
        dora@octo.example,hub,dora\n\
        dora@octo.example,ide,Ben@octo.example,,,,\n\
        dora@octo.example,,,,,2026-01-01,\n";
    assert_eq!(
        faults(text.as_bytes()),
        [
            "line 2, person: is required: an e-mail address or another key of the person",
            "line 3, provider: is not known; give one of hub, ide, or leave it empty",
            "line 4, identity: is required beside a provider: an id, a login or an e-mail address",
            "line 4, from: must be a day such as 2026-11-20",
            "line 5, from: must not be after `to`; both are inclusive",
            "line 5, name: is another name than on a row before; a person has one name",
            "line 7: has 3 values, the header has 7",
            "line 8, identity: belongs to another person already: line 3",
            "line 9, team: is required beside `from` and `to`",
            "line 6, person: has nothing beside it; give an identity, a name or a team",
        ]
    );
}

#[test]
fn a_fault_has_its_line_also_where_lines_end_as_on_windows() {
    let text = "person,identity\r\n\r\nben@octo.example,ben\r\n,anna\r\n\"x\ny\",cleo\r\n,dora\r\n";
    let lines: Vec<String> =
        faults(text.as_bytes()).iter().map(|fault| fault.split(',').next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["line 4", "line 5", "line 7"]);
}

#[test]
fn a_wrong_header_is_named_by_column_and_not_repeated() {
    let known = "the columns are person, name, provider, identity, team, from, to";
    assert_eq!(
        faults(b"name,e-mail,Name\nx,y,z\n"),
        [
            format!("line 1, column 2: is not known; {known}"),
            "line 1, column 3: name is named twice".to_owned(),
            format!("line 1: has no column `person`; {known}"),
        ]
    );
}

#[test]
fn what_is_no_text_or_too_large_says_what_to_do() {
    let latin = b"person,name\nanna@octo.example,Anna\nb@octo.example,B\xf6rge\n";
    assert_eq!(faults(latin), ["line 3: is not UTF-8; save the file as `CSV UTF-8`"]);
    assert_eq!(faults(b"\xff\xfep\0e\0"), ["the file is UTF-16; save it as `CSV UTF-8`"]);
    let empty = "the file is empty; its first line must name columns: person,name,provider,identity,team,from,to";
    assert_eq!(faults(b" \r\n"), [empty]);
    assert_eq!(faults(b"\xef\xbb\xbf"), [empty]);
    let large = vec![b'x'; MAX_MAPPING_BYTES + 1];
    assert_eq!(faults(&large), ["the file has 4000001 bytes; it may have at most 4 MB"]);
}

#[test]
fn a_quotation_mark_that_is_not_closed_is_a_fault() {
    let text = "person,name\nanna@octo.example,\"Anna\nben@octo.example,Ben\n";
    assert_eq!(
        faults(text.as_bytes()),
        [
            "line 2, name: has a line break or another control character; is a quotation mark missing?",
            "line 2, person: has nothing beside it; give an identity, a name or a team",
        ]
    );
}

#[test]
fn thousands_of_faults_are_counted_and_the_first_ones_listed() {
    let text = format!("person,provider\n{}", "anna@octo.example,gitlab\n".repeat(3000));
    let Err(Error::Faults(faults)) = read_csv(text.as_bytes(), &PROVIDERS) else { panic!() };
    // The person also has nothing beside it.
    assert_eq!((faults.total, faults.listed.len()), (3001, 100));
    assert!(faults.to_string().starts_with("3001 faults; nothing was changed: line 2, provider: is not known"));
    assert!(faults.to_string().ends_with("; and more"));
}

#[test]
fn a_list_of_entries_has_the_same_rules_by_path() {
    assert_eq!(check(&[anna()], &PROVIDERS).unwrap(), [anna()]);
    let mut wrong = anna();
    wrong.identities[0].provider = Some("gitlab".to_owned());
    wrong.identities[1].identity = " ".to_owned();
    wrong.teams[0].to = day("2025-01-01");
    let empty = MappedPerson::default();
    let Err(Error::Faults(faults)) = check(&[wrong, empty], &PROVIDERS) else { panic!() };
    let places: Vec<_> = faults.listed.iter().map(|fault| fault.field.as_deref().unwrap()).collect();
    let expected = [
        "people[0].identities[0].provider",
        "people[0].identities[1].identity",
        "people[0].teams[0].from",
        "people[1].person",
    ];
    assert_eq!(places, expected);
}

fn texts() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a,b", "c;d", "e\tf", "g\"h\"", "'i", "ü é", "=1+1", "j", "#k"])
        .prop_map(|text: &str| text.replace('\t', " "))
}

fn people() -> impl Strategy<Value = Vec<MappedPerson>> {
    let days = prop::option::of(0..300u32);
    let provider = prop::option::of(prop::sample::select(vec!["hub", "ide"]));
    let identities = prop::collection::vec((provider, texts()), 0..4);
    let teams = prop::collection::vec((texts(), days.clone(), days), 0..3);
    let person = (prop::option::of(texts()), identities, teams);
    let nth = |number: u32| Day::default() + chrono::Duration::days(i64::from(number));
    prop::collection::vec(person, 0..6).prop_map(move |people| {
        let people = people.into_iter().enumerate().map(|(number, (name, identities, teams))| MappedPerson {
            person: format!("{number}@octo.example"),
            name,
            identities: identities
                .into_iter()
                .enumerate()
                .map(|(at, (provider, text))| MappedIdentity {
                    provider: provider.map(str::to_owned),
                    identity: format!("{text}{number}-{at}"),
                })
                .collect(),
            teams: teams
                .into_iter()
                .enumerate()
                .map(|(at, (team, from, to))| MappedTeam {
                    team: format!("{team} {at}"),
                    from: from.map(nth),
                    to: to.map(|to| nth(to + 300)),
                })
                .collect(),
        });
        people.filter(|it| it.name.is_some() || !it.identities.is_empty() || !it.teams.is_empty()).collect()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(people in people()) {
        let bytes = write_csv(&people);
        prop_assert_eq!(read_csv(&bytes, &PROVIDERS).unwrap(), people);
    }

    #[test]
    fn any_bytes_are_a_mapping_or_faults(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        match read_csv(&[b"person,name\n".as_slice(), &bytes].concat(), &PROVIDERS) {
            Ok(people) => prop_assert!(people.iter().all(|one| !one.person.is_empty())),
            Err(Error::Faults(faults)) => prop_assert!(faults.total > 0),
            Err(other) => panic!("{other}"),
        }
    }
}
