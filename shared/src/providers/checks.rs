//! Verification for providers with an API key: probes every endpoint the connector will use, and turns each answer
//! into a check and a fix.

use bytes::Bytes;
use chrono::Duration;
use futures_util::future::join_all;

use super::api::{Api, Ask, KEY};
use super::preview::Previewed;
use super::{Call, Recognised, lifetime, recognise, refusals};
use crate::error::{ProviderError, Recourse};
use crate::words::{Capability, CapabilityOutcome, Check, CheckOutcome, Fix, TokenFacts, Verdict, Verification};

/// One endpoint family, and the request that shows whether the key opens it.
pub(super) struct Probe {
    /// The capability's ID.
    pub id: &'static str,
    pub ask: Ask,
    /// The scope, permission or plan that opens it.
    pub needs: &'static str,
    /// At least probe_once of these must open; otherwise there is nothing to meter.
    pub is_needed: bool,
    /// True if the body has the expected fields.
    pub is_good: fn(&[u8]) -> bool,
}

/// The endpoints' answers.
pub(super) struct Answers {
    answers: Vec<(Probe, Result<Bytes, ProviderError>)>,
}

/// Facts that the answers do not contain.
pub(super) struct ProviderFacts {
    pub token: TokenFacts,
    /// The provider says that the key never expires.
    pub never_ends: bool,
    /// The meaning of an empty preview, and the fix.
    pub if_empty: (&'static str, Option<Fix>),
}

/// Probes probe_once endpoint first, so that an invalid key costs a single request.
pub(super) async fn ask(call: &Call<'_>, api: &'static Api, probes: Vec<Probe>) -> Answers {
    let probe_once = async |probe: Probe| {
        let answer = match api.body(call, &probe.ask).await {
            Ok(body) if !(probe.is_good)(&body) => Err(api.malformed("the answer lacks an expected field")),
            other => other,
        };
        (probe, answer)
    };
    let mut probes = probes.into_iter();
    let mut answers = Vec::new();
    if let Some(first) = probes.next() {
        answers.push(probe_once(first).await);
    }
    let is_dead = |answers: &[(Probe, Result<Bytes, ProviderError>)]| {
        answers
            .iter()
            .any(|(_, answer)| matches!(answer, Err(ProviderError::Denied { .. } | ProviderError::RateLimited { .. })))
    };
    if !is_dead(&answers) {
        answers.extend(join_all(probes.map(probe_once)).await);
    }
    Answers { answers }
}

impl Answers {
    /// True if an endpoint opens without which there is nothing to meter.
    pub(super) fn is_open(&self) -> bool {
        self.answers.iter().any(|(probe, answer)| probe.is_needed && answer.is_ok())
    }

    pub(super) fn body(&self, id: &str) -> Option<&Bytes> {
        self.answers.iter().find(|(probe, _)| probe.id == id)?.1.as_ref().ok()
    }

    fn error(&self, is: impl Fn(&ProviderError) -> bool) -> Option<(&Probe, &ProviderError)> {
        self.answers.iter().find_map(|(probe, answer)| Some((probe, answer.as_ref().err().filter(|error| is(error))?)))
    }

