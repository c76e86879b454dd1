//! What a segment store promises about connectors that are not there.

use shared::error::StoreError;
use shared::ports::{ConnectorStore, Replaced, SegmentStore};
use shared::words::{Dataset, Days, SegmentState};

use super::samples::{connector, day, hour, id, large_segment, segment, write};

pub(super) async fn a_write_for_a_connector_that_does_not_exist_is_refused(
    _: &dyn ConnectorStore,
    segments: &dyn SegmentStore,
) {
    for content in [Some(segment(1)), None] {
        let refused = segments.replace(&id(1), write(day(0), hour(0), SegmentState::Final, content)).await;
        assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    }
    assert_eq!(segments.ledger(&id(1)).await.unwrap(), []);
}

pub(super) async fn a_write_for_a_removed_connector_leaves_nothing_behind(
    connectors: &dyn ConnectorStore,
    segments: &dyn SegmentStore,
) {
    use futures_util::TryStreamExt;
    connectors.create(&connector(1)).await.unwrap();
    let first = write(day(0), hour(0), SegmentState::Final, Some(segment(1)));
    assert_eq!(segments.replace(&id(1), first).await.unwrap().replaced, Replaced::Revised(1));
    connectors.remove(&id(1)).await.unwrap();
    // The history stays as it was until it is removed, too.
    let ledger = segments.ledger(&id(1)).await.unwrap();
    for (number, content) in [(0, segment(2)), (1, large_segment(500_000))] {
        let late = write(day(number), hour(1), SegmentState::Final, Some(content));
        assert!(matches!(segments.replace(&id(1), late).await, Err(StoreError::NotFound)));
    }
    assert_eq!(segments.ledger(&id(1)).await.unwrap(), ledger);
    let id = id(1);
    let stored: Vec<_> = segments.range(&id, Dataset::Activity, Days::new(day(0), day(2))).try_collect().await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].segment, segment(1));
}
