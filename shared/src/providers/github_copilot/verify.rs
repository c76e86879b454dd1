//! Verification: probes every endpoint the connector will use, and turns each answer into a check and a fix.

use chrono::{DateTime, Duration, Utc};
use futures_util::future::{join, join_all};

use crate::error::{ProviderError, Recourse};
use crate::providers::fields::{NewFields, read_record};
use crate::providers::json::Repair;
use crate::providers::{Call, Fetched, Report, lifetime, refusals};
use crate::words::{
    Account, Capability, CapabilityOutcome, Check, CheckOutcome, Day, Days, Fix, TokenFacts, Verification,
};

use super::api::{self, Answer};
use super::app::{self, Installation};
use super::credits::{self, Charges};
use super::{ENTERPRISE, identities, preview, reports, token};

/// Organizations of a person that are tried when an account is refused.
const MAX_ORGANIZATIONS: usize = 10;

/// The capability that no poll needs: it identifies people by e-mail address, as at other providers.
const EMAIL_ADDRESSES: &str = "email_addresses";

/// The answer of one endpoint.
struct EndpointAnswer {
    outcome: CapabilityOutcome,
    error: Option<ProviderError>,
}

impl EndpointAnswer {
    fn outcome(outcome: CapabilityOutcome) -> Self {
        Self { outcome, error: None }
    }

    fn refused(error: ProviderError) -> Self {
        Self { outcome: refusals::capability_of(&error), error: Some(error) }
    }

    /// True if the failure proves nothing about the token or the account.
    fn is_unknown(&self) -> bool {
        matches!(self.outcome, CapabilityOutcome::Unknown | CapabilityOutcome::RateLimited)
    }
}

/// Requests a report's list of files, and keeps the facts about the token in the headers.
async fn ask_report<'a>(
    call: &'a Call<'a>,
    report: &Report,
    facts: &mut Option<TokenFacts>,
) -> (EndpointAnswer, Option<Fetched<'a>>) {
    let path = reports::path(call, report);
    let response = match api::get(call, &path).await {
        Ok(response) => response,
        Err(error) => return (EndpointAnswer::refused(error), None),
    };
    *facts = Some(token::facts(call.credential, &response));
    match reports::read_envelope(call, path, report, response).await {
        Ok(Fetched::NotYet) => (EndpointAnswer::outcome(CapabilityOutcome::NotReady), None),
        Ok(Fetched::Missing) => (EndpointAnswer::outcome(CapabilityOutcome::NotFound), None),
        Ok(ready) => (EndpointAnswer::outcome(CapabilityOutcome::Ok), Some(ready)),
        Err(error) => (EndpointAnswer::refused(error), None),
    }
}

async fn ask(call: &Call<'_>, path: &str) -> EndpointAnswer {
    let answer = async { api::read(call, api::get(call, path).await?).await };
    match answer.await {
        Ok(Answer::Content(body)) => match crate::providers::json::from_slice::<serde_json::Value>(&body) {
            Ok(serde_json::Value::Object(_) | serde_json::Value::Array(_)) => {
                EndpointAnswer::outcome(CapabilityOutcome::Ok)
            }
            // "No report available", an empty string, null.
            Ok(_) => EndpointAnswer::outcome(CapabilityOutcome::NotReady),
            Err(_) if body.trim_ascii().is_empty() => EndpointAnswer::outcome(CapabilityOutcome::NotReady),
            Err(_) => {
                EndpointAnswer::refused(ProviderError::Malformed { detail: "GitHub's answer is not JSON".to_owned() })
            }
        },
        Ok(Answer::Nothing) => EndpointAnswer::outcome(CapabilityOutcome::NotReady),
        Ok(Answer::Missing) => EndpointAnswer::outcome(CapabilityOutcome::NotFound),
        Err(error) => EndpointAnswer::refused(error),
    }
}

