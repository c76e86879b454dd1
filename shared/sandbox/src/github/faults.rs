//! Faults of an organization or enterprise, selected by the words of its slug.
//!
//! The words of a slug are separated by hyphens: `octo-policyoff` has the policy switched off, `octo-late-twoshards`
//! is late *and* repeats records. Any slug of letters, digits and hyphens exists. "Copilot routes" are the reports,
//! the seats, the subscription and the AI credits. The public profile and the teams of an organization always answer.
//!
//! | word | effect |
//! |---|---|
//! | any part containing `missing` | 404 on every route |
//! | `iplist` | every route 403: the organization or enterprise has an IP allow list |
//! | `noclassic` | classic tokens 403: the account forbids them |
//! | `shortlived` | classic and fine-grained tokens 403: the account accepts only lifetimes of up to 90 days |
//! | `oddrefusal` | every route 403, for an undocumented reason |
//! | `policyoff` | reports 403 "The 'Copilot usage metrics' policy must be enabled to use this API"; the rest works |
//! | `nocopilot` | reports, seats and subscription 404 |
//! | `noseats` | seats and subscription 403 |
//! | `refused` | an enterprise's reports 403; `/user/orgs` lists `SLUG-core` and `SLUG-labs`, whose own reports work
//! |
//! | `ghostseat` | the first seat has no assignee (`null`) |
//! | `late` | totals of a day are available 20 hours after its end, all other reports after 30 hours |
//! | `revised` | a day's figures change at noon of the third day, not only 48 hours after its end |
//! | `empty200`, `null200`, `string200` | reports 200 with `""`, `null`, `"No report available for this day"` |
//! | `nolinks` | envelopes without download links |
//! | `nodata204` | reports 204 for every day |
//! | `http429`, `http429date` | Copilot routes 429 with `Retry-After: 120`, or with the same moment as an HTTP date |
//! | `burst429`, `flaky503` | the first call of each Copilot address gets 429 (`Retry-After: 1`) or 503; later calls
//! succeed |
//! | `forbidden429` | Copilot routes 403 "API rate limit exceeded", with nothing remaining for ten minutes |
//! | `http500`, `http502`, `http503` | Copilot routes have that status |
//! | `html` | Copilot routes 200 with an HTML page |
//! | `hang` | Copilot routes accept the request and never answer |
//! | `redirect` | Copilot routes 301 to `/organizations/ID/…`, which works |
//! | `deprecation` | Copilot routes work and have `Deprecation` and `Sunset` |
//! | `expired` | in the first envelope of each address, the first link has expired; later envelopes are good |
//! | `foreign`, `private` | the first link leads to `https://evil.example/…`, or to `http://169.254.169.254/…` |
//! | `gone` | the last file of the users reports is 404 |
//! | `hangdownload` | a download stops halfway and stays open |
//! | `cut` | a download is closed halfway, before its `Content-Length` |
//! | `cutline` | files end within their last record; the length is correct |
//! | `malformed` | each file of the users reports has one line in the middle that is not JSON |
//! | `longline` | the first record of each file is padded to 1 MB by an unknown field |
//! | `array`, `pretty` | files are one JSON array, or pretty-printed objects |
//! | `bom` | files start with a UTF-8 byte order mark |
//! | `stringids` | `user_id`, `team_id` and `repo_id` are strings |
//! | `newfields` | every record has the unknown fields `totals_by_hologram` and `quantum_mode` |
//! | `lost20261118` | records of that day and later lack `loc_deleted_sum` everywhere, and `totals_by_ide` |
//! | `twoshards` | users reports repeat a person (1 day) or a whole day (28 days) across two files |
//! | `bench` | all people are active every day, all records have figures (about 3.7 KB each), no day is restated |

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::Duration;
use serde_json::{Value, json};

use super::super::faults as usual;
use super::super::people::{Account, Kind};
use super::super::state::SandboxState;
use super::answers::{api_url, problem, put};
use super::reports::File;
use super::routes::Call;
use super::tokens::TokenKind;

const LONG_LINE_BYTES: usize = 1 << 20;

/// Refusals by the account's own policies, for all of its routes.
pub(crate) fn policy(account: &Account, token: TokenKind) -> Option<Response> {
    policy_message(account, token).map(|message| problem(StatusCode::FORBIDDEN, &message))
}

/// The text of the refusal, the same in REST and GraphQL.
pub(crate) fn policy_message(account: &Account, token: TokenKind) -> Option<String> {
    let says = |word| account.slug.says(word);
    let slug = account.slug.as_str();
    let kind = if account.kind == Kind::Enterprise { "enterprise" } else { "organization" };
    Some(match token {
        _ if says("iplist") => format!(
            "Although you appear to have the correct authorization credentials, the `{slug}` {kind} has an IP allow list \
             enabled, and your IP address is not permitted to access this resource."
        ),
        TokenKind::Classic if says("noclassic") => format!(
            "`{slug}` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a \
             personal access token with fine-grained permissions."
        ),
        TokenKind::Classic if says("shortlived") => format!(
            "The '{slug}' {kind} forbids access via a personal access tokens (classic) if the token's lifetime is greater \
             than 90 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/tokens/123"
        ),
        TokenKind::FineGrained if says("shortlived") => format!(
            "The '{slug}' {kind} forbids access via a fine-grained personal access tokens if the token's lifetime is greater \
             than 90 days. Please adjust your token's lifetime at the following URL: \
             https://github.com/settings/personal-access-tokens/123"
        ),
        _ if says("oddrefusal") => format!("The tidal policy of {slug} is at its flood."),
        _ => return None,
    })
}

