//! The Copilot seats in pages, and the numbers of the subscription.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Value, json};

use super::super::dice::mix;
use super::super::people::{Account, Kind, Person, Team};
use super::super::state::SandboxState;
use super::answers::{ListPage, not_found, ok, problem};
use super::days::{Use, uses};
use super::records::last_editor;
use super::routes::Call;

/// The last activity is forgotten after this many days.
const REMEMBERED_DAYS: usize = 90;
/// How long before its end a seat shows the cancellation.
const NOTICE: Days = Days::new(30);

/// A seat of an enterprise names the organization that granted it. One person in twenty has a seat from each of two.
struct Seat<'a> {
    person: &'a Person,
    granted_by: Option<&'a (u64, String)>,
}

pub(crate) fn list(state: &SandboxState, call: &Call, account: &Account) -> Response {
    if let Some(answer) = instead(account) {
        return answer;
    }
    let today = state.clock.now().date_naive();
    let mut seats = Vec::new();
    for person in account.seated(today) {
        match &account.organizations[..] {
            [first, second] => {
                seats.push(Seat { person, granted_by: Some(first) });
                seats.extend(person.id.is_multiple_of(20).then_some(Seat { person, granted_by: Some(second) }));
            }
            _ => seats.push(Seat { person, granted_by: None }),
        }
    }
    let path = match account.kind {
        Kind::Organization => format!("/organizations/{}/copilot/billing/seats", account.id),
        Kind::Enterprise => format!("/enterprises/{}/copilot/billing/seats", account.slug.as_str()),
    };
    let page = ListPage::of(call, &path, seats.len(), 50);
    let mut listed = seats[page.from..page.upto].iter().map(|seat| seat.body(account, today)).collect::<Vec<_>>();
    if account.slug.says("ghostseat")
        && page.from == 0
        && let Some(first) = listed.first_mut()
    {
        first["assignee"] = Value::Null;
    }
    page.linked(ok(json!({"total_seats": account.seated(today).count(), "seats": listed})))
}

/// `GET /orgs/{org}/copilot/billing`.
pub(crate) fn subscription(state: &SandboxState, account: &Account) -> Response {
    if let Some(answer) = instead(account) {
        return answer;
    }
    let today = state.clock.now().date_naive();
    let cycle = today.with_day(1).unwrap_or(today);
    let seated = account.seated(today).collect::<Vec<_>>();
    let count = |is: &dyn Fn(&Person) -> bool| seated.iter().filter(|person| is(person)).count();
    let active = count(&|person| last_active(account, person, today).is_some_and(|day| day >= cycle));
    ok(json!({
        "seat_breakdown": {
            "total": seated.len(),
            "added_this_cycle": count(&|person| person.joined >= cycle),
            "pending_invitation": 0,
            "pending_cancellation": count(&|person| pending_cancellation(person, today).is_some()),
            "active_this_cycle": active,
            "inactive_this_cycle": seated.len() - active,
        },
        "seat_management_setting": "assign_selected", "public_code_suggestions": "block",
        "ide_chat": "enabled", "platform_chat": "enabled", "cli": "enabled", "plan_type": "business",
    }))
}

fn instead(account: &Account) -> Option<Response> {
    if account.slug.says("nocopilot") {
        Some(not_found())
    } else if account.slug.says("noseats") {
        Some(problem(StatusCode::FORBIDDEN, "You must be an organization owner to view Copilot seats."))
    } else {
        None
    }
}

impl Seat<'_> {
    fn body(&self, account: &Account, today: NaiveDate) -> Value {
        let person = self.person;
        // Within working hours, at a time that depends on the person.
        let at =
            |day: NaiveDate| format!("{day}T{:02}:{:02}:07Z", 8 + mix(person.id ^ 1) % 10, mix(person.id ^ 2) % 60);
        let last = last_active(account, person, today);
        let by_team = person.teams.first().filter(|_| person.id.is_multiple_of(3));
        let mut body = json!({
            "created_at": at(person.joined),
            "updated_at": at(person.joined),
            "pending_cancellation_date": pending_cancellation(person, today),
            "last_activity_at": last.map(at),
            "last_activity_editor": last.map(|_| last_editor(person)),
            "last_authenticated_at": last.map(at),
            "plan_type": "business",
            "assignee": user_body(person),
            "assigning_team": by_team.map(|team| team_body(account, &account.teams[*team])),
        });
        if let Some((id, login)) = self.granted_by {
            body["organization"] =
                json!({"login": login, "id": id, "url": format!("https://api.github.com/orgs/{login}")});
        }
        body
    }
}

/// The last day before today on which a person was active.
fn last_active(account: &Account, person: &Person, today: NaiveDate) -> Option<NaiveDate> {
    let days = (1..=REMEMBERED_DAYS as u64).map(|back| today - Days::new(back));
    days.take_while(|day| *day >= account.first_day).find(|day| uses(account, person, *day).has(Use::Active))
}

fn pending_cancellation(person: &Person, today: NaiveDate) -> Option<NaiveDate> {
    person.left.filter(|left| *left > today && *left <= today + NOTICE)
}

pub(crate) fn user_body(person: &Person) -> Value {
    let login = &person.login;
    json!({
        "login": login, "id": person.id,
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", person.id),
        "url": format!("https://api.github.com/users/{login}"), "html_url": format!("https://github.com/{login}"),
        "type": "User", "site_admin": false,
    })
}

pub(crate) fn team_body(account: &Account, team: &Team) -> Value {
    let org = account.slug.as_str();
    let url = format!("https://api.github.com/organizations/{}/team/{}", account.id, team.id);
    json!({
        "id": team.id, "name": team.slug.replace('-', " "), "slug": team.slug, "description": "", "privacy": "closed",
        "notification_setting": "notifications_enabled", "permission": "pull", "parent": null,
        "url": url,
        "html_url": format!("https://github.com/orgs/{org}/teams/{}", team.slug),
        "members_url": format!("{url}/members{{/member}}"),
    })
}
