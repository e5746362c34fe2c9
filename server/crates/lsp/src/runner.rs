//! What the server asks of whoever can execute a project. The binary injects it; this crate never sees the engine.
//!
//! A `Runner` blocks its caller, reports as it goes and looks at a `CancelFlag`. It is called only because the user
//! asked for it, never while a project is opened or edited.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base::{SourceRange, System};
use serde_json::{Map, Value};

/// Executes parts of a project.
pub trait Runner: Send + Sync {
    /// Run, build or test a selection. Nodes that fail are in the outcome; an error means that nothing could be done.
    fn run(
        &self,
        request: &RunRequest,
        events: RunListener,
        cancel: &CancelFlag,
    ) -> Result<RunOutcome, RunError>;

    /// Execute one node's compiled query and read some rows.
    fn preview(&self, request: &PreviewRequest, cancel: &CancelFlag) -> Result<Preview, RunError>;

    /// Compare the rows of a model's query with those of its relation.
    fn diff(&self, request: &DiffRequest, cancel: &CancelFlag) -> Result<Diff, RunError>;

    /// Ask the warehouse for the columns of relations, and keep the answer.
    fn read_catalog(
        &self,
        request: &CatalogRequest,
        cancel: &CancelFlag,
    ) -> Result<CatalogReading, RunError>;

    /// Ask the warehouse for all tables of a schema.
    fn tables(
        &self,
        request: &TablesRequest,
        cancel: &CancelFlag,
    ) -> Result<Vec<WarehouseTable>, RunError>;
}

/// Hears of a run while it happens, from any thread.
pub type RunListener = Arc<dyn Fn(RunEvent) + Send + Sync>;

/// Set once, seen by everyone who holds a clone: stop as soon as possible.
#[derive(Clone, Default)]
pub struct CancelFlag(Arc<Cancellation>);

#[derive(Default)]
struct Cancellation {
    is_cancelled: AtomicBool,
    /// Those who cannot look at the flag by themselves.
    listeners: Mutex<Vec<Box<dyn Fn() + Send>>>,
}

impl CancelFlag {
    /// Ask for the stop.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::SeqCst);
        let listeners = std::mem::take(&mut *self.listeners());
        for listener in listeners {
            listener();
        }
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::SeqCst)
    }

    /// Call `listener` when the stop is asked for; at once, if it has been.
    pub fn on_cancel(&self, listener: impl Fn() + Send + 'static) {
        self.listeners().push(Box::new(listener));
        if self.is_cancelled() {
            self.cancel();
        }
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Box<dyn Fn() + Send>>> {
        let listeners = self.0.listeners.lock();
        listeners.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CancelFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelFlag")
            .field(&self.is_cancelled())
            .finish()
    }
}

/// Which project, and how it is set up.
#[derive(Clone)]
pub struct RunProject {
    /// The folder of `dbt_project.yml`.
    pub root: PathBuf,
    /// The files as the user sees them: unsaved text goes before the disk.
    pub system: Arc<dyn System>,
    /// As `--target`.
    pub target: Option<String>,
    /// As `--profiles-dir`.
    pub profiles_dir: Option<PathBuf>,
    /// As `--vars`.
    pub vars: Map<String, Value>,
    /// Another environment to read what is not built here.
    pub defer: Option<Deferral>,
}

/// As `--defer` and `--state`, which `state:` selectors go by, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deferral {
    /// The folder of `manifest.json`; relative to the project if it is not absolute.
    pub state: PathBuf,
    /// As `--favor-state`.
    pub favor_state: bool,
}

/// What to do with the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Models.
    Run,
    /// Seeds, models, snapshots and tests, in order.
    Build,
    /// Tests.
    Test,
    /// Seeds.
    Seed,
    /// Snapshots.
    Snapshot,
    /// How old the data of sources is.
    Freshness,
}

/// A run.
#[derive(Clone)]
pub struct RunRequest {
    /// Where.
    pub project: RunProject,
    /// What.
    pub kind: RunKind,
    /// Which nodes, in dbt's selection syntax.
    pub selector: String,
    /// As `--full-refresh`.
    pub full_refresh: bool,
}

/// Some rows of one node.
#[derive(Clone)]
pub struct PreviewRequest {
    /// Where.
    pub project: RunProject,
    /// What.
    pub subject: PreviewSubject,
    /// At most so many rows.
    pub limit: usize,
}

/// What rows are wanted of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreviewSubject {
    /// A node, in dbt's selection syntax.
    Node(String),
    /// A CTE of a node.
    Cte {
        /// The node, in dbt's selection syntax.
        selector: String,
        /// The name of the CTE, unquoted.
        cte: String,
    },
    /// A template of its own.
    Query(String),
}

