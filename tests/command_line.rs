//! The real binary as a user runs it: exit codes, output, and the state after a kill.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sandbox::{Options, Sandbox};
use serde_json::Value;

const SAND: &str = "ghp_commandlinesecret";

/// `make test` builds it before the tests, in the same folder.
fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(Path::parent).unwrap().join("pairmeter");
    assert!(path.exists(), "{} is not built: run `make test`, or `cargo build -p pairmeter`", path.display());
    path
}

struct TestFolders {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl TestFolders {
    async fn new(users: usize) -> Self {
        let now: DateTime<Utc> = std::time::SystemTime::now().into();
        let sandbox = Sandbox::start(Options { follow: true, users, ..Options::at(now) }).await.unwrap();
        Self { sandbox, folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, data: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .arg("--data")
            .arg(self.folder.path().join(data))
            .env_clear()
            .env("PAIRMETER_DETOUR", self.sandbox.detour())
            .env("SAND", SAND)
            .stdin(Stdio::null());
        command
    }

    async fn run(&self, data: &str, arguments: &[&str]) -> Output {
        let mut command = self.command(data, arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn json(&self, data: &str, arguments: &[&str]) -> Value {
        let output = self.run(data, &[arguments, &["--json"]].concat()).await;
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)))
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn poll<'a>(slug: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["poll", "--organization", slug, "--token-env", "SAND"], more].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_poll_connects_stores_and_is_shown() {
    let laptop = TestFolders::new(40).await;
    let polled = laptop.run("a", &poll("octo", &["--days", "28"])).await;
    assert_eq!(polled.status.code(), Some(0), "{}", text(&polled));
    let usage = laptop.json("a", &["usage", "--interval", "day"]).await;
    assert_eq!(usage["rows"].as_array().unwrap().len(), 28);
    for command in ["connectors", "usage", "seats", "pull-requests", "freshness"] {
        let shown = laptop.run("a", &[command]).await;
        assert_eq!(shown.status.code(), Some(0), "{command}: {}", text(&shown));
        assert!(shown.stdout.len() > 100, "{command}: {}", text(&shown));
        assert!(!text(&shown).contains(SAND));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_says_who_must_act() {
    let laptop = TestFolders::new(10).await;
    let verify = |slug| ["verify", "--organization", slug, "--token-env", "SAND"];
    for (slug, code) in [("octo", 0), ("octo-policyoff", 3), ("missing", 3), ("octo-http503", 4), ("octo-http429", 4)] {
        let verified = laptop.run("a", &verify(slug)).await;
        assert_eq!(verified.status.code(), Some(code), "{slug}: {}", text(&verified));
    }
    for (arguments, code) in [
        (vec!["verify", "--organization", "octo", "--token-env", "NOT_SET"], 2),
        (vec!["verify", "--organization", "https://github.com/octo", "--token-env", "SAND"], 2),
        (vec!["usage", "--interval", "fortnight"], 2),
        (vec!["usage", "--from", "yesterday"], 2),
        (vec!["usage", "--connector", "none"], 2),
        (vec!["poll"], 2),
        (vec!["nonsense"], 2),
    ] {
        let ended = laptop.run("a", &arguments).await;
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {}", text(&ended));
    }
    let connectors = laptop.json("a", &["connectors"]).await;
    assert_eq!(connectors["connectors"], serde_json::json!([]), "nothing was stored");
    assert_eq!(connectors["mail"]["state"], "not_configured");
}

/// The command names neither the provider nor the kind of key; the key and the account decide.
#[tokio::test(flavor = "multi_thread")]
async fn every_provider_is_connected_polled_and_shown_by_its_key() {
    let laptop = TestFolders::new(10).await;
    let mut named = Vec::new();
    for spec in sandbox::specs() {
        let fields = (spec.credential)("");
        let (_, key) = fields.first().unwrap();
        let account = (spec.account)("");
        // Two providers have keys with the same prefix, and one key opens several kinds of account.
        let looks = shared::providers::recognise(key);
        let about = shared::providers::find(spec.provider).unwrap().about();
        let is_told = looks.len() == 1 && about.accounts.len() == 1;
        let mut arguments = vec!["connect", "--token-env", "KEY", "--no-poll"];
        if is_told {
            arguments.extend(["--account", &account]);
        } else {
            arguments.extend(["--provider", spec.provider]);
            let flag = if about.accounts.len() == 1 { "--account" } else { "--organization" };
            arguments.extend([flag, &account]);
        }
        let mut command = laptop.command("a", &arguments);
        command.env("KEY", key);
        let connected = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert_eq!(connected.status.code(), Some(0), "{arguments:?}: {}", text(&connected));
        assert!(!text(&connected).contains(key.as_str()));
        named.push(spec.provider);
    }
    let connectors = laptop.json("a", &["connectors"]).await;
    let providers: Vec<_> =
        connectors["connectors"].as_array().unwrap().iter().map(|one| one["provider"].as_str().unwrap()).collect();
    assert_eq!(providers.len(), named.len());
    let polled = laptop.run("a", &["poll"]).await;
    assert_eq!(polled.status.code(), Some(0), "{}", text(&polled));
    let costs = laptop.json("a", &["costs", "--interval", "total"]).await;
    let bases: std::collections::BTreeSet<_> =
        costs["rows"].as_array().unwrap().iter().map(|row| row["basis"].as_str().unwrap()).collect();
    assert!(bases.contains("billed") && bases.contains("estimated"), "{bases:?}");
    let shown = laptop.run("a", &["costs", "--by", "person", "--by", "model", "--interval", "month"]).await;
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown));
    assert!(text(&shown).contains("@octodemo.example"), "{}", text(&shown));
    let summed = laptop.run("a", &["costs", "--by", "total"]).await;
    assert_eq!(summed.status.code(), Some(2), "{}", text(&summed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_poll_is_not_green() {
    let laptop = TestFolders::new(10).await;
    // The policy is switched off after the connector was saved: both data folders hold the same account.
    let saved = laptop.run("a", &["connect", "--organization", "octo", "--token-env", "SAND", "--no-poll"]).await;
    assert_eq!(saved.status.code(), Some(0), "{}", text(&saved));
    let mut dead = laptop.command("a", &["poll", "octo", "--json"]);
    dead.env("PAIRMETER_DETOUR", "api.github.com=http://127.0.0.1:9");
    let polled = tokio::task::spawn_blocking(move || dead.output().unwrap()).await.unwrap();
    assert_eq!(polled.status.code(), Some(4), "{}", text(&polled));
    let connector = &laptop.json("a", &["connectors"]).await["connectors"][0];
    assert_eq!(connector["last_poll"]["outcome"], "failed");
    assert_eq!(connector["last_poll"]["code"], "provider_unavailable");
    assert_eq!(connector["state"], "failing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backfill_resumes_and_counts_nothing_twice() {
    let laptop = TestFolders::new(60).await;
    let whole = laptop.run("whole", &poll("octo", &["--history"])).await;
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole));
    let connect = ["connect", "--organization", "octo", "--token-env", "SAND", "--no-poll"];
    assert_eq!(laptop.run("killed", &connect).await.status.code(), Some(0));
    for pause in [150, 400, 250, 700, 60] {
        let mut child: Child = laptop
            .command("killed", &poll("octo", &["--history"]))
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        // SIGKILL: nothing is flushed.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let finished = laptop.run("killed", &poll("octo", &["--history"])).await;
    assert_eq!(finished.status.code(), Some(0), "{}", text(&finished));

    let today = Utc::now().date_naive();
    let from = (today - chrono::Duration::days(100)).to_string();
    for question in [
        vec!["usage", "--from", &from],
        vec!["usage", "--from", &from, "--level", "user", "--interval", "month"],
        vec!["breakdown", "--by", "language", "--from", &from],
        vec!["pull-requests", "--from", &from],
        vec!["freshness"],
    ] {
        let (mut expected, mut found) = (laptop.json("whole", &question).await, laptop.json("killed", &question).await);
        for answer in [&mut expected, &mut found] {
            for row in answer["rows"].as_array_mut().unwrap() {
                row["connector"].take();
                row["last_poll"].take();
            }
        }
        assert!(!expected["rows"].as_array().unwrap().is_empty());
        assert_eq!(found, expected, "{question:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_rotated_only_for_one_that_opens_the_same_account() {
    let laptop = TestFolders::new(10).await;
    let connect = ["connect", "--organization", "octo", "--token-env", "SAND", "--no-poll"];
    assert_eq!(laptop.run("a", &connect).await.status.code(), Some(0));
    let rotate = |token: &'static str| {
        let mut command = laptop.command("a", &["rotate", "octo", "--token-env", "NEW", "--json"]);
        command.env("NEW", token);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let refused = rotate("ghp_dead").await.unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", text(&refused));
    let answer: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(answer["error"]["code"], "verification_failed");
    assert_eq!(answer["error"]["verification"]["checks"][0]["id"], "token");
    let polled = laptop.run("a", &["poll", "octo"]).await;
    assert_eq!(polled.status.code(), Some(0), "the old one still serves: {}", text(&polled));

    let rotated = rotate("github_pat_new").await.unwrap();
    assert_eq!(rotated.status.code(), Some(0), "{}", text(&rotated));
    assert_eq!(laptop.json("a", &["connectors"]).await["connectors"][0]["token"]["kind"], "fine_grained_pat");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_key_file_is_verified_connected_and_rotated_to() {
    let laptop = TestFolders::new(10).await;
    let key = laptop.folder.path().join("app.pem");
    std::fs::write(&key, sandbox::github::apps::PRIVATE_KEY).unwrap();
    let app = ["--app-id", "7", "--private-key-file", key.to_str().unwrap()];
    let with_app = |command: &[&'static str]| [command.to_vec(), app.to_vec()].concat();
    let verified = laptop.json("a", &with_app(&["verify", "--organization", "octo"])).await;
    assert_eq!((&verified["verdict"], &verified["token"]["kind"]), (&"valid".into(), &"github_app".into()));
    for command in [
        with_app(&["connect", "--organization", "octo", "--no-poll"]),
        vec!["connect", "--organization", "octo-two", "--token-env", "SAND", "--no-poll"],
        with_app(&["rotate", "octo-two"]),
        vec!["poll", "octo", "--days", "2"],
    ] {
        let output = laptop.run("a", &command).await;
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output));
        assert!(!text(&output).contains("PRIVATE KEY"), "{command:?}");
    }
    let connectors = laptop.json("a", &["connectors"]).await;
    let kinds: Vec<_> = connectors["connectors"].as_array().unwrap().iter().map(|one| &one["token"]["kind"]).collect();
    assert_eq!(kinds, ["github_app", "github_app"]);
    for (arguments, code) in [
        (vec!["verify", "--organization", "octo", "--app-id", "7"], 2),
        (with_app(&["verify", "--organization", "octo", "--token-env", "SAND"]), 2),
        (with_app(&["verify", "--organization", "octo-appless"]), 3),
        (with_app(&["verify", "--organization", "octo-apphttp429"]), 4),
    ] {
        let output = laptop.run("a", &arguments).await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_read_from_the_environment_and_checked() {
    let laptop = TestFolders::new(10).await;
    for (name, value, code) in [
        ("PAIRMETER_ALLOWED_TOKENS", "classic_pat", 0),
        ("PAIRMETER_ALLOWED_TOKENS", "fine_grained_pat,github_app", 3),
        ("PAIRMETER_ALLOWED_TOKENS", "no classic PAT", 2),
        ("PAIRMETER_ALLOWED_ACCOUNTS", "github-copilot/organization/oct*", 0),
        ("PAIRMETER_ALLOWED_ACCOUNTS", "github-copilot/enterprise/*", 3),
        ("PAIRMETER_ALLOWED_ACCOUNTS", "octo", 2),
    ] {
        let mut command = laptop.command("a", &["verify", "--organization", "octo", "--token-env", "SAND"]);
        command.env(name, value);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}={value}: {}", text(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_polls_are_one_document_for_programs() {
    let laptop = TestFolders::new(10).await;
    for slug in ["octo", "octo-two"] {
        let connect = ["connect", "--organization", slug, "--token-env", "SAND", "--no-poll"];
        assert_eq!(laptop.run("a", &connect).await.status.code(), Some(0));
    }
    assert_eq!(laptop.json("a", &["poll", "octo", "--days", "1"]).await["outcome"], "ok");
    for (command, list) in [(vec!["poll", "--days", "1"], "polls"), (vec!["rebuild"], "rebuilds")] {
        let answer = laptop.json("a", &command).await;
        let ids: Vec<_> = answer[list].as_array().unwrap().iter().map(|one| one["connector"].as_str()).collect();
        assert!(ids.len() == 2 && ids[0] != ids[1] && ids[0].is_some(), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_result_fails_unless_the_reader_has_closed_early() {
    let laptop = TestFolders::new(10).await;
    assert_eq!(laptop.run("a", &poll("octo", &["--days", "2"])).await.status.code(), Some(0));
    for arguments in [&["usage"][..], &["usage", "--json"], &["connectors"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = laptop.command("a", arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output).contains("could not be written"), "{}", text(&output));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = laptop.command("a", arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), text(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_key_is_wrong_usage_and_not_repeated() {
    let laptop = TestFolders::new(10).await;
    assert_eq!(laptop.run("a", &poll("octo", &["--days", "1"])).await.status.code(), Some(0));
    let output = laptop.command("a", &["connectors"]).env("PAIRMETER_KEY", "short-and-secret").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("PAIRMETER_KEY") && !text(&output).contains("short-and-secret"),
        "{}",
        text(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_folder_is_reported_and_not_created() {
    let laptop = TestFolders::new(10).await;
    let folder = laptop.folder.path().join("mistyped");
    for arguments in [
        &["connectors"][..],
        &["usage"],
        &["breakdown", "--by", "model"],
        &["pull-requests"],
        &["seats"],
        &["freshness"],
        &["rebuild"],
        &["rotate", "octo", "--token-env", "SAND"],
        &["poll"],
        &["poll", "octo"],
    ] {
        let output = laptop.run("mistyped", arguments).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        let expected = format!("no data in {}; run `pairmeter connect` first", folder.display());
        assert!(text(&output).contains(&expected), "{arguments:?}: {}", text(&output));
        assert!(!folder.exists(), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_is_imported_shown_and_exported_and_a_link_removed() {
    let laptop = TestFolders::new(10).await;
    for (organization, code) in [("octo", 0), ("octo-two", 0)] {
        let polled = laptop.run("a", &poll(organization, &["--days", "3"])).await;
        assert_eq!(polled.status.code(), Some(code), "{}", text(&polled));
    }
    let list = laptop.json("a", &["identities"]).await;
    let rows = list["rows"].as_array().unwrap();
    let one = &rows[0];
    let other = rows.iter().find(|row| row["person"] != one["person"]).unwrap();
    let [one_id, other_id] = [one, other].map(|row| row["id"].as_str().unwrap());
    let file = laptop.folder.path().join("people.csv");
    let line = |row: &Value| {
        format!("E-1,Given Name,{},{}\n", row["provider"].as_str().unwrap(), row["subject"].as_str().unwrap())
    };
    std::fs::write(&file, format!("person,name,provider,identity\n{}{}", line(one), line(other))).unwrap();
    let file = file.to_str().unwrap();

    let preview = laptop.run("a", &["identities", "import", file, "--dry-run"]).await;
    assert_eq!(preview.status.code(), Some(0), "{}", text(&preview));
    assert!(
        text(&preview).contains("joined: 1") && text(&preview).contains("nothing was changed"),
        "{}",
        text(&preview)
    );
    assert_eq!(laptop.json("a", &["identities"]).await["summary"], list["summary"]);
    let imported = laptop.json("a", &["identities", "import", file]).await;
    assert_eq!(imported["people_after"], list["summary"]["people"].as_u64().unwrap() - 1, "{imported}");
    let shown = laptop.run("a", &["identities", "--search", "given name"]).await;
    assert!(text(&shown).contains("mapping file"), "{}", text(&shown));
    let exported = laptop.run("a", &["identities", "export"]).await;
    assert_eq!(exported.stdout.iter().filter(|byte| **byte == b'\n').count(), 3, "{}", text(&exported));

    let split = laptop.run("a", &["identities", "split", one_id, other_id]).await;
    assert_eq!(
        (split.status.code(), split.stdout.split(|byte| *byte == b'\n').count()),
        (Some(0), 3),
        "{}",
        text(&split)
    );
    assert_eq!(laptop.json("a", &["identities"]).await["summary"]["people"], list["summary"]["people"]);
    let linked = laptop.json("a", &["identities", "link", one_id, other_id]).await;
    // Each may have had identities already, through an equal address.
    let is_theirs = |row: &&Value| row["person"] == one["person"] || row["person"] == other["person"];
    let identities = linked["people"][0]["identities"].as_array().unwrap();
    assert_eq!(identities.len(), rows.iter().filter(is_theirs).count(), "{linked}");

    std::fs::write(file, "person,provider\nE-1,gitlab\n,\n,x\n").unwrap();
    let refused = laptop.run("a", &["identities", "import", file]).await;
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("line 2, provider: is not known"), "{}", text(&refused));
    for wrong in [vec!["identities", "link", "x", "y"], vec!["identities", "import", "/no/such/file"]] {
        let ended = laptop.run("a", &wrong).await;
        assert_eq!(ended.status.code(), Some(2), "{wrong:?}: {}", text(&ended));
    }
    let stored = laptop.run("a", &["identities", "export"]).await;
    assert_eq!(stored.stdout, exported.stdout, "nothing was lost");
}
