//! Messages to people: by SMTP if a server is configured, otherwise as log lines.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use crate::config::Smtp;
use crate::error::StoreError;
use crate::ports::{self, Result};
use crate::words::{Delivery, DeliveryState, Mail};

const ID_BYTES: usize = 16;

const LOG_ONLY: &str = "No mail server is configured, so reminders are only written to the log. Set PAIRMETER_SMTP, PAIRMETER_MAIL_FROM \
    and PAIRMETER_MAIL_TO to get them by mail.";

/// The configured transport.
#[derive(Clone)]
pub enum Notifier {
    Log,
    Smtp(Box<Server>),
}

/// A mail server, the sender and the recipients.
#[derive(Clone)]
pub struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

/// Why a setting is invalid. Never contains its value, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {why}")]
pub struct BadSmtp {
    pub setting: &'static str,
    pub why: &'static str,
}

impl Notifier {
    /// Opens no connection.
    pub fn open(smtp: Option<&Smtp>) -> std::result::Result<Self, BadSmtp> {
        use crate::config::{MAIL_FROM, MAIL_TO, SMTP};
        let bad = |setting, why| BadSmtp { setting, why };
        let Some(smtp) = smtp else { return Ok(Notifier::Log) };
        let url = smtp.url.expose_secret();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| bad(SMTP, "must be a URL such as smtps://user:password@mail.example.com"))?
            .build();
        let from = smtp.from.parse().map_err(|_| bad(MAIL_FROM, "must be a mail address"))?;
        let to = smtp.to.split(',').map(|address| address.trim().parse()).collect::<std::result::Result<_, _>>();
        let to = to.map_err(|_| bad(MAIL_TO, "must be mail addresses, separated by commas"))?;
        Ok(Notifier::Smtp(Box::new(Server { transport, from, to })))
    }
}

#[async_trait]
impl ports::Notifier for Notifier {
    async fn send(&self, mail: &Mail) -> Result<()> {
        let Notifier::Smtp(server) = self else {
            tracing::warn!(subject = mail.subject, "{}", mail.text.lines().next().unwrap_or_default());
            return Ok(());
        };
        let message =
            server.to.iter().cloned().fold(Message::builder().from(server.from.clone()), |to, one| to.to(one));
        let mut random = [0; ID_BYTES];
        getrandom::fill(&mut random).map_err(|error| StoreError::Unavailable(error.into()))?;
        // Some spam filters reject mails without a message ID.
        let id = format!("<{:032x}@{}>", u128::from_ne_bytes(random), server.from.email.domain());
        let message =
            message.message_id(Some(id)).subject(&mail.subject).header(ContentType::TEXT_PLAIN).body(mail.text.clone());
        let message = message.map_err(|error| StoreError::Unavailable(error.into()))?;
        let sent = server.transport.send(message).await;
        sent.map(|_| ()).map_err(|error| StoreError::Unavailable(error.into()))
    }

    /// SMTP accepts or refuses a mail immediately; recipients do not confirm an address.
    async fn delivery(&self, now: DateTime<Utc>) -> Result<Delivery> {
        let (state, recipients, detail) = match self {
            Notifier::Smtp(server) => (DeliveryState::Ready, server.to.len(), None),
            Notifier::Log => (DeliveryState::NotConfigured, 0, Some(LOG_ONLY.to_owned())),
        };
        let confirmed = u32::try_from(recipients).ok();
        Ok(Delivery { state, confirmed, pending: Some(0), detail, checked_at: now })
    }
}
