//! Fifty connectors, each rotated during its poll: no poll fails, and no day is lost.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use sandbox::Options;
use shared::words::{Connector, ConnectorState, Credential, Dataset, PollJob, PollOutcome, SegmentHead};

use crate::sandbox_world::{World, day, organization, small};

const CONNECTORS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_connectors_are_rotated_during_polls_without_a_failure() {
    let world = World::with(Options { users: 2, days: 30, ..small("2026-11-21T06:00:00Z") }).await;
    let mut connectors = Vec::new();
    for number in 0..CONNECTORS {
        connectors.push(world.saved_before(organization(&format!("octo-{number}")), "ghp_old").await);
    }
    let under_way = join_all(connectors.iter().map(|connector| polled_and_rotated(&world, connector))).await;
    assert_eq!(under_way.iter().filter(|was| **was).count(), CONNECTORS, "every rotation happened during a poll");
    for connector in &connectors {
        let slug = &connector.account.slug;
        // The poll that the rotation requested.
        assert_eq!(world.poll(connector).await.outcome, PollOutcome::Ok, "{slug}");
        let current = world.connector(connector).await;
        assert_eq!((current.state, current.credential_history.rotations), (ConnectorState::Active, 1), "{slug}");
        assert_eq!(current.freshness.complete_through, Some(day("2026-11-20")), "{slug}");
        assert!(!current.credential_history.previous_is_kept, "{slug}");
        let secret = world.app.secrets.get(&connector.id).await.unwrap();
        assert_eq!(secret.expose("token"), Some("ghp_new"), "{slug}");
        assert!(world.app.secrets.previous(&connector.id).await.is_err(), "{slug}");
        let ledger = world.ledger(connector).await;
        let is_stored = |head: &&SegmentHead| head.dataset == Dataset::Activity && head.has_content();
        let days: BTreeSet<_> = ledger.iter().filter(is_stored).map(|head| head.day).collect();
        assert_eq!(days.len(), 28, "{slug}");
        assert!(world.revisions(connector).await.is_empty(), "{slug}");
    }
    assert_eq!(world.notices().await, []);
}

/// True if the poll was still running when the rotation finished.
async fn polled_and_rotated(world: &World, connector: &Connector) -> bool {
    let (poll, rotate) = (world.app.poll(), world.app.rotate());
    let job = PollJob::daily(&connector.id, day("2026-11-21"));
    let path_prefix = format!("/orgs/{}/copilot/metrics/reports/", connector.account.slug);
    let rotation = async {
        while !world.sandbox.requests().iter().any(|seen| seen.target.starts_with(&path_prefix)) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        rotate.run(&connector.id, Credential::token("ghp_new"), "r").await.unwrap();
        world.connector(connector).await.last_poll.is_none()
    };
    let (polled, was_under_way) = tokio::join!(poll.run(&job, &()), rotation);
    let polled = polled.unwrap();
    assert_eq!(polled.outcome, PollOutcome::Ok, "{}: {:?}", connector.account.slug, polled.failure);
    was_under_way
}
