//! Fetches the reports of a batch once, and sends their bytes two ways at the same time: compressed to the archive, and
//! through the mapper to rows. Pieces wait in short queues, so memory stays bounded for a report of any size.

use std::collections::BTreeMap;
use std::io::Write;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::{Error, ProviderError, Recourse, StoreError};
use crate::ports::ArchiveUpload;
use crate::providers::{Batch, Bodies, Fetched, Mapped, Mapper, Need, Report};
use crate::words::{ArchiveKey, Dataset, Day, Days, SegmentHead};

use super::judge::Answered;
use super::replay::replay;
use super::run::{GIVE_UP_AFTER, Run, is_unavailable};

/// Pieces that may wait; a piece of a download is at most some hundred KB.
const QUEUE: usize = 8;
/// Fast rather than small: at level 1 zstd keeps up with the parser, and JSON shrinks tenfold all the same.
const ARCHIVE_LEVEL: i32 = 1;
const ARCHIVE_PIECE: usize = 256 << 10;

pub(super) struct Collected {
    /// One for each report of the batch.
    pub(super) answers: Vec<Answered>,
    /// Optional reports that broke off after some of their rows were mapped, and why. The batch is good for nothing: a
    /// second attempt does without them.
    pub(super) broken: Vec<(ReportId, Without)>,
    pub(super) mapped: Mapped,
    pub(super) bytes: u64,
}

