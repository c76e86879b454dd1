//! The setup guides for credentials, and the days on which GitHub changed its methodology.
//!
//! Links can fill in, for a classic token, its scopes and a note
//! (<https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>); for a fine-grained
//! token, its name, owner, permissions and days
//! (<https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens>).

use super::{ENTERPRISE, ORGANIZATION, app, day};
use crate::providers::{Break, Way};

const POLICY: &str = "In the Copilot policies, \"Copilot usage metrics\" must be enabled.";
const SSO: &str = "If single sign-on is used, authorize the token for it: Configure SSO beside the token.";
const LIFETIME: &str =
    "Choose an expiration of 90 days: policies that limit the lifetime usually allow that, and at most 366 days.";
const COPY: &str = "Generate the token and copy it: GitHub shows it once.";

/// A broad permission, so no link fills it in.
const BILLING: &str = "Administration: read-only, if you want the cost of AI credits by model";

/// No link fills in the permission that shows e-mail addresses.
const MEMBERS: &str = "Members: read-only, if you want to identify people by e-mail address, as at other providers";

const LOOK_AFTER: &str = "Check the app: its installation here, and its private key on the app's own page";

pub(super) const FINE_GRAINED: &str = "https://github.com/settings/personal-access-tokens/new?name=pairmeter-{slug}&target_name={slug}&expires_in=90&organization_copilot_metrics=read&organization_copilot_seat_management=read";
const CLASSIC: &str =
    "https://github.com/settings/tokens/new?scopes=read:org,manage_billing:copilot&description=pairmeter-{slug}";
const CLASSIC_ENTERPRISE: &str =
    "https://github.com/settings/tokens/new?scopes=read:enterprise,manage_billing:copilot&description=pairmeter-{slug}";
const ENTERPRISE_APPS: &str = "https://github.com/enterprises/{slug}/settings/apps";

pub(super) static WAYS: &[Way] = &[
    Way {
        id: "fine_grained_pat",
        title: "Fine-grained token",
        credential: "token",
        accounts: &[ORGANIZATION],
        steps: &[
            "Sign in to GitHub as an owner of {slug} and open the link: name, owner, permissions and 90 days are filled in.",
            "Check that the resource owner is {slug}, and that \"Organization Copilot metrics\" and \"GitHub Copilot Business\" are read-only.",
            COPY,
            POLICY,
        ],
        url: FINE_GRAINED,
        scopes: &["Organization Copilot metrics: read-only", "GitHub Copilot Business: read-only", BILLING, MEMBERS],
        begins: &["github_pat_"],
        renewal: ("Create a fine-grained token for {slug}", FINE_GRAINED),
    },
    Way {
        id: "classic_pat",
        title: "Classic token",
        credential: "token",
        accounts: &[ORGANIZATION],
        steps: &[
            "Sign in to GitHub as an owner of {slug}, or with a role that may view Copilot metrics, and open the link: both scopes are ticked.",
            LIFETIME,
            COPY,
            SSO,
            POLICY,
        ],
        url: CLASSIC,
        scopes: &["read:org", "manage_billing:copilot"],
        begins: &["ghp_"],
        renewal: ("Create a classic token with read:org and manage_billing:copilot", CLASSIC),
    },
    Way {
        id: "classic_pat",
        title: "Classic token",
        credential: "token",
        accounts: &[ENTERPRISE],
        steps: &[
            "Sign in to GitHub as an owner of the enterprise {slug}, or with a role that may view Copilot metrics, and open the link: both scopes are ticked.",
            LIFETIME,
            COPY,
            SSO,
            POLICY,
        ],
        url: CLASSIC_ENTERPRISE,
        scopes: &["read:enterprise", "manage_billing:copilot"],
        begins: &["ghp_"],
        renewal: ("Create a classic token with read:enterprise and manage_billing:copilot", CLASSIC_ENTERPRISE),
    },
    Way {
        id: app::KIND,
        title: "GitHub App",
        credential: app::KIND,
        accounts: &[ORGANIZATION],
        steps: &[
            "Sign in to GitHub as an owner of {slug} and open the link: create a new GitHub App, without a webhook, with both permissions.",
            "General, Private keys: generate a private key; GitHub offers it for download once. The App ID is on the same page.",
            "Install App in its menu, then {slug}.",
            POLICY,
        ],
        url: "https://github.com/organizations/{slug}/settings/apps/new",
        scopes: &["Organization Copilot metrics: read-only", "GitHub Copilot Business: read-only", BILLING, MEMBERS],
        begins: &["-----BEGIN"],
        renewal: (LOOK_AFTER, "https://github.com/organizations/{slug}/settings/installations"),
    },
    Way {
        id: app::KIND,
        title: "GitHub App",
        credential: app::KIND,
        accounts: &[ENTERPRISE],
        steps: &[
            "Sign in to GitHub as an owner of the enterprise {slug} and open the link: create a new GitHub App, without a webhook, with the permission.",
            "General, Private keys: generate a private key; GitHub offers it for download once. The App ID is on the same page.",
            "Install App in its menu, then the enterprise.",
            POLICY,
        ],
        url: ENTERPRISE_APPS,
        scopes: &["Enterprise Copilot metrics: read-only"],
        begins: &["-----BEGIN"],
        renewal: (LOOK_AFTER, ENTERPRISE_APPS),
    },
];

pub(super) static BREAKS: &[Break] = &[
    Break { day: day(2026, 4, 10), text: "Copilot CLI counts in the totals and in the features" },
    Break { day: day(2026, 6, 15), text: "People seen only by server-side telemetry count as active, about 5 % more" },
    Break { day: day(2026, 7, 2), text: "Lines suggested by Copilot CLI are no longer 0" },
    Break { day: day(2026, 10, 6), text: "New editor versions count agent sessions that were missed before" },
];