pub(super) async fn verify(call: &Call<'_>, days: Days) -> Verification {
    let (today, now) = (days.until(), call.now);
    let mut token_facts = TokenFacts { kind: token::kind_of(call.credential).to_owned(), ..TokenFacts::default() };
    let mut installation = None;
    if app::is_app(call.credential) {
        match installed(call).await {
            Ok(found) => installation = Some(found),
            Err(error) => return not_opened(call, token_facts, &error),
        }
    } else if call.credential.expose("token").is_none_or(str::is_empty) {
        let fix = Fix::text("paste the token that GitHub showed once");
        return stopped_at_token(call, token_facts, "the token is missing", fix);
    }

    // Probes the decisive report first, so that an invalid token costs a single request.
    let [account_report, people_report] = reports::bulk(call.account, today);
    let mut facts = None;
    let (account_said, account_fetched) = ask_report(call, &account_report, &mut facts).await;
    if let Some(facts) = facts {
        token_facts = facts;
    }
    if let Some(ProviderError::Denied { detail }) = &account_said.error {
        let page = format!("{}/settings/tokens", api::web(call));
        let fix = Fix::new("create a new token, copy all of it, and verify again", page);
        return stopped_at_token(call, token_facts, detail, fix);
    }

    let account = api::account_path(call);
    let settled = today - Duration::days(i64::from(super::ABOUT.windows.restated_for) + 1);
    let slug = &call.account.slug;
    let is_enterprise = call.account.kind == ENTERPRISE;
    let others = [
        ("user_teams_report", format!("{account}/copilot/metrics/reports/user-teams-1-day?day={settled}")),
        ("repositories_report", format!("{account}/copilot/metrics/reports/repos-1-day?day={settled}")),
        ("seats", format!("{account}/copilot/billing/seats?per_page=1")),
        ("billing", credits::path(call.account, settled)),
    ];
    let profile = async {
        // Only organizations have a page that any token may see.
        if is_enterprise {
            EndpointAnswer::outcome(CapabilityOutcome::Unknown)
        } else {
            ask(call, &format!("orgs/{slug}")).await
        }
    };
    let addresses = async {
        let read = identities::probe(call).await;
        (
            EMAIL_ADDRESSES,
            read.map_or_else(EndpointAnswer::refused, |()| EndpointAnswer::outcome(CapabilityOutcome::Ok)),
        )
    };
    let mut ignored = None;
    let (((people_said, people_fetched), profile), (mut others, addresses)) = join(
        join(ask_report(call, &people_report, &mut ignored), profile),
        join(join_all(others.iter().map(async |(id, path)| (*id, ask(call, path).await))), addresses),
    )
    .await;
    others.push(addresses);

    let mut capabilities = vec![
        capability(
            if is_enterprise { "enterprise_report" } else { "organization_report" },
            &account_said,
            &token_facts,
            call.account,
        ),
        capability("users_report", &people_said, &token_facts, call.account),
    ];
    capabilities.extend(others.iter().map(|(id, answer)| capability(id, answer, &token_facts, call.account)));
    let seats_open = others.iter().any(|(id, answer)| *id == "seats" && answer.outcome == CapabilityOutcome::Ok);

    let elsewhere = match account_said.outcome {
        CapabilityOutcome::NotFound | CapabilityOutcome::MissingPermission => readable_organizations(call).await,
        _ => Vec::new(),
    };
    let mut checks = vec![
        token_check(&account_said),
        refused("token_kind", &account_said).unwrap_or_else(|| kind_check(call.account, &token_facts)),
        refused("expiry", &account_said).unwrap_or_else(|| expiry_check(call, &token_facts, now)),
        sso_check(&token_facts, &account_said),
        permission_check(call, &account_said, installation.as_ref(), &elsewhere).await,
        account_check(call, &account_said, &profile, seats_open, &elsewhere),
        policy_check(&account_said),
    ];
    let mut read = preview::PreviewedReports::default();
    let mut trouble = None;
    let retry_after = account_said.error.as_ref().and_then(|error| match error.recourse() {
        Recourse::Wait(wait) => Some(wait),
        _ => None,
    });
    let opened = matches!(account_said.outcome, CapabilityOutcome::Ok | CapabilityOutcome::NotReady);
    // The people's report only refines the preview, so its failure loses only the engaged users. It comes first, because its
    // rows show which record is the account's.
    if opened && let Some(fetched) = people_fetched {
        let _ = read.people(fetched).await;
    }
    if let Some(fetched) = account_fetched {
        trouble = read.account(fetched, call.account, today).await.err();
    }
    checks.push(data_check(opened, &read, trouble.as_ref()));
    if let Some(installation) = &installation {
        let detail = format!("on {slug}: {}", installation.page(call));
        let at = checks.iter().position(|check| check.id == "sso").unwrap_or_default();
        checks.insert(at, titled(INSTALLATION, CheckOutcome::Pass, detail, None));
    }
    if opened && others.iter().any(|(id, answer)| *id == "billing" && answer.outcome == CapabilityOutcome::Ok) {
        let charged = days.iter().map(async |day| (day, charges(call, day).await));
        for (day, charges) in join_all(charged).await {
            // Amounts only refine the preview, like people.
            if let Ok(charges) = charges {
                read.charged(day, charges);
            }
        }
    }
    let verdict = Verification::verdict_of(&checks);
    let preview = (opened && trouble.is_none()).then(|| read.preview(days));
    let retry_at = retry_after.and_then(|wait| Some(now + Duration::from_std(wait).ok()?));
    Verification { verdict, checks, capabilities, token: token_facts, preview, retry_at }
}

