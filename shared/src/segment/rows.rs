//! The columns of each dataset, declared once: the row structs that mappers fill.
//!
//! Every metric is nullable: null means that the provider does not report it, and zero is a measured zero.

use crate::words::{Dataset, Level};

use super::columns::Columns;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Part of the key: a short text that repeats.
    Key,
    Text,
    Integer,
    /// A median or a ratio, which is never summed.
    Float,
    /// Comma-separated IDs, ascending.
    Ids,
    /// Milliseconds since 1970, UTC.
    Time,
}

/// How the values of a column are aggregated over rows or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Not aggregated: it distinguishes rows.
    Key,
    /// A description: the value of the latest day.
    Label,
    /// The sum; null if all values are null.
    Sum,
    /// 1 or 0 in a row about a person, a count in a row about several people. For one person over several days: 1 if
    /// any day has
    /// 1. For several people: the number of distinct ones, counted from the rows about them.
    People,
    /// A state, e.g. a sum to date: the value of the latest day, never summed.
    Snapshot,
    /// Valid for one day only: the median of a week does not follow from the medians of its days.
    PerDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub aggregation: Aggregation,
}

/// A row of one dataset.
pub trait Row {
    const DATASET: Dataset;
    const COLUMNS: &'static [Column];
    /// The column with the part; see [`Row::part`].
    const PART: Option<&'static str> = None;
    /// Rows that differ in one of these columns are never added up.
    const APART: &'static [&'static str] = &[];

    /// The level of the row's subject; totals are sums over [`Level::Organization`].
    fn level(&self) -> Level;

    /// Rows of another part count the same usage again, so each part has its own totals.
    fn part(&self) -> Option<&str> {
        None
    }

    #[doc(hidden)]
    fn push(&self, columns: &mut Columns);
}

