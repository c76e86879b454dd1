//! What people see: aligned tables, colour with care, progress on long work.

mod checks;
mod progress;
mod table;

pub(crate) use checks::verification;
pub(crate) use progress::Bar;
pub(crate) use table::{Align, Table, count, missing};

use std::fmt::Display;
use std::io::Write;

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

/// One line for whoever reads the result.
pub(crate) fn line(text: impl Display) {
    // A closed pipe means that nobody reads on; that is not a failure.
    let _ = writeln!(anstream::stdout(), "{text}");
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
        // Whoever runs the command is also the one who can look into the store.
        Failure::Handler(source @ Error::Store(_)) => aside(format_args!("{error}: {}", chain(source))),
        Failure::Handler(source) => aside(format_args!("{error}: {}", source.public())),
    }
}
