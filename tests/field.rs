//! Inputs that people report from the real APIs, one test for each report, over HTTP: the sandbox with one answer changed.
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

use shared::http::{Detours, Http};
use shared::sandbox::{self, Sandbox, Stage};

use crate::providers::stub::{self, Answer, Stub};
use crate::sandbox_world::World;

pub fn stage(provider: &str) -> &'static Stage {
    sandbox::stages().find(|stage| stage.provider == provider).unwrap()
}

/// The sandbox's API of `provider` behind a proxy; `change` sees each path with its query and the real answer, and may
/// return another.
pub async fn proxy(
    sandbox: &Sandbox,
    provider: &str,
    change: impl Fn(&str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> Stub {
    stub::changing(&format!("{}/{}", sandbox.url(), stage(provider).hosts[0]), change).await
}

/// A whole Pairmeter whose requests to `provider` pass through [`proxy`]. Hosts of downloads lead to the sandbox itself.
pub async fn world_behind(
    provider: &str,
    change: impl Fn(&str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> (World, Stub) {
    let mut world = World::new().await;
    let proxy = proxy(&world.sandbox, provider, change).await;
    let mut detours = Detours::parse(&world.sandbox.detour()).unwrap();
    detours.extend(Detours::parse(&format!("{}={}", stage(provider).hosts[0], proxy.url())).unwrap());
    world.app.0.http = Http::new(detours);
    (world, proxy)
}
