//! What people see: aligned tables, colour with care, progress on long work.

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

/// A styled piece of text; the style disappears where the output is no terminal.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Why the first line of the result could not be written that was lost.
static LOST: OnceLock<std::io::Error> = OnceLock::new();

/// One line for whoever reads the result. Every line is flushed, so what became of it is known at once.
pub(crate) fn line(text: impl Display) {
    match writeln!(anstream::stdout(), "{text}") {
        // Nobody reads on; that is not a failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => drop(LOST.set(error)),
        Ok(()) => {}
    }
}

/// Says so where the result is not whole; its command has failed then, whatever it did.
pub(crate) fn has_lost_a_line() -> bool {
    if let Some(error) = LOST.get() {
        aside(format_args!("{}: the result could not be written: {error}", styled(BAD, "error")));
    }
    LOST.get().is_some()
}

/// One line beside the result: what is going on.
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
        // Whoever runs the command is also the one who can look into the store.
        Failure::Handler(source @ Error::Store(_)) => aside(format_args!("{error}: {}", chain(source))),
        Failure::Handler(source) => aside(format_args!("{error}: {}", source.public())),
    }
}