/// The check that failed because of the account's refusal, with GitHub's reason.
fn refused(id: &'static str, answer: &EndpointAnswer) -> Option<Check> {
    let error = answer.error.as_ref().filter(|error| refusals::check_of(error) == Some(id))?;
    Some(titled(id, CheckOutcome::Fail, error.to_string(), error.fix().cloned()))
}

async fn charges(call: &Call<'_>, day: Day) -> Result<Charges, ProviderError> {
    let mut charges = Charges::default();
    let answer = api::read(call, api::get(call, &credits::path(call.account, day)).await?).await?;
    if let Answer::Content(body) = answer {
        let repair = Repair::new();
        let page = read_record(&body, &repair, &NewFields::beside(credits::KNOWN_BUT_UNREAD));
        let page =
            page.map_err(|_| ProviderError::Malformed { detail: "GitHub's billing cannot be read".to_owned() })?;
        charges.add(&page, day)?;
    }
    Ok(charges)
}

fn check(id: &'static str, title: &str, outcome: CheckOutcome, detail: impl Into<String>, fix: Option<Fix>) -> Check {
    Check { id, outcome, title: title.to_owned(), detail: detail.into(), fix }
}

/// Checked only for an App.
const INSTALLATION: &str = "installation";

const TITLES: [(&str, &str); 9] = [
    ("token", "GitHub accepts the token"),
    ("token_kind", "The kind of token fits"),
    ("expiry", "The token lasts"),
    (INSTALLATION, "The App is installed"),
    ("sso", "Single sign-on"),
    ("permission", "The token may read Copilot metrics"),
    ("account", "The account is found"),
    ("policy", "The metrics policy is on"),
    ("data", "There is data"),
];

fn titled(id: &'static str, outcome: CheckOutcome, detail: impl Into<String>, fix: Option<Fix>) -> Check {
    let title = TITLES.iter().find(|(known, _)| *known == id).map_or(id, |(_, title)| title);
    check(id, title, outcome, detail, fix)
}

/// A failure that proves nothing about the token or the account: when to retry, or who acts instead of the owner.
fn unknown(id: &'static str, error: &ProviderError) -> Check {
    if let Some(fix) = error.fix() {
        return titled(id, CheckOutcome::Unknown, error.to_string(), Some(fix.clone()));
    }
    let (detail, fix) = match (error, error.recourse()) {
        (ProviderError::RateLimited { .. }, _) => (error.to_string(), "nothing to fix; verify again after that time"),
        (_, Recourse::Wait(wait)) => {
            (format!("{error}; retry in {} s", wait.as_secs()), "nothing to fix; verify again after that time")
        }
        _ => (
            error.to_string(),
            "token and account are not the cause: GitHub's answer differs from its documentation; verify again, and if it \
             lasts, the operator of this Pairmeter must update it or report this text to GitHub",
        ),
    };
    titled(id, CheckOutcome::Unknown, detail, Some(Fix::text(fix)))
}

/// The token itself is refused, so nothing else can be checked.
fn stopped_at_token(call: &Call<'_>, token: TokenFacts, detail: &str, fix: Fix) -> Verification {
    let failed = titled("token", CheckOutcome::Fail, detail, Some(fix));
    stopped_at(call, token, failed, |_| (CheckOutcome::Skipped, "not checked, because the token failed".to_owned()))
}

