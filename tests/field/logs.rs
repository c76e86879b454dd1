//! Logs contain no token and no part of one, at any level.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use shared::adapters::aws::Store;
use shared::clock::Clock;
use shared::config;
use shared::runtime::{lambda, local};
use shared::words::{Connector, Credential, PollOutcome, expose};
use tower::ServiceExt;
use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;

use crate::providers::stub::{self, Answer};
use crate::sandbox_world::{PROVIDER, World};

const SAVED: &str = "ghp_Q7xW2mK9vB4tR8pLz3";
const ROTATED: &str = "ghp_hT5nZ3cJ6yF1gG0kX8";

/// Every piece of a token with this length is searched for.
const PIECE: usize = 8;

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Output {
    type Writer = Output;

    fn make_writer(&self) -> Output {
        self.clone()
    }
}

/// The token in base64 at three alignments, without the characters that depend on its neighbors.
fn in_base64(text: &str) -> Vec<String> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encoded = |bytes: &[u8]| -> String {
        let groups = bytes.chunks_exact(3).map(|three| three.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)));
        groups.flat_map(|bits| [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]))).collect()
    };
    (0..3).map(|skipped| encoded(&text.as_bytes()[skipped..])).collect()
}

fn pieces(token: &str) -> Vec<String> {
    let secret = token.trim_start_matches("ghp_").as_bytes();
    let windows = secret.windows(PIECE).map(|piece| String::from_utf8(piece.to_vec()).unwrap());
    windows.chain(in_base64(token)).collect()
}

/// Verifies, saves, rotates and polls. Credentials pass through the AWS adapter, whose service answers with the first
/// one.
async fn everything_with_a_token(world: &mut World) {
    let sealed = Credential::token(SAVED).to_sealed_json();
    let answer = json!({ "Name": "pairmeter/x", "VersionId": "1", "SecretString": expose(&sealed) });
    let secrets_manager = stub::always(Answer::json(&answer.to_string())).await;
    let settings = config::Aws {
        region: "us-east-1".to_owned(),
        access_key_id: "test".to_owned(),
        secret_access_key: "test".to_owned().into(),
        endpoint: Some(secrets_manager.url()),
        secrets: "pairmeter/".to_owned(),
        ..config::Aws::default()
    };
    world.app.secrets = Arc::new(Store::open(settings).secrets());
    let api = world.app.serve(world.app.connect());
    let ask = async |method: &str, uri: &str, body: serde_json::Value| {
        let request = Request::builder().method(method).uri(uri).header("content-type", "application/json");
        let response = api.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default())
    };
    let credential = |token: &str| json!({ "kind": "token", "token": token });
    let account = json!({ "kind": "organization", "slug": "octo" });
    let new = json!({ "provider": PROVIDER, "account": account, "credential": credential(SAVED) });
    let (status, saved) = ask("POST", "/v1/connectors", new).await;
    assert_eq!(status, 201, "{saved}");
    let path = format!("/v1/connectors/{}/credential", saved["id"].as_str().unwrap());
    let (status, rotated) = ask("PUT", &path, credential(ROTATED)).await;
    assert_eq!(status, 200, "{rotated}");
    let all: Vec<Connector> = world.app.connectors.list(None).await.unwrap();
    let polled = world.poll(&all[0]).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    world.app.notify_expiry().run(world.clock.now(), "schedule").await.unwrap();
}

async fn logged_by(log: impl FnOnce(Output) -> Dispatch) -> String {
    let output = Output::default();
    let mut world = World::new().await;
    // This test and everything that it starts has one thread.
    let _guard = tracing::dispatcher::set_default(&log(output.clone()));
    everything_with_a_token(&mut world).await;
    String::from_utf8(output.0.lock().unwrap().clone()).unwrap()
}

fn has_no_token(output: &str) {
    assert!(output.len() > 100, "nothing was logged: {output}");
    for token in [SAVED, ROTATED] {
        for piece in pieces(token) {
            let line = output.lines().find(|line| line.contains(&piece));
            assert!(line.is_none(), "{piece} of {token} in: {:.400}", line.unwrap());
        }
    }
}

#[tokio::test]
async fn the_lambdas_log_contains_no_part_of_a_token_at_any_level() {
    // aws.md 6: the SDK logs requests with their bodies at level trace.
    for wanted in ["trace", "aws_smithy_runtime=trace,hyper=trace,info"] {
        has_no_token(&logged_by(|output| Dispatch::new(lambda::subscriber(wanted, output))).await);
    }
}

#[tokio::test]
async fn the_single_process_log_contains_no_part_of_a_token() {
    for wanted in ["trace", "aws_smithy_runtime=trace,hyper=trace,info"] {
        has_no_token(&logged_by(|output| Dispatch::new(local::subscriber(wanted, output, false))).await);
    }
}

#[test]
fn a_token_in_base64_is_found_at_every_alignment() {
    // Computed with coreutils' base64, after zero, two and one letters.
    let real = ["U0VDUkVULVRPS0VO", "eHhTRUNSRVQtVE9LRU4=", "eFNFQ1JFVC1UT0tFTg=="];
    for (piece, real) in in_base64("SECRET-TOKEN").iter().zip(real) {
        assert!(piece.len() >= 12 && real.contains(piece), "{piece} in {real}");
    }
}
