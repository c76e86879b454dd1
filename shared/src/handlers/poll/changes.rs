//! Notices about changes of a provider's API: addresses that it will switch off, and fields that it has stopped sending.

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::http::Deprecation;
use crate::words::{Connector, GoneField, Notice, NoticeKind, SegmentHead, gone_fields};

use super::{Poll, Polled};

/// Of many, as many are named.
const NAMED: usize = 5;

impl Poll {
    /// Opens the notices that a good poll gives reason for, and closes those whose reason is over.
    pub(super) async fn say_what_changes(
        &self,
        connector: &Connector,
        polled: &Polled,
        heads: impl Iterator<Item = &SegmentHead>,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let is_known = polled.days > 0;
        let notices = [
            (NoticeKind::ApiEnding, is_known, ending(&polled.endings, connector)),
            (NoticeKind::FieldsGone, true, gone(&gone_fields(heads), connector)),
        ];
        for (kind, is_known, notice) in notices {
            match notice {
                Some((code, detail)) => {
                    self.notices.open(&Notice::new(&connector.id, kind, &code, detail, at)).await?;
                }
                None if is_known => self.notices.close(&connector.id, &[kind]).await?,
                None => {}
            }
        }
        Ok(())
    }
}

/// Code and text. The first to be switched off counts.
fn ending(endings: &[Deprecation], connector: &Connector) -> Option<(String, String)> {
    let at = endings.iter().filter_map(|ending| ending.at).min();
    let addresses = named(endings.iter().map(|ending| ending.address.as_str()))?;
    let (code, when, by_when) = match at.map(|at| at.date_naive()) {
        Some(end) => (format!("api_ends_{end}"), format!("(shutdown on {end})"), format!("before {end}")),
        None => ("api_deprecated".to_owned(), "(no shutdown date announced)".to_owned(), "soon".to_owned()),
    };
    let detail = format!(
        "the provider of {} has deprecated {addresses} {when}. Polls work until the shutdown. The operator of this Pairmeter \
         must update it {by_when}",
        connector.name
    );
    Some((code, detail))
}

fn gone(gone: &[GoneField], connector: &Connector) -> Option<(String, String)> {
    let latest = gone.first()?;
    let fields = named(gone.iter().map(|gone| format!("{} of {} (since {})", gone.field, gone.dataset, gone.since)))?;
    let detail = format!(
        "the provider of {} stopped sending values that it sent every day: {fields}. Reports have a gap there. If \
         people work as before, the provider has changed its reports: the operator of this Pairmeter must check \
         for an update",
        connector.name
    );
    Some((format!("fields_gone_since_{}", latest.since), detail))
}

fn named(names: impl ExactSizeIterator<Item: AsRef<str>>) -> Option<String> {
    let more = names.len().saturating_sub(NAMED);
    let names: Vec<_> = names.take(NAMED).collect();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(names.join(", ")),
        (false, more) => Some(format!("{} and {more} more", names.join(", "))),
    }
}
