//! A server for answers that the sandbox does not have, or that replace the sandbox's.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use shared::http::{Detours, Http};
use shared::providers;

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn status(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn json(body: &str) -> Answer {
        Answer { body: body.as_bytes().to_vec(), ..Answer::status(200) }.with("content-type", "application/json")
    }

    pub fn bytes(body: impl Into<Vec<u8>>) -> Answer {
        Answer { body: body.into(), ..Answer::status(200) }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn response(self) -> Response {
        let mut response = Response::builder().status(StatusCode::from_u16(self.status).unwrap());
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap()
    }
}

/// A server on a free port, until it is dropped.
pub struct Stub {
    address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Stub {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hosts of all providers lead here.
    pub fn http(&self) -> Http {
        let abouts = providers::ALL.iter().map(|provider| provider.about());
        let hosts = abouts.flat_map(|about| about.hosts.iter().chain(about.download_hosts));
        // A pattern is not a host.
        let plain = hosts.filter(|host| !host.contains('*'));
        let detours: Vec<String> = plain.map(|host| format!("{host}=http://{}", self.address)).collect();
        Http::new(Detours::parse(&detours.join(",")).unwrap())
    }
}

pub async fn always(answer: Answer) -> Stub {
    serve(move |_| answer.clone()).await
}

/// Answers by path and query, and by the request's body.
pub async fn serve_bodies(answer: impl Fn(&str, &[u8]) -> Answer + Clone + Send + Sync + 'static) -> Stub {
    let routes = Router::new().fallback(move |request: Request| {
        let answer = answer.clone();
        async move {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
            let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
            answer(&path, &body).response()
        }
    });
    start(routes).await
}

/// Answers by path and query.
pub async fn serve(answer: impl Fn(&str) -> Answer + Clone + Send + Sync + 'static) -> Stub {
    let routes = Router::new().fallback(move |request: Request| {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let answer = answer(&path);
        let tag = answer.headers.iter().find(|(name, _)| *name == "etag").map(|(_, tag)| tag.clone());
        // Answers 304 if the caller has the answer already.
        let is_known =
            tag.is_some_and(|tag| request.headers().get("if-none-match").is_some_and(|known| *known == *tag));
        async move { if is_known { Answer::status(304).response() } else { answer.response() } }
    });
    start(routes).await
}

/// Forwards to `target` every request for which `answer` returns nothing.
pub async fn in_front_of(
    target: &str,
    answer: impl Fn(&str) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> Stub {
    changing(target, move |path, _| answer(path)).await
}

/// Forwards every request to `target`, passes the path with its query and the real answer to `change`, and sends the
/// answer that `change` returns.
#[expect(clippy::disallowed_methods, reason = "a client that shares nothing with the one under test")]
pub async fn changing(
    target: &str,
    change: impl Fn(&str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> Stub {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let target = target.to_owned();
    let routes = Router::new().fallback(move |request: Request| {
        let (client, target, change) = (client.clone(), target.clone(), change.clone());
        async move {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
            let (parts, body) = request.into_parts();
            let mut headers = parts.headers;
            headers.remove("host");
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let sent = client.request(parts.method, format!("{target}{path}")).headers(headers).body(body).send();
            let real = sent.await.unwrap();
            let (status, headers) = (real.status(), real.headers().clone());
            let body = real.bytes().await.unwrap();
            let answer = Answer { status: status.as_u16(), headers: Vec::new(), body: body.to_vec() };
            if let Some(changed) = change(&path, &answer) {
                return changed.response();
            }
            let mut response = Response::builder().status(status);
            *response.headers_mut().unwrap() = headers;
            response.body(Body::from(body)).unwrap()
        }
    });
    start(routes).await
}

async fn start(routes: Router) -> Stub {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    Stub { address, server }
}
