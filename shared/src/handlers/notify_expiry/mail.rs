//! The text of a mail: what happened, what it means, what to do and by when. A single notice has a mail of its own. Of
//! several notices, the most urgent are written in full.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, Utc};

use super::{End, Untold};
use crate::providers::{self, About};
use crate::words::{Connector, Mail, NoticeKind};

/// SNS takes subjects below 100 characters: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.
const LONGEST_SUBJECT: usize = 99;
/// Notices that a mail contains in full.
const IN_FULL: usize = 10;
/// Characters of one text in a mail. SNS takes messages of 256 KB; ten notices in full stay far below that.
const LONGEST_TEXT: usize = 2_000;
/// Bytes after which a mail names no further notices: a thousand lines fit.
const LONGEST_DIGEST: usize = 200_000;
/// Characters of an account's name in such a line.
const LONGEST_NAME: usize = 100;
/// The code of notices that only a new credential ends.
const REFUSED: &str = "token_refused";

/// The mail for at least one notice, the most urgent first. Its readers may never have seen Pairmeter.
pub(super) fn of(untold: &[Untold], url: Option<&str>, now: DateTime<Utc>) -> Mail {
    match untold {
        [one] => {
            let of = Told { of: one, url, now };
            let before = format!("Pairmeter: {} ", of.provider());
            Mail { subject: subject(&before, &one.connector.account.slug, &of.headline()), text: of.text() }
        }
        many => digest(many, url, now),
    }
}

fn digest(untold: &[Untold], url: Option<&str>, now: DateTime<Utc>) -> Mail {
    let connectors: BTreeSet<&str> = untold.iter().map(|of| of.connector.id.0.as_str()).collect();
    let need = match connectors.len() {
        1 => "1 connector needs you".to_owned(),
        count => format!("{count} connectors need you"),
    };
    let (before, after) = untold.first().map(|first| Told { of: first, url, now }.in_a_digest()).unwrap_or_default();
    let others = untold.len().saturating_sub(1);
    let slug = untold.first().map_or("", |first| &first.connector.account.slug);
    let subject = subject(&format!("Pairmeter: {need}: {before}"), slug, &format!("{after}, and {others} more"));
    let mut text = format!("{need}. The most urgent is first.\n");
    for (number, of) in (1..).zip(untold.iter().take(IN_FULL)) {
        let head = format!("{number} of {}", untold.len());
        let line = "-".repeat(head.len());
        text.push_str(&format!("\n{head}\n{line}\n{}", Told { of, url, now }.text()));
    }
    let rest = untold.get(IN_FULL..).unwrap_or_default();
    if !rest.is_empty() {
        text.push_str(&format!("\nand {} more:\n", rest.len()));
    }
    for (number, of) in rest.iter().enumerate() {
        if text.len() > LONGEST_DIGEST {
            text.push_str(&format!("- and {} more that do not fit in one mail\n", rest.len() - number));
            break;
        }
        let told = Told { of, url, now };
        let slug: String = of.connector.account.slug.chars().take(LONGEST_NAME).collect();
        text.push_str(&format!("- {} {slug}{}\n", told.provider(), told.headline()));
    }
    text.push_str(&match url {
        Some(url) => format!("\nAll notices: {url}/connectors\n"),
        None => "\nAll notices: pairmeter notify, or GET /v1/notices\n".to_owned(),
    });
    Mail { subject, text }
}

/// One notice in words.
struct Told<'a> {
    of: &'a Untold,
    url: Option<&'a str>,
    now: DateTime<Utc>,
}

