//! Progress of long work: a bar on a terminal, plain lines in a pipe.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use shared::handlers::poll::Progress;
use shared::words::Day;

/// Lines per job in a pipe.
const LINES: usize = 10;

pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    what: String,
    planned: AtomicUsize,
    done: AtomicUsize,
    told: AtomicUsize,
    bytes: AtomicU64,
}

impl Bar {
    pub(crate) fn new(what: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} days  {msg}");
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
            }
            bar.set_prefix(what.to_owned());
            bar
        });
        Self {
            bar,
            what: what.to_owned(),
            planned: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            told: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn planned(&self, days: usize) {
        self.planned.store(days, Ordering::Relaxed);
        match &self.bar {
            Some(bar) => bar.set_length(days as u64),
            None => super::aside(format_args!("{}: {days} days to fetch", self.what)),
        }
    }

    fn asking(&self, report: &str, day: Day) {
        if let Some(bar) = &self.bar {
            let bytes = HumanBytes(self.bytes.load(Ordering::Relaxed));
            bar.set_message(format!("{bytes}  {report} {day}"));
        }
    }

    fn bytes(&self, count: u64) {
        self.bytes.fetch_add(count, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.tick();
        }
    }

    fn done(&self, days: usize) {
        let done = self.done.fetch_add(days, Ordering::Relaxed) + days;
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            return;
        }
        let planned = self.planned.load(Ordering::Relaxed).max(1);
        let tenth = done * LINES / planned;
        if self.told.swap(tenth, Ordering::Relaxed) != tenth {
            let bytes = HumanBytes(self.bytes.load(Ordering::Relaxed));
            super::aside(format_args!("{}: {done} of {planned} days, {bytes}", self.what));
        }
    }
}
