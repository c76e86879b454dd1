//! Generated files kept in memory, so that a second download is only a copy.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

const LIMIT_BYTES: usize = 512 << 20;

/// The oldest file is evicted first.
#[derive(Default)]
pub(crate) struct Cache {
    kept: Mutex<Files>,
}

#[derive(Default)]
struct Files {
    files: HashMap<String, Bytes>,
    oldest_first: VecDeque<String>,
    size_bytes: usize,
}

impl Cache {
    pub(crate) fn get(&self, name: &str) -> Option<Bytes> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).files.get(name).cloned()
    }

    pub(crate) fn put(&self, name: String, file: Bytes) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Two callers may have generated the same file concurrently; the first copy stays.
        if file.len() > LIMIT_BYTES || kept.files.contains_key(&name) {
            return;
        }
        kept.size_bytes += file.len();
        kept.oldest_first.push_back(name.clone());
        kept.files.insert(name, file);
        while kept.size_bytes > LIMIT_BYTES {
            let Some(oldest) = kept.oldest_first.pop_front() else {
                break;
            };
            kept.size_bytes -= kept.files.remove(&oldest).map_or(0, |file| file.len());
        }
    }
}
