//! Replaces the mapping file as a whole, or says what that would change.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::changes::{self, Joined, Listed, Renamed, Split, TeamChange};
use super::everyone::Everyone;
use super::{IdentityRef, LinkedPerson};
use crate::error::{Error, Fault, Faults, StoreError};
use crate::handlers::report::Sources;
use crate::identities::{MAX_MAPPING_BYTES, Persons, check, read_csv, write_csv};
use crate::providers;
use crate::words::{Links, MappedIdentity, MappedPerson};

/// Candidates that a report names for one ambiguous identity.
const MOST_CANDIDATES: usize = 10;

/// The whole mapping file.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub people: Vec<MappedPerson>,
}

/// How the file is replaced.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ReplaceQuery {
    /// Report the changes without applying them.
    pub dry_run: bool,
    /// The version that a dry run reported. Another stored version is a conflict.
    pub version: Option<u64>,
}

/// What replacing the mapping file changed or would change.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MappingReport {
    pub is_dry_run: bool,
    /// The stored version: of the links that a dry run compared with, otherwise of the new links.
    pub version: u64,
    /// People of the mapping file.
    pub entries_before: usize,
    pub entries_after: usize,
    /// Persons of all connectors.
    pub people_before: usize,
    pub people_after: usize,
    pub joined: Listed<Joined>,
    pub split: Listed<Split>,
    pub renamed: Listed<Renamed>,
    pub teams: Listed<TeamChange>,
    /// Entries that match no identity. This is not an error: a matching identity may appear later.
    pub unknown: Listed<UnknownEntry>,
    /// Entries that match several identities, so that none is linked.
    pub ambiguous: Listed<AmbiguousEntry>,
    /// Entries whose identities stay several persons, because an operator decided that they are different.
    pub kept_apart: Listed<KeptApart>,
}

/// An identity of the mapping file that matches nothing.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UnknownEntry {
    /// As in the file.
    pub person: String,
    #[schema(required)]
    pub provider: Option<String>,
    pub identity: String,
}

/// An identity of the mapping file that matches several.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AmbiguousEntry {
    pub person: String,
    #[schema(required)]
    pub provider: Option<String>,
    pub identity: String,
    /// At most ten of them.
    pub candidates: Vec<IdentityRef>,
}

/// An entry of the mapping file whose identities are several persons.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct KeptApart {
    pub person: String,
    pub people: Vec<LinkedPerson>,
}

#[derive(Clone)]
pub struct ReplaceMapping(pub Sources);

impl ReplaceMapping {
    pub async fn csv(&self, file: &[u8], query: ReplaceQuery) -> Result<MappingReport, Error> {
        self.run(read_csv(file, &known_providers())?, query).await
    }

    pub async fn json(&self, mapping: &Mapping, query: ReplaceQuery) -> Result<MappingReport, Error> {
        self.run(check(&mapping.people, &known_providers())?, query).await
    }

    async fn run(&self, mapping: Vec<MappedPerson>, query: ReplaceQuery) -> Result<MappingReport, Error> {
        // What is stored can be downloaded, and uploaded again.
        if write_csv(&mapping).len() > MAX_MAPPING_BYTES {
            let why = format!("the mapping is larger than {} MB as CSV", MAX_MAPPING_BYTES / 1_000_000);
            return Err(Faults::one(Fault { line: None, field: None, why }));
        }
        let everyone = Everyone::read(&self.0).await?;
        loop {
            let stored = self.0.identities.links().await?;
            if query.version.is_some_and(|version| version != stored.version) {
                let why = "the mapping or a link was changed meanwhile; look at the changes again".to_owned();
                return Err(Error::Conflict { why });
            }
            let links = Links { mapping: mapping.clone(), ..stored.clone() };
            let (before, after) = (everyone.persons(&stored), everyone.persons(&links));
            let has_changed = links != stored;
            let mut report = report(&stored, &before, &links, &after);
            report.is_dry_run = query.dry_run;
            if query.dry_run || !has_changed {
                return Ok(report);
            }
            match self.0.identities.put_links(&links).await {
                Err(StoreError::Conflict) => continue,
                written => written?,
            }
            report.version = self.0.identities.links().await?.version;
            tracing::info!(entries = report.entries_after, people = report.people_after, "the mapping was replaced");
            return Ok(report);
        }
    }
}

fn known_providers() -> Vec<&'static str> {
    providers::ALL.iter().map(|provider| provider.about().id).collect()
}

fn report(stored: &Links, before: &Persons, links: &Links, after: &Persons) -> MappingReport {
    let (mut unknown, mut ambiguous, mut kept_apart) = (Vec::new(), Vec::new(), Vec::new());
    for (entry, matched) in links.mapping.iter().zip(&after.matches.entries) {
        let person = &entry.person;
        unknown.extend(matched.unknown.iter().map(|identity| UnknownEntry::of(person, identity)));
        // The address of the person is all that such an entry matches by.
        if entry.identities.is_empty() && matched.identities.is_empty() {
            let (person, identity) = (person.clone(), person.clone());
            unknown.push(UnknownEntry { person, provider: None, identity });
        }
        ambiguous.extend(matched.ambiguous.iter().map(|it| AmbiguousEntry {
            person: person.clone(),
            provider: it.wanted.provider.clone(),
            identity: it.wanted.identity.clone(),
            candidates: it.candidates.iter().take(MOST_CANDIDATES).map(|it| IdentityRef::of(after, *it)).collect(),
        }));
        let owners: BTreeSet<usize> = matched.identities.iter().map(|it| after.identities[*it].person).collect();
        if owners.len() > 1 {
            let people = owners.into_iter().map(|owner| LinkedPerson::of(after, owner)).collect();
            kept_apart.push(KeptApart { person: person.clone(), people });
        }
    }
    MappingReport {
        is_dry_run: true,
        version: stored.version,
        entries_before: stored.mapping.len(),
        entries_after: links.mapping.len(),
        people_before: before.persons.len(),
        people_after: after.persons.len(),
        joined: Listed::of(changes::joined(before, after)),
        split: Listed::of(changes::split(before, after)),
        renamed: Listed::of(changes::renamed(before, after)),
        teams: Listed::of(changes::teams(before, after)),
        unknown: Listed::of(unknown),
        ambiguous: Listed::of(ambiguous),
        kept_apart: Listed::of(kept_apart),
    }
}

impl UnknownEntry {
    fn of(person: &str, MappedIdentity { provider, identity }: &MappedIdentity) -> Self {
        Self { person: person.to_owned(), provider: provider.clone(), identity: identity.clone() }
    }
}
