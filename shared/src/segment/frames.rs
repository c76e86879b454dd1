//! A Parquet file as zstd frames, whose unpacked bytes in order are the file.
//!
//! The first frame has the rows about people, the last one has the other rows and the footer. A frame is unpacked
//! when a reader reaches it, so an account's numbers are read without the people's. A small file is one frame.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use zstd::bulk;
use zstd::zstd_safe::{DCtx, ErrorCode, find_frame_compressed_size, get_error_name, get_frame_content_size};

/// A lower level is hardly faster to write; level 9 costs four times as much for a few percent.
const LEVEL: i32 = 3;
/// Maximum size that a damaged frame may claim; a day of 100,000 people has about 10 MB.
const MAX_BYTES: usize = 1 << 30;

thread_local! {
    /// Creating a context takes as long as unpacking a small frame.
    static CONTEXT: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// Packs `file`; the bytes before `cut` are a separate frame.
pub(super) fn pack(file: &[u8], cut: usize) -> Result<Bytes> {
    let mut compressor = bulk::Compressor::new(LEVEL).map_err(external)?;
    let (first, last) = file.split_at(cut);
    let mut packed = Vec::new();
    for part in [first, last].into_iter().filter(|part| !part.is_empty()) {
        packed.extend(compressor.compress(part).map_err(external)?);
    }
    Ok(packed.into())
}

/// The file, readable in parts. Clones share unpacked frames.
#[derive(Clone)]
pub(super) struct Frames(Arc<[Frame]>);

struct Frame {
    /// Offset in the file.
    start: u64,
    size_bytes: usize,
    packed: Bytes,
    unpacked: OnceLock<Bytes>,
}

impl Frames {
    pub(super) fn of(mut packed: Bytes) -> Result<Self> {
        let mut frames = Vec::new();
        let mut start = 0;
        while !packed.is_empty() {
            let length = find_frame_compressed_size(&packed).map_err(failed)?;
            let size = get_frame_content_size(&packed).ok().flatten().and_then(|size| usize::try_from(size).ok());
            let size_bytes = size
                .filter(|size| *size <= MAX_BYTES)
                .ok_or_else(|| ParquetError::General("a zstd frame of unknown size".to_owned()))?;
            frames.push(Frame { start, size_bytes, packed: packed.split_to(length), unpacked: OnceLock::new() });
            start += size_bytes as u64;
        }
        Ok(Self(frames.into()))
    }

    /// The whole file.
    pub(super) fn file(&self) -> Result<Bytes> {
        if let [frame] = &*self.0 {
            return frame.bytes().cloned();
        }
        let mut file = Vec::with_capacity(self.0.iter().map(|frame| frame.size_bytes).sum());
        for frame in &*self.0 {
            file.extend_from_slice(frame.bytes()?);
        }
        Ok(file.into())
    }

    /// The rest of the frame from this offset of the file on.
    fn from(&self, start: u64) -> Result<Bytes> {
        let behind = self.0.partition_point(|frame| frame.start <= start);
        let frame = behind.checked_sub(1).and_then(|index| self.0.get(index)).ok_or_else(end_of_file)?;
        let bytes = frame.bytes()?;
        let offset = usize::try_from(start - frame.start).ok().filter(|offset| *offset <= bytes.len());
        Ok(bytes.slice(offset.ok_or_else(end_of_file)?..))
    }
}

impl Frame {
    fn bytes(&self) -> Result<&Bytes> {
        if let Some(bytes) = self.unpacked.get() {
            return Ok(bytes);
        }
        let bytes = CONTEXT.with_borrow_mut(|context| {
            let mut bytes = Vec::with_capacity(self.size_bytes);
            context.decompress(&mut bytes, &self.packed).map_err(failed)?;
            Ok::<_, ParquetError>(bytes)
        })?;
        Ok(self.unpacked.get_or_init(|| bytes.into()))
    }
}

impl Length for Frames {
    fn len(&self) -> u64 {
        self.0.last().map_or(0, |frame| frame.start + frame.size_bytes as u64)
    }
}

/// A column of a row group, and the footer, each lie within one frame.
impl ChunkReader for Frames {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(end_of_file());
        }
        bytes.truncate(length);
        Ok(bytes)
    }
}

fn end_of_file() -> ParquetError {
    ParquetError::EOF("beyond the end of a zstd frame".to_owned())
}

fn failed(code: ErrorCode) -> ParquetError {
    ParquetError::General(format!("not a zstd frame: {}", get_error_name(code)))
}

fn external(error: std::io::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
