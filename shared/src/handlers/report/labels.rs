//! What subjects were called on the last day they were seen.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Fold, Subject, fold};
use crate::error::StoreError;
use crate::ports::{SegmentStore, StoredSegment};
use crate::segment::{Batch, Row, Texts};
use crate::words::{ConnectorId, Day, Days, Level};

/// A name and an address, as of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) day: Day,
    pub(crate) name: Option<Box<str>>,
    pub(crate) email: Option<Box<str>>,
}

impl Label {
    pub(crate) fn on(day: Day) -> Self {
        Self { day, name: None, email: None }
    }

    /// Takes over what a row of the same or a later day says.
    pub(crate) fn renew(&mut self, day: Day, [name, email]: [Option<Texts<'_>>; 2], row: usize) {
        self.day = day;
        replace(&mut self.name, name, row);
        replace(&mut self.email, email, row);
    }

    pub(crate) fn or_later(self, other: Label) -> Label {
        let (early, late) = match self.day <= other.day {
            true => (self, other),
            false => (other, self),
        };
        Label { day: late.day, name: late.name.or(early.name), email: late.email.or(early.email) }
    }
}

/// Without a new text the old one stays; without a change nothing is allocated.
fn replace(old: &mut Option<Box<str>>, texts: Option<Texts<'_>>, row: usize) {
    let new = texts.and_then(|texts| texts.get(row));
    if new.is_some() && old.as_deref() != new {
        *old = new.map(Into::into);
    }
}

/// The search for some subjects' labels.
struct Labels<R> {
    level: Level,
    wanted: Arc<[String]>,
    found: BTreeMap<String, Label>,
    of: PhantomData<fn() -> R>,
}

/// Fills in the names of one page's subjects.
///
/// Thousands of names a day cost more to read than the numbers beside them, and nearly everybody was there lately: so
/// they are looked for backwards from the end, in steps that grow, until nobody is left without.
pub(crate) async fn label<R: Row + 'static>(
    segments: &dyn SegmentStore,
    connector: &ConnectorId,
    level: Level,
    days: Days,
    subjects: Vec<&mut Subject>,
) -> Result<(), StoreError> {
    let mut nameless = subjects;
    let (mut until, mut width) = (days.until(), 2);
    while !nameless.is_empty() && until > days.from() {
        let from = Days::before(until, width).from().max(days.from());
        let mut wanted: Vec<String> = nameless.iter().map(|subject| subject.id.clone()).collect();
        wanted.sort_unstable();
        let wanted: Arc<[String]> = wanted.into();
        let stored = segments.range(connector, R::DATASET, Days::new(from, until));
        let search = || Labels::<R> { level, wanted: wanted.clone(), found: BTreeMap::new(), of: PhantomData };
        let mut found = fold(stored, search).await?.found;
        nameless.retain_mut(|subject| match found.remove(&subject.id) {
            Some(label) => {
                subject.name = label.name.map(Into::into);
                subject.email = label.email.map(Into::into);
                false
            }
            None => true,
        });
        (until, width) = (from, width * 4);
    }
    Ok(())
}

impl<R: Row + 'static> Fold for Labels<R> {
    fn add(&mut self, stored: &StoredSegment) -> Result<(), StoreError> {
        let (level, wanted) = (self.level, self.wanted.clone());
        let judge = move |batch: &Batch| {
            let sought = |text: &str| wanted.binary_search_by(|id| id.as_str().cmp(text)).is_ok();
            let mut rows = batch.pass("level", |text| text == level.as_str());
            let sought = batch.pass("subject", sought);
            rows.iter_mut().zip(sought).for_each(|(row, sought)| *row &= sought);
            rows
        };
        let columns = ["subject", "name", "email"];
        let rows = stored.segment.open::<R>()?.read_where(&columns, &["level", "subject"], judge)?;
        for batch in rows {
            let batch = batch?;
            let texts = ["name", "email"].map(|name| batch.texts(name));
            for row in 0..batch.rows() {
                if let Some(id) = batch.texts("subject").and_then(|texts| texts.get(row)) {
                    let day = stored.head.day;
                    let label = self.found.entry(id.to_owned()).or_insert(Label::on(day));
                    label.renew(day, texts, row);
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        for (id, label) in other.found {
            let known = self.found.remove(&id);
            let label = known.map_or_else(|| label.clone(), |known| known.or_later(label.clone()));
            self.found.insert(id, label);
        }
    }
}
