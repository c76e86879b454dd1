//! Derives a connector's segments again from the archive, e.g. after a mapping has learned a new field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::poll::{Answered, Decision, Progress, decide, keep_known, map_in_background, replay};
use crate::clock::Clock;
use crate::error::{Error, StoreError};
use crate::identities::keep_directory;
use crate::ports::{Archive, ConnectorStore, Identities, Replaced, SegmentStore, SegmentWrite};
use crate::providers::{self, Batch, History, Report};
use crate::words::{ArchiveKey, Connector, ConnectorId, Dataset, Day, SegmentHead, SegmentState};

/// What the ledger says of days that no poll has written last.
const REBUILD: &str = "rebuild";

#[derive(Clone)]
pub struct Rebuild {
    pub connectors: Arc<dyn ConnectorStore>,
    pub segments: Arc<dyn SegmentStore>,
    pub identities: Arc<dyn Identities>,
    pub archive: Arc<dyn Archive>,
    pub clock: Arc<dyn Clock>,
}

/// What a rebuild did.
#[derive(Debug, Default)]
pub struct Rebuilt {
    pub days: usize,
    pub records: u64,
    /// Segments whose rows changed.
    pub changed: u64,
    /// Reports that could not be read, and why.
    pub failed: Vec<String>,
}

/// A report in the archive, and when it came there.
type Source = (Report, ArchiveKey, DateTime<Utc>);

/// What lies in the archive for one day, by rank.
type Sources = BTreeMap<u8, Source>;

impl Rebuild {
    pub async fn run(&self, id: &ConnectorId, progress: &dyn Progress) -> Result<Rebuilt, Error> {
        let connector = self.connectors.get(id).await?;
        let provider = providers::history(&connector.provider).ok_or_else(|| {
            Error::invalid("provider", format!("this version has no provider {}", connector.provider))
        })?;
        let days = self.sources(&connector, provider).await?;
        progress.planned(days.len());
        let mut rebuilt = Rebuilt { days: days.len(), ..Rebuilt::default() };
        let heads = self.segments.ledger(id).await?;
        let heads: BTreeMap<_, _> = heads.into_iter().map(|head| ((head.dataset, head.day), head)).collect();
        for Shared { days, reports } in batches(days) {
            let sources: Vec<_> = reports.into_values().collect();
            self.batch(&connector, provider, &days, &sources, &heads, &mut rebuilt).await?;
            progress.done(days.len());
        }
        let heads = self.segments.ledger(id).await?;
        keep_directory(&*self.identities, &*self.segments, &connector, &heads).await?;
        Ok(rebuilt)
    }

    /// For each day the newest source of every rank.
    async fn sources(&self, connector: &Connector, provider: &dyn History) -> Result<BTreeMap<Day, Sources>, Error> {
        let prefix = ArchiveKey::prefix(connector);
        let mut days: BTreeMap<Day, Sources> = BTreeMap::new();
        for (key, at) in self.archive.list(&prefix).await? {
            let Some(report) = provider.archived(&connector.account, &key.report, key.day) else { continue };
            for day in report.days.iter() {
                let sources = days.entry(day).or_default();
                let newer = sources.get(&report.rank).is_none_or(|(_, _, known)| *known < at);
                if newer {
                    sources.insert(report.rank, (report.clone(), key.clone(), at));
                }
            }
        }
        Ok(days)
    }

