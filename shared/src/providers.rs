//! The contract of a provider, and the registry of all providers.
//!
//! A provider sees an HTTP port, a credential and days; never a store, a queue or the clock. Fetching and mapping are
//! separate steps, and mapping is pure, so that segments can be derived again from the archive.

mod anthropic;
mod api;
mod checks;
mod claude;
mod claude_enterprise;
mod codex;
mod cursor;
mod fields;
mod github_copilot;
mod gpt;
mod json;
pub mod lifetime;
mod merge;
mod numbers;
mod openai;
mod pages;
mod preview;
mod recognise;
pub mod records;
mod refusals;
mod series;
mod session;
mod tally;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ProviderError;
use crate::http::{Http, LimitRule};
use crate::segment::Segment;
use crate::words::{
    Account, Connector, Credential, Dataset, Day, Days, Fix, IdScope, IdentityKey, TokenFacts, Verification,
};

pub use recognise::{Recognised, recognise};
pub use refusals::{Means, Reason, Seen};
pub use session::{Session, ShortLived};

/// One list behind three traits: a function links only what it uses, so a function that only verifies links no
/// mapping.
macro_rules! registry {
    ($($provider:expr),+ $(,)?) => {
        pub static ALL: &[&dyn Provider] = &[$(&$provider),+];
        static ACCESS: &[&dyn Access] = &[$(&$provider),+];
        static HISTORY: &[&dyn History] = &[$(&$provider),+];
    };
}

registry![
    github_copilot::GithubCopilot,
    cursor::Cursor,
    anthropic::Anthropic,
    claude_enterprise::ClaudeEnterprise,
    openai::OpenAi,
    codex::Codex,
];

pub fn find(id: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| provider.about().id == id)
}

pub fn access(id: &str) -> Option<&'static dyn Access> {
    ACCESS.iter().copied().find(|provider| provider.about().id == id)
}

pub fn history(id: &str) -> Option<&'static dyn History> {
    HISTORY.iter().copied().find(|provider| provider.about().id == id)
}

/// The identity of the person with this `subject` in a connector's rows.
pub fn identity_key(connector: &Connector, subject: &str) -> IdentityKey {
    let ids = find(&connector.provider).map_or(IdScope::Account, |provider| provider.about().ids);
    IdentityKey::new(connector, ids, subject)
}

/// Describes a provider and what it needs. Forms, validation and docs read only this.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub struct About {
    pub id: &'static str,
    pub name: &'static str,
    pub api_url: &'static str,
    /// Hosts that may receive the credential; `*` stands for a part of one label.
    pub hosts: &'static [&'static str],
    /// Hosts of signed downloads, which do not receive the credential.
    pub download_hosts: &'static [&'static str],
    pub accounts: &'static [AccountKind],
    pub credentials: &'static [CredentialKind],
    /// Setup guides for credentials; at least one for each kind of account, the preferred one first.
    pub ways: &'static [Way],
    /// What it reports, over all kinds of account. What is not here is never zero: the provider does not report it.
    pub datasets: &'static [Dataset],
    pub windows: Windows,
    /// Datasets whose history behaves differently.
    #[serde(skip)]
    pub own_windows: &'static [(Dataset, Windows)],
    /// Rate limits per credential or account; the first one that matches a path applies.
    pub limits: &'static [LimitRule],
    /// Kinds of account for which a form creates an app (`app-manifest`).
    pub makes_apps_for: &'static [&'static str],
    /// True if a later fetch of a day omits former members; what was stored about them is kept.
    #[serde(skip)]
    pub forgets_leavers: bool,
    /// Scope within which a subject identifies one person. An e-mail address identifies a person everywhere; IDs
    /// whose scope the provider does not document count within their account.
    #[serde(skip)]
    pub ids: IdScope,
    /// Days on which the provider changed its methodology, oldest first.
    pub breaks: &'static [Break],
    /// Prefixes of the vendor's other keys, and what those keys are.
    #[serde(skip)]
    pub other_keys: &'static [(&'static str, &'static str)],
    /// Known reasons for a refusal, and their fixes.
    #[serde(skip)]
    pub refusals: &'static [Reason],
    /// What this provider does not report, in sentences.
    pub known_limits: &'static [&'static str],
}

