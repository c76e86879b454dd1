//! The archive as a folder. A rename commits an upload, so it appears complete or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::error::Failure;
use super::files;
use super::store::blocking;
use crate::clock::{Clock, WallClock};
use crate::ports::{self, ArchiveUpload, Result};
use crate::words::ArchiveKey;

/// Uncommitted uploads. They have a folder of their own, which is easy to sweep and which listings skip.
const PARTIAL: &str = ".partial";

/// No upload takes this long. A process that died has left older files.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

const READ_BYTES: usize = 256 << 10;

/// Stores the raw bytes of every report.
#[derive(Clone)]
pub struct Archive {
    root: PathBuf,
    clock: Arc<dyn Clock>,
}

impl Archive {
    pub(super) fn open(root: &Path, clock: Arc<dyn Clock>) -> std::result::Result<Self, Failure> {
        let partial = root.join(PARTIAL);
        for folder in [root, &partial] {
            files::create_private_folder(folder).map_err(Failure::file(folder))?;
        }
        sweep(&partial).map_err(Failure::file(&partial))?;
        Ok(Self { root: root.to_owned(), clock })
    }

    /// The path of a key's file. Slugs are user input, so the path is checked to stay below the root.
    fn path(&self, key: &ArchiveKey) -> std::result::Result<PathBuf, Failure> {
        let path = key.path();
        match ArchiveKey::parse(&path) {
            Some(parsed) if parsed == *key && path.split('/').all(is_plain) => Ok(self.root.join(path)),
            _ => Err(Failure::Refused(format!("invalid archive path: {path:?}"))),
        }
    }
}

/// True if every file system stores the name unchanged.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'))
}

#[async_trait]
impl ports::Archive for Archive {
    async fn create(&self, key: &ArchiveKey) -> Result<Box<dyn ArchiveUpload>> {
        let path = self.path(key)?;
        let mut number = [0; 16];
        getrandom::fill(&mut number)
            .map_err(|error| Failure::Refused(format!("the operating system returned no random bytes: {error}")))?;
        let partial = self.root.join(PARTIAL).join(format!("{:032x}", u128::from_ne_bytes(number)));
        let mut options = files::private();
        options.write(true).create_new(true);
        let file = tokio::fs::OpenOptions::from(options).open(&partial).await.map_err(Failure::file(&partial))?;
        Ok(Box::new(Upload { file, partial: Partial(partial), path, clock: self.clock.clone() }))
    }

    async fn open<'a>(&'a self, key: &ArchiveKey) -> Result<BoxStream<'a, Result<Bytes>>> {
        let path = self.path(key)?;
        let mut file = match tokio::fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::NotFound.into());
            }
            Err(error) => return Err(Failure::file(&path)(error).into()),
        };
        let chunks = async_stream::try_stream! {
            loop {
                let mut chunk = BytesMut::with_capacity(READ_BYTES);
                if file.read_buf(&mut chunk).await.map_err(Failure::file(&path))? == 0 {
                    break;
                }
                yield chunk.freeze();
            }
        };
        Ok(chunks.boxed())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(ArchiveKey, DateTime<Utc>)>> {
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        blocking(move || {
            let mut keys = Vec::new();
            for (path, metadata) in objects(&root, &prefix)? {
                let modified = metadata.modified().map_err(Failure::file(&root))?;
                keys.extend(ArchiveKey::parse(&path).map(|key| (key, modified.into())));
            }
            keys.sort_unstable();
            Ok(keys)
        })
        .await
    }

    async fn remove(&self, prefix: &str) -> Result<()> {
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        blocking(move || {
            for (path, _) in objects(&root, &prefix)? {
                let path = root.join(path);
                fs::remove_file(&path).or_else(missing_is_fine).map_err(Failure::file(&path))?;
                // Also removes the folders that become empty, up to the first one that does not.
                let above = path.ancestors().skip(1).take_while(|path| *path != root);
                for folder in above {
                    if fs::remove_dir(folder).is_err() {
                        break;
                    }
                }
            }
            Ok(())
        })
        .await
    }
}

/// A report being written.
struct Upload {
    file: tokio::fs::File,
    partial: Partial,
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl ArchiveUpload for Upload {
    async fn write(&mut self, bytes: Bytes) -> Result<()> {
        let written = self.file.write_all(&bytes).await;
        Ok(written.map_err(Failure::file(&self.partial.0))?)
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        let partial = self.partial.0.clone();
        self.file.flush().await.map_err(Failure::file(&partial))?;
        let file = self.file.into_std().await;
        let (partial, path, at) = (self.partial, self.path, self.clock.now());
        blocking(move || {
            // `list` returns this time. Polls compare it with their own clock to judge the age of a day at the time
            // of the fetch.
            file.set_modified(at.into()).map_err(Failure::file(&partial.0))?;
            file.sync_all().map_err(Failure::file(&partial.0))?;
            publish(&partial.0, &path).map_err(Failure::file(&path))
        })
        .await
    }
}

/// The file under its temporary name. Dropping this removes the file unless it was renamed.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Best effort: the sweep removes the file one day later.
        let _ = fs::remove_file(&self.0);
    }
}

fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    loop {
        fs::create_dir_all(folder)?;
        match fs::rename(partial, path) {
            // A removal of the account deleted the folder meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound && partial.exists() => {}
            Err(error) => return Err(error),
            Ok(()) => return files::sync_folder(folder),
        }
    }
}

fn sweep(partial: &Path) -> io::Result<()> {
    // File times come from the machine's clock, so they are compared with it.
    let now = WallClock.now();
    for entry in fs::read_dir(partial)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else {
            continue; // Committed or dropped meanwhile.
        };
        let modified = DateTime::<Utc>::from(metadata.modified()?);
        if (now - modified).to_std().is_ok_and(|age| age > ABANDONED_AFTER) {
            fs::remove_file(entry.path()).or_else(missing_is_fine)?;
        }
    }
    Ok(())
}

/// Relative paths with `/` that start with `prefix`, unordered.
fn objects(root: &Path, prefix: &str) -> std::result::Result<Vec<(String, fs::Metadata)>, Failure> {
    let folder = match prefix.rsplit_once('/') {
        Some((folder, _)) if folder.split('/').all(is_plain) => folder,
        Some(_) => return Err(Failure::Refused(format!("invalid archive prefix: {prefix:?}"))),
        None => "",
    };
    let mut objects_found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(Failure::file(&path))?,
        };
        for entry in entries {
            let entry = entry.map_err(Failure::file(&path))?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| is_plain(name)) else {
                continue; // No key has such a name.
            };
            let name = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(name),
                Ok(metadata) if name.starts_with(prefix) => objects_found.push((name, metadata)),
                // Another name, or removed meanwhile.
                _ => {}
            }
        }
    }
    Ok(objects_found)
}

fn missing_is_fine(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}
