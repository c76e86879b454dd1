//! What a message says: what happened, to which account, and the two links: where to make a new token, and where to put it.

use chrono::{DateTime, Utc};

use super::End;
use crate::providers;
use crate::words::{Connector, Mail, Notice, NoticeKind};

/// A text message takes no more.
const LONGEST_SUBJECT: usize = 99;

/// Of one notice, to people who may never have seen Pairmeter.
pub(super) fn of(
    notice: &Notice,
    connector: &Connector,
    end: Option<End>,
    url: Option<&str>,
    now: DateTime<Utc>,
) -> Mail {
    let account = &connector.account;
    let about = providers::find(&connector.provider).map(|provider| provider.about());
    let provider = about.map_or(connector.provider.as_str(), |about| about.name);
    let what = match notice.kind {
        NoticeKind::OwnerMustAct => "needs you".to_owned(),
        NoticeKind::NoNewData => "no new data".to_owned(),
        NoticeKind::ApiEnding => "part of its API ends".to_owned(),
        NoticeKind::FieldsGone => "fields are gone".to_owned(),
        NoticeKind::TokenExpiring => match end.map(|end| (end, end.days_left(now))) {
            None | Some((End::Named(_), ..0)) => "token has ended".to_owned(),
            Some((End::Named(_), left)) => format!("token ends {}", in_days(left)),
            Some((End::ByAge(_), ..0)) => "token is too old".to_owned(),
            Some((End::ByAge(_), left)) => format!("token is too old {}", in_days(left)),
        },
    };
    let mut text = format!(
        "{}.\n\nProvider   {provider}\nAccount    {} {}\nConnector  {} ({})\n",
        notice.detail, account.kind, account.slug, connector.name, connector.id
    );
    if matches!(notice.kind, NoticeKind::OwnerMustAct | NoticeKind::TokenExpiring) {
        let renewal = about.and_then(|about| about.renewal(account, &connector.token.kind));
        text.extend(renewal.map(|renewal| format!("\n1. {}:\n   {}\n", renewal.text, renewal.url.unwrap_or_default())));
        text.push_str(&match url {
            Some(url) => format!("\n2. Put it in:\n   {url}/connectors/{}\n", connector.id),
            None => format!(
                "\n2. Put it in: pairmeter rotate {}, or PUT /v1/connectors/{}/credential\n",
                connector.name, connector.id
            ),
        });
    }
    Mail { subject: subject(&format!("Pairmeter: {provider} {}: {what}", account.slug)), text }
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
            format!("the token of {name} ended at {at}: no day is fetched until there is a new one")
        }
        (End::Named(_), _) => format!("the token of {name} ends at {at}: make a new one before, and no day is lost"),
        (End::ByAge(_), _) => format!(
            "nobody says when the token of {name} ends, and on {} it is {days} days old: replace it, since whoever \
             found it could use it for ever",
            end.at().date_naive()
        ),
    }
}

pub(super) fn stale_detail(connector: &Connector) -> String {
    let since = connector.freshness.complete_through.map_or("it was connected".to_owned(), |day| day.to_string());
    let why = connector
        .last_poll
        .as_ref()
        .and_then(|poll| poll.detail.as_deref())
        .unwrap_or("polls end well, and find nothing");
    format!("{} has had no new complete day since {since}; the last poll said: {why}", connector.name)
}

fn subject(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).take(LONGEST_SUBJECT).collect()
}
