//! Tells people what they must know, each thing once: a token that ends, a connector that needs its owner, or one that
//! gets no new data.
//!
//! Two steps. What the connectors show opens notices; notices that nobody was sent yet are sent, and marked after that: a
//! crash in between tells twice, never nobody.

mod mail;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use crate::error::{Error, StoreError, chain};
use crate::ports::{ConnectorStore, Events, NoticeStore, Notifier};
use crate::words::{Connector, ConnectorId, ConnectorState, Day, Event, Notice, NoticeKind, TokenExpiring};

/// From so many days left on, an alarm is due.
const ALARMING: i64 = 3;
/// A day of data comes a day later; so many more without any is a matter for somebody.
const STALE_AFTER: i64 = 3;

/// When and how people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminders {
    /// Days before a token's end.
    pub thresholds: Vec<i64>,
    /// How old a token may get whose end nobody names, in days; none is as old as it likes.
    pub oldest: Option<i64>,
    /// Where people open Pairmeter, for the link in a mail.
    pub url: Option<String>,
}

impl Default for Reminders {
    fn default() -> Self {
        Self { thresholds: vec![14, 7, 3, 1, 0], oldest: Some(365), url: None }
    }
}

#[derive(Clone)]
pub struct NotifyExpiry {
    pub connectors: Arc<dyn ConnectorStore>,
    pub notices: Arc<dyn NoticeStore>,
    pub notifier: Arc<dyn Notifier>,
    pub events: Arc<dyn Events>,
    pub reminders: Reminders,
}

/// What a run found among the connectors that are not paused, and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub connectors: u64,
    pub owner_must_act: u64,
    pub without_new_data: u64,
    pub tokens_below_3_days: u64,
    /// Messages that were sent.
    pub told: u64,
    /// Connectors that could not be looked at, and messages that did not leave.
    pub failed: u64,
}

impl Found {
    /// A run that could not tell everybody is no success: whoever started it tries again, and nobody is told twice.
    pub fn whole(self) -> Result<(), Error> {
        match self.failed {
            0 => Ok(()),
            failed => Err(StoreError::Unavailable(format!("{failed} could not be told").into()).into()),
        }
    }
}

/// Until when a token serves.
#[derive(Clone, Copy)]
enum End {
    /// The provider ends it then.
    Named(DateTime<Utc>),
    /// Nobody ends it; from then on it is older than it should be.
    ByAge(DateTime<Utc>),
}

impl End {
    fn at(self) -> DateTime<Utc> {
        match self {
            End::Named(at) | End::ByAge(at) => at,
        }
    }

    /// Whole days until then; negative once it is over.
    fn days_left(self, now: DateTime<Utc>) -> i64 {
        (self.at() - now).num_seconds().div_euclid(24 * 60 * 60)
    }
}

impl Reminders {
    fn end(&self, connector: &Connector) -> Option<End> {
        let by_age = || self.oldest.map(|days| End::ByAge(connector.credential_since() + Duration::days(days)));
        connector.token.expires_at.map(End::Named).or_else(by_age)
    }

    /// The last threshold that was passed with so many days left.
    fn passed(&self, left: i64) -> Option<i64> {
        self.thresholds.iter().copied().filter(|threshold| left <= *threshold).min()
    }
}

