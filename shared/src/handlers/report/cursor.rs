//! Pages: rows in a total order, and an opaque cursor that is the key of the last row shown.
//!
//! A cursor holds a place in the order, not a row number: rows that come or go between two pages shift nothing. It also
//! names its question, since a place in one order would be some place in another, and pages would be skipped unseen.

use std::cmp::Ordering;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use super::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::error::Error;

/// Subject ids in the order people expect: numbers by value, then everything else by its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SubjectOrder(pub(crate) String);

impl SubjectOrder {
    fn rank(&self) -> (bool, usize, &str) {
        let number = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit());
        // Without leading zeros the longer number is the larger one, whatever its size.
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
pub(crate) struct Turn {
    question: u64,
    cursor: Option<String>,
    /// Rows a page.
    pub(crate) limit: usize,
}

impl Turn {
    /// `question` is all that was asked but for the page.
    pub(crate) fn of(question: &impl Debug, cursor: Option<String>, limit: Option<u32>) -> Result<Self, Error> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if limit == 0 || limit > MAX_LIMIT {
            return Err(Error::invalid("limit", format!("must be from 1 to {MAX_LIMIT}")));
        }
        let question = XxHash3_64::oneshot(format!("{question:?}").as_bytes());
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

    /// Sorts by key, drops what the pages before held and what lies beyond this one.
    pub(crate) fn page<R, K: Ord + Serialize>(
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
        let turn = |cursor| Turn::of(&"who?", cursor, Some(2)).unwrap();
        let (first, cursor) = turn(None).page(vec![30, 2, 11], key, None).unwrap();
        assert_eq!(first, [2, 11]);
        let second = turn(cursor);
        let since = second.since().unwrap();
        // 12 appeared meanwhile, 11 went: neither shifts the page.
        let (rows, cursor) = second.page(vec![30, 2, 12], key, since.as_ref()).unwrap();
        assert_eq!((rows, cursor), (vec![12, 30], None));
    }

    #[test]
    fn a_made_up_cursor_and_a_limit_of_nought_are_refused() {
        for cursor in ["x", "7b", "é", "2222222"] {
            let turn = Turn::of(&"who?", Some(cursor.to_owned()), None).unwrap();
            assert!(turn.since::<SubjectOrder>().is_err(), "{cursor}");
        }
        assert!(Turn::of(&"who?", None, Some(0)).is_err() && Turn::of(&"who?", None, Some(10_001)).is_err());
    }
}
