//! Pages: rows in a total order, and an opaque cursor that is the key of the last row shown.
//!
//! A cursor holds a place in the order, not a row number: rows that come or go between two pages shift nothing. It also
//! names its question, since a place in one order would be some place in another, and pages would be skipped unseen.

use std::cmp::Ordering;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;
use utoipa::ToSchema;

use crate::error::Error;

pub const DEFAULT_LIMIT: u32 = 1000;
pub const MAX_LIMIT: u32 = 10_000;

/// One page of rows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Pass it as `cursor` for the next page; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// Subject ids in the order people expect: numbers by value, then everything else by its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SubjectOrder(pub(crate) String);

impl SubjectOrder {
    fn rank(&self) -> (bool, usize, &str) {
        let number = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit());
        // Without leading zeros, the longer number is the larger one.
        let digits = self.0.trim_start_matches('0');
        if number { (false, digits.len(), digits) } else { (true, 0, &self.0) }
    }
}

impl Ord for SubjectOrder {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for SubjectOrder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Which page of which question.
pub(crate) struct PageRequest {
    question: u64,
    cursor: Option<String>,
    /// Rows per page.
    pub(crate) limit: usize,
}

impl PageRequest {
    /// `question` is all that was asked but for the page. Parameters that are absent do not count, so that a new one does
    /// not end the cursors of older questions.
    pub(crate) fn of(question: &impl Serialize, cursor: Option<String>, limit: Option<u32>) -> Result<Self, Error> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if limit == 0 || limit > MAX_LIMIT {
            return Err(Error::invalid("limit", format!("must be from 1 to {MAX_LIMIT}")));
        }
        let mut question =
            serde_json::to_value(question).map_err(|error| Error::invalid("cursor", error.to_string()))?;
        if let serde_json::Value::Object(parameters) = &mut question {
            parameters.retain(|_, value| !value.is_null());
        }
        let question = XxHash3_64::oneshot(question.to_string().as_bytes());
        Ok(Self { question, cursor, limit: limit as usize })
    }

    /// The key of the last row of the page before.
    pub(crate) fn since<K: DeserializeOwned>(&self) -> Result<Option<K>, Error> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let read = || serde_json::from_slice::<(u64, K)>(&from_hex(cursor)?).ok();
        match read() {
            Some((question, key)) if question == self.question => Ok(Some(key)),
            _ => Err(Error::invalid("cursor", "is not one of this question; start without a cursor")),
        }
    }

    /// Sorts by key, drops the rows of the pages before and those beyond this one. A page has `limit` rows, or fewer where
    /// that many would not fit into an answer.
    pub(crate) fn page<R: Serialize, K: Ord + Serialize>(
        &self,
        rows: Vec<R>,
        key: impl Fn(&R) -> K,
        since: Option<&K>,
    ) -> Result<(Vec<R>, Option<String>), Error> {
        let (rows, next) = self.cut(rows, &key, since)?;
        self.fit(rows, next, key, |row| row)
    }

    /// [`PageRequest::page`] of rows that are not complete yet: by their number alone. Once they are, [`PageRequest::fit`] does the rest.
    pub(crate) fn cut<R, K: Ord + Serialize>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> K,
        since: Option<&K>,
    ) -> Result<(Vec<R>, Option<String>), Error> {
        rows.sort_by_cached_key(&key);
        if let Some(since) = since {
            rows.drain(..rows.partition_point(|row| key(row) <= *since));
        }
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|last| to_hex(&(self.question, key(last)))).transpose()?;
        Ok((rows, next))
    }

    /// Drops the rows at the end that do not fit into an answer; at least one row stays. `next` is the cursor behind all.
    pub(crate) fn fit<R, K: Serialize, A: Serialize>(
        &self,
        mut rows: Vec<R>,
        next: Option<String>,
        key: impl Fn(&R) -> K,
        answered: impl Fn(&R) -> &A,
    ) -> Result<(Vec<R>, Option<String>), Error> {
        let mut left = MAX_ANSWER_BYTES;
        let fits = |row: &R| {
            left = left.saturating_sub(size_in_envelope(answered(row)));
            left > 0
        };
        let count = rows.iter().map(fits).take_while(|fits| *fits).count().max(1);
        if count >= rows.len() {
            return Ok((rows, next));
        }
        rows.truncate(count);
        let next = rows.last().map(|last| to_hex(&(self.question, key(last)))).transpose()?;
        Ok((rows, next))
    }
}

