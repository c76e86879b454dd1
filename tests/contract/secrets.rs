//! The laws of secret stores.

use shared::error::{Error, StoreError, chain};
use shared::ports::SecretStore;
use shared::words::Credential;

use super::samples::id;

const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

pub(super) async fn returns_the_credential_that_was_put(store: &dyn SecretStore) {
    let key = "-----BEGIN KEY-----\n\"quoted\" \u{1f511}\n-----END KEY-----\n";
    let app = Credential::new("github_app", [("app_id", "7".to_owned()), ("private_key", key.to_owned())]);
    store.put(&id(1), &app).await.unwrap();
    let back = store.get(&id(1)).await.unwrap();
    assert_eq!(back.kind, "github_app");
    assert_eq!(back.expose("private_key"), Some(key));
    assert_eq!(back.field_names().collect::<Vec<_>>(), ["app_id", "private_key"]);
}

pub(super) async fn a_second_put_replaces_the_first(store: &dyn SecretStore) {
    store.put(&id(1), &Credential::token("old")).await.unwrap();
    store.put(&id(1), &Credential::token(TOKEN)).await.unwrap();
    let back = store.get(&id(1)).await.unwrap();
    assert_eq!(back.expose("token"), Some(TOKEN));
}

async fn previous(store: &dyn SecretStore) -> Option<String> {
    match store.previous(&id(1)).await {
        Ok(credential) => credential.expose("token").map(str::to_owned),
        Err(StoreError::NotFound) => None,
        Err(error) => panic!("{error:?}"),
    }
}

pub(super) async fn a_replaced_credential_is_kept_as_the_previous_one(store: &dyn SecretStore) {
    for token in ["first", "second", "third"] {
        store.put(&id(1), &Credential::token(token)).await.unwrap();
    }
    assert_eq!(store.get(&id(1)).await.unwrap().expose("token"), Some("third"));
    assert_eq!(previous(store).await.as_deref(), Some("second"));
}

pub(super) async fn a_first_put_has_no_previous_one(store: &dyn SecretStore) {
    assert_eq!(previous(store).await, None);
    store.put(&id(1), &Credential::token("first")).await.unwrap();
    assert_eq!(previous(store).await, None);
    store.put(&id(1), &Credential::token("second")).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    assert_eq!(previous(store).await, None);
    store.put(&id(1), &Credential::token("third")).await.unwrap();
    assert_eq!(previous(store).await, None);
}

pub(super) async fn forgetting_the_previous_credential_is_idempotent(store: &dyn SecretStore) {
    store.forget_previous(&id(1)).await.unwrap();
    store.put(&id(1), &Credential::token("first")).await.unwrap();
    store.put(&id(1), &Credential::token("second")).await.unwrap();
    for _ in 0..2 {
        store.forget_previous(&id(1)).await.unwrap();
        assert_eq!(previous(store).await, None);
        assert_eq!(store.get(&id(1)).await.unwrap().expose("token"), Some("second"));
    }
    store.put(&id(1), &Credential::token("third")).await.unwrap();
    assert_eq!(previous(store).await.as_deref(), Some("second"));
}

pub(super) async fn an_unknown_credential_is_not_found(store: &dyn SecretStore) {
    let missing = store.get(&id(1)).await;
    assert!(matches!(missing, Err(StoreError::NotFound)), "{missing:?}");
}

pub(super) async fn removal_is_idempotent(store: &dyn SecretStore) {
    store.put(&id(1), &Credential::token(TOKEN)).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    let missing = store.get(&id(1)).await;
    assert!(matches!(missing, Err(StoreError::NotFound)), "{missing:?}");
    store.put(&id(1), &Credential::token(TOKEN)).await.unwrap();
    store.get(&id(1)).await.unwrap();
}

pub(super) async fn a_credential_belongs_to_one_connector(store: &dyn SecretStore) {
    store.put(&id(1), &Credential::token("one")).await.unwrap();
    store.put(&id(2), &Credential::token("two")).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    let back = store.get(&id(2)).await.unwrap();
    assert_eq!(back.expose("token"), Some("two"));
}

pub(super) async fn no_printed_error_or_debug_output_contains_the_token(store: &dyn SecretStore) {
    store.put(&id(1), &Credential::token(TOKEN)).await.unwrap();
    let found = store.get(&id(1)).await;
    let mut printed = format!("{found:?} {:?}", found.as_ref().unwrap());
    store.put(&id(1), &Credential::token("another")).await.unwrap();
    printed.push_str(&format!("{:?}", store.previous(&id(1)).await));
    if let Err(error) = store.get(&id(2)).await {
        printed.push_str(&format!("{error:?} {}", chain(&error)));
        let error = Error::from(error);
        printed.push_str(&format!("{error:?} {}", error.public()));
    }
    assert!(!printed.contains(TOKEN), "{printed}");
}
