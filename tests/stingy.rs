//! A proxy in front of the emulator that does what DynamoDB and EventBridge may do at any time: it leaves the second
//! half of a batch undone, and occasionally refuses a request for lack of capacity.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One in this many requests to DynamoDB is refused; the SDK waits about a second for each.
const REFUSED: u64 = 97;

pub struct Proxy {
    pub address: String,
    serving: JoinHandle<()>,
}

struct Behind {
    address: String,
    client: reqwest::Client,
    requests: AtomicU64,
}

impl Proxy {
    pub async fn start(behind: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        // The process has one provider, installed by the first caller.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let behind = Arc::new(Behind { address: behind.to_owned(), client, requests: AtomicU64::new(0) });
        let router = Router::new().fallback(pass).with_state(behind);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, serving }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(behind): State<Arc<Behind>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let mut body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let number = behind.requests.fetch_add(1, Ordering::Relaxed) + 1;
    if target.starts_with("DynamoDB") && number.is_multiple_of(REFUSED) {
        let refusal =
            json!({ "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slow down" });
        return answer(StatusCode::BAD_REQUEST, refusal.to_string().into());
    }
    let mut undone = None;
    if matches!(operation.as_str(), "BatchWriteItem" | "BatchGetItem" | "PutEvents") {
        let mut body_json: Value = serde_json::from_slice(&body).unwrap();
        undone = Some(halve(&operation, &mut body_json));
        body = body_json.to_string().into();
    }
    let url = format!("{}{}", behind.address, parts.uri);
    let sent = behind.client.request(parts.method, url).headers(parts.headers.clone());
    let length = reqwest::header::CONTENT_LENGTH;
    let mut request = sent.body(body.clone()).build().unwrap();
    request.headers_mut().insert(length, body.len().into());
    let answered = behind.client.execute(request).await.unwrap();
    let (status, headers) = (answered.status(), answered.headers().clone());
    let mut body = answered.bytes().await.unwrap();
    if let (Some(undone), true) = (undone, status.is_success()) {
        let mut answer_json: Value = serde_json::from_slice(&body).unwrap();
        report(&operation, &mut answer_json, undone);
        body = answer_json.to_string().into();
    }
    let mut response = answer(status, body);
    for (name, value) in &headers {
        if ![reqwest::header::CONTENT_LENGTH, reqwest::header::TRANSFER_ENCODING].contains(name)
            && !name.as_str().contains("crc32")
        {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response
}

fn answer(status: StatusCode, body: Bytes) -> Response<Body> {
    Response::builder().status(status).body(Body::from(body)).unwrap()
}

/// Removes the second half of a batch.
fn halve(operation: &str, body_json: &mut Value) -> Value {
    let second_half = |list: &mut Value| {
        let list = list.as_array_mut().unwrap();
        Value::Array(list.split_off(list.len().div_ceil(2)))
    };
    match operation {
        "PutEvents" => second_half(&mut body_json["Entries"]),
        _ => {
            let (table, batch) = body_json["RequestItems"].as_object_mut().unwrap().iter_mut().next().unwrap();
            let undone = match operation {
                "BatchGetItem" => {
                    let mut undone = batch.clone();
                    undone["Keys"] = second_half(&mut batch["Keys"]);
                    undone
                }
                _ => second_half(batch),
            };
            json!({ table.clone(): undone })
        }
    }
}

/// Reports the undone part in the answer, as the service would.
fn report(operation: &str, answer_json: &mut Value, undone: Value) {
    let is_empty = |undone: &Value| undone.to_string().contains("[]");
    match operation {
        "PutEvents" => {
            let refused = undone.as_array().unwrap().len();
            answer_json["FailedEntryCount"] = json!(refused);
            let lines = answer_json["Entries"].as_array_mut().unwrap();
            lines.extend((0..refused).map(|_| json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "later" })));
        }
        "BatchGetItem" if !is_empty(&undone) => answer_json["UnprocessedKeys"] = undone,
        "BatchWriteItem" if !is_empty(&undone) => answer_json["UnprocessedItems"] = undone,
        _ => {}
    }
}
