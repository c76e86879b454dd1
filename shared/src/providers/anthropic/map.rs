//! Maps the Admin API's pages to rows.
//!
//! Claude Code's own report names people and keys, and its amounts are estimates; the messages report and the bill
//! name workspaces and keys. Claude Code's tokens are a part of the messages' tokens, so they are stored below the
//! account: only the messages report covers the whole account.

use crate::error::ProviderError;
use crate::providers::Report;
use crate::providers::claude::{CacheCreation, UsersPage, day_of, users};
use crate::providers::fields::{Cents, Id};
use crate::providers::pages::{ListingPage, Reading, Rows};
use crate::providers::tally::{Bill, OfDay, Tally, Tokens, Who, plus};
use crate::words::{Account, Day, Level};

use super::reports::{ANALYTICS_COST, ANALYTICS_USAGE, CLAUDE_CODE, COST, MESSAGES};
use super::wire::{
    Actor, AnalyticsActor, AnalyticsCost, AnalyticsCostPage, AnalyticsUsage, AnalyticsUsagePage, ClaudeCodePage,
    ClaudeCodeRow, CostBucket, CostPage, KNOWN_BUT_UNREAD, MessagesBucket, MessagesPage, MessagesResult, ModelShare,
};

/// The workspace without an ID.
const DEFAULT_WORKSPACE: &str = "default";
const CLAUDE_CODE_SURFACE: &str = "claude_code";
const API: &str = "api";

/// The sums of a batch.
#[derive(Default)]
pub(super) struct AnthropicReader(Tally);

