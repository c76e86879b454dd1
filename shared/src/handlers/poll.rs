//! Polls one connector: asks the ledger what is missing, fetches it, archives it, replaces segments, marks the ledger.

mod carry_over;
mod changes;
mod collect;
mod custody;
mod days;
mod judge;
mod ledger;
mod plan;
mod replay;
mod run;

pub use carry_over::carry_over;
pub(super) use carry_over::keep_known;
pub(super) use collect::{Feed, map_in_background};
pub(super) use judge::{Answered, Decision, decide};
use ledger::LedgerView;
use plan::{Known, Wanted};
pub(super) use replay::replay;
use run::Run;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::error::{Error, ProviderError, Recourse, StoreError};
use crate::http::{Deprecation, Http, Requester};
use crate::identities::keep_directory;
use crate::ports::{Archive, ConnectorStore, Events, Identities, NoticeStore, PollQueue, SecretStore, SegmentStore};
use crate::providers::{Call, History};
use crate::words::{
    Connector, ConnectorState, ConnectorStateChanged, Credential, Dataset, Day, Event, LastPoll, Notice, NoticeKind,
    PollFinished, PollJob, PollOutcome, TokenFacts, complete_through,
};

/// Of many parts that were left out, as many are kept with the connector.
const MOST_LEFT_OUT: usize = 20;
/// Of one report about many days. All its days are built at once, so a larger account is asked for day by day: memory
/// stays what one day takes (2,000 people over 28 days are 220 MB and fit).
pub const MOST_BULK_BYTES: u64 = 256 << 20;

#[derive(Clone)]
pub struct Poll {
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub identities: Arc<dyn Identities>,
    pub archive: Arc<dyn Archive>,
    pub queue: Arc<dyn PollQueue>,
    pub notices: Arc<dyn NoticeStore>,
    pub events: Arc<dyn Events>,
    pub clock: Arc<dyn Clock>,
    pub http: Http,
    /// A poll stops cleanly and asks for its own continuation after this long; reports of many days that take half of it
    /// are given up for reports of one.
    pub run_for: chrono::Duration,
    /// [`MOST_BULK_BYTES`].
    pub most_bulk_bytes: u64,
}

/// Hears how a poll goes on; for progress bars.
pub trait Progress: Send + Sync {
    fn planned(&self, _days: usize) {}
    fn asking(&self, _report: &str, _day: Day) {}
    fn bytes(&self, _count: u64) {}
    fn done(&self, _days: usize) {}
}

/// Ignores the progress.
impl Progress for () {}

/// What one poll is about.
#[derive(Clone, Copy)]
struct Task<'a> {
    job: &'a PollJob,
    started: DateTime<Utc>,
    progress: &'a dyn Progress,
}

/// What a poll did.
#[derive(Debug)]
pub struct Polled {
    pub outcome: PollOutcome,
    /// The failure that decides, if there was one.
    pub failure: Option<Error>,
    /// Segments whose rows changed, by dataset.
    pub stored: BTreeMap<Dataset, u64>,
    pub rows: u64,
    pub records: u64,
    pub bytes: u64,
    pub days: usize,
    /// Days without a report yet.
    pub pending: BTreeSet<Day>,
    /// Optional reports, and parts of them, that the days are stored without, and why.
    pub left_out: BTreeSet<String>,
    /// Something of `left_out` should have been there.
    pub has_gaps: bool,
    /// The connector was removed during the poll.
    pub is_removed: bool,
    pub unknown_fields: BTreeMap<String, u64>,
    pub duplicates: u64,
    /// Amounts that came with more digits than are kept.
    pub rounded: u64,
    /// More history is left; a continuation was asked for.
    pub continues: bool,
    /// What the provider said of the credential, where it was the one that counts.
    pub token: Option<TokenFacts>,
    /// Addresses that the provider will switch off.
    pub endings: Vec<Deprecation>,
}

impl Polled {
    fn new() -> Self {
        Self {
            outcome: PollOutcome::Ok,
            failure: None,
            stored: BTreeMap::new(),
            rows: 0,
            records: 0,
            bytes: 0,
            days: 0,
            pending: BTreeSet::new(),
            left_out: BTreeSet::new(),
            has_gaps: false,
            is_removed: false,
            unknown_fields: BTreeMap::new(),
            duplicates: 0,
            rounded: 0,
            continues: false,
            token: None,
            endings: Vec::new(),
        }
    }

