//! Adds up usage that providers report in pieces: by terminal, by event or by page.
//!
//! A sum of only nulls stays null. Numbers of individuals are also summed for their teams and for the account;
//! unattributed numbers are kept under an empty subject, so that totals equal the provider's.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use super::fields::Cents;
use super::merge::{better_role, earliest};
use super::pages::{Rows, add};
use crate::segment::{Activity, Breakdown, Cost, ModelUsage, Seat};
use crate::words::{Account, Dataset, Day, Level};

/// The sum; a null counts as nothing unless both are null.
pub(super) fn plus(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    let mut sum = a;
    add(&mut sum, b);
    sum
}

/// The subject of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    pub(super) level: Level,
    pub(super) subject: String,
}

impl Who {
    pub(super) fn new(level: Level, subject: impl Into<String>) -> Self {
        Self { level, subject: subject.into() }
    }

    /// The account itself.
    pub(super) fn account() -> Self {
        Self::new(Level::Organization, "")
    }

    /// A person whom the provider names by e-mail in all of its answers; unattributed if there is none.
    pub(super) fn by_email(email: Option<&str>) -> Self {
        Self::new(Level::User, email.unwrap_or_default().trim().to_lowercase())
    }
}

#[derive(Default)]
struct SubjectName {
    name: Option<String>,
    email: Option<String>,
}

/// Usage of a model by one subject.
#[derive(Clone, Copy, Default)]
pub(super) struct Tokens {
    pub(super) requests: Option<i64>,
    pub(super) uncached: Option<i64>,
    pub(super) cache_read: Option<i64>,
    pub(super) cache_write: Option<i64>,
    pub(super) out: Option<i64>,
}

pub(super) const US_DOLLAR: &str = "USD";

/// The basis and purpose of an amount.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bill {
    pub(super) basis: &'static str,
    pub(super) model: Option<String>,
    pub(super) line_item: Option<String>,
    /// The provider's own cost center: a workspace or billing group.
    pub(super) project: Option<String>,
    /// ISO 4217, upper case. Amounts of two currencies are never added up.
    pub(super) currency: String,
}

impl Bill {
    /// In dollars, the documented currency of the providers.
    pub(super) fn on(basis: &'static str) -> Self {
        Self { basis, model: None, line_item: None, project: None, currency: US_DOLLAR.to_owned() }
    }

    /// In the currency of the amount, if it names one.
    pub(super) fn in_currency(self, named: Option<&str>) -> Self {
        match named.filter(|named| !named.is_empty()) {
            Some(named) => Self { currency: named.to_uppercase(), ..self },
            None => self,
        }
    }
}

/// A sum of amounts, in their unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charged {
    /// Null until an amount is known.
    pub(super) sum: Option<i64>,
    /// Uses without an amount, which the sum does not include.
    uses_without: i64,
}

impl Charged {
    pub(super) fn add(&mut self, amount: Option<i64>) {
        add(&mut self.sum, amount);
        self.uses_without += i64::from(amount.is_none());
    }

    pub(super) fn absorb(&mut self, more: &Self) {
        add(&mut self.sum, more.sum);
        self.uses_without += more.uses_without;
    }

    /// The value of the column `unpriced`: null if each use has an amount.
    pub(super) fn unpriced(&self) -> Option<i64> {
        Some(self.uses_without).filter(|uses| *uses > 0)
    }
}

/// A person with a license.
#[derive(Default)]
pub(super) struct Holder {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) role: Option<String>,
    pub(super) assigned_at: Option<i64>,
    pub(super) cycle_started_at: Option<i64>,
    pub(super) cycle_metered: Cents,
    pub(super) cycle_included: Cents,
}

/// The sums of one day.
#[derive(Default)]
pub(super) struct OfDay {
    activity: BTreeMap<Who, Activity<'static>>,
    members: BTreeMap<Who, BTreeSet<String>>,
    tokens: BTreeMap<(Who, String, String), Tokens>,
    /// In millionths of a cent; see [`Cents`].
    amounts: BTreeMap<(Who, Bill), Charged>,
    splits: BTreeMap<(Who, &'static str, String), Breakdown<'static>>,
    holders: BTreeMap<String, Holder>,
    /// Requests whose details the provider must have kept.
    detailed_requests: i64,
    /// Datasets for which the provider has no data.
    unknown: BTreeSet<Dataset>,
}

impl OfDay {
    pub(super) fn activity(&mut self, who: &Who) -> &mut Activity<'static> {
        self.activity.entry(who.clone()).or_default()
    }

