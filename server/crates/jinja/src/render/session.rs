//! `Session`: what one rendering remembers.
//!
//! Reached from the engine's state through the outermost scope. One thread uses it; the locks are there because the
//! engine wants its objects to be `Sync`, and none is held across a call.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::State;

use crate::render::host::{HostError, LogLevel, RenderHost};
use crate::render::limits::Limits;
use crate::render::macro_def::MacroDef;
use crate::render::root::{Root, SESSION};
use crate::table::Table;
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, error};

/// A macro that a rendering called.
#[derive(Debug, Clone)]
pub struct MacroUse {
    /// Which.
    pub def: Arc<MacroDef>,
    /// The template itself called it, not only another macro: what dbt puts into `depends_on.macros`.
    pub is_direct: bool,
}

/// What `store_result` was told about a statement.
#[derive(Debug, Clone)]
pub struct StoredResult {
    /// The adapter's response.
    pub response: Value,
    /// The rows.
    pub table: Option<Table>,
}

/// What the rendering is for.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Its text.
    Text,
    /// The value of its one expression.
    Value,
    /// What a macro returns.
    Call(Arc<MacroDef>, CallArgs),
}

#[derive(Debug, Default)]
struct Notes {
    macros: indexmap::IndexMap<Arc<str>, MacroUse>,
    /// Calls by the outermost template and the text each gave, in order.
    top_calls: Vec<(Arc<MacroDef>, Value)>,
    returned: Option<Value>,
    outcome: Option<Value>,
    /// Statements' results; `None` once they were loaded.
    results: indexmap::IndexMap<String, (StoredResult, bool)>,
}

/// How many renderings may be under way inside of each other.
const MAX_NESTING: usize = 10;

pub(crate) struct Session {
    pub(crate) host: Arc<dyn RenderHost>,
    pub(crate) package: String,
    pub(crate) task: Task,
    limits: Limits,
    names: Mutex<HashMap<Box<str>, Option<Value>>>,
    /// The engine's macros by template name.
    bound: Mutex<HashMap<Arc<str>, Value>>,
    /// The engine's macro that imports those.
    loader: Mutex<Option<Value>>,
    target: Mutex<Option<Arc<str>>>,
    notes: Mutex<Notes>,
    depth: AtomicUsize,
    fuel: AtomicU64,
    nesting: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    pub(super) fn new(
        host: Arc<dyn RenderHost>,
        package: &str,
        limits: Limits,
        task: Task,
    ) -> Arc<Self> {
        Arc::new(Self {
            host,
            package: package.to_owned(),
            task,
            limits,
            names: Mutex::default(),
            bound: Mutex::default(),
            loader: Mutex::default(),
            target: Mutex::default(),
            notes: Mutex::default(),
            depth: AtomicUsize::new(0),
            fuel: AtomicU64::new(0),
            nesting: 0,
        })
    }

    /// A session for a text inside of what this one renders, unless that would be one too many.
    pub(super) fn nested(&self) -> Option<Arc<Self>> {
        let nesting = self.nesting + 1;
        (nesting <= MAX_NESTING).then(|| {
            Arc::new(Self {
                host: Arc::clone(&self.host),
                package: self.package.clone(),
                task: Task::Text,
                limits: self.limits,
                names: Mutex::default(),
                bound: Mutex::default(),
                loader: Mutex::default(),
                target: Mutex::default(),
                notes: Mutex::default(),
                // Deep macros leave less room for those of the text.
                depth: AtomicUsize::new(self.depth.load(Ordering::Relaxed)),
                fuel: AtomicU64::new(0),
                nesting,
            })
        })
    }

    /// What `name` stands for: always the same within a rendering.
    pub(super) fn name(
        &self,
        name: &str,
        resolve: impl FnOnce() -> Option<Value>,
    ) -> Option<Value> {
        if let Some(found) = lock(&self.names).get(name) {
            return found.clone();
        }
        let found = resolve();
        lock(&self.names).insert(name.into(), found.clone());
        found
    }

    /// The engine's macro for `def`, if it was imported already.
    pub(super) fn bound(&self, def: &MacroDef) -> Option<Value> {
        lock(&self.bound).get(&def.template_name).cloned()
    }

    /// What the load block imports next.
    pub(super) fn set_target(&self, template_name: &Arc<str>) {
        *lock(&self.target) = Some(Arc::clone(template_name));
    }

    pub(super) fn loader(&self) -> Option<Value> {
        lock(&self.loader).clone()
    }

    pub(crate) fn target(&self) -> Option<Value> {
        lock(&self.target).as_ref().map(|name| Value::from(&**name))
    }

    /// Keep the macro that was imported; before any is asked for, it is the loader.
    pub(super) fn bind(&self, value: Value) {
        let target = lock(&self.target).take();
        match target {
            Some(target) => {
                lock(&self.bound).insert(target, value);
            }
            None => *lock(&self.loader) = Some(value),
        }
    }

