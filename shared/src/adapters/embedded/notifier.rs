//! Messages to people as lines of the log; the notices of the API have them too.

use async_trait::async_trait;

use crate::ports::{self, Result};
use crate::words::Mail;

/// Whoever reads the log.
#[derive(Clone, Debug, Default)]
pub struct Notifier;

#[async_trait]
impl ports::Notifier for Notifier {
    async fn send(&self, mail: &Mail) -> Result<()> {
        tracing::warn!(subject = mail.subject, "{}", mail.text.lines().next().unwrap_or_default());
        Ok(())
    }
}
