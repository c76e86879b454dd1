//! Tokens by person, team, model and surface: by day, week or month, and as asked by person, team, model or surface.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Interval, Page, PersonRef, Scope, Sources, Subject, TeamOrder, TeamRef};
use crate::error::Error;
use crate::query::{Cut, Filter, Key, Measure, PageRequest, Query, Row, SubjectOrder};
use crate::words::{ConnectorId, Dataset, Day, Level, PersonId};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TokensQuery {
    /// First day, inclusive, UTC. 28 days up to `to` when absent; at most 1,100 days.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC. Yesterday when absent.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `anthropic`.
    pub provider: Option<String>,
    /// The period of a row.
    #[param(inline)]
    pub interval: Interval,
    /// The grouping, separated by commas: `person`, `team`, `model`, `surface`. Default: one row for each connector and
    /// period. A member of several teams counts in each.
    #[param(example = "person,model", pattern = "^(person|team|model|surface)(,(person|team|model|surface))*$")]
    pub by: Option<String>,
    /// The level of the rows. Default: `organization`, unless people, teams or a subject are requested.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only this subject, by the provider's stable id: a person, an API key or a service account.
    pub subject: Option<String>,
    /// Only the person with this e-mail address, at every provider.
    pub email: Option<String>,
    /// Only this person, by the id of `/v1/people`, at every provider.
    pub person: Option<String>,
    /// Only people who were in this team on each day, by id or slug.
    pub team: Option<String>,
    /// Only this model.
    pub model: Option<String>,
    /// Only this surface: the product or interface, where a provider has several.
    pub surface: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// One group in one period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TokenRow {
    /// The first day of the period; null when the row covers the whole range.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    pub provider: String,
    pub connector: ConnectorId,
    pub level: Level,
    /// Null unless rows are grouped by person; with an empty id for unattributed use.
    #[schema(required)]
    pub subject: Option<Subject>,
    /// The person, the same at every provider. Null for unattributed use, and unless rows are grouped by person.
    #[schema(required)]
    pub person: Option<PersonRef>,
    /// Null unless rows are grouped by team; with an empty id for people without a team.
    #[schema(required)]
    pub team: Option<TeamRef>,
    #[schema(required)]
    pub model: Option<String>,
    #[schema(required)]
    pub surface: Option<String>,
    pub metrics: TokenMetrics,
    /// Days of the period with stored data.
    pub days: u32,
    /// The row covers part of the period: the range ends within it, or days are missing.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// Null: the provider does not report it; zero: the provider counted none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct TokenMetrics {
    #[schema(required)]
    pub requests: Option<i64>,
    /// All input: uncached, read from the cache and written to it, as far as the provider reports it.
    #[schema(required)]
    pub tokens_in: Option<i64>,
    #[schema(required)]
    pub tokens_in_uncached: Option<i64>,
    #[schema(required)]
    pub tokens_cache_read: Option<i64>,
    #[schema(required)]
    pub tokens_cache_write: Option<i64>,
    #[schema(required)]
    pub tokens_out: Option<i64>,
    /// The share of the input that was read from the cache, 0 to 1. Null without input, or if the provider never
    /// separates cached from uncached input. If only some rows do not separate them, their input counts as uncached.
    #[schema(required)]
    pub cache_hit_rate: Option<f64>,
}

/// Reads tokens.
#[derive(Clone)]
pub struct Tokens(pub Sources);

/// The order of rows: period, most tokens, then connector and what they are grouped by.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey {
    day: Option<Day>,
    tokens: Reverse<i64>,
    connector: ConnectorId,
    level: Level,
    subject: Option<SubjectOrder>,
    team: Option<TeamOrder>,
    group: [Option<String>; 2],
}

/// In the order of [`metrics`].
const MEASURES: [&str; 5] = ["requests", "tokens_in_uncached", "tokens_cache_read", "tokens_cache_write", "tokens_out"];

/// What rows can be grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Person,
    Team,
    Model,
    Surface,
}

