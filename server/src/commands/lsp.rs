//! `dagsmith lsp`: the language server on standard input and output.
//!
//! Wiring alone: the log goes to standard error, what executes is injected, and the way the session ended becomes the
//! exit code that the protocol asks for.

mod asking;
mod runner;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use base::System;
use lsp::{Ending, Services};
use tracing::Level;
use tracing_subscriber::{
    Registry, filter::Targets, fmt, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _,
};

/// Serve until the client leaves.
pub(crate) fn lsp(system: Arc<dyn System>) -> anyhow::Result<ExitCode> {
    let services = Services {
        system,
        runner: Some(Arc::new(runner::EngineRunner::default())),
        binder: Some(Arc::new(super::binder::DuckBinder)),
        set_log_level: start_log(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the language server")?;
    let ending = runtime.block_on(lsp::serve(
        tokio::io::stdin(),
        tokio::io::stdout(),
        services,
    ))?;
    // A thread of the runtime may be reading standard input until its end; nobody waits for that.
    runtime.shutdown_background();
    Ok(match ending {
        Ending::Orderly => ExitCode::SUCCESS,
        Ending::Abrupt => ExitCode::FAILURE,
    })
}

/// Logs to standard error, since standard output is the protocol's; gives the way to change how much.
fn start_log() -> Box<dyn Fn(tracing::Level) + Send> {
    let (filter, handle) = reload::Layer::<Targets, Registry>::new(shown(Level::INFO));
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // Fails if somebody else has started a log already, who then is in charge of it.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init();
    Box::new(move |level| {
        // Fails only when the log is gone.
        let _ = handle.reload(shown(level));
    })
}

/// What is logged at a level. The query engine tells of every query that it looks at: that is for `trace` alone.
fn shown(level: Level) -> Targets {
    let filter = Targets::new().with_default(level);
    match level {
        Level::TRACE => filter,
        _ => filter.with_target("salsa", level.min(Level::WARN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_engine_is_quiet_below_trace() {
        let is_shown = |level, target: &str| shown(level).would_enable(target, &Level::INFO);
        assert!(is_shown(Level::INFO, "lsp::loader"));
        assert!(!is_shown(Level::INFO, "salsa::function"));
        assert!(!is_shown(Level::DEBUG, "salsa::function"));
        assert!(is_shown(Level::TRACE, "salsa::function"));
    }
}
