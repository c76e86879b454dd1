//! `pairmeter usage`, `breakdown`, `tokens`, `costs`, `pull-requests`, `people`, `teams`, `seats` and `freshness`:
//! the reports of the API, as tables.

use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::arguments;
use crate::failure::{Done, Failure};
use crate::local_app::LocalApp;
use crate::show::{self, Align, QUIET, Table, styled};

/// The API's maximum page size; a narrower query gives the rest.
const MAX_ROWS: u32 = 10_000;

const LEFT: Align = Align::Left;
const RIGHT: Align = Align::Right;

/// A column: its title, the position of its value in a row, and its alignment.
type Column = (&'static str, &'static str, Align);

const PERIOD: [Column; 2] = [("day", "/day", LEFT), ("who", "/subject/name", LEFT)];

pub(super) async fn usage(local: &LocalApp, arguments: arguments::Range, json: bool) -> Done {
    let query = question(local, &arguments, []).await?;
    let answer = local.app.reports().usage.run(query).await?;
    let metrics = [
        ("active", "/metrics/active", RIGHT),
        ("engaged", "/metrics/engaged", RIGHT),
        ("suggested", "/metrics/completions_suggested", RIGHT),
        ("accepted", "/metrics/completions_accepted", RIGHT),
        ("lines added", "/metrics/lines_added", RIGHT),
        ("chats", "/metrics/chat_turns", RIGHT),
        ("agents", "/metrics/agent_requests", RIGHT),
        ("credits", "/metrics/credits", RIGHT),
    ];
    print(&answer, &[PERIOD.as_slice(), &metrics].concat(), json)
}

pub(super) async fn breakdown(local: &LocalApp, asked: arguments::Breakdown, json: bool) -> Done {
    let arguments::Breakdown { by, split, range: arguments } = asked;
    let split = split.and_then(|split| split.to_possible_value()).map(|value| value.get_name().to_owned());
    let by = by.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let query = question(local, &arguments, [("by", Some(by)), ("split", split.clone())]).await?;
    let answer = local.app.reports().breakdown.run(query).await?;
    let mut columns = vec![
        ("value", "/value", LEFT),
        ("people", "/users", RIGHT),
        ("suggested", "/metrics/completions_suggested", RIGHT),
        ("accepted", "/metrics/completions_accepted", RIGHT),
        ("prompts", "/metrics/interactions", RIGHT),
        ("generations", "/metrics/generations", RIGHT),
        ("acceptances", "/metrics/acceptances", RIGHT),
        ("lines added", "/metrics/lines_added", RIGHT),
    ];
    match split.as_deref() {
        Some("person") => columns.insert(1, ("who", "/subject/name", LEFT)),
        Some(_) => columns.insert(1, ("team", "/team/name", LEFT)),
        None => {}
    }
    if arguments.interval.is_some() {
        columns.insert(0, ("day", "/day", LEFT));
    }
    print(&answer, &columns, json)
}

pub(super) async fn tokens(local: &LocalApp, arguments: arguments::Tokens, json: bool) -> Done {
    let arguments::Tokens { range, by, model, surface, email } = arguments;
    let groups: Vec<_> = by.iter().filter_map(ValueEnum::to_possible_value).collect();
    let names: Vec<_> = groups.iter().map(|value| value.get_name().to_owned()).collect();
    let group = (!names.is_empty()).then(|| names.join(","));
    let fields = [("by", group), ("model", model), ("surface", surface), ("email", email.clone())];
    let query = question(local, &range, fields).await?;
    let answer = local.app.reports().tokens.run(query).await?;
    let mut columns = vec![("day", "/day", LEFT), ("provider", "/provider", LEFT)];
    let has = |name: &str| names.iter().any(|known| known == name);
    if has("person") || email.is_some() || range.subject.is_some() {
        columns.extend([("who", "/subject/name", LEFT), ("e-mail", "/subject/email", LEFT)]);
    }
    let places = [("team", "/team/name"), ("model", "/model"), ("surface", "/surface")];
    columns.extend(places.into_iter().filter(|(name, _)| has(name)).map(|(name, place)| (name, place, LEFT)));
    columns.extend([
        ("requests", "/metrics/requests", RIGHT),
        ("uncached in", "/metrics/tokens_in_uncached", RIGHT),
        ("cache read", "/metrics/tokens_cache_read", RIGHT),
        ("cache write", "/metrics/tokens_cache_write", RIGHT),
        ("out", "/metrics/tokens_out", RIGHT),
        ("cache hits", "/metrics/cache_hit_rate", RIGHT),
    ]);
    print(&answer, &columns, json)
}

