//! The one engine behind every report: a question as a value, and its answer from stored days.
//!
//! A [`Query`] says which rows to read, how to group them ([`Cut`]) and what to take of them ([`Measure`]). How a column may
//! be aggregated is declared beside the column ([`crate::segment::Aggregation`]); the engine follows that and refuses
//! what would be meaningless.

mod fold;
mod groups;
mod interner;
mod interval;
mod labels;
mod page;
mod people;
mod plan;
mod scan;
mod sums;
mod teams;
mod totals;
mod viewer;

#[cfg(test)]
pub(crate) mod memory;
#[cfg(test)]
mod naive;

pub(crate) use fold::{Answer, Row};
pub(crate) use interner::IdSet;
pub use interval::Interval;
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, Page};
pub(crate) use page::{MAX_ANSWER_BYTES, PageRequest, SubjectOrder, size_in_envelope};
pub(crate) use people::Group;
pub(crate) use sums::Value;
pub use viewer::Viewer;

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use self::scan::Share;
use crate::error::Error;
use crate::identities::Persons;
use crate::ports::SegmentStore;
use crate::words::{Connector, Dataset, Days, Level, PersonId};

/// Connectors that are read at once: enough to hide the store's latency, few enough to hold in memory.
const CONNECTORS_AT_ONCE: usize = 8;

/// A report as a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    pub dataset: Dataset,
    pub days: Days,
    pub interval: Interval,
    pub filter: Filter,
    /// Groupings of the same days, each with rows of its own.
    pub cuts: Vec<Cut>,
    pub measures: Vec<Measure>,
}

/// Which rows count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// A column and the text that it must have.
    pub texts: Vec<(String, String)>,
    /// The provider's stable id.
    pub subject: Option<String>,
    /// One person, at every provider.
    pub person: Option<PersonId>,
    /// All people with this address, at every provider.
    pub email: Option<String>,
    /// A team by id or slug: its own row, or rows about those who were in it on each day.
    pub team: Option<String>,
}

impl Filter {
    /// The connector's subjects that are wanted, in order; `None` where all are.
    fn subjects(&self, connector: &Connector, persons: &Persons) -> Option<Vec<String>> {
        let of_person = self.person.as_ref().map(|id| persons.find(id).into_iter().collect());
        let of_email = self.email.as_ref().map(|email| persons.with_email(email));
        let of_persons =
            [of_person, of_email].into_iter().flatten().map(|wanted| persons.subjects(&wanted, &connector.id));
        let lists = of_persons.chain(self.subject.clone().map(|subject| vec![subject]));
        lists.reduce(|one, other| one.into_iter().filter(|subject| other.contains(subject)).collect())
    }
}

/// One grouping. Connectors and periods are always apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Whose rows count: of one level, or of several of [`Cut::ATTRIBUTED`]. Other levels repeat each other: an
    /// organization's row has what its people's rows have.
    pub levels: Vec<Level>,
    pub by: Vec<Key>,
    /// Columns that describe the groups, as of their latest day, e.g. `name`. People are described by their directory.
    pub labels: Vec<String>,
}

impl Cut {
    /// Together they are everything once, unattributed use included.
    pub const ATTRIBUTED: [Level; 3] = [Level::User, Level::ApiKey, Level::ServiceAccount];
}

/// What rows are grouped by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// The subject of a row.
    Subject,
    /// The teams that a person was in on the day; the row counts in each.
    Team,
    /// A column of texts.
    Column(String),
}

/// What is taken of the rows of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A column of numbers, aggregated as it declares.
    Column(String),
    /// Distinct people with a row; null in a period without rows about people.
    People,
    /// Distinct days on which a column is above zero, as a set: see [`Row::days_of`].
    Days(String),
}

/// Reads stored days.
pub(crate) struct Engine<'a> {
    pub(crate) segments: &'a dyn SegmentStore,
    pub(crate) connectors: &'a [Connector],
    /// Needed where people are counted, chosen or grouped by team.
    pub(crate) persons: &'a Persons,
}

impl<'a> Engine<'a> {
    /// The whole answer.
    pub(crate) async fn run(&self, query: &Query, viewer: &Viewer) -> Result<Answer<'a>, Error> {
        self.prepare(query, viewer)?.scan(query.days).await
    }

    /// Checks the query and finds what it names, e.g. a team.
    pub(crate) fn prepare(&self, query: &Query, viewer: &Viewer) -> Result<Prepared<'a>, Error> {
        let readable = self.connectors.iter().filter(|connector| viewer.may_read(connector));
        let plans =
            readable.map(|connector| Ok((connector, Arc::new(plan::Plan::of(connector, self.persons, query)?))));
        let plans = plans.collect::<Result<_, Error>>()?;
        Ok(Prepared { segments: self.segments, dataset: query.dataset, persons: self.persons, plans })
    }
}

/// A query that is ready to be answered, as a whole or some of its periods at a time.
pub(crate) struct Prepared<'a> {
    segments: &'a dyn SegmentStore,
    dataset: Dataset,
    persons: &'a Persons,
    plans: Vec<(&'a Connector, Arc<plan::Plan>)>,
}

impl<'a> Prepared<'a> {
    /// The rows of the periods that `days` consist of. The only way from stored rows to reported ones.
    pub(crate) async fn scan(&self, days: Days) -> Result<Answer<'a>, Error> {
        let mut folding = Vec::new();
        for (connector, plan) in &self.plans {
            folding.push(self.fold(connector, days, plan.clone()).boxed());
        }
        let folded = stream::iter(folding).buffered(CONNECTORS_AT_ONCE).try_collect().await?;
        Ok(Answer { folded, persons: self.persons })
    }

    async fn fold(
        &self,
        connector: &'a Connector,
        days: Days,
        plan: Arc<plan::Plan>,
    ) -> Result<(&'a Connector, fold::Fold), Error> {
        let mut folded = fold::Fold::new(plan.clone());
        let mut unread = vec![days];
        if plan.wants_nobody() {
            unread.clear();
        } else if plan.is_answered_by_totals {
            let heads = self.segments.heads(&connector.id, self.dataset, days).await?;
            unread = totals::take(&mut folded, &heads);
        }
        for days in unread {
            let stored = self.segments.range(&connector.id, self.dataset, days);
            folded.merge(scan::scan(stored, || fold::Fold::new(plan.clone())).await?);
        }
        folded.join_persons(|subject| self.persons.number_of(&connector.id, subject));
        Ok((connector, folded))
    }
}
