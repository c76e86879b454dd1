//! Any day of events, read twice; the second time without the addresses of former members.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared::handlers::poll::carry_over;
use shared::segment::{Cost, ModelUsage, Row, Segment, Table};
use shared::words::Level;

const PEOPLE: [&str; 4] = ["a@acme.test", "b@acme.test", "c@acme.test", ""];
const MODELS: [&str; 2] = ["large", "small"];

/// One use of a model.
#[derive(Clone, Debug)]
struct Event {
    who: usize,
    model: usize,
    /// Unknown for some events. An amount of zero leaves no trace in the unattributed part.
    micro: Option<i64>,
    tokens: i64,
}

fn event() -> impl Strategy<Value = Event> {
    (0..PEOPLE.len(), 0..MODELS.len(), prop::option::of(1..1000_i64), 0..50_i64)
        .prop_map(|(who, model, micro, tokens)| Event { who, model, micro, tokens })
}

fn written<R: Row>(rows: impl IntoIterator<Item = R>) -> Segment {
    let mut table = Table::of::<R>();
    rows.into_iter().for_each(|row| table.push(&row).unwrap());
    table.finish().unwrap()
}

/// Amount, uses without an amount, uses and tokens, by subject and model.
type UsageSums = BTreeMap<(String, String), [Option<i64>; 4]>;

fn add(sum: &mut Option<i64>, more: Option<i64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0) + more);
    }
}

fn sums(events: &[Event]) -> UsageSums {
    let mut sums = UsageSums::new();
    for event in events {
        for who in [PEOPLE[event.who], "octo"] {
            let [micro, unpriced, uses, tokens] =
                sums.entry((who.to_owned(), MODELS[event.model].to_owned())).or_default();
            add(micro, event.micro);
            add(unpriced, event.micro.is_none().then_some(1));
            add(uses, Some(1));
            add(tokens, Some(event.tokens));
        }
    }
    sums
}

fn level(subject: &str) -> Level {
    if subject == "octo" { Level::Organization } else { Level::User }
}

fn costs(sums: &UsageSums) -> Segment {
    written(sums.iter().map(|((subject, model), [micro_amount, unpriced, ..])| Cost {
        level: level(subject),
        subject,
        basis: "metered",
        model: Some(model),
        micro_amount: *micro_amount,
        unpriced: *unpriced,
        ..Cost::default()
    }))
}

fn usage(sums: &UsageSums) -> Segment {
    written(sums.iter().map(|((subject, model), [.., requests, tokens_out])| ModelUsage {
        level: level(subject),
        subject,
        model: Some(model),
        requests: *requests,
        tokens_out: *tokens_out,
        ..ModelUsage::default()
    }))
}

/// The two summed columns of each row, by subject and model.
fn read<R: Row>(segment: &Segment, columns: [&str; 2]) -> BTreeMap<(String, String), [Option<i64>; 2]> {
    let place = |name| shared::segment::column::<R>(name).unwrap();
    let text = |row: &shared::segment::Plain<R>, name| row.text(place(name)).unwrap_or_default().to_owned();
    let rows = segment.plain::<R>().unwrap();
    let rows = rows
        .iter()
        .map(|row| ((text(row, "subject"), text(row, "model")), columns.map(|name| row.integer(place(name)))));
    rows.collect()
}

/// Invariants for any events.
fn assert_carried<R: Row>(stored: &Segment, new: &Segment, columns: [&str; 2]) -> Result<Segment, TestCaseError> {
    let once = carry_over(R::DATASET, stored, new.clone()).unwrap();
    prop_assert_eq!(&carry_over(R::DATASET, stored, once.clone()).unwrap(), &once, "of its own result");
    prop_assert_eq!(&carry_over(R::DATASET, &once, new.clone()).unwrap(), &once, "of the same answer again");
    prop_assert_eq!(&once.totals, &new.totals);
    let (rows, told) = (read::<R>(&once, columns), read::<R>(new, columns));
    for model in MODELS {
        let sum = |rows: &BTreeMap<(String, String), [Option<i64>; 2]>, of_account: bool| {
            let mut sum = [None; 2];
            for ((subject, of), row) in rows {
                if of == model && (subject == "octo") == of_account {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| add(sum, *value));
                }
            }
            sum.map(Option::unwrap_or_default)
        };
        prop_assert_eq!(sum(&rows, false), sum(&rows, true), "people and the rest are the account");
        prop_assert_eq!(sum(&rows, true), sum(&told, true), "the account is the provider's");
    }
    prop_assert!(rows.values().flatten().flatten().all(|value| *value >= 0));
    // A person who is named in the answer has the answer's numbers.
    for (key, row) in told.iter().filter(|((subject, _), _)| !subject.is_empty()) {
        prop_assert_eq!(rows.get(key), Some(row));
    }
    Ok(once)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// B15.
    #[test]
    fn a_day_without_former_members_keeps_its_totals(
        events in prop::collection::vec(event(), 0..12),
        left in prop::collection::vec(any::<bool>(), PEOPLE.len()),
        late in prop::collection::vec(event(), 0..4),
        factor in 0..3_i64,
    ) {
        let forgotten = |event: &Event| Event { who: if left[event.who] { PEOPLE.len() - 1 } else { event.who }, ..event.clone() };
        let before = sums(&events);
        let same: Vec<Event> = events.iter().map(forgotten).collect();
        let again = sums(&same);
        // Only names are lost: the day is unchanged.
        let kept = assert_carried::<Cost<'_>>(&costs(&before), &costs(&again), ["micro_amount", "unpriced"])?;
        prop_assert_eq!(
            read::<Cost<'_>>(&kept, ["micro_amount", "unpriced"]),
            read::<Cost<'_>>(&costs(&before), ["micro_amount", "unpriced"])
        );
        let kept = assert_carried::<ModelUsage<'_>>(&usage(&before), &usage(&again), ["requests", "tokens_out"])?;
        prop_assert_eq!(kept.rows, usage(&before).rows);
        // Restated amounts, and late uses.
        let restated = same.into_iter().map(|event| Event { micro: event.micro.map(|micro| micro * factor), ..event });
        let now = sums(&restated.chain(late.iter().map(forgotten)).collect::<Vec<_>>());
        assert_carried::<Cost<'_>>(&costs(&before), &costs(&now), ["micro_amount", "unpriced"])?;
        assert_carried::<ModelUsage<'_>>(&usage(&before), &usage(&now), ["requests", "tokens_out"])?;
    }
}
