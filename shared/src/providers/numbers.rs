//! Reads providers' numbers in every form: counts, amounts, ratios, booleans, days.
//!
//! A number may be an integer, a float, with an exponent, or text. A number with more precision than is stored is
//! rounded and counted ([`NewFields::rounded`]). A number that cannot be stored, or text that is not a number, is
//! refused with the name of its field, and its report fails: null would mean "unknown", the nearest number would be
//! wrong, and both would be served as complete data.

use std::fmt;

use chrono::{DateTime, NaiveDateTime};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::RawValue;

use super::fields::{Field, NewFields};
use crate::segment::MICRO;
use crate::words::Day;

/// The largest count. Up to here, JSON numbers are exact in every parser (RFC 8259), and a day's sum of thousands of
/// them does not overflow.
const LARGEST: i64 = (1 << 53) - 1;
/// Digits that decimal arithmetic can hold.
const DIGITS: u32 = 38;

/// Why a number is refused; appended to the name of its field.
pub(in crate::providers) const NOT_A_NUMBER: &str = "is not a number";
const NOT_WHOLE: &str = "is not a whole number";
const TOO_LARGE: &str = "is a number too large to be stored";

/// A whole number that the float represents exactly.
pub(in crate::providers) fn whole(number: f64) -> Result<i64, &'static str> {
    match number {
        number if number.abs() > LARGEST as f64 => Err(TOO_LARGE),
        number if number.fract() != 0.0 => Err(NOT_WHOLE),
        number => Ok(number as i64),
    }
}

fn within(number: i64) -> Result<Option<i64>, &'static str> {
    if (-LARGEST..=LARGEST).contains(&number) { Ok(Some(number)) } else { Err(TOO_LARGE) }
}

struct CountReader<'n>(&'n NewFields);

impl<'de> Visitor<'de> for CountReader<'_> {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let number = i64::try_from(number).map_err(|_| TOO_LARGE).and_then(within);
        number.map_err(|why| self.0.refuse(why))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        within(number).map_err(|why| self.0.refuse(why))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        whole(number).map(Some).map_err(|why| self.0.refuse(why))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let number = decimal(text, 0).and_then(|number| match number.is_rounded {
            false => within(number.value),
            true => Err(NOT_WHOLE),
        });
        number.map_err(|why| self.0.refuse(why))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de> Field<'de> for Option<i64> {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(CountReader(new))
    }
}

struct TruthReader;

impl<'de> Visitor<'de> for TruthReader {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Some(truth))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        if number > 1 { Err(E::custom("neither 0 nor 1")) } else { Ok(Some(number == 1)) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Some(true)),
            "false" | "0" => Ok(Some(false)),
            _ => Err(E::custom("neither true nor false")),
        }
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de> Field<'de> for Option<bool> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(TruthReader)
    }
}

struct RatioReader<'n>(&'n NewFields);

impl<'de> Visitor<'de> for RatioReader<'_> {
    type Value = Option<f64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or_else(|| self.0.refuse(NOT_A_NUMBER))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de> Field<'de> for Option<f64> {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(RatioReader(new))
    }
}

struct DayReader<'n>(&'n NewFields);

impl<'de> Visitor<'de> for DayReader<'_> {
    type Value = Option<Day>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a day")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        day(text).map(Some).ok_or_else(|| self.0.refuse("is not a day"))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A day that is written as a time is the written day, in any time zone: it names the report's day, not a moment.
fn day(text: &str) -> Option<Day> {
    let (date, time) = text.split_at_checked("2026-11-20".len())?;
    let is_time = || {
        DateTime::parse_from_rfc3339(text).is_ok()
            || ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                .iter()
                .any(|format| NaiveDateTime::parse_from_str(text, format).is_ok())
    };
    date.parse().ok().filter(|_| time.is_empty() || is_time())
}

impl<'de> Field<'de> for Option<Day> {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(DayReader(new))
    }
}

/// A decimal in millionths, read digit by digit.
#[derive(Clone, Copy, Default)]
pub(in crate::providers) struct Micro(pub Option<i64>);

impl<'de> Field<'de> for Micro {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        read_decimal(json, new).map(Self)
    }
}

/// An amount in cents, as a number or text; stored in millionths of a cent, which is finer than any vendor's billing.
#[derive(Clone, Copy, Default)]
pub(in crate::providers) struct Cents(pub Option<i64>);

impl<'de> Field<'de> for Cents {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        read_decimal(json, new).map(Self)
    }
}

fn read_decimal<'de, D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Option<i64>, D::Error> {
    let Some(raw) = Option::<&RawValue>::deserialize(json)? else { return Ok(None) };
    let number = decimal(raw.get().trim_matches('"'), MICRO.ilog10() as i32).map_err(|why| new.refuse(why))?;
    new.rounded.update(|rounded| rounded + u64::from(number.is_rounded));
    Ok(Some(number.value))
}

