//! The laws of connector stores.

use shared::error::StoreError;
use shared::ports::ConnectorStore;
use shared::words::{Connector, ConnectorState};

use super::samples::{connector, id};

pub(super) async fn refuses_a_second_create(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    let mut second = connector(1);
    second.name = "another".to_owned();
    second.account.slug = "another".to_owned();
    let refused = store.create(&second).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(store.get(&id(1)).await.unwrap(), connector(1));
}

pub(super) async fn refuses_a_second_connector_for_one_account(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    let mut second = connector(2);
    second.account.slug = connector(1).account.slug.to_uppercase();
    let refused = store.create(&second).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert!(matches!(store.get(&id(2)).await, Err(StoreError::NotFound)));

    second.provider = "cursor".to_owned();
    store.create(&second).await.unwrap();

    // The same name at another host is another account.
    let elsewhere = |number, host: &str| Connector { api_url: Some(format!("https://{host}")), ..connector(number) };
    let mut third = elsewhere(3, "api.octo.ghe.com");
    third.account = connector(1).account;
    store.create(&third).await.unwrap();
    let mut fourth = elsewhere(4, "API.octo.ghe.com/");
    fourth.account = connector(1).account;
    let refused = store.create(&fourth).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
}

pub(super) async fn one_of_two_concurrent_creates_wins(store: &dyn ConnectorStore) {
    let (a, b) = (connector(1), connector(1));
    let (a, b) = tokio::join!(store.create(&a), store.create(&b));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1, "{a:?} {b:?}");
}

pub(super) async fn lists_every_one_of_250_connectors(store: &dyn ConnectorStore) {
    for number in (0..250).rev() {
        store.create(&connector(number)).await.unwrap();
    }
    let mut listed = Vec::new();
    loop {
        let page = store.list(listed.last()).await.unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(|connector| connector.id));
    }
    assert_eq!(listed, (0..250).map(id).collect::<Vec<_>>());
}

pub(super) async fn an_update_stores_the_next_version(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    let mut changed = store.get(&id(1)).await.unwrap();
    changed.state = ConnectorState::Paused;
    let updated = store.update(&changed).await.unwrap();
    assert_eq!(updated.version, changed.version + 1);
    assert_eq!(store.get(&id(1)).await.unwrap(), updated);
    assert_eq!(updated.state, ConnectorState::Paused);
    store.update(&updated).await.unwrap();
}

pub(super) async fn refuses_a_stale_update(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    let read = store.get(&id(1)).await.unwrap();
    let updated = store.update(&read).await.unwrap();
    let mut stale = read.clone();
    stale.name = "stale".to_owned();
    let refused = store.update(&stale).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(store.get(&id(1)).await.unwrap(), updated);
}

pub(super) async fn one_of_two_concurrent_updates_wins(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    let read = store.get(&id(1)).await.unwrap();
    let (a, b) = tokio::join!(store.update(&read), store.update(&read));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1, "{a:?} {b:?}");
}

pub(super) async fn refuses_to_update_a_removed_connector(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    let read = store.get(&id(1)).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    let refused = store.update(&read).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert!(matches!(store.get(&id(1)).await, Err(StoreError::NotFound)));
}

pub(super) async fn removal_is_idempotent(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    assert!(matches!(store.get(&id(1)).await, Err(StoreError::NotFound)));
    assert!(store.list(None).await.unwrap().is_empty());
}

pub(super) async fn an_account_can_be_connected_again_after_removal(store: &dyn ConnectorStore) {
    store.create(&connector(1)).await.unwrap();
    store.remove(&id(1)).await.unwrap();
    let mut second = connector(2);
    second.account = connector(1).account;
    store.create(&second).await.unwrap();
}
