//! `OfflineHost`: answers templates from the analysis alone.
//!
//! It runs inside a query: salsa has attached the database to the thread, and everything the host looks up becomes a
//! dependency of that query, no more and no less. What only a warehouse knows is answered with "nothing there" and
//! recorded as a taint, so that nobody draws conclusions from it.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::UNIX_EPOCH,
};

use jinja::{
    CallArgs, HostError, MacroDef, QueryRequest, QueryResult, RefRequest, Relation, RenderHost,
    Renderer, Table, Value,
    value::{from_json, to_json},
};
use project::{
    config_types::problem_in_call,
    json::JsonMap,
    node::{NodeVersion, RefArgs, SourceArgs},
};
use salsa::Database;

use crate::{
    adapter_offline,
    context::{self, NodeContext},
    input::{Package, Project, SourceFile},
    macro_index::Dispatched,
    macros::{macro_definition, macro_index},
    names::relation_of,
    project_config::vars,
    resolve::{doc_contents, function_target, resolve_ref, resolve_source},
};

/// One renderer for the process: it caches compiled macros.
pub(crate) static RENDERER: LazyLock<Renderer> = LazyLock::new(Renderer::default);

/// The taint of a node that asks whether it is there already, as `is_incremental()` does.
pub(crate) const OWN_RELATION: &str = "own relation";

/// What is rendered, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Values in YAML files: vars, environment, target.
    Yaml,
    /// `execute` is false; refs are collected.
    Parse,
    /// `execute` is true; refs are resolved.
    Compile,
}

/// What a rendering asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorded {
    pub(crate) refs: Vec<RefArgs>,
    pub(crate) sources: Vec<SourceArgs>,
    pub(crate) metrics: Vec<String>,
    pub(crate) functions: Vec<RefArgs>,
    pub(crate) config: JsonMap,
    /// What only a warehouse could have answered.
    pub(crate) taints: BTreeSet<String>,
}

/// A host for one rendering.
pub(crate) struct OfflineHost {
    project: Project,
    package: Option<Package>,
    package_name: Arc<str>,
    phase: Phase,
    node: Option<Arc<NodeContext>>,
    recorded: Mutex<Recorded>,
}

/// The database of the query that is running.
fn with_db<R>(ask: impl FnOnce(&dyn Database) -> R) -> Option<R> {
    salsa::with_attached_database(ask)
}

impl OfflineHost {
    /// `function('name')`: what stands before the arguments of its calls.
    fn function(&self, request: &RefRequest) -> Result<Value, HostError> {
        let args = ref_args(request);
        self.recorded().functions.push(args.clone());
        if self.phase != Phase::Compile {
            return Ok(self.own_relation());
        }
        let resolved: Option<Option<Relation>> = with_db(|db| {
            let target = function_target(db, self.project, &self.package_name, &args)?;
            Some(relation_of(db, &target))
        });
        match resolved {
            Some(Some(relation)) => Ok(relation.into_value()),
            Some(None) => Err(context::unknown_function(&args)),
            None => Err(HostError::cancelled()),
        }
    }

    pub(crate) fn new(
        db: &dyn Database,
        project: Project,
        package: Option<Package>,
        phase: Phase,
        node: Option<Arc<NodeContext>>,
    ) -> Arc<Self> {
        let package_name = package
            .map(|package| Arc::clone(package.name(db)))
            .unwrap_or_default();
        Arc::new(Self {
            project,
            package,
            package_name,
            phase,
            node,
            recorded: Mutex::default(),
        })
    }

    /// A host for what stands in a file of the project.
    pub(crate) fn for_file(
        db: &dyn Database,
        file: SourceFile,
        phase: Phase,
        node: Option<Arc<NodeContext>>,
    ) -> Option<Arc<Self>> {
        let package = file.package(db)?;
        Some(Self::new(
            db,
            package.project(db),
            Some(package),
            phase,
            node,
        ))
    }

