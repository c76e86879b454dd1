//! Polls one connector: asks the ledger what is missing, fetches it, archives it, replaces segments, marks the ledger.

mod collect;
mod judge;
mod plan;

pub(super) use collect::{Feed, map_in_background};
pub(super) use judge::{Answered, Decision, decide};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::error::{Error, ProviderError, Recourse, StoreError};
use crate::http::Http;
use crate::ports::{
    Archive, ConnectorStore, NoticeStore, PollQueue, Replaced, SecretStore, SegmentStore, SegmentWrite,
};
use crate::providers::{self, Batch, Call, Provider, Report};
use crate::segment::Segment;
use crate::words::{
    ArchiveKey, Connector, ConnectorState, Credential, Dataset, Day, Fix, LastPoll, Notice, NoticeKind, PollJob,
    PollOutcome, SegmentHead, SegmentState, complete_through,
};

/// From this many missing days on, one 28-day report is cheaper than a report a day.
const WORTH_A_BULK_REPORT: usize = 8;
/// Reports, or batches, in a row that nobody answered, after which the rest is not asked for.
const GIVE_UP_AFTER: u32 = 3;
/// A second try within the poll mends a download that broke off; more is the queue's business.
const ATTEMPTS: u32 = 2;

#[derive(Clone)]
pub struct Poll {
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub archive: Arc<dyn Archive>,
    pub queue: Arc<dyn PollQueue>,
    pub notices: Arc<dyn NoticeStore>,
    pub clock: Arc<dyn Clock>,
    pub http: Http,
    /// A poll stops cleanly and asks for its own continuation after this long.
    pub run_for: chrono::Duration,
}

/// Hears how a poll goes on; for progress bars.
pub trait Progress: Send + Sync {
    fn planned(&self, _days: usize) {}
    fn asking(&self, _report: &str, _day: Day) {}
    fn bytes(&self, _count: u64) {}
    fn done(&self, _days: usize) {}
}

