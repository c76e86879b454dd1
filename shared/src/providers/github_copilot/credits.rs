//! The cost of AI credits: GitHub's billing of a day by model, and people's credits at the documented price.
//!
//! `GET /organizations/{org}/settings/billing/ai_credit/usage`, and the same for an enterprise: gross, discount and
//! net, by model and SKU (<https://docs.github.com/en/enterprise-cloud@latest/rest/billing/usage>). Gross is the list
//! value, discount is what the plan includes, net is what is metered on top: list = included + metered. GitHub bills
//! accounts, so below the account these amounts are unattributed. The users report has the credits of each person;
//! their value at the documented price is an estimate, because the plan's credits are pooled.

use std::collections::BTreeMap;

use chrono::Datelike;

use crate::error::ProviderError;
use crate::providers::fields::{Id, Micro, Text, record};
use crate::segment::Cost;
use crate::words::{Account, Day, Days, Level};

use super::{ENTERPRISE, day};

/// Before this day, Copilot billed premium requests
/// (<https://docs.github.com/en/copilot/concepts/billing/usage-based-billing-for-organizations-and-enterprises>).
pub(super) const SINCE: Day = day(2026, 6, 1);
/// The billing platform keeps the past 24 months.
pub(super) const KEPT_FOR: u32 = 730;
/// A credit costs $0.01 (the same page).
const CREDITS_PER_DOLLAR: i64 = 100;
const DOLLARS: &str = "USD";

/// Known fields that are not read. Sorted.
pub(super) const KNOWN_BUT_UNREAD: &[&str] =
    &["costCenter", "costCenterId", "enterprise", "organization", "pricePerUnit", "product", "user"];

record! {
    CreditsPage<'a> {
        period as "timePeriod": Option<Period>,
        items as "usageItems": Option<Vec<CreditItem<'a>>>,
    }
}

record! {
    #[derive(Debug)]
    Period {
        year: Option<i64>,
        month: Option<i64>,
        day: Option<i64>,
    }
}

record! {
    CreditItem<'a> {
        sku: Option<Id<'a>>,
        model: Option<Id<'a>>,
        unit as "unitType": Text<'a>,
        gross_amount as "grossAmount": Micro,
        gross_quantity as "grossQuantity": Micro,
        discount_amount as "discountAmount": Micro,
        discount_quantity as "discountQuantity": Micro,
        net_amount as "netAmount": Micro,
        net_quantity as "netQuantity": Micro,
    }
}

/// The first day that the billing platform keeps.
pub(super) fn floor(today: Day) -> Day {
    Days::before(today, KEPT_FOR).from().max(SINCE)
}

pub(super) fn path(account: &Account, on: Day) -> String {
    let kind = if account.kind == ENTERPRISE { "enterprises" } else { "organizations" };
    let (year, month, day) = (on.year(), on.month(), on.day());
    format!("{kind}/{}/settings/billing/ai_credit/usage?year={year}&month={month}&day={day}", account.slug)
}

/// The value of credits: millionths of a credit to millionths of a dollar, half rounded away from zero.
pub(super) fn value(micro_credits: i64) -> i64 {
    (micro_credits + CREDITS_PER_DOLLAR / 2 * micro_credits.signum()) / CREDITS_PER_DOLLAR
}

pub(super) fn estimated<'a>(level: Level, subject: &'a str, name: Option<&'a str>, micro_credits: i64) -> Cost<'a> {
    Cost {
        level,
        subject,
        name,
        basis: "estimated",
        currency: Some(DOLLARS),
        micro_amount: Some(value(micro_credits)),
        micro_credits: Some(micro_credits),
        ..Cost::default()
    }
}

