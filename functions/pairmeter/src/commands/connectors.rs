//! `pairmeter connectors`

use std::process::ExitCode;

use serde_json::json;
use shared::app::connect::View;
use shared::error::Error;
use shared::words::ConnectorState;

use crate::failure::Done;
use crate::local_app::LocalApp;
use crate::show::{self, Align, BAD, CAREFUL, GOOD, QUIET, Table, missing, styled};

pub(super) async fn run(local: &LocalApp, as_json: bool) -> Done {
    let now = local.app.clock.now();
    let connectors: Vec<View> =
        super::all(local).await?.into_iter().map(|connector| View::of(connector, now)).collect();
    if as_json {
        let mail = local.app.notifier.delivery(now).await.map_err(Error::from)?;
        show::json(&json!({ "connectors": connectors, "mail": mail }));
        return Ok(ExitCode::SUCCESS);
    }
    if connectors.is_empty() {
        show::line("no connectors yet");
        show::line("next: pairmeter connect --organization NAME --token-env GITHUB_TOKEN");
        return Ok(ExitCode::SUCCESS);
    }
    let left = Align::Left;
    let mut table = Table::new(&[
        ("name", left),
        ("provider", left),
        ("account", left),
        ("state", left),
        ("complete through", left),
        ("last poll", left),
        ("token expires in", Align::Right),
        ("id", left),
    ]);
    for connector in &connectors {
        let days = connector.token.days_left.map_or_else(missing, |days| format!("{days} days"));
        table.row([
            connector.name.clone(),
            connector.provider.clone(),
            format!("{} {}", connector.account.kind, connector.account.slug),
            state(connector.state).to_owned(),
            connector.freshness.complete_through.map_or_else(missing, |day| day.to_string()),
            connector.last_poll.as_ref().map_or_else(missing, |poll| poll.at.format("%Y-%m-%d %H:%M").to_string()),
            days,
            connector.id.to_string(),
        ]);
    }
    table.print();
    for connector in connectors.iter().filter(|connector| connector.state_detail.is_some()) {
        let style = match connector.state {
            ConnectorState::OwnerMustAct => BAD,
            ConnectorState::Failing => CAREFUL,
            ConnectorState::Active => GOOD,
            ConnectorState::Paused => QUIET,
        };
        let detail = connector.state_detail.as_deref().unwrap_or_default();
        show::line(format_args!("{}: {detail}", styled(style, &connector.name)));
    }
    super::show_delivery(local).await?;
    Ok(ExitCode::SUCCESS)
}

fn state(state: ConnectorState) -> &'static str {
    match state {
        ConnectorState::Active => "active",
        ConnectorState::Paused => "paused",
        ConnectorState::Failing => "failing",
        ConnectorState::OwnerMustAct => "owner must act",
    }
}