    /// What was asked for so far.
    pub(crate) fn take_recorded(&self) -> Recorded {
        std::mem::take(&mut *self.recorded())
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taint(&self, what: &str) {
        self.recorded().taints.insert(what.to_owned());
    }

    fn definition(
        &self,
        db: &dyn Database,
        key: Option<crate::macro_index::MacroKey>,
    ) -> Option<Arc<MacroDef>> {
        macro_definition(db, self.project, key?)
    }

    /// Whether the three names of a relation are the node's.
    fn is_own_relation(&self, args: &CallArgs) -> bool {
        let Some(relation) = self.node.as_ref().map(|node| node.relation()) else {
            return false;
        };
        let names = [
            (relation.database, "database"),
            (relation.schema, "schema"),
            (relation.identifier, "identifier"),
        ];
        let mut names = names.into_iter().enumerate();
        names.all(|(position, (own, name))| args.optional_text(position, name) == own)
    }

    /// While parsing, every relation is the node itself: only that it was asked for counts.
    fn own_relation(&self) -> Value {
        self.node.as_ref().map_or_else(
            || Relation::default().into_value(),
            |node| node.relation().into_value(),
        )
    }
}

impl RenderHost for OfflineHost {
    fn execute(&self) -> bool {
        self.phase == Phase::Compile
    }

    fn is_parsing(&self) -> bool {
        // What YAML asks for must be there, as in dbt.
        self.phase == Phase::Parse
    }

    fn find_macro(&self, package: &str, name: &str) -> Option<Arc<MacroDef>> {
        if self.phase == Phase::Yaml {
            return None;
        }
        with_db(|db| self.definition(db, macro_index(db, self.project).find(package, name)))
            .flatten()
    }

    fn find_macro_in(&self, package: &str, name: &str) -> Option<Arc<MacroDef>> {
        with_db(|db| self.definition(db, macro_index(db, self.project).find_in(package, name)))
            .flatten()
    }

    fn has_package(&self, name: &str) -> bool {
        self.phase != Phase::Yaml
            && with_db(|db| macro_index(db, self.project).is_package(name)).unwrap_or(false)
    }

    fn dispatch(
        &self,
        package: &str,
        macro_name: &str,
        macro_namespace: Option<&str>,
    ) -> Result<Arc<MacroDef>, HostError> {
        let found = with_db(|db| {
            match macro_index(db, self.project).dispatch(package, macro_name, macro_namespace) {
                Dispatched::Found(key) => Ok(self.definition(db, Some(key))),
                Dispatched::Tried(tried) => Err(tried),
            }
        });
        match found {
            Some(Ok(Some(definition))) => Ok(definition),
            Some(Err(tried)) => Err(context::dispatch_failed(
                macro_name,
                macro_namespace,
                &tried,
            )),
            Some(Ok(None)) | None => Err(HostError::cancelled()),
        }
    }

    fn reference(&self, request: &RefRequest) -> Result<Value, HostError> {
        let args = ref_args(request);
        self.recorded().refs.push(args.clone());
        if self.phase != Phase::Compile {
            return Ok(self.own_relation());
        }
        let resolved: Option<Result<Relation, crate::resolve::RefError>> = with_db(|db| {
            let target = resolve_ref(db, self.project, &self.package_name, &args)?;
            Ok(relation_of(db, &target))
        });
        match resolved {
            Some(Ok(relation)) => Ok(relation.into_value()),
            Some(Err(error)) => Err(HostError::compilation("unknown-ref", error.message(&args))),
            None => Err(HostError::cancelled()),
        }
    }

    fn source(&self, source: &str, table: &str) -> Result<Value, HostError> {
        let args = SourceArgs {
            source: source.into(),
            table: table.into(),
        };
        self.recorded().sources.push(args.clone());
        if self.phase != Phase::Compile {
            return Ok(self.own_relation());
        }
        let resolved: Option<Option<Relation>> = with_db(|db| {
            resolve_source(db, self.project, &self.package_name, &args).map(|source| {
                let policy = crate::target::defaults(db, self.project).policy;
                context::source_relation(&source, policy.into())
            })
        });
        match resolved.flatten() {
            Some(relation) => Ok(relation.into_value()),
            None => Err(HostError::compilation(
                "unknown-source",
                format!("source `{source}.{table}` not found"),
            )),
        }
    }

    fn other_reference(&self, kind: &str, request: &RefRequest) -> Result<Value, HostError> {
        match kind {
            "metric" => self.recorded().metrics.push(request.name.clone()),
            "function" => return self.function(request),
            _ => {}
        }
        self.taint(kind);
        Ok(self.own_relation())
    }

