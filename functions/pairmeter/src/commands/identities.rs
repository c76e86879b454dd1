//! `pairmeter identities`: links between identities, and an operator's corrections.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use shared::error::Error;
use shared::handlers::identities::{
    DecidedPeople, IdentitiesQuery, IdentityRef, IdentityRow, IdentityStatus, LinkDecision, MappingReport,
    PersonIdentities, ReplaceQuery, WantedVerdict,
};
use shared::handlers::person::IdentityLinkReason;
use shared::words::PersonId;

use crate::arguments::{Identities, IdentitiesCommand, IdentityFilter};
use crate::failure::{Done, Failure};
use crate::local_app::LocalApp;
use crate::show::{self, Align, QUIET, STRONG, Table, missing, styled};

const ROWS_A_PAGE: u32 = 10_000;
/// Rows per kind of change that are printed.
const MAX_NAMED: usize = 10;

pub(super) async fn run(local: &LocalApp, arguments: Identities, as_json: bool) -> Done {
    match arguments.command {
        None => list(local, arguments.filter, as_json).await,
        Some(IdentitiesCommand::List { filter }) => list(local, filter, as_json).await,
        Some(IdentitiesCommand::Import { file, dry_run }) => import(local, &file, dry_run, as_json).await,
        Some(IdentitiesCommand::Export) => export(local, as_json).await,
        Some(IdentitiesCommand::Link { one, other }) => decide(local, one, other, WantedVerdict::Same, as_json).await,
        Some(IdentitiesCommand::Split { one, other }) => {
            decide(local, one, other, WantedVerdict::Different, as_json).await
        }
        Some(IdentitiesCommand::Undo { one, other }) => {
            decide(local, one, other, WantedVerdict::Undecided, as_json).await
        }
    }
}

async fn list(local: &LocalApp, filter: IdentityFilter, as_json: bool) -> Done {
    let status = match (filter.unmatched, filter.suggested) {
        (true, _) => IdentityStatus::Unmatched,
        (_, true) => IdentityStatus::Suggested,
        _ => IdentityStatus::All,
    };
    let handler = local.app.reports().identities;
    let (mut cursor, mut rows) = (None, Vec::new());
    let last = loop {
        let (provider, search) = (filter.provider.clone(), filter.search.clone());
        let query = IdentitiesQuery { status, provider, search, cursor, limit: Some(ROWS_A_PAGE) };
        let mut page = handler.run(query).await?;
        rows.append(&mut page.rows);
        match page.next_cursor.take() {
            Some(next) => cursor = Some(next),
            None => break page,
        }
    };
    if as_json {
        show::json(&json!({ "rows": rows, "total": last.total, "summary": last.summary }));
        return Ok(ExitCode::SUCCESS);
    }
    let summary = &last.summary;
    if summary.identities == 0 {
        show::line("no stored row has a person yet");
        show::line("next: `pairmeter poll` fetches what is missing");
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        show::line("no identity matches; `pairmeter identities` lists all of them");
    } else {
        print(&rows);
    }
    let mapping = &summary.mapping;
    show::line(styled(
        QUIET,
        format_args!(
            "{} identities are {} people; {} have no link; {} suggestions; the mapping file has {} people",
            summary.identities, summary.people, summary.unmatched, summary.suggestions, mapping.entries
        ),
    ));
    if mapping.unknown + mapping.ambiguous > 0 {
        let text = format_args!(
            "of the mapping file, {} identities match nothing and {} match several",
            mapping.unknown, mapping.ambiguous
        );
        show::line(styled(QUIET, text));
    }
    if summary.suggestions > 0 {
        show::line(
            "next: `pairmeter identities link ONE OTHER` confirms a suggestion, `... split ONE OTHER` rejects it",
        );
    } else if summary.unmatched > 0 && mapping.entries == 0 {
        show::line("next: `pairmeter identities import FILE` links them with a CSV file: person,provider,identity");
    }
    Ok(ExitCode::SUCCESS)
}

fn print(rows: &[IdentityRow]) {
    let left = Align::Left;
    let columns = ["id", "provider", "identity", "name", "e-mail", "person", "linked by", "may be"];
    let mut table = Table::new(&columns.map(|title| (title, left)));
    let or_missing = |text: &Option<String>| text.clone().unwrap_or_else(missing);
    for row in rows {
        let reasons = row.links.iter().map(|link| match link.reason {
            IdentityLinkReason::SameEmail => "same e-mail",
            IdentityLinkReason::Mapped => "mapping file",
            IdentityLinkReason::Confirmed => "confirmed",
        });
        let mut reasons: Vec<_> = reasons.collect();
        reasons.sort_unstable();
        reasons.dedup();
        let suggested = row.suggestions.iter().map(|it| format!("{} ({})", it.identity.id, it.identity.provider));
        table.row([
            row.id.to_string(),
            row.provider.clone(),
            row.subject.clone(),
            or_missing(&row.name),
            or_missing(&row.email),
            or_missing(&row.person.name),
            reasons.join(", "),
            suggested.collect::<Vec<_>>().join(", "),
        ]);
    }
    table.print();
}

