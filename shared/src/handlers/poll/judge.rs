//! What the answers of a day's reports mean for its segments.

use crate::error::{ProviderError, Recourse};
use crate::providers::{Need, Report, Windows};
use crate::words::{Day, Days, SegmentHead, SegmentState};

/// What came of one report.
#[derive(Debug)]
pub(in crate::handlers) enum Answered {
    Ready(Days),
    /// The provider did not give it; the rows of these days come from the archive, where an earlier poll put it.
    Archived(Days, Box<Answered>),
    NotYet,
    Missing,
    Failed(ProviderError),
}

impl Answered {
    /// What this says of one day: an archived report may speak of other days than the one that was asked for.
    pub(in crate::handlers) fn on(&self, day: Day) -> &Answered {
        match self {
            Answered::Archived(days, instead_of) if !days.contains(day) => instead_of,
            answered => answered,
        }
    }

    /// The provider gave it.
    pub(in crate::handlers) fn is_ready(&self) -> bool {
        matches!(self, Answered::Ready(_))
    }

    /// Its rows are in the segment.
    fn is_there(&self) -> bool {
        matches!(self, Answered::Ready(_) | Answered::Archived(..))
    }

    /// Why the provider did not give it.
    pub(in crate::handlers) fn error(&self) -> Option<&ProviderError> {
        match self {
            Answered::Failed(error) => Some(error),
            Answered::Archived(_, instead_of) => instead_of.error(),
            Answered::Ready(_) | Answered::NotYet | Answered::Missing => None,
        }
    }
}

/// What becomes of one segment.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::handlers) enum Decision {
    /// Leave it as it is.
    Keep,
    /// Write the state; the rows that are stored stand.
    State(SegmentState),
    /// Replace the rows with what these reports gave.
    Content(SegmentState, Vec<String>),
}

