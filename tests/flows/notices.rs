//! Notices and mails: each notice is sent once, in one mail per run.

use chrono::Duration;
use shared::handlers::notify_expiry::Found;
use shared::words::{Connector, Credential, Notice, PollOutcome, TokenFacts};

use crate::mailbox::Mailbox;
use crate::sandbox_world::{TOKEN, World, day, organization, time};

fn ends(at: &str) -> TokenFacts {
    TokenFacts { expires_at: Some(time(at)), ..TokenFacts::default() }
}

/// Data arrives every day, and the token expires at `at`.
async fn ending(world: &World, slug: &str, at: &str) -> Connector {
    let connector = world.saved_before(organization(slug), TOKEN).await;
    let connector = world.app.connectors.update(&Connector { token: ends(at), ..connector }).await.unwrap();
    up_to_date(world, &connector).await;
    connector
}

async fn up_to_date(world: &World, connector: &Connector) {
    let mut connector = world.connector(connector).await;
    connector.freshness.complete_through = Some(day("2028-12-31"));
    world.app.connectors.update(&connector).await.unwrap();
}

/// The provider's behavior changes: the same connector, with another account of the sandbox.
async fn rename(world: &World, connector: &Connector, slug: &str) {
    let renamed = Connector { account: organization(slug), ..world.connector(connector).await };
    world.app.connectors.update(&renamed).await.unwrap();
}

async fn notify(world: &World) -> Found {
    world.app.notify_expiry().run(world.now(), "schedule").await.unwrap()
}

async fn notify_at(world: &World, now: &str) -> Found {
    world.app.notify_expiry().run(time(now), "schedule").await.unwrap()
}

fn subject(slug: &str, what: &str) -> String {
    format!("Pairmeter: GitHub Copilot {slug}: {what}")
}

/// The subject of a mail with several notices.
fn digest(connectors: usize, most_urgent: &str) -> String {
    format!("Pairmeter: {connectors} connectors need you: {most_urgent}, and {} more", connectors - 1)
}

#[tokio::test]
async fn a_refused_mail_is_an_error_and_the_next_run_sends_it() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    ending(&world, "acme", "2026-11-22T07:00:00Z").await;
    ending(&world, "octo", "2026-11-23T07:00:00Z").await;
    ending(&world, "zeta", "2026-11-24T07:00:00Z").await;
    mailbox.refuse("3 connectors");
    let now = time("2026-11-21T07:00:00Z");
    let summary = world.app.notify_expiry().run(now, "schedule").await.unwrap();
    assert_eq!((summary.told, summary.mails, summary.failed), (0, 0, 3));
    let error = summary.whole().unwrap_err();
    assert_eq!(error.status(), 503, "{error:?}");
    assert_eq!(mailbox.subjects(), [""; 0]);
    mailbox.accept_all();
    let summary = world.app.notify_expiry().run(now, "schedule, again").await.unwrap();
    summary.whole().unwrap();
    assert_eq!((summary.told, summary.mails), (3, 1));
    assert_eq!(mailbox.subjects(), [digest(3, "token of acme expires in 1 day")]);
    world.app.notify_expiry().run(now, "schedule, a third time").await.unwrap().whole().unwrap();
    assert_eq!(mailbox.subjects(), [""; 0]);
}

#[tokio::test]
async fn a_poll_updates_the_expiry_and_closes_the_old_notice() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    // Saved when it expired soon; its owner has extended it at GitHub since then.
    let connector = world.saved_before(organization("octo"), "ghp_until20270101").await;
    let soon = Connector { token: ends("2026-11-25T00:00:00Z"), ..connector.clone() };
    world.app.connectors.update(&soon).await.unwrap();
    notify(&world).await;
    assert_eq!(mailbox.subjects(), [subject("octo", "token expires in 3 days")]);
    world.poll(&connector).await;
    let token = world.connector(&connector).await.token;
    assert_eq!(token.expires_at, Some(time("2027-01-01T00:00:00Z")));
    assert_eq!(token.scopes.unwrap(), ["read:org", "manage_billing:copilot", "read:enterprise"]);
    assert_eq!(token.kind, "classic_pat");
    assert_eq!(world.notices().await, []);
    // Every threshold is sent again, as for a new token.
    let mut sent = Vec::new();
    for now in ["2026-12-18T07:00:00Z", "2026-12-25T07:00:00Z", "2026-12-29T07:00:00Z"] {
        world.move_to(now);
        world.poll(&connector).await;
        notify(&world).await;
        sent.extend(mailbox.subjects());
    }
    let expected = [13, 6, 2].map(|left| subject("octo", &format!("token expires in {left} days")));
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_dismissed_notice_is_sent_again_if_the_expiry_changes() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    let connector = world.saved_before(organization("octo"), "ghp_until20261202").await;
    world.poll(&connector).await;
    notify(&world).await;
    let [notice] = &world.notices().await[..] else { panic!("one notice") };
    world.app.notices.dismiss(&notice.id).await.unwrap();
    let extended = Credential::token("ghp_until20261210");
    world.app.secrets.put(&connector.id, &extended).await.unwrap();
    world.poll(&connector).await;
    world.move_to("2026-11-28T07:00:00Z");
    notify(&world).await;
    // No day arrived in the meantime, which is the other notice.
    let second = "Pairmeter: 1 connector needs you: token of octo expires in 11 days, and 1 more";
    assert_eq!(mailbox.subjects(), [&subject("octo", "token expires in 10 days"), second]);
}