/// One check blocks all later ones; `others` gives the state of the rest.
fn stopped_at(
    call: &Call<'_>,
    token: TokenFacts,
    stopped: Check,
    others: impl Fn(&str) -> (CheckOutcome, String),
) -> Verification {
    let asked = TITLES.iter().filter(|(id, _)| *id != INSTALLATION || app::is_app(call.credential));
    let checks: Vec<Check> = asked
        .map(|(id, _)| {
            let (outcome, detail) = others(id);
            if *id == stopped.id { stopped.clone() } else { titled(id, outcome, detail, None) }
        })
        .collect();
    Verification {
        verdict: Verification::verdict_of(&checks),
        checks,
        capabilities: Vec::new(),
        token,
        preview: None,
        retry_at: None,
    }
}

/// The App's installation, with a token for it.
async fn installed(call: &Call<'_>) -> Result<Installation, ProviderError> {
    let installation = app::installation(call).await?;
    app::token_of(call, &installation).await?;
    Ok(installation)
}

/// The App cannot reach the account's data.
fn not_opened(call: &Call<'_>, token: TokenFacts, error: &ProviderError) -> Verification {
    let failed = |id, detail: &String, fix: &Fix| titled(id, CheckOutcome::Fail, detail, Some(fix.clone()));
    let stopped = match error {
        ProviderError::Closed { code, detail, fix } if code.starts_with("app_") && *code != "app_not_installed" => {
            return stopped_at_token(call, token, detail, (**fix).clone());
        }
        ProviderError::Closed { detail, fix, .. } => failed(INSTALLATION, detail, fix),
        ProviderError::Forbidden { detail, fix, .. } => {
            failed(refusals::check_of(error).unwrap_or("permission"), detail, fix)
        }
        _ => unknown("token", error),
    };
    let is_unknown = stopped.outcome == CheckOutcome::Unknown;
    let is_installed = error.code() == "missing_permission";
    let retry_at = match error.recourse() {
        Recourse::Wait(wait) => Duration::from_std(wait).ok().map(|wait| call.now + wait),
        _ => None,
    };
    let verification = stopped_at(call, token.clone(), stopped, |id| match id {
        _ if is_unknown => (CheckOutcome::Unknown, "GitHub did not say".to_owned()),
        "token" => (CheckOutcome::Pass, "GitHub accepts the App and its key".to_owned()),
        "token_kind" => (CheckOutcome::Pass, A_GITHUB_APP.to_owned()),
        "expiry" => (CheckOutcome::Pass, RENEWED.to_owned()),
        INSTALLATION if is_installed => (CheckOutcome::Pass, format!("on {}", call.account.slug)),
        _ => (CheckOutcome::Skipped, "not checked, because another check failed".to_owned()),
    });
    Verification { retry_at, ..verification }
}

fn capability(id: &'static str, answer: &EndpointAnswer, token: &TokenFacts, account: &Account) -> Capability {
    let needs = match answer.outcome {
        CapabilityOutcome::PolicyOff => Some("the policy \"Copilot usage metrics\"".to_owned()),
        CapabilityOutcome::SsoRequired => Some(format!("single sign-on for {}", account.slug)),
        CapabilityOutcome::MissingPermission => Some(permission(id, token, account)),
        _ => None,
    };
    Capability { id, outcome: answer.outcome, needs }
}

