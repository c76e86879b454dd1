//! Maps the rows of a workspace: one row per person and day, one for the whole workspace, and three amounts that are
//! never added up.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::ProviderError;
use crate::providers::Report;
use crate::providers::fields::{Id, Micro, record};
use crate::providers::pages::{ListingPage, Reading, Rows, add};
use crate::providers::series::day_of;
use crate::providers::tally::Charged;
use crate::segment::{Activity, Breakdown, Cost, ModelUsage};
use crate::words::{Account, Day, Level};

use super::WORKSPACE;

const A_DAY: i64 = 24 * 60 * 60;

record! {
    UsagePage<'a> {
        data: Option<Vec<Usage<'a>>>,
    }
}

record! {
    Usage<'a> {
        start_time: Option<i64>,
        end_time: Option<i64>,
        user_id: Option<Id<'a>>,
        actor: Option<Actor<'a>>,
        totals: Option<Totals>,
        clients: Option<Vec<Client<'a>>>,
        models: Option<Vec<Model<'a>>>,
        code_attribution: Option<Code>,
    }
}

record! {
    Actor<'a> {
        user_id: Option<Id<'a>>,
        email: Option<Id<'a>>,
    }
}

record! {
    #[derive(Clone, Copy)]
    Totals {
        threads: Option<i64>,
        turns: Option<i64>,
        credits: Micro,
        cost_usd: Micro,
        estimated_cost_usd: Micro,
        uncached_text_input_tokens: Option<i64>,
        cached_text_input_tokens: Option<i64>,
        text_output_tokens: Option<i64>,
    }
}

record! {
    Client<'a> {
        client_id: Option<Id<'a>>,
        threads: Option<i64>,
        turns: Option<i64>,
    }
}

record! {
    Model<'a> {
        model: Option<Id<'a>>,
        credits: Micro,
    }
}

record! {
    #[derive(Clone, Copy)]
    Code {
        lines_added: Option<i64>,
        lines_removed: Option<i64>,
    }
}

/// One day of a person or of the workspace.
#[derive(Default)]
struct Work {
    email: Option<String>,
    totals: Totals,
    billed: Charged,
    estimated: Charged,
    lines_added: Option<i64>,
    lines_deleted: Option<i64>,
    clients: BTreeMap<String, (Option<i64>, Option<i64>)>,
    credits_by_model: BTreeMap<String, Option<i64>>,
}

/// The sums of a batch. The empty ID stands for unattributed work.
#[derive(Default)]
pub(super) struct CodexReader {
    people: BTreeMap<Day, BTreeMap<String, Work>>,
    whole: BTreeMap<Day, Work>,
}

impl Work {
    fn add(&mut self, usage: Usage<'_>) {
        let email = usage.actor.and_then(|actor| actor.email).filter(|email| !email.is_empty());
        self.email = email.map(|email| email.to_lowercase()).or(self.email.take());
        let totals = usage.totals.unwrap_or_default();
        add(&mut self.totals.threads, totals.threads);
        add(&mut self.totals.turns, totals.turns);
        add(&mut self.totals.credits.0, totals.credits.0);
        self.billed.add(totals.cost_usd.0);
        self.estimated.add(totals.estimated_cost_usd.0);
        add(&mut self.totals.uncached_text_input_tokens, totals.uncached_text_input_tokens);
        add(&mut self.totals.cached_text_input_tokens, totals.cached_text_input_tokens);
        add(&mut self.totals.text_output_tokens, totals.text_output_tokens);
        let code = usage.code_attribution.unwrap_or_default();
        add(&mut self.lines_added, code.lines_added);
        add(&mut self.lines_deleted, code.lines_removed);
        for client in usage.clients.unwrap_or_default() {
            let Some(name) = client.client_id else { continue };
            let (threads, turns) = self.clients.entry(name.0.into_owned()).or_default();
            add(threads, client.threads);
            add(turns, client.turns);
        }
        for model in usage.models.unwrap_or_default() {
            let Some(name) = model.model else { continue };
            add(self.credits_by_model.entry(name.0.into_owned()).or_default(), model.credits.0);
        }
    }

    fn is_active(&self) -> Option<bool> {
        let counts = [self.totals.threads, self.totals.turns];
        let known = counts.iter().any(Option::is_some);
        known.then(|| counts.into_iter().flatten().any(|count| count > 0))
    }

    /// Produced lines that can be attributed; unknown without attribution.
    fn is_engaged(&self) -> Option<bool> {
        self.lines_added.map(|lines| lines > 0)
    }

