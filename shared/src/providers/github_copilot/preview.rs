//! The preview of the last 14 days, from the 28-day reports. Nothing is stored.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use hashbrown::{HashMap, HashSet};

use crate::error::ProviderError;
use crate::providers::Fetched;
use crate::providers::fields::{NewFields, read_record};
use crate::providers::json::Repair;
use crate::providers::merge::{AccountRecord, OwnIds, own_record};
use crate::providers::records::{Broken, Records, Refused};
use crate::words::{
    Account, Completions, CostOfDay, Day, Days, NamedCompletions, Preview, PreviewDay, PullRequestCounts, SegmentState,
};

use super::credits::{self, Charges};
use super::rows::{CHAT, COMPLETION, Counters, by_value, engaged};
use super::wire::{DayRecord, KNOWN_BUT_UNREAD};
use super::{ABOUT, ENTERPRISE};

/// Limits of GitHub's reports; see the definitions in the provider's module.
const NOTES: [&str; 2] = [
    "Active users are GitHub's count; engaged users are those with a prompt or an accepted suggestion, counted from the users report.",
    "Counts by editor include all features: GitHub does not report completions per editor.",
];

/// The content of the two reports.
#[derive(Default)]
pub(super) struct PreviewedReports {
    days: BTreeMap<Day, PreviewDay>,
    engaged: HashMap<Day, i64>,
    /// Days that the users report covers: no engaged person means zero on these days, and unknown on others.
    people: Option<Days>,
    own_ids: HashMap<Day, OwnIds>,
    /// People's credits by day; of several rows of one person, the greatest.
    credits: HashMap<(Day, String), i64>,
    charges: HashMap<Day, Charges>,
}

impl PreviewedReports {
    pub(super) fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// Reads the account's report.
    pub(super) async fn account(
        &mut self,
        fetched: Fetched<'_>,
        account: &Account,
        today: Day,
    ) -> Result<(), ProviderError> {
        let Fetched::Ready { bodies, .. } = fetched else {
            return Ok(());
        };
        let mut records: BTreeMap<Day, Vec<AccountRecord<PreviewDay>>> = BTreeMap::new();
        each_record(bodies, |around| {
            let one = std::slice::from_ref(around);
            for record in around.day_totals.as_deref().unwrap_or(one) {
                if let Some(day) = record.day {
                    let preview = preview_day(day, record, today);
                    records.entry(day).or_default().push(record.of_account(around, preview));
                }
            }
        })
        .await?;
        for (day, records) in records {
            let own_ids = self.own_ids.remove(&day).unwrap_or_default();
            if let Some(preview) = own_record(records, &own_ids, account.kind == ENTERPRISE, "report", day)? {
                self.days.insert(day, preview);
            }
        }
        Ok(())
    }

    /// Reads the people's report, to count engaged people.
    pub(super) async fn people(&mut self, fetched: Fetched<'_>) -> Result<(), ProviderError> {
        let Fetched::Ready { covers, bodies } = fetched else {
            return Ok(());
        };
        let mut seen = HashSet::new();
        let mut days: HashMap<Day, i64> = HashMap::new();
        let (own_ids, credits) = (&mut self.own_ids, &mut self.credits);
        each_record(bodies, |record| {
            if let Some(day) = record.day {
                own_ids.entry(day).or_default().add(record.organization(), record.enterprise());
            }
            let (Some(day), Some(user)) = (record.day, &record.user_id) else {
                return;
            };
            if let Some(used) = record.ai_credits_used.0.filter(|_| day >= credits::SINCE) {
                let known = credits.entry((day, user.0.clone().into_owned())).or_insert(used);
                *known = used.max(*known);
            }
            if engaged(record) == Some(1) && seen.insert((day, user.0.clone().into_owned())) {
                *days.entry(day).or_default() += 1;
            }
        })
        .await?;
        self.engaged = days;
        self.people = Some(covers);
        Ok(())
    }

    /// Adds GitHub's billing of a day.
    pub(super) fn charged(&mut self, day: Day, charges: Charges) {
        self.charges.insert(day, charges);
    }

    fn costs(&self, day: Day) -> Vec<CostOfDay> {
        let of_day = self.credits.iter().filter(|((at, _), _)| *at == day).map(|(_, used)| *used);
        let estimated = of_day.map(|used| (credits::value(used), used)).reduce(|a, b| (a.0 + b.0, a.1 + b.1));
        let estimated = estimated.map(|(amount, used)| ("estimated", (Some(amount), Some(used))));
        let charged = self.charges.get(&day).map(Charges::by_basis).unwrap_or_default();
        let costs = estimated.into_iter().chain(charged);
        costs.map(|(basis, (amount, used))| CostOfDay::new(basis.to_owned(), amount, used)).collect()
    }