#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    value: i64,
    /// Digits after the last stored place were not all zero.
    is_rounded: bool,
}

/// With six places, `12.5` is 12,500,000. Digits after the last place are rounded half away from zero.
fn decimal(text: &str, places: i32) -> Result<Decimal, &'static str> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, digits)) => (mantissa, exponent(digits)?),
        None => (text, 0),
    };
    let (is_negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    // The number is `value * 10^shift` of the last place.
    let (mut value, mut kept, mut shift) = (0_i128, 0, i64::from(places) + exponent);
    let (mut has_digits, mut is_fraction, mut is_rounded) = (false, false, false);
    for byte in mantissa.bytes() {
        let digit = match byte {
            b'0'..=b'9' => i128::from(byte - b'0'),
            b'.' if !is_fraction => {
                is_fraction = true;
                continue;
            }
            _ => return Err(NOT_A_NUMBER),
        };
        has_digits = true;
        if kept < DIGITS {
            value = value * 10 + digit;
            kept += u32::from(value > 0);
            shift -= i64::from(is_fraction);
        } else {
            is_rounded |= digit > 0;
            shift += i64::from(!is_fraction);
        }
    }
    let power = u32::try_from(shift.unsigned_abs()).ok().and_then(|shift| 10_i128.checked_pow(shift));
    let places = match power {
        _ if !has_digits => return Err(NOT_A_NUMBER),
        _ if value == 0 => 0,
        Some(power) if shift >= 0 => value.checked_mul(power).ok_or(TOO_LARGE)?,
        None if shift >= 0 => return Err(TOO_LARGE),
        Some(power) => {
            is_rounded |= value % power > 0;
            value / power + i128::from(value % power >= power - power / 2)
        }
        None => {
            is_rounded = true;
            0
        }
    };
    let value = i64::try_from(if is_negative { -places } else { places }).map_err(|_| TOO_LARGE)?;
    Ok(Decimal { value, is_rounded })
}

/// An exponent that is too long to read counts as the largest: no number except zero can be stored with it.
fn exponent(text: &str) -> Result<i64, &'static str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(NOT_A_NUMBER);
    }
    let exponent = digits.parse::<i32>().unwrap_or(i32::MAX);
    Ok(i64::from(if text.starts_with('-') { -exponent } else { exponent }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micro(text: &str, places: i32) -> Option<i64> {
        decimal(text, places).ok().map(|number| number.value)
    }

    #[test]
    fn credits_are_read_without_floats() {
        for (text, expected) in [
            ("12.5", Some(12_500_000)),
            ("0", Some(0)),
            ("0.1", Some(100_000)),
            ("1e-7", Some(0)),
            ("5e-7", Some(1)),
            ("-5e-7", Some(-1)),
            ("1.25E2", Some(125_000_000)),
            ("1.25e+2", Some(125_000_000)),
            ("-3", Some(-3_000_000)),
            ("9223372036854.775807", Some(i64::MAX)),
            ("9223372036854.775808", None),
            ("-9223372036854.775808", Some(i64::MIN)),
            ("0E-6176", Some(0)),
            ("0E6111", Some(0)),
            ("0e99999999999999999999", Some(0)),
            ("1e-99999999999999999999", Some(0)),
            ("1e99999999999999999999", None),
            ("NaN", None),
            ("1.2.3", None),
            ("1e", None),
            ("1e+", None),
            ("--1", None),
            (".", None),
            ("", None),
            ("0.0600000000000000000000000000000000000000", Some(60_000)),
            ("0.0000015", Some(2)),
            // 1.4999995 and a digit in the fiftieth place: still below the half.
            ("0.00000149999950000000000000000000000000000000000001", Some(1)),
            ("123456.7890125000000000000000000000000000000000000000000000001", Some(123_456_789_013)),
        ] {
            assert_eq!(micro(text, 6), expected, "{text}");
        }
    }

    #[test]
    fn a_number_with_more_precision_is_counted_as_rounded() {
        for (text, is_rounded) in [
            ("0.2625000000000000", false),
            ("0E-6176", false),
            ("0.1000000000000000055511151231257827021181583404541015625", true),
            ("0.0000001", true),
            ("1e-400", true),
            ("0.00000000000000000000000000000000000000000000000000000000", false),
        ] {
            assert_eq!(decimal(text, 6).map(|number| number.is_rounded), Ok(is_rounded), "{text}");
        }
    }

    #[test]
    fn cents_are_hundredths_of_a_dollar() {
        for (text, expected) in
            [("113", 1_130_000), ("41280.000000", 412_800_000), ("-0.5", -5_000), ("123.45", 1_234_500), ("0.00005", 1)]
        {
            assert_eq!(micro(text, 4), Some(expected), "{text}");
        }
    }
}
