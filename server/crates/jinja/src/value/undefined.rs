//! `Missing`: an undefined name while dbt parses.
//!
//! In dbt's parser a name that does not exist can be called, indexed and asked for attributes, and is still undefined:
//! what it stands for may only exist when the node runs. The engine's own undefined value cannot be called.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::{EngineError, EngineErrorKind, Value};
use crate::render::session;

/// Undefined, whatever is done with it.
#[derive(Debug)]
pub(crate) struct Missing;

impl Object for Missing {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(Arc::clone(self)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn call(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        _args: &[Value],
    ) -> Result<Value, EngineError> {
        // Inside a macro dbt's parser is as strict as a run.
        if session(state)?.is_in_macro() {
            return Err(EngineError::from(EngineErrorKind::UndefinedError));
        }
        Ok(Value::from_dyn_object(Arc::clone(self)))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        _method: &str,
        _args: &[Value],
    ) -> Result<Value, EngineError> {
        Ok(Value::from_dyn_object(Arc::clone(self)))
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
