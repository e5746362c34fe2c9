//! `Engine`: a template environment that renderings share, and that never grows without end.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::context;
use crate::render::limits::Limits;
use crate::render::load::{self, LOAD_BLOCK, LOADER, LOADER_TEMPLATE};

/// The template that calls a macro from outside.
pub(super) const CALL_TEMPLATE: &str = "dagsmith:call";

/// Compiled macros kept before all are forgotten. A big project has two thousand; each edit of one makes another.
const MAX_LOADED: usize = 6_000;

/// What one macro call may cost of the engine's own depth limit, with room to spare.
const DEPTH_PER_MACRO: usize = 40;

pub(super) struct Engine {
    limits: Limits,
    is_parsing: bool,
    environment: RwLock<Arc<Environment<'static>>>,
    /// Macros compiled into `environment`.
    n_loaded: Arc<AtomicUsize>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("limits", &self.limits)
            .field("is_parsing", &self.is_parsing)
            .finish_non_exhaustive()
    }
}

impl Engine {
    pub(super) fn new(limits: Limits, is_parsing: bool) -> Self {
        let n_loaded = Arc::default();
        Self {
            limits,
            is_parsing,
            environment: RwLock::new(Arc::new(environment(limits, is_parsing, &n_loaded))),
            n_loaded,
        }
    }

    /// The environment to render in. A rendering keeps the one it began with; one that has compiled too much is
    /// replaced by an empty one first.
    pub(super) fn environment(&self) -> Arc<Environment<'static>> {
        if self.n_loaded.load(Ordering::Relaxed) > MAX_LOADED {
            self.n_loaded.store(0, Ordering::Relaxed);
            let fresh = Arc::new(environment(self.limits, self.is_parsing, &self.n_loaded));
            *self
                .environment
                .write()
                .unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Arc::clone(
            &self
                .environment
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

fn environment(
    limits: Limits,
    is_parsing: bool,
    n_loaded: &Arc<AtomicUsize>,
) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(false);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(if is_parsing {
        UndefinedBehavior::Chainable
    } else {
        UndefinedBehavior::Lenient
    });
    environment.set_fuel(Some(limits.fuel));
    environment.set_recursion_limit(limits.macro_depth.saturating_mul(DEPTH_PER_MACRO));
    let n_loaded = Arc::clone(n_loaded);
    environment.set_loader(move |name| {
        n_loaded.fetch_add(1, Ordering::Relaxed);
        if name == CALL_TEMPLATE {
            return Ok(Some(format!("{{% do dagsmith_call() %}}{LOAD_BLOCK}")));
        }
        if name == LOADER_TEMPLATE {
            return Ok(Some(LOADER.to_owned()));
        }
        Ok(load::pending_source(name))
    });
    context::install(&mut environment);
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_that_has_compiled_too_much_is_replaced() {
        let engine = Engine::new(Limits::default(), false);
        let first = engine.environment();
        assert!(Arc::ptr_eq(&first, &engine.environment()));
        engine.n_loaded.store(MAX_LOADED + 1, Ordering::Relaxed);
        assert!(!Arc::ptr_eq(&first, &engine.environment()));
        assert_eq!(engine.n_loaded.load(Ordering::Relaxed), 0);
    }
}
