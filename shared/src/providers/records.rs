//! Splits a stream of bytes into JSON records in any layout: one object, one per line, pretty-printed, several per
//! line, arrays of them, with or without a byte-order mark.
//!
//! Memory is bounded by the longest record, not by the file. The same bytes in any pieces give the same records.

use memchr::{memchr, memchr2};

/// Maximum length of a record.
const MAX_RECORD: usize = 64 << 20;
/// A file with this many bytes before its first line break is not one record per line.
const MAX_LINE: usize = 4 << 20;
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a file cannot be read. Names the position, never the content.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("record {0} is longer than {max} MB", max = MAX_RECORD >> 20)]
    TooLong(u64),
    #[error("record {0} is not JSON")]
    NotJson(u64),
    #[error("the file ends inside record {0}")]
    CutShort(u64),
}

/// Why a record's reader refuses it.
pub enum Refused<E> {
    /// The bytes are not one JSON value.
    Syntax,
    Other(E),
}

/// Returns complete objects as they arrive.
pub struct Records {
    /// The start of a record that is still incomplete.
    pending: Vec<u8>,
    scan: Scan,
    started: bool,
    /// A line counts as a record until proven otherwise: finding the end of a line costs almost nothing, while
    /// scanning the structure of every byte costs as much as parsing it.
    lines: bool,
    /// A complete line, after lines that were records, was not one: if the file ends within it, it is malformed, not
    /// truncated.
    after_lines: bool,
    /// Number of this file's first record.
    first: u64,
    count: u64,
}

/// How far the structure of the current record was scanned.
#[derive(Clone, Copy, Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// Open arrays around the records.
    arrays: usize,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            pending: Vec::new(),
            scan: Scan::default(),
            started: false,
            lines: true,
            after_lines: false,
            first: 0,
            count: 0,
        }
    }
}

impl Records {
    /// Calls `record` with each object that `piece` completes. After a syntax error, a longer or shorter object may
    /// follow.
    pub fn read<E: From<Broken>>(
        &mut self,
        piece: &[u8],
        record: &mut impl FnMut(&[u8]) -> Result<(), Refused<E>>,
    ) -> Result<(), E> {
        if self.started {
            return self.proceed(piece, record);
        }
        // The byte-order mark may arrive in pieces, so its start waits.
        self.pending.extend_from_slice(piece);
        if self.pending.len() < MARK.len() && MARK.starts_with(&self.pending) {
            return Ok(());
        }
        self.started = true;
        let start = std::mem::take(&mut self.pending);
        self.proceed(start.strip_prefix(MARK).unwrap_or(&start), record)
    }

    /// Ends the file; the next piece starts another file.
    pub fn end<E: From<Broken>>(&mut self, record: &mut impl FnMut(&[u8]) -> Result<(), Refused<E>>) -> Result<(), E> {
        let after_lines = self.after_lines;
        if self.started && self.lines && !self.pending.is_empty() {
            // The last line has no line break.
            self.last_line(record)?;
        }
        let cut = self.scan.depth > 0 || self.scan.arrays > 0 || !self.pending.is_empty();
        let count = self.count;
        *self = Self { first: count, count, ..Self::default() };
        match cut {
            true if after_lines => Err(Broken::NotJson(count + 1).into()),
            true => Err(Broken::CutShort(count + 1).into()),
            false => Ok(()),
        }
    }

    /// Number of records so far, in all files.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn proceed<E: From<Broken>>(
        &mut self,
        mut piece: &[u8],
        record: &mut impl FnMut(&[u8]) -> Result<(), Refused<E>>,
    ) -> Result<(), E> {
        loop {
            if self.pending.is_empty() {
                piece = self.between(piece)?;
            }
            if piece.is_empty() {
                return Ok(());
            }
            piece = if self.lines && self.scan.arrays == 0 {
                self.line(piece, record)?
            } else {
                self.structure(piece, record)?
            };
        }
    }

    /// Skips separators between records; returns the piece from the next object on.
    fn between<'a>(&mut self, piece: &'a [u8]) -> Result<&'a [u8], Broken> {
        for (index, byte) in piece.iter().enumerate() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b',' if self.scan.arrays > 0 => {}
                b'[' => self.scan.arrays += 1,
                b']' if self.scan.arrays > 0 => self.scan.arrays -= 1,
                b'{' => return Ok(&piece[index..]),
                _ => return Err(Broken::NotJson(self.count + 1)),
            }
        }
        Ok(&[])
    }

    /// Treats the rest of the line as the rest of a record; returns the rest of the piece.
    fn line<'a, E: From<Broken>>(
        &mut self,
        piece: &'a [u8],
        record: &mut impl FnMut(&[u8]) -> Result<(), Refused<E>>,
    ) -> Result<&'a [u8], E> {
        let Some(end) = memchr(b'\n', piece) else {
            self.pending.extend_from_slice(piece);
            if self.pending.len() > MAX_LINE {
                self.reread(record)?;
            }
            return Ok(&[]);
        };
        let (line, rest) = piece.split_at(end);
        let offered = if self.pending.is_empty() {
            record(line)
        } else {
            self.pending.extend_from_slice(line);
            record(&self.pending)
        };
        match offered {
            Ok(()) => {
                self.count += 1;
                self.pending.clear();
                Ok(rest)
            }
            Err(Refused::Other(error)) => Err(error),
            Err(Refused::Syntax) => {
                self.after_lines = self.count > self.first;
                if self.pending.is_empty() {
                    self.lines = false;
                    return Ok(piece);
                }
                self.reread(record)?;
                Ok(rest)
            }
        }
    }

    /// Treats the pending bytes as a record, or else as the start of one.
    fn last_line<E: From<Broken>>(
        &mut self,
        record: &mut impl FnMut(&[u8]) -> Result<(), Refused<E>>,
    ) -> Result<(), E> {
        match record(&self.pending) {
            Ok(()) => {
                self.count += 1;
                self.pending.clear();
                Ok(())
            }
            Err(Refused::Other(error)) => Err(error),
            Err(Refused::Syntax) => self.reread(record),
        }
    }

    /// The file is not one record per line: scans the pending bytes again by structure.
    fn reread<E: From<Broken>>(&mut self, record: &mut impl FnMut(&[u8]) -> Result<(), Refused<E>>) -> Result<(), E> {
        self.lines = false;
        let pending = std::mem::take(&mut self.pending);
        self.proceed(&pending, record)
    }

    /// Scans to the end of the record by structure; returns the rest of the piece.
    fn structure<'a, E: From<Broken>>(
        &mut self,
        piece: &'a [u8],
        record: &mut impl FnMut(&[u8]) -> Result<(), Refused<E>>,
    ) -> Result<&'a [u8], E> {
        let end = self.scan.end_of_record(piece);
        let (last, rest) = piece.split_at(end.unwrap_or(piece.len()));
        if self.pending.len() + last.len() > MAX_RECORD {
            return Err(Broken::TooLong(self.count + 1).into());
        }
        if end.is_none() {
            self.pending.extend_from_slice(last);
            return Ok(rest);
        }
        let offered = if self.pending.is_empty() {
            record(last)
        } else {
            self.pending.extend_from_slice(last);
            record(&self.pending)
        };
        self.pending.clear();
        match offered {
            Ok(()) => {
                self.count += 1;
                self.after_lines = false;
                Ok(rest)
            }
            Err(Refused::Other(error)) => Err(error),
            Err(Refused::Syntax) => Err(Broken::NotJson(self.count + 1).into()),
        }
    }
}

