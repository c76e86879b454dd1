//! What a pasted key looks like. A hint and no verdict: vendors change how their keys begin, so only asking decides.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ALL, About};

/// One thing that a key may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recognised {
    /// Whose key it looks like.
    pub provider: &'static str,
    pub name: &'static str,
    /// The kind of credential that it would be; null for a key that opens nothing that is metered.
    pub credential: Option<&'static str>,
    /// What it looks like, e.g. `a project key`.
    pub what: String,
    /// Where the right key is made.
    pub url: &'static str,
}

impl Recognised {
    /// Does it open what is metered?
    pub fn opens(&self) -> bool {
        self.credential.is_some()
    }

    pub(super) fn fits(&self, about: &About, kind: &str) -> bool {
        self.provider == about.id && self.credential == Some(kind)
    }
}

/// What `key` looks like, the most telling beginnings alone; empty where nothing is known to begin so.
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
