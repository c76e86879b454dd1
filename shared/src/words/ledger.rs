//! The ledger: state, revision, source and time of each segment. It answers whether the history is correct.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Dataset, Day};

/// The state of one (dataset, day).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// The provider has no complete report yet; later polls fetch it again.
    Pending,
    /// Stored, and the provider may still restate it.
    Provisional,
    Final,
    /// The provider has no data for this day and will never have any.
    NoData,
    /// The last attempt failed, for this reason. Rows that were stored before stay.
    Failed(String),
}

impl SegmentState {
    pub fn as_str(&self) -> &'static str {
        match self {
            SegmentState::Pending => "pending",
            SegmentState::Provisional => "provisional",
            SegmentState::Final => "final",
            SegmentState::NoData => "no_data",
            SegmentState::Failed(_) => "failed",
        }
    }

    /// No poll needs to fetch the day again.
    pub fn is_settled(&self) -> bool {
        matches!(self, SegmentState::Final | SegmentState::NoData)
    }

    /// The day counts as covered in the answer to how far the history is complete.
    pub fn is_complete(&self) -> bool {
        matches!(self, SegmentState::Provisional | SegmentState::Final | SegmentState::NoData)
    }
}

/// The subject of a segment's account rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSubject {
    /// The provider's stable ID.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// One ledger entry: everything about a segment except its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentHead {
    pub dataset: Dataset,
    pub day: Day,
    pub state: SegmentState,
    /// 0 until rows are stored; increases with every change of the rows.
    pub revision: u32,
    pub rows: u64,
    /// Reports that the rows come from.
    pub sources: Vec<String>,
    /// XXH3 of the stored bytes; `None` until rows are stored.
    pub checksum: Option<u64>,
    /// Checksum of the rows, independent of order and encoding; `None` for rows that were stored before this field
    /// existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_checksum: Option<u64>,
    pub fetched_at: DateTime<Utc>,
    /// Sums of the account rows, for the revision log. Amounts in currencies other than US dollars have names of
    /// their own; older heads count them with the dollars.
    pub totals: BTreeMap<String, i64>,
    /// The subject of the totals. `None` if the account rows have several subjects or do not exist, and in heads that
    /// were stored before this field existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountSubject>,
    /// ID of the request or schedule that caused the last write. The log has more under this ID.
    #[serde(default)]
    pub correlation_id: String,
}

impl SegmentHead {
    pub fn has_content(&self) -> bool {
        self.revision > 0
    }
}

/// A stored day whose totals changed later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Revision {
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub dataset: Dataset,
    pub at: DateTime<Utc>,
    /// The totals that differ, before and after.
    pub before: BTreeMap<String, i64>,
    pub after: BTreeMap<String, i64>,
}

impl Revision {
    /// The totals that differ between two heads; `None` if all are equal.
    pub fn between(old: &SegmentHead, new: &SegmentHead) -> Option<Self> {
        let mut revision = Self {
            day: new.day,
            dataset: new.dataset,
            at: new.fetched_at,
            before: BTreeMap::new(),
            after: BTreeMap::new(),
        };
        for name in old.totals.keys().chain(new.totals.keys()) {
            let (before, after) = (old.totals.get(name), new.totals.get(name));
            if before != after {
                revision.before.extend(before.map(|total| (name.clone(), *total)));
                revision.after.extend(after.map(|total| (name.clone(), *total)));
            }
        }
        (!revision.before.is_empty() || !revision.after.is_empty()).then_some(revision)
    }
}

/// The last day up to which the history of activity is complete: every day from the first known one is covered. A day
/// without a ledger entry is a gap, and so is a pending or failed day.
pub fn complete_through<'a>(heads: impl IntoIterator<Item = &'a SegmentHead>) -> Option<Day> {
    let mut days: Vec<_> = heads
        .into_iter()
        .filter(|head| head.dataset == Dataset::Activity)
        .map(|head| (head.day, head.state.is_complete()))
        .collect();
    days.sort_unstable();
    let first = days.first()?.0;
    let covered =
        days.iter().zip(first.iter_days()).take_while(|((day, complete), expected)| day == expected && *complete);
    covered.last().map(|((day, _), _)| *day)
}

