//! Cleans and bounds providers' texts when they are read: stored text can be listed, logged, mailed and printed.
//!
//! Control characters and invalid text become U+FFFD; line breaks and tabs become spaces. A name of 10 KB in every
//! row would make every page of a report too large, so a text is cut at a character boundary:
//!
//! | kind | at most | change |
//! |---|---|---|
//! | [`Text`]: names, roles, descriptions | 1,000 bytes | `…` at the end of the cut text |
//! | [`Id`]: ids, e-mail addresses, models, line items, values of a breakdown | 500 bytes | `~` and a hash of the
//! whole text |
//!
//! The hash keeps two keys apart that differ only in what was replaced or cut: without it, the figures of two people
//! would silently become one person's. Refusing such a row instead would fail the whole day for one odd name.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{DeserializeSeed, Deserializer, Visitor};
use twox_hash::XxHash3_64;

use super::fields::{Field, NewFields};
use super::json::is_stand_in;

const MOST_TEXT: usize = 1_000;
const MOST_KEY: usize = 500;
const CUT: char = '…';

/// Text for display; null if absent.
pub(in crate::providers) type Text<'a> = Option<Cow<'a, str>>;

/// Text that identifies a row, whether it came as a string or as a number.
#[derive(Default)]
pub(in crate::providers) struct Id<'a>(pub Cow<'a, str>);

impl Deref for Id<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

pub(in crate::providers) fn text(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_clean(&text, MOST_TEXT) {
        return text;
    }
    match cleaned(&text, MOST_TEXT - CUT.len_utf8()) {
        (clean, false) => Cow::Owned(clean),
        (clean, true) => Cow::Owned(format!("{clean}{CUT}")),
    }
}

pub(in crate::providers) fn key(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_clean(&text, MOST_KEY) {
        return text;
    }
    let hash = format!("~{:016x}", XxHash3_64::oneshot(text.as_bytes()));
    let (clean, _) = cleaned(&text, MOST_KEY - hash.len());
    Cow::Owned(clean + &hash)
}

/// Nearly every text is short ASCII: without a branch, the loop takes only a few instructions.
fn is_clean(text: &str, most: usize) -> bool {
    let is_plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    text.len() <= most && (is_plain || !text.chars().any(is_replaced))
}

fn is_replaced(c: char) -> bool {
    c.is_control() || is_stand_in(c)
}

/// The text in at most `most` bytes, and whether it was cut.
fn cleaned(text: &str, most: usize) -> (String, bool) {
    let mut clean = String::new();
    for c in text.chars() {
        let c = match c {
            c if !is_replaced(c) => c,
            c if c.is_whitespace() => ' ',
            _ => char::REPLACEMENT_CHARACTER,
        };
        if clean.len() + c.len_utf8() > most {
            return (clean, true);
        }
        clean.push(c);
    }
    (clean, false)
}

/// The name of a field, unchanged; borrowed unless it contains escapes.
pub(in crate::providers) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(TextReader(|text| text)).map(Option::unwrap_or_default)
    }
}

/// A name that is data.
pub(in crate::providers) struct EntryName;

impl<'de> DeserializeSeed<'de> for EntryName {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        Name.deserialize(json).map(key)
    }
}

struct TextReader<F>(F);

impl<'de, F: Fn(Cow<'de, str>) -> Cow<'de, str>> Visitor<'de> for TextReader<F> {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(self.0(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(self.0(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de: 'a, 'a> Field<'de> for Text<'a> {
    fn read<D: Deserializer<'de>>(json: D, _: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(TextReader(text))
    }
}

struct IdReader<'n>(&'n NewFields);

impl<'de> Visitor<'de> for IdReader<'_> {
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

    /// Beyond 2^53, a float has lost digits, and two IDs would become one.
    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
        let whole = super::numbers::whole(number).map_err(|why| self.0.refuse(why))?;
        Ok(Some(Id(Cow::Owned(whole.to_string()))))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Id(key(Cow::Borrowed(text)))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Id(key(Cow::Owned(text.to_owned())))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de: 'a, 'a> Field<'de> for Option<Id<'a>> {
    fn read<D: Deserializer<'de>>(json: D, new: &NewFields) -> Result<Self, D::Error> {
        json.deserialize_any(IdReader(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_text_stays_borrowed() {
        for clean in ["", "Ana", "Ünal 😀", &"x".repeat(MOST_KEY)] {
            assert!(matches!(text(Cow::Borrowed(clean)), Cow::Borrowed(same) if same == clean));
            assert!(matches!(key(Cow::Borrowed(clean)), Cow::Borrowed(same) if same == clean));
        }
    }

    #[test]
    fn text_is_cut_at_a_character_and_a_key_gets_a_hash() {
        // 998 bytes and 3 more for the mark: two-byte characters fill 996 of the 997.
        let long = "ü".repeat(501);
        assert_eq!(text(Cow::Borrowed(&long)), format!("{}…", "ü".repeat(498)));
        let cut = key(Cow::Borrowed(&long));
        assert_eq!((cut.len(), cut.split_once('~').map(|(start, _)| start)), (499, Some(&*"ü".repeat(241))));
        assert_ne!(cut, key(Cow::Owned(format!("{long}."))));
        assert_ne!(key(Cow::Borrowed("a\u{0}")), key(Cow::Borrowed("a\u{1}")));
    }
}
