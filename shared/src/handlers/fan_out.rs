//! Asks for one poll for each connector that is due.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::ports::{ConnectorStore, PollQueue};
use crate::words::{Connector, ConnectorState, Day, Days, PollJob};

/// Which connectors are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// All of them, once a day.
    Daily,
    /// Those whose yesterday is not complete yet: reports are late, or were refused for a while.
    Pending,
}

#[derive(Clone)]
pub struct FanOut {
    pub connectors: Arc<dyn ConnectorStore>,
    pub queue: Arc<dyn PollQueue>,
}

impl FanOut {
    /// Page by page, so that memory does not grow with the number of connectors. Running twice for one time equals once.
    ///
    /// A connector whose owner must act is asked once a day as well: that is little, and it heals by itself when a
    /// policy is switched on again.
    pub async fn run(&self, round: Round, at: DateTime<Utc>, correlation_id: &str) -> Result<usize, Error> {
        let mut sent = 0;
        let mut after = None;
        loop {
            let page = self.connectors.list(after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            let job = |connector: &Connector| match round {
                Round::Daily => PollJob::daily(&connector.id, at.date_naive()),
                Round::Pending => PollJob::pending(&connector.id, at),
            };
            let due = page.iter().filter(|connector| is_due(connector, round, at.date_naive()));
            let jobs: Vec<PollJob> = due.map(|connector| job(connector).caused_by(correlation_id)).collect();
            self.queue.send(&jobs).await?;
            sent += jobs.len();
        }
        tracing::info!(?round, %at, correlation_id, connectors = sent, "requested polls");
        Ok(sent)
    }
}

fn is_due(connector: &Connector, round: Round, today: Day) -> bool {
    match (round, connector.state) {
        (_, ConnectorState::Paused) | (Round::Pending, ConnectorState::OwnerMustAct) => false,
        (Round::Daily, _) => true,
        (Round::Pending, _) => connector.freshness.complete_through < Some(Days::before(today, 1).from()),
    }
}
