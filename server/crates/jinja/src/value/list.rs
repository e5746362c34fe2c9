//! `List`: Python's list.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::State;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr};

use super::nesting::{drop_flat, guarded_cmp};
use super::{CallArgs, EngineError, EngineErrorKind, Value, error, guarded_render};

/// A list that can change.
#[derive(Debug, Default)]
pub struct List {
    items: Mutex<Vec<Value>>,
}

impl List {
    /// With these items.
    pub fn new(items: Vec<Value>) -> Self {
        Self {
            items: Mutex::new(items),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Value>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is in it now.
    pub fn snapshot(&self) -> Vec<Value> {
        self.lock().clone()
    }

    /// Add an item at the end.
    pub fn push(&self, item: Value) {
        self.lock().push(item);
    }

    fn method(&self, method: &str, args: &CallArgs) -> Result<Value, EngineError> {
        let first = || args.required(method, 0, "item");
        match method {
            "append" => self.lock().push(first()?),
            "extend" => {
                let more = super::items(&first()?);
                self.lock().extend(more);
            }
            "insert" => {
                let index = first()?.as_i64().unwrap_or(0);
                let item = args.required(method, 1, "item")?;
                let mut items = self.lock();
                let len = items.len();
                // Beyond either end is that end.
                let beyond = if index < 0 { 0 } else { len };
                items.insert(super::place(index, len).unwrap_or(beyond), item);
            }
            "pop" => return self.pop(args),
            "remove" => {
                let item = first()?;
                let at = self.position(&item)?;
                self.lock().remove(at);
            }
            "clear" => self.lock().clear(),
            "reverse" => self.lock().reverse(),
            "sort" => {
                // Compared without the lock: the list may be among its items.
                let mut items = self.snapshot();
                items.sort();
                if args.named("reverse").is_some_and(Value::is_true) {
                    items.reverse();
                }
                *self.lock() = items;
            }
            "copy" => return Ok(super::list(self.snapshot())),
            "index" => return Ok(Value::from(self.position(&first()?)?)),
            "count" => {
                let item = first()?;
                let n = self.snapshot().iter().filter(|it| **it == item).count();
                return Ok(Value::from(n));
            }
            _ => return Err(EngineError::from(EngineErrorKind::UnknownMethod)),
        }
        Ok(Value::from(()))
    }

    fn position(&self, item: &Value) -> Result<usize, EngineError> {
        // Compared without the lock: the item may be this list.
        self.snapshot()
            .iter()
            .position(|it| it == item)
            .ok_or_else(|| error(format!("{} is not in list", super::repr(item))))
    }

    fn pop(&self, args: &CallArgs) -> Result<Value, EngineError> {
        let mut items = self.lock();
        let at = match args.positional.first() {
            Some(index) => super::place(index.as_i64().unwrap_or(-1), items.len()),
            None => items.len().checked_sub(1),
        };
        match at {
            Some(at) => Ok(items.remove(at)),
            None if items.is_empty() => Err(error("pop from empty list")),
            None => Err(error("pop index out of range")),
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        let items = self.items.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop_flat(std::mem::take(items).into_iter());
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let items = self.lock();
        items
            .get(super::place(key.as_i64()?, items.len())?)
            .cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.snapshot())
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
        let (mine, theirs) = (self.snapshot(), other.snapshot());
        let n_items = mine.len() + theirs.len();
        Some(guarded_cmp(n_items, || mine.cmp(&theirs)))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.snapshot();
        guarded_render(f, items.len(), |f| {
            f.write_str("[")?;
            for (idx, item) in items.iter().enumerate() {
                if idx > 0 {
                    f.write_str(", ")?;
                }
                f.write_str(&super::repr(item))?;
            }
            f.write_str("]")
        })
    }
}
