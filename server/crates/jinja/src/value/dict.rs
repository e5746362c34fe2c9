//! `Dict`: Python's dict, in the order of insertion.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use minijinja::State;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Tuple};

use super::nesting::{can_be_key, drop_flat, guarded_cmp, hashable};
use super::{CallArgs, EngineError, EngineErrorKind, Value, error, guarded_render};

/// A dict that can change.
#[derive(Debug, Default)]
pub struct Dict {
    pairs: Mutex<IndexMap<Value, Value>>,
}

impl Dict {
    /// With these pairs; of equal keys the last wins.
    pub fn new(pairs: IndexMap<Value, Value>) -> Self {
        Self {
            pairs: Mutex::new(pairs),
        }
    }

    /// The same; an error where a key can change.
    pub(crate) fn from_pairs(
        pairs: impl Iterator<Item = (Value, Value)>,
    ) -> Result<Self, EngineError> {
        let pairs = pairs.map(|(key, value)| Ok((hashable(key)?, value)));
        Ok(Self::new(pairs.collect::<Result<_, EngineError>>()?))
    }

    fn lock(&self) -> MutexGuard<'_, IndexMap<Value, Value>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is in it now.
    pub fn snapshot(&self) -> IndexMap<Value, Value> {
        self.lock().clone()
    }

    /// Give `key` a value.
    pub fn insert(&self, key: impl Into<Value>, value: Value) {
        self.lock().insert(key.into(), value);
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.lock().get(&Value::from(key)).cloned()
    }

    fn method(&self, method: &str, args: &CallArgs) -> Result<Value, EngineError> {
        let key = || hashable(args.required(method, 0, "key")?);
        let none = Value::from(());
        let default = || args.get(1, "default").cloned();
        Ok(match method {
            "get" => {
                let found = self.lock().get(&key()?).cloned();
                found.or_else(default).unwrap_or(none)
            }
            "items" => super::list(
                self.snapshot()
                    .into_iter()
                    .map(|(key, value)| Value::from(Tuple::from([key, value]))),
            ),
            "keys" => super::list(self.snapshot().into_keys()),
            "values" => super::list(self.snapshot().into_values()),
            "update" => {
                self.update(args)?;
                none
            }
            "setdefault" => {
                let value = default().unwrap_or(none);
                self.lock().entry(key()?).or_insert(value).clone()
            }
            "pop" => {
                let key = key()?;
                let found = self.lock().shift_remove(&key);
                found
                    .or_else(default)
                    .ok_or_else(|| error(format!("KeyError: {}", super::repr(&key))))?
            }
            "popitem" => {
                let popped = self.lock().pop();
                let (key, value) = popped.ok_or_else(|| error("popitem(): dictionary is empty"))?;
                Value::from(Tuple::from([key, value]))
            }
            "copy" => Value::from_object(Self::new(self.snapshot())),
            "clear" => {
                self.lock().clear();
                none
            }
            _ => return Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        })
    }

    /// From a dict, from pairs, and from keywords.
    fn update(&self, args: &CallArgs) -> Result<(), EngineError> {
        let mut new = Vec::new();
        if let Some(from) = args.positional.first() {
            if from.kind() == super::ValueKind::Map {
                for (key, value) in super::pairs(from) {
                    new.push((hashable(key)?, value));
                }
            } else {
                for pair in super::items(from) {
                    let pair = super::items(&pair);
                    let [key, value] = pair.as_slice() else {
                        return Err(error("dict.update() needs a dict or pairs"));
                    };
                    new.push((hashable(key.clone())?, value.clone()));
                }
            }
        }
        new.extend(
            args.keyword
                .iter()
                .map(|(key, value)| (Value::from(key.as_str()), value.clone())),
        );
        self.lock().extend(new);
        Ok(())
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        let pairs = self.pairs.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop_flat(std::mem::take(pairs).into_values());
    }
}

impl Object for Dict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if !can_be_key(key) {
            return None;
        }
        self.lock().get(key).cloned()
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.get(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.lock().keys().cloned().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.lock().len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        super::charge_growth(state, args)?;
        self.method(method, &CallArgs::from_engine(args))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Self>()?;
        if std::ptr::eq(&raw const **self, other) {
            return Some(std::cmp::Ordering::Equal);
        }
        let (mut mine, mut theirs) = (self.snapshot(), other.snapshot());
        let n_items = mine.len() + theirs.len();
        Some(guarded_cmp(n_items, || {
            mine.sort_keys();
            theirs.sort_keys();
            mine.iter().cmp(&theirs)
        }))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.snapshot();
        guarded_render(f, pairs.len(), |f| {
            f.write_str("{")?;
            for (idx, (key, value)) in pairs.iter().enumerate() {
                if idx > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{}: {}", super::repr(key), super::repr(value))?;
            }
            f.write_str("}")
        })
    }
}
