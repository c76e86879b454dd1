//! What a stored day knows and a later answer about the same day has forgotten: names, and who left.
//!
//! Some providers name people only while they are members. Cursor's events of a former member come without an address
//! (<https://forum.cursor.com/t/161589>), so that a day that is read again has the same totals and fewer names. Two rules
//! keep the attribution of the stored day:
//!
//! 1. A subject that has a name or an e-mail address in the stored rows and none in the new ones keeps them.
//! 2. Where the unattributed part of a group (the same model, basis, line item and so on) is larger than it was, and people
//!    of the stored day are absent from the whole new answer, the growth is theirs, in proportion to what they had in that
//!    group. Amounts of money are restated, so all of their growth is; of counts no person gets more than they had. The
//!    rest stays unattributed.
//!
//! The sums of a day stay as the provider states them now. Only the counts of active and engaged people, which are counted
//! from named rows, rise again with the people who are named again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::TryStreamExt;

use crate::error::StoreError;
use crate::ports::SegmentStore;
use crate::providers::About;
use crate::segment::{Activity, Breakdown, Cost, Kind, ModelUsage, Plain, Row, Segment, Value, column};
use crate::words::{Connector, Dataset, Days, Level, SegmentHead};

/// Texts that say who a row is about, or change with the person; all other texts tell the groups of a person apart.
const OF_THE_PERSON: [&str; 5] = ["level", "subject", "name", "email", "teams"];
const NAMES: [&str; 2] = ["name", "email"];
/// 0 or 1 for a person, and the number of such people at the levels above.
const PEOPLE: [&str; 2] = ["active", "engaged"];
/// Money, which a provider may state anew at a higher amount.
const RESTATED: [&str; 2] = ["micro_amount", "micro_credits"];

/// [`carry_over`] for a day that is about to be replaced; `head` is the stored one.
pub(in crate::handlers) async fn keep_known(
    segments: &dyn SegmentStore,
    connector: &Connector,
    about: &About,
    head: Option<&SegmentHead>,
    new: Segment,
) -> Result<Segment, StoreError> {
    let Some(head) = head.filter(|head| about.forgets_leavers && head.has_content()) else { return Ok(new) };
    if new.rows_checksum.is_some() && head.rows_checksum == new.rows_checksum {
        return Ok(new);
    }
    let stored = segments.range(&connector.id, head.dataset, Days::one(head.day)).try_next().await;
    let carried = stored.and_then(|stored| match stored {
        Some(stored) => carry_over(head.dataset, &stored.segment, new.clone()),
        None => Ok(new.clone()),
    });
    match carried {
        // Damaged rows must not stop the answer that replaces them.
        Err(StoreError::Corrupt(_)) => Ok(new),
        carried => carried,
    }
}

/// The new rows of a day with what the stored ones know better; `new` itself where that is nothing. Only for a provider that
/// forgets leavers ([`crate::providers::About::forgets_leavers`]): it reads both segments whole.
///
/// The result is stable: applied to its own result, or to the same answer once more, it changes nothing.
pub fn carry_over(dataset: Dataset, stored: &Segment, new: Segment) -> Result<Segment, StoreError> {
    match dataset {
        Dataset::Activity => rows::<Activity<'_>>(stored, new),
        Dataset::ModelUsage => rows::<ModelUsage<'_>>(stored, new),
        Dataset::Cost => rows::<Cost<'_>>(stored, new),
        Dataset::Breakdown => rows::<Breakdown<'_>>(stored, new),
        // A list of seats has no unattributed part.
        Dataset::Seats | Dataset::PullRequests => Ok(new),
    }
}

fn rows<R: Row>(stored: &Segment, new: Segment) -> Result<Segment, StoreError> {
    let known = Known::of::<R>(stored)?;
    let told = Known::of::<R>(&new)?;
    let leavers = if told.is_partly_unattributed() { known.absent_from(&told) } else { BTreeSet::new() };
    let unnamed = known.better_than(&told);
    if leavers.is_empty() && unnamed.is_empty() {
        return Ok(new);
    }
    let mut rows = new.plain::<R>()?;
    if !leavers.is_empty() {
        attribute(&stored.plain::<R>()?, &leavers, &mut rows);
    }
    for row in &mut rows {
        let Some(names) = unnamed.get(&(row.level(), subject(row))) else { continue };
        for (at, name) in
            NAMES.iter().zip(names).filter_map(|(column_name, name)| Some((column::<R>(column_name)?, name)))
        {
            if row.text(at).is_none() {
                row.values[at] = Value::Text(name.clone());
            }
        }
    }
    Segment::of_plain(&rows)
}