    pub(super) fn preview(mut self, days: Days) -> Preview {
        let day = |day: Day| {
            let costs = self.costs(day);
            let mut preview = self.days.remove(&day).unwrap_or_else(|| empty_day(day, days.until()));
            preview.costs = costs;
            if self.people.is_some_and(|covered| covered.contains(day)) {
                preview.engaged_users = Some(self.engaged.get(&day).copied().unwrap_or(0));
            }
            preview
        };
        Preview {
            from: days.from(),
            to: days.last(),
            notes: NOTES.map(str::to_owned).to_vec(),
            days: days.iter().rev().map(day).collect(),
        }
    }
}

async fn each_record(
    mut bodies: crate::providers::Bodies<'_>,
    mut take: impl FnMut(&DayRecord<'_>),
) -> Result<(), ProviderError> {
    let mut read = |bytes: &[u8]| {
        let (new, repair) = (NewFields::beside(KNOWN_BUT_UNREAD), Repair::new());
        match read_record::<DayRecord<'_>>(bytes, &repair, &new) {
            Ok(record) => {
                take(&record);
                Ok(())
            }
            Err(error) if error.is_data() => Err(Refused::Other(unreadable(&new))),
            Err(_) => Err(Refused::Syntax),
        }
    };
    let mut records = Records::default();
    while let Some(body) = bodies.next().await {
        let mut body = body?;
        while let Some(piece) = body.next().await {
            records.read(&piece?, &mut read)?;
        }
        records.end(&mut read)?;
    }
    Ok(())
}

fn unreadable(new: &NewFields) -> ProviderError {
    ProviderError::Malformed { detail: format!("report: {}", new.failure("a record")) }
}

impl From<Broken> for ProviderError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::CutShort(_) => ProviderError::Unavailable { detail: format!("report: {broken}") },
            _ => ProviderError::Malformed { detail: format!("report: {broken}") },
        }
    }
}

fn empty_day(day: Day, today: Day) -> PreviewDay {
    let is_given_up = (today - day).num_days() > i64::from(ABOUT.windows.given_up_after);
    PreviewDay {
        day,
        state: if is_given_up { SegmentState::NoData } else { SegmentState::Pending },
        active_users: None,
        engaged_users: None,
        completions: Completions::default(),
        chats: None,
        pull_requests: PullRequestCounts::default(),
        agent_requests: None,
        sessions: None,
        models: Vec::new(),
        costs: Vec::new(),
    }
}

fn preview_day(day: Day, record: &DayRecord<'_>, today: Day) -> PreviewDay {
    let age = (today - day).num_days();
    let state =
        if age > i64::from(ABOUT.windows.restated_for) { SegmentState::Final } else { SegmentState::Provisional };
    let features = by_value(record.totals_by_feature.as_ref(), |split| split.feature.as_deref());
    let completion = features.iter().find(|(feature, _)| *feature == COMPLETION).map(|(_, counters)| counters);
    let reported = record.totals_by_feature.is_some().then_some(0);
    let chats = features.iter().filter(|(feature, _)| feature.starts_with(CHAT));
    let pull_requests = record.pull_requests.unwrap_or_default();
    PreviewDay {
        day,
        state,
        active_users: record.daily_active_users,
        engaged_users: None,
        completions: Completions {
            suggested: completion.map_or(reported, |counters| counters.generations),
            accepted: completion.map_or(reported, |counters| counters.acceptances),
            by_editor: named(by_value(record.totals_by_ide.as_ref(), |split| split.ide.as_deref()), |counters| {
                (counters.generations, counters.acceptances)
            }),
            by_language: named(
                by_value(record.totals_by_language_feature.as_ref(), |split| split.language.as_deref()),
                |counters| (counters.completions_suggested, counters.completions_accepted),
            ),
            by_model: named(
                by_value(record.totals_by_model_feature.as_ref(), |split| split.model.as_deref()),
                |counters| (counters.completions_suggested, counters.completions_accepted),
            ),
        },
        chats: reported.map(|zero| zero + chats.filter_map(|(_, counters)| counters.interactions).sum::<i64>()),
        pull_requests: PullRequestCounts {
            created_by_copilot: pull_requests.total_created_by_copilot,
            reviewed_by_copilot: pull_requests.total_reviewed_by_copilot,
            merged: pull_requests.total_merged,
        },
        agent_requests: None,
        sessions: None,
        models: Vec::new(),
        costs: Vec::new(),
    }
}

/// Most suggestions first; values without completions are omitted.
fn named(
    values: Vec<(&str, Counters)>,
    counts: impl Fn(&Counters) -> (Option<i64>, Option<i64>),
) -> Vec<NamedCompletions> {
    let mut named: Vec<NamedCompletions> = values
        .into_iter()
        .map(|(name, counters)| {
            let (suggested, accepted) = counts(&counters);
            NamedCompletions { name: name.to_owned(), suggested, accepted }
        })
        .filter(|named| named.suggested.is_some() || named.accepted.is_some())
        .collect();
    named.sort_by(|a, b| b.suggested.cmp(&a.suggested).then_with(|| a.name.cmp(&b.name)));
    named
}
