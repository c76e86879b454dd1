//! The reports, the days that they fill, and how their files are fetched.

use bytes::Bytes;
use chrono::Duration;
use futures_util::{StreamExt, stream};

use crate::error::ProviderError;
use crate::http::{Request, Response};
use crate::providers::{Batch, Bodies, Call, Fetched, Need, Report};
use crate::words::{Account, Dataset, Day, Days, Fix};

use super::api::{self, Answer};
use super::identities::{self, IDENTITIES, VERIFIED_EMAILS};
use super::wire::Envelope;
use super::{ABOUT, ENTERPRISE, ORGANIZATION, credits, day};

const USERS: &str = "users-1-day";
const USERS_28: &str = "users-28-day";
const TEAMS: &str = "user-teams-1-day";
const REPOSITORIES: &str = "repos-1-day";
pub(super) const SEATS: &str = "seats";
pub(super) const CREDITS: &str = "ai-credits-1-day";
const ACCOUNT: [&str; 2] = ["organization-1-day", "enterprise-1-day"];
const ACCOUNT_28: [&str; 2] = ["organization-28-day", "enterprise-28-day"];
const BULK_DAYS: u32 = 28;

/// The changelogs of these days introduced the reports; earlier data does not exist.
const TEAMS_SINCE: Day = day(2026, 5, 14);
const REPOSITORIES_SINCE: Day = day(2026, 7, 17);

const SEATS_A_PAGE: usize = 100;

fn report(name: &'static str, days: Days) -> Report {
    let has_credits = days.last() >= credits::SINCE;
    let feeds: &[Dataset] = match name {
        TEAMS => &[Dataset::Activity],
        USERS | USERS_28 if has_credits => &[Dataset::Activity, Dataset::Breakdown, Dataset::Cost],
        USERS | USERS_28 => &[Dataset::Activity, Dataset::Breakdown],
        REPOSITORIES => &[Dataset::PullRequests],
        IDENTITIES | VERIFIED_EMAILS | SEATS => &[Dataset::Seats],
        CREDITS => &[Dataset::Cost],
        _ => &[Dataset::Activity, Dataset::Breakdown, Dataset::PullRequests],
    };
    let rank = match name {
        TEAMS => 0,
        USERS | USERS_28 => 1,
        REPOSITORIES => 3,
        IDENTITIES => 4,
        VERIFIED_EMAILS => 5,
        SEATS => 6,
        CREDITS => 7,
        _ => 2,
    };
    let need = match name {
        TEAMS | REPOSITORIES | CREDITS => Need::Figures,
        IDENTITIES | VERIFIED_EMAILS => Need::Names,
        _ => Need::Essential,
    };
    // The 28-day reports have rows even for days without data, so a day without rows proves nothing.
    let whole = name != USERS_28 && !ACCOUNT_28.contains(&name);
    Report { name, days, feeds, need, rank, whole }
}

/// The first day that GitHub keeps reports of.
pub(super) fn usage_floor(account: &Account, today: Day) -> Day {
    let kept = Days::before(today, ABOUT.windows.kept_for).from();
    let kind = ABOUT.accounts.iter().find(|kind| kind.kind == account.kind);
    kind.map_or(kept, |kind| kept.max(kind.first_day))
}

/// The people with seats. Only organizations verify domains.
pub(super) fn snapshot(account: &Account, today: Day) -> Batch {
    let is_organization = account.kind == ORGANIZATION;
    let names = [IDENTITIES, VERIFIED_EMAILS, SEATS];
    let asked = names.into_iter().filter(|name| is_organization || *name != VERIFIED_EMAILS);
    Batch { reports: asked.map(|name| report(name, Days::one(today))).collect() }
}

/// The 28-day reports of the account and of its people.
pub(super) fn bulk(account: &Account, today: Day) -> [Report; 2] {
    let days = Days::before(today, BULK_DAYS);
    [report(ACCOUNT_28[usize::from(account.kind == ENTERPRISE)], days), report(USERS_28, days)]
}

pub(super) fn archived(name: &str, day: Day) -> Option<Report> {
    let of_people = [IDENTITIES, VERIFIED_EMAILS, SEATS];
    let all =
        [USERS, USERS_28, TEAMS, REPOSITORIES, CREDITS].into_iter().chain(of_people).chain(ACCOUNT).chain(ACCOUNT_28);
    let name = all.into_iter().find(|known| *known == name)?;
    let days = if name == USERS_28 || ACCOUNT_28.contains(&name) {
        Days::before(day + Duration::days(1), BULK_DAYS)
    } else {
        Days::one(day)
    };
    Some(report(name, days))
}

