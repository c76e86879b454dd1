//! Requests to Cursor's endpoints, and their paging.

use std::fmt;

use chrono::NaiveTime;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::error::ProviderError;
use crate::providers::Report;
use crate::providers::api::Ask;
use crate::words::{Day, Days};

use super::reports::{COMMITS, EDITS, EVENTS, EXTENSIONS, GROUPS, MEMBERS, SPEND, TABS};

/// Maximum page size.
const EVENTS_PER_PAGE: u32 = 1000;
/// People per page; the maximum is documented only for the analytics.
const PEOPLE_PER_PAGE: u32 = 500;

fn millis(day: Day) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

/// Both ends are inclusive, so the range ends one millisecond before the next day.
fn range(days: Days) -> (i64, i64) {
    (millis(days.from()), millis(days.until()) - 1)
}

pub(super) fn first(report: &Report) -> Ask {
    ask(report, PEOPLE_PER_PAGE, EVENTS_PER_PAGE)
}

/// The smallest request that shows whether the endpoint is accessible.
pub(super) fn smallest(report: &Report) -> Ask {
    ask(report, 1, 1)
}

fn ask(report: &Report, people: u32, events: u32) -> Ask {
    let Report { days, .. } = report;
    let (start, end) = range(*days);
    // The page number is the last parameter, so that the next request can replace it.
    let paged = |path: &str| {
        let path = format!("{path}?startDate={}&endDate={}", days.from(), days.last());
        Ask::get(format!("{path}&pageSize={people}&page=1"))
    };
    // Analytics answers have an `ETag`; unchanged content does not count against the limit.
    let revalidated = |ask: Ask| Ask { revalidates: true, ..ask };
    match report {
        report if MEMBERS.is(report) => Ask::get("teams/members"),
        report if SPEND.is(report) => Ask::post("teams/spend", json!({"page": 1, "pageSize": people})),
        report if GROUPS.is(report) => groups(days.last()),
        report if EDITS.is(report) => revalidated(paged("analytics/by-user/agent-edits")),
        report if TABS.is(report) => revalidated(paged("analytics/by-user/tabs")),
        report if EXTENSIONS.is(report) => {
            let path = "analytics/team/top-file-extensions";
            revalidated(Ask::get(format!("{path}?startDate={}&endDate={}", days.from(), days.last())))
        }
        report if COMMITS.is(report) => {
            let path = format!("analytics/ai-code/commits?startDate={}T00:00:00.000Z", days.from());
            revalidated(Ask::get(format!("{path}&endDate={}T23:59:59.999Z&pageSize={people}&page=1", days.last())))
        }
        report if EVENTS.is(report) => Ask::post(
            "teams/filtered-usage-events",
            json!({"startDate": start, "endDate": end, "page": 1, "pageSize": events}),
        ),
        // With page and page size, the answer includes inactive people.
        _ => Ask::post(
            "teams/daily-usage-data",
            json!({"startDate": start, "endDate": end, "page": 1, "pageSize": people}),
        ),
    }
}

/// Listings that are documented without pages: <https://cursor.com/docs/account/teams/admin-api>,
/// <https://cursor.com/docs/account/teams/analytics-api>.
const WITHOUT_PAGES: [&str; 3] = ["teams/members", "teams/groups", "analytics/team/top-file-extensions"];

/// The paging fields of an answer, in any of Cursor's forms.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Paging {
    pagination: Option<Pagination>,
    total_pages: Option<u64>,
    total_count: Option<u64>,
    page_size: Option<u64>,
    billing_cycle: Option<BillingCycle>,
    /// The page's own list, under each endpoint's name for it.
    #[serde(alias = "usageEvents", alias = "teamMemberSpend", alias = "items")]
    data: Option<Entries>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    has_next_page: Option<bool>,
    num_pages: Option<u64>,
    total_pages: Option<u64>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct BillingCycle {
    cycle_start: Option<String>,
}

/// A list, or an object with an entry per person. Only whether it is empty is read here; the mapper reads its
/// content.
struct Entries {
    is_empty: bool,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(Counting)
    }
}

struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries, A::Error> {
        let is_empty = list.next_element::<IgnoredAny>()?.is_none();
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entries { is_empty })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Entries, A::Error> {
        let is_empty = object.next_entry::<IgnoredAny, IgnoredAny>()?.is_none();
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Entries { is_empty })
    }
}

