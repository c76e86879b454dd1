//! Makes a provider's message safe to show: short, on one line, and without secrets or private data.

use url::Url;

use crate::providers::{About, Call};

const LONGEST: usize = 200;
/// Prefixes of tokens and keys.
const SECRETS: [&str; 9] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "sk-", "crsr_", "eyJ"];
/// A run of letters and digits of at least this length may be a secret; words and numbers are shorter.
const SECRET_LENGTH: usize = 20;

/// The message on one line, up to 200 characters. Links to other hosts, queries, addresses and anything that looks
/// like a secret are removed.
pub(in crate::providers) fn quoted(message: &str, call: &Call<'_>, about: &About) -> String {
    let mut message = message.to_owned();
    for secret in call.credential.field_names().filter_map(|name| call.credential.expose(name)) {
        if secret.trim().len() >= 4 {
            message = message.replace(secret.trim(), "[hidden]");
        }
    }
    let plain: String = message.chars().filter_map(shown).collect();
    let words: Vec<String> = plain.split_whitespace().map(|word| word_shown(word, call, about)).collect();
    let text = words.join(" ").replace('"', "'");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", text[..end].trim_end()),
        None => text,
    }
}

/// Replaces control characters with spaces; removes characters that are invisible or change the writing direction.
fn shown(c: char) -> Option<char> {
    match c {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => None,
        c if c.is_control() => Some(' '),
        c => Some(c),
    }
}

fn word_shown(word: &str, call: &Call<'_>, about: &About) -> String {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    if word.contains("://") {
        let (before, link) = word.split_at(word.find("http").unwrap_or(0));
        let end = link.trim_end_matches(['.', ',', ';', ':', ')', '\'', '"', '>', ']']);
        return match Url::parse(end).ok().filter(|url| is_on_web_of(url, call, about)) {
            Some(url) => {
                let path: Vec<&str> = url.path().split('/').filter(|part| !is_secret(part)).collect();
                let before = if is_secret(before) { "" } else { before };
                format!("{before}https://{}{}", url.host_str().unwrap_or_default(), path.join("/"))
            }
            None => "[link]".to_owned(),
        };
    }
    if core.contains('@') {
        return "[e-mail]".to_owned();
    }
    if is_secret(core) || core.split(['=', ':', '\'', '"', '`', ',', '/']).any(is_secret) {
        return "[hidden]".to_owned();
    }
    word.to_owned()
}

fn is_secret(word: &str) -> bool {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '*' | '+' | '/' | '=');
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let is_long = word.len() >= SECRET_LENGTH && word.chars().all(is_of_key);
    SECRETS.iter().any(|begins| word.starts_with(begins))
        || is_long && has(char::is_ascii_digit) && has(char::is_ascii_alphabetic)
}

/// Whether a link leads to a page of the provider, over https and without a user in it.
fn is_on_web_of(url: &Url, call: &Call<'_>, about: &About) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    let pages = about.credentials.iter().map(|kind| kind.url).chain(about.ways.iter().map(|way| way.url));
    let own = pages.filter_map(|page| Url::parse(page).ok()?.host_str().map(str::to_owned));
    let resident =
        call.api_url.and_then(|api| Some(Url::parse(api).ok()?.host_str()?.strip_prefix("api.")?.to_owned()));
    is_plain && url.port().is_none() && own.chain(resident).any(|own| host == own || host.ends_with(&format!(".{own}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Detours, Http};
    use crate::words::{Account, Credential};

    fn quote(message: &str) -> String {
        let http = Http::new(Detours::default());
        let credential = Credential::token("opensesame");
        let account = Account { kind: "organization".to_owned(), slug: "octo".to_owned() };
        let now = "2026-11-21T06:00:00Z".parse().unwrap();
        let call = Call::new(&http, &credential, &account, None, now);
        quoted(message, &call, crate::providers::find("github-copilot").unwrap().about())
    }

    #[test]
    fn a_quote_contains_no_secrets_addresses_or_foreign_links() {
        for (message, expected) in [
            ("Plain words, 42 of them.", "Plain words, 42 of them."),
            ("a\u{0}b\r\nc\u{1b}[31m\u{202e}d", "a b c [31md"),
            ("say opensesame!", "say [hidden]!"),
            ("token ghp_abc is bad", "token [hidden] is bad"),
            ("key 'sk-admin-***abcd'.", "key [hidden]"),
            ("mail <ann@acme.test>,", "mail [e-mail]"),
            ("sig=0123456789abcdef0123456789abcdef", "[hidden]"),
            ("see https://docs.github.com/rest?sig=1#x.", "see https://docs.github.com/rest"),
            ("see https://evil.example/github.com", "see [link]"),
            ("see https://github.com@evil.example/", "see [link]"),
            ("see (https://github.com.evil.example/x)", "see [link]"),
            ("the \"policy\" is on", "the 'policy' is on"),
        ] {
            assert_eq!(quote(message), expected, "{message}");
        }
    }

    #[test]
    fn a_quote_is_short_and_never_splits_a_character() {
        let quote = quote(&"\u{e9} ".repeat(500));
        assert_eq!(quote.chars().count(), 200, "{quote}");
        assert!(quote.ends_with('\u{2026}'));
    }
}
