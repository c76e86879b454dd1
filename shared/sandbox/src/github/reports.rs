//! The six usage reports: when each is available, and the bytes of its files.

use std::ops::Range;

use bytes::Bytes;
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};

use super::super::calendar::{date, end_of, lag, last_ready, missing_per_mille};
use super::super::people::{Account, Kind, Person};
use super::days::{Use, Uses, is_missing, uses, work};
use super::faults::disfigure;
use super::json::Json;
use super::pulls::Pulls;
use super::records::{write_membership, write_repository, write_user};
use super::tally::Tally;
use super::totals::Totals;

/// Smaller teams are omitted from the memberships.
const SMALLEST_TEAM: usize = 5;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum UsageReport {
    Totals,
    TotalsOf28Days,
    Users,
    UsersOf28Days,
    UserTeams,
    Repositories,
}

impl UsageReport {
    pub(crate) const ALL: [UsageReport; 6] = [
        UsageReport::Totals,
        UsageReport::TotalsOf28Days,
        UsageReport::Users,
        UsageReport::UsersOf28Days,
        UsageReport::UserTeams,
        UsageReport::Repositories,
    ];

    /// The end of the report's path, after `/copilot/metrics/reports/`.
    pub(crate) fn path(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (UsageReport::Totals, Kind::Organization) => "organization-1-day",
            (UsageReport::Totals, Kind::Enterprise) => "enterprise-1-day",
            (UsageReport::TotalsOf28Days, Kind::Organization) => "organization-28-day/latest",
            (UsageReport::TotalsOf28Days, Kind::Enterprise) => "enterprise-28-day/latest",
            (UsageReport::Users, _) => "users-1-day",
            (UsageReport::UsersOf28Days, _) => "users-28-day/latest",
            (UsageReport::UserTeams, _) => "user-teams-1-day",
            (UsageReport::Repositories, _) => "repos-1-day",
        }
    }

    /// The name in a download link.
    pub(crate) fn name(self, kind: Kind) -> &'static str {
        self.path(kind).trim_end_matches("/latest")
    }

    pub(crate) fn spans_28_days(self) -> bool {
        matches!(self, UsageReport::TotalsOf28Days | UsageReport::UsersOf28Days)
    }

    pub(crate) fn is_about_users(self) -> bool {
        matches!(self, UsageReport::Users | UsageReport::UsersOf28Days)
    }

    /// How long after the end of a day the report covers it.
    pub(crate) fn lag(self, account: &Account) -> Duration {
        lag(!matches!(self, UsageReport::Totals | UsageReport::TotalsOf28Days), &account.slug)
    }

    /// The last day that the report covers at `now`.
    pub(crate) fn last_day(self, account: &Account, now: DateTime<Utc>) -> NaiveDate {
        last_ready(now, self.lag(account))
    }

    /// The first day of the report.
    pub(crate) fn first_day(self, account: &Account) -> NaiveDate {
        let offered = match (self, account.kind) {
            (UsageReport::UserTeams, _) => date(2026, 5, 14),
            (UsageReport::Repositories, _) => date(2026, 7, 14),
            (_, Kind::Organization) => date(2025, 12, 12),
            (_, Kind::Enterprise) => date(2025, 10, 10),
        };
        offered.max(account.first_day)
    }
}

/// One file of a report, as of the creation of its link.
pub(crate) struct File<'a> {
    pub(crate) account: &'a Account,
    pub(crate) report: UsageReport,
    /// The report's day; the last one if it has several.
    pub(crate) day: NaiveDate,
    pub(crate) shard: usize,
    pub(crate) shards: usize,
    pub(crate) as_of: DateTime<Utc>,
}

