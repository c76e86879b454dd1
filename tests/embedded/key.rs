//! The key that seals credentials: errors with a wrong key.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use secrecy::SecretString;
use shared::adapters::embedded::Store;
use shared::error::{StoreError, chain};
use shared::ports::SecretStore;
use shared::words::Credential;

use crate::contract::samples::id;

const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

fn key(digit: &str) -> Option<SecretString> {
    Some(digit.repeat(64).into())
}

#[tokio::test]
async fn a_wrong_key_error_contains_only_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let right = store.secrets(key("a")).unwrap();
    right.put(&id(1), &Credential::token(TOKEN)).await.unwrap();

    let refused = store.secrets(key("b")).unwrap().get(&id(1)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt(_)));
    let text = chain(&refused);
    assert!(text.contains("put the right key back"), "{text}");
    assert!(text.contains("rotate the credential of connector connector-001"), "{text}");
    assert!(!format!("{refused:?} {text}").contains(TOKEN));

    let back = store.secrets(key("a")).unwrap().get(&id(1)).await.unwrap();
    assert_eq!(back.expose("token"), Some(TOKEN));
    assert!(!folder.path().join("key").exists(), "a given key is not kept");
}

#[tokio::test]
async fn a_changed_or_moved_secret_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let secrets = store.secrets(None).unwrap();
    for number in [1, 2, 3] {
        secrets.put(&id(number), &Credential::token(TOKEN)).await.unwrap();
    }
    let database = rusqlite::Connection::open(folder.path().join("pairmeter.db")).unwrap();
    database
        .execute_batch(
            "UPDATE secrets SET (nonce, sealed) = (SELECT nonce, sealed FROM secrets WHERE connector = 'connector-003')
             WHERE connector = 'connector-001';
             UPDATE secrets SET sealed = sealed || x'00' WHERE connector = 'connector-002';",
        )
        .unwrap();
    for number in [1, 2] {
        let refused = secrets.get(&id(number)).await;
        assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
    }
    secrets.get(&id(3)).await.unwrap();
}

#[tokio::test]
async fn sealing_a_credential_twice_gives_different_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let secrets = store.secrets(None).unwrap();
    let database = rusqlite::Connection::open(folder.path().join("pairmeter.db")).unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        secrets.put(&id(1), &Credential::token(TOKEN)).await.unwrap();
        let sealed: (Vec<u8>, Vec<u8>) =
            database.query_row("SELECT nonce, sealed FROM secrets", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        seen.push(sealed);
    }
    assert_ne!(seen[0].0, seen[1].0);
    assert_ne!(seen[0].1, seen[1].1);
}

#[test]
fn a_key_file_that_others_can_read_is_made_private() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.secrets(None).unwrap();
    let path = folder.path().join("key");
    let text = fs::read_to_string(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    store.secrets(None).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn an_unusable_key_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let refused = store.secrets(Some("hunter2".into())).err().unwrap();
    let text = format!("{refused:?} {}", chain(&refused));
    assert!(text.contains("openssl rand -hex 32"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