pub(super) async fn costs(local: &LocalApp, arguments: arguments::Costs, json: bool) -> Done {
    let arguments::Costs { range, by, basis, email } = arguments;
    let splits: Vec<_> = by.iter().filter_map(ValueEnum::to_possible_value).collect();
    let names: Vec<_> = splits.iter().map(|value| value.get_name().replace('-', "_")).collect();
    let split = (!names.is_empty()).then(|| names.join(","));
    let query = question(local, &range, [("by", split), ("basis", basis), ("email", email.clone())]).await?;
    let answer = local.app.reports().costs.run(query).await?;
    let mut columns = vec![("day", "/day", LEFT), ("provider", "/provider", LEFT), ("basis", "/basis", LEFT)];
    if names.iter().any(|name| name == "person") || email.is_some() || range.subject.is_some() {
        columns.extend([("who", "/subject/name", LEFT), ("e-mail", "/subject/email", LEFT)]);
    }
    let places = [
        ("team", "team", "/team/name"),
        ("model", "model", "/model"),
        ("line_item", "line item", "/line_item"),
        ("project", "project", "/project"),
    ];
    let asked = places.iter().filter(|(name, ..)| names.iter().any(|known| known == name));
    columns.extend(asked.map(|(_, title, place)| (*title, *place, LEFT)));
    columns.extend([("amount", "/amount", RIGHT), ("", "/currency", LEFT)]);
    let lacking = answer.rows.iter().filter(|row| row.unpriced > 0).count();
    if lacking > 0 {
        columns.push(("without amount", "/unpriced", RIGHT));
    }
    columns.push(("credits", "/credits", RIGHT));
    let code = print(&answer, &columns, json)?;
    if lacking > 0 && !json {
        let rows = answer.rows.len();
        let text = format_args!("{lacking} of {rows} rows have uses without an amount: their amounts are lower bounds");
        show::line(styled(QUIET, text));
    }
    Ok(code)
}

pub(super) async fn pull_requests(local: &LocalApp, arguments: arguments::Range, json: bool) -> Done {
    let query = question(local, &arguments, []).await?;
    let answer = local.app.reports().pull_requests.run(query).await?;
    let metrics = [
        ("created", "/metrics/created", RIGHT),
        ("by Copilot", "/metrics/created_by_copilot", RIGHT),
        ("reviewed", "/metrics/reviewed", RIGHT),
        ("by Copilot", "/metrics/reviewed_by_copilot", RIGHT),
        ("merged", "/metrics/merged", RIGHT),
        ("minutes to merge", "/metrics/median_minutes_to_merge", RIGHT),
    ];
    print(&answer, &[PERIOD.as_slice(), &metrics].concat(), json)
}

