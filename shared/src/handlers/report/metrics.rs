//! The metrics of each report by name; null if the provider does not report them.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

use crate::identities::Persons;
use crate::query::{SubjectOrder, Value};
use crate::words::{ConnectorId, Decimal, History, PersonId};

impl From<Value> for Decimal {
    fn from(value: Value) -> Self {
        Self(value.into())
    }
}

/// A set of metrics that columns feed.
pub(crate) trait Metrics: Sized {
    /// Of the dataset, in the order of the fields.
    const COLUMNS: &'static [&'static str];
    /// As they are called in answers.
    const FIELDS: &'static [&'static str];

    /// Values in the order of the columns; only the `asked` ones are written.
    fn of(values: impl Iterator<Item = Option<Value>>, asked: Asked) -> Self;
}

/// The requested metrics. A report of years is faster with fewer columns to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked(u32);

impl Default for Asked {
    fn default() -> Self {
        Self::ALL
    }
}

impl Asked {
    pub(crate) const ALL: Self = Self(u32::MAX);

    /// From names separated by commas; `None` when one of them is no metric.
    pub(crate) fn parse<M: Metrics>(names: &str) -> Option<Self> {
        let mut asked = 0;
        for name in names.split(',') {
            asked |= 1 << M::FIELDS.iter().position(|field| *field == name)?;
        }
        Some(Self(asked))
    }

    pub(crate) fn has(self, metric: usize) -> bool {
        self.0 & (1 << metric) != 0
    }
}

macro_rules! column {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:literal) => {
        $column
    };
}

/// A struct of nullable metrics and the columns that feed it, stated once.
macro_rules! metrics {
    ($(#[$outer:meta])* $Metrics:ident { $($(#[$doc:meta])* $field:ident: $type:ty $(= $column:literal)?,)* }) => {
        $(#[$outer])*
        #[derive(Clone, Debug, Default, PartialEq, ToSchema)]
        pub struct $Metrics {
            $($(#[$doc])* pub $field: Option<$type>,)*
            #[schema(ignore)]
            asked: Asked,
        }

        impl Serialize for $Metrics {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                let mut fields = 0..;
                $(if fields.next().is_some_and(|field| self.asked.has(field)) {
                    map.serialize_entry(stringify!($field), &self.$field)?;
                })*
                map.end()
            }
        }

        impl Metrics for $Metrics {
            const COLUMNS: &'static [&'static str] = &[$(column!($field $($column)?),)*];
            const FIELDS: &'static [&'static str] = &[$(stringify!($field),)*];

            fn of(mut values: impl Iterator<Item = Option<Value>>, asked: Asked) -> Self {
                Self { $($field: values.next().flatten().map(Into::into),)* asked }
            }
        }
    };
}

metrics! {
    /// Counts of activity. Null: the provider does not report it; zero: the provider counted none.
    ActivityMetrics {
        /// People with any use; 1 or 0 for one person. Over a week or a month, the number of distinct people.
        active: i64,
        /// People with a prompt or an accepted suggestion.
        engaged: i64,
        sessions: i64,
        completions_suggested: i64,
        completions_accepted: i64,
        lines_suggested: i64,
        lines_accepted: i64,
        lines_added: i64,
        lines_deleted: i64,
        ai_lines_added: i64,
        chat_turns: i64,
        agent_requests: i64,
        edits_accepted: i64,
        edits_rejected: i64,
        commits: i64,
        pull_requests: i64,
        reviews: i64,
        /// The provider's own unit; up to six decimals.
        credits: Decimal = "micro_credits",
    }
}

metrics! {
    /// Activity of one editor, language, model, ... Dimensions overlap: never add two of them.
    BreakdownMetrics {
        completions_suggested: i64,
        completions_accepted: i64,
        interactions: i64,
        generations: i64,
        acceptances: i64,
        lines_suggested: i64,
        lines_added: i64,
        lines_deleted: i64,
        sessions: i64,
        requests: i64,
    }
}

metrics! {
    /// Pull requests; medians are in minutes and only in rows of one day.
    PullRequestMetrics {
        created: i64,
        reviewed: i64,
        merged: i64,
        created_by_copilot: i64,
        reviewed_by_copilot: i64,
        merged_created_by_copilot: i64,
        merged_reviewed_by_copilot: i64,
        suggestions: i64,
        suggestions_applied: i64,
        copilot_suggestions: i64,
        copilot_suggestions_applied: i64,
        median_minutes_to_merge: f64,
        median_minutes_to_merge_copilot_authored: f64,
        median_minutes_to_merge_copilot_reviewed: f64,
    }
}

/// The subject of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Subject {
    /// The provider's stable id, as text.
    pub id: String,
    /// Login, slug or full name, as last known.
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
}

