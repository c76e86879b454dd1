//! Any query equals a naive evaluation over decoded rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::memory::Memory;
use super::*;
use crate::ports::{ConnectorStore, Identities};
use crate::providers::identity_key;
use crate::segment::{Activity, Aggregation, Breakdown, Cost, ModelUsage, Plain, apart, columns};
use crate::words::{ConnectorId, Day, Links, SegmentState};

/// What was stored: by connector, dataset and day, the state and the rows as texts and numbers.
type Stored = BTreeMap<(String, Dataset, Day), (bool, Vec<Decoded>)>;

#[derive(Clone, Debug, Default)]
struct Decoded {
    texts: BTreeMap<&'static str, String>,
    numbers: BTreeMap<&'static str, i64>,
}

impl Decoded {
    fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    fn level(&self) -> Level {
        self.text("level").and_then(Level::parse).unwrap()
    }
}

/// Connector, first day of the period and keys.
type Place = (String, Day, Vec<Option<String>>);
/// The values, and days, partial, provisional.
type Figures = (Vec<Option<i64>>, u32, bool, bool);
/// The days of a period: day, provisional, rows.
type Stretch<'a> = Vec<(Day, bool, &'a Vec<Decoded>)>;

fn teams_on(stored: &Stored, connector: &str, day: Day, person: &str) -> Vec<String> {
    let is_person = |row: &&Decoded| row.level() == Level::User && row.text("subject") == Some(person);
    let lists = stored.iter().filter_map(|((id, dataset, at), (_, rows))| {
        let is_before = id == connector && *dataset == Dataset::Activity && *at <= day;
        // A day on which no one has a list does not say who was in a team.
        let is_known = is_before && rows.iter().any(|row| row.text("teams").is_some());
        let own = rows.iter().find(is_person).filter(|_| is_known && !person.is_empty())?;
        Some((*at, own.text("teams").unwrap_or_default()))
    });
    let ids = lists.max_by_key(|(at, _)| *at).map(|(_, ids)| ids).unwrap_or_default();
    ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

struct Naive<'a> {
    stored: &'a Stored,
    query: &'a Query,
    cut: &'a Cut,
}

