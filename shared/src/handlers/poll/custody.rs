//! With which credential a poll works, and what becomes of it: the one that counts, or the one before it where the new one
//! is refused.

use crate::error::{Error, ProviderError, Recourse, StoreError};
use crate::providers;
use crate::words::{Connector, ConnectorState, NoticeKind, PollOutcome};

use super::ledger::LedgerView;
use super::{Poll, Polled, Task};

impl Poll {
    /// A poll ends with the credential that it began with. Where a new one is refused that was good when it was rotated,
    /// the one before it does the work, so that no day is lost; its owner is told all the same.
    pub(super) async fn attempt(
        &self,
        task: Task<'_>,
        connector: &Connector,
        ledger: &mut LedgerView,
    ) -> Result<Polled, Error> {
        let provider = providers::history(&connector.provider).ok_or_else(|| {
            Error::invalid("provider", format!("this version has no provider {}", connector.provider))
        })?;
        let credential = self.secrets.get(&connector.id).await.map_err(|error| match error {
            StoreError::NotFound => Error::Provider(ProviderError::Denied {
                detail: "the connector's credential is missing in the secret store".to_owned(),
            }),
            other => other.into(),
        })?;
        let polled = self.work(task, connector, provider, &credential, ledger).await?;
        if !connector.credential_history.previous_is_kept || !is_refused(&polled) {
            return Ok(polled);
        }
        let previous = match self.secrets.previous(&connector.id).await {
            Err(StoreError::NotFound) => return Ok(polled),
            previous => previous?,
        };
        let instead = self.work(task, connector, provider, &previous, ledger).await?;
        if is_refused(&instead) {
            return Ok(polled);
        }
        let outcome = if instead.outcome == PollOutcome::Failed { PollOutcome::Failed } else { PollOutcome::Partial };
        Ok(Polled { outcome, failure: polled.failure.map(until_rotated), token: None, ..instead })
    }

    /// The connector as it is now, if it was its credential of before that failed.
    pub(super) async fn rotated_since(
        &self,
        connector: &Connector,
        polled: &Polled,
    ) -> Result<Option<Connector>, Error> {
        if polled.failure.as_ref().is_none_or(|error| error.recourse() != Recourse::Owner) {
            return Ok(None);
        }
        match self.connectors.get(&connector.id).await {
            Ok(current) => {
                let is_rotated = current.credential_history.rotations != connector.credential_history.rotations;
                Ok(Some(current).filter(|current| is_rotated && current.state != ConnectorState::Paused))
            }
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes over what the provider said of the credential; the one before it is no longer needed once this one has shown
    /// that it does the work. What is said of a credential that was rotated meanwhile is of no interest.
    pub(super) async fn keep_up(
        &self,
        current: &mut Connector,
        began_with: &Connector,
        polled: &Polled,
        state: ConnectorState,
    ) -> Result<(), Error> {
        if current.credential_history.rotations != began_with.credential_history.rotations {
            return Ok(());
        }
        if let Some(token) = &polled.token {
            if token.expires_at != current.token.expires_at {
                // Another end, other thresholds: what was said of the old one is over.
                self.notices.close(&current.id, &[NoticeKind::TokenExpiring]).await?;
            }
            current.token.clone_from(token);
        }
        let is_good = state == ConnectorState::Active && polled.days > 0;
        current.credential_history.previous_is_kept &= !is_good;
        Ok(())
    }
}

/// Nothing is opened by it any more.
fn is_refused(polled: &Polled) -> bool {
    matches!(polled.failure, Some(Error::Provider(ProviderError::Denied { .. } | ProviderError::Closed { .. })))
}

fn until_rotated(error: Error) -> Error {
    let also = |detail| format!("{detail}; until the next rotation, the previous credential fetches days");
    match error {
        Error::Provider(ProviderError::Denied { detail }) => {
            Error::Provider(ProviderError::Denied { detail: also(detail) })
        }
        Error::Provider(ProviderError::Closed { code, detail, fix }) => {
            Error::Provider(ProviderError::Closed { code, detail: also(detail), fix })
        }
        other => other,
    }
}