/// Nobody watches.
impl Progress for () {}

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
    pub unknown_fields: BTreeMap<String, u64>,
    pub duplicates: u64,
    /// More history is left; a continuation was asked for.
    pub continues: bool,
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
            unknown_fields: BTreeMap::new(),
            duplicates: 0,
            continues: false,
        }
    }

    /// For a queue: what the owner must do is done by telling them; what time or we must mend comes back.
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
        let connector = match self.connectors.get(&job.connector).await {
            Ok(connector) => connector,
            // Removed while the job waited.
            Err(StoreError::NotFound) => return Ok(Polled::new()),
            Err(error) => return Err(error.into()),
        };
        if connector.state == ConnectorState::Paused {
            return Ok(Polled::new());
        }
        // Whatever went wrong is recorded: a failed poll is never green, whoever has to mend it.
        let polled = match self.attempt(job, &connector, started, progress).await {
            Ok(polled) => polled,
            Err(error) => Polled { outcome: PollOutcome::Failed, failure: Some(error), ..Polled::new() },
        };
        self.record(&connector, &polled, started).await?;
        Ok(polled)
    }

    async fn attempt(
        &self,
        job: &PollJob,
        connector: &Connector,
        started: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Polled, Error> {
        let provider = providers::find(&connector.provider)
            .ok_or_else(|| Error::invalid("provider", format!("this version knows no {}", connector.provider)))?;
        let credential = self.secrets.get(&connector.id).await.map_err(|error| match error {
            StoreError::NotFound => Error::Provider(ProviderError::Denied {
                detail: "the connector's credential is gone from the secret store".to_owned(),
            }),
            other => other.into(),
        })?;
        self.work(job, connector, provider, &credential, started, progress).await
    }

    async fn work(
        &self,
        job: &PollJob,
        connector: &Connector,
        provider: &'static dyn Provider,
        credential: &Credential,
        started: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Polled, Error> {
        let today = started.date_naive();
        let windows = &provider.about().windows;
        let heads = self.segments.ledger(&connector.id).await?;
        let floor = provider.floor(&connector.account, today);
        let wanted = plan::wanted(job, &heads, windows, floor, today);
        let call =
            Call { http: &self.http, credential, account: &connector.account, api_url: connector.api_url.as_deref() };
        let heads = heads.into_iter().map(|head| ((head.dataset, head.day), head)).collect();
        let mut run = Run {
            poll: self,
            connector,
            provider,
            call: &call,
            today,
            heads,
            refused: BTreeMap::new(),
            in_a_row: 0,
            stopped: false,
            evidence: false,
            ready: 0,
            history: 0,
            batches: 0,
            polled: Polled::new(),
            progress,
        };
        progress.planned(wanted.len());
        run.polled.days = wanted.len();

        let mut left: BTreeSet<Day> = wanted.iter().copied().collect();
        if wanted.len() >= WORTH_A_BULK_REPORT {
            for batch in provider.batches(&connector.account, &wanted, today, true) {
                let answered = run.batch(&batch, &left).await?;
                progress.done(answered.len());
                left.retain(|day| !answered.contains(day));
            }
        }
        let rest: Vec<Day> = wanted.into_iter().filter(|day| left.contains(day)).collect();
        let deadline = started + self.run_for;
        for batch in provider.batches(&connector.account, &rest, today, false) {
            if run.is_over() {
                break;
            }
            let days: BTreeSet<Day> = batch.reports.iter().flat_map(|report| report.days.iter()).collect();
            if job.backfill.is_some() && run.batches > 0 && self.clock.now() >= deadline {
                let before = days.last().map(|day| *day + chrono::Duration::days(1));
                self.queue.send(&[PollJob::backfill(&connector.id, before)]).await?;
                run.polled.continues = true;
                break;
            }
            run.batch(&batch, &days).await?;
            progress.done(days.len());
        }
        run.history = run.ready;
        let is_continuation = job.backfill.is_some_and(|backfill| backfill.before.is_some());
        let is_about_the_past = job.days.is_some_and(|(_, last)| last < today - chrono::Duration::days(1));
        if !is_continuation && !is_about_the_past && !run.is_over() {
            for batch in provider.snapshots(&connector.account, today) {
                run.batch(&batch, &BTreeSet::from([today])).await?;
            }
        }
        let polled = run.finish();
        let is_daily = job.days.is_none() && job.backfill.is_none();
        if is_daily
            && polled.outcome == PollOutcome::Ok
            && plan::lacks_history(self.segments.ledger(&connector.id).await?.iter(), floor, today)
        {
            self.queue.send(&[PollJob::resumed(&connector.id, today)]).await?;
        }
        Ok(polled)
    }

    /// Marks the connector, and tells somebody once.
    async fn record(&self, connector: &Connector, polled: &Polled, at: DateTime<Utc>) -> Result<(), Error> {
        let failure = polled.failure.as_ref();
        let last_poll = LastPoll {
            at,
            outcome: polled.outcome,
            code: failure.map(|error| error.code().to_owned()),
            detail: failure.map(Error::public),
        };
        let (state, detail) = match (polled.outcome, failure) {
            (PollOutcome::Failed, Some(error)) if error.recourse() == Recourse::Owner => {
                (ConnectorState::OwnerMustAct, Some(error.public()))
            }
            (PollOutcome::Failed, error) => (ConnectorState::Failing, error.map(Error::public)),
            (PollOutcome::Ok | PollOutcome::Partial, error) => (ConnectorState::Active, error.map(Error::public)),
        };
        let complete_through = complete_through(&self.segments.ledger(&connector.id).await?);
        let mut current = connector.clone();
        loop {
            current.last_poll = Some(last_poll.clone());
            current.freshness.complete_through = complete_through;
            if current.state != ConnectorState::Paused {
                current.state = state;
                current.state_detail = detail.clone();
            }
            match self.connectors.update(&current).await {
                Ok(_) => break,
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
            (ConnectorState::Active, _) => self.notices.close(&connector.id).await?,
            _ => {}
        }
        tracing::info!(
            connector = %connector.id,
            outcome = ?polled.outcome,
            code = failure.map(Error::code),
            days = polled.days,
            rows = polled.rows,
            bytes = polled.bytes,
            "polled"
        );
        Ok(())
    }
}

/// One poll under way.
struct Run<'a> {
    poll: &'a Poll,
    connector: &'a Connector,
    provider: &'static dyn Provider,
    call: &'a Call<'a>,
    today: Day,
    heads: BTreeMap<(Dataset, Day), SegmentHead>,
    /// Reports that were refused in this poll; asking again tomorrow is soon enough.
    refused: BTreeMap<&'static str, (&'static str, String)>,
    /// Batches in a row without any answer.
    in_a_row: u32,
    /// The token was refused or limited: whatever is asked next will be answered alike.
    stopped: bool,
    /// The provider showed that it knows the account, so a 404 is a missing day and not a missing account.
    evidence: bool,
    ready: u64,
    /// Those of `ready` that were about days: seats alone make no good poll.
    history: u64,
    /// Batches of this run: at least one, or a continuation would ask for itself.
    batches: u32,
    polled: Polled,
    progress: &'a dyn Progress,
}

