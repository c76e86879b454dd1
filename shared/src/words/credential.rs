//! What opens an account; it cannot be printed, serialised or compared by accident, and is wiped from memory.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};

/// A kind (`token`, `github_app`, ...) and its fields, every one of them treated as secret.
///
/// Which kinds and fields exist is the provider's to say; see `About::credentials`.
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

    /// The plain text of one field. Call it where the value goes on the wire, nowhere else.
    pub fn expose(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(ExposeSecret::expose_secret)
    }

    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The credential as JSON, for a secret store and nothing else.
    pub fn to_sealed_json(&self) -> SecretString {
        // Straight into one text: every copy on the way would stay in memory unwiped.
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret()));
        let json: BTreeMap<&str, &str> = fields.chain([("kind", self.kind.as_str())]).collect();
        // A map of texts has nothing that JSON cannot say.
        serde_json::to_string(&json).unwrap_or_default().into()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, hidden)", self.kind)
    }
}

impl<'de> Deserialize<'de> for Credential {
    /// Texts and numbers become fields; nulls are left out; anything else is refused without being repeated.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = BTreeMap::<String, Field>::deserialize(deserializer)?;
        let Some(Field(Some(kind))) = fields.remove("kind") else {
            return Err(de::Error::missing_field("kind"));
        };
        let kind = kind.expose_secret().to_owned();
        let given = fields.into_iter().filter_map(|(name, Field(value))| Some((name, value?)));
        Ok(Self { kind, fields: given.collect() })
    }
}

/// One field on its way in: secret from the first moment.
struct Field(Option<SecretString>);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Field, E> {
                Ok(Field(Some(text.into())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Field, E> {
                Ok(Field(Some(number.to_string().into())))
            }

            fn visit_unit<E>(self) -> Result<Field, E> {
                Ok(Field(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The plain text of a setting, where it is handed on.
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
    fn a_field_of_another_type_is_refused_without_being_repeated() {
        for json in [r#"{"kind":"token","token":["ghp_topsecret"]}"#, r#"{"token":"ghp_topsecret"}"#] {
            let refused = serde_json::from_str::<Credential>(json).unwrap_err().to_string();
            assert!(!refused.contains("topsecret"), "{refused}");
        }
    }

    #[test]
    fn a_credential_survives_the_secret_store() {
        let sealed = Credential::new("github_app", [("app_id", "7".to_owned())]).to_sealed_json();
        let back: Credential = serde_json::from_str(sealed.expose_secret()).unwrap();
        assert_eq!((back.kind.as_str(), back.expose("app_id")), ("github_app", Some("7")));
    }
}
