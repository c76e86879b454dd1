//! What can be metered: the contract of a provider, and the list of them.
//!
//! A provider sees an HTTP port, a credential and days; never a store, a queue or the clock. Fetching and mapping are
//! two steps, the second pure, so that segments can be derived again from the archive.

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
use crate::http::{Http, Limit};
use crate::segment::Segment;
use crate::words::{
    Account, Connector, Credential, Dataset, Day, Days, Fix, IdScope, IdentityKey, TokenFacts, Verification,
};

pub use recognise::{Recognised, recognise};
pub use refusals::{Means, Reason, Seen};
pub use session::{Session, ShortLived};

/// One list under three traits: a function links what it asks for, so that what only verifies holds no mapping.
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

/// The person whom a connector's rows name by `subject`.
pub fn identity_key(connector: &Connector, subject: &str) -> IdentityKey {
    let ids = find(&connector.provider).map_or(IdScope::Account, |provider| provider.about().ids);
    IdentityKey::new(connector, ids, subject)
}

/// Who a provider is and what it needs; forms, validation and docs read this and nothing else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub struct About {
    pub id: &'static str,
    pub name: &'static str,
    pub api_url: &'static str,
    /// Hosts that may be asked with the credential; `*` stands for a part of one label.
    pub hosts: &'static [&'static str],
    /// Hosts of signed downloads, asked without the credential.
    pub download_hosts: &'static [&'static str],
    pub accounts: &'static [AccountKind],
    pub credentials: &'static [CredentialKind],
    /// How one gets a credential; at least one for each kind of account, the one to prefer first.
    pub ways: &'static [Way],
    /// What it reports, over all kinds of account. What is not here is never zero: the provider does not report it.
    pub datasets: &'static [Dataset],
    pub windows: Windows,
    /// Datasets whose history behaves in another way.
    #[serde(skip)]
    pub own_windows: &'static [(Dataset, Windows)],
    /// How often one credential may ask, over everybody who asks with it; the first that fits a path counts.
    pub limits: &'static [Limit],
    /// The kinds of account for which an app is made by a click (`app-manifest`).
    pub makes_apps_for: &'static [&'static str],
    /// Days that are read again name former members no more: what was stored of them is kept.
    #[serde(skip)]
    pub forgets_leavers: bool,
    /// Where the subject of a person's rows names that person alone. An e-mail address does so everywhere; ids whose reach
    /// the provider does not document count within their account.
    #[serde(skip)]
    pub ids: IdScope,
    /// Days on which what it counts changed, oldest first.
    pub breaks: &'static [Break],
    /// Keys of the same vendor that open something else: how they begin, and what they are.
    #[serde(skip)]
    pub other_keys: &'static [(&'static str, &'static str)],
    /// Why it refuses, and what to do then.
    #[serde(skip)]
    pub refusals: &'static [Reason],
    /// What this provider cannot tell, in sentences.
    pub known_limits: &'static [&'static str],
}

impl About {
    /// How the history of a dataset behaves.
    pub fn windows_of(&self, dataset: Dataset) -> &Windows {
        self.own_windows.iter().find(|(own, _)| *own == dataset).map_or(&self.windows, |(_, windows)| windows)
    }

    /// Another address than the provider's own: an account has one place, however its address was given.
    pub fn elsewhere(&self, api_url: Option<String>) -> Option<String> {
        api_url.filter(|url| !url.trim_end_matches('/').eq_ignore_ascii_case(self.api_url))
    }

    /// What the owner of a credential of this kind (as `TokenFacts` names it) does when it ends.
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
    /// Where the slug is found.
    pub hint: &'static str,
    /// The provider has nothing before this day.
    #[schema(value_type = String, format = Date)]
    #[serde(skip)]
    pub first_day: Day,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialKind {
    pub kind: &'static str,
    /// As it stands in a sentence: `an admin key`.
    pub title: &'static str,
    pub fields: &'static [Field],
    /// Where such credentials are made, whoever's account it is.
    pub url: &'static str,
    /// How such a key usually begins. It words a hint and never decides: vendors change it.
    pub begins: &'static [&'static str],
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Field {
    pub name: &'static str,
    pub title: &'static str,
    pub shape: Shape,
    pub required: bool,
}

/// What stands in a field, and so how it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Anybody may see it.
    Text,
    /// One line that is not shown.
    Secret,
    /// A file of several lines, just as secret.
    SecretFile,
}

