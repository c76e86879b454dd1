//! Reported inputs: optional reports that are refused, fail or are withdrawn, and connectors that are removed
//! meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shared::handlers::poll::Polled;
use shared::handlers::save::NewConnector;
use shared::segment::{Cost, Segment};
use shared::words::{
    Account, Connector, ConnectorState, Credential, Dataset, Days, Level, PollOutcome, SegmentState, TeamSync,
};

use super::{spec, world_behind};
use crate::providers::stub::{Answer, Stub};
use crate::sandbox_world::{World, day};

/// The value of a test's switch; 0 initially.
#[derive(Clone, Default)]
struct Switch(Arc<AtomicUsize>);

impl Switch {
    fn set(&self, step: usize) {
        self.0.store(step, Ordering::SeqCst);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

async fn connected(
    provider: &'static str,
    change: impl Fn(usize, &str, &Answer) -> Option<Answer> + Clone + Send + Sync + 'static,
) -> (World, Connector, Switch, Stub) {
    let step = Switch::default();
    let (world, stub) = world_behind(provider, {
        let step = step.clone();
        move |path, real| change(step.get(), path, real)
    })
    .await;
    let spec = spec(provider);
    let new = NewConnector {
        name: None,
        provider: provider.to_owned(),
        account: Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") },
        credential: Credential::new(spec.credential_kind, (spec.credential)("")),
        api_url: None,
        notify: None,
        team_sync: TeamSync::default(),
    };
    let (connector, _) = world.app.save().run(new, "r").await.unwrap();
    (world, connector, step, stub)
}

async fn segment(world: &World, connector: &Connector, dataset: Dataset, on: &str) -> Segment {
    use futures_util::TryStreamExt;
    let range = world.app.segments.range(&connector.id, dataset, Days::one(day(on)));
    let mut stored: Vec<_> = range.try_collect().await.unwrap();
    stored.remove(0).segment
}

/// Subject, name and e-mail of the rows about people or keys; amount of the rows about the account.
async fn costs(world: &World, connector: &Connector, on: &str) -> (Vec<(String, Option<String>)>, i64) {
    let segment = segment(world, connector, Dataset::Cost, on).await;
    let (mut people, mut whole) = (std::collections::BTreeSet::new(), 0);
    for batch in segment.read::<Cost>(&["level", "subject", "name", "email", "micro_amount"]).unwrap() {
        let batch = batch.unwrap();
        let (levels, subjects) = (batch.texts("level").unwrap(), batch.texts("subject").unwrap());
        let names = batch.texts("name");
        for row in 0..batch.rows() {
            if levels.get(row) == Some(Level::Organization.as_str()) {
                whole += batch.integers("micro_amount").unwrap().value(row);
            } else if subjects.get(row) != Some("") {
                let name = names.and_then(|names| names.get(row)).map(str::to_owned);
                people.insert((subjects.get(row).unwrap().to_owned(), name));
            }
        }
    }
    (people.into_iter().collect(), whole)
}

const DAY: &str = "2026-11-20";

/// The amounts of an answer of OpenAI's costs, each increased by one dollar.
fn dearer(real: &Answer) -> Option<Answer> {
    let mut body: serde_json::Value = serde_json::from_slice(&real.body).ok()?;
    for bucket in body["data"].as_array_mut()? {
        for result in bucket["results"].as_array_mut()? {
            let amount = result["amount"]["value"].as_f64()?;
            result["amount"]["value"] = (amount + 1.0).into();
        }
    }
    Some(Answer::json(&body.to_string()))
}

/// The list of projects, which leads to the names of keys.
fn is_names(path: &str) -> bool {
    path.contains("/organization/projects")
}

fn refusal(status: u16) -> Answer {
    let message = "You have insufficient permissions for this operation. Missing scopes: api.management.read.";
    let body = format!(r#"{{"error":{{"message":"{message}","type":"invalid_request_error"}}}}"#);
    Answer { status, ..Answer::json(&body) }
}

/// B09, second half: the lists of names are refused or fail at a later poll, in which the costs have changed.
#[tokio::test]
async fn new_amounts_are_stored_with_the_old_names_if_the_names_fail() {
    for status in [403, 404, 429, 500] {
        let (world, connector, step, _stub) = connected("openai", move |step, path, real| match step {
            1 if is_names(path) => Some(refusal(status)),
            1 if path.contains("/organization/costs") => dearer(real),
            _ => None,
        })
        .await;
        let first = world.poll(&connector).await;
        assert_eq!(first.outcome, PollOutcome::Ok, "{:?}", first.failure);
        let (people, before) = costs(&world, &connector, DAY).await;
        assert!(people.iter().any(|(_, name)| name.is_some()), "{people:?}");
        step.set(1);
        world.move_to("2026-11-21T07:00:00Z");
        let second = world.poll_days(&connector, DAY, DAY).await;
        let (again, after) = costs(&world, &connector, DAY).await;
        assert!(after > before, "{status}: {before} {after}");
        assert_eq!(again, people, "{status}");
        assert!(second.failure.is_none(), "{status}: {:?}", second.failure);
        assert_eq!(second.outcome, PollOutcome::Partial, "{status}: names that were there are missed");
        assert!(second.left_out.iter().any(|left_out| left_out.starts_with("keys")), "{status}: {:?}", second.left_out);
        let stored = world.connector(&connector).await;
        assert_eq!(stored.state, ConnectorState::Active, "{status}");
        assert!(!stored.last_poll.unwrap().left_out.is_empty(), "{status}");
        let state = world.state(&connector, Dataset::Cost, DAY).await;
        assert_eq!(state, Some(SegmentState::Provisional), "{status}");
    }
}

/// B09, first half: the names were never available.
#[tokio::test]
async fn a_first_poll_without_names_stores_all_numbers_with_ids() {
    for status in [403, 404, 500] {
        let (world, connector, _, _stub) =
            connected("openai", move |_, path, _| is_names(path).then(|| refusal(status))).await;
        let polled = world.poll(&connector).await;
        let (people, whole) = costs(&world, &connector, DAY).await;
        assert!(whole > 0 && !people.is_empty(), "{status}");
        assert!(!polled.left_out.is_empty(), "{status}");
        let heads = world.ledger(&connector).await;
        let unsettled: Vec<_> = heads.iter().filter(|head| !head.state.is_complete()).collect();
        let history = unsettled.iter().filter(|head| head.dataset != Dataset::Seats).count();
        assert_eq!(history, 0, "{status}: {unsettled:?}");
    }
}

/// Features that only an Enterprise team has.
fn not_on_this_plan() -> Answer {
    let body = r#"{"error":"Forbidden","message":"Enterprise access required"}"#;
    Answer { status: 403, ..Answer::json(body) }
}

#[tokio::test]
async fn a_good_poll_omits_figures_that_the_plan_never_had() {
    let (world, connector, _, _stub) =
        connected("cursor", |_, path, _| path.contains("/analytics/by-user/tabs").then(not_on_this_plan)).await;
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    assert!(polled.left_out.iter().any(|left_out| left_out.starts_with("tabs")), "{:?}", polled.left_out);
    assert_eq!(world.state(&connector, Dataset::Activity, DAY).await, Some(SegmentState::Provisional));
}

#[tokio::test]
async fn figures_that_a_plan_lost_are_a_partial_poll_with_the_reason() {
    let (world, connector, step, _stub) = connected("cursor", |step, path, _| {
        (step == 1 && path.contains("/analytics/by-user/tabs")).then(not_on_this_plan)
    })
    .await;
    let first = world.poll(&connector).await;
    assert_eq!(first.outcome, PollOutcome::Ok, "{:?}", first.failure);
    let before = segment(&world, &connector, Dataset::Activity, DAY).await;
    step.set(1);
    world.move_to("2026-11-21T07:00:00Z");
    let second = world.poll(&connector).await;
    assert_eq!(second.outcome, PollOutcome::Partial);
    assert_eq!(second.failure.as_ref().map(shared::error::Error::code), Some("plan_not_entitled"));
    let stored = world.connector(&connector).await;
    assert_eq!(stored.state, ConnectorState::Active);
    assert_eq!(stored.state_detail, second.failure.map(|error| error.public()));
    let after = segment(&world, &connector, Dataset::Activity, DAY).await;
    assert_eq!(after.rows_checksum, before.rows_checksum, "the archived report stands in");
}

#[tokio::test]
async fn a_poll_reports_a_failure_rather_than_a_lost_right() {
    let (world, connector, step, _stub) = connected("cursor", |step, path, _| match step {
        1 if path.contains("/analytics/by-user/tabs") => Some(not_on_this_plan()),
        1 if path.contains("/teams/daily-usage-data") => Some(Answer::status(500)),
        _ => None,
    })
    .await;
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    step.set(1);
    world.move_to("2026-11-21T07:00:00Z");
    let second = world.poll(&connector).await;
    // A retry may succeed, so the queue retries.
    assert_eq!(second.failure.as_ref().map(shared::error::Error::code), Some("provider_unavailable"));
    assert!(second.left_out.iter().any(|left_out| left_out.starts_with("tabs")), "{:?}", second.left_out);
}

/// A report of optional figures fails in the middle of its pages.
#[tokio::test]
async fn interrupted_optional_figures_are_not_half_stored() {
    let (world, connector, step, _stub) = connected("cursor", |step, path, _| {
        let is_tabs = path.contains("/analytics/by-user/tabs");
        (step == 1 && is_tabs).then(|| Answer::bytes(r#"{"data":{"a@acme.test":[{"event_date":"2026-11-20""#))
    })
    .await;
    let first = world.poll(&connector).await;
    assert_eq!(first.outcome, PollOutcome::Ok, "{:?}", first.failure);
    let before = segment(&world, &connector, Dataset::Activity, DAY).await;
    step.set(1);
    world.move_to("2026-11-21T07:00:00Z");
    let second: Polled = world.poll_days(&connector, DAY, DAY).await;
    assert!(second.failure.is_some(), "figures are no names: the poll says that they failed");
    let after = segment(&world, &connector, Dataset::Activity, DAY).await;
    assert_eq!(after.rows_checksum, before.rows_checksum, "the archived report stands in");
}

#[tokio::test]
async fn a_day_without_optional_figures_is_pending_and_fetched_again() {
    let (world, connector, step, _stub) = connected("cursor", |step, path, _| {
        (step == 0 && path.contains("/ai-code/commits")).then(|| Answer::status(500))
    })
    .await;
    world.poll(&connector).await;
    assert_eq!(world.state(&connector, Dataset::Activity, DAY).await, Some(SegmentState::Pending));
    assert_eq!(world.state(&connector, Dataset::Cost, DAY).await, Some(SegmentState::Provisional));
    step.set(1);
    world.move_to("2026-11-21T10:00:00Z");
    world.poll(&connector).await;
    let heads = world.ledger(&connector).await;
    assert!(heads.iter().all(|head| head.state.is_complete()), "{heads:?}");
}

/// The connector is removed while its reports are being fetched.
#[tokio::test(flavor = "multi_thread")]
async fn a_connector_removed_during_its_poll_gets_no_rows() {
    let (world, connector, _, _stub) = connected("openai", |_, _, _| None).await;
    let poll = world.app.poll();
    let job = shared::words::PollJob::daily(&connector.id, world.now().date_naive());
    struct Remover<'a>(&'a World, &'a Connector);
    impl shared::handlers::poll::Progress for Remover<'_> {
        fn asking(&self, report: &str, _: shared::words::Day) {
            if report.starts_with("costs") {
                let (app, id) = (self.0.app.connectors.clone(), self.1.id.clone());
                tokio::task::block_in_place(|| {
                    tokio::runtime::Handle::current().block_on(app.remove(&id)).unwrap();
                });
            }
        }
    }
    let polled = poll.run(&job, &Remover(&world, &connector)).await.unwrap();
    assert!(polled.is_removed);
    assert_eq!(world.ledger(&connector).await, []);
}

/// Code review, finding 10: a poll's reads of its own store.
#[tokio::test]
async fn the_ledger_is_read_once_per_poll() {
    let (mut world, connector, _, _stub) = connected("openai", |_, _, _| None).await;
    let counted = Arc::new(Counting { inner: world.app.segments.clone(), ledgers: AtomicUsize::new(0) });
    world.app.0.segments = counted.clone();
    for (now, expected) in [("2026-11-21T06:00:00Z", 1), ("2026-11-22T06:00:00Z", 2)] {
        world.move_to(now);
        let polled = world.poll(&connector).await;
        assert_eq!(polled.outcome, PollOutcome::Ok);
        assert_eq!(counted.ledgers.load(Ordering::SeqCst), expected);
    }
}

struct Counting {
    inner: Arc<dyn shared::ports::SegmentStore>,
    ledgers: AtomicUsize,
}

#[async_trait::async_trait]
impl shared::ports::SegmentStore for Counting {
    async fn replace(
        &self,
        id: &shared::words::ConnectorId,
        write: shared::ports::SegmentWrite,
    ) -> shared::ports::Result<shared::ports::Written> {
        self.inner.replace(id, write).await
    }

    fn range<'a>(
        &'a self,
        id: &'a shared::words::ConnectorId,
        dataset: Dataset,
        days: Days,
    ) -> futures_util::stream::BoxStream<'a, shared::ports::Result<shared::ports::StoredSegment>> {
        self.inner.range(id, dataset, days)
    }

    async fn heads(
        &self,
        id: &shared::words::ConnectorId,
        dataset: Dataset,
        days: Days,
    ) -> shared::ports::Result<Vec<shared::words::SegmentHead>> {
        self.inner.heads(id, dataset, days).await
    }

    async fn ledger(&self, id: &shared::words::ConnectorId) -> shared::ports::Result<Vec<shared::words::SegmentHead>> {
        self.ledgers.fetch_add(1, Ordering::SeqCst);
        self.inner.ledger(id).await
    }

    async fn revisions(&self, id: &shared::words::ConnectorId) -> shared::ports::Result<Vec<shared::words::Revision>> {
        self.inner.revisions(id).await
    }

    async fn remove(&self, id: &shared::words::ConnectorId) -> shared::ports::Result<()> {
        self.inner.remove(id).await
    }
}

/// Code review, finding 10: a 28-day report packs its rows differently than the report of one day.
#[tokio::test]
async fn a_day_from_the_28_day_report_is_not_written_again() {
    let world = World::new().await;
    let connector = world.save(crate::sandbox_world::organization("octo-bench"), crate::sandbox_world::TOKEN).await;
    let connector = connector.unwrap();
    let job = shared::words::PollJob::backfill(&connector.id, None);
    let first = world.app.poll().run(&job, &()).await.unwrap();
    assert_eq!(first.outcome, PollOutcome::Ok, "{:?}", first.failure);
    let before = world.ledger(&connector).await;
    let bulk = |head: &&shared::words::SegmentHead| head.sources.iter().any(|source| source.contains("28-day"));
    assert!(before.iter().filter(bulk).count() > 20);
    world.move_to("2026-11-21T07:00:00Z");
    let second = world.poll_days(&connector, "2026-11-01", "2026-11-20").await;
    assert_eq!((second.outcome, second.days), (PollOutcome::Ok, 20), "{:?}", second.failure);
    assert_eq!(second.stored, std::collections::BTreeMap::new());
    let changed =
        world.ledger(&connector).await.into_iter().zip(before).filter(|(new, old)| new.revision != old.revision);
    assert_eq!(changed.count(), 0);
}
