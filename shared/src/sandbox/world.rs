//! What one running sandbox knows: its clock, its settings, who was asked about, and what was asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{Duration, NaiveDate};
use tokio::sync::watch;

use super::cache::Cache;
use super::clock::Clock;
use super::people::{Account, Kind};
use super::words::Slug;
use super::{Options, Seen};

pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) cache: Cache,
    /// Changes never; ends when the sandbox does.
    pub(crate) stopped: watch::Receiver<()>,
    first_day: NaiveDate,
    seen: Mutex<Vec<Seen>>,
    calls: Mutex<HashMap<String, u32>>,
    accounts: Mutex<BTreeMap<(Kind, Slug), Arc<Account>>>,
}

impl World {
    pub(crate) fn new(options: Options, stopped: watch::Receiver<()>) -> World {
        World {
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

    pub(crate) fn seen(&self) -> Vec<Seen> {
        held(&self.seen).clone()
    }

    pub(crate) fn note(&self, request: Seen) {
        held(&self.seen).push(request);
    }

    /// Counts a call, and says which one it is: 1 for the first.
    pub(crate) fn count(&self, target: &str) -> u32 {
        let mut calls = held(&self.calls);
        let calls = calls.entry(target.to_owned()).or_default();
        *calls += 1;
        *calls
    }

    /// The organization or enterprise behind a slug, the same one every time.
    pub(crate) fn account(&self, kind: Kind, slug: &Slug) -> Arc<Account> {
        let mut accounts = held(&self.accounts);
        let account = accounts
            .entry((kind, slug.clone()))
            .or_insert_with(|| Arc::new(Account::seeded(kind, slug.clone(), &self.options, self.first_day)));
        account.clone()
    }

    /// The organization or enterprise behind a number. Only one that was asked for by name has given its number away.
    pub(crate) fn by_id(&self, id: u64) -> Option<Arc<Account>> {
        held(&self.accounts).values().find(|account| account.id == id).cloned()
    }

    /// The name of every organization and enterprise that was asked about so far.
    pub(crate) fn asked_about(&self) -> Vec<(Kind, Slug)> {
        held(&self.accounts).keys().cloned().collect()
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
