//! Cursor as an admin of a team sees it: members, usage, events, spend, groups, analytics and AI commits.
//!
//! | word in the key | effect |
//! |---|---|
//! | `dead` | 401, the key is invalid |
//! | `noscope` | 401, a scope is missing |
//! | `orgkey` | 403, the key belongs to an organization |
//! | `noplan` | 403 everywhere, because the team lacks the Enterprise plan |
//! | `team` | the same, but only for groups, analytics and AI commits |
//! | `short` | usage events are kept for a week |
//! | `idle` | members without activity |
//! | `unpriced` | every third event has no amount |
//! | `newkind` | every third event has an unknown kind |

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::dice::named;
use super::faults::{self, put};
use super::keys::Key;
use super::people::{Account, Kind, Person};
use super::spec::{StandIn, StandInSpec, USUAL_TROUBLES};
use super::state::SandboxState;
use super::words::Slug;
use super::work;

const PROVIDER: &str = "cursor";
const MAX_BODY: usize = 64 << 10;
const MODELS: [&str; 4] = ["claude-4.5-sonnet", "gpt-5", "claude-4-sonnet-thinking", "default"];
/// The kinds of a charged event, as the Admin API, the dashboard and its export write them.
const CHARGED: [&str; 3] = ["Usage-based", "USAGE_EVENT_KIND_USAGE_BASED", "On-Demand"];
const INCLUDED: [&str; 3] = ["Included in Business", "USAGE_EVENT_KIND_INCLUDED_IN_BUSINESS", "Included"];
const FAILED: [&str; 2] = ["Errored, Not Charged", "USAGE_EVENT_KIND_ABORTED_NOT_CHARGED"];
/// One in this many events failed.
const FAILURES: i64 = 17;
const EXTENSIONS: [&str; 5] = [".rs", ".ts", ".tsx", ".py", ".go"];
/// Days for which events of a `short` key are kept.
const KEPT: i64 = 7;

static STAGE: StandInSpec = StandInSpec {
    provider: PROVIDER,
    hosts: &["api.cursor.com"],
    account_kind: "team",
    account: |_| "octo".to_owned(),
    credential_kind: "api_key",
    credential: |words| vec![("token", format!("crsr_good-{words}").trim_end_matches('-').to_owned())],
    refused: || vec![("token", "crsr_dead".to_owned())],
    troubles: USUAL_TROUBLES,
    hangs: &["hang"],
    paths: &["/teams/", "/analytics/"],
    is_download: |_| false,
    bad_links: &[],
    demo: ("Octodemo in Cursor", "octodemo"),
    demo_credential: || vec![("token", "crsr_sandbox0000000000000000000000000000".to_owned())],
    spare: ("acme", ""),
};

pub(super) struct Cursor;

#[async_trait]
impl StandIn for Cursor {
    fn spec(&self) -> &'static StandInSpec {
        &STAGE
    }

    async fn answer(&self, state: &Arc<SandboxState>, _: String, request: Request) -> Response {
        let target = super::target(&request);
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
        let Some(key) = Key::of(&parts.headers).filter(|key| !key.is_dead()) else {
            return problem(StatusCode::UNAUTHORIZED, "Invalid API key");
        };
        let Some(words) = key.words() else { return problem(StatusCode::UNAUTHORIZED, "Invalid API key") };
        if let Some(fault) = faults::outage(state, &words, &target, problem).await {
            return faults::sent(state, &words, fault).await;
        }
        let account = state.account(Kind::Organization, &Slug::parse("octodemo").unwrap_or(words.clone()));
        let call = Call::new(state, &account, &words, &target, &body);
        let answer = call.answer();
        faults::sent(state, &words, revalidated(answer, &target, &parts.headers).await).await
    }
}

fn problem(status: StatusCode, message: &str) -> Response {
    let error = status.canonical_reason().unwrap_or_default();
    (status, Json(json!({"error": error, "message": message}))).into_response()
}

