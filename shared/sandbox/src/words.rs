//! The words of a slug or a token that control the sandbox.

/// A slug such as `octo-policyoff`, in lower case as the providers compare it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slug(String);

impl Slug {
    /// A slug consists of letters, digits and hyphens.
    pub(crate) fn parse(text: &str) -> Option<Slug> {
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits.then(|| Slug(text.to_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `word` is one of the words between the hyphens.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.0.split('-').any(|part| part == word)
    }
}
