//! An archived report, sent through the mapper as if the provider had given it.

use std::io::{BufRead, BufReader, Read};

use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::Feed;
use crate::error::{Error, ProviderError, StoreError};
use crate::ports::Archive;
use crate::providers::Report;
use crate::words::ArchiveKey;

/// Bytes handed to the mapper at once.
const PIECE: usize = 256 << 10;
const QUEUE: usize = 16;

/// The inner error says that the archived bytes cannot be read as this report.
pub(in crate::handlers) async fn replay(
    archive: &dyn Archive,
    report: &Report,
    key: &ArchiveKey,
    mapper: &mpsc::Sender<Feed>,
) -> Result<Result<(), ProviderError>, Error> {
    let _ = mapper.send(Feed::Begin(report.clone())).await;
    let (pieces, receiver) = mpsc::channel(QUEUE);
    let decompress = spawn_blocking({
        let mapper = mapper.clone();
        move || decompress(Pieces { receiver, current: Bytes::new() }, &mapper)
    });
    let mut stored = archive.open(key).await?;
    while let Some(piece) = stored.next().await {
        if pieces.send(piece?).await.is_err() {
            break;
        }
    }
    drop(pieces);
    let decompressed = decompress.await.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    let (answer, read) = oneshot::channel();
    let _ = mapper.send(Feed::End(answer)).await;
    let read = read.await.unwrap_or(Ok(()));
    let decompressed = decompressed
        .map_err(|error| ProviderError::Malformed { detail: format!("the archived file is damaged: {error}") });
    Ok(decompressed.and(read))
}

/// One frame is one file of the report.
fn decompress(pieces: Pieces, mapper: &mpsc::Sender<Feed>) -> std::io::Result<()> {
    let mut compressed = BufReader::with_capacity(PIECE, pieces);
    while !compressed.fill_buf()?.is_empty() {
        let mut frame = zstd::Decoder::with_buffer(&mut compressed)?.single_frame();
        loop {
            let mut piece = vec![0; PIECE];
            let count = frame.read(&mut piece)?;
            if count == 0 {
                break;
            }
            piece.truncate(count);
            let _ = mapper.blocking_send(Feed::Piece(piece.into()));
        }
        let _ = mapper.blocking_send(Feed::EndBody);
    }
    Ok(())
}

/// Pieces that arrive on a channel, as a reader.
struct Pieces {
    receiver: mpsc::Receiver<Bytes>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.current = piece,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