/// `age` counts from the day to today; `evidence` says that the provider knows the account at all.
///
/// The essential reports decide whether there is anything to store; a report of names changes nothing. Optional figures that
/// fail come from the archive. Where the archive has none, a stored day that had them is kept until it is given up, and a
/// new day is stored without them and stays pending. Optional figures are refused only where other days have them: then
/// stored rows stay, and no day becomes final until the right is restored. A report that is not offered is not waited for.
pub(in crate::handlers) fn decide(
    feeding: &[(&Report, &Answered)],
    head: Option<&SegmentHead>,
    age: i64,
    windows: &Windows,
    evidence: bool,
    has_rows: bool,
) -> Decision {
    let has_content = head.is_some_and(SegmentHead::has_content);
    let given_up = age > i64::from(windows.given_up_after);
    let is_any_ready =
        has_rows && feeding.iter().any(|(report, answer)| report.need != Need::Names && answer.is_ready());
    let has_essential = feeding.iter().any(|(report, _)| report.is_essential());
    // Where no report is there, optional figures that fail are a failure as well.
    let failure = feeding.iter().find_map(|(report, answer)| {
        let error = answer.error().filter(|error| error.recourse() != Recourse::Nobody)?;
        let alone = report.need == Need::Figures && !is_any_ready;
        // A refusal of optional figures says nothing about the reports that the day waits for.
        let counts = report.is_essential() || alone && !(has_essential && error.recourse() == Recourse::Owner);
        counts.then_some((report, error))
    });
    // A failure leaves what is stored, so that nothing half-fetched is ever served.
    if let Some((report, error)) = failure {
        return match error.recourse() {
            // The poll says that it failed; the day is as good as it was, and is read again.
            Recourse::Wait(_) if has_content => Decision::Keep,
            _ => Decision::State(SegmentState::Failed(format!("{}: {error}", report.name))),
        };
    }
    // Optional reports that the credential does not open are not waited for.
    if feeding.iter().all(|(report, answer)| !report.is_essential() && answer.error().is_some()) {
        return Decision::Keep;
    }
    // An account that the provider does not show has no days, even where an optional report answers.
    let mut essential = feeding.iter().filter(|(report, _)| report.is_essential()).peekable();
    let is_any_essential = essential.peek().is_some();
    if !evidence && is_any_essential && essential.all(|(_, answer)| matches!(answer, Answered::Missing)) {
        return Decision::Keep;
    }
    if !is_any_ready {
        let missing = feeding.iter().all(|(_, answer)| matches!(answer, Answered::Missing));
        return match (has_content, given_up) {
            _ if missing && !evidence => Decision::Keep,
            // It was there before: the provider took it back or is late with a restatement.
            (true, false) => Decision::Keep,
            (true, true) => Decision::State(SegmentState::Final),
            (false, true) => Decision::State(SegmentState::NoData),
            (false, false) => Decision::State(SegmentState::Pending),
        };
    }
    let is_late = |(report, answer): &&(&Report, &Answered)| report.is_essential() && !answer.is_ready();
    // What an earlier poll had must not be replaced by less.
    let had = |report: &Report| head.is_some_and(|head| head.sources.iter().any(|source| source == report.name));
    if has_content && feeding.iter().filter(is_late).any(|(report, _)| had(report)) {
        return if given_up { Decision::State(SegmentState::Final) } else { Decision::Keep };
    }
    // Optional figures that the provider failed to give, and who acts.
    let figures = feeding.iter().filter(|(report, _)| report.need == Need::Figures);
    let failed: Vec<(&Report, bool, Recourse)> = figures
        .filter_map(|(report, answer)| Some((*report, answer.is_there(), answer.error()?.recourse())))
        .filter(|(.., recourse)| *recourse != Recourse::Nobody)
        .collect();
    let loses = |(report, is_there, recourse): &(&Report, bool, Recourse)| {
        !is_there && had(report) && (!given_up || *recourse == Recourse::Owner)
    };
    if has_content && failed.iter().any(loses) {
        return Decision::Keep;
    }
    // What time heals is waited for however long; what cannot be read is given up with the day.
    let lacks_figures =
        failed.iter().any(|(_, is_there, recourse)| !is_there && (!given_up || matches!(recourse, Recourse::Wait(_))));
    let was_final = head.is_some_and(|head| head.state == SegmentState::Final);
    let is_withdrawn = failed.iter().any(|(_, _, recourse)| *recourse == Recourse::Owner) && !was_final;
    let state = if lacks_figures || (!given_up && feeding.iter().any(|fed| is_late(&fed))) {
        SegmentState::Pending
    } else if age > i64::from(windows.restated_for) && !is_withdrawn && (given_up || failed.is_empty()) {
        SegmentState::Final
    } else {
        SegmentState::Provisional
    };
    let sources = feeding.iter().filter(|(_, answer)| answer.is_there()).map(|(report, _)| report.name.to_owned());
    Decision::Content(state, sources.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::providers::Need;
    use crate::words::{Dataset, Day};

    const WINDOWS: Windows = Windows { trailing: 4, restated_for: 3, given_up_after: 7, kept_for: 365, weekly: 0 };

    fn day() -> Day {
        "2026-11-17".parse().unwrap()
    }

    fn report(name: &'static str, essential: bool) -> Report {
        let need = if essential { Need::Essential } else { Need::Figures };
        Report { name, days: Days::one(day()), feeds: &[Dataset::Activity], need, rank: 0, whole: true }
    }

    fn head(state: SegmentState, sources: &[&str]) -> SegmentHead {
        SegmentHead {
            dataset: Dataset::Activity,
            day: day(),
            state,
            revision: 1,
            rows: 1,
            sources: sources.iter().map(|source| (*source).to_owned()).collect(),
            checksum: Some(1),
            rows_checksum: Some(1),
            fetched_at: day().and_hms_opt(6, 0, 0).unwrap().and_utc(),
            totals: BTreeMap::new(),
            account: None,
            correlation_id: String::new(),
        }
    }

    /// The decision for people, account and teams, `age` days after.
    fn decide_for(answers: [Answered; 3], head: Option<&SegmentHead>, age: i64) -> Decision {
        let reports = [report("users", true), report("account", true), report("teams", false)];
        let has_rows = answers.iter().any(|answer| matches!(answer, Answered::Ready(_)));
        let feeding: Vec<_> = reports.iter().zip(&answers).collect();
        decide(&feeding, head, age, &WINDOWS, true, has_rows)
    }

    fn ready() -> Answered {
        Answered::Ready(Days::one(day()))
    }

    fn sources(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_day_is_provisional_while_it_may_be_restated_and_final_afterwards() {
        let all = sources(&["users", "account", "teams"]);
        assert_eq!(
            decide_for([ready(), ready(), ready()], None, 3),
            Decision::Content(SegmentState::Provisional, all.clone())
        );
        assert_eq!(decide_for([ready(), ready(), ready()], None, 4), Decision::Content(SegmentState::Final, all));
    }

    #[test]
    fn a_day_that_lacks_an_essential_report_is_shown_and_pending_but_teams_only_enrich() {
        let late = decide_for([Answered::NotYet, ready(), ready()], None, 1);
        assert_eq!(late, Decision::Content(SegmentState::Pending, sources(&["account", "teams"])));
        let without_teams = decide_for([ready(), ready(), Answered::NotYet], None, 1);
        assert_eq!(without_teams, Decision::Content(SegmentState::Provisional, sources(&["users", "account"])));
    }

    #[test]
    fn a_day_without_a_report_is_pending_and_then_given_up() {
        let none = || [Answered::NotYet, Answered::Missing, Answered::NotYet];
        assert_eq!(decide_for(none(), None, 7), Decision::State(SegmentState::Pending));
        assert_eq!(decide_for(none(), None, 8), Decision::State(SegmentState::NoData));
    }

    fn unavailable() -> Answered {
        Answered::Failed(ProviderError::Unavailable { detail: "broke off".to_owned() })
    }

    fn refused() -> Answered {
        let fix = Box::new(crate::words::Fix::text("ask an owner"));
        Answered::Failed(ProviderError::Forbidden { code: "missing_permission", detail: "no".to_owned(), fix })
    }

    fn not_offered() -> Answered {
        Answered::Failed(ProviderError::NotOffered { detail: "not on this plan".to_owned() })
    }

    fn unreadable() -> Answered {
        Answered::Failed(ProviderError::Malformed { detail: "404".to_owned() })
    }

    fn archived(instead_of: Answered) -> Answered {
        Answered::Archived(Days::one(day()), Box::new(instead_of))
    }

    /// The essential report is there; the optional one answers in each way, over a stored day that had it and over none.
    #[test]
    fn an_optional_report_never_stops_newer_numbers() {
        use SegmentState::{Final, Pending, Provisional};
        let stored = head(Provisional, &["users", "extra"]);
        for (need, answer, days_old, state, has_source) in [
            (Need::Names, unavailable as fn() -> Answered, 1, Provisional, false),
            (Need::Names, unreadable, 1, Provisional, false),
            (Need::Names, refused, 1, Provisional, false),
            (Need::Names, not_offered, 1, Provisional, false),
            (Need::Names, || Answered::Missing, 1, Provisional, false),
            (Need::Names, unavailable, 300, Final, false),
            (Need::Names, || archived(unavailable()), 1, Provisional, true),
            (Need::Figures, || archived(unavailable()), 1, Provisional, true),
            (Need::Figures, || archived(unavailable()), 5, Provisional, true),
            (Need::Figures, || archived(unavailable()), 300, Final, true),
            (Need::Figures, unreadable, 300, Final, false),
            (Need::Figures, unavailable, 300, Pending, false),
            (Need::Figures, || archived(refused()), 1, Provisional, true),
            (Need::Figures, || archived(refused()), 300, Provisional, true),
            (Need::Figures, not_offered, 1, Provisional, false),
            (Need::Figures, not_offered, 300, Final, false),
            (Need::Figures, || archived(not_offered()), 300, Final, true),
            (Need::Figures, || Answered::NotYet, 1, Provisional, false),
            (Need::Figures, || archived(Answered::NotYet), 1, Provisional, true),
        ] {
            for head in [None, Some(&stored)] {
                let reports = [report("users", true), Report { need, ..report("extra", true) }];
                let answers = [ready(), answer()];
                let feeding: Vec<_> = reports.iter().zip(&answers).collect();
                let decision = decide(&feeding, head, days_old, &WINDOWS, true, true);
                let names = if has_source { sources(&["users", "extra"]) } else { sources(&["users"]) };
                assert_eq!(decision, Decision::Content(state.clone(), names), "{need:?} {answers:?} {head:?}");
            }
        }
    }

    #[test]
    fn names_alone_make_no_content() {
        let reports = [Report { need: Need::Names, ..report("names", true) }, report("users", true)];
        for (answer, age, expected) in [
            (Answered::NotYet, 1, Decision::State(SegmentState::Pending)),
            (Answered::Missing, 1, Decision::State(SegmentState::Pending)),
            (Answered::Missing, 8, Decision::State(SegmentState::NoData)),
        ] {
            let answers = [ready(), answer];
            let feeding: Vec<_> = reports.iter().zip(&answers).collect();
            assert_eq!(decide(&feeding, None, age, &WINDOWS, true, true), expected, "{answers:?}");
        }
    }

    #[test]
    fn a_refusal_of_figures_is_no_failure_of_a_day_that_waits_for_others() {
        let answers = [Answered::NotYet, refused()];
        let reports = [report("users", true), report("extra", false)];
        let feeding: Vec<_> = reports.iter().zip(&answers).collect();
        let decision = |age| decide(&feeding, None, age, &WINDOWS, true, false);
        assert_eq!(decision(2), Decision::State(SegmentState::Pending));
        assert_eq!(decision(8), Decision::State(SegmentState::NoData));
    }

    #[test]
    fn figures_that_were_stored_are_kept_until_the_day_is_given_up() {
        let stored = head(SegmentState::Provisional, &["users", "extra"]);
        let never = head(SegmentState::Provisional, &["users"]);
        let settled = head(SegmentState::Final, &["users", "extra"]);
        let content = |state, names: &[&str]| Decision::Content(state, sources(names));
        for (answer, head, age, expected) in [
            (unavailable as fn() -> Answered, Some(&stored), 2, Decision::Keep),
            (unreadable, Some(&stored), 2, Decision::Keep),
            (unreadable, Some(&stored), 8, content(SegmentState::Final, &["users"])),
            (unavailable, Some(&never), 2, content(SegmentState::Pending, &["users"])),
            (unreadable, None, 2, content(SegmentState::Pending, &["users"])),
            (refused, None, 2, content(SegmentState::Pending, &["users"])),
            (refused, Some(&stored), 2, Decision::Keep),
            (refused, Some(&stored), 300, Decision::Keep),
            (refused, Some(&never), 300, content(SegmentState::Provisional, &["users"])),
            (|| archived(refused()), Some(&settled), 300, content(SegmentState::Final, &["users", "extra"])),
        ] {
            let reports = [report("users", true), report("extra", false)];
            let answers = [ready(), answer()];
            let feeding: Vec<_> = reports.iter().zip(&answers).collect();
            assert_eq!(decide(&feeding, head, age, &WINDOWS, true, true), expected, "{answers:?} {age}");
        }
    }

    #[test]
    fn an_archived_report_speaks_of_its_own_days() {
        let answer = archived(unavailable());
        assert!(matches!(answer.on(day()), Answered::Archived(..)));
        assert!(matches!(answer.on(day() + chrono::Duration::days(1)), Answered::Failed(_)));
    }

    #[test]
    fn optional_reports_that_are_not_open_leave_their_dataset_alone() {
        let alone = |answer: Answered, essential| {
            let report = report("members", essential);
            decide(&[(&report, &answer)], None, 0, &WINDOWS, true, true)
        };
        assert_eq!(alone(not_offered(), false), Decision::Keep);
        assert_eq!(alone(not_offered(), true), Decision::State(SegmentState::Pending));
        let failed = SegmentState::Failed("members: broke off".to_owned());
        assert_eq!(alone(unavailable(), false), Decision::State(failed), "figures that fail are a failure");
        let failed = SegmentState::Failed("members: no".to_owned());
        assert_eq!(alone(refused(), false), Decision::State(failed), "other days have them");
    }

    #[test]
    fn more_is_never_replaced_by_less() {
        let stored = head(SegmentState::Provisional, &["users", "account"]);
        assert_eq!(decide_for([Answered::NotYet, ready(), ready()], Some(&stored), 2), Decision::Keep);
        assert_eq!(
            decide_for([Answered::NotYet, Answered::NotYet, Answered::NotYet], Some(&stored), 2),
            Decision::Keep
        );
    }

    #[test]
    fn a_failure_is_named_and_leaves_the_rows() {
        let failed = Answered::Failed(ProviderError::Unavailable { detail: "broke off".to_owned() });
        let expected = SegmentState::Failed("users: broke off".to_owned());
        assert_eq!(decide_for([failed, ready(), ready()], None, 2), Decision::State(expected));
    }

    #[test]
    fn a_stored_day_outlives_an_outage_and_a_refused_extra() {
        let stored = head(SegmentState::Provisional, &["users", "account"]);
        let limited =
            || Answered::Failed(ProviderError::RateLimited { retry_after: std::time::Duration::from_secs(9) });
        assert_eq!(decide_for([limited(), limited(), limited()], Some(&stored), 2), Decision::Keep);
        let refused = Answered::Failed(ProviderError::Denied { detail: "no".to_owned() });
        let expected = Decision::Content(SegmentState::Pending, sources(&["users", "account"]));
        assert_eq!(decide_for([ready(), ready(), refused], Some(&stored), 2), expected);
    }

    #[test]
    fn a_missing_account_says_nothing_about_a_day() {
        let reports = [report("users", true)];
        let feeding = [(&reports[0], &Answered::Missing)];
        assert_eq!(decide(&feeding, None, 300, &WINDOWS, false, false), Decision::Keep);
        // Billing answers for an account without the product.
        let (billing, ready) = (report("billing", false), ready());
        let feeding = [feeding[0], (&billing, &ready)];
        assert_eq!(decide(&feeding, None, 300, &WINDOWS, false, true), Decision::Keep);
        let stored = decide(&feeding, None, 300, &WINDOWS, true, true);
        assert_eq!(stored, Decision::Content(SegmentState::Final, sources(&["billing"])));
    }
}