impl About {
    /// The windows of a dataset's history.
    pub fn windows_of(&self, dataset: Dataset) -> &Windows {
        self.own_windows.iter().find(|(own, _)| *own == dataset).map_or(&self.windows, |(_, windows)| windows)
    }

    /// The API URL if it differs from the provider's own. An account has one unique key, however its address was
    /// given.
    pub fn elsewhere(&self, api_url: Option<String>) -> Option<String> {
        api_url.filter(|url| !url.trim_end_matches('/').eq_ignore_ascii_case(self.api_url))
    }

    /// How the owner of a credential of this kind (see `TokenFacts`) renews it.
    pub fn renewal(&self, account: &Account, token_kind: &str) -> Option<Fix> {
        let mut ways = self.ways.iter().filter(|way| way.accounts.contains(&account.kind.as_str()));
        let way = ways.clone().find(|way| way.id == token_kind).or_else(|| ways.next())?;
        let about = |text: &str| text.replace("{slug}", &account.slug);
        let (text, url) = way.renewal;
        Some(Fix::new(about(text), about(url)))
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountKind {
    pub kind: &'static str,
    pub title: &'static str,
    /// Where to find the slug.
    pub hint: &'static str,
    /// The provider has no data before this day.
    #[schema(value_type = String, format = Date)]
    #[serde(skip)]
    pub first_day: Day,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialKind {
    pub kind: &'static str,
    /// With its article, as used in a sentence: `an admin key`.
    pub title: &'static str,
    pub fields: &'static [Field],
    /// The page that creates such credentials, for any account.
    pub url: &'static str,
    /// Usual prefixes of such a key. They are only a hint: vendors change them.
    pub begins: &'static [&'static str],
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Field {
    pub name: &'static str,
    pub title: &'static str,
    pub shape: Shape,
    pub required: bool,
}

/// The content of a field, which decides how a form asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Not secret.
    Text,
    /// One secret line.
    Secret,
    /// A secret file of several lines.
    SecretFile,
}

/// One way to create a credential, step by step. `{slug}` in a text or link stands for the account's name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Way {
    /// The `token.kind` of such a credential.
    pub id: &'static str,
    pub title: &'static str,
    /// The kind of credential that it creates.
    pub credential: &'static str,
    /// The kinds of account that it opens.
    pub accounts: &'static [&'static str],
    pub steps: &'static [&'static str],
    /// The first page, with as much filled in as a link can do.
    pub url: &'static str,
    /// Exactly the scopes to choose.
    pub scopes: &'static [&'static str],
    /// Prefixes of such a token; empty if unknown.
    pub begins: &'static [&'static str],
    /// How the owner renews it, and where.
    #[serde(skip)]
    pub renewal: (&'static str, &'static str),
}

/// From this day on, the provider counts differently, which shows as a step in charts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Break {
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub text: &'static str,
}

/// A day as a constant; invalid dates do not compile.
const fn day(year: i32, month: u32, day: u32) -> Day {
    match Day::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => panic!("invalid date"),
    }
}

/// Windows of a provider's history, in days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Windows {
    /// Every poll fetches this many most recent days again.
    pub trailing: u32,
    /// Full days after the end of a day until its values are final.
    pub restated_for: u32,
    /// A day without a report counts as `no_data` after this many days.
    pub given_up_after: u32,
    /// How long the provider keeps history.
    pub kept_for: u32,
    /// Once a week, a poll fetches this many most recent days, because some values are revised for longer.
    pub weekly: u32,
}

