//! The key that seals secrets: a setting, or a file beside the database. The database never contains it.

use std::fs;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::error::Failure;
use super::files;

const KEY_BYTES: usize = 32;

/// Wiped when dropped.
pub(super) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Padding is optional, because people lose it when they copy a key.
const BASE64: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The key in the folder's file `key`, which is created on first use.
pub(super) fn from_folder(folder: &Path) -> Result<Key, Failure> {
    let path = folder.join("key");
    // One process creates the key; the others read it.
    let _lock = files::lock(&folder.join("lock"))?;
    if !path.try_exists().map_err(Failure::file(&path))? {
        make(&path)?;
    } else if files::make_private(&path).map_err(Failure::file(&path))? {
        tracing::warn!(
            path = %path.display(),
            "the key file was readable by other users; its mode is fixed; rotate the tokens if another user may have copied it"
        );
    }
    let text: SecretString = fs::read_to_string(&path).map_err(Failure::file(&path))?.into();
    parse(&text, &path.display().to_string())
}

fn make(path: &Path) -> Result<(), Failure> {
    let mut key = Key::default();
    // Without randomness, startup fails, because no key would be safe.
    getrandom::fill(key.as_mut_slice())
        .map_err(|error| Failure::Refused(format!("the operating system returned no random bytes: {error}")))?;
    let partial = path.with_extension("part");
    write_key(&partial, &key)
        .and_then(|()| fs::rename(&partial, path))
        .and_then(|()| path.parent().map_or(Ok(()), files::sync_folder))
        .map_err(Failure::file(path))
}

fn write_key(path: &Path, key: &Key) -> std::io::Result<()> {
    // A process that died here may have left this file with any mode.
    if let Err(error) = fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = files::private().write(true).create_new(true).open(path)?;
    let engine = GeneralPurpose::new(&alphabet::STANDARD, BASE64);
    let mut text = Zeroizing::new(engine.encode(key.as_slice()));
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Parses 64 hex digits, or base64 in either alphabet. `source` names the setting in the error, which never repeats
/// the key.
pub(super) fn parse(text: &SecretString, source: &str) -> Result<Key, Failure> {
    let text = text.expose_secret().trim();
    let bytes = from_hex(text)
        .or_else(|| from_base64(text, &alphabet::STANDARD))
        .or_else(|| from_base64(text, &alphabet::URL_SAFE));
    bytes.ok_or_else(|| {
        Failure::Refused(format!(
            "{source} must be 32 bytes as 64 hex digits or as base64; `openssl rand -hex 32` makes one"
        ))
    })
}

fn from_hex(text: &str) -> Option<Key> {
    let mut key = Key::default();
    if text.len() != 2 * KEY_BYTES || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(key)
}

fn from_base64(text: &str, alphabet: &alphabet::Alphabet) -> Option<Key> {
    let engine = GeneralPurpose::new(alphabet, BASE64);
    let bytes = Zeroizing::new(engine.decode(text).ok()?);
    let mut key = Key::default();
    (bytes.len() == KEY_BYTES).then(|| key.copy_from_slice(&bytes))?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hex_or_base64_with_or_without_padding() {
        let hex = "fb".repeat(32);
        let standard = "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=";
        let url_safe = "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s";
        for text in [&hex, &format!("{hex}\n"), standard, url_safe] {
            assert_eq!(parse(&text.into(), "it").unwrap().as_slice(), [0xfb; 32]);
        }
    }

    #[test]
    fn a_key_of_wrong_length_is_refused_and_not_repeated() {
        for text in ["", "abc", &"a".repeat(63), &"g".repeat(64), "c2VjcmV0"] {
            let refused = parse(&text.into(), "PAIRMETER_KEY").unwrap_err().to_string();
            assert!(refused.starts_with("PAIRMETER_KEY must be 32 bytes"));
            assert!(text.len() < 4 || !refused.contains(text));
        }
    }
}
