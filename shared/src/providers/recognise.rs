//! Recognizes a pasted key by its prefix. This is only a hint: vendors change prefixes, so only a request decides.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ALL, About};

/// One thing that a key may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recognised {
    /// The provider that the key seems to belong to.
    pub provider: &'static str,
    pub name: &'static str,
    /// The kind of credential it would be; null if the key opens nothing that Pairmeter meters.
    pub credential: Option<&'static str>,
    /// What it looks like, e.g. `a project key`.
    pub what: String,
    /// The page that creates the right key.
    pub url: &'static str,
}

impl Recognised {
    /// True if the key opens metered data.
    pub fn opens(&self) -> bool {
        self.credential.is_some()
    }

    pub(super) fn fits(&self, about: &About, kind: &str) -> bool {
        self.provider == about.id && self.credential == Some(kind)
    }
}

/// What `key` looks like, by its longest known prefixes; empty if no prefix is known.
pub fn recognise(key: &str) -> Vec<Recognised> {
    let key = key.trim();
    let mut looks: Vec<(usize, Recognised)> = Vec::new();
    for about in ALL.iter().map(|provider| provider.about()) {
        let opening = about.credentials.iter().flat_map(|kind| {
            let what = format!("{} of {}", kind.title, about.name);
            let look =
                Recognised { provider: about.id, name: about.name, credential: Some(kind.kind), what, url: kind.url };
            kind.begins.iter().map(move |begins| (*begins, look.clone()))
        });
        let others = about.other_keys.iter().map(|(begins, what)| {
            let look = Recognised {
                provider: about.id,
                name: about.name,
                credential: None,
                what: (*what).to_owned(),
                url: about.credentials[0].url,
            };
            (*begins, look)
        });
        let matching = opening.chain(others).filter(|(begins, _)| key.starts_with(begins));
        looks.extend(matching.map(|(begins, look)| (begins.len(), look)));
    }
    let longest = looks.iter().map(|(length, _)| *length).max().unwrap_or(0);
    looks.retain(|(length, _)| *length == longest);
    let mut looks: Vec<Recognised> = looks.into_iter().map(|(_, look)| look).collect();
    looks.dedup();
    looks
}
