//! Fetches the reports of a batch once, and sends their bytes two ways at the same time: compressed to the archive, and
//! through the mapper to rows. Pieces wait in short queues, so memory stays bounded whatever a report's size.

use std::io::Write;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::{Error, ProviderError, StoreError};
use crate::ports::ArchiveUpload;
use crate::providers::{Batch, Bodies, Fetched, Mapped, Mapper, Report};
use crate::words::ArchiveKey;

use super::judge::Answered;
use super::run::{GIVE_UP_AFTER, Run, is_unavailable};

/// Pieces that may wait; a piece of a download is at most some hundred KB.
const QUEUE: usize = 8;
/// Fast rather than small: at level 1 zstd keeps up with the parser, and JSON shrinks tenfold all the same.
const ARCHIVE_LEVEL: i32 = 1;
const ARCHIVE_PIECE: usize = 256 << 10;

pub(super) struct Collected {
    /// One for each report of the batch.
    pub(super) answers: Vec<Answered>,
    pub(super) mapped: Mapped,
    pub(super) bytes: u64,
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
                    // Nobody listens any more when the poll was given up.
                    let _ = answer.send(std::mem::replace(&mut state, Ok(())));
                }
            }
        }
        mapper.finish()
    });
    (sender, thread)
}

impl Run<'_> {
    /// None where a report of many days was too much: nothing of the batch is good for anything then.
    pub(super) async fn collect(&mut self, batch: &Batch) -> Result<Option<Collected>, Error> {
        let until = self.poll.clock.now() + self.poll.run_for / 2;
        let (mapper, mapping) = map_in_background(self.provider.mapper(&self.connector.account, batch.days()));
        let mut answers = Vec::with_capacity(batch.reports.len());
        let mut bytes = 0;
        let mut silent = 0;
        for report in &batch.reports {
            let most = match batch.days() {
                1 => Most { bytes: u64::MAX, until: DateTime::<Utc>::MAX_UTC },
                _ => Most { bytes: self.poll.most_bulk_bytes, until },
            };
            let Some(answer) = self.answer(report, &mapper, most, &mut bytes).await? else { return Ok(None) };
            silent = if is_unavailable(&answer) { silent + 1 } else { 0 };
            let stop = silent == GIVE_UP_AFTER || is_final(&answer);
            answers.push(answer);
            if stop {
                break;
            }
        }
        // Whatever was not asked for any more failed for the same reason.
        if let Some(Answered::Failed(error)) = answers.last() {
            let error = error.clone();
            answers.resize_with(batch.reports.len(), || Answered::Failed(error.clone()));
        }
        drop(mapper);
        let mapped = mapping.await.map_err(|error| StoreError::Unavailable(Box::new(error)))??;
        Ok(Some(Collected { answers, mapped, bytes }))
    }

    async fn answer(
        &self,
        report: &Report,
        mapper: &mpsc::Sender<Feed>,
        most: Most,
        bytes: &mut u64,
    ) -> Result<Option<Answered>, Error> {
        if let Some(error) = self.refused.get(report.name) {
            return Ok(Some(Answered::Failed(error.clone())));
        }
        self.progress.asking(report.name, report.days.last());
        let (covers, bodies) = match self.provider.fetch(self.call, report).await {
            Ok(Fetched::Ready { covers, bodies }) => (covers, bodies),
            Ok(Fetched::NotYet) => return Ok(Some(Answered::NotYet)),
            Ok(Fetched::Missing) => return Ok(Some(Answered::Missing)),
            Err(error) => return Ok(Some(Answered::Failed(error))),
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
            Err(error) => return Ok(Some(Answered::Failed(error))),
        }
        if !compressed_whole {
            return Err(StoreError::Unavailable("a report could not be compressed".into()).into());
        }
        upload.commit().await?;
        Ok(Some(Answered::Ready(covers)))
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

/// Whatever is asked next will be answered alike.
pub(super) fn is_final(answer: &Answered) -> bool {
    matches!(
        answer,
        Answered::Failed(
            ProviderError::Denied { .. } | ProviderError::Closed { .. } | ProviderError::RateLimited { .. }
        )
    )
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
