//! What it cost: by day, week or month, by basis, and as asked by person, model, line item or project.

mod sums;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::report::{self, Interval, Members, Page, Subject, SubjectOrder, Team, Turn, fold};
use crate::clock::Clock;
use crate::error::Error;
use crate::ports::{ConnectorStore, SegmentStore};
use crate::words::{Connector, ConnectorId, Dataset, Day, Days, Decimal, Level};

use sums::{Plan, Sums};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
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
    /// How much time a row covers.
    #[param(inline)]
    pub interval: Interval,
    /// What each basis is split by, separated by commas: `person`, `model`, `line_item`, `project`. Bases are always
    /// apart: their sum would be of no meaning.
    #[param(
        example = "person,model",
        pattern = "^(basis|person|model|line_item|project)(,(basis|person|model|line_item|project))*$"
    )]
    pub by: Option<String>,
    /// Only this basis: `billed`, `metered`, `included`, `estimated`, `list`, `seat` or `unknown`.
    pub basis: Option<String>,
    /// Whom the rows are about: `organization`, or with `by=person` everybody and everything below it, with a row of the
    /// empty subject for what nobody can be named for.
    #[param(inline)]
    pub level: Option<Level>,
    /// Only this subject, by the provider's stable id; a user unless `level` says otherwise.
    pub subject: Option<String>,
    /// Only the person with this e-mail address, at every provider.
    pub email: Option<String>,
    /// Only those who were in this team, by id or slug, on each day.
    pub team: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows a page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// One basis in one period, split as asked.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CostRow {
    /// The first day of the period; null when the row covers the whole range.
    #[schema(required, value_type = Option<String>, format = Date)]
    pub day: Option<Day>,
    pub provider: String,
    pub connector: ConnectorId,
    pub level: Level,
    /// Null unless rows are split by person; with an empty id for what nobody can be named for.
    #[schema(required)]
    pub subject: Option<Subject>,
    /// `billed`: on the invoice. `metered`: counted beyond what is included. `included`: covered by the plan.
    /// `estimated`: the provider's guess. `list`: before discounts. `seat`: for a licence. `unknown`: the provider does
    /// not say whether it charges the amount.
    pub basis: String,
    #[schema(required)]
    pub model: Option<String>,
    #[schema(required)]
    pub line_item: Option<String>,
    #[schema(required)]
    pub project: Option<String>,
    /// ISO 4217; null where the provider counts credits alone.
    #[schema(required)]
    pub currency: Option<String>,
    /// Null where the provider states none; a negative one is a refund.
    #[schema(required)]
    pub amount: Option<Decimal>,
    /// Uses whose amount the provider does not state. Where there are any, `amount` is a lower bound and the row is
    /// partial.
    #[schema(minimum = 0)]
    pub unpriced: i64,
    #[schema(required)]
    pub credits: Option<Decimal>,
    /// Days of the period for which anything is stored.
    pub days: u32,
    /// Not the whole period: the range cuts it, days are missing, or uses have no amount.
    pub partial: bool,
    /// Values of at least one of the days may still change.
    pub provisional: bool,
}

/// Reads costs.
#[derive(Clone)]
pub struct Costs {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub clock: Arc<dyn Clock>,
}

/// The order of rows: period, basis, most money, most credits, then connector and what they are split by.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Key {
    day: Option<Day>,
    basis: String,
    amount: Reverse<i64>,
    credits: Reverse<i64>,
    connector: ConnectorId,
    level: Level,
    subject: Option<SubjectOrder>,
    split: [Option<String>; 4],
}

