//! What a write makes of a stored segment: the one rule that every segment store follows inside its transaction.

use crate::ports::{Replaced, SegmentWrite};
use crate::words::{Revision, SegmentHead};

/// What is to be stored, all of it or nothing.
#[derive(Debug)]
pub(super) struct Succession {
    pub(super) head: SegmentHead,
    /// `Revised` means that the rows are to be stored too.
    pub(super) replaced: Replaced,
    /// For the revision log: totals that somebody may have seen have changed.
    pub(super) revision: Option<Revision>,
}

/// `None`: a later fetch is stored already, and nothing is to be written.
pub(super) fn succeed(stored: Option<&SegmentHead>, write: &SegmentWrite) -> Option<Succession> {
    if stored.is_some_and(|stored| write.head.fetched_at < stored.fetched_at) {
        return None;
    }
    let mut head = write.head.clone();
    head.revision = stored.map_or(0, |stored| stored.revision);
    let known = stored.and_then(|stored| stored.checksum);
    let replaced = match &write.content {
        Some(segment) => {
            head.rows = segment.rows;
            head.checksum = Some(segment.checksum);
            head.totals.clone_from(&segment.totals);
            if known == Some(segment.checksum) {
                Replaced::Unchanged
            } else {
                head.revision += 1;
                Replaced::Revised(head.revision)
            }
        }
        None => {
            head.rows = stored.map_or(0, |stored| stored.rows);
            head.checksum = known;
            head.sources = stored.map_or_else(Vec::new, |stored| stored.sources.clone());
            head.totals = stored.map(|stored| stored.totals.clone()).unwrap_or_default();
            Replaced::Unchanged
        }
    };
    let revision = stored.filter(|stored| stored.has_content()).and_then(|stored| Revision::between(stored, &head));
    Some(Succession { head, replaced, revision })
}