impl Tokens {
    pub async fn run(&self, mut query: TokensQuery) -> Result<Page<TokenRow>, Error> {
        let days = report::range(query.from, query.to, self.0.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowKey>()?;
        let mut groups = groups(query.by.as_deref())?;
        let is_about_people = query.subject.is_some() || query.email.is_some() || query.person.is_some();
        let levels = match query.level {
            Some(level) => vec![level],
            None if is_about_people || query.team.is_some() => Cut::ATTRIBUTED.to_vec(),
            None if groups.contains(&Group::Person) || groups.contains(&Group::Team) => Cut::ATTRIBUTED.to_vec(),
            None => vec![Level::Organization],
        };
        if is_about_people {
            groups.insert(Group::Person);
        }
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        // A team has one row, of people and of what acts for them.
        let is_by_level = levels.len() == 1 || !groups.contains(&Group::Team);
        let by_level = is_by_level.then(|| Key::Column("level".to_owned()));
        let needs_people = levels != [Level::Organization] || query.level.is_some();
        let scope = match needs_people {
            true => self.0.people(connector, provider).await?,
            false => self.0.accounts(connector, provider).await?,
        };
        let texts = [("model", &query.model), ("surface", &query.surface)];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)));
        let asked = Query {
            dataset: Dataset::ModelUsage,
            days,
            interval: query.interval,
            filter: Filter {
                texts: texts.collect(),
                subject: query.subject.clone(),
                person: query.person.clone().map(PersonId),
                email: query.email.clone(),
                team: query.team.clone(),
            },
            cuts: vec![Cut {
                levels: levels.clone(),
                by: groups.iter().map(|it| it.key()).chain(by_level).collect(),
                labels: Vec::new(),
            }],
            measures: MEASURES.map(|name| Measure::Column(name.to_owned())).into(),
        };
        let answer = self.0.answer(&scope, &asked).await?;
        let rows = answer.rows(0).map(|row| token_row(&query, &groups, &scope, row)).collect();
        let (rows, next_cursor) = page.page(rows, row_key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }
}

impl Group {
    fn key(self) -> Key {
        match self {
            Group::Person => Key::Subject,
            Group::Team => Key::Team,
            Group::Model => Key::Column("model".to_owned()),
            Group::Surface => Key::Column("surface".to_owned()),
        }
    }
}

fn groups(by: Option<&str>) -> Result<BTreeSet<Group>, Error> {
    let names = by.into_iter().flat_map(|by| by.split(',')).map(str::trim);
    names
        .map(|name| match name {
            "person" => Ok(Group::Person),
            "team" => Ok(Group::Team),
            "model" => Ok(Group::Model),
            "surface" => Ok(Group::Surface),
            _ => Err(Error::invalid("by", "must be of person, team, model and surface, separated by commas")),
        })
        .collect()
}

fn token_row(query: &TokensQuery, groups: &BTreeSet<Group>, scope: &Scope, row: Row<'_>) -> TokenRow {
    let (persons, id) = (&scope.persons, row.connector.id.clone());
    let key = |wanted: Group| {
        let place = groups.iter().position(|group| *group == wanted)?;
        row.key(place).map(str::to_owned)
    };
    TokenRow {
        day: (query.interval != Interval::Total).then(|| row.day()),
        provider: row.connector.provider.clone(),
        connector: id.clone(),
        level: row.key(groups.len()).and_then(Level::parse).unwrap_or(Level::User),
        person: key(Group::Person).and_then(|subject| PersonRef::of(persons, &id, &subject)),
        subject: key(Group::Person).map(|subject| Subject::known(persons, &id, &subject)),
        team: key(Group::Team).map(|team| TeamRef::of(persons, &team)),
        model: key(Group::Model),
        surface: key(Group::Surface),
        metrics: metrics([0, 1, 2, 3, 4].map(|measure| row.value(measure).map(i64::from))),
        days: row.days(),
        partial: row.is_partial(),
        provisional: row.is_provisional(),
    }
}

fn metrics([requests, uncached, cache_read, cache_write, out]: [Option<i64>; 5]) -> TokenMetrics {
    let known: Vec<i64> = [uncached, cache_read, cache_write].into_iter().flatten().collect();
    let tokens_in = (!known.is_empty()).then(|| known.iter().fold(0i64, |sum, part| sum.saturating_add(*part)));
    let cache_hit_rate = match (uncached, cache_read, tokens_in) {
        (Some(_), Some(read), Some(all)) if all > 0 => Some(read as f64 / all as f64),
        _ => None,
    };
    TokenMetrics {
        requests,
        tokens_in,
        tokens_in_uncached: uncached,
        tokens_cache_read: cache_read,
        tokens_cache_write: cache_write,
        tokens_out: out,
        // Four digits are a hundredth of a percent.
        cache_hit_rate: cache_hit_rate.map(|rate| (rate * 1e4).round() / 1e4),
    }
}