impl Told<'_> {
    fn about(&self) -> Option<&'static About> {
        providers::find(&self.of.connector.provider).map(|provider| provider.about())
    }

    fn provider(&self) -> &str {
        self.about().map_or(self.of.connector.provider.as_str(), |about| about.name)
    }

    /// Behind the account's name.
    fn headline(&self) -> String {
        match self.of.notice.kind {
            NoticeKind::OwnerMustAct => ": needs you".to_owned(),
            NoticeKind::NoNewData => ": no new data".to_owned(),
            NoticeKind::ApiEnding => ": part of its API is deprecated".to_owned(),
            NoticeKind::FieldsGone => ": fields are missing".to_owned(),
            NoticeKind::TokenExpiring => format!(": token {}", self.token()),
        }
    }

    /// Before and behind the account's name.
    fn in_a_digest(&self) -> (&'static str, String) {
        match self.of.notice.kind {
            NoticeKind::OwnerMustAct => ("access to ", " is refused".to_owned()),
            NoticeKind::NoNewData => ("no new data of ", String::new()),
            NoticeKind::ApiEnding => ("part of the API of ", " is deprecated".to_owned()),
            NoticeKind::FieldsGone => ("fields of ", " are missing".to_owned()),
            NoticeKind::TokenExpiring => ("token of ", format!(" {}", self.token())),
        }
    }

    fn token(&self) -> String {
        match self.of.end.map(|end| (end, end.days_left(self.now))) {
            None | Some((End::Named(_), ..0)) => "has expired".to_owned(),
            Some((End::Named(_), left)) => format!("expires {}", in_days(left)),
            Some((End::ByAge(_), ..0)) => "is too old".to_owned(),
            Some((End::ByAge(_), left)) => format!("is too old {}", in_days(left)),
        }
    }

    fn text(&self) -> String {
        let (connector, account) = (&self.of.connector, &self.of.connector.account);
        let mut text = format!(
            "What happened  {}\nWhat it means  {}\nAct            {}\n\n",
            sentence(&self.of.notice.detail),
            self.meaning(),
            self.deadline()
        );
        text.push_str(&format!(
            "Provider       {}\nAccount        {} {}\nConnector      {} ({})\n",
            self.provider(),
            account.kind,
            bounded(&account.slug),
            bounded(&connector.name),
            connector.id
        ));
        for (number, step) in (1..).zip(self.steps()) {
            text.push_str(&format!("\n{number}. {step}\n"));
        }
        text
    }

    fn meaning(&self) -> &'static str {
        match (self.of.notice.kind, self.of.end) {
            (NoticeKind::OwnerMustAct, _) => {
                "The provider refuses Pairmeter's requests. Stored days stay. New days can be missing until you act."
            }
            (NoticeKind::TokenExpiring, Some(End::ByAge(_))) => {
                "Pairmeter continues to read. A stolen copy of an old token stays valid until you revoke it."
            }
            (NoticeKind::TokenExpiring, _) => "Without a new token, Pairmeter cannot read new days. Stored days stay.",
            (NoticeKind::NoNewData, _) => "Reports end with the last complete day of this account.",
            (NoticeKind::ApiEnding, _) => "After that day, Pairmeter cannot read the data of these addresses.",
            (NoticeKind::FieldsGone, _) => "Reports show no value where these fields are missing.",
        }
    }

    /// By when to act.
    fn deadline(&self) -> String {
        let kept_for = self.about().map_or(0, |about| about.windows.kept_for);
        let provider = self.provider();
        match (self.of.notice.kind, self.of.end) {
            (NoticeKind::TokenExpiring, Some(end)) if end.at() > self.now => match end {
                End::Named(at) => format!("before {}.", at.format("%Y-%m-%d %H:%M UTC")),
                End::ByAge(at) => format!("by {}.", at.date_naive()),
            },
            (NoticeKind::OwnerMustAct | NoticeKind::TokenExpiring, _) => {
                format!("now. {provider} keeps {kept_for} days; older days cannot be read afterwards.")
            }
            (NoticeKind::NoNewData, _) => {
                let through = self.of.connector.freshness.complete_through;
                let through = through.unwrap_or(self.of.connector.created_at.date_naive());
                match through.checked_add_days(Days::new(u64::from(kept_for))) {
                    Some(last) => format!(
                        "by {last}. {provider} keeps {kept_for} days; after that, the first missing day is lost."
                    ),
                    None => "now.".to_owned(),
                }
            }
            (NoticeKind::ApiEnding, _) => "before the day under \"What happened\".".to_owned(),
            (NoticeKind::FieldsGone, _) => "when you need these values. Nothing else is affected.".to_owned(),
        }
    }

    fn steps(&self) -> Vec<String> {
        let (connector, account) = (&self.of.connector, &self.of.connector.account);
        let page = self.url.map(|url| format!("{url}/connectors/{}", connector.id));
        let needs_a_token = match self.of.notice.kind {
            NoticeKind::TokenExpiring => true,
            NoticeKind::OwnerMustAct => self.of.notice.code == REFUSED,
            NoticeKind::NoNewData | NoticeKind::ApiEnding | NoticeKind::FieldsGone => false,
        };
        if !needs_a_token {
            let page = page.unwrap_or_else(|| "pairmeter connectors, or GET /v1/connectors".to_owned());
            return vec![format!("Follow the fix under \"What happened\".\n   The connector: {page}")];
        }
        let renewal = self.about().and_then(|about| about.renewal(account, &connector.token.kind));
        let renewal = renewal.map(|renewal| format!("{}:\n   {}", renewal.text, renewal.url.unwrap_or_default()));
        let save = match page {
            Some(page) => format!("Paste it here:\n   {page}"),
            None => {
                format!("Save it: pairmeter rotate {}, or PUT /v1/connectors/{}/credential", connector.id, connector.id)
            }
        };
        renewal.into_iter().chain([save]).collect()
    }
}

