//! The short-lived token of a credential: created once per call, renewed before it expires.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::ProviderError;

/// A token is renewed this long before its expiry, which is longer than any request takes.
const RENEWED_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The only place where such a token is kept. It ends with the call, so it cannot outlive a rotation or a removal.
pub struct Session {
    began: Instant,
    held: Mutex<Option<CurrentToken>>,
}

/// A token and its remaining lifetime. A duration, not a date, because the issuer's clock may differ from ours.
pub struct ShortLived {
    pub token: SecretString,
    pub lasts: Duration,
}

struct CurrentToken {
    token: Arc<SecretString>,
    renew_at: Instant,
}

impl Session {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), held: Mutex::new(None) }
    }

    /// The current time, given the time `then` at which the session began: providers have no clock.
    pub fn since(&self, then: DateTime<Utc>) -> DateTime<Utc> {
        then + chrono::Duration::from_std(self.began.elapsed()).unwrap_or_default()
    }

    /// The current token, or a new one if there is none, if it expires soon, or if it is the one that was `refused`.
    /// Of many concurrent callers, one creates it and the others wait.
    pub async fn token(
        &self,
        refused: Option<&Arc<SecretString>>,
        make: impl AsyncFnOnce() -> Result<ShortLived, ProviderError>,
    ) -> Result<Arc<SecretString>, ProviderError> {
        let mut held = self.held.lock().await;
        let is_refused = |held: &CurrentToken| refused.is_some_and(|refused| Arc::ptr_eq(refused, &held.token));
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.renew_at && !is_refused(held)) {
            return Ok(held.token.clone());
        }
        *held = None;
        let ShortLived { token, lasts } = make().await?;
        let token = Arc::new(token);
        let renew_at = Instant::now() + lasts.saturating_sub(RENEWED_BEFORE).max(lasts / 2);
        *held = Some(CurrentToken { token: token.clone(), renew_at });
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use secrecy::ExposeSecret;

    use super::*;

    /// Creates tokens that last one hour, and counts them.
    #[derive(Default)]
    struct Mint(AtomicU32);

    impl Mint {
        async fn make(&self) -> Result<ShortLived, ProviderError> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            Ok(ShortLived { token: number.to_string().into(), lasts: Duration::from_secs(3600) })
        }
    }

    async fn ask(session: &Session, mint: &Mint, refused: Option<&Arc<SecretString>>) -> Arc<SecretString> {
        session.token(refused, async || mint.make().await).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_created_once_and_renewed_five_minutes_before_its_expiry() {
        let (session, mint) = (Session::new(), Mint::default());
        let tokens = futures_util::future::join_all((0..20).map(|_| ask(&session, &mint, None))).await;
        assert!(tokens.iter().all(|token| token.expose_secret() == "1"));
        tokio::time::advance(Duration::from_secs(54 * 60)).await;
        assert_eq!(ask(&session, &mint, None).await.expose_secret(), "1");
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(ask(&session, &mint, None).await.expose_secret(), "2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_replaced_once_for_all_callers() {
        let (session, mint) = (Session::new(), Mint::default());
        let first = ask(&session, &mint, None).await;
        let tokens = futures_util::future::join_all((0..5).map(|_| ask(&session, &mint, Some(&first)))).await;
        assert!(tokens.iter().all(|token| token.expose_secret() == "2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_creation_of_a_token_is_retried() {
        let (session, mint) = (Session::new(), Mint::default());
        let failing = async || Err(ProviderError::Unavailable { detail: "no answer".to_owned() });
        assert!(session.token(None, failing).await.is_err());
        assert_eq!(ask(&session, &mint, None).await.expose_secret(), "1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_measures_the_elapsed_time() {
        let session = Session::new();
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(session.since(DateTime::UNIX_EPOCH).timestamp(), 90);
    }
}
