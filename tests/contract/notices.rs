//! The laws of notice stores.

use chrono::{DateTime, Utc};
use shared::error::StoreError;
use shared::ports::NoticeStore;
use shared::words::{Delivery, DeliveryState, Notice, NoticeKind};

use super::samples::{hour, id};

fn notice(connector: usize, code: &str, since: DateTime<Utc>) -> Notice {
    let detail = format!("{code}; rotate the token");
    Notice::new(&id(connector), NoticeKind::OwnerMustAct, code, detail, since)
}

pub(super) async fn opens_a_notice_once(store: &dyn NoticeStore) {
    let refused = notice(1, "token_refused", hour(0));
    assert!(store.open(&refused).await.unwrap());
    let again = notice(1, "token_refused", hour(1));
    assert!(!store.open(&again).await.unwrap());
    assert_eq!(store.list().await.unwrap(), [refused]);
}

pub(super) async fn lists_open_notices_oldest_first(store: &dyn NoticeStore) {
    let notices =
        [notice(2, "token_refused", hour(0)), notice(3, "policy_off", hour(1)), notice(1, "policy_off", hour(2))];
    for index in [1, 2, 0] {
        store.open(&notices[index]).await.unwrap();
    }
    assert_eq!(store.list().await.unwrap(), notices);
}

pub(super) async fn another_notice_of_the_same_kind_replaces_the_one_before(store: &dyn NoticeStore) {
    let others = [
        Notice::new(&id(1), NoticeKind::TokenExpiring, "policy_off", "soon".to_owned(), hour(0)),
        notice(2, "token_refused", hour(0)),
    ];
    for other in &others {
        store.open(other).await.unwrap();
    }
    let codes = ["token_refused", "policy_off", "token_refused", "policy_off"];
    for (code, since) in codes.into_iter().zip([1, 2, 3, 4]) {
        let latest = notice(1, code, hour(since));
        assert!(store.open(&latest).await.unwrap(), "{since}");
        assert_eq!(store.list().await.unwrap(), [&others[..], &[latest]].concat());
        // The same notice is opened again.
        assert!(!store.open(&notice(1, code, hour(since))).await.unwrap(), "{since}");
    }
    // A dismissed notice is replaced too, and can return.
    store.dismiss(&notice(1, "policy_off", hour(4)).id).await.unwrap();
    store.open(&notice(1, "token_refused", hour(5))).await.unwrap();
    assert!(store.open(&notice(1, "policy_off", hour(6))).await.unwrap());
}

pub(super) async fn a_dismissed_notice_is_not_opened_again(store: &dyn NoticeStore) {
    let notice = notice(1, "token_refused", hour(0));
    store.open(&notice).await.unwrap();
    store.dismiss(&notice.id).await.unwrap();
    store.dismiss(&notice.id).await.unwrap();
    assert_eq!(store.list().await.unwrap(), []);
    assert!(!store.open(&notice).await.unwrap());
    assert_eq!(store.list().await.unwrap(), []);
}

pub(super) async fn a_closed_notice_may_be_opened_anew(store: &dyn NoticeStore) {
    let dismissed = notice(1, "token_refused", hour(0));
    let open = Notice::new(&id(1), NoticeKind::TokenExpiring, "soon", "soon".to_owned(), hour(0));
    store.open(&dismissed).await.unwrap();
    store.open(&open).await.unwrap();
    store.dismiss(&dismissed.id).await.unwrap();
    store.close(&id(1), &NoticeKind::ALL).await.unwrap();
    store.close(&id(1), &NoticeKind::ALL).await.unwrap();
    assert_eq!(store.list().await.unwrap(), []);
    assert!(store.open(&dismissed).await.unwrap());
    assert!(store.open(&open).await.unwrap());
}

pub(super) async fn closing_leaves_the_notices_of_other_connectors(store: &dyn NoticeStore) {
    let other = notice(2, "token_refused", hour(0));
    store.open(&other).await.unwrap();
    store.close(&id(1), &NoticeKind::ALL).await.unwrap();
    assert_eq!(store.list().await.unwrap(), [other]);
}

pub(super) async fn closing_leaves_the_notices_of_other_kinds(store: &dyn NoticeStore) {
    let token = Notice::new(&id(1), NoticeKind::TokenExpiring, "token_refused", "soon".to_owned(), hour(0));
    store.open(&notice(1, "token_refused", hour(0))).await.unwrap();
    store.open(&token).await.unwrap();
    store.close(&id(1), &[NoticeKind::OwnerMustAct, NoticeKind::NoNewData]).await.unwrap();
    assert_eq!(store.list().await.unwrap(), [token]);
}

pub(super) async fn a_notice_stores_when_it_was_sent(store: &dyn NoticeStore) {
    let notice = notice(1, "token_refused", hour(0));
    store.open(&notice).await.unwrap();
    store.mark_told(&notice.id, hour(1)).await.unwrap();
    assert_eq!(store.list().await.unwrap(), [Notice { told_at: Some(hour(1)), ..notice.clone() }]);
    store.close(&id(1), &NoticeKind::ALL).await.unwrap();
    let gone = store.mark_told(&notice.id, hour(2)).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
    assert!(store.list().await.unwrap().is_empty());
}

pub(super) async fn an_unknown_notice_cannot_be_dismissed(store: &dyn NoticeStore) {
    let missing = store.dismiss("nobody.nothing").await;
    assert!(matches!(missing, Err(StoreError::NotFound)), "{missing:?}");
}

pub(super) async fn the_last_delivery_record_is_kept_and_is_not_a_notice(store: &dyn NoticeStore) {
    assert_eq!(store.delivery().await.unwrap(), None);
    let unknown = Delivery {
        state: DeliveryState::Unknown,
        confirmed: None,
        pending: None,
        detail: Some("no answer".to_owned()),
        checked_at: hour(0),
    };
    let unconfirmed = Delivery {
        state: DeliveryState::Unconfirmed,
        confirmed: Some(1),
        pending: Some(2),
        checked_at: hour(24),
        ..unknown.clone()
    };
    for delivery in [unknown, unconfirmed] {
        store.record_delivery(&delivery).await.unwrap();
        store.record_delivery(&delivery).await.unwrap();
        assert_eq!(store.delivery().await.unwrap(), Some(delivery));
    }
    assert_eq!(store.list().await.unwrap(), []);
}
