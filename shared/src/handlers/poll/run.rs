//! One poll under way: batch by batch from the provider's answers to the store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::error::{Error, ProviderError, Recourse, StoreError};
use crate::ports::{Replaced, SegmentWrite};
use crate::providers::{Batch, Call, History, Report};
use crate::segment::Segment;
use crate::words::{Connector, Dataset, Day, Fix, PollJob, PollOutcome, SegmentHead, SegmentState};

use super::collect::is_final;
use super::judge::{Answered, Decision, decide};
use super::{Poll, Polled, Progress};

/// Reports, or batches, in a row that nobody answered, after which the rest is not asked for.
pub(super) const GIVE_UP_AFTER: u32 = 3;
/// A second try within the poll mends a download that broke off; more is the queue's business.
const ATTEMPTS: u32 = 2;

/// One poll under way.
pub(super) struct Run<'a> {
    pub(super) poll: &'a Poll,
    pub(super) job: &'a PollJob,
    pub(super) connector: &'a Connector,
    pub(super) provider: &'static dyn History,
    pub(super) call: &'a Call<'a>,
    pub(super) today: Day,
    pub(super) heads: BTreeMap<(Dataset, Day), SegmentHead>,
    /// Reports that were refused in this poll; asking again tomorrow is soon enough.
    pub(super) refused: BTreeMap<&'static str, ProviderError>,
    /// Batches in a row without any answer.
    pub(super) in_a_row: u32,
    /// The token was refused or limited: whatever is asked next will be answered alike.
    pub(super) stopped: bool,
    /// The provider showed that it knows the account, so a 404 is a missing day and not a missing account.
    pub(super) evidence: bool,
    pub(super) ready: u64,
    /// Those of `ready` that were about days: seats alone make no good poll.
    pub(super) history: u64,
    /// Batches of this run: at least one, or a continuation would ask for itself.
    pub(super) batches: u32,
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
        heads: Vec<SegmentHead>,
    ) -> Self {
        Self {
            poll,
            job,
            connector,
            provider,
            call,
            today,
            heads: heads.into_iter().map(|head| ((head.dataset, head.day), head)).collect(),
            refused: BTreeMap::new(),
            in_a_row: 0,
            stopped: false,
            evidence: false,
            ready: 0,
            history: 0,
            batches: 0,
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

    /// Fetches and stores one batch; returns the days that were answered, or none if so many days at once were too much.
    pub(super) async fn batch(
        &mut self,
        batch: &Batch,
        wanted: &BTreeSet<Day>,
    ) -> Result<Option<BTreeSet<Day>>, Error> {
        if self.is_removed().await? {
            return Ok(Some(BTreeSet::new()));
        }
        let mut attempt = 1;
        let (collected, asked_at) = loop {
            // Of two pollers at once, the one that asked later knows better, whoever writes first.
            let asked_at = self.poll.clock.now();
            let Some(collected) = self.collect(batch).await? else { return Ok(None) };
            let broke_off = collected.answers.iter().any(is_unavailable);
            if attempt == ATTEMPTS || !broke_off || !collected.answers.iter().any(is_ready) {
                break (collected, asked_at);
            }
            attempt += 1;
        };
        self.batches += 1;
        if self.is_removed().await? {
            return Ok(Some(BTreeSet::new()));
        }
        self.stopped |= collected.answers.iter().any(is_final);
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

        let is_bulk = batch.reports.iter().any(|report| !report.whole);
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
                    !report.is_essential() || matches!(answer, Answered::Ready(covers) if covers.contains(*day))
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
        Ok(Some(answered))
    }

    /// Somebody removed the connector while it was polled: its credential is not used any more, and nothing is stored.
    async fn is_removed(&mut self) -> Result<bool, Error> {
        match self.poll.connectors.get(&self.connector.id).await {
            Ok(_) => Ok(false),
            Err(StoreError::NotFound) => {
                self.stopped = true;
                Ok(true)
            }
            Err(error) => Err(error.into()),
        }
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
            correlation_id: self.job.correlation_id.clone(),
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

    pub(super) fn finish(mut self) -> Polled {
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

pub(super) fn is_unavailable(answer: &Answered) -> bool {
    matches!(answer, Answered::Failed(ProviderError::Unavailable { .. }))
}
