//! Answers that came with an `ETag`, kept in memory so that they need not be sent again: a poll that comes back after a
//! minute asks much the same, and what has not changed does not count against a limit.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};

/// All answers together; the oldest make room.
const MAX_BYTES: usize = 16 << 20;
const MAX_ANSWER: usize = 4 << 20;

#[derive(Default)]
pub(super) struct Known {
    hasher: RandomState,
    answers: Mutex<VecDeque<Kept>>,
}

struct Kept {
    question: u64,
    etag: HeaderValue,
    body: Bytes,
}

impl Known {
    /// An address and whoever asks: what one key may read is nothing for another.
    pub(super) fn question(&self, url: &str, headers: &HeaderMap) -> u64 {
        let keys = ["authorization", "x-api-key"].map(|name| headers.get(name).map(HeaderValue::as_bytes));
        self.hasher.hash_one((url, keys))
    }

    pub(super) fn etag(&self, question: u64) -> Option<HeaderValue> {
        self.held().iter().find(|kept| kept.question == question).map(|kept| kept.etag.clone())
    }

    pub(super) fn body(&self, question: u64) -> Option<Bytes> {
        self.held().iter().find(|kept| kept.question == question).map(|kept| kept.body.clone())
    }

    pub(super) fn keep(&self, question: u64, etag: HeaderValue, body: Bytes) {
        let mut answers = self.held();
        answers.retain(|kept| kept.question != question);
        if body.len() > MAX_ANSWER {
            return;
        }
        answers.push_back(Kept { question, etag, body });
        while answers.iter().map(|kept| kept.body.len()).sum::<usize>() > MAX_BYTES {
            answers.pop_front();
        }
    }

    fn held(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_belongs_to_the_key_that_asked_and_the_oldest_make_room() {
        let known = Known::default();
        let headers =
            |key: &'static str| HeaderMap::from_iter([(reqwest::header::AUTHORIZATION, HeaderValue::from_static(key))]);
        let (ours, theirs) = (known.question("u", &headers("a")), known.question("u", &headers("b")));
        known.keep(ours, HeaderValue::from_static("1"), Bytes::from_static(b"ours"));
        assert_eq!((known.body(ours), known.body(theirs)), (Some(Bytes::from_static(b"ours")), None));
        for at in 0..8 {
            known.keep(at, HeaderValue::from_static("2"), vec![0; MAX_ANSWER].into());
        }
        assert_eq!((known.etag(ours), known.etag(3), known.etag(7).is_some()), (None, None, true));
    }
}
