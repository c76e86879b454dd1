//! Lists identities with their persons, the reasons of their links, and suggestions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::everyone::Everyone;
use super::{IdentityRef, LinkedPerson};
use crate::error::Error;
use crate::handlers::person::IdentityLinkReason;
use crate::handlers::report::Sources;
use crate::identities::{LinkReason, Persons, Suggestion, SuggestionReason, suggestions};
use crate::query::PageRequest;
use crate::words::{ConnectorId, Day, LinkVerdict, Links, PersonId};

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct IdentitiesQuery {
    #[param(inline)]
    pub status: IdentityStatus,
    /// Only identities at this provider, e.g. `github-copilot`.
    pub provider: Option<String>,
    /// Only identities with this text in an id, a name or an address, or of a person with it; case-insensitive.
    pub search: Option<String>,
    /// `next_cursor` of the page before; with the other parameters unchanged.
    pub cursor: Option<String>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 10_000, default = 1000)]
    pub limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityStatus {
    #[default]
    All,
    /// Those that are linked to no other one, although other providers are connected.
    Unmatched,
    /// Those that may be one person with another one.
    Suggested,
}

/// One person as one provider knows them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct IdentityRow {
    /// Also finds its person in every report.
    pub id: PersonId,
    pub provider: String,
    /// Connectors whose rows name it.
    pub connectors: BTreeSet<ConnectorId>,
    /// The provider's stable id.
    pub subject: String,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub email: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub first_seen: Day,
    pub person: LinkedPerson,
    /// Links of this identity itself; linked identities have links of their own.
    pub links: Vec<LinkView>,
    pub suggestions: Vec<SuggestionView>,
    /// Identities that an operator decided to be other people.
    pub kept_apart: Vec<IdentityRef>,
}

/// The reason why two identities are one person.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LinkView {
    pub identity: IdentityRef,
    pub reason: IdentityLinkReason,
    /// The address that both have, or the person of the mapping file.
    #[schema(required)]
    pub detail: Option<String>,
}

/// An identity of another person that may be the same person.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SuggestionView {
    pub identity: IdentityRef,
    pub person: LinkedPerson,
    #[schema(inline)]
    pub reason: SuggestionReasonName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionReasonName {
    SameName,
    /// The login of one is the first part of the other's e-mail address.
    LoginInEmail,
}

/// One page of identities; those with suggestions first, then by name.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct IdentityPage {
    pub rows: Vec<IdentityRow>,
    /// Rows of all pages.
    pub total: usize,
    /// Pass it as `cursor` for the next page; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    pub summary: IdentitiesSummary,
}

/// The summary of all identities; filters do not change it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct IdentitiesSummary {
    pub identities: usize,
    pub people: usize,
    pub unmatched: usize,
    /// Pairs of persons who may be one person.
    pub suggestions: usize,
    pub mapping: MappingSummary,
}

/// The effect of the stored mapping file.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MappingSummary {
    /// People.
    pub entries: usize,
    /// Identities of the file that match nothing.
    pub unknown: usize,
    /// Identities of the file that match several, and link none.
    pub ambiguous: usize,
}

#[derive(Clone)]
pub struct ListIdentities(pub Sources);

impl ListIdentities {
    pub async fn run(&self, mut query: IdentitiesQuery) -> Result<IdentityPage, Error> {
        let (cursor, limit) = (query.cursor.take(), query.limit.take());
        let page = PageRequest::of(&query, cursor, limit)?;
        let since = page.since::<RowOrder>()?;
        let everyone = Everyone::read(&self.0).await?;
        let links = self.0.identities.links().await?;
        let persons = everyone.persons(&links);
        let providers: BTreeSet<&str> = everyone.connectors.iter().map(|it| it.provider.as_str()).collect();
        let found = Found::of(&persons, &links, providers.len() > 1);
        let search = query.search.as_deref().map(str::to_lowercase);
        let is_asked = |number: &usize| {
            let has_status = match query.status {
                IdentityStatus::All => true,
                IdentityStatus::Unmatched => found.is_unmatched(*number),
                IdentityStatus::Suggested => found.suggestions.contains_key(number),
            };
            let at = persons.identities[*number].key.provider();
            has_status
                && query.provider.as_deref().is_none_or(|provider| provider == at)
                && search.as_deref().is_none_or(|text| mentions(&persons, *number, text))
        };
        let asked: Vec<usize> = (0..persons.identities.len()).filter(is_asked).collect();
        let total = asked.len();
        let key = |number: &usize| found.order(*number);
        let (asked, next) = page.cut(asked, key, since.as_ref())?;
        let rows: Vec<(usize, IdentityRow)> =
            asked.into_iter().map(|number| (number, found.row(number, &links))).collect();
        let (rows, next_cursor) = page.fit(rows, next, |row| key(&row.0), |row| &row.1)?;
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        Ok(IdentityPage { rows, total, next_cursor, summary: found.summary() })
    }
}

/// Without suggestions; what it is called; its id.
type RowOrder = (bool, String, String);

