//! One file a command: wiring and printing, no logic.

mod binder;
mod check;
mod clean;
mod debug;
mod deps;
mod docs;
mod format;
mod graph_run;
mod in_memory;
mod init;
mod lineage;
mod lint;
mod list;
pub(crate) mod lsp;
mod parse;
mod retry;
mod run_operation;
mod show;
mod sql_files;

use std::process::ExitCode;

use engine::Task;

use crate::run_context::CommandContext;

/// Runs the command of an invocation.
pub(crate) fn run(context: &CommandContext) -> anyhow::Result<ExitCode> {
    match context.invocation.command {
        "build" => graph_run::run(context, Task::Build),
        "run" => graph_run::run(context, Task::Run),
        "test" => graph_run::run(context, Task::Test),
        "seed" => graph_run::run(context, Task::Seed),
        "snapshot" => graph_run::run(context, Task::Snapshot),
        "check" => check::run(context),
        "format" => format::run(context),
        "lineage" => lineage::run(context),
        "lint" => lint::run(context),
        "clone" => graph_run::run(context, Task::Clone),
        "retry" => retry::run(context),
        "source freshness" => graph_run::run(context, Task::SourceFreshness),
        "compile" if context.invocation.text("inline").is_some() => show::compile_inline(context),
        "compile" => graph_run::run(context, Task::Compile),
        "show" => show::run(context),
        "list" => list::run(context),
        "parse" => parse::run(context),
        "deps" => deps::run(context),
        "docs generate" => docs::generate(context),
        "docs serve" => docs::serve(context),
        "clean" => clean::run(context),
        "debug" => debug::run(context),
        "init" => init::run(context),
        "run-operation" => run_operation::run(context),
        _ => {
            crate::report::output(&format!(
                "dagsmith {} (dbt {})\n",
                env!("CARGO_PKG_VERSION"),
                context.metadata.dbt_version
            ));
            Ok(ExitCode::SUCCESS)
        }
    }
}
