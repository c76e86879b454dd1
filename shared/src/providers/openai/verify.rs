//! Which endpoints an admin key opens, and when it ends.

use serde::Deserialize;

use crate::providers::api::{Api, Ask, KEY};
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

fn admin_keys() -> Ask {
    organization("admin_api_keys").with("limit", "100")
}

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
        Probe { ask: admin_keys(), ..listing("admin_keys", "", "") },
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

fn facts(call: &Call<'_>, asked: &Asked) -> (TokenFacts, bool) {
    let listed = asked.body("admin_keys").and_then(|body| in_the_list(call, body));
    let never_ends = listed.as_ref().is_some_and(|token| token.expires_at.is_none());
    (listed.unwrap_or_else(|| TokenFacts { kind: kind(call).to_owned(), ..TokenFacts::default() }), never_ends)
}

/// What the list of admin keys says now; none where the key may not read it, or is not to be told from another.
pub(super) async fn token_facts(call: &Call<'_>) -> Option<TokenFacts> {
    in_the_list(call, &API.body(call, &admin_keys()).await.ok()?)
}

fn kind(call: &Call<'_>) -> &'static str {
    let key = call.credential.expose(KEY).unwrap_or_default().trim();
    recognise(key).first().map_or("unknown", |look| if look.opens() { "admin_key" } else { "other_key" })
}

/// When the key ends: OpenAI lists the admin keys with their last characters.
fn in_the_list(call: &Call<'_>, body: &[u8]) -> Option<TokenFacts> {
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
    let is_ours = |listed: &Listed| {
        let tail = listed.redacted_value.as_deref().and_then(|value| value.rsplit(['.', '*', '\u{2026}']).next());
        tail.is_some_and(|tail| tail.len() >= 3 && key.ends_with(tail))
    };
    let listing: Listing = serde_json::from_slice(body).ok()?;
    let mut ours = listing.data.into_iter().filter(is_ours);
    // Two keys may end alike; then nobody knows which is ours.
    match (ours.next(), ours.next()) {
        (Some(listed), None) => {
            let expires_at = listed.expires_at.and_then(|second| chrono::DateTime::from_timestamp(second, 0));
            Some(TokenFacts { kind: kind(call).to_owned(), expires_at, scopes: None })
        }
        _ => None,
    }
}
