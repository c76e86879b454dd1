//! Merges several rows about one subject. There is one rule per dataset, and no rule depends on the order of the
//! rows.
//!
//! | rows | rule | reason |
//! |---|---|---|
//! | seats of one person | one seat: [`Grant::merged`] | an enterprise lists a person once for each grant and bills one seat |
//! | members of other providers | one seat: [`better_role`], the earliest date, the name that is known | a page that shifts lists a member twice |
//! | records of the account | the account's own: [`own_record`]; else an error | records of other accounts are other figures |
//! | one person's day | in each column the greatest value: [`crate::segment::Segment::merged`] | GitHub reports all that a person did to each of their organizations, so rows are never added; a smaller figure is an older one |
//! | one repository's day | the row with the most pull requests, whole: `PullRequestTotals::order` | a median belongs to its counts |
//! | one membership | one | it has no figures |
//! | cost | none: GitHub's items of one model and SKU are added | each item is a charge of its own |
//!
//! Sources: the seats of an enterprise <https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-user-management>,
//! people in several organizations <https://docs.github.com/en/enterprise-cloud@latest/copilot/concepts/copilot-usage-metrics/copilot-metrics>.

use std::cmp::Reverse;

use crate::error::ProviderError;
use crate::words::Day;

/// Plans by price, cheapest first (<https://docs.github.com/en/copilot/get-started/plans>). A plan that is not listed
/// ranks above an unknown plan and below the listed ones.
const PLANS: [&str; 3] = ["standalone", "business", "enterprise"];

/// Roles by rights, least first. A role that is not listed ranks below them.
const ROLES: [&str; 11] = [
    "removed",
    "reader",
    "user",
    "member",
    "claude_code_user",
    "developer",
    "billing",
    "free-owner",
    "admin",
    "primary_owner",
    "owner",
];

/// The rank of a name in a list of names. Names that are not listed rank lowest, in alphabetical order.
fn rank<'t>(names: &[&str], text: Option<&'t str>) -> (Option<usize>, Option<&'t str>) {
    (names.iter().position(|name| text == Some(*name)), text)
}

/// The role with more rights.
pub(super) fn better_role(a: Option<String>, b: Option<String>) -> Option<String> {
    if rank(&ROLES, a.as_deref()) >= rank(&ROLES, b.as_deref()) { a } else { b }
}

/// The earlier of two dates; an unknown date is ignored.
pub(super) fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    a.into_iter().chain(b).min()
}

/// A seat as granted by one organization or enterprise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) assigned_at: Option<i64>,
    pub(super) last_activity_at: Option<i64>,
    pub(super) last_activity_in: Option<String>,
    pub(super) assigning_team: Option<String>,
    pub(super) pending_cancellation: Option<String>,
}

impl Grant {
    /// The one seat of a person: the most expensive plan, because it is billed, with its assigning team; assigned at
    /// the first grant; last used at the latest activity, in its editor. The seat ends with the last grant, and only
    /// if all grants end.
    pub(super) fn merged(grants: &[Grant]) -> Grant {
        let dearest = grants.iter().max_by_key(|grant| {
            let plan = grant.plan.as_deref();
            let team = grant.assigning_team.as_deref();
            (plan.is_some(), plan != Some("unknown"), rank(&PLANS, plan), Reverse(grant.assigned_at), team)
        });
        let last_used = grants.iter().max_by_key(|grant| (grant.last_activity_at, grant.last_activity_in.as_deref()));
        let (Some(dearest), Some(last_used)) = (dearest, last_used) else { return Grant::default() };
        let ends: Option<Vec<&str>> = grants.iter().map(|grant| grant.pending_cancellation.as_deref()).collect();
        Grant {
            name: grants.iter().filter_map(|grant| grant.name.clone()).max(),
            email: grants.iter().filter_map(|grant| grant.email.clone()).max(),
            plan: dearest.plan.clone(),
            assigned_at: grants.iter().fold(None, |first, grant| earliest(first, grant.assigned_at)),
            last_activity_at: last_used.last_activity_at,
            last_activity_in: last_used.last_activity_in.clone(),
            assigning_team: dearest.assigning_team.clone(),
            pending_cancellation: ends.and_then(|ends| ends.into_iter().max().map(str::to_owned)),
        }
    }
}

