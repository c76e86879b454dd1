//! The order in which a poll asks for days: many at once where that is cheaper, then batch by batch, newest first.

use std::collections::{BTreeSet, VecDeque};

use chrono::Duration;

use super::plan::{Wanted, needed};
use super::run::Run;
use crate::error::{Error, ProviderError, Recourse};
use crate::providers::{Batch, Need, Report};
use crate::words::{Dataset, Day, PollJob};

/// From this many missing days on, one 28-day report is cheaper than a report a day.
const WORTH_A_BULK_REPORT: usize = 8;
/// A daily poll that runs out of time hands over at most this many days. No provider restates anything older.
const MOST_REST: i64 = 31;

impl Run<'_> {
    /// Asks for the reports of many days; what they do not answer is left.
    pub(super) async fn in_bulk(&mut self, wanted: Wanted) -> Result<Wanted, Error> {
        let mut left = wanted;
        for batch in self.batches_of(newest_first(&left), true) {
            if self.is_day_by_day {
                break;
            }
            let batch = needed(batch, &left);
            let fed = |(day, datasets): &(&Day, &BTreeSet<Dataset>)| {
                let mut bulk = batch.reports.iter().filter(|report| report.days.len() > 1);
                bulk.any(|report| report.days.contains(**day) && report.feeds.iter().any(|one| datasets.contains(one)))
            };
            if left.iter().filter(fed).count() < WORTH_A_BULK_REPORT {
                continue;
            }
            let Some(answered) = self.batch(&batch, &left).await? else {
                self.is_day_by_day = true;
                break;
            };
            let before = left.len();
            remove(&mut left, answered);
            self.progress.done(before - left.len());
        }
        Ok(left)
    }

    /// Asks for what is left, newest first, until there is none or the time is up; then the rest is left to the queue.
    pub(super) async fn day_by_day(
        &mut self,
        mut left: Wanted,
        is_new: impl Fn(Day) -> bool,
        expected: impl Fn(Day) -> BTreeSet<Dataset>,
    ) -> Result<(), Error> {
        let deadline = self.call.now + self.poll.run_for;
        let mut batches = self.all_of(&left);
        while let Some(batch) = batches.pop_front() {
            if self.is_over() {
                break;
            }
            let batch = needed(batch, &left);
            let mut wanted = self.wanted_of(&batch, &left, &is_new, &expected);
            for (day, datasets) in &mut wanted {
                datasets.retain(|dataset| !self.waits_for_its_owner(&batch, *day, *dataset));
            }
            wanted.retain(|_, datasets| !datasets.is_empty());
            if wanted.is_empty() {
                continue;
            }
            if self.batches > 0 && self.poll.clock.now() >= deadline {
                self.hand_over(&wanted, &left).await?;
                break;
            }
            match self.batch(&batch, &wanted).await? {
                Some(_) => self.progress.done(wanted.len()),
                // Too much at once: each day by itself, and so is what comes after.
                None if batch.days() > 1 => {
                    self.is_day_by_day = true;
                    left.retain(|day, _| *day <= wanted.keys().next_back().copied().unwrap_or(self.today));
                    left.extend(wanted);
                    batches = self.all_of(&left);
                }
                // The next run has all of its time for this day.
                None if self.batches > 0 || self.is_day_by_day != self.job.is_day_by_day => {
                    self.is_unheard = self.batches == 0;
                    self.hand_over(&wanted, &left).await?;
                    break;
                }
                None => {
                    self.give_up(&batch);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Newest first.
    fn all_of(&self, left: &Wanted) -> VecDeque<Batch> {
        let days = newest_first(left);
        match self.is_day_by_day {
            true => days.into_iter().flat_map(|day| self.batches_of(vec![day], false)).collect(),
            false => self.batches_of(days, false).into(),
        }
    }

    /// A day that takes longer than a run would take as long in each run after it.
    fn give_up(&mut self, batch: &Batch) {
        let day = batch.reports.iter().map(|report| report.days.last()).max().unwrap_or(self.today);
        let name = self.provider.about().name;
        let detail = format!(
            "at the rate limit of {name}, the reports of {day} take longer than the {} minutes of a poll",
            self.poll.run_for.num_minutes(),
        );
        self.stopped = true;
        self.polled.failure = Some(Error::Provider(ProviderError::Unavailable { detail }));
    }

    fn batches_of(&self, days: Vec<Day>, in_bulk: bool) -> Vec<Batch> {
        self.provider.batches(&self.connector.account, &days, self.today, in_bulk)
    }

    /// What a batch can answer of what is left. A report of several days may reach beyond those: a stored day stays as it
    /// is, a day that is stored nowhere is taken along where the batch has everything that such a day consists of.
    fn wanted_of(
        &self,
        batch: &Batch,
        left: &Wanted,
        is_new: impl Fn(Day) -> bool,
        expected: impl Fn(Day) -> BTreeSet<Dataset>,
    ) -> Wanted {
        let has = |rank, day| batch.reports.iter().any(|report| report.rank == rank && report.days.contains(day));
        let is_whole = |day: Day| {
            let own = self.batches_of(vec![day], false);
            own.iter().flat_map(|batch| &batch.reports).all(|report| has(report.rank, day))
        };
        let days: BTreeSet<Day> = batch.reports.iter().flat_map(|report| report.days.iter()).collect();
        let wanted = |day: Day| match left.get(&day) {
            Some(datasets) => Some((day, datasets.clone())),
            None => (is_new(day) && is_whole(day)).then(|| (day, expected(day))),
        };
        days.into_iter().filter_map(wanted).collect()
    }

    /// Whether a stored day only lacks what this poll was refused. Such days are read again once the right is restored;
    /// until then their number grows every day.
    fn waits_for_its_owner(&self, batch: &Batch, day: Day, dataset: Dataset) -> bool {
        let trailing = self.provider.about().windows_of(dataset).trailing;
        if self.job.days.is_some() || (self.today - day).num_days() <= i64::from(trailing) {
            return false;
        }
        let is_refused =
            |report: &Report| self.refused.get(report.name).is_some_and(|error| error.recourse() == Recourse::Owner);
        let mut figures = batch.feeding(dataset, day).filter(|(_, report)| report.need == Need::Figures);
        let mut essential = batch.feeding(dataset, day).filter(|(_, report)| report.is_essential());
        figures.any(|(_, report)| is_refused(report))
            && essential.all(|(_, report)| self.had(dataset, day, report.rank))
    }

    /// Sends the job that goes on where this poll stops; `next` would have been asked for now.
    async fn hand_over(&mut self, next: &Wanted, left: &Wanted) -> Result<(), Error> {
        let last = next.keys().next_back().copied().unwrap_or(self.today);
        let rest = match self.job.backfill {
            Some(_) => {
                let before = Some(last + Duration::days(1));
                PollJob::backfill(&self.connector.id, before).caused_by(&self.job.correlation_id)
            }
            None => {
                let first = left.keys().next().copied().unwrap_or(last);
                // What is owed from further back is owed tomorrow, too; the days between need no reading.
                let recent = last - Duration::days(MOST_REST);
                self.job.rest((if self.job.days.is_some() { first } else { first.max(recent) }, last))
            }
        };
        let rest = if self.is_day_by_day { rest.day_by_day() } else { rest };
        self.poll.queue.send(&[rest]).await?;
        self.polled.continues = true;
        Ok(())
    }
}

fn newest_first(wanted: &Wanted) -> Vec<Day> {
    wanted.keys().rev().copied().collect()
}

fn remove(left: &mut Wanted, answered: BTreeSet<(Day, Dataset)>) {
    for (day, dataset) in answered {
        if let Some(datasets) = left.get_mut(&day) {
            datasets.remove(&dataset);
        }
    }
    left.retain(|_, datasets| !datasets.is_empty());
}
