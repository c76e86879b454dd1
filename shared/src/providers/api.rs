//! One call to a JSON API with a key, and what its refusals mean; listings page by page.
//!
//! What differs from provider to provider is data ([`Api`]) and its table of refusals.

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
/// A cursor that leads on for ever is the provider's fault.
const MAX_PAGES: usize = 10_000;

/// How a key travels.
pub(super) enum Auth {
    Bearer,
    /// As the user of HTTP Basic, with an empty password.
    Basic,
    Header(&'static str),
}

/// How a provider's API is called.
pub(super) struct Api {
    pub about: &'static About,
    pub auth: Auth,
    /// Headers of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// What a refusal means that no row of [`About::refusals`] can tell.
    pub beside: Option<fn(&Call<'_>, &Refusal) -> Option<ProviderError>>,
}

/// One request: a path below the API's base, with its query; JSON makes it a POST.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ask {
    pub path: String,
    pub json: Option<Value>,
    /// The answer carries a tag: what has not changed is not sent again.
    pub revalidates: bool,
}

impl Ask {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    pub(super) fn post(path: impl Into<String>, json: Value) -> Self {
        Self { path: path.into(), json: Some(json), ..Self::default() }
    }

    /// The same with one more pair in the query.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(&pair);
        self
    }
}

impl Api {
    /// Sends a request with the key; every refusal becomes an error that says who must act.
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
                    _ => Err(self.malformed("its answer is not the JSON it should be")),
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
            .map_err(|_| ProviderError::Denied { detail: "the key has characters that no key has".to_owned() })?;
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

    /// All pages of a listing, each a body of its own. The first is asked for at once, so that a refusal is one of the
    /// listing; `next` reads from a page what to ask for behind it.
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

    /// [`Api::pages`] of a listing whose first page was read already.
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
        let mut asked = HashSet::from([first]);
        let http = call.http.under_way();
        Ok(Box::pin(async_stream::try_stream! {
            for _ in 0..MAX_PAGES {
                let page = body.clone();
                yield stream::once(async move { Ok(page) }).boxed();
                let Some(ask) = following.take() else { return };
                if !asked.insert(ask.clone()) {
                    Err(self.malformed("its list of pages comes back to a page that was read"))?;
                }
                let page = self.body_over(&http, call, &ask).await?;
                if page == body {
                    Err(self.malformed("it sent the same page of a list twice"))?;
                }
                body = page;
                following = next(&ask, &body)?;
            }
            Err(self.malformed("its list of pages does not end"))?;
        }))
    }
}

/// What the usual listings say of the page behind a page.
#[derive(serde::Deserialize)]
struct Place {
    has_more: Option<bool>,
    /// Of reports. Null, where it is sent, says that nothing follows.
    #[serde(default, deserialize_with = "as_sent")]
    next_page: Option<Option<String>>,
    /// Of entities: they continue behind the last one.
    last_id: Option<String>,
}

/// Tells null from a field that was not sent.
fn as_sent<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    serde::Deserialize::deserialize(value).map(Some)
}

/// Where a listing continues.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The cursor of the next page.
    Page(String),
    /// The id of the last entity.
    After(String),
}

/// What stands behind a page of `{has_more, next_page}` or of `{has_more, last_id}`; an error says why that is not known.
/// A page that does not say whether another follows is not the last one.
pub(super) fn mark_behind(page: &[u8]) -> Result<Option<Mark>, &'static str> {
    let place: Place = crate::providers::json::from_slice(page).map_err(|_| "a page does not say what is behind it")?;
    match place {
        Place { has_more: Some(false), .. } | Place { has_more: None, next_page: Some(None), .. } => Ok(None),
        // One family of reports stops by its cursor alone, and says nothing of more.
        Place { next_page: Some(Some(mark)), .. } => Ok(Some(Mark::Page(mark))),
        Place { has_more: Some(true), last_id: Some(id), .. } => Ok(Some(Mark::After(id))),
        Place { has_more: Some(true), .. } => Err("a page has more behind it and does not say where"),
        Place { has_more: None, next_page: None, .. } => Err("a page does not say whether another follows"),
    }
}

impl Api {
    /// What to ask for behind a page: `first` with the page's mark in `parameter`.
    pub(super) fn next(&self, first: &Ask, parameter: &str, body: &[u8]) -> Result<Option<Ask>, ProviderError> {
        if !Self::is_page(body) {
            return Err(self.malformed("a page is not the list it should be"));
        }
        let mark = mark_behind(body).map_err(|why| self.malformed(why))?;
        Ok(mark.map(|(Mark::Page(mark) | Mark::After(mark))| first.clone().with(parameter, &mark)))
    }

    /// Whether a body has the list that every good page has.
    pub(super) fn is_page(body: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct List {
            #[serde(rename = "data")]
            _data: Vec<serde::de::IgnoredAny>,
        }
        crate::providers::json::from_slice::<List>(body).is_ok()
    }
}

/// The one secret of such a provider's credential.
pub(super) const KEY: &str = "token";

impl About {
    /// Where a key is made, in words and with the page.
    pub(super) fn where_to_make(&self, call: &Call<'_>) -> Fix {
        let kind = self.credentials.iter().find(|kind| kind.kind == call.credential.kind).or(self.credentials.first());
        kind.map_or_else(
            || Fix::text("make a new key"),
            |kind| Fix::new(format!("make a new key ({}), copy it whole, and verify again", kind.title), kind.url),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_is_or_is_the_last_or_is_refused() {
        let (page, after) =
            (|mark: &str| Ok(Some(Mark::Page(mark.into()))), |id: &str| Ok(Some(Mark::After(id.into()))));
        for (body, expected) in [
            (r#"{"has_more":true,"next_page":"b"}"#, page("b")),
            (r#"{"next_page":"b"}"#, page("b")),
            (r#"{"has_more":true,"last_id":"u_2"}"#, after("u_2")),
            (r#"{"has_more":false,"next_page":null,"last_id":"u_2"}"#, Ok(None)),
            (r#"{"has_more":false}"#, Ok(None)),
            (r#"{"next_page":null}"#, Ok(None)),
            (r#"{"has_more":true}"#, Err("a page has more behind it and does not say where")),
            (
                r#"{"has_more":true,"next_page":null,"last_id":null}"#,
                Err("a page has more behind it and does not say where"),
            ),
            (r#"{}"#, Err("a page does not say whether another follows")),
            (r#"{"has_more":null,"last_id":"u_2"}"#, Err("a page does not say whether another follows")),
            (r#"{"has_more":"true","next_page":"b"}"#, Err("a page does not say what is behind it")),
        ] {
            assert_eq!(mark_behind(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_query_is_written_so_that_a_server_reads_it_back() {
        let ask = Ask::get("usage").with("page", "a=b&c").with("group_by[]", "model");
        assert_eq!(ask.path, "usage?page=a%3Db%26c&group_by%5B%5D=model");
    }
}
