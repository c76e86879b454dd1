//! `pairmeter poll`

use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use shared::handlers::poll::Polled;
use shared::providers;
use shared::words::{Account, Connector, Days, PollJob, PollOutcome, TeamSync};

use super::{connect, token};
use crate::arguments;
use crate::failure::{Done, Failure, recourse};
use crate::local_app::LocalApp;
use crate::show::{self, BAD, CAREFUL, GOOD, QUIET, styled};

pub(super) async fn run(local: &LocalApp, arguments: arguments::Poll, json: bool) -> Done {
    let connectors = meant(local, &arguments).await?;
    if connectors.is_empty() {
        return Err(Failure::Usage(
            "nothing is connected; name an account: pairmeter poll --organization NAME --token-env GITHUB_TOKEN"
                .to_owned(),
        ));
    }
    let mut worst = ExitCode::SUCCESS;
    let mut summaries = Vec::new();
    for connector in &connectors {
        let today = local.app.clock.today();
        let job = match arguments.days {
            Some(count) => {
                let days = Days::before(today, count);
                PollJob::requested(&connector.id, Some((days.from(), days.last())), "command")
            }
            None if arguments.history => PollJob::backfill(&connector.id, None),
            None => PollJob::daily(&connector.id, today),
        };
        let (polled, seconds) = poll(local, connector, job).await?;
        if json {
            summaries.push(summary(connector, &polled, seconds));
        } else {
            tell(connector, &polled, seconds);
        }
        if code(&polled) != ExitCode::SUCCESS {
            worst = code(&polled);
        }
    }
    // The output format depends on the command, not on the number of connectors.
    let is_about_one = arguments.connector.is_some() || arguments.names_an_account();
    match summaries.first() {
        Some(one) if is_about_one => show::json(one),
        Some(_) => show::json(&json!({"polls": summaries})),
        None => {}
    }
    Ok(worst)
}

/// The named connector, the account's connector (saved first if necessary), or all connectors.
async fn meant(local: &LocalApp, arguments: &arguments::Poll) -> Result<Vec<Connector>, Failure> {
    if let Some(wanted) = &arguments.connector {
        return Ok(vec![super::find(local, wanted).await?]);
    }
    let all = super::all(local).await?;
    if !arguments.names_an_account() {
        return Ok(all);
    }
    let names = &arguments.connection.account;
    let (kind, slug) = token::account(names)?;
    let is_same = |connector: &&Connector| {
        let about = providers::find(&connector.provider).map(|provider| provider.about());
        let kind = kind.unwrap_or(&connector.account.kind);
        let account = Account { kind: kind.to_owned(), slug: slug.to_owned() };
        let place = account.unique_key(about.and_then(|about| about.elsewhere(names.api_url.clone())).as_deref());
        names.provider.as_ref().is_none_or(|provider| connector.provider == *provider)
            && connector.unique_key() == place
    };
    match all.iter().find(is_same) {
        Some(connector) => Ok(vec![connector.clone()]),
        None => Ok(vec![connect::save(local, &arguments.connection, None, TeamSync::default()).await?]),
    }
}

/// Polls in the foreground, and prints the result.
pub(super) async fn foreground(local: &LocalApp, connector: &Connector, job: PollJob, json: bool) -> Done {
    let (polled, seconds) = poll(local, connector, job).await?;
    if json {
        show::json(&summary(connector, &polled, seconds));
    } else {
        tell(connector, &polled, seconds);
    }
    Ok(code(&polled))
}

async fn poll(local: &LocalApp, connector: &Connector, job: PollJob) -> Result<(Polled, f64), Failure> {
    let bar = show::Bar::new(&connector.name);
    let started = Instant::now();
    let polled = local.app.poll().run(&job, &bar).await;
    bar.finish();
    Ok((polled?, started.elapsed().as_secs_f64()))
}

fn code(polled: &Polled) -> ExitCode {
    match (&polled.failure, polled.outcome) {
        (Some(error), PollOutcome::Failed | PollOutcome::Partial) => recourse(error),
        _ => ExitCode::SUCCESS,
    }
}

fn summary(connector: &Connector, polled: &Polled, seconds: f64) -> serde_json::Value {
    json!({
        "connector": connector.id,
        "outcome": polled.outcome,
        "code": polled.failure.as_ref().map(|error| error.code()),
        "detail": polled.failure.as_ref().map(|error| error.public()),
        "days": polled.days,
        "segments_changed": polled.stored,
        "rows": polled.rows,
        "records": polled.records,
        "duplicates": polled.duplicates,
        "rounded": polled.rounded,
        "bytes": polled.bytes,
        "pending": polled.pending,
        "left_out": polled.left_out,
        "unknown_fields": polled.unknown_fields,
        "seconds": seconds,
    })
}

fn tell(connector: &Connector, polled: &Polled, seconds: f64) {
    let outcome = match polled.outcome {
        PollOutcome::Ok => styled(GOOD, "ok"),
        PollOutcome::Partial => styled(CAREFUL, "partial"),
        PollOutcome::Failed => styled(BAD, "failed"),
    };
    let bytes = indicatif::HumanBytes(polled.bytes);
    let records = show::count(i64::try_from(polled.records).ok());
    show::line(format_args!("{outcome}  {}: {records} records, {bytes}, {seconds:.1} s", connector.name));
    let changed: Vec<String> = polled.stored.iter().map(|(dataset, days)| format!("{dataset} {days}")).collect();
    if changed.is_empty() {
        show::line("nothing changed");
    } else {
        show::line(format_args!("stored, in days: {}", changed.join(", ")));
    }
    if !polled.pending.is_empty() {
        let days: Vec<String> = polled.pending.iter().map(ToString::to_string).collect();
        show::line(format_args!("not ready yet, fetched again by the next poll: {}", days.join(", ")));
    }
    for left_out in &polled.left_out {
        show::line(format_args!("{} {left_out}", styled(CAREFUL, "stored without")));
    }
    if !polled.unknown_fields.is_empty() {
        let fields: Vec<&str> = polled.unknown_fields.keys().map(String::as_str).collect();
        let text = format!("fields and values new to this version (kept in the archive): {}", fields.join(", "));
        show::line(styled(QUIET, text));
    }
    if let Some(error) = &polled.failure {
        show::line(format_args!("{}: {}", styled(BAD, error.code()), error.public()));
    }
}
