//! `Set`: Python's set, as `set()` of the context makes it. It keeps the order of insertion, for the sake of output
//! that does not change from run to run.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexSet;
use minijinja::State;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr};

use super::nesting::{guarded_cmp, hashable};
use super::{CallArgs, EngineError, EngineErrorKind, Value, error, guarded_render};

/// A set that can change.
#[derive(Debug, Default)]
pub struct Set {
    items: Mutex<IndexSet<Value>>,
}

impl Set {
    /// With these items; an error where one of them can change.
    pub(crate) fn new(items: impl IntoIterator<Item = Value>) -> Result<Self, EngineError> {
        let items: Result<IndexSet<Value>, EngineError> = items.into_iter().map(hashable).collect();
        Ok(Self {
            items: Mutex::new(items?),
        })
    }

    fn lock(&self) -> MutexGuard<'_, IndexSet<Value>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self) -> IndexSet<Value> {
        self.lock().clone()
    }

    fn method(&self, method: &str, args: &CallArgs) -> Result<Value, EngineError> {
        let none = Value::from(());
        let first = || hashable(args.required(method, 0, "item")?);
        let other = || -> Result<IndexSet<Value>, EngineError> {
            let items = args.positional.iter().flat_map(super::items);
            items.map(hashable).collect()
        };
        let mine = self.snapshot();
        let made = |items: Vec<Value>| Ok(Value::from_object(Self::new(items)?));
        match method {
            "add" => {
                self.lock().insert(first()?);
                Ok(none)
            }
            "discard" => {
                self.lock().shift_remove(&first()?);
                Ok(none)
            }
            "remove" => {
                let item = first()?;
                let was_there = self.lock().shift_remove(&item);
                was_there
                    .then_some(none)
                    .ok_or_else(|| error(format!("KeyError: {}", super::repr(&item))))
            }
            "update" => {
                let more = other()?;
                self.lock().extend(more);
                Ok(none)
            }
            "clear" => {
                self.lock().clear();
                Ok(none)
            }
            "copy" => made(mine.into_iter().collect()),
            "pop" => self
                .lock()
                .shift_remove_index(0)
                .ok_or_else(|| error("pop from an empty set")),
            "union" => made(mine.union(&other()?).cloned().collect()),
            "intersection" => made(mine.intersection(&other()?).cloned().collect()),
            "difference" => made(mine.difference(&other()?).cloned().collect()),
            "symmetric_difference" => made(mine.symmetric_difference(&other()?).cloned().collect()),
            "issubset" => Ok(Value::from(mine.is_subset(&other()?))),
            "issuperset" => Ok(Value::from(mine.is_superset(&other()?))),
            "isdisjoint" => Ok(Value::from(mine.is_disjoint(&other()?))),
            _ => Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
    }
}

impl Object for Set {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.lock().iter().cloned().collect())
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
            mine.sort();
            theirs.sort();
            mine.iter().cmp(&theirs)
        }))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.snapshot();
        if items.is_empty() {
            return f.write_str("set()");
        }
        guarded_render(f, items.len(), |f| {
            let items: Vec<String> = items.iter().map(super::repr).collect();
            write!(f, "{{{}}}", items.join(", "))
        })
    }
}