/// The scope, permission or role that opens an endpoint.
fn permission(id: &str, token: &TokenFacts, account: &Account) -> String {
    let is_enterprise = account.kind == ENTERPRISE;
    let has_permissions =
        matches!(token.kind.as_str(), app::KIND | "fine_grained_pat" | "installation_token" | "app_user_token");
    let needed = match (id, has_permissions, is_enterprise) {
        ("seats", true, _) => "the permission \"GitHub Copilot Business\" (read)",
        ("seats", false, _) => "the scope manage_billing:copilot, and an owner's token",
        ("billing", true, false) => {
            "the organization permission \"Administration\" (read), for the cost of AI credits by model"
        }
        ("billing", true, true) => {
            "a classic token with the scope manage_billing:enterprise, for the cost of AI credits by model"
        }
        ("billing", false, false) => {
            "the scope manage_billing:copilot and an owner's token, for the cost of AI credits by model"
        }
        ("billing", false, true) => {
            "the scope manage_billing:enterprise and an owner's or billing manager's token, for the cost of AI credits by model"
        }
        (EMAIL_ADDRESSES, true, false) => {
            "the organization permission \"Members\" (read), to know people by e-mail address as at other providers"
        }
        (EMAIL_ADDRESSES, false, false) => {
            "the scope read:org and an owner's token, to know people by e-mail address as at other providers"
        }
        (EMAIL_ADDRESSES, _, true) => {
            "a classic token of an owner with the scope read:enterprise, to know people by e-mail address as at other providers"
        }
        (_, true, false) => "the permission \"Organization Copilot metrics\" (read)",
        (_, true, true) => "an App with the permission \"Enterprise Copilot metrics\" (read), or a classic token",
        (_, false, false) => "the scope read:org, and an owner's token",
        (_, false, true) => "the scope read:enterprise, and an owner's or billing manager's token",
    };
    needed.to_owned()
}

fn token_check(answer: &EndpointAnswer) -> Check {
    if let Some(check) = refused("token", answer) {
        return check;
    }
    match &answer.error {
        Some(ProviderError::Unexplained { .. }) => {
            titled("token", CheckOutcome::Unknown, "GitHub did not say".to_owned(), None)
        }
        Some(
            error @ (ProviderError::Unavailable { .. }
            | ProviderError::Malformed { .. }
            | ProviderError::Ambiguous { .. }
            | ProviderError::RateLimited { .. }),
        ) => unknown("token", error),
        _ => titled("token", CheckOutcome::Pass, "GitHub accepts it", None),
    }
}

const A_GITHUB_APP: &str = "GitHub App";
const RENEWED: &str = "renewed automatically: an App's tokens expire within the hour, its key does not";

fn kind_check(account: &Account, token: &TokenFacts) -> Check {
    let kind = |outcome, detail: &str, fix| titled("token_kind", outcome, detail, fix);
    match token.kind.as_str() {
        "fine_grained_pat" if account.kind == ENTERPRISE => kind(
            CheckOutcome::Fail,
            "a fine-grained token cannot read the reports of an enterprise",
            Some(Fix::new(
                "create a classic token with the scope read:enterprise or manage_billing:copilot, or connect the organizations one by one",
                "https://github.com/settings/tokens/new?scopes=read:enterprise,manage_billing:copilot&description=pairmeter",
            )),
        ),
        "installation_token" => kind(
            CheckOutcome::Warn,
            "an installation token expires within the hour",
            Some(Fix::text("for daily polls connect the GitHub App itself, or use a personal access token")),
        ),
        app::KIND => kind(CheckOutcome::Pass, A_GITHUB_APP, None),
        "classic_pat" => kind(CheckOutcome::Pass, "classic personal access token", None),
        "fine_grained_pat" => kind(CheckOutcome::Pass, "fine-grained personal access token", None),
        "app_user_token" | "oauth_token" => kind(CheckOutcome::Pass, "token of an app on behalf of a person", None),
        _ => kind(CheckOutcome::Pass, "an unknown kind of token", None),
    }
}

fn expiry_check(call: &Call<'_>, token: &TokenFacts, now: DateTime<Utc>) -> Check {
    let expiry = |outcome, detail: String, fix| titled("expiry", outcome, detail, fix);
    let renew = || {
        let page = if token.kind == "fine_grained_pat" { "personal-access-tokens" } else { "tokens" };
        Some(Fix::new(
            "create a token that expires within 90 days; Pairmeter reminds you before it expires",
            format!("{}/settings/{page}", api::web(call)),
        ))
    };
    let judged = || {
        let (outcome, detail) = lifetime::judge(token.expires_at, now);
        expiry(outcome, detail, if outcome == CheckOutcome::Pass { None } else { renew() })
    };
    match token.expires_at {
        Some(_) => judged(),
        None if token.kind == app::KIND => expiry(CheckOutcome::Pass, RENEWED.to_owned(), None),
        None if token.kind == "installation_token" => expiry(
            CheckOutcome::Skipped,
            "installation tokens have no expiry date; they expire within the hour".to_owned(),
            None,
        ),
        None if matches!(token.kind.as_str(), "classic_pat" | "fine_grained_pat") && token.scopes.is_some() => judged(),
        None => expiry(CheckOutcome::Skipped, "GitHub reports no expiry date".to_owned(), None),
    }
}

