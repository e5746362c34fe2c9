//! `LiveHost`: answers the templates of one node while it is compiled and run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use analysis::{
    context::{
        NodeContext, check_env_var, dispatch_failed, format_yaml, node_relation, parse_yaml,
        source_relation, unknown_function,
    },
    macro_index::{Dispatched, MacroKey},
    ref_args,
};
use jinja::{
    CallArgs, Called, HostError, HostErrorKind, LogLevel, MacroDef, QueryRequest, QueryResult,
    RefRequest, Relation, RenderHost, Value, value::from_json,
};
use project::{
    json::JsonMap,
    node::{Node, ResourceType, SourceArgs, UniqueId},
};

use super::{
    adapter,
    connection::NodeConnection,
    deferred,
    event_time::{self, Batch, Input},
    globals,
    pretended::PretendedMacro,
    query_comment::QueryComment,
    session::Session,
};
use crate::{
    event::{Event, MessageLevel},
    python::PythonFailure,
    warehouse::WarehouseError,
    warn_error::Handling,
};

/// What is rendered.
#[derive(Debug, Clone)]
pub(crate) enum Scope {
    /// A node, with its compiled SQL once there is some.
    Node(Arc<Node>),
    /// A hook of the project or a macro called from the command line, in this package.
    Package(Arc<str>),
}

/// Answers one node's templates.
pub(crate) struct LiveHost {
    pub(crate) session: Arc<Session>,
    pub(crate) scope: Scope,
    pub(crate) context: Option<Arc<NodeContext>>,
    /// `Thread-1`
    pub(crate) thread: String,
    /// This host again, for macros that the adapter calls.
    this: Weak<LiveHost>,
    connection: Mutex<NodeConnection>,
    state: Mutex<State>,
}

/// What changes while the node is rendered.
#[derive(Default)]
pub(crate) struct State {
    /// `sql` and `compiled_code`
    pub(crate) sql: Option<Arc<str>>,
    /// Names that only this rendering has: `_dbt_generic_test_kwargs`, `schemas`, `results`.
    pub(crate) extra: Vec<(String, Value)>,
    /// Ephemeral models that were referred to, in the order of the first `ref`.
    pub(crate) ephemerals: Vec<UniqueId>,
    /// Ephemeral models and unit test inputs under other names.
    pub(crate) replaced: Vec<(UniqueId, Relation)>,
    /// What `write` was given: the statement for the `run` folder.
    pub(crate) written: Option<String>,
    /// Variables that a unit test pretends.
    pub(crate) vars: JsonMap,
    /// Variables of the environment that a unit test pretends.
    pub(crate) env: Vec<(String, String)>,
    /// Macros that a unit test pretends.
    pub(crate) macros: Vec<PretendedMacro>,
    /// The batch that is built, of a microbatch model.
    pub(crate) batch: Option<Batch>,
    /// A unit test must give every input: nothing real may be read.
    pub(crate) only_replaced: bool,
    /// Why the code of a Python model failed.
    pub(crate) python_failure: Option<PythonFailure>,
}

impl LiveHost {
    pub(crate) fn new(session: &Arc<Session>, scope: Scope, thread: &str) -> Arc<Self> {
        let node = match &scope {
            Scope::Node(node) => Some(Arc::clone(node)),
            Scope::Package(_) => None,
        };
        let id = node.as_ref().map(|node| node.unique_id.clone());
        let host = Arc::new_cyclic(|this| Self {
            session: Arc::clone(session),
            context: node.map(|node| NodeContext::new(node, session.project.quoting())),
            scope,
            thread: thread.to_owned(),
            this: Weak::clone(this),
            connection: Mutex::new(NodeConnection::new(Arc::clone(session), id)),
            state: Mutex::default(),
        });
        let comment = QueryComment::of(&host);
        host.connection().set_comment(comment);
        host
    }

