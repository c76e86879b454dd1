//! Many notices on one morning: one mail, each notice sent once.

use chrono::Duration;
use shared::words::{Connector, Credential, Notice, NoticeKind, TokenFacts};

use crate::mailbox::Mailbox;
use crate::sandbox_world::{TOKEN, World, day, organization, time};

/// Data arrives every day, and the token expires at `at`.
async fn ending(world: &World, slug: &str, at: &str) -> Connector {
    let mut connector = world.saved_before(organization(slug), TOKEN).await;
    connector.token = TokenFacts { expires_at: Some(time(at)), ..TokenFacts::default() };
    connector.freshness.complete_through = Some(day("2028-12-31"));
    world.app.connectors.update(&connector).await.unwrap()
}

#[tokio::test]
async fn fifty_expiring_tokens_are_one_mail_per_threshold() {
    // aws.md 1: SNS suspends a mail subscription that receives more than ten messages a second.
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    for number in 0..50 {
        ending(&world, &format!("team-{number:02}"), "2026-12-05T12:00:00Z").await;
    }
    let mut sent = Vec::new();
    for number in 0..16 {
        let now = time("2026-11-21T07:00:00Z") + Duration::days(number);
        for _ in 0..2 {
            world.app.notify_expiry().run(now, "schedule").await.unwrap().whole().unwrap();
            sent.extend(mailbox.subjects().into_iter().map(|subject| format!("{} {subject}", now.date_naive())));
        }
    }
    let expected = [
        ("11-21", "in 14 days"),
        ("11-28", "in 7 days"),
        ("12-02", "in 3 days"),
        ("12-04", "in 1 day"),
        ("12-05", "today"),
    ];
    let expected = expected.map(|(day, when)| {
        format!("2026-{day} Pairmeter: 50 connectors need you: token of team-00 expires {when}, and 49 more")
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_digest_has_ten_notices_in_full_and_names_the_rest() {
    let mut world = World::new().await;
    world.app.reminders.url = Some("https://pairmeter.example.com".to_owned());
    let mailbox = Mailbox::of(&mut world);
    // Connected last, and refused: the most urgent.
    for number in 0..11 {
        ending(&world, &format!("team-{number:02}"), &format!("2026-11-{}T12:00:00Z", 22 + number % 8)).await;
    }
    let refused = world.save(organization("octo"), TOKEN).await.unwrap();
    world.app.secrets.put(&refused.id, &Credential::token("ghp_dead")).await.unwrap();
    world.poll(&refused).await;
    world.app.notify_expiry().run(time("2026-11-21T07:00:00Z"), "schedule").await.unwrap().whole().unwrap();
    let [mail] = &mailbox.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, "Pairmeter: 12 connectors need you: access to octo is refused, and 11 more");
    let accounts: Vec<&str> =
        mail.text.lines().filter_map(|line| line.strip_prefix("Account        organization ")).collect();
    // Broken connectors first, then by days left.
    let expected =
        ["octo", "team-00", "team-08", "team-01", "team-09", "team-02", "team-10", "team-03", "team-04", "team-05"];
    assert_eq!(accounts, expected);
    assert!(mail.text.starts_with("12 connectors need you. The most urgent is first.\n\n1 of 12\n"), "{}", mail.text);
    assert!(
        mail.text.ends_with(
            "\nand 2 more:\n- GitHub Copilot team-06: token expires in 7 days\n- GitHub Copilot team-07: token expires in 8 days\n\n\
             All notices: https://pairmeter.example.com/connectors\n"
        ),
        "{}",
        mail.text
    );
}

#[tokio::test]
async fn a_mail_has_cause_consequence_fix_and_deadline() {
    let mut world = World::new().await;
    world.app.reminders.url = Some("https://pairmeter.example.com".to_owned());
    let mailbox = Mailbox::of(&mut world);
    ending(&world, "octo", "2026-11-24T12:00:00Z").await;
    world.app.notify_expiry().run(time("2026-11-21T07:00:00Z"), "schedule").await.unwrap().whole().unwrap();
    let [mail] = &mailbox.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, "Pairmeter: GitHub Copilot octo: token expires in 3 days");
    let expected = "\
What happened  The token of octo expires at 2026-11-24 12:00 UTC. Save a new token before that time, so that no day is lost.
What it means  Without a new token, Pairmeter cannot read new days. Stored days stay.
Act            before 2026-11-24 12:00 UTC.

Provider       GitHub Copilot
Account        organization octo
Connector      octo (organization-octo)

1. ";
    assert!(mail.text.starts_with(expected), "{}", mail.text);
    let end = "\n2. Paste it here:\n   https://pairmeter.example.com/connectors/organization-octo\n";
    assert!(mail.text.ends_with(end), "{}", mail.text);
}

#[tokio::test]
async fn a_mail_respects_the_limits_of_sns_for_any_provider_text() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    for number in 0..200 {
        let connector = ending(&world, &format!("{}-{number}", "x".repeat(150)), "2028-11-24T12:00:00Z").await;
        let detail = format!("{}\u{0}\r\nSubject: forged", "\u{1f600}".repeat(20_000));
        let notice = Notice::new(&connector.id, NoticeKind::OwnerMustAct, "unknown_refusal", detail, world.now());
        world.app.notices.open(&notice).await.unwrap();
    }
    world.app.notify_expiry().run(world.now(), "schedule").await.unwrap().whole().unwrap();
    let [mail] = &mailbox.mails()[..] else { panic!("one mail") };
    // <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
    assert!(mail.subject.len() < 100 && mail.subject.chars().all(|c| matches!(c, ' '..='~')), "{}", mail.subject);
    assert!(mail.subject.ends_with(" is refused, and 199 more"), "{}", mail.subject);
    assert!(mail.text.len() < 256 * 1024, "{} bytes", mail.text.len());
    assert!(!mail.text.contains(['\u{0}', '\r']));
}

#[tokio::test]
async fn two_notices_of_one_connector_count_as_one_connector() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    let connector = ending(&world, "octo", "2026-11-24T12:00:00Z").await;
    let gone = Notice::new(&connector.id, NoticeKind::FieldsGone, "gone", "fields are gone".to_owned(), world.now());
    world.app.notices.open(&gone).await.unwrap();
    let summary = world.app.notify_expiry().run(time("2026-11-21T07:00:00Z"), "schedule").await.unwrap();
    assert_eq!((summary.told, summary.mails), (2, 1));
    let expected = ["Pairmeter: 1 connector needs you: token of octo expires in 3 days, and 1 more"];
    assert_eq!(mailbox.subjects(), expected);
}