fn sso_check(token: &TokenFacts, answer: &EndpointAnswer) -> Check {
    if let Some(check) = refused("sso", answer) {
        return check;
    }
    match answer.outcome {
        _ if token.kind != "classic_pat" => titled("sso", CheckOutcome::Skipped, "only classic tokens need it", None),
        CapabilityOutcome::Ok | CapabilityOutcome::NotReady | CapabilityOutcome::PolicyOff => {
            titled("sso", CheckOutcome::Pass, "no authorization is missing", None)
        }
        _ => titled("sso", CheckOutcome::Skipped, "GitHub requires none", None),
    }
}

async fn permission_check(
    call: &Call<'_>,
    answer: &EndpointAnswer,
    installation: Option<&Installation>,
    elsewhere: &[String],
) -> Check {
    let permission = |outcome, detail: String, fix| titled("permission", outcome, detail, fix);
    // The account as a whole is refused, so the effect of a permission is unknown.
    if answer.outcome != CapabilityOutcome::MissingPermission
        && let Some(check) = refused("permission", answer)
    {
        return check;
    }
    let lacking = match installation {
        Some(installation) if app::permissions(call.account).any(|permission| installation.lacks(permission)) => {
            Some(app::missing_permission(call, installation).await)
        }
        _ => None,
    };
    if let Some(ProviderError::Forbidden { detail, fix, .. }) = lacking {
        // The endpoint's answer counts more than the list of permissions.
        let is_refused = answer.outcome == CapabilityOutcome::MissingPermission;
        let outcome = if is_refused { CheckOutcome::Fail } else { CheckOutcome::Warn };
        return permission(outcome, detail, Some(*fix));
    }
    match &answer.error {
        None if answer.outcome == CapabilityOutcome::NotFound => {
            if elsewhere.is_empty() || call.account.kind != ENTERPRISE {
                return permission(CheckOutcome::Skipped, "not checked, because the account failed".to_owned(), None);
            }
            permission(CheckOutcome::Fail, opens(call, elsewhere), Some(instead(call, elsewhere)))
        }
        None => permission(CheckOutcome::Pass, "it may".to_owned(), None),
        Some(ProviderError::Forbidden { code: "missing_permission", detail, fix }) => {
            if elsewhere.is_empty() {
                return permission(CheckOutcome::Fail, detail.clone(), Some((**fix).clone()));
            }
            let detail = format!("{}; {detail}", opens(call, elsewhere));
            let text = format!("{}; or: {}", instead(call, elsewhere).text, fix.text);
            permission(CheckOutcome::Fail, detail, Some(Fix { text, url: fix.url.clone() }))
        }
        Some(ProviderError::Forbidden { .. } | ProviderError::Closed { .. }) => {
            permission(CheckOutcome::Skipped, "not checked, because another check failed".to_owned(), None)
        }
        Some(error) => permission(CheckOutcome::Unknown, error.to_string(), error.fix().cloned()),
    }
}

fn opens(call: &Call<'_>, organizations: &[String]) -> String {
    format!("this token opens {}, not {}", organizations.join(", "), call.account.slug)
}

fn instead(call: &Call<'_>, organizations: &[String]) -> Fix {
    let (slug, organizations) = (&call.account.slug, organizations.join(", "));
    if call.account.kind == ENTERPRISE {
        return Fix::text(format!(
            "this token can read organizations: connect {organizations} instead of the enterprise"
        ));
    }
    Fix::text(format!("use a token of an owner of {slug}, or connect {organizations} instead"))
}