/// Basis, model and SKU.
type Charge = (&'static str, Option<String>, Option<String>);

/// The charges of an account on a day. Items with the same model and SKU are added up, because each is a separate
/// charge.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Charges(BTreeMap<Charge, (Option<i64>, Option<i64>)>);

impl Charges {
    /// Adds a page about `on`.
    pub(super) fn add(&mut self, page: &CreditsPage<'_>, on: Day) -> Result<u64, ProviderError> {
        let malformed = |what: &str| ProviderError::Malformed { detail: format!("ai-credits-1-day: {what}") };
        let period = page.period.as_ref();
        let is_other =
            |part: fn(&Period) -> Option<i64>, of_day: i64| period.and_then(part).is_some_and(|part| part != of_day);
        if is_other(|period| period.year, i64::from(on.year()))
            || is_other(|period| period.month, i64::from(on.month()))
            || is_other(|period| period.day, i64::from(on.day()))
        {
            return Err(malformed("GitHub sent the usage of another period"));
        }
        let items = page.items.as_ref().ok_or_else(|| malformed("a page without usageItems"))?;
        for item in items {
            let is_in_credits = item.unit.as_deref().is_none_or(|unit| unit.eq_ignore_ascii_case("credits"));
            let text = |text: &Option<Id<'_>>| text.as_deref().map(str::to_owned);
            for (basis, amount, quantity) in [
                ("list", item.gross_amount, item.gross_quantity),
                ("included", item.discount_amount, item.discount_quantity),
                ("metered", item.net_amount, item.net_quantity),
            ] {
                let sum = self.0.entry((basis, text(&item.model), text(&item.sku))).or_default();
                super::rows::add(&mut sum.0, amount.0);
                super::rows::add(&mut sum.1, quantity.0.filter(|_| is_in_credits));
            }
        }
        Ok(items.len() as u64)
    }

    /// Each charge as a row about the account, and as an unattributed row below it.
    pub(super) fn rows<'a>(&'a self, slug: &'a str) -> impl Iterator<Item = Cost<'a>> {
        self.0.iter().flat_map(move |((basis, model, sku), (micro_amount, micro_credits))| {
            [(Level::Organization, slug), (Level::User, "")].map(|(level, subject)| Cost {
                level,
                subject,
                basis,
                model: model.as_deref(),
                line_item: sku.as_deref(),
                currency: Some(DOLLARS),
                micro_amount: *micro_amount,
                micro_credits: *micro_credits,
                ..Cost::default()
            })
        })
    }

    /// Amount and credits of each basis.
    pub(super) fn by_basis(&self) -> BTreeMap<&'static str, (Option<i64>, Option<i64>)> {
        let mut sums: BTreeMap<&'static str, (Option<i64>, Option<i64>)> = BTreeMap::new();
        for ((basis, ..), (amount, credits)) in &self.0 {
            let sum = sums.entry(basis).or_default();
            super::rows::add(&mut sum.0, *amount);
            super::rows::add(&mut sum.1, *credits);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::fields::{NewFields, read_record};
    use crate::providers::json::Repair;

    #[test]
    fn one_hundred_credits_are_one_dollar() {
        for (micro_credits, micro_dollars) in
            [(100_000_000, 1_000_000), (2_250_000, 22_500), (149, 1), (150, 2), (-150, -2)]
        {
            assert_eq!(value(micro_credits), micro_dollars, "{micro_credits}");
        }
    }

    #[test]
    fn an_answer_about_another_period_is_refused() {
        let on = day(2026, 11, 20);
        for (period, is_good) in [
            (r#"{"year":2026,"month":11,"day":20}"#, true),
            (r#"{"year":2026}"#, true),
            (r#"{"year":2026,"month":11,"day":19}"#, false),
            (r#"{"year":2025,"month":11,"day":20}"#, false),
        ] {
            let page = format!(r#"{{"timePeriod":{period},"usageItems":[]}}"#);
            let (new, repair) = (NewFields::beside(KNOWN_BUT_UNREAD), Repair::new());
            let page = read_record::<CreditsPage<'_>>(page.as_bytes(), &repair, &new).unwrap();
            assert_eq!(Charges::default().add(&page, on).is_ok(), is_good, "{period}");
        }
        assert!(Charges::default().add(&CreditsPage::default(), on).is_err());
        assert!(KNOWN_BUT_UNREAD.is_sorted());
    }

    #[test]
    fn amounts_with_many_digits_are_added_by_model_and_sku() {
        let item = |model: &str, gross: &str| {
            format!(
                r#"{{"sku":"Copilot AI Credits","model":"{model}","unitType":"credits","grossAmount":{gross},"grossQuantity":1.5,"discountAmount":0,"netAmount":{gross}}}"#
            )
        };
        let page = [item("a", "0.0150000000000000002"), item("b", "1e-2"), item("a", "0.005")].join(",");
        let page = format!(r#"{{"usageItems":[{page}]}}"#);
        let (new, repair) = (NewFields::beside(KNOWN_BUT_UNREAD), Repair::new());
        let page = read_record::<CreditsPage<'_>>(page.as_bytes(), &repair, &new).unwrap();
        let mut charges = Charges::default();
        charges.add(&page, SINCE).unwrap();
        let list: Vec<_> = charges
            .rows("octo")
            .filter(|row| row.basis == "list")
            .map(|row| (row.level, row.model, row.micro_amount, row.micro_credits))
            .collect();
        let (whole, user) = (Level::Organization, Level::User);
        let a = (Some("a"), Some(20_000), Some(3_000_000));
        let b = (Some("b"), Some(10_000), Some(1_500_000));
        assert_eq!(
            list,
            [(whole, a.0, a.1, a.2), (user, a.0, a.1, a.2), (whole, b.0, b.1, b.2), (user, b.0, b.1, b.2)]
        );
        assert_eq!(charges.by_basis()["metered"], (Some(30_000), None));
        assert_eq!(charges.by_basis()["included"], (Some(0), None));
    }
}
