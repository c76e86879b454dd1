//! The state of a running sandbox: its clock, its settings, the accounts, and the received requests.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{Duration, NaiveDate};
use tokio::sync::watch;

use super::cache::Cache;
use super::clock::Clock;
use super::people::{Account, Kind};
use super::words::Slug;
use super::{Options, ReceivedRequest};

pub(crate) struct SandboxState {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) cache: Cache,
    /// Never changes; closes when the sandbox is dropped.
    pub(crate) stopped: watch::Receiver<()>,
    first_day: NaiveDate,
    seen: Mutex<Vec<ReceivedRequest>>,
    calls: Mutex<HashMap<String, u32>>,
    accounts: Mutex<BTreeMap<(Kind, Slug), Arc<Account>>>,
}

impl SandboxState {
    pub(crate) fn new(options: Options, stopped: watch::Receiver<()>) -> SandboxState {
        SandboxState {
            clock: Clock::new(options.now, options.follow),
            cache: Cache::default(),
            stopped,
            first_day: options.now.date_naive() - Duration::days(options.days as i64),
            seen: Mutex::default(),
            calls: Mutex::default(),
            accounts: Mutex::default(),
            options,
        }
    }

    pub(crate) fn seen(&self) -> Vec<ReceivedRequest> {
        held(&self.seen).clone()
    }

    pub(crate) fn note(&self, request: ReceivedRequest) {
        held(&self.seen).push(request);
    }

    /// Counts a call, and returns its number: 1 for the first.
    pub(crate) fn count(&self, target: &str) -> u32 {
        let mut calls = held(&self.calls);
        let calls = calls.entry(target.to_owned()).or_default();
        *calls += 1;
        *calls
    }

    /// The organization or enterprise of a slug; always the same one.
    pub(crate) fn account(&self, kind: Kind, slug: &Slug) -> Arc<Account> {
        let mut accounts = held(&self.accounts);
        let account = accounts
            .entry((kind, slug.clone()))
            .or_insert_with(|| Arc::new(Account::seeded(kind, slug.clone(), &self.options, self.first_day)));
        account.clone()
    }

    /// The organization or enterprise of a number. Only accounts that were requested by name are known.
    pub(crate) fn by_id(&self, id: u64) -> Option<Arc<Account>> {
        held(&self.accounts).values().find(|account| account.id == id).cloned()
    }

    /// The names of all organizations and enterprises that were requested so far.
    pub(crate) fn requested_accounts(&self) -> Vec<(Kind, Slug)> {
        held(&self.accounts).keys().cloned().collect()
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
