//! The mapping as CSV, as spreadsheets write it: with `,`, `;` or a tab between values, columns in any order.

use csv::{ReaderBuilder, StringRecord};

use super::MAX_MAPPING_BYTES;
use super::entries::{Entries, Place, RawRow};
use crate::error::{Error, Fault, Faults};
use crate::words::{Day, MappedPerson};

const COLUMNS: [&str; 7] = ["person", "name", "provider", "identity", "team", "from", "to"];

/// The people of the file, or all its faults. `providers` are the ids that are known.
pub fn read_csv(bytes: &[u8], providers: &[&str]) -> Result<Vec<MappedPerson>, Error> {
    let text = text_of(bytes).map_err(Faults::one)?;
    let mut records = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(text))
        .from_reader(text.as_bytes())
        .into_records()
        // A text that is UTF-8 has no other faults.
        .filter_map(Result::ok);
    let header = records.next().unwrap_or_default();
    let columns = Columns::of(&header, line_of(text, &header))?;
    let mut entries = Entries::new(providers);
    for record in records.filter(|record| !record.iter().all(|value| value.trim().is_empty())) {
        let line = line_of(text, &record);
        let has_more = record.iter().skip(header.len()).any(|value| !value.trim().is_empty());
        if record.len() < header.len() || has_more {
            let why = format!("has {} values, the header has {}", record.len(), header.len());
            entries.faults.push(Fault { line, field: None, why });
            continue;
        }
        entries.add(&columns.row(&record), |field| Place { line, field: field.to_owned() });
    }
    entries.finish()
}

/// Every person has as many lines as identities or teams, and at least one.
pub fn write_csv(people: &[MappedPerson]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    // A vector takes every byte.
    let _ = writer.write_record(COLUMNS);
    for person in people {
        for line in 0..person.identities.len().max(person.teams.len()).max(1) {
            let name = person.name.as_deref().filter(|_| line == 0).unwrap_or_default();
            let identity = person.identities.get(line);
            let provider = identity.and_then(|identity| identity.provider.as_deref()).unwrap_or_default();
            let identity = identity.map(|identity| identity.identity.as_str()).unwrap_or_default();
            let team = person.teams.get(line);
            let (from, to) = (day(team.and_then(|team| team.from)), day(team.and_then(|team| team.to)));
            let team = team.map(|team| team.team.as_str()).unwrap_or_default();
            let _ = writer.write_record([&person.person, name, provider, identity, team, &from, &to]);
        }
    }
    writer.into_inner().unwrap_or_default()
}

fn text_of(bytes: &[u8]) -> Result<&str, Fault> {
    let of_file = |why: String| Fault { line: None, field: None, why };
    if bytes.len() > MAX_MAPPING_BYTES {
        let most = MAX_MAPPING_BYTES / 1_000_000;
        return Err(of_file(format!("the file has {} bytes; it may have at most {most} MB", bytes.len())));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(of_file("the file is UTF-16; save it as `CSV UTF-8`".to_owned()));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(of_file(format!("the file is empty; its first line must name columns: {}", COLUMNS.join(","))));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        let lines = good.iter().filter(|byte| **byte == b'\n').count();
        let why = "is not UTF-8; save the file as `CSV UTF-8`".to_owned();
        Fault { line: u64::try_from(lines + 1).ok(), field: None, why }
    })
}

/// The one that the header has most of.
fn separator(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    // The last of equals is the comma.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// The line on which a record begins; the first is 1. `csv` counts the line feed of CR LF to the record after it, and so names
/// the line before.
fn line_of(text: &str, record: &StringRecord) -> Option<u64> {
    let start = usize::try_from(record.position()?.byte()).ok()?;
    let before = text.get(..start)?;
    let breaks = text
        .get(start..)?
        .bytes()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|byte| *byte == b'\n')
        .count();
    u64::try_from(before.matches('\n').count() + breaks + 1).ok()
}

/// Where each column stands.
struct Columns([Option<usize>; 7]);

impl Columns {
    fn of(header: &StringRecord, line: Option<u64>) -> Result<Self, Error> {
        let mut columns = [None; 7];
        let mut faults = Faults::default();
        for (number, title) in header.iter().enumerate() {
            let title = title.trim();
            let place = || format!("column {}", number + 1);
            match COLUMNS.iter().position(|known| known.eq_ignore_ascii_case(title)) {
                Some(known) if columns[known].is_some() => {
                    let why = format!("{} is named twice", COLUMNS[known]);
                    faults.push(Fault { line, field: Some(place()), why });
                }
                Some(known) => columns[known] = Some(number),
                // An empty column that a spreadsheet added.
                None if title.is_empty() => {}
                None => {
                    let why = format!("is not known; the columns are {}", COLUMNS.join(", "));
                    faults.push(Fault { line, field: Some(place()), why });
                }
            }
        }
        if columns[0].is_none() {
            let why = format!("has no column `person`; the columns are {}", COLUMNS.join(", "));
            faults.push(Fault { line, field: None, why });
        }
        faults.or(Self(columns))
    }

    fn row<'a>(&self, record: &'a StringRecord) -> RawRow<'a> {
        let [person, name, provider, identity, team, from, to] =
            self.0.map(|column| column.and_then(|column| record.get(column)).unwrap_or_default());
        RawRow { person, provider, identity, name, team, from, to }
    }
}
