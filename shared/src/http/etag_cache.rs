//! Answers with an `ETag`, kept in memory. A poll that resumes after a minute repeats most requests, and a
//! revalidated answer does not count against a rate limit.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue};

/// Maximum size of all answers together; the oldest are evicted.
const MAX_BYTES: usize = 16 << 20;
const MAX_ANSWER: usize = 4 << 20;

#[derive(Default)]
pub(super) struct EtagCache {
    hasher: RandomState,
    answers: Mutex<VecDeque<CachedAnswer>>,
}

struct CachedAnswer {
    request_key: u64,
    etag: HeaderValue,
    body: Bytes,
}

impl EtagCache {
    /// Key of a request: the URL and the credential's headers, because another key may read other data.
    pub(super) fn request_key(&self, url: &str, headers: &HeaderMap) -> u64 {
        let keys = ["authorization", "x-api-key"].map(|name| headers.get(name).map(HeaderValue::as_bytes));
        self.hasher.hash_one((url, keys))
    }

    /// The entity tag and the body.
    pub(super) fn answer(&self, request_key: u64) -> Option<(HeaderValue, Bytes)> {
        let answers = self.lock();
        let kept = answers.iter().find(|kept| kept.request_key == request_key)?;
        Some((kept.etag.clone(), kept.body.clone()))
    }

    fn keep(&self, request_key: u64, etag: HeaderValue, body: Bytes) {
        let mut answers = self.lock();
        answers.retain(|kept| kept.request_key != request_key);
        answers.push_back(CachedAnswer { request_key, etag, body });
        while answers.iter().map(|kept| kept.body.len()).sum::<usize>() > MAX_BYTES {
            answers.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<CachedAnswer>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Collects a streamed answer, and keeps it once it is complete.
pub(super) struct Keeper {
    cache: Arc<EtagCache>,
    request_key: u64,
    etag: HeaderValue,
    body: BytesMut,
}

impl Keeper {
    pub(super) fn new(cache: &Arc<EtagCache>, request_key: u64, etag: &HeaderValue) -> Self {
        Self { cache: cache.clone(), request_key, etag: etag.clone(), body: BytesMut::new() }
    }

    /// Returns `None` if the answer is too long to keep.
    pub(super) fn with(mut self, piece: &[u8]) -> Option<Self> {
        self.body.extend_from_slice(piece);
        (self.body.len() <= MAX_ANSWER).then_some(self)
    }

    pub(super) fn keep(self) {
        self.cache.keep(self.request_key, self.etag, self.body.freeze());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_per_credential_and_the_oldest_are_evicted() {
        let cache = EtagCache::default();
        let headers =
            |key: &'static str| HeaderMap::from_iter([(reqwest::header::AUTHORIZATION, HeaderValue::from_static(key))]);
        let (ours, theirs) = (cache.request_key("u", &headers("a")), cache.request_key("u", &headers("b")));
        cache.keep(ours, HeaderValue::from_static("1"), Bytes::from_static(b"ours"));
        let body = |request_key| cache.answer(request_key).map(|(_, body)| body);
        assert_eq!((body(ours), body(theirs)), (Some(Bytes::from_static(b"ours")), None));
        for at in 0..8 {
            cache.keep(at, HeaderValue::from_static("2"), vec![0; MAX_ANSWER].into());
        }
        assert_eq!((body(ours), body(3), body(7).is_some()), (None, None, true));
    }

    #[test]
    fn a_long_answer_is_not_kept() {
        let cache = Arc::new(EtagCache::default());
        let half = vec![0; MAX_ANSWER / 2];
        let keeper =
            || Keeper::new(&cache, 1, &HeaderValue::from_static("1")).with(&half).and_then(|keeper| keeper.with(&half));
        keeper().unwrap().keep();
        assert_eq!(cache.answer(1).map(|(_, body)| body.len()), Some(MAX_ANSWER));
        assert!(keeper().unwrap().with(b"1").is_none());
    }
}