    /// The package from which names are looked up.
    pub(crate) fn package(&self) -> &str {
        match &self.scope {
            Scope::Node(node) => &node.package_name,
            Scope::Package(name) => name,
        }
    }

    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        match &self.scope {
            Scope::Node(node) => Some(node),
            Scope::Package(_) => None,
        }
    }

    pub(crate) fn connection(&self) -> MutexGuard<'_, NodeConnection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls a macro for the adapter; what it rendered or returned.
    pub(crate) fn call_macro(&self, name: &str, args: CallArgs) -> Result<Value, HostError> {
        let host = self.shared().ok_or_else(HostError::cancelled)?;
        let called: Called = self
            .session
            .renderer
            .call_macro(&host, self.package(), name, args);
        called.value.map_err(|error| HostError {
            kind: match error.kind {
                jinja::RenderErrorKind::Database => HostErrorKind::Database,
                jinja::RenderErrorKind::Cancelled => HostErrorKind::Cancelled,
                _ => HostErrorKind::Compilation,
            },
            code: error.code,
            message: error.message,
        })
    }

    /// This host for the renderer.
    pub(crate) fn shared(&self) -> Option<Arc<dyn RenderHost>> {
        self.this.upgrade().map(|this| this as Arc<dyn RenderHost>)
    }

    /// A macro as a value that templates can call.
    pub(crate) fn macro_value(&self, name: &str) -> Option<Value> {
        self.find_macro(self.package(), name)
            .map(jinja::macro_value)
    }

    fn definition(&self, key: Option<MacroKey>) -> Option<Arc<MacroDef>> {
        self.session
            .project
            .manifest
            .macro_definition(key?)
            .cloned()
    }

    pub(super) fn relation(&self, node: &Arc<Node>) -> Result<Relation, HostError> {
        let replaced = self
            .state()
            .replaced
            .iter()
            .find(|(id, _)| *id == node.unique_id)
            .map(|(_, it)| it.clone());
        if let Some(relation) = replaced {
            return Ok(relation);
        }
        if node.is_ephemeral() {
            let mut state = self.state();
            if !state.ephemerals.contains(&node.unique_id) {
                state.ephemerals.push(node.unique_id.clone());
            }
        } else if let Some(elsewhere) = deferred::relation(self, node)? {
            return Ok(self.read(elsewhere, &input_of(node)));
        }
        let own = analysis::context::node_relation(node, self.session.project.quoting());
        Ok(self.read(own, &input_of(node)))
    }

    /// A relation as it is read: without rows under `--empty`, and only those of the batch or the sample.
    fn read(&self, relation: Relation, input: &Input<'_>) -> Relation {
        Relation {
            limit: self.session.flags.empty.then_some(0),
            event_time_filter: event_time::filter(self, input),
            require_alias: self.session.adapter.names_subqueries(),
            ..relation
        }
    }
}

fn input_of(node: &Node) -> Input<'_> {
    Input {
        config: &node.config,
        columns: &node.columns,
        quoting: node.config.quoting(),
    }
}

/// What a warehouse refused, as templates hear of it.
pub(crate) fn host_error(error: &WarehouseError) -> HostError {
    match error {
        WarehouseError::Cancelled => HostError::cancelled(),
        other => HostError::database(other.to_string()),
    }
}

impl RenderHost for LiveHost {
    fn execute(&self) -> bool {
        true
    }

    fn find_macro(&self, package: &str, name: &str) -> Option<Arc<MacroDef>> {
        let pretended = PretendedMacro::find(&self.state().macros, None, name);
        if pretended.is_some() {
            return pretended;
        }
        self.definition(
            self.session
                .project
                .manifest
                .macro_index
                .find(package, name),
        )
    }

    fn find_macro_in(&self, package: &str, name: &str) -> Option<Arc<MacroDef>> {
        let pretended = PretendedMacro::find(&self.state().macros, Some(package), name);
        if pretended.is_some() {
            return pretended;
        }
        self.definition(
            self.session
                .project
                .manifest
                .macro_index
                .find_in(package, name),
        )
    }

