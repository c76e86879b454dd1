//! Requests to JSON APIs with a key, the meaning of refusals, and listings page by page.
//!
//! Differences between providers are data: [`Api`] and its table of refusals.

use std::collections::HashSet;

use base64::Engine;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;

use super::refusals::{self, Refusal, Values};
use super::{About, Bodies, Call};
use crate::error::{DEFAULT_WAIT, ProviderError};
use crate::http::{Http, Request, Response};
use crate::words::Fix;

/// A page of a thousand rows is about 1 MB.
const MAX_ANSWER: usize = 32 << 20;
/// A listing that never ends is the provider's fault.
const MAX_PAGES: usize = 10_000;

/// How a request carries the key.
pub(super) enum Auth {
    Bearer,
    /// As the user of HTTP Basic, with an empty password.
    Basic,
    Header(&'static str),
}

/// How to call a provider's API.
pub(super) struct Api {
    pub about: &'static About,
    pub auth: Auth,
    /// Headers of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// The meaning of a refusal that no entry of [`About::refusals`] can express.
    pub beside: Option<fn(&Call<'_>, &Refusal) -> Option<ProviderError>>,
}

/// One request: a path below the API's base, with a query. With JSON it is a POST.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ask {
    pub path: String,
    pub json: Option<Value>,
    /// The answer has an `ETag`, so unchanged content is not sent again.
    pub revalidates: bool,
}

impl Ask {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    pub(super) fn post(path: impl Into<String>, json: Value) -> Self {
        Self { path: path.into(), json: Some(json), ..Self::default() }
    }

    /// Adds a pair to the query.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(&pair);
        self
    }
}

impl Api {
    /// Sends a request with the key. A refusal becomes an error that says who must act.
    pub(super) async fn body(&self, call: &Call<'_>, ask: &Ask) -> Result<Bytes, ProviderError> {
        self.body_over(call.http, call, ask).await
    }

    async fn body_over(&self, http: &Http, call: &Call<'_>, ask: &Ask) -> Result<Bytes, ProviderError> {
        let base = call.api_url.unwrap_or(self.about.api_url).trim_end_matches('/');
        let url = format!("{base}/{}", ask.path);
        let mut request = Request::get(&url, self.about.hosts);
        if let Some(json) = &ask.json {
            request.method = Method::POST;
            request.body = Some(json.to_string().into());
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request.revalidates = ask.revalidates;
        for (name, value) in self.headers {
            request = request.header(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let (name, key) = self.key(call)?;
        let response = http.send(request.header(name, key)).await?;
        match response.status {
            200 => {
                let body = response.bytes(MAX_ANSWER).await?;
                match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
                    Some(b'{') => Ok(body),
                    _ => Err(self.malformed("the answer is not the expected JSON")),
                }
            }
            _ => Err(self.refused(call, response).await),
        }
    }

    pub(super) fn malformed(&self, what: &str) -> ProviderError {
        ProviderError::Malformed { detail: format!("{}: {what}", self.about.name) }
    }

    fn key(&self, call: &Call<'_>) -> Result<(HeaderName, HeaderValue), ProviderError> {
        let key = call.credential.expose(KEY).unwrap_or_default().trim();
        let (name, value) = match self.auth {
            Auth::Bearer => (AUTHORIZATION, format!("Bearer {key}")),
            Auth::Basic => {
                (AUTHORIZATION, format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{key}:"))))
            }
            Auth::Header(name) => (HeaderName::from_static(name), key.to_owned()),
        };
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| ProviderError::Denied { detail: "the key has invalid characters".to_owned() })?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    async fn refused(&self, call: &Call<'_>, response: Response) -> ProviderError {
        let limited = response.limited().map(|limited| limited.wait.unwrap_or(DEFAULT_WAIT));
        let refusal = Refusal::read(response, MAX_ANSWER).await;
        let values = || Values::of(call).with("{scope}", refusals::scope(&refusal));
        refusals::reason(call, self.about, &refusal, values, limited)
            .or_else(|| self.beside.and_then(|beside| beside(call, &refusal)))
            .or_else(|| limited.map(|retry_after| ProviderError::RateLimited { retry_after }))
            .unwrap_or_else(|| refusals::by_status(call, self.about, "key", &refusal, None))
    }

    /// All pages of a listing, each a body of its own. The first page is fetched immediately, so that a refusal fails
    /// the listing. `next` reads the request for the next page from a page.
    pub(super) async fn pages<'a, N>(
        &'static self,
        call: &'a Call<'a>,
        first: Ask,
        next: N,
    ) -> Result<Bodies<'a>, ProviderError>
    where
        N: Fn(&Ask, &[u8]) -> Result<Option<Ask>, ProviderError> + Send + Sync + 'a,
    {
        let body = self.body(call, &first).await?;
        self.pages_from(call, first, body, next)
    }

    /// [`Api::pages`] for a listing whose first page was read already.
    pub(super) fn pages_from<'a, N>(
        &'static self,
        call: &'a Call<'a>,
        first: Ask,
        mut body: Bytes,
        next: N,
    ) -> Result<Bodies<'a>, ProviderError>
    where
        N: Fn(&Ask, &[u8]) -> Result<Option<Ask>, ProviderError> + Send + Sync + 'a,
    {
        let mut following = next(&first, &body)?;
        let mut requested = HashSet::from([first]);
        let http = call.http.under_way();
        Ok(Box::pin(async_stream::try_stream! {
            for _ in 0..MAX_PAGES {
                let page = body.clone();
                yield stream::once(async move { Ok(page) }).boxed();
                let Some(ask) = following.take() else { return };
                if !requested.insert(ask.clone()) {
                    Err(self.malformed("its listing returns to an earlier page"))?;
                }
                let page = self.body_over(&http, call, &ask).await?;
                if page == body {
                    Err(self.malformed("it sent the same page of a listing twice"))?;
                }
                body = page;
                following = next(&ask, &body)?;
            }
            Err(self.malformed("its listing does not end"))?;
        }))
    }
}

/// The usual fields that point to the next page.
#[derive(serde::Deserialize)]
struct NextPage {
    has_more: Option<bool>,
    /// In reports. A null that is sent means that no page follows.
    #[serde(default, deserialize_with = "as_sent")]
    next_page: Option<Option<String>>,
    /// In listings of entities, which continue after the last ID.
    last_id: Option<String>,
}

/// Distinguishes null from an absent field.
fn as_sent<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    serde::Deserialize::deserialize(value).map(Some)
}

