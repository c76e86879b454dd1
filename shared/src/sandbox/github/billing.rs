//! What the AI credits of a month or a day cost: the same credits that the users reports show, by model.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use serde_json::{Value, json};

use super::super::calendar::missing_per_mille;
use super::super::people::{Account, Kind};
use super::super::world::World;
use super::answers::{ok, problem};
use super::days::{Use, is_missing, uses, work};
use super::routes::Call;
use super::tally::{MODELS, Tally};

/// What one seat of Copilot Business includes in a month.
const INCLUDED_CREDITS: u64 = 1900;

/// `GET …/settings/billing/ai_credit/usage`: without a day the whole month, up to yesterday.
pub(crate) async fn credits(world: &World, call: &Call, account: Arc<Account>) -> Response {
    if call.query("user").is_some() && account.kind == Kind::Organization {
        return problem(
            StatusCode::FORBIDDEN,
            "Organization admins for enterprise owned organizations cannot filter usage by user",
        );
    }
    let now = world.clock.now();
    let asked = |name, otherwise: u32| call.query(name).map_or(Some(otherwise), |value| value.parse().ok());
    let day = match call.query("day") {
        None => Some(None),
        Some(day) => day.parse().ok().map(Some),
    };
    let (Some(year), Some(month), Some(day)) =
        (asked("year", now.year().unsigned_abs()), asked("month", now.month()), day)
    else {
        return problem(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let Some(first) = NaiveDate::from_ymd_opt(year as i32, month, day.unwrap_or(1)) else {
        return problem(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let days = first
        .iter_days()
        .take_while(|date| date.month() == month && day.is_none_or(|day| date.day() == day))
        .collect::<Vec<_>>();
    let user = call.query("user").map(str::to_lowercase);
    let counted = account.clone();
    let Ok(credits) = tokio::task::spawn_blocking(move || tally(&counted, &days, user.as_deref(), now)).await else {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "Server Error");
    };
    let mut period = json!({"year": year, "month": month});
    if let Some(day) = day {
        period["day"] = json!(day);
    }
    // The seats' pool is used up model by model, and only a whole month's usage can exceed it.
    let mut pool = account.seated(now.date_naive()).count() as u64 * INCLUDED_CREDITS * 10;
    let wanted = call.query("model");
    let items = MODELS
        .iter()
        .zip(credits)
        .filter(|(model, tenths)| *tenths > 0 && wanted.is_none_or(|wanted| wanted == **model));
    let items = items.map(|(model, tenths)| {
        let included = tenths.min(pool);
        pool -= included;
        item(model, tenths, included)
    });
    let mut body = json!({"timePeriod": period, "usageItems": items.collect::<Vec<_>>()});
    body[if account.kind == Kind::Enterprise { "enterprise" } else { "organization" }] = json!(account.slug.as_str());
    ok(body)
}

/// Credits come in tenths and cost a cent each.
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

fn tally(account: &Account, days: &[NaiveDate], user: Option<&str>, now: DateTime<Utc>) -> [u64; MODELS.len()] {
    let mut sum = Tally::default();
    let yesterday = now.date_naive() - Days::new(1);
    for day in days.iter().filter(|day| (account.first_day..=yesterday).contains(day)) {
        let missing = missing_per_mille(*day, now, &account.slug);
        for person in account.people.iter().filter(|person| user.is_none_or(|user| person.login == user)) {
            let touched = uses(account, person, *day);
            if touched.has(Use::Active) && !is_missing(person, *day, missing) {
                work(account, person, *day, touched, &mut sum);
            }
        }
    }
    sum.credits
}
