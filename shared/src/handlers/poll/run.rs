//! One poll under way: batch by batch from the provider's answers to the store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use crate::error::{Error, ProviderError, Recourse, StoreError};
use crate::ports::{Replaced, SegmentWrite};
use crate::providers::{Batch, Call, History, Need, Report};
use crate::segment::Segment;
use crate::words::{ArchiveKey, Connector, Dataset, Day, Fix, PollJob, PollOutcome, SegmentHead, SegmentState};

use super::carry_over::keep_known;
use super::collect::is_final;
use super::judge::{Answered, Decision, decide};
use super::ledger::LedgerView;
use super::plan::Wanted;
use super::{Poll, Polled, Progress};

/// After this many unanswered reports or batches in a row, the rest is not requested.
pub(super) const GIVE_UP_AFTER: u32 = 3;
/// A truncated download is retried once within the poll; further retries are the queue's task.
const ATTEMPTS: u32 = 2;

/// One poll under way.
pub(super) struct Run<'a> {
    pub(super) poll: &'a Poll,
    pub(super) job: &'a PollJob,
    pub(super) connector: &'a Connector,
    pub(super) provider: &'static dyn History,
    pub(super) call: &'a Call<'a>,
    pub(super) today: Day,
    pub(super) ledger: &'a mut LedgerView,
    /// What the archive had when an optional report first failed.
    pub(super) archived: OnceCell<Vec<(ArchiveKey, DateTime<Utc>)>>,
    /// Reports that were refused in this poll; asking again tomorrow is soon enough.
    pub(super) refused: BTreeMap<&'static str, ProviderError>,
    /// Why optional figures that stored days have are refused. It fails the poll if nothing worse does.
    withdrawn: Option<ProviderError>,
    /// Batches in a row without any answer.
    pub(super) in_a_row: u32,
    /// The token was refused or limited, or the connector is gone: the next request gets the same answer.
    pub(super) stopped: bool,
    /// The provider showed that it knows the account, so a 404 is a missing day and not a missing account.
    pub(super) evidence: bool,
    pub(super) ready: u64,
    /// Those of `ready` that were about days: seats alone make no good poll.
    pub(super) history: u64,
    /// Batches of this run: at least one, or a continuation would ask for itself.
    pub(super) batches: u32,
    /// A report of several days was too much, in this run or in the one before it: the same happens to the next one.
    pub(super) is_day_by_day: bool,
    /// The run ended before any batch about days did, so that it shows nothing about the account.
    pub(super) is_unheard: bool,
    pub(super) polled: Polled,
    pub(super) progress: &'a dyn Progress,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        poll: &'a Poll,
        job: &'a PollJob,
        connector: &'a Connector,
        provider: &'static dyn History,
        call: &'a Call<'a>,
        today: Day,
        ledger: &'a mut LedgerView,
    ) -> Self {
        Self {
            poll,
            job,
            connector,
            provider,
            call,
            today,
            ledger,
            archived: OnceCell::new(),
            refused: BTreeMap::new(),
            withdrawn: None,
            in_a_row: 0,
            stopped: false,
            evidence: false,
            ready: 0,
            history: 0,
            batches: 0,
            is_day_by_day: job.is_day_by_day,
            is_unheard: false,
            polled: Polled::new(),
            progress: &(),
        }
    }

    pub(super) fn watched_by(self, progress: &'a dyn Progress) -> Self {
        Self { progress, ..self }
    }

    /// Nothing more will come of asking.
    pub(super) fn is_over(&self) -> bool {
        self.in_a_row >= GIVE_UP_AFTER || self.stopped
    }

    /// Fetches one batch and stores what is wanted of it; returns the datasets of days that were answered, or none if it was
    /// too much.
    pub(super) async fn batch(
        &mut self,
        batch: &Batch,
        wanted: &Wanted,
    ) -> Result<Option<BTreeSet<(Day, Dataset)>>, Error> {
        let mut attempt = 1;
        let mut without = BTreeMap::new();
        let (collected, asked_at) = loop {
            // Of two concurrent polls, the later fetch has newer values, regardless of the order of writes.
            let asked_at = self.poll.clock.now();
            let Some(collected) = self.collect(batch, &without).await? else { return Ok(None) };
            let mut answers = batch.reports.iter().zip(&collected.answers);
            let broke_off = answers.any(|(report, answer)| report.need != Need::Names && is_unavailable(answer));
            match (attempt < ATTEMPTS && broke_off, collected.answers.iter().any(Answered::is_ready)) {
                (true, true) => attempt += 1,
                _ if collected.broken.is_empty() => break (collected, asked_at),
                _ => without.extend(collected.broken),
            }
        };
        self.batches += 1;
        self.stopped |= batch.reports.iter().zip(&collected.answers).any(|(report, answer)| is_final(report, answer));
        self.polled.bytes += collected.bytes;
        self.polled.records += collected.mapped.records;
        self.polled.duplicates += collected.mapped.duplicates;
        self.polled.rounded += collected.mapped.rounded;
        for (field, count) in &collected.mapped.unknown_fields {
            *self.polled.unknown_fields.entry(field.clone()).or_default() += count;
        }
        let heard = |answer: &Answered| matches!(answer, Answered::Ready(_) | Answered::NotYet);
        // Billing answers for accounts without the product as well.
        let reports = batch.reports.iter().zip(&collected.answers);
        self.evidence |= reports.clone().any(|(report, answer)| report.is_essential() && heard(answer));
        self.in_a_row = if collected.answers.iter().any(heard) { 0 } else { self.in_a_row + 1 };
        self.ready += reports.filter(|(report, answer)| report.is_essential() && answer.is_ready()).count() as u64;

        let is_bulk = batch.reports.iter().any(|report| !report.whole);
        let mut answered = BTreeSet::new();
        let mut segments = collected.mapped.segments;
        for (day, datasets) in wanted {
            // A bulk report has no rows for days that the provider had nothing for: that is no measured zero.
            let is_empty = segments.iter().all(|((_, at), segment)| at != day || segment.rows == 0);
            for dataset in datasets.iter().copied() {
                let answers = batch.feeding(dataset, *day);
                let feeding: Vec<_> =
                    answers.map(|(index, report)| (report, collected.answers[index].on(*day))).collect();
                if feeding.is_empty() {
                    continue;
                }
                let segment = segments.remove(&(dataset, *day));
                let head = self.ledger.get(dataset, *day).map(|head| self.as_named_by(&feeding, head));
                let age = (self.today - *day).num_days();
                let windows = self.provider.about().windows_of(dataset);
                let decision = decide(&feeding, head.as_ref(), age, windows, self.evidence, segment.is_some());
                let has_failed = matches!(&decision, Decision::State(SegmentState::Failed(_)));
                let says = |(report, answer): &(&Report, &Answered)| {
                    !report.is_essential() || matches!(answer, Answered::Ready(covers) if covers.contains(*day))
                };
                if is_bulk && !has_failed && (is_empty || !feeding.iter().all(says)) {
                    // No answer about a single day, which is asked for by itself.
                    continue;
                }
                answered.insert((*day, dataset));
                self.write(dataset, *day, decision, segment, asked_at).await?;
                if self.polled.is_removed {
                    return Ok(Some(answered));
                }
            }
        }
        for (report, answer) in batch.reports.iter().zip(collected.answers) {
            if let Some(error) = answer.error() {
                self.fail(report, error.clone());
            }
        }
        Ok(Some(answered))
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
        let content = match content {
            Some(new) => {
                let (poll, head) = (self.poll, self.ledger.get(dataset, day));
                Some(keep_known(&*poll.segments, self.connector, self.provider.about(), head, new).await?)
            }
            None => None,
        };
        let rows = content.as_ref().map_or(0, |segment| segment.rows);
        let head = SegmentHead {
            dataset,
            day,
            state,
            revision: 0,
            rows,
            sources,
            checksum: content.as_ref().map(|segment| segment.checksum),
            rows_checksum: content.as_ref().and_then(|segment| segment.rows_checksum),
            fetched_at,
            totals: content.as_ref().map(|segment| segment.totals.clone()).unwrap_or_default(),
            account: content.as_ref().and_then(|segment| segment.account.clone()),
            correlation_id: self.job.correlation_id.clone(),
        };
        // A person who asks for days by name may have been told that their rows are damaged.
        let write = SegmentWrite { head, content, repairs: self.job.days.is_some(), seen: None };
        match self.poll.segments.replace(&self.connector.id, write).await {
            Ok(written) => {
                if let Replaced::Revised(_) = written.replaced {
                    *self.polled.stored.entry(dataset).or_default() += 1;
                }
                self.ledger.record(written.head);
                self.polled.rows += rows;
            }
            // The connector was removed during the poll: its credential is not used again, and nothing is stored.
            Err(StoreError::NotFound) => {
                self.stopped = true;
                self.polled.is_removed = true;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Keeps the failure that weighs most. Names that are missing are no failure of the poll, and are named beside it.
    fn fail(&mut self, report: &Report, error: ProviderError) {
        let is_final = matches!(error, ProviderError::Denied { .. } | ProviderError::Closed { .. });
        if report.need == Need::Names && !is_final {
            self.leave_out(report.name, &error);
            return;
        }
        let is_refused = matches!(error.recourse(), Recourse::Owner | Recourse::Nobody) && !is_final;
        if report.need == Need::Figures && is_refused {
            self.leave_out(report.name, &error);
            if error.recourse() == Recourse::Owner {
                self.withdrawn.get_or_insert(error);
            }
            return;
        }
        let report = report.name;
        let weight = |error: &ProviderError| match error.recourse() {
            Recourse::Nobody => 0,
            Recourse::Wait(_) => 1,
            Recourse::Us => 2,
            Recourse::Owner => 3,
        };
        if matches!(error.recourse(), Recourse::Owner | Recourse::Nobody) {
            self.refused.entry(report).or_insert_with(|| error.clone());
        }
        let known = match &self.polled.failure {
            Some(Error::Provider(known)) => weight(known),
            _ => 0,
        };
        if weight(&error) > known {
            self.polled.failure = Some(Error::Provider(error));
        }
    }

    fn leave_out(&mut self, report: &'static str, error: &ProviderError) {
        self.polled.has_gaps |= error.recourse() != Recourse::Nobody;
        self.polled.left_out.insert(format!("{report}: {}", error.advice()));
        if matches!(error.recourse(), Recourse::Owner | Recourse::Nobody) {
            self.refused.entry(report).or_insert_with(|| error.clone());
        }
    }

    pub(super) fn finish(mut self) -> Polled {
        for left_out in self.call.left_out() {
            self.polled.has_gaps = true;
            self.polled.left_out.insert(format!("{}: {}", left_out.report, left_out.detail));
        }
        if self.polled.failure.is_none() && self.ready == 0 && self.polled.days > 0 && !self.is_unheard {
            let account = &self.connector.account;
            let name = self.provider.about().name;
            self.polled.failure = Some(Error::Provider(if self.evidence {
                ProviderError::Unavailable {
                    detail: format!("{name} has no report yet for any of the {} requested days", self.polled.days),
                }
            } else {
                ProviderError::Forbidden {
                    code: "account_not_found",
                    detail: format!("{name} has no {} {}, or hides it from this token", account.kind, account.slug),
                    fix: Box::new(Fix::text(
                        "verify the connector to see whether the name is wrong or a permission is missing",
                    )),
                }
            }));
        }
        self.polled.outcome = match (&self.polled.failure, self.history) {
            (None, _) if self.polled.has_gaps => PollOutcome::Partial,
            (None, _) => PollOutcome::Ok,
            (Some(_), 0) => PollOutcome::Failed,
            (Some(_), _) => PollOutcome::Partial,
        };
        self.polled.failure = self.polled.failure.or(self.withdrawn.map(Error::Provider));
        self.polled
    }
}

pub(super) fn is_unavailable(answer: &Answered) -> bool {
    matches!(answer.error(), Some(ProviderError::Unavailable { .. }))
}
