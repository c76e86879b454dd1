//! The last days as verify shows them: the rows of a provider's own reading, counted by day, nothing stored.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;

use super::fields::NewFields;
use super::pages::{Page, Reading, Rows, add};
use super::{Bodies, Call, Fetched, Report, Windows};
use crate::error::ProviderError;
use crate::segment::{Activity, Breakdown, Cost, ModelUsage, Seat};
use crate::words::{
    Completions, CostOfDay, Day, Days, Level, ModelOfDay, Preview, PreviewDay, PullRequestCounts, SegmentState,
};

/// Asks for a report; a function of its own, so that verifying does not link what maps to segments.
pub(super) type Fetch = for<'a> fn(&'a Call<'a>, Report) -> BoxFuture<'a, Result<Fetched<'a>, ProviderError>>;

/// Reads the reports that `fetch` brings and counts their rows by day. Only an essential report's failure is one.
pub(super) async fn preview<'a, R: Reading>(
    call: &'a Call<'a>,
    mut reading: R,
    reports: &[Report],
    days: Days,
    windows: &Windows,
    fetch: Fetch,
) -> Result<Preview, ProviderError> {
    let mut new = NewFields::beside(R::KNOWN);
    let mut heard: BTreeMap<Day, bool> = BTreeMap::new();
    for report in reports {
        let read = async {
            let Fetched::Ready { covers, bodies } = fetch(call, report.clone()).await? else { return Ok(None) };
            read_pages(&mut reading, report, bodies, &mut new).await?;
            Ok::<_, ProviderError>(Some(covers))
        };
        match read.await {
            Ok(Some(covers)) if report.essential => heard.extend(covers.iter().map(|day| (day, true))),
            Err(error) if report.essential => return Err(error),
            _ => {}
        }
    }
    let mut counted = Counted::default();
    reading.rows(call.account, &mut counted);
    let today = days.until();
    let one = |day: Day| {
        let age = (today - day).num_days();
        let state = match (heard.contains_key(&day), counted.days.contains_key(&day)) {
            (false, false) if age > i64::from(windows.given_up_after) => SegmentState::NoData,
            (false, false) => SegmentState::Pending,
            _ if age > i64::from(windows.restated_for) => SegmentState::Final,
            _ => SegmentState::Provisional,
        };
        let counts = counted.days.get(&day).cloned().unwrap_or_default();
        counts.preview(day, state)
    };
    Ok(Preview { from: days.from(), to: days.last(), notes: Vec::new(), days: days.iter().rev().map(one).collect() })
}

async fn read_pages<R: Reading>(
    reading: &mut R,
    report: &Report,
    mut bodies: Bodies<'_>,
    new: &mut NewFields,
) -> Result<(), ProviderError> {
    let mut number = 0;
    while let Some(body) = bodies.next().await {
        let mut body = body?;
        let mut page = Vec::new();
        while let Some(piece) = body.next().await {
            page.extend_from_slice(&piece?);
        }
        number += 1;
        reading.page(report, &Page { report: report.name, number, body: &page, new })?;
    }
    Ok(())
}

/// Rows by day.
#[derive(Default)]
struct Counted {
    days: BTreeMap<Day, Counts>,
}

/// One day. What the account's own row says stands; people's rows count where it is silent.
#[derive(Clone, Default)]
struct Counts {
    whole: Sums,
    parts: Sums,
}

#[derive(Clone, Default)]
struct Sums {
    active: Option<i64>,
    engaged: Option<i64>,
    suggested: Option<i64>,
    accepted: Option<i64>,
    chats: Option<i64>,
    agent_requests: Option<i64>,
    sessions: Option<i64>,
    models: BTreeMap<String, (Option<i64>, Option<i64>)>,
    costs: BTreeMap<String, (Option<i64>, Option<i64>)>,
}

impl Counted {
    fn sums(&mut self, day: Day, level: Level) -> Option<&mut Sums> {
        let counts = self.days.entry(day).or_default();
        match level {
            Level::Organization => Some(&mut counts.whole),
            // The same people again.
            Level::Team | Level::Repository => None,
            Level::User | Level::ApiKey | Level::ServiceAccount => Some(&mut counts.parts),
        }
    }
}

impl Rows for Counted {
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
        let (amount, credits) = sums.costs.entry(row.basis.to_owned()).or_default();
        add(amount, row.micro_amount);
        add(credits, row.micro_credits);
    }

    fn breakdown(&mut self, _: Day, _: &Breakdown<'_>) {}

    fn seat(&mut self, _: Day, _: &Seat<'_>) {}
}

impl Counts {
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
                .map(|(basis, (micro_amount, micro_credits))| CostOfDay::new(basis, micro_amount, micro_credits))
                .collect(),
        }
    }
}
