//! A credential cannot be printed, serialized or compared by accident, and is wiped from memory.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};

/// A kind (`token`, `github_app`, ...) and its fields, all of which are secret.
///
/// Each provider defines its kinds and fields; see `About::credentials`.
#[derive(Clone)]
pub struct Credential {
    pub kind: String,
    fields: BTreeMap<String, SecretString>,
}

impl Credential {
    pub fn new<'a>(kind: &str, fields: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        Self { kind: kind.to_owned(), fields: fields.collect() }
    }

    pub fn token(token: impl Into<String>) -> Self {
        Self::new("token", [("token", token.into())])
    }

    /// The plain text of one field. Call this only where the value goes on the wire.
    pub fn expose(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(ExposeSecret::expose_secret)
    }

    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// Identifies the credential without revealing it, as a key for state that its users share.
    pub fn fingerprint(&self) -> String {
        let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
        for (name, value) in &self.fields {
            for part in [name.as_str(), value.expose_secret()] {
                // The length first, so that two different credentials never hash the same bytes.
                hash.update(&(part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.finish().as_ref()[..12].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The credential as JSON, only for a secret store.
    pub fn to_sealed_json(&self) -> SecretString {
        // Serializes directly into one text: intermediate copies would stay in memory unwiped.
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret()));
        let json: BTreeMap<&str, &str> = fields.chain([("kind", self.kind.as_str())]).collect();
        // A map of texts always serializes.
        serde_json::to_string(&json).unwrap_or_default().into()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, hidden)", self.kind)
    }
}

impl<'de> Deserialize<'de> for Credential {
    /// Texts become fields, and so do numeric IDs. Nulls are omitted. Other types are refused without repeating the
    /// value.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Credential;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut given: A) -> Result<Credential, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some(name) = given.next_key::<String>()? {
                    let value = given.next_value_seed(Field { takes_numbers: name.ends_with("_id") })?;
                    if fields.contains_key(&name) {
                        return Err(de::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    fields.insert(name, value);
                }
                let Some(Some(kind)) = fields.remove("kind") else {
                    return Err(de::Error::missing_field("kind"));
                };
                let kind = kind.expose_secret().to_owned();
                let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
                Ok(Credential { kind, fields: fields.collect() })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A field being parsed; secret from the start.
///
/// IDs are often written as numbers (`app_id`). A secret never is a number: it would have lost its leading zeros.
struct Field {
    takes_numbers: bool,
}

impl<'de> de::DeserializeSeed<'de> for Field {
    type Value = Option<SecretString>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl de::Visitor<'_> for Field {
    type Value = Option<SecretString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.takes_numbers { "a string or a whole number" } else { "a string" })
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        if self.takes_numbers {
            return Ok(Some(number.to_string().into()));
        }
        Err(E::invalid_type(de::Unexpected::Other("a number"), &self))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// The plain text of a setting, for passing it on.
pub fn expose(secret: &SecretString) -> &str {
    secret.expose_secret()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_prints_its_kind_and_nothing_else() {
        let credential = Credential::token("ghp_topsecret");
        assert_eq!(format!("{credential:?}"), "Credential(token, hidden)");
    }

    #[test]
    fn a_field_of_wrong_type_is_refused_and_not_repeated() {
        for json in [
            r#"{"kind":"token","token":["ghp_topsecret"]}"#,
            r#"{"token":"ghp_topsecret"}"#,
            r#"{"kind":"token","token":"ghp_topsecret","token":"ghp_topsecret"}"#,
            r#"{"kind":"token","token":7000}"#,
        ] {
            let refused = serde_json::from_str::<Credential>(json).unwrap_err().to_string();
            assert!(!refused.contains("topsecret") && !refused.contains("7000"), "{refused}");
        }
    }

    #[test]
    fn an_id_may_be_a_number() {
        let json = r#"{"kind":"github_app","app_id":7,"private_key":"x","installation_id":null}"#;
        let credential: Credential = serde_json::from_str(json).unwrap();
        assert_eq!((credential.expose("app_id"), credential.expose("installation_id")), (Some("7"), None));
    }

    #[test]
    fn a_credential_survives_the_secret_store() {
        let sealed = Credential::new("github_app", [("app_id", "7".to_owned())]).to_sealed_json();
        let back: Credential = serde_json::from_str(sealed.expose_secret()).unwrap();
        assert_eq!((back.kind.as_str(), back.expose("app_id")), ("github_app", Some("7")));
    }
}
