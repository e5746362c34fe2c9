//! The outermost scope of every template: resolves names as dbt's context does.
//!
//! Order: macros (the package's own, the root project's, built-in ones), packages as namespaces, the functions and
//! objects of the context, then whatever the host knows. A macro may therefore replace `ref`, as in dbt.

use std::fmt;
use std::sync::{Arc, Weak};

use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::context;
use crate::render::load::MacroRef;
use crate::render::session::Session;
use crate::value::{EngineError, EngineErrorKind, Missing, Value};

/// The name under which functions find the session.
pub(super) const SESSION: &str = "dagsmith_session";

/// Names that belong to the engine, or to a scope that is not there.
const NOT_OURS: [&str; 13] = [
    "range",
    "namespace",
    "cycler",
    "joiner",
    "lipsum",
    "loop",
    "caller",
    "varargs",
    "kwargs",
    "self",
    "super",
    "dagsmith_loaded",
    "dagsmith_unset",
];

/// The scope of `session`.
pub(super) fn root(session: &Arc<Session>) -> Value {
    Value::from_object(Root(Arc::clone(session)))
}

pub(super) struct Root(pub(super) Arc<Session>);

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("context")
    }
}

impl Object for Root {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        match name {
            SESSION => return Some(Value::from_dyn_object(Arc::clone(self))),
            "context" => {
                return Some(Value::from_object(Names {
                    session: Arc::downgrade(&self.0),
                }));
            }
            _ => {}
        }
        self.0.name(name, || resolve(&self.0, name))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

fn resolve(session: &Arc<Session>, name: &str) -> Option<Value> {
    let host = &session.host;
    if NOT_OURS.contains(&name) {
        return None;
    }
    if let Some(def) = host.find_macro(&session.package, name) {
        return Some(MacroRef::value(def));
    }
    if name == "dbt" || host.has_package(name) {
        return Some(Value::from_object(PackageNamespace {
            package: name.to_owned(),
            session: Arc::downgrade(session),
        }));
    }
    if let Some(value) = context::lookup(session, name) {
        return Some(value);
    }
    host.global(name)
        .or_else(|| host.is_parsing().then(|| Value::from_object(Missing)))
}

/// `context['name']`: every name of the scope by its text. Holds the session weakly: the session keeps values.
struct Names {
    session: Weak<Session>,
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("context")
    }
}

impl Names {
    fn find(&self, name: &str) -> Option<Value> {
        let session = self.session.upgrade()?;
        session.name(name, || resolve(&session, name))
    }
}

impl Object for Names {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.find(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let name = args.first().and_then(Value::as_str);
        match (method, name) {
            ("get", Some(name)) => {
                let found = self.find(name).filter(|value| !context::is_missing(value));
                let default = args.get(1).cloned().unwrap_or(Value::from(()));
                Ok(found.unwrap_or(default))
            }
            _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
    }
}

/// `dbt_utils.star(...)`
struct PackageNamespace {
    package: String,
    session: Weak<Session>,
}

impl fmt::Debug for PackageNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "package {}", self.package)
    }
}

impl PackageNamespace {
    fn find(&self, name: &str) -> Option<Value> {
        let session = self.session.upgrade()?;
        let def = session.host.find_macro_in(&self.package, name)?;
        Some(MacroRef::value(def))
    }
}

impl Object for PackageNamespace {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.find(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        if let Some(found) = self.find(method) {
            return found.call(state, args);
        }
        let is_parsing = self
            .session
            .upgrade()
            .is_some_and(|session| session.host.is_parsing());
        if is_parsing {
            return Ok(Value::from_object(Missing));
        }
        Err(EngineError::new(
            EngineErrorKind::UnknownFunction,
            format!("macro `{}.{method}` not found", self.package),
        ))
    }
}