/// One way to get a credential, click by click. `{slug}` in a text or a link stands for the account's name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Way {
    /// What `token.kind` says of such a credential.
    pub id: &'static str,
    pub title: &'static str,
    /// The kind of credential that it leads to.
    pub credential: &'static str,
    /// The kinds of account that it opens.
    pub accounts: &'static [&'static str],
    pub steps: &'static [&'static str],
    /// Where one starts, with as much filled in as a link can.
    pub url: &'static str,
    /// Exactly what to choose there.
    pub scopes: &'static [&'static str],
    /// How such a token begins; empty where nothing tells.
    pub begins: &'static [&'static str],
    /// What its owner does when it ends, and where.
    #[serde(skip)]
    pub renewal: (&'static str, &'static str),
}

/// From this day on a provider counts otherwise: a step in a chart that nobody made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Break {
    #[schema(value_type = String, format = Date)]
    pub day: Day,
    pub text: &'static str,
}

/// A day of a literal; months and days are checked when this is compiled.
const fn day(year: i32, month: u32, day: u32) -> Day {
    match Day::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => panic!("no such day"),
    }
}

/// How a provider's history behaves, in days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Windows {
    /// Every poll reads this many last days again.
    pub trailing: u32,
    /// Full days after a day's end until its values no longer change.
    pub restated_for: u32,
    /// A day without a report is given up after this many days.
    pub given_up_after: u32,
    /// How far back the provider keeps history.
    pub kept_for: u32,
    /// Once a week a poll reads this many last days again instead: values that are revised for longer.
    pub weekly: u32,
}

/// One account as a provider sees it.
pub struct Call<'a> {
    pub http: &'a Http,
    pub credential: &'a Credential,
    pub account: &'a Account,
    /// Another base than [`About::api_url`].
    pub api_url: Option<&'a str>,
    /// When the call was made.
    pub now: DateTime<Utc>,
    pub session: Session,
    noted: Mutex<Option<TokenFacts>>,
    left_out: Mutex<Vec<LeftOut>>,
}

/// A part of an optional report that could not be read. The days are stored without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub report: &'static str,
    /// Which part, and why; as free of secrets as any error.
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

    /// Continues without a part of an optional report: the keys of one project of many.
    pub fn leave_out(&self, report: &'static str, detail: String) {
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        let part = LeftOut { report, detail };
        // A report that is read a second time leaves the same out.
        if !left_out.contains(&part) {
            left_out.push(part);
        }
    }

    pub fn left_out(&self) -> Vec<LeftOut> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a good answer said of the credential by the way. Of several, one that names an end says most.
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

/// What a day lacks without a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The day is incomplete.
    Essential,
    /// Some amounts or counts, where the plan and the credential have them. A refusal is accepted as long as no stored
    /// day has them; a failure is not, and the report is asked for again.
    Figures,
    /// Names, nothing else: without it rows carry ids. It never changes the state of a day. A refusal is accepted as long
    /// as no stored day has the names.
    Names,
}

/// One file or listing that a provider can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub name: &'static str,
    pub days: Days,
    /// Which datasets its rows end in.
    pub feeds: &'static [Dataset],
    pub need: Need,
    /// When it is mapped within its batch. Two reports of one rank carry the same rows, of one day or of many.
    pub rank: u8,
    /// Speaks of each of its days: one without rows is a measured nought. Otherwise such a day is asked for by itself.
    pub whole: bool,
}

/// Reports that fill their segments together, in the order in which they must be mapped.
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
    /// How many days its longest report speaks of.
    pub fn days(&self) -> usize {
        self.reports.iter().map(|report| report.days.len()).max().unwrap_or(0)
    }

    /// What the segment of (`dataset`, `day`) is made of.
    pub fn feeding(&self, dataset: Dataset, day: Day) -> impl Iterator<Item = (usize, &Report)> {
        let reports = self.reports.iter().enumerate();
        reports.filter(move |(_, report)| report.feeds.contains(&dataset) && report.days.contains(day))
    }
}

/// A form that makes an app at the provider, with exactly the rights that are needed; a browser posts it.
pub struct AppForm {
    /// The kind of credential that comes of it.
    pub credential: &'static str,
    pub post_url: String,
    pub manifest: serde_json::Value,
}

/// An app that was made and is not installed anywhere yet.
pub struct NewApp {
    pub name: String,
    pub credential: Credential,
    pub install_url: String,
}

/// What a provider answered for one report.
pub enum Fetched<'a> {
    /// `covers` may be less than was asked for.
    Ready { covers: Days, bodies: Bodies<'a> },
    /// No report for these days, or none yet.
    NotYet,
    /// No such thing: a wrong slug, an account the credential cannot see, or a day without a report.
    Missing,
}