fn mentions(persons: &Persons, number: usize, text: &str) -> bool {
    let identity = &persons.identities[number];
    let person = &persons.persons[identity.person];
    let texts = [
        Some(identity.key.subject.as_str()),
        identity.name.as_ref().map(|name| name.value.as_str()),
        identity.email.as_ref().map(|email| email.value.as_str()),
        person.name.as_deref(),
        person.email.as_deref(),
    ];
    texts.into_iter().flatten().any(|one| one.to_lowercase().contains(text))
}

/// All people, with the requested facts about each identity.
struct Found<'a> {
    persons: &'a Persons,
    has_others: bool,
    suggestions: BTreeMap<usize, Vec<Suggestion>>,
    pairs: usize,
    links: BTreeMap<usize, Vec<(usize, LinkReason)>>,
    apart: BTreeMap<usize, BTreeSet<usize>>,
}

impl<'a> Found<'a> {
    /// `has_others`: more than one provider is connected.
    fn of(persons: &'a Persons, links: &Links, has_others: bool) -> Self {
        let suggested = suggestions(persons, links);
        let mut found = Self {
            persons,
            has_others,
            pairs: suggested.len(),
            suggestions: BTreeMap::new(),
            links: BTreeMap::new(),
            apart: BTreeMap::new(),
        };
        for suggestion in suggested {
            found.suggestions.entry(suggestion.one).or_default().push(suggestion);
            let Suggestion { one, other, reason } = suggestion;
            found.suggestions.entry(other).or_default().push(Suggestion { one: other, other: one, reason });
        }
        for link in &persons.links {
            found.links.entry(link.one).or_default().push((link.other, link.reason));
            found.links.entry(link.other).or_default().push((link.one, link.reason));
        }
        let numbers: BTreeMap<_, usize> =
            persons.identities.iter().enumerate().map(|(number, identity)| (&identity.key, number)).collect();
        for decision in links.decisions.iter().filter(|it| it.verdict == LinkVerdict::Different) {
            if let (Some(one), Some(other)) = (numbers.get(&decision.one), numbers.get(&decision.other)) {
                found.apart.entry(*one).or_default().insert(*other);
                found.apart.entry(*other).or_default().insert(*one);
            }
        }
        found
    }

    fn is_unmatched(&self, number: usize) -> bool {
        let person = self.persons.identities[number].person;
        self.has_others && self.persons.persons[person].identities.len() == 1
    }

    fn order(&self, number: usize) -> RowOrder {
        let identity = &self.persons.identities[number];
        let name = identity.name.as_ref().or(identity.email.as_ref()).map(|name| name.value.as_str());
        let name = name.unwrap_or(&identity.key.subject).to_lowercase();
        (!self.suggestions.contains_key(&number), name, identity.key.id().0)
    }

    fn row(&self, number: usize, links: &Links) -> IdentityRow {
        let persons = self.persons;
        let identity = &persons.identities[number];
        let linked = self.links.get(&number).into_iter().flatten().map(|(other, reason)| {
            let (reason, detail) = match reason {
                LinkReason::Confirmed => (IdentityLinkReason::Confirmed, None),
                LinkReason::Mapped(entry) => {
                    (IdentityLinkReason::Mapped, links.mapping.get(*entry).map(|entry| entry.person.clone()))
                }
                LinkReason::SameEmail => {
                    (IdentityLinkReason::SameEmail, identity.email.as_ref().map(|email| email.value.to_lowercase()))
                }
            };
            LinkView { identity: IdentityRef::of(persons, *other), reason, detail }
        });
        let suggested = self.suggestions.get(&number).into_iter().flatten().map(|suggestion| SuggestionView {
            identity: IdentityRef::of(persons, suggestion.other),
            person: LinkedPerson::of(persons, persons.identities[suggestion.other].person),
            reason: match suggestion.reason {
                SuggestionReason::SameName => SuggestionReasonName::SameName,
                SuggestionReason::LoginInEmail => SuggestionReasonName::LoginInEmail,
            },
        });
        let apart = self.apart.get(&number).into_iter().flatten();
        let IdentityRef { id, provider, subject, name, email } = IdentityRef::of(persons, number);
        IdentityRow {
            id,
            provider,
            connectors: identity.connectors.clone(),
            subject,
            name,
            email,
            first_seen: identity.first_seen,
            person: LinkedPerson::of(persons, identity.person),
            links: linked.collect(),
            suggestions: suggested.collect(),
            kept_apart: apart.map(|other| IdentityRef::of(persons, *other)).collect(),
        }
    }

    fn summary(&self) -> IdentitiesSummary {
        let entries = &self.persons.matches.entries;
        IdentitiesSummary {
            identities: self.persons.identities.len(),
            people: self.persons.persons.len(),
            unmatched: (0..self.persons.identities.len()).filter(|number| self.is_unmatched(*number)).count(),
            suggestions: self.pairs,
            mapping: MappingSummary {
                entries: entries.len(),
                unknown: entries.iter().map(|entry| entry.unknown.len()).sum(),
                ambiguous: entries.iter().map(|entry| entry.ambiguous.len()).sum(),
            },
        }
    }
}
