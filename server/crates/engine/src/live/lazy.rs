//! `Lazy`: a dict that is made when somebody looks into it.
//!
//! Every free name of every macro is resolved whether it is read or not, and `graph` holds the whole project.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use jinja::value::{EngineError, Enumerator, Object, ObjectRepr, State, Value, text};

type Known = Box<dyn Fn(&str) -> Option<Value> + Send + Sync>;

/// A dict that does not exist yet.
pub(crate) struct Lazy {
    value: OnceLock<Value>,
    make: Box<dyn Fn() -> Value + Send + Sync>,
    /// What the dict would have under a key, where that is known without it.
    known: Known,
}

impl Lazy {
    pub(crate) fn value(make: impl Fn() -> Value + Send + Sync + 'static) -> Value {
        Self::with_known(make, |_| None)
    }

    /// A dict of which some entries are known before it is made.
    pub(crate) fn with_known(
        make: impl Fn() -> Value + Send + Sync + 'static,
        known: impl Fn(&str) -> Option<Value> + Send + Sync + 'static,
    ) -> Value {
        Value::from_object(Self {
            value: OnceLock::new(),
            make: Box::new(make),
            known: Box::new(known),
        })
    }

    fn get(&self) -> &Value {
        self.value.get_or_init(|| (self.make)())
    }
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lazy")
    }
}

impl Object for Lazy {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if self.value.get().is_none()
            && let Some(known) = key.as_str().and_then(&self.known)
        {
            return Some(known);
        }
        self.get()
            .get_item(key)
            .ok()
            .filter(|value| !value.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.get()
                .try_iter()
                .map(Iterator::collect)
                .unwrap_or_default(),
        )
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, EngineError> {
        self.get().call_method(state, method, args)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self.get()))
    }
}
