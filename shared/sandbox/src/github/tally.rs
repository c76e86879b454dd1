//! Copilot activity, counted once and presented in every breakdown.
//!
//! All breakdowns of a report are projections of the same cells, so they agree with each other and with their total
//! by construction, for one person and for a whole organization.

use std::ops::AddAssign;

pub(crate) const EDITORS: [&str; 5] = ["vscode", "intellij", "visualstudio", "xcode", "neovim"];
pub(crate) const LANGUAGES: [&str; 12] = [
    "typescript",
    "python",
    "java",
    "go",
    "csharp",
    "kotlin",
    "rust",
    "swift",
    "yaml",
    "markdown",
    "unknown",
    "others",
];
pub(crate) const MODELS: [&str; 5] =
    ["claude-sonnet-4.6", "gpt-5.3-codex", "gpt-5-mini", "gemini-3-pro", "claude-opus-4.6"];
/// Metered price of one interaction with each model, in tenths of an AI credit.
pub(crate) const TENTHS_OF_CREDIT: [u64; 5] = [21, 18, 3, 15, 65];
/// Third-party agents: the stable key, and the name, which may change.
pub(crate) const AGENTS: [(&str, &str); 2] = [("2246796", "Claude (Anthropic)"), ("2248422", "Codex (OpenAI)")];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    CodeCompletion,
    ChatInline,
    ChatAsk,
    ChatAgent,
    ChatEdit,
    ChatPlan,
    AgentEdit,
    Cli,
    App,
}

pub(crate) const FEATURES: [&str; 9] = [
    "code_completion",
    "chat_inline",
    "chat_panel_ask_mode",
    "chat_panel_agent_mode",
    "chat_panel_edit_mode",
    "chat_panel_plan_mode",
    "agent_edit",
    "copilot_cli",
    "copilot_app",
];

/// Ways in which people customize the command line: the name of the list, the key of a row, and the names that GitHub
/// shows (all names of a customer's own become one word).
pub(crate) const CUSTOMS: [(&str, &str, [&str; 2]); 5] = [
    ("skill", "totals_by_skill", ["create-pr", "other"]),
    ("custom_agent", "totals_by_custom_agent", ["general-purpose", "other"]),
    ("mcp", "totals_by_mcp", ["github-mcp-server", "other"]),
    ("slash_cmd", "totals_by_slash_cmd", ["/plan", "custom"]),
    ("plugin", "totals_by_plugin", ["other", "custom"]),
];

/// The seven counters that GitHub repeats at every level.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Counts {
    pub(crate) interactions: u32,
    pub(crate) generated: u32,
    pub(crate) accepted: u32,
    pub(crate) suggested_to_add: u32,
    pub(crate) suggested_to_delete: u32,
    pub(crate) added: u32,
    pub(crate) deleted: u32,
}

/// The smallest unit: one feature in one language with one model, in an editor or outside editors.
pub(crate) struct Cell {
    pub(crate) editor: Option<usize>,
    pub(crate) feature: Feature,
    pub(crate) language: usize,
    /// GitHub does not report which model completes code.
    pub(crate) model: Option<usize>,
    pub(crate) counts: Counts,
}

/// Sessions of the command line or the app, with their tokens.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sessions {
    pub(crate) sessions: u32,
    pub(crate) requests: u32,
    pub(crate) prompts: u32,
    pub(crate) tokens_out: u64,
    pub(crate) tokens_in: u64,
}

/// The figures of one person's day, or of a sum of days.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    pub(crate) total: Counts,
    pub(crate) by_editor: [Counts; EDITORS.len()],
    pub(crate) by_feature: [Counts; FEATURES.len()],
    pub(crate) by_language_feature: [[Counts; FEATURES.len()]; LANGUAGES.len()],
    pub(crate) by_language_model: [[Counts; MODELS.len()]; LANGUAGES.len()],
    pub(crate) by_model_feature: [[Counts; FEATURES.len()]; MODELS.len()],
    pub(crate) cli: Sessions,
    pub(crate) app: Sessions,
    /// Sessions and messages in the Agents window of VS Code.
    pub(crate) vscode_agent: (u32, u32),
    /// Interactions and sessions per third-party agent.
    pub(crate) agents: [(u32, u32); AGENTS.len()],
    pub(crate) customs: [[u32; 2]; CUSTOMS.len()],
    /// AI credits per model, in tenths: integers add up exactly in any order.
    pub(crate) credits: [u64; MODELS.len()],
    /// People and their counts per adoption phase; only for organizations.
    pub(crate) phases: [(u32, Counts); 4],
}

impl Tally {
    pub(crate) fn add(&mut self, cell: Cell) {
        let Cell { editor, feature, language, model, counts } = cell;
        self.total += counts;
        if let Some(editor) = editor {
            self.by_editor[editor] += counts;
        }
        self.by_feature[feature as usize] += counts;
        self.by_language_feature[language][feature as usize] += counts;
        if let Some(model) = model {
            self.by_language_model[language][model] += counts;
            self.by_model_feature[model][feature as usize] += counts;
        }
    }

    pub(crate) fn credits(&self) -> u64 {
        self.credits.iter().sum()
    }
}

impl Counts {
    pub(crate) fn is_zero(&self) -> bool {
        *self == Counts::default()
    }

    /// The counts since `earlier`, an earlier state of the same counter.
    pub(crate) fn since(&self, earlier: &Counts) -> Counts {
        Counts {
            interactions: self.interactions - earlier.interactions,
            generated: self.generated - earlier.generated,
            accepted: self.accepted - earlier.accepted,
            suggested_to_add: self.suggested_to_add - earlier.suggested_to_add,
            suggested_to_delete: self.suggested_to_delete - earlier.suggested_to_delete,
            added: self.added - earlier.added,
            deleted: self.deleted - earlier.deleted,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.interactions += other.interactions;
        self.generated += other.generated;
        self.accepted += other.accepted;
        self.suggested_to_add += other.suggested_to_add;
        self.suggested_to_delete += other.suggested_to_delete;
        self.added += other.added;
        self.deleted += other.deleted;
    }
}