/// Teams come first, because a person's row names its teams; then people, because the account's row counts them.
pub(super) fn batches(account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch> {
    let is_enterprise = usize::from(account.kind == ENTERPRISE);
    let teams = |day: &Day| (*day >= TEAMS_SINCE).then(|| report(TEAMS, Days::one(*day)));
    let repositories = |day: &Day| (*day >= REPOSITORIES_SINCE).then(|| report(REPOSITORIES, Days::one(*day)));
    let credits_floor = credits::floor(today);
    let credits = |day: &Day| (*day >= credits_floor).then(|| report(CREDITS, Days::one(*day)));
    if in_bulk {
        let bulk = Days::before(today, BULK_DAYS);
        let covered: Vec<Day> = days.iter().copied().filter(|day| bulk.contains(*day)).collect();
        if covered.is_empty() {
            return Vec::new();
        }
        let mut reports: Vec<Report> = covered.iter().filter_map(teams).collect();
        let [of_account, of_people] = self::bulk(account, today);
        reports.extend([of_people, of_account]);
        reports.extend(covered.iter().filter_map(repositories));
        reports.extend(covered.iter().filter_map(credits));
        return vec![Batch { reports }];
    }
    let usage_floor = usage_floor(account, today);
    let one = |day: &Day| {
        let mut reports: Vec<Report> = Vec::new();
        // Between the two floors, only the billing platform has data.
        if *day >= usage_floor || *day < credits_floor {
            reports.extend(teams(day));
            reports.push(report(USERS, Days::one(*day)));
            reports.push(report(ACCOUNT[is_enterprise], Days::one(*day)));
            reports.extend(repositories(day));
        }
        reports.extend(credits(day));
        Batch { reports }
    };
    days.iter().map(one).collect()
}

pub(super) fn path(call: &Call<'_>, report: &Report) -> String {
    let account = api::account_path(call);
    match report.name.strip_suffix("-28-day") {
        Some(_) => format!("{account}/copilot/metrics/reports/{}/latest", report.name),
        None => format!("{account}/copilot/metrics/reports/{}?day={}", report.name, report.days.from()),
    }
}

pub(super) async fn fetch<'a>(call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError> {
    if report.name == SEATS {
        return fetch_seats(call, report.days).await;
    }
    if matches!(report.name, IDENTITIES | VERIFIED_EMAILS) {
        return identities::fetch(call, report).await;
    }
    if report.name == CREDITS {
        return fetch_credits(call, report.days).await;
    }
    let path = path(call, report);
    let response = api::get(call, &path).await?;
    read_envelope(call, path, report, response).await
}

async fn fetch_credits<'a>(call: &'a Call<'a>, days: Days) -> Result<Fetched<'a>, ProviderError> {
    let response = api::get(call, &credits::path(call.account, days.from())).await?;
    match api::read(call, response).await? {
        Answer::Content(body) => {
            let body = stream::once(async move { Ok(body) }).boxed();
            Ok(Fetched::Ready { covers: days, bodies: stream::once(async move { Ok(body) }).boxed() })
        }
        Answer::Nothing => Ok(Fetched::NotYet),
        // GitHub also answers 404 for resources that a token may not see.
        Answer::Missing => Err(ProviderError::Unexplained {
            detail: format!(
                "GitHub has no billing of AI credits for {}, or hides it from this token (404)",
                call.account.slug
            ),
            fix: Box::new(Fix::text(format!(
                "check that the token's user is an owner or billing manager of {0}; if an enterprise manages the \
                 billing of {0}, connect the enterprise",
                call.account.slug
            ))),
        }),
    }
}

/// Reads an envelope. Verify uses it for a response that it has already.
pub(super) async fn read_envelope<'a>(
    call: &'a Call<'a>,
    path: String,
    report: &Report,
    response: Response,
) -> Result<Fetched<'a>, ProviderError> {
    let body = match api::read(call, response).await? {
        Answer::Content(body) => body,
        Answer::Nothing => return Ok(Fetched::NotYet),
        Answer::Missing => return Ok(Fetched::Missing),
    };
    let Some(envelope) = envelope(report.name, &body)? else {
        return Ok(Fetched::NotYet);
    };
    let covers = match (envelope.report_start_day, envelope.report_end_day) {
        (Some(first), Some(last)) => Days::inclusive(first, last),
        _ => report.days,
    };
    if envelope.report_day.is_some_and(|day| Days::one(day) != report.days) {
        return Err(ProviderError::Malformed { detail: format!("{}: GitHub sent another day's report", report.name) });
    }
    Ok(Fetched::Ready { covers, bodies: files(call, path, report.name, envelope.download_links) })
}

