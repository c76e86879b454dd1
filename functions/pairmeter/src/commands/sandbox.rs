//! `pairmeter sandbox`

use std::process::ExitCode;

use chrono::TimeDelta;
use sandbox::{Options, Sandbox};
use shared::clock::{Clock, WallClock};

use crate::arguments;
use crate::failure::Done;
use crate::show;

pub(super) async fn run(arguments: &arguments::Sandbox) -> Done {
    let now = WallClock.now();
    let options = Options {
        listen: arguments.listen,
        follow: true,
        seed: arguments.seed,
        users: arguments.users,
        days: arguments.days,
        ..Options::at(now)
    };
    let sandbox = Sandbox::start(options).await?;
    // People and their history are those of today.
    sandbox.set_now(now - TimeDelta::days(arguments.behind.into()));
    show::aside(format_args!(
        "the providers' APIs, {} people in every organization, on {}; stop with Ctrl-C",
        arguments.users,
        sandbox.url()
    ));
    show::line(format_args!("export PAIRMETER_DETOUR=\"{}\"", sandbox.detour()));
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}
