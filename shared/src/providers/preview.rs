//! The preview of the last days: the provider's own reader, counted by day. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;

use super::fields::NewFields;
use super::json::Repair;
use super::pages::{ListingPage, Reading, Rows, add};
use super::tally::US_DOLLAR;
use super::{Bodies, Fetched, Report, Windows};
use crate::error::ProviderError;
use crate::segment::{Activity, Breakdown, Cost, ModelUsage, Seat};
use crate::words::{
    Account, Completions, CostOfDay, Day, Days, Level, ModelOfDay, Preview, PreviewDay, PullRequestCounts, SegmentState,
};

/// The result.
pub(super) struct Previewed {
    pub(super) preview: Preview,
    /// Why it is incomplete; the days that were read stay.
    pub(super) missed: Option<ProviderError>,
}

/// Reads reports one after the other and counts their rows by day.
pub(super) struct Previewing<R> {
    reading: R,
    /// Days that an essential report covers.
    covered: BTreeSet<Day>,
    missed: Option<ProviderError>,
    only_first_pages: bool,
}

impl<R: Reading> Previewing<R> {
    pub(super) fn with(reading: R) -> Self {
        Self { reading, covered: BTreeSet::new(), missed: None, only_first_pages: false }
    }

    /// Only the first page of each report: a verification takes seconds, and its requests count against the rate
    /// limits.
    pub(super) fn first_pages(self) -> Self {
        Self { only_first_pages: true, ..self }
    }

    /// Reads the next report. Only the failure of an essential report counts.
    pub(super) async fn read(&mut self, report: &Report, fetched: Result<Fetched<'_>, ProviderError>) {
        let read = match fetched {
            Ok(Fetched::Ready { covers, bodies }) => self.pages(report, bodies).await.map(|()| Some(covers)),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        match read {
            Ok(Some(covers)) if report.is_essential() => self.covered.extend(covers.iter()),
            Err(error) if report.is_essential() => {
                self.missed.get_or_insert(error);
            }
            _ => {}
        }
    }

    async fn pages(&mut self, report: &Report, mut bodies: Bodies<'_>) -> Result<(), ProviderError> {
        let mut number = 0;
        while let Some(body) = bodies.next().await {
            number += 1;
            let mut body = body?;
            let mut page = Vec::new();
            while let Some(piece) = body.next().await {
                page.extend_from_slice(&piece?);
            }
            let new = NewFields::beside(R::KNOWN);
            self.reading.page(
                report,
                &ListingPage { report: report.name, number, body: &page, new: &new, repair: &Repair::new() },
            )?;
            if self.only_first_pages {
                break;
            }
        }
        Ok(())
    }

    /// The days as read; `days` ends with yesterday.
    pub(super) fn finish(mut self, account: &Account, days: Days, windows: &Windows) -> Previewed {
        let mut counted = CountedRows::default();
        self.reading.rows(account, &mut counted);
        let one = |day: Day| {
            let age = (days.until() - day).num_days();
            let state = match self.covered.contains(&day) || counted.days.contains_key(&day) {
                false if age > i64::from(windows.given_up_after) => SegmentState::NoData,
                false => SegmentState::Pending,
                true if age > i64::from(windows.restated_for) => SegmentState::Final,
                true => SegmentState::Provisional,
            };
            counted.days.get(&day).cloned().unwrap_or_default().preview(day, state)
        };
        let newest_first = days.iter().rev().map(one).collect();
        let note = "The preview counts only the first page of each report; polls read all pages.".to_owned();
        let mut notes = Vec::from_iter(self.only_first_pages.then_some(note));
        let others = counted.other_currencies.iter();
        notes.extend(
            others.map(|currency| format!("The preview does not include amounts in {currency}; polls read them.")),
        );
        let preview = Preview { from: days.from(), to: days.last(), notes, days: newest_first };
        Previewed { preview, missed: self.missed }
    }
}

/// Rows by day.
#[derive(Default)]
struct CountedRows {
    days: BTreeMap<Day, DayCounts>,
    other_currencies: BTreeSet<String>,
}

/// One day. The account's own row takes precedence; people's rows fill its nulls.
#[derive(Clone, Default)]
struct DayCounts {
    whole: DaySums,
    parts: DaySums,
}

#[derive(Clone, Default)]
struct DaySums {
    active: Option<i64>,
    engaged: Option<i64>,
    suggested: Option<i64>,
    accepted: Option<i64>,
    chats: Option<i64>,
    agent_requests: Option<i64>,
    sessions: Option<i64>,
    models: BTreeMap<String, (Option<i64>, Option<i64>)>,
    costs: BTreeMap<String, CostSums>,
}

/// The sums of a basis.
#[derive(Clone, Default)]
struct CostSums {
    micro_amount: Option<i64>,
    unpriced: Option<i64>,
    micro_credits: Option<i64>,
}

impl CountedRows {
    fn sums(&mut self, day: Day, level: Level) -> Option<&mut DaySums> {
        let counts = self.days.entry(day).or_default();
        match level {
            Level::Organization => Some(&mut counts.whole),
            // The same people again, or people without figures.
            Level::Team | Level::Repository | Level::Member => None,
            Level::User | Level::ApiKey | Level::ServiceAccount => Some(&mut counts.parts),
        }
    }
}

impl Rows for CountedRows {
    fn activity(&mut self, day: Day, row: &Activity<'_>) {
        let is_person = matches!(row.level, Level::User | Level::Organization);
        let Some(sums) = self.sums(day, row.level) else { return };
        if is_person {
            add(&mut sums.active, row.active);
            add(&mut sums.engaged, row.engaged);
        }
        add(&mut sums.suggested, row.completions_suggested);
        add(&mut sums.accepted, row.completions_accepted);
        add(&mut sums.chats, row.chat_turns);
        add(&mut sums.agent_requests, row.agent_requests);
        add(&mut sums.sessions, row.sessions);
    }

