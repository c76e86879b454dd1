//! The endpoints that an admin key opens, and the key's expiry.

use bytes::Bytes;
use serde::Deserialize;

use crate::error::{ProviderError, Recourse};
use crate::providers::api::{Api, Ask, KEY};
use crate::providers::checks::{self, Answers, Probe, ProviderFacts};
use crate::providers::preview::Previewing;
use crate::providers::{Call, Report, recognise};
use crate::words::{Days, TokenFacts, Verification};

use super::{ABOUT, API, COMPLETIONS, COSTS, USERS, entities, fetch, map, next_page, of_days, organization};

/// Usage other than completions. It is not metered, but distinguishes a full key from a limited one.
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
/// A key's first and last characters must be at least this many to identify it.
const MIN_SHOWN: usize = 3;
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
    let answers = checks::ask(call, &API, probes(Days::before(days.until(), 1))).await;
    let (token, never_ends) = facts(call, &answers).await;
    let read = if answers.is_open() {
        let previewed = [("users", &USERS), ("completions", &COMPLETIONS), ("costs", &COSTS)];
        // Endpoints that do not open are reported already.
        let open = previewed.into_iter().filter(|(id, _)| answers.body(id).is_some());
        let reports: Vec<_> = open.map(|(_, series)| Report { days, ..series.of_day(days.last()) }).collect();
        let mut read = Previewing::with(map::OpenAiReader::default());
        for report in &reports {
            read.read(report, fetch(call, report).await).await;
        }
        Some(read.finish(call.account, days, &ABOUT.windows))
    } else {
        None
    };
    let knows = ProviderFacts {
        token,
        never_ends,
        if_empty: (
            "the API was not used on these days; ChatGPT and Codex with a ChatGPT login are not part of it",
            None,
        ),
    };
    answers.conclude(call, &API, knows, read)
}

async fn facts(call: &Call<'_>, answers: &Answers) -> (TokenFacts, bool) {
    let listed = match answers.body(ADMIN_KEYS) {
        // The first page was read already. If the list is incomplete, the expiry is unknown.
        Some(first) => in_the_list(call, first.clone()).await.unwrap_or_default(),
        None => None,
    };
    let never_ends = listed.as_ref().is_some_and(|token| token.expires_at.is_none());
    (listed.unwrap_or_else(|| TokenFacts { kind: kind(call).to_owned(), ..TokenFacts::default() }), never_ends)
}

/// Facts about the key in the list of admin keys; `None` if the key may not read the list or cannot be identified.
pub(super) async fn token_facts(call: &Call<'_>) -> Option<TokenFacts> {
    let listed = async { in_the_list(call, API.body(call, &admin_keys()).await?).await };
    listed.await.unwrap_or_else(|error| {
        // A key that only reads usage is a choice; any other failure is reported.
        if !matches!(error.recourse(), Recourse::Owner | Recourse::Nobody) {
            call.leave_out(ADMIN_KEYS, format!("the key's expiry date: {error}"));
        }
        None
    })
}

fn kind(call: &Call<'_>) -> &'static str {
    let key = call.credential.expose(KEY).unwrap_or_default().trim();
    recognise(key).first().map_or("unknown", |look| if look.opens() { "admin_key" } else { "other_key" })
}

/// The only key in the whole list that shows our key's first and last characters. If two do, neither is chosen.
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
    let mut matching = Vec::new();
    while let Some(page) = next_page(&mut pages).await? {
        let listing: Listing = crate::providers::json::from_slice(&page)
            .map_err(|_| API.malformed("a page is not the expected list of admin keys"))?;
        let is_ours = |listed: &Listed| listed.redacted_value.as_deref().is_some_and(|shown| shows(shown, key));
        matching.extend(listing.data.into_iter().filter(is_ours));
    }
    Ok(match &matching[..] {
        [listed] => {
            let expires_at = listed.expires_at.and_then(|second| chrono::DateTime::from_timestamp(second, 0));
            Some(TokenFacts { kind: kind(call).to_owned(), expires_at, scopes: None })
        }
        _ => None,
    })
}

/// Whether `shown`, such as `sk-admin...def`, matches the key's beginning and end.
fn shows(shown: &str, key: &str) -> bool {
    const HIDDEN: [char; 3] = ['.', '*', '\u{2026}'];
    let (Some(from), Some(last)) = (shown.find(HIDDEN), shown.rfind(HIDDEN)) else { return false };
    let (head, tail) = (&shown[..from], shown[last..].trim_start_matches(HIDDEN));
    let are_telling = head.len() >= MIN_SHOWN && tail.len() >= MIN_SHOWN;
    are_telling && head.len() + tail.len() <= key.len() && key.starts_with(head) && key.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::shows;

    #[test]
    fn a_key_is_identified_by_its_beginning_and_its_end() {
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
            // The pieces would overlap in our key, so they belong to a longer key.
            ("sk-admin-0000...0000good", false),
        ] {
            assert_eq!(shows(shown, "sk-admin-0000good"), is_ours, "{shown}");
        }
    }
}
