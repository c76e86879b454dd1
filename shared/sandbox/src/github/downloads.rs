//! Signed download links, and the blob storage behind them, which takes no token and answers errors in XML.

use std::convert::Infallible;
use std::io;

use async_stream::stream;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, Duration, NaiveDate, SecondsFormat, Utc};
use url::form_urlencoded;

use super::super::dice::{mix, named};
use super::super::people::{Account, Kind};
use super::super::state::SandboxState;
use super::super::wait_until_stopped;
use super::super::words::Slug;
use super::answers::{http_date, put};
use super::reports::{File, UsageReport};
use super::routes::Call;

/// Lifetime of a link.
const GOOD_FOR: Duration = Duration::hours(1);
const CHUNK_BYTES: usize = 256 << 10;

/// The links of a report, as of now.
pub(crate) fn links(
    state: &SandboxState,
    call: &Call,
    account: &Account,
    report: UsageReport,
    day: NaiveDate,
) -> Vec<String> {
    let says = |word| account.slug.says(word);
    if says("nolinks") {
        return Vec::new();
    }
    let now = state.clock.now();
    let shards = shards(state, report);
    let mut links = (0..shards)
        .map(|shard| {
            let link = Link {
                report,
                kind: account.kind,
                slug: account.slug.clone(),
                day,
                shard,
                made: now,
                expires: now + GOOD_FOR,
                signature: String::new(),
            };
            link.url(state, call.domain())
        })
        .collect::<Vec<_>>();
    let Some(first) = links.first_mut() else {
        return links;
    };
    if says("foreign") {
        *first = format!("https://evil.example/{}/part-00000.ndjson?sig=0", report.name(account.kind));
    } else if says("private") {
        *first = "http://169.254.169.254/latest/meta-data".to_owned();
    } else if says("expired") && state.count(&format!("expired {}", call.target)) == 1 {
        let (made, expires) = (now - GOOD_FOR * 2, now - GOOD_FOR);
        let link = Link {
            report,
            kind: account.kind,
            slug: account.slug.clone(),
            day,
            shard: 0,
            made,
            expires,
            signature: String::new(),
        };
        *first = link.url(state, call.domain());
    }
    links
}

fn shards(state: &SandboxState, report: UsageReport) -> usize {
    if report.is_about_users() { state.options.shards.max(1) } else { 1 }
}

/// The content of a link's path and query. Its creation time fixes the content it leads to, however late it is used.
pub(crate) struct Link {
    report: UsageReport,
    kind: Kind,
    slug: Slug,
    day: NaiveDate,
    shard: usize,
    made: DateTime<Utc>,
    expires: DateTime<Utc>,
    signature: String,
}

