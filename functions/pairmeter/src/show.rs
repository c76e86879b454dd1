//! Output for people: aligned tables, a few colors, progress of long work.

mod checks;
mod progress;
mod table;

pub(crate) use checks::verification;
pub(crate) use progress::Bar;
pub(crate) use table::{Align, Table, count, missing};

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};
use shared::error::{Error, chain};

use crate::failure::Failure;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const CAREFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const QUIET: Style = Style::new().dimmed();
pub(crate) const STRONG: Style = Style::new().bold();

/// A styled text. Without a terminal, the style is dropped.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The error of the first result line that could not be written.
static WRITE_ERROR: OnceLock<std::io::Error> = OnceLock::new();

/// Prints one line of the result. Every line is flushed, so that an error is known immediately.
pub(crate) fn line(text: impl Display) {
    match writeln!(anstream::stdout(), "{text}") {
        // The reader has closed the pipe, which is not a failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => drop(WRITE_ERROR.set(error)),
        Ok(()) => {}
    }
}

/// Reports an incomplete result. The command has failed then.
pub(crate) fn has_lost_a_line() -> bool {
    if let Some(error) = WRITE_ERROR.get() {
        aside(format_args!("{}: the result could not be written: {error}", styled(BAD, "error")));
    }
    WRITE_ERROR.get().is_some()
}

/// Prints one line of progress beside the result.
pub(crate) fn aside(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

pub(crate) fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(error) => aside(format_args!("{}: {error}", styled(BAD, "not printable"))),
    }
}

pub(crate) fn failure(failure: &Failure, as_json: bool) {
    if as_json {
        json(&failure.json());
        return;
    }
    let error = styled(BAD, "error");
    match failure {
        Failure::Usage(text) => aside(format_args!("{error}: {text}")),
        Failure::Io(source) => aside(format_args!("{error}: {source}")),
        Failure::Handler(Error::Unverified(verification)) => {
            checks::verification(verification);
            aside(format_args!("{error}: {}", Error::Unverified(verification.clone()).public()));
        }
        Failure::Handler(Error::Faults(faults)) => {
            faults.listed.iter().for_each(aside);
            match faults.total - faults.listed.len() {
                0 => aside(format_args!("{error}: {} faults, and nothing was changed", faults.total)),
                more => aside(format_args!("{error}: these and {more} more faults, and nothing was changed")),
            }
        }
        // The user of the command can also inspect the store, so the causes are printed.
        Failure::Handler(source @ Error::Store(_)) => aside(format_args!("{error}: {}", chain(source))),
        Failure::Handler(source) => aside(format_args!("{error}: {}", source.public())),
    }
}
