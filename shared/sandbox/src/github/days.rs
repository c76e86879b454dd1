//! One person's day with Copilot: whether the person worked, the surfaces they used, and the results.

use chrono::NaiveDate;

use super::super::calendar::{date, is_weekend, number};
use super::super::dice::{Dice, mix};
use super::super::people::{Account, Habit, Person};
use super::tally::{Cell, Counts, Feature, MODELS, Sessions, TENTHS_OF_CREDIT, Tally};

/// The surfaces that a person used on a day, as a set. Few dice decide it, so that the distinct people of trailing
/// windows can be counted without generating every day completely.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Uses(u16);

/// The surfaces, each a bit of [`Uses`].
#[derive(Clone, Copy)]
pub(crate) enum Use {
    /// Any activity: the person has a record on that day.
    Active,
    /// The record has figures; otherwise only servers noticed the person.
    Measured,
    Chat,
    Agent,
    Cli,
    App,
    CloudAgent,
    ReviewActive,
    ReviewPassive,
    VscodeAgent,
}

pub(crate) const USES: usize = Use::VscodeAgent as usize + 1;

impl Uses {
    pub(crate) fn has(self, touched: Use) -> bool {
        self.0 & (1 << touched as u16) != 0
    }

    /// The surfaces as positions, for counting.
    pub(crate) fn positions(self) -> impl Iterator<Item = usize> {
        (0..USES).filter(move |at| self.0 & (1 << at) != 0)
    }

    fn set(&mut self, touched: Use, does: bool) {
        self.0 |= u16::from(does) << touched as u16;
    }
}

/// GitHub's reports grew during 2026: before its day, nothing is measured.
pub(crate) fn measures_credits(day: NaiveDate) -> bool {
    day >= date(2026, 6, 19)
}

pub(crate) fn measures_app(day: NaiveDate) -> bool {
    day >= date(2026, 7, 17)
}

pub(crate) fn measures_agents(day: NaiveDate) -> bool {
    day >= date(2026, 8, 7)
}

pub(crate) fn measures_vscode_agent(day: NaiveDate) -> bool {
    day >= date(2026, 9, 11)
}

pub(crate) fn measures_customs(day: NaiveDate) -> bool {
    day >= date(2026, 9, 17)
}

/// The surfaces that a person used on that day; empty without a record.
pub(crate) fn uses(account: &Account, person: &Person, day: NaiveDate) -> Uses {
    let mut uses = Uses::default();
    let bench = account.slug.says("bench");
    let mut dice = Dice::about(person.id, number(day));
    if !bench && !dice.chance(chance_of_work(account, person, day)) {
        return uses;
    }
    let phase = usize::from(person.phase);
    uses.set(Use::Active, true);
    // About a quarter of real records have no figures. The bench uses records with figures.
    uses.set(Use::Measured, bench || !dice.chance(250));
    uses.set(Use::Chat, dice.chance(if person.habit == Habit::Occasional { 400 } else { 800 }));
    uses.set(Use::Agent, dice.chance([100, 450, 600, 800][phase]));
    uses.set(Use::CloudAgent, dice.chance([0, 0, 150, 350][phase]));
    uses.set(Use::ReviewActive, dice.chance([10, 30, 150, 250][phase]));
    // A person who asks for a review is not also counted as having received one.
    uses.set(Use::ReviewPassive, dice.chance(200) && !uses.has(Use::ReviewActive));
    if uses.has(Use::Measured) {
        uses.set(Use::Cli, dice.chance([20, 60, 300, 550][phase]));
        uses.set(Use::App, measures_app(day) && dice.chance([0, 0, 20, 200][phase]));
        uses.set(
            Use::VscodeAgent,
            measures_vscode_agent(day) && editor(person) == 0 && dice.chance([0, 20, 150, 300][phase]),
        );
    }
    uses
}

/// Whether a person is missing from a report that lacks `per_mille` people.
pub(crate) fn is_missing(person: &Person, day: NaiveDate, per_mille: u64) -> bool {
    per_mille > 0 && mix(person.id ^ mix(number(day) ^ 0x0515)) % 1000 < per_mille
}

