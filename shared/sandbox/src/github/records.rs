//! The rows of the per-person reports, field by field as GitHub writes them.

use chrono::NaiveDate;

use super::super::people::{Account, Kind, Person, Repository, Team};
use super::days::{Use, Uses, editor, measures_credits, measures_customs};
use super::json::Json;
use super::pulls::Pulls;
use super::tally::{AGENTS, CUSTOMS, Counts, EDITORS, FEATURES, LANGUAGES, MODELS, Sessions, Tally};

pub(crate) const PHASES: [&str; 4] = ["No Cohort", "Phase 1", "Phase 2", "Phase 3"];
/// Version of each editor and, if it has one, of its plugin.
const VERSIONS: [(&str, &str, &str); EDITORS.len()] = [
    ("1.139.0", "copilot-chat", "0.41.2"),
    ("2026.2.1", "copilot-intellij", "1.7.3-243"),
    ("18.12.0", "", ""),
    ("26.1", "copilot-xcode", "0.47.0"),
    ("0.12.1", "copilot.vim", "1.62.0"),
];

/// One person's day in a users report. `period` is the span of a 28-day report.
pub(crate) fn write_user(
    json: &mut Json,
    account: &Account,
    person: &Person,
    day: NaiveDate,
    uses: Uses,
    tally: &Tally,
    period: Option<(&str, &str)>,
) {
    let date = day.to_string();
    json.object(|json| {
        if let Some((start, end)) = period {
            json.text("report_start_day", start);
            json.text("report_end_day", end);
        }
        json.text("day", &date);
        write_owner(json, account);
        json.number("user_id", person.id);
        json.text("user_login", &person.login);
        if uses.has(Use::Measured) {
            write_counts(json, &tally.total);
            write_tables(json, tally, |json, at| {
                let (ide, plugin, version) = VERSIONS[at];
                write_version(json, "last_known_ide_version", &date, &[("ide_version", ide)]);
                write_version(
                    json,
                    "last_known_plugin_version",
                    &date,
                    &[("plugin", plugin), ("plugin_version", version)],
                );
            });
            write_surfaces(json, day, uses, tally, &date);
            write_flags(json, uses);
            json.nested("ai_adoption_phase", |json| {
                json.text("phase", PHASES[usize::from(person.phase)]);
                json.number("phase_number", person.phase);
                json.text("version", "v1");
            });
        } else {
            write_flags_set(json, uses);
        }
        if measures_credits(day) && (uses.has(Use::Measured) || tally.credits() > 0) {
            json.tenths("ai_credits_used", tally.credits());
        }
    });
    json.line_end();
}

/// One person's membership in one team.
pub(crate) fn write_membership(json: &mut Json, account: &Account, person: &Person, team: &Team, day: &str) {
    json.object(|json| {
        json.number("user_id", person.id);
        json.text("user_login", &person.login);
        json.text("day", day);
        match account.kind {
            Kind::Organization => json.number_as_text("organization_id", account.id),
            Kind::Enterprise => json.number_as_text("enterprise_id", account.id),
        }
        json.number("team_id", team.id);
        json.text("slug", team.slug);
    });
    json.line_end();
}

/// One repository's day.
pub(crate) fn write_repository(
    json: &mut Json,
    account: &Account,
    repository: &Repository,
    day: NaiveDate,
    pulls: &Pulls,
) {
    let (owner_id, owner) = &account.organizations[repository.id as usize % account.organizations.len()];
    json.object(|json| {
        json.text("day", &day.to_string());
        json.number_as_text("enterprise_id", account.enterprise_id);
        json.number_as_text("organization_id", *owner_id);
        json.number("repo_id", repository.id);
        json.text("repo_owner_name", owner);
        json.text("repo_name", repository.name);
        json.text("repo_visibility", repository.visibility);
        pulls.write(json);
        pulls.write_review_times(json, day);
    });
    json.line_end();
}

