//! Reads records field by field, and records every unknown field.
//!
//! Serde's derive ignores unknown fields, and a wrapper that tracks the path to every value takes a third longer.
//! Here each record's reader checks its remaining fields, which slows nothing else down.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::json::{self, Repair};
pub(in crate::providers) use super::numbers::{Cents, Micro};
use super::text::{self, EntryName};
pub(in crate::providers) use super::text::{Id, Name, Text};

/// Maximum number of new field names: an object whose names are data would otherwise fill the memory.
const MAX_NAMES: usize = 200;

/// Maximum number of characters of a reported value.
const MAX_VALUE_CHARS: usize = 60;

/// Unread fields and unknown values, with the number of occurrences.
pub(in crate::providers) struct NewFields {
    /// Known fields that are not read. Sorted.
    known: &'static [&'static str],
    counts: RefCell<BTreeMap<String, u64>>,
    /// The path to the value that could not be read, innermost first.
    trail: RefCell<Vec<&'static str>>,
    /// Why its value was refused, if the type does not say it.
    why: Cell<Option<&'static str>>,
    /// Decimals that were rounded to the stored precision.
    pub(in crate::providers) rounded: Cell<u64>,
}

impl NewFields {
    pub(in crate::providers) fn beside(known: &'static [&'static str]) -> Self {
        Self {
            known,
            counts: RefCell::default(),
            trail: RefCell::default(),
            why: Cell::default(),
            rounded: Cell::default(),
        }
    }

    /// Records that a field's value could not be read.
    pub(in crate::providers) fn fail(&self, field: &'static str) {
        self.trail.borrow_mut().push(field);
    }

    /// Refuses a value of the right type.
    pub(in crate::providers) fn refuse<E: serde::de::Error>(&self, why: &'static str) -> E {
        self.why.set(Some(why));
        E::custom(why)
    }

    /// The field of the last record that could not be read, and why; never its value.
    pub(in crate::providers) fn failure(&self, record: &str) -> String {
        let trail: Vec<_> = self.trail.take().into_iter().rev().collect();
        let field = if trail.is_empty() { record.to_owned() } else { trail.join(".") };
        format!("{field} {}", self.why.take().unwrap_or("has an unexpected type"))
    }

    pub(in crate::providers) fn into_counts(self) -> BTreeMap<String, u64> {
        self.counts.into_inner()
    }

    /// Records an unknown value of a known field as `field=value`.
    pub(in crate::providers) fn record_unknown_value(&self, field: &str, value: &str) {
        let value: String = value.chars().filter(|c| !c.is_control()).take(MAX_VALUE_CHARS).collect();
        self.record_unknown(&format!("{field}={value}"));
    }

    pub(in crate::providers) fn record_unknown(&self, field: &str) {
        if self.known.binary_search(&field).is_ok() {
            return;
        }
        let mut counts = self.counts.borrow_mut();
        let is_full = counts.len() >= MAX_NAMES;
        match counts.get_mut(field) {
            Some(count) => *count += 1,
            None if !is_full => {
                *counts.entry(text::key(Cow::Borrowed(field)).into_owned()).or_default() += 1;
            }
            None => {}
        }
    }
}

/// A value of a record.
pub(in crate::providers) trait Field<'de>: Sized + Default {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error>;
}

/// Reads `bytes` as one record. If broken text stops the parser, its repaired copy is kept in `repair`.
pub(in crate::providers) fn read_record<'de, T: Field<'de>>(
    bytes: &'de [u8],
    repair: &'de Repair,
    new: &NewFields,
) -> Result<T, serde_json::Error> {
    let rounded = new.rounded.get();
    read_strictly(bytes, new).or_else(|error| match json::with_stand_ins(bytes, &error, repair) {
        Some(repaired) => {
            new.rounded.set(rounded);
            read_strictly(repaired, new)
        }
        None => Err(error),
    })
}

fn read_strictly<'de, T: Field<'de>>(bytes: &'de [u8], new: &NewFields) -> Result<T, serde_json::Error> {
    new.trail.borrow_mut().clear();
    new.why.set(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let record = T::read(&mut json, new)?;
    json.end()?;
    Ok(record)
}

/// Passes the recorder to a nested value.
pub(in crate::providers) struct Seed<'n, T>(&'n NewFields, PhantomData<T>);

impl<'n, T> Seed<'n, T> {
    pub(in crate::providers) fn new(new: &'n NewFields) -> Self {
        Self(new, PhantomData)
    }
}

impl<'de, T: Field<'de>> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        T::read(json, self.0)
    }
}

/// Declares a record: a struct, its reader, and the reader of its `Option`. Absent fields and nulls are empty. A
/// field whose name is not an identifier is written `field as "name": Type`.
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
                                self.0.record_unknown(other);
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
                    json.deserialize_any(Reader(new))?.ok_or_else(|| serde::de::Error::custom("null instead of an object"))
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
pub(in crate::providers) struct Entries<'a, T>(pub Vec<(Cow<'a, str>, T)>);

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
        while let Some(name) = map.next_key_seed(EntryName)? {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_unreadable_field_is_named_by_its_path() {
        let new = NewFields::beside(&[]);
        let (first, second) = (Repair::new(), Repair::new());
        let read = read_record::<Outer>(br#"{"inner":[{"count":1},{"count":"secret"}]}"#, &first, &new);
        assert!(read.is_err());
        assert_eq!(new.failure("the record"), "inner.count is not a number");
        let read = read_record::<Outer>(br#"{"inner":[{"count":1}]}"#, &second, &new).ok();
        assert_eq!(read.and_then(|outer| outer.inner).and_then(|inner| inner[0].count), Some(1));
    }

    #[test]
    fn a_field_after_broken_text_is_named_by_its_own_path() {
        let (new, repair) = (NewFields::beside(&[]), Repair::new());
        let json = br#"{"inner":[{"new":"\ud83d","count":{}}],"other\ud83d":1}"#;
        assert!(read_record::<Outer>(json, &repair, &new).is_err());
        assert_eq!(new.failure("the record"), "inner.count has an unexpected type");
    }
}
