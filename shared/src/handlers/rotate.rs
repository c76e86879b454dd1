//! Gives a connector another credential: verified against the same account first; the old one serves until then.

use std::sync::Arc;

use super::connectors::Connectors;
use super::verify::{Connection, Verify};
use crate::error::{Error, StoreError};
use crate::ports::{ConnectorStore, NoticeStore, PollQueue, SecretStore};
use crate::words::{Connector, ConnectorId, ConnectorState, Credential, NoticeKind, PollJob, Verdict};

#[derive(Clone)]
pub struct Rotate {
    pub verify: Verify,
    pub look: Connectors,
    pub connectors: Arc<dyn ConnectorStore>,
    pub secrets: Arc<dyn SecretStore>,
    pub queue: Arc<dyn PollQueue>,
    pub notices: Arc<dyn NoticeStore>,
}

impl Rotate {
    /// The history is untouched, and a poll is asked for: a good one makes a connector active whose owner had to act.
    pub async fn run(&self, id: &ConnectorId, credential: Credential, request_id: &str) -> Result<Connector, Error> {
        let mut connector = self.look.get(id).await?;
        let connection = Connection {
            provider: connector.provider.clone(),
            account: connector.account.clone(),
            credential,
            api_url: connector.api_url.clone(),
        };
        let verification = self.verify.run(&connection).await?;
        if verification.verdict != Verdict::Valid {
            return Err(Error::Unverified(Box::new(verification)));
        }
        self.secrets.put(id, &connection.credential).await?;
        let connector = loop {
            connector.token = verification.token.clone();
            match self.connectors.update(&connector).await {
                // A poll or a person changed it meanwhile; the token is ours to tell.
                Err(StoreError::Conflict) => connector = self.look.get(id).await?,
                updated => break updated?,
            }
        };
        // What was said of the old token is over; whether the new one does its work, a poll will say.
        self.notices.close(id, &[NoticeKind::TokenExpiring]).await?;
        if connector.state != ConnectorState::Paused {
            self.queue.send(&[PollJob::requested(id, None, request_id)]).await?;
        }
        tracing::info!(connector = %id, "rotated");
        Ok(connector)
    }
}