    fn has_package(&self, name: &str) -> bool {
        self.session.project.manifest.macro_index.is_package(name)
    }

    fn dispatch(
        &self,
        package: &str,
        macro_name: &str,
        macro_namespace: Option<&str>,
    ) -> Result<Arc<MacroDef>, HostError> {
        let tried = match self.session.project.manifest.macro_index.dispatch(
            package,
            macro_name,
            macro_namespace,
        ) {
            Dispatched::Found(key) => match self.definition(Some(key)) {
                Some(definition) => return Ok(definition),
                None => Vec::new(),
            },
            Dispatched::Tried(tried) => tried,
        };
        Err(dispatch_failed(macro_name, macro_namespace, &tried))
    }

    fn reference(&self, request: &RefRequest) -> Result<Value, HostError> {
        let args = ref_args(request);
        let manifest = &self.session.project.manifest;
        let id = manifest
            .resolve_ref(self.package(), &args)
            .map_err(|error| HostError::compilation("unknown-ref", error.message(&args)))?;
        let Some(target) = manifest.nodes.get(&id) else {
            return Err(HostError::compilation(
                "unknown-ref",
                format!("`{id}` is not part of the project"),
            ));
        };
        let is_declared = self.node().is_none_or(|node| {
            matches!(
                node.resource_type(),
                ResourceType::SqlOperation | ResourceType::Operation
            ) || node.depends_on.nodes.contains(&target.unique_id)
                || node.unique_id == target.unique_id
        });
        if !is_declared {
            return Err(undeclared_ref(self.node(), &args.name));
        }
        let is_given = self
            .state()
            .replaced
            .iter()
            .any(|(id, _)| *id == target.unique_id);
        if self.state().only_replaced && !is_given {
            return Err(HostError::compilation(
                "missing-input",
                format!("the unit test gives no input for `ref('{}')`", args.name),
            ));
        }
        Ok(self.relation(target)?.into_value())
    }

    fn source(&self, source: &str, table: &str) -> Result<Value, HostError> {
        let args = SourceArgs {
            source: source.into(),
            table: table.into(),
        };
        let manifest = &self.session.project.manifest;
        let found = manifest.resolve_source(self.package(), &args);
        match found.and_then(|id| manifest.sources.get(id)) {
            Some(found) => {
                let replaced = self
                    .state()
                    .replaced
                    .iter()
                    .find(|(id, _)| *id == found.unique_id)
                    .map(|(_, it)| it.clone());
                let problem = self.session.adapter.unreadable(found);
                if let Some(problem) = problem.filter(|_| replaced.is_none()) {
                    return Err(HostError::compilation("plugin", problem));
                }
                let relation = replaced.unwrap_or_else(|| {
                    let input = Input {
                        config: &found.config,
                        columns: &found.columns,
                        quoting: found.quoting,
                    };
                    let own = source_relation(found, self.session.project.quoting());
                    self.read(own, &input)
                });
                Ok(relation.into_value())
            }
            None => Err(HostError::compilation(
                "unknown-source",
                format!("depends on a source named '{source}.{table}' which was not found"),
            )),
        }
    }

    fn other_reference(&self, kind: &str, request: &RefRequest) -> Result<Value, HostError> {
        let args = ref_args(request);
        if kind != "function" {
            return Err(HostError::compilation(
                "unknown-ref",
                format!(
                    "depends on a {kind} named '{}' which was not found",
                    args.name
                ),
            ));
        }
        let manifest = &self.session.project.manifest;
        let function = manifest.resolve_function(self.package(), &args);
        let function = function.ok_or_else(|| unknown_function(&args))?;
        Ok(node_relation(function, self.session.project.quoting()).into_value())
    }

