//! Costs of all providers: bases stay separate, people add up, and one person is found everywhere by e-mail.

use std::collections::{BTreeMap, BTreeSet};

use shared::handlers::costs::{CostRow, CostsQuery};
use shared::handlers::people::PeopleQuery;
use shared::handlers::report::Interval;
use shared::handlers::save::NewConnector;
use shared::words::{Account, Connector, Credential, PollOutcome, TeamSync};

use crate::sandbox_world::World;

/// A Pairmeter in which every provider is connected and polled.
pub async fn all_providers() -> (World, Vec<Connector>) {
    let world = World::new().await;
    let mut connectors = Vec::new();
    for spec in sandbox::specs() {
        let new = NewConnector {
            name: None,
            provider: spec.provider.to_owned(),
            account: Account { kind: spec.account_kind.to_owned(), slug: (spec.account)("") },
            credential: Credential::new(spec.credential_kind, (spec.credential)("")),
            api_url: None,
            notify: None,
            team_sync: TeamSync::default(),
        };
        let (connector, _) = world.app.save().run(new, "r").await.unwrap();
        let polled = world.poll(&connector).await;
        assert_eq!(polled.outcome, PollOutcome::Ok, "{}: {:?}", spec.provider, polled.failure);
        connectors.push(connector);
    }
    (world, connectors)
}

async fn costs(world: &World, query: CostsQuery) -> Vec<CostRow> {
    let query = CostsQuery { interval: Interval::Total, limit: Some(10_000), ..query };
    world.app.reports().costs.run(query).await.unwrap().rows
}

/// Sums in millionths by basis: money and credits.
fn by_basis(rows: &[CostRow]) -> BTreeMap<String, (i64, i64)> {
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(row.basis.clone()).or_default();
        sum.0 += row.amount.unwrap_or_default().0;
        sum.1 += row.credits.unwrap_or_default().0;
    }
    sums
}

#[tokio::test]
async fn people_and_unattributed_cost_add_up_to_the_account_by_basis() {
    let (world, connectors) = all_providers().await;
    let mut with_costs = 0;
    for connector in &connectors {
        let of = |by: &str| CostsQuery {
            connector: Some(connector.id.0.clone()),
            by: Some(by.to_owned()),
            ..CostsQuery::default()
        };
        let whole = costs(&world, of("model,line_item,project")).await;
        let people = costs(&world, of("person,model,line_item,project")).await;
        assert_eq!(by_basis(&whole), by_basis(&people), "{}", connector.provider);
        assert_eq!(by_basis(&whole), by_basis(&costs(&world, of("basis")).await), "{}", connector.provider);
        with_costs += usize::from(!whole.is_empty());
    }
    assert!(with_costs >= 2, "{with_costs} of {} providers have costs", connectors.len());
}

#[tokio::test]
async fn one_persons_costs_at_all_providers_are_found_by_e_mail() {
    let (world, connectors) = all_providers().await;
    // Copilot's rows have no e-mail address.
    let by_person = CostsQuery { by: Some("person".to_owned()), ..CostsQuery::default() };
    let has_email = |row: &CostRow| row.subject.as_ref().is_some_and(|subject| subject.email.is_some());
    let with_costs: BTreeSet<String> =
        costs(&world, by_person).await.into_iter().filter(has_email).map(|row| row.provider).collect();
    let people = world.app.reports().people.run(PeopleQuery::default()).await.unwrap().rows;
    let everywhere = |providers: &BTreeSet<String>| with_costs.is_subset(providers);
    let found: Vec<_> = people.iter().filter(|person| everywhere(&person.providers)).collect();
    assert!(!found.is_empty(), "none of {} people is at {with_costs:?}", people.len());
    for person in found {
        let email = person.email.clone().unwrap();
        // In any case.
        let query = CostsQuery { email: Some(email.to_uppercase()), ..CostsQuery::default() };
        let rows = costs(&world, query).await;
        let keys: BTreeSet<_> = rows.iter().map(|row| (&row.provider, &row.basis, &row.currency)).collect();
        assert_eq!(keys.len(), rows.len(), "one row for each provider and basis");
        assert!(rows.iter().all(|row| row.subject.as_ref().unwrap().email.as_deref() == Some(&email)));
        let providers: BTreeSet<String> = rows.iter().map(|row| row.provider.clone()).collect();
        assert_eq!(providers, with_costs, "{email}");
        // Each provider's amount is the sum of its own rows, queried for one connector.
        for connector in connectors.iter().filter(|connector| with_costs.contains(&connector.provider)) {
            let alone = CostsQuery {
                connector: Some(connector.id.0.clone()),
                by: Some("person".to_owned()),
                ..CostsQuery::default()
            };
            let mut alone = costs(&world, alone).await;
            alone.retain(|row| row.subject.as_ref().unwrap().email.as_deref() == Some(&email));
            let together: Vec<_> = rows.iter().filter(|row| row.connector == connector.id).cloned().collect();
            assert_eq!(by_basis(&alone), by_basis(&together), "{email} {}", connector.provider);
        }
    }
}