impl Reading for AnthropicReader {
    const KNOWN: &'static [&'static str] = KNOWN_BUT_UNREAD;

    fn page(&mut self, report: &Report, page: &ListingPage<'_>) -> Result<u64, ProviderError> {
        let Self(tally) = self;
        tally.cover(report);
        Ok(match report {
            report if CLAUDE_CODE.is(report) => {
                claude_code(page.list("data", page.read::<ClaudeCodePage<'_>>()?.data)?, tally)
            }
            report if MESSAGES.is(report) => messages(page.list("data", page.read::<MessagesPage<'_>>()?.data)?, tally),
            report if COST.is(report) => cost(page.list("data", page.read::<CostPage<'_>>()?.data)?, tally),
            report if ANALYTICS_USAGE.is(report) => {
                analytics_usage(page.list("data", page.read::<AnalyticsUsagePage<'_>>()?.data)?, tally)
            }
            report if ANALYTICS_COST.is(report) => {
                analytics_cost(page.list("data", page.read::<AnalyticsCostPage<'_>>()?.data)?, tally)
            }
            _ => users(report, page.list("data", page.read::<UsersPage<'_>>()?.data)?, tally),
        })
    }

    fn rows(&mut self, account: &Account, to: &mut dyn Rows) {
        self.0.rows(account, to);
    }
}

/// An actor may have one row per terminal; they are added up.
fn claude_code(rows: Vec<ClaudeCodeRow<'_>>, tally: &mut Tally) -> u64 {
    for row in &rows {
        let (Some(day), Some(actor)) = (day_of(row.date.as_deref()), &row.actor) else { continue };
        let who = actor_of(actor);
        tally.named(day, &who, actor.api_key_name.as_deref(), actor.email_address.as_deref());
        actor_day(day, row, &who, tally);
    }
    rows.len() as u64
}

fn actor_of(actor: &Actor<'_>) -> Who {
    match (&actor.email_address, &actor.api_key_name) {
        (None, Some(name)) => Who::new(Level::ApiKey, &**name),
        (email, _) => Who::by_email(email.as_deref()),
    }
}

fn actor_day(day: Day, row: &ClaudeCodeRow<'_>, who: &Who, tally: &mut Tally) {
    let of_day = tally.day(day);
    let activity = of_day.activity(who);
    let sessions = row.core_metrics.as_ref().and_then(|metrics| metrics.num_sessions);
    if let Some(metrics) = &row.core_metrics {
        let lines = metrics.lines_of_code.as_ref();
        let added = lines.and_then(|lines| lines.added);
        activity.sessions = plus(activity.sessions, sessions);
        activity.lines_added = plus(activity.lines_added, added);
        activity.lines_deleted = plus(activity.lines_deleted, lines.and_then(|lines| lines.removed));
        activity.ai_lines_added = plus(activity.ai_lines_added, added);
        activity.commits = plus(activity.commits, metrics.commits_by_claude_code);
        activity.pull_requests = plus(activity.pull_requests, metrics.pull_requests_by_claude_code);
    }
    let tools = row.tool_actions.0.iter().filter_map(|(name, action)| Some((name, action.as_ref()?)));
    for (_, action) in tools.clone() {
        activity.edits_accepted = plus(activity.edits_accepted, action.accepted);
        activity.edits_rejected = plus(activity.edits_rejected, action.rejected);
    }
    for (name, action) in tools {
        of_day.split(who, "tool", name, |counts| {
            counts.generations = plus(counts.generations, plus(action.accepted, action.rejected));
            counts.acceptances = plus(counts.acceptances, action.accepted);
        });
    }
    if let Some(terminal) = row.terminal_type.as_deref() {
        of_day.split(who, "client", terminal, |counts| counts.sessions = plus(counts.sessions, sessions));
    }
    for share in row.model_breakdown.iter().flatten() {
        model_share(share, who, of_day);
    }
}

fn model_share(share: &ModelShare<'_>, who: &Who, of_day: &mut OfDay) {
    let model = share.model.as_deref().unwrap_or("unknown");
    if let Some(tokens) = &share.tokens {
        let tokens = Tokens {
            requests: None,
            uncached: tokens.input,
            cache_read: tokens.cache_read,
            cache_write: tokens.cache_creation,
            out: tokens.output,
        };
        of_day.tokens_of(who, model, CLAUDE_CODE_SURFACE, &tokens);
    }
    let line_item = Some("Claude Code".to_owned());
    let bill = Bill { model: Some(model.to_owned()), line_item, ..Bill::on("estimated") };
    let cost = share.estimated_cost.as_ref();
    let bill = bill.in_currency(cost.and_then(|cost| cost.currency.as_deref()));
    of_day.amount(who, &bill, cost.map_or(Cents(None), |cost| cost.amount));
}

fn messages(buckets: Vec<MessagesBucket<'_>>, tally: &mut Tally) -> u64 {
    let mut records = 0;
    for bucket in &buckets {
        let Some(day) = day_of(bucket.starting_at.as_deref()) else { continue };
        for result in bucket.results.iter().flatten() {
            records += 1;
            messages_result(day, result, tally);
        }
    }
    records
}

/// Counted for the subject, or as unattributed; and additionally for the workspace.
fn messages_result(day: Day, result: &MessagesResult<'_>, tally: &mut Tally) {
    let tokens = Tokens {
        requests: None,
        uncached: result.uncached_input_tokens,
        cache_read: result.cache_read_input_tokens,
        cache_write: CacheCreation::tokens(result.cache_creation.as_ref()),
        out: result.output_tokens,
    };
    let who = match (&result.service_account_id, &result.account_id, &result.api_key_id) {
        (Some(id), ..) => Who::new(Level::ServiceAccount, &**id),
        (None, Some(id), _) => Who::new(Level::User, &**id),
        (None, None, id) => Who::new(Level::ApiKey, id.as_deref().unwrap_or_default()),
    };
    let model = result.model.as_deref().unwrap_or("unknown");
    let workspace = workspace(result.workspace_id.as_deref(), tally);
    let of_day = tally.day(day);
    of_day.tokens(&who, model, API, &tokens);
    of_day.tokens_of(&workspace, model, API, &tokens);
}

fn workspace(id: Option<&str>, tally: &mut Tally) -> Who {
    let who = Who::new(Level::Team, id.unwrap_or(DEFAULT_WORKSPACE));
    if id.is_none() {
        tally.named_throughout(&who, "Default workspace");
    }
    who
}

/// The bill, which names no people.
fn cost(buckets: Vec<CostBucket<'_>>, tally: &mut Tally) -> u64 {
    let mut records = 0;
    for bucket in &buckets {
        let Some(day) = day_of(bucket.starting_at.as_deref()) else { continue };
        for result in bucket.results.iter().flatten() {
            records += 1;
            let text = |text: &Option<Id<'_>>| text.as_deref().map(str::to_owned);
            let bill = Bill {
                model: text(&result.model),
                line_item: text(&result.description),
                project: Some(result.workspace_id.as_deref().unwrap_or(DEFAULT_WORKSPACE).to_owned()),
                ..Bill::on("billed")
            };
            let bill = bill.in_currency(result.currency.as_deref());
            tally.day(day).amount(&Who::by_email(None), &bill, result.amount);
        }
    }
    records
}

fn analytics_actor(day: Day, actor: Option<&AnalyticsActor<'_>>, tally: &mut Tally) -> Who {
    let Some(actor) = actor else { return Who::by_email(None) };
    let who = match (&actor.email, &actor.service_account_id, &actor.api_key_id, &actor.user_id) {
        (Some(email), ..) => Who::by_email(Some(email)),
        (None, Some(id), ..) => Who::new(Level::ServiceAccount, &**id),
        (None, None, Some(id), _) => Who::new(Level::ApiKey, &**id),
        (None, None, None, id) => Who::new(Level::User, id.as_deref().unwrap_or_default()),
    };
    tally.named(day, &who, actor.name.as_deref().or(actor.api_key_name.as_deref()), actor.email.as_deref());
    who
}

fn analytics_usage(rows: Vec<AnalyticsUsage<'_>>, tally: &mut Tally) -> u64 {
    for row in &rows {
        let (Some(day), Some(usage)) = (day_of(row.starting_at.as_deref()), &row.usage) else { continue };
        let group = row.group.as_ref();
        let who = analytics_actor(day, group.and_then(|group| group.actor.as_ref()), tally);
        let model = group.and_then(|group| group.model.as_deref()).unwrap_or("unknown");
        let surface = group.and_then(|group| group.product.as_deref()).unwrap_or(API);
        let tokens = Tokens {
            requests: usage.requests,
            uncached: usage.uncached_input_tokens,
            cache_read: usage.cache_read_input_tokens,
            cache_write: CacheCreation::tokens(usage.cache_creation.as_ref()),
            out: usage.output_tokens,
        };
        tally.day(day).tokens(&who, model, surface, &tokens);
    }
    rows.len() as u64
}

fn analytics_cost(rows: Vec<AnalyticsCost<'_>>, tally: &mut Tally) -> u64 {
    for row in &rows {
        let Some(day) = day_of(row.starting_at.as_deref()) else { continue };
        let [amount, list_amount] = row.cost.as_ref().map_or([Cents(None); 2], |cost| [cost.amount, cost.list_amount]);
        let group = row.group.as_ref();
        let who = analytics_actor(day, group.and_then(|group| group.actor.as_ref()), tally);
        let text = |text: Option<&str>| text.map(str::to_owned);
        let model = text(group.and_then(|group| group.model.as_deref()));
        let line_item = text(group.and_then(|group| group.product.as_deref()));
        let of_day = tally.day(day);
        let currency = row.cost.as_ref().and_then(|cost| cost.currency.as_deref());
        let bill = Bill { model, line_item, ..Bill::on("billed") }.in_currency(currency);
        of_day.amount(&who, &bill, amount);
        of_day.amount(&who, &Bill { basis: "list", ..bill }, list_amount);
    }
    rows.len() as u64
}
