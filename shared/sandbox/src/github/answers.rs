//! The common format of GitHub's answers: error bodies, headers of every answer, and paging.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chrono::{Duration, DurationRound};
use serde_json::{Value, json};

use super::super::dice::mix;
pub(crate) use super::super::faults::{http_date, put};
use super::super::state::SandboxState;
use super::routes::Call;

/// An error in GitHub's JSON format.
pub(crate) fn problem(status: StatusCode, message: &str) -> Response {
    let body =
        json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.as_str()});
    (status, axum::Json(body)).into_response()
}

pub(crate) fn not_found() -> Response {
    problem(StatusCode::NOT_FOUND, "Not Found")
}

pub(crate) fn ok(body: Value) -> Response {
    axum::Json(body).into_response()
}

/// Adds the headers of every answer. The date is the sandbox's, so that callers see only one clock.
pub(crate) fn stamped(mut answer: Response, state: &SandboxState) -> Response {
    if answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        answer = put(answer, CONTENT_TYPE.as_str(), "application/json; charset=utf-8");
    }
    let now = state.clock.now();
    let used = state.count("any request");
    let hour = now.duration_trunc(Duration::hours(1)).unwrap_or(now) + Duration::hours(1);
    for (name, value) in [
        ("date", http_date(now)),
        ("x-github-media-type", "github.v3; format=json".to_owned()),
        ("x-github-request-id", format!("{:016X}", mix(used.into()))),
        ("x-ratelimit-limit", "5000".to_owned()),
        ("x-ratelimit-remaining", 5000u32.saturating_sub(used).max(1).to_string()),
        ("x-ratelimit-used", used.to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
        ("x-ratelimit-reset", hour.timestamp().to_string()),
    ] {
        // A fault may have set the header already.
        if !answer.headers().contains_key(name) {
            answer = put(answer, name, &value);
        }
    }
    answer
}

/// An absolute address on the API host that the caller used.
pub(crate) fn api_url(call: &Call, path: &str) -> String {
    format!("https://api.{}{path}", call.domain())
}

/// The part of a list that `page` and `per_page` select, with the `Link` header to the other pages.
pub(crate) struct ListPage {
    pub(crate) from: usize,
    pub(crate) upto: usize,
    link: Option<String>,
}

impl ListPage {
    /// `path` is the path of the other pages; GitHub identifies the organization by number there.
    pub(crate) fn of(call: &Call, path: &str, length: usize, usual: usize) -> ListPage {
        let parameter = |name, otherwise| {
            call.query(name).and_then(|value| value.parse().ok()).filter(|value| *value > 0).unwrap_or(otherwise)
        };
        let size = parameter("per_page", usual).min(100);
        let number = parameter("page", 1);
        let last = length.div_ceil(size).max(1);
        let at = |number: usize, relation| {
            format!("<{}?per_page={size}&page={number}>; rel=\"{relation}\"", api_url(call, path))
        };
        let mut links = Vec::new();
        if number > 1 {
            links.extend([at(1, "first"), at((number - 1).min(last), "prev")]);
        }
        if number < last {
            links.extend([at(number + 1, "next"), at(last, "last")]);
        }
        let from = (number - 1).saturating_mul(size).min(length);
        ListPage { from, upto: (from + size).min(length), link: (!links.is_empty()).then(|| links.join(", ")) }
    }

    pub(crate) fn linked(&self, answer: Response) -> Response {
        match &self.link {
            Some(link) => put(answer, "link", link),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::Token;
    use super::*;

    fn page(query: &str) -> ListPage {
        let call = Call::new(format!("/orgs/octo/teams?{query}"), "api.github.com".to_owned(), Token::default());
        ListPage::of(&call, "/organizations/7/teams", 120, 50)
    }

    #[test]
    fn pages_have_no_gap_and_no_overlap() {
        let bounds = [page(""), page("page=2"), page("page=3"), page("page=4")].map(|page| (page.from, page.upto));
        assert_eq!(bounds, [(0, 50), (50, 100), (100, 120), (120, 120)]);
    }

    #[test]
    fn a_page_has_at_most_100_entries() {
        assert_eq!(page("per_page=1000").upto, 100);
    }

    #[test]
    fn only_the_last_page_has_no_next() {
        assert_eq!(
            page("per_page=60").link.unwrap(),
            "<https://api.github.com/organizations/7/teams?per_page=60&page=2>; rel=\"next\", \
             <https://api.github.com/organizations/7/teams?per_page=60&page=2>; rel=\"last\""
        );
        assert!(!page("per_page=60&page=2").link.unwrap().contains("next"));
    }
}
