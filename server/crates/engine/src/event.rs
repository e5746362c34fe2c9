//! What a run tells the world while it happens; the terminal, the JSON log and the editor each make their own of it.

use std::time::Duration;

use project::node::{Language, ResourceType, UniqueId};

use crate::outcome::{Counts, Outcome};

/// A node as a run's lines name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLine {
    /// The node.
    pub unique_id: UniqueId,
    /// Which kind it is; unit tests and hooks are described differently from models.
    pub resource_type: ResourceType,
    /// `orders`, `orders.v2`, `not_null_orders_id`.
    pub name: String,
    /// `main.orders` for what makes a relation, the bare name for the rest.
    pub relation: String,
    /// `table`, `view`; empty for what has none.
    pub materialized: String,
    /// Its place among the nodes that are reported, from 1.
    pub index: usize,
    /// How many nodes are reported.
    pub total: usize,
    /// Relative to its project.
    pub path: String,
    /// Built batch by batch.
    pub is_batched: bool,
    /// What it is written in.
    pub language: Language,
}

/// A batch of a model as a run's lines name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchLine {
    /// `2024-01-31`
    pub label: String,
    /// Its place among the model's batches, from 1.
    pub index: usize,
    /// How many batches are built.
    pub total: usize,
}

/// How loud a message of a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageLevel {
    /// Only in the log file.
    Debug,
    /// On the terminal, unless `--quiet`.
    Info,
    /// On the terminal even with `--quiet`, unless `--no-print`.
    Print,
    /// Something the user should look at.
    Warn,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// The project is loaded: `Found 3 models, 1 seed, ...`.
    Found(&'a str),
    /// The run begins.
    Started {
        /// Workers.
        threads: usize,
        /// The profile's target.
        target: &'a str,
        /// Nodes that will be reported.
        total: usize,
    },
    /// Nothing was selected.
    NothingToDo,
    /// A node begins.
    NodeStarted(&'a NodeLine),
    /// A node ended.
    NodeFinished {
        /// Which.
        node: &'a NodeLine,
        /// How.
        outcome: &'a Outcome,
    },
    /// A batch of a node begins.
    BatchStarted {
        /// Whose.
        node: &'a NodeLine,
        /// Which.
        batch: BatchLine,
    },
    /// A batch of a node ended.
    BatchFinished {
        /// Whose.
        node: &'a NodeLine,
        /// Which.
        batch: BatchLine,
        /// How.
        outcome: &'a Outcome,
    },
    /// A template or the engine has something to say.
    Message {
        /// How loud.
        level: MessageLevel,
        /// What.
        text: &'a str,
        /// dbt's name of it.
        event: &'static str,
        /// While which node ran, if one did.
        node: Option<&'a UniqueId>,
    },
    /// A statement goes to the warehouse.
    Query {
        /// What it says.
        sql: &'a str,
        /// For which node.
        node: Option<&'a UniqueId>,
    },
    /// The run is over.
    Finished {
        /// All of them.
        outcomes: &'a [Outcome],
        /// By status.
        counts: Counts,
        /// How many nodes of which kind.
        kinds: &'a str,
        /// From start to end.
        elapsed: Duration,
        /// Ctrl-C.
        is_interrupted: bool,
    },
}

/// Hears of everything. Called from the workers, so it must be quick and may be called at the same time.
pub trait Reporter: Send + Sync {
    /// Something happened.
    fn report(&self, event: &Event<'_>);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _event: &Event<'_>) {}
}