    /// The verdict. `read` is the result of reading the last days, if any endpoint opened.
    pub(super) fn conclude(
        self,
        call: &Call<'_>,
        api: &Api,
        facts: ProviderFacts,
        read: Option<Previewed>,
    ) -> Verification {
        let about = api.about;
        let key = call.credential.expose(KEY).unwrap_or_default();
        let looks = recognise(key);
        let is_someone_elses = !looks.is_empty() && !looks.iter().any(|look| look.fits(about, &call.credential.kind));
        let denied = self.error(|error| matches!(error, ProviderError::Denied { .. }));
        let refused = |check: &str| self.error(|error| refusals::check_of(error) == Some(check));
        let is_nobodys_fault = |error: &ProviderError| {
            matches!(
                error,
                ProviderError::Unavailable { .. }
                    | ProviderError::Malformed { .. }
                    | ProviderError::Ambiguous { .. }
                    | ProviderError::RateLimited { .. }
                    | ProviderError::Unexplained { .. }
            )
        };
        let is_open = self.is_open();
        // An optional endpoint is only a capability, for any answer, as long as another endpoint opens.
        let counts = |probe: &Probe| probe.is_needed || !is_open;
        let unknown = self.answers.iter().find_map(|(probe, answer)| match answer {
            Err(error) if counts(probe) && is_nobodys_fault(error) => Some(error),
            _ => None,
        });
        // The provider facts the key, even if it refuses access.
        let is_known = self.answers.iter().any(|(_, answer)| match answer {
            Ok(_) => true,
            Err(ProviderError::Unexplained { .. }) => false,
            Err(error) => matches!(error.recourse(), Recourse::Owner | Recourse::Nobody) && denied.is_none(),
        });
        let name = about.name;

        let token = match (denied, unknown) {
            (Some((_, error)), _) if !is_open => fail("token", error.to_string(), Some(about.where_to_make(call))),
            _ if is_known => pass("token", format!("{name} facts it")),
            (_, Some(error)) => unknown_check("token", error, name),
            _ => skipped("token"),
        };
        let was_let_in = token.outcome == CheckOutcome::Pass;
        let of_kind = || {
            let own = about.credentials.iter().find(|kind| kind.kind == call.credential.kind);
            own.map_or_else(|| facts.token.kind.clone(), |kind| kind.title.to_owned())
        };
        let kind = match looks.first() {
            _ if is_open => pass("token_kind", of_kind()),
            Some(look) if is_someone_elses && (denied.is_some() || was_let_in) => {
                let (detail, fix) = look.instead(about, &call.credential.kind);
                fail("token_kind", detail, Some(fix))
            }
            _ => match refused("token_kind") {
                Some((_, error)) => fail("token_kind", error.to_string(), error.fix().cloned()),
                None if was_let_in => pass("token_kind", of_kind()),
                None => skipped("token_kind"),
            },
        };
        let expiry = match facts.token.expires_at {
            _ if !was_let_in => skipped("expiry"),
            None if !facts.never_ends => {
                check("expiry", CheckOutcome::Skipped, format!("{name} reports no expiry date"), None)
            }
            end => {
                let (outcome, detail) = lifetime::judge(end, call.now);
                let text = "create a key that expires within 90 days; Pairmeter reminds you before it expires";
                let fix = (outcome != CheckOutcome::Pass).then(|| Fix::new(text, about.credentials[0].url));
                check("expiry", outcome, detail, fix)
            }
        };
        let missing = refused("permission");
        let permission = match (missing, is_open) {
            (Some((_, error)), false) if kind.outcome != CheckOutcome::Fail => {
                fail("permission", error.to_string(), error.fix().cloned())
            }
            (Some((probe, error)), true) => {
                warn("permission", format!("{}: {error}; the rest works", probe.id), error.fix().cloned())
            }
            (_, true) => pass("permission", "it may".to_owned()),
            _ => skipped("permission"),
        };
        let plan = match (refused("plan"), self.error(|e| e.recourse() == Recourse::Nobody)) {
            (Some((_, error)), _) if !is_open => fail("plan", error.to_string(), error.fix().cloned()),
            (_, Some((_, error))) if !is_open => fail("plan", error.to_string(), None),
            (Some((probe, error)), _) | (_, Some((probe, error))) => {
                check("plan", CheckOutcome::Pass, format!("{}: {error}; the rest works", probe.id), None)
            }
            _ if is_open => pass("plan", "it has what is metered".to_owned()),
            _ => skipped("plan"),
        };
        let account = match refused("account").filter(|(probe, _)| counts(probe)) {
            Some((_, error)) => fail("account", error.to_string(), error.fix().cloned()),
            None if is_open => pass("account", format!("the {} {}", call.account.kind, call.account.slug)),
            None => skipped("account"),
        };
        let is_unanswered = !is_open && token.outcome != CheckOutcome::Fail;
        let missed = read.as_ref().and_then(|read| read.missed.as_ref());
        let is_short = |error: &ProviderError| {
            matches!(error, ProviderError::RateLimited { .. } | ProviderError::Unavailable { .. })
        };
        let data = match (&read, unknown) {
            // A required endpoint without an answer keeps the verdict open, even if another endpoint opened.
            (_, Some(error)) if was_let_in || is_unanswered => unknown_check("data", error, name),
            (Some(Previewed { missed: None, preview }), _) if preview.is_empty() => {
                warn("data", facts.if_empty.0.to_owned(), facts.if_empty.1.clone())
            }
            (Some(Previewed { missed: None, .. }), _) => pass("data", "see the preview".to_owned()),
            // A large account has more data than a verification can read; what was read proves the connection.
            (Some(Previewed { missed: Some(error), preview }), _) if is_short(error) && !preview.is_empty() => {
                warn("data", format!("the preview is incomplete ({error}); polls read everything"), None)
            }
            (Some(Previewed { missed: Some(error), .. }), _) => unknown_check("data", error, name),
            _ => skipped("data"),
        };
        let mut checks = vec![token, kind, expiry, permission, plan, account, data];
        if !is_open && checks.iter().all(|check| !matches!(check.outcome, CheckOutcome::Fail | CheckOutcome::Unknown)) {
            // No endpoint opened, and no check names a reason, so nothing is proven.
            let answer = self.error(|_| true).map(|(_, error)| error.to_string()).unwrap_or_default();
            let fix = Fix::text("verify again later; if it persists, send this text to the operator of this Pairmeter");
            checks.retain(|check| check.id != "data");
            checks.push(check(
                "data",
                CheckOutcome::Unknown,
                format!("no metered endpoint opened: {answer}"),
                Some(fix),
            ));
        }
        let waits = |error: &ProviderError| match error.recourse() {
            Recourse::Wait(wait) => Duration::from_std(wait).ok(),
            _ => None,
        };
        let verdict = Verification::verdict_of(&checks);
        let is_told = verdict != Verdict::Unknown || missed.is_none();
        let wait = unknown.or(missed).filter(|_| verdict == Verdict::Unknown).and_then(waits);
        Verification {
            verdict,
            checks,
            capabilities: self.answers.iter().map(|(probe, answer)| capability(probe, answer)).collect(),
            token: facts.token,
            preview: read.filter(|_| is_told).map(|read| read.preview),
            retry_at: wait.map(|wait| call.now + wait),
        }
    }
}

impl Recognised {
    /// The detail and the fix for a key of another provider or of another kind.
    fn instead(&self, about: &super::About, kind: &str) -> (String, Fix) {
        let wanted = about.credentials.iter().find(|known| known.kind == kind).unwrap_or(&about.credentials[0]);
        let detail = format!("it looks like {}; {} needs {}", self.what, about.name, wanted.title);
        let fix = format!("create {} there, or connect {} with this probe_once", wanted.title, self.name);
        let fix = if self.opens() { fix } else { format!("create {} there", wanted.title) };
        (detail, Fix::new(fix, wanted.url))
    }
}

fn capability(probe: &Probe, answer: &Result<Bytes, ProviderError>) -> Capability {
    let outcome = match answer {
        Ok(_) => CapabilityOutcome::Ok,
        Err(error) => refusals::capability_of(error),
    };
    let is_lacking = matches!(outcome, CapabilityOutcome::MissingPermission | CapabilityOutcome::NotInPlan);
    Capability { id: probe.id, outcome, needs: is_lacking.then(|| probe.needs.to_owned()) }
}

fn check(id: &'static str, outcome: CheckOutcome, detail: String, fix: Option<Fix>) -> Check {
    let title = match id {
        "token" => "The provider accepts the key",
        "token_kind" => "The kind of key fits",
        "expiry" => "The key lasts",
        "permission" => "The key may read the metered data",
        "plan" => "The plan includes it",
        "account" => "The account is found",
        _ => "There is data",
    };
    Check { id, outcome, title: title.to_owned(), detail, fix }
}

fn pass(id: &'static str, detail: String) -> Check {
    check(id, CheckOutcome::Pass, detail, None)
}

fn warn(id: &'static str, detail: String, fix: Option<Fix>) -> Check {
    check(id, CheckOutcome::Warn, detail, fix)
}

fn fail(id: &'static str, detail: String, fix: Option<Fix>) -> Check {
    check(id, CheckOutcome::Fail, detail, fix)
}

fn skipped(id: &'static str) -> Check {
    check(id, CheckOutcome::Skipped, "not checked, because another check failed".to_owned(), None)
}

/// A failure that proves nothing about the key or the account: when to retry, or who acts instead of the owner.
fn unknown_check(id: &'static str, error: &ProviderError, name: &str) -> Check {
    if let Some(fix) = error.fix() {
        return check(id, CheckOutcome::Unknown, error.to_string(), Some(fix.clone()));
    }
    let (detail, fix) = match (error, error.recourse()) {
        (ProviderError::RateLimited { .. }, _) => {
            (error.to_string(), "nothing to fix; verify again after that time".to_owned())
        }
        (_, Recourse::Wait(wait)) => (
            format!("{error}; retry in {} s", wait.as_secs()),
            "nothing to fix; verify again after that time".to_owned(),
        ),
        _ => (
            error.to_string(),
            format!(
                "key and account are not the cause: the answer of {name} differs from its documentation; verify again, and \
                 if it lasts, the operator of this Pairmeter must update it or report this text to {name}"
            ),
        ),
    };
    check(id, CheckOutcome::Unknown, detail, Some(Fix::text(fix)))
}