#[tokio::test]
async fn a_token_without_an_expiry_is_to_be_replaced_by_its_age() {
    let mut world = World::at("2026-01-01T06:00:00Z").await;
    world.app.reminders.oldest = Some(180);
    let mailbox = Mailbox::of(&mut world);
    let connector = world.save(organization("octo"), "ghp_never").await.unwrap();
    assert_eq!(world.connector(&connector).await.token.expires_at, None);
    let mut sent = Vec::new();
    for number in 0..=182 {
        world.clock.set(time("2026-01-01T07:00:00Z") + Duration::days(number));
        up_to_date(&world, &connector).await;
        notify(&world).await;
        sent.extend(mailbox.mails().into_iter().map(|mail| (number, mail)));
    }
    let (days, mails): (Vec<_>, Vec<_>) = sent.into_iter().unzip();
    // Saved at six, sent at seven.
    assert_eq!(days, [165, 172, 176, 178, 179]);
    assert_eq!(mails[0].subject, subject("octo", "token is too old in 14 days"));
    assert_eq!(mails[4].subject, subject("octo", "token is too old today"));
    assert!(mails[0].text.contains("On 2026-06-30 it is 180 days old. Replace it by then."), "{}", mails[0].text);
    // A rotated token starts at age zero.
    world.sandbox.set_now(world.now());
    world.app.rotate().run(&connector.id, Credential::token("ghp_never_another"), "r").await.unwrap();
    up_to_date(&world, &connector).await;
    notify(&world).await;
    assert_eq!((mailbox.subjects(), world.notices().await), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn thresholds_count_whole_utc_days_across_february_29() {
    let mut world = World::at("2028-02-14T00:00:00Z").await;
    let mailbox = Mailbox::of(&mut world);
    ending(&world, "leap", "2028-03-01T07:00:00Z").await;
    ending(&world, "midnight", "2028-02-29T00:00:00Z").await;
    let mut sent = Vec::new();
    for number in 0..20 {
        let now = time("2028-02-14T07:00:00Z") + Duration::days(number);
        world.app.notify_expiry().run(now, "schedule").await.unwrap();
        sent.extend(mailbox.subjects().into_iter().map(|subject| format!("{} {subject}", now.date_naive())));
    }
    let expected = [
        ("02-14", subject("midnight", "token expires in 14 days")),
        ("02-16", subject("leap", "token expires in 14 days")),
        ("02-21", subject("midnight", "token expires in 7 days")),
        ("02-23", subject("leap", "token expires in 7 days")),
        ("02-25", subject("midnight", "token expires in 3 days")),
        // The other one expires in 3 days.
        ("02-27", digest(2, "token of midnight expires in 1 day")),
        ("02-28", subject("midnight", "token expires today")),
        ("02-29", subject("leap", "token expires in 1 day")),
        ("03-01", subject("leap", "token expires today")),
    ];
    let expected = expected.map(|(day, subject)| format!("2028-{day} {subject}"));
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_token_that_expires_within_the_hour_or_has_expired_gets_a_notice() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    ending(&world, "within-the-hour", "2026-11-21T07:59:59Z").await;
    ending(&world, "now", "2026-11-21T07:00:00Z").await;
    ending(&world, "over", "2026-11-21T06:59:59Z").await;
    notify_at(&world, "2026-11-21T07:00:00Z").await;
    let [mail] = &mailbox.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, digest(3, "token of over has expired"));
    let accounts: Vec<&str> = mail.text.lines().filter_map(|line| line.strip_prefix("Account        ")).collect();
    assert_eq!(accounts, ["organization over", "organization now", "organization within-the-hour"]);
    notify_at(&world, "2026-11-22T07:00:00Z").await;
    assert_eq!(mailbox.subjects(), [""; 0]);
}

#[tokio::test]
async fn thresholds_start_anew_after_a_rotation_between_two_runs() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    let connector = world.save(organization("octo"), "ghp_until202611230800").await.unwrap();
    up_to_date(&world, &connector).await;
    notify_at(&world, "2026-11-21T07:00:00Z").await;
    world.app.rotate().run(&connector.id, Credential::token("ghp_until202611240800"), "r").await.unwrap();
    // The same threshold for another token; then nothing until the next threshold.
    notify_at(&world, "2026-11-21T07:00:00Z").await;
    notify_at(&world, "2026-11-22T07:00:00Z").await;
    notify_at(&world, "2026-11-23T07:00:00Z").await;
    let expected = [2, 3].map(|left| subject("octo", &format!("token expires in {left} days")));
    assert_eq!(mailbox.subjects(), [&expected[..], &[subject("octo", "token expires in 1 day")]].concat());
}