    /// Cost in dollars, by basis.
    fn dollars(&self) -> [(&'static str, Charged); 2] {
        [("billed", self.billed), ("estimated", self.estimated)]
    }

    /// `priced` are the bases that have an amount in dollars on this day.
    fn rows(&self, level: Level, subject: &str, day: Day, priced: &[&str], to: &mut dyn Rows) {
        let email = self.email.as_deref();
        let Totals { uncached_text_input_tokens, cached_text_input_tokens, text_output_tokens, .. } = self.totals;
        if [uncached_text_input_tokens, cached_text_input_tokens, text_output_tokens].iter().any(Option::is_some) {
            let row = ModelUsage {
                level,
                subject,
                email,
                requests: self.totals.turns,
                tokens_in_uncached: uncached_text_input_tokens,
                tokens_cache_read: cached_text_input_tokens,
                tokens_out: text_output_tokens,
                ..ModelUsage::default()
            };
            to.model_usage(day, &row);
        }
        let cost = Cost { level, subject, email, ..Cost::default() };
        for (basis, charged) in self.dollars().into_iter().filter(|(basis, _)| priced.contains(basis)) {
            let (micro_amount, unpriced) = (charged.sum, charged.unpriced());
            to.cost(day, &Cost { basis, currency: Some("USD"), micro_amount, unpriced, ..cost });
        }
        // The credits by model may be incomplete, and a partial sum must not pass for the total.
        let by_model = self.credits_by_model.values().copied().flatten().sum::<i64>();
        let is_split = !self.credits_by_model.is_empty() && self.totals.credits.0 == Some(by_model);
        if is_split {
            for (model, credits) in &self.credits_by_model {
                to.cost(day, &Cost { basis: "metered", model: Some(model), micro_credits: *credits, ..cost });
            }
        } else if let Some(credits) = self.totals.credits.0 {
            to.cost(day, &Cost { basis: "metered", micro_credits: Some(credits), ..cost });
        }
        for (client, (threads, turns)) in &self.clients {
            let row = Breakdown {
                level,
                subject,
                dimension: "client",
                value: client,
                interactions: *turns,
                sessions: *threads,
                ..Breakdown::default()
            };
            to.breakdown(day, &row);
        }
    }

    fn activity<'a>(&'a self, level: Level, subject: &'a str) -> Activity<'a> {
        Activity {
            level,
            subject,
            email: self.email.as_deref(),
            sessions: self.totals.threads,
            chat_turns: self.totals.turns,
            lines_added: self.lines_added,
            lines_deleted: self.lines_deleted,
            ai_lines_added: self.lines_added,
            micro_credits: self.totals.credits.0,
            ..Activity::default()
        }
    }
}

/// The bases that have an amount in dollars. A workspace that pays in credits has none, and lacks none. If the day is
/// priced for one person and not for another, the second amount is missing.
fn priced<'a>(work: impl IntoIterator<Item = &'a Work>) -> Vec<&'static str> {
    let dollars = work.into_iter().flat_map(Work::dollars);
    let bases: BTreeSet<_> = dollars.filter(|(_, charged)| charged.sum.is_some()).map(|(basis, _)| basis).collect();
    bases.into_iter().collect()
}

/// Counts the people for whom it is true; null if it is unknown for all.
fn count(people: &BTreeMap<String, Work>, is: impl Fn(&Work) -> Option<bool>) -> Option<i64> {
    let mut count = None;
    for (_, work) in people.iter().filter(|(id, _)| !id.is_empty()) {
        add(&mut count, is(work).map(i64::from));
    }
    count
}

impl Reading for CodexReader {
    const KNOWN: &'static [&'static str] =
        &["credits", "has_more", "next_page", "object", "speed", "text_total_tokens", "type"];

    fn page(&mut self, report: &Report, page: &ListingPage<'_>) -> Result<u64, ProviderError> {
        let read: UsagePage<'_> = page.read()?;
        let rows = page.list("data", read.data)?;
        let records = rows.len() as u64;
        if WORKSPACE.is(report) {
            // A day without a row is a measured zero.
            for day in report.days.iter() {
                self.whole.entry(day).or_default();
            }
        }
        for usage in rows {
            let (Some(start), Some(end)) = (usage.start_time, usage.end_time) else {
                return Err(page.malformed("a row without its time"));
            };
            let day = day_of(start).filter(|_| end - start == A_DAY && start % A_DAY == 0);
            let day = day.ok_or_else(|| page.malformed("a row that is not about one UTC day"))?;
            if WORKSPACE.is(report) {
                self.whole.entry(day).or_default().add(usage);
                continue;
            }
            let actor = usage.actor.as_ref().and_then(|actor| actor.user_id.as_ref());
            let id = usage.user_id.as_ref().or(actor).map(|id| id.0.clone().into_owned()).unwrap_or_default();
            self.people.entry(day).or_default().entry(id).or_default().add(usage);
        }
        Ok(records)
    }

    fn rows(&mut self, account: &Account, to: &mut dyn Rows) {
        let empty = BTreeMap::new();
        for (day, work) in &self.whole {
            let people = self.people.get(day).unwrap_or(&empty);
            work.rows(Level::Organization, &account.slug, *day, &priced([work]), to);
            let mut row = work.activity(Level::Organization, &account.slug);
            let is_quiet = people.is_empty() && work.is_active() != Some(true);
            row.active = count(people, Work::is_active).or(Some(0).filter(|_| is_quiet));
            row.engaged = count(people, Work::is_engaged);
            to.activity(*day, &row);
        }
        for (day, people) in &self.people {
            let priced = priced(people.values());
            for (id, work) in people {
                work.rows(Level::User, id, *day, &priced, to);
                if !id.is_empty() {
                    let mut row = work.activity(Level::User, id);
                    row.active = work.is_active().map(i64::from);
                    row.engaged = work.is_engaged().map(i64::from);
                    to.activity(*day, &row);
                }
            }
        }
    }
}