/// Where a listing continues.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The cursor of the next page.
    Page(String),
    /// The ID of the last entity.
    After(String),
}

/// The position after a page of `{has_more, next_page}` or of `{has_more, last_id}`. The error says why it is
/// unknown. A page that does not say whether another follows is not the last one.
pub(super) fn mark_behind(page: &[u8]) -> Result<Option<Mark>, &'static str> {
    let next: NextPage = crate::providers::json::from_slice(page).map_err(|_| "a page has an invalid cursor")?;
    match next {
        NextPage { has_more: Some(false), .. } | NextPage { has_more: None, next_page: Some(None), .. } => Ok(None),
        // One family of reports ends by its cursor alone, without `has_more`.
        NextPage { next_page: Some(Some(mark)), .. } => Ok(Some(Mark::Page(mark))),
        NextPage { has_more: Some(true), last_id: Some(id), .. } => Ok(Some(Mark::After(id))),
        NextPage { has_more: Some(true), .. } => Err("a page announces another page without a cursor"),
        NextPage { has_more: None, next_page: None, .. } => Err("a page does not say whether another follows"),
    }
}

impl Api {
    /// The request for the next page: `first` with the cursor in `parameter`.
    pub(super) fn next(&self, first: &Ask, parameter: &str, body: &[u8]) -> Result<Option<Ask>, ProviderError> {
        if !Self::is_page(body) {
            return Err(self.malformed("a page is not the expected list"));
        }
        let mark = mark_behind(body).map_err(|why| self.malformed(why))?;
        Ok(mark.map(|(Mark::Page(mark) | Mark::After(mark))| first.clone().with(parameter, &mark)))
    }

    /// True if a body has the list of a valid page.
    pub(super) fn is_page(body: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct List {
            #[serde(rename = "data")]
            _data: Vec<serde::de::IgnoredAny>,
        }
        crate::providers::json::from_slice::<List>(body).is_ok()
    }
}

/// The only secret field of such a credential.
pub(super) const KEY: &str = "token";

impl About {
    /// Where to create a key, with a link to the page.
    pub(super) fn where_to_make(&self, call: &Call<'_>) -> Fix {
        let kind = self.credentials.iter().find(|kind| kind.kind == call.credential.kind).or(self.credentials.first());
        kind.map_or_else(
            || Fix::text("create a new key"),
            |kind| Fix::new(format!("create a new key ({}), copy all of it, and verify again", kind.title), kind.url),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_next_one_is_the_last_or_is_malformed() {
        let (page, after) =
            (|mark: &str| Ok(Some(Mark::Page(mark.into()))), |id: &str| Ok(Some(Mark::After(id.into()))));
        for (body, expected) in [
            (r#"{"has_more":true,"next_page":"b"}"#, page("b")),
            (r#"{"next_page":"b"}"#, page("b")),
            (r#"{"has_more":true,"last_id":"u_2"}"#, after("u_2")),
            (r#"{"has_more":false,"next_page":null,"last_id":"u_2"}"#, Ok(None)),
            (r#"{"has_more":false}"#, Ok(None)),
            (r#"{"next_page":null}"#, Ok(None)),
            (r#"{"has_more":true}"#, Err("a page announces another page without a cursor")),
            (
                r#"{"has_more":true,"next_page":null,"last_id":null}"#,
                Err("a page announces another page without a cursor"),
            ),
            (r#"{}"#, Err("a page does not say whether another follows")),
            (r#"{"has_more":null,"last_id":"u_2"}"#, Err("a page does not say whether another follows")),
            (r#"{"has_more":"true","next_page":"b"}"#, Err("a page has an invalid cursor")),
        ] {
            assert_eq!(mark_behind(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_query_survives_encoding_and_decoding() {
        let ask = Ask::get("usage").with("page", "a=b&c").with("group_by[]", "model");
        assert_eq!(ask.path, "usage?page=a%3Db%26c&group_by%5B%5D=model");
    }
}
