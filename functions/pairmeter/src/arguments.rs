//! The command line's commands and options.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use shared::words::Day;

/// Meters AI pair programmers: who uses what, what it costs, and whether the history is right.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the owner must act (token, permission, policy), 4 try later.
#[derive(Parser)]
#[command(version, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The data folder [default: $PAIRMETER_DATA, else the user's data folder].
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Print JSON for programs instead of tables for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run everything in one process: API, daily polls, workers.
    Serve(Serve),
    /// Check a connection with 14 days of real data; store nothing.
    Verify(Connection),
    /// Verify a connection, save it, and fetch its history in the foreground.
    Connect(Connect),
    /// List the saved connectors.
    Connectors,
    /// Give a connector a new token or app; verified against the same account first, then polled.
    Rotate(Rotate),
    /// Fetch missing days in the foreground; connects the account first if necessary.
    Poll(Poll),
    /// Show usage by day, week or month.
    Usage(Usage),
    /// Show usage by editor, language, model or feature.
    Breakdown(Breakdown),
    /// Show tokens by person, team, model or surface.
    Tokens(Tokens),
    /// Show costs; bases are never added up.
    Costs(Costs),
    /// Show pull requests.
    PullRequests(Range),
    /// Show people, each once across all providers; or one person with all identities.
    People(People),
    /// Show the teams of all providers and of the mapping file.
    Teams(Teams),
    /// Show identities and their people; import, export and correct the links.
    Identities(Identities),
    /// Show licenses, their holders and their last use.
    Seats(Seats),
    /// Show how far each connector's history is complete.
    Freshness,
    /// Send notices that were not sent yet, as `serve` does every day.
    Notify,
    /// Rebuild stored segments from the archive.
    Rebuild {
        /// Name or id of the connector; all of them if omitted.
        connector: Option<String>,
    },
    /// Serve a stand-in for the providers' APIs on loopback.
    Sandbox(Sandbox),
}

#[derive(Args)]
pub(crate) struct Serve {
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Add a sandbox with every provider connected and 90 days of data; keeps its data apart.
    #[arg(long)]
    pub(crate) demo: bool,
}

#[derive(Args)]
pub(crate) struct Account {
    /// The provider's ID, as in GET /v1/providers [default: recognized by the token].
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// The organization's name in its URL.
    #[arg(long, value_name = "NAME", conflicts_with = "enterprise")]
    pub(crate) organization: Option<String>,
    /// The enterprise's name in its URL.
    #[arg(long, value_name = "NAME")]
    pub(crate) enterprise: Option<String>,
    /// The account, for a provider with one kind of account: a workspace, a team.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["organization", "enterprise"])]
    pub(crate) account: Option<String>,
    /// For GHE.com with data residency: https://api.SUBDOMAIN.ghe.com
    #[arg(long, value_name = "URL")]
    pub(crate) api_url: Option<String>,
}

/// Never an argument, because arguments appear in shell histories and process lists. Without an option, a prompt asks.
#[derive(Args)]
pub(crate) struct Token {
    /// The environment variable that holds the token.
    #[arg(long, value_name = "NAME", conflicts_with = "token_file")]
    pub(crate) token_env: Option<String>,
    /// The file that holds the token; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) app: App,
}

/// An app with its own key, instead of a token.
#[derive(Args)]
pub(crate) struct App {
    /// The app's ID or client ID, instead of a token.
    #[arg(long, value_name = "ID", requires = "private_key_file", conflicts_with_all = ["token_env", "token_file"])]
    pub(crate) app_id: Option<String>,
    /// The .pem file that holds the app's private key; `-` is standard input.
    #[arg(long, value_name = "FILE", requires = "app_id")]
    pub(crate) private_key_file: Option<PathBuf>,
    /// The app's installation in the account [default: found automatically].
    #[arg(long, value_name = "ID", requires = "app_id")]
    pub(crate) installation_id: Option<String>,
}

