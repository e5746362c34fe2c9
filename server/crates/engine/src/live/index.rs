//! An index as templates see it: what `adapter.parse_index` returns.

use std::{fmt, sync::Arc, time::SystemTime};

use jinja::{
    Relation, Value,
    value::{EngineError, EngineErrorKind, Object, ObjectRepr, State, list, text},
};

use crate::run_results::timestamp;

#[derive(Debug)]
pub(super) struct Index {
    pub(super) columns: Vec<Value>,
    pub(super) unique: bool,
    /// `btree`, `hash`, ...
    pub(super) method: Option<String>,
    pub(super) now: SystemTime,
}

pub(super) fn value(index: Index) -> Value {
    Value::from_object(index)
}

impl Object for Index {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "columns" => Some(list(self.columns.iter().cloned())),
            "unique" => Some(Value::from(self.unique)),
            "type" => Some(Value::from(self.method.clone())),
            _ => None,
        }
    }

    /// `render(relation)`: a name that holds the time, since the index of the last run still has the last name.
    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        if method != "render" {
            return Err(EngineError::from(EngineErrorKind::UnknownMethod));
        }
        let relation = args
            .first()
            .and_then(Relation::from_value)
            .map(Relation::render_sql);
        let mut parts: Vec<String> = self.columns.iter().map(text).collect();
        parts.push(relation.unwrap_or_default());
        parts.push(self.unique.to_string());
        parts.extend(self.method.clone());
        parts.push(timestamp(self.now));
        Ok(Value::from(project::checksum::md5_hex(&parts.join("_"))))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<index>")
    }
}
