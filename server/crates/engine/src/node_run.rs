//! Runs one node: compile it, call its materialization, say what became of it.

mod hook;
mod microbatch;
mod python;
mod test_result;
mod unit;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use base::SystemError;
use jinja::{CallArgs, Called, Relation, RenderHost, StoredResult, Value, value::to_json};
use project::{
    json::JsonMap,
    node::{Node, NodeDetail, ResourceType, UniqueId},
};

pub(crate) use hook::{HookKind, run_hooks};
pub(crate) use microbatch::{Stage, batches_of, run_microbatch, thread_name};
pub(crate) use unit::run_unit_test;

use microbatch::BatchJob;

use crate::{
    compile::{self, Compiled},
    live::{self, LiveHost, Scope, Session},
    locate,
    outcome::{Failure, FailureKind, Outcome, Status, Timing},
    warn_error::Handling,
};

/// Runs a node on a worker.
pub(crate) fn run_node(session: &Arc<Session>, node: &Arc<Node>, thread: &str) -> Outcome {
    let mut attempt = Attempt::new(session, node, thread);
    match attempt.run() {
        Ok(()) => {}
        Err(failure) => attempt.fail(*failure),
    }
    attempt.finish()
}

/// Makes the relation that another environment has of a node available in this one.
pub(crate) fn clone_node(session: &Arc<Session>, node: &Arc<Node>, thread: &str) -> Outcome {
    let mut attempt = Attempt::new(session, node, thread);
    if let Err(failure) = attempt.clone_relation() {
        attempt.fail(*failure);
    }
    attempt.finish()
}

/// Compiles a node without running it.
pub(crate) fn compile_node(session: &Arc<Session>, node: &Arc<Node>, thread: &str) -> Outcome {
    let mut attempt = Attempt::new(session, node, thread);
    match attempt.compile() {
        Ok(_) => attempt.outcome.status = Status::Success,
        Err(failure) => attempt.fail(*failure),
    }
    attempt.finish()
}

/// One node on its way from template to outcome.
struct Attempt<'a> {
    session: &'a Arc<Session>,
    node: &'a Arc<Node>,
    host: Arc<LiveHost>,
    outcome: Outcome,
    began: Instant,
    batch: Option<BatchJob>,
}

impl<'a> Attempt<'a> {
    fn new(session: &'a Arc<Session>, node: &'a Arc<Node>, thread: &str) -> Self {
        let mut outcome = Outcome::untried(node.unique_id.clone(), Status::Error, None);
        thread.clone_into(&mut outcome.thread);
        outcome.is_compilable = !matches!(node.detail, NodeDetail::Seed { .. });
        outcome.relation_name = relation_name(session, node);
        Self {
            session,
            node,
            host: LiveHost::new(session, Scope::Node(Arc::clone(node)), thread),
            outcome,
            began: Instant::now(),
            batch: None,
        }
    }

    fn compile(&mut self) -> Result<Option<Arc<Compiled>>, Box<Failure>> {
        let started_at = self.session.system.now();
        if !self.outcome.is_compilable {
            self.outcome.timing.push(Timing {
                name: "compile",
                started_at,
                completed_at: started_at,
            });
            return Ok(None);
        }
        let compiled = compile::compile(&self.host, self.node);
        self.outcome.timing.push(Timing {
            name: "compile",
            started_at,
            completed_at: self.session.system.now(),
        });
        let compiled = compiled.map_err(|mut failure| {
            // A template may have asked the warehouse; the place is then in its query, not in the model's.
            failure.path = failure
                .path
                .take()
                .or_else(|| compile::node_path(self.session, self.node));
            failure
        })?;
        self.outcome.compiled_code = Some(compiled.sql.to_string());
        self.write("compiled", &compiled.sql)?;
        Ok(Some(compiled))
    }

