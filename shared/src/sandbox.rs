//! A stand-in for the providers' APIs, served over real HTTP on loopback, with believable data and faults on demand.
//!
//! One [`Sandbox`] is one world: a clock that moves only when told to, a seed, and as many organizations as anyone asks
//! for. The same seed, slug and clock always give the same bytes. Two conventions steer it, so that a test needs no
//! other handle:
//!
//! - the **token** says who is calling: see the table in [`github::tokens`];
//! - the **slug** of the account says what goes wrong there: see the table in [`github::faults`], and for what every
//!   provider's stand-in can do [`faults`]. Where a provider's requests do not name the account, the words of the key
//!   do instead.
//!
//! One server answers for all providers. A detour leads each host to a path of its own (`/api.example.com/...`), which
//! says who is meant; whoever comes without one means the first stand-in. The people are the same everywhere, with the
//! same e-mail addresses.
//!
//! Every address that an answer contains (download links, `Link` headers, redirects) names the provider's real host.
//! Callers get there through [`Sandbox::detour`], exactly as they got to the API.

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
mod stage;
mod words;
mod work;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;

use stage::StandIn;
pub use stage::{Fields, Stage};
use world::World;

/// Who is stood in for.
static STAND_INS: &[&dyn StandIn] = &[
    &github::GitHub,
    &cursor::Cursor,
    &anthropic::Anthropic,
    &claude_enterprise::ClaudeEnterprise,
    &openai::OpenAi,
    &codex::Codex,
];

/// A running sandbox. It stops serving, and lets go of every connection, when it is dropped.
pub struct Sandbox {
    pub address: SocketAddr,
    world: Arc<World>,
    /// Held, never sent on: its end is what tells the server, and every answer that hangs on purpose, to stop.
    _running: watch::Sender<()>,
}

/// What a sandbox is made of. There is no default for the time: the sandbox never looks at the wall clock.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What the sandbox's clock shows when it starts.
    pub now: DateTime<Utc>,
    /// Whether the clock then runs with real time. Otherwise only [`Sandbox::set_now`] moves it.
    pub follow: bool,
    pub seed: u64,
    /// How many people hold, held or will hold a seat in each organization and enterprise.
    pub users: usize,
    /// How many days of history there are on the day the sandbox starts. Older days were never recorded.
    pub days: usize,
    /// How many files a users report is split into.
    pub shards: usize,
}

/// How each provider is played, in the order of the registry.
pub fn stages() -> impl Iterator<Item = &'static Stage> {
    STAND_INS.iter().map(|stand_in| stand_in.stage())
}

/// One request as it arrived, without anything secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    /// Path and query; the signature of a download link is left out.
    pub target: String,
    /// The host the caller meant: `X-Forwarded-Host` if there is one, else `Host`.
    pub host: String,
    /// Whether a credential came with it.
    pub authorized: bool,
}

impl Seen {
    /// The signature of a download link and the value of a key stay out.
    fn of(request: &Request, host: &str) -> Seen {
        let target = target(request);
        let shown = target.split_once("&sig=").map_or(target.as_str(), |(shown, _)| shown).to_owned();
        let authorized = [header::AUTHORIZATION.as_str(), "x-api-key"];
        Seen {
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
        let world = Arc::new(World::new(options, stopped.clone()));
        let routes = Router::new().fallback(answer).with_state(world.clone());
        let server = axum::serve(listener, routes).with_graceful_shutdown(ended(stopped));
        tokio::spawn(server.into_future());
        Ok(Sandbox { address, world, _running: running })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The value of `PAIRMETER_DETOUR` that leads every host of the sandbox here.
    pub fn detour(&self) -> String {
        let hosts = stages().flat_map(|stage| stage.hosts).map(|host| format!("{host}={}/{host}", self.url()));
        hosts.collect::<Vec<_>>().join(",")
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Seen> {
        self.world.seen()
    }

    /// Moves the sandbox's clock. Download links made before keep the content, and the expiry, of their own time.
    pub fn set_now(&self, now: DateTime<Utc>) {
        self.world.clock.set(now);
    }
}

async fn answer(State(world): State<Arc<World>>, request: Request) -> Response {
    let Some((stand_in, host, request)) = meant(request) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    world.note(Seen::of(&request, &host));
    stand_in.answer(&world, host, request).await
}

/// The stand-in of the host that the path begins with, that host, and the request with the path behind it.
fn meant(mut request: Request) -> Option<(&'static dyn StandIn, String, Request)> {
    let target = target(&request);
    let (first, rest) = target.trim_start_matches('/').split_once('/').unwrap_or_default();
    if let Some(stand_in) = STAND_INS.iter().find(|stand_in| stand_in.stage().hosts.contains(&first)) {
        *request.uri_mut() = format!("/{rest}").parse::<Uri>().ok()?;
        return Some((*stand_in, first.to_owned(), request));
    }
    let text = |name: &str| request.headers().get(name)?.to_str().ok().map(str::to_owned);
    let host = text("x-forwarded-host").or(text("host")).unwrap_or_default();
    Some((STAND_INS[0], host, request))
}

/// Resolves when the sandbox is gone.
pub(crate) async fn ended(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_dropped_sandbox_lets_go_even_of_those_it_left_hanging() {
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
