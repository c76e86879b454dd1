//! `pairmeter connect`

use shared::handlers::save::NewConnector;
use shared::handlers::verify::Connection;
use shared::words::{Connector, PollJob, TeamSync};

use super::{poll, token};
use crate::arguments;
use crate::failure::{Done, Failure};
use crate::local_app::LocalApp;
use crate::show::{self, GOOD, styled};

pub(super) async fn run(local: &LocalApp, arguments: arguments::Connect, json: bool) -> Done {
    let team_sync = match arguments.team_sync {
        arguments::TeamSync::Daily => TeamSync::Daily,
        arguments::TeamSync::Once => TeamSync::Once,
    };
    let connector = save(local, &arguments.connection, arguments.name, team_sync).await?;
    if !json {
        show::line(format_args!("{} {} ({})", styled(GOOD, "connected"), connector.name, connector.id));
    }
    if arguments.no_poll {
        if json {
            show::json(&connector);
        } else {
            show::line("next: `pairmeter serve` fetches its history, or `pairmeter poll --history` does it here");
        }
        return Ok(std::process::ExitCode::SUCCESS);
    }
    poll::foreground(local, &connector, PollJob::backfill(&connector.id, None), json).await
}

pub(super) async fn save(
    local: &LocalApp,
    arguments: &arguments::Connection,
    name: Option<String>,
    team_sync: TeamSync,
) -> Result<Connector, Failure> {
    let Connection { provider, account, credential, api_url } = token::connection(arguments)?;
    let new = NewConnector { name, provider, account, credential, api_url, notify: None, team_sync };
    let (connector, _) = local.app.save().run(new, "command-line").await?;
    Ok(connector)
}
