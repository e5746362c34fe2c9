//! dbt's context: the functions and objects that every template can use, apart from what only a host knows.
//!
//! One file a theme. [`lookup`] is asked by the outermost scope after macros and packages; [`install`] puts filters,
//! tests and the methods of Python's types into an engine environment.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all functions of the context have one signature"
)]

mod adapter;
mod api;
mod behavior;
mod config;
mod control;
mod data;
mod exceptions;
mod filters;
mod methods;
mod modules;
mod operators;
mod references;
mod statements;
mod variables;

pub use statements::response;

use std::fmt;
use std::sync::{Arc, Weak};

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Environment, State};

use crate::render::{Session, session};
use crate::value::{CallArgs, EngineError, EngineErrorKind, Missing, Value, dict};

pub(crate) use modules::{day, plain_moment, repr_of_time, type_of_time, utc_moment};

/// A function of the context.
type ContextFunction =
    fn(&mut State<'_, '_>, &Arc<Session>, &CallArgs) -> Result<Value, EngineError>;

/// Put filters, tests and methods into an environment.
pub(crate) fn install(environment: &mut Environment<'static>) {
    filters::install(environment);
    environment.set_unknown_method_callback(methods::call);
}

/// What `name` stands for in dbt's context.
pub(crate) fn lookup(session: &Arc<Session>, name: &str) -> Option<Value> {
    Some(match name {
        "execute" => Value::from(session.host.execute()),
        "config" => Value::from_object(config::Config),
        "var" => Value::from_object(variables::Var),
        "adapter" => Value::from_object(adapter::Adapter::new(session)),
        "api" => api::api(),
        "exceptions" => Value::from_object(exceptions::Exceptions),
        "modules" => modules::modules(),
        "builtins" => builtins(session),
        "validation" => Value::from_object(control::Validation),
        _ => return Function::value(name),
    })
}

/// Names of the context that are values of the host or of the engine: not found by [`lookup`], but not unknown.
const OTHER_NAMES: [&str; 35] = [
    "this",
    "model",
    "node",
    "graph",
    "target",
    "flags",
    "schema",
    "database",
    "invocation_id",
    "run_started_at",
    "thread_id",
    "dbt_version",
    "project_name",
    "invocation_args_dict",
    "dbt_metadata_envs",
    "selected_resources",
    "pre_hooks",
    "post_hooks",
    "sql",
    "compiled_code",
    "context",
    "dbt",
    "column",
    "env",
    "results",
    "schemas",
    "database_schemas",
    "range",
    "namespace",
    "cycler",
    "joiner",
    "lipsum",
    "loop",
    "caller",
    "self",
];

const OWN_NAMES: [&str; 9] = [
    "execute",
    "config",
    "var",
    "adapter",
    "api",
    "exceptions",
    "modules",
    "builtins",
    "validation",
];

/// Whether every template can use `name` without defining it: a function or an object of dbt's context.
pub fn is_context_name(name: &str) -> bool {
    OWN_NAMES.contains(&name)
        || OTHER_NAMES.contains(&name)
        || matches!(name, "super" | "varargs" | "kwargs")
        || function(name).is_some()
}

/// `builtins.ref(...)`: the originals, for macros that replace them.
fn builtins(session: &Arc<Session>) -> Value {
    let mut pairs = vec![
        ("config", Value::from_object(config::Config)),
        ("var", Value::from_object(variables::Var)),
    ];
    pairs.extend(Function::value("env_var").map(|value| ("env_var", value)));
    for name in ["ref", "source", "metric", "function"] {
        let session = Arc::downgrade(session);
        pairs.push((name, Value::from_object(Reference { name, session })));
    }
    dict(pairs)
}

/// Whether a value stands for a name that does not exist.
pub(crate) fn is_missing(value: &Value) -> bool {
    value.is_undefined() || value.downcast_object_ref::<Missing>().is_some()
}