impl Scan {
    /// The index after the record's last byte, or `None` if it is in a later piece.
    fn end_of_record(&mut self, piece: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < piece.len() {
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                at += memchr2(b'"', b'\\', &piece[at..])?;
                self.in_string = piece[at] != b'"';
                self.escaped = piece[at] == b'\\';
            } else {
                match piece[at] {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth = self.depth.saturating_sub(1);
                        if self.depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `files`, each split at every multiple of `size`.
    fn read(files: &[&str], size: usize) -> Result<Vec<serde_json::Value>, Broken> {
        let mut values = Vec::new();
        let mut records = Records::default();
        let mut take = |bytes: &[u8]| match serde_json::from_slice(bytes) {
            Ok(value) => {
                values.push(value);
                Ok(())
            }
            Err(_) => Err(Refused::Syntax),
        };
        for file in files {
            for piece in file.as_bytes().chunks(size) {
                records.read(piece, &mut take)?;
            }
            records.end(&mut take)?;
        }
        Ok(values)
    }

    #[test]
    fn every_layout_gives_the_same_records_for_any_split() {
        let expected = vec![serde_json::json!({"a": "}\"\\"}), serde_json::json!({"b": [1, {"c": []}]})];
        let (a, b) = (r#"{"a":"}\"\\"}"#, r#"{"b":[1,{"c":[]}]}"#);
        for file in [
            format!("{a}\n{b}\n"),
            format!("{a}\r\n{b}"),
            format!("\n {a}\n\n\t{b}\n\n"),
            format!("{a}{b}"),
            format!("{a} {b}\n"),
            format!("[{a},{b}]"),
            format!("[\n  {a} ,\n  {b}\n]\n"),
            format!("[{a}]\n[{b}]"),
            format!("{{\n \"a\":\n\"}}\\\"\\\\\"\n}}\n{b}"),
            format!("\u{feff}{a}\n{b}"),
        ] {
            for size in 1..=file.len() {
                assert_eq!(read(&[&file], size).as_ref(), Ok(&expected), "{file} in pieces of {size}");
            }
        }
    }

    #[test]
    fn a_file_that_ends_inside_a_record_is_truncated_and_the_next_starts_anew() {
        for file in ["{\"a\":1}\n{\"b\":", "[{\"a\":1}", "[{\"a\":1},"] {
            assert_eq!(read(&[file], 3), Err(Broken::CutShort(2)), "{file}");
        }
        assert_eq!(read(&["{\"a\":1}", "\u{feff}[{\"b\":2}]"], 2).map(|values| values.len()), Ok(2));
    }

    #[test]
    fn invalid_json_is_reported_with_its_position() {
        assert_eq!(read(&["{\"a\":1}\n<html>"], 4), Err(Broken::NotJson(2)));
        assert_eq!(read(&["{\"a\":1}\n{\"b\":nope}\n{\"c\":1}\n"], 4), Err(Broken::NotJson(2)));
        for file in ["{\"a\":1}\n{\"b\":\"2026-\n{\"c\":1}\n", "{\"a\":1}\n{\"b\":\n{\"c\":1}\n"] {
            for size in 1..=file.len() {
                assert_eq!(read(&[file], size), Err(Broken::NotJson(2)), "{file} in pieces of {size}");
            }
        }
        assert_eq!(read(&["", " \n"], 1).map(|values| values.len()), Ok(0));
    }
}
