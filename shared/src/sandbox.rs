//! A stand-in for the providers' APIs, served over real HTTP on loopback, with believable data and faults on demand.
//!
//! One [`Sandbox`] is one world: a clock that moves only when told to, a seed, and as many organizations as anyone asks
//! for. The same seed, slug and clock always give the same bytes. Two conventions steer it, so that a test needs no
//! other handle:
//!
//! - the **token** says who is calling: see the table in [`github::tokens`];
//! - the **slug** of the organization or enterprise says what goes wrong there: see the table in [`github::faults`].
//!
//! Every address that an answer contains (download links, `Link` headers, redirects) names the provider's real host.
//! Callers get there through [`Sandbox::detour`], exactly as they got to the API.

mod cache;
mod calendar;
mod clock;
mod dice;
pub mod github;
mod people;
mod words;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;

use world::World;

/// The hosts of GitHub.com, and of one GHE.com tenant with data residency, that a sandbox answers for.
const HOSTS: [&str; 4] =
    ["api.github.com", "copilot-reports.github.com", "api.octo.ghe.com", "copilot-reports.octo.ghe.com"];

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

/// An account of the sandbox and a token that opens it: what `serve --demo` connects.
#[derive(Clone, Debug)]
pub struct Door {
    pub name: &'static str,
    pub provider: &'static str,
    pub account_kind: &'static str,
    pub slug: &'static str,
    pub token: &'static str,
}

/// One for each provider that the sandbox stands in for.
pub fn doors() -> Vec<Door> {
    vec![github::door()]
}

/// One request as it arrived, without anything secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    /// Path and query; the signature of a download link is left out.
    pub target: String,
    /// The host the caller meant: `X-Forwarded-Host` if there is one, else `Host`.
    pub host: String,
    /// Whether an `Authorization` header came with it.
    pub authorized: bool,
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
        let routes = Router::new().fallback(github::answer).with_state(world.clone());
        let server = axum::serve(listener, routes).with_graceful_shutdown(ended(stopped));
        tokio::spawn(server.into_future());
        Ok(Sandbox { address, world, _running: running })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The value of `PAIRMETER_DETOUR` that leads every host of the sandbox here.
    pub fn detour(&self) -> String {
        HOSTS.map(|host| format!("{host}={}", self.url())).join(",")
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
