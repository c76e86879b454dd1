//! Answers that came with an `ETag`, kept in memory so that they need not be sent again: a poll that comes back after a
//! minute asks much the same, and what has not changed does not count against a limit.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
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

    /// Its tag, and its body.
    pub(super) fn answer(&self, question: u64) -> Option<(HeaderValue, Bytes)> {
        let answers = self.held();
        let kept = answers.iter().find(|kept| kept.question == question)?;
        Some((kept.etag.clone(), kept.body.clone()))
    }

    fn keep(&self, question: u64, etag: HeaderValue, body: Bytes) {
        let mut answers = self.held();
        answers.retain(|kept| kept.question != question);
        answers.push_back(Kept { question, etag, body });
        while answers.iter().map(|kept| kept.body.len()).sum::<usize>() > MAX_BYTES {
            answers.pop_front();
        }
    }

    fn held(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Collects an answer on its way to the reader, and keeps it if it comes to its end.
pub(super) struct Keeper {
    known: Arc<Known>,
    question: u64,
    etag: HeaderValue,
    body: BytesMut,
}

impl Keeper {
    pub(super) fn new(known: &Arc<Known>, question: u64, etag: &HeaderValue) -> Self {
        Self { known: known.clone(), question, etag: etag.clone(), body: BytesMut::new() }
    }

    /// None as soon as the answer is too long to be kept.
    pub(super) fn with(mut self, piece: &[u8]) -> Option<Self> {
        self.body.extend_from_slice(piece);
        (self.body.len() <= MAX_ANSWER).then_some(self)
    }

    pub(super) fn keep(self) {
        self.known.keep(self.question, self.etag, self.body.freeze());
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
        let body = |question| known.answer(question).map(|(_, body)| body);
        assert_eq!((body(ours), body(theirs)), (Some(Bytes::from_static(b"ours")), None));
        for at in 0..8 {
            known.keep(at, HeaderValue::from_static("2"), vec![0; MAX_ANSWER].into());
        }
        assert_eq!((body(ours), body(3), body(7).is_some()), (None, None, true));
    }

    #[test]
    fn an_answer_too_long_to_be_kept_is_let_go_of_while_it_passes() {
        let known = Arc::new(Known::default());
        let half = vec![0; MAX_ANSWER / 2];
        let keeper =
            || Keeper::new(&known, 1, &HeaderValue::from_static("1")).with(&half).and_then(|keeper| keeper.with(&half));
        keeper().unwrap().keep();
        assert_eq!(known.answer(1).map(|(_, body)| body.len()), Some(MAX_ANSWER));
        assert!(keeper().unwrap().with(b"1").is_none());
    }
}
