//! `store_result` and `load_result`: what a `statement` block leaves behind.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::render::{Session, StoredResult};
use crate::table::Table;
use crate::value::{CallArgs, EngineError, Value, dict, list, pairs, text};

/// An adapter's answer: attributes, and its message as text.
#[derive(Debug)]
pub(super) struct Response(Vec<(String, Value)>);

impl Response {
    pub(super) fn value(attributes: Vec<(String, Value)>) -> Value {
        Value::from_object(Self(attributes))
    }
}

impl Object for Response {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.0
                .iter()
                .map(|(name, _)| Value::from(name.as_str()))
                .collect(),
        )
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.0.iter().find(|(name, _)| name == "_message");
        f.write_str(&message.map(|(_, value)| text(value)).unwrap_or_default())
    }
}

/// `store_result(name, response, agate_table=none)`
pub(super) fn store_result(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let name = args.required_text("store_result", 0, "name")?;
    let response = args.get(1, "response").cloned().unwrap_or_default();
    let table = args.get(2, "agate_table").and_then(Table::from_value);
    let result = StoredResult {
        response,
        table: table.cloned(),
    };
    session.store_result(&name, result);
    Ok(Value::from(""))
}

/// `store_raw_result(name, message, code, rows_affected, agate_table)`
pub(super) fn store_raw_result(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let name = args.required_text("store_raw_result", 0, "name")?;
    let part = |position, name: &str| args.get(position, name).cloned().unwrap_or(Value::from(()));
    let response = Response::value(vec![
        ("_message".to_owned(), part(1, "message")),
        ("code".to_owned(), part(2, "code")),
        ("rows_affected".to_owned(), part(3, "rows_affected")),
    ]);
    let table = args.get(4, "agate_table").and_then(Table::from_value);
    let result = StoredResult {
        response,
        table: table.cloned(),
    };
    session.store_result(&name, result);
    Ok(Value::from(""))
}

/// `load_result(name)`: a dict of `response`, `data` and `table`.
pub(super) fn load_result(
    _state: &mut State<'_, '_>,
    session: &Arc<Session>,
    args: &CallArgs,
) -> Result<Value, EngineError> {
    let name = args.required_text("load_result", 0, "name")?;
    let Some(result) = session.load_result(&name)? else {
        return Ok(Value::from(()));
    };
    let rows = result
        .table
        .iter()
        .flat_map(super::super::table::Table::rows);
    let data = list(rows.map(|row| list(row.iter().cloned())));
    let table = result.table.clone().map(Table::into_value);
    Ok(dict([
        ("response", as_response(result.response)),
        ("data", data),
        ("table", table.unwrap_or(Value::from(()))),
    ]))
}

/// What a warehouse said of a statement that a host ran by itself, as macros see it.
pub fn response(pairs: Vec<(String, Value)>) -> Value {
    Response::value(pairs)
}

/// A dict that a host or a macro made, as a response.
fn as_response(value: Value) -> Value {
    let pairs = pairs(&value);
    if pairs.is_empty() || value.downcast_object_ref::<Response>().is_some() {
        return value;
    }
    Response::value(
        pairs
            .into_iter()
            .map(|(key, value)| (text(&key), value))
            .collect(),
    )
}
