//! Costs: by day, week or month, by basis, and as asked by person, model, line item or project.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Interval, Page, PersonRef, Scope, Sources, Subject, TeamOrder, TeamRef};
use crate::error::Error;
use crate::query::{Cut, Filter, Key, Measure, PageRequest, Query, Row, SubjectOrder};
use crate::words::{ConnectorId, Dataset, Day, Decimal, Level, PersonId};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CostsQuery {
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
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// The period of a row.
    #[param(inline)]
    pub interval: Interval,
    /// The grouping within each basis, separated by commas: `person`, `team`, `model`, `line_item`, `project`. Rows
    /// always separate bases. A member of several teams counts in each.
    #[param(
        example = "person,model",
        pattern = "^(basis|person|team|model|line_item|project)(,(basis|person|team|model|line_item|project))*$"
    )]
    pub by: Option<String>,
    /// Only this basis: `billed`, `metered`, `included`, `estimated`, `list`, `seat` or `unknown`.
    pub basis: Option<String>,
    /// The level of the rows: `organization`, or with `by=person` all subjects below it. Unattributed cost is a row
    /// with an empty `subject.id`.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only this subject, by the provider's stable id; the default `level` is `user`.
    pub subject: Option<String>,
    /// Only the person with this e-mail address, at every provider.
    pub email: Option<String>,
    /// Only this person, by the id of `/v1/people`, at every provider.
    pub person: Option<String>,
    /// Only people who were in this team on each day, by id or slug.
    pub team: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// One basis in one period and group.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CostRow {
    /// The first day of the period; null when the row covers the whole range.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    pub provider: String,
    pub connector: ConnectorId,
    pub level: Level,
    /// Null unless rows are split by person; with an empty id for unattributed cost.
    #[schema(required)]
    pub subject: Option<Subject>,
    /// The person, the same at every provider. Null for unattributed use, and unless rows are split by person.
    #[schema(required)]
    pub person: Option<PersonRef>,
    /// Null unless rows are split by team; with an empty id for cost without a team.
    #[schema(required)]
    pub team: Option<TeamRef>,
    /// `billed`: on the invoice. `metered`: usage-based charges on top of the plan. `included`: covered by the plan.
    /// `estimated`: the provider's estimate. `list`: the price before discounts. `seat`: the price of a seat.
    /// `unknown`: the provider does not say whether it charges the amount.
    pub basis: String,
    #[schema(required)]
    pub model: Option<String>,
    #[schema(required)]
    pub line_item: Option<String>,
    #[schema(required)]
    pub project: Option<String>,
    /// ISO 4217; null if the provider reports only credits.
    #[schema(required)]
    pub currency: Option<String>,
    /// Null if the provider reports no amount; negative for a refund.
    #[schema(required)]
    pub amount: Option<Decimal>,
    /// Uses without an amount from the provider. If there are any, `amount` is a lower bound and the row is partial.
    #[schema(minimum = 0)]
    pub unpriced: i64,
    #[schema(required)]
    pub credits: Option<Decimal>,
    /// Days of the period with stored data.
    pub days: u32,
    /// The row covers part of the period: the range ends within it, days are missing, or uses have no amount.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// Reads costs.
#[derive(Clone)]
pub struct Costs(pub Sources);

/// The order of rows: period, basis, most money, most credits, then connector and what they are split by.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct RowKey {
    day: Option<Day>,
    basis: String,
    amount: Reverse<i64>,
    credits: Reverse<i64>,
    connector: ConnectorId,
    level: Level,
    subject: Option<SubjectOrder>,
    team: Option<TeamOrder>,
    split: [Option<String>; 4],
}

