//! `RenderHost`: everything a template asks of the world.
//!
//! The renderer knows the language; the host knows the project and, when live, the warehouse. The offline host answers
//! from the analysis, the live host runs queries. Methods with a default are those a host that never executes can
//! leave alone. Hosts return typed errors without a place: the renderer knows where the template was.

use std::sync::Arc;

use base::explained;

use crate::render::macro_def::MacroDef;
use crate::table::Table;
use crate::value::{CallArgs, Value};

/// Why a host could not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostErrorKind {
    /// The project is wrong: an unknown model, a missing variable.
    Compilation,
    /// The warehouse refused or failed.
    Database,
    /// A newer edit or Ctrl-C made the answer worthless; never shown to the user.
    Cancelled,
    /// Only a warehouse knows, and there is none: the caller marks what depends on it as unknown.
    Unknown,
}

/// An answer that could not be given. No place: the renderer adds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    /// What went wrong, coarsely.
    pub kind: HostErrorKind,
    /// The diagnostic's stable code: `unknown-ref`.
    pub code: &'static str,
    /// In the style of diagnostics.
    pub message: String,
}

impl HostError {
    /// The project is wrong.
    pub fn compilation(code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(explained(code).is_some(), "`{code}` is not in `CODES`");
        Self {
            kind: HostErrorKind::Compilation,
            code,
            message: message.into(),
        }
    }

    /// The warehouse refused.
    pub fn database(message: impl Into<String>) -> Self {
        Self {
            kind: HostErrorKind::Database,
            code: "database-error",
            message: message.into(),
        }
    }

    /// A newer edit made the answer worthless.
    pub fn cancelled() -> Self {
        Self {
            kind: HostErrorKind::Cancelled,
            code: "cancelled",
            message: "cancelled".to_owned(),
        }
    }

    /// Only a warehouse could tell.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self {
            kind: HostErrorKind::Unknown,
            code: "needs-warehouse",
            message: message.into(),
        }
    }
}

/// `ref('package', 'name', v=1)`.
#[derive(Debug, Clone)]
pub struct RefRequest {
    /// The first of two positional arguments.
    pub package: Option<String>,
    /// The model, seed or snapshot.
    pub name: String,
    /// `v=` or `version=`, as written: a number or a text.
    pub version: Option<Value>,
}

/// `adapter.execute(sql, auto_begin, fetch, limit)`.
#[derive(Debug, Clone)]
pub struct QueryRequest {
    /// What to run.
    pub sql: String,
    /// Begin a transaction if there is none.
    pub auto_begin: bool,
    /// Return the rows.
    pub fetch: bool,
    /// At most so many rows.
    pub limit: Option<usize>,
}

/// What a statement came back with.
#[derive(Debug, Clone)]
pub struct QueryResult {
    /// dbt's adapter response: `{"_message": "OK", "rows_affected": 3, "code": "…"}`, a dict in templates.
    pub response: Vec<(String, Value)>,
    /// The rows; empty if not fetched.
    pub table: Table,
}

/// What `log` and `print` are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogLevel {
    /// `log(msg)`.
    Debug,
    /// `log(msg, info=true)`.
    Info,
    /// `print(msg)`: to the terminal, whatever the log level.
    Print,
    /// `exceptions.warn(msg)`.
    Warn,
}

/// Answers what templates ask. `&self` throughout: what a host collects sits behind its own lock or cell.
///
/// All calls of one rendering come from the thread that renders.
#[expect(
    unused_variables,
    reason = "parameters of default methods are documentation"
)]
pub trait RenderHost: Send + Sync {
    /// dbt's `execute`: false while parsing, true while compiling and running.
    fn execute(&self) -> bool;

    /// Undefined names are harmless, as in dbt's parser: calling one gives undefined instead of an error.
    fn is_parsing(&self) -> bool {
        !self.execute()
    }

    /// An unqualified macro name as seen from `package` (the package of what is rendered, as in dbt, not of the
    /// macro that calls): that package, the root project, then the built-in packages.
    fn find_macro(&self, package: &str, name: &str) -> Option<Arc<MacroDef>>;

