//! People counted anew: distinct persons per group over several days, from the rows about persons.

use arrow_array::{Array, Int64Array};

use super::{Names, Numbers, Value};
use crate::segment::{Batch, Texts};
use crate::words::Level;

/// Who was active and who was engaged, per group. Null until a row says yes or no.
#[derive(Default)]
pub(crate) struct Recount {
    active: Vec<Option<Numbers>>,
    engaged: Vec<Option<Numbers>>,
}

/// The groups in which a person counts.
pub(crate) enum Sets<'a> {
    /// All people are one group, number 0.
    One,
    /// The row's list of teams, its number, and the groups of each list.
    ByTeams(Texts<'a>, Vec<u32>, &'a [Vec<u32>]),
}

impl Recount {
    /// False when no row of the batch is about a person.
    pub(crate) fn add(&mut self, batch: &Batch, sets: &Sets<'_>, people: &mut Names) -> bool {
        let Some(subjects) = batch.texts("subject") else {
            return false;
        };
        let user = batch.pass("level", |level| level == Level::User.as_str());
        let columns = [(batch.integers("active"), &mut self.active), (batch.integers("engaged"), &mut self.engaged)];
        let rows = (0..batch.rows()).filter(|row| user[*row]);
        let mut persons = Vec::new();
        for row in rows {
            let sets = match sets {
                Sets::One => &[0][..],
                Sets::ByTeams(teams, lists, sets) => teams.key(row).map_or(&[][..], |key| &sets[lists[key] as usize]),
            };
            // Unattributed activity has an empty id and is no person.
            if let Some(subject) = subjects.get(row).filter(|subject| !subject.is_empty()) {
                persons.push((row, people.number(subject), sets));
            }
        }
        for (column, counts) in columns {
            let Some(column) = column else { continue };
            for &(row, person, sets) in &persons {
                let Some(value) = value(column, row) else {
                    continue;
                };
                for &set in sets {
                    let count = slot(counts, set as usize).get_or_insert_default();
                    if value > 0 {
                        count.insert(person);
                    }
                }
            }
        }
        !persons.is_empty()
    }

    /// Takes in another's counts: groups renumbered by `set`, people by `people`.
    pub(crate) fn merge(&mut self, other: Recount, set: impl Fn(usize) -> usize, people: &[u32]) {
        let both = [(&mut self.active, other.active), (&mut self.engaged, other.engaged)];
        for (ours, theirs) in both {
            for (group, theirs) in theirs.into_iter().enumerate() {
                let Some(theirs) = theirs else { continue };
                let ours = slot(ours, set(group)).get_or_insert_default();
                ours.extend(&theirs, |person| people[person as usize]);
            }
        }
    }

    pub(crate) fn count(&self, column: &str, set: usize) -> Option<Value> {
        let sets = match column {
            "active" => &self.active,
            "engaged" => &self.engaged,
            _ => return None,
        };
        let set = sets.get(set)?.as_ref()?;
        Some(Value::Integer(i64::from(set.len())))
    }
}

fn value(column: &Int64Array, row: usize) -> Option<i64> {
    column.is_valid(row).then(|| column.value(row))
}

/// The slot at `index`, made if need be.
pub(crate) fn slot<T>(slots: &mut Vec<Option<T>>, index: usize) -> &mut Option<T> {
    if slots.len() <= index {
        slots.resize_with(index + 1, || None);
    }
    &mut slots[index]
}