/// A record that claims to be about a whole account, and its IDs.
#[derive(Debug)]
pub(super) struct AccountRecord<T> {
    pub(super) organization: Option<String>,
    pub(super) enterprise: Option<String>,
    pub(super) content: T,
}

/// The IDs in the other rows of the same day.
#[derive(Debug, Default)]
pub(super) struct OwnIds {
    organization: SharedId,
    enterprise: SharedId,
}

#[derive(Debug, Default)]
enum SharedId {
    #[default]
    None,
    One(String),
    Several,
}

impl SharedId {
    fn add(&mut self, id: Option<&str>) {
        match (&self, id) {
            (SharedId::None, Some(id)) => *self = SharedId::One(id.to_owned()),
            (SharedId::One(known), Some(id)) if known != id => *self = SharedId::Several,
            _ => {}
        }
    }

    fn one(&self) -> Option<&str> {
        match self {
            SharedId::One(id) => Some(id),
            _ => None,
        }
    }
}

impl OwnIds {
    pub(super) fn add(&mut self, organization: Option<&str>, enterprise: Option<&str>) {
        self.organization.add(organization);
        self.enterprise.add(enterprise);
    }
}

/// The record of the connector's own account, among all records of a day. Records with equal content are one. For an
/// enterprise, it is the record without an organization and with the enterprise's ID; for an organization, the record
/// with the organization's ID. The ID is the one that all people of the day have. Exactly one record must remain:
/// being first is no reason to choose a record.
pub(super) fn own_record<T: PartialEq>(
    mut records: Vec<AccountRecord<T>>,
    own: &OwnIds,
    is_enterprise: bool,
    report: &str,
    day: Day,
) -> Result<Option<T>, ProviderError> {
    let narrow = |records: &mut Vec<AccountRecord<T>>, is_own: &dyn Fn(&AccountRecord<T>) -> bool| {
        if records.iter().any(is_own) {
            records.retain(|record| is_own(record));
        }
    };
    if is_enterprise {
        narrow(&mut records, &|record| record.organization.is_none());
    } else if let Some(id) = own.organization.one() {
        narrow(&mut records, &|record| record.organization.as_deref() == Some(id));
    }
    if let Some(id) = own.enterprise.one() {
        narrow(&mut records, &|record| record.enterprise.as_deref() == Some(id));
    }
    let mut distinct: Vec<T> = Vec::new();
    for record in records {
        if !distinct.contains(&record.content) {
            distinct.push(record.content);
        }
    }
    if distinct.len() > 1 {
        let count = distinct.len();
        return Err(ProviderError::Ambiguous {
            detail: format!("{report}: {count} different records of {day}, and no id says which is the account's"),
        });
    }
    Ok(distinct.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(plan: &str) -> Grant {
        Grant { plan: Some(plan.to_owned()), ..Grant::default() }
    }

    #[test]
    fn the_more_expensive_plan_becomes_the_seats_plan() {
        for (a, b, dearer) in [
            ("business", "enterprise", "enterprise"),
            ("unknown", "business", "business"),
            ("unknown", "gold", "gold"),
            ("gold", "standalone", "standalone"),
        ] {
            for grants in [[on(a), on(b)], [on(b), on(a)]] {
                assert_eq!(Grant::merged(&grants).plan.as_deref(), Some(dearer), "{a} {b}");
            }
        }
        assert_eq!(Grant::merged(&[on("business"), Grant::default()]).plan.as_deref(), Some("business"));
    }

    #[test]
    fn the_role_with_more_rights_becomes_the_members_role() {
        let role = |text: &str| Some(text.to_owned());
        assert_eq!(better_role(role("owner"), role("member")), role("owner"));
        assert_eq!(better_role(role("member"), role("owner")), role("owner"));
        assert_eq!(better_role(None, role("something new")), role("something new"));
        assert_eq!(better_role(role("something new"), role("reader")), role("reader"));
    }
}
