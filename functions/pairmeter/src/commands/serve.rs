//! `pairmeter serve`: API, daily polls and workers in one process; `--demo` adds a sandbox.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use chrono::NaiveTime;
use futures_util::future::join_all;
use sandbox::{Options, Sandbox};
use shared::app::admin::Sample;
use shared::app::connect::{DAILY_NOTICES, DAILY_POLL, PENDING_POLLS};
use shared::clock::{Clock, WallClock};
use shared::config::Config;
use shared::handlers::fan_out::Round;
use shared::handlers::save::NewConnector;
use shared::http::Detours;
use shared::providers;
use shared::runtime::local;
use shared::words::{Account, Connector, Credential, Day, TeamSync, expose};
use tokio::net::TcpListener;

use crate::arguments;
use crate::failure::{Done, Failure};
use crate::local_app::LocalApp;
use crate::show::{self, GOOD, QUIET, STRONG, styled};

/// Concurrent polls. A poll that waits for its provider's rate limit occupies its worker, mostly without using the
/// CPU.
const WORKERS: usize = 12;
const DEMO_PEOPLE: usize = 120;
const DEMO_DAYS: usize = 90;
/// After this time, the link is shown even if data is missing.
const DEMO_PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(folder: &Path, config: &Config, arguments: &arguments::Serve) -> Done {
    // Binds first, so that a port in use is reported before anything else happens.
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| {
        Failure::Usage(format!("cannot listen on {}: {error}; choose another with --listen", arguments.listen))
    })?;
    let folder = if arguments.demo { folder.join("demo") } else { folder.to_owned() };
    let mut detours = config.detours.clone();
    let sandbox = if arguments.demo { Some(demo_sandbox().await?) } else { None };
    if let Some(sandbox) = &sandbox {
        let detour = Detours::parse(&sandbox.detour()).map_err(Failure::Usage)?;
        detours.extend(detour);
    }
    let local = LocalApp::open(&folder, config, detours)?;
    let token = match &config.token {
        Some(token) => expose(token).to_owned(),
        None => local::token(&folder)?,
    };
    let samples = if sandbox.is_some() { samples() } else { Vec::new() };
    let router = local::router(&local.app, &token, web::file, samples);
    let address = listener.local_addr()?;

    let poll = local.app.poll();
    let fan_out = local.app.fan_out();
    let server = local::serve(listener, router);
    let workers = local::work(local.queue.clone(), WORKERS, async |job| poll.run(&job, &()).await?.for_queue());
    let notify_expiry = local.app.notify_expiry();
    let clock = local.app.clock.clone();
    let schedule = &local.schedule;
    let daily = async {
        let poll = async |round, day: Day, at: NaiveTime| {
            let at = day.and_time(at).and_utc();
            fan_out.run(round, at, &format!("schedule-{}", at.format("%Y-%m-%dT%H"))).await.map(|_| ())
        };
        let all = local::daily(clock.clone(), DAILY_POLL, schedule.clone(), "fan_out", async |day| {
            poll(Round::Daily, day, DAILY_POLL).await
        });
        let pending = join_all(PENDING_POLLS.map(|at| {
            let (clock, schedule, poll) = (clock.clone(), schedule.clone(), &poll);
            async move {
                let name = format!("fan_out_{}", at.format("%H"));
                local::daily(clock, at, schedule, &name, async |day| poll(Round::Pending, day, at).await).await;
            }
        }));
        let notices = local::daily(clock.clone(), DAILY_NOTICES, schedule.clone(), "notify_expiry", async |day| {
            let at = day.and_time(DAILY_NOTICES).and_utc();
            notify_expiry.run(clock.now(), &format!("schedule-{}", at.format("%Y-%m-%dT%H"))).await?.whole()
        });
        tokio::join!(all, pending, notices);
    };
    let greeting = async {
        if sandbox.is_some() {
            demo(&local).await?;
        }
        greet(address.to_string().as_str(), &token, &folder, arguments.demo);
        std::future::pending::<Result<(), Failure>>().await
    };
    tokio::select! {
        served = server => served?,
        () = workers => {}
        () = daily => {}
        greeted = greeting => greeted?,
    }
    show::aside("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn demo_sandbox() -> Result<Sandbox, Failure> {
    let options = Options { follow: true, users: DEMO_PEOPLE, days: DEMO_DAYS, ..Options::at(WallClock.now()) };
    Ok(Sandbox::start(options).await?)
}

/// Connects the sandbox's accounts as a user would, unless an earlier run did, and waits for their history.
async fn demo(local: &LocalApp) -> Result<(), Failure> {
    let connected = super::all(local).await?;
    for spec in sandbox::specs() {
        if connected.iter().any(|connector| connector.provider == spec.provider) {
            continue;
        }
        let (name, slug) = spec.demo;
        let new = NewConnector {
            name: Some(name.to_owned()),
            provider: spec.provider.to_owned(),
            account: Account { kind: spec.account_kind.to_owned(), slug: slug.to_owned() },
            credential: Credential::new(spec.credential_kind, (spec.demo_credential)()),
            api_url: None,
            notify: None,
            team_sync: TeamSync::default(),
        };
        local.app.save().run(new, "demo").await?;
    }
    show::aside(styled(QUIET, format_args!("fetching {DEMO_DAYS} days from the sandbox ...")));
    let under_way = async || -> Result<Vec<Connector>, Failure> {
        let all = super::all(local).await?.into_iter();
        Ok(all.filter(|connector| connector.last_poll.is_none()).collect())
    };
    let fetched = tokio::time::timeout(DEMO_PATIENCE, async {
        while !under_way().await?.iter().all(has_limits) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok::<(), Failure>(())
    });
    fetched.await.unwrap_or(Ok(()))?;
    // The rest continues in the background while the link works.
    for connector in under_way().await? {
        let name = &connector.name;
        show::aside(styled(
            QUIET,
            format_args!("{name} is fetched in the background, within its provider's rate limit"),
        ));
    }
    Ok(())
}

/// Its first poll takes minutes, because the sandbox has rate limits too.
fn has_limits(connector: &Connector) -> bool {
    providers::find(&connector.provider).is_some_and(|provider| !provider.about().limits.is_empty())
}

/// Accounts that a user of the demo can connect, and accounts that are refused.
fn samples() -> Vec<Sample> {
    let sample = |spec: &'static sandbox::StandInSpec| {
        let (slug, words) = spec.spare;
        let credential = |fields: sandbox::Fields| {
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
            fields.chain([("kind".to_owned(), spec.credential_kind.to_owned())]).collect()
        };
        Sample {
            provider: spec.provider.to_owned(),
            account: Account { kind: spec.account_kind.to_owned(), slug: slug.to_owned() },
            accepted: credential((spec.credential)(words)),
            refused: credential((spec.refused)()),
        }
    };
    sandbox::specs().map(sample).collect()
}

fn greet(address: &str, token: &str, folder: &Path, is_demo: bool) {
    let what = if is_demo { "Pairmeter, with a sandbox instead of the providers" } else { "Pairmeter" };
    show::line(format_args!("\n{}", styled(STRONG, what)));
    show::line(format_args!("  {}", styled(GOOD, format_args!("http://{address}/#token={token}"))));
    show::line(format_args!("  curl -H 'Authorization: Bearer {token}' 'http://{address}/v1/usage'"));
    show::line(styled(QUIET, format_args!("  data in {}; stop with Ctrl-C\n", folder.display())));
}