    /// `package.name(...)`. For the package `dbt`, all built-in packages.
    fn find_macro_in(&self, package: &str, name: &str) -> Option<Arc<MacroDef>>;

    /// Whether `name` is a package, so that `name.macro()` means something.
    fn has_package(&self, name: &str) -> bool;

    /// `adapter.dispatch(macro_name, macro_namespace)` in the project's search order.
    fn dispatch(
        &self,
        package: &str,
        macro_name: &str,
        macro_namespace: Option<&str>,
    ) -> Result<Arc<MacroDef>, HostError>;

    /// `ref(...)`: usually a [`crate::Relation`].
    fn reference(&self, request: &RefRequest) -> Result<Value, HostError>;

    /// `source('name', 'table')`: usually a [`crate::Relation`].
    fn source(&self, source: &str, table: &str) -> Result<Value, HostError>;

    /// `metric(...)` and `function(...)`.
    fn other_reference(&self, kind: &str, request: &RefRequest) -> Result<Value, HostError> {
        Err(HostError::compilation(
            "unknown-ref",
            format!("{kind} `{}` not found", request.name),
        ))
    }

    /// A variable as the node that is rendered sees it.
    fn var(&self, name: &str) -> Option<Value>;

    /// An environment variable. Secrets are refused by the host.
    fn env_var(&self, name: &str) -> Result<Option<String>, HostError>;

    /// `{{ config(...) }}`.
    fn config_set(&self, pairs: Vec<(String, Value)>) -> Result<(), HostError>;

    /// `config.get(name)`: `None` where it is not set.
    fn config_get(&self, name: &str) -> Option<Value>;

    /// `doc('name')` or `doc('package', 'name')`.
    fn doc(&self, package: Option<&str>, name: &str) -> Result<String, HostError> {
        Err(HostError::compilation(
            "unknown-doc",
            format!("documentation block `{name}` not found"),
        ))
    }

    /// `adapter.method(...)`, apart from `dispatch` and `execute`.
    fn adapter_call(&self, method: &str, args: &CallArgs) -> Result<Value, HostError> {
        Err(HostError::unknown(format!(
            "`adapter.{method}` needs a warehouse"
        )))
    }

    /// `adapter.execute(...)`, under `statement` and `run_query`.
    fn query(&self, request: &QueryRequest) -> Result<QueryResult, HostError> {
        Err(HostError::unknown("running a query needs a warehouse"))
    }

    /// `log` and `print`.
    fn log(&self, level: LogLevel, message: &str) {}

    /// `exceptions.warn` and its like, under the name of dbt's event; an error where warnings are errors.
    fn warn(&self, event: &'static str, message: &str) -> Result<(), HostError> {
        self.log(LogLevel::Warn, message);
        Ok(())
    }

    /// Any other name of the context: `target`, `model`, `this`, `graph`, `flags`, `invocation_id`, `schema`, ...
    ///
    /// Asked for every free name of every macro that is used, whether the name is read or not: answers must be cheap
    /// (build big ones lazily, as an [`crate::value::Object`]).
    fn global(&self, name: &str) -> Option<Value>;

    /// A call that only some hosts know: `submit_python_job`, `write`, `load_agate_table`, `render`, ...
    fn call_other(&self, name: &str, args: &CallArgs) -> Result<Value, HostError> {
        Err(HostError::unknown(format!("`{name}` needs a warehouse")))
    }

    /// `fromyaml`. The YAML library lives elsewhere.
    fn parse_yaml(&self, text: &str) -> Result<Value, HostError> {
        Err(HostError::compilation(
            "unsupported",
            "YAML is not available here",
        ))
    }

    /// `toyaml`.
    fn format_yaml(&self, value: &Value, sort_keys: bool) -> Result<String, HostError> {
        Err(HostError::compilation(
            "unsupported",
            "YAML is not available here",
        ))
    }

    /// Seconds and nanoseconds since the Unix epoch, for `modules.datetime`; templates have no other clock.
    fn now(&self) -> (i64, u32) {
        (0, 0)
    }

    /// Asked at every macro call: a newer edit or Ctrl-C wants the rendering to stop.
    fn is_cancelled(&self) -> bool {
        false
    }
}