pub(super) async fn people(local: &LocalApp, arguments: arguments::People, json: bool) -> Done {
    let arguments::People { id, from, to, connector: wanted, team, search } = arguments;
    let days = [("from", from.map(|day| day.to_string())), ("to", to.map(|day| day.to_string()))];
    if let Some(id) = id {
        let answer = local.app.reports().people.one(&id, parse(days)?).await?;
        if json {
            show::json(&answer);
            return Ok(ExitCode::SUCCESS);
        }
        let person = &answer.person;
        let name = person.name.as_ref().or(person.email.as_ref()).unwrap_or(&person.id.0);
        show::line(format_args!("{name} · active on {} days", person.active_days));
        let columns = [
            ("provider", "/provider", LEFT),
            ("known as", "/name", LEFT),
            ("e-mail", "/email", LEFT),
            ("id there", "/subject", LEFT),
            ("first seen", "/first_seen", LEFT),
            ("identity", "/id", LEFT),
        ];
        return print(&serde_json::json!({ "rows": answer.identities }), &columns, false);
    }
    let connector = connector(local, wanted.as_deref()).await?;
    let more = [("connector", connector), ("team", team), ("search", search)];
    let fixed = [("sort", "active_days"), ("order", "desc")].map(|(name, value)| (name, Some(value.to_owned())));
    let mut query = given(days.into_iter().chain(more).chain(fixed));
    query.insert("limit".to_owned(), MAX_ROWS.into());
    let answer = local.app.reports().people.run(read(query)?).await?;
    let columns = [
        ("name", "/name", LEFT),
        ("e-mail", "/email", LEFT),
        ("assistants", "/providers", RIGHT),
        ("active days", "/active_days", RIGHT),
        ("last active", "/last_active", LEFT),
        ("id", "/id", LEFT),
    ];
    let code = print(&answer, &columns, json)?;
    if !json {
        show::line(styled(QUIET, format_args!("{} people, {} of them active", answer.total, answer.active)));
    }
    Ok(code)
}

pub(super) async fn teams(local: &LocalApp, arguments: arguments::Teams, json: bool) -> Done {
    let arguments::Teams { from, to, connector: wanted, search } = arguments;
    let days = [("from", from.map(|day| day.to_string())), ("to", to.map(|day| day.to_string()))];
    let connector = connector(local, wanted.as_deref()).await?;
    let mut query = given(days.into_iter().chain([("connector", connector), ("search", search)]));
    query.insert("limit".to_owned(), MAX_ROWS.into());
    let answer = local.app.reports().teams.run(read(query)?).await?;
    let columns = [
        ("team", "/name", LEFT),
        ("provider", "/provider", LEFT),
        ("people", "/people", RIGHT),
        ("active", "/active", RIGHT),
        ("id", "/id", LEFT),
    ];
    let code = print(&answer, &columns, json)?;
    if !json && answer.total > 0 {
        show::line(styled(QUIET, "members of several teams count in each: teams do not add up"));
    }
    Ok(code)
}

pub(super) async fn seats(local: &LocalApp, arguments: arguments::Seats, json: bool) -> Done {
    let arguments::Seats { connector: wanted, day, search, used, sort, order } = arguments;
    let connector = connector(local, wanted.as_deref()).await?;
    let day = day.map(|day| day.to_string());
    let query = parse([
        ("connector", connector),
        ("day", day),
        ("search", search),
        ("use", used),
        ("sort", sort),
        ("order", order),
    ])?;
    let answer = local.app.reports().seats.run(query).await?;
    let columns = [
        ("who", "/subject/name", LEFT),
        ("plan", "/plan", LEFT),
        ("team", "/assigning_team", LEFT),
        ("last activity", "/last_activity_at", LEFT),
        ("in", "/last_activity_in", LEFT),
        ("use", "/use", LEFT),
        ("idle days", "/idle_days", RIGHT),
        ("ends", "/pending_cancellation", LEFT),
    ];
    let code = print(&answer, &columns, json)?;
    if !json {
        let summary = &answer.summary;
        show::line(styled(
            QUIET,
            format_args!(
                "{} seats: {} used in the last 28 days, {} idle, {} never used, {} with unknown usage, {} ending",
                summary.total,
                summary.active_28d,
                summary.idle_28d,
                summary.never_active,
                summary.unknown,
                summary.pending_cancellation
            ),
        ));
    }
    Ok(code)
}

