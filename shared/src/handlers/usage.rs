//! Usage by day, week or month: activity by organization, team or person, and by day, week or month.

use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::report::{self, ActivityMetrics, Asked, Interval, Metrics, Page, Sources, SubjectQuery, SubjectRow};
use crate::error::Error;
use crate::query::{Filter, PageRequest, Viewer};
use crate::words::{Dataset, Day, Level, PersonId};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct UsageQuery {
    /// First day, inclusive, UTC. 28 days up to `to` when absent; at most 1,100 days.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    /// Last day, inclusive, UTC. Yesterday when absent.
    #[serde(deserialize_with = "report::iso_day")]
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    /// Only this connector, by id.
    pub connector: Option<String>,
    /// Only connectors of this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// The level of the rows. Default: `organization`, unless a team or a subject is requested.
    #[param(inline)]
    pub level: Option<Level>,
    /// The period of a row. Distinct people over more than a day are counted, never summed.
    #[param(inline)]
    pub interval: Interval,
    /// Only this subject, by the provider's stable id; the default `level` is `user`.
    pub subject: Option<String>,
    /// Only this person, by the id of `/v1/people`, at every provider.
    pub person: Option<String>,
    /// Only this team, by id or slug; with `level=user`, the people who were in it on each day.
    pub team: Option<String>,
    /// Sort the rows of each period by this metric, most first, instead of by connector and subject.
    #[param(
        pattern = "^(active|engaged|sessions|completions_suggested|completions_accepted|lines_suggested|lines_accepted|lines_added|lines_deleted|ai_lines_added|chat_turns|agent_requests|edits_accepted|edits_rejected|commits|pull_requests|reviews|credits)$"
    )]
    pub sort: Option<String>,
    /// Only these metrics, by name, separated by commas. Fewer metrics make a long range much faster.
    #[param(example = "active,chat_turns")]
    pub metrics: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

/// Reads usage.
#[derive(Clone)]
pub struct Usage(pub Sources);

impl Usage {
    pub async fn run(&self, mut query: UsageQuery) -> Result<Page<SubjectRow<ActivityMetrics>>, Error> {
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let range = report::range(query.from, query.to, self.0.clock.today())?;
        let sort = query.sort.as_deref().map(metric).transpose()?;
        let asked = query.metrics.as_deref().map_or(Ok(Asked::ALL), |names| {
            let asked = Asked::parse::<ActivityMetrics>(names);
            asked.ok_or_else(|| Error::invalid("metrics", "must be names of metrics, separated by commas"))
        })?;
        let level = match (query.level, &query.subject, &query.team) {
            (None, Some(_), _) => Level::User,
            (None, _, _) if query.person.is_some() => Level::User,
            // A team narrows the organization to itself.
            (None | Some(Level::Organization), _, Some(_)) => Level::Team,
            (level, ..) => level.unwrap_or_default(),
        };
        let (connector, provider) = (query.connector.as_deref(), query.provider.as_deref());
        let scope = match level {
            Level::Organization => self.0.accounts(connector, provider).await?,
            _ => self.0.people(connector, provider).await?,
        };
        let question = SubjectQuery {
            scope,
            dataset: Dataset::Activity,
            days: range,
            interval: query.interval,
            level,
            filter: Filter {
                subject: query.subject,
                person: query.person.map(PersonId),
                team: query.team,
                ..Filter::default()
            },
            sort,
            asked,
        };
        report::subject_rows(&self.0, &Viewer::of_everything(), question, page).await
    }
}