impl Costs {
    pub async fn run(&self, mut query: CostsQuery) -> Result<Page<CostRow>, Error> {
        let range = report::range(query.from, query.to, self.clock.today())?;
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let turn = Turn::of(&query, cursor, limit)?;
        let since = turn.since::<Key>()?;
        let splits = splits(query.by.as_deref())?;
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let mut rows = Vec::new();
        for connector in report::connectors(&*self.connectors, connector, provider).await? {
            rows.extend(self.rows(&connector, &query, &splits, range).await?);
        }
        let key = |row: &CostRow| Key {
            day: row.day,
            basis: row.basis.clone(),
            amount: Reverse(row.amount.unwrap_or_default().0),
            credits: Reverse(row.credits.unwrap_or_default().0),
            connector: row.connector.clone(),
            level: row.level,
            subject: row.subject.as_ref().map(|subject| SubjectOrder(subject.id.clone())),
            split: [&row.model, &row.line_item, &row.project, &row.currency].map(Clone::clone),
        };
        let (rows, next_cursor) = turn.page(rows, key, since.as_ref())?;
        Ok(Page { rows, next_cursor })
    }

    async fn rows(
        &self,
        connector: &Connector,
        query: &CostsQuery,
        splits: &BTreeSet<Split>,
        range: Days,
    ) -> Result<Vec<CostRow>, Error> {
        let (segments, id) = (&*self.segments, &connector.id);
        let members = match &query.team {
            Some(team) => {
                let team = Team::find(segments, id, range, team).await?;
                Some(Members::of(segments, id, range, &team).await?)
            }
            None => None,
        };
        let is_about_one = query.subject.is_some() || query.email.is_some() || members.is_some();
        let levels: &[Level] = match query.level {
            // Who was in a team is known of people only.
            _ if members.is_some() => &[Level::User],
            Some(level) => &Level::ALL[level as usize..=level as usize],
            None if is_about_one => &[Level::User],
            None if splits.contains(&Split::Person) => &[Level::User, Level::ApiKey, Level::ServiceAccount],
            None => &[Level::Organization],
        };
        let mut splits = splits.clone();
        // Whose address it is shows when all days are read.
        if query.email.is_some() {
            splits.insert(Split::Person);
        }
        let plan = Arc::new(Plan {
            range,
            interval: query.interval,
            levels: levels.to_vec(),
            splits,
            basis: query.basis.clone(),
            subject: query.subject.clone(),
            members,
        });
        let stored = segments.range(id, Dataset::Cost, range);
        let folded = fold(stored, || Sums::new(plan.clone())).await?;
        let mut rows = folded.rows(connector);
        if let Some(email) = &query.email {
            let email = email.to_lowercase();
            let is_theirs = |row: &CostRow| {
                let own = row.subject.as_ref().and_then(|subject| subject.email.as_deref());
                own.is_some_and(|own| own.to_lowercase() == email)
            };
            rows.retain(is_theirs);
        }
        Ok(rows)
    }
}

/// What a basis can be split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Split {
    Person,
    Model,
    LineItem,
    Project,
}

fn splits(by: Option<&str>) -> Result<BTreeSet<Split>, Error> {
    let names = by.into_iter().flat_map(|by| by.split(',')).map(str::trim);
    names
        .filter(|name| *name != "basis")
        .map(|name| match name {
            "person" => Ok(Split::Person),
            "model" => Ok(Split::Model),
            "line_item" => Ok(Split::LineItem),
            "project" => Ok(Split::Project),
            "total" | "none" => Err(Error::invalid(
                "by",
                "bases are never summed: what is billed, metered, included and estimated are different figures for the \
                 same work; choose one with `basis`",
            )),
            _ => Err(Error::invalid("by", "must be of person, model, line_item and project, separated by commas")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::memory::{Memory, clock, day};
    use super::*;
    use crate::segment::Cost;
    use crate::words::SegmentState;

    fn cost<'a>(level: Level, subject: &'a str, basis: &'a str, micro: i64) -> Cost<'a> {
        let email = (level == Level::User && !subject.is_empty()).then_some("Anna@octo.example");
        let currency = Some("USD");
        Cost { level, subject, email, basis, currency, micro_amount: Some(micro), ..Default::default() }
    }

    /// Two providers, Monday and Tuesday: at the first 3 dollars billed, 2 of them Anna's by two models and 1 nobody's;
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
        let costs = Costs { connectors: memory.clone(), segments: memory, clock: clock() };
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
                "subject": null, "basis": "estimated", "model": null, "line_item": null, "project": null,
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
