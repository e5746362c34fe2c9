//! What people and programs read: lines on the terminal, or JSON.

mod json;
mod log_file;
mod snippet;
mod terminal;

use std::{
    io::{IsTerminal as _, Write as _},
    sync::Arc,
};

use engine::{CancelToken, Reporter};

pub(crate) use snippet::{excerpt, failure_text};

use crate::{cli::Invocation, secrets::scrubbed};

/// Who hears of a run, as the command line wants it. Ctrl-C is asked for here, once: the first stops the run in good
/// order, the second ends the process.
pub(crate) fn reporter(
    invocation: &Invocation,
    cancel: &CancelToken,
    invocation_id: &str,
) -> Arc<dyn Reporter> {
    let token = cancel.clone();
    let installed = ctrlc::set_handler(move || {
        if token.is_interrupted() {
            std::process::exit(130);
        }
        error_line("stopping; press Ctrl-C again to stop at once");
        token.cancel();
    });
    if let Err(error) = installed {
        tracing::warn!(%error, "Ctrl-C will end the process without writing artifacts");
    }
    json::begin(invocation_id);
    let logs = log_file::open(invocation, invocation_id);
    let shown = shown(invocation);
    if logs {
        return Arc::new(log_file::Logged(shown));
    }
    shown
}

fn shown(invocation: &Invocation) -> Arc<dyn Reporter> {
    if invocation.text("log_format") == Some("json") {
        return Arc::new(json::JsonLog::new(invocation.is("debug")));
    }
    Arc::new(terminal::Terminal::new(terminal::TerminalConfig {
        colors: uses_colors(invocation),
        is_quiet: invocation.is("quiet")
            || matches!(invocation.text("log_level"), Some("error" | "none")),
        is_debug: invocation.is("debug") || invocation.text("log_level") == Some("debug"),
        prints: invocation.is("print"),
        is_compiling: invocation.command == "compile",
        is_freshness: invocation.command == "source freshness",
    }))
}

/// A warning as it is shown: of deprecations dbt tells the name, by which they can be silenced.
fn warning(event: &str, text: &str) -> String {
    let is_named = event.ends_with("Deprecation") && event != "UpcomingReferenceDeprecation";
    if is_named || event == "DeprecationsSummary" {
        return format!("[WARNING][{event}]: {text}");
    }
    format!("[WARNING]: {text}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR is the terminal's business"
)]
fn uses_colors(invocation: &Invocation) -> bool {
    invocation
        .given("use_colors")
        .unwrap_or_else(|| std::io::stdout().is_terminal() && std::env::var("NO_COLOR").is_err())
}

/// To stdout: what a command was asked for.
pub(crate) fn output(text: &str) {
    // Who closed the pipe does not want to read on.
    let _ = std::io::stdout()
        .lock()
        .write_all(scrubbed(text).as_bytes());
}

/// To stderr.
pub(crate) fn error_line(text: &str) {
    log_file::line("error", text);
    let _ = writeln!(std::io::stderr().lock(), "{}", scrubbed(text));
}
