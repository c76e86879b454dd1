//! A verification for people: checks, explanations, fixes and the preview.

use shared::words::{CapabilityOutcome, CheckOutcome, Preview, Verdict, Verification};

use super::{Align, BAD, CAREFUL, GOOD, QUIET, STRONG, Table, count, line, styled};

pub(crate) fn verification(verification: &Verification) {
    let widest = verification.checks.iter().map(|check| check.title.len()).max().unwrap_or(0);
    for check in &verification.checks {
        let mark = match check.outcome {
            CheckOutcome::Pass => styled(GOOD, "✓"),
            CheckOutcome::Warn => styled(CAREFUL, "!"),
            CheckOutcome::Fail => styled(BAD, "✗"),
            CheckOutcome::Unknown => styled(CAREFUL, "?"),
            CheckOutcome::Skipped => styled(QUIET, "·"),
        };
        let style = if check.outcome == CheckOutcome::Skipped { QUIET } else { anstyle::Style::new() };
        line(format_args!(
            "{mark} {}  {}",
            styled(style, format_args!("{:widest$}", check.title)),
            styled(style, &check.detail)
        ));
        if let Some(fix) = &check.fix {
            line(format_args!("  {:widest$}  → {}", "", fix.text));
            if let Some(url) = &fix.url {
                line(format_args!("  {:widest$}    {}", "", styled(QUIET, url)));
            }
        }
    }
    if !verification.capabilities.is_empty() {
        line("");
        let mut table = Table::new(&[("opens", Align::Left), ("", Align::Left), ("needs", Align::Left)]);
        for capability in &verification.capabilities {
            let needs = capability.needs.clone().unwrap_or_default();
            table.row([capability.id.to_owned(), outcome(capability.outcome).to_owned(), needs]);
        }
        table.print();
    }
    if let Some(preview) = &verification.preview {
        line("");
        self::preview(preview);
    }
    line("");
    line(match verification.verdict {
        Verdict::Valid => styled(GOOD, "valid"),
        Verdict::Invalid => styled(BAD, "invalid"),
        Verdict::Unknown => styled(CAREFUL, "unknown: the provider gave no answer; try again later"),
    });
}

fn outcome(outcome: CapabilityOutcome) -> &'static str {
    match outcome {
        CapabilityOutcome::Ok => "ok",
        CapabilityOutcome::MissingPermission => "missing permission",
        CapabilityOutcome::PolicyOff => "policy off",
        CapabilityOutcome::SsoRequired => "single sign-on",
        CapabilityOutcome::NotInPlan => "not in plan",
        CapabilityOutcome::NotFound => "not found",
        CapabilityOutcome::NotReady => "nothing yet",
        CapabilityOutcome::RateLimited => "rate limited",
        CapabilityOutcome::Refused => "refused",
        CapabilityOutcome::Unknown => "unknown",
    }
}

fn preview(preview: &Preview) {
    line(styled(STRONG, format_args!("The last 14 days ({} to {}, UTC)", preview.from, preview.to)));
    let right = Align::Right;
    let mut table = Table::new(&[
        ("day", Align::Left),
        ("active", right),
        ("engaged", right),
        ("suggested", right),
        ("accepted", right),
        ("chats", right),
        ("PRs by Copilot", right),
        ("state", Align::Left),
    ]);
    for day in &preview.days {
        table.row([
            day.day.to_string(),
            count(day.active_users),
            count(day.engaged_users),
            count(day.completions.suggested),
            count(day.completions.accepted),
            count(day.chats),
            count(day.pull_requests.created_by_copilot),
            day.state.as_str().to_owned(),
        ]);
    }
    table.print();
    for note in &preview.notes {
        line(styled(QUIET, note));
    }
}