macro_rules! rust_type {
    (key) => { &'a str };
    (text) => { Option<&'a str> };
    (ids) => { Option<&'a str> };
    (integer) => { Option<i64> };
    (people) => { Option<i64> };
    (snapshot) => { Option<i64> };
    (time) => { Option<i64> };
    (float) => { Option<f64> };
}

macro_rules! kind {
    (key) => {
        Kind::Key
    };
    (text) => {
        Kind::Text
    };
    (ids) => {
        Kind::Ids
    };
    (integer) => {
        Kind::Integer
    };
    (people) => {
        Kind::Integer
    };
    (snapshot) => {
        Kind::Integer
    };
    (time) => {
        Kind::Time
    };
    (float) => {
        Kind::Float
    };
}

macro_rules! aggregation {
    (key) => {
        Aggregation::Key
    };
    (text) => {
        Aggregation::Label
    };
    (ids) => {
        Aggregation::Label
    };
    (integer) => {
        Aggregation::Sum
    };
    (people) => {
        Aggregation::People
    };
    (snapshot) => {
        Aggregation::Snapshot
    };
    (time) => {
        Aggregation::Snapshot
    };
    (float) => {
        Aggregation::PerDay
    };
}

macro_rules! push {
    (key, $columns:ident, $index:expr, $value:expr) => {
        $columns.text($index, Some($value))
    };
    (text, $columns:ident, $index:expr, $value:expr) => {
        $columns.text($index, $value)
    };
    (ids, $columns:ident, $index:expr, $value:expr) => {
        $columns.text($index, $value)
    };
    (integer, $columns:ident, $index:expr, $value:expr) => {
        $columns.integer($index, $value)
    };
    (people, $columns:ident, $index:expr, $value:expr) => {
        $columns.integer($index, $value)
    };
    (snapshot, $columns:ident, $index:expr, $value:expr) => {
        $columns.integer($index, $value)
    };
    (time, $columns:ident, $index:expr, $value:expr) => {
        $columns.integer($index, $value)
    };
    (float, $columns:ident, $index:expr, $value:expr) => {
        $columns.float($index, $value)
    };
}

macro_rules! rows {
    ($(#[$doc:meta])* $Row:ident: $dataset:ident $(by $part:ident)? $(apart $($apart:ident)+)? { $($(#[$field_doc:meta])* $name:ident: $kind:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $Row<'a> {
            pub level: Level,
            $($(#[$field_doc])* pub $name: rust_type!($kind),)*
        }

        impl Row for $Row<'_> {
            const DATASET: Dataset = Dataset::$dataset;
            const COLUMNS: &'static [Column] = &[
                Column { name: "level", kind: Kind::Key, aggregation: Aggregation::Key },
                $(Column { name: stringify!($name), kind: kind!($kind), aggregation: aggregation!($kind) },)*
            ];

            $(const PART: Option<&'static str> = Some(stringify!($part));)?
            $(const APART: &'static [&'static str] = &[$(stringify!($apart),)+];)?

            fn level(&self) -> Level {
                self.level
            }

            $(fn part(&self) -> Option<&str> {
                Some(self.$part)
            })?

            fn push(&self, columns: &mut Columns) {
                columns.text(0, Some(self.level.as_str()));
                let mut index = 0;
                $(
                    index += 1;
                    push!($kind, columns, index, self.$name);
                )*
                let _ = index;
            }
        }
    };
}

/// The columns of a dataset.
pub fn columns(dataset: Dataset) -> &'static [Column] {
    match dataset {
        Dataset::Activity => Activity::COLUMNS,
        Dataset::ModelUsage => ModelUsage::COLUMNS,
        Dataset::Cost => Cost::COLUMNS,
        Dataset::Breakdown => Breakdown::COLUMNS,
        Dataset::Seats => Seat::COLUMNS,
        Dataset::PullRequests => PullRequests::COLUMNS,
    }
}

/// The columns of a dataset whose values are never added up; see [`Row::APART`].
pub fn apart(dataset: Dataset) -> &'static [&'static str] {
    match dataset {
        Dataset::Activity => Activity::APART,
        Dataset::ModelUsage => ModelUsage::APART,
        Dataset::Cost => Cost::APART,
        Dataset::Breakdown => Breakdown::APART,
        Dataset::Seats => Seat::APART,
        Dataset::PullRequests => PullRequests::APART,
    }
}

rows! {
    /// Activity of each subject on a day.
    Activity: Activity {
        /// The provider's stable ID.
        subject: key,
        name: text,
        email: text,
        /// A user's teams on that day.
        teams: ids,
        /// 1 for an active person; the number of active people at organization and team level.
        active: people,
        engaged: people,
        sessions: integer,
        completions_suggested: integer,
        completions_accepted: integer,
        lines_suggested: integer,
        lines_accepted: integer,
        lines_added: integer,
        lines_deleted: integer,
        ai_lines_added: integer,
        chat_turns: integer,
        agent_requests: integer,
        edits_accepted: integer,
        edits_rejected: integer,
        commits: integer,
        pull_requests: integer,
        reviews: integer,
        /// Millionths of a credit.
        micro_credits: integer,
    }
}

rows! {
    /// Usage of each model.
    ModelUsage: ModelUsage {
        subject: key,
        name: text,
        email: text,
        /// Null if the provider names none.
        model: text,
        /// The product or interface, if a provider has several.
        surface: text,
        requests: integer,
        tokens_in_uncached: integer,
        tokens_cache_read: integer,
        tokens_cache_write: integer,
        tokens_out: integer,
    }
}

rows! {
    /// Cost. All of it at organization level, and again at the levels below by subject, with a row of the empty
    /// subject for unattributed cost.
    Cost: Cost by basis apart basis currency {
        subject: key,
        name: text,
        email: text,
        /// `billed`, `metered`, `included`, `estimated`, `list`, `seat` or `unknown`; amounts of two bases are never
        /// added up.
        basis: key,
        model: text,
        line_item: text,
        /// The provider's own cost center: a project, workspace or billing group.
        project: text,
        /// ISO 4217, upper case.
        currency: text,
        /// Millionths of the currency: the sum of the known amounts, null if none is known.
        micro_amount: integer,
        /// Uses without an amount, which `micro_amount` does not include. Null if each use has an amount.
        unpriced: integer,
        /// Millionths of a credit.
        micro_credits: integer,
    }
}

rows! {
    /// Activity by one dimension. Dimensions overlap, so their counts are never added up.
    Breakdown: Breakdown by dimension apart dimension {
        subject: key,
        /// `editor`, `language`, `feature`, `model`, `client` or `tool`.
        dimension: key,
        value: key,
        /// Only for completions.
        completions_suggested: integer,
        completions_accepted: integer,
        /// For all features together.
        interactions: integer,
        generations: integer,
        acceptances: integer,
        lines_suggested: integer,
        lines_added: integer,
        lines_deleted: integer,
        sessions: integer,
        requests: integer,
    }
}

rows! {
    /// Holders of a license, as of the day of the snapshot.
    Seat: Seats {
        subject: key,
        name: text,
        email: text,
        plan: text,
        role: text,
        assigned_at: time,
        last_activity_at: time,
        last_activity_in: text,
        assigning_team: text,
        /// The day on which the seat ends, in ISO format.
        pending_cancellation: text,
        /// Cost of the billing cycle to date, in millionths of a dollar: these sums are never added up over days.
        cycle_started_at: time,
        cycle_metered: snapshot,
        cycle_included: snapshot,
    }
}

rows! {
    /// Pull requests of a repository, or of the whole account.
    PullRequests: PullRequests {
        subject: key,
        name: text,
        created: integer,
        reviewed: integer,
        merged: integer,
        created_by_copilot: integer,
        reviewed_by_copilot: integer,
        merged_created_by_copilot: integer,
        merged_reviewed_by_copilot: integer,
        suggestions: integer,
        suggestions_applied: integer,
        copilot_suggestions: integer,
        copilot_suggestions_applied: integer,
        median_minutes_to_merge: float,
        median_minutes_to_merge_copilot_authored: float,
        median_minutes_to_merge_copilot_reviewed: float,
    }
}
