//! The daily poll: it stores what the files contain, and fetches no more than it needs.

use std::collections::BTreeSet;

use shared::handlers::poll::Poll;
use shared::providers;
use shared::words::{ConnectorState, Dataset, Days, PollJob, PollOutcome, SegmentState};

use crate::oracle::Oracle;
use crate::rows::{self, assert_same};
use crate::sandbox_world::{PROVIDER, TOKEN, World, day, enterprise, organization, small};

/// Compares every segment of `on` with sums over the raw files of that day.
async fn assert_day_is_right(world: &World, connector: &shared::words::Connector, on: &str) {
    let oracle = Oracle::new(&world.sandbox.url(), &connector.account);
    let on = day(on);
    for dataset in [Dataset::Activity, Dataset::Breakdown, Dataset::PullRequests] {
        let expected = match dataset {
            Dataset::Activity => oracle.activity(on).await,
            Dataset::Breakdown => oracle.breakdown(on).await,
            _ => oracle.pull_requests(on).await,
        };
        // A Saturday may have no pull request; the account's own row always exists.
        assert!(dataset != Dataset::Activity || !expected.is_empty(), "the sandbox has {dataset} on {on}");
        let got = rows::stored(&world.app, &connector.id, dataset, on).await.unwrap_or_default();
        assert_same(&format!("{dataset} of {on} in {}", connector.account.slug), &got, &expected);
    }
}

#[tokio::test]
async fn a_month_is_stored_as_in_the_files() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!((polled.outcome, polled.days), (PollOutcome::Ok, 28));
    for on in ["2026-10-24", "2026-11-01", "2026-11-09", "2026-11-17", "2026-11-20"] {
        assert_day_is_right(&world, &connector, on).await;
    }
    let oracle = Oracle::new(&world.sandbox.url(), &connector.account);
    let seats = rows::stored(&world.app, &connector.id, Dataset::Seats, day("2026-11-21")).await.unwrap();
    assert_same("seats", &seats, &oracle.seats().await);
    let after = world.connector(&connector).await;
    assert_eq!(after.state, ConnectorState::Active);
    assert_eq!(after.freshness.complete_through, Some(day("2026-11-20")));
}

#[tokio::test]
async fn an_enterprise_is_stored_as_in_the_files_with_one_seat_per_person() {
    let world = World::with(sandbox::Options { users: 50, ..small("2026-11-21T06:00:00Z") }).await;
    let connector = world.save(enterprise("megacorp"), TOKEN).await.unwrap();
    assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
    assert_day_is_right(&world, &connector, "2026-11-18").await;
    let oracle = Oracle::new(&world.sandbox.url(), &connector.account);
    let seats = rows::stored(&world.app, &connector.id, Dataset::Seats, day("2026-11-21")).await.unwrap();
    assert_same("seats", &seats, &oracle.seats().await);
}

#[tokio::test]
async fn single_days_and_the_28_day_report_store_the_same_rows() {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    world.poll_days(&connector, "2026-11-10", "2026-11-12").await;
    let single = world.ledger(&connector).await;
    world.poll_days(&connector, "2026-11-01", "2026-11-20").await;
    for head in single {
        let bulk = world.head(&connector, head.dataset, &head.day.to_string()).await.unwrap();
        assert_eq!((bulk.checksum, bulk.revision), (head.checksum, 1), "{} of {}", head.dataset, head.day);
    }
}

#[tokio::test]
async fn an_account_too_large_for_the_28_day_report_is_fetched_by_day() {
    let (small, large) = (World::new().await, World::new().await);
    let mut ledgers = Vec::new();
    for (world, most_bulk_bytes) in [(&small, u64::MAX), (&large, 10_000)] {
        let connector = world.save(organization("octo"), TOKEN).await.unwrap();
        let poll = Poll { most_bulk_bytes, ..world.app.poll() };
        let polled = poll.run(&PollJob::requested(&connector.id, None, "r"), &()).await.unwrap();
        assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
        let heads = world.ledger(&connector).await.into_iter();
        ledgers.push(heads.map(|head| (head.day, head.dataset, head.checksum, head.state)).collect::<Vec<_>>());
    }
    assert_eq!(ledgers[1], ledgers[0]);
    let of_days = |world: &World| {
        let requested = world.sandbox.requests().into_iter();
        requested.filter(|request| request.target.contains("users-1-day")).count()
    };
    assert!(of_days(&small) < of_days(&large));
}