type Text = Arc<str>;
/// Name and e-mail address.
type Names = [Option<Text>; 2];

/// The subjects of a segment and how they are called.
struct Known(BTreeMap<(Level, Text), Names>);

impl Known {
    fn of<R: Row>(segment: &Segment) -> Result<Self, StoreError> {
        let mut known: BTreeMap<(Level, Text), Names> = BTreeMap::new();
        for batch in segment.read::<R>(&["level", "subject", "name", "email"])? {
            let batch = batch?;
            let (Some(levels), Some(subjects)) = (batch.texts("level"), batch.texts("subject")) else { continue };
            let distinct: Vec<Text> = subjects.distinct().map(Arc::from).collect();
            let names = NAMES.map(|name| batch.texts(name));
            // A subject's rows mostly follow each other, and mostly say the same.
            let mut last = None;
            for row in 0..batch.rows() {
                let name = |at: usize| names[at].as_ref().and_then(|texts: &crate::segment::Texts<'_>| texts.key(row));
                let this = (levels.key(row), subjects.key(row), name(0), name(1));
                if last.replace(this) == Some(this) {
                    continue;
                }
                let (Some(level), Some(subject)) = (levels.get(row).and_then(Level::parse), this.1) else { continue };
                let own = known.entry((level, distinct[subject].clone())).or_default();
                for (own, texts) in own.iter_mut().zip(&names) {
                    let text = || texts.as_ref().and_then(|texts| texts.get(row)).map(Arc::from);
                    *own = own.take().or_else(text);
                }
            }
        }
        Ok(Self(known))
    }

    fn is_partly_unattributed(&self) -> bool {
        self.0.contains_key(&(Level::User, Arc::from("")))
    }

    /// People of whom `new` has no row.
    fn absent_from(&self, new: &Self) -> BTreeSet<Text> {
        let people = self.0.keys().filter(|(level, subject)| *level == Level::User && !subject.is_empty());
        people.filter(|person| !new.0.contains_key(person)).map(|(_, subject)| subject.clone()).collect()
    }

    /// Subjects of `new` that had a name or an address here and lack it there.
    fn better_than(&self, new: &Self) -> BTreeMap<(Level, Text), Names> {
        let lacks =
            |names: &Names, new: &Names| names.iter().zip(new).any(|(name, new)| name.is_some() && new.is_none());
        let both = new.0.iter().filter_map(|(subject, new)| Some((subject, self.0.get(subject)?, new)));
        both.filter(|(_, names, new)| lacks(names, new))
            .map(|(subject, names, _)| (subject.clone(), names.clone()))
            .collect()
    }
}

fn subject<R: Row>(row: &Plain<R>) -> Text {
    column::<R>("subject").and_then(|at| row.text(at)).map_or_else(|| Arc::from(""), Arc::from)
}

/// What a person's rows are told apart by.
type Group = Vec<Option<Text>>;

fn group<R: Row>(row: &Plain<R>) -> Group {
    let of_the_group = |value: &Value, name| match value {
        Value::Text(text) if !OF_THE_PERSON.contains(&name) => Some(text.clone()),
        _ => None,
    };
    R::COLUMNS.iter().zip(&row.values).filter_map(|(column, value)| of_the_group(value, column.name)).collect()
}

/// The columns whose values are divided, and whether one may have grown by being stated anew.
fn divided<R: Row>() -> Vec<(usize, bool)> {
    let columns = R::COLUMNS.iter().enumerate();
    let summed = columns.filter(|(_, column)| column.kind == Kind::Integer && !PEOPLE.contains(&column.name));
    summed.map(|(at, column)| (at, RESTATED.contains(&column.name))).collect()
}

fn is_unattributed<R: Row>(row: &Plain<R>) -> bool {
    row.level() == Level::User && subject(row).is_empty()
}

/// Gives the growth of the unattributed rows back to the people who left.
fn attribute<R: Row>(stored: &[Plain<R>], leavers: &BTreeSet<Text>, rows: &mut Vec<Plain<R>>) {
    let mut before: BTreeMap<Group, &Plain<R>> = BTreeMap::new();
    let mut theirs: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
    for (at, row) in stored.iter().enumerate() {
        if is_unattributed(row) {
            before.insert(group(row), row);
        } else if row.level() == Level::User && leavers.contains(&subject(row)) {
            theirs.entry(group(row)).or_default().push(at);
        }
    }
    // By the place in the stored rows, so that they come back in the same order.
    let mut back: BTreeMap<usize, Plain<R>> = BTreeMap::new();
    let mut is_left = vec![true; rows.len()];
    for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| is_unattributed(row)) {
        let Some(places) = theirs.remove(&group(row)) else { continue };
        let had: Vec<&Plain<R>> = places.iter().map(|place| &stored[*place]).collect();
        let old = before.get(&group(row)).copied();
        let Some(given) = divide(&had, old, row) else { continue };
        is_left[at] = old.is_some() || divided::<R>().iter().any(|(column, _)| row.integer(*column).unwrap_or(0) != 0);
        back.extend(places.into_iter().zip(given));
    }
    let mut left = is_left.into_iter();
    rows.retain(|_| left.next().unwrap_or(true));
    for row in back.into_values() {
        count_again(&row, stored, rows);
        let whose = subject(&row);
        let is_before = |other: &Plain<R>| other.level() != Level::User || subject(other) <= whose;
        // Rows of one level follow each other, by subject.
        let behind = rows.iter().rposition(|other| other.level() == Level::User && is_before(other));
        let place = behind.map(|at| at + 1).or_else(|| rows.iter().position(|other| !is_before(other)));
        rows.insert(place.unwrap_or(rows.len()), row);
    }
}