    pub(super) fn joins(&mut self, who: &Who, team: &str) {
        self.members.entry(who.clone()).or_default().insert(team.to_owned());
    }

    /// Counts for the subject, and once for the account.
    pub(super) fn tokens(&mut self, who: &Who, model: &str, surface: &str, more: &Tokens) {
        self.tokens_of(who, model, surface, more);
        self.tokens_of(&Who::account(), model, surface, more);
    }

    /// Counts only for the subject: the account's number comes from another report.
    pub(super) fn tokens_of(&mut self, who: &Who, model: &str, surface: &str, more: &Tokens) {
        let sum = self.tokens.entry((who.clone(), model.to_owned(), surface.to_owned())).or_default();
        add(&mut sum.requests, more.requests);
        add(&mut sum.uncached, more.uncached);
        add(&mut sum.cache_read, more.cache_read);
        add(&mut sum.cache_write, more.cache_write);
        add(&mut sum.out, more.out);
    }

    /// Charges the subject, and once the account. A use without an amount is counted as such.
    pub(super) fn amount(&mut self, who: &Who, bill: &Bill, cents: Cents) {
        self.amount_of(who, bill, cents);
        self.amount_of(&Who::account(), bill, cents);
    }

    pub(super) fn amount_of(&mut self, who: &Who, bill: &Bill, cents: Cents) {
        self.amounts.entry((who.clone(), bill.clone())).or_default().add(cents.0);
    }

    /// Counts for the subject, and once for the account.
    pub(super) fn split(
        &mut self,
        who: &Who,
        dimension: &'static str,
        value: &str,
        count: impl Fn(&mut Breakdown<'static>),
    ) {
        self.split_of(who, dimension, value, &count);
        self.split_of(&Who::account(), dimension, value, count);
    }

    pub(super) fn split_of(
        &mut self,
        who: &Who,
        dimension: &'static str,
        value: &str,
        count: impl FnOnce(&mut Breakdown<'static>),
    ) {
        count(self.splits.entry((who.clone(), dimension, value.to_owned())).or_default());
    }

    pub(super) fn is_holder(&self, subject: &str) -> bool {
        self.holders.contains_key(subject)
    }

    /// A person who is listed twice holds one license; see [`super::merge`].
    pub(super) fn holds(&mut self, subject: &str, holder: Holder) {
        self.holders.entry(subject.to_owned()).or_default().merge(holder);
    }

    /// The provider has no data of this kind for the day: a gap, not zero.
    pub(super) fn is_unknown(&mut self, dataset: Dataset) {
        self.unknown.insert(dataset);
    }

    pub(super) fn has_details(&mut self, requests: Option<i64>) {
        self.detailed_requests = self.detailed_requests.saturating_add(requests.unwrap_or(0));
    }

    /// Whether there are requests whose details are gone.
    pub(super) fn lacks_details(&self) -> bool {
        self.detailed_requests > 0 && self.tokens.is_empty()
    }
}

/// The sums of a batch.
#[derive(Default)]
pub(super) struct Tally {
    days: BTreeMap<Day, OfDay>,
    /// Days that the report about people covers.
    covered: BTreeSet<Day>,
    /// By the day of the row, or for all days.
    names: BTreeMap<(Option<Day>, Who), SubjectName>,
}

impl Tally {
    pub(super) fn day(&mut self, day: Day) -> &mut OfDay {
        self.days.entry(day).or_default()
    }

    pub(super) fn days(&mut self) -> impl Iterator<Item = &mut OfDay> {
        self.days.values_mut()
    }

    /// Records the subject's name in a row of the day. Other days of the batch are ignored, because a day must give
    /// the same rows in every batch.
    pub(super) fn named(&mut self, day: Day, who: &Who, name: Option<&str>, email: Option<&str>) {
        self.call(Some(day), who, name, email);
    }

    /// Records the subject's name in a listing that is not about a day.
    pub(super) fn named_throughout(&mut self, who: &Who, name: &str) {
        self.call(None, who, Some(name), None);
    }

    fn call(&mut self, day: Option<Day>, who: &Who, name: Option<&str>, email: Option<&str>) {
        let named = self.names.entry((day, who.clone())).or_default();
        let known = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        // Of several names, the alphabetically last one counts, so that the order does not matter.
        named.name = known(name).max(named.name.take());
        named.email = known(email).map(|email| email.to_lowercase()).max(named.email.take());
    }

    fn name<'a>(&'a self, day: Day, who: &Who) -> (Option<&'a str>, Option<&'a str>) {
        let known = |day: Option<Day>| self.names.get(&(day, who.clone()));
        let named = known(Some(day)).or_else(|| known(None));
        named.map_or((None, None), |named| (named.name.as_deref(), named.email.as_deref()))
    }
}

fn absorb(sum: &mut Activity<'static>, more: &Activity<'_>) {
    macro_rules! each {
        ($($counter:ident),+) => { $(add(&mut sum.$counter, more.$counter);)+ };
    }
    each!(active, engaged, sessions, completions_suggested, completions_accepted, lines_suggested, lines_accepted);
    each!(lines_added, lines_deleted, ai_lines_added, chat_turns, agent_requests, edits_accepted, edits_rejected);
    each!(commits, pull_requests, reviews, micro_credits);
}

/// Active is a person whom the provider calls active, or else one with any count. Engaged is a person who accepted or
/// produced something.
fn judge(row: &mut Activity<'static>) {
    let any = |counts: &[Option<i64>]| {
        let known = counts.iter().any(Option::is_some);
        known.then(|| i64::from(counts.iter().any(|count| count.unwrap_or(0) > 0)))
    };
    if row.active.is_none() {
        let counts = [
            row.sessions,
            row.completions_suggested,
            row.lines_added,
            row.lines_deleted,
            row.ai_lines_added,
            row.chat_turns,
            row.agent_requests,
            row.edits_accepted,
            row.edits_rejected,
            row.commits,
            row.pull_requests,
            row.reviews,
        ];
        row.active = any(&counts);
    }
    if row.engaged.is_none() {
        row.engaged =
            any(&[row.completions_accepted, row.edits_accepted, row.ai_lines_added, row.commits, row.pull_requests]);
    }
}

/// Converts millionths of a cent to millionths of a dollar, half rounded away from zero.
fn micro_usd(micro_cents: i64) -> i64 {
    (micro_cents + 50 * micro_cents.signum()) / 100
}

impl Tally {
    /// Records that a page of the report arrived: its days are covered, with or without rows.
    pub(super) fn cover(&mut self, report: &Report) {
        if report.feeds.contains(&Dataset::Activity) && report.is_essential() {
            self.covered.extend(report.days.iter());
        }
    }

