//! Inputs that people reported from the real APIs, one test per report, over HTTP: the sandbox with one answer
//! changed.
//!
//! The name of a test says what Pairmeter does; its first line names the report (B01 and so on).

mod answers;
mod billing;
mod cursor;
mod emails;
mod github;
mod listings;
mod logs;
mod mails;
mod notices;
mod polls;
mod refusals;
mod seats;
mod teams;
mod text;
mod waits;

use sandbox::{Sandbox, StandInSpec};
use shared::http::{Detours, Http};

use crate::providers::stub::{self, Answer, Stub};
use crate::sandbox_world::World;

pub fn spec(provider: &str) -> &'static StandInSpec {
    sandbox::specs().find(|spec| spec.provider == provider).unwrap()
}

/// The sandbox's API of `provider` behind a proxy. `change` receives each path with its query and the real answer,
/// and may return another answer.
pub async fn proxy(
    sandbox: &Sandbox,
    provider: &str,
    change: impl Fn(&str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> Stub {
    stub::changing(&format!("{}/{}", sandbox.url(), spec(provider).hosts[0]), change).await
}

/// A whole Pairmeter whose requests to `provider` go through [`proxy`]. Download hosts lead to the sandbox directly.
pub async fn world_behind(
    provider: &str,
    change: impl Fn(&str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> (World, Stub) {
    let mut world = World::new().await;
    let proxy = proxy(&world.sandbox, provider, change).await;
    let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
    detours.extend(Detours::parse(&format!("{}={}", spec(provider).hosts[0], proxy.url())).unwrap());
    world.app.0.http = Http::new(detours);
    (world, proxy)
}