/// The rows of leavers in one group, with their part of what `now` has more than `old`, which `now` then lacks; none where
/// nothing came to it.
fn divide<R: Row>(had: &[&Plain<R>], old: Option<&Plain<R>>, now: &mut Plain<R>) -> Option<Vec<Plain<R>>> {
    let mut given: Vec<Plain<R>> = had.iter().map(|row| (*row).clone()).collect();
    let mut left = now.clone();
    let mut is_more = old.is_none();
    for (at, is_restated) in divided::<R>() {
        let weights: Vec<i64> = had.iter().map(|row| row.integer(at).unwrap_or(0).max(0)).collect();
        let whole = weights.iter().fold(0_i64, |sum, weight| sum.saturating_add(*weight));
        let before = old.and_then(|row| row.integer(at));
        let growth = now.integer(at).map(|now| now.saturating_sub(before.unwrap_or(0)).max(0));
        let most = if is_restated && whole > 0 { i64::MAX } else { whole };
        let parts = shares(growth.unwrap_or(0).min(most), &weights);
        let sum: i64 = parts.iter().sum();
        let became_known = before.is_none() && growth.is_some() && had.iter().any(|row| row.integer(at).is_some());
        is_more |= sum > 0 || became_known;
        for (row, part) in given.iter_mut().zip(parts) {
            let known = row.integer(at).filter(|_| growth.is_some());
            row.set_integer(at, known.map(|_| part));
        }
        // What was unknown before, and is no more than what the leavers had, is unknown again.
        let rest = now.integer(at).map(|now| now - sum);
        left.set_integer(at, rest.filter(|rest| *rest != 0 || !became_known));
    }
    if !is_more {
        return None;
    }
    *now = left;
    Some(given)
}

/// `whole` in proportion to the weights: whole numbers that add up to it, the largest fractions rounded up first. All zero
/// where nothing has weight.
fn shares(whole: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(whole) * i128::from(*weight);
    let mut parts: Vec<i128> = weights.iter().map(|weight| exact(weight) / sum).collect();
    let mut left = i128::from(whole) - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(exact(&weights[*at]) % sum));
    for at in order {
        if left == 0 {
            break;
        }
        parts[at] += 1;
        left -= 1;
    }
    // No part is above `whole`.
    parts.into_iter().map(|part| i64::try_from(part).unwrap_or(i64::MAX)).collect()
}

