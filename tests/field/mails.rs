//! Delivery of mails: an unconfirmed or deleted subscription is visible.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::adapters::{aws, embedded};
use shared::config::{Aws, Smtp};
use shared::ports::Notifier;
use shared::words::DeliveryState;
use tower::ServiceExt;

use crate::providers::stub::{self, Answer, Stub};
use crate::sandbox_world::{World, time};

const SUBSCRIBED: &str = "arn:aws:sns:us-east-1:123456789012:topic:6b0e71bd-7e97-4d97-80ce-4a0994e55286";

fn now() -> DateTime<Utc> {
    time("2026-11-21T07:00:00Z")
}

/// An answer of ListSubscriptionsByTopic:
/// <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>
fn listing(subscriptions: &[&str]) -> Answer {
    let members: String = subscriptions
        .iter()
        .map(|arn| {
            format!(
                "<member><TopicArn>topic</TopicArn><Protocol>email</Protocol><SubscriptionArn>{arn}</SubscriptionArn>\
                 <Owner>123456789012</Owner><Endpoint>x@example.com</Endpoint></member>"
            )
        })
        .collect();
    let body = format!(
        "<ListSubscriptionsByTopicResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
         <ListSubscriptionsByTopicResult><Subscriptions>{members}</Subscriptions></ListSubscriptionsByTopicResult>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListSubscriptionsByTopicResponse>"
    );
    Answer::bytes(body).with("content-type", "text/xml")
}

/// Both topics, whose subscriptions `answer` lists.
async fn topics(answer: Answer, expects_mail: bool) -> (aws::Notifier, Stub) {
    let sns = stub::always(answer).await;
    let settings = Aws {
        region: "us-east-1".to_owned(),
        access_key_id: "test".to_owned(),
        secret_access_key: "test".to_owned().into(),
        endpoint: Some(sns.url()),
        topic: "arn:aws:sns:us-east-1:123456789012:reminders".to_owned(),
        alarm_topic: Some("arn:aws:sns:us-east-1:123456789012:alarms".to_owned()),
        expects_mail,
        ..Aws::default()
    };
    (aws::Store::open(settings).notifier(), sns)
}

async fn state(subscriptions: &[&str], expects_mail: bool) -> (DeliveryState, Option<u32>, Option<u32>, u64) {
    let (notifier, _sns) = topics(listing(subscriptions), expects_mail).await;
    let delivery = notifier.delivery(now()).await.unwrap();
    assert_eq!(delivery.detail.is_none(), delivery.state == DeliveryState::Ready);
    (delivery.state, delivery.confirmed, delivery.pending, delivery.unconfirmed())
}

#[tokio::test]
async fn a_topic_counts_its_confirmed_subscriptions() {
    // aws.md 1: a subscription that is suspended or never confirmed receives nothing, and is deleted after 48 hours.
    assert_eq!(state(&[SUBSCRIBED], true).await, (DeliveryState::Ready, Some(1), Some(0), 0));
    // One for each topic.
    assert_eq!(state(&["PendingConfirmation"], true).await, (DeliveryState::Unconfirmed, Some(0), Some(2), 2));
    let mixed = [SUBSCRIBED, "PendingConfirmation", SUBSCRIBED];
    assert_eq!(state(&mixed, true).await, (DeliveryState::Unconfirmed, Some(2), Some(2), 2));
    assert_eq!(state(&["Deleted"], true).await, (DeliveryState::Missing, Some(0), Some(0), 1));
    assert_eq!(state(&[], true).await, (DeliveryState::Missing, Some(0), Some(0), 1));
    assert_eq!(state(&[], false).await, (DeliveryState::NotConfigured, Some(0), Some(0), 0));
    // Subscribed by hand.
    assert_eq!(state(&[SUBSCRIBED], false).await, (DeliveryState::Ready, Some(1), Some(0), 0));
}

#[tokio::test]
async fn a_mail_server_needs_no_confirmation_and_a_log_sends_no_mail() {
    let smtp = Smtp {
        url: "smtp://127.0.0.1:1".to_owned().into(),
        from: "pairmeter@example.com".to_owned(),
        to: "a@example.com, b@example.com".to_owned(),
    };
    let server = embedded::Notifier::open(Some(&smtp)).unwrap().delivery(now()).await.unwrap();
    assert_eq!((server.state, server.confirmed, server.detail), (DeliveryState::Ready, Some(2), None));
    let log = embedded::Notifier::open(None).unwrap().delivery(now()).await.unwrap();
    assert_eq!((log.state, log.confirmed, log.checked_at), (DeliveryState::NotConfigured, Some(0), now()));
    assert!(log.detail.unwrap().contains("PAIRMETER_SMTP"));
}

async fn get(world: &World, uri: &str) -> Value {
    let api = world.app.serve(world.app.connect());
    let response = api.oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap();
    serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
}

#[tokio::test]
async fn lists_of_connectors_and_notices_show_an_unconfirmed_address() {
    let mut world = World::new().await;
    for path in ["/v1/connectors", "/v1/notices"] {
        assert_eq!(get(&world, path).await["mail"], Value::Null, "before the first check");
    }
    let (notifier, _sns) = topics(listing(&["PendingConfirmation"]), true).await;
    world.app.notifier = Arc::new(notifier);
    let summary = world.app.notify_expiry().run(now(), "schedule").await.unwrap();
    assert_eq!((summary.mail_unconfirmed, summary.failed), (2, 0));
    for path in ["/v1/connectors", "/v1/notices"] {
        let mail = &get(&world, path).await["mail"];
        let expected = (json!("unconfirmed"), json!(0), json!(2), json!("2026-11-21T07:00:00Z"));
        assert_eq!(
            (mail["state"].clone(), mail["confirmed"].clone(), mail["pending"].clone(), mail["checked_at"].clone()),
            expected
        );
        assert!(mail["detail"].as_str().unwrap().contains("Subscription Confirmation"), "{mail}");
    }
}

#[tokio::test]
async fn a_silent_mail_service_is_unknown_and_stops_no_run() {
    let mut world = World::new().await;
    let (notifier, _sns) = topics(Answer::status(403), true).await;
    world.app.notifier = Arc::new(notifier);
    let summary = world.app.notify_expiry().run(now(), "schedule").await.unwrap();
    assert_eq!((summary.mail_unconfirmed, summary.failed), (0, 0));
    let mail = &get(&world, "/v1/notices").await["mail"];
    assert_eq!((&mail["state"], &mail["confirmed"]), (&json!("unknown"), &Value::Null));
}
