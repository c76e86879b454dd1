//! Gives a connector another credential: verified against the same account first; the old one serves until then.

use std::sync::Arc;

use super::connectors::Connectors;
use super::verify::{Connection, Verify};
use crate::error::{Error, StoreError};
use crate::ports::{ConnectorStore, NoticeStore, PollQueue, SecretStore};
use crate::words::{
    Connector, ConnectorId, ConnectorState, Credential, CredentialHistory, NoticeKind, PollJob, Verdict,
};

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
    /// The old credential serves every poll that has begun, and is kept until a poll was good with the new one. The history
    /// is untouched, and a poll is asked for: a good one makes a connector active whose owner had to act.
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
        let now = self.verify.clock.now();
        let connector = loop {
            connector.token = verification.token.clone();
            let rotations = connector.credential_history.rotations + 1;
            connector.credential_history = CredentialHistory { since: Some(now), rotations, previous_is_kept: true };
            match self.connectors.update(&connector).await {
                // A poll or a person changed it meanwhile; the token is ours to tell.
                Err(StoreError::Conflict) => connector = self.look.get(id).await?,
                updated => break updated?,
            }
        };
        // What was said of the old credential is over; should the new one not do its work either, a poll will say so anew.
        self.notices.close(id, &[NoticeKind::TokenExpiring, NoticeKind::OwnerMustAct]).await?;
        if connector.state != ConnectorState::Paused {
            self.queue.send(&[PollJob::requested(id, None, request_id)]).await?;
        }
        tracing::info!(connector = %id, "rotated");
        Ok(connector)
    }
}
