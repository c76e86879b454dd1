//! The words of the domain, once each; nothing here knows a store, a queue or a provider.

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
mod lane;
mod ledger;
mod notice;
mod policy;
mod poll;
mod verification;

pub use account::{Account, ArchiveKey, ConnectorId};
pub use connector::{Connector, ConnectorState, Custody, Freshness, LastPoll, PollOutcome, TeamSync, TokenFacts};
pub use credential::{Credential, expose};
pub use dataset::{Dataset, Level};
pub use day::{Day, Days};
pub use decimal::{Decimal, MICRO};
pub use delivery::{Delivery, DeliveryState};
pub use directory::{Directory, Identity, Since};
pub use event::{ConnectorStateChanged, Event, Metered, PollFinished, TokenExpiring};
pub use identity::{
    Decision, IdScope, IdentityKey, LinkVerdict, Links, MappedIdentity, MappedPerson, MappedTeam, PersonId,
};
pub use lane::{Lane, Turns};
pub use ledger::{AccountSubject, Gone, Revision, SegmentHead, SegmentState, complete_through, gone_fields};
pub use notice::{Mail, Notice, NoticeKind};
pub use policy::Policy;
pub use poll::{Backfill, PollJob};
pub use verification::{
    Capability, CapabilityOutcome, Check, CheckOutcome, Completions, CostOfDay, Fix, ModelOfDay, Named, Preview,
    PreviewDay, PullRequestCounts, Verdict, Verification,
};