/// If an account is refused: the organizations whose reports the token opens.
async fn readable_organizations(call: &Call<'_>) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Organization {
        login: String,
    }
    // An App has one installation and no organizations of a person.
    if app::is_app(call.credential) {
        return Vec::new();
    }
    let listed = async { api::read(call, api::get(call, "user/orgs?per_page=100").await?).await };
    let Ok(Answer::Content(body)) = listed.await else {
        return Vec::new();
    };
    let Ok(organizations) = crate::providers::json::from_slice::<Vec<Organization>>(&body) else {
        return Vec::new();
    };
    let is_another = |organization: &Organization| {
        call.account.kind == ENTERPRISE || !organization.login.eq_ignore_ascii_case(&call.account.slug)
    };
    let tries = organizations.into_iter().filter(is_another).take(MAX_ORGANIZATIONS).map(async |organization| {
        let path = format!("orgs/{}/copilot/metrics/reports/organization-28-day/latest", organization.login);
        (ask(call, &path).await.outcome == CapabilityOutcome::Ok).then_some(organization.login)
    });
    join_all(tries).await.into_iter().flatten().collect()
}

fn account_check(
    call: &Call<'_>,
    answer: &EndpointAnswer,
    profile: &EndpointAnswer,
    seats_open: bool,
    elsewhere: &[String],
) -> Check {
    let (slug, kind, web) = (&call.account.slug, &call.account.kind, api::web(call));
    let account = |outcome, detail: String, fix| match outcome {
        CheckOutcome::Fail if !elsewhere.is_empty() => {
            titled("account", outcome, format!("{detail}; {}", opens(call, elsewhere)), fix)
        }
        _ => titled("account", outcome, detail, fix),
    };
    if answer.outcome != CapabilityOutcome::NotFound {
        return if answer.is_unknown() {
            account(CheckOutcome::Unknown, "GitHub did not say".to_owned(), None)
        } else {
            account(CheckOutcome::Pass, format!("the {kind} {slug}"), None)
        };
    }
    match profile.outcome {
        _ if seats_open => account(CheckOutcome::Pass, format!("{slug} has Copilot seats, but no report yet"), None),
        CapabilityOutcome::Ok => account(
            CheckOutcome::Fail,
            format!(
                "{slug} exists, but GitHub shows this token no Copilot in it: it has none, or the token's user may not see it"
            ),
            Some(Fix::new(
                format!("check that {slug} has Copilot Business or Enterprise and that the token belongs to an owner"),
                format!("{web}/organizations/{slug}/settings/copilot/seat_management"),
            )),
        ),
        CapabilityOutcome::NotFound => account(
            CheckOutcome::Fail,
            format!("GitHub has no {kind} {slug}, or hides it from this token"),
            Some(Fix::new(format!("check the spelling: {}", hint(kind)), format!("{web}/{slug}"))),
        ),
        _ if kind == ENTERPRISE => account(
            CheckOutcome::Fail,
            format!("GitHub has no enterprise {slug}, or hides it from this token"),
            Some(Fix::new(format!("check the spelling: {}", hint(kind)), format!("{web}/enterprises/{slug}"))),
        ),
        _ => account(CheckOutcome::Unknown, "GitHub did not say".to_owned(), None),
    }
}

fn hint(kind: &str) -> &'static str {
    let kind = super::ABOUT.accounts.iter().find(|known| known.kind == kind);
    kind.map_or("the name in the URL", |kind| kind.hint)
}

fn policy_check(answer: &EndpointAnswer) -> Check {
    if let Some(check) = refused("policy", answer) {
        return check;
    }
    match answer.outcome {
        CapabilityOutcome::Ok | CapabilityOutcome::NotReady => {
            titled("policy", CheckOutcome::Pass, "\"Copilot usage metrics\" is enabled", None)
        }
        CapabilityOutcome::Unknown | CapabilityOutcome::RateLimited => {
            titled("policy", CheckOutcome::Unknown, "GitHub did not say", None)
        }
        _ => titled("policy", CheckOutcome::Skipped, "not checked, because another check failed", None),
    }
}

fn data_check(opened: bool, read: &preview::PreviewedReports, trouble: Option<&ProviderError>) -> Check {
    let data = |outcome, detail: String, fix| titled("data", outcome, detail, fix);
    match trouble {
        Some(error) => unknown("data", error),
        None if !opened => data(CheckOutcome::Skipped, "not checked, because another check failed".to_owned(), None),
        None if read.is_empty() => data(
            CheckOutcome::Warn,
            "GitHub has no report yet; a day's report arrives up to two days later".to_owned(),
            Some(Fix::text("save the connector anyway; polls fetch the days when they are available")),
        ),
        None => data(CheckOutcome::Pass, "see the preview".to_owned(), None),
    }
}
