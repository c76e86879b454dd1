//! The parts of a question that every report understands: which days, which connectors.

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};

use crate::error::{Error, StoreError};
use crate::ports::ConnectorStore;
use crate::words::{Connector, ConnectorId, Day, Days};

/// The default range: this many days up to yesterday.
pub const DEFAULT_DAYS: u32 = 28;
/// Three years and a bit: enough to compare years, and a bound on what one question may cost.
pub const MAX_DAYS: usize = 1100;

/// Reads `2026-11-20` and nothing that merely resembles it: years of five digits would leave the calendar.
pub(crate) fn iso_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || D::Error::invalid_value(Unexpected::Str(&text), &"a day such as 2026-11-20");
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let day = shaped.then(|| text.parse().ok()).flatten();
    day.map(Some).ok_or_else(wrong)
}

/// Both ends inclusive. Without `to`: yesterday, today's report being unfinished, unless `from` is later still.
pub(crate) fn range(from: Option<Day>, to: Option<Day>, today: Day) -> Result<Days, Error> {
    let yesterday = Days::before(today, 1).from();
    let last = to.unwrap_or_else(|| from.map_or(yesterday, |from| from.max(yesterday)));
    let first = from.unwrap_or_else(|| Days::before(last, DEFAULT_DAYS - 1).from());
    if first > last {
        return Err(Error::invalid("from", "must not be after `to`; both are inclusive"));
    }
    let days = Days::inclusive(first, last);
    if days.len() > MAX_DAYS {
        return Err(Error::invalid("from", format!("must be at most {MAX_DAYS} days before `to`; ask in parts")));
    }
    Ok(days)
}

/// The connectors a question is about, in order of id. A connector that does not exist is an error, a provider without
/// connectors is an empty answer.
pub(crate) async fn connectors(
    store: &dyn ConnectorStore,
    connector: Option<&str>,
    provider: Option<&str>,
) -> Result<Vec<Connector>, Error> {
    let mut found = match connector {
        Some(id) => vec![known(store, &ConnectorId(id.to_owned())).await?],
        None => {
            let mut all: Vec<Connector> = Vec::new();
            loop {
                let page = store.list(all.last().map(|last| &last.id)).await?;
                if page.is_empty() {
                    break all;
                }
                all.extend(page);
            }
        }
    };
    found.retain(|connector| provider.is_none_or(|provider| connector.provider == provider));
    Ok(found)
}

pub(crate) async fn known(store: &dyn ConnectorStore, id: &ConnectorId) -> Result<Connector, Error> {
    store.get(id).await.map_err(|error| match error {
        StoreError::NotFound => Error::not_found(format!("connector {id}")),
        other => other.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn ends(from: Option<&str>, to: Option<&str>) -> Option<(String, String)> {
        let days = range(from.map(day), to.map(day), day("2026-11-21")).ok()?;
        Some((days.from().to_string(), days.last().to_string()))
    }

    #[test]
    fn the_default_range_is_28_days_up_to_yesterday() {
        let days = range(None, None, day("2026-11-21")).unwrap();
        assert_eq!(days.len(), 28);
        assert_eq!(ends(None, None), Some(("2026-10-24".into(), "2026-11-20".into())));
        assert_eq!(ends(Some("2026-11-21"), None), Some(("2026-11-21".into(), "2026-11-21".into())));
    }

    #[test]
    fn a_range_backwards_or_beyond_the_limit_names_its_field() {
        for (from, to) in [("2026-11-02", "2026-11-01"), ("2023-01-01", "2026-11-01")] {
            let error = range(Some(day(from)), Some(day(to)), day("2026-11-21")).unwrap_err();
            assert!(matches!(error, Error::Invalid { field, .. } if field == "from"));
        }
        // 1,100 days, both ends counted, is the last length allowed.
        assert!(ends(Some("2023-11-18"), Some("2026-11-21")).is_some());
        assert!(ends(Some("2023-11-17"), Some("2026-11-21")).is_none());
    }
}