/// A total that came on this many consecutive days comes every day, including weekends.
const USUAL_DAYS: usize = 14;
/// This many consecutive days without it are more than a holiday.
const MISSED_DAYS: usize = 5;

/// The name of a total without its currency: `billed.EUR.micro_amount` becomes `billed.micro_amount`.
fn in_any_currency(total: &str) -> String {
    match total.split('.').collect::<Vec<_>>()[..] {
        [part, _, column] => format!("{part}.{column}"),
        _ => total.to_owned(),
    }
}

/// Totals whose absence is no loss: uses without an amount, and amounts of an unknown basis.
fn counts_gaps(total: &str) -> bool {
    total.ends_with(".unpriced") || total.starts_with("unknown.")
}

/// A total that came every day and stopped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoneField {
    /// The first day without it.
    pub since: Day,
    pub dataset: Dataset,
    pub field: String,
}

/// Totals that the provider has stopped sending, derived from the ledger alone; most recent first. A day with fewer
/// sources, because a report is late or refused, is ignored.
pub fn gone_fields<'a>(heads: impl IntoIterator<Item = &'a SegmentHead>) -> Vec<GoneField> {
    let heads: Vec<&SegmentHead> = heads.into_iter().collect();
    let mut gone = Vec::new();
    for dataset in Dataset::ALL {
        let is_known =
            |head: &&SegmentHead| head.dataset == dataset && head.state.is_complete() && !head.totals.is_empty();
        let mut days: Vec<&SegmentHead> = heads.iter().copied().filter(is_known).collect();
        days.sort_unstable_by_key(|head| head.day);
        let fields_of =
            |head: &&SegmentHead| head.totals.keys().map(|total| in_any_currency(total)).collect::<BTreeSet<_>>();
        let fields_by_day: Vec<BTreeSet<String>> = days.iter().map(fields_of).collect();
        let fields: BTreeSet<&String> = fields_by_day.iter().flatten().collect();
        for field in fields.into_iter().filter(|field| !counts_gaps(field)) {
            let Some(last) = fields_by_day.iter().rposition(|fields| fields.contains(field)) else { continue };
            let sources = days[last].sources.len();
            let missed: Vec<Day> =
                days[last + 1..].iter().filter(|head| head.sources.len() >= sources).map(|head| head.day).collect();
            let usual = &fields_by_day[(last + 1).saturating_sub(USUAL_DAYS)..=last];
            let was_usual = usual.len() == USUAL_DAYS && usual.iter().all(|fields| fields.contains(field));
            if was_usual && missed.len() >= MISSED_DAYS {
                gone.push(GoneField { since: missed[0], dataset, field: field.clone() });
            }
        }
    }
    gone.sort_unstable_by(|a, b| b.since.cmp(&a.since).then_with(|| a.cmp(b)));
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(days: &[(u32, SegmentState)]) -> Option<u32> {
        use chrono::Datelike;
        let head = |(day, state): &(u32, SegmentState)| SegmentHead {
            dataset: Dataset::Activity,
            day: Day::from_ymd_opt(2026, 11, *day).unwrap(),
            state: state.clone(),
            revision: 1,
            rows: 1,
            sources: Vec::new(),
            checksum: None,
            rows_checksum: None,
            fetched_at: DateTime::UNIX_EPOCH,
            totals: BTreeMap::new(),
            account: None,
            correlation_id: String::new(),
        };
        let mut heads: Vec<_> = days.iter().map(head).collect();
        // Another dataset does not affect the history of activity.
        heads.push(SegmentHead { dataset: Dataset::Seats, ..head(&(1, SegmentState::Failed("x".into()))) });
        complete_through(&heads).map(|day| day.day())
    }

    #[test]
    fn the_history_is_complete_up_to_the_first_uncovered_day() {
        use SegmentState::{Failed, Final, NoData, Pending, Provisional};
        assert_eq!(through(&[]), None);
        let covered = [(3, Final), (4, NoData), (5, Provisional)];
        assert_eq!(through(&covered), Some(5));
        assert_eq!(through(&[(5, Final), (3, Final), (4, Pending)]), Some(3));
        assert_eq!(through(&[(3, Final), (4, Failed("cut".into()))]), Some(3));
        assert_eq!(through(&[(3, Pending), (4, Final)]), None);
    }

    /// Days from November 1 on. Each letter is a field of that day, and each uppercase letter is also a source.
    fn gone(days: &[&str]) -> Vec<(u32, String)> {
        use chrono::Datelike;
        let start = Day::from_ymd_opt(2026, 11, 1).unwrap();
        let head = |(day, letters): (Day, &&str)| SegmentHead {
            dataset: Dataset::Activity,
            day,
            state: SegmentState::Final,
            revision: 1,
            rows: 1,
            sources: letters.chars().filter(char::is_ascii_uppercase).map(String::from).collect(),
            checksum: None,
            rows_checksum: None,
            fetched_at: DateTime::UNIX_EPOCH,
            totals: letters.chars().filter(char::is_ascii_lowercase).map(|letter| (letter.to_string(), 0)).collect(),
            account: None,
            correlation_id: String::new(),
        };
        let heads: Vec<_> = start.iter_days().zip(days).map(head).collect();
        gone_fields(&heads).into_iter().map(|gone| (gone.since.day(), gone.field)).collect()
    }

    #[test]
    fn a_field_is_gone_after_14_days_with_it_and_5_without() {
        let days = |usual: usize, missed: usize| [vec!["Uab"; usual], vec!["Ua"; missed]].concat();
        assert_eq!(gone(&days(14, 5)), [(15, "b".to_owned())]);
        assert_eq!(gone(&days(20, 9)), [(21, "b".to_owned())], "since the same day at any later time");
        assert_eq!(gone(&days(14, 4)), [], "a long weekend");
        assert_eq!(gone(&days(13, 9)), [], "too few days to expect it every day");
        assert_eq!(gone(&[days(14, 9), vec!["Uab"]].concat()), [], "it came back");
    }

    #[test]
    fn an_occasional_field_or_a_missing_report_is_not_gone() {
        let now_and_then = [vec!["Uab"; 10], vec!["Ua"], vec!["Uab"; 9], vec!["Ua"; 8]].concat();
        assert_eq!(gone(&now_and_then), []);
        let refused = [vec!["UTab"; 14], vec!["Ua"; 8]].concat();
        assert_eq!(gone(&refused), []);
        let and_then_gone = [refused, vec!["UTa"; 5]].concat();
        assert_eq!(gone(&and_then_gone), [(23, "b".to_owned())]);
    }

    #[test]
    fn a_total_that_counts_gaps_is_never_gone() {
        let start = Day::from_ymd_opt(2026, 11, 1).unwrap();
        let head = |(at, day): (usize, Day)| SegmentHead {
            dataset: Dataset::Cost,
            day,
            state: SegmentState::Final,
            revision: 1,
            rows: 1,
            sources: Vec::new(),
            checksum: None,
            rows_checksum: None,
            fetched_at: DateTime::UNIX_EPOCH,
            totals: ["list.micro_amount", "metered.unpriced", "unknown.micro_amount"]
                .into_iter()
                .filter(|_| at < 14)
                .chain(["metered.micro_amount"])
                .map(|name| (name.to_owned(), 1))
                .collect(),
            account: None,
            correlation_id: String::new(),
        };
        let heads: Vec<_> = start.iter_days().take(20).enumerate().map(head).collect();
        let gone: Vec<_> = gone_fields(&heads).into_iter().map(|gone| gone.field).collect();
        assert_eq!(gone, ["list.micro_amount"]);
    }

    #[test]
    fn an_amount_with_a_new_currency_name_is_not_gone() {
        assert_eq!(in_any_currency("billed.EUR.micro_amount"), "billed.micro_amount");
        assert_eq!(in_any_currency("billed.micro_amount"), "billed.micro_amount");
        assert_eq!(in_any_currency("active"), "active");
    }

    #[test]
    fn a_day_without_a_ledger_entry_is_a_gap() {
        use SegmentState::Final;
        assert_eq!(through(&[(3, Final), (4, Final), (6, Final)]), Some(4));
    }
}