    fn var(&self, name: &str) -> Option<Value> {
        with_db(|db| match self.package {
            Some(package) => vars(db, package).get(name).map(from_json),
            None => self.project.settings(db).vars.get(name).map(from_json),
        })
        .flatten()
    }

    fn env_var(&self, name: &str) -> Result<Option<String>, HostError> {
        context::check_env_var(name, self.phase == Phase::Yaml && self.package.is_none())?;
        let value = with_db(|db| {
            let settings = self.project.settings(db);
            settings.reads.add_env(name);
            settings.env.get(name).cloned()
        });
        Ok(value.flatten())
    }

    fn config_set(&self, pairs: Vec<(String, Value)>) -> Result<(), HostError> {
        let call: JsonMap = pairs
            .iter()
            .map(|(name, value)| (name.clone(), to_json(value)))
            .collect();
        if let Some(problem) = call
            .iter()
            .find_map(|(name, value)| problem_in_call(name, value))
        {
            return Err(HostError::compilation("wrong-type", problem));
        }
        project::config_merge::add_config_call(&mut self.recorded().config, &call);
        Ok(())
    }

    fn config_get(&self, name: &str) -> Option<Value> {
        if self.phase != Phase::Compile {
            return None;
        }
        self.node.as_ref()?.config_value(name)
    }

    fn doc(&self, package: Option<&str>, name: &str) -> Result<String, HostError> {
        let found = with_db(|db| doc_contents(db, self.project, package, &self.package_name, name))
            .flatten();
        found.map(|contents| contents.to_string()).ok_or_else(|| {
            HostError::compilation(
                "unknown-doc",
                format!("documentation block `{name}` not found"),
            )
        })
    }

    fn adapter_call(&self, method: &str, args: &CallArgs) -> Result<Value, HostError> {
        let adapter = with_db(|db| Arc::clone(crate::target::adapter_type(db, self.project)))
            .unwrap_or_default();
        let answer = adapter_offline::answer(&adapter, method, args);
        if method == "get_relation" && self.is_own_relation(args) {
            self.taint(OWN_RELATION);
        } else if answer.needs_warehouse {
            self.taint(&format!("adapter.{method}"));
        }
        Ok(answer.value)
    }

    fn query(&self, _request: &QueryRequest) -> Result<QueryResult, HostError> {
        self.taint("query");
        Ok(QueryResult {
            response: Vec::new(),
            table: Table::default(),
        })
    }

    fn global(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.node.as_ref().and_then(|node| node.global(name)) {
            return Some(value);
        }
        with_db(|db| context::global(db, self.project, name)).flatten()
    }

    fn call_other(&self, name: &str, _args: &CallArgs) -> Result<Value, HostError> {
        self.taint(name);
        Ok(Value::from(()))
    }

    fn parse_yaml(&self, text: &str) -> Result<Value, HostError> {
        context::parse_yaml(text)
    }

    fn format_yaml(&self, value: &Value, sort_keys: bool) -> Result<String, HostError> {
        context::format_yaml(value, sort_keys)
    }

    fn now(&self) -> (i64, u32) {
        let at = with_db(|db| {
            let settings = self.project.settings(db);
            settings.reads.add_started_at();
            settings.started_at.0
        });
        let since = at
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default();
        (
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            since.subsec_nanos(),
        )
    }

    fn is_cancelled(&self) -> bool {
        // Salsa unwinds out of the query by itself when a newer edit waits.
        with_db(Database::unwind_if_revision_cancelled).is_none()
    }
}

/// The arguments of a `ref` as nodes keep them.
pub fn ref_args(request: &RefRequest) -> RefArgs {
    RefArgs {
        name: request.name.as_str().into(),
        package: request.package.as_deref().map(Arc::from),
        version: request
            .version
            .as_ref()
            .and_then(|version| node_version(&to_json(version))),
    }
}

/// A version as nodes keep it.
pub(crate) fn node_version(value: &serde_json::Value) -> Option<NodeVersion> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::Number(number) => Some(match number.as_i64() {
            Some(number) => NodeVersion::Int(number),
            None => NodeVersion::Float(number.to_string().into()),
        }),
        serde_json::Value::String(text) => Some(NodeVersion::Text(text.as_str().into())),
        other => Some(NodeVersion::Text(other.to_string().into())),
    }
}
