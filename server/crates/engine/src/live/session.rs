//! `Session`: what all nodes of a run share.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::SystemTime,
};

use base::System;
use jinja::{Renderer, Value};
use project::{
    event_time::TimeWindow,
    json::JsonObject,
    node::{Node, ResourceType, UniqueId},
};

use super::{adapter_kind::AdapterKind, connection::Connections, relation_cache::RelationCache};
use crate::{
    artifacts::relative, cancel::CancelToken, compile::Compiled, event::Reporter,
    node_run::output_path, outcome::BatchResults, python::Interpreter, run::Journal,
    run_project::RunProject, warehouse::Warehouse, warn_error::WarnErrorOptions,
};

/// What the command line decided.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are dbt's flags, each on its own"
)]
pub struct RunFlags {
    /// `--full-refresh`
    pub full_refresh: bool,
    /// `--fail-fast`
    pub fail_fast: bool,
    /// `--store-failures`
    pub store_failures: bool,
    /// `--empty`: relations are read without their rows.
    pub empty: bool,
    /// Which warnings are errors.
    pub warnings: WarnErrorOptions,
    /// Write artifacts.
    pub write_json: bool,
    /// `--output` of `source freshness`: another place for sources.json.
    pub sources_path: Option<PathBuf>,
    /// `--defer`
    pub deferral: Deferral,
    /// Which time is built.
    pub batching: Batching,
    /// The profile says so.
    pub disable_transactions: bool,
    /// `flags` of the context: everything, under dbt's names.
    pub context: JsonObject,
    /// `invocation_args_dict` and the `args` of run_results.json.
    pub args: JsonObject,
}

/// Which time is built and read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batching {
    /// `--event-time-start`, `--event-time-end`
    pub asked: Option<TimeWindow>,
    /// `--sample`
    pub sample: Option<TimeWindow>,
    /// Of `retry`: when the run began that is done again, where its latest batches end.
    pub now: Option<SystemTime>,
    /// Of `retry`: the models of which only some batches are missing.
    pub before: BTreeMap<UniqueId, BatchResults>,
}

/// What is read from another environment as long as it is not there in this one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deferral {
    /// Where models, seeds and snapshots are there.
    pub relations: BTreeMap<UniqueId, DeferredRelation>,
    /// `--favor-state`: also if it is here, unless it is selected.
    pub favors_state: bool,
}

/// A relation of another environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DeferredRelation {
    pub database: Option<String>,
    pub schema: String,
    pub alias: String,
    /// `table`, `view`, ...: how it was made there.
    pub materialized: String,
}

/// What a session is made of.
pub struct SessionParts {
    /// The project, as it was.
    pub project: Arc<RunProject>,
    /// Where it runs.
    pub warehouse: Arc<dyn Warehouse>,
    /// What runs Python models.
    pub python: Arc<dyn Interpreter>,
    /// Files, environment, clock.
    pub system: Arc<dyn System>,
    /// Who hears of it.
    pub reporter: Arc<dyn Reporter>,
    /// What ends it early.
    pub cancel: CancelToken,
    /// What the command line decided.
    pub flags: RunFlags,
    /// A UUID.
    pub invocation_id: String,
    /// When it began.
    pub started_at: SystemTime,
}

/// What all nodes of a run share.
pub struct Session {
    pub(crate) project: Arc<RunProject>,
    pub(crate) warehouse: Arc<dyn Warehouse>,
    pub(crate) python: Arc<dyn Interpreter>,
    pub(crate) adapter: AdapterKind,
    pub(crate) system: Arc<dyn System>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) cancel: CancelToken,
    pub(crate) flags: RunFlags,
    pub(crate) invocation_id: String,
    pub(crate) started_at: SystemTime,
    pub(crate) renderer: Renderer,
    pub(crate) cache: RelationCache,
    pub(crate) connections: Connections,
    /// `graph` of the context, once somebody asked for it.
    pub(crate) graph: OnceLock<Value>,
    pub(crate) selected: Vec<UniqueId>,
    compiled: Mutex<HashMap<UniqueId, Arc<Compiled>>>,
    built: Mutex<BTreeSet<UniqueId>>,
    warned: Mutex<BTreeSet<String>>,
    journal: OnceLock<Journal>,
}