/// Weekdays by habit, weekends at a seventh of that, growing by a quarter over the history.
fn chance_of_work(account: &Account, person: &Person, day: NaiveDate) -> u64 {
    if !person.is_seated(day) {
        return 0;
    }
    let usual = match person.habit {
        Habit::Heavy => 930,
        Habit::Normal => 700,
        Habit::Occasional => 250,
        Habit::Idle => return 0,
    };
    let weekday = if is_weekend(day) { usual * 15 / 100 } else { usual };
    let age_days = (day - account.first_day).num_days().clamp(0, 90) as u64;
    weekday * (360 + age_days) / 450
}

pub(crate) fn editor(person: &Person) -> usize {
    match person.tastes.editor {
        0..58 => 0,
        58..78 => 1,
        78..88 => 2,
        88..94 => 3,
        _ => 4,
    }
}

/// A person's languages: one main language, two others, and occasionally an unknown one.
fn language(person: &Person, dice: &mut Dice) -> usize {
    let taste = person.tastes.language;
    match dice.below(100) {
        0..55 => (taste % 8) as usize,
        55..75 => (taste / 8 % 8) as usize,
        75..90 => 8 + (taste / 64 % 2) as usize,
        90..97 => 10,
        _ => 11,
    }
}

fn model(person: &Person, dice: &mut Dice) -> usize {
    if dice.chance(700) { (person.tastes.model % MODELS.len() as u64) as usize } else { dice.skewed(MODELS.len()) }
}

/// Generates the whole day and adds it to `tally`.
pub(crate) fn work(account: &Account, person: &Person, day: NaiveDate, uses: Uses, tally: &mut Tally) {
    // Different dice than those of `uses`, so that the results do not correlate.
    let mut dice = Dice::about(person.id, number(day) | 1 << 40);
    if !uses.has(Use::Measured) {
        // Servers meter their own work, even for people whose editor sends no telemetry.
        if measures_credits(day) && dice.chance(600) {
            tally.credits[model(person, &mut dice)] += dice.between(5, 250);
        }
        return;
    }
    let mut shift = Shift { person, editor: Some(editor(person)), metered: measures_credits(day), dice, tally };
    let vigour = if person.habit == Habit::Heavy { 3 } else { 1 + u64::from(person.habit == Habit::Normal) };
    // The bench's records all have the average size of large organizations.
    let vigour = if account.slug.says("bench") { 1 } else { vigour };
    shift.completions(vigour);
    if uses.has(Use::Chat) {
        shift.chat(Feature::ChatAsk, 4 * vigour);
        for (feature, per_mille) in [(Feature::ChatInline, 180), (Feature::ChatEdit, 80), (Feature::ChatPlan, 40)] {
            if shift.dice.chance(per_mille) {
                shift.chat(feature, 2 * vigour);
            }
        }
    }
    if uses.has(Use::Agent) {
        shift.agent(vigour);
    }
    shift.editor = None;
    if uses.has(Use::Cli) {
        shift.cli(vigour, measures_customs(day));
    }
    if uses.has(Use::App) {
        shift.app();
    }
    if uses.has(Use::VscodeAgent) {
        shift.tally.vscode_agent.0 += shift.dice.between(1, 3) as u32;
        shift.tally.vscode_agent.1 += shift.dice.between(3, 20) as u32;
    }
    if uses.has(Use::CloudAgent) && measures_agents(day) && shift.dice.chance(400) {
        let (jobs, sessions) = &mut shift.tally.agents[shift.dice.skewed(2)];
        *jobs += shift.dice.between(1, 4) as u32;
        *sessions += 1;
    }
}

/// A working day being generated.
struct Shift<'a> {
    person: &'a Person,
    editor: Option<usize>,
    metered: bool,
    dice: Dice,
    tally: &'a mut Tally,
}