async fn import(local: &LocalApp, file: &Path, dry_run: bool, as_json: bool) -> Done {
    let bytes = match file.as_os_str() == "-" {
        true => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes)?;
            bytes
        }
        false => std::fs::read(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?,
    };
    let report = local.app.replace_mapping().csv(&bytes, ReplaceQuery { dry_run, version: None }).await?;
    if as_json {
        show::json(&report);
        return Ok(ExitCode::SUCCESS);
    }
    describe(&report);
    if dry_run {
        show::line("nothing was changed; import without --dry-run to apply it");
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(report: &MappingReport) {
    show::line(format_args!(
        "mapping file: {} people, before {}; people across all connectors: {}, before {}",
        report.entries_after, report.entries_before, report.people_after, report.people_before
    ));
    let joined = report
        .joined
        .rows
        .iter()
        .map(|row| format!("{}: {}", row.person.name.as_deref().unwrap_or_default(), names(&row.identities)));
    section("joined", report.joined.total, joined);
    let split = report.split.rows.iter().map(|row| {
        let parts = row.into.iter().map(|part| names(&part.identities));
        format!("{}: {}", row.person.name.as_deref().unwrap_or_default(), parts.collect::<Vec<_>>().join(" | "))
    });
    section("split", report.split.total, split);
    let renamed = report.renamed.rows.iter().map(|row| {
        let or_missing = |name: &Option<String>| name.clone().unwrap_or_else(missing);
        format!("{} is called {}", or_missing(&row.before), or_missing(&row.after))
    });
    section("renamed", report.renamed.total, renamed);
    let teams = report.teams.rows.iter().map(|row| {
        let (name, before, after) = (&row.name, row.people_before, row.people_after);
        format!("{name}: {after} people, before {before}; {} for other days", row.changed)
    });
    section("teams changed", report.teams.total, teams);
    let entry = |person: &str, provider: &Option<String>, identity: &str| {
        format!("{person}: {identity} at {}", provider.as_deref().unwrap_or("any provider"))
    };
    let unknown = report.unknown.rows.iter().map(|row| entry(&row.person, &row.provider, &row.identity));
    section("match no identity", report.unknown.total, unknown);
    let ambiguous =
        report.ambiguous.rows.iter().map(|row| {
            format!("{} may be {}", entry(&row.person, &row.provider, &row.identity), names(&row.candidates))
        });
    section("match several identities and link none", report.ambiguous.total, ambiguous);
    let apart = report.kept_apart.rows.iter().map(|row| format!("{}: {} people", row.person, row.people.len()));
    section("kept apart by a decision", report.kept_apart.total, apart);
}

fn section(title: &str, total: usize, rows: impl Iterator<Item = String>) {
    if total == 0 {
        return;
    }
    show::line(styled(STRONG, format_args!("{title}: {total}")));
    rows.take(MAX_NAMED).for_each(|row| show::line(format_args!("  {row}")));
    if total > MAX_NAMED {
        show::line(styled(QUIET, format_args!("  and {} more; --json lists up to 200", total - MAX_NAMED)));
    }
}

fn names(identities: &[IdentityRef]) -> String {
    let name = |one: &IdentityRef| format!("{} {}", one.provider, one.name.as_deref().unwrap_or(&one.subject));
    identities.iter().map(name).collect::<Vec<_>>().join(", ")
}

async fn export(local: &LocalApp, as_json: bool) -> Done {
    if as_json {
        let people = local.app.identities.links().await.map_err(Error::from)?.mapping;
        show::json(&json!({ "people": people }));
        return Ok(ExitCode::SUCCESS);
    }
    let file = local.app.reports().mapping.csv().await?;
    match std::io::stdout().write_all(&file) {
        // The reader has closed the pipe, which is not a failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn decide(local: &LocalApp, one: String, other: String, verdict: WantedVerdict, as_json: bool) -> Done {
    let decision = LinkDecision { one: PersonId(one), other: PersonId(other), verdict };
    let DecidedPeople { people } = local.app.decide_link().run(&decision).await.map_err(|error| match error {
        Error::Invalid { field, .. } => Failure::Usage(format!(
            "{}: give the ids of two identities, as `pairmeter identities` lists them",
            field.to_uppercase()
        )),
        other => other.into(),
    })?;
    if as_json {
        show::json(&json!({ "people": people }));
        return Ok(ExitCode::SUCCESS);
    }
    for PersonIdentities { person, identities } in &people {
        let name = person.name.clone().unwrap_or_else(missing);
        show::line(format_args!("{} {}: {}", person.id, styled(STRONG, name), names(identities)));
    }
    Ok(ExitCode::SUCCESS)
}
