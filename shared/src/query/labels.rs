//! What subjects were called on the last day they were seen.

use crate::segment::{Batch, Column};
use crate::words::Day;

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
            if let Some(text) = texts.get(row as usize) {
                labels[group as usize].set(place, day, text);
            }
        }
    }
}
