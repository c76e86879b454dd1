//! Reported inputs: text that strict parsers refuse, and numbers in unusual formats.

use proptest::prelude::*;
use serde_json::{Value, json};
use shared::error::ProviderError;
use shared::providers::{self, Mapped};
use shared::words::{Account, Connector, Credential, Dataset, PollOutcome, Verdict};

use super::{proxy, spec, world_behind};
use crate::providers::stub::Answer;
use crate::rows::{self, Plain};
use crate::sandbox_world::{World, day, small, time};

const ON: &str = "2026-11-12";
const LINES: &str = "users-1-day";

/// Maps the bodies of reports about one day, each split at these positions.
fn map(provider: &str, bodies: &[(&str, &[u8])], cuts: &[usize]) -> Result<Mapped, ProviderError> {
    let history = providers::history(provider).unwrap();
    let kind = history.about().accounts[0].kind.to_owned();
    let account = Account { kind, slug: "octo".to_owned() };
    let mut mapper = history.mapper(&account, 1);
    for (report, body) in bodies {
        mapper.begin(&history.archived(&account, report, day(ON)).unwrap());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).chain([0, body.len()]).collect();
        cuts.sort_unstable();
        for piece in cuts.windows(2) {
            mapper.read(&body[piece[0]..piece[1]])?;
        }
        mapper.end_body()?;
    }
    mapper.finish()
}

fn rows_of(mapped: &Mapped, dataset: Dataset) -> Vec<Plain> {
    rows::of_segment(dataset, &mapped.segments[&(dataset, day(ON))])
}

/// One column of the rows below the account.
fn column(mapped: &Mapped, dataset: Dataset, name: &str) -> Vec<Value> {
    let rows = rows_of(mapped, dataset).into_iter().filter(|row| row["level"] != "organization");
    rows.filter_map(|row| row.get(name).cloned()).collect()
}

async fn connected(world: &World, provider: &str) -> Connector {
    let spec = spec(provider);
    let account = Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") };
    let connector = Connector { provider: provider.to_owned(), ..world.saved_before(account, "-").await };
    let connector = world.app.connectors.update(&connector).await.unwrap();
    let credential = Credential::new(spec.credential_kind, (spec.credential)(""));
    world.app.secrets.put(&connector.id, &credential).await.unwrap();
    connector
}

/// B08: a service that cuts text by UTF-16 units sends half of an emoji.
#[tokio::test]
async fn half_an_emoji_in_a_name_is_stored_as_a_replacement_character() {
    let members = r#"{"teamMembers":[{"id":"user_1","name":"Ana \ud83d","email":"ana@acme.test","role":"member","isRemoved":false}]}"#;
    let (world, _proxy) =
        world_behind("cursor", move |path, _| path.starts_with("/teams/members").then(|| Answer::json(members))).await;
    let connector = connected(&world, "cursor").await;
    let polled = world.poll(&connector).await;
    assert_eq!(polled.outcome, PollOutcome::Ok, "{:?}", polled.failure);
    let seats = rows::stored(&world.app, &connector.id, Dataset::Seats, day("2026-11-21")).await.unwrap();
    let expected = json!([{"level": "user", "subject": "ana@acme.test", "name": "Ana \u{fffd}",
        "email": "ana@acme.test", "role": "member"}]);
    assert_eq!(json!(seats), expected);
}

/// Adds broken text in a separate field at the start of every answer.
fn with_broken_text(answer: &Answer) -> Option<Answer> {
    let rest = answer.body.strip_prefix(b"{").filter(|_| answer.status == 200)?;
    let body = [b"{\"remark\":\"Ana \\ud83d \xff \\u0000 \x01\",".as_slice(), rest].concat();
    Some(Answer::bytes(body).with("content-type", "application/json"))
}

async fn verified(provider: &str) -> Verdict {
    let sandbox = sandbox::Sandbox::start(small("2026-11-21T06:00:00Z")).await.unwrap();
    let proxy = proxy(&sandbox, provider, |_, answer| with_broken_text(answer)).await;
    let mut detours = shared::http::Detours::parse(&sandbox.detour()).unwrap();
    let host = spec(provider).hosts[0];
    detours.extend(shared::http::Detours::parse(&format!("{host}={}", proxy.url())).unwrap());
    let http = shared::http::Http::new(detours);
    let spec = spec(provider);
    let account = Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") };
    let credential = Credential::new(spec.credential_kind, (spec.credential)(""));
    let call = providers::Call::new(&http, &credential, &account, None, time("2026-11-21T06:00:00Z"));
    let days = shared::words::Days::before(day("2026-11-21"), 14);
    providers::access(provider).unwrap().verify(&call, days).await.verdict
}