    /// A macro begins. Whether the outermost template called it.
    pub(super) fn enter(&self, def: &Arc<MacroDef>) -> Result<bool, EngineError> {
        if self.host.is_cancelled() {
            return Err(host_error(HostError::cancelled()));
        }
        let depth = self.depth.load(Ordering::Relaxed);
        if depth >= self.limits.macro_depth {
            return Err(host_error(HostError::compilation(
                "render-limit",
                format!(
                    "macros call each other more than {} deep; does `{}` call itself without end?",
                    self.limits.macro_depth, def.name
                ),
            )));
        }
        self.depth.store(depth + 1, Ordering::Relaxed);
        let is_direct = depth == 0;
        let mut notes = lock(&self.notes);
        notes
            .macros
            .entry(Arc::clone(&def.unique_id))
            .and_modify(|it| it.is_direct |= is_direct)
            .or_insert_with(|| MacroUse {
                def: Arc::clone(def),
                is_direct,
            });
        Ok(is_direct)
    }

    /// Whether a macro is running.
    pub(crate) fn is_in_macro(&self) -> bool {
        self.depth.load(Ordering::Relaxed) > 0
    }

    pub(super) fn leave(&self) {
        let depth = self.depth.load(Ordering::Relaxed);
        self.depth.store(depth.saturating_sub(1), Ordering::Relaxed);
    }

    pub(super) fn note_top_call(&self, def: &Arc<MacroDef>, value: &Value) {
        if matches!(self.task, Task::Text) && value.as_str().is_some_and(|text| !text.is_empty()) {
            lock(&self.notes)
                .top_calls
                .push((Arc::clone(def), value.clone()));
        }
    }

    pub(super) fn top_calls(&self) -> Vec<(Arc<MacroDef>, Value)> {
        std::mem::take(&mut lock(&self.notes).top_calls)
    }

    pub(super) fn macros(&self) -> Vec<MacroUse> {
        lock(&self.notes).macros.values().cloned().collect()
    }

    /// The definition behind a template's name.
    pub(super) fn macro_by_template(&self, template_name: &str) -> Option<Arc<MacroDef>> {
        lock(&self.notes)
            .macros
            .values()
            .find(|it| *it.def.template_name == *template_name)
            .map(|it| Arc::clone(&it.def))
    }

    /// `return(value)` was called: the error that follows is not one.
    pub(crate) fn set_returned(&self, value: Value) {
        lock(&self.notes).returned = Some(value);
    }

    pub(super) fn take_returned(&self) -> Option<Value> {
        lock(&self.notes).returned.take()
    }

    pub(crate) fn set_outcome(&self, value: Value) {
        lock(&self.notes).outcome = Some(value);
    }

    pub(super) fn take_outcome(&self) -> Value {
        lock(&self.notes).outcome.take().unwrap_or_default()
    }

    /// `store_result(name, ...)`
    pub(crate) fn store_result(&self, name: &str, result: StoredResult) {
        lock(&self.notes)
            .results
            .insert(name.to_owned(), (result, false));
    }

    /// `load_result(name)`: each but `main` once.
    pub(crate) fn load_result(&self, name: &str) -> Result<Option<StoredResult>, EngineError> {
        let mut notes = lock(&self.notes);
        let Some((result, is_loaded)) = notes.results.get_mut(name) else {
            return Ok(None);
        };
        if *is_loaded && name != "main" {
            return Err(host_error(HostError::compilation(
                "result-already-loaded",
                format!("the result named `{name}` has already been loaded into a variable"),
            )));
        }
        *is_loaded = true;
        Ok(Some(result.clone()))
    }

    pub(super) fn results(&self) -> Vec<(String, StoredResult)> {
        let notes = lock(&self.notes);
        notes
            .results
            .iter()
            .map(|(name, (result, _))| (name.clone(), result.clone()))
            .collect()
    }

    pub(crate) fn note_fuel(&self, used: u64) {
        self.fuel.store(used, Ordering::Relaxed);
    }

    pub(super) fn fuel(&self) -> u64 {
        self.fuel.load(Ordering::Relaxed)
    }
}

/// The session of a rendering.
pub(crate) fn session(state: &mut State<'_, '_>) -> Result<Arc<Session>, EngineError> {
    if let Some(session) = state.get_extension::<Arc<Session>>() {
        return Ok(Arc::clone(session));
    }
    let found = state
        .lookup(SESSION)
        .and_then(|value| value.downcast_object::<Root>())
        .map(|root| Arc::clone(&root.0))
        .ok_or_else(|| error("this can only be called while a template is rendered"))?;
    Ok(Arc::clone(
        state.get_or_insert_extension_with(|| Arc::clone(&found)),
    ))
}

/// A host's error as the engine carries it.
pub(crate) fn host_error(error: HostError) -> EngineError {
    EngineError::new(EngineErrorKind::InvalidOperation, error.message.clone()).with_source(error)
}

/// An error on its way out of a macro: without a place of its own, so that the engine adds that of the call.
pub(super) fn through(def: &MacroDef, error: EngineError) -> EngineError {
    EngineError::new(error.kind(), format!("in macro `{}`", def.name)).with_source(error)
}

/// Print for the user from inside an object's method.
pub(crate) fn log_print(state: &mut State<'_, '_>, message: &str) {
    if let Ok(session) = session(state) {
        session.host.log(LogLevel::Print, message);
    }
}