pub(super) async fn freshness(local: &LocalApp, json: bool) -> Done {
    let answer = local.app.reports().freshness.run(parse([])?).await?;
    let columns = [
        ("connector", "/name", LEFT),
        ("state", "/state", LEFT),
        ("complete through", "/complete_through", LEFT),
        ("latest day", "/latest_day", LEFT),
        ("pending", "/pending", RIGHT),
        ("failed", "/failed", RIGHT),
        ("holes", "/holes", RIGHT),
        ("no data", "/no_data", RIGHT),
    ];
    print(&answer, &columns, json)
}

async fn question<Q: DeserializeOwned>(
    local: &LocalApp,
    range: &arguments::Range,
    more: impl IntoIterator<Item = (&'static str, Option<String>)>,
) -> Result<Q, Failure> {
    let connector = connector(local, range.connector.as_deref()).await?;
    let asked = [
        ("from", range.from.map(|day| day.to_string())),
        ("to", range.to.map(|day| day.to_string())),
        ("connector", connector),
        ("interval", range.interval.clone()),
        ("level", range.level.clone()),
        ("subject", range.subject.clone()),
        ("team", range.team.clone()),
        ("person", range.person.clone()),
    ];
    let mut query = given(asked.into_iter().chain(more));
    query.insert("limit".to_owned(), MAX_ROWS.into());
    read(query)
}

async fn connector(local: &LocalApp, wanted: Option<&str>) -> Result<Option<String>, Failure> {
    match wanted {
        Some(wanted) => Ok(Some(super::find(local, wanted).await?.id.0)),
        None => Ok(None),
    }
}

/// The query as the API would parse it, so that both refuse the same input.
fn parse<Q: DeserializeOwned>(fields: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Result<Q, Failure> {
    read(given(fields))
}

fn given(fields: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Map<String, Value> {
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    given.collect()
}

fn read<Q: DeserializeOwned>(query: Map<String, Value>) -> Result<Q, Failure> {
    serde_json::from_value(Value::Object(query)).map_err(|error| Failure::Usage(error.to_string()))
}

fn print(answer: &impl Serialize, columns: &[Column], json: bool) -> Done {
    let answer = serde_json::to_value(answer).map_err(std::io::Error::other)?;
    if json {
        show::json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let rows = answer.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        show::line("no data is stored for this query");
        show::line("next: `pairmeter freshness` shows which days are stored, `pairmeter poll` fetches missing days");
        return Ok(ExitCode::SUCCESS);
    }
    let titles: Vec<_> = columns.iter().map(|(title, _, align)| (*title, *align)).collect();
    let mut table = Table::new(&titles);
    for row in rows {
        table.row(columns.iter().map(|(_, pointer, _)| match (*pointer, row.pointer(pointer)) {
            // Amounts are rounded to cents.
            ("/amount", Some(Value::Number(amount))) => format!("{:.2}", amount.as_f64().unwrap_or_default()),
            ("/metrics/cache_hit_rate", Some(Value::Number(rate))) => {
                format!("{:.1}%", 100.0 * rate.as_f64().unwrap_or_default())
            }
            (_, value) => cell(value),
        }));
    }
    table.print();
    let is_provisional = |row: &&Value| row.get("provisional") == Some(&Value::Bool(true));
    let provisional = rows.iter().filter(is_provisional).count();
    if provisional > 0 {
        show::line(styled(QUIET, format_args!("{provisional} of {} rows may still change", rows.len())));
    }
    if answer.get("next_cursor").is_some_and(|cursor| !cursor.is_null()) {
        show::line(styled(QUIET, "more rows are stored; narrow the query, or read the API page by page"));
    }
    Ok(ExitCode::SUCCESS)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => show::missing(),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(whole) => show::count(Some(whole)),
            None => format!("{:.1}", number.as_f64().unwrap_or_default()),
        },
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list.len().to_string(),
        Some(other) => other.to_string(),
    }
}