impl Paging {
    /// Whether a page follows the one with this number; `None` if the answer does not say.
    fn has_next(&self, number: u64) -> Option<bool> {
        let pagination = self.pagination.as_ref();
        let says = pagination.and_then(|pagination| pagination.has_next_page);
        let pages = pagination.and_then(|pagination| pagination.num_pages.or(pagination.total_pages));
        let counted = self.total_count.zip(self.page_size).map(|(count, size)| number * size < count);
        says.or(pages.or(self.total_pages).map(|pages| number < pages)).or(counted)
    }
}

/// The next request; for groups, the previous billing cycle if the days reach into it.
pub(super) fn next(ask: &Ask, page: &[u8], from: Day) -> Result<Option<Ask>, ProviderError> {
    let malformed = |what: &str| Err(ProviderError::Malformed { detail: format!("Cursor: {what}") });
    let paging: Paging = match crate::providers::json::from_slice(page) {
        Ok(paging) => paging,
        Err(error) if error.is_data() => return malformed("a page has an invalid cursor"),
        // The mapper reports a body that is not JSON or that is truncated.
        Err(_) => return Ok(None),
    };
    if WITHOUT_PAGES.iter().any(|path| ask.path.starts_with(path)) {
        return match paging.has_next(1) {
            Some(true) => malformed("a listing that is documented without pages has a second page"),
            _ => Ok(cycle_before(ask, &paging, from)),
        };
    }
    let number = number(ask).unwrap_or(1);
    match (paging.has_next(number), &paging.data) {
        (None, _) => malformed("a page does not say whether another follows"),
        (Some(false), _) => Ok(None),
        // Pages are numbered, so only an explicit end stops the listing.
        (Some(true), Some(entries)) if entries.is_empty => malformed("an empty page announces another page"),
        (Some(true), _) => Ok(Some(turned(ask, number + 1))),
    }
}

fn cycle_before(ask: &Ask, paging: &Paging, from: Day) -> Option<Ask> {
    let start = paging.billing_cycle.as_ref()?.cycle_start.as_deref()?.get(..10)?;
    let start: Day = start.parse().ok()?;
    let before = Some(start).filter(|start| *start > from)? - chrono::Duration::days(1);
    Some(groups(before)).filter(|next| next.path < ask.path)
}

fn groups(day: Day) -> Ask {
    Ask::get(format!("teams/groups?billingCycle={day}"))
}

/// The requested page number, if the listing has pages.
fn number(ask: &Ask) -> Option<u64> {
    match &ask.json {
        Some(json) => json.get("page")?.as_u64(),
        None => ask.path.rsplit_once("&page=")?.1.parse().ok(),
    }
}

fn turned(ask: &Ask, number: u64) -> Ask {
    let mut next = ask.clone();
    match (&mut next.json, ask.path.rsplit_once("&page=")) {
        (Some(json), _) => json["page"] = number.into(),
        (None, Some((path, _))) => next.path = format!("{path}&page={number}"),
        (None, None) => {}
    }
    next
}

pub(super) fn has(body: &[u8], name: &str) -> bool {
    crate::providers::json::from_slice::<Value>(body).is_ok_and(|body| body.get(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_whether_another_follows_or_is_malformed() {
        let ask = Ask::post("teams/spend", json!({"page": 1, "pageSize": 2}));
        let turned = |page: &str| {
            let next = next(&ask, page.as_bytes(), "2026-11-01".parse().unwrap()).ok()?;
            Some(next.map(|next| next.json.unwrap()["page"].as_u64().unwrap()))
        };
        for page in [
            r#"{"pagination":{"hasNextPage":true}}"#,
            r#"{"pagination":{"numPages":2,"currentPage":1}}"#,
            r#"{"pagination":{"page":1,"totalPages":2}}"#,
            r#"{"totalPages":2}"#,
            r#"{"totalCount":3,"pageSize":2}"#,
        ] {
            assert_eq!(turned(page), Some(Some(2)), "{page}");
        }
        for page in [r#"{"pagination":{"hasNextPage":false,"numPages":2}}"#, r#"{"totalPages":1}"#] {
            assert_eq!(turned(page), Some(None), "{page}");
        }
        for page in [
            r#"{}"#,
            r#"{"totalPages":"3"}"#,
            r#"{"totalCount":3}"#,
            r#"{"pagination":{"hasNextPage":true},"data":[]}"#,
        ] {
            assert_eq!(turned(page), None, "{page}");
        }
    }

    #[test]
    fn a_listing_without_pages_is_read_once_unless_it_has_more() {
        let read = |page: &str| next(&Ask::get("teams/members"), page.as_bytes(), "2026-11-01".parse().unwrap());
        assert_eq!(read(r#"{"teamMembers":[]}"#).unwrap(), None);
        assert!(read(r#"{"teamMembers":[],"pagination":{"hasNextPage":true}}"#).is_err());
    }
}
