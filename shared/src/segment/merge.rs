//! Merges rows with the same key, if a provider sends several.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::rows::{Kind, Row};
use super::{Plain, Segment, Value};
use crate::error::StoreError;

impl Segment {
    /// Merges rows with the same key whose subject `is_repeated`, at the position of the first, with the greatest
    /// value of each column. Null is less than every value.
    pub fn merged<R: Row>(&self, is_repeated: impl Fn(&str) -> bool) -> Result<Vec<Plain<R>>, StoreError> {
        let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        let mut merged: Vec<Plain<R>> = Vec::new();
        for row in self.plain::<R>()? {
            if row.named_text("subject").is_some_and(&is_repeated) {
                match places.entry(key(&row)) {
                    Entry::Occupied(place) => {
                        take_greater(&mut merged[*place.get()], row);
                        continue;
                    }
                    Entry::Vacant(place) => {
                        place.insert(merged.len());
                    }
                }
            }
            merged.push(row);
        }
        Ok(merged)
    }
}

fn key<R: Row>(row: &Plain<R>) -> Vec<String> {
    let keys = R::COLUMNS.iter().enumerate().filter(|(_, column)| column.kind == Kind::Key);
    keys.map(|(index, _)| row.text(index).unwrap_or_default().to_owned()).collect()
}

fn take_greater<R>(row: &mut Plain<R>, other: Plain<R>) {
    for (value, other) in row.values.iter_mut().zip(other.values) {
        let is_greater = match (&other, &*value) {
            (Value::Text(a), Value::Text(b)) => a > b,
            (Value::Integer(a), Value::Integer(b)) => a > b,
            (Value::Float(a), Value::Float(b)) => a > b,
            _ => false,
        };
        if is_greater {
            *value = other;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::segment::{Activity, Table};
    use crate::words::Level;

    #[test]
    fn merged_rows_keep_the_greatest_value_of_each_column() {
        let mut table = Table::of::<Activity>();
        let person = |subject, name, sessions, commits| Activity {
            level: Level::User,
            subject,
            name,
            sessions,
            commits,
            ..Activity::default()
        };
        let rows = [
            person("1", Some("ana"), Some(3), None),
            person("2", Some("ben"), Some(1), Some(1)),
            person("1", None, Some(2), Some(0)),
        ];
        rows.iter().for_each(|row| table.push(row).unwrap());
        let rows = table.finish().unwrap().merged::<Activity<'_>>(|subject| subject == "1").unwrap();
        let merged: Vec<_> = rows
            .iter()
            .map(|row| (row.named_text("subject"), row.named_text("name"), row.named("sessions"), row.named("commits")))
            .collect();
        let expected = [(Some("1"), Some("ana"), Some(3), Some(0)), (Some("2"), Some("ben"), Some(1), Some(1))];
        assert_eq!(merged, expected);
    }
}