impl NotifyExpiry {
    /// Running twice on one day equals once. One connector's failure does not stop the rest.
    pub async fn run(&self, now: DateTime<Utc>, correlation_id: &str) -> Result<Found, Error> {
        let mut found = Found::default();
        let stale: Vec<Notice> = self.notices.list().await?;
        let mut stale: Vec<ConnectorId> =
            stale.into_iter().filter(|notice| notice.kind == NoticeKind::NoNewData).map(|of| of.connector).collect();
        let mut after = None;
        loop {
            let page = self.connectors.list(after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for connector in page.iter().filter(|connector| connector.state != ConnectorState::Paused) {
                let has_notice =
                    stale.iter().position(|id| *id == connector.id).map(|at| stale.swap_remove(at)).is_some();
                if let Err(error) = self.look(connector, has_notice, now, &mut found).await {
                    found.failed += 1;
                    tracing::error!(connector = %connector.id, error = chain(&error), "a connector could not be looked at");
                }
            }
        }
        self.send(now, correlation_id, &mut found).await?;
        tracing::info!(
            correlation_id,
            connectors = found.connectors,
            told = found.told,
            failed = found.failed,
            "looked for what people must know"
        );
        Ok(found)
    }

    /// Opens the notices that a connector gives reason for.
    async fn look(
        &self,
        connector: &Connector,
        has_stale_notice: bool,
        now: DateTime<Utc>,
        found: &mut Found,
    ) -> Result<(), Error> {
        found.connectors += 1;
        found.owner_must_act += u64::from(connector.state == ConnectorState::OwnerMustAct);
        if let Some(end) = self.reminders.end(connector) {
            let left = end.days_left(now);
            found.tokens_below_3_days += u64::from(matches!(end, End::Named(_)) && left < ALARMING);
            if let Some(threshold) = self.reminders.passed(left) {
                let code = match end {
                    End::Named(_) => format!("token_ends_within_{threshold}_days"),
                    End::ByAge(_) => format!("token_too_old_within_{threshold}_days"),
                };
                let detail = mail::token_detail(connector, end, now);
                let notice = Notice::new(&connector.id, NoticeKind::TokenExpiring, &code, detail, now);
                self.notices.open(&notice).await?;
            }
        }
        let is_stale = is_stale(connector, now.date_naive());
        found.without_new_data += u64::from(is_stale);
        match (is_stale, has_stale_notice) {
            // A connector that waits for its owner has a notice that says more.
            (true, false) if connector.state != ConnectorState::OwnerMustAct => {
                let detail = mail::stale_detail(connector);
                let notice = Notice::new(&connector.id, NoticeKind::NoNewData, "no_new_data", detail, now);
                self.notices.open(&notice).await?;
            }
            (false, true) => self.notices.close(&connector.id, &[NoticeKind::NoNewData]).await?,
            _ => {}
        }
        Ok(())
    }

    /// Sends what nobody was told yet, what is most urgent first.
    async fn send(&self, now: DateTime<Utc>, correlation_id: &str, found: &mut Found) -> Result<(), Error> {
        let mut waiting = Vec::new();
        for notice in self.notices.list().await? {
            if notice.told_at.is_some() {
                continue;
            }
            match self.connectors.get(&notice.connector).await {
                Ok(connector) if connector.notify && connector.state != ConnectorState::Paused => {
                    waiting.push((self.urgency(&notice, &connector, now), notice, connector));
                }
                Ok(_) => {}
                Err(StoreError::NotFound) => self.notices.close(&notice.connector, &NoticeKind::ALL).await?,
                Err(error) => return Err(error.into()),
            }
        }
        waiting
            .sort_by(|(a, first, _), (b, second, _)| (a, first.since, &first.id).cmp(&(b, second.since, &second.id)));
        for (_, notice, connector) in waiting {
            match self.tell(&notice, &connector, now, correlation_id).await {
                Ok(()) => found.told += 1,
                Err(error) => {
                    found.failed += 1;
                    tracing::error!(connector = %connector.id, error = chain(&error), "nobody could be told");
                }
            }
        }
        Ok(())
    }

    async fn tell(
        &self,
        notice: &Notice,
        connector: &Connector,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), Error> {
        let end = self.reminders.end(connector);
        self.notifier.send(&mail::of(notice, connector, end, self.reminders.url.as_deref(), now)).await?;
        if let (NoticeKind::TokenExpiring, Some(end @ End::Named(expires_at))) = (notice.kind, end) {
            let left = end.days_left(now);
            let event = TokenExpiring {
                connector: connector.into(),
                at: now,
                expires_at,
                days_left: left,
                threshold: self.reminders.passed(left).unwrap_or(left),
                correlation_id: correlation_id.to_owned(),
            };
            self.events.publish(&[Event::TokenExpiring(event)]).await?;
        }
        match self.notices.mark_told(&notice.id, now).await {
            // Closed by a rotation or a good poll while it was sent.
            Err(StoreError::NotFound) => Ok(()),
            marked => Ok(marked?),
        }
    }

    /// The less, the sooner: what is broken now, then tokens by what is left to them.
    fn urgency(&self, notice: &Notice, connector: &Connector, now: DateTime<Utc>) -> i64 {
        match notice.kind {
            NoticeKind::OwnerMustAct => i64::MIN,
            NoticeKind::TokenExpiring => self.reminders.end(connector).map_or(i64::MAX, |end| end.days_left(now)),
            NoticeKind::NoNewData | NoticeKind::ApiEnding | NoticeKind::FieldsGone => i64::MAX,
        }
    }
}

fn is_stale(connector: &Connector, today: Day) -> bool {
    let since = connector.freshness.complete_through.unwrap_or(connector.created_at.date_naive());
    (today - since).num_days() > STALE_AFTER
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    #[test]
    fn a_threshold_is_passed_on_its_day_and_stays_passed_until_the_next() {
        let passed = |left: i64| super::Reminders::default().passed(left);
        let expected = BTreeMap::from([(15, None), (14, Some(14)), (8, Some(14)), (7, Some(7)), (4, Some(7))]);
        for (left, at) in
            expected.into_iter().chain([(3, Some(3)), (2, Some(3)), (1, Some(1)), (0, Some(0)), (-9, Some(0))])
        {
            assert_eq!(passed(left), at, "{left} days left");
        }
    }
}
