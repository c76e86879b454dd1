//! The report about a whole organization or enterprise: the sums and the distinct people of its days.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::super::calendar::missing_per_mille;
use super::super::people::{Account, Person};
use super::days::{USES, Use, Uses, is_missing, measures_app, measures_customs, measures_vscode_agent, uses, work};
use super::json::Json;
use super::pulls::Pulls;
use super::records::{
    PHASES, write_agents, write_counts, write_customs, write_owner, write_sessions, write_tables, write_vscode_agent,
};
use super::tally::Tally;

/// The longest window for counting distinct people, in days.
const MONTH: usize = 28;
const WEEK: usize = 7;

/// A span of days, added up.
pub(crate) struct Totals<'a> {
    account: &'a Account,
    first: NaiveDate,
    days: Vec<Day>,
    /// People with at least two days of a surface in the span, by surface; and people with any activity.
    engaged: [u64; USES],
    active: u64,
}

#[derive(Clone, Default)]
struct Day {
    tally: Tally,
    daily: [u64; USES],
    weekly: [u64; USES],
    monthly: [u64; USES],
}

impl<'a> Totals<'a> {
    /// Adds up the days from `first` to `last`, at most 28, as available at `now`.
    ///
    /// Goes person by person with one bit per day and surface: the 27 days before the first one and the span itself
    /// fit into 64 bits, and every trailing window is a mask.
    pub(crate) fn of(account: &'a Account, first: NaiveDate, last: NaiveDate, now: DateTime<Utc>) -> Totals<'a> {
        let length = (last - first).num_days().clamp(0, MONTH as i64 - 1) as usize + 1;
        let window = (first - Days::new(MONTH as u64 - 1)).iter_days().take(MONTH - 1 + length);
        let window = window.map(|day| (day, missing_per_mille(day, now, &account.slug))).collect::<Vec<_>>();
        let mut totals = Totals { account, first, days: vec![Day::default(); length], engaged: [0; USES], active: 0 };
        for person in &account.people {
            let mut bits = [0u64; USES];
            for (at, (day, missing)) in window.iter().enumerate() {
                let touched = if *day < account.first_day { Uses::default() } else { uses(account, person, *day) };
                if !touched.has(Use::Active) || is_missing(person, *day, *missing) {
                    continue;
                }
                for touched in touched.positions() {
                    bits[touched] |= 1 << at;
                }
                if let Some(at) = at.checked_sub(MONTH - 1) {
                    totals.days[at].add(account, person, *day, touched);
                }
            }
            totals.count(&bits);
        }
        totals
    }

    fn count(&mut self, bits: &[u64; USES]) {
        for (touched, bits) in bits.iter().enumerate() {
            for (at, day) in self.days.iter_mut().enumerate() {
                // The windows end with this day's bit.
                let upto = bits << (63 - (at + MONTH - 1));
                day.daily[touched] += upto >> 63;
                day.weekly[touched] += u64::from(upto >> (64 - WEEK) != 0);
                day.monthly[touched] += u64::from(upto >> (64 - MONTH) != 0);
            }
            let span = bits >> (MONTH - 1);
            self.engaged[touched] += u64::from(span.count_ones() >= 2);
            self.active += u64::from(touched == Use::Active as usize && span != 0);
        }
    }

    /// The 1-day report: only the first day, flat.
    pub(crate) fn write_day(&self, json: &mut Json) {
        self.write_nth(json, 0);
    }

    /// The 28-day report: the days in a wrapper.
    pub(crate) fn write_span(&self, json: &mut Json, made: DateTime<Utc>) {
        let last = self.first + Days::new(self.days.len() as u64 - 1);
        json.object(|json| {
            json.text("report_start_day", &self.first.to_string());
            json.text("report_end_day", &last.to_string());
            write_owner(json, self.account);
            json.text("created_at", &made.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            json.list("day_totals", |json| {
                // Before its history, an account has no days, rather than empty days.
                let days =
                    (0..self.days.len()).filter(|at| self.first + Days::new(*at as u64) >= self.account.first_day);
                days.for_each(|at| self.write_nth(json, at));
            });
            json.nested("copilot_feature_engagement", |json| {
                json.number("active_user_count", self.active);
                json.list("totals_by_feature", |json| {
                    for (name, touched) in [
                        ("code_completion", Use::Measured),
                        ("agent_edit", Use::Agent),
                        ("copilot_code_review_active", Use::ReviewActive),
                        ("copilot_code_review_passive", Use::ReviewPassive),
                        ("copilot_cloud_agent", Use::CloudAgent),
                        ("copilot_cli", Use::Cli),
                        ("copilot_app", Use::App),
                    ] {
                        json.object(|json| {
                            json.text("feature", name);
                            json.number("engaged_user_count", self.engaged[touched as usize]);
                        });
                    }
                });
            });
        });
    }

    fn write_nth(&self, json: &mut Json, at: usize) {
        let date = self.first + Days::new(at as u64);
        let day = &self.days[at];
        let pulls = Pulls::all(self.account, date);
        json.object(|json| {
            json.text("day", &date.to_string());
            write_owner(json, self.account);
            day.write_people(json, date);
            write_counts(json, &day.tally.total);
            write_tables(json, &day.tally, |_, _| {});
            if day.daily[Use::Cli as usize] > 0 {
                json.nested("totals_by_cli", |json| write_sessions(json, &day.tally.cli));
            }
            if day.daily[Use::App as usize] > 0 {
                json.nested("totals_by_copilot_app", |json| write_sessions(json, &day.tally.app));
            }
            if day.daily[Use::VscodeAgent as usize] > 0 {
                write_vscode_agent(json, &day.tally);
            }
            write_agents(json, &day.tally, true);
            if measures_customs(date) {
                write_customs(json, &day.tally);
            }
            day.write_phases(json, &pulls);
            pulls.write(json);
        });
    }
}

impl Day {
    fn add(&mut self, account: &Account, person: &Person, day: NaiveDate, touched: Uses) {
        let before = self.tally.total;
        work(account, person, day, touched, &mut self.tally);
        if touched.has(Use::Measured) {
            let own = self.tally.total.since(&before);
            let (people, counts) = &mut self.tally.phases[usize::from(person.phase)];
            *people += 1;
            *counts += own;
        }
    }

    fn write_people(&self, json: &mut Json, date: NaiveDate) {
        let windows = [("daily", &self.daily), ("weekly", &self.weekly), ("monthly", &self.monthly)];
        for (window, counts) in windows {
            json.number(&format!("{window}_active_users"), counts[Use::Active as usize]);
            for (surface, touched) in [
                ("active_copilot_cloud_agent", Use::CloudAgent),
                ("active_copilot_code_review", Use::ReviewActive),
                ("passive_copilot_code_review", Use::ReviewPassive),
            ] {
                json.number(&format!("{window}_{surface}_users"), counts[touched as usize]);
            }
            if measures_vscode_agent(date) {
                json.number(&format!("{window}_active_vscode_agent_users"), counts[Use::VscodeAgent as usize]);
            }
        }
        json.number("monthly_active_chat_users", self.monthly[Use::Chat as usize]);
        json.number("monthly_active_agent_users", self.monthly[Use::Agent as usize]);
        if self.daily[Use::Cli as usize] > 0 {
            json.number("daily_active_cli_users", self.daily[Use::Cli as usize]);
        }
        if measures_app(date) {
            json.number("daily_active_copilot_app_users", self.daily[Use::App as usize]);
        }
    }

    fn write_phases(&self, json: &mut Json, pulls: &Pulls) {
        let all = self.tally.phases.iter().map(|(people, _)| u64::from(*people)).sum();
        json.list("totals_by_ai_adoption_phase", |json| {
            for (phase, (people, counts)) in self.tally.phases.iter().enumerate().filter(|(_, (people, _))| *people > 0)
            {
                let people = u64::from(*people);
                json.object(|json| {
                    json.text("phase", PHASES[phase]);
                    json.number("phase_number", phase as u64);
                    json.number("total_engaged_users", people);
                    json.ratio("avg_user_initiated_interactions", counts.interactions.into(), people);
                    json.ratio("avg_code_generation_activities", counts.generated.into(), people);
                    json.ratio("avg_code_acceptance_activities", counts.accepted.into(), people);
                    json.ratio("avg_loc_added", counts.added.into(), people);
                    json.ratio("avg_loc_deleted", counts.deleted.into(), people);
                    // Pull requests have no phase, so every phase gets the common share.
                    json.ratio("avg_pull_requests_created", pulls.created(), all);
                    json.ratio("avg_pull_requests_reviewed", pulls.reviewed(), all);
                    json.ratio("avg_pull_requests_merged", pulls.merged(), all);
                    json.number("total_pull_requests_merged", pulls.merged() * people / all);
                    if let Some(median) = pulls.median_to_merge() {
                        json.ratio("avg_pull_requests_median_minutes_to_merge", median, 100);
                    }
                });
            }
        });
    }
}
