//! All people of all connectors.

use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::error::{Error, StoreError};
use crate::handlers::report::{self, DIRECTORIES_AT_ONCE, Sources};
use crate::identities::Persons;
use crate::ports::Identities;
use crate::providers::identity_key;
use crate::words::{Connector, Directory, Links};

/// Connectors and their directories, read once: persons follow from them and from links.
pub(super) struct Everyone {
    pub(super) connectors: Vec<Connector>,
    directories: Vec<Directory>,
}

impl Everyone {
    /// People whom no poll has written into a directory yet are left out: what changes links may read no rows.
    pub(super) async fn read(sources: &Sources) -> Result<Self, Error> {
        let connectors = report::connectors(&*sources.connectors, None, None).await?;
        let read: Vec<_> = connectors.iter().map(|connector| kept(&*sources.identities, connector).boxed()).collect();
        let directories = stream::iter(read).buffered(DIRECTORIES_AT_ONCE).try_collect().await?;
        Ok(Self { connectors, directories })
    }

    pub(super) fn persons(&self, links: &Links) -> Persons {
        let directories = self.connectors.iter().zip(self.directories.iter().cloned());
        Persons::of(directories.collect(), identity_key, links)
    }
}

async fn kept(identities: &dyn Identities, connector: &Connector) -> Result<Directory, StoreError> {
    match identities.directory(&connector.id).await {
        Err(StoreError::NotFound) => Ok(Directory::default()),
        known => known,
    }
}
