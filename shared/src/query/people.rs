//! Distinct people across connectors: a person who uses several assistants counts once.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::fold::{Answer, Fold, Period};
use super::groups::NULL;
use super::interner::IdSet;
use crate::words::{Connector, Day};

/// A group of people in one period, over all connectors.
pub(crate) struct Group {
    /// The first day of the period.
    pub(crate) day: Day,
    /// The caller's key of the connector.
    pub(crate) part: Option<String>,
    /// The texts of the cut's keys.
    pub(crate) keys: Vec<Option<String>>,
    /// Distinct people by measure, as a cut of one connector has them; null where no connector knows.
    pub(crate) counts: Vec<Option<u32>>,
    /// Days for which any connector has anything.
    pub(crate) days: u32,
    /// A connector lacks days of the period, or rows about people of some of them.
    pub(crate) is_partial: bool,
    pub(crate) is_provisional: bool,
}

/// A part and the texts of the cut's keys.
type GroupKey = (Option<String>, Vec<Option<String>>);

#[derive(Default)]
struct Gathered {
    days: IdSet,
    connectors: usize,
    is_partial: bool,
    is_provisional: bool,
    groups: BTreeMap<GroupKey, Vec<Option<IdSet>>>,
}

impl Answer<'_> {
    /// Counts people once over all connectors; `part` says by what they are told apart nevertheless: groups of different
    /// parts are different groups.
    pub(crate) fn people(&self, cut: usize, part: impl Fn(&Connector) -> Option<String>) -> Vec<Group> {
        let mut periods: BTreeMap<Day, Gathered> = BTreeMap::new();
        let mut strangers = HashMap::new();
        for (connector, fold) in &self.folded {
            // Rows may be newer than the directories.
            let numbers = fold.people.iter().map(|subject| {
                let stranger = self.persons.persons.len() + strangers.len();
                let known = self.persons.number_of(&connector.id, subject);
                let new = || *strangers.entry((connector.id.clone(), subject.to_owned())).or_insert(stranger);
                known.unwrap_or_else(new) as u32
            });
            let numbers: Vec<u32> = numbers.collect();
            for (start, period) in &fold.periods {
                let gathered = periods.entry(*start).or_default();
                gathered.add(fold, period, cut, &numbers, &part(connector));
            }
        }
        let connectors = self.folded.len();
        let rows = periods.into_iter().flat_map(|(day, gathered)| {
            let Gathered { days, is_provisional, .. } = gathered;
            let is_partial = gathered.is_partial || gathered.connectors < connectors;
            gathered.groups.into_iter().map(move |((part, keys), sets)| Group {
                day,
                part,
                keys,
                counts: sets.iter().map(|set| set.as_ref().map(IdSet::len)).collect(),
                days: days.len(),
                is_partial,
                is_provisional,
            })
        });
        rows.collect()
    }
}

impl Gathered {
    fn add(&mut self, fold: &Fold, period: &Period, cut: usize, numbers: &[u32], part: &Option<String>) {
        let table = &period.tables[cut];
        self.connectors += 1;
        self.days.unite(&period.days);
        self.is_provisional |= period.is_provisional;
        self.is_partial |= period.lacks_days() || table.people_days < period.days.len();
        let groups = &fold.cuts[cut].people_groups;
        for group in 0..groups.len() as u32 {
            let text = |number: &u32| (*number != NULL).then(|| fold.texts.text(*number).to_owned());
            let keys: Vec<Option<String>> = groups.key(group).iter().map(text).collect();
            let sets: Vec<Option<&IdSet>> =
                table.people.iter().map(|sets| sets.get(group as usize).and_then(Option::as_ref)).collect();
            if sets.iter().all(Option::is_none) {
                continue;
            }
            let known = self.groups.entry((part.clone(), keys)).or_insert_with(|| vec![None; sets.len()]);
            for (known, set) in known.iter_mut().zip(sets) {
                if let Some(set) = set {
                    known.get_or_insert_default().extend(set, |person| numbers[person as usize]);
                }
            }
        }
    }
}
