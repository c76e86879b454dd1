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
        let mut json = serde_json::Map::new();
        json.insert("kind".to_owned(), self.kind.clone().into());
        for (name, value) in &self.fields {
            json.insert(name.clone(), value.expose_secret().into());
        }
        serde_json::Value::Object(json).to_string().into()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, hidden)", self.kind)
    }
}

impl<'de> Deserialize<'de> for Credential {
    /// Strings and numbers become fields; nulls are left out; anything else is refused without being repeated.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut json = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
        let Some(serde_json::Value::String(kind)) = json.remove("kind") else {
            return Err(de::Error::missing_field("kind"));
        };
        let mut fields = BTreeMap::new();
        for (name, value) in json {
            match value {
                serde_json::Value::String(text) => fields.insert(name, text.into()),
                serde_json::Value::Number(number) => fields.insert(name, number.to_string().into()),
                serde_json::Value::Null => None,
                _ => {
                    return Err(de::Error::custom(format!("`{name}` must be a string or a number")));
                }
            };
        }
        Ok(Self { kind, fields })
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
    fn a_credential_survives_the_secret_store() {
        let sealed = Credential::new("github_app", [("app_id", "7".to_owned())]).to_sealed_json();
        let back: Credential = serde_json::from_str(sealed.expose_secret()).unwrap();
        assert_eq!((back.kind.as_str(), back.expose("app_id")), ("github_app", Some("7")));
    }
}
