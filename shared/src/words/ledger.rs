//! The ledger: per segment its state, revision, source and time; the answer to "is the history right?".

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Dataset, Day};

/// How far a (dataset, day) has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// The provider has no (complete) report yet; later polls ask again.
    Pending,
    /// Stored, and the provider may still restate it.
    Provisional,
    Final,
    /// The provider had nothing for this day and will not get anything any more.
    NoData,
    /// The last attempt failed, for this reason. What was stored before it still stands.
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

    /// Nothing more is expected: no poll needs to ask again.
    pub fn is_settled(&self) -> bool {
        matches!(self, SegmentState::Final | SegmentState::NoData)
    }

    /// The day counts as covered when somebody asks how far the history is complete.
    pub fn is_complete(&self) -> bool {
        matches!(self, SegmentState::Provisional | SegmentState::Final | SegmentState::NoData)
    }
}

/// Whom a segment's rows about the whole account are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSubject {
    /// The provider's stable id.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// One line of the ledger: everything about a segment but its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentHead {
    pub dataset: Dataset,
    pub day: Day,
    pub state: SegmentState,
    /// 0 until something is stored; then one more with every change of the rows.
    pub revision: u32,
    pub rows: u64,
    /// Reports whose rows are in it.
    pub sources: Vec<String>,
    /// XXH3 of the stored bytes; `None` until something is stored.
    pub checksum: Option<u64>,
    /// Of the rows; their order and encoding do not count; `None` for rows that were stored before this checksum existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_checksum: Option<u64>,
    pub fetched_at: DateTime<Utc>,
    /// Sums at the level of the whole account, for the revision log. Amounts in another currency than US dollars have
    /// names of their own; heads that were stored before have them with the dollars.
    pub totals: BTreeMap<String, i64>,
    /// Whom the totals are about. `None` where the rows about the account have several subjects or there are no such rows,
    /// and in heads that were stored before this field existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountSubject>,
    /// The request or schedule that led to the last write; the log has more under it.
    #[serde(default)]
    pub correlation_id: String,
}

impl SegmentHead {
    pub fn has_content(&self) -> bool {
        self.revision > 0
    }
}

/// A stored day whose numbers changed afterwards.
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
    /// The totals that differ between two heads; `None` when none does.
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

/// How far the history of activity is complete: the last day such that every day from the first known one up to it is
/// covered. A day that no poll has asked for is a hole, and so is one that is pending or failed.
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

/// A total that came on so many days in a row was there every day, weekends and all.
const USUAL: usize = 14;
/// So many days in a row without it are no holiday.
const MISSED: usize = 5;

/// The name of a total in any currency: `billed.EUR.micro_amount` is `billed.micro_amount`.
fn in_any_currency(total: &str) -> String {
    match total.split('.').collect::<Vec<_>>()[..] {
        [part, _, column] => format!("{part}.{column}"),
        _ => total.to_owned(),
    }
}

/// Totals whose end is no loss: uses without an amount, and amounts of an unknown basis.
fn counts_gaps(total: &str) -> bool {
    total.ends_with(".unpriced") || total.starts_with("unknown.")
}

/// A total that every day had and none has any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gone {
    /// The first day without it.
    pub since: Day,
    pub dataset: Dataset,
    pub field: String,
}

/// What the provider has stopped sending, by the ledger alone; most recent first. A day with fewer sources, because a
/// report is late or refused, says nothing.
pub fn gone_fields<'a>(heads: impl IntoIterator<Item = &'a SegmentHead>) -> Vec<Gone> {
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
            let usual = &fields_by_day[(last + 1).saturating_sub(USUAL)..=last];
            let was_usual = usual.len() == USUAL && usual.iter().all(|fields| fields.contains(field));
            if was_usual && missed.len() >= MISSED {
                gone.push(Gone { since: missed[0], dataset, field: field.clone() });
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
        // Another dataset is behind or ahead without saying anything about activity.
        heads.push(SegmentHead { dataset: Dataset::Seats, ..head(&(1, SegmentState::Failed("x".into()))) });
        complete_through(&heads).map(|day| day.day())
    }

    #[test]
    fn the_history_is_complete_up_to_the_first_day_that_is_not_covered() {
        use SegmentState::{Failed, Final, NoData, Pending, Provisional};
        assert_eq!(through(&[]), None);
        let covered = [(3, Final), (4, NoData), (5, Provisional)];
        assert_eq!(through(&covered), Some(5));
        assert_eq!(through(&[(5, Final), (3, Final), (4, Pending)]), Some(3));
        assert_eq!(through(&[(3, Final), (4, Failed("cut".into()))]), Some(3));
        assert_eq!(through(&[(3, Pending), (4, Final)]), None);
    }

    /// Days from 1 November on; each has the fields of its letters, and a source for each letter in upper case.
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
    fn a_field_that_came_on_14_days_and_then_on_none_of_five_is_gone() {
        let days = |usual: usize, missed: usize| [vec!["Uab"; usual], vec!["Ua"; missed]].concat();
        assert_eq!(gone(&days(14, 5)), [(15, "b".to_owned())]);
        assert_eq!(gone(&days(20, 9)), [(21, "b".to_owned())], "since the same day, however often somebody looks");
        assert_eq!(gone(&days(14, 4)), [], "a long weekend");
        assert_eq!(gone(&days(13, 9)), [], "nobody knows whether it came every day");
        assert_eq!(gone(&[days(14, 9), vec!["Uab"]].concat()), [], "it came back");
    }

    #[test]
    fn a_field_that_comes_now_and_then_is_not_missed_and_a_day_without_its_report_says_nothing() {
        let now_and_then = [vec!["Uab"; 10], vec!["Ua"], vec!["Uab"; 9], vec!["Ua"; 8]].concat();
        assert_eq!(gone(&now_and_then), []);
        let refused = [vec!["UTab"; 14], vec!["Ua"; 8]].concat();
        assert_eq!(gone(&refused), []);
        let and_then_gone = [refused, vec!["UTa"; 5]].concat();
        assert_eq!(gone(&and_then_gone), [(23, "b".to_owned())]);
    }

    #[test]
    fn the_end_of_a_gap_is_no_loss() {
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
    fn an_amount_that_is_named_by_its_currency_is_not_gone() {
        assert_eq!(in_any_currency("billed.EUR.micro_amount"), "billed.micro_amount");
        assert_eq!(in_any_currency("billed.micro_amount"), "billed.micro_amount");
        assert_eq!(in_any_currency("active"), "active");
    }

    #[test]
    fn a_day_without_a_line_is_a_hole() {
        use SegmentState::Final;
        assert_eq!(through(&[(3, Final), (4, Final), (6, Final)]), Some(4));
    }
}
