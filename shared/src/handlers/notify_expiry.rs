//! Sends notices, each one once: about a token that expires, a connector that its provider refuses, or a connector
//! without new data.
//!
//! Two steps. The state of the connectors opens notices. One mail then contains all notices that are not sent yet, and
//! they are marked afterwards: a crash in between sends the mail again, so that no notice is lost. There is one mail, not
//! one for each notice, because fifty connectors may share a token, and SNS suspends a mail subscription that gets more
//! than ten messages a second (<https://repost.aws/knowledge-center/sns-email-subscription-disabled>).

mod mail;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::error::{Error, StoreError, chain};
use crate::ports::{ConnectorStore, Events, NoticeStore, Notifier};
use crate::words::{
    Connector, ConnectorId, ConnectorState, Day, Delivery, DeliveryState, Event, Notice, NoticeKind, TokenExpiring,
};

/// The alarm is due when fewer days than this are left.
const ALARMING: i64 = 3;
/// A day of data arrives one day later. After this many more days without new data, a notice opens.
const STALE_AFTER: i64 = 3;
/// Concurrent calls to a store.
const AT_ONCE: usize = 16;

/// When reminders are sent, and the link in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminders {
    /// Days before a token's expiry.
    pub thresholds: Vec<i64>,
    /// Maximum age, in days, of tokens without a known expiry date. `None` disables the check.
    pub oldest: Option<i64>,
    /// The public address of Pairmeter, for the link in a mail.
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

/// The result of a run over the connectors that are not paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub connectors: u64,
    pub owner_must_act: u64,
    pub without_new_data: u64,
    pub tokens_below_3_days: u64,
    /// Notices that were sent.
    pub told: u64,
    /// Mails that contained them.
    pub mails: u64,
    /// Connectors that could not be examined, and notices that could not be sent.
    pub failed: u64,
    /// Recipients that get no mail: their subscription is not confirmed or does not exist.
    pub mail_unconfirmed: u64,
}

impl Found {
    /// A run that could not send a notice is an error, so that it is retried. Notices that were sent are not repeated.
    pub fn whole(self) -> Result<(), Error> {
        match self.failed {
            0 => Ok(()),
            failed => Err(StoreError::Unavailable(format!("{failed} notices could not be sent").into()).into()),
        }
    }
}

/// The expiry of a token.
#[derive(Clone, Copy)]
enum End {
    /// The provider reports this time.
    Named(DateTime<Utc>),
    /// The provider reports no expiry date; at this time the token reaches the maximum age.
    ByAge(DateTime<Utc>),
}

/// A notice that is not sent yet.
struct Untold {
    notice: Notice,
    connector: Connector,
    end: Option<End>,
}

/// Sort key; lower is sent first. Broken connectors first, then tokens by days left.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Broken,
    TokenEnds { days_left: i64 },
    CanWait,
}

impl Untold {
    fn urgency(&self, now: DateTime<Utc>) -> Urgency {
        match (self.notice.kind, self.end) {
            (NoticeKind::OwnerMustAct, _) => Urgency::Broken,
            (NoticeKind::TokenExpiring, Some(end)) => Urgency::TokenEnds { days_left: end.days_left(now) },
            _ => Urgency::CanWait,
        }
    }
}

impl End {
    fn at(self) -> DateTime<Utc> {
        match self {
            End::Named(at) | End::ByAge(at) => at,
        }
    }

    /// Whole days until the expiry; negative after it.
    fn days_left(self, now: DateTime<Utc>) -> i64 {
        (self.at() - now).num_seconds().div_euclid(24 * 60 * 60)
    }
}

impl Reminders {
    fn end(&self, connector: &Connector) -> Option<End> {
        let by_age = || self.oldest.map(|days| End::ByAge(connector.credential_since() + Duration::days(days)));
        connector.token.expires_at.map(End::Named).or_else(by_age)
    }

