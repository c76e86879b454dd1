//! Reads records field by field, and hears of every field that nobody knows.
//!
//! Serde's own derive passes over unknown fields in silence, and a wrapper that listens costs a third of the time: it
//! keeps the path to every value. Here a record's own reader looks at what is left over, and nothing else is slower.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::segment::MICRO;
use crate::words::Day;

/// A value is repeated up to so many characters.
const LONGEST_VALUE: usize = 60;

/// Fields that no code reads and values that no table knows, and how often they came.
pub struct NewFields {
    /// Those we know and do not read. Sorted.
    known: &'static [&'static str],
    counts: RefCell<BTreeMap<String, u64>>,
    /// The way out of a record that could not be read, innermost first.
    trail: RefCell<Vec<&'static str>>,
}

impl NewFields {
    pub fn beside(known: &'static [&'static str]) -> Self {
        Self { known, counts: RefCell::default(), trail: RefCell::default() }
    }

    /// A value could not be read as the field's.
    pub fn fail(&self, field: &'static str) {
        self.trail.borrow_mut().push(field);
    }

    /// The path of the field that could not be read last.
    pub fn failed_at(&self) -> String {
        let trail: Vec<_> = self.trail.take().into_iter().rev().collect();
        trail.join(".")
    }

    pub fn into_counts(self) -> BTreeMap<String, u64> {
        self.counts.into_inner()
    }

    /// A value of a known field that no table knows, as `field=value`.
    pub fn hear_value(&self, field: &str, value: &str) {
        let value: String = value.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE).collect();
        self.hear(&format!("{field}={value}"));
    }

    pub fn hear(&self, field: &str) {
        if self.known.binary_search(&field).is_ok() {
            return;
        }
        let mut counts = self.counts.borrow_mut();
        match counts.get_mut(field) {
            Some(count) => *count += 1,
            None => {
                counts.insert(field.to_owned(), 1);
            }
        }
    }
}

/// A value of a record.
pub trait Field<'de>: Sized + Default {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error>;
}

/// Reads one record, the whole of `bytes`.
pub fn read_record<'de, T: Field<'de>>(bytes: &'de [u8], new: &NewFields) -> Result<T, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let record = T::read(&mut json, new)?;
    json.end()?;
    Ok(record)
}

/// Hands the listener on to a value inside.
pub struct Seed<'n, T>(&'n NewFields, PhantomData<T>);

impl<'n, T> Seed<'n, T> {
    pub fn new(new: &'n NewFields) -> Self {
        Self(new, PhantomData)
    }
}

impl<'de, T: Field<'de>> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        T::read(json, self.0)
    }
}

/// Declares a record: a struct, how it is read, and the same behind `Option`. Absent fields and nulls are empty. A field
/// whose name is no identifier is written `field as "name": Type`.
macro_rules! record {
    ($(#[$meta:meta])* $Name:ident $(<$life:lifetime>)? { $($(#[$field_meta:meta])* $field:ident $(as $wire:literal)?: $Type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Default)]
        pub(in crate::providers) struct $Name $(<$life>)? {
            $($(#[$field_meta])* pub $field: $Type,)*
        }

        const _: () = {
            struct Reader<'n>(&'n $crate::providers::fields::NewFields);

            impl<'de> serde::de::Visitor<'de> for Reader<'_> {
                type Value = Option<$crate::providers::fields::record!(@with $Name $($life)?)>;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }

                fn visit_unit<E>(self) -> Result<Self::Value, E> {
                    Ok(None)
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                    let mut record = $Name::default();
                    while let Some(key) = map.next_key_seed($crate::providers::fields::Name)? {
                        match &*key {
                            $($crate::providers::fields::record!(@key $field $($wire)?) => {
                                let seed = $crate::providers::fields::Seed::new(self.0);
                                let value = map.next_value_seed(seed);
                                record.$field = value.inspect_err(|_| self.0.fail(stringify!($field)))?;
                            })*
                            other => {
                                self.0.hear(other);
                                map.next_value::<serde::de::IgnoredAny>()?;
                            }
                        }
                    }
                    Ok(Some(record))
                }
            }

            impl<'de $(: $life, $life)?> $crate::providers::fields::Field<'de> for Option<$Name $(<$life>)?> {
                fn read<D: serde::Deserializer<'de>>(
                    json: D,
                    new: &$crate::providers::fields::NewFields,
                ) -> Result<Self, D::Error> {
                    json.deserialize_any(Reader(new))
                }
            }

            impl<'de $(: $life, $life)?> $crate::providers::fields::Field<'de> for $Name $(<$life>)? {
                fn read<D: serde::Deserializer<'de>>(
                    json: D,
                    new: &$crate::providers::fields::NewFields,
                ) -> Result<Self, D::Error> {
                    json.deserialize_any(Reader(new))?.ok_or_else(|| serde::de::Error::custom("null in place of an object"))
                }
            }
        };
    };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $wire:literal) => { $wire };
    (@with $Name:ident) => { $Name };
    (@with $Name:ident $life:lifetime) => { $Name<'de> };
}
pub(super) use record;

/// The name of a field; borrowed unless it is written with escapes.
pub struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(TextReader).map(Option::unwrap_or_default)
    }
}

/// A text; null is none.
pub type Text<'a> = Option<Cow<'a, str>>;

struct TextReader;

impl<'de> Visitor<'de> for TextReader {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de: 'a, 'a> Field<'de> for Text<'a> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(TextReader)
    }
}

/// A stable id, whether it came as a string or as a number.
#[derive(Default)]
pub struct Id<'a>(pub Cow<'a, str>);

struct IdReader;

