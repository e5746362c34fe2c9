//! What is done with the selected nodes: one task a command.

use crate::live::Session;

/// What is done with the selected nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Everything in order; failing tests keep what lies below from running.
    Build,
    /// Models.
    Run,
    /// Seeds.
    Seed,
    /// Snapshots.
    Snapshot,
    /// Tests.
    Test,
    /// Templates are rendered, nothing is made.
    Compile,
    /// Relations of another environment are made available in this one.
    Clone,
    /// Sources are asked how old their data is.
    SourceFreshness,
}

impl Task {
    /// dbt's name of the command.
    pub fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Run => "run",
            Self::Seed => "seed",
            Self::Snapshot => "snapshot",
            Self::Test => "test",
            Self::Compile => "compile",
            Self::Clone => "clone",
            Self::SourceFreshness => "source freshness",
        }
    }

    pub(super) fn runs_hooks(self, session: &Session) -> bool {
        match self {
            Self::Compile | Self::Clone => false,
            Self::SourceFreshness => {
                let flag = session
                    .flags
                    .context
                    .get("SOURCE_FRESHNESS_RUN_PROJECT_HOOKS");
                flag.and_then(serde_json::Value::as_bool).unwrap_or(true)
            }
            Self::Build | Self::Run | Self::Seed | Self::Snapshot | Self::Test => true,
        }
    }

    /// Whether nodes run in the order of the graph.
    pub(super) fn is_ordered(self) -> bool {
        match self {
            Self::Test | Self::Seed | Self::Clone | Self::SourceFreshness => false,
            Self::Build | Self::Run | Self::Snapshot | Self::Compile => true,
        }
    }

    /// Whether `retry` can do the rest of it.
    pub(super) fn is_repeatable(self) -> bool {
        self != Self::SourceFreshness
    }
}
