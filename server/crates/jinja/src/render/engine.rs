//! `Engine`: a template environment that renderings share, and that never grows without end.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::context;
use crate::render::limits::Limits;
use crate::render::load::{self, LOAD_BLOCK};

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
    n_loaded: AtomicUsize,
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
        Self {
            limits,
            is_parsing,
            environment: RwLock::new(Arc::new(environment(limits, is_parsing))),
            n_loaded: AtomicUsize::new(0),
        }
    }

    /// The environment to render in. A rendering keeps the one it began with.
    pub(super) fn environment(&self) -> Arc<Environment<'static>> {
        Arc::clone(
            &self
                .environment
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// A rendering has loaded so many macros. Too many over time: start again with none.
    pub(super) fn note_loaded(&self, n_loaded: usize) {
        if n_loaded == 0 {
            return;
        }
        let before = self.n_loaded.fetch_add(n_loaded, Ordering::Relaxed);
        if before + n_loaded > MAX_LOADED {
            self.n_loaded.store(0, Ordering::Relaxed);
            let fresh = Arc::new(environment(self.limits, self.is_parsing));
            *self
                .environment
                .write()
                .unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }
}

fn environment(limits: Limits, is_parsing: bool) -> Environment<'static> {
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
    environment.set_loader(|name| {
        if name == CALL_TEMPLATE {
            return Ok(Some(format!("{{% do dagsmith_call() %}}{LOAD_BLOCK}")));
        }
        Ok(load::pending_source(name))
    });
    context::install(&mut environment);
    environment
}