/// A connection to one account.
pub struct Call<'a> {
    pub http: &'a Http,
    pub credential: &'a Credential,
    pub account: &'a Account,
    /// A base URL other than [`About::api_url`].
    pub api_url: Option<&'a str>,
    /// The time of the call.
    pub now: DateTime<Utc>,
    pub session: Session,
    noted: Mutex<Option<TokenFacts>>,
    left_out: Mutex<Vec<LeftOut>>,
}

/// A part of an optional report that could not be read. The days are stored without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub report: &'static str,
    /// Which part, and why; free of secrets.
    pub detail: String,
}

impl<'a> Call<'a> {
    pub fn new(
        http: &'a Http,
        credential: &'a Credential,
        account: &'a Account,
        api_url: Option<&'a str>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            http,
            credential,
            account,
            api_url,
            now,
            session: Session::new(),
            noted: Mutex::default(),
            left_out: Mutex::default(),
        }
    }

    /// Continues without a part of an optional report, for example the keys of one project.
    pub fn leave_out(&self, report: &'static str, detail: String) {
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        let part = LeftOut { report, detail };
        // Reading a report twice leaves the same part out twice.
        if !left_out.contains(&part) {
            left_out.push(part);
        }
    }

    pub fn left_out(&self) -> Vec<LeftOut> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records facts that a successful answer reveals about the credential. Facts with an expiry take precedence.
    pub fn note(&self, facts: TokenFacts) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.as_ref().is_none_or(|known| known.expires_at.is_none()) {
            *noted = Some(facts);
        }
    }

    pub fn noted(&self) -> Option<TokenFacts> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a day lacks without this report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The day is incomplete.
    Essential,
    /// Some amounts or counts, if the plan and the credential include them. A refusal is accepted as long as no
    /// stored day has them. Any other failure is not accepted, and the report is fetched again.
    Figures,
    /// Only names; without them, rows carry IDs. It never changes the state of a day. A refusal is accepted as long
    /// as no stored day has the names.
    Names,
}

/// One file or listing that a provider offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub name: &'static str,
    pub days: Days,
    /// Datasets that it fills.
    pub feeds: &'static [Dataset],
    pub need: Need,
    /// Order of mapping within the batch. Two reports with the same rank have the same rows, for one day or for
    /// several.
    pub rank: u8,
    /// Covers each of its days: a day without rows is a measured zero. Otherwise such a day is fetched on its own.
    pub whole: bool,
}

/// Reports that fill their segments together, in the order in which they are mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub reports: Vec<Report>,
}

impl Report {
    pub fn is_essential(&self) -> bool {
        self.need == Need::Essential
    }
}

impl Batch {
    /// Number of days of its longest report.
    pub fn days(&self) -> usize {
        self.reports.iter().map(|report| report.days.len()).max().unwrap_or(0)
    }

    /// The reports that the segment of (`dataset`, `day`) is made of.
    pub fn feeding(&self, dataset: Dataset, day: Day) -> impl Iterator<Item = (usize, &Report)> {
        let reports = self.reports.iter().enumerate();
        reports.filter(move |(_, report)| report.feeds.contains(&dataset) && report.days.contains(day))
    }
}

/// A form that creates an app at the provider with only the required permissions. A browser posts it.
pub struct AppForm {
    /// The kind of credential that results.
    pub credential: &'static str,
    pub post_url: String,
    pub manifest: serde_json::Value,
}

/// An app that was created and is not installed yet.
pub struct NewApp {
    pub name: String,
    pub credential: Credential,
    pub install_url: String,
}

/// The result of fetching one report.
pub enum Fetched<'a> {
    /// `covers` may be less than requested.
    Ready { covers: Days, bodies: Bodies<'a> },
    /// There is no report for these days, or not yet.
    NotYet,
    /// Not found: a wrong slug, an account that the credential cannot see, or a day without a report.
    Missing,
}

/// The raw files of one report in order, each as a stream of pieces.
pub type Bodies<'a> = BoxStream<'a, Result<Body<'a>, ProviderError>>;
pub type Body<'a> = BoxStream<'a, Result<Bytes, ProviderError>>;

