//! Ninety days of a deployment, including February 29: exactly these mails and no others.

use chrono::Duration;
use futures_util::future::join_all;
use sandbox::Options;
use shared::words::{ConnectorState, Credential, PollOutcome};

use crate::mailbox::Mailbox;
use crate::sandbox_world::{World, organization, small, time};

const START: &str = "2028-01-10T06:00:00Z";
const DAYS: i64 = 90;

/// Accounts, and the token of each on the first day: one per threshold at which its owner acts, one that is
/// forgotten, and one that never expires.
const TOKENS: [(&str, &str); 7] = [
    ("acts-at-14", "ghp_until202802011200"),
    ("acts-at-7", "ghp_until202802021200"),
    ("acts-at-3", "ghp_until202802031200"),
    ("acts-at-1", "ghp_until202802041200"),
    ("acts-at-0", "ghp_until202802051200"),
    ("forgotten", "ghp_until202802061200"),
    ("never-ends", "ghp_never"),
];

/// The owners' rotations at eight in the morning, one hour after the mail.
const ROTATIONS: [(&str, &str, &str); 6] = [
    ("2028-01-18", "acts-at-14", "ghp_until20280601"),
    ("2028-01-26", "acts-at-7", "ghp_until20280601"),
    ("2028-01-31", "acts-at-3", "ghp_until20280601"),
    ("2028-02-03", "acts-at-1", "ghp_until20280601"),
    ("2028-02-05", "acts-at-0", "ghp_until202803011200"),
    ("2028-03-01", "acts-at-0", "ghp_until20280601"),
];

/// Written by hand: the day, connector and text of each notice. Two notices of one day share a mail.
const EXPECTED: [(&str, &str, &str); 31] = [
    ("2028-01-18", "acts-at-14", "token expires in 14 days"),
    ("2028-01-19", "acts-at-7", "token expires in 14 days"),
    ("2028-01-20", "acts-at-3", "token expires in 14 days"),
    ("2028-01-21", "acts-at-1", "token expires in 14 days"),
    ("2028-01-22", "acts-at-0", "token expires in 14 days"),
    ("2028-01-23", "forgotten", "token expires in 14 days"),
    ("2028-01-26", "acts-at-7", "token expires in 7 days"),
    ("2028-01-27", "acts-at-3", "token expires in 7 days"),
    ("2028-01-28", "acts-at-1", "token expires in 7 days"),
    ("2028-01-29", "acts-at-0", "token expires in 7 days"),
    ("2028-01-30", "forgotten", "token expires in 7 days"),
    ("2028-01-31", "acts-at-3", "token expires in 3 days"),
    ("2028-02-01", "acts-at-1", "token expires in 3 days"),
    ("2028-02-02", "acts-at-0", "token expires in 3 days"),
    // Soonest first.
    ("2028-02-03", "acts-at-1", "token expires in 1 day"),
    ("2028-02-03", "forgotten", "token expires in 3 days"),
    ("2028-02-04", "acts-at-0", "token expires in 1 day"),
    ("2028-02-05", "acts-at-0", "token expires today"),
    ("2028-02-05", "forgotten", "token expires in 1 day"),
    ("2028-02-06", "forgotten", "token expires today"),
    // The next poll is refused.
    ("2028-02-07", "forgotten", "needs you"),
    // The token after the last one, which was short-lived.
    ("2028-02-16", "acts-at-0", "token expires in 14 days"),
    ("2028-02-23", "acts-at-0", "token expires in 7 days"),
    // Sixty days after it was saved.
    ("2028-02-24", "never-ends", "token is too old in 14 days"),
    ("2028-02-27", "acts-at-0", "token expires in 3 days"),
    ("2028-02-29", "acts-at-0", "token expires in 1 day"),
    ("2028-03-01", "acts-at-0", "token expires today"),
    ("2028-03-02", "never-ends", "token is too old in 7 days"),
    ("2028-03-06", "never-ends", "token is too old in 3 days"),
    ("2028-03-08", "never-ends", "token is too old in 1 day"),
    ("2028-03-09", "never-ends", "token is too old today"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ninety_days_send_exactly_these_mails_and_lose_no_day() {
    // Two people are enough, because only mails are counted.
    let mut world = World::with(Options { users: 2, days: 30, ..small(START) }).await;
    world.app.reminders.oldest = Some(60);
    let mailbox = Mailbox::of(&mut world);
    let mut connectors = Vec::new();
    for (slug, token) in TOKENS {
        connectors.push(world.save(organization(slug), token).await.unwrap());
    }
    let mut sent = Vec::new();
    for number in 0..DAYS {
        let six = time(START) + Duration::days(number);
        let day = six.date_naive();
        world.move_to(&six.to_rfc3339());
        let polls = join_all(connectors.iter().map(|connector| world.poll(connector))).await;
        for (connector, polled) in connectors.iter().zip(polls) {
            let is_dead = connector.account.slug == "forgotten" && day > "2028-02-06".parse().unwrap();
            let expected = if is_dead { PollOutcome::Failed } else { PollOutcome::Ok };
            assert_eq!(polled.outcome, expected, "{day} {}: {:?}", connector.account.slug, polled.failure);
        }
        world.move_to(&(six + Duration::hours(1)).to_rfc3339());
        world.app.notify_expiry().run(world.now(), "schedule").await.unwrap().whole().unwrap();
        sent.extend(mailbox.subjects().into_iter().map(|subject| format!("{day} {subject}")));
        world.move_to(&(six + Duration::hours(2)).to_rfc3339());
        for (_, slug, token) in ROTATIONS.iter().filter(|(on, ..)| *on == day.to_string()) {
            let connector = connectors.iter().find(|connector| connector.account.slug == *slug).unwrap();
            world.app.rotate().run(&connector.id, Credential::token(*token), "r").await.unwrap();
        }
    }
    println!("{}", sent.join("\n"));
    let mails = EXPECTED.chunk_by(|(one, ..), (next, ..)| one == next);
    let mails = mails.map(|of_one_day| match of_one_day {
        [(day, slug, what)] => format!("{day} Pairmeter: GitHub Copilot {slug}: {what}"),
        [(day, slug, what), ..] => {
            let when = what.strip_prefix("token ").unwrap();
            format!("{day} Pairmeter: 2 connectors need you: token of {slug} {when}, and 1 more")
        }
        [] => unreachable!("a chunk has an element"),
    });
    let expected: Vec<String> = mails.collect();
    assert_eq!((sent.len(), sent), (29, expected));
    for connector in &connectors {
        let connector = world.connector(connector).await;
        if connector.account.slug == "forgotten" {
            assert_eq!(connector.state, ConnectorState::OwnerMustAct);
        } else {
            let yesterday = world.now().date_naive() - Duration::days(1);
            assert_eq!(connector.freshness.complete_through, Some(yesterday), "{}", connector.account.slug);
            assert!(!connector.credential_history.previous_is_kept, "{}", connector.account.slug);
        }
    }
}