/// A person who is named again is one more among those of the account and of their teams, and their work is their teams'.
fn count_again<R: Row>(row: &Plain<R>, stored: &[Plain<R>], rows: &mut Vec<Plain<R>>) {
    let people: Vec<usize> = PEOPLE.iter().filter_map(|name| column::<R>(name)).collect();
    if people.is_empty() {
        return;
    }
    let add = |to: &mut Plain<R>, at: usize| {
        if let Some(more) = row.integer(at) {
            to.set_integer(at, Some(to.integer(at).unwrap_or(0).saturating_add(more)));
        }
    };
    for whole in rows.iter_mut().filter(|other| other.level() == Level::Organization) {
        people.iter().for_each(|at| add(whole, *at));
    }
    let teams = column::<R>("teams").and_then(|at| row.text(at)).unwrap_or_default();
    let integers =
        || R::COLUMNS.iter().enumerate().filter(|(_, column)| column.kind == Kind::Integer).map(|(at, _)| at);
    for team in teams.split(',').filter(|team| !team.is_empty()) {
        let is_theirs = |other: &Plain<R>| other.level() == Level::Team && &*subject(other) == team;
        if !rows.iter().any(is_theirs) {
            let Some(mut empty) = stored.iter().find(|other| is_theirs(other)).cloned() else { continue };
            integers().for_each(|at| empty.set_integer(at, None));
            let place = rows.iter().position(|other| other.level() == Level::Organization).unwrap_or(rows.len());
            rows.insert(place, empty);
        }
        for sum in rows.iter_mut().filter(|other| is_theirs(other)) {
            integers().for_each(|at| add(sum, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Table;

    fn written<R: Row>(rows: &[R]) -> Segment {
        let mut table = Table::of::<R>();
        rows.iter().for_each(|row| table.push(row).unwrap());
        table.finish().unwrap()
    }

    fn cost<'a>(subject: &'a str, model: &'a str, micro_amount: i64) -> Cost<'a> {
        let level = if subject == "octo" { Level::Organization } else { Level::User };
        let email = (level == Level::User && !subject.is_empty()).then_some(subject);
        let (model, micro_amount) = (Some(model), Some(micro_amount));
        Cost { level, subject, email, basis: "metered", model, micro_amount, ..Cost::default() }
    }

    /// Subject, model and amount of each row, in the order in which they are stored: the account comes last.
    fn costs(stored: &[Cost<'_>], new: &[Cost<'_>]) -> Vec<String> {
        let (stored, new) = (written(stored), written(new));
        let once = carry_over(Dataset::Cost, &stored, new.clone()).unwrap();
        assert_eq!(once.totals, new.totals, "the account's totals are the provider's");
        let again = carry_over(Dataset::Cost, &once, new).unwrap();
        assert_eq!(again, once, "the next poll changes nothing");
        assert_eq!(carry_over(Dataset::Cost, &stored, once.clone()).unwrap(), once);
        let text = |row: &Plain<Cost<'_>>, name| {
            let at = column::<Cost<'_>>(name).unwrap();
            row.text(at)
                .map(str::to_owned)
                .or_else(|| row.integer(at).map(|amount| amount.to_string()))
                .unwrap_or_default()
        };
        let line = |row: Plain<Cost<'_>>| ["subject", "model", "micro_amount"].map(|name| text(&row, name)).join(" ");
        once.plain::<Cost<'_>>().unwrap().into_iter().map(line).collect()
    }

    #[test]
    fn what_a_leaver_had_is_theirs_again_and_the_day_is_as_it_was() {
        let stored = [cost("octo", "m", 100), cost("gone", "m", 40), cost("stays", "m", 60)];
        let new = [cost("octo", "m", 100), cost("", "m", 40), cost("stays", "m", 60)];
        assert_eq!(costs(&stored, &new), ["gone m 40", "stays m 60", "octo m 100"]);
        let back = carry_over(Dataset::Cost, &written(&stored), written(&new)).unwrap();
        assert_eq!(back, written(&stored), "down to the order of rows");
    }

    #[test]
    fn money_that_was_stated_anew_is_divided_in_proportion() {
        let stored = [cost("octo", "m", 109), cost("", "m", 9), cost("a", "m", 20), cost("b", "m", 80)];
        // 101 more than the 9: 20.2 and 80.8.
        let new = [cost("octo", "m", 110), cost("", "m", 110)];
        assert_eq!(costs(&stored, &new), [" m 9", "a m 20", "b m 81", "octo m 110"]);
        let lower = [cost("octo", "m", 59), cost("", "m", 59)];
        assert_eq!(costs(&stored, &lower), [" m 9", "a m 10", "b m 40", "octo m 59"]);
    }

    #[test]
    fn what_nobody_who_left_had_stays_unattributed() {
        let stored = [cost("octo", "m", 40), cost("gone", "m", 40)];
        let new = [cost("octo", "m", 40), cost("octo", "new", 7), cost("", "m", 40), cost("", "new", 7)];
        assert_eq!(costs(&stored, &new), [" new 7", "gone m 40", "octo m 40", "octo new 7"]);
        // Nothing came to the unattributed part, so there is nothing to give back.
        let vanished = [cost("octo", "m", 5), cost("", "m", 0), cost("stays", "m", 5)];
        let stored = [cost("octo", "m", 45), cost("", "m", 0), cost("gone", "m", 40), cost("stays", "m", 5)];
        assert_eq!(costs(&stored, &vanished), [" m 0", "stays m 5", "octo m 5"]);
    }

    #[test]
    fn of_a_count_nobody_gets_more_than_they_had() {
        let usage = |subject, requests, tokens_out| ModelUsage {
            level: Level::User,
            subject,
            model: Some("m"),
            requests: Some(requests),
            tokens_out,
            ..ModelUsage::default()
        };
        let stored = written(&[usage("gone", 3, None)]);
        let new = written(&[usage("", 10, Some(50))]);
        let got = carry_over(Dataset::ModelUsage, &stored, new).unwrap();
        // Tokens were unknown of the leaver, so none of those that came are theirs.
        assert_eq!(got, written(&[usage("", 7, Some(50)), usage("gone", 3, None)]));
    }

    #[test]
    fn a_person_who_is_named_again_counts_for_the_account_and_for_the_team() {
        let person = |subject, teams, chat_turns| Activity {
            level: Level::User,
            subject,
            teams,
            active: Some(1),
            chat_turns: Some(chat_turns),
            ..Activity::default()
        };
        let sum = |level, subject, active, chat_turns| Activity {
            level,
            subject,
            active,
            chat_turns: Some(chat_turns),
            ..Activity::default()
        };
        let (team, whole) = (Level::Team, Level::Organization);
        let unattributed = Activity { active: None, ..person("", None, 4) };
        let stored = written(&[
            person("gone", Some("t,u"), 4),
            person("stays", Some("t"), 5),
            sum(team, "t", Some(2), 9),
            sum(team, "u", Some(1), 4),
            sum(whole, "octo", Some(2), 9),
        ]);
        let new = written(&[
            unattributed,
            person("stays", Some("t"), 5),
            sum(team, "t", Some(1), 5),
            sum(whole, "octo", Some(1), 9),
        ]);
        let got = carry_over(Dataset::Activity, &stored, new).unwrap();
        assert_eq!(got, stored);
    }

    #[test]
    fn a_name_that_an_answer_lacks_stays() {
        let row = |name, email| Cost { name, email, ..cost("7", "m", 5) };
        let stored = written(&[row(Some("Ana"), Some("ana@acme.test"))]);
        let keep = |new: Cost<'_>| carry_over(Dataset::Cost, &stored, written(&[new])).unwrap();
        assert_eq!(keep(row(None, None)), stored);
        assert_eq!(keep(row(Some("Ana B."), None)), written(&[row(Some("Ana B."), Some("ana@acme.test"))]));
    }

    #[test]
    fn shares_add_up_and_follow_the_weights() {
        assert_eq!(shares(101, &[20, 80]), [20, 81]);
        assert_eq!(shares(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(shares(i64::MAX, &[i64::MAX, i64::MAX]), [i64::MAX / 2 + 1, i64::MAX / 2]);
        assert_eq!((shares(5, &[0, 0]), shares(0, &[3, 4])), (vec![0, 0], vec![0, 0]));
    }
}
