//! Saving and removing: a saved connector is usable, a removed one leaves nothing, and tokens stay inside.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use sandbox::github::apps::PRIVATE_KEY;
use shared::error::Error;
use shared::handlers::connectors::Change;
use shared::handlers::register::Code;
use shared::handlers::save::NewConnector;
use shared::handlers::verify::Connection;
use shared::words::{ArchiveKey, ConnectorState, Credential, PollOutcome, TeamSync};
use tower::ServiceExt;

use crate::sandbox_world::{PROVIDER, World, organization};

#[tokio::test]
async fn an_unverified_connector_is_not_saved() {
    let world = World::new().await;
    for (slug, token, status, code) in [
        ("octo", "ghp_dead", 422, "verification_failed"),
        ("octo-policyoff", "ghp_good", 422, "verification_failed"),
        ("missing", "ghp_good", 422, "verification_failed"),
        ("octo-http429", "ghp_good", 503, "verification_unknown"),
        ("octo-html", "ghp_good", 503, "verification_unknown"),
    ] {
        let error = world.save(organization(slug), token).await.unwrap_err();
        assert_eq!((error.status(), error.code()), (status, code), "{slug}");
        let Error::Unverified(verification) = error else { panic!("{slug}: the checks come with it") };
        assert_eq!(verification.checks.len(), 8, "{slug}");
    }
    assert!(world.app.connectors.list(None).await.unwrap().is_empty());
    assert!(world.queue.receive(std::time::Duration::from_secs(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn an_account_is_connected_once_in_any_spelling_and_concurrently() {
    let world = World::new().await;
    let other = world.another_app();
    let new = |slug: &str| NewConnector {
        name: None,
        provider: PROVIDER.to_owned(),
        account: organization(slug),
        credential: Credential::token("ghp_good"),
        api_url: None,
        notify: None,
        team_sync: TeamSync::default(),
    };
    let (save, also_save) = (world.app.save(), other.save());
    let (first, second) = tokio::join!(save.run(new("octo"), "r"), also_save.run(new("octo"), "r"));
    let (winner, loser) = if first.is_ok() { (first, second) } else { (second, first) };
    let winner = winner.unwrap().0;
    assert_eq!(loser.map(|_| ()).unwrap_err().status(), 409);
    // GitHub's logins are case-insensitive.
    assert_eq!(world.app.save().run(new("OCTO"), "r").await.map(|_| ()).unwrap_err().status(), 409);
    let listed = world.app.connectors.list(None).await.unwrap();
    assert_eq!(listed.iter().map(|connector| &connector.id).collect::<Vec<_>>(), [&winner.id]);
    assert!(world.app.secrets.get(&winner.id).await.is_ok());
}

#[tokio::test]
async fn invalid_requests_are_refused_by_field_before_any_request() {
    let world = World::new().await;
    let good = || Connection {
        provider: PROVIDER.to_owned(),
        account: organization("octo"),
        credential: Credential::token("ghp_good"),
        api_url: None,
    };
    let account = |kind: &str, slug: &str| shared::words::Account { kind: kind.to_owned(), slug: slug.to_owned() };
    for (field, connection) in [
        ("provider", Connection { provider: "gitlab".to_owned(), ..good() }),
        ("account.kind", Connection { account: account("team", "octo"), ..good() }),
        ("account.slug", Connection { account: organization(""), ..good() }),
        ("account.slug", Connection { account: organization("https://github.com/octo"), ..good() }),
        ("account.slug", Connection { account: organization("../user"), ..good() }),
        ("account.slug", Connection { account: organization("octo?x=1"), ..good() }),
        ("account.slug", Connection { account: organization(".."), ..good() }),
        (
            "credential.kind",
            Connection { credential: Credential::new("password", [("token", "x".to_owned())]), ..good() },
        ),
        ("credential.token", Connection { credential: Credential::token(" "), ..good() }),
        (
            "credential.user",
            Connection {
                credential: Credential::new("token", [("token", "x".to_owned()), ("user", "y".to_owned())]),
                ..good()
            },
        ),
        ("api_url", Connection { api_url: Some("http://api.octo.ghe.com".to_owned()), ..good() }),
        ("api_url", Connection { api_url: Some("https://api.evil.example".to_owned()), ..good() }),
        ("api_url", Connection { api_url: Some("https://169.254.169.254".to_owned()), ..good() }),
    ] {
        match world.app.verify().run(&connection).await {
            Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{field}: {:?}", other.map(|verification| verification.verdict)),
        }
    }
    assert_eq!(world.requests_since(0), [""; 0]);
}

#[tokio::test]
async fn an_address_with_a_path_and_a_long_name_are_refused() {
    let world = World::new().await;
    let (alone, port) = ("must be only the address: https://api.octo.ghe.com", "without a port");
    for (slug, api_url, field, why) in [
        ("octo", "https://api.octo.ghe.com/api/v3", "api_url", alone),
        ("octo", "https://api.octo.ghe.com?page=1", "api_url", alone),
        ("octo", "https://api.octo.ghe.com#top", "api_url", alone),
        ("octo", "https://someone:hunter2@api.octo.ghe.com", "api_url", alone),
        ("octo", "https://api.octo.ghe.com:443", "api_url", alone),
        (" octo", "https://api.octo.ghe.com", "account.slug", "letters, digits"),
        ("octo", "https://api.octo.ghe.com:8443", "api_url", port),
        ("octo", "ftp://api.octo.ghe.com", "api_url", "https"),
        ("octo", "http://api.octo.ghe.com", "api_url", "must be reached by https"),
        ("octo", "api.octo.ghe.com", "api_url", "is not a URL"),
        (&"o".repeat(101), "https://api.octo.ghe.com", "account.slug", "at most 100 characters"),
    ] {
        let connection = Connection {
            provider: PROVIDER.to_owned(),
            account: organization(slug),
            credential: Credential::token("ghp_good"),
            api_url: Some(api_url.to_owned()),
        };
        match world.app.verify().run(&connection).await {
            Err(Error::Invalid { field: named, why: told }) => {
                assert_eq!(named, field, "{api_url}");
                assert!(told.contains(why) && !told.contains("hunter2"), "{api_url}: {told}");
            }
            other => panic!("{api_url}: {:?}", other.map(|verification| verification.verdict)),
        }
    }
    assert_eq!(world.requests_since(0), [""; 0]);
}

#[tokio::test]
async fn unknown_parameters_and_foreign_cursors_are_refused() {
    let world = World::new().await;
    let connector = world.saved_before(organization("octo"), "ghp_good").await;
    let api = world.app.serve(world.app.connect().merge(world.app.report()));
    let one = format!("/v1/connectors/{}", connector.id);
    for (method, uri, field) in [
        ("GET", "/v1/providers?id=x", "id"),
        ("GET", "/v1/notices?open=true", "open"),
        ("GET", "/v1/health?deep=true", "deep"),
        ("GET", "/v1/connectors?state=active", "state"),
        ("GET", "/v1/connectors?cursor=zzz", "cursor"),
        ("GET", &format!("{one}?verbose"), "verbose"),
        ("DELETE", &format!("{one}?purg=true"), "purg"),
        ("POST", &format!("{one}/poll?from=2026-11-20"), "from"),
        ("POST", "/v1/notices/x/dismiss?all=true", "all"),
        ("GET", "/v1/identities?state=unmatched", "state"),
        ("GET", "/v1/identities?status=lost", "status"),
        ("GET", "/v1/identities?cursor=zzz", "cursor"),
        ("GET", "/v1/identities/mapping?format=xlsx", "format"),
        ("PUT", "/v1/identities?dry=true", "dry"),
        ("PUT", "/v1/identities/links?dry_run=true", "dry_run"),
    ] {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let response = api.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status.as_u16(), &problem["field"]), (400, &field.into()), "{method} {uri}: {problem}");
    }
    assert_eq!(world.connector(&connector).await, connector);
}

#[tokio::test]
async fn a_token_with_surrounding_spaces_or_line_breaks_is_refused() {
    let world = World::new().await;
    let verification = world.verify(organization("octo"), "ghp_good\r\nX-Evil: 1").await;
    assert_eq!(verification.verdict, shared::words::Verdict::Invalid);
    assert_eq!(world.requests_since(0), [""; 0]);
}

#[tokio::test]
async fn one_name_at_two_hosts_is_two_accounts() {
    let world = World::new().await;
    world.save(organization("octo"), "ghp_good").await.unwrap();
    for (api_url, status) in [("https://api.github.com/", Some(409)), ("https://api.octo.ghe.com", None)] {
        let again = NewConnector {
            name: None,
            provider: PROVIDER.to_owned(),
            account: organization("octo"),
            credential: Credential::token("ghp_good"),
            api_url: Some(api_url.to_owned()),
            notify: None,
            team_sync: TeamSync::default(),
        };
        let refused = world.app.save().run(again, "r").await.err().map(|error| error.status());
        assert_eq!(refused, status, "{api_url}");
    }
}

/// ux.md 30: two lines of one chart with the same name cannot be distinguished.
#[tokio::test]
async fn two_connectors_never_have_one_name() {
    let world = World::new().await;
    let new = |slug: &str, name: Option<&str>| NewConnector {
        name: name.map(str::to_owned),
        provider: PROVIDER.to_owned(),
        account: organization(slug),
        credential: Credential::token("ghp_good"),
        api_url: None,
        notify: None,
        team_sync: TeamSync::default(),
    };
    let save = world.app.save();
    let (first, _) = save.run(new("octo", Some("Octo")), "r").await.unwrap();
    let (second, _) = save.run(new("octo-second", None), "r").await.unwrap();
    let taken = "a connector with the name Octo exists already; choose another name";
    let requests = world.requests_since(0).len();
    for name in ["Octo", " octo "] {
        let refused = save.run(new("octo-third", Some(name)), "r").await.map(|_| ()).unwrap_err();
        assert_eq!((refused.status(), refused.to_string().as_str()), (409, taken));
    }
    assert_eq!(world.requests_since(0).len(), requests, "the provider receives no request");
    let rename = async |connector: &shared::words::Connector, name: &str| {
        let change = Change { name: Some(name.to_owned()), ..Change::default() };
        world.app.connectors().change(&connector.id, &change, "r").await.map(|renamed| renamed.name)
    };
    let refused = rename(&second, "OCTO").await.unwrap_err();
    assert_eq!((refused.status(), refused.to_string().as_str()), (409, taken));
    assert_eq!(rename(&first, "OCTO").await.unwrap(), "OCTO", "its own name in another spelling");
}

/// ux.md 30: without a name, the account's name is used, and two providers may have accounts with the same name.
#[tokio::test]
async fn without_a_name_a_connector_gets_an_unused_name() {
    let world = World::new().await;
    let save = async |api_url: Option<&str>, slug: &str, name: Option<&str>| {
        let new = NewConnector {
            name: name.map(str::to_owned),
            provider: PROVIDER.to_owned(),
            account: organization(slug),
            credential: Credential::token("ghp_good"),
            api_url: api_url.map(str::to_owned),
            notify: None,
            team_sync: TeamSync::default(),
        };
        world.app.save().run(new, "r").await.unwrap().0.name
    };
    assert_eq!(save(None, "octo-first", Some("octo")).await, "octo");
    assert_eq!(save(None, "octo-first-b", Some("octo-last (GitHub Copilot)")).await, "octo-last (GitHub Copilot)");
    assert_eq!(save(None, "octo", None).await, "octo (GitHub Copilot)");
    assert_eq!(save(None, "octo-last", None).await, "octo-last");
    assert_eq!(save(Some("https://api.octo.ghe.com"), "octo-last", None).await, "octo-last (GitHub Copilot 2)");
}

#[tokio::test]
async fn removal_keeps_the_history_and_a_purge_deletes_it() {
    let world = World::new().await;
    for purge in [false, true] {
        let connector = world.save(organization("octo"), "ghp_good").await.unwrap();
        world.poll_days(&connector, "2026-11-19", "2026-11-20").await;
        let prefix = ArchiveKey::prefix(&connector);
        assert!(!world.app.archive.list(&prefix).await.unwrap().is_empty());
        world.app.connectors().remove(&connector.id, purge).await.unwrap();
        assert!(world.app.secrets.get(&connector.id).await.is_err());
        assert!(world.app.connectors.get(&connector.id).await.is_err());
        assert_eq!(world.ledger(&connector).await.is_empty(), purge);
        assert_eq!(world.app.archive.list(&prefix).await.unwrap().is_empty(), purge);
        assert_eq!(world.app.connectors().remove(&connector.id, false).await.unwrap_err().status(), 404);
        // The history of a removed connector can still be purged.
        world.app.connectors().remove(&connector.id, true).await.unwrap();
        assert!(world.ledger(&connector).await.is_empty());
    }
}

#[tokio::test]
async fn a_purge_keeps_accounts_with_the_same_prefix() {
    let world = World::new().await;
    let short = world.save(organization("octo"), "ghp_good").await.unwrap();
    let long = world.save(organization("octo-two"), "ghp_good").await.unwrap();
    for connector in [&short, &long] {
        world.poll_days(connector, "2026-11-20", "2026-11-20").await;
    }
    let ledger = world.ledger(&long).await;
    let prefix = ArchiveKey::prefix(&long);
    let archived = world.app.archive.list(&prefix).await.unwrap();
    assert!(archived.len() >= 4, "people, teams, account, repositories");
    world.app.connectors().remove(&short.id, true).await.unwrap();
    assert_eq!(world.ledger(&long).await, ledger);
    assert_eq!(world.app.archive.list(&prefix).await.unwrap(), archived);
}

#[tokio::test]
async fn a_pause_during_a_poll_is_kept() {
    let world = World::new().await;
    let connector = world.save(organization("octo"), "ghp_good").await.unwrap();
    let (poll, connectors) = (world.app.poll(), world.app.connectors());
    let job = shared::words::PollJob::daily(&connector.id, crate::sandbox_world::day("2026-11-21"));
    let pause = shared::handlers::connectors::Change {
        paused: Some(true),
        name: Some("Octo".to_owned()),
        ..Default::default()
    };
    let pause = async {
        // The poll has started: its first report was requested.
        let seen = world.sandbox.requests().len();
        while world.sandbox.requests().len() == seen {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        connectors.change(&connector.id, &pause, "r").await.unwrap();
    };
    let (polled, ()) = tokio::join!(poll.run(&job, &()), pause);
    assert_eq!(polled.unwrap().outcome, PollOutcome::Ok);
    let after = world.connector(&connector).await;
    assert_eq!((after.state, after.name.as_str()), (ConnectorState::Paused, "Octo"));
    assert!(after.last_poll.is_some());
}

/// Everything that a process writes to its log at the most detailed level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_in_no_log_error_debug_output_database_or_archive() {
    const SECRET: &str = "Zq7TokenThatMustNotLeak";
    let log = Log::default();
    let writer = {
        let log = log.clone();
        move || log.clone()
    };
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(writer);
    // Other tests of this process may write here too, which is harmless.
    let _ = tracing::subscriber::set_global_default(subscriber.finish());
    let world = World::new().await;
    let mut printed = String::new();
    for (slug, token) in [
        ("octo", format!("ghp_{SECRET}")),
        ("octo-malformed", format!("ghp_{SECRET}")),
        ("octo-foreign", format!("ghp_{SECRET}")),
        ("octo-policyoff", format!("ghp_{SECRET}")),
        ("octo-fine", format!("github_pat_noperm_{SECRET}")),
        ("octo-dead", format!("ghp_dead_{SECRET}")),
    ] {
        let connection = Connection {
            provider: PROVIDER.to_owned(),
            account: organization(slug),
            credential: Credential::token(token.as_str()),
            api_url: None,
        };
        printed += &format!("{connection:?}{:?}", world.app.verify().run(&connection).await);
        let saved = world.save(organization(slug), &token).await;
        printed += &format!("{saved:?}");
        if let Err(error) = &saved {
            printed += &format!("{error} {} {}", error.public(), shared::error::chain(error));
        }
        let connector = match saved {
            Ok(connector) => connector,
            Err(_) => world.saved_before(organization(slug), &token).await,
        };
        let polled = world.poll(&connector).await;
        printed += &format!(
            "{polled:?}{:?}{:?}{:?}",
            world.connector(&connector).await,
            world.notices().await,
            world.ledger(&connector).await
        );
        let job = world.queue.receive(std::time::Duration::from_secs(60)).await.unwrap();
        printed += &format!("{job:?}");
    }
    for (slug, key) in [
        ("octo-app", PRIVATE_KEY.to_owned()),
        ("octo-app-suspended", PRIVATE_KEY.to_owned()),
        ("octo-app-briefapp", PRIVATE_KEY.to_owned()),
        // Half a key, and a key with a prefix.
        ("octo-app-half", PRIVATE_KEY[..PRIVATE_KEY.len() / 2].to_owned()),
        ("octo-app-text", format!("{SECRET}{PRIVATE_KEY}")),
    ] {
        let credential = Credential::new("github_app", [("app_id", "7".to_owned()), ("private_key", key)]);
        let connection = Connection {
            provider: PROVIDER.to_owned(),
            account: organization(slug),
            credential: credential.clone(),
            api_url: None,
        };
        printed += &format!("{connection:?}{:?}", world.app.verify().run(&connection).await);
        let connector = world.saved_before(organization(slug), "ghp_unused").await;
        world.app.secrets.put(&connector.id, &credential).await.unwrap();
        let polled = world.poll(&connector).await;
        if let Some(error) = &polled.failure {
            printed += &format!("{error} {} {}", error.public(), shared::error::chain(error));
        }
        printed += &format!("{polled:?}{:?}{:?}", world.connector(&connector).await, world.notices().await);
    }
    let code = Code { code: "good".to_owned(), account: organization("octo-made"), name: None, api_url: None };
    printed += &format!("{code:?}{:?}", world.app.register().run(PROVIDER, code.clone()).await);
    let key_lines: Vec<&str> = PRIVATE_KEY.lines().filter(|line| line.len() == 64).collect();
    assert!(key_lines.len() > 20);
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("polled") && log.contains("octo-malformed"), "the log was captured");
    assert!(!log.contains(SECRET), "the log has the token");
    assert!(!printed.contains(SECRET), "an error or a Debug has the token");
    for text in [&log, &printed] {
        assert!(!key_lines.iter().any(|line| text.contains(line)), "something printed holds the private key");
        // Results of a key's signature and exchange: valid for minutes, and secret for that time.
        let ours = text.lines().filter(|line| !line.contains(" hyper") && !line.contains(" h2::"));
        assert!(!ours.clone().any(|line| line.contains("eyJhbGciOiJSUzI1NiI")), "a signature was printed");
        assert!(!ours.clone().any(|line| line.contains(".ms.")), "an installation token was printed");
    }
    // A signed link is a secret while it is valid.
    assert!(!printed.contains("sig="), "an error or a Debug has a signature");
    let ours: Vec<&str> = log.lines().filter(|line| line.contains(" shared::") && line.contains("sig=")).collect();
    assert_eq!(ours, [""; 0]);
    let files = super::twice::files(world.folder.path());
    assert!(
        files.iter().any(|path| path.contains("archive")) && files.iter().any(|path| path.ends_with("pairmeter.db"))
    );
    for path in files {
        let mut bytes = std::fs::read(&path).unwrap();
        if path.ends_with(".zst") {
            bytes = zstd::decode_all(&bytes[..]).unwrap();
        }
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let has = holds(SECRET) || key_lines.iter().any(|line| holds(line));
        assert!(!has, "{path} has the token");
    }
}