impl Session {
    /// A session for these nodes.
    #[must_use]
    pub fn new(parts: SessionParts, selected: &BTreeSet<UniqueId>) -> Arc<Self> {
        Arc::new(Self {
            project: parts.project,
            adapter: AdapterKind::of(parts.warehouse.adapter_type()),
            warehouse: parts.warehouse,
            python: parts.python,
            system: parts.system,
            reporter: parts.reporter,
            cancel: parts.cancel,
            flags: parts.flags,
            invocation_id: parts.invocation_id,
            started_at: parts.started_at,
            renderer: Renderer::default(),
            cache: RelationCache::default(),
            connections: Connections::default(),
            graph: OnceLock::new(),
            selected: selected.iter().cloned().collect(),
            compiled: Mutex::default(),
            built: Mutex::default(),
            warned: Mutex::default(),
            journal: OnceLock::new(),
        })
    }

    /// The project it runs.
    pub fn project(&self) -> &Arc<RunProject> {
        &self.project
    }

    /// What ends it early.
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// Of the run that this session is for.
    pub(crate) fn keep_journal(&self, journal: Journal) {
        if self.journal.set(journal).is_err() {
            tracing::error!("two runs in one session");
        }
    }

    pub(crate) fn journal(&self) -> Option<&Journal> {
        self.journal.get()
    }

    pub(crate) fn compiled(&self, id: &UniqueId) -> Option<Arc<Compiled>> {
        self.compiled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    pub(crate) fn remember_compiled(&self, id: &UniqueId, compiled: &Arc<Compiled>) {
        let mut all = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id.clone(), Arc::clone(compiled));
    }

    /// Everything that was compiled, for the manifest.
    pub(crate) fn all_compiled(&self) -> BTreeMap<UniqueId, project::manifest_json::Compiled> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = BTreeMap::new();
        let built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, node) in &self.project.manifest.nodes {
            let is_built = built.contains(id);
            let is_hook = node.resource_type() == ResourceType::Operation;
            let compiled = compiled.get(id);
            if compiled.is_none() && !is_built {
                continue;
            }
            let path = |kind| relative(&output_path(self, node, kind), &self.project.root);
            // What compiles to nothing has no file.
            let is_written = compiled.is_some_and(|compiled| !compiled.sql.is_empty());
            all.insert(
                id.clone(),
                project::manifest_json::Compiled {
                    path: is_written.then(|| path("compiled")),
                    code: compiled.map(|compiled| compiled.sql.to_string()),
                    extra_ctes: compiled
                        .map(|compiled| compiled.ctes.clone())
                        .unwrap_or_default(),
                    build_path: (is_built && !is_hook).then(|| path("run")),
                    called: self.called_late(node, is_built),
                    has_run: is_built,
                },
            );
        }
        all
    }

    /// The macros that dbt sees a test call when it is compiled, and when it is run; of other nodes it does not look.
    fn called_late(&self, node: &Node, is_built: bool) -> Vec<UniqueId> {
        let mut names: Vec<&str> = Vec::new();
        if node.generic_test().is_some() {
            names.push("get_where_subquery");
        }
        if is_built && node.resource_type() == ResourceType::Test {
            names.extend([
                "get_limit_subquery_sql",
                "should_store_failures",
                "statement",
            ]);
        }
        let manifest = &self.project.manifest;
        let id = |name: &str| {
            let key = manifest.macro_index.find(&node.package_name, name)?;
            let definition = manifest.macro_definition(key)?;
            Some(UniqueId::new(&definition.unique_id))
        };
        names.into_iter().filter_map(id).collect()
    }

    /// The node's statement was written into the folder `run`.
    pub(crate) fn note_built(&self, id: &UniqueId) {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        built.insert(id.clone());
    }

    /// Whether this is the first time that the message is seen.
    pub(crate) fn warns_first(&self, message: &str) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        warned.insert(message.to_owned())
    }
}