    /// Nothing stands in the way of asking for more: at most single reports were refused.
    fn is_answered(&self) -> bool {
        match &self.failure {
            None => true,
            Some(Error::Provider(ProviderError::Forbidden { .. } | ProviderError::Unexplained { .. })) => {
                self.outcome == PollOutcome::Partial
            }
            Some(_) => false,
        }
    }

    /// For a queue: a failure that the owner must fix is done once the owner has a notice. A failure that passes with time, or
    /// that we must fix, comes back.
    pub fn for_queue(self) -> Result<(), Error> {
        match self.failure {
            Some(error) if !matches!(error.recourse(), Recourse::Owner | Recourse::Nobody) => Err(error),
            _ => Ok(()),
        }
    }
}

impl Poll {
    /// An error means that not even the failure could be recorded; everything else is in [`Polled`].
    pub async fn run(&self, job: &PollJob, progress: &dyn Progress) -> Result<Polled, Error> {
        let started = self.clock.now();
        let mut connector = match self.connectors.get(&job.connector).await {
            Ok(connector) => connector,
            // Removed while the job waited.
            Err(StoreError::NotFound) => return Ok(Polled::new()),
            Err(error) => return Err(error.into()),
        };
        if connector.state == ConnectorState::Paused {
            return Ok(Polled::new());
        }
        let mut ledger = LedgerView::default();
        let polled = loop {
            // Every failure is recorded: a failed poll is never green.
            let polled = match self.attempt(Task { job, started, progress }, &connector, &mut ledger).await {
                Ok(polled) => polled,
                Err(error) => Polled { outcome: PollOutcome::Failed, failure: Some(error), ..Polled::new() },
            };
            match self.rotated_since(&connector, &polled).await? {
                // What was refused is not the credential that counts by now.
                Some(rotated) => connector = rotated,
                None => break polled,
            }
        };
        if !polled.is_removed {
            self.record(job, &connector, &polled, started, &mut ledger).await?;
        }
        Ok(polled)
    }

    async fn work(
        &self,
        task: Task<'_>,
        connector: &Connector,
        provider: &'static dyn History,
        credential: &Credential,
        ledger: &mut LedgerView,
    ) -> Result<Polled, Error> {
        let Task { job, started, progress } = task;
        let (today, about) = (started.date_naive(), provider.about());
        let floor = provider.floor(&connector.account, today);
        let expected = |day| provider.datasets(&connector.account, day, today);
        ledger.load(&*self.segments, &connector.id).await?;
        let known = Known::of(ledger.heads(), about, today, expected);
        let wanted = plan::wanted(job, &known, about, floor, today, expected);
        let asking = Requester::new(about.id, &connector.account, credential);
        let http = self.http.recording_deprecations().patient_for(self.run_for).sharing(about.limits, asking);
        let call = Call::new(&http, credential, &connector.account, connector.api_url.as_deref(), started);
        let mut run = Run::new(self, job, connector, provider, &call, today, ledger).watched_by(progress);
        progress.planned(wanted.len());
        run.polled.days = wanted.len();

        let left = run.in_bulk(wanted).await?;
        let is_new = |day: Day| (floor..today).contains(&day) && !known.has(day);
        run.day_by_day(left, is_new, expected).await?;
        run.history = run.ready;
        let is_continuation = job.backfill.is_some_and(|backfill| backfill.before.is_some());
        let is_about_the_past = job.days.is_some_and(|(_, last)| last < today - chrono::Duration::days(1));
        if !is_continuation && !is_about_the_past && !run.is_over() {
            let snapshot = Wanted::from([(today, BTreeSet::from(Dataset::ALL))]);
            for batch in provider.snapshots(&connector.account, today) {
                run.batch(&batch, &snapshot).await?;
            }
        }
        let token = if run.is_over() { None } else { provider.token_facts(&call).await };
        let polled = Polled { token, endings: http.deprecations(), ..run.finish() };
        if !polled.is_removed {
            keep_directory(&*self.identities, &*self.segments, connector, ledger.heads()).await?;
        }
        let is_daily = job.days.is_none() && job.backfill.is_none();
        if is_daily
            && polled.is_answered()
            && Known::of(ledger.heads(), about, today, expected).lacks_history(floor, today)
        {
            self.queue.send(&[PollJob::resumed(&connector.id, today).caused_by(&job.correlation_id)]).await?;
        }
        Ok(polled)
    }