/// The report's owner. An organization here always belongs to an enterprise, so its reports name both.
pub(crate) fn write_owner(json: &mut Json, account: &Account) {
    if account.kind == Kind::Organization {
        json.number_as_text("organization_id", account.id);
    }
    json.number_as_text("enterprise_id", account.enterprise_id);
}

pub(crate) fn write_counts(json: &mut Json, counts: &Counts) {
    json.number("user_initiated_interaction_count", counts.interactions);
    write_counts_by_language(json, counts);
}

/// Breakdowns by language have no interactions.
fn write_counts_by_language(json: &mut Json, counts: &Counts) {
    json.number("code_generation_activity_count", counts.generated);
    json.number("code_acceptance_activity_count", counts.accepted);
    json.number("loc_suggested_to_add_sum", counts.suggested_to_add);
    json.number("loc_suggested_to_delete_sum", counts.suggested_to_delete);
    json.number("loc_added_sum", counts.added);
    json.number("loc_deleted_sum", counts.deleted);
}

/// The five breakdowns; `more` adds to a row of the editors.
pub(crate) fn write_tables(json: &mut Json, tally: &Tally, more: impl Fn(&mut Json, usize)) {
    json.list("totals_by_ide", |json| {
        for (at, counts) in seen(&tally.by_editor) {
            json.object(|json| {
                json.text("ide", EDITORS[at]);
                write_counts(json, counts);
                more(json, at);
            });
        }
    });
    json.list("totals_by_feature", |json| {
        for (at, counts) in seen(&tally.by_feature) {
            json.object(|json| {
                json.text("feature", FEATURES[at]);
                write_counts(json, counts);
            });
        }
    });
    write_by_language(json, "totals_by_language_feature", &tally.by_language_feature, "feature", &FEATURES);
    write_by_language(json, "totals_by_language_model", &tally.by_language_model, "model", &MODELS);
    json.list("totals_by_model_feature", |json| {
        for (model, features) in tally.by_model_feature.iter().enumerate() {
            for (feature, counts) in seen(features) {
                json.object(|json| {
                    json.text("model", MODELS[model]);
                    json.text("feature", FEATURES[feature]);
                    write_counts(json, counts);
                });
            }
        }
    });
}

fn write_by_language<const N: usize>(json: &mut Json, list: &str, table: &[[Counts; N]], key: &str, names: &[&str; N]) {
    json.list(list, |json| {
        for (language, row) in table.iter().enumerate() {
            for (at, counts) in seen(row) {
                json.object(|json| {
                    json.text("language", LANGUAGES[language]);
                    json.text(key, names[at]);
                    write_counts_by_language(json, counts);
                });
            }
        }
    });
}

fn seen(counts: &[Counts]) -> impl Iterator<Item = (usize, &Counts)> {
    counts.iter().enumerate().filter(|(_, counts)| !counts.is_zero())
}

/// Activity outside the editors' own chat. Unused surfaces are omitted.
fn write_surfaces(json: &mut Json, day: NaiveDate, uses: Uses, tally: &Tally, date: &str) {
    if uses.has(Use::Cli) {
        json.nested("totals_by_cli", |json| {
            write_sessions(json, &tally.cli);
            write_version(json, "last_known_cli_version", date, &[("cli_version", "1.4.2")]);
        });
    }
    if uses.has(Use::App) {
        json.nested("totals_by_copilot_app", |json| write_sessions(json, &tally.app));
    }
    if uses.has(Use::VscodeAgent) {
        write_vscode_agent(json, tally);
    }
    write_agents(json, tally, false);
    if uses.has(Use::Cli) && measures_customs(day) {
        write_customs(json, tally);
    }
}

pub(crate) fn write_sessions(json: &mut Json, sessions: &Sessions) {
    json.number("session_count", sessions.sessions);
    json.number("request_count", sessions.requests);
    json.number("prompt_count", sessions.prompts);
    json.nested("token_usage", |json| {
        json.number("output_tokens_sum", sessions.tokens_out);
        json.number("prompt_tokens_sum", sessions.tokens_in);
        json.ratio("avg_tokens_per_request", sessions.tokens_out + sessions.tokens_in, u64::from(sessions.requests));
    });
}