/// The person of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonRef {
    pub id: PersonId,
    #[schema(required)]
    pub name: Option<String>,
}

impl Subject {
    /// As a connector's directory describes it.
    pub(crate) fn known(persons: &Persons, connector: &ConnectorId, id: &str) -> Self {
        let directory = persons.directory(connector);
        let person = directory.and_then(|directory| directory.people.get(id));
        let machine = directory.and_then(|directory| directory.machines.get(id));
        let latest = |known: Option<&History>| known.and_then(History::latest).map(str::to_owned);
        Self {
            id: id.to_owned(),
            name: latest(person.map(|person| &person.names)).or(latest(machine)),
            email: latest(person.map(|person| &person.emails)),
        }
    }
}

/// A team of a connector or of the mapping file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct TeamRef {
    /// The provider's id; `@` and a name for a team of the mapping file; empty for people without a team.
    pub id: String,
    #[schema(required)]
    pub name: Option<String>,
    /// The connector of the team; null for a team of the mapping file.
    #[schema(required)]
    pub connector: Option<ConnectorId>,
}

/// Teams in the order of their connectors and ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct TeamOrder(Option<ConnectorId>, SubjectOrder);

impl TeamOrder {
    pub(crate) fn of(team: &TeamRef) -> Self {
        Self(team.connector.clone(), SubjectOrder(team.id.clone()))
    }
}

impl TeamRef {
    /// By its id or name; or by both the connector's and its own id.
    pub(crate) fn is_meant_by(&self, wanted: &str) -> bool {
        let of_connector = |connector: &ConnectorId| wanted.strip_prefix(&format!("{connector}/")) == Some(&self.id);
        let is_mapped = self.id.strip_prefix('@') == Some(wanted);
        self.id == wanted
            || is_mapped
            || self.name.as_deref() == Some(wanted)
            || self.connector.as_ref().is_some_and(of_connector)
    }

    /// From the name that the engine gives a team.
    pub(crate) fn of(persons: &Persons, team: &str) -> Self {
        match team.split_once('/') {
            Some((connector, id)) => {
                let connector = ConnectorId(connector.to_owned());
                let name = persons.directory(&connector).and_then(|directory| directory.team_name(id));
                Self { id: id.to_owned(), name: name.map(str::to_owned), connector: Some(connector) }
            }
            None => Self { id: team.to_owned(), name: persons.mapped_teams().get(team).cloned(), connector: None },
        }
    }
}

impl PersonRef {
    pub(crate) fn of(persons: &Persons, connector: &ConnectorId, subject: &str) -> Option<Self> {
        let number = persons.number_of(connector, subject)?;
        Some(Self { id: persons.id(number), name: persons.persons[number].name.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_written_as_decimals_without_noise() {
        let written = [12_500_000, 3_000_000, 100_000, -500_000, 1_234_567_891_234]
            .map(|micro| serde_json::to_string(&Decimal(micro)).unwrap());
        assert_eq!(written, ["12.5", "3", "0.1", "-0.5", "1234567.891234"]);
    }
}
