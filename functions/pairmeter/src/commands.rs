//! The commands, one file each.

mod connect;
mod connectors;
mod identities;
mod notify;
mod poll;
mod rebuild;
mod report;
mod rotate;
mod sandbox;
mod serve;
mod token;
mod verify;

use shared::config::Config;
use shared::error::Error;
use shared::runtime::local;
use shared::words::{Connector, ConnectorId, DeliveryState};

use crate::arguments::{Arguments, Command};
use crate::failure::{Done, Failure};
use crate::local_app::{self, LocalApp};
use crate::show::{self, BAD, QUIET, styled};

pub(crate) async fn run(arguments: Arguments) -> Done {
    let config = Config::from_env()?;
    let is_server = matches!(arguments.command, Command::Serve(_));
    local::log(config.log.as_deref().unwrap_or(if is_server { "info" } else { "error" }));
    let folder = local_app::folder(arguments.data, &config);
    let json = arguments.json;
    let local = || LocalApp::open(&folder, &config, config.detours.clone());
    let stored = || LocalApp::stored(&folder, &config, config.detours.clone());
    match arguments.command {
        Command::Serve(options) => serve::run(&folder, &config, &options).await,
        Command::Sandbox(options) => sandbox::run(&options).await,
        Command::Verify(connection) => verify::run(&local()?, connection, json).await,
        Command::Connect(connect) => connect::run(&local()?, connect, json).await,
        Command::Connectors => connectors::run(&stored()?, json).await,
        Command::Rotate(rotate) => rotate::run(&stored()?, rotate, json).await,
        Command::Poll(poll) if poll.names_an_account() => poll::run(&local()?, poll, json).await,
        Command::Poll(poll) => poll::run(&stored()?, poll, json).await,
        Command::Usage(usage) => report::usage(&stored()?, usage.range, json).await,
        Command::Breakdown(breakdown) => report::breakdown(&stored()?, breakdown, json).await,
        Command::Tokens(tokens) => report::tokens(&stored()?, tokens, json).await,
        Command::Costs(costs) => report::costs(&stored()?, costs, json).await,
        Command::PullRequests(range) => report::pull_requests(&stored()?, range, json).await,
        Command::People(people) => report::people(&stored()?, people, json).await,
        Command::Teams(teams) => report::teams(&stored()?, teams, json).await,
        Command::Identities(identities) => identities::run(&stored()?, identities, json).await,
        Command::Seats(seats) => report::seats(&stored()?, seats, json).await,
        Command::Freshness => report::freshness(&stored()?, json).await,
        Command::Notify => notify::run(&stored()?, json).await,
        Command::Rebuild { connector } => rebuild::run(&stored()?, connector.as_deref(), json).await,
    }
}

/// The connector with this ID, or with a name or account that only it has.
async fn find(local: &LocalApp, name: &str) -> Result<Connector, Failure> {
    let all = all(local).await?;
    let is_meant = |connector: &&Connector| {
        connector.id.0 == name || connector.name == name || connector.account.slug.eq_ignore_ascii_case(name)
    };
    let mut meant = all.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(connector), None) => Ok(connector.clone()),
        (None, _) => Err(Failure::Usage(format!("no connector is called {name}; see `pairmeter connectors`"))),
        (Some(_), Some(_)) => Err(Failure::Usage(format!("{name} matches several connectors; use an ID"))),
    }
}

async fn all(local: &LocalApp) -> Result<Vec<Connector>, Error> {
    let mut all: Vec<Connector> = Vec::new();
    loop {
        let after: Option<ConnectorId> = all.last().map(|connector| connector.id.clone());
        let page = local.app.connectors.list(after.as_ref()).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Prints a warning if reminders do not reach all recipients.
async fn show_delivery(local: &LocalApp) -> Result<(), Failure> {
    let now = local.app.clock.now();
    let delivery = local.app.notifier.delivery(now).await.map_err(Error::from)?;
    let style = match delivery.state {
        DeliveryState::Ready => return Ok(()),
        DeliveryState::Unconfirmed | DeliveryState::Missing => BAD,
        DeliveryState::NotConfigured | DeliveryState::Unknown => QUIET,
    };
    if let Some(detail) = delivery.detail {
        show::line(styled(style, detail));
    }
    Ok(())
}