    async fn batch(
        &self,
        connector: &Connector,
        provider: &'static dyn History,
        days: &BTreeSet<Day>,
        sources: &[Source],
        heads: &BTreeMap<(Dataset, Day), SegmentHead>,
        rebuilt: &mut Rebuilt,
    ) -> Result<(), Error> {
        let batch = Batch { reports: sources.iter().map(|(report, ..)| report.clone()).collect() };
        let (mapper, mapping) = map_in_background(provider.mapper(&connector.account, batch.days()));
        let mut answers = Vec::with_capacity(sources.len());
        for (report, key, _) in sources {
            answers.push(match replay(&*self.archive, report, key, &mapper).await? {
                Ok(()) => Answered::Ready(report.days),
                Err(error) => {
                    rebuilt.failed.push(format!("{} of {}: {error}", report.name, key.day));
                    Answered::Failed(error)
                }
            });
        }
        drop(mapper);
        let mapped = mapping.await.map_err(|error| StoreError::Unavailable(Box::new(error)))??;
        rebuilt.records += mapped.records;
        let now = self.clock.now();
        let today = now.date_naive();
        let mut segments = mapped.segments;
        for day in days {
            let is_empty = segments.iter().all(|((_, at), segment)| at != day || segment.rows == 0);
            let expected = provider.batches(&connector.account, &[*day], today, false);
            // A report of many days may reach beyond those that were asked for: what no poll has stored, and is not
            // whole, is the next poll's business.
            let is_known = Dataset::ALL.iter().any(|dataset| heads.contains_key(&(*dataset, *day)));
            let has = |rank| batch.reports.iter().any(|report| report.rank == rank && report.days.contains(*day));
            let essential = expected.iter().flat_map(|batch| &batch.reports).filter(|report| report.is_essential());
            let is_whole = essential.map(|report| report.rank).all(has);
            for dataset in Dataset::ALL {
                let feeding: Vec<_> =
                    batch.feeding(dataset, *day).map(|(index, report)| (report, &answers[index])).collect();
                let Some(segment) = segments.remove(&(dataset, *day)).filter(|_| !feeding.is_empty()) else { continue };
                let line = heads.get(&(dataset, *day));
                let known = line.filter(|head| head.has_content());
                let missing: Vec<&Report> = expected
                    .iter()
                    .flat_map(|batch| batch.feeding(dataset, *day))
                    .map(|(_, report)| report)
                    .filter(|report| feeding.iter().all(|(known, _)| known.rank != report.rank))
                    .collect();
                let has_lost = |report: &&Report| {
                    known.is_some_and(|head| {
                        let sources = head
                            .sources
                            .iter()
                            .filter_map(|source| provider.archived(&connector.account, source, *day));
                        sources.into_iter().any(|source| source.rank == report.rank)
                    })
                };
                let is_of_the_day = expected.iter().any(|batch| batch.feeding(dataset, *day).next().is_some());
                if is_of_the_day && !is_known && !is_whole {
                    continue;
                }
                // Less than what was stored, or a day that was never whole, is the next poll's business.
                if missing.iter().any(has_lost)
                    || (known.is_none() && missing.iter().any(|report| report.is_essential()))
                {
                    continue;
                }
                let read_at = batch.feeding(dataset, *day).map(|(index, _)| sources[index].2).fold(now, DateTime::min);
                let age = (read_at.date_naive() - *day).num_days();
                let decision = decide(&feeding, None, age, provider.about().windows_of(dataset), true, true);
                let Decision::Content(state, sources) = decision else { continue };
                let state = match known {
                    // A day that was read before it was final is no more final for being mapped again.
                    Some(head) => head.state.clone(),
                    // Whether what is missing ever existed, only the provider can say: it is asked once more.
                    None if !missing.is_empty() => SegmentState::Provisional,
                    None => state,
                };
                // A 28-day report has rows for days that GitHub had nothing for; they stay as they were.
                if is_empty && line.is_none() {
                    continue;
                }
                // The archive has the newest bytes of a day, which name former members no more.
                let segment = keep_known(&*self.segments, connector, provider.about(), line, segment).await?;
                let head = SegmentHead {
                    dataset,
                    day: *day,
                    state,
                    revision: 0,
                    rows: segment.rows,
                    sources,
                    checksum: Some(segment.checksum),
                    rows_checksum: segment.rows_checksum,
                    // Nothing is fetched here: the rows of a concurrent poll are newer, regardless of the order of
                    // writes.
                    fetched_at: line.map_or(read_at, |head| head.fetched_at),
                    totals: segment.totals.clone(),
                    account: segment.account.clone(),
                    correlation_id: REBUILD.to_owned(),
                };
                // A rebuild is also how damaged rows are repaired. Rows that a poll has stored beside it may come from
                // reports that its list of the archive lacks.
                let seen = Some(line.map_or(0, |head| head.revision));
                let write = SegmentWrite { head, content: Some(segment), repairs: true, seen };
                let written = self.segments.replace(&connector.id, write).await?;
                if let Replaced::Revised(_) = written.replaced {
                    rebuilt.changed += 1;
                }
            }
        }
        Ok(())
    }
}

/// Days, and the archived reports that fill them, in the order in which they are mapped.
#[derive(Default)]
struct Shared {
    days: BTreeSet<Day>,
    reports: BTreeMap<(u8, String), Source>,
}

/// Days that share the reports of many days are mapped together, so that each of those is read once.
fn batches(days: BTreeMap<Day, Sources>) -> impl Iterator<Item = Shared> {
    let mut batches: BTreeMap<Vec<String>, Shared> = BTreeMap::new();
    for (day, sources) in days {
        let of_many_days = sources.values().filter(|(report, ..)| report.days.len() > 1);
        let mut shared: Vec<String> = of_many_days.map(|(_, key, _)| key.path()).collect();
        if shared.is_empty() {
            shared.push(day.to_string());
        }
        let batch = batches.entry(shared).or_default();
        batch.days.insert(day);
        for (rank, source) in sources {
            batch.reports.insert((rank, source.1.path()), source);
        }
    }
    batches.into_values()
}