    /// Emits the rows after all pages were read.
    pub(super) fn rows(&mut self, account: &Account, to: &mut dyn Rows) {
        let mut days = std::mem::take(&mut self.days);
        for day in &self.covered {
            days.entry(*day).or_default();
        }
        for (day, of_day) in days {
            of_day.unknown.iter().for_each(|dataset| to.unknown(day, *dataset));
            self.activity(day, &of_day, account, to);
            self.model_usage(day, &of_day, account, to);
            self.cost(day, &of_day, account, to);
            for ((who, dimension, value), counts) in &of_day.splits {
                let subject = subject(who, account);
                to.breakdown(day, &Breakdown { level: who.level, subject, dimension, value, ..*counts });
            }
            for (subject, holder) in &of_day.holders {
                to.seat(day, &holder.row(subject));
            }
        }
    }

    fn activity(&self, day: Day, of_day: &OfDay, account: &Account, to: &mut dyn Rows) {
        let mut teams: BTreeMap<&str, Activity<'static>> = BTreeMap::new();
        let mut whole = Activity::default();
        if self.covered.contains(&day) && of_day.activity.keys().all(|who| who.level != Level::User) {
            // The report arrived and names no person: zero people, not a gap.
            (whole.active, whole.engaged) = (Some(0), Some(0));
        }
        for (who, counted) in &of_day.activity {
            let mut row = *counted;
            judge(&mut row);
            if who.subject.is_empty() {
                // The number of people behind unattributed work is unknown.
                (row.active, row.engaged) = (None, None);
            }
            let own = of_day.members.get(who).into_iter().flatten().map(String::as_str);
            own.clone().for_each(|team| absorb(teams.entry(team).or_default(), &row));
            // The account counts people: usage of a key alone is not a person's day.
            let people = |count: Option<i64>| count.filter(|_| who.level == Level::User);
            let counted = Activity { active: people(row.active), engaged: people(row.engaged), ..row };
            absorb(&mut whole, &counted);
            let own = own.collect::<Vec<_>>().join(",");
            let (name, email) = self.name(day, who);
            let teams = (!own.is_empty()).then_some(own.as_str());
            to.activity(day, &Activity { level: who.level, subject: &who.subject, name, email, teams, ..row });
        }
        for (team, sum) in teams {
            let (name, _) = self.name(day, &Who::new(Level::Team, team));
            to.activity(day, &Activity { level: Level::Team, subject: team, name, ..sum });
        }
        to.activity(day, &Activity { subject: &account.slug, name: Some(&account.slug), ..whole });
    }