impl Naive<'_> {
    fn is_wanted(&self, connector: &str, day: Day, row: &Decoded, picks_subject: bool) -> bool {
        let filter = &self.query.filter;
        let texts = filter.texts.iter().all(|(name, text)| row.text(name) == Some(text));
        let subject =
            !picks_subject || filter.subject.as_deref().is_none_or(|wanted| row.text("subject") == Some(wanted));
        let team = filter.team.as_ref().is_none_or(|team| match row.level() {
            Level::Team => row.text("subject") == Some(team),
            // Known of people alone; other cuts are refused.
            _ => teams_on(self.stored, connector, day, row.text("subject").unwrap_or_default()).contains(team),
        });
        texts && subject && team
    }

    fn keys(&self, connector: &str, day: Day, row: &Decoded, counts_people: bool) -> Vec<Vec<Option<String>>> {
        let mut all = vec![Vec::new()];
        for key in &self.cut.by {
            let of_level = |level| self.cut.levels.contains(&level);
            let values: Vec<Option<String>> = match key {
                Key::Subject if counts_people && of_level(Level::Organization) => vec![None],
                Key::Subject if !counts_people || !of_level(Level::Team) => {
                    vec![row.text("subject").map(str::to_owned)]
                }
                Key::Column(name) => vec![row.text(name).map(str::to_owned)],
                Key::Subject | Key::Team => {
                    let ids = teams_on(self.stored, connector, day, row.text("subject").unwrap_or_default());
                    match &self.query.filter.team {
                        Some(wanted) => ids.into_iter().filter(|id| wanted == id).map(Some).collect(),
                        None if ids.is_empty() => vec![Some(String::new())],
                        None => ids.into_iter().map(Some).collect(),
                    }
                }
            };
            all = all
                .iter()
                .flat_map(|key| values.iter().map(|value| [&key[..], std::slice::from_ref(value)].concat()))
                .collect();
        }
        all
    }

    fn lines(&self) -> BTreeMap<Place, Figures> {
        let Query { dataset, days, interval, .. } = self.query;
        let is_about_people = !self.cut.levels.iter().any(|it| matches!(it, Level::Organization | Level::Team));
        let by_subject = self.cut.by.contains(&Key::Subject);
        let mut periods: BTreeMap<(String, Day), Stretch<'_>> = BTreeMap::new();
        for ((connector, of, day), (provisional, rows)) in self.stored {
            if of == dataset && days.contains(*day) {
                let start = interval.period(*day, *days).from();
                periods.entry((connector.clone(), start)).or_default().push((*day, *provisional, rows));
            }
        }
        let mut lines = BTreeMap::new();
        for ((connector, start), stored) in periods {
            let span = interval.period(start, *days);
            let recounts = self.query.measures.iter().any(|measure| match measure {
                Measure::Column(name) => {
                    let column = columns(*dataset).iter().find(|column| column.name == name).unwrap();
                    column.aggregation == Aggregation::People
                        && !(by_subject && (is_about_people || *interval == Interval::Day))
                }
                _ => false,
            });
            let mut groups: BTreeMap<Vec<Option<String>>, Vec<(Day, &Decoded)>> = BTreeMap::new();
            let mut people: BTreeMap<Vec<Option<String>>, Vec<(Day, &Decoded)>> = BTreeMap::new();
            let mut people_days = BTreeSet::new();
            let mut has_people = false;
            for (day, _, rows) in &stored {
                for row in *rows {
                    if self.cut.levels.contains(&row.level()) && self.is_wanted(&connector, *day, row, true) {
                        for key in self.keys(&connector, *day, row, false) {
                            groups.entry(key).or_default().push((*day, row));
                        }
                    }
                    let is_person = row.level() == Level::User && row.text("subject") != Some("");
                    if is_person {
                        people_days.insert(*day);
                    }
                    if is_person && self.is_wanted(&connector, *day, row, is_about_people) {
                        has_people = true;
                        for key in self.keys(&connector, *day, row, true) {
                            people.entry(key).or_default().push((*day, row));
                        }
                    }
                }
            }
            for (key, rows) in &groups {
                let people_key: Vec<Option<String>> = key
                    .iter()
                    .zip(&self.cut.by)
                    .map(|(text, by)| match by {
                        Key::Subject if self.cut.levels.contains(&Level::Organization) => None,
                        _ => text.clone(),
                    })
                    .collect();
                let persons = people.get(&people_key);
                let distinct = |rows: Vec<&(Day, &Decoded)>| {
                    let ids: BTreeSet<_> = rows.iter().map(|(_, row)| row.text("subject")).collect();
                    ids.len() as i64
                };
                let is_unattributed = is_about_people
                    && self.cut.by.iter().zip(key).any(|(by, text)| *by == Key::Subject && text.as_deref() == Some(""));
                let values = self.query.measures.iter().map(|measure| match measure {
                    Measure::People => has_people.then(|| persons.map_or(0, |rows| distinct(rows.iter().collect()))),
                    Measure::Days(name) => {
                        let days = rows.iter().filter(|(_, row)| row.numbers.get(&**name).is_some_and(|it| *it > 0));
                        Some(days.map(|(day, _)| *day).collect::<BTreeSet<_>>().len() as i64)
                    }
                    Measure::Column(name) => {
                        let column = columns(*dataset).iter().find(|column| column.name == name).unwrap();
                        let numbers = || rows.iter().filter_map(|(_, row)| row.numbers.get(column.name));
                        match column.aggregation {
                            Aggregation::People if is_unattributed => None,
                            Aggregation::People if is_about_people && by_subject => {
                                numbers().max().map(|flag| *flag.max(&0))
                            }
                            Aggregation::People if !(by_subject && *interval == Interval::Day) => {
                                let told = persons?.iter().filter(|(_, row)| row.numbers.contains_key(column.name));
                                let told: Vec<_> = told.collect();
                                let active = told.iter().filter(|(_, row)| row.numbers[column.name] > 0);
                                (!told.is_empty()).then(|| distinct(active.copied().collect()))
                            }
                            _ => numbers().copied().reduce(|sum, more| sum + more),
                        }
                    }
                });
                let days = stored.len() as u32;
                let is_partial = stored.len() < span.len() || (recounts && people_days.len() < stored.len());
                let is_provisional = stored.iter().any(|(_, provisional, _)| *provisional);
                let line = (values.collect(), days, is_partial, is_provisional);
                lines.insert((connector.clone(), start, key.clone()), line);
            }
        }
        lines
    }
}

