//! The one binary: parse arguments, start tracing, choose a command.

mod cli;
mod commands;
mod deprecations;
mod docs_server;
mod docs_site;
mod metrics;
mod open;
mod python;
mod report;
mod run_context;
mod secrets;
mod yaml_file;

use std::{process::ExitCode, sync::Arc};

use engine::{CancelToken, Reporter};

use cli::{
    Invocation,
    project_flags::{flags_of, project_file},
};
use metrics::Metrics;
use run_context::{CommandContext, warn_error::warn_error_options};

/// Interpreting templates allocates a great deal of small values.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A node or test failed.
const FAILED: u8 = 1;
/// The command could not run.
const UNUSABLE: u8 = 2;

/// dbt's exit code after Ctrl-C.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let invocation = match Invocation::parse(std::env::args().collect()) {
        Ok(invocation) => invocation,
        Err(error) => {
            // Help goes to stdout and is no failure; mistakes go to stderr. A closed pipe is nobody's problem.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { UNUSABLE } else { 0 });
        }
    };
    match run(invocation) {
        Ok(code) => code,
        Err(error) => {
            report::error_line(&format!("{error:#}"));
            ExitCode::from(UNUSABLE)
        }
    }
}

fn run(invocation: Invocation) -> anyhow::Result<ExitCode> {
    let system = secrets::system();
    if invocation.command == "lsp" {
        // An editor ends the server by its protocol: no terminal, no Ctrl-C.
        return commands::lsp::lsp(system);
    }
    let invocation = match project_file(&invocation, &*system) {
        Some((_, file)) => invocation.with_project_flags(flags_of(&file)),
        None => invocation,
    };
    let cancel = CancelToken::new();
    let metadata = run_context::metadata(&*system);
    let current_dir = std::env::current_dir()?;
    let mut reporter = report::reporter(&invocation, &cancel, &metadata.invocation_id);
    let metrics = Metrics::asked_for(&invocation, &reporter, &metadata, &current_dir);
    if let Some(metrics) = &metrics {
        reporter = Arc::clone(metrics) as Arc<dyn Reporter>;
    }
    let context = CommandContext {
        warnings: warn_error_options(&invocation)?,
        reporter,
        metadata,
        repeated: None,
        deprecations: Arc::default(),
        current_dir,
        system,
        cancel,
        invocation,
    };
    if context.warnings.has_old_names {
        context.deprecate(
            "WEOIncludeExcludeDeprecation",
            "`warn_error_options` has `include` or `exclude`: write `error` instead of `include`, and `warn` instead of `exclude`",
        )?;
    }
    context.deprecate_invocation()?;
    let ended = match commands::run(&context) {
        Err(error) if context.cancel.is_interrupted() => {
            report::error_line(&format!("{error:#}"));
            Ok(ExitCode::from(INTERRUPTED))
        }
        outcome => outcome,
    };
    let summed_up = context.sum_up_deprecations();
    // What ended the command is more than that.
    let ended = ended.and_then(|code| summed_up.map(|()| code));
    if let Some(metrics) = metrics {
        let is_success = matches!(ended, Ok(code) if code == ExitCode::SUCCESS);
        // The command has done what it did: its exit code stays.
        if let Err(error) = metrics.write(&*context.system, is_success) {
            report::error_line(&format!("could not write the metrics file: {error:#}"));
        }
    }
    ended
}