macro_rules! each_provider {
    ($($name:ident: $id:literal,)+) => {
        /// B08, in every answer of every endpoint, next to the fields that are read.
        mod broken_text_changes_no_verdict_and_no_poll {
            use super::*;

            $(#[tokio::test]
            async fn $name() {
                assert_eq!(verified($id).await, Verdict::Valid);
                let (world, _proxy) = world_behind($id, |_, answer| with_broken_text(answer)).await;
                let connector = connected(&world, $id).await;
                let polled = world.poll(&connector).await;
                assert_eq!((polled.outcome, polled.rows > 0), (PollOutcome::Ok, true), "{:?}", polled.failure);
            })+
        }
    };
}

each_provider! {
    github_copilot: "github-copilot",
    cursor: "cursor",
    anthropic: "anthropic",
    claude_enterprise: "claude-enterprise",
    openai: "openai",
    codex: "codex",
}

/// Reports with `@` in every text field; two subjects differ only in their last character.
const TEMPLATES: &[(&str, &str, &str)] = &[
    (
        "github-copilot",
        LINES,
        concat!(
            r#"{"day":"2026-11-12","user_id":"u@1","user_login":"l@","loc_added_sum":3,"totals_by_ide":[{"ide":"e@","#,
            r#""code_generation_activity_count":5}],"totals_by_language_feature":[{"language":"x@","feature":"f@","#,
            r#""code_acceptance_activity_count":2}],"new@":"@"}"#,
            "\n",
            r#"{"day":"2026-11-12","user_id":"u@2","user_login":"l@","loc_added_sum":4}"#,
            "\n",
        ),
    ),
    (
        "github-copilot",
        "seats",
        r#"{"seats":[{"assignee":{"id":7,"login":"@"},"plan_type":"@","last_activity_editor":"@","new@":"@"}]}"#,
    ),
    (
        "cursor",
        "usage-events-1-day",
        concat!(
            r#"{"usageEvents":[{"timestamp":"1794441600000","userEmail":"a@1","model":"m@","kind":"Usage-based","#,
            r#""isChargeable":true,"chargedCents":12.5,"tokenUsage":{"inputTokens":7}},{"timestamp":"1794441600000","#,
            r#""userEmail":"a@2","model":"m@","kind":"Usage-based","isChargeable":true,"chargedCents":7}]}"#
        ),
    ),
    ("cursor", "agent-edits-1-day", r#"{"data":{"a@":[{"event_date":"2026-11-12","total_lines_suggested":4}]}}"#),
    ("openai", "members", r#"{"data":[{"id":"i@1","name":"@","email":"@","role":"@"},{"id":"i@2","name":"@"}]}"#),
    (
        "openai",
        "costs-1-day",
        concat!(
            r#"{"data":[{"start_time":1794441600,"results":[{"amount":{"value":"0.25","currency":"usd"},"#,
            r#""line_item":"l@1","project_id":"p@"},{"amount":{"value":2},"line_item":"l@2"}]}]}"#
        ),
    ),
    (
        "anthropic",
        "claude-code-1-day",
        concat!(
            r#"{"data":[{"date":"2026-11-12","actor":{"email_address":"a@1"},"terminal_type":"t@","core_metrics":"#,
            r#"{"num_sessions":3},"tool_actions":{"w@":{"accepted":2}},"model_breakdown":[{"model":"m@","tokens":"#,
            r#"{"input":5},"estimated_cost":{"amount":12,"currency":"USD"}}]}]}"#
        ),
    ),
    (
        "claude-enterprise",
        "users-1-day",
        concat!(
            r#"{"data":[{"user":{"id":"u@1","email_address":"a@1"},"claude_code_metrics":{"core_metrics":"#,
            r#"{"distinct_session_count":2},"tool_actions":{"w@":{"accepted_count":1}}}},{"user":{"id":"u@2"},"#,
            r#""chat_metrics":{"message_count":6}}]}"#
        ),
    ),
    (
        "codex",
        "people-1-day",
        concat!(
            r#"{"data":[{"start_time":1794441600,"end_time":1794528000,"user_id":"u@1","actor":{"user_id":"u@1","#,
            r#""email":"@"},"totals":{"turns":4,"credits":1.5},"clients":[{"client_id":"c@","turns":4}],"#,
            r#""models":[{"model":"m@","credits":1.5}]}]}"#
        ),
    ),
];

/// All values except texts, of every dataset, in an order that does not depend on texts.
fn numbers(mapped: &Mapped) -> Vec<String> {
    let mut numbers = vec![format!("{} records", mapped.records)];
    for ((dataset, day), segment) in &mapped.segments {
        for row in rows::of_segment(*dataset, segment) {
            let level = row["level"].clone();
            let row: Plain = row.into_iter().filter(|(_, value)| value.is_number()).collect();
            numbers.push(format!("{dataset} {day} {level} {row:?}"));
        }
        numbers.push(format!("{dataset} {day} {:?}", segment.totals));
    }
    numbers.sort();
    numbers
}

/// The inside of a JSON string as services write it, valid or not.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        "[ -!#-\\[\\]-~]{1,8}".prop_map(String::into_bytes),
        any::<char>().prop_filter("no structure", |c| !"\"\\".contains(*c)).prop_map(|c| c.to_string().into_bytes()),
        (0xd800_u32..0xe000).prop_map(|unit| format!("\\u{unit:04x}").into_bytes()),
        (0_u32..0x20).prop_map(|unit| format!("\\u{unit:04x}").into_bytes()),
        any::<u8>().prop_filter("no structure", |byte| !b"\"\\".contains(byte)).prop_map(|byte| vec![byte]),
        prop::sample::select(vec!["\\n", "\\\"", "\\\\", "\\ud83d\\ude00", "\\x", "\\u12", "\u{feff}"])
            .prop_map(|text| text.as_bytes().to_vec()),
        Just("long ".repeat(400).into_bytes()),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn filled(template: &str, text: &[u8]) -> Vec<u8> {
    template.as_bytes().split(|byte| *byte == b'@').collect::<Vec<_>>().join(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// B08 as a law: no text changes a number, a row or the next row.
    #[test]
    fn any_text_in_any_pieces_gives_the_same_numbers(
        text in any_text(),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        for (provider, report, template) in TEMPLATES {
            let plain = map(provider, &[(report, &filled(template, b"x"))], &[]).unwrap();
            let body = filled(template, &text);
            let got = map(provider, &[(report, &body)], &cuts);
            let got = got.map_err(|error| TestCaseError::fail(format!("{provider} {report}: {error}")))?;
            prop_assert_eq!(numbers(&got), numbers(&plain), "{} {}", provider, report);
            let whole = map(provider, &[(report, &body)], &[]).unwrap();
            for (key, segment) in &whole.segments {
                prop_assert_eq!(got.segments[key].checksum, segment.checksum, "{} {}", provider, report);
            }
        }
    }
}

/// A name of 10 KB in every row would make every page of a report too large.
#[test]
fn long_text_is_cut_at_a_character_and_long_ids_stay_distinct() {
    let long = "ü".repeat(5_000);
    let body =
        format!("{{\"data\":[{{\"id\":\"{long}1\",\"name\":\"{long}\"}},{{\"id\":\"{long}2\",\"name\":\"é\"}}]}}");
    let mapped = map("openai", &[("members", body.as_bytes())], &[]).unwrap();
    let (ids, names) = (column(&mapped, Dataset::Seats, "subject"), column(&mapped, Dataset::Seats, "name"));
    assert_eq!((ids.len(), names.len()), (2, 2));
    assert_ne!(ids[0], ids[1]);
    for text in ids.iter().chain(&names) {
        let text = text.as_str().unwrap();
        assert!(text.len() <= 1_000 && (text == "é" || text.starts_with("üüü")), "{} bytes", text.len());
    }
}

/// Half a pair, a byte that is not text, and a NUL, at the end of otherwise equal IDs.
#[test]
fn ids_that_differ_only_in_broken_text_stay_distinct() {
    let tails: [&[u8]; 6] = [b"", b"\\ud83d", b"\\ude00", b"\xff", b"\xfe", b"\\u0000"];
    let member = |tail: &&[u8]| [b"{\"id\":\"user".as_slice(), tail, b"\"}"].concat();
    let body =
        [b"{\"data\":[", tails.iter().map(member).collect::<Vec<_>>().join(&b","[..]).as_slice(), b"]}"].concat();
    let mapped = map("openai", &[("members", &body)], &[]).unwrap();
    let mut ids = column(&mapped, Dataset::Seats, "subject");
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 6, "{ids:?}");
    assert!(ids.contains(&json!("user")));
    assert!(ids.iter().all(|id| !id.as_str().unwrap().chars().any(char::is_control)), "{ids:?}");
}

/// Control characters would break a log line, a mail or a terminal.
#[test]
fn control_characters_are_replaced_and_line_breaks_are_spaces() {
    let line = r#"{"day":"2026-11-12","user_id":7,"user_login":"a\u0000b\u001b[31m\nc\u0085d"}"#;
    let mapped = map("github-copilot", &[(LINES, line.as_bytes())], &[]).unwrap();
    let names = column(&mapped, Dataset::Activity, "name");
    assert_eq!(names, ["a\u{fffd}b\u{fffd}[31m c d"]);
}

/// A line that is not text is still refused: the day fails, and none of it is served.
#[test]
fn a_malformed_line_still_fails_the_report_with_its_name() {
    for line in [
        "{\"day\":\"2026-11-12\",\"user_id\":\"7\\ud83d}\n{\"day\":\"2026-11-12\",\"user_id\":8}\n",
        "{\"day\":\"2026-11-12\",\"user_id\":nope}\n{\"day\":\"2026-11-12\",\"user_id\":8}\n",
        "{\"day\":\"2026-11-12\",\"user_login\":\"a\n{\"day\":\"2026-11-12\",\"user_id\":8}\n",
    ] {
        let lines = format!("{{\"day\":\"2026-11-12\",\"user_id\":1}}\n{line}");
        let error = map("github-copilot", &[(LINES, lines.as_bytes())], &[]).err().unwrap();
        assert!(
            matches!(&error, ProviderError::Malformed { detail } if detail.contains("record 2")),
            "{error}: {line}"
        );
    }
    let error = map("openai", &[("members", b"{\"data\":[{\"id\":\"7\\ud83d\"} oops]}")], &[]).err().unwrap();
    assert!(matches!(&error, ProviderError::Malformed { detail } if detail.contains("page 1")), "{error}");
}

fn amount(value: &str) -> Result<Mapped, ProviderError> {
    let page = format!(
        r#"{{"data":[{{"start_time":1794441600,"results":[{{"amount":{{"value":{value},"currency":"usd"}},"line_item":null,"project_id":null}}]}}]}}"#
    );
    map("openai", &[("costs-1-day", page.as_bytes())], &[])
}

/// B23: amounts as text, with exponents, negative, and with more digits than any currency has.
#[test]
fn an_amount_is_read_in_every_format_and_rounded() {
    for (value, micro) in [
        (r#""0.2625000000000000""#, 262_500_i64),
        ("0E-6176", 0),
        ("0E+6111", 0),
        (r#""0E-6176""#, 0),
        ("-3.75", -3_750_000),
        (r#""-3.75""#, -3_750_000),
        ("2.5e-1", 250_000),
        (r#""1E+2""#, 100_000_000),
        ("3", 3_000_000),
        ("0.1000000000000000055511151231257827021181583404541015625", 100_000),
        ("-0.1000000000000000055511151231257827021181583404541015625", -100_000),
        ("123456.7890125000000000000000000000000000000000000000000000001", 123_456_789_013),
        ("1e-400", 0),
    ] {
        let mapped = amount(value).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(column(&mapped, Dataset::Cost, "micro_amount"), [micro], "{value}");
    }
    let rounded = ["0.2625000000000000", "0E-6176", "0.10000000000000000555", "1e-400"]
        .map(|value| amount(value).unwrap().rounded);
    assert_eq!(rounded, [0, 0, 1, 1]);
}

/// An amount that cannot be stored fails the report: without it, the day's cost would be too low.
#[test]
fn an_amount_out_of_range_is_refused_with_its_field() {
    for value in ["1e13", "1e400", "99999999999999999999", r#""much""#, "true", r#""""#, r#""NaN""#] {
        let error = amount(value).err().unwrap_or_else(|| panic!("{value} was taken"));
        let named =
            matches!(&error, ProviderError::Malformed { detail } if detail.contains("data.results.amount.value"));
        assert!(named, "{value}: {error}");
    }
}

fn line(field: &str, value: &str) -> Result<Mapped, ProviderError> {
    let line = format!("{{\"day\":\"2026-11-12\",\"user_id\":7,\"{field}\":{value}}}\n");
    map("github-copilot", &[(LINES, line.as_bytes())], &[])
}

#[test]
fn a_count_is_read_in_every_format() {
    for (value, count) in [
        ("3", 3_i64),
        ("3.0", 3),
        (r#""3""#, 3),
        (r#""3.0""#, 3),
        ("1e3", 1_000),
        (r#""1E3""#, 1_000),
        ("-2", -2),
        (r#""-2""#, -2),
        ("0E-6176", 0),
        ("9007199254740991", 9_007_199_254_740_991),
        (r#""9007199254740991""#, 9_007_199_254_740_991),
    ] {
        let mapped = line("loc_added_sum", value).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(column(&mapped, Dataset::Activity, "lines_added"), [count], "{value}");
    }
    assert_eq!(column(&line("loc_added_sum", "null").unwrap(), Dataset::Activity, "lines_added"), [0; 0]);
}

/// Neither null nor the nearest number is stored: the report fails and names the field.
#[test]
fn an_invalid_or_too_large_count_is_refused_with_its_field() {
    let values = [
        "1.5",
        r#""1.5""#,
        r#""three""#,
        r#""""#,
        "true",
        "[]",
        "9007199254740993",
        "18446744073709551616",
        "1e300",
        "-1e300",
    ];
    for value in values {
        let error = line("loc_added_sum", value).err().unwrap_or_else(|| panic!("{value} was taken"));
        let named = matches!(&error, ProviderError::Malformed { detail } if detail.contains("loc_added_sum"));
        assert!(named, "{value}: {error}");
    }
}

#[test]
fn booleans_are_read_as_number_and_as_text() {
    for (value, active) in
        [("true", 1), ("1", 1), (r#""true""#, 1), ("\"1\"", 1), ("false", 0), ("0", 0), (r#""False""#, 0)]
    {
        let page = format!(r#"{{"data":[{{"day":"2026-11-12","email":"a@acme.test","isActive":{value}}}]}}"#);
        let mapped = map("cursor", &[("daily-usage-1-day", page.as_bytes())], &[]);
        let mapped = mapped.unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(column(&mapped, Dataset::Activity, "active"), [active], "{value}");
    }
    let page = r#"{"data":[{"day":"2026-11-12","email":"a@acme.test","isActive":"perhaps"}]}"#;
    let error = map("cursor", &[("daily-usage-1-day", page.as_bytes())], &[]).err().unwrap();
    assert!(error.to_string().contains("data.isActive"), "{error}");
}

#[test]
fn a_day_may_be_written_as_a_time() {
    for written in ["2026-11-12", "2026-11-12T00:00:00Z", "2026-11-12T00:00:00.000+00:00", "2026-11-12 00:00:00"] {
        let line = format!("{{\"day\":\"{written}\",\"user_id\":7,\"loc_added_sum\":3}}\n");
        let mapped = map("github-copilot", &[(LINES, line.as_bytes())], &[]);
        let mapped = mapped.unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(column(&mapped, Dataset::Activity, "lines_added"), [3], "{written}");
    }
    for written in ["2026-02-30", "2026-11-12X", "soon", ""] {
        let line = format!("{{\"day\":\"{written}\",\"user_id\":7}}\n");
        let error = map("github-copilot", &[(LINES, line.as_bytes())], &[]).err().unwrap();
        assert!(error.to_string().contains("day"), "{written}: {error}");
    }
}

#[test]
fn a_ratio_and_an_id_are_read_as_number_and_as_text() {
    for value in ["12.5", r#""12.5""#, "1.25e1"] {
        let line = format!(
            "{{\"day\":\"2026-11-12\",\"repo_id\":7,\"pull_requests\":{{\"median_minutes_to_merge\":{value}}}}}\n"
        );
        let mapped = map("github-copilot", &[("repos-1-day", line.as_bytes())], &[]);
        let mapped = mapped.unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(column(&mapped, Dataset::PullRequests, "median_minutes_to_merge"), [12.5], "{value}");
    }
    for (id, stored) in [("7", "7"), ("\"7\"", "7"), ("7.0", "7"), ("9223372036854775808", "9223372036854775808")] {
        let mapped = map("github-copilot", &[(LINES, format!("{{\"user_id\":{id}}}").as_bytes())], &[]);
        let mapped = mapped.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(column(&mapped, Dataset::Activity, "subject"), [stored], "{id}");
    }
    // As a float, the ID has lost digits, and two people would become one.
    let error = map("github-copilot", &[(LINES, b"{\"user_id\":184467440737095516160}")], &[]).err().unwrap();
    assert!(error.to_string().contains("user_id"), "{error}");
}
