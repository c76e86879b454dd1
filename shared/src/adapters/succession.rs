//! Computes the next state of a stored segment. Every segment store follows this rule inside its transaction.

use crate::ports::{Replaced, SegmentWrite};
use crate::segment::Segment;
use crate::words::{Revision, SegmentHead};

/// The records to store, all or none. Nothing is stored if `replaced` is `Stale`.
#[derive(Debug)]
pub(super) struct Succession {
    pub(super) head: SegmentHead,
    pub(super) replaced: Replaced,
    /// True if the rows of the write must be stored too.
    pub(super) stores_rows: bool,
    /// An entry for the revision log, if totals that a user may have seen have changed.
    pub(super) revision: Option<Revision>,
}

pub(super) fn next_head(stored: Option<&SegmentHead>, write: &SegmentWrite) -> Succession {
    let is_unseen = |stored: &&SegmentHead| write.seen.is_some_and(|seen| seen != stored.revision);
    if let Some(later) = stored.filter(|stored| write.head.fetched_at < stored.fetched_at || is_unseen(stored)) {
        return Succession { head: later.clone(), replaced: Replaced::Stale, stores_rows: false, revision: None };
    }
    let mut head = write.head.clone();
    head.revision = stored.map_or(0, |stored| stored.revision);
    head.rows = stored.map_or(0, |stored| stored.rows);
    head.checksum = stored.and_then(|stored| stored.checksum);
    head.rows_checksum = stored.and_then(|stored| stored.rows_checksum);
    head.totals = stored.map(|stored| stored.totals.clone()).unwrap_or_default();
    head.account = stored.and_then(|stored| stored.account.clone());
    let (mut replaced, mut stores_rows) = (Replaced::Unchanged, false);
    match &write.content {
        Some(segment) => {
            let has_changed = !stored.is_some_and(|stored| has_rows_of(stored, segment));
            if has_changed {
                head.revision += 1;
                replaced = Replaced::Revised(head.revision);
            }
            stores_rows = has_changed || write.repairs;
            if stores_rows {
                head.checksum = Some(segment.checksum);
            }
            head.rows = segment.rows;
            head.rows_checksum = segment.rows_checksum;
            head.totals.clone_from(&segment.totals);
            head.account.clone_from(&segment.account);
        }
        None => head.sources = stored.map_or_else(Vec::new, |stored| stored.sources.clone()),
    }
    // Another Pairmeter version may name the totals of the same rows differently; this is not a revision.
    let seen = stored.filter(|stored| stored.has_content() && replaced != Replaced::Unchanged);
    let revision = seen.and_then(|stored| Revision::between(stored, &head));
    Succession { head, replaced, stores_rows, revision }
}

fn has_rows_of(stored: &SegmentHead, segment: &Segment) -> bool {
    match (stored.rows_checksum, segment.rows_checksum) {
        (Some(stored), Some(new)) => stored == new,
        _ => stored.checksum == Some(segment.checksum),
    }
}
