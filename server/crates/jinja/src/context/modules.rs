//! `modules.datetime`, `modules.pytz`, `modules.re`, `modules.itertools`: the parts of Python that dbt hands out.

mod datetime;
mod itertools;
mod regex;
mod zones;

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use crate::value::{CallArgs, EngineError, Value, dict};

pub(super) use datetime::{add, negate, sub};
pub(crate) use datetime::{day, plain_moment, repr_of_time, type_of_time, utc_moment};

pub(super) fn modules() -> Value {
    dict([
        ("datetime", datetime::module()),
        ("pytz", zones::module()),
        ("re", regex::module()),
        ("itertools", itertools::module()),
    ])
}

type ModuleFunction = fn(&mut State<'_, '_>, &CallArgs) -> Result<Value, EngineError>;

/// A function of a module.
struct Function {
    name: &'static str,
    call: ModuleFunction,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
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
        (self.call)(state, &CallArgs::from_engine(args))
    }
}

/// A module of functions.
fn functions(functions: &[(&'static str, ModuleFunction)]) -> Vec<(&'static str, Value)> {
    functions
        .iter()
        .map(|(name, call)| {
            let function = Function { name, call: *call };
            (*name, Value::from_object(function))
        })
        .collect()
}
