//! Where a new token is made, with everything filled in that GitHub lets a link fill in.

use super::ENTERPRISE;
use crate::words::{Account, Fix};

/// Classic tokens take scopes and a note:
/// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>; fine-grained ones name, owner,
/// permissions and days:
/// <https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens>.
pub(super) fn renewal(account: &Account, token_kind: &str) -> Fix {
    let slug = &account.slug;
    match token_kind {
        "fine_grained_pat" => Fix::new(
            format!("Make a fine-grained token for {slug}"),
            format!(
                "https://github.com/settings/personal-access-tokens/new?name=pairmeter-{slug}&target_name={slug}\
                 &expires_in=90&organization_copilot_metrics=read&organization_copilot_seat_management=read"
            ),
        ),
        "installation_token" | "github_app" => Fix::new(
            "Look after the app: its installation here, and its private key on the app's own page",
            match account.kind.as_str() {
                ENTERPRISE => format!("https://github.com/enterprises/{slug}/settings/apps"),
                _ => format!("https://github.com/organizations/{slug}/settings/installations"),
            },
        ),
        _ => {
            let scope = if account.kind == ENTERPRISE { "read:enterprise" } else { "read:org" };
            Fix::new(
                format!("Make a classic token with {scope} and manage_billing:copilot"),
                format!(
                    "https://github.com/settings/tokens/new?scopes={scope},manage_billing:copilot&description=pairmeter-{slug}"
                ),
            )
        }
    }
}
