//! Documents that are larger than an item: a head that names its parts, and the parts in the same partition.
//!
//! A write puts the head and the changed parts in one transaction. A write that is too large for a transaction first
//! writes all parts under new names, then switches the head to them, then removes the parts that the head does not
//! name. A reader compares the parts with the head's checksums and reads again when a part was replaced meanwhile.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use futures_util::{StreamExt, TryStreamExt, stream};
use twox_hash::XxHash3_64;

use super::error::Failure;
use super::table::{Item, MAX_READS, SK, Sort, Table, key, number, pause, random_name, read, size_bytes, text};
use crate::adapters::packing::{compress, decompress};

/// A transaction takes 100 items and 4 MB in all, keys and names included:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const MAX_TRANSACTION_ITEMS: usize = 100;
const MAX_TRANSACTION_BYTES: usize = 3_500_000;
/// Reads of a document before a part counts as damaged. Each retry means that another writer replaced the document.
const ATTEMPTS: u32 = 8;
/// Concurrent batches of parts.
const AT_ONCE: usize = 4;

const HEAD: &str = "head";
const PART: &str = "part#";

/// A document as callers see it: the parts are not compressed.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    /// Version of the stored document that this one replaces; 0 if there is none.
    pub(super) version: u64,
    /// The bytes that can be read without the parts. The caller compresses them; they fit in one item.
    pub(super) body: Vec<u8>,
    pub(super) parts: Vec<Vec<u8>>,
}

#[derive(Clone, Default)]
pub(super) struct Head {
    /// 0 if nothing is stored.
    pub(super) version: u64,
    pub(super) body: Vec<u8>,
    /// Checksums of the parts, in order.
    checksums: Vec<u64>,
    /// Prefix of the parts' names.
    generation: String,
}

#[derive(Clone)]
pub(super) struct Documents {
    table: Table,
}

impl Documents {
    pub(super) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns the head, which has the body and the number of parts.
    pub(super) async fn head(&self, pk: &str) -> Result<Option<Head>, Failure> {
        self.table.get(pk, HEAD).await?.map(|item| Head::from_item(&item)).transpose()
    }

    pub(super) async fn read(&self, pk: &str) -> Result<Option<Document>, Failure> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let Some(head) = self.head(pk).await? else { return Ok(None) };
            if let Some(parts) = self.parts(pk, &head).await? {
                return Ok(Some(Document { version: head.version, body: head.body, parts }));
            }
        }
        Err(Failure::Damaged(format!("the stored parts of {pk} do not match their head")))
    }

    /// Returns `None` if a part does not match the head.
    async fn parts(&self, pk: &str, head: &Head) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        let mut parts = vec![Vec::new(); head.checksums.len()];
        let mut missing: Vec<usize> = (0..parts.len()).collect();
        // Eventually consistent reads cost half. The parts they miss are read again consistently.
        for consistent in [false, true] {
            let batches: Vec<Vec<Item>> = missing
                .chunks(MAX_READS)
                .map(|numbers| numbers.iter().map(|number| part_key(pk, &head.generation, *number)).collect())
                .collect();
            let found = stream::iter(batches).map(|keys| self.table.get_all(keys, consistent));
            let found: Vec<Vec<Item>> = found.buffered(AT_ONCE).try_collect().await?;
            for item in found.into_iter().flatten() {
                let Some((number, packed)) = part_of(&item) else { continue };
                let part = decompress(packed).map_err(Failure::unreadable("part"))?;
                if head.checksums.get(number) == Some(&XxHash3_64::oneshot(&part)) {
                    missing.retain(|missing| *missing != number);
                    parts[number] = part;
                }
            }
        }
        Ok(missing.is_empty().then_some(parts))
    }

    /// Returns `Conflict` if the stored version is not the document's, or if one of the checks fails.
    pub(super) async fn write(
        &self,
        pk: &str,
        document: Document,
        checks: Vec<TransactWriteItem>,
    ) -> Result<(), Failure> {
        let stored = self.head(pk).await?.unwrap_or_default();
        if stored.version != document.version {
            return Err(Failure::Conflict);
        }
        let head = Head {
            version: stored.version + 1,
            body: document.body,
            checksums: document.parts.iter().map(|part| XxHash3_64::oneshot(part)).collect(),
            generation: stored.generation.clone(),
        };
        // A different number of parts distributes people differently, so every part changes.
        if head.checksums.len() == stored.checksums.len() {
            let differs = |number: &usize| stored.checksums[*number] != head.checksums[*number];
            let items = part_items(pk, &head, &document.parts, (0..document.parts.len()).filter(differs))?;
            if fits(&items, &head, &checks) {
                return self.put(pk, &stored, &head, items, checks).await;
            }
        }
        self.replace(pk, &stored, head, &document.parts, checks).await
    }

    /// Writes all parts under new names.
    async fn replace(
        &self,
        pk: &str,
        stored: &Head,
        mut head: Head,
        parts: &[Vec<u8>],
        checks: Vec<TransactWriteItem>,
    ) -> Result<(), Failure> {
        head.generation = format!("{:010}.{}", head.version, random_name()?);
        let items = part_items(pk, &head, parts, 0..parts.len())?;
        if fits(&items, &head, &checks) {
            self.put(pk, stored, &head, items, checks).await?;
        } else {
            self.table.put_all(items).await?;
            let switched = self.put(pk, stored, &head, Vec::new(), checks).await;
            if let Err(Failure::Conflict) = switched {
                let own = (0..parts.len()).map(|number| part_key(pk, &head.generation, number));
                self.table.delete_all(own.collect()).await?;
            }
            switched?;
        }
        if stored.version > 0 || parts.len() >= MAX_TRANSACTION_ITEMS {
            self.sweep(pk, &head).await?;
        }
        Ok(())
    }

    async fn put(
        &self,
        pk: &str,
        stored: &Head,
        head: &Head,
        parts: Vec<Item>,
        checks: Vec<TransactWriteItem>,
    ) -> Result<(), Failure> {
        let (condition, values) = match stored.version {
            0 => ("attribute_not_exists(pk)", Item::new()),
            version => {
                let values = [(":version", number(version)), (":generation", text(&stored.generation))];
                // A document that was removed and written again may have the same version number.
                (
                    "version = :version AND generation = :generation",
                    values.map(|(name, value)| (name.to_owned(), value)).into(),
                )
            }
        };
        let mut writes = vec![self.table.put_in_transaction(head.to_item(pk), condition, values)?];
        writes.extend(checks);
        for part in parts {
            writes.push(self.table.replace_in_transaction(part)?);
        }
        self.table.transact(writes).await
    }

    /// Removes the parts of earlier versions, including those of a writer that died before it wrote its head.
    async fn sweep(&self, pk: &str, head: &Head) -> Result<(), Failure> {
        let until = format!("{PART}{:010}.~", head.version);
        let own = format!("{PART}{}#", head.generation);
        let mut items = self.table.all(pk, Sort::Between(PART.to_owned(), until), false);
        let mut old = Vec::new();
        while let Some(item) = items.try_next().await? {
            let sort = read(&item, SK).unwrap_or_default();
            old.extend((!sort.starts_with(&own)).then(|| key(pk, sort)));
        }
        self.table.delete_all(old).await
    }

    pub(super) async fn remove(&self, pk: &str) -> Result<(), Failure> {
        // A document written after the head was removed has other part names, so it is not affected.
        let mut items = self.table.all(pk, Sort::Prefix(PART), false);
        let mut parts = Vec::new();
        while let Some(item) = items.try_next().await? {
            parts.push(key(pk, read(&item, SK).unwrap_or_default()));
        }
        self.table.delete_all(vec![key(pk, HEAD)]).await?;
        self.table.delete_all(parts).await
    }
}