impl Run<'_> {
    /// Nothing more will come of asking.
    fn is_over(&self) -> bool {
        self.in_a_row >= GIVE_UP_AFTER || self.stopped
    }

    /// Fetches and stores one batch; returns the days that were answered.
    async fn batch(&mut self, batch: &Batch, wanted: &BTreeSet<Day>) -> Result<BTreeSet<Day>, Error> {
        let mut attempt = 1;
        let (collected, asked_at) = loop {
            // Of two pollers at once, the one that asked later knows better, whoever writes first.
            let asked_at = self.poll.clock.now();
            let collected = self.collect(batch).await?;
            let broke_off = collected.answers.iter().any(is_unavailable);
            if attempt == ATTEMPTS || !broke_off || !collected.answers.iter().any(is_ready) {
                break (collected, asked_at);
            }
            attempt += 1;
        };
        self.batches += 1;
        self.stopped |= collected.answers.iter().any(collect::is_final);
        self.polled.bytes += collected.bytes;
        self.polled.records += collected.mapped.records;
        self.polled.duplicates += collected.mapped.duplicates;
        for (field, count) in &collected.mapped.unknown_fields {
            *self.polled.unknown_fields.entry(field.clone()).or_default() += count;
        }
        let heard = |answer: &Answered| matches!(answer, Answered::Ready(_) | Answered::NotYet);
        self.evidence |= collected.answers.iter().any(heard);
        self.in_a_row = if collected.answers.iter().any(heard) { 0 } else { self.in_a_row + 1 };
        self.ready += collected.answers.iter().filter(|answer| is_ready(answer)).count() as u64;

        let is_bulk = batch.reports.iter().any(|report| report.days.len() > 1);
        let mut answered = BTreeSet::new();
        let mut segments = collected.mapped.segments;
        for day in wanted {
            // A bulk report has no rows for days that the provider had nothing for: that is no measured nought.
            let is_empty = segments.iter().all(|((_, at), segment)| at != day || segment.rows == 0);
            let (mut is_heard, mut is_whole) = (false, true);
            for dataset in Dataset::ALL {
                let feeding: Vec<_> =
                    batch.feeding(dataset, *day).map(|(index, report)| (report, &collected.answers[index])).collect();
                if feeding.is_empty() {
                    continue;
                }
                let segment = segments.remove(&(dataset, *day));
                let head = self.heads.get(&(dataset, *day)).map(|head| self.as_named_by(&feeding, head));
                let age = (self.today - *day).num_days();
                let windows = &self.provider.about().windows;
                let decision = decide(&feeding, head.as_ref(), age, windows, self.evidence, segment.is_some());
                let has_failed = matches!(&decision, Decision::State(SegmentState::Failed(_)));
                let says = |(report, answer): &(&Report, &Answered)| {
                    !report.essential || matches!(answer, Answered::Ready(covers) if covers.contains(*day))
                };
                if is_bulk && !has_failed && (is_empty || !feeding.iter().all(says)) {
                    // No answer about a single day, which is asked for by itself.
                    is_whole = false;
                    continue;
                }
                is_heard = true;
                self.write(dataset, *day, decision, segment, asked_at).await?;
            }
            if is_heard && is_whole {
                answered.insert(*day);
            }
        }
        for (report, answer) in batch.reports.iter().zip(collected.answers) {
            if let Answered::Failed(error) = answer {
                self.fail(report.name, error);
            }
        }
        Ok(answered)
    }

    /// The head with its sources under the names that these reports of the same rank have: what the report of many days
    /// brought is not lost while that of one day brings it as well.
    fn as_named_by(&self, feeding: &[(&Report, &Answered)], head: &SegmentHead) -> SegmentHead {
        let mut head = head.clone();
        for source in &mut head.sources {
            let known = self.provider.archived(&self.connector.account, source, head.day);
            let alike =
                feeding.iter().find(|(report, _)| known.as_ref().is_some_and(|known| known.rank == report.rank));
            if let Some((report, _)) = alike {
                report.name.clone_into(source);
            }
        }
        head
    }

    async fn write(
        &mut self,
        dataset: Dataset,
        day: Day,
        decision: Decision,
        segment: Option<Segment>,
        fetched_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let (state, sources, content) = match decision {
            Decision::Keep => return Ok(()),
            Decision::State(state) => (state, Vec::new(), None),
            Decision::Content(state, sources) => (state, sources, segment),
        };
        if state == SegmentState::Pending {
            self.polled.pending.insert(day);
        }
        let rows = content.as_ref().map_or(0, |segment| segment.rows);
        let head = SegmentHead {
            dataset,
            day,
            state,
            revision: 0,
            rows,
            sources,
            checksum: content.as_ref().map(|segment| segment.checksum),
            fetched_at,
            totals: content.as_ref().map(|segment| segment.totals.clone()).unwrap_or_default(),
        };
        let write = SegmentWrite { head, content };
        if let Replaced::Revised(_) = self.poll.segments.replace(&self.connector.id, write).await? {
            *self.polled.stored.entry(dataset).or_default() += 1;
        }
        self.polled.rows += rows;
        Ok(())
    }

    /// Keeps the failure that weighs most; what nobody can mend is not a failure.
    fn fail(&mut self, report: &'static str, error: ProviderError) {
        let weight = |error: &ProviderError| match error.recourse() {
            Recourse::Nobody => 0,
            Recourse::Wait(_) => 1,
            Recourse::Us => 2,
            Recourse::Owner => 3,
        };
        if error.recourse() == Recourse::Owner {
            self.refused.entry(report).or_insert_with(|| (error.code(), error.to_string()));
        }
        let known = match &self.polled.failure {
            Some(Error::Provider(known)) => weight(known),
            _ => 0,
        };
        if weight(&error) > known {
            self.polled.failure = Some(Error::Provider(error));
        }
    }

    fn finish(mut self) -> Polled {
        if self.polled.failure.is_none() && self.ready == 0 && self.polled.days > 0 {
            let account = &self.connector.account;
            let name = self.provider.about().name;
            self.polled.failure = Some(Error::Provider(if self.evidence {
                ProviderError::Unavailable {
                    detail: format!("{name} has no report yet for any of the {} days asked for", self.polled.days),
                }
            } else {
                ProviderError::Forbidden {
                    code: "account_not_found",
                    detail: format!("{name} knows no {} {}, or hides it from this token", account.kind, account.slug),
                    fix: Box::new(Fix::text("verify the connector: it tells a wrong name from a missing right")),
                }
            }));
        }
        self.polled.outcome = match (&self.polled.failure, self.history) {
            (None, _) => PollOutcome::Ok,
            (Some(_), 0) => PollOutcome::Failed,
            (Some(_), _) => PollOutcome::Partial,
        };
        self.polled
    }
}

fn is_ready(answer: &Answered) -> bool {
    matches!(answer, Answered::Ready(_))
}

fn is_unavailable(answer: &Answered) -> bool {
    matches!(answer, Answered::Failed(ProviderError::Unavailable { .. }))
}

impl Poll {
    fn key(connector: &Connector, report: &str, day: Day) -> ArchiveKey {
        ArchiveKey::new(&connector.provider, &connector.account, report, day)
    }
}