/// The raw files of one report, one after the other, each in pieces.
pub type Bodies<'a> = BoxStream<'a, Result<Body<'a>, ProviderError>>;
pub type Body<'a> = BoxStream<'a, Result<Bytes, ProviderError>>;

/// Who a provider is, and where its credentials are made.
pub trait Provider: Send + Sync {
    fn about(&self) -> &'static About;
}

/// What opens an account: checking a credential, and making one where a click does it.
#[async_trait]
pub trait Access: Provider {
    /// Free of charge and harmless. A failed check needs its owner; whatever nobody could say is `unknown`.
    async fn verify(&self, call: &Call<'_>, preview: Days) -> Verification;

    /// How an app is made for the account by a click, where the provider can do that.
    fn app_form(
        &self,
        _account: &Account,
        _api_url: Option<&str>,
        _redirect_url: &str,
    ) -> Result<AppForm, ProviderError> {
        Err(ProviderError::NotOffered { detail: format!("{} makes no apps by a form", self.about().name) })
    }

    /// The app that the form made, for the code that came back; offered by whoever offers the form.
    async fn convert_app(&self, _http: &Http, _api_url: Option<&str>, _code: &str) -> Result<NewApp, ProviderError> {
        Err(ProviderError::NotOffered { detail: format!("{} makes no apps by a form", self.about().name) })
    }
}

/// What an account's past consists of: asking for it, and reading the answers.
#[async_trait]
pub trait History: Provider {
    /// What to ask for to fill `days`; `in_bulk` where one report may cover many of them.
    fn batches(&self, account: &Account, days: &[Day], today: Day, in_bulk: bool) -> Vec<Batch>;

    /// What has no history and is asked for as of today.
    fn snapshots(&self, account: &Account, today: Day) -> Vec<Batch>;

    /// The report that an archive key speaks of.
    fn archived(&self, account: &Account, name: &str, day: Day) -> Option<Report>;

    /// A report is complete or an error, never half.
    async fn fetch<'a>(&self, call: &'a Call<'a>, report: &Report) -> Result<Fetched<'a>, ProviderError>;

    /// What is known of the credential once a poll has asked for its reports; none where nobody said anything. Whatever
    /// answers say by the way is noted ([`Call::note`]); a provider that lists its keys asks for the list here.
    async fn token_facts(&self, call: &Call<'_>) -> Option<TokenFacts> {
        call.noted()
    }

    /// A mapper for a batch about so many days, which it builds at once.
    fn mapper(&self, account: &Account, days: usize) -> Box<dyn Mapper>;

    /// What a day consists of; a day that lacks one of them is a hole, whoever was interrupted.
    fn datasets(&self, account: &Account, day: Day, today: Day) -> BTreeSet<Dataset> {
        let batches = self.batches(account, &[day], today, false);
        let reports = batches.iter().flat_map(|batch| &batch.reports);
        reports.flat_map(|report| report.feeds.iter().copied()).collect()
    }

    /// The first day worth asking for.
    fn floor(&self, account: &Account, today: Day) -> Day {
        let about = self.about();
        let kept = Days::before(today, about.windows.kept_for).from();
        let kind = about.accounts.iter().find(|kind| kind.kind == account.kind);
        kind.map_or(kept, |kind| kept.max(kind.first_day))
    }
}

/// Turns the raw bytes of a batch into segments. Pure: the same bytes, in any pieces, give the same rows.
pub trait Mapper: Send {
    /// The next report; the ones before it are complete or failed.
    fn begin(&mut self, report: &Report);

    fn read(&mut self, piece: &[u8]) -> Result<(), ProviderError>;

    /// A file is over; what has not ended in it is malformed.
    fn end_body(&mut self) -> Result<(), ProviderError>;

    /// All files of the report were read; what only all of them can say is decided here, or by `finish`.
    fn end_report(&mut self) -> Result<(), ProviderError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Mapped, ProviderError>;
}

/// What came out of a batch.
#[derive(Debug, Default)]
pub struct Mapped {
    pub segments: BTreeMap<(Dataset, Day), Segment>,
    pub records: u64,
    /// Records left out because another shard had them already.
    pub duplicates: u64,
    /// Amounts that came with more digits than are kept.
    pub rounded: u64,
    /// Fields that no code reads, and `field=value` for values that no table knows; how often they came.
    pub unknown_fields: BTreeMap<String, u64>,
}