    /// The last threshold that was passed when `left` days are left.
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
                    tracing::error!(connector = %connector.id, error = chain(&error), "a connector could not be examined");
                }
            }
        }
        self.check_delivery(now, &mut found).await;
        self.send(now, correlation_id, &mut found).await?;
        tracing::info!(
            correlation_id,
            connectors = found.connectors,
            told = found.told,
            failed = found.failed,
            "checked the connectors for notices"
        );
        Ok(found)
    }

    /// Opens the notices of one connector.
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

    /// Records the state of mail delivery for the page. A failed check does not stop a mail.
    async fn check_delivery(&self, now: DateTime<Utc>, found: &mut Found) {
        let delivery = self.notifier.delivery(now).await.unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), "the state of mail delivery could not be read");
            let detail = "The state of mail delivery could not be read: see the log of notify_expiry.";
            let detail = Some(detail.to_owned());
            Delivery { state: DeliveryState::Unknown, confirmed: None, pending: None, detail, checked_at: now }
        });
        found.mail_unconfirmed = delivery.unconfirmed();
        if let Err(error) = self.notices.record_delivery(&delivery).await {
            found.failed += 1;
            tracing::error!(error = chain(&error), "the state of mail delivery could not be stored");
        }
    }

    /// Sends one mail to the recipients of the deployment: all of them get the same notices.
    async fn send(&self, now: DateTime<Utc>, correlation_id: &str, found: &mut Found) -> Result<(), Error> {
        let untold = self.untold(now).await?;
        if untold.is_empty() {
            return Ok(());
        }
        let count = untold.len() as u64;
        if let Err(error) = self.notifier.send(&mail::of(&untold, self.reminders.url.as_deref(), now)).await {
            found.failed += count;
            tracing::error!(notices = count, error = chain(&error), "the mail was not sent; the next run sends it");
            return Ok(());
        }
        found.mails += 1;
        let is_published = self.publish(&untold, now, correlation_id).await;
        let marked = stream::iter(&untold).map(async |of| match (of.notice.kind, &is_published) {
            // Sent again rather than never published.
            (NoticeKind::TokenExpiring, Err(error)) => Err(error),
            _ => Ok(self.mark(&of.notice, now).await),
        });
        let mut marked = marked.buffer_unordered(AT_ONCE);
        while let Some(marked) = marked.next().await {
            let error = match &marked {
                Ok(Ok(())) => {
                    found.told += 1;
                    continue;
                }
                Ok(Err(error)) => chain(error),
                Err(error) => chain(*error),
            };
            found.failed += 1;
            tracing::error!(error, "a notice was sent and could not be marked; the next run sends it again");
        }
        Ok(())
    }

    /// Notices that are not sent yet, the most urgent first.
    async fn untold(&self, now: DateTime<Utc>) -> Result<Vec<Untold>, Error> {
        let open = self.notices.list().await?.into_iter().filter(|notice| notice.told_at.is_none());
        let found = stream::iter(open).map(|notice| async {
            match self.connectors.get(&notice.connector).await {
                Ok(connector) if connector.notify && connector.state != ConnectorState::Paused => {
                    let end = self.reminders.end(&connector);
                    Ok(Some(Untold { notice, connector, end }))
                }
                Ok(_) => Ok(None),
                Err(StoreError::NotFound) => {
                    self.notices.close(&notice.connector, &NoticeKind::ALL).await?;
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        });
        let found: Vec<Option<Untold>> = found.buffered(AT_ONCE).try_collect().await?;
        let mut untold: Vec<Untold> = found.into_iter().flatten().collect();
        untold.sort_by(|a, b| {
            (a.urgency(now), a.notice.since, &a.notice.id).cmp(&(b.urgency(now), b.notice.since, &b.notice.id))
        });
        Ok(untold)
    }

    /// One event for each token that expires.
    async fn publish(&self, untold: &[Untold], now: DateTime<Utc>, correlation_id: &str) -> Result<(), StoreError> {
        let event = |of: &Untold| match (of.notice.kind, of.end) {
            (NoticeKind::TokenExpiring, Some(end @ End::Named(expires_at))) => {
                let left = end.days_left(now);
                Some(Event::TokenExpiring(TokenExpiring {
                    connector: (&of.connector).into(),
                    at: now,
                    expires_at,
                    days_left: left,
                    threshold: self.reminders.passed(left).unwrap_or(left),
                    correlation_id: correlation_id.to_owned(),
                }))
            }
            _ => None,
        };
        let events: Vec<Event> = untold.iter().filter_map(event).collect();
        if events.is_empty() { Ok(()) } else { self.events.publish(&events).await }
    }

    async fn mark(&self, notice: &Notice, now: DateTime<Utc>) -> Result<(), StoreError> {
        match self.notices.mark_told(&notice.id, now).await {
            // A rotation or a good poll closed it in the meantime.
            Err(StoreError::NotFound) => Ok(()),
            marked => marked,
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