/// A report among those of a batch.
pub(super) type ReportId = (&'static str, Day);

/// Why a report is not asked for (again).
#[derive(Clone)]
pub(super) struct Without {
    error: ProviderError,
    /// Its archived copy cannot be read either.
    is_damaged: bool,
}

fn id(report: &Report) -> ReportId {
    (report.name, report.days.last())
}

/// What a report may take at most.
#[derive(Clone, Copy)]
struct Most {
    bytes: u64,
    until: DateTime<Utc>,
}

/// What the mapping thread is told.
pub(in crate::handlers) enum Feed {
    Begin(Report),
    Piece(Bytes),
    EndBody,
    /// The report is over; the answer says whether all of it could be read.
    End(oneshot::Sender<Result<(), ProviderError>>),
}

/// Maps on a thread of its own: parsing would hold up the downloads.
pub(in crate::handlers) fn map_in_background(
    mut mapper: Box<dyn Mapper>,
) -> (mpsc::Sender<Feed>, JoinHandle<Result<Mapped, ProviderError>>) {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    let thread = spawn_blocking(move || {
        let mut state = Ok(());
        while let Some(feed) = receiver.blocking_recv() {
            match feed {
                Feed::Begin(report) => {
                    mapper.begin(&report);
                    state = Ok(());
                }
                Feed::Piece(piece) if state.is_ok() => state = mapper.read(&piece),
                Feed::EndBody if state.is_ok() => state = mapper.end_body(),
                // The report has failed; the rest of it only goes to the archive.
                Feed::Piece(_) | Feed::EndBody => {}
                Feed::End(answer) => {
                    if state.is_ok() {
                        state = mapper.end_report();
                    }
                    // The receiver is gone after the poll was canceled.
                    let _ = answer.send(std::mem::replace(&mut state, Ok(())));
                }
            }
        }
        mapper.finish()
    });
    (sender, thread)
}

impl Run<'_> {
    /// Does not ask for the reports in `without`. None where a report was too much: nothing of the batch is good for anything
    /// then.
    pub(super) async fn collect(
        &self,
        batch: &Batch,
        without: &BTreeMap<ReportId, Without>,
    ) -> Result<Option<Collected>, Error> {
        let most = self.most(batch);
        let (mapper, mapping) = map_in_background(self.provider.mapper(&self.connector.account, batch.days()));
        let mut answers = Vec::with_capacity(batch.reports.len());
        let mut bytes = 0;
        let mut silent = 0;
        let mut broken = Vec::new();
        // The rest is not asked for any more, and fails for the same reason.
        let mut stopped_by: Option<ProviderError> = None;
        for report in &batch.reports {
            let known = without.get(&id(report)).map(|without| &without.error);
            let known = known.or_else(|| refused_before(batch, &answers, report)).or(stopped_by.as_ref());
            let (mut answer, is_begun) = match known {
                Some(error) => (Answered::Failed(error.clone()), false),
                None => match self.answer(report, &mapper, most, &mut bytes).await? {
                    Some(answered) => answered,
                    None => return Ok(None),
                },
            };
            silent = if is_unavailable(&answer) && report.need != Need::Names { silent + 1 } else { 0 };
            if stopped_by.is_none() && (silent == GIVE_UP_AFTER || is_final(report, &answer)) {
                stopped_by = answer.error().cloned();
            }
            let is_damaged = without.get(&id(report)).is_some_and(|without| without.is_damaged);
            match &answer {
                // Names do no harm, however many of them came.
                Answered::Failed(error) if is_begun && report.need == Need::Figures => {
                    broken.push((id(report), Without { error: error.clone(), is_damaged }));
                }
                _ if report.is_essential() || answer.is_ready() || is_damaged => {}
                _ => match self.archived(batch, report, &mapper).await? {
                    Ok(Some(days)) => answer = Answered::Archived(days, Box::new(answer)),
                    Ok(None) => {}
                    Err(damaged) => {
                        let error = answer.error().cloned().unwrap_or(damaged);
                        broken.push((id(report), Without { error, is_damaged: true }));
                    }
                },
            }
            answers.push(answer);
        }
        drop(mapper);
        let mapped = mapping.await.map_err(|error| StoreError::Unavailable(Box::new(error)))??;
        Ok(Some(Collected { answers, broken, mapped, bytes }))
    }

    fn most(&self, batch: &Batch) -> Most {
        let run_for = self.poll.run_for;
        match batch.days() {
            // Today has only snapshots, which no later run takes up.
            1 if batch.reports.iter().any(|report| report.days.contains(self.today)) => {
                Most { bytes: u64::MAX, until: DateTime::<Utc>::MAX_UTC }
            }
            // A day that is under way when the run ends has a little longer: what it has cost is not paid again.
            1 => Most { bytes: u64::MAX, until: self.call.now + run_for + run_for / 4 },
            _ => Most { bytes: self.poll.most_bulk_bytes, until: self.poll.clock.now() + run_for / 2 },
        }
    }

    /// What an optional report gave at an earlier poll, so that the days it was good for do not lose it. The days that the
    /// archived report speaks of, or none where there is no such report, or where another report of the batch has the same
    /// rows. The inner error says that it cannot be read.
    async fn archived(
        &self,
        batch: &Batch,
        report: &Report,
        mapper: &mpsc::Sender<Feed>,
    ) -> Result<Result<Option<Days>, ProviderError>, Error> {
        let same_rank = |other: &&Report| other.rank == report.rank && id(other) != id(report);
        let had = |dataset: &Dataset| report.days.iter().any(|day| self.had(*dataset, day, report.rank));
        if !report.feeds.iter().any(had) {
            return Ok(Ok(None));
        }
        let mut newest: Option<(DateTime<Utc>, Report, ArchiveKey)> = None;
        let prefix = ArchiveKey::prefix(self.connector);
        for (key, at) in self.archived.get_or_try_init(|| self.poll.archive.list(&prefix)).await?.iter().cloned() {
            let Some(archived) = self.provider.archived(&self.connector.account, &key.report, key.day) else {
                continue;
            };
            let is_such = archived.rank == report.rank && archived.days.overlap(report.days);
            let is_alone = batch.reports.iter().filter(same_rank).all(|other| !other.days.overlap(archived.days));
            if is_such && is_alone && newest.as_ref().is_none_or(|(known, ..)| *known < at) {
                newest = Some((at, archived, key));
            }
        }
        let Some((_, archived, key)) = newest else { return Ok(Ok(None)) };
        Ok(replay(&*self.poll.archive, &archived, &key, mapper).await?.map(|()| Some(archived.days)))
    }

    /// Whether what is stored of the day has rows of a report of this rank.
    pub(super) fn had(&self, dataset: Dataset, day: Day, rank: u8) -> bool {
        self.ledger.get(dataset, day).is_some_and(|head| self.has(head, rank))
    }

    fn has(&self, head: &SegmentHead, rank: u8) -> bool {
        let archived = |source: &String| self.provider.archived(&self.connector.account, source, head.day);
        head.sources.iter().filter_map(archived).any(|report| report.rank == rank)
    }

    /// The refusal of an optional report that no stored day has is no fault: the plan or the credential never had it. If
    /// any day has it, however old, the right was withdrawn, and the refusal stays one until it is restored.
    fn accepted(&self, report: &Report, error: ProviderError) -> ProviderError {
        let is_known = || self.ledger.heads().any(|head| self.has(head, report.rank));
        match error {
            // What is left out is named beside the poll, with what to grant for it.
            ProviderError::Forbidden { .. } | ProviderError::Unexplained { .. }
                if !report.is_essential() && !is_known() =>
            {
                ProviderError::NotOffered { detail: error.advice() }
            }
            error => error,
        }
    }

    /// The answer, and whether the mapper has seen anything of the report.
    async fn answer(
        &self,
        report: &Report,
        mapper: &mpsc::Sender<Feed>,
        most: Most,
        bytes: &mut u64,
    ) -> Result<Option<(Answered, bool)>, Error> {
        if let Some(error) = self.refused.get(report.name) {
            return Ok(Some((Answered::Failed(error.clone()), false)));
        }
        self.progress.asking(report.name, report.days.last());
        let (covers, bodies) = match self.provider.fetch(self.call, report).await {
            Ok(Fetched::Ready { covers, bodies }) => (covers, bodies),
            Ok(Fetched::NotYet) => return Ok(Some((Answered::NotYet, false))),
            Ok(Fetched::Missing) => return Ok(Some((Answered::Missing, false))),
            Err(error) => return Ok(Some((Answered::Failed(self.accepted(report, error)), false))),
        };
        let covered = Report { days: covers, ..report.clone() };
        let key = ArchiveKey::new(self.connector, report.name, covers.last());
        let upload = self.poll.archive.create(&key).await?;
        let (raw, compressed, compressing) = compress();
        // A closed channel means that the other side has failed and says so itself.
        let _ = mapper.send(Feed::Begin(covered)).await;
        let download = self.download(bodies, mapper, raw, most);
        let (downloaded, uploaded) = tokio::join!(download, store(upload, compressed));
        let (answer, read) = oneshot::channel();
        let _ = mapper.send(Feed::End(answer)).await;
        let read = read
            .await
            .unwrap_or_else(|_| Err(ProviderError::Malformed { detail: format!("{}: mapping stopped", report.name) }));
        let compressed_whole = compressing.await.is_ok_and(|result| result.is_ok());
        let upload = uploaded?;
        // In every other case the upload is dropped: what lies in the archive stays readable.
        match downloaded.and_then(|size| read.map(|()| size)) {
            Ok(Some(size)) => *bytes += size,
            Ok(None) => return Ok(None),
            Err(error) => return Ok(Some((Answered::Failed(self.accepted(report, error)), true))),
        }
        if !compressed_whole {
            return Err(StoreError::Unavailable("a report could not be compressed".into()).into());
        }
        upload.commit().await?;
        Ok(Some((Answered::Ready(covers), true)))
    }

    /// The size in bytes; none when it was more than `most`, and the rest was not asked for.
    async fn download(
        &self,
        mut bodies: Bodies<'_>,
        mapper: &mpsc::Sender<Feed>,
        archive: mpsc::Sender<Raw>,
        most: Most,
    ) -> Result<Option<u64>, ProviderError> {
        let mut size = 0;
        while let Some(body) = bodies.next().await {
            if self.poll.clock.now() > most.until {
                return Ok(None);
            }
            let mut body = body?;
            while let Some(piece) = body.next().await {
                let piece = piece?;
                size += piece.len() as u64;
                if size > most.bytes {
                    return Ok(None);
                }
                self.progress.bytes(piece.len() as u64);
                let _ = tokio::join!(mapper.send(Feed::Piece(piece.clone())), archive.send(Raw::Piece(piece)));
            }
            let _ = tokio::join!(mapper.send(Feed::EndBody), archive.send(Raw::EndBody));
        }
        Ok(Some(size))
    }
}

