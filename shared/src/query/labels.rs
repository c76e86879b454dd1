//! What subjects were called on the last day they were seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scan::{Share, scan};
use crate::error::StoreError;
use crate::ports::{SegmentStore, StoredSegment};
use crate::segment::{Batch, Column, Kind, columns};
use crate::words::{ConnectorId, Dataset, Day, Days, Level};

/// Descriptions of a subject, each as of the latest day that has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Label(Vec<Option<(Day, Box<str>)>>);

impl Label {
    pub(super) fn of_width(width: usize) -> Self {
        Self(vec![None; width])
    }

    pub(super) fn width(&self) -> usize {
        self.0.len()
    }

    /// In the order in which the columns were asked for.
    pub(crate) fn text(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_ref().map(|(_, text)| &**text)
    }

    pub(super) fn set(&mut self, column: usize, day: Day, text: &str) {
        match &mut self.0[column] {
            Some((known, _)) if *known > day => {}
            // Without a change nothing is allocated.
            Some((known, same)) if **same == *text => *known = day,
            other => *other = Some((day, text.into())),
        }
    }

    pub(crate) fn merge(&mut self, other: Label) {
        self.0.resize(self.0.len().max(other.0.len()), None);
        for (ours, theirs) in self.0.iter_mut().zip(other.0) {
            if theirs.as_ref().map(|(day, _)| *day) > ours.as_ref().map(|(day, _)| *day) {
                *ours = theirs;
            }
        }
    }
}

/// Notes what the rows of `kept`, pairs of row and group, say about their groups.
pub(super) fn note(labels: &mut [Label], columns: &[&'static Column], day: Day, batch: &Batch, kept: &[(u32, u32)]) {
    for (place, column) in columns.iter().enumerate() {
        let Some(texts) = batch.texts(column.name) else { continue };
        for &(row, group) in kept {
            let text = texts.get(row as usize);
            // A list that is not there is an empty one where others have theirs.
            let text = if column.kind == Kind::Ids { Some(text.unwrap_or_default()) } else { text };
            if let Some(text) = text {
                labels[group as usize].set(place, day, text);
            }
        }
    }
}

/// The names and e-mail addresses of one page's subjects.
///
/// Thousands of names a day cost more to read than the numbers beside them, and nearly everyone was there lately: so they
/// are looked for backwards from the end, in steps that grow, until each is found.
pub(crate) async fn find_labels(
    segments: &dyn SegmentStore,
    connector: &ConnectorId,
    dataset: Dataset,
    level: Level,
    days: Days,
    subjects: Vec<String>,
) -> Result<BTreeMap<String, Label>, StoreError> {
    let mut nameless = subjects;
    nameless.sort_unstable();
    let (mut until, mut width) = (days.until(), 2);
    let mut found = BTreeMap::new();
    while !nameless.is_empty() && until > days.from() {
        let from = Days::before(until, width).from().max(days.from());
        let wanted: Arc<[String]> = nameless.as_slice().into();
        let stored = segments.range(connector, dataset, Days::new(from, until));
        let search = || Labels { dataset, level, wanted: wanted.clone(), found: BTreeMap::new() };
        found.extend(scan(stored, search).await?.found);
        nameless.retain(|id| !found.contains_key(id));
        (until, width) = (from, width * 4);
    }
    Ok(found)
}

/// The columns of [`find_labels`].
const NAMES: [&str; 2] = ["name", "email"];

struct Labels {
    dataset: Dataset,
    level: Level,
    wanted: Arc<[String]>,
    found: BTreeMap<String, Label>,
}

impl Share for Labels {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let (level, wanted) = (self.level, self.wanted.clone());
        let keep = move |batch: &Batch| {
            let is_sought = |text: &str| wanted.binary_search_by(|id| id.as_str().cmp(text)).is_ok();
            let mut rows = batch.pass("level", |text| text == level.as_str());
            rows.iter_mut().zip(batch.pass("subject", is_sought)).for_each(|(row, is_sought)| *row &= is_sought);
            rows
        };
        let opened = stored.segment.open(columns(self.dataset))?;
        for batch in opened.read_where(&["subject", "name", "email"], &[level], &["level", "subject"], keep)? {
            let batch = batch?;
            let Some(subjects) = batch.texts("subject") else { continue };
            for row in 0..batch.rows() {
                let Some(id) = subjects.get(row) else { continue };
                if !self.found.contains_key(id) {
                    self.found.insert(id.to_owned(), Label::of_width(NAMES.len()));
                }
                let Some(label) = self.found.get_mut(id) else { continue };
                for (place, name) in NAMES.iter().enumerate() {
                    if let Some(text) = batch.texts(name).and_then(|texts| texts.get(row)) {
                        label.set(place, stored.head.day, text);
                    }
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        for (id, label) in other.found {
            match self.found.get_mut(&id) {
                Some(known) => known.merge(label),
                None => {
                    self.found.insert(id, label);
                }
            }
        }
    }
}
