//! Directories and links: one row for each connector, and one for all links.

use async_trait::async_trait;
use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Failure;
use super::store::{Durability, Store};
use crate::adapters::packing::{add_part, compress, decompress, pack, pack_head, parts, unpack, unpack_head};
use crate::ports::{self, Result};
use crate::words::{ConnectorId, Directory, Links};

/// Stores the people of each connector, and the links between them.
#[derive(Clone)]
pub struct Identities {
    store: Store,
}

impl Identities {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ports::Identities for Identities {
    async fn directory(&self, id: &ConnectorId) -> Result<Directory> {
        let id = id.clone();
        let read = move |db: &Transaction<'_>| {
            db.prepare_cached("SELECT version, head, people FROM directories WHERE connector = ?1")?
                .query_row([&id.0], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?)))
                .optional()?
                .ok_or(Failure::NotFound)
        };
        let (version, head, people) = self.store.read(read).await?;
        let mut directory = Directory { version, ..head_of(&head)? };
        let added = decompress(&people).and_then(|people| add_part(&mut directory, &people));
        added.map_err(Failure::unreadable("directory"))?;
        Ok(directory)
    }

    async fn directory_head(&self, id: &ConnectorId) -> Result<Directory> {
        let id = id.clone();
        let read = move |db: &Transaction<'_>| {
            db.prepare_cached("SELECT version, head FROM directories WHERE connector = ?1")?
                .query_row([&id.0], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
                .optional()?
                .ok_or(Failure::NotFound)
        };
        let (version, head) = self.store.read(read).await?;
        Ok(Directory { version, ..head_of(&head)? })
    }

    async fn put_directory(&self, id: &ConnectorId, directory: &Directory) -> Result<()> {
        let (id, version) = (id.clone(), directory.version);
        let head = pack_head(directory).map_err(Failure::unreadable("directory"))?;
        let people = parts(directory, 1).and_then(|parts| compress(&parts.concat()));
        let people = people.map_err(Failure::unreadable("directory"))?;
        let put = move |db: &Transaction<'_>| {
            if !db.prepare_cached("SELECT 1 FROM connectors WHERE id = ?1")?.exists([&id.0])? {
                return Err(Failure::NotFound);
            }
            // If the row exists, the insertion fails as a conflict.
            let sql = match version {
                0 => "INSERT INTO directories (connector, version, head, people) VALUES (?1, ?2 + 1, ?3, ?4)",
                _ => {
                    "UPDATE directories SET version = ?2 + 1, head = ?3, people = ?4
                     WHERE connector = ?1 AND version = ?2"
                }
            };
            match db.prepare_cached(sql)?.execute(params![id.0, version, head, people])? {
                1 => Ok(()),
                _ => Err(Failure::Conflict),
            }
        };
        self.store.write(Durability::Soon, put).await
    }

    async fn remove_directory(&self, id: &ConnectorId) -> Result<()> {
        let id = id.clone();
        let remove = move |db: &Transaction<'_>| {
            db.execute("DELETE FROM directories WHERE connector = ?1", [&id.0])?;
            Ok(())
        };
        self.store.write(Durability::Now, remove).await
    }

    async fn links(&self) -> Result<Links> {
        let read = |db: &Transaction<'_>| {
            Ok(db
                .prepare_cached("SELECT version, body FROM links")?
                .query_row([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
                .optional()?)
        };
        let Some((version, body)) = self.store.read(read).await? else { return Ok(Links::default()) };
        let links: Links = unpack(&body).map_err(Failure::unreadable("list of links"))?;
        Ok(Links { version, ..links })
    }

    async fn put_links(&self, links: &Links) -> Result<()> {
        let (version, body) = (links.version, pack(links).map_err(Failure::unreadable("list of links"))?);
        let put = move |db: &Transaction<'_>| {
            let sql = match version {
                0 => "INSERT INTO links (only_row, version, body) VALUES (1, ?1 + 1, ?2)",
                _ => "UPDATE links SET version = ?1 + 1, body = ?2 WHERE version = ?1",
            };
            match db.prepare_cached(sql)?.execute(params![version, body])? {
                1 => Ok(()),
                _ => Err(Failure::Conflict),
            }
        };
        self.store.write(Durability::Now, put).await
    }
}

fn head_of(packed: &[u8]) -> std::result::Result<Directory, Failure> {
    unpack_head(packed).map_err(Failure::unreadable("directory"))
}