/// Every known layout of the same records; each is compared with the files of its own slug.
#[tokio::test]
async fn every_layout_of_a_file_is_read_completely() {
    let world = World::new().await;
    for word in ["array", "pretty", "bom", "longline", "stringids", "newfields", "twoshards", "array-bom-stringids"] {
        let connector = world.save(organization(&format!("octo-{word}")), TOKEN).await.unwrap();
        let polled = world.poll_days(&connector, "2026-11-11", "2026-11-12").await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{word}: {:?}", polled.failure);
        assert_day_is_right(&world, &connector, "2026-11-12").await;
        assert_eq!(polled.duplicates > 0, word == "twoshards", "{word}: only repeated records are left out");
        let unknown: Vec<&str> = polled.unknown_fields.keys().map(String::as_str).collect();
        match word {
            "newfields" => assert_eq!(unknown, ["quantum_mode", "totals_by_hologram"]),
            "longline" => assert_eq!(unknown, ["padding"]),
            _ => assert_eq!(unknown, [""; 0], "{word}"),
        }
    }
}

#[tokio::test]
async fn a_day_repeated_by_two_shards_is_counted_once() {
    let world = World::new().await;
    let connector = world.save(organization("octo-twoshards"), TOKEN).await.unwrap();
    let polled = world.poll(&connector).await;
    assert!(polled.duplicates > 0);
    // Two files of 14 days: the repeated day is the one before the second half.
    for on in ["2026-11-06", "2026-11-07"] {
        assert_day_is_right(&world, &connector, on).await;
    }
}

