//! Which endpoints an admin key opens, and when it ends.

use serde::Deserialize;

use crate::providers::api::{Api, KEY};
use crate::providers::checks::{self, Asked, Knows, Probe};
use crate::providers::preview::Previewing;
use crate::providers::{Call, Report, recognise};
use crate::words::{Days, TokenFacts, Verification};

use super::{ABOUT, API, COMPLETIONS, COSTS, USERS, fetch, map, of_days, organization};

/// Usage other than completions: not metered yet, but the key may be told from one that sees less.
const OTHER_USAGE: [&str; 9] = [
    "embeddings",
    "moderations",
    "images",
    "audio_speeches",
    "audio_transcriptions",
    "vector_stores",
    "code_interpreter_sessions",
    "file_search_calls",
    "web_search_calls",
];
const USAGE_SCOPE: &str = "the scope api.usage.read";
const MANAGEMENT_SCOPE: &str = "the scope api.management.read, or an admin key with all permissions";

fn probes(yesterday: Days) -> Vec<Probe> {
    let listing = |id, path: &str, limit: &str| Probe {
        id,
        ask: organization(path).with("limit", limit),
        needs: MANAGEMENT_SCOPE,
        is_needed: false,
        is_good: Api::is_page,
    };
    let usage = |id, path: &str, is_needed| Probe {
        id,
        ask: of_days(path, yesterday, &[]),
        needs: USAGE_SCOPE,
        is_needed,
        is_good: Api::is_page,
    };
    let mut probes = vec![
        listing("users", "users", "1"),
        usage("completions", "usage/completions", true),
        usage("costs", "costs", true),
        listing("projects", "projects", "1"),
        listing("admin_keys", "admin_api_keys", "100"),
    ];
    probes.extend(OTHER_USAGE.map(|name| usage(name, &format!("usage/{name}"), false)));
    probes
}

pub(super) async fn verify(call: &Call<'_>, days: Days) -> Verification {
    let asked = checks::ask(call, &API, probes(Days::before(days.until(), 1))).await;
    let (token, never_ends) = facts(call, &asked);
    let read = if asked.is_open() {
        let wanted = [("users", &USERS), ("completions", &COMPLETIONS), ("costs", &COSTS)];
        // What does not open is told already.
        let open = wanted.into_iter().filter(|(id, _)| asked.body(id).is_some());
        let reports: Vec<_> = open.map(|(_, series)| Report { days, ..series.of_day(days.last()) }).collect();
        let mut read = Previewing::with(map::Organization::default());
        for report in &reports {
            read.read(report, fetch(call, report).await).await;
        }
        Some(read.finish(call.account, days, &ABOUT.windows))
    } else {
        None
    };
    let knows = Knows {
        token,
        never_ends,
        if_empty: (
            "nobody has used the API in these days; Codex with a ChatGPT login and ChatGPT are not part of it",
            None,
        ),
    };
    asked.conclude(call, &API, knows, read)
}

/// When the key ends: OpenAI lists the admin keys with their last characters.
fn facts(call: &Call<'_>, asked: &Asked) -> (TokenFacts, bool) {
    #[derive(Deserialize)]
    struct Listing {
        data: Vec<Listed>,
    }
    #[derive(Deserialize)]
    struct Listed {
        redacted_value: Option<String>,
        expires_at: Option<i64>,
    }
    let key = call.credential.expose(KEY).unwrap_or_default().trim();
    let kind = recognise(key).first().map_or("unknown", |look| if look.opens() { "admin_key" } else { "other_key" });
    let token = TokenFacts { kind: kind.to_owned(), ..TokenFacts::default() };
    let listing = asked.body("admin_keys").and_then(|body| serde_json::from_slice::<Listing>(body).ok());
    let is_ours = |listed: &Listed| {
        let tail = listed.redacted_value.as_deref().and_then(|value| value.rsplit(['.', '*', '…']).next());
        tail.is_some_and(|tail| tail.len() >= 3 && key.ends_with(tail))
    };
    let mut ours = listing.into_iter().flat_map(|listing| listing.data).filter(is_ours);
    // Two keys may end alike; then nobody knows which is ours.
    match (ours.next(), ours.next()) {
        (Some(listed), None) => {
            let expires_at = listed.expires_at.and_then(|second| chrono::DateTime::from_timestamp(second, 0));
            (TokenFacts { expires_at, ..token }, listed.expires_at.is_none())
        }
        _ => (token, false),
    }
}
