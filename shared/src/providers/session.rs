//! The short-lived token that a credential was exchanged for: made once for a call, renewed before it ends.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::ProviderError;

/// A token is renewed this long before its end: longer than any one request takes.
const RENEWED_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The one place where such a token lives. It ends with the call, so nothing outlives a rotation or a removal.
pub struct Session {
    began: Instant,
    held: Mutex<Option<Held>>,
}

/// A token and for how long it will do. A duration and no date: the clock of whoever made it need not be ours.
pub struct ShortLived {
    pub token: SecretString,
    pub lasts: Duration,
}

struct Held {
    token: Arc<SecretString>,
    renew_at: Instant,
}

impl Session {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), held: Mutex::new(None) }
    }

    /// What the time is, if it was `then` when the session began: providers have no clock.
    pub fn since(&self, then: DateTime<Utc>) -> DateTime<Utc> {
        then + chrono::Duration::from_std(self.began.elapsed()).unwrap_or_default()
    }

    /// The token in use, or a new one where there is none, where it ends soon, or where it is the one that was
    /// `refused`. Of many who ask at once, one makes it and the others wait.
    pub async fn token(
        &self,
        refused: Option<&Arc<SecretString>>,
        make: impl AsyncFnOnce() -> Result<ShortLived, ProviderError>,
    ) -> Result<Arc<SecretString>, ProviderError> {
        let mut held = self.held.lock().await;
        let is_refused = |held: &Held| refused.is_some_and(|refused| Arc::ptr_eq(refused, &held.token));
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.renew_at && !is_refused(held)) {
            return Ok(held.token.clone());
        }
        *held = None;
        let ShortLived { token, lasts } = make().await?;
        let token = Arc::new(token);
        let renew_at = Instant::now() + lasts.saturating_sub(RENEWED_BEFORE).max(lasts / 2);
        *held = Some(Held { token: token.clone(), renew_at });
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use secrecy::ExposeSecret;

    use super::*;

    /// Makes tokens that last an hour, and counts them.
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
    async fn a_token_is_made_once_and_again_five_minutes_before_its_end() {
        let (session, mint) = (Session::new(), Mint::default());
        let asked = futures_util::future::join_all((0..20).map(|_| ask(&session, &mint, None))).await;
        assert!(asked.iter().all(|token| token.expose_secret() == "1"));
        tokio::time::advance(Duration::from_secs(54 * 60)).await;
        assert_eq!(ask(&session, &mint, None).await.expose_secret(), "1");
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(ask(&session, &mint, None).await.expose_secret(), "2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_replaced_once_for_all_who_had_it() {
        let (session, mint) = (Session::new(), Mint::default());
        let first = ask(&session, &mint, None).await;
        let asked = futures_util::future::join_all((0..5).map(|_| ask(&session, &mint, Some(&first)))).await;
        assert!(asked.iter().all(|token| token.expose_secret() == "2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_could_not_be_made_is_asked_for_again() {
        let (session, mint) = (Session::new(), Mint::default());
        let nobody = async || Err(ProviderError::Unavailable { detail: "nobody there".to_owned() });
        assert!(session.token(None, nobody).await.is_err());
        assert_eq!(ask(&session, &mint, None).await.expose_secret(), "1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_knows_how_much_time_has_passed() {
        let session = Session::new();
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(session.since(DateTime::UNIX_EPOCH).timestamp(), 90);
    }
}
