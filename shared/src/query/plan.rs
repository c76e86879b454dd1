//! A query checked against what the columns declare, and what of each segment it takes to answer it.

use super::sums::{Rule, is_number};
use super::teams::{Teams, find_teams, own_id};
use super::{Cut, Filter, Interval, Key, Measure, Query};
use crate::error::Error;
use crate::identities::Persons;
use crate::segment::{Aggregation, Batch, Column, Kind, apart, columns};
use crate::words::{Connector, Day, Days, Level};

/// What to fold of one connector.
pub(super) struct Plan {
    pub(super) days: Days,
    pub(super) interval: Interval,
    pub(super) columns: &'static [Column],
    pub(super) cuts: Vec<CutPlan>,
    pub(super) passes: Vec<Pass>,
    /// Whether the ledger's totals have all that is asked for.
    pub(super) is_answered_by_totals: bool,
    texts: Vec<(&'static str, String)>,
    /// Whom the rows are about, in order.
    subjects: Option<Vec<String>>,
    /// The connector's own ids of the teams that are wanted.
    own_wanted_teams: Option<Vec<String>>,
    /// Where any cut or the filter needs them.
    pub(super) teams: Option<Teams>,
}

/// What to do for one cut.
pub(super) struct CutPlan {
    pub(super) by: Vec<PlannedKey>,
    pub(super) labels: Vec<&'static Column>,
    pub(super) measures: Vec<PlannedMeasure>,
    /// By what people are counted, where they are.
    pub(super) people_by: Vec<PlannedKey>,
    /// For each key of `people_by`, the place in `by` where a group has its value.
    pub(super) people_from: Vec<usize>,
    /// Groups are about people, so that the empty subject is what no person can be named for.
    pub(super) is_about_people: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlannedKey {
    Subject,
    /// The teams of a person, wherever they are.
    Team,
    /// The connector's own teams, by their ids there.
    OwnTeam,
    Column(&'static str),
}

pub(super) enum PlannedMeasure {
    Column(&'static Column, Rule),
    /// Distinct people with a value above zero; null until a row has a value.
    Flagged(&'static str),
    /// Distinct people with a row.
    People,
    /// Distinct days with a value above zero.
    Days(&'static str),
}

/// One read of a segment: the rows of some levels, for the cuts that need these.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) levels: Vec<Level>,
    /// Whether the filter for a subject holds. It does not where the subject is an organization and its people are counted.
    picks_subject: bool,
    pub(super) sums: Vec<usize>,
    pub(super) people: Vec<usize>,
    /// Whether it matters that a day has rows about people, wanted or not.
    pub(super) notes_people: bool,
    pub(super) columns: Vec<&'static str>,
    pub(super) keys: Vec<&'static str>,
}

impl Plan {
    pub(super) fn of(connector: &Connector, persons: &Persons, query: &Query) -> Result<Self, Error> {
        let known = columns(query.dataset);
        let filter = &query.filter;
        let texts: Result<Vec<_>, Error> =
            filter.texts.iter().map(|(name, text)| Ok((column(known, "filter", name)?.name, text.clone()))).collect();
        let cuts: Result<Vec<_>, Error> = query.cuts.iter().map(|cut| CutPlan::of(query, cut)).collect();
        let (texts, cuts) = (texts?, cuts?);
        let wanted_teams = filter.team.as_ref().map(|team| find_teams(persons, team));
        let needs_teams = wanted_teams.is_some()
            || cuts.iter().any(|cut| cut.keys().any(|key| matches!(key, PlannedKey::Team | PlannedKey::OwnTeam)));
        let teams = needs_teams.then(|| Teams::of(persons, &connector.id, wanted_teams.as_deref()));
        let is_unfiltered = *filter == Filter::default();
        // Totals of a dataset whose rows stay apart are kept by part, and not by all that a query can group by.
        let is_whole = is_unfiltered && apart(query.dataset).is_empty();
        let mut plan = Self {
            is_answered_by_totals: is_whole && query.cuts.iter().zip(&cuts).all(|(cut, planned)| planned.is_total(cut)),
            days: query.days,
            interval: query.interval,
            columns: known,
            passes: Vec::new(),
            cuts,
            texts,
            subjects: filter.subjects(connector, persons),
            own_wanted_teams: wanted_teams.map(|wanted| {
                wanted.iter().filter_map(|team| own_id(&connector.id, team)).map(str::to_owned).collect()
            }),
            teams,
        };
        for (number, cut) in query.cuts.iter().enumerate() {
            plan.add_passes(number, cut);
        }
        Ok(plan)
    }

    fn add_passes(&mut self, number: usize, cut: &Cut) {
        let picks = self.subjects.is_some();
        let main = self.pass(&cut.levels, picks);
        self.passes[main].sums.push(number);
        let planned = &self.cuts[number];
        let mut wanted: Vec<&'static str> = planned.by.iter().map(|key| Self::column_of(*key)).collect();
        wanted.extend(planned.labels.iter().map(|label| label.name));
        for measure in &planned.measures {
            match measure {
                PlannedMeasure::Column(column, rule) if *rule != Rule::Skip => wanted.push(column.name),
                PlannedMeasure::Days(name) => wanted.push(name),
                _ => {}
            }
        }
        extend(&mut self.passes[main].columns, wanted);
        let planned = &self.cuts[number];
        if planned.counts_people() {
            let mut wanted = vec!["subject"];
            wanted.extend(planned.people_by.iter().map(|key| Self::column_of(*key)));
            wanted.extend(planned.measures.iter().filter_map(|measure| match measure {
                PlannedMeasure::Flagged(name) => Some(*name),
                _ => None,
            }));
            let (picks, recounts) = (picks && planned.is_about_people, planned.recounts());
            let counting = self.pass(&[Level::User], picks);
            self.passes[counting].people.push(number);
            if recounts {
                self.passes[counting].notes_people = true;
                extend(&mut self.passes[counting].keys, vec!["subject"]);
            }
            extend(&mut self.passes[counting].columns, wanted);
        }
    }

    fn pass(&mut self, levels: &[Level], picks_subject: bool) -> usize {
        let same = |pass: &Pass| pass.levels == levels && pass.picks_subject == picks_subject;
        if let Some(known) = self.passes.iter().position(same) {
            return known;
        }
        let mut keys = vec!["level"];
        keys.extend(self.texts.iter().map(|(name, _)| *name));
        if picks_subject || self.own_wanted_teams.is_some() {
            keys.push("subject");
        }
        self.passes.push(Pass {
            levels: levels.to_vec(),
            picks_subject,
            sums: Vec::new(),
            people: Vec::new(),
            notes_people: false,
            // Rows of which every other column is null still count.
            columns: vec!["level"],
            keys,
        });
        self.passes.len() - 1
    }

    /// Of a day, counted from the first of the query.
    pub(super) fn offset(&self, day: Day) -> u32 {
        (day - self.days.from()).num_days() as u32
    }

    /// Whether the filter chooses people, and the connector has none of them.
    pub(super) fn wants_nobody(&self) -> bool {
        self.subjects.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether the pass wants every row of its levels.
    pub(super) fn wants_all(&self, pass: usize) -> bool {
        let picks_subject = self.passes[pass].picks_subject && self.subjects.is_some();
        self.texts.is_empty() && self.own_wanted_teams.is_none() && !picks_subject
    }

    /// The stored column from which a key comes.
    pub(super) fn column_of(key: PlannedKey) -> &'static str {
        match key {
            PlannedKey::Column(name) => name,
            PlannedKey::Subject | PlannedKey::Team | PlannedKey::OwnTeam => "subject",
        }
    }

    /// Whether any row is about a person. Unattributed activity has an empty id and is no person.
    pub(super) fn has_people(batch: &Batch) -> bool {
        let people = batch.pass("level", |level| level == Level::User.as_str());
        let named = batch.pass("subject", |subject| !subject.is_empty());
        people.into_iter().zip(named).any(|(is_person, is_named)| is_person && is_named)
    }

    /// For each row, whether the pass wants it.
    pub(super) fn keep(&self, pass: usize, day: Day, batch: &Batch) -> Vec<bool> {
        let pass = &self.passes[pass];
        let mut rows = batch.pass("level", |text| pass.levels.iter().any(|level| level.as_str() == text));
        let mut narrow = |column: &str, wants: &dyn Fn(&str) -> bool| {
            let wanted = batch.pass(column, wants);
            rows.iter_mut().zip(wanted).for_each(|(row, wanted)| *row &= wanted);
        };
        for (name, wanted) in &self.texts {
            narrow(name, &|text| text == wanted);
        }
        if let Some(subjects) = self.subjects.as_ref().filter(|_| pass.picks_subject) {
            narrow("subject", &|text| subjects.binary_search_by(|subject| subject.as_str().cmp(text)).is_ok());
        }
        if let (Some(wanted), Some(teams)) = (&self.own_wanted_teams, &self.teams) {
            match pass.levels == [Level::Team] {
                true => narrow("subject", &|team| wanted.iter().any(|wanted| wanted == team)),
                false => narrow("subject", &|person| teams.wants(person, day)),
            }
        }
        rows
    }
}

fn extend(columns: &mut Vec<&'static str>, more: Vec<&'static str>) {
    for name in more {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
}

fn column(known: &'static [Column], field: &str, name: &str) -> Result<&'static Column, Error> {
    let found = known.iter().find(|column| column.name == name);
    found.ok_or_else(|| Error::invalid(field, format!("this dataset has no column `{name}`")))
}

impl CutPlan {
    fn of(query: &Query, cut: &Cut) -> Result<Self, Error> {
        let known = columns(query.dataset);
        let by: Result<Vec<_>, Error> = cut
            .by
            .iter()
            .map(|key| match key {
                Key::Subject => Ok(PlannedKey::Subject),
                Key::Team => Ok(PlannedKey::Team),
                Key::Column(name) => match column(known, "by", name)? {
                    column if is_number(column) => {
                        Err(Error::invalid("by", format!("`{name}` is a number, not a group")))
                    }
                    column => Ok(PlannedKey::Column(column.name)),
                },
            })
            .collect();
        let by = by?;
        for name in apart(query.dataset) {
            let is_fixed = query.filter.texts.iter().any(|(column, _)| column == name);
            if !is_fixed && !by.contains(&PlannedKey::Column(name)) {
                return Err(Error::invalid(
                    "by",
                    format!("rows that differ in `{name}` are never added: group by it, or choose one"),
                ));
            }
        }
        let labels: Result<Vec<_>, Error> = cut.labels.iter().map(|name| column(known, "labels", name)).collect();
        let is_one_whole = cut.levels.len() == 1 || cut.levels.iter().all(|level| Cut::ATTRIBUTED.contains(level));
        if cut.levels.is_empty() || !is_one_whole {
            return Err(Error::invalid("level", "rows of these levels repeat each other: choose one level"));
        }
        let is_attributed = cut.levels.iter().all(|level| Cut::ATTRIBUTED.contains(level));
        let has_own_teams = query.filter.team.is_none() || is_attributed || cut.levels == [Level::Team];
        if !has_own_teams || (by.contains(&PlannedKey::Team) && !is_attributed) {
            return Err(Error::invalid(
                "level",
                "who was in a team is known of people only: ask at the level of users",
            ));
        }
        let is_group = |level: &Level| matches!(level, Level::Organization | Level::Team);
        let is_about_people = !cut.levels.iter().any(is_group);
        let is_by_subject = by.contains(&PlannedKey::Subject);
        let measures = query.measures.iter().map(|measure| {
            let (name, is_days) = match measure {
                Measure::People => return Ok(PlannedMeasure::People),
                Measure::Column(name) => (name, false),
                Measure::Days(name) => (name, true),
            };
            let column = column(known, "measures", name)?;
            if !is_number(column) {
                return Err(Error::invalid("measures", format!("`{name}` is a text, not a number")));
            }
            if is_days {
                return Ok(PlannedMeasure::Days(column.name));
            }
            let is_of_one = matches!(column.aggregation, Aggregation::PerDay | Aggregation::Snapshot);
            if is_of_one && !is_by_subject {
                return Err(Error::invalid("by", format!("`{name}` is a figure of one subject: group by it")));
            }
            let rule = match column.aggregation {
                Aggregation::People if is_about_people && is_by_subject => Rule::Any,
                // The provider's own count of a group's people holds for its day.
                Aggregation::People if is_by_subject && query.interval == Interval::Day => Rule::Sum,
                Aggregation::People => return Ok(PlannedMeasure::Flagged(column.name)),
                Aggregation::PerDay if query.interval != Interval::Day => Rule::Skip,
                Aggregation::PerDay | Aggregation::Snapshot => Rule::Last,
                Aggregation::Sum | Aggregation::Key | Aggregation::Label => Rule::Sum,
            };
            Ok(PlannedMeasure::Column(column, rule))
        });
        let (mut people_by, mut people_from) = (Vec::new(), Vec::new());
        for (place, key) in by.iter().enumerate() {
            // People of an organization are all people of the connector; those of a team are the team's.
            let key = match key {
                PlannedKey::Subject if cut.levels.contains(&Level::Organization) => continue,
                PlannedKey::Subject if cut.levels.contains(&Level::Team) => PlannedKey::OwnTeam,
                key => *key,
            };
            people_by.push(key);
            people_from.push(place);
        }
        Ok(Self {
            labels: labels?,
            measures: measures.collect::<Result<_, _>>()?,
            people_by,
            people_from,
            is_about_people,
            by,
        })
    }

    /// Whether the sums of the whole account are an answer.
    fn is_total(&self, cut: &Cut) -> bool {
        let is_key = |key: &PlannedKey| matches!(key, PlannedKey::Subject | PlannedKey::Column("level"));
        let is_sum = |measure: &PlannedMeasure| match measure {
            PlannedMeasure::Column(column, Rule::Sum) => column.kind == Kind::Integer,
            PlannedMeasure::Column(_, Rule::Skip) => true,
            _ => false,
        };
        let is_label = |label: &&'static Column| matches!(label.name, "name" | "email");
        cut.levels == [Level::Organization]
            && self.by.iter().all(is_key)
            && self.measures.iter().all(is_sum)
            && self.labels.iter().all(is_label)
    }

    fn keys(&self) -> impl Iterator<Item = &PlannedKey> {
        self.by.iter().chain(&self.people_by)
    }

    pub(super) fn counts_people(&self) -> bool {
        self.measures.iter().any(|measure| matches!(measure, PlannedMeasure::Flagged(_) | PlannedMeasure::People))
    }

    /// Whether the rows of people, and not the rows that are summed, say how many were active.
    pub(super) fn recounts(&self) -> bool {
        self.measures.iter().any(|measure| matches!(measure, PlannedMeasure::Flagged(_)))
    }
}
