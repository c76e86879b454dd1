//! Asks for one poll for each connector that is due.

use std::sync::Arc;

use crate::error::Error;
use crate::ports::{ConnectorStore, PollQueue};
use crate::words::{ConnectorState, Day, PollJob};

#[derive(Clone)]
pub struct FanOut {
    pub connectors: Arc<dyn ConnectorStore>,
    pub queue: Arc<dyn PollQueue>,
}

impl FanOut {
    /// Page by page, so that memory does not grow with the number of connectors. Running twice on one day equals once.
    ///
    /// A connector whose owner must act is asked as well: once a day is little, and it heals by itself when a policy
    /// is switched on again.
    pub async fn run(&self, day: Day) -> Result<usize, Error> {
        let mut sent = 0;
        let mut after = None;
        loop {
            let page = self.connectors.list(after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            let due = page.iter().filter(|connector| connector.state != ConnectorState::Paused);
            let jobs: Vec<PollJob> = due.map(|connector| PollJob::daily(&connector.id, day)).collect();
            self.queue.send(&jobs).await?;
            sent += jobs.len();
        }
        tracing::info!(%day, connectors = sent, "asked for polls");
        Ok(sent)
    }
}
