//! Which endpoints an admin key opens, and when it ends.

use bytes::Bytes;
use serde::Deserialize;

use crate::error::{ProviderError, Recourse};
use crate::providers::api::{Api, Ask, KEY};
use crate::providers::checks::{self, Asked, Knows, Probe};
use crate::providers::preview::Previewing;
use crate::providers::{Call, Report, recognise};
use crate::words::{Days, TokenFacts, Verification};

use super::{ABOUT, API, COMPLETIONS, COSTS, USERS, entities, fetch, map, next_page, of_days, organization};

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
const ADMIN_KEYS: &str = "admin_keys";
/// So many characters of a key's beginning and of its end tell it from another; fewer do not.
const LEAST_SHOWN: usize = 3;
const USAGE_SCOPE: &str = "the scope api.usage.read";
const MANAGEMENT_SCOPE: &str = "the scope api.management.read, or an admin key with all permissions";

fn admin_keys() -> Ask {
    entities("admin_api_keys")
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
        Probe { ask: admin_keys(), ..listing(ADMIN_KEYS, "", "") },
    ];
    probes.extend(OTHER_USAGE.map(|name| usage(name, &format!("usage/{name}"), false)));
    probes
}

pub(super) async fn verify(call: &Call<'_>, days: Days) -> Verification {
    let asked = checks::ask(call, &API, probes(Days::before(days.until(), 1))).await;
    let (token, never_ends) = facts(call, &asked).await;
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

async fn facts(call: &Call<'_>, asked: &Asked) -> (TokenFacts, bool) {
    let listed = match asked.body(ADMIN_KEYS) {
        // The first page was read already; of a list that breaks off no end is known.
        Some(first) => in_the_list(call, first.clone()).await.unwrap_or_default(),
        None => None,
    };
    let never_ends = listed.as_ref().is_some_and(|token| token.expires_at.is_none());
    (listed.unwrap_or_else(|| TokenFacts { kind: kind(call).to_owned(), ..TokenFacts::default() }), never_ends)
}

/// What the list of admin keys says of ours; none where the key may not read it, or cannot be told from another.
pub(super) async fn token_facts(call: &Call<'_>) -> Option<TokenFacts> {
    let listed = async { in_the_list(call, API.body(call, &admin_keys()).await?).await };
    listed.await.unwrap_or_else(|error| {
        // A key for usage alone is a choice; any other failure is said.
        if !matches!(error.recourse(), Recourse::Owner | Recourse::Nobody) {
            call.leave_out(ADMIN_KEYS, format!("when the key ends: {error}"));
        }
        None
    })
}

fn kind(call: &Call<'_>) -> &'static str {
    let key = call.credential.expose(KEY).unwrap_or_default().trim();
    recognise(key).first().map_or("unknown", |look| if look.opens() { "admin_key" } else { "other_key" })
}

/// The one key in the whole list that shows our key's first and last characters. Of two that do, neither is known to be
/// ours.
async fn in_the_list(call: &Call<'_>, first: Bytes) -> Result<Option<TokenFacts>, ProviderError> {
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
    let next = |_: &Ask, body: &[u8]| API.next(&admin_keys(), "after", body);
    let mut pages = API.pages_from(call, admin_keys(), first, next)?;
    let mut ours = Vec::new();
    while let Some(page) = next_page(&mut pages).await? {
        let listing: Listing = crate::providers::json::from_slice(&page)
            .map_err(|_| API.malformed("a page is not the list of admin keys it should be"))?;
        let is_ours = |listed: &Listed| listed.redacted_value.as_deref().is_some_and(|shown| shows(shown, key));
        ours.extend(listing.data.into_iter().filter(is_ours));
    }
    Ok(match &ours[..] {
        [listed] => {
            let expires_at = listed.expires_at.and_then(|second| chrono::DateTime::from_timestamp(second, 0));
            Some(TokenFacts { kind: kind(call).to_owned(), expires_at, scopes: None })
        }
        _ => None,
    })
}

/// Whether `shown`, such as `sk-admin...def`, may be this key: both its beginning and its end are the key's.
fn shows(shown: &str, key: &str) -> bool {
    const HIDDEN: [char; 3] = ['.', '*', '\u{2026}'];
    let (Some(from), Some(last)) = (shown.find(HIDDEN), shown.rfind(HIDDEN)) else { return false };
    let (head, tail) = (&shown[..from], shown[last..].trim_start_matches(HIDDEN));
    let are_telling = head.len() >= LEAST_SHOWN && tail.len() >= LEAST_SHOWN;
    are_telling && head.len() + tail.len() <= key.len() && key.starts_with(head) && key.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::shows;

    #[test]
    fn a_key_is_shown_by_its_beginning_and_its_end() {
        for (shown, is_ours) in [
            ("sk-admin...good", true),
            ("sk-admin\u{2026}good", true),
            ("sk-adm**************ood", true),
            ("sk-proj-...good", false),
            ("sk-admin...else", false),
            ("...good", false),
            ("sk-admin...", false),
            ("s...d", false),
            ("sk-admin-0000good", false),
            // The pieces overlap in our key, so they are of a longer one.
            ("sk-admin-0000...0000good", false),
        ] {
            assert_eq!(shows(shown, "sk-admin-0000good"), is_ours, "{shown}");
        }
    }
}
