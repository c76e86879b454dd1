//! A stand-in for the providers' APIs, served over real HTTP on loopback, with plausible data and faults on demand.
//!
//! A [`Sandbox`] has a clock that only moves on request, a seed, and any number of organizations. The same seed, slug
//! and clock always give the same bytes. Two conventions control it, so that a test needs no other handle:
//!
//! - the **token** identifies the caller: see the table in [`github::tokens`];
//! - the **slug** of the account selects the faults: see the table in [`github::faults`], and [`faults`] for the
//!   faults of all providers. If a provider's requests do not name the account, the words of the key select them.
//!
//! One server answers for all providers. A detour leads each host to a path of its own (`/api.example.com/...`),
//! which identifies the provider; a request without such a path goes to the first stand-in. The people and their
//! e-mail addresses are the same at all providers.
//!
//! Every address in an answer (download links, `Link` headers, redirects) names the provider's real host. Callers
//! reach it through [`Sandbox::detour`], as they reach the API.

mod anthropic;
mod cache;
mod calendar;
mod claude_enterprise;
mod clock;
mod codex;
mod cursor;
mod dice;
pub mod faults;
pub mod github;
mod keys;
mod openai;
mod people;
mod query;
mod spec;
mod state;
mod words;
mod work;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;

use spec::StandIn;
pub use spec::{Fields, StandInSpec};
use state::SandboxState;

/// The providers' stand-ins.
static STAND_INS: &[&dyn StandIn] = &[
    &github::GitHub,
    &cursor::Cursor,
    &anthropic::Anthropic,
    &claude_enterprise::ClaudeEnterprise,
    &openai::OpenAi,
    &codex::Codex,
];

/// A running sandbox. Dropping it stops the server and closes all connections.
pub struct Sandbox {
    pub address: SocketAddr,
    state: Arc<SandboxState>,
    /// Kept but never sent to: dropping it stops the server, and every answer that hangs on purpose.
    _running: watch::Sender<()>,
}

/// Settings of a sandbox. The time has no default, because the sandbox never reads the machine's clock.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on; port 0 selects a free one.
    pub listen: SocketAddr,
    /// Initial time of the sandbox's clock.
    pub now: DateTime<Utc>,
    /// Whether the clock runs with real time. Otherwise only [`Sandbox::set_now`] moves it.
    pub follow: bool,
    pub seed: u64,
    /// Number of people who hold, held or will hold a seat in each organization and enterprise.
    pub users: usize,
    /// Days of history when the sandbox starts. Earlier days do not exist.
    pub days: usize,
    /// Number of files of a users report.
    pub shards: usize,
}

/// The specifications of the stand-ins, in the order of the registry.
pub fn specs() -> impl Iterator<Item = &'static StandInSpec> {
    STAND_INS.iter().map(|stand_in| stand_in.spec())
}

/// A received request, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRequest {
    pub method: String,
    /// Path and query, without the signature of a download link.
    pub target: String,
    /// The host that the caller route: `X-Forwarded-Host` if present, else `Host`.
    pub host: String,
    /// Whether the request had a credential.
    pub authorized: bool,
}

impl ReceivedRequest {
    /// Omits the signature of a download link and the value of a key.
    fn of(request: &Request, host: &str) -> ReceivedRequest {
        let target = target(request);
        let shown = target.split_once("&sig=").map_or(target.as_str(), |(shown, _)| shown).to_owned();
        let authorized = [header::AUTHORIZATION.as_str(), "x-api-key"];
        ReceivedRequest {
            method: request.method().to_string(),
            target: shown,
            host: host.to_owned(),
            authorized: authorized.iter().any(|name| request.headers().contains_key(*name)),
        }
    }
}

/// Path and query.
fn target(request: &Request) -> String {
    request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned()
}

impl Options {
    pub fn at(now: DateTime<Utc>) -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            now,
            follow: false,
            seed: 1,
            users: 60,
            days: 90,
            shards: 2,
        }
    }
}

impl Sandbox {
    /// Binds, and serves in the background of the current runtime.
    pub async fn start(options: Options) -> std::io::Result<Sandbox> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let (running, stopped) = watch::channel(());
        let state = Arc::new(SandboxState::new(options, stopped.clone()));
        let routes = Router::new().fallback(answer).with_state(state.clone());
        let server = axum::serve(listener, routes).with_graceful_shutdown(wait_until_stopped(stopped));
        tokio::spawn(server.into_future());
        Ok(Sandbox { address, state, _running: running })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The value of `PAIRMETER_DETOUR` that leads every host of the sandbox here.
    pub fn detour(&self) -> String {
        let hosts = specs().flat_map(|spec| spec.hosts).map(|host| format!("{host}={}/{host}", self.url()));
        hosts.collect::<Vec<_>>().join(",")
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.state.seen()
    }

    /// Moves the sandbox's clock. Existing download links keep their content and expiry.
    pub fn set_now(&self, now: DateTime<Utc>) {
        self.state.clock.set(now);
    }
}

async fn answer(State(state): State<Arc<SandboxState>>, request: Request) -> Response {
    let Some((stand_in, host, request)) = route(request) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    state.note(ReceivedRequest::of(&request, &host));
    stand_in.answer(&state, host, request).await
}

/// The stand-in of the host at the start of the path, that host, and the request with the rest of the path.
fn route(mut request: Request) -> Option<(&'static dyn StandIn, String, Request)> {
    let target = target(&request);
    let (first, rest) = target.trim_start_matches('/').split_once('/').unwrap_or_default();
    if let Some(stand_in) = STAND_INS.iter().find(|stand_in| stand_in.spec().hosts.contains(&first)) {
        *request.uri_mut() = format!("/{rest}").parse::<Uri>().ok()?;
        return Some((*stand_in, first.to_owned(), request));
    }
    let text = |name: &str| request.headers().get(name)?.to_str().ok().map(str::to_owned);
    let host = text("x-forwarded-host").or(text("host")).unwrap_or_default();
    Some((STAND_INS[0], host, request))
}

/// Resolves when the sandbox is dropped.
pub(crate) async fn wait_until_stopped(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_dropped_sandbox_closes_even_hanging_connections() {
        let sandbox = Sandbox::start(Options::at(DateTime::UNIX_EPOCH)).await.unwrap();
        let address = sandbox.address;
        let mut caller = TcpStream::connect(address).await.unwrap();
        let request = b"GET /orgs/octo-hang/copilot/billing HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\n\
            Authorization: Bearer x\r\n\r\n";
        caller.write_all(request).await.unwrap();
        while sandbox.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(sandbox);
        let _ = caller.read_to_end(&mut Vec::new()).await;
        assert!(TcpStream::connect(address).await.is_err());
    }
}