    fn var(&self, name: &str) -> Option<Value> {
        if let Some(pretended) = self.state().vars.get(name) {
            return Some(from_json(pretended));
        }
        let manifest = &self.session.project.manifest;
        let vars = manifest
            .vars
            .get(self.package())
            .or_else(|| manifest.vars.get(&manifest.project_name));
        vars?.get(name).map(from_json)
    }

    fn env_var(&self, name: &str) -> Result<Option<String>, HostError> {
        check_env_var(name, false)?;
        let pretended = self
            .state()
            .env
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone());
        if pretended.is_some() {
            return Ok(pretended);
        }
        Ok(self.session.system.env_var(name))
    }

    /// What a node is configured with was settled when the project was read, with what its folder and its properties say.
    fn config_set(&self, _pairs: Vec<(String, Value)>) -> Result<(), HostError> {
        Ok(())
    }

    fn config_get(&self, name: &str) -> Option<Value> {
        globals::config_value(self, name)
    }

    fn adapter_call(&self, method: &str, args: &CallArgs) -> Result<Value, HostError> {
        adapter::call(self, method, args)
    }

    fn query(&self, request: &QueryRequest) -> Result<QueryResult, HostError> {
        self.connection()
            .query(request)
            .map_err(|error| host_error(&error))
    }

    fn log(&self, level: LogLevel, message: &str) {
        let level = match level {
            LogLevel::Debug => MessageLevel::Debug,
            LogLevel::Info => MessageLevel::Info,
            LogLevel::Print => MessageLevel::Print,
            LogLevel::Warn => MessageLevel::Warn,
        };
        self.session.reporter.report(&Event::Message {
            level,
            text: message,
            event: match level {
                MessageLevel::Debug => "JinjaLogDebug",
                MessageLevel::Info => "JinjaLogInfo",
                MessageLevel::Print => "PrintEvent",
                MessageLevel::Warn => "JinjaLogWarning",
            },
            node: self.node().map(|node| &node.unique_id),
        });
    }

    fn warn(&self, event: &'static str, message: &str) -> Result<(), HostError> {
        match self.session.flags.warnings.handling(event) {
            Handling::Error => return Err(HostError::compilation("warning", message.to_owned())),
            Handling::Warn => self.session.reporter.report(&Event::Message {
                level: MessageLevel::Warn,
                text: message,
                event,
                node: self.node().map(|node| &node.unique_id),
            }),
            Handling::Silence => {}
        }
        Ok(())
    }

    fn global(&self, name: &str) -> Option<Value> {
        globals::global(self, name)
    }

    fn call_other(&self, name: &str, args: &CallArgs) -> Result<Value, HostError> {
        globals::call(self, name, args)
    }

    fn parse_yaml(&self, text: &str) -> Result<Value, HostError> {
        parse_yaml(text)
    }

    fn format_yaml(&self, value: &Value, sort_keys: bool) -> Result<String, HostError> {
        format_yaml(value, sort_keys)
    }

    fn now(&self) -> (i64, u32) {
        let since = self
            .session
            .system
            .now()
            .duration_since(std::time::SystemTime::UNIX_EPOCH);
        since.map_or((0, 0), |since| {
            (
                i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                since.subsec_nanos(),
            )
        })
    }

    fn is_cancelled(&self) -> bool {
        self.session.cancel.is_cancelled()
    }
}

/// The order of a run follows from the refs that parsing found; one that shows up only now came too late for it.
fn undeclared_ref(node: Option<&Arc<Node>>, name: &str) -> HostError {
    let of = node
        .map(|node| format!(" in `{}`", node.name))
        .unwrap_or_default();
    HostError::compilation(
        "undeclared-ref",
        format!(
            "unable to infer all dependencies{of}: `ref('{name}')` is only reached when the node runs; \
             put this at the top of the file: -- depends_on: {{{{ ref('{name}') }}}}"
        ),
    )
}
