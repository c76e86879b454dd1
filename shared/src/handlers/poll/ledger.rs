//! The ledger of one connector as a poll knows it: read once, then kept up to date by the poll's own writes.

use std::collections::BTreeMap;

use crate::ports::SegmentStore;
use crate::words::{ConnectorId, Dataset, Day, SegmentHead};

type Heads = BTreeMap<(Day, Dataset), SegmentHead>;

/// Of another poll at the same time it knows nothing; the store refuses what is older than that poll's writes.
#[derive(Default)]
pub(super) struct LedgerView(Option<Heads>);

impl LedgerView {
    /// Reads the ledger unless it was read before.
    pub(super) async fn load(&mut self, segments: &dyn SegmentStore, id: &ConnectorId) -> crate::ports::Result<()> {
        if self.0.is_none() {
            let heads = segments.ledger(id).await?;
            self.0 = Some(heads.into_iter().map(|head| ((head.day, head.dataset), head)).collect());
        }
        Ok(())
    }

    pub(super) fn get(&self, dataset: Dataset, day: Day) -> Option<&SegmentHead> {
        self.0.as_ref()?.get(&(day, dataset))
    }

    /// In order of day and dataset.
    pub(super) fn heads(&self) -> impl Iterator<Item = &SegmentHead> + Clone {
        self.0.iter().flatten().map(|(_, head)| head)
    }

    /// What the store holds after a write.
    pub(super) fn record(&mut self, head: SegmentHead) {
        self.0.get_or_insert_default().insert((head.day, head.dataset), head);
    }
}