    fn model_usage(&mut self, day: Day, row: &ModelUsage<'_>) {
        let Some(sums) = self.sums(day, row.level) else { return };
        let (requests, tokens) = sums.models.entry(row.model.unwrap_or("unknown").to_owned()).or_default();
        add(requests, row.requests);
        for part in [row.tokens_in_uncached, row.tokens_cache_read, row.tokens_cache_write, row.tokens_out] {
            add(tokens, part);
        }
    }

    fn cost(&mut self, day: Day, row: &Cost<'_>) {
        let Some(sums) = self.sums(day, row.level) else { return };
        let charged = sums.costs.entry(row.basis.to_owned()).or_default();
        add(&mut charged.unpriced, row.unpriced);
        add(&mut charged.micro_credits, row.micro_credits);
        // The preview's amounts are in dollars.
        match row.currency.filter(|currency| *currency != US_DOLLAR) {
            Some(other) => drop(self.other_currencies.insert(other.to_owned())),
            None => add(&mut charged.micro_amount, row.micro_amount),
        }
    }

    fn breakdown(&mut self, _: Day, _: &Breakdown<'_>) {}

    fn seat(&mut self, _: Day, _: &Seat<'_>) {}
}

impl DayCounts {
    fn preview(self, day: Day, state: SegmentState) -> PreviewDay {
        let Self { whole, parts } = self;
        let models = if whole.models.is_empty() { parts.models } else { whole.models };
        let costs = if whole.costs.is_empty() { parts.costs } else { whole.costs };
        let mut models: Vec<ModelOfDay> =
            models.into_iter().map(|(name, (requests, tokens))| ModelOfDay { name, requests, tokens }).collect();
        models.sort_by(|a, b| b.tokens.cmp(&a.tokens).then_with(|| a.name.cmp(&b.name)));
        PreviewDay {
            day,
            state,
            active_users: whole.active.or(parts.active),
            engaged_users: whole.engaged.or(parts.engaged),
            completions: Completions {
                suggested: whole.suggested.or(parts.suggested),
                accepted: whole.accepted.or(parts.accepted),
                ..Completions::default()
            },
            chats: whole.chats.or(parts.chats),
            pull_requests: PullRequestCounts::default(),
            agent_requests: whole.agent_requests.or(parts.agent_requests),
            sessions: whole.sessions.or(parts.sessions),
            models,
            costs: costs
                .into_iter()
                .map(|(basis, charged)| CostOfDay {
                    unpriced: charged.unpriced.unwrap_or(0),
                    ..CostOfDay::new(basis, charged.micro_amount, charged.micro_credits)
                })
                .collect(),
        }
    }
}