impl Link {
    /// Parses a link; `None` if the address is not a download. A truncated or unsigned link still parses, and is
    /// refused later.
    pub(crate) fn parse(target: &str) -> Option<Link> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let [name, kind, slug, day, file] = path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] else {
            return None;
        };
        let kind = match kind {
            "o" => Kind::Organization,
            "e" => Kind::Enterprise,
            _ => return None,
        };
        let value = |name| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let time = |name| value(name).parse::<DateTime<Utc>>().unwrap_or_default();
        Some(Link {
            report: UsageReport::ALL.into_iter().find(|report| report.name(kind) == name)?,
            kind,
            slug: Slug::parse(slug)?,
            day: day.parse().ok()?,
            shard: file.strip_prefix("part-")?.get(..5)?.parse().ok()?,
            made: time("st"),
            expires: time("se"),
            signature: value("sig"),
        })
    }

    fn url(&self, state: &SandboxState, domain: &str) -> String {
        let signature = self.sign(state.options.seed);
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("st", &written(self.made))
            .append_pair("se", &written(self.expires))
            .append_pair("sp", "r")
            .append_pair("sig", &signature)
            .finish();
        format!("https://copilot-reports.{domain}{}?{query}", self.path())
    }

    fn path(&self) -> String {
        let kind = if self.kind == Kind::Organization { "o" } else { "e" };
        let (name, slug) = (self.report.name(self.kind), self.slug.as_str());
        // The name of a real part ends in a number of its own.
        let part = named(&format!("{name} {kind} {slug} {} {}", self.day, self.shard));
        let ending =
            if matches!(self.report, UsageReport::Totals | UsageReport::TotalsOf28Days) { "json" } else { "ndjson" };
        format!("/{name}/{kind}/{slug}/{}/part-{:05}-{part:016x}.{ending}", self.day, self.shard)
    }

    /// Binds the path to the times. It need not be secure, only unlikely to be hit by accident.
    fn sign(&self, seed: u64) -> String {
        let signed = named(&format!("{} {} {}", self.path(), written(self.made), written(self.expires))) ^ mix(seed);
        format!("{:016x}{:016x}", mix(signed), mix(!signed))
    }
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Serves a download, or refuses it.
pub(crate) async fn answer(state: &std::sync::Arc<SandboxState>, link: Link, authorized: bool) -> Response {
    let now = state.clock.now();
    if authorized {
        // A signed link and an Authorization header are two claims, and the storage accepts only one.
        return refused(
            StatusCode::BAD_REQUEST,
            "InvalidAuthenticationInfo",
            "Authentication information is not given in the correct format. Check the value of Authorization header.",
            now,
        );
    }
    let message = "Server failed to authenticate the request. Make sure the value of Authorization header is formed \
                   correctly including the signature.";
    if link.signature != link.sign(state.options.seed) || link.expires <= now {
        return refused(StatusCode::FORBIDDEN, "AuthenticationFailed", message, now);
    }
    let shards = shards(state, link.report);
    if link.slug.says("gone") && link.report.is_about_users() && link.shard + 1 == shards {
        return refused(StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist.", now);
    }
    let (shelf, slug) = (state.clone(), link.slug.clone());
    let made = tokio::task::spawn_blocking(move || {
        let account = shelf.account(link.kind, &link.slug);
        let file =
            File { account: &account, report: link.report, day: link.day, shard: link.shard, shards, as_of: link.made };
        let name = file.name();
        shelf.cache.get(&name).unwrap_or_else(|| {
            let bytes = file.make();
            shelf.cache.put(name, bytes.clone());
            bytes
        })
    });
    match made.await {
        Ok(bytes) => sent(state, &slug, bytes),
        Err(_) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "The server encountered an internal error.",
            now,
        ),
    }
}

fn sent(state: &SandboxState, slug: &Slug, bytes: Bytes) -> Response {
    let length = bytes.len();
    let stopped = state.stopped.clone();
    let half = bytes.slice(..length / 2);
    let body = if slug.says("cut") {
        Body::from_stream(stream! {
            for chunk in chunks(half) {
                yield Ok(chunk);
            }
            // Lets the first half leave before the connection is closed.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            yield Err(io::Error::from(io::ErrorKind::ConnectionReset));
        })
    } else if slug.says("hangdownload") {
        Body::from_stream(stream! {
            for chunk in chunks(half) {
                yield Ok(chunk);
            }
            wait_until_stopped(stopped).await;
            yield Err(io::Error::from(io::ErrorKind::ConnectionReset));
        })
    } else {
        Body::from_stream(futures_util::stream::iter(chunks(bytes).map(Ok::<_, Infallible>)))
    };
    let headers = [(CONTENT_TYPE, "application/octet-stream".to_owned()), (CONTENT_LENGTH, length.to_string())];
    put((headers, body).into_response(), "date", &http_date(state.clock.now()))
}

fn chunks(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!bytes.is_empty()).then(|| bytes.split_to(bytes.len().min(CHUNK_BYTES))))
}

/// An error in the format of Azure's blob storage.
fn refused(status: StatusCode, code: &str, message: &str, now: DateTime<Utc>) -> Response {
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code>\
         <Message>{message}\nRequestId:{:016x}\nTime:{}</Message></Error>",
        mix(now.timestamp().unsigned_abs()),
        written(now),
    );
    let answer = (status, [(CONTENT_TYPE, "application/xml")], body).into_response();
    put(put(answer, "x-ms-error-code", code), "date", &http_date(now))
}