const LEVELS: [Level; 3] = [Level::Organization, Level::Team, Level::User];
const FIRST: &str = "2026-10-28";
const DAYS: i64 = 12;

fn any_row(dataset: Dataset) -> impl Strategy<Value = Decoded> {
    let subject = prop::sample::select(vec!["", "7", "12", "u-9"]);
    let maybe = |values: Vec<&'static str>| prop::option::of(prop::sample::select(values));
    let texts = (
        prop::sample::select(LEVELS.to_vec()),
        subject,
        maybe(vec!["1", "2", "1,2", ""]),
        maybe(vec!["opus", "gpt", ""]),
        prop::sample::select(vec!["billed", "list"]),
        maybe(vec!["USD", "EUR"]),
    );
    let numbers = prop::collection::vec(prop::option::of(-1..4_i64), 4);
    (texts, numbers).prop_map(move |((level, subject, teams, model, basis, currency), numbers)| {
        let mut row = Decoded::default();
        let mut set = |name, text: Option<&str>| {
            if let Some(text) = text {
                row.texts.insert(name, text.to_owned());
            }
        };
        set("level", Some(level.as_str()));
        set("subject", Some(if level == Level::Team { "2" } else { subject }));
        let names: [&'static str; 4] = match dataset {
            Dataset::Activity => {
                set("teams", teams.filter(|_| level == Level::User));
                ["active", "engaged", "chat_turns", "micro_credits"]
            }
            Dataset::ModelUsage => {
                set("model", model);
                ["requests", "tokens_in_uncached", "tokens_cache_read", "tokens_out"]
            }
            Dataset::Cost => {
                set("basis", Some(basis));
                set("currency", currency);
                set("model", model);
                ["micro_amount", "unpriced", "micro_credits", "micro_amount"]
            }
            _ => {
                set("dimension", Some(if basis == "billed" { "model" } else { "editor" }));
                set("value", model.or(Some("other")));
                ["generations", "acceptances", "requests", "sessions"]
            }
        };
        row.numbers.extend(names.into_iter().zip(numbers).filter_map(|(name, number)| Some((name, number?))));
        row
    })
}

fn any_stored(dataset: Dataset) -> impl Strategy<Value = Stored> {
    let day = |dataset| {
        let rows = prop::collection::vec(any_row(dataset), 0..7);
        prop::option::weighted(0.8, (any::<bool>(), rows))
    };
    let days = |dataset| prop::collection::vec(day(dataset), DAYS as usize);
    let connector = move || (days(Dataset::Activity), days(dataset));
    (connector(), connector()).prop_map(move |connectors| {
        let mut stored = Stored::new();
        for (id, (activity, other)) in [("a", connectors.0), ("b", connectors.1)] {
            for (of, days) in [(Dataset::Activity, activity), (dataset, other)] {
                for (offset, day) in days.into_iter().enumerate() {
                    let at = FIRST.parse::<Day>().unwrap() + chrono::Duration::days(offset as i64);
                    if let Some((provisional, mut rows)) = day {
                        // A person has one row a day, and with it one list of teams.
                        if of == Dataset::Activity {
                            let mut seen = BTreeSet::new();
                            rows.retain(|row| seen.insert((row.texts["level"].clone(), row.texts["subject"].clone())));
                        }
                        stored.insert((id.to_owned(), of, at), (provisional, rows));
                    }
                }
            }
        }
        stored
    })
}

/// Rows of any dataset from names and values.
fn encode<R: crate::segment::Row>(rows: &[Decoded]) -> Vec<Plain<R>> {
    rows.iter()
        .map(|row| Plain::of(|name| row.text(name).map(Arc::from), |name| row.numbers.get(name).copied()))
        .collect()
}