impl File<'_> {
    /// The cache key: the same for the same content, at any time of the request.
    pub(crate) fn name(&self) -> String {
        // Only the latest days of a span can lack people.
        let missing = (0..4)
            .map(|back| missing_per_mille(self.day - Days::new(back), self.as_of, &self.account.slug))
            .collect::<Vec<_>>();
        let File { account, report, day, shard, shards, .. } = self;
        format!("{:?} {} {report:?} {day} {shard}/{shards} {missing:?}", account.kind, account.slug.as_str())
    }

    /// Generates the whole file. This is slow, so it must not run on an async thread.
    pub(crate) fn make(&self) -> Bytes {
        let mut json = Json::default();
        match self.report {
            UsageReport::Totals => Totals::of(self.account, self.day, self.day, self.as_of).write_day(&mut json),
            UsageReport::TotalsOf28Days => {
                let made = end_of(self.day) + self.report.lag(self.account);
                Totals::of(self.account, self.day - Days::new(27), self.day, self.as_of).write_span(&mut json, made);
            }
            UsageReport::Users => self.write_users(&mut json),
            UsageReport::UsersOf28Days => self.write_users_of_28_days(&mut json),
            UsageReport::UserTeams => self.write_memberships(&mut json),
            UsageReport::Repositories => {
                for repository in &self.account.repositories {
                    if let Some(pulls) = Pulls::of(self.account, repository, self.day) {
                        write_repository(&mut json, self.account, repository, self.day, &pulls);
                    }
                }
            }
        }
        Bytes::from(disfigure(json.bytes, self))
    }

    /// A day is split by people: each file has an equal run of them.
    fn write_users(&self, json: &mut Json) {
        let people = self.account.people.len();
        let from = people * self.shard / self.shards;
        // In a `twoshards` organization, the last person of each file is also the first of the next.
        let from =
            if self.account.slug.says("twoshards") && self.shard > 0 { self.last_active_before(from) } else { from };
        let upto = people * (self.shard + 1) / self.shards;
        self.write_day_of_users(json, self.day, from..upto, None);
    }

    fn last_active_before(&self, upto: usize) -> usize {
        (0..upto).rev().find(|at| self.uses(&self.account.people[*at], self.day).has(Use::Active)).unwrap_or(upto)
    }

    /// Twenty-eight days are split by time, so each person appears in several files.
    fn write_users_of_28_days(&self, json: &mut Json) {
        let first = self.day - Days::new(27);
        let period = (first.to_string(), self.day.to_string());
        let from = 28 * self.shard / self.shards;
        let from = if self.account.slug.says("twoshards") { from.saturating_sub(1) } else { from };
        for at in from..28 * (self.shard + 1) / self.shards {
            let day = first + Days::new(at as u64);
            if day >= self.report.first_day(self.account) {
                self.write_day_of_users(json, day, 0..self.account.people.len(), Some((&period.0, &period.1)));
            }
        }
    }

    fn write_day_of_users(&self, json: &mut Json, day: NaiveDate, people: Range<usize>, period: Option<(&str, &str)>) {
        let mut tally = Tally::default();
        for person in &self.account.people[people] {
            let touched = self.uses(person, day);
            if touched.has(Use::Active) {
                tally.clone_from(&Tally::default());
                work(self.account, person, day, touched, &mut tally);
                write_user(json, self.account, person, day, touched, &tally, period);
            }
        }
    }

    /// The surfaces that a person used, as far as the report contains them now.
    fn uses(&self, person: &Person, day: NaiveDate) -> Uses {
        let missing = missing_per_mille(day, self.as_of, &self.account.slug);
        if is_missing(person, day, missing) { Uses::default() } else { uses(self.account, person, day) }
    }

    fn write_memberships(&self, json: &mut Json) {
        let day = self.day.to_string();
        let sizes = team_sizes(self.account, self.day);
        for person in self.account.seated(self.day) {
            for team in person.teams.iter().filter(|team| sizes[**team] >= SMALLEST_TEAM) {
                write_membership(json, self.account, person, &self.account.teams[*team], &day);
            }
        }
    }
}

fn team_sizes(account: &Account, day: NaiveDate) -> Vec<usize> {
    let mut sizes = vec![0; account.teams.len()];
    account.seated(day).flat_map(|person| &person.teams).for_each(|team| sizes[*team] += 1);
    sizes
}