/// What an answer may have. Lambda refuses more than 6,291,556 bytes:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub(crate) const MAX_ANSWER_BYTES: usize = 5_000_000;

/// The bytes of a row in an answer of Lambda: JSON in a string of JSON, so that quotes and backslashes count twice.
pub(crate) fn size_in_envelope(row: &impl Serialize) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() + bytes.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    // The comma behind it.
    let mut counter = Counter(1);
    // A counter cannot fail, and what cannot be written as JSON fails again where it is answered.
    let _ = serde_json::to_writer(&mut counter, row);
    counter.0
}

fn to_hex(key: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_vec(key).map_err(|error| Error::invalid("cursor", error.to_string()))?;
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    Ok(json.into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs.iter().map(|[high, low]| u8::try_from(nibble(*high)? << 4 | nibble(*low)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_ordered_as_numbers_before_they_are_ordered_as_text() {
        let mut ids = ["b", "10", "9", "007", "a1", ""].map(|id| SubjectOrder(id.to_owned()));
        ids.sort();
        assert_eq!(ids.map(|id| id.0), ["007", "9", "10", "", "a1", "b"]);
    }

    #[test]
    fn pages_meet_without_gap_or_overlap_and_the_last_one_says_so() {
        let key = |id: &u32| SubjectOrder(id.to_string());
        let request = |cursor| PageRequest::of(&"who?", cursor, Some(2)).unwrap();
        let (first, cursor) = request(None).page(vec![30, 2, 11], key, None).unwrap();
        assert_eq!(first, [2, 11]);
        let second = request(cursor);
        let since = second.since().unwrap();
        // 12 appeared meanwhile, 11 went: neither shifts the page.
        let (rows, cursor) = second.page(vec![30, 2, 12], key, since.as_ref()).unwrap();
        assert_eq!((rows, cursor), (vec![12, 30], None));
    }

    #[test]
    fn a_cursor_outlives_a_new_parameter_and_belongs_to_one_question() {
        let asked = |question: serde_json::Value, cursor| PageRequest::of(&question, cursor, Some(1)).unwrap();
        let first = asked(json!({"team": "core"}), None);
        let (_, cursor) = first.page(vec![1u32, 2], |row| *row, None).unwrap();
        assert_eq!(asked(json!({"team": "core", "new": null}), cursor.clone()).since::<u32>().unwrap(), Some(1));
        assert!(asked(json!({"team": "web"}), cursor.clone()).since::<u32>().is_err());
        assert!(asked(json!({"team": "core", "new": 7}), cursor).since::<u32>().is_err());
    }

    #[test]
    fn a_page_ends_before_an_answer_is_too_large_and_its_cursor_goes_on() {
        let rows = || (0..30u32).map(|id| (id, "\"".repeat(100_000))).collect::<Vec<_>>();
        let key = |row: &(u32, String)| row.0;
        let mut request = PageRequest::of(&"who?", None, Some(30)).unwrap();
        let mut sizes = Vec::new();
        loop {
            let since = request.since().unwrap();
            let (page, next) = request.page(rows(), key, since.as_ref()).unwrap();
            let body = serde_json::to_string(&page).unwrap();
            assert!(serde_json::to_string(&body).unwrap().len() <= MAX_ANSWER_BYTES);
            sizes.push(page.len());
            match next {
                Some(next) => request = PageRequest::of(&"who?", Some(next), Some(30)).unwrap(),
                None => break,
            }
        }
        // A quote is two bytes of JSON, and four in the envelope.
        assert_eq!(sizes, [12, 12, 6]);
        let (page, next) = PageRequest::of(&"who?", None, Some(2))
            .unwrap()
            .page(vec![(1u32, "x".repeat(MAX_ANSWER_BYTES)), (2, String::new())], key, None)
            .unwrap();
        assert_eq!((page.len(), next.is_some()), (1, true), "a row is never lost");
    }

    #[test]
    fn a_made_up_cursor_and_a_limit_of_zero_are_refused() {
        for cursor in ["x", "7b", "é", "2222222"] {
            let request = PageRequest::of(&"who?", Some(cursor.to_owned()), None).unwrap();
            assert!(request.since::<SubjectOrder>().is_err(), "{cursor}");
        }
        assert!(
            PageRequest::of(&"who?", None, Some(0)).is_err() && PageRequest::of(&"who?", None, Some(10_001)).is_err()
        );
    }
}
