//! What a code lens or a code action can have executed.

use base::SourceRange;

/// Something that the user asks for and the server hands to a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What to do.
    pub kind: CommandKind,
    /// With which nodes, in dbt's selection syntax; those of the file if there is none.
    pub selector: Option<String>,
    /// What of a node is previewed; all of it if this is not said.
    pub part: Option<PreviewPart>,
    /// In bytes of the file, for what is about a place rather than a selection.
    pub position: Option<u32>,
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreviewPart {
    /// The CTE of this name.
    Cte(String),
    /// What is selected.
    Selection(SourceRange),
}

/// What to do with the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandKind {
    /// Run models.
    Run,
    /// Seeds, models, snapshots and tests, in order.
    Build,
    /// Run tests.
    Test,
    /// Load seeds.
    Seed,
    /// Take snapshots.
    Snapshot,
    /// Look how old the data of sources is.
    Freshness,
    /// Execute the query and show some rows.
    Preview,
    /// Show the compiled SQL; executes nothing.
    ShowCompiled,
    /// Show what a node reads and what reads it; executes nothing.
    ShowLineage,
    /// Describe columns in YAML; an edit, which the client makes.
    GenerateProperties,
}

impl CommandKind {
    /// Whether it reaches a warehouse.
    pub fn executes(self) -> bool {
        match self {
            Self::Run
            | Self::Build
            | Self::Test
            | Self::Seed
            | Self::Snapshot
            | Self::Freshness
            | Self::Preview => true,
            Self::ShowCompiled | Self::ShowLineage | Self::GenerateProperties => false,
        }
    }
}