/// Identifies a provider and where its credentials are created.
pub trait Provider: Send + Sync {
    fn about(&self) -> &'static About;
}

/// Checks credentials, and creates them if the provider has a form for it.
#[async_trait]
pub trait Access: Provider {
    /// Free of charge and without side effects. A failed check needs the owner; a check without an answer is
    /// `unknown`.
    async fn verify(&self, call: &Call<'_>, preview: Days) -> Verification;

    /// The form that creates an app for the account, if the provider supports it.
    fn app_form(
        &self,
        _account: &Account,
        _api_url: Option<&str>,
        _redirect_url: &str,
    ) -> Result<AppForm, ProviderError> {
        Err(ProviderError::NotOffered { detail: format!("{} does not create apps from a form", self.about().name) })
    }

    /// Exchanges the code that the form returned for the new app. Implemented by providers with a form.
    async fn convert_app(&self, _http: &Http, _api_url: Option<&str>, _code: &str) -> Result<NewApp, ProviderError> {
        Err(ProviderError::NotOffered { detail: format!("{} does not create apps from a form", self.about().name) })
    }
}

/// The history of an account: which reports exist, and how to fetch and map them.
#[async_trait]
pub trait History: Provider {
    /// The reports that fill `days`. With `in_bulk`, one report may cover many days.
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch>;

    /// Reports without history, fetched as of today.
    fn snapshots(&self, account: &Account, today: Day) -> Vec<Batch>;

    /// The report that an archive key refers to.
    fn archived(&self, account: &Account, name: &str, day: Day) -> Option<Report>;

    /// A report is complete or an error, never partial.
    async fn fetch<'a>(&self, call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError>;

    /// Facts about the credential after a poll has fetched its reports; `None` if nothing is known. Answers reveal
    /// facts ([`Call::note`]); a provider that lists its keys fetches that list here.
    async fn token_facts(&self, call: &Call<'_>) -> Option<TokenFacts> {
        call.noted()
    }

    /// A mapper for a batch of `days` days, which it builds at the same time.
    fn mapper(&self, account: &Account, days: usize) -> Box<dyn Mapper>;

    /// The datasets of a complete day. A day that lacks one is a gap.
    fn datasets(&self, account: &Account, day: Day, today: Day) -> BTreeSet<Dataset> {
        let batches = self.batches(account, &[day], today, false);
        let reports = batches.iter().flat_map(|batch| &batch.reports);
        reports.flat_map(|report| report.feeds.iter().copied()).collect()
    }

    /// The first day to fetch.
    fn floor(&self, account: &Account, today: Day) -> Day {
        let about = self.about();
        let kept = Days::before(today, about.windows.kept_for).from();
        let kind = about.accounts.iter().find(|kind| kind.kind == account.kind);
        kind.map_or(kept, |kind| kept.max(kind.first_day))
    }
}

/// Maps the raw bytes of a batch to segments. Pure: the same bytes, in any pieces, give the same rows.
pub trait Mapper: Send {
    /// Starts the next report. Earlier reports are complete or failed.
    fn begin(&mut self, report: &Report);

    fn read(&mut self, piece: &[u8]) -> Result<(), ProviderError>;

    /// Ends a file. A record that has not ended is malformed.
    fn end_body(&mut self) -> Result<(), ProviderError>;

    /// Ends a report. Decisions that need all of its files are made here or in `finish`.
    fn end_report(&mut self) -> Result<(), ProviderError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Mapped, ProviderError>;
}

/// The result of mapping a batch.
#[derive(Debug, Default)]
pub struct Mapped {
    pub segments: BTreeMap<(Dataset, Day), Segment>,
    pub records: u64,
    /// Records omitted because another shard contained them already.
    pub duplicates: u64,
    /// Amounts that were rounded to the stored precision.
    pub rounded: u64,
    /// Unread fields, and `field=value` for unknown values, with the number of occurrences.
    pub unknown_fields: BTreeMap<String, u64>,
}
