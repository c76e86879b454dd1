//! The domain's vocabulary, one word per concept. It depends on no store, queue or provider.

mod account;
mod connector;
mod credential;
mod dataset;
mod day;
mod decimal;
mod delivery;
mod directory;
mod event;
mod identity;
mod ledger;
mod notice;
mod policy;
mod poll;
mod rate_limit;
mod verification;

pub use account::{Account, ArchiveKey, ConnectorId};
pub use connector::{
    Connector, ConnectorState, CredentialHistory, Freshness, LastPoll, PollOutcome, TeamSync, TokenFacts,
};
pub use credential::{Credential, expose};
pub use dataset::{Dataset, Level};
pub use day::{Day, Days};
pub use decimal::{Decimal, MICRO};
pub use delivery::{Delivery, DeliveryState};
pub use directory::{Directory, History, Identity, Since};
pub use event::{ConnectorStateChanged, Event, EventAccount, PollFinished, TokenExpiring};
pub use identity::{
    Decision, IdScope, IdentityKey, LinkVerdict, Links, MappedIdentity, MappedPerson, MappedTeam, PersonId,
};
pub use ledger::{AccountSubject, GoneField, Revision, SegmentHead, SegmentState, complete_through, gone_fields};
pub use notice::{Mail, Notice, NoticeKind};
pub use policy::Policy;
pub use poll::{Backfill, PollJob};
pub use rate_limit::{RateLimit, Reservations};
pub use verification::{
    Capability, CapabilityOutcome, Check, CheckOutcome, Completions, CostOfDay, Fix, ModelOfDay, NamedCompletions,
    Preview, PreviewDay, PullRequestCounts, Verdict, Verification,
};
