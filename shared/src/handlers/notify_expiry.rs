//! Tells people about tokens that end soon, once per threshold, and counts what else needs somebody.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::{Error, StoreError, chain};
use crate::ports::{ConnectorStore, Events, NoticeStore, Notifier};
use crate::words::{Connector, ConnectorState, Day, Event, Mail, Notice, NoticeKind, TokenExpiring};

/// Days before the end at which somebody is told.
pub const THRESHOLDS: [i64; 5] = [14, 7, 3, 1, 0];

/// From this many days left on, an alarm is due.
const ALARMING: i64 = 3;
/// A day of data comes a day later; so many more without any is a matter for somebody.
const STALE_AFTER: i64 = 3;

#[derive(Clone)]
pub struct NotifyExpiry {
    pub connectors: Arc<dyn ConnectorStore>,
    pub notices: Arc<dyn NoticeStore>,
    pub notifier: Arc<dyn Notifier>,
    pub events: Arc<dyn Events>,
}

/// What a run found among the connectors that are not paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub connectors: u64,
    pub told: u64,
    /// Connectors that somebody should have been told about, and was not.
    pub failed: u64,
    pub owner_must_act: u64,
    pub without_new_data: u64,
    pub tokens_below_3_days: u64,
}

impl NotifyExpiry {
    /// Running twice on one day equals once. One connector's failure does not stop the rest.
    pub async fn run(&self, now: DateTime<Utc>, correlation_id: &str) -> Result<Found, Error> {
        let mut found = Found::default();
        let mut after = None;
        loop {
            let page = self.connectors.list(after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for connector in page.iter().filter(|connector| connector.state != ConnectorState::Paused) {
                found.connectors += 1;
                found.owner_must_act += u64::from(connector.state == ConnectorState::OwnerMustAct);
                found.without_new_data += u64::from(is_stale(connector, now.date_naive()));
                found.tokens_below_3_days += u64::from(days_left(connector, now).is_some_and(|left| left < ALARMING));
                match self.tell(connector, now, correlation_id).await {
                    Ok(true) => found.told += 1,
                    Ok(false) => {}
                    Err(error) => {
                        found.failed += 1;
                        tracing::error!(connector = %connector.id, error = chain(&error), "nobody could be told");
                    }
                }
            }
        }
        tracing::info!(correlation_id, connectors = found.connectors, told = found.told, "looked for what ends soon");
        Ok(found)
    }

    /// Sent, then marked: a crash in between tells twice, never nobody.
    async fn tell(&self, connector: &Connector, now: DateTime<Utc>, correlation_id: &str) -> Result<bool, Error> {
        let (Some(expires_at), Some(left)) = (connector.token.expires_at, days_left(connector, now)) else {
            return Ok(false);
        };
        let Some(threshold) = passed(left).filter(|_| connector.notify) else { return Ok(false) };
        if connector.told_at.is_some_and(|told| told <= threshold) {
            return Ok(false);
        }
        let detail = detail(connector, expires_at, left);
        self.notifier.send(&mail(connector, left, &detail)).await?;
        let code = format!("token_ends_within_{threshold}_days");
        self.notices.open(&Notice::new(&connector.id, NoticeKind::TokenExpiring, &code, detail, now)).await?;
        let event = TokenExpiring {
            connector: connector.into(),
            at: now,
            expires_at,
            days_left: left,
            threshold,
            correlation_id: correlation_id.to_owned(),
        };
        self.events.publish(&[Event::TokenExpiring(event)]).await?;
        self.mark(connector, expires_at, threshold).await?;
        Ok(true)
    }

    async fn mark(&self, connector: &Connector, expires_at: DateTime<Utc>, threshold: i64) -> Result<(), Error> {
        let mut current = connector.clone();
        loop {
            current.told_at = Some(threshold);
            match self.connectors.update(&current).await {
                Err(StoreError::Conflict) => match self.connectors.get(&connector.id).await {
                    // Rotated meanwhile: of the new token nobody was told anything.
                    Ok(changed) if changed.token.expires_at != Some(expires_at) => return Ok(()),
                    Ok(changed) => current = changed,
                    Err(StoreError::NotFound) => return Ok(()),
                    Err(error) => return Err(error.into()),
                },
                updated => return Ok(updated.map(|_| ())?),
            }
        }
    }
}

/// Whole days until the token ends; negative once it has.
fn days_left(connector: &Connector, now: DateTime<Utc>) -> Option<i64> {
    connector.token.expires_at.map(|end| (end - now).num_seconds().div_euclid(24 * 60 * 60))
}

/// The last threshold that was passed with so many days left.
fn passed(left: i64) -> Option<i64> {
    THRESHOLDS.into_iter().filter(|threshold| left <= *threshold).min()
}

fn is_stale(connector: &Connector, today: Day) -> bool {
    let since = connector.freshness.complete_through.unwrap_or(connector.created_at.date_naive());
    (today - since).num_days() > STALE_AFTER
}

fn detail(connector: &Connector, expires_at: DateTime<Utc>, left: i64) -> String {
    let (name, at) = (&connector.name, expires_at.format("%Y-%m-%d %H:%M UTC"));
    match left {
        ..0 => format!("the token of {name} ended at {at}; make a new one and rotate the connector's credential"),
        _ => format!("the token of {name} ends at {at}; make a new one and rotate the connector's credential before"),
    }
}

fn mail(connector: &Connector, left: i64, detail: &str) -> Mail {
    let subject = match left {
        ..0 => "token has ended".to_owned(),
        0 => "token ends today".to_owned(),
        1 => "token ends in 1 day".to_owned(),
        _ => format!("token ends in {left} days"),
    };
    let account = &connector.account;
    Mail {
        subject: format!("Pairmeter: {} {}: {subject}", connector.provider, account.slug)
            .chars()
            .filter(|c| c.is_ascii() && !c.is_ascii_control())
            .take(99)
            .collect(),
        text: format!(
            "{detail}.\n\nProvider: {}\nAccount: {} {}\nConnector: {}\n\n\
             New token: GET /v1/providers says where to make it and with which rights.\n\
             Put it in: PUT /v1/connectors/{}/credential, or `pairmeter rotate`.\n",
            connector.provider, account.kind, account.slug, connector.id, connector.id
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_passed_on_its_day_and_stays_passed_until_the_next() {
        let at = |left| passed(left);
        assert_eq!([at(15), at(14), at(8), at(7), at(4), at(3)], [None, Some(14), Some(14), Some(7), Some(7), Some(3)]);
        assert_eq!([at(2), at(1), at(0), at(-30)], [Some(3), Some(1), Some(0), Some(0)]);
    }
}
