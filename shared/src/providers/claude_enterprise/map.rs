//! Maps the analytics pages to rows.
//!
//! Tokens and amounts cover all Claude products; the product is the surface of the tokens and the line item of the
//! amount. Activity covers Claude Code only, except for chat messages.

use crate::error::ProviderError;
use crate::providers::Report;
use crate::providers::claude::{CacheCreation, UsersPage as MembersPage, day_of, users};
use crate::providers::pages::{ListingPage, Reading, Rows};
use crate::providers::tally::{Bill, Tally, Tokens, Who, plus};
use crate::words::{Account, Day, Level};

use super::reports::{COST, MEMBERS, USAGE, USERS};
use super::wire::{Actor, Cost, CostPage, KNOWN_BUT_UNREAD, Usage, UsagePage, UserDay, UsersPage};

/// The sums of a batch.
#[derive(Default)]
pub(super) struct ClaudeEnterpriseReader(Tally);

impl Reading for ClaudeEnterpriseReader {
    const KNOWN: &'static [&'static str] = KNOWN_BUT_UNREAD;

    fn page(&mut self, report: &Report, page: &ListingPage<'_>) -> Result<u64, ProviderError> {
        let Self(tally) = self;
        tally.cover(report);
        Ok(match report {
            report if USERS.is(report) => {
                people(report.days.from(), page.list("data", page.read::<UsersPage<'_>>()?.data)?, tally)
            }
            report if USAGE.is(report) => usage(page.list("data", page.read::<UsagePage<'_>>()?.data)?, tally),
            report if COST.is(report) => cost(page.list("data", page.read::<CostPage<'_>>()?.data)?, tally),
            report if MEMBERS.is(report) => {
                users(report, page.list("data", page.read::<MembersPage<'_>>()?.data)?, tally)
            }
            _ => 0,
        })
    }

    fn rows(&mut self, account: &Account, to: &mut dyn Rows) {
        self.0.rows(account, to);
    }
}

/// By e-mail, as at other providers; by ID if the organization hides addresses.
fn person(day: Day, email: Option<&str>, id: Option<&str>, name: Option<&str>, tally: &mut Tally) -> Who {
    let who = match email.filter(|email| !email.is_empty()) {
        Some(email) => Who::by_email(Some(email)),
        None => Who::new(Level::User, id.unwrap_or_default()),
    };
    tally.named(day, &who, name, email);
    who
}

fn people(day: Day, people: Vec<UserDay<'_>>, tally: &mut Tally) -> u64 {
    for row in &people {
        let Some(user) = &row.user else { continue };
        let who = person(day, user.email_address.as_deref(), user.id.as_deref(), None, tally);
        let of_day = tally.day(day);
        let activity = of_day.activity(&who);
        let Some(metrics) = &row.claude_code_metrics else { continue };
        if let Some(core) = &metrics.core_metrics {
            let lines = core.lines_of_code.as_ref();
            activity.sessions = core.distinct_session_count;
            activity.lines_added = lines.and_then(|lines| lines.added_count);
            activity.lines_deleted = lines.and_then(|lines| lines.removed_count);
            activity.ai_lines_added = activity.lines_added;
            activity.commits = core.commit_count;
            activity.pull_requests = core.pull_request_count;
        }
        let tools = metrics.tool_actions.0.iter().filter_map(|(name, action)| Some((name, action.as_ref()?)));
        for (_, action) in tools.clone() {
            activity.edits_accepted = plus(activity.edits_accepted, action.accepted_count);
            activity.edits_rejected = plus(activity.edits_rejected, action.rejected_count);
        }
        for (name, action) in tools {
            of_day.split(&who, "tool", name, |counts| {
                counts.generations = plus(counts.generations, plus(action.accepted_count, action.rejected_count));
                counts.acceptances = plus(counts.acceptances, action.accepted_count);
            });
        }
        if let Some(chat) = row.chat_metrics.as_ref().filter(|chat| chat.message_count.unwrap_or(0) > 0) {
            of_day.split(&who, "feature", "chat", |counts| {
                counts.interactions = plus(counts.interactions, chat.message_count);
            });
        }
    }
    people.len() as u64
}

fn actor(day: Day, actor: Option<&Actor<'_>>, tally: &mut Tally) -> Who {
    let Some(actor) = actor else { return Who::by_email(None) };
    person(day, actor.email.as_deref(), actor.user_id.as_deref(), actor.name.as_deref(), tally)
}

fn usage(rows: Vec<Usage<'_>>, tally: &mut Tally) -> u64 {
    for row in &rows {
        let Some(day) = day_of(row.starting_at.as_deref()) else { continue };
        let who = actor(day, row.actor.as_ref(), tally);
        let tokens = Tokens {
            requests: row.requests,
            uncached: row.uncached_input_tokens,
            cache_read: row.cache_read_input_tokens,
            cache_write: CacheCreation::tokens(row.cache_creation.as_ref()),
            out: row.output_tokens,
        };
        let (model, product) = (row.model.as_deref(), row.product.as_deref());
        tally.day(day).tokens(&who, model.unwrap_or("unknown"), product.unwrap_or("unknown"), &tokens);
    }
    rows.len() as u64
}

fn cost(rows: Vec<Cost<'_>>, tally: &mut Tally) -> u64 {
    for row in &rows {
        let Some(day) = day_of(row.starting_at.as_deref()) else { continue };
        let who = actor(day, row.actor.as_ref(), tally);
        let text = |text: Option<&str>| text.map(str::to_owned);
        let bill =
            Bill { model: text(row.model.as_deref()), line_item: text(row.product.as_deref()), ..Bill::on("billed") };
        let bill = bill.in_currency(row.currency.as_deref());
        let of_day = tally.day(day);
        of_day.amount(&who, &bill, row.amount);
        of_day.amount(&who, &Bill { basis: "list", ..bill }, row.list_amount);
    }
    rows.len() as u64
}
