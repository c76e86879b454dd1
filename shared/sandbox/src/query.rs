//! A request's path and query parameters.

use url::form_urlencoded;

pub(crate) struct Query {
    pub(crate) path: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn of(target: &str) -> Query {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Query { path: path.to_owned(), pairs }
    }

    /// The first value with that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }
}
