//! How each of Cursor's endpoints is asked, and where its next page is.

use chrono::NaiveTime;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::ProviderError;
use crate::providers::Report;
use crate::providers::api::Ask;
use crate::words::{Day, Days};

use super::reports::{COMMITS, EDITS, EVENTS, EXTENSIONS, GROUPS, MEMBERS, SPEND, TABS};

/// The most that Cursor gives at once.
const EVENTS_A_PAGE: u32 = 1000;
/// Of people; the most is documented for the analytics alone.
const PEOPLE_A_PAGE: u32 = 500;

fn millis(day: Day) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

/// Both ends are inclusive, so the last millisecond is not the next day's first.
fn range(days: Days) -> (i64, i64) {
    (millis(days.from()), millis(days.until()) - 1)
}

pub(super) fn first(report: &Report) -> Ask {
    ask(report, PEOPLE_A_PAGE, EVENTS_A_PAGE)
}

/// Enough to hear whether the endpoint opens.
pub(super) fn smallest(report: &Report) -> Ask {
    ask(report, 1, 1)
}

fn ask(report: &Report, people: u32, events: u32) -> Ask {
    let Report { days, .. } = report;
    let (start, end) = range(*days);
    // The page comes last: the next one is written over it.
    let paged = |path: &str| {
        let path = format!("{path}?startDate={}&endDate={}", days.from(), days.last());
        Ask::get(format!("{path}&pageSize={people}&page=1"))
    };
    // Analytics have a tag, and what has not changed since does not count against the limit.
    let revalidated = |ask: Ask| Ask { revalidates: true, ..ask };
    match report {
        report if MEMBERS.is(report) => Ask::get("teams/members"),
        report if SPEND.is(report) => Ask::post("teams/spend", json!({"page": 1, "pageSize": people})),
        report if GROUPS.is(report) => Ask::get(format!("teams/groups?billingCycle={}", days.last())),
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
        // With page and page size the answer has everybody, also those who were not active.
        _ => Ask::post(
            "teams/daily-usage-data",
            json!({"startDate": start, "endDate": end, "page": 1, "pageSize": people}),
        ),
    }
}

/// What an answer says of its place in a listing, in any of Cursor's ways.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    pagination: Option<Pagination>,
    total_pages: Option<u64>,
    total_count: Option<u64>,
    page_size: Option<u64>,
    billing_cycle: Option<BillingCycle>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    has_next_page: Option<bool>,
    num_pages: Option<u64>,
    total_pages: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BillingCycle {
    cycle_start: Option<String>,
}

/// The request behind this one; of groups the billing cycle before, if the days reach into it.
pub(super) fn next(ask: &Ask, page: &[u8], from: Day) -> Result<Option<Ask>, ProviderError> {
    let place: Place = match serde_json::from_slice(page) {
        Ok(place) => place,
        Err(error) if error.is_data() => {
            return Err(ProviderError::Malformed {
                detail: "Cursor: a page does not say what is behind it".to_owned(),
            });
        }
        // What is no JSON, or was cut, is the mapper's to name.
        Err(_) => return Ok(None),
    };
    if ask.path.starts_with("teams/groups") {
        let start = place.billing_cycle.and_then(|cycle| cycle.cycle_start);
        let start: Option<Day> = start.as_deref().and_then(|start| start.get(..10)?.parse().ok());
        let before = start.filter(|start| *start > from).map(|start| start - chrono::Duration::days(1));
        return Ok(before
            .map(|day| Ask::get(format!("teams/groups?billingCycle={day}")))
            .filter(|next| next.path < ask.path));
    }
    let Some(number) = number(ask) else { return Ok(None) };
    let has_next = match &place {
        Place { pagination: Some(Pagination { has_next_page: Some(has_next), .. }), .. } => *has_next,
        Place { pagination: Some(Pagination { num_pages: Some(pages), .. }), .. }
        | Place { pagination: Some(Pagination { total_pages: Some(pages), .. }), .. } => number < *pages,
        Place { total_pages: Some(pages), .. } => number < *pages,
        Place { total_count: Some(count), page_size: Some(size), .. } => number * size < *count,
        _ => false,
    };
    Ok(has_next.then(|| turned(ask, number + 1)))
}

/// The number of the page that is asked for, where there are pages.
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
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_in_any_form_whether_there_is_another_or_is_refused() {
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
        for page in [r#"{"pagination":{"hasNextPage":false,"numPages":2}}"#, r#"{"totalPages":1}"#, r#"{}"#] {
            assert_eq!(turned(page), Some(None), "{page}");
        }
        assert_eq!(turned(r#"{"totalPages":"3"}"#), None, "what nobody can read is not the end");
    }
}