fn row_key(row: &TokenRow) -> RowKey {
    let order = |subject: &Option<Subject>| subject.as_ref().map(|subject| SubjectOrder(subject.id.clone()));
    let TokenMetrics { tokens_in, tokens_out, .. } = row.metrics;
    RowKey {
        day: row.day,
        tokens: Reverse(tokens_in.unwrap_or(0).saturating_add(tokens_out.unwrap_or(0))),
        connector: row.connector.clone(),
        level: row.level,
        subject: order(&row.subject),
        team: row.team.as_ref().map(TeamOrder::of),
        group: [row.model.clone(), row.surface.clone()],
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::memory::{Memory, day};
    use crate::segment::{Activity, ModelUsage};

    const ROW: ModelUsage<'static> = ModelUsage {
        level: Level::User,
        subject: "",
        name: None,
        email: None,
        model: Some("opus"),
        surface: Some("cli"),
        requests: Some(1),
        tokens_in_uncached: Some(100),
        tokens_cache_read: Some(300),
        tokens_cache_write: None,
        tokens_out: Some(10),
    };

    fn member<'a>(subject: &'a str, teams: &'a str) -> Activity<'a> {
        Activity { level: Level::User, subject, teams: Some(teams), active: Some(1), ..Activity::default() }
    }

    /// Anna (7) is in team 1 on Monday and in teams 1 and 2 on Tuesday; Ben (12) is in team 2. On Monday Anna has one request
    /// to opus, on Tuesday one to gpt without a word on caching; Ben has one to opus on Tuesday, and one is unattributed.
    fn week() -> Memory {
        let anna = ModelUsage { subject: "7", email: Some("Anna@octo.example"), ..ROW };
        let ben = ModelUsage { subject: "12", ..ROW };
        let gpt = ModelUsage { model: Some("gpt"), tokens_in_uncached: None, tokens_cache_read: None, ..anna };
        let team = |subject| Activity { level: Level::Team, subject, name: Some("core"), ..Activity::default() };
        Memory::default()
            .connector("a", "one")
            .rows("a", "2026-11-16", &[member("7", "1"), member("12", "2"), team("1")])
            .rows("a", "2026-11-17", &[member("7", "1,2"), member("12", "2")])
            .rows("a", "2026-11-16", &[anna, ModelUsage { level: Level::Organization, subject: "octo", ..ROW }])
            .rows("a", "2026-11-17", &[gpt, ben, ROW])
    }

    async fn ask(query: TokensQuery) -> Vec<TokenRow> {
        let memory = Arc::new(week());
        let tokens = Tokens(Sources::of(memory));
        let range = (Some(day("2026-11-16")), Some(day("2026-11-17")));
        tokens.run(TokensQuery { from: range.0, to: range.1, interval: Interval::Total, ..query }).await.unwrap().rows
    }

    /// Subject, team, model, requests, all input.
    async fn brief(query: TokensQuery) -> Vec<String> {
        let line = |row: TokenRow| {
            let id = |subject: Option<Subject>| subject.map_or("-".to_owned(), |it| format!("<{}>", it.id));
            let model = row.model.unwrap_or_else(|| "-".to_owned());
            let number = |number: Option<i64>| number.map_or("null".to_owned(), |number| number.to_string());
            let TokenMetrics { requests, tokens_in, .. } = row.metrics;
            let team = row.team.map_or("-".to_owned(), |team| format!("<{}>", team.id));
            format!("{} {team} {model} {} {}", id(row.subject), number(requests), number(tokens_in))
        };
        ask(query).await.into_iter().map(line).collect()
    }

    fn by(by: &str) -> TokensQuery {
        TokensQuery { by: Some(by.to_owned()), ..TokensQuery::default() }
    }

    #[tokio::test]
    async fn people_and_unattributed_use_are_rows_of_their_own() {
        assert_eq!(brief(by("person")).await, ["<7> - - 2 400", "<12> - - 1 400", "<> - - 1 400"]);
    }

    #[tokio::test]
    async fn tokens_of_a_team_are_those_of_its_members_on_the_day() {
        // Team 1: Anna on both days. Team 2: Anna on Tuesday, Ben on Tuesday.
        // Of no team: the unattributed request.
        assert_eq!(brief(by("team")).await, ["- <1> - 2 400", "- <2> - 2 400", "- <> - 1 400"]);
        let rows = ask(by("team")).await;
        let names: Vec<_> = rows.into_iter().map(|row| row.team.unwrap().name).collect();
        assert_eq!(names, [Some("core".to_owned()), None, None]);
        let of_team = TokensQuery { team: Some("2".to_owned()), ..by("model") };
        assert_eq!(brief(of_team).await, ["- - opus 1 400", "- - gpt 1 null"]);
    }

    #[tokio::test]
    async fn the_cache_hit_rate_is_null_where_the_provider_does_not_tell_caching() {
        let rows = ask(TokensQuery { email: Some("anna@OCTO.example".to_owned()), ..by("model") }).await;
        let rates: Vec<_> =
            rows.iter().map(|row| (row.model.as_deref().unwrap(), row.metrics.cache_hit_rate)).collect();
        assert_eq!(rates, [("opus", Some(0.75)), ("gpt", None)]);
    }

    #[tokio::test]
    async fn without_groups_the_accounts_own_rows_are_summed() {
        assert_eq!(brief(TokensQuery::default()).await, ["- - - 1 400"]);
    }

    #[tokio::test]
    async fn an_unknown_group_is_refused() {
        let memory = Arc::new(week());
        let tokens = Tokens(Sources::of(memory));
        let refused = tokens.run(by("editor")).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { field, .. } if field == "by"));
    }
}
