//! What became of a node: dbt's statuses and the facts that run_results.json records.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use project::{event_time::TimeWindow, json::JsonMap, node::UniqueId};

/// How a node ended, with dbt's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A relation was built, or a hook ran.
    Success,
    /// Some batches of a relation were built, and some were not.
    PartialSuccess,
    /// A test found nothing wrong.
    Pass,
    /// A test found something that only warns.
    Warn,
    /// A test found something wrong.
    Fail,
    /// It could not be compiled or the warehouse refused it.
    Error,
    /// Not tried, because of something upstream, a cancellation or fail-fast.
    Skipped,
    /// Nothing to do for this kind of node.
    NoOp,
}

impl Status {
    /// dbt's name, as in artifacts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::PartialSuccess => "partial success",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::NoOp => "no-op",
        }
    }

    /// Whether a run with this outcome has failed.
    pub fn is_bad(self) -> bool {
        matches!(
            self,
            Self::Fail | Self::Error | Self::Skipped | Self::PartialSuccess
        )
    }
}

/// A step of a node's execution and when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// `compile` or `execute`.
    pub name: &'static str,
    /// When it began.
    pub started_at: SystemTime,
    /// When it ended.
    pub completed_at: SystemTime,
}

/// What became of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The node.
    pub unique_id: UniqueId,
    /// How it ended.
    pub status: Status,
    /// The steps that were reached.
    pub timing: Vec<Timing>,
    /// Which worker ran it: `Thread-1`.
    pub thread: String,
    /// Seconds from first to last.
    pub execution_time: f64,
    /// What the warehouse said of the main statement.
    pub adapter_response: JsonMap,
    /// For people: the warehouse's answer, or what went wrong.
    pub message: Option<String>,
    /// Rows that a test found.
    pub failures: Option<i64>,
    /// The SQL that was made of the node, if it got that far; `None` for nodes that are not compiled.
    pub compiled_code: Option<String>,
    /// As quoted; `None` for nodes that are not relations.
    pub relation_name: Option<String>,
    /// Whether the kind of node is compiled at all (a seed is not).
    pub is_compilable: bool,
    /// Where it went wrong, if a place is known.
    pub failure: Option<Failure>,
    /// Of a source that was asked, how old its data is.
    pub age: Option<DataAge>,
    /// Of a model that is built in batches, which were and which were not.
    pub batches: Option<BatchResults>,
}

/// What became of the batches of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct BatchResults {
    pub successful: Vec<TimeWindow>,
    pub failed: Vec<TimeWindow>,
}

/// How old the data of a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataAge {
    /// The latest of it; without any, the beginning of the calendar.
    pub max_loaded_at: DateTime<Utc>,
    /// When that was asked.
    pub snapshotted_at: DateTime<Utc>,
}

impl DataAge {
    /// From one to the other.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.snapshotted_at - self.max_loaded_at
    }
}

/// Where a node failed: a place in a file, for the terminal's snippet and the editor's diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `Compilation Error`, `Database Error`: dbt's headings.
    pub kind: FailureKind,
    /// What went wrong, without the heading and the place.
    pub message: String,
    /// Absolute path of the source file.
    pub path: Option<std::path::PathBuf>,
    /// The bytes at fault in that file, as far as they are known.
    pub range: Option<base::SourceRange>,
    /// From the node inwards: the macros on the way, as `macro name (path)`.
    pub through: Vec<String>,
    /// The compiled SQL, where the warehouse refused it.
    pub compiled_path: Option<std::path::PathBuf>,
}

/// Which part of the machinery refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The template.
    Compilation,
    /// The warehouse.
    Database {
        /// dbt's heading of the message, which is the adapter's choice.
        heading: &'static str,
    },
    /// A rule of the engine: a missing result, an unsupported feature.
    Runtime,
    /// Ctrl-C or fail-fast.
    Cancelled,
}

impl FailureKind {
    /// dbt's heading of the message.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Compilation => "Compilation Error",
            Self::Database { heading } => heading,
            Self::Runtime => "Runtime Error",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl Outcome {
    /// An outcome without work: skipped, or nothing to do.
    #[must_use]
    pub fn untried(unique_id: UniqueId, status: Status, message: Option<String>) -> Self {
        Self {
            unique_id,
            status,
            timing: Vec::new(),
            thread: "MainThread".to_owned(),
            execution_time: 0.0,
            adapter_response: JsonMap::new(),
            message,
            failures: None,
            compiled_code: None,
            relation_name: None,
            is_compilable: true,
            failure: None,
            age: None,
            batches: None,
        }
    }
}

/// How many nodes ended how: the last line of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub pass: usize,
    pub warn: usize,
    pub error: usize,
    /// Of those under `error`, the ones of which some batches were built.
    pub partial: usize,
    pub skip: usize,
    pub no_op: usize,
    pub total: usize,
}

impl Counts {
    /// Of these outcomes.
    #[must_use]
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            counts.total += 1;
            match outcome.status {
                Status::Success | Status::Pass => counts.pass += 1,
                Status::Warn => counts.warn += 1,
                Status::Fail | Status::Error => counts.error += 1,
                Status::PartialSuccess => {
                    counts.error += 1;
                    counts.partial += 1;
                }
                Status::Skipped => counts.skip += 1,
                Status::NoOp => counts.no_op += 1,
            }
        }
        counts
    }
}