#[tokio::test]
async fn a_second_poll_fetches_trailing_days_and_seats_only() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let before = world.ledger(&connector).await;
    let seen = world.sandbox.requests().len();
    let polled = world.poll(&connector).await;
    assert_eq!((polled.outcome, polled.days, polled.stored.len()), (PollOutcome::Ok, 4, 0));
    let mut requested: Vec<String> = world
        .requests_since(seen)
        .into_iter()
        .filter(|target| target.starts_with("/orgs/"))
        .map(|target| target.replace("/orgs/octo/copilot/", ""))
        .collect();
    requested.sort();
    let mut expected = vec!["billing/seats?per_page=100&page=1".to_owned()];
    for report in ["organization-1-day", "users-1-day", "user-teams-1-day", "repos-1-day"] {
        expected.extend((17..=20).map(|day| format!("metrics/reports/{report}?day=2026-11-{day}")));
    }
    expected.sort();
    assert_eq!(requested, expected);
    // Only the sources of the rows may differ: the first poll read the 28-day reports.
    let figures = |heads: &[shared::words::SegmentHead]| {
        heads
            .iter()
            .map(|head| (head.day, head.dataset, head.checksum, head.revision, head.state.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(figures(&world.ledger(&connector).await), figures(&before));
    assert!(world.revisions(&connector).await.is_empty());
}

#[tokio::test]
async fn seats_on_several_pages_are_joined() {
    let world = World::with(sandbox::Options { users: 260, ..small("2026-11-21T06:00:00Z") }).await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let stage = world.app.poll();
    let credential = shared::words::Credential::token(TOKEN);
    let call = providers::Call::new(&stage.http, &credential, &connector.account, None, stage.clock.now());
    let provider = providers::history(PROVIDER).unwrap();
    let [batch] = &provider.snapshots(&connector.account, day("2026-11-21"))[..] else { panic!("one snapshot") };
    let got = crate::providers::map(provider, &call, batch).await.unwrap();
    let expected = Oracle::new(&world.sandbox.url(), &connector.account).seats().await;
    assert!(expected.len() > 200, "three pages of a hundred");
    let seats = &got.segments[&(Dataset::Seats, day("2026-11-21"))];
    assert_same("seats", &rows::of_segment(Dataset::Seats, seats), &expected);
}

#[tokio::test]
async fn a_seat_without_a_holder_is_kept() {
    let world = World::new().await;
    let connector = world.save(organization("octo-ghostseat"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let seats = rows::stored(&world.app, &connector.id, Dataset::Seats, day("2026-11-21")).await.unwrap();
    assert_same("seats", &seats, &Oracle::new(&world.sandbox.url(), &connector.account).seats().await);
    assert_eq!(seats.iter().filter(|seat| seat["subject"] == "").count(), 1);
}

#[tokio::test]
async fn a_gap_in_the_last_28_days_is_filled() {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    world.poll_days(&connector, "2026-10-20", "2026-11-05").await;
    world.poll_days(&connector, "2026-11-08", "2026-11-20").await;
    assert_eq!(world.head(&connector, Dataset::Activity, "2026-11-06").await, None);
    let polled = world.poll(&connector).await;
    assert_eq!(polled.days, 4 + 2, "the trailing days and the two that were missing");
    for on in ["2026-11-06", "2026-11-07"] {
        assert_eq!(world.state(&connector, Dataset::Activity, on).await, Some(SegmentState::Final));
        assert_day_is_right(&world, &connector, on).await;
    }
}

#[tokio::test]
async fn a_late_day_is_pending_then_provisional_then_final() {
    let world = World::at("2026-11-21T06:00:00Z").await;
    let connector = world.save(organization("octo-late"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    let state = async |on: &str| world.state(&connector, Dataset::Activity, on).await.unwrap();
    assert_eq!(state("2026-11-20").await, SegmentState::Pending);
    assert_eq!(world.connector(&connector).await.freshness.complete_through, Some(day("2026-11-19")));

    // The totals of the 20th are available 20 hours after its end, its people ten hours later.
    world.move_to("2026-11-21T20:30:00Z");
    world.poll(&connector).await;
    assert_eq!(state("2026-11-20").await, SegmentState::Pending);
    let stored = rows::stored(&world.app, &connector.id, Dataset::Activity, day("2026-11-20")).await.unwrap();
    assert_eq!(stored.len(), 1, "the known rows are shown: the organization");
    assert_eq!(stored[0].get("engaged"), None, "and unknown values are null");

    world.move_to("2026-11-22T06:30:00Z");
    world.poll(&connector).await;
    assert_eq!(state("2026-11-20").await, SegmentState::Provisional);
    assert_day_is_right(&world, &connector, "2026-11-20").await;

    world.move_to("2026-11-24T06:30:00Z");
    world.poll(&connector).await;
    assert_eq!(state("2026-11-20").await, SegmentState::Final);
    assert_day_is_right(&world, &connector, "2026-11-20").await;
}

/// The account's 28-day report covers yesterday, but the people's report does not yet.
#[tokio::test]
async fn a_first_poll_keeps_a_day_without_people_incomplete() {
    let world = World::at("2026-11-21T20:30:00Z").await;
    let connector = world.save(organization("octo-late"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-19").await, Some(SegmentState::Provisional));
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-20").await, Some(SegmentState::Pending));
    assert_eq!(world.connector(&connector).await.freshness.complete_through, Some(day("2026-11-19")));
}

#[tokio::test]
async fn a_restated_day_is_replaced_and_logged_with_old_totals() {
    let world = World::with(sandbox::Options { users: 120, days: 12, ..small("2026-11-21T06:00:00Z") }).await;
    let connector = world.save(organization("octo-revised"), TOKEN).await.unwrap();
    world.poll_days(&connector, "2026-11-17", "2026-11-20").await;
    let oracle = Oracle::new(&world.sandbox.url(), &connector.account);
    let active = async || {
        let record = oracle.records("organization-1-day", Some(day("2026-11-18"))).await.unwrap();
        record[0]["daily_active_users"].as_i64().unwrap()
    };
    let before = active().await;
    world.move_to("2026-11-22T06:00:00Z");
    let after = active().await;
    assert!(before < after, "the sandbox restates the 18th: {before}, {after}");
    world.poll_days(&connector, "2026-11-17", "2026-11-20").await;
    let revisions = world.revisions(&connector).await;
    let revision =
        revisions.iter().find(|revision| revision.day == day("2026-11-18") && revision.dataset == Dataset::Activity);
    let revision = revision.expect("the log has the day");
    assert_eq!((revision.before["active"], revision.after["active"]), (before, after));
    assert_eq!(world.head(&connector, Dataset::Activity, "2026-11-18").await.unwrap().revision, 2);
    assert_day_is_right(&world, &connector, "2026-11-18").await;
    assert!(revisions.iter().all(|revision| revision.day != day("2026-11-17")), "a settled day has not changed");
}

#[tokio::test]
async fn a_day_without_a_report_is_given_up_after_one_week() {
    let world = World::new().await;
    let connector = world.save(organization("octo-nodata204"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-13").await, Some(SegmentState::NoData));
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-11-14").await, Some(SegmentState::Pending));
    let empty = rows::stored(&world.app, &connector.id, Dataset::Activity, day("2026-11-13")).await;
    assert_eq!(empty, None, "no data means no rows, not zeros");
}

/// All forms of "no report" mean the same.
#[tokio::test]
async fn every_form_of_no_report_is_pending() {
    let world = World::new().await;
    for word in ["nodata204", "empty200", "null200", "string200", "nolinks"] {
        let connector = world.save(organization(&format!("octo-{word}")), TOKEN).await.unwrap();
        let polled = world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
        assert_eq!(polled.pending.len(), 2, "{word}");
        assert_eq!(
            world.state(&connector, Dataset::Activity, "2026-11-20").await,
            Some(SegmentState::Pending),
            "{word}"
        );
    }
}

#[tokio::test]
async fn a_backfill_reaches_the_providers_floor_in_several_runs() {
    let mut world = World::with(sandbox::Options { users: 6, days: 60, ..small("2026-11-21T06:00:00Z") }).await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let visible = std::time::Duration::from_secs(60);
    let first = world.queue.receive(visible).await.unwrap().expect("saving requests the history");
    assert_eq!(first.job, PollJob::backfill(&connector.id, None).caused_by("r"));

    let usual = std::mem::replace(&mut world.app.poll_for, chrono::Duration::zero());
    let polled = world.app.poll().run(&first.job, &()).await.unwrap();
    assert!(polled.continues, "a run that is out of time requests its continuation");
    world.queue.done(&first.receipt).await.unwrap();
    assert_eq!(world.ledger(&connector).await.iter().filter(|head| head.dataset == Dataset::Activity).count(), 28);

    world.app.poll_for = usual;
    let second = world.queue.receive(visible).await.unwrap().expect("the continuation waits");
    assert_eq!(second.job, PollJob::backfill(&connector.id, Some(day("2026-10-24"))).caused_by("r"));
    let polled = world.app.poll().run(&second.job, &()).await.unwrap();
    world.queue.done(&second.receipt).await.unwrap();
    assert!(!polled.continues && polled.failure.is_none(), "{:?}", polled.failure);
    assert!(world.queue.receive(visible).await.unwrap().is_none(), "nothing is left to do");

    // The reports of organizations start on 2025-12-12; the sandbox has sixty days and nothing before them.
    let days: Vec<_> = Days::new(day("2025-12-12"), day("2026-11-21")).iter().collect();
    let heads = world.ledger(&connector).await;
    let activity: Vec<_> = heads.iter().filter(|head| head.dataset == Dataset::Activity).collect();
    assert_eq!(activity.iter().map(|head| head.day).collect::<Vec<_>>(), days);
    for head in activity {
        let expected = match head.day {
            on if on >= day("2026-11-18") => SegmentState::Provisional,
            on if on >= day("2026-09-22") => SegmentState::Final,
            _ => SegmentState::NoData,
        };
        assert_eq!(head.state, expected, "{}", head.day);
    }
    assert_day_is_right(&world, &connector, "2026-10-07").await;
    assert_eq!(world.connector(&connector).await.freshness.complete_through, Some(day("2026-11-20")));
}

/// Null is not zero: the 28-day report contains nothing about days before the account's first day.
#[tokio::test]
async fn days_before_the_accounts_history_are_not_zero() {
    let world = World::with(sandbox::Options { users: 8, days: 12, ..small("2026-11-21T06:00:00Z") }).await;
    let connector = world.save(organization("octo"), TOKEN).await.unwrap();
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    for dataset in [Dataset::Activity, Dataset::Breakdown, Dataset::PullRequests] {
        assert_eq!(world.state(&connector, dataset, "2026-11-09").await, Some(SegmentState::Final), "{dataset}");
        assert_eq!(world.state(&connector, dataset, "2026-11-08").await, Some(SegmentState::NoData), "{dataset}");
        assert_eq!(rows::stored(&world.app, &connector.id, dataset, day("2026-11-08")).await, None, "{dataset}");
    }
}

/// A continuation that did nothing would request itself, and the queue knows that key already.
#[tokio::test]
async fn a_continuation_makes_progress_with_any_time_limit() {
    let mut world = World::with(sandbox::Options { users: 6, ..small("2026-11-21T06:00:00Z") }).await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    world.app.poll_for = chrono::Duration::zero();
    let visible = std::time::Duration::from_secs(60);
    world.app.queue.send(&[PollJob::backfill(&connector.id, None).caused_by("r")]).await.unwrap();
    for before in [None, Some("2026-10-24"), Some("2026-10-23"), Some("2026-10-22")] {
        let delivery = world.queue.receive(visible).await.unwrap().expect("the backfill goes on");
        assert_eq!(delivery.job, PollJob::backfill(&connector.id, before.map(day)).caused_by("r"), "one id all along");
        assert!(world.app.poll().run(&delivery.job, &()).await.unwrap().continues);
        world.queue.done(&delivery.receipt).await.unwrap();
    }
}

/// The owner fixes the token in the middle of the first backfill; days older than 28 days must still be fetched.
#[tokio::test]
async fn a_backfill_that_an_invalid_token_ended_is_resumed() {
    let world = World::with(sandbox::Options { users: 6, ..small("2026-11-21T06:00:00Z") }).await;
    let connector = world.saved_before(organization("octo"), "ghp_dead").await;
    let backfill = PollJob::backfill(&connector.id, None);
    let polled = world.app.poll().run(&backfill, &()).await.unwrap();
    assert!(polled.for_queue().is_ok(), "the message is acknowledged");
    world.app.secrets.put(&connector.id, &shared::words::Credential::token(TOKEN)).await.unwrap();
    world.poll(&connector).await;
    while let Some(delivery) = world.queue.receive(std::time::Duration::from_secs(60)).await.unwrap() {
        world.app.poll().run(&delivery.job, &()).await.unwrap();
        world.queue.done(&delivery.receipt).await.unwrap();
    }
    assert_eq!(world.state(&connector, Dataset::Activity, "2026-10-20").await, Some(SegmentState::Final));
}

#[tokio::test]
async fn a_poll_that_runs_out_of_time_leaves_the_rest_to_the_next() {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo"), TOKEN).await;
    let job = PollJob::requested(&connector.id, Some((day("2026-11-14"), day("2026-11-18"))), "r");
    let poll = Poll { run_for: chrono::Duration::zero(), ..world.app.poll() };
    let mut polled = poll.run(&job, &()).await.unwrap();
    let mut runs = 1;
    while polled.continues {
        let delivery = world.queue.receive(std::time::Duration::from_secs(60)).await.unwrap().expect("the rest waits");
        assert_eq!(delivery.job.correlation_id, "r");
        polled = poll.run(&delivery.job, &()).await.unwrap();
        world.queue.done(&delivery.receipt).await.unwrap();
        runs += 1;
    }
    assert_eq!(runs, 5, "a day each");
    let days: BTreeSet<_> = world.ledger(&connector).await.iter().map(|head| head.day.to_string()).collect();
    assert_eq!(
        days.iter().map(String::as_str).collect::<Vec<_>>(),
        ["2026-11-14", "2026-11-15", "2026-11-16", "2026-11-17", "2026-11-18"]
    );
}