/// The next request gets the same answer. A limit of a list of names may be its own.
pub(super) fn is_final(report: &Report, answer: &Answered) -> bool {
    match answer.error() {
        Some(ProviderError::Denied { .. } | ProviderError::Closed { .. }) => true,
        Some(ProviderError::RateLimited { .. }) => report.need != Need::Names,
        _ => false,
    }
}

/// Why an earlier report of this batch with the same name was refused: another day is refused for the same reason.
fn refused_before<'e>(batch: &Batch, answers: &'e [Answered], report: &Report) -> Option<&'e ProviderError> {
    let alike = batch.reports.iter().zip(answers).filter(|(before, _)| before.name == report.name);
    let mut errors = alike.filter_map(|(_, answer)| answer.error());
    errors.find(|error| matches!(error.recourse(), Recourse::Owner | Recourse::Nobody))
}

enum Raw {
    Piece(Bytes),
    EndBody,
}

type Compressing = JoinHandle<std::io::Result<()>>;

/// One frame for each file of the report, so that the files can be told apart again.
fn compress() -> (mpsc::Sender<Raw>, mpsc::Receiver<Bytes>, Compressing) {
    let (raw, mut pieces) = mpsc::channel(QUEUE);
    let (out, compressed) = mpsc::channel(QUEUE);
    let thread = spawn_blocking(move || {
        let mut frame = None;
        while let Some(piece) = pieces.blocking_recv() {
            let finished = match piece {
                Raw::Piece(piece) => {
                    let encoder = match &mut frame {
                        Some(encoder) => encoder,
                        None => frame.insert(zstd::Encoder::new(Vec::new(), ARCHIVE_LEVEL)?),
                    };
                    encoder.write_all(&piece)?;
                    let buffer: &mut Vec<u8> = encoder.get_mut();
                    if buffer.len() < ARCHIVE_PIECE { continue } else { std::mem::take(buffer) }
                }
                Raw::EndBody => match frame.take() {
                    Some(encoder) => encoder.finish()?,
                    None => zstd::encode_all(&[][..], ARCHIVE_LEVEL)?,
                },
            };
            if out.blocking_send(finished.into()).is_err() {
                break;
            }
        }
        Ok(())
    });
    (raw, compressed, thread)
}

async fn store(
    mut upload: Box<dyn ArchiveUpload>,
    mut compressed: mpsc::Receiver<Bytes>,
) -> Result<Box<dyn ArchiveUpload>, StoreError> {
    while let Some(piece) = compressed.recv().await {
        upload.write(piece).await?;
    }
    Ok(upload)
}
