//! House tests: rules of the project that no compiler checks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use shared::providers;

mod language;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below `folder` with one of these endings, and its path from the root.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "node_modules" | "dist" | ".git") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let from_root = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((from_root, fs::read_to_string(&path).unwrap_or_default()));
            }
        }
    }
    found.sort();
    found
}

/// The code without unit tests and comments.
fn shipped(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn assert_nowhere(folder: &str, words: &[&str], except: impl Fn(&str) -> bool) {
    let mut found = Vec::new();
    for (path, text) in files(folder, &[".rs"]) {
        let code = shipped(&text);
        found.extend(
            words.iter().filter(|word| code.contains(*word) && !except(&path)).map(|word| format!("{path}: {word}")),
        );
    }
    assert_eq!(found, [""; 0]);
}

/// IDs of providers that also have another meaning in this code: a listing has a cursor too.
const AMBIGUOUS_IDS: [&str; 1] = ["cursor"];

#[test]
fn a_provider_is_named_only_in_its_own_folder() {
    for provider in providers::ALL {
        let id = provider.about().id;
        let module = id.replace('-', "_");
        for (path, text) in files("shared/src", &[".rs"]).into_iter().chain(files("functions", &[".rs"])) {
            let own = path.starts_with(&format!("shared/src/providers/{module}"));
            // A module's tests in a separate file.
            let is_test = path.ends_with("/tests.rs");
            if !own && !is_test {
                let is_our_own = AMBIGUOUS_IDS.contains(&id);
                assert!(is_our_own || !shipped(&text).contains(&format!("\"{id}\"")), "{path} names {id}");
                // As a module; a vendor's address is not a name of the provider.
                let named = |text: &str| {
                    text.matches(&format!("mod {module};")).count() + text.matches(&format!("{module}::")).count()
                };
                let lines = if path.starts_with("shared/src/providers") {
                    named(&shipped(&text))
                } else {
                    shipped(&text).matches(&format!("providers::{module}")).count()
                };
                let allowed = if path == "shared/src/providers.rs" { 2 } else { 0 };
                assert!(lines <= allowed, "{path} names {module}");
            }
        }
        for (path, text) in files("infra", &[".yaml", ".yml"]).into_iter().chain(files(".", &["template.yaml"])) {
            // Generated from the code, whose descriptions may contain an example.
            assert!(path == "infra/openapi.yaml" || !text.contains(id), "{path} names {id}");
        }
    }
}

#[test]
fn the_registry_and_the_fixtures_match_both_ways() {
    let fixtures: BTreeSet<String> = fs::read_dir(root().join("tests/fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let known: BTreeSet<String> = providers::ALL.iter().map(|provider| provider.about().id.to_owned()).collect();
    assert_eq!(fixtures, known);
    for id in known {
        assert!(fs::read_dir(root().join("tests/fixtures").join(&id)).unwrap().count() > 0, "{id} has no fixture");
        assert_eq!(providers::find(&id).map(|provider| provider.about().id), Some(id.as_str()));
        assert_eq!(providers::access(&id).map(|provider| provider.about().id), Some(id.as_str()));
        assert_eq!(providers::history(&id).map(|provider| provider.about().id), Some(id.as_str()));
    }
    assert!(providers::find("missing").is_none());
}

#[test]
fn a_providers_description_is_complete() {
    for provider in providers::ALL {
        let about = provider.about();
        let host = about.api_url.strip_prefix("https://").expect("https");
        assert!(about.hosts.contains(&host), "{}: its own API is not among its hosts", about.id);
        assert!(!about.accounts.is_empty() && !about.credentials.is_empty(), "{}", about.id);
        for credential in about.credentials {
            assert!(credential.fields.iter().any(|field| field.required), "{} {}", about.id, credential.kind);
            assert!(credential.url.starts_with("https://") && !credential.url.contains('{'), "{}", about.id);
        }
        for way in about.ways {
            let name = format!("{} {}", about.id, way.id);
            let credential =
                about.credentials.iter().find(|credential| credential.kind == way.credential).expect(&name);
            assert!(way.begins.iter().all(|begins| credential.begins.contains(begins)), "{name}");
            assert!(!way.accounts.is_empty() && !way.steps.is_empty() && way.url.starts_with("https://"), "{name}");
            assert!(way.accounts.iter().all(|kind| about.accounts.iter().any(|known| known.kind == *kind)), "{name}");
        }
        for kind in about.accounts {
            let leads = about.ways.iter().any(|way| way.accounts.contains(&kind.kind));
            assert!(leads, "{}: no setup guide for {}", about.id, kind.kind);
        }
        assert!(about.breaks.is_sorted_by_key(|one| one.day), "{}", about.id);
        for windows in about.own_windows.iter().map(|(_, own)| own).chain([&about.windows]) {
            let again = windows.trailing.max(windows.weekly);
            assert!(again >= windows.restated_for, "{}: a restated day would be missed", about.id);
            assert!(windows.given_up_after > windows.trailing, "{}", about.id);
        }
        let begins = about.credentials.iter().flat_map(|kind| kind.begins);
        for begins in begins.chain(about.other_keys.iter().map(|(begins, _)| begins)) {
            // The page sends at most these sixteen characters of a key for recognition.
            assert!(
                (3..=16).contains(&begins.len()) && !providers::recognise(begins).is_empty(),
                "{} {begins}",
                about.id
            );
        }
    }
}

#[test]
fn every_environment_variable_is_in_config() {
    let config = fs::read_to_string(root().join("shared/src/config.rs")).unwrap();
    let mut used = BTreeSet::new();
    for (path, text) in files("shared", &[".rs"]).into_iter().chain(files("functions", &[".rs"])) {
        let mut rest = text.as_str();
        while let Some(at) = rest.find("PAIRMETER_") {
            let name: String = rest[at..].chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            rest = &rest[at + 10..];
            if name.len() > "PAIRMETER_".len() {
                used.insert((name, path.clone()));
            }
        }
    }
    assert!(!used.is_empty());
    for (name, path) in used {
        assert!(config.contains(&format!("\"{name}\"")), "{name} of {path} is not in config.rs");
    }
}

#[test]
fn every_variable_of_a_function_is_set_by_the_template() {
    let config = fs::read_to_string(root().join("shared/src/config.rs")).unwrap();
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let of_the_laptop = [
        "PAIRMETER_TOKEN",
        "PAIRMETER_KEY",
        "PAIRMETER_DATA",
        "PAIRMETER_SMTP",
        "PAIRMETER_MAIL_FROM",
        "PAIRMETER_MAIL_TO",
    ];
    let names = config.split('"').filter(|text| text.starts_with("PAIRMETER_"));
    let missing: Vec<_> =
        names.filter(|name| !of_the_laptop.contains(name) && !template.contains(&format!("{name}:"))).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_lambdas_have_no_embedded_store_and_one_http_and_tls_stack() {
    for function in ["admin", "connect", "fan_out", "notify_expiry", "poll", "report"] {
        let tree = std::process::Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--offline", "-p", function, "-e", "normal", "--prefix", "none"])
            .current_dir(root())
            .output()
            .unwrap();
        let tree = String::from_utf8(tree.stdout).unwrap();
        let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
        assert!(crates.iter().any(|name| name.starts_with("lambda_runtime v")), "{function}: {tree}");
        for forbidden in ["rusqlite", "clap", "chacha20poly1305", "openssl", "native-tls", "aws-lc-rs", "object_store"]
        {
            assert!(!crates.iter().any(|name| name.starts_with(&format!("{forbidden} v"))), "{function}: {forbidden}");
        }
        for single in ["hyper", "rustls", "reqwest", "ring", "serde_json", "http"] {
            let versions: Vec<_> = crates.iter().filter(|name| name.starts_with(&format!("{single} v"))).collect();
            assert!(versions.len() <= 1, "{function}: {versions:?}");
        }
    }
}

#[test]
fn a_functions_main_has_at_most_30_lines() {
    for (path, text) in files("functions", &["main.rs"]) {
        let lines = text.lines().count();
        assert!(path.starts_with("functions/pairmeter/") || lines <= 30, "{path} has {lines} lines");
    }
}

#[test]
fn each_layer_depends_only_on_lower_layers() {
    let below = |folder: &'static str| move |path: &str| path.starts_with(folder);
    // Only the runtime depends on Lambda, and only the AWS adapters depend on the SDK.
    assert_nowhere("shared", &["lambda_http", "lambda_runtime", "aws_lambda_events"], below("shared/src/runtime"));
    assert_nowhere("shared", &["aws_sdk_", "aws_config"], below("shared/src/adapters/aws"));
    assert_nowhere("functions", &["aws_sdk_", "aws_config", "lambda_runtime", "lambda_http"], |_| false);
    // One file reads the environment, one the time, and one builds an HTTP client.
    assert_nowhere("shared/src", &["env::var"], |path| path == "shared/src/config.rs");
    assert_nowhere("shared/src", &["Utc::now", "SystemTime::now"], |path| path == "shared/src/clock.rs");
    assert_nowhere("shared/src", &["reqwest::Client::"], |path| path == "shared/src/http.rs");
    for (folder, forbidden) in [
        ("shared/src/handlers", &["crate::adapters", "rusqlite", "axum::", "crate::runtime", "crate::app"][..]),
        (
            "shared/src/providers",
            &["crate::ports", "crate::adapters", "crate::clock", "crate::handlers", "crate::app", "rusqlite"],
        ),
        (
            "shared/src/adapters",
            &["crate::handlers", "crate::providers", "crate::app", "crate::http", "crate::runtime"],
        ),
        (
            "shared/src/words",
            &["crate::ports", "crate::providers", "crate::handlers", "crate::adapters", "crate::http"],
        ),
        (
            "shared/src/segment",
            &["crate::ports", "crate::providers", "crate::handlers", "crate::adapters", "crate::http"],
        ),
    ] {
        assert_nowhere(folder, forbidden, |_| false);
    }
}

#[test]
fn a_module_is_one_file_and_starts_with_its_documentation() {
    for (path, text) in files("shared/src", &[".rs"]).into_iter().chain(files("tests", &[".rs"])) {
        assert!(!path.ends_with("/mod.rs"), "{path}: a module is a file beside its folder");
        assert!(text.starts_with("//!"), "{path} has no module documentation");
    }
}

#[test]
fn versions_are_declared_once_at_the_root() {
    for (path, text) in files(".", &["Cargo.toml"]) {
        // The bare hello-world that cold starts are compared with is outside the workspace on purpose.
        if path == "Cargo.toml" || path.starts_with("infra/bench/hello/") {
            continue;
        }
        for section in text.split("\n[").filter(|section| section.contains("dependencies]")) {
            for line in section.lines().filter(|line| line.contains('=')) {
                assert!(line.contains("workspace = true"), "{path}: {line}");
            }
        }
    }
}
