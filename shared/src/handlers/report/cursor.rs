//! Pages: rows in a total order, and an opaque cursor that is the key of the last row shown.
//!
//! A cursor holds a place in the order, not a row number: rows that come or go between two pages shift nothing.

use std::cmp::Ordering;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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

/// The key of the last row of the page before; an unreadable cursor is the caller's mistake.
pub(crate) fn since<K: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<K>, Error> {
    let read = |cursor: &str| serde_json::from_slice(&from_hex(cursor)?).ok();
    cursor
        .map(|cursor| {
            read(cursor).ok_or_else(|| Error::invalid("cursor", "is not one of ours; start without a cursor"))
        })
        .transpose()
}

/// Sorts by key, drops what the pages before held and what lies beyond this one.
pub(crate) fn page<R, K: Ord + Serialize>(
    mut rows: Vec<R>,
    key: impl Fn(&R) -> K,
    since: Option<&K>,
    limit: Option<u32>,
) -> Result<(Vec<R>, Option<String>), Error> {
    let limit = page_size(limit)?;
    rows.sort_by_cached_key(&key);
    if let Some(since) = since {
        rows.drain(..rows.partition_point(|row| key(row) <= *since));
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| to_hex(&key(last))).transpose()?;
    Ok((rows, next))
}

pub(crate) fn page_size(limit: Option<u32>) -> Result<usize, Error> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > MAX_LIMIT {
        return Err(Error::invalid("limit", format!("must be from 1 to {MAX_LIMIT}")));
    }
    Ok(limit as usize)
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
        let (first, cursor) = page(vec![30, 2, 11], key, None, Some(2)).unwrap();
        assert_eq!(first, [2, 11]);
        let since = since::<SubjectOrder>(cursor.as_deref()).unwrap();
        // 12 appeared meanwhile, 11 went: neither shifts the page.
        let (second, cursor) = page(vec![30, 2, 12], key, since.as_ref(), Some(2)).unwrap();
        assert_eq!((second, cursor), (vec![12, 30], None));
    }

    #[test]
    fn a_made_up_cursor_and_a_limit_of_nought_are_refused() {
        for cursor in ["x", "7b", "é", "2222222"] {
            assert!(since::<SubjectOrder>(Some(cursor)).is_err(), "{cursor}");
        }
        assert!(page_size(Some(0)).is_err() && page_size(Some(10_001)).is_err());
    }
}