    /// Marks the connector, and sends one notice.
    async fn record(
        &self,
        job: &PollJob,
        connector: &Connector,
        polled: &Polled,
        at: DateTime<Utc>,
        ledger: &mut LedgerView,
    ) -> Result<(), Error> {
        let failure = polled.failure.as_ref();
        let last_poll = LastPoll {
            at,
            outcome: polled.outcome,
            code: failure.map(|error| error.code().to_owned()),
            detail: failure.map(Error::public),
            left_out: polled.left_out.iter().take(MOST_LEFT_OUT).cloned().collect(),
        };
        let (state, detail) = match (polled.outcome, failure) {
            // A token that died half way is as dead as one that opened nothing.
            (_, Some(error @ Error::Provider(ProviderError::Denied { .. } | ProviderError::Closed { .. }))) => {
                (ConnectorState::OwnerMustAct, Some(error.public()))
            }
            (PollOutcome::Failed, Some(error)) if error.recourse() == Recourse::Owner => {
                (ConnectorState::OwnerMustAct, Some(error.public()))
            }
            // Nothing was asked about any day, so nothing is known to be well.
            (PollOutcome::Ok | PollOutcome::Partial, _) if polled.days == 0 => {
                (connector.state, connector.state_detail.clone())
            }
            // One right that is missing costs its dataset and leaves the rest at work.
            (PollOutcome::Partial, Some(error)) if error.recourse() == Recourse::Owner => {
                (ConnectorState::Active, Some(error.public()))
            }
            // Names are missing, and every number is there.
            (PollOutcome::Partial, None) => (ConnectorState::Active, None),
            (PollOutcome::Failed | PollOutcome::Partial, error) => (ConnectorState::Failing, error.map(Error::public)),
            (PollOutcome::Ok, error) => (ConnectorState::Active, error.map(Error::public)),
        };
        ledger.load(&*self.segments, &connector.id).await?;
        let complete_through = complete_through(ledger.heads());
        let mut current = connector.clone();
        loop {
            let before = current.state;
            let kept_before = current.credential_history.previous_is_kept;
            current.last_poll = Some(last_poll.clone());
            current.freshness.complete_through = complete_through;
            self.keep_up(&mut current, connector, polled, state).await?;
            if current.state != ConnectorState::Paused {
                current.state = state;
                current.state_detail = detail.clone();
            }
            // Published before it is stored: a crash in between publishes it twice, and never loses it.
            if before != current.state {
                let changed = ConnectorStateChanged {
                    connector: connector.into(),
                    at,
                    before,
                    after: current.state,
                    detail: current.state_detail.clone(),
                    correlation_id: job.correlation_id.clone(),
                };
                self.events.publish(&[Event::ConnectorStateChanged(changed)]).await?;
            }
            match self.connectors.update(&current).await {
                Ok(_) => {
                    // Only now: had it been rotated meanwhile, the one before it would be the one that is proven.
                    if kept_before && !current.credential_history.previous_is_kept {
                        self.secrets.forget_previous(&connector.id).await?;
                    }
                    break;
                }
                // Somebody renamed or paused it meanwhile: theirs stays, ours goes on top.
                Err(StoreError::Conflict) => match self.connectors.get(&connector.id).await {
                    Ok(changed) => current = changed,
                    // Removed while it was polled.
                    Err(StoreError::NotFound) => return Ok(()),
                    Err(error) => return Err(error.into()),
                },
                Err(error) => return Err(error.into()),
            }
        }
        match (state, failure) {
            (ConnectorState::OwnerMustAct, Some(error)) => {
                let detail = format!("{}: {}", connector.name, error.public());
                let notice = Notice::new(&connector.id, NoticeKind::OwnerMustAct, error.code(), detail, at);
                if self.notices.open(&notice).await? {
                    tracing::warn!(connector = %connector.id, code = error.code(), "the owner must act");
                }
            }
            (ConnectorState::Active, _) => {
                self.notices.close(&connector.id, &[NoticeKind::OwnerMustAct]).await?;
                self.say_what_changes(connector, polled, ledger.heads(), at).await?;
            }
            _ => {}
        }
        let finished = PollFinished {
            connector: connector.into(),
            at,
            outcome: polled.outcome,
            code: last_poll.code,
            days: polled.days as u64,
            rows: polled.rows,
            pending: polled.pending.len() as u64,
            correlation_id: job.correlation_id.clone(),
        };
        self.events.publish(&[Event::PollFinished(finished)]).await?;
        tracing::info!(
            connector = %connector.id,
            outcome = ?polled.outcome,
            code = failure.map(Error::code),
            days = polled.days,
            rows = polled.rows,
            bytes = polled.bytes,
            rounded = polled.rounded,
            "polled"
        );
        Ok(())
    }
}
