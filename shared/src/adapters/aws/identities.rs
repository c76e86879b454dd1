//! Directories and links as documents in parts: a directory of 10,000 people is larger than an item, and one day
//! changes only a few people.

use async_trait::async_trait;

use super::connectors::Connectors;
use super::documents::{Document, Documents};
use super::error::Failure;
use super::table::Table;
use crate::adapters::packing::{add_part, pack, pack_head, parts, unpack, unpack_head};
use crate::ports::{self, Result};
use crate::words::{ConnectorId, Directory, Links, MappedPerson};

/// This many people take less than 4 KB, the unit that DynamoDB charges for a read.
const PEOPLE_PER_PART: usize = 80;
/// All parts fit twice in DynamoDB's largest batch of reads. Parts of 400 KB would hold 10,000 people each.
const MAX_PARTS: usize = 128;
/// Entries of the mapping file per part: about 100 KB before compression.
const MAPPINGS_PER_PART: usize = 500;

/// The partition of the links. No connector has this ID.
const LINKS: &str = "links";

/// Stores the people of each connector, and the links between them.
#[derive(Clone)]
pub struct Identities {
    documents: Documents,
    connectors: Connectors,
}

impl Identities {
    pub(super) fn new(table: Table, connectors: Connectors) -> Self {
        Self { documents: Documents::new(table), connectors }
    }
}

#[async_trait]
impl ports::Identities for Identities {
    async fn directory(&self, id: &ConnectorId) -> Result<Directory> {
        let Document { version, body, parts } = self.documents.read(&pk(id)).await?.ok_or(Failure::NotFound)?;
        let mut directory = Directory { version, ..head_of(&body)? };
        for part in parts {
            add_part(&mut directory, &part).map_err(Failure::unreadable("directory"))?;
        }
        Ok(directory)
    }

    async fn directory_head(&self, id: &ConnectorId) -> Result<Directory> {
        let head = self.documents.head(&pk(id)).await?.ok_or(Failure::NotFound)?;
        Ok(Directory { version: head.version, ..head_of(&head.body)? })
    }

    async fn put_directory(&self, id: &ConnectorId, directory: &Directory) -> Result<()> {
        let document = Document {
            version: directory.version,
            body: pack_head(directory).map_err(Failure::unreadable("directory"))?,
            parts: parts(directory, count_of(directory)).map_err(Failure::unreadable("directory"))?,
        };
        let exists = self.connectors.exists_in_transaction(id)?;
        match self.documents.write(&pk(id), document, vec![exists]).await {
            // The condition that failed decides whether a retry makes sense.
            Err(Failure::Conflict) => Ok(self.connectors.read(id).await.and(Err(Failure::Conflict))?),
            written => Ok(written?),
        }
    }

    async fn remove_directory(&self, id: &ConnectorId) -> Result<()> {
        Ok(self.documents.remove(&pk(id)).await?)
    }

    async fn links(&self) -> Result<Links> {
        let Some(Document { version, body, parts }) = self.documents.read(LINKS).await? else {
            return Ok(Links::default());
        };
        let decisions = unpack(&body).map_err(unreadable_links())?;
        let mut mapping = Vec::new();
        for part in parts {
            let mapped: Vec<MappedPerson> = serde_json::from_slice(&part).map_err(unreadable_links())?;
            mapping.extend(mapped);
        }
        Ok(Links { mapping, decisions, version })
    }

    async fn put_links(&self, links: &Links) -> Result<()> {
        let Links { mapping, decisions, version } = links;
        let parts = mapping.chunks(MAPPINGS_PER_PART).map(serde_json::to_vec).collect::<serde_json::Result<_>>();
        let parts = parts.map_err(unreadable_links())?;
        let body = pack(decisions).map_err(unreadable_links())?;
        Ok(self.documents.write(LINKS, Document { version: *version, body, parts }, Vec::new()).await?)
    }
}

fn unreadable_links() -> impl FnOnce(serde_json::Error) -> Failure {
    Failure::unreadable("list of links")
}

fn pk(id: &ConnectorId) -> String {
    format!("directory#{id}")
}

fn head_of(packed: &[u8]) -> std::result::Result<Directory, Failure> {
    unpack_head(packed).map_err(Failure::unreadable("directory"))
}

/// The number of parts of a directory. It doubles as the directory grows; then all parts are written again.
fn count_of(directory: &Directory) -> usize {
    let people = directory.people.len() + directory.machines.len();
    people.div_ceil(PEOPLE_PER_PART).next_power_of_two().min(MAX_PARTS)
}