    fn run(&mut self) -> Result<(), Box<Failure>> {
        let compiled = self.compile()?;
        self.check_name()?;
        // Only now: the template asks the warehouse, as in dbt, and the materialization is told.
        if let Some(batch) = &self.batch {
            batch.prepare(&mut self.host.state());
        }
        if !is_materialized(self.node) {
            self.outcome.status = Status::Success;
            return Ok(());
        }
        let started_at = self.session.system.now();
        let executed = self.execute(compiled.as_deref());
        self.outcome.timing.push(Timing {
            name: "execute",
            started_at,
            completed_at: self.session.system.now(),
        });
        let written = self.host.state().written.take();
        if let Some(sql) = written {
            if self.batch.is_none() {
                self.session.note_built(&self.node.unique_id);
            }
            self.write("run", &sql)?;
        }
        executed
    }

    /// A database that cuts long names would do so without a word, and the next run would look for the whole name.
    fn check_name(&self) -> Result<(), Box<Failure>> {
        let alias = &self.node.alias;
        match self.session.adapter.name_limit() {
            Some(limit) if self.outcome.relation_name.is_some() && alias.chars().count() > limit => {
                Err(self.failure(
                    FailureKind::Runtime,
                    format!("Relation name '{alias}' is longer than {limit} characters; give the node a shorter `alias`"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Nothing is compiled: the query is a select from the other environment.
    fn clone_relation(&mut self) -> Result<(), Box<Failure>> {
        let started_at = self.session.system.now();
        let deferred = live::deferred_relation(self.session, self.node);
        let query = deferred
            .as_ref()
            .map(|it| format!("select * from {}", it.name()));
        {
            let mut state = self.host.state();
            state.sql = query.map(Into::into);
            let value = deferred.map_or_else(|| Value::from(()), Relation::into_value);
            state.extra.push(("defer_relation".to_owned(), value));
        }
        let called = self.materialize("clone", None)?;
        let main = called.results.iter().find(|(name, _)| name == "main");
        match main {
            Some((_, main)) => self.note_response(main),
            None => self.outcome.message = Some("No-op".to_owned()),
        }
        self.outcome.status = Status::Success;
        self.outcome.timing = ["compile", "execute"]
            .map(|name| Timing {
                name,
                started_at,
                completed_at: self.session.system.now(),
            })
            .into();
        Ok(())
    }

    /// Calls the materialization and takes its results.
    fn execute(&mut self, compiled: Option<&Compiled>) -> Result<(), Box<Failure>> {
        let called = self.materialize(self.node.config.materialized(), compiled)?;
        let main = self.main_result(&called)?;
        self.note_response(&main);
        if self.node.resource_type() == ResourceType::Test {
            self.judge(&main)
        } else {
            self.outcome.status = Status::Success;
            Ok(())
        }
    }

    /// Calls a materialization and notes the relations that it made.
    fn materialize(
        &mut self,
        name: &str,
        compiled: Option<&Compiled>,
    ) -> Result<Called, Box<Failure>> {
        let manifest = &self.session.project.manifest;
        let definition = manifest
            .macro_index
            .materialization(name)
            .and_then(|key| manifest.macro_definition(key));
        let Some(definition) = definition else {
            return Err(self.failure(
                FailureKind::Compilation,
                format!(
                    "materialization '{name}' was not found for {}",
                    self.session.warehouse.adapter_type()
                ),
            ));
        };
        self.check_language(&definition.unique_id)?;
        let shared: Arc<dyn RenderHost> = Arc::clone(&self.host) as Arc<dyn RenderHost>;
        let called = self.session.renderer.call_macro_def(
            &shared,
            self.host.package(),
            Arc::clone(definition),
            CallArgs::default(),
        );
        let returned = match &called.value {
            Ok(value) => value.clone(),
            Err(error) => {
                let of_python = self.host.state().python_failure.take();
                if let Some(failure) = of_python {
                    return Err(python::failure(self.session, self.node, failure));
                }
                return Err(Box::new(self.database_place(
                    compile::render_failure(self.session, self.node, error),
                    compiled,
                )));
            }
        };
        self.cache_relations(&returned)?;
        Ok(called)
    }

    /// A materialization says in which languages its models may be written.
    fn check_language(&self, materialization: &str) -> Result<(), Box<Failure>> {
        let language = self.node.language;
        let definition = &self.session.project.manifest.macros;
        let definition = definition.get(&UniqueId::new(materialization));
        let Some((definition, languages)) =
            definition.and_then(|it| Some((it, it.supported_languages.as_deref()?)))
        else {
            return Ok(());
        };
        if languages.contains(&language) || self.node.resource_type() != ResourceType::Model {
            return Ok(());
        }
        let names: Vec<String> = languages
            .iter()
            .map(|language| format!("'{}'", language.name()))
            .collect();
        Err(self.failure(
            FailureKind::Runtime,
            format!(
                "Materialization \"{}\" only supports languages [{}]; got \"{}\"",
                definition.name,
                names.join(", "),
                language.name()
            ),
        ))
    }

    /// What the statement called `main` came back with.
    fn main_result(&self, called: &Called) -> Result<StoredResult, Box<Failure>> {
        let main = called.results.iter().find(|(name, _)| name == "main");
        main.map(|(_, result)| result.clone()).ok_or_else(|| {
            self.failure(
                FailureKind::Runtime,
                "main is not being called during running model".to_owned(),
            )
        })
    }

    fn note_response(&mut self, main: &StoredResult) {
        self.outcome.message = Some(jinja::value::text(&main.response));
        self.outcome.adapter_response = response_json(&main.response);
    }

    /// A materialization says which relations there are now.
    fn cache_relations(&self, returned: &Value) -> Result<(), Box<Failure>> {
        let relations = returned
            .get_attr("relations")
            .ok()
            .filter(|it| !it.is_undefined());
        let Some(relations) = relations else {
            let name = self.node.config.materialized();
            return Err(self.failure(
                FailureKind::Compilation,
                format!("the materialization (\"{name}\") did not explicitly return a list of relations to add to the cache"),
            ));
        };
        for relation in jinja::value::items(&relations) {
            if let Some(relation) = Relation::from_value(&relation) {
                self.session.cache.add(relation.clone());
            }
        }
        Ok(())
    }

    fn judge(&mut self, main: &StoredResult) -> Result<(), Box<Failure>> {
        let verdict = test_result::read(main.table.as_ref())
            .map_err(|message| self.failure(FailureKind::Runtime, message))?;
        let handling = self.session.flags.warnings.handling("LogTestResult");
        let fails_on_warning = handling == Handling::Error;
        let (status, message) = test_result::judge(&self.node.config, &verdict, fails_on_warning);
        self.outcome.failures = Some(if status == Status::Pass {
            0
        } else {
            verdict.failures
        });
        self.outcome.status = status;
        self.outcome.message = message;
        Ok(())
    }

    fn failure(&self, kind: FailureKind, message: String) -> Box<Failure> {
        Box::new(Failure {
            kind,
            message,
            path: compile::node_path(self.session, self.node),
            range: None,
            through: Vec::new(),
            compiled_path: None,
        })
    }

    /// Where in the node's file the statement went wrong, from what the warehouse said of it.
    fn database_place(&self, mut failure: Failure, compiled: Option<&Compiled>) -> Failure {
        if !matches!(failure.kind, FailureKind::Database { .. }) {
            return failure;
        }
        // The macros of a materialization say nothing about a mistake in the node's SQL.
        failure.through.clear();
        failure.range = None;
        failure.compiled_path = self.outcome.is_compilable.then(|| self.output_path("run"));
        let failed = self.host.connection().take_failed();
        if let (Some((sql, message)), Some(compiled)) = (failed, compiled) {
            failure.range = locate::in_template(&sql, &message, compiled).and_then(|range| {
                compile::in_file(self.session, self.node, failure.path.as_ref()?, range)
            });
        }
        failure
    }

    fn fail(&mut self, failure: Failure) {
        if failure.kind == FailureKind::Cancelled {
            self.outcome.status = Status::Skipped;
            let reason = self.session.cancel.reason_to_skip();
            self.outcome.message = Some(reason.to_owned());
            return;
        }
        self.outcome.status = Status::Error;
        self.outcome.message = Some(message(self.node, &failure));
        self.outcome.failure = Some(failure);
    }

    fn finish(mut self) -> Outcome {
        self.outcome.execution_time = self.began.elapsed().as_secs_f64();
        self.outcome
    }

    /// `target/compiled/<package>/<path>` and the like.
    fn output_path(&self, kind: &str) -> PathBuf {
        let path = output_path(self.session, self.node, kind);
        match &self.batch {
            Some(batch) => batch.output_path(&path),
            None => path,
        }
    }

    fn write(&self, kind: &str, sql: &str) -> Result<(), Box<Failure>> {
        write_sql(self.session, &self.output_path(kind), sql)
            .map_err(|error| self.failure(FailureKind::Runtime, error.to_string()))
    }
}

/// Into a file of the target path, unless the user wants no files.
fn write_sql(session: &Session, path: &Path, sql: &str) -> Result<(), SystemError> {
    if !session.flags.write_json || sql.is_empty() {
        return Ok(());
    }
    // Most of it is as the last run left it, and replacing a file costs far more than reading it.
    let is_there = session.system.read(path);
    if is_there.is_ok_and(|content| content == sql.as_bytes()) {
        return Ok(());
    }
    session.system.write(path, sql.as_bytes())
}

/// What the warehouse said of a statement.
pub(crate) fn response_json(response: &Value) -> JsonMap {
    let said = jinja::value::pairs(response).into_iter();
    said.filter(|(_, value)| !value.is_none())
        .map(|(name, value)| (jinja::value::text(&name), to_json(&value)))
        .collect()
}

/// Ephemeral models, analyses and the like are compiled only.
fn is_materialized(node: &Node) -> bool {
    !node.is_ephemeral()
        && !matches!(
            node.detail,
            NodeDetail::Analysis | NodeDetail::Operation { .. } | NodeDetail::SqlOperation
        )
}

/// Where a node's SQL is written. What has no file of its own (generic tests, hooks) gets one in a folder named after the
/// file that declares it.
pub(crate) fn output_path(session: &Session, node: &Node, kind: &str) -> PathBuf {
    let mut path = session
        .project
        .target_path
        .join(kind)
        .join(&*node.package_name)
        .join(&*node.original_file_path);
    let own = std::path::Path::new(&*node.path);
    if path.file_name() != own.file_name() {
        path.push(own);
    }
    path
}

/// Tests have a relation only when they store what they find; of seeds dbt's results do not say it.
fn relation_name(session: &Session, node: &Node) -> Option<String> {
    let stores = session.flags.store_failures || node.config.bool("store_failures") == Some(true);
    match node.resource_type() {
        ResourceType::Test if !stores => None,
        ResourceType::Seed => None,
        ResourceType::Test => {
            Some(analysis::context::node_relation(node, session.project.quoting()).name())
        }
        _ => node.relation_name.as_deref().map(str::to_owned),
    }
}

/// A failure in dbt's words: what kind, which node, which file, then what happened and through which macros.
fn message(node: &Node, failure: &Failure) -> String {
    let mut message = format!(
        "{} in {} {} ({})\n  {}",
        failure.kind.heading(),
        node.resource_type(),
        node.name,
        node.original_file_path,
        failure.message.trim_end().replace('\n', "\n  ")
    );
    for (idx, step) in failure.through.iter().enumerate() {
        message.push_str(if idx == 0 {
            "\n  \n  > in "
        } else {
            "\n  > called by "
        });
        message.push_str(step);
    }
    if !failure.through.is_empty() {
        let _ = write!(
            message,
            "\n  > called by {} {} ({})",
            node.resource_type(),
            node.name,
            node.original_file_path
        );
    }
    message
}

/// A node that is not tried because of something above it.
pub(crate) fn skipped(session: &Session, id: &UniqueId) -> Outcome {
    let mut outcome = Outcome::untried(id.clone(), Status::Skipped, None);
    if let Some(node) = session.project.node(id) {
        outcome.relation_name = relation_name(session, node);
        outcome.is_compilable = !matches!(node.detail, NodeDetail::Seed { .. });
    }
    outcome
}