/// What a model's query would change.
#[derive(Clone)]
pub struct DiffRequest {
    /// Where.
    pub project: RunProject,
    /// The model, in dbt's selection syntax.
    pub selector: String,
    /// At most so many rows.
    pub limit: usize,
}

/// The columns that relations have.
#[derive(Clone)]
pub struct CatalogRequest {
    /// Where.
    pub project: RunProject,
    /// Of which nodes and sources, in dbt's selection syntax; of all if there is none.
    pub selector: Option<String>,
}

/// The tables that a schema has.
#[derive(Clone)]
pub struct TablesRequest {
    /// Where.
    pub project: RunProject,
    /// The target's, if there is none.
    pub database: Option<String>,
    /// As the warehouse calls it, in upper or lower case.
    pub schema: String,
}

/// What happens during a run.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The selection is known.
    Planned {
        /// How many nodes will be worked on.
        n_nodes: usize,
    },
    /// Work on a node begins.
    NodeStarted {
        /// `model.shop.orders`
        unique_id: String,
    },
    /// A node is done, one way or the other.
    NodeFinished(NodeResult),
}

/// How a node ended.
#[derive(Debug, Clone)]
pub struct NodeResult {
    /// `model.shop.orders`
    pub unique_id: String,
    /// In the words of `run_results.json`: success, error, skipped, pass, fail, warn, no-op.
    pub status: String,
    /// What the warehouse said.
    pub message: Option<String>,
    /// How long it took.
    pub execution_time: Duration,
    /// For a node that failed: where to look.
    pub failure: Option<NodeFailure>,
}

/// The place of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFailure {
    /// The file at fault.
    pub path: PathBuf,
    /// The place in its text as the user sees it; `None` if the warehouse named none.
    pub range: Option<SourceRange>,
    /// A warning (a test with `severity: warn`) rather than an error.
    pub is_warning: bool,
    /// For people.
    pub message: String,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunOutcome {
    /// Nothing failed and the run was not cancelled.
    pub success: bool,
    /// One line for people: "5 ok, 1 error, 2 skipped in 1.2 s".
    pub summary: String,
    /// In the order in which the nodes finished.
    pub results: Vec<NodeResult>,
}

/// Rows.
#[derive(Debug, Clone)]
pub struct Preview {
    /// `model.shop.orders`
    pub unique_id: String,
    /// Name and type, in the words of the warehouse.
    pub columns: Vec<(String, String)>,
    /// Each as long as `columns`: null, booleans, numbers that JSON holds exactly, and strings.
    pub rows: Vec<Vec<Value>>,
    /// There were more rows than the limit.
    pub truncated: bool,
    /// What was executed.
    pub sql: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// How the rows of a model's query differ from those of its relation.
#[derive(Debug, Clone)]
pub struct Diff {
    /// `model.shop.orders`
    pub unique_id: String,
    /// What both have: the columns that were compared.
    pub columns: Vec<String>,
    /// The columns of the query alone.
    pub added_columns: Vec<String>,
    /// The columns of the relation alone.
    pub removed_columns: Vec<String>,
    /// Columns of another type: the name, the type of the relation and that of the query.
    pub retyped_columns: Vec<(String, String, String)>,
    /// Rows of the relation.
    pub before: u64,
    /// Rows of the query.
    pub after: u64,
    /// Rows of the query that the relation does not have.
    pub added: u64,
    /// Rows of the relation that the query does not give.
    pub removed: u64,
    /// Some of these: whether it is one of the query, and its values as in `Preview`.
    pub rows: Vec<(bool, Vec<Value>)>,
    /// What was executed.
    pub sql: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// What the warehouse was asked for its columns.
#[derive(Debug, Clone)]
pub struct CatalogReading {
    /// How many relations were there.
    pub n_relations: usize,
    /// Where the answer is kept.
    pub path: PathBuf,
    /// What could not be found out.
    pub errors: Vec<String>,
}

/// A table or view in the warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseTable {
    /// As the warehouse spells it.
    pub name: String,
    /// Names and types, in its order.
    pub columns: Vec<(String, String)>,
}

/// Why nothing could be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RunError {
    /// For people: the profile is missing, the selector selects nothing, the query failed.
    pub message: String,
    /// The node that failed, and where to look.
    pub failure: Option<(String, NodeFailure)>,
}

impl RunError {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            failure: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::CancelFlag;

    #[test]
    fn listeners_hear_of_the_stop_once_whenever_they_came() {
        let (tx, rx) = mpsc::channel();
        let flag = CancelFlag::default();
        let early = tx.clone();
        flag.on_cancel(move || early.send("early").unwrap());
        flag.cancel();
        flag.cancel();
        flag.on_cancel(move || tx.send("late").unwrap());
        assert_eq!(rx.iter().collect::<Vec<_>>(), ["early", "late"]);
    }
}