/// Outages that affect every Copilot route.
pub(crate) async fn outage(state: &SandboxState, call: &Call, account: &Account) -> Option<Response> {
    let says = |word| account.slug.says(word);
    let now = state.clock.now();
    if says("forbidden429") {
        let answer = problem(StatusCode::FORBIDDEN, "API rate limit exceeded for user ID 1.");
        let answer = put(answer, "x-ratelimit-remaining", "0");
        Some(put(answer, "x-ratelimit-reset", &(now + Duration::minutes(10)).timestamp().to_string()))
    } else if says("redirect") && !call.by_id {
        let path = format!("/organizations/{}/{}", account.id, call.rest);
        let url = api_url(call, &path);
        let body =
            json!({"message": "Moved Permanently", "url": url, "documentation_url": "https://docs.github.com/rest"});
        Some(put((StatusCode::MOVED_PERMANENTLY, axum::Json(body)).into_response(), "location", &url))
    } else {
        usual::outage(state, &account.slug, &call.target, problem).await
    }
}

/// The answer of a report route in place of an envelope.
pub(crate) fn instead_of_a_report(account: &Account) -> Option<Response> {
    let says = |word| account.slug.says(word);
    let string = |value: Value| axum::Json(value).into_response();
    if says("refused") && account.kind == Kind::Enterprise {
        Some(problem(
            StatusCode::FORBIDDEN,
            "Insufficient permissions. This action requires admin, or relevant enterprise role access.",
        ))
    } else if says("policyoff") {
        Some(problem(StatusCode::FORBIDDEN, "The 'Copilot usage metrics' policy must be enabled to use this API"))
    } else if says("nocopilot") {
        Some(problem(StatusCode::NOT_FOUND, "Not Found"))
    } else if says("nodata204") {
        Some(StatusCode::NO_CONTENT.into_response())
    } else if says("empty200") {
        Some(string(json!("")))
    } else if says("null200") {
        Some(string(Value::Null))
    } else if says("string200") {
        Some(string(json!("No report available for this day")))
    } else {
        None
    }
}

/// Damages a finished file as its slug requests.
pub(crate) fn disfigure(mut bytes: Vec<u8>, file: &File) -> Vec<u8> {
    let says = |word| file.account.slug.says(word);
    if says("newfields") {
        let unknown = br#","totals_by_hologram":[{"hologram":"desk","loc_added_sum":3}],"quantum_mode":true"#;
        bytes = each_record(&bytes, |record| insert(record, unknown));
    }
    let lost = file.account.slug.as_str().split('-').filter_map(|part| part.strip_prefix("lost"));
    if let Some(day) = lost.into_iter().find(|day| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit())) {
        bytes = each_record(&bytes, |record| without_lost_fields(record, day));
    }
    if says("stringids") {
        bytes = each_record(&bytes, with_ids_as_text);
    }
    if says("longline") {
        let padding = format!(r#","padding":"{}""#, "x".repeat(LONG_LINE_BYTES));
        let mut is_first = true;
        bytes = each_record(&bytes, |record| {
            if std::mem::take(&mut is_first) { insert(record, padding.as_bytes()) } else { record.to_vec() }
        });
    }
    if says("malformed") && file.report.is_about_users() {
        let middle =
            bytes.iter().skip(bytes.len() / 2).position(|byte| *byte == b'\n').map_or(0, |at| bytes.len() / 2 + at + 1);
        // Complete, so that it is no file cut short where it comes last.
        bytes.splice(middle..middle, *b"{\"day\":2026-}\n");
    }
    if says("cutline") {
        bytes.truncate(bytes.len().saturating_sub(40));
    }
    if says("pretty") {
        bytes = each_record(&bytes, pretty);
    }
    if says("array") {
        bytes = [b"[", records(&bytes).collect::<Vec<_>>().join(&b","[..]).as_slice(), b"]"].concat();
    }
    if says("bom") {
        bytes.splice(0..0, *b"\xEF\xBB\xBF");
    }
    bytes
}

fn records(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').filter(|record| !record.is_empty())
}

fn each_record(bytes: &[u8], mut change: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut changed = records(bytes).map(&mut change).collect::<Vec<_>>().join(&b'\n');
    changed.push(b'\n');
    changed
}

/// Inserts `fields` before the closing brace of a record.
fn insert(record: &[u8], fields: &[u8]) -> Vec<u8> {
    [record.strip_suffix(b"}").unwrap_or(record), fields, b"}"].concat()
}

fn with_ids_as_text(record: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(record) else {
        return record.to_vec();
    };
    for name in ["user_id", "team_id", "repo_id"] {
        if let Some(id) = fields.get_mut(name) {
            *id = Value::String(id.to_string());
        }
    }
    Value::Object(fields).to_string().into_bytes()
}

/// `since` has eight digits.
fn without_lost_fields(record: &[u8], since: &str) -> Vec<u8> {
    fn strip(value: &mut Value, since: &str, is_lost: bool) {
        match value {
            Value::Object(fields) => {
                let day = fields.get("day").and_then(Value::as_str);
                let is_lost = day.map_or(is_lost, |day| day.replace('-', "").as_str() >= since);
                if is_lost {
                    fields.remove("loc_deleted_sum");
                    fields.remove("totals_by_ide");
                }
                fields.values_mut().for_each(|value| strip(value, since, is_lost));
            }
            Value::Array(values) => values.iter_mut().for_each(|value| strip(value, since, is_lost)),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_slice(record) else { return record.to_vec() };
    strip(&mut value, since, false);
    value.to_string().into_bytes()
}

fn pretty(record: &[u8]) -> Vec<u8> {
    let value = serde_json::from_slice::<Value>(record).and_then(|value| serde_json::to_vec_pretty(&value));
    value.unwrap_or_else(|_| record.to_vec())
}
