//! Credentials, each sealed with XChaCha20-Poly1305 under a key that is not in the database.

use std::sync::Arc;

use async_trait::async_trait;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rusqlite::{OptionalExtension, Transaction, params};
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;

use super::error::Failure;
use super::key::Key;
use super::store::{Durability, Store};
use crate::ports::{Result, SecretStore};
use crate::words::{ConnectorId, Credential};

/// Long enough to be drawn at random for every write.
const NONCE_BYTES: usize = 24;

/// Stores the credentials.
#[derive(Clone)]
pub struct Secrets {
    store: Store,
    /// Wipes its key when dropped.
    cipher: Arc<XChaCha20Poly1305>,
}

impl Secrets {
    pub(super) fn new(store: Store, key: &Key) -> Self {
        let cipher = Arc::new(XChaCha20Poly1305::new((&**key).into()));
        Self { store, cipher }
    }

    fn seal(&self, id: &ConnectorId, credential: &Credential) -> std::result::Result<Sealed, Failure> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)
            .map_err(|error| Failure::Refused(format!("the operating system returned no random bytes: {error}")))?;
        let plain = credential.to_sealed_json();
        let payload = Payload { msg: plain.expose_secret().as_bytes(), aad: id.0.as_bytes() };
        let bytes = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Failure::Refused("the credential is too large to be sealed".to_owned()))?;
        Ok(Sealed { nonce, bytes })
    }

    async fn read(&self, id: &ConnectorId, query: &'static str) -> Result<Credential> {
        let key = id.0.clone();
        let get = move |db: &Transaction<'_>| {
            db.query_row(query, [&key], |row| Ok(Sealed { nonce: row.get(0)?, bytes: row.get(1)? }))
                .optional()?
                .ok_or(Failure::NotFound)
        };
        let sealed = self.store.read(get).await?;
        Ok(self.unseal(id, &sealed)?)
    }

    fn unseal(&self, id: &ConnectorId, sealed: &Sealed) -> std::result::Result<Credential, Failure> {
        let payload = Payload {
            msg: &sealed.bytes,
            // A secret that was moved to another connector's row cannot be opened.
            aad: id.0.as_bytes(),
        };
        let unusable = || {
            Failure::Refused(format!(
                "the credential cannot be opened: it was sealed with another key, or it was changed; put the right key back (the file `key` in the data folder, or the environment's) or rotate the credential of connector {id}"
            ))
        };
        let plain = self.cipher.decrypt(&XNonce::from(sealed.nonce), payload).map_err(|_| unusable())?;
        let plain = Zeroizing::new(plain);
        // The parser's own message would quote the credential.
        serde_json::from_slice(&plain).map_err(|_| unusable())
    }
}

struct Sealed {
    nonce: [u8; NONCE_BYTES],
    bytes: Vec<u8>,
}

#[async_trait]
impl SecretStore for Secrets {
    async fn put(&self, id: &ConnectorId, credential: &Credential) -> Result<()> {
        let sealed = self.seal(id, credential)?;
        let id = id.clone();
        let put = move |db: &Transaction<'_>| {
            db.execute(
                "INSERT INTO secrets (connector, nonce, sealed) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET nonce = excluded.nonce, sealed = excluded.sealed,
                                           previous_nonce = nonce, previous_sealed = sealed",
                params![id.0, sealed.nonce, sealed.bytes],
            )?;
            Ok(())
        };
        self.store.write(Durability::Now, put).await
    }

    async fn get(&self, id: &ConnectorId) -> Result<Credential> {
        self.read(id, "SELECT nonce, sealed FROM secrets WHERE connector = ?1").await
    }

    async fn previous(&self, id: &ConnectorId) -> Result<Credential> {
        let kept = "SELECT previous_nonce, previous_sealed FROM secrets
                    WHERE connector = ?1 AND previous_sealed IS NOT NULL";
        self.read(id, kept).await
    }

    async fn forget_previous(&self, id: &ConnectorId) -> Result<()> {
        let id = id.clone();
        let forget = move |db: &Transaction<'_>| {
            db.execute(
                "UPDATE secrets SET previous_nonce = NULL, previous_sealed = NULL WHERE connector = ?1",
                params![id.0],
            )?;
            Ok(())
        };
        self.store.write(Durability::Now, forget).await
    }

    async fn remove(&self, id: &ConnectorId) -> Result<()> {
        let id = id.clone();
        let remove = move |db: &Transaction<'_>| {
            db.execute("DELETE FROM secrets WHERE connector = ?1", [&id.0])?;
            Ok(())
        };
        self.store.write(Durability::Now, remove).await
    }
}