impl Costs {
    pub async fn run(&self, mut query: CostsQuery) -> Result<Page<CostRow>, Error> {
        let days = report::range(query.from, query.to, self.0.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowKey>()?;
        let mut splits = splits(query.by.as_deref())?;
        let levels = levels(&query, &splits);
        if query.subject.is_some() || query.email.is_some() || query.person.is_some() {
            splits.insert(Split::Person);
        }
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let scope = match levels == [Level::Organization] {
            true => self.0.accounts(connector, provider).await?,
            false => self.0.people(connector, provider).await?,
        };
        let by = ["basis", "currency"].map(|name| Key::Column(name.to_owned()));
        // A team has one row of a basis, of people and of what acts for them.
        let is_by_level = levels.len() == 1 || !splits.contains(&Split::Team);
        let by_level = is_by_level.then(|| Key::Column("level".to_owned()));
        let asked = Query {
            dataset: Dataset::Cost,
            days,
            interval: query.interval,
            filter: Filter {
                texts: query.basis.iter().map(|basis| ("basis".to_owned(), basis.clone())).collect(),
                subject: query.subject.clone(),
                person: query.person.clone().map(PersonId),
                email: query.email.clone(),
                team: query.team.clone(),
            },
            cuts: vec![Cut {
                levels,
                by: by.into_iter().chain(splits.iter().map(|split| split.key())).chain(by_level).collect(),
                labels: Vec::new(),
            }],
            measures: MEASURES.map(|name| Measure::Column(name.to_owned())).into(),
        };
        let answer = self.0.answer(&scope, &asked).await?;
        let rows = answer.rows(0).map(|row| cost_row(&query, &splits, &scope, row)).collect();
        let (rows, next_cursor) = page.page(rows, row_key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }
}

/// In the order of the columns of [`cost_row`].
const MEASURES: [&str; 3] = ["micro_amount", "unpriced", "micro_credits"];

fn levels(query: &CostsQuery, splits: &BTreeSet<Split>) -> Vec<Level> {
    let is_about_one = query.subject.is_some() || query.email.is_some() || query.person.is_some();
    match query.level {
        // Who was in a team is known of people only.
        _ if query.team.is_some() => vec![Level::User],
        Some(level) => vec![level],
        None if is_about_one => vec![Level::User],
        None if splits.contains(&Split::Person) || splits.contains(&Split::Team) => Cut::ATTRIBUTED.to_vec(),
        None => vec![Level::Organization],
    }
}

fn cost_row(query: &CostsQuery, splits: &BTreeSet<Split>, scope: &Scope, row: Row<'_>) -> CostRow {
    let (persons, id) = (&scope.persons, row.connector.id.clone());
    let key = |place: usize| row.key(place).map(str::to_owned);
    let split = |wanted: Split| splits.iter().position(|split| *split == wanted).and_then(|place| key(2 + place));
    let [amount, unpriced, credits] = [0, 1, 2].map(|measure| row.value(measure).map(i64::from));
    let unpriced = unpriced.unwrap_or(0);
    CostRow {
        day: (query.interval != Interval::Total).then(|| row.day()),
        provider: row.connector.provider.clone(),
        connector: id.clone(),
        level: row.key(2 + splits.len()).and_then(Level::parse).unwrap_or(Level::User),
        subject: split(Split::Person).map(|subject| Subject::known(persons, &id, &subject)),
        person: split(Split::Person).and_then(|subject| PersonRef::of(persons, &id, &subject)),
        team: split(Split::Team).map(|team| TeamRef::of(persons, &team)),
        basis: key(0).unwrap_or_default(),
        model: split(Split::Model),
        line_item: split(Split::LineItem),
        project: split(Split::Project),
        currency: key(1),
        amount: amount.map(Decimal),
        unpriced,
        credits: credits.map(Decimal),
        days: row.days(),
        partial: row.is_partial() || unpriced > 0,
        provisional: row.is_provisional(),
    }
}

fn row_key(row: &CostRow) -> RowKey {
    let order = |subject: &Option<Subject>| subject.as_ref().map(|subject| SubjectOrder(subject.id.clone()));
    RowKey {
        day: row.day,
        basis: row.basis.clone(),
        amount: Reverse(row.amount.unwrap_or_default().0),
        credits: Reverse(row.credits.unwrap_or_default().0),
        connector: row.connector.clone(),
        level: row.level,
        subject: order(&row.subject),
        team: row.team.as_ref().map(TeamOrder::of),
        split: [&row.model, &row.line_item, &row.project, &row.currency].map(Clone::clone),
    }
}

/// What a basis can be split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Split {
    Person,
    Team,
    Model,
    LineItem,
    Project,
}

impl Split {
    fn key(self) -> Key {
        match self {
            Split::Person => Key::Subject,
            Split::Team => Key::Team,
            Split::Model => Key::Column("model".to_owned()),
            Split::LineItem => Key::Column("line_item".to_owned()),
            Split::Project => Key::Column("project".to_owned()),
        }
    }
}

fn splits(by: Option<&str>) -> Result<BTreeSet<Split>, Error> {
    let names = by.into_iter().flat_map(|by| by.split(',')).map(str::trim);
    names
        .filter(|name| *name != "basis")
        .map(|name| match name {
            "person" => Ok(Split::Person),
            "team" => Ok(Split::Team),
            "model" => Ok(Split::Model),
            "line_item" => Ok(Split::LineItem),
            "project" => Ok(Split::Project),
            "total" | "none" => Err(Error::invalid(
                "by",
                "bases are never summed: what is billed, metered, included and estimated are different figures for the \
                 same work; choose one with `basis`",
            )),
            _ => {
                Err(Error::invalid("by", "must be of person, team, model, line_item and project, separated by commas"))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::memory::{Memory, day};
    use crate::segment::Cost;
    use crate::words::SegmentState;

    fn cost<'a>(level: Level, subject: &'a str, basis: &'a str, micro: i64) -> Cost<'a> {
        let email = (level == Level::User && !subject.is_empty()).then_some("Anna@octo.example");
        let currency = Some("USD");
        Cost { level, subject, email, basis, currency, micro_amount: Some(micro), ..Default::default() }
    }

    /// Two providers, Monday and Tuesday: at the first 3 dollars billed, 2 of them Anna's by two models and 1 unattributed;
    /// at the second 5 estimated and 7 credits, Anna's.
    fn week() -> Memory {
        let (whole, user) = (Level::Organization, Level::User);
        let credits = |level, subject| Cost {
            micro_amount: None,
            micro_credits: Some(7_000_000),
            currency: None,
            ..cost(level, subject, "metered", 0)
        };
        let by_model = |model, micro| Cost { model: Some(model), ..cost(user, "7", "billed", micro) };
        Memory::default()
            .connector("a", "github-copilot")
            .connector("b", "another")
            .rows(
                "a",
                "2026-11-16",
                &[
                    cost(whole, "octo", "billed", 3_000_000),
                    by_model("large", 1_500_000),
                    by_model("small", 500_000),
                    cost(user, "", "billed", 1_000_000),
                ],
            )
            .state(
                "b",
                "2026-11-17",
                &[
                    cost(whole, "octo", "estimated", 5_000_000),
                    cost(user, "u-anna", "estimated", 5_000_000),
                    credits(whole, "octo"),
                    credits(user, "u-anna"),
                ],
                SegmentState::Provisional,
            )
    }

    async fn ask(query: CostsQuery) -> Result<Page<CostRow>, Error> {
        let memory = Arc::new(week());
        let range = (Some(day("2026-11-16")), Some(day("2026-11-17")));
        let costs = Costs(Sources::of(memory));
        costs.run(CostsQuery { from: range.0, to: range.1, ..query }).await
    }

    /// Connector, subject, basis, model, money, credits.
    async fn brief(query: CostsQuery) -> Vec<String> {
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let number = |value: Option<Decimal>| text(value.map(|value| (value.0 / 1000).to_string()));
        let line = |row: CostRow| {
            let subject = text(row.subject.map(|subject| format!("<{}>", subject.id)));
            let (amount, credits) = (number(row.amount), number(row.credits));
            format!("{} {subject} {} {} {amount} {credits}", row.connector, row.basis, text(row.model))
        };
        ask(query).await.unwrap().rows.into_iter().map(line).collect()
    }

    fn by(by: &str) -> CostsQuery {
        CostsQuery { by: Some(by.to_owned()), interval: Interval::Week, ..Default::default() }
    }

    #[tokio::test]
    async fn bases_stay_apart_and_what_is_nobodys_stays() {
        assert_eq!(brief(by("basis")).await, ["a - billed - 3000 -", "b - estimated - 5000 -", "b - metered - - 7000"]);
        assert_eq!(
            brief(by("person")).await,
            [
                "a <7> billed - 2000 -",
                "a <> billed - 1000 -",
                "b <u-anna> estimated - 5000 -",
                "b <u-anna> metered - - 7000"
            ]
        );
        let refused = ask(by("total")).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid { field, why } if field == "by" && why.contains("never summed")));
    }

    #[tokio::test]
    async fn one_person_is_found_at_every_provider_by_e_mail_and_split_as_asked() {
        let query = CostsQuery { email: Some("ANNA@octo.example".to_owned()), ..by("model") };
        let expected = [
            "a <7> billed large 1500 -",
            "a <7> billed small 500 -",
            "b <u-anna> estimated - 5000 -",
            "b <u-anna> metered - - 7000",
        ];
        assert_eq!(brief(query).await, expected);
        let nobody = CostsQuery { email: Some("ben@octo.example".to_owned()), ..by("model") };
        assert_eq!(brief(nobody).await, [""; 0]);
        let one = CostsQuery { basis: Some("metered".to_owned()), subject: Some("u-anna".to_owned()), ..by("basis") };
        assert_eq!(brief(one).await, ["b <u-anna> metered - - 7000"]);
    }

    #[tokio::test]
    async fn a_row_says_what_it_covers_and_money_is_written_exactly() {
        let rows = ask(by("basis")).await.unwrap().rows;
        let row = serde_json::to_value(&rows[1]).unwrap();
        assert_eq!(
            row,
            serde_json::json!({"day": "2026-11-16", "provider": "another", "connector": "b", "level": "organization",
                "subject": null, "person": null, "team": null, "basis": "estimated", "model": null, "line_item": null, "project": null,
                "currency": "USD", "amount": 5, "unpriced": 0, "credits": null, "days": 1, "partial": true, "provisional": true})
        );
    }

    #[tokio::test]
    async fn pages_follow_each_other() {
        let whole = ask(by("person,model")).await.unwrap().rows;
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let page = ask(CostsQuery { cursor, limit: Some(2), ..by("person,model") }).await.unwrap();
            pages.extend(page.rows);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((pages.len(), pages), (5, whole));
    }
}