pub(crate) fn write_vscode_agent(json: &mut Json, tally: &Tally) {
    json.nested("totals_by_vscode_agent", |json| {
        json.number("session_count", tally.vscode_agent.0);
        json.number("total_user_messages", tally.vscode_agent.1);
    });
}

/// Only the organization's report counts sessions.
pub(crate) fn write_agents(json: &mut Json, tally: &Tally, with_sessions: bool) {
    if tally.agents.iter().all(|(jobs, _)| *jobs == 0) {
        return;
    }
    json.list("totals_by_3rd_party_agent", |json| {
        for ((id, name), (jobs, sessions)) in AGENTS.iter().zip(tally.agents).filter(|(_, counted)| counted.0 > 0) {
            json.object(|json| {
                json.text("agent_id", id);
                json.text("agent_name", name);
                json.number("user_initiated_interaction_count", jobs);
                if with_sessions {
                    json.number("session_count", sessions);
                }
            });
        }
    });
}

pub(crate) fn write_customs(json: &mut Json, tally: &Tally) {
    for ((key, list, names), counted) in CUSTOMS.iter().zip(&tally.customs) {
        json.list(list, |json| {
            for (name, count) in names.iter().zip(*counted).filter(|(_, count)| *count > 0) {
                json.object(|json| {
                    json.text(key, name);
                    json.number("interaction_count", count);
                });
            }
        });
        let distinct = counted.iter().filter(|count| **count > 0).count() as u64;
        json.number(&format!("distinct_{key}_use_count"), distinct);
    }
}

fn write_flags(json: &mut Json, uses: Uses) {
    json.flag("used_agent", uses.has(Use::Agent));
    json.flag("used_chat", uses.has(Use::Chat));
    json.flag("used_cli", uses.has(Use::Cli));
    json.flag("used_copilot_app", uses.has(Use::App));
    json.flag("used_copilot_cloud_agent", uses.has(Use::CloudAgent));
    json.flag("used_copilot_coding_agent", uses.has(Use::CloudAgent));
    json.flag("used_vscode_agent", uses.has(Use::VscodeAgent));
    // Reviews of people who had none are unknown: null, not false.
    let reviewed = uses.has(Use::ReviewActive) || uses.has(Use::ReviewPassive);
    for (name, does) in [
        ("used_copilot_code_review_active", uses.has(Use::ReviewActive)),
        ("used_copilot_code_review_passive", uses.has(Use::ReviewPassive)),
    ] {
        if reviewed { json.flag(name, does) } else { json.null(name) }
    }
}

/// A record without figures has only the flags that are certain.
fn write_flags_set(json: &mut Json, uses: Uses) {
    for (name, touched) in [
        ("used_agent", Use::Agent),
        ("used_chat", Use::Chat),
        ("used_copilot_cloud_agent", Use::CloudAgent),
        ("used_copilot_coding_agent", Use::CloudAgent),
        ("used_copilot_code_review_active", Use::ReviewActive),
        ("used_copilot_code_review_passive", Use::ReviewPassive),
    ] {
        if uses.has(touched) {
            json.flag(name, true);
        }
    }
}

fn write_version(json: &mut Json, name: &str, date: &str, fields: &[(&str, &str)]) {
    json.nested(name, |json| {
        // The time of day comes from GitHub's own example.
        json.text("sampled_at", &format!("{date}T00:01:43.000Z"));
        for (name, value) in fields {
            json.text(name, value);
        }
    });
}

/// The editor that the seats endpoint names as the last one used.
pub(crate) fn last_editor(person: &Person) -> String {
    let (ide, plugin, version) = VERSIONS[editor(person)];
    let name = EDITORS[editor(person)];
    if plugin.is_empty() { format!("{name}/{ide}") } else { format!("{name}/{ide}/{plugin}/{version}") }
}
