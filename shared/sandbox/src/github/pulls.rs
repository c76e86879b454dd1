//! The pull requests of a repository on a day, and their sum for the organization.

use chrono::NaiveDate;

use super::super::calendar::{date, is_weekend, number};
use super::super::dice::Dice;
use super::super::people::{Account, Repository};
use super::json::Json;

const COMMENTS: [&str; 4] = ["bug_risk", "maintainability", "performance", "security"];

#[derive(Default)]
pub(crate) struct Pulls {
    created: u64,
    reviewed: u64,
    created_by_copilot: u64,
    reviewed_by_copilot: u64,
    suggestions: u64,
    applied: u64,
    /// Copilot's suggestions and the applied ones, per type of comment.
    by_comment: [(u64, u64); COMMENTS.len()],
    merged: Vec<Merge>,
}

struct Merge {
    /// From opening to merging, in hundredths of a minute.
    took: u64,
    /// From ready to the first review, then to the last review, then to the merge: parts of `took`.
    stages: [u64; 3],
    by_copilot: bool,
    reviewed_by_copilot: bool,
}

impl Pulls {
    /// A repository's day; `None` without pull requests.
    pub(crate) fn of(account: &Account, repository: &Repository, day: NaiveDate) -> Option<Pulls> {
        let mut dice = Dice::about(repository.id, number(day));
        if !dice.chance(if is_weekend(day) { 90 } else { 600 }) {
            return None;
        }
        // Larger companies have more repositories, and more pull requests in each.
        let size = 2 + account.people.len() as u64 / 40;
        let created = dice.between(0, size);
        let reviewed = dice.between(1, size + 1);
        let reviewed_by_copilot = reviewed * dice.between(10, 70) / 100;
        let by_comment = std::array::from_fn(|_| {
            let made = dice.below(reviewed_by_copilot + 1);
            (made, dice.below(made + 1))
        });
        let suggestions = dice.below(3 * reviewed);
        let merged = (0..dice.between(0, size)).map(|_| Merge::rolled(&mut dice)).collect();
        Some(Pulls {
            created,
            reviewed,
            created_by_copilot: created * dice.between(0, 40) / 100,
            reviewed_by_copilot,
            suggestions,
            applied: suggestions * dice.between(20, 60) / 100,
            by_comment,
            merged,
        })
    }

    /// All repositories of an account together.
    pub(crate) fn all(account: &Account, day: NaiveDate) -> Pulls {
        let mut sum = Pulls::default();
        for pulls in account.repositories.iter().filter_map(|repository| Pulls::of(account, repository, day)) {
            sum.created += pulls.created;
            sum.reviewed += pulls.reviewed;
            sum.created_by_copilot += pulls.created_by_copilot;
            sum.reviewed_by_copilot += pulls.reviewed_by_copilot;
            sum.suggestions += pulls.suggestions;
            sum.applied += pulls.applied;
            for (sum, part) in sum.by_comment.iter_mut().zip(pulls.by_comment) {
                *sum = (sum.0 + part.0, sum.1 + part.1);
            }
            sum.merged.extend(pulls.merged);
        }
        sum
    }

    pub(crate) fn merged(&self) -> u64 {
        self.merged.len() as u64
    }

    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    pub(crate) fn reviewed(&self) -> u64 {
        self.reviewed
    }

    pub(crate) fn median_to_merge(&self) -> Option<u64> {
        self.median(|_| true, |merge| merge.took)
    }

    pub(crate) fn write(&self, json: &mut Json) {
        let count =
            |is_counted: fn(&Merge) -> bool| self.merged.iter().filter(|merge| is_counted(merge)).count() as u64;
        let by_copilot = self.by_comment.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        json.nested("pull_requests", |json| {
            json.number("total_created", self.created);
            json.number("total_reviewed", self.reviewed);
            json.number("total_merged", self.merged());
            json.number("total_suggestions", self.suggestions + by_copilot.0);
            json.number("total_applied_suggestions", self.applied + by_copilot.1);
            json.number("total_created_by_copilot", self.created_by_copilot);
            json.number("total_reviewed_by_copilot", self.reviewed_by_copilot);
            json.number("total_merged_created_by_copilot", count(|merge| merge.by_copilot));
            json.number("total_merged_reviewed_by_copilot", count(|merge| merge.reviewed_by_copilot));
            json.number("total_copilot_suggestions", by_copilot.0);
            json.number("total_copilot_applied_suggestions", by_copilot.1);
            // A median of nothing is omitted, not written as zero.
            for (name, median) in [
                ("median_minutes_to_merge", self.median_to_merge()),
                ("median_minutes_to_merge_copilot_authored", self.median(|merge| merge.by_copilot, |merge| merge.took)),
                (
                    "median_minutes_to_merge_copilot_reviewed",
                    self.median(|merge| merge.reviewed_by_copilot, |merge| merge.took),
                ),
            ] {
                if let Some(median) = median {
                    json.ratio(name, median, 100);
                }
            }
            json.list("copilot_suggestions_by_comment_type", |json| {
                for (name, (made, applied)) in COMMENTS.iter().zip(self.by_comment).filter(|(_, part)| part.0 > 0) {
                    json.object(|json| {
                        json.text("comment_type", name);
                        json.number("total_copilot_suggestions", made);
                        json.number("total_copilot_applied_suggestions", applied);
                    });
                }
            });
        });
    }

    /// Duration of the stages of a review, which GitHub reports only per repository, since September 25, 2026.
    pub(crate) fn write_review_times(&self, json: &mut Json, day: NaiveDate) {
        json.list("pull_request_review_times", |json| {
            for (author, by_copilot) in [("human", false), ("copilot", true)] {
                let merged = self.merged.iter().filter(|merge| merge.by_copilot == by_copilot).count() as u64;
                if day < date(2026, 9, 25) || merged == 0 {
                    continue;
                }
                json.object(|json| {
                    json.text("authored_by", author);
                    json.text("reviewed_by", "human");
                    json.number("total_merged", merged);
                    for (at, stage) in
                        ["ready_to_first_review", "first_to_final_review", "final_review_to_merge"].iter().enumerate()
                    {
                        for (rank, per_cent) in [("median", 50), ("p90", 90)] {
                            let took = self.percentile(
                                per_cent,
                                |merge| merge.by_copilot == by_copilot,
                                |merge| merge.stages[at],
                            );
                            json.ratio(&format!("{rank}_minutes_{stage}"), took.unwrap_or(0), 100);
                        }
                    }
                });
            }
        });
    }

    fn median(&self, is_counted: impl Fn(&Merge) -> bool, value: impl Fn(&Merge) -> u64) -> Option<u64> {
        self.percentile(50, is_counted, value)
    }

    /// The smallest value that at least `per_cent` percent do not exceed (nearest rank).
    fn percentile(
        &self,
        per_cent: usize,
        is_counted: impl Fn(&Merge) -> bool,
        value: impl Fn(&Merge) -> u64,
    ) -> Option<u64> {
        let mut values = self.merged.iter().filter(|merge| is_counted(merge)).map(value).collect::<Vec<_>>();
        values.sort_unstable();
        let rank = (values.len() * per_cent).div_ceil(100);
        values.get(rank.checked_sub(1)?).copied()
    }
}

impl Merge {
    /// Most are merged within hours; a few wait for days.
    fn rolled(dice: &mut Dice) -> Merge {
        let stages = std::array::from_fn(|_| {
            let most = 500 << dice.between(1, 9);
            dice.between(120, most)
        });
        Merge { took: stages.iter().sum(), stages, by_copilot: dice.chance(180), reviewed_by_copilot: dice.chance(400) }
    }
}
