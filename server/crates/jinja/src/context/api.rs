//! `api.Relation` and `api.Column`: the classes, which make relations and columns.

use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, ObjectRepr};

use crate::column;
use crate::relation::Relation;
use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, dict};

pub(super) fn api() -> Value {
    dict([
        ("Relation", Value::from_object(RelationClass)),
        ("Column", Value::from_object(ColumnClass)),
    ])
}

#[derive(Debug)]
struct RelationClass;

impl Object for RelationClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let kind = match key.as_str()? {
            "Table" => "table",
            "View" => "view",
            "CTE" => "cte",
            "MaterializedView" => "materialized_view",
            "External" => "external",
            "Ephemeral" => "ephemeral",
            "Function" => "function",
            _ => return None,
        };
        Some(Value::from(kind))
    }

    fn call(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        Ok(Relation::create(&CallArgs::from_engine(args)).into_value())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        match method {
            "create" => self.call(state, args),
            // What needs no path, every relation can do.
            "get_default_quote_policy" | "get_default_include_policy" | "add_ephemeral_prefix" => {
                Relation::default()
                    .into_value()
                    .call_method(state, method, args)
            }
            "scd_args" => Ok(scd_args(&CallArgs::from_engine(args))),
            _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
    }
}

/// The columns that a snapshot's surrogate key is made of.
fn scd_args(args: &CallArgs) -> Value {
    let primary_key = args.get(0, "primary_key").cloned().unwrap_or_default();
    let mut columns = if primary_key.as_str().is_some() {
        vec![primary_key]
    } else {
        crate::value::items(&primary_key)
    };
    columns.extend(args.get(1, "updated_at").cloned());
    crate::value::list(columns)
}

#[derive(Debug)]
struct ColumnClass;

impl Object for ColumnClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        column::construct(&CallArgs::from_engine(args))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        column::class_method(method, &CallArgs::from_engine(args))
    }
}
