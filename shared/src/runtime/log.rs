//! What may be logged, in both runtimes.

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{Targets, filter_fn};

/// The crates of this workspace that log.
const OURS: &[&str] = &["admin", "connect", "fan_out", "notify_expiry", "pairmeter", "poll", "report", "shared", "web"];

/// Below this level libraries log requests and answers with their headers and bodies, and a body may hold a token: the AWS
/// SDK does so for every call, `lambda_runtime` for every event, `lettre` for the password of the mail server. A list of
/// libraries would miss the next one; everything that is not ours is capped.
const LIBRARIES: Level = Level::INFO;

/// What `PAIRMETER_LOG` asks for, e.g. `info` or `shared=debug`; `info` where it cannot be read. Libraries are capped
/// in every case.
pub(super) fn filter<S: Subscriber>(wanted: &str) -> impl Layer<S> {
    let wanted: Targets = wanted.parse().unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    wanted.and_then(filter_fn(is_safe))
}

fn is_safe(of: &Metadata<'_>) -> bool {
    *of.level() <= LIBRARIES || OURS.contains(&of.target().split("::").next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_crate_of_the_workspace_may_log_at_every_level() {
        let functions = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
        let crates = std::fs::read_dir(functions).unwrap().map(|folder| folder.unwrap().file_name());
        let mut crates: Vec<String> = crates.map(|name| name.to_str().unwrap().to_owned()).collect();
        crates.extend(["shared".to_owned(), "web".to_owned()]);
        crates.sort();
        assert_eq!(super::OURS, crates);
    }
}
