//! Answers from the ledger: what is asked of whole accounts by day, week or month stands in the heads already.

use super::fold::Fold;
use crate::words::{Days, SegmentHead};

/// Takes the days whose heads name their account; returns the runs of those that must be read: stored by an earlier
/// version, or with several accounts.
pub(super) fn take(folded: &mut Fold, heads: &[SegmentHead]) -> Vec<Days> {
    let mut unread: Vec<Days> = Vec::new();
    let mut is_run = false;
    for head in heads.iter().filter(|head| head.has_content()) {
        is_run = match &head.account {
            Some(account) => {
                folded.add_totals(head, account);
                false
            }
            None => {
                match unread.last_mut().filter(|_| is_run) {
                    Some(run) => *run = Days::inclusive(run.from(), head.day),
                    None => unread.push(Days::one(head.day)),
                }
                true
            }
        };
    }
    unread
}