#[derive(Args)]
pub(crate) struct Connection {
    #[command(flatten)]
    pub(crate) account: Account,
    #[command(flatten)]
    pub(crate) token: Token,
}

#[derive(Args)]
pub(crate) struct Connect {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Name of the connector [default: the account's name].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Which teams people count for.
    #[arg(long, value_enum, default_value_t = TeamSync::Daily, value_name = "WHEN")]
    pub(crate) team_sync: TeamSync,
    /// Leave the history to the next `serve` or `poll --history`.
    #[arg(long)]
    pub(crate) no_poll: bool,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(crate) enum TeamSync {
    /// The teams of each day.
    #[default]
    Daily,
    /// On all days the teams that are known first.
    Once,
}

#[derive(Args)]
pub(crate) struct Rotate {
    /// Name or id of the connector.
    pub(crate) connector: String,
    #[command(flatten)]
    pub(crate) token: Token,
}

#[derive(Args)]
pub(crate) struct Poll {
    /// Name or id of a saved connector; all of them if omitted.
    #[arg(conflicts_with_all = ["organization", "enterprise", "account"])]
    pub(crate) connector: Option<String>,
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Fetch the last N days again, even if they are stored.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(crate) days: Option<u32>,
    /// Fetch the provider's whole history.
    #[arg(long, conflicts_with = "days")]
    pub(crate) history: bool,
}

impl Poll {
    /// Whether an account is named, which may have to be connected first.
    pub(crate) fn names_an_account(&self) -> bool {
        let account = &self.connection.account;
        account.organization.is_some() || account.enterprise.is_some() || account.account.is_some()
    }
}

#[derive(Args, Clone)]
pub(crate) struct Range {
    /// First day [default: 28 days ago].
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// Last day [default: yesterday].
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<Day>,
    /// Name or id of a connector; all of them if omitted.
    #[arg(long)]
    pub(crate) connector: Option<String>,
    /// day, week or month.
    #[arg(long)]
    pub(crate) interval: Option<String>,
    /// organization, team, user or repository.
    #[arg(long)]
    pub(crate) level: Option<String>,
    /// Id of one person, team or repository.
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Id or name of a team.
    #[arg(long)]
    pub(crate) team: Option<String>,
    /// ID of a person as shown by `pairmeter people`, across all providers.
    #[arg(long)]
    pub(crate) person: Option<String>,
}

#[derive(Args)]
pub(crate) struct Usage {
    #[command(flatten)]
    pub(crate) range: Range,
}

#[derive(Args)]
pub(crate) struct Breakdown {
    #[arg(long, value_enum)]
    pub(crate) by: Dimension,
    /// Group also by person or by team.
    #[arg(long, value_enum)]
    pub(crate) split: Option<BreakdownSplit>,
    #[command(flatten)]
    pub(crate) range: Range,
}

#[derive(Args)]
pub(crate) struct Costs {
    #[command(flatten)]
    pub(crate) range: Range,
    /// Group each basis by this; repeatable.
    #[arg(long, value_enum)]
    pub(crate) by: Vec<Split>,
    /// Only this basis: billed, metered, included, estimated, list, seat or unknown.
    #[arg(long)]
    pub(crate) basis: Option<String>,
    /// Only the person with this e-mail address, across all providers.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
}

#[derive(Args)]
pub(crate) struct Tokens {
    #[command(flatten)]
    pub(crate) range: Range,
    /// Group rows by this; repeatable.
    #[arg(long, value_enum)]
    pub(crate) by: Vec<TokenGroup>,
    /// Only this model.
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Only this surface: the product or interface, if a provider has several.
    #[arg(long)]
    pub(crate) surface: Option<String>,
    /// Only the person with this e-mail address, across all providers.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TokenGroup {
    Person,
    Team,
    Model,
    Surface,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Split {
    Person,
    Team,
    Model,
    LineItem,
    Project,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Dimension {
    Editor,
    Language,
    Model,
    Feature,
    Client,
    Tool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum BreakdownSplit {
    Person,
    Team,
}

#[derive(Args)]
pub(crate) struct People {
    /// Id of one person, or of one of their identities.
    pub(crate) id: Option<String>,
    /// First day [default: 28 days ago].
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// Last day [default: yesterday].
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<Day>,
    /// Name or id of a connector; all of them if omitted.
    #[arg(long, conflicts_with = "id")]
    pub(crate) connector: Option<String>,
    /// Id or name of a team.
    #[arg(long, conflicts_with = "id")]
    pub(crate) team: Option<String>,
    /// Only people with this text in the name, the e-mail address or an id.
    #[arg(long, value_name = "TEXT", conflicts_with = "id")]
    pub(crate) search: Option<String>,
}

#[derive(Args)]
pub(crate) struct Teams {
    /// First day [default: 28 days ago].
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// Last day [default: yesterday].
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<Day>,
    /// Name or id of a connector; all of them if omitted.
    #[arg(long)]
    pub(crate) connector: Option<String>,
    /// Only teams with this text in the name or the id.
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

#[derive(Args)]
pub(crate) struct Seats {
    /// Name or id of a connector; all of them if omitted.
    #[arg(long)]
    pub(crate) connector: Option<String>,
    /// The snapshot of this day [default: the latest].
    #[arg(long, value_name = "DAY")]
    pub(crate) day: Option<Day>,
    /// Only people with this text in the name, the e-mail address or an ID.
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only this use: active, idle, never or unknown.
    #[arg(long = "use", value_name = "USE")]
    pub(crate) used: Option<String>,
    /// Sort by name, plan, assigned or last_activity.
    #[arg(long)]
    pub(crate) sort: Option<String>,
    /// The direction of --sort: asc or desc [default: asc].
    #[arg(long, requires = "sort")]
    pub(crate) order: Option<String>,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Identities {
    #[command(subcommand)]
    pub(crate) command: Option<IdentitiesCommand>,
    #[command(flatten)]
    pub(crate) filter: IdentityFilter,
}

#[derive(Subcommand)]
pub(crate) enum IdentitiesCommand {
    /// List identities with their person and suggestions; the same as without a command.
    List {
        #[command(flatten)]
        filter: IdentityFilter,
    },
    /// Replace the mapping by a CSV file: person, name, provider, identity, team, from, to.
    Import {
        /// The file; `-` is standard input.
        file: PathBuf,
        /// Report the changes without applying them.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the mapping as CSV.
    Export,
    /// Link two identities as one person: confirm a suggestion.
    Link {
        /// Id of an identity.
        one: String,
        other: String,
    },
    /// Separate two identities: OTHER leaves the person of ONE and stays separate.
    Split {
        /// Id of an identity.
        one: String,
        other: String,
    },
    /// Withdraw the decision about two identities.
    Undo {
        /// Id of an identity.
        one: String,
        other: String,
    },
}

#[derive(Args)]
pub(crate) struct IdentityFilter {
    /// Only identities without a link, although other providers are connected.
    #[arg(long, conflicts_with = "suggested")]
    pub(crate) unmatched: bool,
    /// Only identities with a suggested link.
    #[arg(long)]
    pub(crate) suggested: bool,
    /// Only identities at this provider, by its ID.
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// Only identities with this text in an ID, a name or an address.
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

#[derive(Args)]
pub(crate) struct Sandbox {
    #[arg(long, default_value = "127.0.0.1:9001", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// People in each organization.
    #[arg(long, default_value_t = 60)]
    pub(crate) users: usize,
    /// Days of history.
    #[arg(long, default_value_t = 90)]
    pub(crate) days: usize,
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Set the sandbox's clock back by this many days; people and their history stay those of today.
    #[arg(long, default_value_t = 0, value_name = "DAYS")]
    pub(crate) behind: u16,
}