fn function(name: &str) -> Option<(&'static str, ContextFunction)> {
    let found: (&'static str, ContextFunction) = match name {
        "ref" => ("ref", references::reference),
        "source" => ("source", references::source),
        "metric" => ("metric", references::metric),
        "function" => ("function", references::function),
        "doc" => ("doc", references::doc),
        "env_var" => ("env_var", variables::env_var),
        "return" => ("return", control::return_value),
        "log" => ("log", control::log),
        "print" => ("print", control::print),
        "validate" => ("validate", control::validate),
        "try_or_compiler_error" => ("try_or_compiler_error", control::try_or_compiler_error),
        "fromjson" => ("fromjson", data::from_json_text),
        "tojson" => ("tojson", data::to_json_text),
        "fromyaml" => ("fromyaml", data::from_yaml_text),
        "toyaml" => ("toyaml", data::to_yaml_text),
        "set" => ("set", data::set),
        "set_strict" => ("set_strict", data::set_strict),
        "zip" => ("zip", data::zip),
        "zip_strict" => ("zip_strict", data::zip_strict),
        "dict" => ("dict", data::dict_function),
        "local_md5" => ("local_md5", data::local_md5),
        "diff_of_two_dicts" => ("diff_of_two_dicts", data::diff_of_two_dicts),
        "store_result" => ("store_result", statements::store_result),
        "store_raw_result" => ("store_raw_result", statements::store_raw_result),
        "load_result" => ("load_result", statements::load_result),
        "load_agate_table" => ("load_agate_table", |_, session, args| {
            control::call_host(session, "load_agate_table", args)
        }),
        "write" => ("write", |_, session, args| {
            control::call_host(session, "write", args)
        }),
        "render" => ("render", |_, session, args| {
            control::call_host(session, "render", args)
        }),
        "submit_python_job" => ("submit_python_job", |_, session, args| {
            control::call_host(session, "submit_python_job", args)
        }),
        "dagsmith_list" => ("dagsmith_list", operators::list_literal),
        "dagsmith_dict" => ("dagsmith_dict", operators::dict_literal),
        "dagsmith_own" => ("dagsmith_own", operators::own),
        "dagsmith_iter" => ("dagsmith_iter", operators::iterated),
        "dagsmith_add" => ("dagsmith_add", operators::add),
        "dagsmith_sub" => ("dagsmith_sub", operators::sub),
        "dagsmith_mod" => ("dagsmith_mod", operators::modulo),
        "dagsmith_mul" => ("dagsmith_mul", operators::multiply),
        "dagsmith_div" => ("dagsmith_div", operators::divide),
        "dagsmith_floordiv" => ("dagsmith_floordiv", operators::floor_divide),
        "dagsmith_pow" => ("dagsmith_pow", operators::power),
        "dagsmith_neg" => ("dagsmith_neg", operators::negate),
        "dagsmith_compare" => ("dagsmith_compare", operators::chain),
        "dagsmith_bind" => ("dagsmith_bind", control::bind_macro),
        "dagsmith_target" => ("dagsmith_target", control::target),
        "dagsmith_end" => ("dagsmith_end", control::end),
        "dagsmith_value" => ("dagsmith_value", control::keep_value),
        "dagsmith_call" => ("dagsmith_call", control::call),
        _ => return None,
    };
    Some(found)
}

/// A function as a value.
struct Function {
    name: &'static str,
    call: ContextFunction,
}

impl Function {
    fn value(name: &str) -> Option<Value> {
        let (name, call) = function(name)?;
        Some(Value::from_object(Self { name, call }))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

/// What [`RenderHost::global`](crate::RenderHost::global) is asked for where a template reads `builtins.ref.config`: no name
/// that a template could write.
pub const RUNTIME_CONFIG: &str = "builtins.ref.config";

/// `builtins.ref`, which has the settings of the run, too.
#[derive(Debug)]
struct Reference {
    name: &'static str,
    session: Weak<Session>,
}

impl Object for Reference {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let session = self.session.upgrade()?;
        match key.as_str() {
            Some("config") => session.host.global(RUNTIME_CONFIG),
            _ => None,
        }
    }

    fn call(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let (_, call) = function(self.name).ok_or(EngineErrorKind::UnknownFunction)?;
        let session = session(state)?;
        call(state, &session, &CallArgs::from_engine(args))
    }
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let session = session(state)?;
        (self.call)(state, &session, &CallArgs::from_engine(args))
    }
}
