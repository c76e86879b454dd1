//! Everybody whom any connector knows.

use crate::error::Error;
use crate::handlers::report::{self, Sources};
use crate::identities::Persons;
use crate::providers::identity_key;
use crate::words::{Connector, Directory, Links};

/// Connectors and their directories, read once: persons follow from them and from links.
pub(super) struct Everyone {
    pub(super) connectors: Vec<Connector>,
    directories: Vec<Directory>,
}

impl Everyone {
    pub(super) async fn read(sources: &Sources) -> Result<Self, Error> {
        let connectors = report::connectors(&*sources.connectors, None, None).await?;
        let directories = sources.directories(&connectors).await?;
        let directories = directories.into_iter().map(|(_, directory)| directory).collect();
        Ok(Self { connectors, directories })
    }

    pub(super) fn persons(&self, links: &Links) -> Persons {
        let directories = self.connectors.iter().zip(self.directories.iter().cloned());
        Persons::of(directories.collect(), identity_key, links)
    }
}
