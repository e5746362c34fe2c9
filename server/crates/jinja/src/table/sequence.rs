//! Rows, columns, and lists of them: sequences that can also be asked by name.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple};

use crate::value::{CallArgs, EngineError, EngineErrorKind, Value, dict, list, place, repr};

/// Values in order, some of them with names.
#[derive(Debug)]
pub(super) struct Sequence {
    type_name: &'static str,
    keys: Option<Arc<[Value]>>,
    values: Arc<[Value]>,
    /// Name, index and type of a column.
    column: Option<(String, usize, Value)>,
}

impl Sequence {
    pub(super) fn row(keys: Arc<[Value]>, values: Arc<[Value]>) -> Self {
        Self::new("Row", Some(keys), values)
    }

    pub(super) fn column(name: &str, idx: usize, kind: Value, values: Arc<[Value]>) -> Self {
        Self {
            column: Some((name.to_owned(), idx, kind)),
            ..Self::new("Column", None, values)
        }
    }

    pub(super) fn plain(type_name: &'static str, values: Arc<[Value]>) -> Self {
        Self::new(type_name, None, values)
    }

    pub(super) fn keyed(type_name: &'static str, keys: Arc<[Value]>, values: Arc<[Value]>) -> Self {
        Self::new(type_name, Some(keys), values)
    }

    fn new(type_name: &'static str, keys: Option<Arc<[Value]>>, values: Arc<[Value]>) -> Self {
        Self {
            type_name,
            keys,
            values,
            column: None,
        }
    }

    fn by_key(&self, key: &Value) -> Option<Value> {
        let place = self.keys.as_ref()?.iter().position(|it| it == key)?;
        self.values.get(place).cloned()
    }

    fn pairs(&self) -> impl Iterator<Item = (Value, Value)> {
        self.keys
            .iter()
            .flat_map(|keys| keys.iter().cloned())
            .zip(self.values.iter().cloned())
    }

    fn tuple(values: impl IntoIterator<Item = Value>) -> Value {
        Value::from(Tuple::new(values.into_iter().collect()))
    }
}

impl Object for Sequence {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(idx) = key.as_i64() {
            return self.values.get(place(idx, self.values.len())?).cloned();
        }
        if let Some((name, idx, kind)) = &self.column {
            return Some(match key.as_str()? {
                "name" => Value::from(name.as_str()),
                "index" => Value::from(*idx),
                "data_type" => kind.clone(),
                _ => return None,
            });
        }
        self.by_key(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.values.len())
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        let args = CallArgs::from_engine(args);
        Ok(match method {
            "values" => Self::tuple(self.values.iter().cloned()),
            "keys" => Self::tuple(self.pairs().map(|(key, _)| key)),
            "items" => list(self.pairs().map(|(key, value)| Self::tuple([key, value]))),
            "dict" => dict(self.pairs()),
            "get" => {
                let key = args.required(method, 0, "key")?;
                let default = args.get(1, "default").cloned();
                self.by_key(&key).or(default).unwrap_or(Value::from(()))
            }
            "values_distinct" => {
                let distinct: indexmap::IndexSet<Value> = self.values.iter().cloned().collect();
                Self::tuple(distinct)
            }
            "values_without_nulls" => {
                Self::tuple(self.values.iter().filter(|it| !it.is_none()).cloned())
            }
            "values_sorted" => {
                let mut sorted = self.values.to_vec();
                sorted.sort();
                Self::tuple(sorted)
            }
            _ => return Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sample: Vec<String> = self.values.iter().take(5).map(repr).collect();
        if self.values.len() > 5 {
            sample.push("...".to_owned());
        }
        write!(f, "<agate.{}: ({})>", self.type_name, sample.join(", "))
    }
}