fn metric(name: &str) -> Result<usize, Error> {
    let mut fields = ActivityMetrics::FIELDS.iter();
    let found = fields.position(|field| *field == name);
    found.ok_or_else(|| Error::invalid("sort", "must be the name of a metric, e.g. `chat_turns`"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::query::memory::{Memory, day};
    use crate::segment::Activity;
    use crate::words::SegmentState;

    fn user<'a>(subject: &'a str, teams: &'a str, chat_turns: Option<i64>) -> Activity<'a> {
        Activity {
            level: Level::User,
            subject,
            name: Some(subject),
            teams: Some(teams),
            active: Some(i64::from(chat_turns.is_some())),
            chat_turns,
            micro_credits: chat_turns.map(|turns| turns * 250_000),
            ..Default::default()
        }
    }

    fn whole(level: Level, subject: &str, active: i64) -> Activity<'_> {
        let name = (level == Level::Team).then_some("core");
        Activity { level, subject, name, active: Some(active), chat_turns: Some(10 * active), ..Default::default() }
    }

    /// Monday 9 to Monday 16 November 2026. Anna (7) works on Monday and Tuesday, Ben (12) on Tuesday; on Tuesday Anna
    /// moves from team 1 to team 2. Nothing is stored from Wednesday on until the Monday after, when only totals are.
    fn week() -> Memory {
        let organization = Level::Organization;
        Memory::default()
            .connector("a", "github-copilot")
            .rows(
                "a",
                "2026-11-09",
                &[
                    whole(organization, "octo", 1),
                    whole(Level::Team, "1", 1),
                    user("7", "1", Some(4)),
                    user("12", "1", None),
                ],
            )
            .state(
                "a",
                "2026-11-10",
                &[
                    whole(organization, "octo", 2),
                    whole(Level::Team, "1", 1),
                    whole(Level::Team, "2", 1),
                    user("12", "1", Some(2)),
                    user("7", "2", Some(8)),
                ],
                SegmentState::Provisional,
            )
            .rows("a", "2026-11-16", &[whole(organization, "octo", 5)])
    }

    fn asked(interval: Interval, level: Option<Level>) -> UsageQuery {
        UsageQuery { from: Some(day("2026-11-09")), to: Some(day("2026-11-16")), interval, level, ..Default::default() }
    }

    async fn run(memory: Memory, query: UsageQuery) -> Page<SubjectRow<ActivityMetrics>> {
        let memory = Arc::new(memory);
        let usage = Usage(Sources::of(memory));
        usage.run(query).await.unwrap()
    }

    /// Day, subject, active people, chat turns of every row.
    async fn brief(query: UsageQuery) -> Vec<(String, String, Option<i64>, Option<i64>)> {
        let rows = run(week(), query).await.rows.into_iter();
        rows.map(|row| {
            let day = row.day.format("%d").to_string();
            (day, row.subject.id, row.metrics.active, row.metrics.chat_turns)
        })
        .collect()
    }

    fn line(
        day: &str,
        subject: &str,
        active: Option<i64>,
        turns: Option<i64>,
    ) -> (String, String, Option<i64>, Option<i64>) {
        (day.into(), subject.into(), active, turns)
    }

    #[tokio::test]
    async fn days_are_as_stored_and_a_gap_gives_no_row() {
        assert_eq!(
            brief(asked(Interval::Day, None)).await,
            [
                line("09", "octo", Some(1), Some(10)),
                line("10", "octo", Some(2), Some(20)),
                line("16", "octo", Some(5), Some(50)),
            ]
        );
    }

    #[tokio::test]
    async fn people_of_a_week_are_counted_anew_and_unknown_without_rows_about_people() {
        // 1 + 2 daily people are two persons; the second week has totals only, so its people are unknown.
        assert_eq!(
            brief(asked(Interval::Week, None)).await,
            [line("09", "octo", Some(2), Some(30)), line("16", "octo", None, Some(50)),]
        );
    }

    #[tokio::test]
    async fn a_team_s_people_are_those_who_were_in_it_on_the_day() {
        // Team 1: Anna on Monday, Ben on Tuesday; team 2: Anna on Tuesday.
        assert_eq!(
            brief(asked(Interval::Week, Some(Level::Team))).await,
            [line("09", "1", Some(2), Some(20)), line("09", "2", Some(1), Some(10)),]
        );
        let by_team = UsageQuery { team: Some("1".into()), ..asked(Interval::Total, Some(Level::User)) };
        assert_eq!(brief(by_team).await, [line("09", "7", Some(1), Some(4)), line("09", "12", Some(1), Some(2)),]);
    }

    #[tokio::test]
    async fn a_person_s_week_is_active_once_and_null_where_no_day_says_anything() {
        assert_eq!(
            brief(asked(Interval::Week, Some(Level::User))).await,
            [line("09", "7", Some(1), Some(12)), line("09", "12", Some(1), Some(2)),]
        );
        let monday =
            UsageQuery { to: Some(day("2026-11-09")), subject: Some("12".into()), ..asked(Interval::Day, None) };
        assert_eq!(brief(monday).await, [line("09", "12", Some(0), None)]);
    }

    #[tokio::test]
    async fn the_most_active_come_first_when_asked_to() {
        let most = UsageQuery { sort: Some("credits".into()), ..asked(Interval::Day, Some(Level::User)) };
        let order: Vec<_> = brief(most).await.into_iter().map(|row| (row.0, row.1)).collect();
        // Ben's Monday has no credits at all: last, not nought.
        let expected = [("09", "7"), ("09", "12"), ("10", "7"), ("10", "12")];
        assert_eq!(order, expected.map(|(day, id)| (day.to_owned(), id.to_owned())));
    }

    #[tokio::test]
    async fn a_row_says_how_much_of_its_period_it_covers_and_whether_it_may_change() {
        let rows = run(week(), asked(Interval::Week, None)).await.rows;
        let facts: Vec<_> = rows.iter().map(|row| (row.days, row.partial, row.provisional)).collect();
        assert_eq!(facts, [(2, true, true), (1, true, false)]);
        let row = &run(week(), asked(Interval::Day, Some(Level::User))).await.rows[0];
        let json = serde_json::to_value(row).unwrap();
        assert_eq!(json["metrics"]["credits"], serde_json::json!(1));
        assert_eq!(json["metrics"]["sessions"], serde_json::Value::Null);
        assert_eq!((row.days, row.partial, row.provisional), (1, false, false));
    }

    #[tokio::test]
    async fn pages_add_up_to_the_whole_over_days_connectors_and_subjects() {
        let mut memory = week().connector("b", "cursor");
        for number in 1..=30_u32 {
            let ids = (1..=number).map(|id| id.to_string()).collect::<Vec<_>>();
            let rows: Vec<_> = ids.iter().map(|id| user(id, "", Some(1))).collect();
            memory = memory.rows("b", &format!("2026-10-{number:02}"), &rows);
        }
        let query = UsageQuery { from: Some(day("2026-10-01")), ..asked(Interval::Day, Some(Level::User)) };
        let whole = run(memory.clone(), query.clone()).await;
        // 1 + 2 + ... + 30 rows of b, and 4 of a.
        assert_eq!((whole.rows.len(), whole.next_cursor), (469, None));
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let (limit, next) = (Some(7), query.clone());
            let page = run(memory.clone(), UsageQuery { limit, cursor, ..next }).await;
            pages.extend(page.rows);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(pages, whole.rows);
    }

    #[tokio::test]
    async fn a_team_is_the_same_on_every_page_whatever_it_was_called() {
        let team = |subject, name| Activity { name: Some(name), ..whole(Level::Team, subject, 1) };
        let memory = Memory::default()
            .connector("a", "github-copilot")
            .rows("a", "2026-11-09", &[team("1", "core"), team("2", "web")])
            .rows("a", "2026-11-10", &[team("1", "platform"), team("2", "core")]);
        let query = UsageQuery { team: Some("core".into()), limit: Some(1), ..asked(Interval::Day, None) };
        let first = run(memory.clone(), query.clone()).await;
        let second = run(memory, UsageQuery { cursor: first.next_cursor, ..query }).await;
        // The team that had this slug last.
        let ids: Vec<_> = first.rows.iter().chain(&second.rows).map(|row| (row.day, &*row.subject.id)).collect();
        assert_eq!(ids, [(day("2026-11-09"), "2"), (day("2026-11-10"), "2")]);
    }

    /// On Monday the team has no one who is active, and others are.
    #[tokio::test]
    async fn a_day_without_members_of_the_team_is_no_gap() {
        let team = |subject| Activity { name: Some("core"), ..whole(Level::Team, subject, 1) };
        let memory = Memory::default()
            .connector("a", "github-copilot")
            .rows("a", "2026-11-09", &[team("1"), user("7", "2", Some(1))])
            .rows("a", "2026-11-10", &[team("1"), user("7", "1", Some(1))]);
        let days = (Some(day("2026-11-09")), Some(day("2026-11-10")));
        let asked = asked(Interval::Total, None);
        let query = UsageQuery { from: days.0, to: days.1, team: Some("1".into()), ..asked };
        let row = run(memory, query).await.rows.remove(0);
        assert_eq!((row.metrics.active, row.days, row.partial), (Some(1), 2, false));
    }

    #[tokio::test]
    async fn only_the_metrics_asked_for_are_written() {
        let query = UsageQuery {
            metrics: Some("credits,active".into()),
            sort: Some("chat_turns".into()),
            ..asked(Interval::Total, Some(Level::User))
        };
        let row = run(week(), query).await.rows.remove(0);
        // Anna: 4 and 8 turns, a quarter credit each.
        let metrics = serde_json::json!({"active": 1, "credits": 3});
        assert_eq!(serde_json::to_value(&row.metrics).unwrap(), metrics);
        assert_eq!((row.subject.id.as_str(), row.subject.name.as_deref()), ("7", Some("7")));
    }
}
