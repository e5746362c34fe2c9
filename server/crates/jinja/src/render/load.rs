//! Macros inside a rendering: loaded on the first call, and called through [`MacroRef`].
//!
//! The engine's macro value works only in the state in which its template was imported, and it keeps what its free names mean
//! there. So every outermost template ends with a block that is never shown: it imports the loader, a macro that in its turn
//! imports whatever is asked for. As any macro, the loader sees nothing of the scopes of its callers, and so neither does what it
//! imports. [`MacroRef`] calls it in the current state, keeps the macro that comes of it, and calls that.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use base::or_did_you_mean;

use crate::render::host::HostError;
use crate::render::macro_def::MacroDef;
use crate::render::session::{Session, Task, host_error, session, through};
use crate::value::{CallArgs, EngineError, Tuple, Value, dict, error};

/// Behind every outermost template.
pub(super) const LOAD_BLOCK: &str = "{% if false %}{% block dagsmith_load %}{% import 'dagsmith:loader' as dagsmith_loaded %}{% do dagsmith_bind(dagsmith_loaded.dagsmith_loader) %}{% endblock %}{% endif %}{% do dagsmith_end() %}";

/// The template of the loader, and what it is called.
pub(super) const LOADER_TEMPLATE: &str = "dagsmith:loader";
pub(super) const LOADER: &str = "{% macro dagsmith_loader() %}{% import dagsmith_target() as dagsmith_loaded %}{% do dagsmith_bind(dagsmith_loaded.dagsmith_macro) %}{% endmacro %}";

thread_local! {
    /// The macro whose template the engine is about to ask for: name and source.
    static PENDING: RefCell<Option<(Arc<str>, Arc<str>)>> = const { RefCell::new(None) };
}

/// The source of the template `name`, if it is the one that is being loaded on this thread.
pub(super) fn pending_source(name: &str) -> Option<String> {
    PENDING.with_borrow(|pending| {
        pending
            .as_ref()
            .filter(|(pending, _)| **pending == *name)
            .map(|(_, source)| source.to_string())
    })
}

/// A macro as a value of templates.
pub(crate) struct MacroRef {
    pub(crate) def: Arc<MacroDef>,
}

impl MacroRef {
    pub(crate) fn value(def: Arc<MacroDef>) -> Value {
        Value::from_object(Self { def })
    }
}

impl fmt::Debug for MacroRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<macro {}>", self.def.unique_id)
    }
}

impl Object for MacroRef {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("name")).then(|| Value::from(&*self.def.name))
    }

    fn call(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let session = session(state)?;
        call_def(state, &session, &self.def, args)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Call `def` in this state.
pub(super) fn call_def(
    state: &mut State<'_, '_>,
    session: &Arc<Session>,
    def: &Arc<MacroDef>,
    args: &[Value],
) -> Result<Value, EngineError> {
    let is_outermost = session.enter(def)?;
    let outcome = bound(state, session, def).and_then(|bound| match arguments(def, args)? {
        Some(args) => bound.call(state, &args),
        None => bound.call(state, args),
    });
    session.leave();
    let value = match outcome {
        Ok(value) => value,
        Err(error) => match session.take_returned() {
            Some(value) => value,
            None => return Err(through(def, error)),
        },
    };
    if is_outermost {
        session.note_top_call(def, &value);
    }
    Ok(value)
}

/// The engine's macro value for `def`, imported on the first call.
fn bound(
    state: &mut State<'_, '_>,
    session: &Arc<Session>,
    def: &Arc<MacroDef>,
) -> Result<Value, EngineError> {
    if let Some(bound) = session.bound(def) {
        return Ok(bound);
    }
    if session.loader().is_none() {
        state.render_block("dagsmith_load")?;
    }
    let Some(loader) = session.loader() else {
        return Err(error("macros cannot be loaded here"));
    };
    let pending = (Arc::clone(&def.template_name), Arc::clone(&def.source));
    PENDING.set(Some(pending));
    session.set_target(&def.template_name);
    let imported = loader.call(state, &[]);
    PENDING.set(None);
    imported?;
    session
        .bound(def)
        .ok_or_else(|| error(format!("macro `{}` could not be loaded", def.name)))
}

/// `dagsmith_bind(macro)`: keep the macro that was just imported, or the loader, which is the first.
pub(crate) fn bind(session: &Session, value: &Value) -> Value {
    session.bind(value.clone());
    Value::from(())
}

/// What to pass to the engine's macro instead of `args`; `None` where they are fine as they are.
fn arguments(def: &MacroDef, args: &[Value]) -> Result<Option<Vec<Value>>, EngineError> {
    let takes_more = def.takes_varargs || def.takes_kwargs;
    let has_keywords = args.last().is_some_and(Value::is_kwargs);
    if !takes_more && !has_keywords && args.len() <= def.params.len() {
        return Ok(None);
    }
    let mut args = CallArgs::from_engine(args);
    if !def.takes_caller {
        args.take_named("caller");
    }
    let n_params = def.params.len();
    let more = args
        .positional
        .split_off(n_params.min(args.positional.len()));
    let is_param = |name: &str| def.params.iter().any(|param| *param.name == *name);
    let (known, unknown): (Vec<_>, Vec<_>) = args
        .keyword
        .into_iter()
        .partition(|(name, _)| is_param(name) || name == "caller");
    args.keyword = known;
    if def.takes_varargs {
        args.keyword
            .push(("varargs".to_owned(), Value::from(Tuple::new(more))));
    } else if !more.is_empty() {
        return Err(wrong_arguments(format!(
            "macro `{}` takes not more than {n_params} arguments, got {}",
            def.name,
            n_params + more.len()
        )));
    }
    if def.takes_kwargs {
        args.keyword.push(("kwargs".to_owned(), dict(unknown)));
    } else if let Some((name, _)) = unknown.first() {
        let params = def.params.iter().map(|param| &*param.name);
        return Err(wrong_arguments(or_did_you_mean(
            format!("macro `{}` takes no keyword argument `{name}`", def.name),
            name,
            params,
        )));
    }
    Ok(Some(args.into_engine()))
}

fn wrong_arguments(message: String) -> EngineError {
    host_error(HostError::compilation("macro-arguments", message))
}

/// `dagsmith_call()`: do what the session is for.
pub(crate) fn call_task(
    state: &mut State<'_, '_>,
    session: &Arc<Session>,
) -> Result<Value, EngineError> {
    if let Task::Call(def, args) = &session.task {
        let value = call_def(state, session, def, &args.clone().into_engine())?;
        session.set_outcome(value);
    }
    Ok(Value::from(()))
}
