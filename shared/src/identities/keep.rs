//! A connector's stored directory, kept up to date by every writer of rows.

use crate::error::{StoreError, chain};
use crate::ports::{Identities, SegmentStore};
use crate::words::{Connector, Directory, SegmentHead};

use super::read::{catch_up, is_behind};

/// Reads the rows that the stored directory has not seen, and stores what they say. `heads` are the connector's, in order
/// of day.
pub async fn keep_directory<'a>(
    identities: &dyn Identities,
    segments: &dyn SegmentStore,
    connector: &Connector,
    heads: impl IntoIterator<Item = &'a SegmentHead> + Clone,
) -> Result<(), StoreError> {
    let (id, team_sync) = (&connector.id, connector.team_sync);
    loop {
        match identities.directory_head(id).await {
            Ok(head) if !is_behind(&head, heads.clone(), team_sync) => return Ok(()),
            Err(StoreError::NotFound) if !is_behind(&Directory::default(), heads.clone(), team_sync) => return Ok(()),
            Ok(_) | Err(StoreError::NotFound | StoreError::Corrupt(_)) => {}
            Err(error) => return Err(error),
        }
        let mut directory = match identities.directory(id).await {
            Err(StoreError::NotFound) => Directory::default(),
            // It follows from the rows, and is made anew from all of them.
            Err(error @ StoreError::Corrupt(_)) => {
                tracing::error!(connector = %id, error = chain(&error), "a stored directory is damaged");
                identities.remove_directory(id).await?;
                Directory::default()
            }
            directory => directory?,
        };
        if !catch_up(&mut directory, segments, id, heads.clone(), team_sync).await? {
            return Ok(());
        }
        match identities.put_directory(id, &directory).await {
            // Another poll was faster, and may not have seen all rows.
            Err(StoreError::Conflict) => {}
            // The connector was removed meanwhile.
            Err(StoreError::NotFound) => return Ok(()),
            put => return put,
        }
    }
}
