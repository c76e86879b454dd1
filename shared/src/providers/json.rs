//! JSON with invalid text: half surrogate pairs, bytes that are not UTF-8, raw control characters, unknown escapes.
//!
//! Services that cut text by UTF-16 units or pass bytes through write such JSON, and no strict parser accepts it.
//! Clean JSON is parsed unchanged at no extra cost. Only JSON that the parser refuses is repaired and parsed again.
//! The repair changes only the inside of strings; JSON that is invalid for another reason stays invalid.

use std::cell::OnceCell;

use serde::de::DeserializeOwned;

/// The first stand-in for a broken unit. Stand-ins are the last characters of Unicode's private use area, one for
/// each possible byte and surrogate, so that two different broken texts stay different until they are cleaned.
const FIRST_STAND_IN: u32 = 0x10_f700;
const FIRST_SURROGATE: u32 = 0xd800;
const BYTES: u32 = 0x100;

/// Holds the repaired copy of a document while its records borrow from it.
pub(in crate::providers) type Repair = OnceCell<Vec<u8>>;

/// Reads all of `bytes`; broken text becomes replacement characters.
pub(in crate::providers) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| match repairable(bytes, &error, |_| char::REPLACEMENT_CHARACTER) {
        Some(repaired) => serde_json::from_slice(&repaired),
        None => Err(error),
    })
}

/// The document with stand-ins, if it was refused because of broken text.
pub(in crate::providers) fn with_stand_ins<'a>(
    bytes: &[u8],
    error: &serde_json::Error,
    repair: &'a Repair,
) -> Option<&'a [u8]> {
    let repaired = repairable(bytes, error, stand_in)?;
    Some(repair.get_or_init(|| repaired))
}

pub(in crate::providers) fn is_stand_in(c: char) -> bool {
    u32::from(c) >= FIRST_STAND_IN
}

fn stand_in(unit: u32) -> char {
    let offset = if unit < BYTES { unit } else { BYTES + unit - FIRST_SURROGATE };
    char::from_u32(FIRST_STAND_IN + offset).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn repairable(bytes: &[u8], error: &serde_json::Error, stand_in: fn(u32) -> char) -> Option<Vec<u8>> {
    if error.is_syntax() { repaired(bytes, stand_in) } else { None }
}

/// A step through the inside of a string.
enum TextUnit {
    Good(usize),
    /// This many bytes are one broken unit: a byte or a surrogate.
    Broken(usize, u32),
    /// A control character that is not escaped.
    Raw,
}

/// `None` if no text is broken.
fn repaired(bytes: &[u8], stand_in: fn(u32) -> char) -> Option<Vec<u8>> {
    let mut repaired = Vec::new();
    let (mut at, mut copied, mut in_string) = (0, 0, false);
    while let Some(&byte) = bytes.get(at) {
        if !in_string || byte == b'"' {
            in_string ^= byte == b'"';
            at += 1;
            continue;
        }
        let (length, instead) = match step(&bytes[at..]) {
            TextUnit::Good(length) => {
                at += length;
                continue;
            }
            TextUnit::Broken(length, unit) => (length, stand_in(unit).to_string()),
            TextUnit::Raw => (1, format!("\\u{byte:04x}")),
        };
        repaired.extend_from_slice(&bytes[copied..at]);
        repaired.extend_from_slice(instead.as_bytes());
        at += length;
        copied = at;
    }
    if copied == 0 {
        return None;
    }
    repaired.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Some(repaired)
}

fn step(rest: &[u8]) -> TextUnit {
    match rest[0] {
        b'\\' => escape(rest),
        ..0x20 => TextUnit::Raw,
        0x20..0x80 => TextUnit::Good(1),
        byte => match std::str::from_utf8(&rest[..rest.len().min(4)]) {
            Err(error) if error.valid_up_to() == 0 => TextUnit::Broken(1, byte.into()),
            _ => TextUnit::Good(2 + usize::from(byte >= 0xe0) + usize::from(byte >= 0xf0)),
        },
    }
}

fn escape(rest: &[u8]) -> TextUnit {
    const BACKSLASH: TextUnit = TextUnit::Broken(1, b'\\' as u32);
    match rest.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => TextUnit::Good(2),
        Some(b'u') => match (utf16_unit(rest), rest.get(6..).and_then(utf16_unit)) {
            (None, _) => BACKSLASH,
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => TextUnit::Good(12),
            (Some(half @ 0xd800..0xe000), _) => TextUnit::Broken(6, half),
            (Some(_), _) => TextUnit::Good(6),
        },
        Some(_) => BACKSLASH,
        // The document ends here: it is truncated, not broken.
        None => TextUnit::Good(1),
    }
}

/// The unit of `\u` and four digits.
fn utf16_unit(rest: &[u8]) -> Option<u32> {
    let digits = rest.get(..6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &[u8]) -> Option<String> {
        from_slice(json).ok()
    }

    #[test]
    fn broken_text_becomes_one_replacement_character_per_unit() {
        for (json, text) in [
            (br#""Ana \ud83d""#.as_slice(), "Ana \u{fffd}"),
            (br#""\ude00Ana""#, "\u{fffd}Ana"),
            (br#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (br#""\ud83d\u0041""#, "\u{fffd}A"),
            (b"\"a\xff\xfeb\"", "a\u{fffd}\u{fffd}b"),
            (b"\"a\xf0\x9f\x98\"", "a\u{fffd}\u{fffd}\u{fffd}"),
            (b"\"a\nb\"", "a\nb"),
            (br#""C:\Users\u12""#, "C:\u{fffd}Users\u{fffd}u12"),
            ("\"é\u{20ac}\u{1f600}\\ud83d\"".as_bytes(), "é\u{20ac}\u{1f600}\u{fffd}"),
        ] {
            assert_eq!(read(json).as_deref(), Some(text), "{}", json.escape_ascii());
        }
    }

    #[test]
    fn json_that_is_invalid_for_another_reason_stays_invalid() {
        for json in [br#""\ud83d"#.as_slice(), br#""\ud83d" x"#, b"\xff", b"\"a\\", br#"{"a\ud83d"}"#, b"\x01\"a\""] {
            assert_eq!(read(json), None, "{}", json.escape_ascii());
        }
    }

    #[test]
    fn every_broken_unit_has_a_stand_in_of_its_own() {
        let units: Vec<u32> = (0x80..0x100).chain(0xd800..0xe000).chain([u32::from(b'\\')]).collect();
        let stand_ins: std::collections::BTreeSet<char> = units.iter().map(|unit| stand_in(*unit)).collect();
        assert_eq!(stand_ins.len(), units.len());
        assert!(stand_ins.into_iter().all(is_stand_in));
    }
}