fn fits(parts: &[Item], head: &Head, checks: &[TransactWriteItem]) -> bool {
    let bytes: usize = parts.iter().map(size_bytes).sum();
    1 + checks.len() + parts.len() <= MAX_TRANSACTION_ITEMS && head.body.len() + bytes <= MAX_TRANSACTION_BYTES
}

fn part_key(pk: &str, generation: &str, number: usize) -> Item {
    key(pk, &format!("{PART}{generation}#{number:04}"))
}

fn part_items(
    pk: &str,
    head: &Head,
    parts: &[Vec<u8>],
    numbers: impl Iterator<Item = usize>,
) -> Result<Vec<Item>, Failure> {
    let item = |number: usize| {
        let packed = compress(&parts[number]).map_err(Failure::unreadable("part"))?;
        let mut item = part_key(pk, &head.generation, number);
        item.insert("bytes".to_owned(), bytes(packed));
        Ok(item)
    };
    numbers.map(item).collect()
}

/// The number and the compressed bytes of a part.
fn part_of(item: &Item) -> Option<(usize, &[u8])> {
    let (_, number) = read(item, SK)?.rsplit_once('#')?;
    Some((number.parse().ok()?, blob(item, "bytes")?))
}

impl Head {
    fn to_item(&self, pk: &str) -> Item {
        let mut item = key(pk, HEAD);
        item.insert("version".to_owned(), number(self.version));
        item.insert("generation".to_owned(), text(&self.generation));
        item.insert("body".to_owned(), bytes(self.body.clone()));
        let checksums = self.checksums.iter().flat_map(|checksum| checksum.to_be_bytes());
        item.insert("checksums".to_owned(), bytes(checksums.collect()));
        item
    }

    fn from_item(item: &Item) -> Result<Self, Failure> {
        let damaged = || Failure::Damaged("a stored document head is not readable".to_owned());
        let (checksums, _) = blob(item, "checksums").ok_or_else(damaged)?.as_chunks();
        Ok(Self {
            version: read(item, "version").and_then(|version| version.parse().ok()).ok_or_else(damaged)?,
            generation: read(item, "generation").ok_or_else(damaged)?.to_owned(),
            body: blob(item, "body").ok_or_else(damaged)?.to_vec(),
            checksums: checksums.iter().map(|checksum| u64::from_be_bytes(*checksum)).collect(),
        })
    }
}

fn bytes(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

fn blob<'a>(item: &'a Item, name: &str) -> Option<&'a [u8]> {
    match item.get(name)? {
        AttributeValue::B(blob) => Some(blob.as_ref()),
        _ => None,
    }
}
