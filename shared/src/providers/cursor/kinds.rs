//! The basis of a usage event's amount, derived from the event's kind.
//!
//! The Admin API writes labels (`Included in Business`), the dashboard's copy of the same events uses enum names
//! (`USAGE_EVENT_KIND_INCLUDED_IN_BUSINESS`), the dashboard's export uses shorter labels (`Included`), and answers of
//! 2025 call the field `kindLabel`. Sources: <https://cursor.com/docs/account/teams/admin-api>, and the enum of
//! Cursor's client (`aiserver.v1.UsageEventKind`) as public clients list it.
//!
//! `isChargeable` is read only for events without a kind, because some teams have included events where it is true.

/// Who pays for an event, which decides the basis of its amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    /// The team pays beyond its plan.
    Metered,
    /// The plan or a credit covers it; the amount is its value.
    Included,
    /// Cursor charges nothing, even if the event has an amount.
    NotCharged,
    /// The event does not say whether Cursor charges its amount.
    Unknown,
}

/// Kinds as [`words_of`] writes them.
const KINDS: &[(&str, Charge)] = &[
    ("usage based", Charge::Metered),
    ("on demand", Charge::Metered),
    ("included", Charge::Included),
    ("custom subscription", Charge::Included),
    ("free", Charge::Included),
    ("free credit", Charge::Included),
    ("errored not charged", Charge::NotCharged),
    ("errored no charge", Charge::NotCharged),
    ("aborted not charged", Charge::NotCharged),
    ("aborted no charge", Charge::NotCharged),
    // The vendor of the member's own key bills the model; no source says what Cursor's amount means then.
    ("user api key", Charge::Unknown),
];
/// A plan's name follows. Plans are renamed: Pro, Pro+, Ultra, Business, Teams, Enterprise.
const INCLUDED_IN: &str = "included in ";
const ENUM: &str = "usage event kind ";
/// Counts as no kind.
const UNSPECIFIED: &str = "unspecified";
/// Reported in place of a missing kind.
const NONE: &str = "(none)";

/// The kind as lowercase words without the enum's prefix.
fn words_of(kind: &str) -> String {
    let words = kind.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    words.strip_prefix(ENUM).map(str::to_owned).unwrap_or(words)
}

fn known(words: &str) -> Option<Charge> {
    let known = KINDS.iter().find(|(known, _)| *known == words).map(|(_, charge)| *charge);
    known.or_else(|| words.starts_with(INCLUDED_IN).then_some(Charge::Included))
}

/// The first known kind decides; an event without a kind is charged if it is chargeable. Also returns the kind to
/// report if none is known.
pub(super) fn charge(kinds: [Option<&str>; 2], is_chargeable: Option<bool>) -> (Charge, Option<&str>) {
    let stated: Vec<(&str, String)> = kinds
        .into_iter()
        .flatten()
        .map(|kind| (kind, words_of(kind)))
        .filter(|(_, words)| !words.is_empty() && words != UNSPECIFIED)
        .collect();
    if let Some(charge) = stated.iter().find_map(|(_, words)| known(words)) {
        return (charge, None);
    }
    match (stated.first(), is_chargeable) {
        (Some((kind, _)), _) => (Charge::Unknown, Some(kind)),
        (None, Some(true)) => (Charge::Metered, None),
        (None, Some(false)) => (Charge::Included, None),
        (None, None) => (Charge::Unknown, Some(NONE)),
    }
}

impl Charge {
    /// An uncharged event is metered with an amount of zero.
    pub(super) fn basis(self) -> &'static str {
        match self {
            Charge::Metered | Charge::NotCharged => "metered",
            Charge::Included => "included",
            Charge::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str) -> (Charge, Option<&str>) {
        charge([Some(kind), None], None)
    }

    #[test]
    fn a_kind_is_recognized_as_label_as_enum_and_as_export() {
        for (charge, kinds) in [
            (
                Charge::Metered,
                &["Usage-based", "USAGE_EVENT_KIND_USAGE_BASED", "On-Demand", "USAGE_EVENT_KIND_ON_DEMAND"][..],
            ),
            (
                Charge::Included,
                &[
                    "Included",
                    "Included in Business",
                    "Included in Pro+",
                    "USAGE_EVENT_KIND_INCLUDED_IN_PRO",
                    "USAGE_EVENT_KIND_INCLUDED_IN_PRO_PLUS",
                    "USAGE_EVENT_KIND_INCLUDED_IN_BUSINESS",
                    "USAGE_EVENT_KIND_INCLUDED_IN_ULTRA",
                    "USAGE_EVENT_KIND_CUSTOM_SUBSCRIPTION",
                    "USAGE_EVENT_KIND_FREE_CREDIT",
                ],
            ),
            (
                Charge::NotCharged,
                &[
                    "Errored, Not Charged",
                    "Errored, No Charge",
                    "Aborted, Not Charged",
                    "USAGE_EVENT_KIND_ERRORED_NOT_CHARGED",
                    "USAGE_EVENT_KIND_ABORTED_NOT_CHARGED",
                ],
            ),
            (Charge::Unknown, &["User API Key", "USAGE_EVENT_KIND_USER_API_KEY"]),
        ] {
            kinds.iter().for_each(|kind| assert_eq!(of(kind), (charge, None), "{kind}"));
        }
    }

    #[test]
    fn an_unknown_kind_is_reported_and_not_guessed() {
        for kind in ["USAGE_EVENT_KIND_USAGE_BASED_POOL", "Excluded", "Included-ish"] {
            assert_eq!(charge([Some(kind), None], Some(true)), (Charge::Unknown, Some(kind)));
        }
        // The label decides if the kind is unknown.
        assert_eq!(charge([Some("X"), Some("On-Demand")], None), (Charge::Metered, None));
    }

    #[test]
    fn an_event_without_a_kind_is_charged_if_it_is_chargeable() {
        for kinds in [[None, None], [Some(""), None], [Some("USAGE_EVENT_KIND_UNSPECIFIED"), None]] {
            assert_eq!(charge(kinds, Some(true)), (Charge::Metered, None));
            assert_eq!(charge(kinds, Some(false)), (Charge::Included, None));
            assert_eq!(charge(kinds, None), (Charge::Unknown, Some("(none)")));
        }
        assert_eq!(charge([None, Some("Included in Business")], Some(true)), (Charge::Included, None));
    }
}
