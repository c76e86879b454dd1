//! The cost of the AI credits of a month or a day: the credits of the users reports, by model.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use serde_json::{Value, json};

use super::super::calendar::missing_per_mille;
use super::super::people::{Account, Kind};
use super::super::state::SandboxState;
use super::answers::{ok, problem};
use super::days::{Use, is_missing, uses, work};
use super::routes::Call;
use super::tally::{MODELS, Tally};

/// Credits that one Copilot Business seat includes per month.
const INCLUDED_CREDITS: u64 = 1900;

/// `GET …/settings/billing/ai_credit/usage`: without a day, the whole month up to yesterday.
pub(crate) async fn credits(state: &SandboxState, call: &Call, account: Arc<Account>) -> Response {
    if call.query("user").is_some() && account.kind == Kind::Organization {
        return problem(
            StatusCode::FORBIDDEN,
            "Organization admins for enterprise owned organizations cannot filter usage by user",
        );
    }
    let now = state.clock.now();
    let parameter = |name, otherwise: u32| call.query(name).map_or(Some(otherwise), |value| value.parse().ok());
    let day = match call.query("day") {
        None => Some(None),
        Some(day) => day.parse().ok().map(Some),
    };
    let (Some(year), Some(month), Some(day)) =
        (parameter("year", now.year().unsigned_abs()), parameter("month", now.month()), day)
    else {
        return problem(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let Some(first) = NaiveDate::from_ymd_opt(year as i32, month, day.unwrap_or(1)) else {
        return problem(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let is_asked = move |date: NaiveDate| day.is_none_or(|day| date.day() == day);
    let user = call.query("user").map(str::to_lowercase);
    let counted = account.clone();
    let month = first.with_day(1).unwrap_or(first).iter_days().take_while(move |date| date.month() == month);
    let days = month.take_while(move |date| day.is_none_or(|day| date.day() <= day)).collect::<Vec<_>>();
    let charged = tokio::task::spawn_blocking(move || charge(&counted, &days, is_asked, user.as_deref(), now));
    let Ok(charged) = charged.await else {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "Server Error");
    };
    let mut period = json!({"year": year, "month": first.month()});
    if let Some(day) = day {
        period["day"] = json!(day);
    }
    let model_filter = call.query("model");
    let items = MODELS
        .iter()
        .zip(charged)
        .filter(|(model, (gross, _))| *gross > 0 && model_filter.is_none_or(|wanted| wanted == **model))
        .map(|(model, (gross, included))| item(model, gross, included));
    let mut body = json!({"timePeriod": period, "usageItems": items.collect::<Vec<_>>()});
    body[if account.kind == Kind::Enterprise { "enterprise" } else { "organization" }] = json!(account.slug.as_str());
    ok(body)
}

/// Credits are in tenths; one credit costs one cent.
fn item(model: &str, gross: u64, included: u64) -> Value {
    let credits = |tenths: u64| tenths as f64 / 10.0;
    let dollars = |tenths: u64| tenths as f64 / 1000.0;
    json!({
        "product": "Copilot", "sku": "Copilot AI Credits", "model": model, "unitType": "credits", "pricePerUnit": 0.01,
        "grossQuantity": credits(gross), "grossAmount": dollars(gross),
        "discountQuantity": credits(included), "discountAmount": dollars(included),
        "netQuantity": credits(gross - included), "netAmount": dollars(gross - included),
    })
}

/// Used and included credits of each model on the requested days, in tenths. The seats' monthly pool is used up day
/// by day, and on each day model by model, so that the days of a month add up to the month.
fn charge(
    account: &Account,
    days: &[NaiveDate],
    is_asked: impl Fn(NaiveDate) -> bool,
    user: Option<&str>,
    now: DateTime<Utc>,
) -> [(u64, u64); MODELS.len()] {
    let seats = days.first().map_or(0, |first| account.seated(*first).count());
    let mut pool = seats as u64 * INCLUDED_CREDITS * 10;
    let mut charged = [(0, 0); MODELS.len()];
    for day in days {
        for (sum, gross) in charged.iter_mut().zip(tally(account, *day, user, now)) {
            let included = gross.min(pool);
            pool -= included;
            if is_asked(*day) {
                *sum = (sum.0 + gross, sum.1 + included);
            }
        }
    }
    charged
}

fn tally(account: &Account, day: NaiveDate, user: Option<&str>, now: DateTime<Utc>) -> [u64; MODELS.len()] {
    let mut sum = Tally::default();
    let yesterday = now.date_naive() - Days::new(1);
    if !(account.first_day..=yesterday).contains(&day) {
        return sum.credits;
    }
    let missing = missing_per_mille(day, now, &account.slug);
    for person in account.people.iter().filter(|person| user.is_none_or(|user| person.login == user)) {
        let touched = uses(account, person, day);
        if touched.has(Use::Active) && !is_missing(person, day, missing) {
            work(account, person, day, touched, &mut sum);
        }
    }
    sum.credits
}