fn memory(stored: &Stored) -> Memory {
    let mut memory = Memory::default().connector("a", "one").connector("b", "another");
    for ((id, dataset, day), (provisional, rows)) in stored {
        let state = if *provisional { SegmentState::Provisional } else { SegmentState::Final };
        let (id, day) = (id.as_str(), day.to_string());
        memory = match dataset {
            Dataset::Activity => memory.state(id, &day, &encode::<Activity<'_>>(rows), state),
            Dataset::ModelUsage => memory.state(id, &day, &encode::<ModelUsage<'_>>(rows), state),
            Dataset::Cost => memory.state(id, &day, &encode::<Cost<'_>>(rows), state),
            _ => memory.state(id, &day, &encode::<Breakdown<'_>>(rows), state),
        };
    }
    memory.even_empty()
}

async fn persons(memory: &Memory, connectors: &[Connector]) -> Persons {
    let mut directories = Vec::new();
    for connector in connectors {
        directories.push((connector, memory.directory(&connector.id).await.unwrap()));
    }
    Persons::of(directories, identity_key, &Links::default())
}

fn any_query(dataset: Dataset) -> impl Strategy<Value = Query> {
    let (columns, measures): (&[&str], &[&str]) = match dataset {
        Dataset::Activity => (&[], &["active", "chat_turns", "engaged", "micro_credits"]),
        Dataset::ModelUsage => (&["model"], &["requests", "tokens_in_uncached", "tokens_out"]),
        Dataset::Cost => (&["basis", "currency", "model"], &["micro_amount", "unpriced"]),
        _ => (&["value"], &["generations", "sessions"]),
    };
    let mut measures: Vec<Measure> = measures.iter().map(|name| Measure::Column((*name).to_owned())).collect();
    measures.push(match dataset {
        Dataset::Activity => Measure::Days("active".to_owned()),
        _ => Measure::People,
    });
    let columns: Vec<Key> = columns.iter().map(|name| Key::Column((*name).to_owned())).collect();
    let level = prop::sample::select(LEVELS.to_vec());
    let cut = (level, any::<[bool; 2]>()).prop_map(move |(level, [by_subject, by_team])| {
        let mut by = columns.clone();
        by.extend(by_subject.then_some(Key::Subject));
        by.extend((by_team && level == Level::User).then_some(Key::Team));
        Cut { levels: vec![level], by, labels: Vec::new() }
    });
    let interval = prop::sample::select(vec![Interval::Day, Interval::Week, Interval::Month, Interval::Total]);
    let filter =
        (prop::option::weighted(0.3, Just("7")), prop::option::weighted(0.3, prop::sample::select(vec!["1", "2"])));
    let days = (0..4_i64, 0..4_i64);
    // What the ledger's totals can answer, a third of the time.
    let is_total = prop::bool::weighted(0.33).prop_map(move |wanted| wanted && apart(dataset).is_empty());
    (prop::collection::vec(cut, 1..4), interval, filter, days, is_total).prop_map(
        move |(mut cuts, interval, (subject, team), (skipped, dropped), is_total)| {
            let (mut subject, mut team, mut measures) = (subject, team, measures.clone());
            if is_total {
                for cut in &mut cuts {
                    cut.levels = vec![Level::Organization];
                    cut.by.retain(|key| *key == Key::Subject);
                }
                (subject, team) = (None, None);
                measures.pop();
            }
            let first = FIRST.parse::<Day>().unwrap();
            let has_teams = |cut: &Cut| cut.levels != [Level::Organization];
            let team = team.filter(|_| cuts.iter().all(has_teams));
            let dimension = (dataset == Dataset::Breakdown).then(|| ("dimension".to_owned(), "model".to_owned()));
            Query {
                dataset,
                days: Days::new(
                    first + chrono::Duration::days(skipped),
                    first + chrono::Duration::days(DAYS - dropped),
                ),
                interval,
                filter: Filter {
                    texts: dimension.into_iter().collect(),
                    subject: subject.map(str::to_owned),
                    team: team.map(str::to_owned),
                    ..Filter::default()
                },
                cuts,
                measures,
            }
        },
    )
}

fn compare(stored: &Stored, query: &Query) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let memory = memory(stored);
    let answers: Vec<Vec<(Place, Figures)>> = runtime.block_on(async {
        let mut connectors = Vec::new();
        for id in ["a", "b"] {
            connectors.push(memory.get(&ConnectorId(id.to_owned())).await.unwrap());
        }
        let persons = persons(&memory, &connectors).await;
        let engine = Engine { segments: &memory, connectors: &connectors, persons: &persons };
        let answer = engine.run(query, &Viewer::of_everything()).await.unwrap();
        let line = |row: Row<'_>, keys: usize| {
            // A team is named by its connector and its id there.
            let own = format!("{}/", row.connector.id);
            let keys =
                (0..keys).map(|place| row.key(place).map(|text| text.strip_prefix(&own).unwrap_or(text).to_owned()));
            let keys = keys.collect();
            let values = (0..query.measures.len()).map(|measure| row.value(measure).map(i64::from)).collect();
            let key = (row.connector.id.0.clone(), row.day(), keys);
            (key, (values, row.days(), row.is_partial(), row.is_provisional()))
        };
        let cuts = query.cuts.iter().enumerate();
        cuts.map(|(number, cut)| answer.rows(number).map(|row| line(row, cut.by.len())).collect()).collect()
    });
    for (cut, lines) in query.cuts.iter().zip(answers) {
        let count = lines.len();
        let got: BTreeMap<_, _> = lines.into_iter().collect();
        prop_assert_eq!(got.len(), count, "a group is there once");
        prop_assert_eq!(got, Naive { stored, query, cut }.lines());
    }
    Ok(())
}

macro_rules! equal_naive {
    ($($name:ident: $dataset:ident,)*) => {
        $(
            proptest! {
                #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

                #[test]
                fn $name(stored in any_stored(Dataset::$dataset), query in any_query(Dataset::$dataset)) {
                    compare(&stored, &query)?;
                }
            }
        )*
    };
}

equal_naive! {
    any_query_of_activity_equals_a_naive_evaluation: Activity,
    any_query_of_model_usage_equals_a_naive_evaluation: ModelUsage,
    any_query_of_costs_equals_a_naive_evaluation: Cost,
    any_query_of_breakdowns_equals_a_naive_evaluation: Breakdown,
}

fn refused(change: impl FnOnce(&mut Query)) -> String {
    let day = FIRST.parse::<Day>().unwrap();
    let mut query = Query {
        dataset: Dataset::Cost,
        days: Days::one(day),
        interval: Interval::Week,
        filter: Filter::default(),
        cuts: vec![Cut {
            levels: vec![Level::User],
            by: ["basis", "currency"].map(|name| Key::Column(name.to_owned())).into(),
            labels: Vec::new(),
        }],
        measures: vec![Measure::Column("micro_amount".to_owned())],
    };
    change(&mut query);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let memory = memory(&Stored::new());
    runtime.block_on(async {
        let connectors = [memory.get(&ConnectorId("a".to_owned())).await.unwrap()];
        let persons = Persons::default();
        let engine = Engine { segments: &memory, connectors: &connectors, persons: &persons };
        let answer = engine.run(&query, &Viewer::of_everything()).await;
        answer.err().map(|error| error.to_string()).unwrap_or_default()
    })
}

#[test]
fn what_may_not_be_added_is_refused_with_a_sentence() {
    assert_eq!(refused(|_| {}), "");
    let without_currency = refused(|query| query.cuts[0].by.truncate(1));
    assert!(without_currency.contains("`currency` are never added"), "{without_currency}");
    let twice = refused(|query| query.cuts[0].levels = vec![Level::Organization, Level::User]);
    assert!(twice.contains("repeat each other"), "{twice}");
    let median = refused(|query| {
        query.dataset = Dataset::PullRequests;
        query.cuts[0].by.clear();
        query.measures = vec![Measure::Column("median_minutes_to_merge".to_owned())];
    });
    assert!(median.contains("a figure of one subject"), "{median}");
    let team = refused(|query| {
        query.filter.team = Some("1".to_owned());
        query.cuts[0].levels = vec![Level::Organization];
    });
    assert!(team.contains("known of people only"), "{team}");
    for wrong in [Measure::Column("model".to_owned()), Measure::Column("sessions".to_owned())] {
        assert!(refused(|query| query.measures = vec![wrong]).contains("measures"));
    }
}