impl<'de> Visitor<'de> for IdReader {
    type Value = Option<Id<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Id(Cow::Owned(number.to_string()))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Id(Cow::Owned(number.to_string()))))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Id(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Id(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de: 'a, 'a> Field<'de> for Option<Id<'a>> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(IdReader)
    }
}

/// A count, also when it is written as `3.0`.
struct CountReader;

impl<'de> Visitor<'de> for CountReader {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count")
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        i64::try_from(number).map(Some).map_err(E::custom)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
        // Exact up to 2^53, far beyond any count of a day.
        if number.fract() == 0.0 && number.abs() < 9e15 {
            Ok(Some(number as i64))
        } else {
            Err(E::custom("a fraction"))
        }
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de> Field<'de> for Option<i64> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(CountReader)
    }
}

impl<'de> Field<'de> for Option<bool> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        Self::deserialize(json)
    }
}

impl<'de> Field<'de> for Option<f64> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        Self::deserialize(json)
    }
}

impl<'de> Field<'de> for Option<Day> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        Self::deserialize(json)
    }
}

struct ListReader<'n, T>(Seed<'n, T>);

impl<'de, T: Field<'de>> Visitor<'de> for ListReader<'_, T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Seed::new(self.0.0))? {
            values.push(value);
        }
        Ok(Some(values))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de, T: Field<'de>> Field<'de> for Option<Vec<T>> {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(ListReader(Seed::new(new)))
    }
}

/// An object whose names are data: tools, e-mail addresses.
pub struct Entries<'a, T>(pub Vec<(Cow<'a, str>, T)>);

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

struct EntriesReader<'n, T>(Seed<'n, T>);

impl<'de, T: Field<'de>> Visitor<'de> for EntriesReader<'_, T> {
    type Value = Entries<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            entries.push((name, map.next_value_seed(Seed::new(self.0.0))?));
        }
        Ok(Entries(entries))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Entries::default())
    }
}

impl<'de: 'a, 'a, T: Field<'de>> Field<'de> for Entries<'a, T> {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        let Entries(entries) = json.deserialize_any(EntriesReader(Seed::new(new)))?;
        Ok(Entries(entries))
    }
}

/// A decimal in millionths, read digit by digit.
#[derive(Clone, Copy, Default)]
pub struct Micro(pub Option<i64>);

impl<'de> Field<'de> for Micro {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        read_decimal(json, MICRO.ilog10() as i32).map(Self)
    }
}

/// Money that a vendor bills in cents, as a number or a text, in millionths of a cent: finer than anybody bills.
#[derive(Clone, Copy, Default)]
pub struct Cents(pub Option<i64>);

impl<'de> Field<'de> for Cents {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        read_decimal(json, MICRO.ilog10() as i32).map(Self)
    }
}

fn read_decimal<'de, D: Deserializer<'de>>(json: D, places: i32) -> Result<Option<i64>, D::Error> {
    let Some(raw) = Option::<&RawValue>::deserialize(json)? else { return Ok(None) };
    let value = decimal(raw.get().trim_matches('"'), places);
    value.map(Some).ok_or_else(|| serde::de::Error::custom("not a decimal"))
}

/// At six places `12.5` is 12,500,000; digits behind the last place are rounded half up. `None` for anything that is not
/// a decimal.
fn decimal(text: &str, places: i32) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let digits = format!("{whole}{fraction}");
    let is_empty = mantissa.bytes().all(|byte| byte == b'.');
    if is_empty || digits.len() > 38 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let value: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    // The value is `digits * 10^shift` of the last place.
    let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(places)?;
    let places = if shift >= 0 {
        value.checked_mul(10i128.checked_pow(shift.unsigned_abs())?)?
    } else {
        match 10i128.checked_pow(shift.unsigned_abs()) {
            Some(divisor) => (value / divisor) + i128::from(value % divisor >= divisor - divisor / 2),
            None => 0,
        }
    };
    i64::try_from(sign * places).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_read_without_floats() {
        for (text, micro) in [
            ("12.5", Some(12_500_000)),
            ("0", Some(0)),
            ("0.1", Some(100_000)),
            ("1e-7", Some(0)),
            ("5e-7", Some(1)),
            ("1.25E2", Some(125_000_000)),
            ("-3", Some(-3_000_000)),
            ("9223372036854.775807", Some(i64::MAX)),
            ("9223372036854.775808", None),
            ("NaN", None),
            ("1.2.3", None),
            (".", None),
            ("", None),
            ("0.0600000000000000000000000000000000000000", Some(60_000)),
            ("0.0000015", Some(2)),
        ] {
            assert_eq!(decimal(text, 6), micro, "{text}");
        }
    }

    #[test]
    fn cents_are_hundredths_of_a_dollar() {
        for (text, micro) in
            [("113", 1_130_000), ("41280.000000", 412_800_000), ("-0.5", -5_000), ("123.45", 1_234_500), ("0.00005", 1)]
        {
            assert_eq!(decimal(text, 4), Some(micro), "{text}");
        }
    }

    record! {
        Outer {
            inner: Option<Vec<Inner>>,
        }
    }

    record! {
        Inner {
            count: Option<i64>,
        }
    }

    #[test]
    fn a_field_that_cannot_be_read_is_named_by_its_path() {
        let new = NewFields::beside(&[]);
        let read = read_record::<Outer>(br#"{"inner":[{"count":1},{"count":"secret"}]}"#, &new);
        assert!(read.is_err());
        assert_eq!(new.failed_at(), "inner.count");
        let read = read_record::<Outer>(br#"{"inner":[{"count":1}]}"#, &new).ok().and_then(|outer| outer.inner);
        assert_eq!(read.and_then(|inner| inner[0].count), Some(1));
    }
}