/// Analytics answers have an `ETag`, and are not sent again if the caller has them.
async fn revalidated(answer: Response, target: &str, headers: &HeaderMap) -> Response {
    if !target.starts_with("/analytics/") || answer.status() != StatusCode::OK {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let etag = format!("\"{:016x}\"", named(&String::from_utf8_lossy(&body)));
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let answer =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Response::from_parts(parts, body.into()) };
    put(put(answer, "etag", &etag), "cache-control", "public, max-age=900")
}

struct Call<'a> {
    state: &'a SandboxState,
    account: &'a Account,
    words: &'a Slug,
    path: &'a str,
    parameters: BTreeMap<String, Value>,
}

impl<'a> Call<'a> {
    fn new(state: &'a SandboxState, account: &'a Account, words: &'a Slug, target: &'a str, body: &[u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = form_urlencoded::parse(query.as_bytes());
        let mut parameters: BTreeMap<String, Value> =
            query.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
        parameters.extend(serde_json::from_slice::<BTreeMap<String, Value>>(body).unwrap_or_default());
        Self { state, account, words, path, parameters }
    }

    fn number(&self, name: &str) -> Option<i64> {
        let value = self.parameters.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// Page number and page size.
    fn page(&self, usual: i64) -> (usize, usize) {
        let number = |name, usual| usize::try_from(self.number(name).unwrap_or(usual)).unwrap_or(1).max(1);
        (number("page", 1), number("pageSize", usual))
    }

    /// The requested days, in milliseconds or by date, within the history.
    fn days(&self) -> Vec<NaiveDate> {
        let day = |name: &str| match self.parameters.get(name)? {
            Value::String(text) if text.contains('-') => text.get(..10)?.parse().ok(),
            _ => DateTime::from_timestamp_millis(self.number(name)?).map(|at| at.date_naive()),
        };
        let today = self.state.clock.now().date_naive();
        let (from, to) = (day("startDate").unwrap_or(today - Duration::days(7)), day("endDate").unwrap_or(today));
        let from = from.max(self.account.first_day);
        from.iter_days().take_while(|day| *day <= to.min(today)).collect()
    }

    fn answer(&self) -> Response {
        let says = |word| self.words.says(word);
        let path = self.path.trim_start_matches('/');
        let of_enterprise = path.starts_with("analytics/") || path.starts_with("teams/groups");
        if says("noscope") {
            return problem(StatusCode::UNAUTHORIZED, "API key missing required scope: admin:*");
        }
        if says("orgkey") {
            return problem(StatusCode::FORBIDDEN, "Not authorized");
        }
        if says("team") && path.starts_with("analytics/ai-code") {
            let message = "You must be a member of an enterprise team to access this resource";
            return problem(StatusCode::UNAUTHORIZED, message);
        }
        if says("noplan") || says("team") && of_enterprise {
            return problem(StatusCode::FORBIDDEN, "Enterprise access required");
        }
        match path {
            "teams/members" => self.members(),
            "teams/daily-usage-data" => self.usage(),
            "teams/filtered-usage-events" => self.events(),
            "teams/spend" => self.spend(),
            "teams/groups" => self.groups(),
            "analytics/by-user/agent-edits" => self.by_user(12),
            "analytics/by-user/tabs" => self.by_user(30),
            "analytics/team/top-file-extensions" => self.extensions(),
            "analytics/ai-code/commits" => self.commits(),
            _ => problem(StatusCode::NOT_FOUND, "Resource not found"),
        }
    }

    fn seated(&self) -> impl Iterator<Item = &'a Person> {
        self.account.seated(self.state.clock.now().date_naive())
    }

    fn work(&self, person: &Person, day: NaiveDate) -> Option<work::Work> {
        if self.words.says("idle") { None } else { work::on(person, day, PROVIDER) }
    }

    fn members(&self) -> Response {
        let member = |person: &Person| json!({"id": id(person), "email": person.email(), "name": person.login, "role": "member", "isRemoved": false});
        Json(json!({"teamMembers": self.seated().map(member).collect::<Vec<_>>()})).into_response()
    }

    fn usage(&self) -> Response {
        let days = self.days();
        let (page, size) = self.page(1000);
        let people = &self.account.people;
        let of_page = people.iter().skip((page - 1) * size).take(size);
        let rows = of_page.flat_map(|person| {
            let seated = days.iter().filter(|day| person.is_seated(**day));
            seated.map(|day| self.user_day(person, *day)).collect::<Vec<_>>()
        });
        Json(json!({"data": rows.collect::<Vec<_>>(), "pagination": pagination(page, size, people.len())}))
            .into_response()
    }

    fn user_day(&self, person: &Person, day: NaiveDate) -> Value {
        let mut work = self.work(person, day);
        let mut count = |each| work.as_mut().map_or(0, |work| work.about(each));
        let (shown, lines, deleted, agent, chat) = (count(20), count(30), count(12), count(1), count(2));
        let (composer, cmdk, accepts) = (count(1), count(1), count(3));
        let mut share = |of| work.as_mut().map_or(0, |work| work.share(of, 30, 80));
        let (taken, accepted_lines, rejects) = (share(shown), share(lines), share(accepts));
        let active = work.is_some();
        json!({
            "userId": person.id, "day": day.to_string(), "date": midnight(day), "email": person.email(), "isActive": active,
            "totalLinesAdded": lines, "totalLinesDeleted": deleted, "acceptedLinesAdded": accepted_lines,
            "acceptedLinesDeleted": 0, "totalApplies": accepts + rejects, "totalAccepts": accepts, "totalRejects": rejects,
            "totalTabsShown": shown, "totalTabsAccepted": taken, "composerRequests": composer, "chatRequests": chat,
            "agentRequests": agent, "cmdkUsages": cmdk, "subscriptionIncludedReqs": agent + chat, "apiKeyReqs": 0,
            "usageBasedReqs": composer, "bugbotUsages": 0, "mostUsedModel": active.then_some(MODELS[0]),
            "applyMostUsedExtension": active.then_some(".rs"), "tabMostUsedExtension": active.then_some(".rs"),
            "clientVersion": active.then(|| format!("2.{}.0", person.id % 3)),
        })
    }

    fn events(&self) -> Response {
        let oldest = self.state.clock.now().date_naive() - Duration::days(KEPT);
        let mut days = self.days();
        days.retain(|day| !self.words.says("short") || *day > oldest);
        let (page, size) = self.page(100);
        let mut events = days.iter().flat_map(|day| self.events_of(*day)).collect::<Vec<_>>();
        events.reverse();
        let count = events.len();
        let of_page = events.into_iter().skip((page - 1) * size).take(size).collect::<Vec<_>>();
        let pages = count.div_ceil(size);
        Json(json!({
            "totalUsageEventsCount": count,
            "pagination": {"numPages": pages, "currentPage": page, "pageSize": size, "hasNextPage": page < pages,
                "hasPreviousPage": page > 1},
            "usageEvents": of_page,
        }))
        .into_response()
    }

    fn events_of(&self, day: NaiveDate) -> Vec<Value> {
        let mut events = Vec::new();
        for person in &self.account.people {
            let Some(mut work) = self.work(person, day) else { continue };
            for at in 0..work.requests {
                events.push(event(&mut work, midnight(day) + at * 60_000 + person.id as i64 % 60_000, &person.email()));
            }
        }
        if !self.words.says("idle")
            && let Some(mut work) = self.account.people.iter().find_map(|person| work::on(person, day, "nightly"))
        {
            let mut bot = event(&mut work, midnight(day) + 3_600_000, "agent-runner@octodemo.example");
            bot["serviceAccountId"] = json!("sa_nightly");
            bot["serviceAccountName"] = json!("Nightly CI Agent");
            bot["isHeadless"] = json!(true);
            events.push(bot);
            let mut unattributed = event(&mut work, midnight(day) + 7_200_000, "");
            unattributed.as_object_mut().into_iter().for_each(|event| drop(event.remove("userEmail")));
            events.push(unattributed);
        }
        for (at, event) in events.iter_mut().enumerate().filter(|(at, _)| at % 3 == 0) {
            if self.words.says("unpriced") {
                event.as_object_mut().into_iter().for_each(|event| drop(event.remove("chargedCents")));
            }
            if self.words.says("newkind") {
                event["kind"] = json!(if at % 2 == 0 { "Prepaid Pool" } else { "USAGE_EVENT_KIND_PREPAID_POOL" });
            }
        }
        events
    }

    fn spend(&self) -> Response {
        let (page, size) = self.page(100);
        let people = self.seated().collect::<Vec<_>>();
        let today = self.state.clock.now().date_naive();
        let start = today.with_day(1).unwrap_or(today);
        let of_page = people.iter().skip((page - 1) * size).take(size).map(|person| {
            let cents = f64::from(u32::try_from(person.id % 5000).unwrap_or(0)) + 0.125;
            json!({"userId": id(person), "email": person.email(), "name": person.login, "role": "member",
                "spendCents": cents, "overallSpendCents": cents + 2000.0, "fastPremiumRequests": 0,
                "hardLimitOverrideDollars": 0, "monthlyLimitDollars": null, "effectivePerUserLimitDollars": 50,
                "profilePictureUrl": null})
        });
        Json(json!({
            "teamMemberSpend": of_page.collect::<Vec<_>>(), "subscriptionCycleStart": midnight(start),
            "limitedUsersCount": 0, "maxUserSpendCents": 0, "totalMembers": people.len(),
            "totalPages": people.len().div_ceil(size),
        }))
        .into_response()
    }

    fn groups(&self) -> Response {
        let cycle_start = self.parameters.get("billingCycle").and_then(|day| day.as_str()?.parse::<NaiveDate>().ok());
        let day = cycle_start.unwrap_or_else(|| self.state.clock.now().date_naive());
        let start = day.with_day(1).unwrap_or(day);
        let member = |person: &Person| {
            json!({"userId": id(person), "email": person.email(), "name": person.login, "joinedAt": format!("{}T00:00:00.000Z", person.joined),
                "leftAt": null})
        };
        let groups = self.account.teams.iter().enumerate().map(|(at, team)| {
            let members = self.seated().filter(|person| person.teams.first() == Some(&at)).map(member).collect::<Vec<_>>();
            let daily = start.iter_days().take(28).map(|day| json!({"date": day.to_string(), "spendCents": 125.5}));
            json!({"id": format!("group_{}", team.id), "name": team.slug, "memberCount": members.len(), "spendCents": 3514,
                "currentMembers": members, "formerMembers": [], "dailySpend": daily.collect::<Vec<_>>()})
        });
        Json(json!({
            "groups": groups.collect::<Vec<_>>(), "unassignedGroup": null,
            "billingCycle": {"cycleStart": format!("{start}T00:00:00.000Z"), "cycleEnd": format!("{}T00:00:00.000Z", start + Duration::days(30))},
        }))
        .into_response()
    }

    fn by_user(&self, each: u64) -> Response {
        let days = self.days();
        let (page, size) = self.page(100);
        let people = &self.account.people;
        let mut data = serde_json::Map::new();
        for person in people.iter().skip((page - 1) * size).take(size) {
            let rows = days.iter().filter_map(|day| {
                let lines = self.work(person, *day)?.about(each);
                Some(json!({"event_date": day.to_string(), "total_lines_suggested": lines, "total_lines_accepted": lines / 2}))
            });
            data.insert(person.email(), rows.collect());
        }
        Json(json!({"data": data, "pagination": pagination(page, size, people.len()), "params": {"teamId": 12345}}))
            .into_response()
    }

    fn extensions(&self) -> Response {
        let days = self.days();
        let rows = days.iter().flat_map(|day| {
            EXTENSIONS.iter().enumerate().map(|(at, extension)| {
                let lines = 100 * (5 - at);
                json!({"event_date": day.to_string(), "file_extension": extension, "total_files": 9 - at, "total_accepts": 40 - at,
                    "total_rejects": 7, "total_lines_suggested": lines, "total_lines_accepted": lines / 2, "total_lines_rejected": lines / 2})
            })
        });
        Json(json!({"data": rows.collect::<Vec<_>>(), "params": {"teamId": 12345}})).into_response()
    }

    fn commits(&self) -> Response {
        let (page, size) = self.page(100);
        let mut items = Vec::new();
        for day in self.days() {
            for person in &self.account.people {
                let Some(mut work) = self.work(person, day) else { continue };
                let (tab, composer) = (work.about(2), work.about(4));
                items.push(json!({
                    "commitHash": format!("{:016x}", named(&format!("{day}{}", person.id))), "userId": id(person),
                    "userEmail": person.email(), "repoName": "octodemo/ledger", "branchName": "main", "isPrimaryBranch": true,
                    "totalLinesAdded": tab + composer + 10, "totalLinesDeleted": 3, "tabLinesAdded": tab, "tabLinesDeleted": 0,
                    "composerLinesAdded": composer, "composerLinesDeleted": 0, "nonAiLinesAdded": 10, "nonAiLinesDeleted": 3,
                    "message": "a message that is not read", "commitTs": format!("{day}T10:00:00.000Z"),
                    "createdAt": format!("{day}T11:00:00.000Z"),
                }));
            }
        }
        let count = items.len();
        let of_page = items.into_iter().skip((page - 1) * size).take(size).collect::<Vec<_>>();
        Json(json!({"items": of_page, "totalCount": count, "page": page, "pageSize": size})).into_response()
    }
}

fn id(person: &Person) -> String {
    format!("user_{}", person.id)
}

fn midnight(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

fn event(work: &mut work::Work, at: i64, email: &str) -> Value {
    let model = MODELS[work.dice.skewed(MODELS.len())];
    let is_charged = work.dice.chance(300);
    // Differs by minute and by person.
    let turn = at / 60_000 + at % 60_000;
    let one_of = |kinds: &[&'static str]| kinds[usize::try_from(turn).unwrap_or(0) % kinds.len()];
    let has_failed = turn % FAILURES == 0;
    let kind = one_of(match (has_failed, is_charged) {
        (true, _) => &FAILED,
        (false, true) => &CHARGED,
        (false, false) => &INCLUDED,
    });
    // Some teams see included events as chargeable.
    let is_chargeable = !has_failed && (is_charged || turn % 2 == 0);
    let (input, output, read) = (work.dice.below(8000), work.dice.below(900), work.dice.below(40_000));
    let cents = work.dice.below(400_000) as f64 / 10_000.0;
    json!({
        "timestamp": at.to_string(), "userEmail": email, "conversationId": "8f2e4a1b", "model": model, "kind": kind,
        "maxMode": false, "requestsCosts": 1, "isTokenBasedCall": true, "isChargeable": is_chargeable, "isHeadless": false,
        "tokenUsage": {"inputTokens": input, "outputTokens": output, "cacheWriteTokens": 0, "cacheReadTokens": read,
            "totalCents": cents},
        "chargedCents": if has_failed { 0.0 } else { cents }, "cursorTokenFee": 0.25,
    })
}

fn pagination(page: usize, size: usize, total: usize) -> Value {
    let pages = total.div_ceil(size);
    json!({"page": page, "pageSize": size, "totalUsers": total, "totalPages": pages, "hasNextPage": page < pages,
        "hasPreviousPage": page > 1})
}