#[tokio::test]
async fn a_deprecated_address_is_notified_once_and_closed_when_it_is_gone() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    let connector = world.save(organization("octo-deprecation"), TOKEN).await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
        notify(&world).await;
    }
    let [mail] = &mailbox.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, subject("octo-deprecation", "part of its API is deprecated"));
    for path in ["organizations/octo-deprecation/settings/billing/", "orgs/octo-deprecation/copilot/"] {
        assert!(mail.text.contains(&format!(" api.github.com/{path}")), "{}", mail.text);
    }
    for sentence in [
        " (shutdown on 2028-03-10). Polls work until the shutdown. ",
        "The operator of this Pairmeter must update it before 2028-03-10.",
    ] {
        assert!(mail.text.contains(sentence), "{}", mail.text);
    }
    let codes = |notices: Vec<Notice>| notices.into_iter().map(|notice| notice.code).collect::<Vec<_>>();
    assert_eq!(codes(world.notices().await), ["api_ends_2028-03-10"]);
    // A poll without any answer changes nothing about it.
    rename(&world, &connector, "octo-http503").await;
    world.poll(&connector).await;
    assert_eq!(codes(world.notices().await), ["api_ends_2028-03-10"]);
    rename(&world, &connector, "octo").await;
    world.poll(&connector).await;
    assert_eq!(world.notices().await, []);
}

#[tokio::test]
async fn fields_gone_for_five_days_are_notified_once_and_closed_on_return() {
    let mut world = World::at("2026-11-20T06:00:00Z").await;
    let mailbox = Mailbox::of(&mut world);
    let connector = world.save(organization("octo-lost20261116"), TOKEN).await.unwrap();
    world.poll(&connector).await;
    notify(&world).await;
    assert_eq!(mailbox.subjects(), [""; 0], "four days");
    for now in ["2026-11-21T06:00:00Z", "2026-11-22T06:00:00Z"] {
        world.move_to(now);
        assert_eq!(world.poll(&connector).await.outcome, PollOutcome::Ok);
        notify(&world).await;
    }
    let [mail] = &mailbox.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.subject, subject("octo-lost20261116", "fields are missing"));
    assert!(mail.text.contains("lines_deleted of activity (since 2026-11-16)"), "{}", mail.text);
    assert!(mail.text.contains("editor."), "{}", mail.text);
    let codes: Vec<_> = world.notices().await.into_iter().map(|notice| notice.code).collect();
    assert_eq!(codes, ["fields_gone_since_2026-11-16"]);
    rename(&world, &connector, "octo").await;
    world.poll_days(&connector, "2026-11-16", "2026-11-21").await;
    assert_eq!(world.notices().await, []);
}

#[tokio::test]
async fn a_crash_after_sending_resends_the_notice() {
    let mut world = World::new().await;
    let mailbox = Mailbox::of(&mut world);
    ending(&world, "acme", "2026-11-23T07:00:00Z").await;
    ending(&world, "octo", "2026-11-24T07:00:00Z").await;
    let handler = world.app.notify_expiry();
    tokio::select! {
        biased;
        () = mailbox.has_mail() => {}
        ended = handler.run(world.now(), "schedule") => panic!("it was to die: {ended:?}"),
    }
    notify(&world).await.whole().unwrap();
    assert_eq!(mailbox.subjects(), [(); 2].map(|()| digest(2, "token of acme expires in 2 days")));
    notify(&world).await;
    assert_eq!(mailbox.subjects(), [""; 0]);
}