    fn model_usage(&self, day: Day, of_day: &OfDay, account: &Account, to: &mut dyn Rows) {
        for ((who, model, surface), tokens) in &of_day.tokens {
            let (name, email) = self.name(day, who);
            to.model_usage(
                day,
                &ModelUsage {
                    level: who.level,
                    subject: subject(who, account),
                    name,
                    email,
                    model: Some(model),
                    surface: Some(surface),
                    requests: tokens.requests,
                    tokens_in_uncached: tokens.uncached,
                    tokens_cache_read: tokens.cache_read,
                    tokens_cache_write: tokens.cache_write,
                    tokens_out: tokens.out,
                },
            );
        }
    }

    fn cost(&self, day: Day, of_day: &OfDay, account: &Account, to: &mut dyn Rows) {
        // A list price is optional: if no use of a day has one, the provider has none.
        let is_list = |bill: &Bill| bill.basis == "list";
        let has_list = of_day.amounts.iter().any(|((_, bill), charged)| is_list(bill) && charged.sum.is_some());
        for ((who, bill), charged) in of_day.amounts.iter().filter(|((_, bill), _)| has_list || !is_list(bill)) {
            let (name, email) = self.name(day, who);
            to.cost(
                day,
                &Cost {
                    level: who.level,
                    subject: subject(who, account),
                    name,
                    email,
                    basis: bill.basis,
                    model: bill.model.as_deref(),
                    line_item: bill.line_item.as_deref(),
                    project: bill.project.as_deref(),
                    currency: Some(&bill.currency),
                    micro_amount: charged.sum.map(micro_usd),
                    unpriced: charged.unpriced(),
                    micro_credits: None,
                },
            );
        }
    }
}

fn subject<'a>(who: &'a Who, account: &'a Account) -> &'a str {
    if who.level == Level::Organization { &account.slug } else { &who.subject }
}

impl Holder {
    fn merge(&mut self, other: Holder) {
        self.name = other.name.max(self.name.take());
        self.email = other.email.max(self.email.take());
        self.role = better_role(other.role, self.role.take());
        self.assigned_at = earliest(other.assigned_at, self.assigned_at);
        // Sums to date: the greater one is newer.
        self.cycle_started_at = other.cycle_started_at.max(self.cycle_started_at);
        self.cycle_metered = Cents(other.cycle_metered.0.max(self.cycle_metered.0));
        self.cycle_included = Cents(other.cycle_included.0.max(self.cycle_included.0));
    }

    fn row<'a>(&'a self, subject: &'a str) -> Seat<'a> {
        Seat {
            level: Level::User,
            subject,
            name: self.name.as_deref(),
            email: self.email.as_deref(),
            role: self.role.as_deref(),
            assigned_at: self.assigned_at,
            cycle_started_at: self.cycle_started_at,
            cycle_metered: self.cycle_metered.0.map(micro_usd),
            cycle_included: self.cycle_included.0.map(micro_usd),
            ..Seat::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_a_cent_are_summed_before_rounding() {
        let mut day = OfDay::default();
        // 0.00004 cents are 0.4 millionths of a dollar.
        (0..5).for_each(|_| day.amount_of(&Who::account(), &Bill::on("metered"), Cents(Some(40))));
        let sums: Vec<_> = day.amounts.values().map(|charged| charged.sum.map(micro_usd)).collect();
        assert_eq!(sums, [Some(2)]);
        assert_eq!([micro_usd(149), micro_usd(150), micro_usd(-150), micro_usd(-149)], [1, 2, -2, -1]);
    }

    #[test]
    fn a_use_without_an_amount_is_counted_and_adds_nothing() {
        let mut day = OfDay::default();
        let (who, bill) = (Who::by_email(Some("a")), Bill::on("metered"));
        [Cents(None), Cents(Some(0)), Cents(None)].into_iter().for_each(|cents| day.amount(&who, &bill, cents));
        day.amount_of(&who, &Bill::on("list"), Cents(None));
        let rows: Vec<_> = day.amounts.values().map(|charged| (charged.sum, charged.unpriced())).collect();
        assert_eq!(rows, [(Some(0), Some(2)), (None, Some(1)), (Some(0), Some(2))]);
    }

    #[test]
    fn null_is_not_zero() {
        assert_eq!(plus(None, None), None);
        assert_eq!(plus(None, Some(0)), Some(0));
        let mut row = Activity::default();
        judge(&mut row);
        assert_eq!((row.active, row.engaged), (None, None));
    }
}