fn in_days(left: i64) -> String {
    match left {
        0 => "today".to_owned(),
        1 => "in 1 day".to_owned(),
        left => format!("in {left} days"),
    }
}

pub(super) fn token_detail(connector: &Connector, end: End, now: DateTime<Utc>) -> String {
    let (name, at) = (&connector.name, end.at().format("%Y-%m-%d %H:%M UTC"));
    let days = (end.at() - connector.credential_since()).num_days();
    match (end, end.days_left(now)) {
        (End::Named(_), ..0) => {
            format!("The token of {name} expired at {at}. Save a new token; until then, Pairmeter reads no new days.")
        }
        (End::Named(_), _) => {
            format!("The token of {name} expires at {at}. Save a new token before that time, so that no day is lost.")
        }
        (End::ByAge(_), _) => format!(
            "The provider reports no expiry date for the token of {name}. On {} it is {days} days old. Replace it by then.",
            end.at().date_naive()
        ),
    }
}

pub(super) fn stale_detail(connector: &Connector) -> String {
    let since = connector.freshness.complete_through.map_or("it was connected".to_owned(), |day| day.to_string());
    let poll = connector.last_poll.as_ref().and_then(|poll| poll.detail.as_deref());
    let poll = poll.unwrap_or("polls succeed and find no new data");
    format!("Connector {} has no new complete day since {since}. The last poll: {}", connector.name, sentence(poll))
}

/// Cuts the account's name where the subject would be too long. ASCII without control characters, as SNS wants it.
fn subject(before: &str, slug: &str, after: &str) -> String {
    const CUT: &str = "...";
    let printable = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect()
    };
    let (before, slug, after) = (printable(before), printable(slug), printable(after));
    let room = LONGEST_SUBJECT.saturating_sub(before.len() + after.len());
    let slug = if slug.len() > room {
        format!("{}{CUT}", slug.get(..room.saturating_sub(CUT.len())).unwrap_or_default())
    } else {
        slug
    };
    format!("{before}{slug}{after}").chars().take(LONGEST_SUBJECT).collect()
}

/// With its full stop.
fn sentence(text: &str) -> String {
    let text = bounded(text);
    if text.ends_with(['.', '!', '?']) { text } else { text + "." }
}

/// One line of bounded length from any text of a provider.
fn bounded(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    match text.chars().count() {
        ..=LONGEST_TEXT => line.collect(),
        _ => line.take(LONGEST_TEXT).chain("...".chars()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_SUBJECT, subject};

    #[test]
    fn a_subject_is_short_printable_ascii_and_keeps_both_ends() {
        assert_eq!(subject("a ", "octo", " b"), "a octo b");
        assert_eq!(subject("a ", "\u{f6}ct\no", " b"), "a ?ct?o b");
        let long =
            subject("Pairmeter: 3 connectors need you: token of ", &"x".repeat(300), " expires today, and 2 more");
        assert_eq!(long.len(), LONGEST_SUBJECT);
        assert!(long.starts_with("Pairmeter: 3 connectors need you: token of xxx"), "{long}");
        assert!(long.ends_with("x... expires today, and 2 more"), "{long}");
    }
}