impl Shift<'_> {
    /// Many small suggestions, of which 20 to 40 percent are accepted.
    fn completions(&mut self, vigour: u64) {
        for _ in 0..self.dice.between(1, vigour + 1) {
            let generated = self.dice.between(5, 35) * vigour;
            let accepted = generated * self.dice.between(20, 38) / 100;
            let counts = Counts {
                generated: generated as u32,
                accepted: accepted as u32,
                suggested_to_add: (generated * self.dice.between(12, 30) / 10) as u32,
                added: (accepted * self.dice.between(10, 22) / 10) as u32,
                ..Counts::default()
            };
            self.add(Feature::CodeCompletion, None, counts);
        }
    }

    /// Questions and answers; some answers contain code, and some of that is applied.
    fn chat(&mut self, feature: Feature, most: u64) {
        let interactions = self.dice.between(1, most);
        let generated = interactions + self.dice.below(interactions + 1);
        let accepted = self.dice.below(generated / 2 + 1);
        let counts = Counts {
            interactions: interactions as u32,
            generated: generated as u32,
            accepted: accepted as u32,
            suggested_to_add: (generated * self.dice.between(3, 14)) as u32,
            suggested_to_delete: (generated * self.dice.below(3)) as u32,
            added: (accepted * self.dice.between(2, 9)) as u32,
            deleted: self.dice.below(accepted + 1) as u32,
        };
        let model = model(self.person, &mut self.dice);
        self.add(feature, Some(model), counts);
    }

    /// An agent is prompted in one mode and writes in another; its edits were never suggestions that a person could
    /// accept.
    fn agent(&mut self, vigour: u64) {
        let model = model(self.person, &mut self.dice);
        let interactions = self.dice.between(1, 5 * vigour);
        let prompts = Counts {
            interactions: interactions as u32,
            generated: (interactions + self.dice.below(4)) as u32,
            ..Counts::default()
        };
        self.add(Feature::ChatAgent, Some(model), prompts);
        let edits = interactions * self.dice.between(2, 6);
        let counts = Counts {
            generated: edits as u32,
            added: (edits * self.dice.between(4, 25)) as u32,
            deleted: (edits * self.dice.between(1, 9)) as u32,
            ..Counts::default()
        };
        self.add(Feature::AgentEdit, Some(model), counts);
    }

    fn cli(&mut self, vigour: u64, with_customs: bool) {
        let prompts = self.dice.between(1, 4 * vigour);
        let sessions = self.sessions(prompts);
        add_sessions(&mut self.tally.cli, sessions);
        let counts = Counts {
            interactions: prompts as u32,
            generated: (prompts * 2) as u32,
            added: (prompts * self.dice.between(5, 40)) as u32,
            deleted: (prompts * self.dice.below(15)) as u32,
            ..Counts::default()
        };
        let model = model(self.person, &mut self.dice);
        self.add(Feature::Cli, Some(model), counts);
        for custom in self.tally.customs.iter_mut().filter(|_| with_customs) {
            if self.dice.chance(350) {
                custom[self.dice.skewed(2)] += self.dice.between(1, 8) as u32;
            }
        }
    }

    fn app(&mut self) {
        let prompts = self.dice.between(1, 6);
        let sessions = self.sessions(prompts);
        add_sessions(&mut self.tally.app, sessions);
        let counts = Counts {
            interactions: prompts as u32,
            generated: (prompts * 2) as u32,
            accepted: prompts as u32,
            suggested_to_add: (prompts * 24) as u32,
            suggested_to_delete: (prompts * 6) as u32,
            added: (prompts * 24) as u32,
            deleted: (prompts * 6) as u32,
        };
        let model = model(self.person, &mut self.dice);
        self.add(Feature::App, Some(model), counts);
    }

    fn sessions(&mut self, prompts: u64) -> Sessions {
        let requests = prompts * self.dice.between(1, 5);
        Sessions {
            sessions: self.dice.between(1, prompts) as u32,
            requests: requests as u32,
            prompts: prompts as u32,
            tokens_out: requests * self.dice.between(300, 2_500),
            tokens_in: requests * self.dice.between(2_000, 30_000),
        }
    }

    fn add(&mut self, feature: Feature, model: Option<usize>, counts: Counts) {
        if let (Some(model), true) = (model, self.metered) {
            self.tally.credits[model] += u64::from(counts.interactions) * TENTHS_OF_CREDIT[model];
        }
        let language = language(self.person, &mut self.dice);
        self.tally.add(Cell { editor: self.editor, feature, language, model, counts });
    }
}

fn add_sessions(sum: &mut Sessions, part: Sessions) {
    sum.sessions += part.sessions;
    sum.requests += part.requests;
    sum.prompts += part.prompts;
    sum.tokens_out += part.tokens_out;
    sum.tokens_in += part.tokens_in;
}
