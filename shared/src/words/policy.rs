//! Accounts and tokens that the operator allows to be connected.

use super::{Account, Check, CheckOutcome, Fix, Verdict, Verification};

/// Accounts and kinds of token that may be connected. An empty list allows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    accounts: Option<Vec<String>>,
    tokens: Option<Vec<String>>,
}

const ID: &str = "policy_of_this_deployment";
const TITLE: &str = "This Pairmeter allows it";

impl Policy {
    /// A comma-separated list of `provider/kind/slug`; `*` matches anything. The error says what is wrong.
    pub fn only_accounts(&mut self, list: &str) -> Result<(), String> {
        let patterns = parts(list);
        if let Some(wrong) = patterns.iter().find(|pattern| pattern.split('/').count() != 3) {
            return Err(format!("`{wrong}` must have the form provider/kind/slug"));
        }
        self.accounts = (!patterns.is_empty()).then_some(patterns);
        Ok(())
    }

    /// A comma-separated list of kinds of token, with the names that a verification uses. The error says what is
    /// wrong.
    pub fn only_tokens(&mut self, list: &str) -> Result<(), String> {
        let kinds = parts(list);
        let is_plain = |kind: &str| kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if let Some(wrong) = kinds.iter().find(|kind| !is_plain(kind)) {
            return Err(format!("`{wrong}` is not a kind of token; an example is fine_grained_pat"));
        }
        self.tokens = (!kinds.is_empty()).then_some(kinds);
        Ok(())
    }

    /// Why the account may not be connected. Checked before the provider receives a request.
    pub fn refuses_account(&self, provider: &str, account: &Account) -> Option<Check> {
        let allowed = self.accounts.as_ref()?;
        let name = format!("{provider}/{}/{}", account.kind, account.slug);
        let is_allowed = allowed.iter().any(|pattern| matches(pattern, &name));
        (!is_allowed).then(|| refused(format!("it does not allow the account {name}"), allowed))
    }

    /// Why a kind of token may not be used.
    pub fn refuses_token(&self, kind: &str) -> Option<Check> {
        let allowed = self.tokens.as_ref()?;
        let is_allowed = allowed.iter().any(|known| known == kind);
        (!is_allowed).then(|| refused(format!("it does not allow the kind of token {kind}"), allowed))
    }

    /// Adds the policy's check to the provider's verification of an allowed account.
    pub fn judge(&self, mut verification: Verification) -> Verification {
        if *self == Policy::default() {
            return verification;
        }
        match self.refuses_token(&verification.token.kind) {
            Some(refused) => {
                verification.checks.push(refused);
                verification.preview = None;
            }
            None => verification.checks.push(check(CheckOutcome::Pass, "account and kind of token".to_owned(), None)),
        }
        verification.verdict = Verification::verdict_of(&verification.checks);
        verification
    }
}

impl Verification {
    /// Refused before the provider received a request.
    pub fn refused(check: Check) -> Self {
        Self {
            verdict: Verdict::Invalid,
            checks: vec![check],
            capabilities: Vec::new(),
            token: super::TokenFacts::default(),
            preview: None,
            retry_at: None,
        }
    }
}

fn check(outcome: CheckOutcome, detail: String, fix: Option<Fix>) -> Check {
    Check { id: ID, outcome, title: TITLE.to_owned(), detail, fix }
}

fn refused(detail: String, allowed: &[String]) -> Check {
    let fix =
        format!("it allows {}; the operator of this Pairmeter can allow more in its settings", allowed.join(", "));
    check(CheckOutcome::Fail, detail, Some(Fix::text(fix)))
}

fn parts(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
}

/// The pattern is lowercase already: providers compare names case-insensitively.
fn matches(pattern: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|head| name.strip_prefix(head)) else {
        return false;
    };
    let Some(tail) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(slug: &str) -> Account {
        Account { kind: "organization".to_owned(), slug: slug.to_owned() }
    }

    #[test]
    fn an_account_is_allowed_by_name_or_pattern_in_any_case() {
        let mut policy = Policy::default();
        assert!(policy.refuses_account("p", &account("any")).is_none());
        policy.only_accounts("p/organization/Octo*, p/organization/a*b*c,q/*/*").unwrap();
        for (provider, slug, is_allowed) in [
            ("p", "octo", true),
            ("p", "OCTOdemo", true),
            ("p", "my-octo", false),
            ("p", "abc", true),
            ("p", "axxbxxc", true),
            ("p", "axxcxxb", false),
            ("p", "ac", false),
            ("q", "anything", true),
            ("r", "octo", false),
        ] {
            assert_eq!(policy.refuses_account(provider, &account(slug)).is_none(), is_allowed, "{provider} {slug}");
        }
    }

    #[test]
    fn an_empty_list_allows_all_and_an_invalid_list_is_an_error() {
        let mut policy = Policy::default();
        policy.only_accounts(" , ").unwrap();
        policy.only_tokens("").unwrap();
        assert_eq!(policy, Policy::default());
        assert!(policy.only_accounts("octo").unwrap_err().contains("`octo`"));
        assert!(policy.only_tokens("no classic PAT").unwrap_err().contains("`no classic pat`"));
    }

    #[test]
    fn an_unlisted_kind_of_token_is_refused_and_the_fix_lists_the_rest() {
        let mut policy = Policy::default();
        policy.only_tokens("app,fine_grained").unwrap();
        assert!(policy.refuses_token("app").is_none());
        let fix = policy.refuses_token("classic").unwrap().fix.unwrap().text;
        assert!(fix.starts_with("it allows app, fine_grained; the operator of this Pairmeter"), "{fix}");
    }
}