/// GitHub reports "no report" in several ways besides 204: an empty body, `null`, a JSON string, an empty list of
/// links.
fn envelope(report: &str, body: &[u8]) -> Result<Option<Envelope>, ProviderError> {
    let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if matches!(start, None | Some(b'"' | b'n')) {
        return Ok(None);
    }
    let envelope: Envelope = crate::providers::json::from_slice(body).map_err(|_| ProviderError::Malformed {
        detail: format!("{report}: GitHub's answer is not the expected list of files"),
    })?;
    Ok((!envelope.download_links.is_empty()).then_some(envelope))
}

/// Every file of a report. If a link has expired, the list is fetched once more.
fn files<'a>(call: &'a Call<'a>, path: String, name: &'static str, links: Vec<String>) -> Bodies<'a> {
    Box::pin(async_stream::try_stream! {
        let mut links = links;
        let mut renewed = false;
        let mut index = 0;
        while index < links.len() {
            // The link is signed and is the permission; the token must not be sent with it.
            let response = call.http.send(Request::get(&links[index], ABOUT.download_hosts)).await?;
            match response.status {
                200 => {
                    index += 1;
                    yield response.stream();
                }
                400 | 401 | 403 if !renewed => {
                    renewed = true;
                    links = renew(call, &path, name, links.len()).await?;
                }
                status => Err(ProviderError::Unavailable {
                    detail: format!("{name}: file {} of {} answered {status}", index + 1, links.len()),
                })?,
            }
        }
    })
}

async fn renew(call: &Call<'_>, path: &str, name: &str, count: usize) -> Result<Vec<String>, ProviderError> {
    let changed = || ProviderError::Unavailable { detail: format!("{name}: the report changed while it was read") };
    let Answer::Content(body) = api::read(call, api::get(call, path).await?).await? else {
        return Err(changed());
    };
    let links = envelope(name, &body)?.ok_or_else(changed)?.download_links;
    if links.len() == count { Ok(links) } else { Err(changed()) }
}

/// All pages of the seats listing, each as a file.
async fn fetch_seats<'a>(call: &'a Call<'a>, days: Days) -> Result<Fetched<'a>, ProviderError> {
    let account = api::account_path(call);
    let page = async move |number: usize| {
        let path = format!("{account}/copilot/billing/seats?per_page={SEATS_A_PAGE}&page={number}");
        let response = api::get(call, &path).await?;
        let link = response.header("link").map(str::to_owned);
        Ok::<_, ProviderError>((api::read(call, response).await?, link))
    };
    let (first, link) = match page(1).await? {
        (Answer::Content(body), link) => (body, link),
        (Answer::Nothing, _) => return Ok(Fetched::NotYet),
        (Answer::Missing, _) => return Ok(Fetched::Missing),
    };
    let whole = |body: Bytes| stream::once(async move { Ok(body) }).boxed();
    let mut read = SeatsRead::default();
    let mut has_next = read.has_next(&first, link.as_deref())?;
    let bodies = async_stream::try_stream! {
        let mut before = first.clone();
        yield whole(first);
        let mut number = 2;
        while has_next {
            let (answer, link) = page(number).await?;
            let Answer::Content(body) = answer else {
                Err(ProviderError::Unavailable { detail: "seats: the list ended before its last page".to_owned() })?;
                break;
            };
            if body == before {
                Err(ProviderError::Malformed { detail: "seats: GitHub sent the same page twice".to_owned() })?;
            }
            has_next = read.has_next(&body, link.as_deref())?;
            before = body.clone();
            yield whole(body);
            number += 1;
        }
    };
    Ok(Fetched::Ready { covers: days, bodies: Box::pin(bodies) })
}

/// The number of seats that were read from a listing.
#[derive(Default)]
struct SeatsRead(u64);

impl SeatsRead {
    /// Whether a page follows. The `Link` header says it. GitHub sends no header with a listing of one page, so a
    /// page without the header is the last one only if it is not full or all seats have been read.
    fn has_next(&mut self, page: &[u8], link: Option<&str>) -> Result<bool, ProviderError> {
        #[derive(serde::Deserialize)]
        struct Counts {
            total_seats: Option<u64>,
            seats: Vec<serde::de::IgnoredAny>,
        }
        // The mapper reports a page that is not as expected.
        let Ok(Counts { total_seats, seats }) = crate::providers::json::from_slice(page) else { return Ok(false) };
        self.0 += seats.len() as u64;
        let malformed = |what: &str| Err(ProviderError::Malformed { detail: format!("seats: {what}") });
        match link {
            Some(link) if link.contains("rel=\"next\"") => match seats.is_empty() {
                true => malformed("an empty page announces another page"),
                false => Ok(true),
            },
            Some(_) => Ok(false),
            None if seats.len() >= SEATS_A_PAGE && total_seats.is_none_or(|total| self.0 < total) => {
                malformed("a full page does not say whether another follows")
            }
            None => Ok(false),
        }
    }
}
